"""`report` and `check`, and the `Report` that answers questions about a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from operator import index
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnshape.api.models import load
from cnnshape.errors import UsageError
from cnnshape.graph.network import Network
from cnnshape.symbolic import IntegerSet, Size, parse_conditions, subs_all

if TYPE_CHECKING:
    from cnnshape.analysis.report import ErrorFacts, Facts, LayerFacts
    from cnnshape.render.html import Page

__all__ = ["Report", "check", "report"]

CONVENTIONAL = frozenset({"N", "T", "H", "W", "L"})
"""Symbols that may be given to any network; one that has no such size does not mind."""

_NO_SIZES: Mapping[str, int] = MappingProxyType({})


def report(
    model: Any,
    *,
    input: Any = None,  # noqa: A002  # as in `load`
    convention: str = "torchvision",
    dtype: str | Mapping[str, str] = "float32",
    assume: str = "",
    sizes: Mapping[str, int] = _NO_SIZES,
    **named: int,
) -> Report:
    """Return everything that is known about a network.

    Parameters
    ----------
    model : Network, or what `load` takes
    input : of an nn.Module, as for `load`
    convention : how MACs and FLOPs are counted: torchvision, fvcore, timm, thop, ptflops, keras
    dtype : what an element is stored as; one name, or {layer or block: name}
    assume : what the sizes are known to fulfill, such as ``"H % 32 == 0, 224 <= H <= 1024"``
    sizes, named : values of symbols, as for `Report.at`; without any, sizes stay formulas

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("image", (3, "H", "W"))
    >>> found = report(Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=3, stride=2)(x)))
    >>> found.outputs["conv1"], found.at(H=224, W=224).outputs["conv1"]
    ((N, 8, ceil(H/2) - 1, ceil(W/2) - 1), (N, 8, 111, 111))
    """
    from cnnshape.analysis.report import facts

    conditions = parse_conditions(assume) if assume else ()
    found = Report(facts(load(model, input=input), convention=convention, dtype=dtype, assume=conditions))
    return found.at(sizes=sizes, **named) if sizes or named else found


def check(
    model: Any,
    *,
    input: Any = None,  # noqa: A002  # as in `load`
    sizes: Mapping[str, int] = _NO_SIZES,
    **named: int,
) -> tuple[ErrorFacts, ...]:
    """Return what is wrong with a network, or with these sizes for it; nothing if it is in order."""
    return report(model, input=input, sizes={**sizes, **named}).errors


class Report:
    """What is known about a network: numbers where sizes are known, formulas where they are free.

    Made by `report`. The attributes of `facts`, which is plain data, can be read from the report itself.

    Parameters
    ----------
    facts : Facts, at the sizes of this report
    defaults : those of its sizes that nobody asked for: the network's own
    """

    def __init__(self, facts: Facts, defaults: Mapping[str, int] = _NO_SIZES) -> None:
        self.facts = facts
        self._defaults = defaults

    def __reduce__(self) -> tuple[object, ...]:
        return Report, (self.facts, {**self._defaults})

    def at(self, sizes: Mapping[str, int] = _NO_SIZES, **named: int) -> Report:
        """Return the report at some sizes: ``at(H=224, W=224)``; without any, at the network's default sizes.

        Parameters
        ----------
        sizes : symbol -> size, for names that are no Python words
        named : the same, as arguments; N is the leading free size of the inputs, whatever it is called

        Raises
        ------
        UsageError
            CS004, a symbol that the network does not have (N, T, H, W and L may always be given), or a size that is
            no whole number. A whole number never raises: what does not fit is in `errors`.
        """
        network = self._free.network
        asked = bool(sizes or named)
        known = known_sizes(network, {**sizes, **named} if asked else network.defaults)
        return Report(self._free.at(known), _NO_SIZES if asked else known)

    @property
    def _free(self) -> Facts:
        return self.facts.free or self.facts

    @property
    def network(self) -> Network:
        return self.facts.network

    @property
    def params(self) -> Size:
        return self.facts.params

    @property
    def macs(self) -> Size:
        return self.facts.macs

    @property
    def flops(self) -> Size:
        return self.facts.flops

    @property
    def totals(self) -> Any:
        return self.facts.totals

    @property
    def inputs(self) -> dict[str, tuple[Size, ...]]:
        """Shape of every input, batch first."""
        return {tensor.name: tensor.shape for tensor in self.facts.inputs}

    @property
    def outputs(self) -> dict[str, tuple[Size, ...]]:
        """Shape of every output, batch first."""
        return {tensor.name: tensor.shape for tensor in self.facts.outputs}

    @cached_property
    def tensors(self) -> Mapping[str, tuple[Size, ...]]:
        """Shape of every tensor by its name, batch first; a tensor behind a fault is absent.

        Of a network that was read from a model file also by the names that the file has.
        """
        layers = [tensor for layer in self.facts.layers for tensor in layer.outputs]
        shapes = {tensor.name: tensor.shape for tensor in (*self.facts.inputs, *layers)}
        origin = self.network.origin
        known = {name: tuple(subs_all(shape, self.facts.sizes)) for name, shape in origin.known.items()}
        named = {name: shapes[tensor] for name, tensor in origin.names.items() if tensor in shapes}
        return MappingProxyType({**known, **shapes, **named})

    @property
    def layers(self) -> tuple[LayerFacts, ...]:
        return self.facts.layers

    def layer(self, name: str) -> LayerFacts:
        """Return the facts of one layer.

        Raises
        ------
        UsageError
            CS005, no layer has this name.
        """
        if name not in self._by_name:
            raise UsageError(
                f"there is no layer {name!r}",
                code="CS005",
                got=name,
                rule="a layer is named as in the report's rows",
                fix=_near(name, list(self._by_name)),
            )
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, LayerFacts]:
        return {layer.name: layer for layer in self.facts.layers}

    @property
    def conditions(self) -> Mapping[str, IntegerSet]:
        """The sizes that fit, for every symbol that is restricted: ``250 in report.conditions["H"]``."""
        return self._free.sets

    @property
    def relations(self) -> Any:
        """Conditions that couple several symbols."""
        return self._free.relations

    @property
    def valid(self) -> bool | None:
        """True or False; None if it is undecided."""
        return self.facts.valid

    @property
    def errors(self) -> tuple[ErrorFacts, ...]:
        """Every fault that does not follow from another."""
        return self.facts.errors

    @property
    def notes(self) -> tuple[str, ...]:
        return self.facts.notes

    def to(self, form: str = "table", *, width: int | None = None, **options: Any) -> str:
        """Return the report as text.

        Parameters
        ----------
        form : "table", "tree", "markdown", "csv", "json", "latex" or "html"
        width : characters of a line; None: no limit
        options : the other fields of `cnnshape.render.options.Options`
        """
        from cnnshape.render import render
        from cnnshape.render.options import Options

        return render(self.facts, form, Options(width=width, read_as=self.read_as, **options))

    def interactive(self) -> Page:
        """Return the live page, which begins with the sizes of this report: shown in a notebook, or saved.

        Examples
        --------
        >>> from cnnshape import Input, Network, layers as L, report
        >>> x = Input("image", (3, "H", "W"))
        >>> report(Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=3)(x))).interactive()  # doctest: +ELLIPSIS
        <live page of 'tiny', ... KB>
        """
        from cnnshape.render.html import Page

        return Page(self.facts.model, self.to("html"))

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data, schema ``cnnshape.report/1``."""
        from cnnshape.render.json import report_data

        return report_data(self.facts, self.read_as)

    @property
    def read_as(self) -> str:
        """How the inputs were read, in one line."""
        from cnnshape.render.reading import read_as

        return read_as(self.network, self.facts.sizes, self._defaults, [str(each) for each in self.facts.assume])

    def __iter__(self) -> Iterator[LayerFacts]:
        return iter(self.facts.layers)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from cnnshape.render.notebook import report_bundle

        del include, exclude  # a notebook takes what it can show
        return report_bundle(self.facts, lambda: self.read_as, self.__repr__)

    def __str__(self) -> str:
        return self.to()

    def __repr__(self) -> str:
        what = f"{self.params} parameters, {self.macs} MACs"
        return f"<Report of {self.facts.model!r}: {what if self.valid is not False else 'not valid'}>"


def known_sizes(network: Network, sizes: Mapping[str, Any]) -> dict[str, int]:
    """Return the sizes of the network's own symbols; a conventional one that it does not have is left out.

    Raises
    ------
    UsageError
        CS004, another unknown symbol, or a size that is no whole number.
    """
    given = {**sizes}
    if "N" in given and "N" not in network.symbols and network.batch:
        given[network.batch] = given.pop("N")
    known = {}
    for name, size in given.items():
        if name in network.symbols:
            known[name] = _whole(name, size)
        elif name not in CONVENTIONAL:
            raise _no_symbol(name, network)
    return known


def _whole(name: str, size: Any) -> int:
    """Return a size as an int, whatever whole number it is."""
    try:
        return index(size)
    except TypeError:
        raise UsageError(
            f"{name} = {size!r} is no size",
            code="CS004",
            got=size,
            rule="a size is a whole number of at least 1",
            fix=f"{name}=224",
        ) from None


def _no_symbol(name: str, network: Network) -> UsageError:
    names = ", ".join(network.symbols) or "none"
    return UsageError(
        f"{name!r} is no size of {network.name}",
        code="CS004",
        got=name,
        rule=f"the network has the symbols {names}",
        fix=_near(name, list(network.symbols)),
    )


def _near(name: str, names: list[str]) -> str:
    from difflib import get_close_matches

    near = [each for each in names if each.lower() == name.lower()] or get_close_matches(name, names[:10_000], 1)
    return f"did you mean {near[0]}?" if near else f"one of {', '.join(names[:5])}" if names else "leave it out"
