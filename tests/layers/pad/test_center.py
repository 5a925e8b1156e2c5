"""CenterCrop: the original U-Net's published crops, and the middle of a list."""

import pytest

from cnnshape.layers.pad import CenterCrop
from tests.layers.measured import conditions_of, draws, fault_of, shape_of, specs, work_of


@pytest.mark.parametrize(
    ("skip", "up", "offset"),
    # Ronneberger et al., figure 1, for an input of 572: the maps beside the gray arrows.
    [(64, 56, 4), (136, 104, 16), (280, 200, 40), (568, 392, 88)],
)
def test_crops_of_the_original_unet(skip, up, offset):
    inputs = ((1, 64, skip, skip), (1, 64, up, up))
    assert shape_of(CenterCrop(), *inputs) == (1, 64, up, up)
    windows = CenterCrop().window(specs(*inputs))
    assert [(w.before, w.after) for w in windows.axes.values()] == [(-offset, -offset)] * 2
    assert windows.reads == (0,)


def test_the_middle():
    """At most one position more is cut at the end than at the start."""
    for draw, _ in draws(200, seed=61):
        size = draw.size(1, 20)
        wanted = draw.size(1, size)
        (w,) = CenterCrop(wanted).window(specs((1, 1, size))).axes.values()
        kept = range(size)[-w.before : size + w.after]
        assert len(kept) == wanted
        assert (size - 1 - kept[-1]) - kept[0] in (0, 1)


def test_symbols():
    assert shape_of(CenterCrop(224), ("N", 3, "H", "W")) == ("N", 3, 224, 224)
    assert conditions_of(CenterCrop(224), ("N", 3, "H", 256)) == ["H >= 224"]
    assert conditions_of(CenterCrop(), ("N", 3, "H"), ("M", 8, "H - 8")) == []
    (w,) = CenterCrop().window(specs((1, 3, "H"), (1, 3, "H - 9"))).axes.values()
    assert (w.before, w.after) == (-4, -5)


def test_no_work():
    assert work_of(CenterCrop(2), (1, 3, 8)) == {}


FAULTS = [
    (
        "larger",
        CenterCrop(),
        ((1, 3, 4, 8), (1, 3, 5, 8)),
        """\
CS203: axis H: a crop of 5 from a map of 4
  rule: a crop is not larger than the map
  fix: a map of at least 5, or a crop of at most 4""",
    ),
    (
        "nothing",
        CenterCrop(),
        ((1, 3, 4),),
        """\
CS205: nothing says how large the crop is
  rule: one of: size, a second input whose size is taken
  fix: size: 224""",
    ),
    (
        "both",
        CenterCrop(2),
        ((1, 3, 4), (1, 3, 2)),
        """\
CS205: size stands beside a second input
  rule: one of: size, a second input whose size is taken
  fix: leave out size, or the second input""",
    ),
]


@pytest.mark.parametrize(("layer", "inputs", "expected"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
def test_fault(layer, inputs, expected):
    assert fault_of(layer, *inputs) == expected
