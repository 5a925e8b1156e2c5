"""Windows at places that data says: shapes, weights, work, conditions and faults."""

import pytest

from cnnshape import layers as L
from cnnshape.layers.base import Spec
from tests.layers.measured import conditions_of, fault_of, shape_of, specs, weights_of, work_of


def whole(*shape):
    return Spec(specs(shape)[0].shape, "int64")


MAP = ("N", 256, "H", "W")
SHAPES = [
    ("align", L.RoIAlign(7), [MAP, ("K", 4), whole("K")], ("K", 256, 7, 7)),
    ("pool", L.RoIPool((2, 3)), [MAP, ("K", 4), whole("K")], ("K", 256, 2, 3)),
    ("grid", L.AffineGrid((28, 30)), [("N", 2, 3)], ("N", 28, 30, 2)),
    ("grid-of-volumes", L.AffineGrid(8), [("N", 3, 4)], ("N", 8, 8, 8, 3)),
    ("deform", L.DeformConv(64, kernel_size=3, stride=2), [("N", 8, 33, 31), ("N", 18, 16, 15)], ("N", 64, 16, 15)),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "inputs", "expected"), [pytest.param(*row[1:], id=row[0]) for row in SHAPES])
def test_shape(layer, inputs, expected):
    assert shape_of(layer, *inputs) == expected


def test_conditions():
    assert conditions_of(L.RoIPool(1), MAP, ("K", 4), whole("M")) == ["M == K"]
    deform = L.DeformConv(4, kernel_size=3)
    assert conditions_of(deform, ("N", 2, "H", 9), ("N", 18, "P", 7)) == ["H - 2 >= 1", "P == H - 2"]


def test_weights_are_those_of_a_convolution():
    settings = {"kernel_size": (3, 2), "groups": 2}
    shapes = (1, 4, 8, 8), (1, 12, 6, 7)
    assert weights_of(L.DeformConv(6, **settings), *shapes) == weights_of(L.Conv(6, **settings), shapes[0])


def test_work_by_hand():
    """Each of 4 channels reads 9 taps at 16 places, 4 pixels each; the filters then are those of a convolution."""
    x, offsets, mask = (1, 4, 6, 6), (1, 18, 4, 4), (1, 9, 4, 4)
    read = 4 * 9 * 16
    plain, masked = (work_of(L.DeformConv(5, kernel_size=3), *given) for given in ((x, offsets), (x, offsets, mask)))
    assert plain == {"macs": 5 * read, "muls": 4 * read, "adds": 3 * read + 5 * 16}
    assert masked["muls"] == 5 * read
    assert work_of(L.AffineGrid((4, 5)), (3, 2, 3)) == {"muls": 3 * 20 * 4, "adds": 3 * 20 * 4}
    bins = 2 * 3 * 4 * 4
    aligned = work_of(L.RoIAlign(4, sampling_ratio=2), (1, 3, 9, 9), (2, 4), whole(2))
    assert aligned == {"muls": bins * 17, "adds": bins * 15}


FAULTS = [
    ("regions", L.RoIAlign(7), ((1, 3, 8, 8), (5, 5), whole(5)), "CS201: numbers of a region: 5, 4 are needed"),
    ("images", L.RoIPool(7), ((1, 3, 8, 8), (5, 4), (5,)), "CS211: the images are float32"),
    ("map", L.RoIPool(7), ((1, 3, 8), (5, 4), whole(5)), "CS206: map (1, 3, 8): 3 axes, 4 are needed"),
    ("affine", L.AffineGrid((4, 4)), ((1, 3, 4),), "CS201: rows of the map: 3, 2 are needed"),
    (
        "offsets",
        L.DeformConv(4, kernel_size=3),
        ((1, 3, 8, 8), (1, 9, 6, 6)),
        "CS201: axis 1 of the offsets: 9, 18 are needed",
    ),
]


@pytest.mark.parametrize(("layer", "inputs", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, inputs, expected):
    assert fault_of(layer, *inputs).splitlines()[0] == expected
