"""`solve` and `windows`: inverse questions, answered exactly."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from operator import index
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, overload

from cnnshape.api.models import load
from cnnshape.errors import UsageError
from cnnshape.graph.network import Network
from cnnshape.symbolic import IntegerSet, Size, Window, parse, parse_conditions

if TYPE_CHECKING:
    from cnnshape.analysis.fitting.solution import Relation
    from cnnshape.analysis.inverse.answer import Answer, Cause
    from cnnshape.api.budgets import Fit
    from cnnshape.errors import ArgumentError, ShapeError

__all__ = ["Solution", "solve", "windows"]

_NO_SIZES: Mapping[str, int] = MappingProxyType({})
_SEPARATOR = re.compile(r"[x,\u00d7]")


@overload
def solve(
    model: Any,
    *,
    over: str,
    max_params: int | str | None = None,
    max_macs: int | str | None = None,
    max_memory: int | str | None = None,
    convention: str = "torchvision",
    dtype: str = "float32",
    sizes: Mapping[str, int] = _NO_SIZES,
    **named: int,
) -> Fit: ...


@overload
def solve(
    model: Any,
    *,
    output: int | str | Sequence[int] | Mapping[str, int | str | Sequence[int]] | None = None,
    trained_at: int | str | Sequence[int] | Mapping[str, int] | None = None,
    keep_size: bool = False,
    assume: str = "",
    sizes: Mapping[str, int] = _NO_SIZES,
    **named: int,
) -> Solution: ...


def solve(  # type: ignore[misc]  # a symbol may have any name, these too
    model: Any,
    *,
    output: int | str | Sequence[int] | Mapping[str, int | str | Sequence[int]] | None = None,
    trained_at: int | str | Sequence[int] | Mapping[str, int] | None = None,
    keep_size: bool = False,
    assume: str = "",
    over: str | None = None,
    max_params: int | str | None = None,
    max_macs: int | str | None = None,
    max_memory: int | str | None = None,
    convention: str = "torchvision",
    dtype: str = "float32",
    sizes: Mapping[str, int] = _NO_SIZES,
    **named: int,
) -> Solution | Fit:
    """Return exactly which inputs a network takes, which of them do what is asked, or what fits a budget.

    Parameters
    ----------
    model : Network, or what `load` takes
    output : the size that the output shall have: ``(7, 7)``, ``7`` for all its axes of space, or {name: size} for
        outputs or layers by their names; for a classifier, whose output is no map, the last map before it
    trained_at : the input size that the weights were trained at: ``(32, 48)``, ``32``, or {symbol: size}; linear layers
        that read their input side from the map then take only maps with as many values
    keep_size : True for the inputs whose size the output keeps
    assume : what the sizes are known to fulfill, such as ``"H % 32 == 0, 224 <= H <= 1024"``
    over : an argument of a published network, such as ``"width_mult"``, or a symbol (``"H, W"``: two that are equal):
        its largest value within the limits is asked for, by itself; the result is a `Fit`
    max_params, max_macs, max_memory : the limits: parameters; multiply-adds and bytes (weights and the most activations
        alive at once) of one input; whole numbers, or text such as ``"3.5M"`` and ``"64MiB"``
    convention, dtype : how multiply-adds are counted, and what numbers are stored as, where they are limited
    sizes, named : symbol -> size, what is at hand: whether it fits, and the nearest sizes that do

    Raises
    ------
    UsageError
        CS001, an output that there is not or that has other axes, or a limit without `over`; CS004, a size or a symbol
        that the network does not have; CS009, an argument that there is not.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("image", (3, "H", "W"))
    >>> net = Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=7, stride=32, padding=3)(x))
    >>> solve(net, output=7).sets["H"]
    H in 193..224
    >>> solve(net, output=7, H=200, W=300).nearest
    ({'H': 200, 'W': 224},)
    >>> solve("mobilenet_v2", over="width_mult", max_params="3.5M")
    <Fit of mobilenet_v2: the largest width_mult that fits 3,500,000 parameters: any in [0.975, 0.9875)>
    """
    if over is not None or (max_params, max_macs, max_memory) != (None, None, None):
        from cnnshape.api.budgets import asked_fit

        other = {"output": output, "trained_at": trained_at, "keep_size": keep_size, "assume": assume}
        limits = (max_params, max_macs, max_memory)
        return asked_fit(model, over, limits, other, {**sizes, **named}, convention=convention, dtype=dtype)
    from cnnshape.analysis.inverse.answer import answer
    from cnnshape.analysis.inverse.questions import Question

    network = load(model)
    question = Question(
        outputs=_outputs(output),
        trained_at=_trained_at(network, trained_at),
        keep_size=keep_size,
        assumptions=parse_conditions(assume) if assume else (),
    )
    return Solution(answer(network, question)).at({**sizes, **named})


def windows(
    before: int | str | Size,
    after: int | str | Size,
    *,
    kernels: Sequence[int] = range(1, 12),
    strides: Sequence[int] = range(1, 5),
    dilations: Sequence[int] = (1,),
    transposed: bool = False,
) -> tuple[Window, ...]:
    """Return the windows with equal paddings that turn one size of an axis into another, at one size or at all.

    Windows whose padding is as large as the kernel are left out: their first position sees no input.

    Parameters
    ----------
    before, after : two sizes; or a symbol and a formula in it, such as ``"H"`` and ``"ceil(H/2)"``: all sizes
    kernels, strides, dilations : what to choose from
    transposed : True for transposed convolutions

    Returns
    -------
    tuple of Window, each with `kernel`, `stride`, `before` and `after` (the paddings), `dilation`, `output_padding`

    Raises
    ------
    UsageError
        CS001, sizes that cannot be asked for.

    Examples
    --------
    >>> [(w.kernel, w.before) for w in windows(224, 112, kernels=(2, 3, 7))]
    [(2, 0), (3, 1), (7, 3)]
    >>> [(w.kernel, w.before) for w in windows("H", "floor(H/2)", kernels=range(1, 6))]
    [(2, 0), (4, 1)]
    """
    from cnnshape.analysis.inverse.windows import Choices, windows_between

    first, second = (parse(size) if isinstance(size, str) else size for size in (before, after))
    asked = Choices(tuple(kernels), tuple(strides), tuple(dilations), transposed=transposed)
    return windows_between(first, second, asked).found


class Solution:
    """Which inputs fit.

    Made by `solve`. The attributes of `answer`, which is plain data, can be read from the solution itself.

    Parameters
    ----------
    answer : Answer, at the sizes of this solution
    """

    __slots__ = ("answer",)

    answer: Answer

    def __init__(self, answer: Answer) -> None:
        object.__setattr__(self, "answer", answer)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Solution does not change: {name} cannot be set")

    def __reduce__(self) -> tuple[object, ...]:
        return Solution, (self.answer,)

    def at(self, sizes: Mapping[str, int] = _NO_SIZES, **named: int) -> Solution:
        """Return the solution where these sizes are at hand; symbols without one stay free.

        Raises
        ------
        UsageError
            CS004, a symbol that the network does not have, or a size that is no whole number.
        """
        return Solution(self.answer.at(_checked(self.answer.network, {**sizes, **named})))

    def __contains__(self, sizes: Mapping[str, int]) -> bool:
        """Tell whether these sizes fit: ``{"H": 224, "W": 224} in solution``."""
        return self.at(sizes).valid is True

    @property
    def network(self) -> Network:
        return self.answer.network

    @property
    def sizes(self) -> Mapping[str, int]:
        """The sizes at hand."""
        return self.answer.sizes

    @property
    def sets(self) -> Mapping[str, IntegerSet]:
        """Symbol -> its values that work, for every symbol that is restricted; of several boxes the first one's."""
        return self.answer.sets

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The conditions that couple several symbols, with all their boxes."""
        return self.answer.relations

    @property
    def because(self) -> Mapping[str, tuple[Cause, ...]]:
        """Symbol -> the layers that restrict it, none of which the others imply: `layer`, `asks`, `alone`."""
        return self.answer.because

    @property
    def valid(self) -> bool | None:
        """Whether the sizes at hand fit, or without any whether some size does; None if that is undecided."""
        return self.answer.valid

    @property
    def smallest(self) -> dict[str, int] | None:
        """The sizes with the fewest positions that fit; None if nothing fits, or it is not known."""
        found = self.answer.smallest
        return None if found is None else {**found}

    @property
    def nearest(self) -> tuple[Mapping[str, int], ...]:
        """The nearest sizes that fit; empty if those at hand do."""
        return self.answer.nearest

    @property
    def square(self) -> Solution | None:
        """The solution for square maps, where a relation couples height and width; else None."""
        found = self.answer.square
        return None if found is None else Solution(found[1])

    @property
    def errors(self) -> tuple[ShapeError | ArgumentError, ...]:
        """Why the sizes at hand do not fit, or why nothing does."""
        return self.answer.errors

    @property
    def notes(self) -> tuple[str, ...]:
        return self.answer.notes

    def to(self, form: Literal["text", "json"] = "text", *, width: int | None = None, every: bool = False) -> str:
        """Return the solution as text.

        Parameters
        ----------
        form : "text" or "json" (schema ``cnnshape.solve/1``)
        width : characters of a line of text; None: 100
        every : True for all boxes and all layers in the text, not the first few
        """
        from cnnshape.render.options import Options
        from cnnshape.render.solution import solution_json, solution_text

        if form == "json":
            return solution_json(self.answer, self._read_as())
        if form != "text":
            raise UsageError(
                f"there is no format {form!r}", got=form, rule="a solution is text or json", fix="format text"
            )
        return solution_text(self.answer, Options(width=width, read_as=self._read_as()), every=every)

    def to_dict(self) -> dict[str, Any]:
        """Return the solution as plain data, schema ``cnnshape.solve/1``."""
        from cnnshape.render.solution import solution_data

        return solution_data(self.answer, self._read_as())

    def _read_as(self) -> str:
        from cnnshape.render.reading import read_as

        assumed = [str(each) for each in self.answer.question.assumptions]
        return read_as(self.network, self.sizes, {}, assumed)

    def __str__(self) -> str:
        return self.to().rstrip("\n")

    def __repr__(self) -> str:
        found = ", ".join(map(str, self.sets.values())) or "any size"
        words = {True: found, False: "nothing fits" if not self.sizes else "does not fit", None: "undecided"}[
            self.valid
        ]
        return f"<Solution of {self.network.name!r}: {words}>"


def _outputs(given: Any) -> dict[str, tuple[int, ...]]:
    if given is None:
        return {}
    rows = given if isinstance(given, Mapping) else {"": given}
    return {name: _numbers("output", size) for name, size in rows.items()}


def _trained_at(network: Network, given: Any) -> dict[str, int]:
    from cnnshape.analysis.inverse.questions import space_sizes

    if given is None:
        return {}
    if isinstance(given, Mapping):
        return _checked(network, given)
    return space_sizes(network, _numbers("trained_at", given))


def _numbers(what: str, given: Any) -> tuple[int, ...]:
    """Return sizes that are written as ``7``, ``(7, 7)`` or ``"7x7"``."""
    rows = _SEPARATOR.split(given) if isinstance(given, str) else given if isinstance(given, Sequence) else (given,)
    try:
        found = tuple(int(each) if isinstance(each, str) else index(each) for each in rows)
    except (TypeError, ValueError):
        found = ()
    if not found or min(found) < 1:
        raise UsageError(
            f"{what} {given!r} is no size",
            code="CS004",
            got=given,
            rule="a size is a whole number of at least 1, or several of them",
            fix=f"{what}=(7, 7)",
        )
    return found


def _checked(network: Network, given: Mapping[str, Any]) -> dict[str, int]:
    from cnnshape.api.reports import known_sizes

    return known_sizes(network, given)
