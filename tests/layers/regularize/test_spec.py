"""Dropout and its relatives: the identity, whatever their arguments, on the inputs that PyTorch takes."""

import pytest

from cnnshape.layers.base import POINTWISE
from cnnshape.layers.catalog import find
from cnnshape.layers.regularize import ENTRIES, AlphaDropout, Dropout, DropPath
from tests.layers.measured import compare, conditions_of, draws, fault_of, refusal, shape_of, specs, weights_of, work_of

LAYERS = [Dropout(), Dropout(0), Dropout(1.0), AlphaDropout(0.1), DropPath(), DropPath(0.3, mode="batch")]


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_nothing_happens_at_inference(layer):
    for x in [("N",), ("N", "C"), ("N", 3, "H", "W"), ("N", "T", "C"), ("N", 2, "T", "H", "W")]:
        assert shape_of(layer, x) == x
        assert conditions_of(layer, x) == []
        assert weights_of(layer, x) == {}
        assert work_of(layer, x) == {}
        assert layer.window(specs(x)) is POINTWISE


def test_all_are_views():
    assert all(entry.layer.is_view for entry in ENTRIES)


def test_as_pytorch(torch):
    for draw, rank in draws(60, seed=1):
        shape = draw.shape(rank, 3)
        compare(torch, Dropout(0.3, rank=rank), getattr(torch.nn, f"Dropout{rank}d")(0.3).eval(), shape, fixed=())
        compare(torch, Dropout(0.3), torch.nn.Dropout(0.3).eval(), shape, fixed=())
        compare(torch, AlphaDropout(), torch.nn.AlphaDropout().eval(), shape, fixed=())


def test_defaults_as_pytorch(torch):
    assert Dropout().p == torch.nn.Dropout().p
    assert AlphaDropout().p == torch.nn.AlphaDropout().p


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dropout", (Dropout, None)),
        ("Dropout2d", (Dropout, 2)),
        ("SpatialDropout1D", (Dropout, 1)),
        ("alpha_dropout", (AlphaDropout, None)),
        ("StochasticDepth", (DropPath, None)),
    ],
)
def test_names_of_other_frameworks(name, expected):
    entry, rank = find(name)
    assert (entry.layer, rank) == expected


def test_fault():
    assert fault_of(Dropout(rank=2), ("N", 64)) == (
        "CS206: Dropout needs 2 space axes after batch and channels, the input (N, 64) has 0 of them\n"
        "  rule: shapes are (N, C, *space): batch, channels, then one axis for L, two for H W, three for D H W\n"
        "  fix: an input with 2 space axes, or another layer"
    )


@pytest.mark.parametrize("make", [Dropout, AlphaDropout, DropPath])
@pytest.mark.parametrize("p", [-0.1, 1.5, 50, float("nan")])
def test_refused_probability(make, p):
    assert refusal(lambda: make(p)) == (
        f"CS401: {make.__name__}: p = {p!r}: it is no probability\n"
        "  rule: 0 <= p <= 1\n"
        "  fix: p: a number from 0 to 1, e.g. 0.5"
    )
