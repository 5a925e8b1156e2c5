"""Windows whose ends are fractions and formulas, and inputs that have none."""

from __future__ import annotations

from fractions import Fraction

from cnnshape.analysis.receptive_field import receptive_fields
from cnnshape.analysis.sight import span
from cnnshape.graph.build import Input
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.layers import Conv, ReLU, Upsample
from cnnshape.symbolic import dim, evaluate


def test_a_fraction_beside_a_formula_is_rounded_outward() -> None:
    k = dim("K")
    assert span(Fraction(-1, 2), k) == k + 2
    assert span(-k, Fraction(1, 2)) == k + 2
    assert span(Fraction(-1, 2), Fraction(3, 2)) == 3


def test_a_symbolic_kernel_after_upsampling() -> None:
    x = Input("signal", (1, "L"))
    y = Conv(1, kernel_size=dim("K"), padding=1)(Upsample(scale_factor=2)(x))
    (axis,) = receptive_fields(propagate(Network("n", inputs=x, outputs=y))).of("conv1").axes  # type: ignore[union-attr]
    assert (axis.jump, axis.low) == (Fraction(1, 2), -1)
    # Taps are half a pixel apart, from -1/2 on: the window holds the pixels that they see, and at most one more.
    for kernel in range(1, 9):
        seen = {(tap - 1) // 2 for tap in range(kernel)}
        assert len(seen) <= evaluate(axis.size, {"K": kernel}) <= len(seen) + 1


def test_the_center_of_a_fraction_and_a_formula_is_not_said() -> None:
    x = Input("signal", (1, "L"))
    y = Conv(1, kernel_size=dim("K"), padding=dim("P"))(Upsample(scale_factor=3, mode="linear")(x))
    (axis,) = receptive_fields(propagate(Network("n", inputs=x, outputs=y))).of("conv1").axes  # type: ignore[union-attr]
    assert axis.center is None


def test_an_input_without_elements_has_no_fields() -> None:
    left, right = Input("left", (1, dim("L") - 9)), Input("right", (1, "L"))
    network = Network("n", inputs=[left, right], outputs=[ReLU()(left), ReLU()(right)])
    fields = receptive_fields(propagate(network, {"L": 5}))
    assert fields.of("relu1") is None
    assert fields.of("relu2") is not None
