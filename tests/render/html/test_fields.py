"""Receptive fields in the page are Python's at every size, where the sizes decide what a layer sees too."""

from __future__ import annotations

import pytest

from cnnshape import Input, Network
from cnnshape import layers as L
from tests.render.html.live import compare

SIZES = [(h, w) for h in (1, 2, 3, 4, 5, 7, 8, 14, 15, 16, 28, 30, 32, 49, 56, 64, 98, 224) for w in (h, 2 * h, 7, 60)]


def image():
    return Input("image", (4, "H", "W"))


def bins():
    x = image()
    return Network("bins", inputs=x, outputs=[L.AdaptiveAvgPool(7)(x), L.AdaptiveMaxPool((1, None))(L.MaxPool(1)(x))])


def resized(mode):
    x = image()
    small = L.Conv(4, kernel_size=3, stride=2, padding=1)(x)
    corners = {"align_corners": True} if mode == "bilinear" else {}
    up = [
        L.Upsample(size=56, mode=mode)(small),
        L.Upsample(mode=mode)(small, x),
        L.Upsample(size=28, mode=mode, **corners)(x),
    ]
    return Network("resized", inputs=x, outputs=[L.Conv(2, kernel_size=3, padding=1)(each) for each in up])


def halved():
    x = image()
    return Network(
        "halved", inputs=x, outputs=[L.Upsample(scale_factor="1/2", mode="area")(x), L.Flatten(start_dim=2)(x)]
    )


def holes():
    x = image()
    seen = L.Conv(4, kernel_size=2, dilation=3, padding=3)(L.Conv(4, kernel_size=2, stride=3, padding=1)(x))
    return Network("holes", inputs=x, outputs=[seen, L.ConvTranspose(4, kernel_size=5, stride=3, padding=1)(seen)])


def joins():
    x = image()
    narrow, wide = L.Conv(4, kernel_size=1)(x), L.Conv(4, kernel_size=5, padding=2, dilation=1)(x)
    shifted = L.Conv(4, kernel_size=3, padding=((0, 2), (2, 0)))(x)
    beside = L.Concat()(narrow, wide, shifted)
    gate = L.Sigmoid()(L.Conv(12, kernel_size=1)(L.GlobalAvgPool()(beside)))
    return Network(
        "joins",
        inputs=x,
        outputs=[L.Multiply()(beside, gate), L.Add()(narrow, shifted), L.Conv(2, kernel_size=1, groups=2)(beside)],
    )


def flattened():
    x = image()
    narrow = L.MaxPool((8, 2), stride=(8, 2), ceil_mode=True)(x)
    rows = L.Flatten(start_dim=2)(narrow)
    return Network(
        "flattened", inputs=x, outputs=[L.Conv(3, kernel_size=1)(rows), L.Flatten()(narrow), L.Permute((0, 2, 1))(rows)]
    )


def same():
    x = image()
    y = L.Conv(4, kernel_size=3, stride=2, padding="same_upper")(x)
    return Network("same", inputs=x, outputs=L.MaxPool(2, stride=3, padding="same_lower")(y))


@pytest.mark.parametrize("build", [bins, halved, holes, joins, flattened, same])
def test_fields_at_every_size(build):
    network = build()
    compare(network, [({"N": 1 + h % 2, "H": h, "W": w}, "float32") for h, w in SIZES])


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "bilinear", "bicubic", "area"])
def test_maps_that_are_resized_by_a_factor_at_some_sizes(mode):
    compare(resized(mode), [({"N": 1, "H": h, "W": w}, "float32") for h, w in SIZES])
