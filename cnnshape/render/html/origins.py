"""What the page needs to put numbers into rules: windows and weights of every layer, equal ones once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnshape.layers.base import Layer, Spec, axis_name
from cnnshape.symbolic import Dim, Size, text

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts

__all__ = ["origins"]


def origins(facts: Facts) -> dict[str, Any]:
    """Return where the numbers of the layers come from, as plain data.

    Parameters
    ----------
    facts : of the free network

    Returns
    -------
    dict
        ``all``: each origin once, ``{"axes": [[letter, axis before, axis after, kernel, stride, before, after,
        dilation, mode, output padding]], "weights": [[name, trained, [size]]]}``, where a size is an int or a formula;
        ``of``: for each node the position of its own, or -1 where nothing is known

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.analysis.report import facts
    >>> x = Input("image", (3, "H", "W"))
    >>> found = origins(facts(Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=3, bias=False)(x))))
    >>> found["of"], found["all"][1]["axes"][0], found["all"][1]["weights"]
    ([0, 1], ['H', 2, 2, 3, 1, 0, 0, 1, 'floor', 0], [['weight', 1, [8, 3, 3, 3]]])
    """
    found, known = facts.propagation, dict[str, int]()
    rows: list[dict[str, Any]] = []
    of = []
    for i, node in enumerate(found.network.nodes):
        inputs = found.inputs[i]
        if inputs is None:
            of.append(-1)
            continue
        row = _origin(node.layer, inputs)
        key = repr(row)
        if key not in known:
            known[key] = len(rows)
            rows.append(row)
        of.append(known[key])
    return {"all": rows, "of": of}


def _origin(layer: Layer, inputs: tuple[Spec, ...]) -> dict[str, Any]:
    windows = layer.window(inputs)
    dims = len(inputs[0].shape) if inputs else 0
    axes = []
    for axis, window in sorted(windows.axes.items()):
        before = windows.source[axis] if windows.source is not None else axis
        sizes = (window.kernel, window.stride, window.before, window.after, window.dilation)
        letter = axis_name(dims, axis) if axis < dims else str(axis)
        axes.append([letter, before, axis, *map(_plain, sizes), window.mode, _plain(window.output_padding)])
    weights = [
        [name, int(weight.trainable), [_plain(size) for size in weight.shape]]
        for name, weight in layer.weights(inputs).items()
    ]
    return {"axes": axes, "weights": weights}


def _plain(size: Size) -> int | str:
    return text(size) if isinstance(size, Dim) else int(size)
