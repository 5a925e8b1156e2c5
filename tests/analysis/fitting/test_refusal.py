"""The words for sizes that do not fit, whole."""

from cnnshape.analysis.fitting.validity import validity
from cnnshape.graph.build import Input
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.layers.linear import Linear
from cnnshape.layers.merge import Add, Concat
from cnnshape.layers.pool import AvgPool, MaxPool
from cnnshape.layers.reshape import Flatten
from cnnshape.symbolic import dim, floordiv


def found(build, *shape):
    x = Input("image", shape or (3, "H", "W"))
    return validity(propagate(Network("net", inputs=x, outputs=build(x))))


REFUSAL = """\
CS201 up2: axis H: input 1 has 125, input 2 has 124
  Concat, node 13 of 17
  input (N, 8, 125, 128) and (N, 8, 124, 128)   known: N=N, C=8, H=125, W=128
  at H = 500, W = 512
  rule: joined along axis C, inputs have equal sizes on all other axes
    floor(H/4) is 125, 2*floor(H/8) is 124
    these two agree only when H % 8 in {0..3};  the whole network needs H % 16 == 0
  fix: nearest valid heights: 496 and 512
    or crop input 1 to 124 along H, or pad input 2 to 125 along H"""


def test_the_whole_text_of_an_error_at_a_size():
    x = Input("image", (3, "H", "W"))
    y, skips = x, []
    for _ in range(4):
        skips.append(Conv(8, kernel_size=3, padding=1)(y))
        y = MaxPool(2)(skips[-1])
    for i, skip in enumerate(reversed(skips), start=1):
        y = Concat()([skip, ConvTranspose(8, kernel_size=2, stride=2)(y)], name=f"up{i}")
    fits = validity(propagate(Network("unet", inputs=x, outputs=y)))
    (error,) = fits.errors_at({"H": 500, "W": 512})
    assert str(error) == REFUSAL
    (error,) = fits.errors_at({"H": 500, "W": 500})
    assert "nearest valid sizes: H = 496, W = 496 or H = 512, W = 512" in error.fault.fix


def test_a_formula_that_happens_to_be_1_is_refused_in_words():
    # floor(H/2) is 1 at H = 3; a number would be stretched, a formula is not.
    fits = found(lambda x: Add()([MaxPool(2)(x), MaxPool(2, ceil_mode=True)(x)]), 3, "H")
    (error,) = fits.errors_at({"H": 3})
    assert (error.code, error.fault.message) == ("CS201", "floor(H/2) is 1, ceil(H/2) is 2")
    assert error.fault.rule.splitlines() == [
        "floor(H/2) == ceil(H/2): a formula that happens to be 1 is not stretched",
        "these two agree only when H % 2 == 0",
    ]
    assert error.fault.fix == "nearest valid heights: 2 and 4"


def test_a_box_is_advised_for_a_fixed_head():
    fits = found(lambda x: Linear(2, in_features=3 * 25)(Flatten()(AvgPool(2)(x))))
    (error,) = fits.errors_at({"H": 40, "W": 40})
    # 25 positions are 5x5, 1x25 and 25x1.
    assert error.fault.rule.splitlines()[-1] == "this fits only when H in {10, 11}, W in {10, 11} or 2 thin shapes"
    assert "nearest valid sizes: H = 11, W = 11" in error.fault.fix
    (error,) = fits.errors_at({"H": 10, "W": 12})
    assert "nearest valid width: 11" in error.fault.fix


def test_a_factor_that_is_always_positive_is_left_out_of_the_words():
    C, H = dim("C"), dim("H")
    fits = found(Linear(4, in_features=8 * C), "C", C * floordiv(H, 4))
    (error,) = fits.errors_at({"C": 3, "H": 40})
    assert error.fault.message == "in_features = 24, the last axis of the input (N, 3, 30) has 30"
    assert error.fault.rule.splitlines()[1:] == [
        "C*floor(H/4) is 30, 8*C is 24",
        "this fits only when H in 32..35",
    ]
    assert error.fault.fix.splitlines()[0] == "nearest valid height: 35"


def test_shapes_that_never_reach_the_layer_are_not_offered():
    # (H - 4)*(W - 4) is 36 at H = 10, W = 10, and at -2 = -6 + 4 too, where the convolution has no map to give.
    fits = found(lambda x: Linear(2, in_features=36)(Flatten()(Conv(1, kernel_size=5)(x))), 1, "H", "W")
    (error,) = fits.errors_at({"W": 9, "H": 8})
    rule, given = error.fault.rule.splitlines(), error.fault.given.splitlines()
    assert rule[-1] == "this fits only when H == 10, W == 10 or 8 other shapes"  # 36 has 9 divisors
    assert given[-1] == "at H = 8, W = 9"  # in the order of the input
