"""Reports to write: the examples at their default sizes and symbolic, and networks that are hard to show."""

from functools import cache
from pathlib import Path

import pytest

import cnnshape
from cnnshape import Input, Network, block
from cnnshape import layers as L
from cnnshape.api.reports import Report

EXAMPLES = Path(__file__).parents[2] / "examples"


def _strange_names() -> Network:
    x = Input("image", (3, "H", "W"))
    y = x
    for name in ("größe", "層", "a\x1b[31mb", "=1+1", "a|b*c_d`<x>", "tab\there", "a" * 90):
        y = L.Conv(8, kernel_size=3, padding=1)(y, name=name)
    return Network("名前 \x1b[2J", inputs=x, outputs=y)


def _deep() -> Network:
    x = y = Input("image", (3, "H", "W"))
    with block("features"), block("denseblock4"), block("denselayer16"):
        for _ in range(3):
            y = L.ReLU()(L.Conv(1_000_000, kernel_size=3)(y))
    return Network("deep", inputs=x, outputs=y)


def _odd_strides() -> Network:
    x = y = Input("image", (3, "height", "width"))
    for stride in (2, 3, 5, 7):
        y = L.Conv(4, kernel_size=4, stride=stride)(y)
    return Network("odd", inputs=x, outputs=y)


def _not_executed() -> Network:
    x = Input("image", (3, 32, 32))
    y = L.Conv(8, kernel_size=3)(x)
    return Network("held", inputs=x, outputs=L.ReLU()(y), held=[L.Linear(10)(L.Flatten()(y), name="auxiliary")])


def _volume() -> Network:
    x = Input("volume", (1, "T", "H", "W"))
    return Network("volume", inputs=x, outputs=L.ConvTranspose(2, kernel_size=3, stride=2)(x))


MADE = {f.__name__[1:]: f for f in (_strange_names, _deep, _odd_strides, _not_executed, _volume)}
NAMES = [*sorted(path.stem for path in EXAMPLES.glob("*.yaml")), *MADE]


@cache
def made(name: str) -> Report:
    """The symbolic report of an example, or of a network above."""
    return cnnshape.report(MADE[name]() if name in MADE else EXAMPLES / f"{name}.yaml")


@cache
def sized(name: str) -> Report:
    """The same at some sizes: the default ones, or 512 for every symbol but the batch."""
    report = made(name)
    network = report.network
    return report.at(sizes=dict(network.defaults) or {s: 512 for s in network.symbols if s != network.batch})


@pytest.fixture(params=NAMES)
def name(request) -> str:
    return request.param


@pytest.fixture(params=["symbolic", "sized"])
def report(request, name) -> Report:
    return made(name) if request.param == "symbolic" else sized(name)


@pytest.fixture
def lenet() -> Report:
    return sized("lenet5")
