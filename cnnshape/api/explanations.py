"""`explain`: how the numbers of a report come about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnshape.analysis.derivation.data import Derivation
from cnnshape.api.figures import Figure
from cnnshape.api.reports import Report, report

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts

__all__ = ["Explanation", "explain"]

_NO_SIZES: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Explanation(Derivation):
    """How numbers of a network, a block or a layer come about; `str` of it is what a terminal shows.

    Made by `explain`. The fields are those of `analysis.derivation.data.Derivation`, and the facts that it is about.
    """

    facts: Facts | None = field(default=None, repr=False, compare=False)

    def figure(
        self, name: str, *, at: Sequence[int] = (), width: str | float | None = None, palette: str = "color"
    ) -> Figure:
        """Return a figure of the layer, or for "curve" also of all activations of the network.

        Parameters
        ----------
        name : "window", "values", "connections", "shift", "receptive-field" or "curve"
        at : a position of the output, (row, column) or (channel, row, column), counted from 0
        width : points, or a text such as "88mm"; None: as the figure needs, from 252 to 397
        palette : "color", or "print" for grays and hatches

        Raises
        ------
        UsageError
            CS001, no such figure, or none of this layer; CS005, a block or a network; CS013, no such position.
        """
        from cnnshape.render.figures.lesson import figure
        from cnnshape.render.figures.lesson.options import options_of

        assert self.facts is not None  # `explain` has put them in
        return Figure(figure(self.facts, self.layer, name, options_of(width=width, palette=palette, at=at)))

    def to(self, form: str = "text", *, width: int | None = None) -> str:
        """Return it as text.

        Parameters
        ----------
        form : "text", "markdown", "latex" or "json"
        width : characters of a line; None: 80
        """
        from cnnshape.render.explanation import explanation
        from cnnshape.render.options import Options

        return explanation(self, form, Options(width=width))

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, schema ``cnnshape.explanation/1``."""
        from cnnshape.render.explanation import explanation_data

        return explanation_data(self)

    def __str__(self) -> str:
        return self.to().rstrip("\n")


def explain(
    model: Any,
    layer: str = "",
    *,
    of: str | Sequence[str] = (),
    convention: str = "torchvision",
    dtype: str | Mapping[str, str] = "float32",
    assume: str = "",
    sizes: Mapping[str, int] = _NO_SIZES,
    **named: int,
) -> Explanation:
    """Return how the numbers of a layer, a block or a network come about: rules in letters, then with numbers put in.

    Parameters
    ----------
    model : Network, Report, or what `load` takes
    layer : name of a layer or a block; "" for the whole network
    of : some of size, params, macs, memory, receptive-field, inputs, as a list or one text with commas; empty: those
        that make sense
    convention, dtype, assume : as for `report`
    sizes, named : values of symbols; without any the network's default sizes, and formulas for the rest

    Raises
    ------
    UsageError
        CS005, no layer or block has this name; CS001, something that cannot be explained; CS004, an unknown symbol.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("image", (3, "H", "W"))
    >>> net = Network("tiny", inputs=x, outputs=L.Conv(64, kernel_size=7, stride=2, padding=3)(x))
    >>> print(explain(net, "conv1", of="params", H=224, W=224))
    tiny, conv1: Conv 7x7 /2
    input (N, 3, H, W): batch N, 3 channels, maps HxW; at H=224, W=224
    <BLANKLINE>
    parameters: 9,472
      rule        (N*N*C_in + 1)*C_out
      where       C_out channels out, C_in channels in, N kernel
      weight      64*3*7*7 = 9,408
      bias        64
      sum         9408 + 64 = 9,472
    """
    from cnnshape.analysis.derivation.explain import explain as derive

    found = model if isinstance(model, Report) else report(model, convention=convention, dtype=dtype, assume=assume)
    if sizes or named:
        found = found.at(sizes=sizes, **named)
    elif not isinstance(model, Report):
        found = found.at()
    made = derive(found.facts, layer, of, found.read_as)
    return Explanation(**{each.name: getattr(made, each.name) for each in fields(made)}, facts=found.facts)
