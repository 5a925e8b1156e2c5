"""A fault that uses of one layer share is told once: as many errors as there are entries of the file to mend."""

import re

import pytest

import cnnshape as cs
from cnnshape import Input, Network
from cnnshape import layers as L

DESIGN = """\
cnnshape: 1
inputs: {{left: [3, H, W], right: [3, H, W], third: [3, H, W]}}
define:
  tower: {{layers: [{{name: bad, conv: {{in_channels: {channels}, out_channels: 8, kernel_size: 9}}}}, relu]}}
layers:
  - {{name: a, tower: , inputs: [left]}}
  - {{name: b, {second}, inputs: [right]}}
  - {{name: c, tower: , inputs: [third]}}
  - concat: [a, b, c]
"""


@pytest.mark.parametrize("second", ["tower: ", "share: a"])
@pytest.mark.parametrize(("channels", "size"), [(4, None), (3, 5)])
def test_a_definition_with_one_fault_is_told_once_with_all_its_uses(tmp_path, second, channels, size):
    path = tmp_path / "towers.yaml"
    path.write_text(DESIGN.format(channels=channels, second=second), encoding="utf-8")
    errors = cs.check(str(path), **({"H": size, "W": 50} if size else {}))
    places = {re.match(r".*?:(\d+):\d+: ", error.text)[1] for error in errors}
    assert len(errors) == len(places) == 1
    told = errors[0].text
    assert [name in told for name in ("a.bad", "b.bad", "c.bad")] == [True] * 3


def test_a_layer_that_is_called_twice_is_told_once_and_another_is_told_too():
    left, right = Input("left", (3, "H", "W")), Input("right", (3, "H", "W"))
    shared, own = L.Conv(8, kernel_size=3, in_channels=4), L.Conv(8, kernel_size=3, in_channels=4)
    net = Network("net", inputs=[left, right], outputs=[shared(left), shared(right), own(left)])
    assert [(error.layer, "conv2" in error.text) for error in cs.check(net)] == [("conv1", True), ("conv3", False)]


def test_rows_behind_a_fault_that_is_told_elsewhere_are_marked_all_the_same():
    left, right = Input("left", (3, "H", "W")), Input("right", (3, "H", "W"))
    shared = L.Conv(8, kernel_size=3, in_channels=4)
    net = Network("net", inputs=[left, right], outputs=[shared(left), shared(right)])
    marked = [line for line in cs.report(net).to("table").splitlines() if line.startswith("! conv")]
    assert len(marked) == 2


def test_faults_that_differ_are_all_told():
    x, small = Input("x", (3, 32, 32)), Input("small", (3, 4, 4))
    shared = L.Conv(8, kernel_size=9)
    bad = L.Conv(8, kernel_size=40)
    net = Network("net", inputs=[x, small], outputs=[bad(x), bad(small), shared(x), shared(small)])
    assert [error.layer for error in cs.check(net)] == ["conv1", "conv2", "conv4"]
