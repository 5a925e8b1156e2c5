"""ReLU and sigmoid: what the notes mean by max(x), and where the middle of sigmoid is."""

from cnnshape import layers as L
from cnnshape.analysis.activation_values import CURVES


def relu():
    """The formula; a maximum of one number would be the number itself."""
    return CURVES["relu"].formula


def mid_point():
    """The input at which sigmoid is in the middle of its range, found by bisection."""
    curve = L.Sigmoid().curve
    middle = (curve.low + curve.high) / 2
    low, high = -8.0, 8.0
    while high - low > 1e-12:
        x = (low + high) / 2
        low, high = (x, high) if CURVES["sigmoid"].at(x) < middle else (low, x)
    return round(high, 9)


STATEMENTS = {"relu": relu, "sigmoid": mid_point}

if __name__ == "__main__":
    print("ReLU is", relu() + ":", *(f"{x:+} -> {CURVES['relu'].at(x)}" for x in (-2, -1, 0, 1, 2)), sep="   ")
    print("the middle of sigmoid's range", L.Sigmoid().curve, "is reached at x =", mid_point())
    print("its output there is", CURVES["sigmoid"].at(0), "which is what the notes print as the input")
