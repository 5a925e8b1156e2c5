"""What the axes of data and weights from files are: channels, filters, space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnshape.analysis.one_value import Number
from cnnshape.cli.arrays import Array, shape_words
from cnnshape.errors import UsageError
from cnnshape.symbolic import Size, text

__all__ = ["Fit", "fit_kernel", "fit_pool"]

_DATA = "data is HxW, CxHxW or 1xCxHxW"


@dataclass(frozen=True, slots=True)
class Fit:
    """Data and weights, with what their axes are.

    Parameters
    ----------
    x, w : the numbers; a pool has no weights
    rank : number of space axes
    filters : 0 for a pool
    transposed : whether the weights have their input channels first
    """

    x: Array
    w: Array | None
    rank: int
    filters: int
    transposed: bool = False

    @property
    def channels(self) -> int:
        return self.x.shape[-self.rank - 1] if len(self.x.shape) > self.rank else 1

    @property
    def space(self) -> tuple[int, ...]:
        return self.x.shape[-self.rank :]

    @property
    def kernel(self) -> tuple[int, ...]:
        return self.w.shape[-self.rank :] if self.w else ()

    @property
    def has_channels(self) -> bool:
        """Whether channels or filters are worth a word."""
        named = len(self.x.shape) > self.rank > 1  # a text of one row is a line
        return self.channels > 1 or self.filters > 1 or named

    def number(self, place: tuple[int, ...]) -> Number:
        """Return the number of the data at (channel, position on each axis)."""
        lead = len(self.x.shape) - self.rank
        return self.x.at((0, *place) if lead == 2 else place[1 - lead :])

    def weight(self, place: tuple[int, ...]) -> Number:
        """Return the weight at a place of the layer's weight; axes that the file lacks have one entry."""
        assert self.w is not None
        lead = len(self.w.shape) - self.rank
        if lead == 2:
            return self.w.at(place)
        kept = place[:1] if self.transposed else place[1:2]
        return self.w.at((*(kept if lead else ()), *place[2:]))

    def check(
        self, sizes: Sequence[Size] | None, kernel: Size | tuple[Size, ...] | None = None, out: Size | None = None
    ) -> None:
        """Hold SIZE, -k and --out against the files.

        Raises
        ------
        UsageError
            CS013, they say something else.
        """
        shape, space = self.x.shape, self.space
        if sizes is not None and tuple(sizes) not in (shape, (self.channels, *space), space, *_lone(space)):
            _differs("SIZE", tuple(sizes), self.x, shape, shape_words(space))
        if kernel is not None and self.w is not None:
            asked = kernel if isinstance(kernel, tuple) else (kernel,)
            if asked not in (self.kernel, *_lone(self.kernel)):
                _differs("-k", asked, self.w, self.w.shape, shape_words(self.kernel))
        if out is not None and out != self.filters:
            assert self.w is not None
            _differs("--out", (out,), self.w, self.w.shape, str(self.filters))


def _lone(sizes: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Return what a single number may stand for: the same size on every axis."""
    return ((sizes[0],),) if len(set(sizes)) == 1 else ()


def _differs(option: str, asked: Sequence[Size], array: Array, shape: Sequence[int], right: str) -> None:
    words = "x".join(map(text, asked))
    raise UsageError(
        f"{option} says {words}, {array.name} is {shape_words(shape)}",
        code="CS013",
        got=words,
        needed=right,
        rule=f"{option} may be left out: the file says it",
        fix=f"{right if option == 'SIZE' else f'{option} {right}'}, or leave it out",
    )


def fit_pool(x: Array, kernel: Size | tuple[Size, ...]) -> Fit:
    """Return what the axes of a pool's data are.

    The kernel decides if it has a size for each axis. Otherwise one axis, or a single row, is a line, two and three are
    a map without and with channels, four are a batch of one, or a volume with channels, and five a batch of volumes.

    Raises
    ------
    UsageError
        CS013, the data has too few or too many axes, or is a batch of several.
    """
    if isinstance(kernel, tuple) and len(kernel) > 1:
        rank = len(kernel)
    else:
        axes = len(x.shape)
        line = axes == 1 or (axes == 2 and x.shape[0] == 1)
        rank = 1 if line else 3 if axes == 5 or (axes == 4 and x.shape[0] > 1) else 2
    lead = len(x.shape) - rank
    if not 0 <= lead <= 2 or (lead == 2 and x.shape[0] != 1):
        _one_image(x, rank)
    return Fit(x, None, rank, 0)


def _one_image(x: Array, rank: int) -> None:
    several = len(x.shape) == rank + 2
    raise UsageError(
        f"{x.name} has {f'{x.shape[0]} images' if several else f'the shape {shape_words(x.shape)}'}",
        code="CS013",
        got=x.shape,
        rule=f"{_DATA}, one image; likewise for lines (CxL) and volumes (CxDxHxW)",
        fix="save one of them: numpy.save('x.npy', array[:1])" if several else "reshape the array",
    )


def fit_kernel(x: Array, w: Array, groups: int, *, transposed: bool) -> Fit:
    """Return what the axes of data and weights are: for images if they can be, else for lines or volumes.

    A kernel without axes for filters and channels is moved over each group's channel; two single rows are lines.

    Raises
    ------
    UsageError
        CS013, no reading of their axes gives both the same channels.
    """
    line = len(x.shape) == len(w.shape) == 2 and x.shape[0] == w.shape[0] == 1
    for rank in (1, 2, 3) if line else (2, 1, 3):
        lead = w.shape[: max(len(w.shape) - rank, 0)]
        if not 0 <= len(x.shape) - rank <= 2 or not 0 <= len(w.shape) - rank <= 2:
            continue
        if len(x.shape) == rank + 2 and x.shape[0] != 1:
            continue
        if len(x.shape) == rank == 3 and len(w.shape) == 4:
            continue  # far more likely channels and filters of images that do not fit
        channels = x.shape[-rank - 1] if len(x.shape) > rank else 1
        if transposed:
            seen, filters = (lead[0] if lead else groups), (lead[1] if len(lead) == 2 else 1) * groups
        else:
            seen, filters = (lead[-1] if lead else 1) * groups, lead[0] if len(lead) == 2 else groups
        if seen == channels:
            return Fit(x, w, rank, filters, transposed)
    raise _no_fit(x, w, groups, transposed)


def _no_fit(x: Array, w: Array, groups: int, transposed: bool) -> UsageError:
    if len(x.shape) == len(w.shape) == 4 and x.shape[0] != 1:
        _one_image(x, 2)
    if transposed:
        rule = "weights are kxk, Cxkxk or C x filters/groups x k x k, with the C channels of the data"
    else:
        rule = "weights are kxk, C/groups x k x k or filters x C/groups x k x k, with the C channels of the data"
    channels = x.shape[-3] if len(x.shape) > 2 else 1
    if len(w.shape) == 2 and channels > 1:
        fix = f"-g {channels} moves it over each channel by itself, or give weights for all {channels} channels"
    elif len(x.shape) > 2:
        size = "x".join(map(str, w.shape[-2:])) if len(w.shape) > 1 else f"{w.shape[0]}x{w.shape[0]}"
        seen = channels if transposed else channels // groups or 1
        fix = f"weights of shape {seen}x{size}, for {channels} channel{'s' * (channels != 1)}"
    elif len(w.shape) > 2:
        seen = w.shape[-3 if len(w.shape) < 4 or not transposed else 0] * (1 if transposed else groups)
        fix = f"data of {seen} channels, {seen}xHxW"
    else:
        fix = "a kernel of rows and columns, such as 3x3, for data of rows and columns"
    return UsageError(
        f"weights of shape {shape_words(w.shape)} do not fit data of shape {shape_words(x.shape)}",
        code="CS013",
        got=w.shape,
        given=f"{w.name} {shape_words(w.shape)}   {x.name} {shape_words(x.shape)}   groups {groups}",
        rule=f"{_DATA};\n{rule}",
        fix=fix,
    )
