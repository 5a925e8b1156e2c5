"""`cs.solve(..., over=...)`: the largest network within a budget."""

import pickle
from fractions import Fraction

import pytest

import cnnshape as cs


def test_a_width_within_a_budget():
    fit = cs.solve("mobilenet_v2", max_params=3_500_000, over="width_mult")
    assert fit
    assert isinstance(fit, cs.Fit)
    assert Fraction("0.975") in fit.span
    assert Fraction("0.9875") not in fit.span
    assert fit.value == Fraction("0.98")
    assert cs.report(fit.network).params == fit.best.costs.params == 3_486_936
    assert fit.above.costs.params == 3_504_872
    assert fit.binding == ("params",)
    assert cs.report(cs.zoo("mobilenet_v2", width_mult=fit.value)).params == 3_486_936
    assert repr(fit) == (
        "<Fit of mobilenet_v2: the largest width_mult that fits 3,500,000 parameters: any in [0.975, 0.9875)>"
    )


def test_limits_may_be_text():
    assert cs.solve("resnet18", over="width_mult", max_params="5M").to_dict() == (
        cs.solve("resnet18", over="width_mult", max_params=5_000_000).to_dict()
    )
    assert cs.solve("unet", over="H, W", max_memory="300MiB").value == 416


def test_a_network_of_ones_own():
    x = cs.Input("image", (3, "H", "W"))
    net = cs.Network("mine", inputs=x, outputs=cs.layers.Conv("c", kernel_size=3)(x))
    fit = cs.solve(net, over="c", max_params=1000)
    assert fit.value == 35  # 28 each
    assert fit.formulas == {"params": "28*c"}
    assert cs.solve(net, over="c", max_macs=10**6, H=34, W=34).value == 10**6 // (27 * 32 * 32)
    assert str(fit).startswith("mine: the largest c that fits 1,000 parameters: 35\n")


def test_nothing_fits():
    fit = cs.solve("mobilenet_v2", over="width_mult", max_params=1)
    assert not fit
    assert (fit.value, fit.span, fit.network, fit.best, fit.above) == (None,) * 5
    assert fit.smallest.costs.params == 1_316_728


def test_a_fit_does_not_change_and_can_be_kept():
    fit = cs.solve("lenet5", over="width_mult", max_params=10_000)
    with pytest.raises(AttributeError):
        fit.found = None
    assert pickle.loads(pickle.dumps(fit)).to_dict() == fit.to_dict()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"max_params": 5}, "what may change"),
        ({"over": "width_mult"}, "nothing is limited"),
        ({"over": "width_mult", "max_params": "many"}, "is no amount"),
        ({"over": "width_mult", "max_params": 5, "output": 7}, "two questions"),
        ({"over": "width_mult", "max_params": 5, "HH": 7}, "HH"),
        ({"over": "depths", "max_params": 5}, "no single number"),
    ],
)
def test_what_cannot_be_asked(asked, words):
    with pytest.raises(cs.UsageError, match=words) as caught:
        cs.solve("resnet18", **asked)
    assert caught.value.fault.fix


def test_there_are_two_formats():
    with pytest.raises(cs.UsageError, match="there is no format 'html'"):
        cs.solve("lenet5", over="width_mult", max_params=10_000).to("html")
