"""Global pools against PyTorch's means, maxima and norms over the space axes."""

import pytest

from cnnshape.layers.pool import GlobalAvgPool, GlobalLPPool, GlobalMaxPool
from tests.layers.measured import compare, draws, fault_of, refusal, shape_of, specs, work_of


@pytest.mark.parametrize("keepdim", [True, False])
def test_as_pytorch(torch, keepdim):
    for draw, rank in draws(40, seed=31):
        x, axes = draw.shape(rank, 3), tuple(range(2, rank + 2))
        assert compare(torch, GlobalAvgPool(keepdim=keepdim), lambda t, a=axes: t.mean(a, keepdim), x)
        assert compare(torch, GlobalMaxPool(keepdim=keepdim), lambda t, a=axes: t.amax(a, keepdim), x)
        assert compare(torch, GlobalLPPool(keepdim=keepdim), lambda t, a=axes: t.norm(2, a, keepdim), x)


@pytest.mark.parametrize("pool", [GlobalAvgPool, GlobalMaxPool, GlobalLPPool])
def test_kept_axes_are_the_literal_1(pool):
    assert shape_of(pool(), ("N", "C", "H", "W")) == ("N", "C", 1, 1)
    assert shape_of(pool(keepdim=False), ("N", "C", "H", "W")) == ("N", "C")


@pytest.mark.parametrize("pool", [GlobalAvgPool, GlobalMaxPool, GlobalLPPool])
def test_window_is_the_whole_map(pool):
    x = specs((1, 4, "H", 9))
    kept, dropped = pool().window(x), pool(keepdim=False).window(x)
    assert (kept.whole, kept.source, kept.exact) == ((2, 3), None, True)
    assert (dropped.whole, dropped.source) == ((2, 3), (0, 1))


def test_work_by_hand():
    """Maps of 4*5 values: 19 joins each; the norm squares 20 and takes a root."""
    x = (2, 3, 4, 5)
    assert work_of(GlobalAvgPool(), x) == {"adds": 6 * 19, "muls": 6}
    assert work_of(GlobalMaxPool(), x) == {"compares": 6 * 19}
    assert work_of(GlobalLPPool(), x) == {"adds": 6 * 19, "muls": 6 * 20, "transcendental": 6}
    assert work_of(GlobalLPPool(norm_type=1), x) == {"adds": 6 * 19, "compares": 6 * 20}
    assert work_of(GlobalLPPool(norm_type=3), x) == {"adds": 6 * 19, "transcendental": 6 * 21}


def test_faults():
    assert "CS206: GlobalAvgPool needs 2 space axes" in fault_of(GlobalAvgPool(rank=2), (1, 8, 4, 4, 4))
    assert (
        refusal(lambda: GlobalLPPool(norm_type=0))
        == """\
CS401: GlobalLPPool: norm_type = 0: the norm is (sum |x|^p)^(1/p)
  rule: 0 < norm_type < infinity; the limit for large p is the maximum
  fix: norm_type: 2, or a maximum pool"""
    )
    assert "GlobalAvgPool takes no positional argument" in refusal(lambda: GlobalAvgPool(1))
