"""The gallery shows what is drawn now."""

import pytest

from cnnshape.zoo.catalog import NETWORKS
from docs import make_gallery

SAMPLE = ("lenet5", "resnet50", "m5")
"""Networks that are drawn again; the script compares all of them."""


@pytest.mark.parametrize("name", SAMPLE)
def test_a_picture_is_current(name):
    for _, style in make_gallery.pictures([name]):
        kept = (make_gallery.FOLDER / f"{name}-{style}.svg").read_text(encoding="utf-8")
        assert kept == make_gallery.picture(name, style), f"python docs/make_gallery.py {name} --update"


def test_every_network_is_there():
    kept = {path.name for path in make_gallery.FOLDER.glob("*.svg")}
    assert kept == {f"{name}-{style}.svg" for name, style in make_gallery.pictures(list(NETWORKS))}
    assert (make_gallery.FOLDER / make_gallery.PAGE).read_text(encoding="utf-8") == make_gallery.page()
