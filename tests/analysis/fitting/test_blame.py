"""Blame: the core of conditions against a slow greedy search over plain Python sets, and its words."""

import random

import pytest

from cnnshape.analysis.fitting.blame import core
from cnnshape.analysis.fitting.validity import validity
from cnnshape.graph.build import Input
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.layers.merge import Concat
from cnnshape.layers.pool import MaxPool
from cnnshape.layers.resample import Upsample
from cnnshape.symbolic import IntegerSet


def random_set(rng):
    kind = rng.randrange(4)
    if kind == 0:
        return IntegerSet.at_least(rng.randint(1, 30))
    if kind == 1:
        return IntegerSet.interval(low := rng.randint(1, 30), low + rng.randint(10, 60))
    period = rng.choice([1, 2, 3, 4, 6])
    return IntegerSet.residue_class(period, rng.sample(range(period), rng.randint(1, period)))


def naive_core(sets):
    """Drop one after the other, from the end, what the rest implies; sets as plain Python sets."""
    plain = [set(each.up_to(400)) for each in sets]
    everything = set(range(1, 401))
    kept = list(range(len(sets)))
    for i in reversed(range(len(sets))):
        rest = everything.intersection(*(plain[j] for j in kept if j != i))
        if rest <= plain[i]:
            kept.remove(i)
    return kept


@pytest.mark.parametrize("seed", range(100))
def test_the_core_is_irredundant_and_drops_late_ones_first(seed):
    rng = random.Random(seed)
    sets = [random_set(rng) for _ in range(rng.randint(1, 8))]
    total, kept, beyond = core(sets)
    assert set(total.up_to(400)) == set(range(1, 401)).intersection(*(set(each.up_to(400)) for each in sets))
    assert kept == naive_core(sets)
    assert beyond == []


def names(reasons):
    return [reason.text for reason in reasons]


def test_reasons_are_in_words():
    x = Input("image", (3, "H", "W"))
    y = Conv(6, kernel_size=5)(x)
    down = MaxPool(2)(y)
    joined = Concat()([y, ConvTranspose(6, kernel_size=2, stride=2)(down)])
    up = joined.call.layer([y, Upsample(scale_factor=2)(down)], name="up1")
    fits = validity(propagate(Network("net", inputs=x, outputs=[joined, up])))
    # The second join asks for what the first one asks for, and an even size of at least 5 is enough for the pool.
    assert names(fits.because["H"]) == [
        "conv1 needs H - 4 >= 1",
        "concat1 joins H - 4 and 2*floor(H/2) - 4",
    ]
    alone = validity(propagate(Network("net", inputs=x, outputs=up)))
    assert names(alone.because["H"])[1:] == ["concat 'up1' joins H - 4 and 2*floor(H/2) - 4"]
    assert str(alone.sets["H"]) == "H >= 6 and H % 2 == 0"
