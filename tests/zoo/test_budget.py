"""Budgets of published networks against networks that are built on a fine grid of factors, one by one."""

from fractions import Fraction

import pytest

from cnnshape import zoo
from cnnshape.analysis.counts import counts
from cnnshape.analysis.inverse.budget import COUNTED, Limits, Terms, cost_of
from cnnshape.analysis.report import facts
from cnnshape.errors import UsageError
from cnnshape.graph.propagate import propagate
from cnnshape.symbolic import evaluate, parse
from cnnshape.zoo.budget import afford

FINE = Fraction(1, 3200)
TERMS = Terms()


def params(name, **arguments):
    network = zoo(name, **arguments)
    return counts(propagate(network, network.defaults)).params.total


def mobilenet_v2(factor):
    """Parameters of MobileNetV2 written out from Table 2 of the paper; channels rounded as the authors' code does."""

    def rounded(channels):
        found = max(8, int(channels + 4) // 8 * 8)
        return found + 8 if found < Fraction(9, 10) * channels else found

    inp = rounded(32 * factor)
    total = 27 * inp + 2 * inp
    rows = ((1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1))
    for expand, channels, units in rows:
        out = rounded(channels * factor)
        for _ in range(units):
            wide = expand * inp
            total += (inp * wide + 2 * wide) * (expand > 1) + 9 * wide + 2 * wide + wide * out + 2 * out
            inp = out
    last = rounded(1280 * max(1, factor))
    return total + inp * last + 2 * last + 1000 * last + 1000


def test_mobilenet_v2_under_3_5_million():
    assert mobilenet_v2(1) == 3_504_872  # torchvision's documentation has this number
    assert mobilenet_v2(Fraction("0.975")) == mobilenet_v2(Fraction("0.9874999")) == 3_486_936
    assert mobilenet_v2(Fraction("0.9749999")) < 3_486_936
    assert mobilenet_v2(Fraction("0.9875")) == 3_504_872
    found = afford("mobilenet_v2", "width_mult", Limits(params=3_500_000), TERMS)
    assert str(found.best.span) == "[0.975, 0.9875)"
    assert found.best.costs.params == 3_486_936
    assert found.above.span.low == Fraction("0.9875")
    assert found.above.costs.params == 3_504_872
    assert found.binding == ("params",)
    assert found.value == Fraction("0.98")


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("mobilenet_v2", 5_000_000), ("mobilenet_v3_small", 1_000_000), ("mobilenet_v3_large", 5_000_000),
        ("efficientnet_b0", 4_000_000), ("mnasnet1_0", 3_000_000), ("mobilenet_v1", 2_000_000),
        ("resnet18", 5_000_000), ("vgg11", 100_000_000), ("squeezenet1_1", 900_000), ("densenet121", 6_000_000),
    ],
)  # fmt: skip
def test_no_factor_inside_gives_another_count_and_none_beyond_the_same(name, limit):
    found = afford(name, "width_mult", Limits(params=limit), TERMS)
    span, above = found.best.span, found.above.span
    assert found.best.costs.params <= limit < found.above.costs.params
    assert span.touches(above)
    tiny = FINE / 10**6
    ends = [
        (span.low, span.low_in, found.best),
        (span.high, span.high_in, found.best),
        (above.high, above.high_in, found.above),
    ]
    for end, inside, step in ends:
        if inside:
            assert params(name, width_mult=end) == step.costs.params
    for end in (span.low, span.high):
        for factor in (end - tiny, end + tiny, *(end + i * FINE for i in range(-3, 4))):
            count = params(name, width_mult=factor)
            assert (count == found.best.costs.params) == (factor in span)
            assert (count <= limit) == (factor in span or factor < span.high)
            if factor in above:
                assert count == found.above.costs.params
    assert params(name, width_mult=float(found.value)) == found.best.costs.params


FAMILIES = {each.build: each.name for each in reversed(zoo()) if "width_mult" in each.options}


@pytest.mark.parametrize("name", FAMILIES.values())
def test_costs_rise_with_the_factor(name):
    # What the search takes for granted.
    factors = [Fraction(1, 20), Fraction(1, 10), Fraction(1, 4), Fraction(1, 2), Fraction(4, 5), 1, Fraction(3, 2)]
    steps = [cost_of(zoo(name, width_mult=factor), TERMS, Limits(params=1)) for factor in factors]
    for counted in COUNTED:
        costs = [step.of(counted) for step in steps]
        assert costs == sorted(costs)


def test_the_smallest_network_of_all():
    # 1280 channels and the classifier stay: mobilenet_v2 of 8 channels everywhere.
    found = afford("mobilenet_v2", "width_mult", Limits(params=1000), TERMS)
    assert found.best is None
    assert found.value is None
    assert found.smallest.costs.params == params("mobilenet_v2", width_mult=Fraction(1, 1000)) == 1_316_728
    # 320 channels are the first to become 16, where they are more than 80/9: 8 is then more than a tenth too few.
    assert str(found.smallest.span) == "(0, 1/36]"
    assert params("mobilenet_v2", width_mult=Fraction(1, 36)) == 1_316_728
    assert params("mobilenet_v2", width_mult=Fraction(1, 36) + Fraction(1, 10**9)) > 1_316_728


def test_everything_fits():
    found = afford("mobilenet_v2", "width_mult", Limits(params=10**13), TERMS)
    assert found.above is None
    assert found.best.span.high == found.value == 1000
    assert found.binding == ()


def test_the_limit_itself_fits():
    assert str(afford("mobilenet_v2", "width_mult", Limits(params=3_504_872), TERMS).best.span.low) == "79/80"
    assert afford("mobilenet_v2", "width_mult", Limits(params=3_504_871), TERMS).best.costs.params == 3_486_936


def test_several_limits_hold_together():
    limits = Limits(params=5_000_000, macs=600_000_000)
    both = afford("resnet18", "width_mult", limits, TERMS)
    alone = [
        afford("resnet18", "width_mult", each, TERMS) for each in (Limits(params=5_000_000), Limits(macs=600_000_000))
    ]
    assert both.best.span.low == min(each.best.span.low for each in alone)
    assert both.binding == ("macs",)


def test_memory_is_that_of_a_report():
    found = afford("mobilenet_v2", "width_mult", Limits(memory=20 * 2**20), Terms(dtype="float16"))
    for step, fits in ((found.best, True), (found.above, False)):
        middle = (step.span.low + step.span.high) / 2
        network = zoo("mobilenet_v2", width_mult=middle)
        totals = facts(network, dtype="float16").at(network.defaults).totals
        assert step.costs.memory == totals.weight_bytes + totals.peak_activation_bytes
        assert (step.costs.memory <= 20 * 2**20) == fits


def test_macs_are_taken_at_the_sizes_that_are_given():
    found = afford("mobilenet_v2", "width_mult", Limits(macs=100_000_000), Terms({"H": 96, "W": 96}))
    network = zoo("mobilenet_v2", width_mult=float(found.value))
    assert found.best.costs.macs == facts(network).at(H=96, W=96).macs


@pytest.mark.parametrize(
    ("model", "name", "limit"),
    [
        ("resnet18", "num_classes", 12_000_000), ("vit_b_16", "layers", 50_000_000), ("vit_b_16", "width", 50_000_000),
        ("unet", "depth", 20_000_000), ("densenet121", "growth", 5_000_000),
        ("resnext50_32x4d", "group_width", 20_000_000),
    ],
)  # fmt: skip
def test_whole_numbers(model, name, limit):
    found = afford(model, name, Limits(params=limit), TERMS)
    best, above = int(found.best.span.high), int(found.above.span.high)
    assert params(model, **{name: best}) == found.best.costs.params <= limit
    assert params(model, **{name: above}) == found.above.costs.params > limit
    for between in range(best + 1, above):
        with pytest.raises(UsageError):
            zoo(model, **{name: between})
    if "params" in found.formulas:
        for number in (best, above):
            assert evaluate(parse(found.formulas["params"]), {name: number}) == params(model, **{name: number})


def test_an_argument_that_does_not_always_make_the_network_larger():
    # RegNet's widths are rounded to multiples of it: every value one by one.
    found = afford("regnet_y_400mf", "group_width", Limits(params=10_000_000), TERMS)
    fitting = [number for number in range(1, 300) if params("regnet_y_400mf", group_width=number) <= 10_000_000]
    assert found.value == fitting[-1]
    assert found.above.costs.params == params("regnet_y_400mf", group_width=fitting[-1] + 1)
    assert any("does not always make the network larger" in note for note in found.notes)


def test_a_transformer_is_a_line_in_its_layers():
    # ViT-B/16 of torchvision has 86 567 656 parameters at 12 layers, of 7 087 872 each.
    found = afford("vit_b_16", "layers", Limits(params=10**8), TERMS)
    assert evaluate(parse(found.formulas["params"]), {"layers": 12}) == 86_567_656


def test_a_largest_depth_that_the_builder_has():
    found = afford("unet(width_mult=0.1)", "depth", Limits(params=10**12), TERMS)
    assert found.value == 10
    assert found.above is None


def test_the_channels_of_a_residual_network_as_a_symbol():
    # 2724*c^2 + 8297*c + 1000 parameters: 41 is the largest within 5 million, by the quadratic formula 41.3.
    found = afford("resnet18(width_mult='c/64')", "c", Limits(params=5_000_000), TERMS)
    assert found.value == 41
    assert found.best.costs.params == 2724 * 41**2 + 8297 * 41 + 1000


@pytest.mark.parametrize("name", [*FAMILIES.values(), "se_resnet50"])
def test_every_width_multiplier_is_followed(name):
    smallest = afford(name, "width_mult", Limits(params=1), TERMS).smallest
    assert smallest.span.low == 0 or smallest.span.low_in
    assert params(name, width_mult=smallest.span.shortest()) == smallest.costs.params


@pytest.mark.parametrize(
    ("model", "name", "limits", "words"),
    [
        ("resnet50", "width", Limits(params=1), "no argument or symbol 'width'"),
        ("resnet50", "depths", Limits(params=1), "no single number"),
        ("resnet50", "basic", Limits(params=1), "no single number"),
        ("resnet50", "H", Limits(params=10**9), "do not depend on H"),
        ("se_resnet50", "reduction", Limits(params=10**9), "fall where reduction rises"),
        ("se_resnet50", "reduction", Limits(params=1), "fall where reduction rises"),
        ("regnet_x_400mf", "slope", Limits(params=10**9), "cannot be solved for"),
        ("mobilenet_v2(width_mult=0.5)", "width_mult", Limits(params=1), "given and asked for"),
        ("unet(num_classes='k')", "depth", Limits(params=10**9), "depend on k"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(model, name, limits, words):
    with pytest.raises(UsageError, match=words) as caught:
        afford(model, name, limits, TERMS)
    assert caught.value.fault.fix
