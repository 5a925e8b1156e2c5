"""Choosing and placing by position on arrays, against PyTorch, NumPy and plain loops."""

import random

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.errors import ShapeError
from tests.layers.computing import computed, computed_all, numbers, same

DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "int32", "uint8"])


def cases(seed, dtype, most=50):
    draw, source = random.Random(seed), np.random.default_rng(seed)
    for _ in range(most):
        yield draw, source, lambda shape: numbers(source, shape, dtype)


def along(draw, source):
    """A shape, an axis and indices along it, some of them from the end."""
    shape = [draw.randint(1, 5) for _ in range(draw.randint(1, 4))]
    axis = draw.randrange(len(shape))
    chosen = [draw.randint(1, size) for size in shape]
    chosen[axis] = draw.randint(1, 6)
    return shape, axis, source.integers(-shape[axis], shape[axis], chosen)


@DTYPES
def test_elements(dtype, torch):
    for draw, source, given in cases(1, dtype):
        shape, axis, indices = along(draw, source)
        x = given(shape)
        theirs = torch.gather(torch.from_numpy(x), axis, torch.from_numpy(indices % shape[axis])).numpy()
        same(computed(L.GatherElements(dim=axis), x, indices), theirs)


@DTYPES
def test_lists_of_positions(dtype):
    for draw, source, given in cases(2, dtype):
        x = given([draw.randint(1, 5) for _ in range(draw.randint(1, 4))])
        batch = draw.randrange(x.ndim)
        depth = draw.randint(1, x.ndim - batch)
        many = (*x.shape[:batch], *(draw.randint(1, 3) for _ in range(draw.randint(0, 2))))
        low = np.array(x.shape[batch : batch + depth])
        indices = source.integers(-low, low, (*many, depth)).astype(draw.choice(["int64", "int32"]))
        expected = np.empty((*many, *x.shape[batch + depth :]), x.dtype)
        for place in np.ndindex(many):
            expected[place] = x[(*place[:batch], *indices[place])]
        same(computed(L.GatherND(batch_dims=batch), x, indices), expected)


JOINED = {
    "none": lambda _, new: new,
    "add": lambda old, new: old + new,
    "mul": lambda old, new: old * new,
    "max": max,
    "min": min,
}


@DTYPES
@pytest.mark.filterwarnings("ignore:overflow")  # whole numbers wrap around
@pytest.mark.parametrize("reduction", JOINED)
def test_placed_elements(reduction, dtype):
    for draw, source, given in cases(3, dtype, 20):
        shape, axis, indices = along(draw, source)
        x, updates = given(shape), given(indices.shape)
        expected = x.astype(np.float32) if dtype == "float16" else x.copy()  # rounded once
        for place in np.ndindex(indices.shape):
            target = (*place[:axis], indices[place], *place[axis + 1 :])
            expected[target] = JOINED[reduction](expected[target], updates[place])
        ours = computed(L.ScatterElements(dim=axis, reduction=reduction), x, indices, updates)
        same(ours, expected.astype(x.dtype))


@pytest.mark.parametrize(("reduction", "word"), [("add", "sum"), ("mul", "prod"), ("max", "amax"), ("min", "amin")])
def test_placed_elements_as_pytorch(reduction, word, torch):
    for draw, source, given in cases(4, "float64", 40):
        shape, axis, indices = along(draw, source)
        x, updates, indices = given(shape), given(indices.shape), indices % shape[axis]
        theirs = torch.from_numpy(x).scatter_reduce(axis, torch.from_numpy(indices), torch.from_numpy(updates), word)
        same(computed(L.ScatterElements(dim=axis, reduction=reduction), x, indices, updates), theirs.numpy())


@DTYPES
@pytest.mark.filterwarnings("ignore:overflow")  # whole numbers wrap around
@pytest.mark.parametrize("reduction", JOINED)
def test_placed_parts(reduction, dtype):
    for draw, source, given in cases(5, dtype, 20):
        x = given([draw.randint(1, 4) for _ in range(draw.randint(1, 3))])
        depth = draw.randint(1, x.ndim)
        many = tuple(draw.randint(1, 3) for _ in range(draw.randint(0, 2)))
        low = np.array(x.shape[:depth])
        indices = source.integers(-low, low, (*many, depth))
        updates = given((*many, *x.shape[depth:]))
        expected = x.astype(np.float32) if dtype == "float16" else x.copy()
        for place in np.ndindex(updates.shape):
            target = (*indices[place[: len(many)]], *place[len(many) :])
            expected[target] = JOINED[reduction](expected[target], updates[place])
        same(computed(L.ScatterND(reduction=reduction), x, indices, updates), expected.astype(x.dtype))


@DTYPES
def test_a_cache(dtype):
    for draw, source, given in cases(6, dtype):
        shape = [draw.randint(1, 5) for _ in range(draw.randint(2, 4))]
        axis = draw.randrange(1, len(shape))
        length = draw.randint(1, shape[axis])
        circular = draw.random() < 0.5
        cache, update = given(shape), given([length if i == axis else size for i, size in enumerate(shape)])
        first = source.integers(0, shape[axis] + 3 if circular else shape[axis] - length + 1, shape[0])
        inputs = (cache, update, first) if draw.random() < 0.8 else (cache, update)
        expected = cache.copy()
        for place in np.ndindex(update.shape):
            start = first[place[0]] if len(inputs) == 3 else 0
            expected[(*place[:axis], (start + place[axis]) % shape[axis], *place[axis + 1 :])] = update[place]
        same(computed(L.TensorScatter(dim=axis, mode="circular" if circular else "linear"), *inputs), expected)


@DTYPES
def test_the_largest_and_the_smallest(dtype, torch):
    for draw, source, given in cases(7, dtype):
        x = given([draw.randint(1, 6) for _ in range(draw.randint(1, 4))])
        if draw.random() < 0.5:  # many are equal
            x = source.integers(0, 3, x.shape).astype(dtype)
        axis = draw.randrange(x.ndim)
        k, largest = draw.randint(1, x.shape[axis]), draw.random() < 0.5
        values, positions = computed_all(L.TopK(k, dim=axis, largest=largest), x)
        same(values, torch.topk(torch.from_numpy(x), k, axis, largest).values.numpy())
        same(np.take_along_axis(x, positions, axis), values)
        pairs = np.moveaxis(values, axis, -1), np.moveaxis(positions, axis, -1)
        earlier = (pairs[0][..., 1:] != pairs[0][..., :-1]) | (pairs[1][..., 1:] > pairs[1][..., :-1])
        assert earlier.all(), "of equal ones the first comes first"


def test_no_number_is_larger_than_all(torch):
    x = np.array([1, np.nan, 3, -np.inf, np.inf], np.float32)
    for largest in (True, False):
        values, _ = computed_all(L.TopK(5, largest=largest), x)
        np.testing.assert_array_equal(values, torch.topk(torch.from_numpy(x), 5, largest=largest).values.numpy())


@DTYPES
def test_sequences_backwards(dtype):
    for draw, source, given in cases(8, dtype):
        x = given([draw.randint(1, 5) for _ in range(draw.randint(2, 4))])
        batch, time = draw.sample(range(x.ndim), 2)
        lengths = source.integers(0, x.shape[time] + 1, x.shape[batch])
        expected = np.empty_like(x)
        for place in np.ndindex(x.shape):
            length, origin = lengths[place[batch]], list(place)
            if place[time] < length:
                origin[time] = length - 1 - place[time]
            expected[place] = x[tuple(origin)]
        same(computed(L.ReverseSequence(batch_dim=batch, time_dim=time), x, lengths), expected)


def test_vectors_that_are_on_once(torch):
    for draw, source, _ in cases(9, "int64"):
        size = draw.randint(1, 6)
        x = source.integers(0, size, [draw.randint(1, 4) for _ in range(draw.randint(0, 3))])
        place = draw.randint(0, x.ndim)
        theirs = torch.nn.functional.one_hot(torch.from_numpy(x), size).movedim(-1, place).numpy()
        same(computed(L.OneHot(size, dim=place), x), theirs)
        ours = computed(L.OneHot(size, dim=place - x.ndim - 1, off_value=-1, on_value=3, dtype="float32"), x - size)
        same(ours, (4 * theirs - 1).astype(np.float32))
    assert not computed(L.OneHot(3), np.array([3, -4])).any(), "beyond both ends all is off"


X, I64 = np.zeros((2, 3)), np.int64
BEYOND = [
    ("elements", L.GatherElements(), (X, np.array([[3]], I64))),
    ("list", L.GatherND(), (X, np.array([[1, -4]], I64))),
    ("placed", L.ScatterElements(dim=0), (X, np.array([[2]], I64), np.ones((1, 1)))),
    ("part", L.ScatterND(), (X, np.array([[-3]], I64), np.ones((1, 3)))),
    ("cache", L.TensorScatter(dim=1), (X, X[:, :2], np.array([0, 2], I64))),
    ("before-the-cache", L.TensorScatter(dim=1), (X, X[:, :2], np.array([0, -1], I64))),
    ("length", L.ReverseSequence(), (X, np.array([4, 0], I64))),
]


@pytest.mark.parametrize(("layer", "inputs"), [pytest.param(*row[1:], id=row[0]) for row in BEYOND])
def test_a_position_that_is_not_there_is_refused(layer, inputs):
    with pytest.raises(ShapeError) as raised:
        computed(layer, *inputs)
    assert raised.value.code == "CS213"
