"""Records of operators of another system -> a Network, through the tables of the catalogue."""

from __future__ import annotations

from cnnshape.formats.reading.bounds import Bounds
from cnnshape.formats.reading.builder import Builder
from cnnshape.formats.reading.faults import nothing_gives, unmapped
from cnnshape.formats.reading.moved import without
from cnnshape.formats.reading.records import ForeignModel, Read, Refusal
from cnnshape.formats.reading.undetermined import Pins
from cnnshape.graph.network import Network
from cnnshape.graph.origin import Origin
from cnnshape.layers.foreign import Unmapped
from cnnshape.symbolic import Size
from cnnshape.symbolic.names import numbered

__all__ = ["read"]


def read(model: ForeignModel, *, unknown: bool = False) -> Read:
    """Return the network of a model.

    Parameters
    ----------
    model : ForeignModel
    unknown : whether an operator that no layer stands for becomes a layer `Unknown`, instead of a refusal

    Raises
    ------
    DesignError
        CS127, operators in a form that they do not have, and those that no layer stands for, all of them by path;
        CS128, a tensor that nothing gives.

    Examples
    --------
    >>> from cnnshape.formats.reading.records import Record
    >>> from cnnshape.layers.base import Spec
    >>> from cnnshape.symbolic import dim
    >>> image = Spec((dim("N"), 3, dim("H"), dim("W")))
    >>> record = Record("onnx", "MaxPool", 12, "pool", ("image",), ("y",), {"kernel_shape": (2, 2), "strides": (2, 2)})
    >>> made = read(ForeignModel("tiny", {"image": image}, ("y",), [record], {}))
    >>> made.network["pool"].layer
    MaxPool((2, 2), stride=(2, 2), dialect='onnx')
    """
    bounds, pins = Bounds(), Pins() if unknown else None
    builder = _walked(model, bounds, pins)
    # Sizes may be computed in front of the layers that say what they lie between, or what they must be.
    while ((builder.refusals or builder.unread) and bounds.more()) or (pins is not None and pins.more()):
        builder = _walked(model, bounds, pins)
    if builder.refusals:
        raise unmapped(model, builder.refusals)
    missing = [name for name in model.outputs if name not in builder.known and name not in builder.values]
    if missing:
        raise nothing_gives(missing[0], "outputs")
    try:
        outputs = {name: builder.tensor(name)[0] for name in model.outputs}
    except Unmapped as why:
        raise unmapped(model, [Refusal("outputs", "output", str(why))]) from None
    nodes = without(builder.nodes, builder.spent, outputs.values()) if builder.spent else builder.nodes
    gone = builder.spent.difference(node.name for node in nodes)
    names = {name: tensor for name, (tensor, _) in builder.known.items() if tensor not in gone}
    for name in gone:
        builder.weights.pop(f"{name}.weight", builder.weights.pop(name, None))
    computed: dict[str, tuple[Size, ...]] = {
        name: known.shape for name, known in builder.values.items() if name not in names
    }
    orders = {names[name]: order for name, order in model.orders.items() if name in names}
    names |= {alias: names[name] for alias, name in model.aliases.items() if name in names}
    computed |= {name: spec.shape for name, (tensor, spec) in builder.known.items() if tensor in gone}
    absent = tuple(name for name in builder.absent if name.removesuffix(".weight") not in gone)
    origin = Origin(names, computed, builder.weights, absent, frozenset(builder.uncounted), orders)
    network = Network.of_nodes(model.name, nodes, outputs, source=model.source or model.name, origin=origin)
    return Read(network, builder.weights, names)


def _walked(model: ForeignModel, bounds: Bounds, pins: Pins | None) -> Builder:
    builder = Builder(model, bounds, pins)
    with numbered():
        builder.run()
    return builder
