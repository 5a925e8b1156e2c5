"""A Network as the source code of a PyTorch module."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cnnshape.errors import DesignError
from cnnshape.formats.reading.records import Refusal
from cnnshape.formats.source.torch.file import File
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import Propagation, propagate
from cnnshape.layers import catalog
from cnnshape.layers.foreign import Unmapped
from cnnshape.layers.foreign_out import Case
from cnnshape.layers.io import Input
from cnnshape.layers.source import Piece, X

__all__ = ["write"]

_MOST_LINES = 20


def write(network: Network, sizes: Mapping[str, int] = MappingProxyType({})) -> str:
    """Return the text of a Python file whose last class is a module of PyTorch that computes a network.

    Parameters
    ----------
    network : Network
    sizes : symbol -> int; a size that stays free and that some weight follows is an argument of the class

    Returns
    -------
    str
        Blocks of the network are classes, those that are alike one class with arguments. Modules have the names of the
        layers, so that weights have the names that they have here. The text is the same whenever it is made.

    Raises
    ------
    ShapeError, ArgumentError
        The first fault of the network, if it has any.
    DesignError
        CS130, layers that PyTorch has no code for, all of them by name.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("image", (3, "H", "W"))
    >>> print(write(Network("tiny", inputs=x, outputs=L.ReLU()(L.Conv(8, kernel_size=3)(x)))))
    \"\"\"tiny as a PyTorch module.\"\"\"
    <BLANKLINE>
    from torch import Tensor, nn
    from torch.nn import functional as F
    <BLANKLINE>
    <BLANKLINE>
    class Tiny(nn.Module):
        \"\"\"tiny: (N, 3, H, W) to (N, 8, H - 2, W - 2).\"\"\"
    <BLANKLINE>
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(3, 8, kernel_size=3)
    <BLANKLINE>
        def forward(self, x: Tensor) -> Tensor:
            return F.relu(self.conv1(x))
    <BLANKLINE>
    """
    found = propagate(network, sizes)
    if found.faults:
        raise found.faults[0][1]
    pieces, refusals = _pieces(found)
    if not refusals:
        file = File(found, pieces)
        text = file.text()
        if not file.refusals:
            return text
        refusals = file.refusals
    raise _unwritten(network, refusals)


def _pieces(found: Propagation) -> tuple[dict[int, Piece], list[Refusal]]:
    """Return how each layer is written, and those that cannot be."""
    pieces: dict[int, Piece] = {}
    refusals: list[Refusal] = []
    for i, node in enumerate(found.network.nodes):
        if isinstance(node.layer, Input):
            continue
        inputs, outputs = found.inputs[i], found.outputs[i]
        if inputs is None or outputs is None:  # held, and it does not fit: nothing runs it
            pieces[i] = Piece(None, X)
            continue
        coder: Any = catalog.source_of("torch", type(node.layer))
        try:
            if coder is None:
                raise Unmapped("PyTorch has no such layer")
            pieces[i] = coder(node.layer, Case(inputs, outputs))
            others = {spec.dtype for spec in inputs if "float" in spec.dtype} - {"float32"}
            if others and (pieces[i].weighted or len(inputs) > 1):
                raise Unmapped(f"it takes {min(others)}, and PyTorch multiplies numbers of one type")
        except Unmapped as why:
            refusals.append(Refusal(node.name, type(node.layer).__name__, str(why)))
    return pieces, refusals


def _unwritten(network: Network, refusals: list[Refusal]) -> DesignError:
    lines = [f"{each.path}: {each.operator}: {each.why}" for each in refusals]
    free = any(" is free" in line for line in lines)
    many = f"{len(lines)} layers cannot" if len(lines) > 1 else "a layer cannot"
    more = [f"{len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
    kinds = Counter(each.operator for each in refusals)
    return DesignError(
        f"{many} be written as PyTorch code: {lines[0]}",
        code="CS130",
        place=network.name,
        given="\n".join([*lines[1:_MOST_LINES], *more]),
        rule="a network is written if every layer is a module or an expression of PyTorch",
        fix=f"sizes={{{', '.join(f'{name!r}: ...' for name in network.symbols)}}}"
        if free
        else f"write an ONNX model, or leave out {', '.join(kinds)}",
        got=tuple(refusals),
    )
