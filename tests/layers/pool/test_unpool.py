"""MaxUnpool against PyTorch."""

import pytest

from cnnshape.layers.base import Spec
from cnnshape.layers.pool import MaxUnpool
from cnnshape.symbolic import output_size
from tests.layers.measured import compare, conditions_of, draws, fault_of, fits_often, shape_of, specs


def test_as_pytorch(torch):
    taken = []
    for draw, rank in draws(200, seed=41):
        kernel, stride = draw.per_axis(rank, 1, 4), draw.one(None, draw.per_axis(rank, 1, 3))
        padding = draw.per_axis(rank, 0, 1)
        module = getattr(torch.nn, f"MaxUnpool{rank}d")(kernel, stride, padding)
        x = draw.shape(rank, 2, 6)
        layer = MaxUnpool(kernel, stride=stride, padding=padding)
        taken.append(compare(torch, layer, module, x, x, dtypes=("float32", "int64")))
    fits_often(taken)


def test_output_size_as_pytorch(torch):
    """PyTorch takes sizes less than one stride away from the default."""
    for draw, rank in draws(200, seed=42):
        kernel, stride = draw.size(1, 4), draw.size(1, 3)
        module = getattr(torch.nn, f"MaxUnpool{rank}d")(kernel, stride)
        x = draw.shape(rank, 2, 6)
        size = tuple((d - 1) * stride + kernel + draw.size(-3, 3) for d in x[2:])
        if min(size) < 1:
            continue
        given = {"kernel_size": kernel, "stride": stride, "output_size": size}
        run = lambda a, i, m=module, s=size: m(a, i, output_size=s)  # noqa: E731  # one line a case
        compare(torch, MaxUnpool(**given), run, x, x, dtypes=("float32", "int64"))
        like = lambda a, i, b, m=module: m(a, i, output_size=b.shape)  # noqa: E731  # one line a case
        before = (*x[:2], *size)
        compare(torch, MaxUnpool(kernel, stride=stride), like, x, x, before, dtypes=("float32", "int64", "float32"))


def pair(*shape):
    (x,) = specs(shape)
    return x, Spec(x.shape, "int64")


def test_symbols():
    assert shape_of(MaxUnpool(2), *pair("N", 64, "H", 56)) == ("N", 64, "2*H", 112)
    assert conditions_of(MaxUnpool(2), (1, 8, "H"), Spec(specs((1, 8, "W"))[0].shape, "int64")) == ["H == W"]
    assert conditions_of(MaxUnpool(2, output_size=9), *pair(1, 8, "L")) == ["9 >= 2*L - 1", "2*L + 1 >= 9"]


@pytest.mark.parametrize("pooled", ["floor(L/2)", "ceil(L/2)"])
def test_what_a_pool_of_two_halved_returns_to_its_size_whatever_that_is(pooled):
    """Pool windows of 2 leave one pixel out, or reach one too far: both are less than one stride."""
    inputs = (*pair(1, 8, pooled), *specs((1, 3, "L")))
    assert shape_of(MaxUnpool(2), *inputs) == (1, 8, "L")
    assert conditions_of(MaxUnpool(2), *inputs) in ([], ["floor(L/2) >= 1"])


def test_window_covers_where_a_value_may_land():
    """Input j lies in output 2*j + {0, 1, 2}: the window of the pool that made the indices."""
    x = pair(1, 1, 4)
    windows = MaxUnpool(3, stride=2).window(x)
    (w,) = windows.axes.values()
    assert (w.mode, w.kernel, w.stride, w.before, windows.exact) == ("transposed", 3, 2, 0, False)
    (w,) = MaxUnpool(3, stride=2, output_size=10).window(x).axes.values()
    assert output_size(4, w) == 10


FAULTS = [
    (
        "shapes",
        MaxUnpool(2),
        (specs((1, 8, 4))[0], Spec((1, 8, 5), "int64")),
        """\
CS201: axis L: the values have 4, the indices 5
  rule: values and indices have one shape
  fix: indices from the MaxPool(return_indices=True) that this layer undoes""",
    ),
    (
        "dtype",
        MaxUnpool(2),
        specs((1, 8, 4), (1, 8, 4)),
        """\
CS211: the indices are float32
  rule: the second input holds positions, whole numbers
  fix: the second output of MaxPool(return_indices=True)""",
    ),
    (
        "size",
        MaxUnpool(2, output_size=10),
        pair(1, 8, 4),
        """\
CS201: axis L: output_size is 10, the windows give 8
  rule: it is less than one stride away from (d-1)*stride - 2*padding + kernel_size
  fix: output_size from 7 to 9""",
    ),
    (
        "like",
        MaxUnpool(2),
        (*pair(1, 8, 4), *specs((1, 3, 10))),
        """\
CS201: axis L: the size of the third input is 10, the windows give 8
  rule: it is less than one stride away from (d-1)*stride - 2*padding + kernel_size
  fix: the size of the third input from 7 to 9""",
    ),
    (
        "twice",
        MaxUnpool(2, output_size=8),
        (*pair(1, 8, 4), *specs((1, 8, 8))),
        """\
CS205: output_size stands beside a third input
  rule: one of: output_size, a third input whose size is taken
  fix: leave out the third input, or output_size""",
    ),
]


@pytest.mark.parametrize(("layer", "inputs", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, inputs, expected):
    assert fault_of(layer, *inputs) == expected
