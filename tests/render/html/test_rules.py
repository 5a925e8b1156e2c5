"""The page finds the sizes that Python calls the nearest."""

from __future__ import annotations

import random

import pytest

import cnnshape as cs
from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.report import facts
from cnnshape.render.html.data import live
from tests.render.html.live import run


def head(features, *steps):
    x = y = Input("image", (1, "H", "W"))
    for step in steps:
        y = step(y)
    return Network("n", inputs=x, outputs=L.Linear(2, in_features=features)(L.Flatten()(y)))


def unequal():
    """H and W meet in a way that splits into no boxes."""
    x = Input("image", (3, "H", "W"))
    turned = L.Permute((0, 1, 3, 2))(x)
    return Network("n", inputs=x, outputs=L.Add()(L.MaxPool(2)(x), L.MaxPool(2)(turned)))


NETWORKS = {
    "a box": lambda: cs.load("lenet5"),
    "several boxes": lambda: head(36, L.MaxPool(2)),
    "two steps": lambda: head(4 * 30, L.Conv(4, kernel_size=3), L.MaxPool(3)),
    "a period": lambda: cs.load("unet"),
    "no boxes": unequal,
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_nearest_sizes_are_pythons(name):
    network = NETWORKS[name]()
    free, rng = facts(network), random.Random(7)
    most = [60] * 50 + [10**6, 2**70]
    asked = [({"N": 1, "H": rng.randint(1, most[i]), "W": rng.randint(1, most[-i])}, "float32") for i in range(52)]
    names = network.symbols
    for (sizes, _), result in zip(asked, run(live(free), asked), strict=True):
        assert result["valid"] == free.at(sizes).valid
        found = [dict(zip(names, map(int, row), strict=True)) for row in result["nearest"]]
        assert found == ([] if result["valid"] else [dict(near) for near in free.validity.nearest(sizes)]), sizes
        for near in found:
            assert free.at(near).valid is True  # not only the same answer, but one that fits
