"""The live page against Python: every number in it, whatever is typed, whatever the network."""

from __future__ import annotations

import json
import random
import re

import pytest

import cnnshape as cs
from cnnshape.analysis.report import facts
from cnnshape.render.html.data import live
from cnnshape.render.units import bytes_text, exact
from tests.render.html.browser import Opened, html
from tests.render.html.live import answers, broken, differences, fixed, settings, shown, stretched, two_inputs
from tests.render.programs import browser

NETWORKS = {
    "resnet50": (lambda: cs.load("resnet50"), 60),
    "unet": (lambda: cs.load("unet"), 50),
    "inception_v3": (lambda: cs.load("inception_v3"), 20),
    "deeplabv3": (lambda: cs.load("deeplabv3_mobilenet_v3_large"), 20),
    "a box of sizes": (lambda: cs.load("crnn"), 30),
    "two inputs": (two_inputs, 30),
    "a free width": (lambda: cs.zoo.build("resnet18(width_mult='c/64')"), 20),
}


@pytest.fixture
def view(tmp_path):
    opened = []

    def call(network, **options):
        opened.append(Opened(browser(), tmp_path, html(network), **options))
        return opened[-1]

    yield call
    for each in opened:
        each.tab.close()
        assert each.said == []
        assert {url.partition("#")[0] for url in each.requests} == {each.file.as_uri()}


_COMPUTE = """([values, dtype]) => {
    state.values = values.map(BigInt);
    state.dtype = dtype;
    update();
    const plain = (_, value) => typeof value === "bigint" ? `${value}` : value;
    const near = now.valid === false ? MODEL.nearest(values) : [];
    const texts = Object.fromEntries(["params", "macs", "activations", "peak"].map(
        name => [name, at("total-" + name).firstElementChild.textContent]));
    return [JSON.stringify({...now, sizes: 0, nearest: near}, plain), texts, at("verdict").textContent];
}"""


def test_two_hundred_settings():
    assert sum(count for _, count in NETWORKS.values()) >= 200


@pytest.mark.parametrize("name", NETWORKS)
def test_every_number_in_the_page_equals_pythons(view, name):
    build, count = NETWORKS[name]
    network = build()
    made, page = live(facts(network)), view(network)
    for sizes, dtype in settings(network, seed=count, count=count):
        found, texts, verdict = page(_COMPUTE, [[str(x) for x in sizes.values()], dtype])
        wanted = answers(network, (sizes, dtype))
        wrong = differences(wanted, shown(made, json.loads(found)))
        assert not wrong, (sizes, dtype)
        totals = {key: int(value) for key, value in wanted["totals"].items()}
        least = "≥ " if any(layer["macs"] is None for layer in wanted["layers"].values()) else ""
        assert texts["params"].removeprefix("≥ ") == exact(totals["params"])
        assert texts["macs"] == least + exact(totals["macs"])
        assert texts["activations"] == least + bytes_text(totals["activation_bytes"])
        if wanted["peak"]:
            assert texts["peak"] == least + bytes_text(totals["peak_activation_bytes"])
        faults = len(wanted["errors"])
        assert verdict == ("valid" if wanted["valid"] else f"{faults} broken" if faults else "does not fit")


@pytest.mark.parametrize(
    "typed", ["", "0", "-5", "e", "1e400", "99999999999999999999", "3.7", "007", "  12", "9" * 102]
)
def test_whatever_is_typed_is_a_size_or_leaves_the_last(view, typed):
    page = view(cs.load("lenet5"))
    box = page.tab.locator("#size1")
    box.focus()
    page.tab.keyboard.press("Control+A")
    page.tab.keyboard.press("Delete")
    page.tab.keyboard.type(typed)
    page.tab.keyboard.press("Tab")
    value = page("String(state.values[1])")
    assert re.fullmatch(r"[1-9]\d{0,99}", value)
    assert box.input_value() == value


def test_sizes_beyond_2_to_the_53_are_exact(view):
    size = 2**60 + 16
    page = view(cs.load("unet"), fragment=f"#H={size}&W={size}")
    assert page.text("#total-macs span") == exact(cs.report("unet", H=size, W=size).macs)
    assert page.tab.input_value("#size1") == str(size)
    assert page.text("#verdict") == "valid"


@pytest.mark.parametrize("build", [fixed, broken, stretched, two_inputs], ids=lambda build: build.__name__)
def test_unusual_networks_open(view, build):
    network = build()
    page = view(network)
    sizes = {symbol["name"]: int(symbol["start"]) for symbol in page("SYMBOLS")}
    found = facts(network).at(sizes)
    assert page.text("#total-params span").removeprefix("≥ ") == exact(found.totals.params)
    assert page.text("#verdict") == ("valid" if found.valid else f"{len(found.errors)} broken")
    for error in found.errors:
        page.tab.click("#status")
        assert error.message in page.text("#detail")


@pytest.mark.parametrize(
    "name",
    [
        "alexnet",
        "densenet121",
        "shufflenet_v2_x1_0",
        "mobilenet_v3_large",
        "convnext_tiny",
        "vit_b_16",
        "segnet",
        "dcgan",
        "m11",
        "c3d",
    ],
)
def test_networks_of_the_zoo_open_and_show_their_totals(view, name):
    network = cs.load(name)
    page, wanted = view(network), facts(network).at({**dict.fromkeys(network.symbols, 1), **network.defaults}).totals
    assert page.text("#total-params span") == exact(wanted.params)
    assert page.text("#total-macs span") == exact(wanted.macs)
    assert page.text("#total-peak span") == bytes_text(wanted.peak_activation_bytes)
    assert page.text("#verdict") == "valid"
    assert page.tab.locator("#stage .card").count() > 1


def test_hundreds_of_actions_at_random_leave_a_page_that_is_right(view):
    network, rng = cs.load("unet"), random.Random(3)
    page = view(network)
    keys = [
        "[",
        "]",
        "{",
        "}",
        "+",
        "-",
        "0",
        "d",
        "Enter",
        "Escape",
        "Tab",
        "ArrowUp",
        "ArrowDown",
        "ArrowLeft",
        "ArrowRight",
    ]
    for _ in range(200):
        how = rng.random()
        if how < 0.7:
            page.tab.keyboard.press(rng.choice(keys))
        elif how < 0.85:
            page.tab.locator(f"#size{rng.randint(0, 2)}").fill(str(rng.randint(1, 700)))
        elif how < 0.9:
            page.tab.select_option("#dtype", rng.choice(["float32", "int4", "float64"]))
        else:
            page.tab.locator("#table tbody tr").nth(rng.randint(0, 12)).click()
    sizes = dict(zip(network.symbols, map(int, page("state.values.map(String)")), strict=True))
    found = facts(network, dtype=page("state.dtype")).at(sizes)
    assert page("document.getElementById('total-params').firstElementChild.textContent") == exact(found.totals.params)
    assert page.text("#total-macs span").removeprefix("≥ ") == exact(found.totals.macs)
    assert page.text("#total-activations span").removeprefix("≥ ") == bytes_text(found.totals.activation_bytes)
    assert page.text("#verdict") == ("valid" if found.valid else f"{len(found.errors)} broken")
