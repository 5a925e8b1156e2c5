"""What is advised where tensors do not meet: applied, it makes them meet."""

import re

import pytest

import cnnshape as cs
from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.layers.base import sizes
from cnnshape.layers.repair import Met, repair
from cnnshape.symbolic import dim

CASES = [
    (L.Add, (16, 64, 64), (32, 32, 32)),
    (L.Add, (32, 32, 32), (16, 64, 64)),
    (L.Add, (16, 57, 57), (32, 29, 29)),
    (L.Add, (16, "H", "W"), (32, "ceil(H/2)", "ceil(W/2)")),
    (L.Add, (8, "H", "W"), (16, "H", "W")),
    (L.Add, (8, 64, 64), (8, 16, 16)),
    (L.Concat, (8, 32, 32), (24, 64, 64)),
    (L.Concat, (64, 568, 568), (64, 560, 560)),
    (L.Concat, (64, 31, 37), (64, 30, 36)),
    (L.Concat, (64, 31, 36), (64, 30, 37)),
    (L.Concat, (8, "H", "W"), (8, "H - 4", "W - 6")),
    (L.Concat, (8, 9, 5, 7), (8, 8, 5, 5)),
    (L.Concat, (8, 7, 7), (8, 1, 1)),
    (L.Add, (8, 9, 1), (8, 7, 5)),
]


def test_a_shortcut_that_lacks_both_stride_and_channels():
    a, b = Met(1, "C", 32, (1, 32, 32, 32)), Met(2, "C", 16, (1, 16, 64, 64))
    assert repair(a, b) == "a conv with kernel_size 1, stride 2 and out_channels 32 on input 2"
    assert repair(b, a) == repair(a, b)


def test_no_stride_is_found_where_there_is_none():
    a, b = Met(1, "C", 32, (1, 32, 31, 32)), Met(2, "C", 16, (1, 16, 64, 64))
    assert repair(a, b).endswith("on input 2, or 16 on input 1; they differ along H and W too")


def test_sizes_without_shapes():
    H = dim("H")
    assert repair(Met(1, "H", H + 2), Met(2, "H", H)) == "crop input 1 to H along H, or pad input 2 to H + 2 along H"


@pytest.mark.parametrize(("join", "a", "b"), CASES, ids=str)
def test_every_advice_makes_them_meet(join, a, b):
    x, y = Input("a", a), Input("b", b)
    text = fault(join()(x, y))
    for advice in text.split(", or "):
        tensors = [x, y]
        for part in re.split(r" and (?=input)", advice):
            number = re.search(r"(?:on|^|crop|pad) ?input (\d)", part) or re.search(r"(\d)$", part)
            at = int(number[1]) - 1
            tensors[at] = applied(part, tensors[at], (a, b)[at])
        assert fault(join()(*tensors)) == "", advice


def fault(y) -> str:
    report = cs.report(Network("n", inputs=inputs_of(y), outputs=y))
    return report.errors[0].fix if report.errors else ""


def inputs_of(y):
    found, stack = {}, [y]
    while stack:
        tensor = stack.pop()
        if not tensor.call.inputs:
            found[tensor.call.name] = tensor
        stack += tensor.call.inputs
    return [found[name] for name in sorted(found)]


def applied(advice: str, x, shape):
    """Do what the words say."""
    conv = re.search(r"kernel_size 1(?:, stride (\d+))? and out_channels (\d+)", advice) or re.match(
        r"()(\d+) on input", advice
    )
    if conv:
        return L.Conv(int(conv[2]), kernel_size=1, stride=int(conv[1] or 1))(x)
    upsample = re.search(r"scale_factor (\d+)", advice)
    if upsample:
        return L.Upsample(scale_factor=int(upsample[1]))(x)
    wanted, names = re.search(r"to (.+) along (.+)$", advice).groups()
    target = dict(zip(re.split(", | and ", names), sizes(*wanted.split("x")), strict=True))
    axes = {2: "L", 3: "HW", 4: "DHW"}[len(shape)]
    more = [target.get(name, size) - size for name, size in zip(axes, sizes(*shape[1:]), strict=True)]
    assert "crop" not in advice or all(each <= 0 for each in more)
    return L.Pad([[0, each] for each in more])(x)
