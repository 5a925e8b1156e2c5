"""Every argument that a network lists changes it, or is refused with a reason."""

import pytest

import cnnshape as cs
from cnnshape.zoo.arguments import channels, counts, one_of, ratio, within
from cnnshape.zoo.catalog import NETWORKS
from cnnshape.zoo.parts import divisible, scaled

OTHERS = {
    "depths": lambda old: (*old[:-1], old[-1] + 1),
    "widths": lambda old: (*old[:-1], 2 * old[-1]),
    "kinds": lambda old: "mixed",
    "replace_stride_with_dilation": lambda old: (False, True, True),
    "image_size": lambda old: 2 * old,
    "width_mult": lambda old: 2.0 * old,
    "depth_mult": lambda old: 2.0 * old,
    "version": lambda old: "1.1" if old == "1.0" else "1.0",
    "squeeze": lambda old: 0.5,
    "slope": lambda old: old * 1.5,
    "factor": lambda old: old + 0.5,
    "layout": lambda old: {"small": "large", "large": "small", "b0": "v2_s"}.get(old, "b0"),
}
"""Argument -> another value of it. Other numbers are doubled, other booleans turned."""
LEAVES = {"variant"}
"""Arguments whose values are tested family by family."""


def other(argument, old):
    if argument in OTHERS:
        return OTHERS[argument](old)
    return (not old) if isinstance(old, bool) else 2 * old or 16


SMALLEST = {entry.build: entry for entry in reversed(NETWORKS.values())}
KINDS = {(entry.build, *sorted(entry.arguments)): entry for entry in reversed(NETWORKS.values())}
"""The first network of each builder, and of each choice of arguments that are not its own defaults."""


def attempt(entry, argument, value):
    """The network, or the error that says why there is none; any other exception fails the test."""
    try:
        network = entry(**{argument: value})
        cs.report(network).params  # noqa: B018  # some faults are found when it is used
    except cs.CnnshapeError as error:
        return error
    return network


def cases(entries):
    found = [(entry.name, argument) for entry in entries.values() for argument in entry.options]
    return pytest.mark.parametrize(("name", "argument"), [each for each in found if each[1] not in LEAVES])


@cases(KINDS)
def test_an_argument_has_an_effect_or_is_refused(name, argument):
    entry = NETWORKS[name]
    changed = attempt(entry, argument, other(argument, entry.options[argument]))
    if isinstance(changed, cs.CnnshapeError):
        assert (changed.fault.code, bool(changed.fault.rule)) == ("CS009", True)
    else:
        usual = entry()
        assert (changed.nodes, dict(changed.defaults)) != (usual.nodes, dict(usual.defaults))


NONSENSE = (None, {}, 0, -1, "a(", 2.5, (), (0,), 10**9, float("nan"))


@cases(SMALLEST)
def test_nonsense_is_answered(name, argument):
    for value in NONSENSE:
        attempt(NETWORKS[name], argument, value)


# --- the checks themselves -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "whole"), [(0.5, "1/2"), (1, "1"), (1.1, "11/10"), (2.2, "11/5"), ("1.1", None), (True, None)]
)
def test_a_factor_is_the_decimal_number_that_is_written(given, whole):
    if whole is None:
        with pytest.raises(cs.UsageError, match="width_mult is a number above 0"):
            ratio("width_mult", given)
    else:
        assert str(ratio("width_mult", given)) == whole


def test_lists_of_counts():
    assert counts("depths", [3, 4]) == counts("depths", (3, 4), 2) == (3, 4)
    for given in ((3, True), (3, 4, 5), "34", 34, (3, 0), (3, 10_001)):
        with pytest.raises(cs.UsageError, match="depths is a list of 2 whole numbers from 1 to 10000"):
            counts("depths", given, 2)


def test_units_are_so_few_that_a_network_is_built_at_once():
    """Each of the lists below passes entry by entry; together they are hundreds of thousands of layers."""
    assert counts("depths", (4_000, 6_000)) == (4_000, 6_000)
    assert counts("widths", (9_000, 9_000), what="the channels of each stage") == (9_000, 9_000)
    for name, arguments in (
        ("resnet50", {"depths": (10_000,) * 4}),
        ("densenet121", {"depths": (10_000, 1)}),
        ("efficientnet_b0", {"depth_mult": 101}),
    ):
        with pytest.raises(cs.UsageError, match=r"and as many in all|up to 100"):
            NETWORKS[name](**arguments)


def test_numbers_within_bounds_and_channels():
    assert (within("k", 3, 1, 5), within("k", 2.5, 1, 5, whole=False)) == (3, 2.5)
    for given in (0, 6, 2.5, True, None, "3"):
        with pytest.raises(cs.UsageError, match="k is a whole number from 1 to 5"):
            within("k", given, 1, 5)
    assert (channels("k", 3), str(channels("k", "2*c"))) == (3, "2*c")
    one_of("k", 3, (3, 4))
    with pytest.raises(cs.UsageError, match="k is one of 3, 4"):
        one_of("k", 5, (3, 4))


def test_scaled_channels_are_rounded_or_whole():
    assert [scaled(c, 0.5) for c in (64, 3, 1)] == [32, 2, 1]
    assert [str(scaled(64, w)) for w in ("w", "c/64", "c/32", "w + 1")] == ["64*w", "c", "2*c", "64*w + 64"]
    with pytest.raises(cs.FormulaError, match="not always whole"):
        scaled(100, "c/64")


def test_multiples_of_eight_lose_no_tenth():
    """Howard et al. and torchvision's `_make_divisible`, in whole numbers."""
    for hundredths in range(1, 30_000, 7):
        found = divisible(ratio("w", hundredths / 100))
        assert found % 8 == 0
        assert 10 * found * 100 >= 9 * hundredths
        assert abs(100 * found - hundredths) <= 800 or hundredths < 800
