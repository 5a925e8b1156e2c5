"""Inverse questions against counting windows at every size."""

import random

import pytest

from cnnshape.analysis.inverse.answer import answer
from cnnshape.analysis.inverse.questions import Question, space_sizes
from cnnshape.errors import UsageError
from cnnshape.graph.build import Input, sequential
from cnnshape.graph.network import Network
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.layers.linear import Linear
from cnnshape.layers.pool import GlobalAvgPool, MaxPool
from cnnshape.layers.reshape import Flatten
from cnnshape.symbolic import parse_conditions
from tests.analysis.counting import ceil_positions, positions, spread

TOP = 120


def random_layer(rng):
    """A layer, and the same by counting."""
    k, s = rng.randint(1, 4), rng.randint(1, 3)
    kind = rng.randrange(3)
    if kind == 0:
        p, dilation = rng.randrange(3), rng.randint(1, 2)
        layer = Conv(1, kernel_size=k, stride=s, padding=p, dilation=dilation)
        return layer, lambda d: positions(d, k, s, p, dilation)
    if kind == 1:
        p = rng.randrange(k // 2 + 1)
        return MaxPool(k, stride=s, padding=p, ceil_mode=True), lambda d: ceil_positions(d, k, s, p)
    return ConvTranspose(1, kernel_size=k, stride=s), lambda d: spread(d, k, s)


def chain(rng, most=4):
    layers, counts = zip(*(random_layer(rng) for _ in range(rng.randint(1, most))), strict=True)

    def count(d):
        for step in counts:
            if d >= 1:
                d = step(d)
        return d

    return layers, count


def network(layers, shape=(1, "L"), **options):
    x = Input("image", shape)
    return Network("net", inputs=x, outputs=sequential(*layers)(x), **options)


@pytest.mark.parametrize("part", range(5))
def test_inputs_for_an_output(part):
    rng = random.Random(f"outputs {part}")
    for _ in range(100):
        layers, count = chain(rng)
        target = rng.randint(1, 12)
        tried = {d for d in range(1, TOP) if count(d) == target}
        found = answer(network(layers), Question({"": (target,)}))
        members = found.sets.get("L")
        assert (set(range(1, TOP)) if members is None else set(members.up_to(TOP - 1))) == tried
        if tried:
            assert found.smallest == {"L": min(tried)}
        assert found.valid is bool(members is None or members)


@pytest.mark.parametrize("part", range(2))
def test_inputs_that_keep_their_size(part):
    rng = random.Random(f"kept {part}")
    for _ in range(50):
        layers, count = chain(rng)
        tried = {d for d in range(1, TOP) if count(d) == d}
        found = answer(network(layers), Question(keep_size=True))
        members = found.sets.get("L")
        assert (set(range(1, TOP)) if members is None else set(members.up_to(TOP - 1))) == tried


@pytest.mark.parametrize("seed", range(25))
def test_inputs_of_a_trained_network(seed):
    rng = random.Random(f"trained {seed}")
    layers, count = chain(rng, 3)
    channels = rng.choice([1, 2, 6])
    head = (Conv(channels, kernel_size=1), Flatten(), Linear(3))
    h, w = rng.randint(1, 30), rng.randint(1, 30)
    if count(h) < 1 or count(w) < 1:
        h = w = 60
    found = answer(network((*layers, *head), (1, "H", "W")), Question(trained_at={"H": h, "W": w}))
    features = count(h) * count(w)
    fitting = set()
    for a in range(1, 40):
        for b in range(1, 40):
            fits = count(a) >= 1 and count(b) >= 1 and count(a) * count(b) == features
            assert found.free.check({"H": a, "W": b}) is fits
            if fits:
                fitting.add((a, b))
    assert found.valid is True
    if fitting:
        least = min(a * b for a, b in fitting)
        area = found.smallest["H"] * found.smallest["W"]
        assert area <= least
        assert area < least or (found.smallest["H"], found.smallest["W"]) in fitting
    if found.square:
        _, equal = found.square
        tried = {a for a in range(1, 40) if (a, a) in fitting}
        assert {a for a in range(1, 40) if a in equal.sets["H"]} == tried


@pytest.mark.parametrize("seed", range(25))
def test_questions_together(seed):
    rng = random.Random(f"together {seed}")
    layers, count = chain(rng, 3)
    target, period = rng.randint(1, 8), rng.randint(1, 4)
    asked = Question({"": (target,)}, keep_size=seed % 2 == 0, assumptions=parse_conditions(f"L % {period} == 0"))
    tried = {d for d in range(1, TOP) if count(d) == target and d % period == 0 and (seed % 2 or d == target)}
    found = answer(network(layers), asked)
    members = found.sets.get("L")
    left = set(range(period, TOP, period)) if members is None else set(members.up_to(TOP - 1))
    assert left == tried


def classifier(**options):
    layers = (Conv(4, kernel_size=3, stride=2, padding=1), MaxPool(2), GlobalAvgPool(), Flatten(), Linear(10))
    return network(layers, (3, "H", "W"), **options)


def test_a_classifier_is_asked_for_its_last_map():
    # floor(ceil(H/2)/2) == 7 from 27 to 30.
    for size in ((7,), (7, 7)):
        found = answer(classifier(), Question({"": size}))
        assert {name: str(each) for name, each in found.sets.items()} == {"H": "H in 27..30", "W": "W in 27..30"}
        assert found.notes == ("the output (N, 10) is no map: 7x7 is asked of 'max_pool1', the last map before it",)
    found = answer(classifier(), Question({"conv1": (7, 9)}))
    assert [str(each) for each in found.sets.values()] == ["H in {13, 14}", "W in {17, 18}"]


def test_what_a_classifier_gives_is_not_read_as_a_map():
    found = answer(classifier(), Question({"": (10,)}))
    assert found.valid is True
    assert found.notes == ()
    assert [each.text("H") for each in found.sets.values()] == ["H >= 3", "H >= 3"]


def test_an_output_that_is_not_there_is_answered_with_the_nearest_name():
    with pytest.raises(UsageError, match="did you mean max_pool1"):
        answer(classifier(), Question({"max_pool": (7,)}))
    with pytest.raises(UsageError, match="3 sizes for the output"):
        answer(classifier(), Question({"": (7, 7, 7)}))


def test_sizes_for_all_axes_of_space():
    net = network((Conv(1, kernel_size=1),), (3, "H", "W"))
    assert space_sizes(net, (32,)) == {"H": 32, "W": 32}
    assert space_sizes(net, (32, 48)) == {"H": 32, "W": 48}
    assert space_sizes(network((Conv(1, kernel_size=1),), (3, 32, "W")), (32, 48)) == {"W": 48}
    for sizes in ((1, 2, 3), (0,), ()):
        with pytest.raises(UsageError, match="CS004"):
            space_sizes(net, sizes)
    with pytest.raises(UsageError, match="is no size of the input"):
        space_sizes(network((Conv(1, kernel_size=1),), (3, 32, "W")), (33, 48))


def test_a_size_of_training_that_is_missing_is_named():
    net = network((Flatten(), Linear(3)), (1, "H", "W"))
    with pytest.raises(UsageError, match="the weights depend on W as well"):
        answer(net, Question(trained_at={"H": 3}))
    with_default = network((Flatten(), Linear(3)), (1, "H", "W"), defaults={"H": 8, "W": 5})
    found = answer(with_default, Question(trained_at={"H": 3}))
    assert found.free.check({"H": 5, "W": 3}) is True
