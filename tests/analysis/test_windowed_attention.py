"""Attention inside of windows of positions, and means over parts of a map, against a dependency matrix."""

import numpy as np
import pytest

from cnnshape.analysis.receptive_field import receptive_fields
from cnnshape.graph.build import Input
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.layers.activation import Softmax
from cnnshape.layers.linear import MatMul
from cnnshape.layers.merge import Add
from cnnshape.layers.pool import GlobalAvgPool
from cnnshape.layers.reduce import ReduceMean
from cnnshape.layers.reshape import Permute, Reshape, Roll


def windowed_attention(x, window, shift):
    """A block as in Swin on (N, L, C): attention inside of windows of positions, and the sum with what came in."""
    y = Roll((shift,), dims=(1,))(x) if shift else x
    tokens = Reshape((-1, window, 4))(y)
    scores = Softmax(-1)(MatMul(transpose_b=True)([tokens, tokens]))
    mixed = Reshape(("N", -1, 4))(MatMul()([scores, tokens]))
    return Add()([x, Roll((-shift,), dims=(1,))(mixed) if shift else mixed])


def attended(seen, window, shift):
    """The same on a dependency matrix: row i holds the positions of the input that position i sees."""
    rolled = np.roll(seen, shift, axis=0)
    groups = rolled.reshape(-1, window, seen.shape[1])
    joint = np.broadcast_to(groups.any(axis=1, keepdims=True), groups.shape).reshape(seen.shape)
    return seen | np.roll(joint, -shift, axis=0)


@pytest.mark.parametrize(("window", "shifts"), [(4, [0]), (4, [0, 2]), (2, [0, 1, 0]), (8, [0, 4]), (16, [0])])
@pytest.mark.parametrize("batch", [None, 1, 3])
def test_windowed_attention_against_the_dependency_matrix(window, shifts, batch):
    x = Input("tokens", (4, 16))
    y = Permute((0, 2, 1))(x)
    seen, checked = np.eye(16, dtype=bool), []
    for i, shift in enumerate(shifts):
        y = windowed_attention(y, window, shift)
        seen = attended(seen, window, shift)
        checked.append((f"add{i + 1}", seen))
    out = GlobalAvgPool()(Permute((0, 2, 1))(y))
    fields = receptive_fields(propagate(Network("net", inputs=x, outputs=out), {"N": batch} if batch else {}))
    for name, matrix in checked:
        field = fields.of(name)
        most = max(np.flatnonzero(row).max() - np.flatnonzero(row).min() + 1 for row in matrix)
        assert field.status in ("unknown", "whole input") or field.size[0] >= most
        assert field.status != "whole input" or matrix.all()
    assert fields.of("global_avg_pool1").status == "whole input"
    assert seen.any(axis=0).all(), "the mean sees all"


def test_a_mean_over_a_part_of_what_was_merged_is_no_whole_input():
    x = Input("signal", (1, 16))
    y = ReduceMean(dim=2)(Reshape(("N", 1, 4, 4))(x))  # of 4 neighbors each
    fields = receptive_fields(propagate(Network("net", inputs=x, outputs=y)))
    assert fields.of("reduce_mean1").status == "unknown"
