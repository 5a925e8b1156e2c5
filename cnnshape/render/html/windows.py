"""Through which windows the layers of a network see their inputs, as data for the live page's receptive fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnshape.analysis.report import Facts
from cnnshape.graph.network import Node
from cnnshape.layers.base import POINTWISE, Windows
from cnnshape.layers.fields import per_axis
from cnnshape.layers.pool import AdaptiveAvgPool, AdaptiveMaxPool
from cnnshape.layers.resample import Upsample
from cnnshape.layers.resample.interpolation import TAPS
from cnnshape.layers.reshape import Flatten
from cnnshape.render.html.program import NONE, Sizes

__all__ = ["WindowTable", "space_axes"]

_USUAL: Mapping[str, Any] = {
    "axes": [],
    "whole": [],
    "source": None,
    "exact": True,
    "known": True,
    "everything": False,
    "reads": None,
}
"""What need not be said."""


class WindowTable:
    """The windows that occur, each once.

    Attributes
    ----------
    rows : {axes: [[axis, kernel, stride, before, after, dilation, mode]], whole, source, exact, known, everything,
        reads}, sizes as references; or what the sizes decide: {bins: [[axis, bins]]}, {merged: [first, last axis]},
        {resized: [mode, taps, corners, factors]}; or null, if every position sees its own alone
    """

    def __init__(self, facts: Facts, sizes: Sizes) -> None:
        self.found = facts.propagation
        self.sizes = sizes
        self.rows: list[dict[str, Any] | None] = []
        self._known: dict[str, int] = {}

    def of(self, i: int, node: Node) -> int:
        """Return the position of the windows of a node, or NONE where it has none."""
        inputs = self.found.inputs[i]
        if not inputs or self.found.outputs[i] is None:
            return NONE
        dims = len(inputs[0].shape)
        row = _decided_by_sizes(node.layer, dims, self.sizes) or self._row(node.layer.window(inputs))
        key = repr(row)
        if key not in self._known:
            self._known[key] = len(self.rows)
            self.rows.append(row)
        return self._known[key]

    def _row(self, windows: Windows) -> dict[str, Any] | None:
        if windows is POINTWISE:
            return None
        of = self.sizes.of
        full = {
            "axes": [
                [axis, of(w.kernel), w.stride, of(w.before), of(w.after), of(w.dilation), w.mode]
                for axis, w in windows.axes.items()
            ],
            "whole": [*windows.whole],
            "source": None if windows.source is None else [*windows.source],
            "exact": windows.exact,
            "known": windows.known,
            "everything": windows.everything,
            "reads": None if windows.reads is None else [*windows.reads],
        }
        return {name: value for name, value in full.items() if value != _USUAL[name]}


def _decided_by_sizes(layer: object, dims: int, sizes: Sizes) -> dict[str, Any] | None:
    """Return the few windows that are others for other numbers: of equal bins, of whole factors, of axes that are 1."""
    if isinstance(layer, AdaptiveAvgPool | AdaptiveMaxPool):
        bins = per_axis(layer.output_size, dims - 2, "output_size")
        return {"bins": [[axis, sizes.of(size)] for axis, size in enumerate(bins, start=2) if size is not None]}
    if isinstance(layer, Upsample) and (layer.scale_factor is None or layer.mode == "area"):
        factors = [each and each.as_integer_ratio() for each in per_axis(layer.scale_factor, dims - 2, "scale_factor")]
        return {"resized": [layer.mode, TAPS.get(layer.mode, 0), bool(layer.align_corners), factors]}
    if isinstance(layer, Flatten):
        return {"merged": [layer.start_dim % dims, layer.end_dim % dims]}
    return None


def space_axes(facts: Facts) -> list[list[int]]:
    """Return [node, axis] for each space axis of each input."""
    return [[facts.network.index[name], axis] for name, axis in facts.fields.axes]
