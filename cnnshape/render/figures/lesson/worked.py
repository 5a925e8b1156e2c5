"""One value of a layer worked out with given numbers, or with small ones that the figure makes up."""

from __future__ import annotations

from dataclasses import dataclass

from cnnshape.analysis.activation_values import CURVES
from cnnshape.analysis.one_value import ConvValue, PoolValue, conv_value, pool_value
from cnnshape.errors import UsageError
from cnnshape.layers.catalog import by_class
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.layers.pool import AvgPool, MaxPool
from cnnshape.render.figures.lesson.options import Number, Numbers, Options
from cnnshape.render.figures.lesson.slide import slide
from cnnshape.render.figures.lesson.subject import Subject

__all__ = ["MOST", "Worked", "example_input", "example_weight", "follows", "has_values", "place_of", "worked"]

MOST = 50_000
"""Products of one value."""


@dataclass(frozen=True, slots=True)
class Worked:
    """A value and what it is made of.

    Parameters
    ----------
    value : ConvValue or PoolValue
    biased : whether a bias is added
    activation : a name of `CURVES`, or ""
    example : what of the numbers is made up: "numbers", "input", "kernel" or ""
    zeros : whether padding counts as zeros
    """

    value: ConvValue | PoolValue
    biased: bool
    activation: str
    example: str
    zeros: bool = True

    @property
    def result(self) -> Number:
        """The value after the activation."""
        before = self.value.value
        return CURVES[self.activation].at(before) if self.activation else before


def has_values(about: Subject) -> str:
    """Return why a value of the layer is not worked out here, or ""."""
    layer = about.layer
    if not isinstance(layer, Conv | ConvTranspose | MaxPool | AvgPool):
        return "its values are not sums of products, largest values or means of a window"
    mode = getattr(layer, "padding_mode", "zeros")
    return f"its padding is {mode}, not zeros" if mode != "zeros" else ""


def worked(about: Subject, options: Options) -> Worked:
    """Return one value of a layer for which `has_values` says nothing.

    Raises
    ------
    UsageError
        CS013, there is no output at the place, or it is made of too many numbers.
    """
    layer, at, numbers = about.layer, place_of(about, options.at), options.numbers
    number = (numbers and numbers.number) or example_input
    if isinstance(layer, MaxPool | AvgPool):
        _few(_window_size(about))
        zeros = isinstance(layer, AvgPool) and layer.count_include_pad
        return Worked(
            pool_value(layer, about.x, number, at), False, _follows(about, options), _made_up(numbers, pool=True), zeros
        )
    assert isinstance(layer, Conv | ConvTranspose)
    channels, groups = about.x.shape[1], layer.groups
    assert isinstance(channels, int)
    assert isinstance(groups, int)
    _few(channels // groups * _window_size(about))
    weight = (numbers and numbers.weight) or example_weight
    bias: Number = 0
    if numbers and numbers.bias:
        bias = numbers.bias(at[0])
    elif layer.bias and numbers is None:
        bias = 1
    value = conv_value(layer, about.x, number, weight, at, bias)
    return Worked(value, bool(layer.bias), _follows(about, options), _made_up(numbers))


def example_input(place: tuple[int, ...]) -> Number:
    """Return a small number of a map that is made up: 0 to 3."""
    channel, *space = place
    mixed = 2 * channel + 1
    for i, position in enumerate(space):
        mixed += (3 + 2 * i) * position + position * position // 3
    return mixed % 4


def example_weight(place: tuple[int, ...]) -> Number:
    """Return a small weight that is made up: -1, 0 or 1, an edge that rises to the right."""
    filter_, channel, *taps = place
    across = taps[-1] if taps else 0
    return (across + filter_ + channel + sum(taps[:-1]) // 2) % 3 - 1


def place_of(about: Subject, at: tuple[int, ...]) -> tuple[int, ...]:
    """Return (filter, position on each axis): the one that is asked for, or the first whose window has no padding.

    Raises
    ------
    UsageError
        CS013, there is no such output.
    """
    sizes = tuple(size for size in about.y.shape[1:] if isinstance(size, int))
    if not at:
        found = [0]
        for axis, window in sorted(about.windows.items()):
            x, y = about.x.shape[axis], sizes[axis - 1]
            assert isinstance(x, int)
            one = slide(x, window)
            first = (one.before + one.stride - 1) // one.stride if not one.up and one.before > 0 else 0
            found.append(min(first, y - 1))
        return tuple(found)
    place = tuple(at) if len(at) == len(sizes) else (0, *at)
    if len(place) == len(sizes) and all(0 <= i < size for i, size in zip(place, sizes, strict=True)):
        return place
    words = ", ".join(f"0..{size - 1}" for size in sizes)
    raise UsageError(
        f"there is no output at {','.join(map(str, at))}",
        code="CS013",
        got=at,
        needed=sizes,
        given=f"the output has channels and positions {words}",
        rule="a position of the output is one number for each axis of space, with the channel before them or without",
        fix=",".join(str(size - 1) for size in sizes[1:]) + ", the last one",
    )


def follows(about: Subject) -> str:
    """Return the activation that alone takes what the layer gives, where its value is known; or ""."""
    network = about.facts.network
    users = [node for node in network.nodes if about.name in node.inputs]
    if len(users) != 1 or about.name in network.outputs.values():
        return ""
    layer = users[0].layer
    entry = by_class().get(type(layer))
    if entry is None or entry.name not in CURVES or entry.name == "identity":
        return ""
    return entry.name if layer == type(layer)() else ""


def _made_up(numbers: Numbers | None, *, pool: bool = False) -> str:
    given = numbers or Numbers()
    missing = [name for name, reader in (("input", given.number), ("kernel", given.weight)) if reader is None]
    missing = [name for name in missing if not pool or name == "input"]
    return "numbers" if numbers is None or len(missing) > 1 else "".join(missing)


def _follows(about: Subject, options: Options) -> str:
    return options.activation or follows(about)


def _window_size(about: Subject) -> int:
    size = 1
    for window in about.windows.values():
        assert isinstance(window.kernel, int)
        size *= window.kernel
    return size


def _few(products: int) -> None:
    if products > MOST:
        raise UsageError(
            f"one output is made of {products:,} numbers",
            code="CS013",
            got=products,
            needed=MOST,
            rule=f"the value of an output is drawn for at most {MOST:,}",
            fix="a layer with a smaller kernel, or with fewer channels",
        )
