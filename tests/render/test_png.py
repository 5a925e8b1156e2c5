"""PNG: as large as asked, of bounded size, the same bytes twice."""

import io
from math import ceil

import pytest
from hypothesis import given, settings

from cnnshape.errors import UsageError
from cnnshape.render import png
from cnnshape.render.scene import Rect, Scene, Style
from tests.render.programs import cairo
from tests.render.scenes import HOSTILE, labeled, sample, scenes


@pytest.fixture(autouse=True, scope="module")
def library():
    return cairo()


@pytest.fixture(scope="module")
def images():
    return pytest.importorskip("PIL.Image")


@pytest.mark.parametrize("dpi", [72, 96, 200, 300])
def test_its_size_follows_from_the_resolution_which_it_tells(images, dpi):
    image = images.open(io.BytesIO(png.render(sample(), dpi)))
    image.verify()
    assert image.size == (ceil(300 * dpi / 72), ceil(200 * dpi / 72))
    assert image.info["dpi"] == pytest.approx((dpi, dpi), abs=0.02)


def test_the_back_is_white_or_what_is_asked_or_nothing(images):
    scene = Scene(10, 10, (Rect(5, 5, 4, 4, Style("#FF0000", "")),))
    for back, corner in (("#FFFFFF", (255, 255, 255, 255)), ("#102030", (16, 32, 48, 255)), ("", (0, 0, 0, 0))):
        image = images.open(io.BytesIO(png.render(scene, 72, back))).convert("RGBA")
        assert image.getpixel((1, 1)) == corner
        assert image.getpixel((7, 7)) == (255, 0, 0, 255)


def test_the_same_bytes_twice():
    assert png.render(sample()) == png.render(sample())


@pytest.mark.parametrize("size", [(72 * 200, 72 * 2), (72 * 50, 72 * 60)])
def test_a_picture_too_large_is_refused_with_a_resolution_that_works(size):
    scene = Scene(*size, ())
    with pytest.raises(UsageError) as raised:
        png.render(scene, 300)
    assert raised.value.code == "CS014"
    fix = raised.value.fault.fix
    assert fix.startswith("--dpi ")
    assert png.render(scene, float(fix.split()[1].rstrip(","))).startswith(b"\x89PNG")


def test_a_picture_too_large_for_any_resolution_is_refused_with_other_forms():
    with pytest.raises(UsageError, match="CS014") as raised:
        png.render(Scene(100, 200_000, ()))
    assert raised.value.fault.fix == "write SVG or PDF, or show less detail"


@pytest.mark.parametrize("dpi", [0, -1, 1e6, float("nan")])
def test_a_resolution_that_is_none_is_refused(dpi):
    with pytest.raises(UsageError, match="dpi is a number from 1 to 10,000"):
        png.render(sample(), dpi)


def test_hostile_names_are_painted():
    assert png.render(labeled(*HOSTILE)).startswith(b"\x89PNG")


@settings(max_examples=25)
@given(scenes)
def test_any_picture_can_be_written(scene):
    assert png.render(scene, 72).startswith(b"\x89PNG")
