"""Triangles and bits read as another type, against PyTorch."""

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers.base import Spec
from tests.layers.computing import computed, numbers, same
from tests.layers.measured import Draw, compare, fault_of, fits_often, work_of

SIDES = [(L.Tril, "tril"), (L.Triu, "triu")]
PAIRS = [
    ("float32", "int32"),
    ("int32", "float32"),
    ("float64", "int64"),
    ("float16", "int16"),
    ("int8", "uint8"),
    ("bool", "uint8"),
]


@pytest.mark.parametrize(("kind", "name"), SIDES)
def test_triangles_as_pytorch(kind, name, torch):
    source, taken = np.random.default_rng(1), []
    for seed in range(80):
        draw = Draw(seed)
        shape, diagonal = tuple(draw.size(1, 5) for _ in range(draw.size(0, 4))), draw.size(-6, 6)
        function = getattr(torch, name)
        taken.append(compare(torch, kind(diagonal), lambda t, f=function, d=diagonal: f(t, d), shape, fixed=()))
        if taken[-1]:
            x = numbers(source, shape, draw.one("float32", "int64", "bool"))
            same(computed(kind(diagonal), x), function(torch.from_numpy(x), diagonal).numpy())
    fits_often(taken)


def test_a_triangle_computes_nothing_and_sees_at_most_its_place():
    x = Spec((3, 4))
    assert work_of(L.Tril(), (3, 4)) == {}
    assert L.Triu().window((x,)).exact is False


def test_a_row_has_no_triangle():
    assert fault_of(L.Triu(1), (5,)) == (
        "CS206: Triu needs two axes, the input (5,) has 1\n"
        "  rule: the last two axes are rows and columns\n"
        "  fix: an input with two axes or more"
    )


@pytest.mark.parametrize(("given", "wanted"), PAIRS)
def test_bits_as_pytorch(given, wanted, torch):
    x = numbers(np.random.default_rng(2), (3, 5), given)
    same(computed(L.BitCast(wanted), x), torch.from_numpy(x).view(getattr(torch, wanted)).numpy())
    same(computed(L.BitCast(wanted), x[0, 0]), torch.from_numpy(x)[0, 0].view(getattr(torch, wanted)).numpy())


def test_a_network_in_another_precision_reads_the_bits_that_it_states():
    assert computed(L.BitCast("int32"), np.ones(1, np.float32)).tolist() == [1065353216]  # sign 0, exponent 127
    out = np.empty(1, np.int32)
    from cnnshape.layers.reshape.kernel import bit_cast

    bit_cast(L.BitCast("int32"), (np.ones(1, np.float64),), {}, (out,))
    assert out.tolist() == [1065353216]


def test_another_number_of_bits():
    assert fault_of(L.BitCast("int64"), (3,)) == (
        "CS211: the input is float32, an element has 32 bits\n"
        "  rule: an element of int64 has 64\n"
        "  fix: cast: int64, if the values are to stay"
    )
    assert L.BitCast("int64").label() == "BitCast int64"
