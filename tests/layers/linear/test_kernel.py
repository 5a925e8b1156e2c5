"""Linear maps on arrays: against PyTorch and NumPy's own products, at random settings of all arguments."""

import random

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.errors import ShapeError
from cnnshape.layers import catalog
from cnnshape.layers.base import Spec
from tests.layers.computing import computed, same
from tests.layers.counting import counted

TIMES = 60
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


def cases(seed, dtype):
    """Sources of settings and of numbers."""
    draw, source = random.Random(seed), np.random.default_rng(seed)
    for _ in range(TIMES):
        yield draw, lambda shape: source.standard_normal(shape).astype(dtype)


def weights_of(layer, numbers, *inputs):
    specs = tuple(Spec(x.shape, x.dtype.name) for x in inputs)
    return {name: numbers(weight.shape) for name, weight in layer.weights(specs).items()}


def tensors(torch, weights):
    return {name: torch.from_numpy(weight) for name, weight in weights.items()}


def sizes(draw, least, most):
    return tuple(draw.randint(1, 5) for _ in range(draw.randint(least, most)))


@DTYPES
def test_linear(dtype, torch):
    for draw, numbers in cases(1, dtype):
        layer, x = L.Linear(draw.randint(1, 6), bias=draw.random() < 0.5), numbers(sizes(draw, 1, 5))
        weights = weights_of(layer, numbers, x)
        theirs = torch.nn.functional.linear(torch.from_numpy(x), **tensors(torch, weights))
        same(computed(layer, x, **weights), theirs.numpy())


@DTYPES
def test_bilinear(dtype, torch):
    for draw, numbers in cases(2, dtype):
        leading = sizes(draw, 0, 3)
        layer = L.Bilinear(draw.randint(1, 5), bias=draw.random() < 0.5)
        a, b = (numbers((*leading, draw.randint(1, 5))) for _ in range(2))
        weights = weights_of(layer, numbers, a, b)
        theirs = torch.nn.functional.bilinear(*map(torch.from_numpy, (a, b)), **tensors(torch, weights))
        same(computed(layer, a, b, **weights), theirs.numpy())


def operands(draw, numbers):
    """A layer and two arrays that it takes: batches that broadcast, either one without a second axis."""
    layer = L.MatMul(transpose_a=draw.random() < 0.5, transpose_b=draw.random() < 0.5)
    batch, (n, k, m) = sizes(draw, 0, 3), (draw.randint(1, 5) for _ in range(3))

    def one(rows, columns, swapped):
        own = [draw.choice((1, size)) for size in batch[draw.randint(0, len(batch)) :]]
        return numbers((*own, columns, rows) if swapped else (*own, rows, columns))

    a = numbers((k,)) if draw.random() < 0.2 else one(n, k, layer.transpose_a)
    b = numbers((k,)) if draw.random() < 0.2 else one(k, m, layer.transpose_b)
    return layer, a, b


@DTYPES
def test_matrix_products(dtype, torch):
    for draw, numbers in cases(3, dtype):
        layer, a, b = operands(draw, numbers)
        left, right = torch.from_numpy(a), torch.from_numpy(b)
        left = left.mT if layer.transpose_a and a.ndim > 1 else left
        right = right.mT if layer.transpose_b and b.ndim > 1 else right
        same(computed(layer, a, b), torch.matmul(left, right).numpy())


def test_products_of_integers_stay_integers():
    source = np.random.default_rng(4)
    a, b = source.integers(-9, 9, (2, 3, 4)), source.integers(-9, 9, (4, 5))
    y = computed(L.MatMul(), a, b)
    assert y.dtype == np.int64
    assert y[1, 2, 3] == sum(int(a[1, 2, k]) * int(b[k, 3]) for k in range(4))


@DTYPES
def test_embedding(dtype, torch):
    for draw, numbers in cases(5, dtype):
        rows = draw.randint(1, 9)
        layer = L.Embedding(draw.randint(1, 5), num_embeddings=rows, padding_idx=draw.choice((None, 0, -1)))
        x = np.asarray(abs(numbers(sizes(draw, 0, 3))) * 100 % rows, draw.choice(("int64", "int32", "uint8")))
        table = numbers((rows, layer.embedding_dim))
        theirs = torch.nn.functional.embedding(torch.from_numpy(x.astype(np.int64)), torch.from_numpy(table))
        np.testing.assert_array_equal(computed(layer, x, weight=table), theirs.numpy().astype(np.float32))


@pytest.mark.parametrize(("index", "ways"), [(5, "num_embeddings: 6"), (-1, "from 0 to 4")])
def test_an_index_outside_the_table_is_refused(index, ways):
    # PyTorch refuses both; NumPy alone would take the last row for -1.
    with pytest.raises(ShapeError) as error:
        computed(L.Embedding(2, num_embeddings=5), np.array([0, index, 4]), weight=np.zeros((5, 2)))
    assert error.value.code == "CS213"
    assert f"row {index}" in str(error.value)
    assert ways in str(error.value)


def test_nothing_is_looked_up_for_no_index():
    x = np.zeros((0, 3), np.int64)
    y = np.zeros((0, 3, 2), np.float32)
    catalog.kernel_of(L.Embedding)(L.Embedding(2, num_embeddings=5), (x,), {"weight": np.zeros((5, 2))}, (y,))


def test_half_precision_is_computed_in_single_and_rounded_once():
    source = np.random.default_rng(6)
    a, b = (source.normal(0, 8, (3, 4, size)).astype(np.float16) for size in (50, 60))
    cases = [
        (L.Linear(7), (a,)),
        (L.Bilinear(7), (a, b)),
        (L.MatMul(transpose_a=True), (a, b)),
    ]
    for layer, inputs in cases:
        weights = weights_of(layer, lambda shape: source.normal(0, 8, shape).astype(np.float16), *inputs)
        half = computed(layer, *inputs, **weights)
        single = computed(
            layer,
            *(x.astype(np.float32) for x in inputs),
            **{name: weight.astype(np.float32) for name, weight in weights.items()},
        )
        with np.errstate(over="ignore"):
            np.testing.assert_array_equal(half, single.astype(np.float16))


def test_numbers_that_count_are_multiplied_as_often_as_the_work_says():
    (x, weight, bias, y), done = counted((2, 4), (3, 4), (3,), (2, 3))
    layer = L.Linear(3)
    catalog.kernel_of(L.Linear)(layer, (x,), {"weight": weight, "bias": bias}, (y,))
    work = layer.work((Spec((2, 4)),), (Spec((2, 3)),))
    assert done["muls"] == work.macs == 24
    expected = sum(a.value * b.value for a, b in zip(x[1], weight[2], strict=True)) + bias[2].value
    assert y[1, 2].value == pytest.approx(expected)


def test_a_matrix_product_of_numbers_that_count():
    (a, b, y), done = counted((2, 3, 4), (5, 4), (2, 3, 5))
    catalog.kernel_of(L.MatMul)(L.MatMul(transpose_b=True), (a, b), {}, (y,))
    assert done["muls"] == 2 * 3 * 4 * 5
