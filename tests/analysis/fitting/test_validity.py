"""Valid sizes against walks over numbers: every size is tried, and what fails is what the formulas said would fail."""

import random
from itertools import product

import pytest

from cnnshape.analysis.fitting.validity import validity
from cnnshape.graph.build import Input, sequential
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.layers.activation import ReLU
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.layers.linear import Linear
from cnnshape.layers.merge import Add, Concat
from cnnshape.layers.pad import Crop, Pad
from cnnshape.layers.pool import AvgPool, MaxPool
from cnnshape.layers.resample import Upsample
from cnnshape.layers.reshape import Flatten, PixelShuffle
from cnnshape.symbolic import IntegerSet, dim, floordiv, fresh, parse_conditions, parse_set

# --- the valid set is what trying every size finds --------------------------------------------------------------------


def random_layer(rng, rank):
    k, s = rng.randint(1, 4), rng.choice([1, 1, 2, 3])
    return rng.choice(
        [
            Conv(2, kernel_size=k, stride=s, padding=rng.randrange(3), dilation=rng.choice([1, 2])),
            Conv(2, kernel_size=k, stride=s, padding="same_upper"),
            Conv(2, kernel_size=k, stride=s, padding=((rng.randrange(3), rng.randrange(3)),) * rank),
            MaxPool(k, stride=s, padding=rng.randint(0, k // 2), ceil_mode=rng.random() < 0.5),
            AvgPool(2),
            ConvTranspose(2, kernel_size=k, stride=s, padding=rng.randrange(2)),
            Upsample(scale_factor=s),
            Crop(((rng.randrange(4), rng.randrange(4)),) * rank),
            Pad(((rng.randrange(3), rng.randrange(3)),) * rank),
            ReLU(),
        ]
    )


def halving(rng, s):
    """Return what divides a size by s, rounding one way or another."""
    return rng.choice(
        [
            MaxPool(s, stride=s),
            MaxPool(s, stride=s, ceil_mode=True),
            Conv(2, kernel_size=rng.choice([1, 3]), stride=s, padding=rng.randrange(2)),
            Conv(2, kernel_size=3, stride=s, padding="same_upper"),
            sequential(Conv(2, kernel_size=3), AvgPool(s)),
        ]
    )


def random_network(seed, space):
    """Chains, detours through smaller maps and parallel branches; where they meet there are conditions."""
    rng = random.Random(f"{seed} {space}")
    x = Input("x", (2, *space))
    tensors = [x]
    for _ in range(rng.randint(1, 5)):
        y, s, kind = tensors[-1], rng.choice([2, 2, 3]), rng.randrange(5)
        if kind < 2:
            y = random_layer(rng, len(space))(y)
        elif kind == 2:
            y = Concat()([y, ConvTranspose(2, kernel_size=s, stride=s)(halving(rng, s)(y))])
        elif kind == 3:
            y = Concat()([halving(rng, s)(y), halving(rng, s)(y)])
        else:
            inner = halving(rng, 2)(y)
            inner = Concat()([inner, Upsample(scale_factor=2)(halving(rng, 2)(inner))])
            y = Concat()(
                [y, ConvTranspose(2, kernel_size=rng.choice([2, 4]), stride=2, padding=rng.randrange(2))(inner)]
            )
        if rng.random() < 0.05 or not propagate(Network("so far", inputs=x, outputs=y)).faults:
            tensors.append(y)
    outputs = {str(i): tensor for i, tensor in enumerate(tensors[1:] or tensors)}
    return Network("random", inputs=x, outputs=outputs)


@pytest.mark.parametrize("seed", range(120))
def test_the_valid_set_is_what_trying_every_size_finds(seed):
    network = random_network(seed, ("H",))
    fits = validity(propagate(network))
    if fits.propagation.faults:
        assert all(propagate(network, {"H": h}).faults for h in range(1, 60))
        return
    members = fits.sets.get("H", IntegerSet.everything())
    assert fits.relations == ()
    for h in range(1, min(2 * (members.start + members.period), 400)):
        faults = propagate(network, {"H": h}).faults
        assert (h in members) is (not faults)
        assert fits.check({"H": h}) is (not faults)


@pytest.mark.parametrize("seed", range(60))
def test_errors_at_a_size_are_those_of_the_walk_over_numbers(seed):
    network = random_network(seed, ("H", "W"))
    fits = validity(propagate(network))
    if fits.propagation.faults:
        return
    rng = random.Random(seed)
    for _ in range(25):
        sizes = {"H": rng.randint(1, 40), "W": rng.randint(1, 40)}
        faults = propagate(network, sizes).faults
        errors = fits.errors_at(sizes)
        assert [(e.fault.node, e.code, e.fault.message) for e in errors] == [
            (e.fault.node, e.code, e.fault.message) for _, e in faults
        ]
        assert fits.check(sizes) is (not faults)
        if fits.check(sizes) is False:
            for near in fits.nearest(sizes):
                assert propagate(network, near).faults == ()


@pytest.mark.parametrize("seed", range(60))
def test_the_nearest_sizes_are_what_a_search_finds(seed):
    network = random_network(seed, ("H",))
    fits = validity(propagate(network))
    valid = [h for h in range(1, 300) if not propagate(network, {"H": h}).faults]
    for h in range(1, 120, 7):
        if h in valid or not valid:
            continue
        below = [v for v in valid if v < h][-1:]
        above = [v for v in valid if v > h][:1]
        assert [near["H"] for near in fits.nearest({"H": h})] == below + above


def test_every_set_that_is_printed_reads_back():
    for seed in range(40):
        fits = validity(propagate(random_network(seed, ("H", "W"))))
        for members in fits.sets.values():
            assert parse_set(str(members)) == members


# --- symbols of every kind --------------------------------------------------------------------------------------------


def names(reasons):
    return [reason.text for reason in reasons]


def found(build, *shape, assume=None):
    x = Input("image", shape or (3, "H", "W"))
    walked = propagate(Network("net", inputs=x, outputs=build(x)))
    return validity(walked, () if assume is None else parse_conditions(assume))


def test_widths_are_symbols_like_any_other():
    fits = found(Conv(8, kernel_size=1, groups=4), "C", "H", "W")
    assert {name: str(each) for name, each in fits.sets.items()} == {"C": "C % 4 == 0"}
    fits = found(PixelShuffle(2), "C", "H", "W")
    assert {name: str(each) for name, each in fits.sets.items()} == {"C": "C % 4 == 0"}
    fits = found(Conv(8, kernel_size=dim("k")), 3, 32, 32)
    assert dict(fits.sets) == {"k": IntegerSet.interval(1, 32)}


def test_a_factor_that_is_always_positive_does_not_couple():
    fits = found(Linear(4, in_features=dim("C") * 8), "C", dim("C") * floordiv(dim("H"), 4) * 1)
    assert {name: str(each) for name, each in fits.sets.items()} == {"H": "H in 32..35"}


def test_what_does_not_split_stays_a_relation_and_is_checked():
    a, b = Input("a", (3, "H")), Input("b", (3, "W"))
    walked = propagate(Network("pair", inputs=[a, b], outputs=Concat()([a, MaxPool(2)(b)])))
    fits = validity(walked)
    assert [(r.symbols, r.text, names(r.because)) for r in fits.relations] == [
        (("H", "W"), "H == floor(W/2)", ["concat1 joins H and floor(W/2)"])
    ]
    assert {name: str(each) for name, each in fits.sets.items()} == {"W": "W >= 2"}
    grid = list(product(range(1, 12), range(1, 24)))
    assert [fits.check({"H": h, "W": w}) for h, w in grid] == [h == w // 2 for h, w in grid]
    assert fits.nearest({"H": 7, "W": 13}) == ({"H": 6, "W": 13}, {"H": 7, "W": 14})
    # One symbol alone: undecided, unless nothing can be put beside it.
    assert fits.check({"W": 13}) is None
    assert fits.check({"W": 1}) is False


def test_a_relation_that_the_sets_imply_is_not_listed():
    # Rows of the joined map times columns: equal wherever both axes are even.
    def build(x):
        y = ConvTranspose(3, kernel_size=2, stride=2)(MaxPool(2)(x))
        return Concat()([Concat()([x, y]), x])

    flat = lambda x: Add()([Flatten()(x), Flatten()(Upsample(scale_factor=2)(AvgPool(2)(x)))])  # noqa: E731
    fits = found(lambda x: Concat()([Flatten()(build(x)), flat(x)]))
    assert {name: str(each) for name, each in fits.sets.items()} == {"H": "H % 2 == 0", "W": "W % 2 == 0"}
    assert fits.relations == ()


def test_contradicting_boxes_leave_no_size():
    def head(size):
        return lambda x: Linear(2, in_features=size)(Flatten()(x))

    fits = found(lambda x: Concat()([head(3 * 25)(x), head(3 * 36)(x)]))
    assert {name: str(each) for name, each in fits.sets.items()} == {"H": "no H works", "W": "no W works"}
    assert fits.check({"H": 5, "W": 5}) is False
    assert fits.check({"H": 5}) is False
    both = found(lambda x: Concat()([head(3 * 36)(x), head(3 * 9)(MaxPool(2)(x))]))
    assert {name: str(each) for name, each in both.sets.items()} == {"H": "H == 6", "W": "W == 6"}
    assert both.check({"H": 4, "W": 9}) is False  # 36 pixels, but 2*4 of them after the pool
    assert both.check({"H": 2, "W": 18}) is True  # 36, and 1*9 after it


def test_a_network_with_a_fault_takes_nothing():
    fits = found(lambda x: Conv(4, kernel_size=3)(Conv(4, kernel_size=3, in_channels=5)(x)))
    assert fits.check({"H": 64, "W": 64}) is False
    assert fits.nearest({"H": 64, "W": 64}) == ()
    assert [error.code for error in fits.errors_at({"H": 64, "W": 64})] == ["CS202"]


def test_a_size_is_at_least_1():
    fits = found(ReLU())
    assert [fits.check({"H": h, "W": 1}) for h in (-1, 0, 1)] == [False, False, True]


def test_data_dependent_sizes_are_left_to_a_run():
    count = fresh("boxes", "how many boxes are found")
    fits = found(Conv(2, kernel_size=5), 3, count)
    assert dict(fits.sets) == {}
    assert [relation.text for relation in fits.relations] == [f"{count} - 4 >= 1"]
    assert fits.notes == (f"{count} - 4 >= 1 depends on how many boxes are found: only a run can tell",)
    assert fits.check({}) is None


def test_beyond_the_limits_of_sets_a_condition_is_checked_on_numbers():
    def twice(stride):
        return lambda x: Concat()([x, Upsample(scale_factor=stride)(MaxPool(stride)(x))])

    fits = found(lambda x: Concat()([twice(1009)(x), twice(1013)(x)]), 3, "L")
    assert str(fits.sets["L"]) == "L >= 2018 and L % 1009 == 0"
    assert [relation.text for relation in fits.relations] == ["L == 1013*floor(L/1013)"]
    assert fits.notes == ("L % 1013 == 0: beyond the limits of sets together with the others",)
    assert [fits.check({"L": size}) for size in (1009, 1013, 1009 * 1013)] == [False, False, True]


def test_a_deep_chain_is_solved_in_linear_time_and_blamed_on_its_end():
    fits = found(sequential(*[Conv(1, kernel_size=3)] * 3000), 1, "L")
    assert str(fits.sets["L"]) == "L >= 6001"
    assert names(fits.because["L"]) == ["conv3000 needs L - 6000 >= 1"]
    assert [error.fault.node for error in fits.errors_at({"L": 5})] == ["conv3"]


# --- assumptions ------------------------------------------------------------------------------------------------------


def hourglass(depth):
    def build(x):
        skips = []
        for _ in range(depth):
            skips.append(x)
            x = MaxPool(2)(x)
        for skip in reversed(skips):
            x = Concat()([skip, Upsample(scale_factor=2)(x)])
        return x

    return build


def test_assumptions_decide_conditions_and_shorten_formulas():
    free = found(hourglass(4))
    assert str(free.sets["H"]) == "H % 16 == 0"
    narrowed = found(hourglass(4), assume="H % 32 == 0, 224 <= H <= 1024")
    assert {name: str(each) for name, each in narrowed.sets.items()} == {"W": "W % 16 == 0"}
    some = found(hourglass(4), assume="H % 4 == 0 and H >= 100")
    assert str(some.sets["H"]) == "H >= 112 and H % 16 == 0"
    assert len(some.because["H"]) == 2  # the joins at a quarter and at an eighth
    never = found(hourglass(4), assume="H % 2 == 1")
    assert str(never.sets["H"]) == "no H works"
    H = dim("H")
    assert [str(narrowed.shortened(size)) for size in (floordiv(H, 32) * 32, floordiv(H + 31, 32), H % 8)] == [
        "H", "floor(H/32)", "0",
    ]  # fmt: skip


def test_equal_symbols_are_one():
    fits = found(lambda x: Linear(2, in_features=3 * 25)(Flatten()(x)), assume="W == H")
    assert {name: str(each) for name, each in fits.sets.items()} == {"H": "H == 5"}
    assert fits.relations == ()
    assert fits.check({"H": 5, "W": 5}) is True
    assert fits.check({"H": 1, "W": 25}) is False  # it fits the layers, and is not what was assumed
    double = found(lambda x: Linear(2, in_features=3 * 32)(Flatten()(x)), assume="H == 2*W")
    assert {name: str(each) for name, each in double.sets.items()} == {"W": "W == 4"}


def test_an_assumption_that_can_not_be_used_is_noted():
    fits = found(ReLU(), assume="H*W <= 1000")
    assert fits.notes == ("H*W <= 1000 couples several symbols: it is not used",)


def test_clauses_joined_by_and_are_taken_one_by_one():
    fits = found(hourglass(4), assume="W == H and H % 4 == 0 and H >= 100")
    assert {name: str(each) for name, each in fits.sets.items()} == {"H": "H >= 112 and H % 16 == 0"}
    assert fits.notes == ()
