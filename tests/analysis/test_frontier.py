"""The largest of many sums against the largest of their values, at small, large and lopsided sizes."""

import random
from itertools import product as grid
from math import prod

import pytest

import cnnshape as cs
import cnnshape.layers as L
from cnnshape import Input, Network
from cnnshape.analysis.counts import counts
from cnnshape.analysis.frontier import least_values, undominated
from cnnshape.analysis.memory import Peak, memory
from cnnshape.errors import FormulaError
from cnnshape.graph.propagate import propagate
from cnnshape.symbolic import ceildiv, dim, evaluate

H, W = dim("H"), dim("W")
POINTS = (1, 2, 3, 5, 8, 9, 16, 17, 31, 64, 100, 225, 1000)


def at(total, sizes):
    return sum(c * prod(evaluate(size, sizes) for size in form) for form, c in total.items())


def random_form(rng):
    def size(x):
        m = rng.choice((1, 1, 2, 3, 4, 8, 32))
        return rng.choice((ceildiv(x, m), (x + rng.randrange(m)) // m + 1, rng.randint(1, 3) * ceildiv(x, m)))

    return rng.choice(((size(H), size(W)), (size(H), size(W)), (size(H),), (size(H), size(H)), (), (H * W,)))


@pytest.mark.parametrize("seed", range(40))
def test_what_is_kept_has_the_maximum_of_all(seed):
    rng = random.Random(seed)
    forms = [random_form(rng) for _ in range(6)]
    sums = [{form: rng.randint(1, 64) for form in rng.sample(forms, rng.randint(1, 3))} for _ in range(25)]
    kept = undominated(sums, {})
    for h, w in grid(POINTS, repeat=2):
        sizes = {"H": h, "W": w}
        assert max(at(sums[i], sizes) for i in kept) == max(at(total, sizes) for total in sums)


def test_what_another_always_exceeds_is_dropped():
    quarter, half = (ceildiv(H, 4), ceildiv(W, 4)), (ceildiv(H, 2), ceildiv(W, 2))
    # everywhere a quarter of each side, rounded up, is 1/16 of the area or more, and 1/4 to 1 of what two halves make
    assert undominated([{(H, W): 1}, {quarter: 16}], {}) == [1]
    assert undominated([{half: 5}, {quarter: 20}, {half: 1, quarter: 4}], {}) == [1]
    assert undominated([{half: 5}, {quarter: 5}, {quarter: 3, half: 2}], {}) == [0]
    # a mean of the two, 1/2 of each
    assert undominated([{(H,): 4}, {(W,): 6}, {(H,): 2, (W,): 3}], {}) == [1, 0]
    # only where H is at least 32
    assert undominated([{(H,): 1}, {(): 32}], {"H": 32}) == [0]
    assert len(undominated([{(H,): 1}, {(): 32}], {"H": 31})) == 2


def test_a_product_that_is_negative_far_away_counts_by_how_often_it_comes():
    """H - 3*K + 4 is at least 1 wherever the network fits; where H and K are both large it is not."""
    form = (H - 3 * dim("K") + 4,)
    assert undominated([{form: 2}, {form: 7}, {form: 5}], {}) == [1]


def test_a_size_that_falls_is_under_no_other():
    """A slice from the end backwards has 13 - H positions: it counts beside H, however large that is."""
    sums = [{(H,): 8}, {(H,): 8, (13 - H,): 4}]
    kept = undominated(sums, {"H": 10})
    for h in range(10, 13):
        assert max(at(sums[i], {"H": h}) for i in kept) == max(at(each, {"H": h}) for each in sums)


def test_of_equal_sums_the_first_is_kept():
    assert undominated([{(H,): 2}, {(H,): 3}, {(H,): 3}], {}) == [1]


def test_too_many_competitors_are_no_formula():
    many = [{(dim(f"x{i}"),): 1} for i in range(40)]
    with pytest.raises(FormulaError, match="more than 32"):
        undominated(many, {})


def test_a_peak_with_too_many_competitors_is_bounded_until_sizes_are_put_in():
    inputs = [Input(f"x{i}", (f"C{i}",)) for i in range(40)]
    outputs = [L.ReLU()(x) for x in inputs]
    shorter = [L.Linear(1)(y) for y in outputs]
    network = Network("wide", inputs=inputs, outputs=shorter)
    free = memory(counts(propagate(network))).peak
    assert (free.bytes, free.holders) == (None, ())
    # while ReLU i runs there are outputs 1 to i and inputs i to 40: 4*(1 + ... + 40) bytes, and i a second time
    peak = memory(counts(propagate(network, {"N": 1} | {f"C{i}": i + 1 for i in range(40)}))).peak
    assert peak == Peak(4 * (820 + 40), (("relu40", 4 * (820 + 40)),))
    for seed in range(5):
        rng = random.Random(seed)
        sizes = {"N": 1} | {f"C{i}": rng.randint(1, 99) for i in range(40)}
        exact = memory(counts(propagate(network, sizes))).peak.bytes
        assert exact <= evaluate(free.at_most, sizes) <= 2 * exact + 160
    assert "peak at most 8*C0 + " in cs.report(network).to()


@pytest.mark.parametrize("seed", range(10))
def test_least_values_are_those_that_trying_finds(seed):
    rng = random.Random(seed)
    x = y = Input("x", (3, "H", "W"))
    for _ in range(5):
        kernel = (rng.choice((1, 3, 5)), rng.choice((1, 2, 7)))
        y = L.Conv(4, kernel_size=kernel, stride=rng.choice((1, 2, 3)), dilation=rng.choice((1, 2)))(y)
    found = propagate(Network("n", inputs=x, outputs=y))
    least = least_values(demand.condition for demand in found.demands)
    for name in ("H", "W"):
        smallest = least.get(name, 1)
        fits = [
            not propagate(found.network, {"H": 2000, "W": 2000, name: n}).faults for n in (smallest - 1, smallest) if n
        ]
        assert fits == ([False, True] if smallest > 1 else [True])
