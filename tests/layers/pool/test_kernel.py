"""Pools on arrays: against PyTorch at random settings of all arguments, and against windows gathered one by one."""

import random
from fractions import Fraction
from itertools import product
from math import ceil, prod

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.errors import ShapeError
from cnnshape.layers import catalog
from tests.layers.computing import computed, computed_all, numbers, same

RANKS = (1, 2, 3)
TYPES = ("float64", "float32")
TIMES = 60


def settings(draw, rank, *, dilation=True):
    """Arguments that PyTorch takes too: per axis, padding of at most half the kernel."""
    kernel = tuple(draw.randint(1, 5 if rank < 3 else 3) for _ in range(rank))
    given = {
        "kernel_size": kernel,
        "stride": tuple(draw.randint(1, 4) for _ in range(rank)),
        "padding": tuple(draw.randint(0, k // 2) for k in kernel),
        "ceil_mode": draw.random() < 0.5,
    }
    return given | ({"dilation": tuple(draw.randint(1, 3) for _ in range(rank))} if dilation else {})


def shape(draw, rank, least=1):
    return (draw.randint(1, 3), draw.randint(1, 4), *(draw.randint(least, 13 if rank < 3 else 8) for _ in range(rank)))


def drawn(seed, make):
    """Settings, of which PyTorch and the layer take all, in the number that is asked for."""
    draw, found = random.Random(seed), 0
    while found < TIMES:
        try:
            yield make(draw)
        except ShapeError:  # a window that does not fit
            continue
        found += 1


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("dtype", [*TYPES, "int64", "uint8"])
def test_max_pool_and_where_its_values_were(rank, dtype, torch):
    source = np.random.default_rng(rank)
    function = getattr(torch.nn.functional, f"max_pool{rank}d")

    def compared(draw):
        given = settings(draw, rank)
        x = numbers(source, shape(draw, rank), dtype)
        if draw.random() < 0.5 and dtype in TYPES:
            x = np.round(x)  # equal values, of which the first is the one
        y, places = computed_all(L.MaxPool(return_indices=True, **given), x)
        theirs, indices = function(torch.from_numpy(x), return_indices=True, **given)
        same(y, theirs.numpy())
        same(places, indices.numpy())
        same(computed(L.MaxPool(**given), x), theirs.numpy())

    for _ in drawn(rank, compared):
        pass


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("dtype", TYPES)
def test_avg_pool(rank, dtype, torch):
    source = np.random.default_rng(rank)
    function = getattr(torch.nn.functional, f"avg_pool{rank}d")

    def compared(draw):
        given = settings(draw, rank, dilation=False) | {"count_include_pad": draw.random() < 0.5}
        if rank > 1 and draw.random() < 0.3:
            given["divisor_override"] = draw.choice((1, 5, -3))
        x = numbers(source, shape(draw, rank), dtype)
        same(computed(L.AvgPool(**given), x), function(torch.from_numpy(x), **given).numpy())

    for _ in drawn(10 + rank, compared):
        pass


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("dtype", TYPES)
def test_lp_pool(rank, dtype, torch):
    source = np.random.default_rng(rank)
    function = getattr(torch.nn.functional, f"lp_pool{rank}d")

    def compared(draw):
        # PyTorch's takes no absolute value, and in ceil_mode weighs a window that the map cuts as a whole one.
        every = settings(draw, rank)
        # In 1-D PyTorch takes no tuple here.
        given = {key: every[key] if rank > 1 else every[key][0] for key in ("kernel_size", "stride")}
        p = draw.choice((1, 2, 3, 0.5, 2.5))
        x = numbers(source, shape(draw, rank), dtype)
        y = computed(L.LPPool(norm_type=p, **given), x)
        same(y, function(torch.from_numpy(np.abs(x)), p, **given).numpy())

    for _ in drawn(20 + rank, compared):
        pass


def test_a_window_that_leaves_the_map_is_not_scaled_up(torch):
    x, layer = np.ones((1, 1, 5)), L.LPPool(3, norm_type=1, ceil_mode=True)
    assert computed(layer, x)[0, 0].tolist() == [3, 2]
    assert torch.nn.functional.lp_pool1d(torch.from_numpy(x), 1, 3, ceil_mode=True)[0, 0].tolist() == [3, 3]


def sides(size, kernel, stride, dilation, padding):
    """Padding before and after, of words by their definition."""
    if padding == "valid":
        return 0, 0
    if isinstance(padding, str):
        both = max((ceil(size / stride) - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
        return (both - both // 2, both // 2) if padding == "same_lower" else (both // 2, both - both // 2)
    return padding


def gathered(x, out, given, padding):
    """(N, C, *out) lists of what each window holds of the map, and how many of its taps lie in map or padding."""
    rank = x.ndim - 2
    axes = []
    for axis in range(rank):
        kernel, stride, dilation = (given[key][axis] for key in ("kernel_size", "stride", "dilation"))
        size = x.shape[2 + axis]
        before, after = sides(size, kernel, stride, dilation, padding if isinstance(padding, str) else padding[axis])
        taps = [[i * stride - before + t * dilation for t in range(kernel)] for i in range(out[axis])]
        axes.append([([p for p in row if 0 <= p < size], sum(p < size + after for p in row)) for row in taps])
    held, counts = np.empty((*x.shape[:2], *out), object), np.empty(out, int)
    for place in product(*map(range, out)):
        chosen = [axes[axis][i] for axis, i in enumerate(place)]
        counts[place] = prod(count for _, count in chosen)
        for n, c in np.ndindex(*x.shape[:2]):
            held[(n, c, *place)] = [x[(n, c, *at)] for at in product(*(inside for inside, _ in chosen))]
    return held, counts


@pytest.mark.parametrize("rank", RANKS)
def test_padding_on_one_side_words_and_dilation(rank):
    source, seen = np.random.default_rng(rank), set()

    def compared(draw):
        kernel = tuple(draw.randint(1, 3) for _ in range(rank))
        pairs = tuple((draw.randint(0, k - 1), draw.randint(0, k - 1)) for k in kernel)
        padding = draw.choice((pairs, "same", "same_upper", "same_lower", "valid"))
        given = {
            "kernel_size": kernel,
            "stride": tuple(draw.randint(1, 3) for _ in range(rank)),
            "dilation": tuple(draw.randint(1, 2) for _ in range(rank)),
        }
        ceiling = not isinstance(padding, str) and draw.random() < 0.5
        common = given | {"padding": padding, "ceil_mode": ceiling, "dialect": "onnx"}
        x = numbers(source, (2, 2, *(draw.randint(2, 7 if rank < 3 else 5) for _ in range(rank))), "float64")
        largest = computed(L.MaxPool(**common), x)
        held, counts = gathered(x, largest.shape[2:], given, padding)
        every = np.frompyfunc(lambda values: max(values, default=-np.inf), 1, 1)
        same(largest, every(held).astype(float))
        every = np.frompyfunc(lambda values: min(values, default=np.inf), 1, 1)
        same(computed(L.MinPool(**common), x), every(held).astype(float))
        totals = np.frompyfunc(sum, 1, 1)(held).astype(float)
        same(computed(L.AvgPool(**common), x), totals / counts)
        number = np.maximum(np.frompyfunc(len, 1, 1)(held).astype(float), 1)
        same(computed(L.AvgPool(count_include_pad=False, **common), x), totals / number)
        p = draw.choice((1, 2, 3.0))
        every = np.frompyfunc(lambda values: sum(abs(v) ** p for v in values) ** (1 / p), 1, 1)
        same(computed(L.LPPool(norm_type=p, **common), x), every(held).astype(float))
        seen.add((padding if isinstance(padding, str) else "pairs", ceiling))

    for _ in drawn(30 + rank, compared):
        pass
    assert len(seen) == 6


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("dtype", TYPES)
def test_adaptive_pools(rank, dtype, torch):
    source, draw = np.random.default_rng(rank), random.Random(40 + rank)
    means, most = (getattr(torch.nn.functional, f"adaptive_{word}_pool{rank}d") for word in ("avg", "max"))
    for _ in range(TIMES):
        x = np.round(numbers(source, shape(draw, rank), dtype), draw.choice((0, 9)))
        size = tuple(draw.choice((None, 1, *range(1, 12 if rank < 3 else 7))) for _ in range(rank))
        stated = tuple(d if o is None else o for d, o in zip(x.shape[2:], size, strict=True))
        tensor = torch.from_numpy(x)
        same(computed(L.AdaptiveAvgPool(size), x), means(tensor, stated).numpy())
        theirs, indices = most(tensor, stated, return_indices=True)
        y, places = computed_all(L.AdaptiveMaxPool(size, return_indices=True), x)
        same(y, theirs.numpy())
        same(places, indices.numpy())
        same(computed(L.AdaptiveMaxPool(size), x), theirs.numpy())


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("keepdim", [True, False])
def test_global_pools(rank, dtype, keepdim, torch):
    source, draw, axes = np.random.default_rng(rank), random.Random(50 + rank), tuple(range(2, 2 + rank))
    for _ in range(TIMES):
        x = numbers(source, shape(draw, rank), dtype)
        tensor, p = torch.from_numpy(x), draw.choice((1, 2, 3, 0.5, 2.5))
        same(computed(L.GlobalAvgPool(keepdim=keepdim), x), tensor.mean(axes, keepdim=keepdim).numpy())
        same(computed(L.GlobalMaxPool(keepdim=keepdim), x), tensor.amax(axes, keepdim=keepdim).numpy())
        theirs = torch.linalg.vector_norm(tensor, p, axes, keepdim=keepdim).numpy()
        same(computed(L.GlobalLPPool(norm_type=p, keepdim=keepdim), x), theirs)


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("dtype", TYPES)
def test_what_a_maximum_pool_kept_is_put_back(rank, dtype, torch):
    source = np.random.default_rng(rank)
    pool, unpool = (getattr(torch.nn.functional, f"max_{word}{rank}d") for word in ("pool", "unpool"))

    def compared(draw):
        every = settings(draw, rank)
        given = {key: every[key] for key in ("kernel_size", "stride", "padding")}
        before = numbers(source, shape(draw, rank, 5 if rank < 3 else 3), dtype)
        x, places = computed_all(L.MaxPool(return_indices=True, **given), before)
        tensors = pool(torch.from_numpy(before), return_indices=True, **given)
        theirs = unpool(*tensors, output_size=before.shape[2:], **given).numpy()
        same(computed(L.MaxUnpool(output_size=before.shape[2:], **given), x, places), theirs)
        same(computed(L.MaxUnpool(**given), x, places, before), theirs)

    for _ in drawn(60 + rank, compared):
        pass


def test_of_two_values_for_one_position_the_last_remains(torch):
    x, indices = np.arange(1.0, 17).reshape(2, 2, 4), np.array([[[0, 7, 0, 7], [3, 3, 3, 3]]] * 2)
    theirs = torch.nn.functional.max_unpool1d(torch.from_numpy(x), torch.from_numpy(indices), 2).numpy()
    same(computed(L.MaxUnpool(2), x, indices), theirs)
    assert theirs[1, 0].tolist() == [11, 0, 0, 0, 0, 0, 0, 12]


@pytest.mark.parametrize("index", [-1, 8])
def test_an_index_outside_the_map_is_refused(index):
    with pytest.raises(ShapeError, match=f"index {index}, a map of the output has 8 positions") as caught:
        computed(L.MaxUnpool(2), np.ones((1, 1, 4)), np.array([[[0, 2, 4, index]]]))
    assert caught.value.fault.code == "CS213"


@pytest.mark.filterwarnings("error")
def test_what_is_no_number_is_the_largest(torch):
    x = np.array([[[[1, np.nan, 2, np.nan, -np.inf, -np.inf, 3, np.inf]]]])
    tensor, F = torch.from_numpy(x), torch.nn.functional
    for ours, theirs in (
        (L.MaxPool((1, 2), return_indices=True), F.max_pool2d(tensor, (1, 2), return_indices=True)),
        (L.MaxPool((1, 4), return_indices=True), F.max_pool2d(tensor, (1, 4), return_indices=True)),
        (L.AdaptiveMaxPool((1, 2), return_indices=True), F.adaptive_max_pool2d(tensor, (1, 2), return_indices=True)),
        (L.AdaptiveMaxPool((1, 3), return_indices=True), F.adaptive_max_pool2d(tensor, (1, 3), return_indices=True)),
    ):
        for y, peer in zip(computed_all(ours, x), theirs, strict=True):
            np.testing.assert_array_equal(y, peer.numpy())
    np.testing.assert_array_equal(computed(L.MaxPool((1, 4)), x)[0, 0, 0], [np.nan, np.inf])
    np.testing.assert_array_equal(computed(L.MinPool((1, 4)), x)[0, 0, 0], [np.nan, -np.inf])
    np.testing.assert_array_equal(computed(L.AvgPool((1, 2)), x)[0, 0, 0], [np.nan, np.nan, -np.inf, np.inf])


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "bool"])
def test_the_padding_of_whole_numbers_is_never_the_extreme(dtype):
    low, high = (0, 1) if dtype == "bool" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    x = np.full((1, 1, 4), low).astype(dtype)
    assert (computed(L.MaxPool(3, stride=1, padding=1), x) == x).all()
    y, places = computed_all(L.MaxPool(3, stride=1, padding=1, return_indices=True), x)
    assert (y == x).all()
    assert places[0, 0].tolist() == [0, 0, 1, 2]
    x = np.full((1, 1, 4), high).astype(dtype)
    assert (computed(L.MinPool(3, stride=1, padding=1), x) == x).all()


def test_the_mean_of_whole_numbers_is_cut_to_one(torch):
    x = np.array([[[[-7, 2, 100, 101, 127, 127]]]], np.int64)
    theirs = torch.nn.functional.avg_pool2d(torch.from_numpy(x), (1, 2)).numpy()
    same(computed(L.AvgPool((1, 2)), x), theirs)
    assert computed(L.AvgPool((1, 2)), x.astype(np.int8)).tolist() == theirs.tolist()  # the sum is more than an int8


def test_half_precision_is_summed_in_single():
    x = np.full((1, 1, 64, 64), 100, np.float16)  # the sum of a map is above 65504, the largest half
    for layer in (L.GlobalAvgPool(), L.AvgPool(64), L.AdaptiveAvgPool(1)):
        assert computed(layer, x).item() == 100
    for layer in (L.GlobalLPPool(), L.LPPool(64)):
        assert computed(layer, x).item() == 6400


@pytest.mark.filterwarnings("error")
def test_a_power_that_is_too_large_is_infinite():
    x = np.full((1, 1, 2), 1e30, np.float32)
    assert computed(L.LPPool(2, norm_type=2), x).item() == np.inf
    assert computed(L.GlobalLPPool(norm_type=3), x).item() == np.inf


FRACTIONS = [
    L.MaxPool(3, stride=2, padding=1), L.MinPool((2, 3), padding=1), L.AvgPool(3, stride=2, padding=1, ceil_mode=True),
    L.AvgPool(2, divisor_override=7), L.LPPool(3, norm_type=1, padding=1), L.AdaptiveAvgPool((3, 2)),
    L.AdaptiveMaxPool(3), L.GlobalAvgPool(), L.GlobalMaxPool(keepdim=False), L.GlobalLPPool(norm_type=1),
]  # fmt: skip


@pytest.mark.parametrize("layer", FRACTIONS, ids=repr)
def test_numbers_of_any_kind_are_pooled(layer):
    x = np.random.default_rng(8).integers(-99, 99, (2, 2, 7, 5))
    found = computed(layer, x.astype(float))
    exact = np.empty(found.shape, object)
    exact_x = np.frompyfunc(lambda v: Fraction(int(v), 3), 1, 1)(x)
    catalog.kernel_of(type(layer))(layer, (exact_x,), {}, (exact,))
    assert all(isinstance(value, Fraction) for value in exact.flat)
    np.testing.assert_allclose(exact.astype(float) * 3, found, rtol=1e-13)


def test_indices_column_by_column():
    """As Fortran counts: the first axis of space runs fastest."""
    source = np.random.default_rng(9)
    for sizes in ((7,), (6, 5), (4, 5, 6)):
        x = source.standard_normal((2, 3, *sizes))
        _, rows = computed_all(L.MaxPool(2, return_indices=True), x)
        y, columns = computed_all(L.MaxPool(2, return_indices=True, storage_order="column"), x)
        expected = np.ravel_multi_index(np.unravel_index(rows, sizes), sizes, order="F")
        assert columns.tolist() == expected.tolist()
        assert columns.dtype == np.int64
        assert y.shape == columns.shape
