"""The headline below a table: what it says of the inputs, and of totals that lack a part."""

import pytest

import cnnshape
from cnnshape.render.footer import fitting
from tests.render.conftest import made

CONV = "layers: [{conv: {out_channels: 8, kernel_size: 5}}, relu]\n"
SHORTCUT = """
input: [3, 8, 8]
layers:
  - {name: a, conv: {out_channels: 4, kernel_size: 3}}
  - {name: b, add: [a, input]}
  - conv: {out_channels: 9, kernel_size: 1}
"""


@pytest.mark.parametrize(
    ("design", "says"),
    [
        ("input: [3, H, W]\n" + CONV, "H >= 5, W >= 5 (conv 'conv1')"),
        ("input: [3, H, W]\nlayers: [relu]\n", "any size"),
        ("input: [3, 224, W]\nlayers: [relu]\n", "any W"),
        ("input: [3, 8, 8]\n" + CONV, "only 3x8x8"),
        ("input: [784]\nlayers: [relu]\n", "only 784"),
        ("inputs: {a: [1, 8, 8], b: [1, 8, 8]}\nlayers: [{add: [a, b]}]\n", "only 1x8x8"),
        ("inputs: {a: [1, 8, 8], b: [1, 1]}\nlayers: [{add: [a, a]}, {add: [b, b]}]\n", "only 1x8x8 and 1x1"),
        ("input: [3, 4, 4]\n" + CONV, "none, 3x4x4 does not fit"),
        ("input: [3, H, 4]\n" + CONV, "no size fits"),
    ],
)
def test_the_inputs_that_fit_are_not_more_than_the_design_takes(design, says):
    assert fitting(cnnshape.report(design).facts) == says


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_totals_without_the_layers_behind_a_fault_are_lower_bounds(form):
    text = cnnshape.report(SHORTCUT).to(form).replace("\\", "")
    assert f"params at least {4 * 3 * 9 + 4} " in text
    assert f"MACs at least {4 * 3 * 9 * 6 * 6:,} " in text
    assert f"activations at least {4 * 6 * 6 * 4} B" in text
    assert "! does not fit, or follows what does not" in text


def test_totals_of_all_layers_are_exact():
    text = made("lenet5").at(H=40, W=32).to()
    assert "params 61,706 " in text  # known of every layer, whether it fits or not
    assert "MACs at least" in text
    fits = made("lenet5").at(H=32, W=32).to()
    assert "at least" not in fits
    assert "!" not in fits
