"""The largest size within a budget, against every size one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape import Input, Network, load, zoo
from cnnshape import layers as L
from cnnshape.analysis.inverse.afford import afford_size, falling, largest_whole, one
from cnnshape.analysis.inverse.budget import Costs, Limits, Step, Terms
from cnnshape.analysis.report import facts
from cnnshape.errors import ShapeError, UsageError
from cnnshape.symbolic import IntegerSet, evaluate, parse

DESIGN = """
symbols: {H: 64, W: 64, c: }
input: [3, H, W]
layers:
  - conv: {out_channels: 8*c, kernel_size: 3, padding: 1}
  - batch_norm
  - max_pool: 2
  - conv: {out_channels: 16*c, kernel_size: 3, padding: 1}
  - global_avg_pool
  - flatten
  - linear: 10
"""


def test_the_channels_of_a_design():
    # 3*9*8c + 8c + 16c, then 8c*9*16c + 16c, then 160c + 10: all counted by hand.
    found = afford_size(load(DESIGN), ["c"], Limits(params=100_000), Terms())
    by_hand = {c: 1152 * c * c + 416 * c + 10 for c in range(1, 20)}
    assert found.value == max(c for c, count in by_hand.items() if count <= 100_000) == 9
    assert (found.best.costs.params, found.above.costs.params) == (by_hand[9], by_hand[10])
    assert found.formulas["params"] == "1152*c**2 + 416*c + 10"


@pytest.mark.parametrize("limit", [40_000_000_000, 10_000_000_000, 188_170_240, 188_170_239])
def test_square_images_within_macs(limit):
    # A U-Net takes multiples of 16; its MACs grow with the area: 188 170 240 at 16x16 (all layers at full rate).
    network = zoo("unet")
    found = afford_size(network, ["H", "W"], Limits(macs=limit), Terms())
    macs = facts(network).macs
    fitting = [size for size in range(16, 640, 16) if evaluate(macs, {"H": size, "W": size}) <= limit]
    assert found.value == (fitting[-1] if fitting else None)
    assert found.name == "H = W"
    if fitting:
        assert found.above.span.low == fitting[-1] + 16
        assert evaluate(parse(found.formulas["macs"]), {"H": 32}) == evaluate(macs, {"H": 32, "W": 32})


def test_one_side_with_the_other_at_its_default():
    network = zoo("resnet18")
    found = afford_size(network, ["H"], Limits(macs=10**9), Terms({"W": 320}))
    macs = facts(network).at(W=320).macs
    assert found.value == max(size for size in range(1, 400) if evaluate(macs, {"H": size}) <= 10**9)


def test_memory_of_images():
    found = afford_size(zoo("vgg16"), ["H"], Limits(memory=700 * 10**6), Terms({"W": 224}))
    # vgg16 pools any map to 7x7, so that any height fits; its weights alone take 553 MB.
    for step, fits in ((found.best, True), (found.above, False)):
        totals = facts(zoo("vgg16")).at(H=int(step.span.high), W=224).totals
        assert (totals.weight_bytes + totals.peak_activation_bytes <= 700 * 10**6) == fits


def test_sizes_that_end():
    x = Input("image", (1, "H", "H"))
    y = L.Linear(10, in_features=16)(L.Flatten()(L.MaxPool(4)(x)))
    found = afford_size(Network("fixed", inputs=x, outputs=y), ["H"], Limits(memory=10**6), Terms())
    assert found.value == 19  # floor(19/4) is 4, and 20 gives 5
    assert found.above is None


members = st.builds(
    lambda low, period, residues, last: IntegerSet.at_least(low)
    & IntegerSet.residue_class(period, residues)
    & IntegerSet.interval(1, last),
    st.integers(1, 300), st.integers(1, 40), st.lists(st.integers(0, 39), min_size=1), st.none() | st.integers(1, 5000),
)  # fmt: skip


@given(members=members, refused=st.sets(st.integers(1, 300)), slope=st.integers(1, 9), limit=st.integers(0, 30_000))
def test_the_search_finds_what_trying_all_finds(members, refused, slope, limit):
    most = 4000
    kept = [n for n in members.up_to(most) if n not in refused]

    def step(number):
        return None if number in refused else Step(one(number), Costs(slope * number, None, None), None)

    found = largest_whole(step, members, Limits(params=limit), most)
    if not kept:
        assert found is None
        return
    smallest, best, above, _ = found
    fitting = [n for n in kept if slope * n <= limit]
    beyond = [n for n in kept if slope * n > limit]
    assert smallest.span.high == kept[0]
    assert (best and best.span.high) == (fitting[-1] if fitting else None)
    if fitting:
        assert (above and above.span.high) == (beyond[0] if beyond else None)


def test_what_falls_or_stays():
    def step(number, params):
        return Step(one(number), Costs(params, None, None), None)

    assert falling("x", Limits(params=1), [step(1, 5), step(2, 6)]) == ()
    assert falling("x", Limits(params=1), [step(1, 5), step(2, 5)]) == ("x does not change the parameters",)
    (note,) = falling("x", Limits(params=1), [step(1, 5), step(2, 7), step(4, 6)])
    assert note.startswith("the parameters do not always rise with x, they fall from 2 to 4")
    with pytest.raises(UsageError, match="the parameters fall where x rises: 5 at 1, 4 at 2"):
        falling("x", Limits(params=1), [step(1, 5), step(2, 4)])


def test_what_cannot_be_asked():
    unet = zoo("unet")
    with pytest.raises(UsageError, match="unet has no symbol 'c'"):
        afford_size(unet, ["c"], Limits(params=1), Terms())
    with pytest.raises(UsageError, match="do not depend on H"):
        afford_size(unet, ["H"], Limits(params=10**9), Terms())
    with pytest.raises(UsageError, match="H is given and asked for"):
        afford_size(unet, ["H"], Limits(macs=10**9), Terms({"H": 64}))
    with pytest.raises(ShapeError):
        afford_size(unet, ["H"], Limits(macs=10**9), Terms({"W": 100}))
    fixed = load("input: [3, 8, 8]\nlayers: [{conv: {out_channels: 8, kernel_size: 3}}]\n")
    with pytest.raises(UsageError, match="has no symbol 'H'"):
        afford_size(fixed, ["H"], Limits(macs=10**9), Terms())
