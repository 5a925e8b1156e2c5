"""`solve` within a budget: the largest value of an argument or a symbol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from cnnshape.analysis.inverse.amount import amount
from cnnshape.analysis.inverse.budget import Affordable, Counted, Limits, Span, Step, Terms
from cnnshape.errors import UsageError

if TYPE_CHECKING:
    from cnnshape.graph.network import Network

__all__ = ["Fit", "affordable", "asked_fit", "limits_of"]


def limits_of(given: Sequence[Any], words: Sequence[str]) -> Limits:
    """Return limits of parameters, MACs and memory, as whole numbers or as text such as ``5M`` and ``300MiB``.

    Parameters
    ----------
    given : the three; None: it is not limited
    words : what they are called

    Raises
    ------
    UsageError
        CS001, no amount.
    """
    params, macs, memory = (
        None if value is None else amount(value, word, bytes_=i == 2)
        for i, (value, word) in enumerate(zip(given, words, strict=True))
    )
    return Limits(params, macs, memory)


def affordable(model: Any, over: str, limits: Limits, terms: Terms, label: str = "") -> Affordable:
    """Return the largest value of an argument of a published network, or of a symbol of any network, within limits.

    Raises
    ------
    UsageError
        CS001, nothing is limited; CS004, a symbol or a size; CS009, an argument.
    """
    from cnnshape.analysis.inverse.afford import afford_size
    from cnnshape.api.models import is_zoo_name, load

    if not limits.given:
        raise UsageError(
            f"{over} is asked for, and nothing is limited",
            rule="the largest value is that within a budget",
            fix="max_params=5M, max_macs=600M or max_memory=300MiB (--max-params 5M)",
        )
    if isinstance(model, str) and is_zoo_name(model):
        from cnnshape.zoo.budget import afford

        return afford(model, over, limits, terms)
    network = load(model)
    names = tuple(part.strip() for part in over.split(","))
    if not label and isinstance(model, str) and "\n" not in model:
        label = model
    return afford_size(network, names, limits, terms, label)


def asked_fit(
    model: Any,
    over: str | None,
    limits: tuple[Any, Any, Any],
    other: Mapping[str, Any],
    sizes: Mapping[str, Any],
    *,
    convention: str,
    dtype: str,
) -> Fit:
    """Return what `solve` is asked for within a budget; `other` are its arguments that ask something else.

    Raises
    ------
    UsageError
        CS001, two questions, or a limit on nothing.
    """
    from cnnshape.api.models import load
    from cnnshape.api.reports import known_sizes

    if over is None:
        raise UsageError(
            "what may change to stay within the limit?",
            rule="`over` names an argument of a published network, or a symbol of any network",
            fix='over="width_mult"',
        )
    given = [name for name, value in other.items() if value]
    if given:
        raise UsageError(
            f"{given[0]} and over are two questions",
            rule="the largest value within a budget is asked for by itself, at sizes",
            fix=f"leave {given[0]} out",
        )
    known = known_sizes(load(model), sizes) if sizes else {}
    checked = limits_of(limits, ("max_params", "max_macs", "max_memory"))
    return Fit(affordable(model, over, checked, Terms(MappingProxyType(known), convention, dtype)))


class Fit:
    """The largest network within a budget.

    Made by `solve` with a limit. The attributes of `found`, which is plain data, can be read from it too.

    Parameters
    ----------
    found : Affordable
    """

    __slots__ = ("found",)

    found: Affordable

    def __init__(self, found: Affordable) -> None:
        object.__setattr__(self, "found", found)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Fit does not change: {name} cannot be set")

    def __reduce__(self) -> tuple[object, ...]:
        return Fit, (self.found,)

    def __bool__(self) -> bool:
        """Tell whether any network fits."""
        return self.best is not None

    @property
    def value(self) -> Fraction | int | None:
        """A value to use: of an interval the number with the fewest decimals; None: nothing fits."""
        return self.found.value

    @property
    def span(self) -> Span | None:
        """All values that make this network; None: nothing fits."""
        return None if self.best is None else self.best.span

    @property
    def network(self) -> Network | None:
        """The largest network that fits; None: none does."""
        return None if self.best is None else self.best.network

    @property
    def best(self) -> Step | None:
        """The largest network that fits, with its `span`, its `costs` (`params`, `macs`, `memory`); None: none does."""
        return self.found.best

    @property
    def above(self) -> Step | None:
        """The next larger network, which does not fit; None: there is none."""
        return self.found.above

    @property
    def smallest(self) -> Step:
        """The smallest network that there is."""
        return self.found.smallest

    @property
    def binding(self) -> tuple[str, ...]:
        """Which limits the next larger network exceeds: "params", "macs", "memory"."""
        return self.found.binding

    @property
    def formulas(self) -> Mapping[Counted, str]:
        """What is limited -> its formula, where there is one."""
        return self.found.formulas

    @property
    def notes(self) -> tuple[str, ...]:
        return self.found.notes

    def to(self, form: Literal["text", "json"] = "text", *, width: int | None = None) -> str:
        """Return the answer as text, or as JSON (schema ``cnnshape.budget/1``)."""
        from cnnshape.render.budget import budget_json, budget_text
        from cnnshape.render.options import Options

        if form == "json":
            return budget_json(self.found)
        if form != "text":
            raise UsageError(f"there is no format {form!r}", got=form, rule="it is text or json", fix="format text")
        return budget_text(self.found, Options(width=width))

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain data, schema ``cnnshape.budget/1``."""
        from cnnshape.render.budget import budget_data

        return budget_data(self.found)

    def __str__(self) -> str:
        return self.to().rstrip("\n")

    def __repr__(self) -> str:
        from cnnshape.render.budget import verdict

        return f"<Fit of {verdict(self.found)}>"
