"""Running sums and products: against PyTorch, and by a loop."""

import itertools
import operator

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers.base import Context, Spec
from tests.layers.computing import computed, numbers, same
from tests.layers.counting import counted
from tests.layers.measured import Draw, compare, fault_of, fits_often, work_of

KINDS = [(L.CumSum, "cumsum", operator.add, 0), (L.CumProd, "cumprod", operator.mul, 1)]
each_kind = pytest.mark.parametrize(("kind", "name", "function", "start"), KINDS, ids=[row[1] for row in KINDS])


@each_kind
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int32", "uint8", "bool"])
def test_as_pytorch(kind, name, function, start, dtype, torch):
    source = np.random.default_rng(1)
    for dim in (0, 1, 2, -1):
        x = numbers(source, (3, 4, 5), dtype)
        same(computed(kind(dim), x), getattr(torch, name)(torch.from_numpy(x), dim).numpy())


@each_kind
def test_shapes_as_pytorch(kind, name, function, start, torch):
    taken = []
    for seed in range(80):
        draw = Draw(seed)
        shape, dim = tuple(draw.size(1, 4) for _ in range(draw.size(1, 4))), draw.size(-3, 2)
        taken.append(compare(torch, kind(dim), lambda t, d=dim: getattr(torch, name)(t, d), shape, fixed=()))
    fits_often(taken)


@each_kind
@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
def test_by_a_loop(kind, name, function, start, exclusive, reverse):
    x = np.arange(2.0, 8.0)
    given = x[::-1] if reverse else x
    rows = list(itertools.accumulate([start, *given[:-1]] if exclusive else given, function))
    expected = rows[::-1] if reverse else rows
    layer = kind(1, exclusive=exclusive, reverse=reverse)
    assert computed(layer, np.stack([x, 2 * x]))[0].tolist() == expected
    assert computed(kind(0, exclusive=exclusive, reverse=reverse), x[:1]).tolist() == [start if exclusive else 2]


def test_half_precision_is_summed_in_single():
    assert computed(L.CumSum(0), np.ones(5000, np.float16))[-1] == 5000  # 2048 + 1 is 2048 in half precision


@each_kind
def test_work_is_what_a_computation_does(kind, name, function, start):
    (x,), done = counted((2, 5, 3))
    np.frompyfunc(function, 2, 1).accumulate(x, 1)
    assert work_of(kind(1), (2, 5, 3)) == work_of(kind(1, exclusive=True), (2, 5, 3)) == done


@each_kind
def test_window_is_a_bound(kind, name, function, start):
    windows = kind(-1).window((Spec((2, 3)),))
    assert (windows.whole, windows.exact) == ((1,), False)


@each_kind
def test_element_type_as_pytorch(kind, name, function, start, torch):
    for dtype in ("float16", "float32", "int32", "uint8", "bool"):
        (y,) = kind(0).outputs((Spec((3,), dtype),), Context())
        theirs = getattr(torch, name)(torch.ones(3, dtype=getattr(torch, dtype), device="meta"), 0)
        assert f"torch.{y.dtype}" == str(theirs.dtype)


def test_no_axis():
    assert fault_of(L.CumSum(2), (3, 4)).startswith("CS207: dim = 2 is no axis of a tensor with 2 axes")
