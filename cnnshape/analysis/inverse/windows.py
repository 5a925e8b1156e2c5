"""Which windows turn one size into another, at one size or at all: what to choose from, what is found, the rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from cnnshape.errors import UsageError
from cnnshape.symbolic import (
    Dim,
    Size,
    Window,
    dim,
    effective_kernel,
    floor_form,
    subs,
    symbols,
    text,
    transposed_for,
    transposed_for_all,
    windows_for,
    windows_for_all,
)

__all__ = ["Choices", "Windows", "suggestion", "windows_between"]

_MOST = 1_000_000
_LARGEST = 999_999  # a kernel or a stride that is suggested


@dataclass(frozen=True, slots=True)
class Choices:
    """What to choose windows from.

    Parameters
    ----------
    kernels, strides, dilations : sequences of int >= 1
    paddings : sequence of int >= 0; None: those that leave no window in the padding altogether
    transposed : bool, True for windows of transposed convolutions
    """

    kernels: Sequence[int] = range(1, 12)
    strides: Sequence[int] = range(1, 5)
    dilations: Sequence[int] = (1,)
    paddings: Sequence[int] | None = None
    transposed: bool = False


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows that turn one size into another.

    Parameters
    ----------
    before, after : the sizes; formulas where it is asked for all sizes
    choices : what was chosen from
    found : the windows
    beyond : windows that were left out: some of their positions lie in the padding altogether
    form : m, a, b of ``floor((d + a)/m) + b``, or m, c of ``m*d + c`` where they are transposed, if it is asked for all
        sizes; empty if the size after is no such formula
    """

    before: Size
    after: Size
    choices: Choices
    found: tuple[Window, ...]
    beyond: tuple[Window, ...] = ()
    form: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def symbol(self) -> str:
        """The symbol that stands for all sizes; "" where it is asked for one size."""
        return next(iter(symbols(self.before)), "")


def windows_between(before: Size, after: Size, choices: Choices | None = None) -> Windows:
    """Return the windows with equal paddings that turn `before` into `after`.

    Parameters
    ----------
    before, after : two ints, or a symbol and a formula in it: then windows that do it for all sizes
    choices : what to choose from

    Raises
    ------
    UsageError
        CS001, sizes that cannot be asked for, or more windows to choose from than can be listed.

    Examples
    --------
    >>> found = windows_between(224, 112, Choices(kernels=(2, 3, 7), strides=(2,)))
    >>> [(w.kernel, w.before) for w in found.found]
    [(2, 0), (3, 1), (7, 3)]
    >>> H = dim("H")
    >>> [(w.kernel, w.before) for w in windows_between(H, H // 2).found][:3]
    [(2, 0), (4, 1), (6, 2)]
    """
    asked = choices or Choices()
    _check_choices(asked)
    if isinstance(before, int) and isinstance(after, int):
        _check_sizes(before, after)
        find = transposed_for if asked.transposed else windows_for
        made = find(before, after, asked.kernels, asked.strides, asked.dilations)
        form: dict[str, int] = {}
    else:
        form = _form(before, after, transposed=asked.transposed)
        made = _for_all(form, asked)
    wanted = [w for w in made if (asked.paddings is None or w.before in asked.paddings) and not _repeats(w, asked)]
    near = [w for w in wanted if asked.paddings is not None or not _only_padding(w)]
    kept = {*near}
    order = sorted(near, key=_usual)
    return Windows(
        before, after, asked, tuple(order), tuple(w for w in wanted if w not in kept), MappingProxyType(form)
    )


def suggestion(found: Windows) -> str:
    """Return what else to choose from where nothing was found, checked to work; "" if nothing near does.

    Examples
    --------
    >>> suggestion(windows_between(224, 7))
    '-s 32'
    """
    asked = found.choices
    for words, more in _ways_out(found):
        kept = {"kernels": asked.kernels, "strides": asked.strides, "dilations": asked.dilations}
        wanted = Choices(**{**kept, **more})
        if max(*wanted.kernels, *wanted.strides) > _LARGEST or _too_many(wanted):
            continue
        if windows_between(found.before, found.after, wanted).found:
            return words
    return ""


def _ways_out(found: Windows) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield choices that may do it, with the options that ask for them, the nearest to what was asked first."""
    asked = found.choices
    keep = {"transposed": asked.transposed}
    if asked.paddings is not None:
        yield "another padding", keep
    if "m" in found.form:
        yield f"-s {found.form['m']}", {**keep, "strides": (found.form["m"],)}
        yield f"-s {found.form['m']} -k 1..11", {**keep, "strides": (found.form["m"],), "kernels": range(1, 12)}
    if isinstance(found.before, int) and isinstance(found.after, int):
        small, large = sorted((found.before, found.after))
        larger = found.after > found.before
        yield "--transposed" if larger else "without --transposed", {"transposed": larger}
        for s in (large // small, -(-large // small), (large - 1) // max(small - 1, 1)):
            yield f"-s {s}", {**keep, "strides": (s,)}
            if larger != asked.transposed:
                words = f"--transposed -s {s}" if larger else f"-s {s} without --transposed"
                yield words, {"transposed": larger, "strides": (s,)}
        k = large - small + 1
        yield f"-k {k} -s 1", {**keep, "strides": (1,), "kernels": (k,)}
    else:
        yield "without --transposed" if asked.transposed else "--transposed", {"transposed": not asked.transposed}


def _for_all(form: Mapping[str, int], asked: Choices) -> list[Window]:
    if not form or form["m"] not in asked.strides:
        return []
    if asked.transposed:
        return transposed_for_all(form["m"], form["c"], asked.kernels, asked.dilations)
    return windows_for_all(form["m"], form["a"], form["b"], asked.kernels, asked.dilations)


def _form(before: Size, after: Size, *, transposed: bool) -> dict[str, int]:
    """Return m, a, b of ``floor((d + a)/m) + b``, or m, c of ``m*d + c``; nothing if the size is no such formula."""
    names = symbols(before)
    if len(names) != 1 or before != dim(next(iter(names))):
        raise UsageError(
            f"from {text(before)} to {text(after)}: which sizes are meant?",
            rule="both sizes are numbers, or the first is a symbol and the second a formula in it",
            fix=f"from {text(before)} to a number" if isinstance(before, int) else 'from H to "ceil(H/2)"',
        )
    (name,) = names
    if not symbols(after) <= names:
        raise UsageError(
            f"{text(after)} has other symbols than {name}",
            rule="the size after is a formula in the size before",
            fix=f'from {name} to "ceil({name}/2)"',
        )
    if transposed:
        return _line(after, name)
    found = floor_form(after, name)
    return {} if found is None else dict(zip("mab", found, strict=True))


def _line(size: Size, name: str) -> dict[str, int]:
    if not isinstance(size, Dim):
        return {}
    first, second = (subs(size, {name: x}) for x in (0, 1))
    if not isinstance(first, int) or not isinstance(second, int) or second <= first:
        return {}
    slope = second - first
    return {"m": slope, "c": first} if size == slope * dim(name) + first else {}


def _only_padding(w: Window) -> bool:
    """Tell whether the first position lies in the padding, or a transposed window would crop all of its own reach."""
    extent, before = effective_kernel(w), w.before
    assert isinstance(extent, int)
    assert isinstance(before, int)
    return before >= extent


def _repeats(w: Window, asked: Choices) -> bool:
    """Tell whether it is a window that is there already: one of a single tap is the same at any dilation.

    Where it is transposed, a larger dilation may allow an output padding that a smaller one does not.
    """
    smaller = (each for each in asked.dilations if each < w.dilation)
    return w.kernel == 1 and any(not asked.transposed or w.output_padding < max(w.stride, each) for each in smaller)


def _usual(w: Window) -> tuple[object, ...]:
    """Order windows: small strides first, plain ones first, then by kernel."""
    return w.stride, w.dilation, w.output_padding, w.kernel, w.before


def _check_sizes(before: int, after: int) -> None:
    if before < 1 or after < 1:
        raise UsageError(
            f"from {before} to {after}: a size is at least 1",
            got=(before, after),
            rule="sizes are whole numbers of at least 1",
            fix="from 224 to 112",
        )


def _check_choices(asked: Choices) -> None:
    for name, values in (("kernel", asked.kernels), ("stride", asked.strides), ("dilation", asked.dilations)):
        if not values or min(values) < 1:
            raise UsageError(
                f"a {name} of {min(values, default='nothing')}",
                got=list(values)[:3],
                rule=f"a {name} is a whole number of at least 1",
                fix=f"{name} 3",
            )
    if _too_many(asked):
        raise UsageError(
            "there are too many windows to choose from",
            rule=f"kernels, strides, dilations and the paddings of each come to at most {_MOST}",
            fix="kernels 1..11, strides 1..4",
        )


def _too_many(asked: Choices) -> bool:
    return len(asked.kernels) * len(asked.dilations) * sum(_ways(s, asked) for s in asked.strides) > _MOST


def _ways(stride: int, asked: Choices) -> int:
    return max(stride, *asked.dilations) if asked.transposed else stride // 2 + 1
