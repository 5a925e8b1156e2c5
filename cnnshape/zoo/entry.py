"""One line of the zoo: a builder, what makes this network of its family, its paper, its published figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from inspect import Parameter, signature
from types import MappingProxyType
from typing import Any

from cnnshape.errors import UsageError
from cnnshape.graph.network import Network
from cnnshape.zoo.arguments import channels

__all__ = ["KEYWORDS", "Published", "ZooEntry"]


@dataclass(frozen=True, slots=True)
class Published:
    """What others say of a network, at its default sizes.

    Parameters
    ----------
    params : int, trainable parameters
    gmacs : multiply-adds of one input in 10^9, as precise as they are printed; "": nobody says
    source : who says it
    """

    params: int
    gmacs: str
    source: str


@dataclass(frozen=True, slots=True)
class ZooEntry:
    """A published network. Calling it builds it: ``zoo.resnet50(num_classes=10)``.

    Parameters
    ----------
    name : torchvision's name where it has the network
    build : "module:function" below `cnnshape.zoo.builders`; imported when the network is first built
    reference : the paper
    task : what it is for
    arguments : what makes this network of its family
    published : figures to compare with; None: there are none
    """

    name: str
    build: str
    reference: str
    task: str = "classification"
    arguments: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    published: Published | None = None

    def __call__(self, **arguments: Any) -> Network:
        """Return the network, with some arguments of its family changed.

        Raises
        ------
        UsageError
            CS009, an argument that the builder does not take, a variant that there is not, or a number of channels or
            classes that is none.
        """
        options = self.options
        for name, value in arguments.items():
            if name not in options:
                raise self._unknown(name, value)
        checked = {name: channels(name, arguments[name]) for name in _CHANNELS if name in arguments}
        network: Network = self.builder(self.name, **{**self.arguments, **arguments, **checked})
        return network

    @property
    def builder(self) -> Callable[..., Network]:
        """The function of the family."""
        module, _, function = self.build.partition(":")
        found: Callable[..., Network] = getattr(import_module(f"cnnshape.zoo.builders.{module}"), function)
        return found

    @property
    def options(self) -> dict[str, Any]:
        """The arguments that may be given, with the values that they have."""
        _, *rest = signature(self.builder).parameters.values()
        given = {each.name: each.default for each in rest if each.default is not Parameter.empty}
        return {**given, **self.arguments}

    def _unknown(self, name: str, value: Any) -> UsageError:
        options = self.options
        known = KEYWORDS.get(name) or next(iter(get_close_matches(name, options, 1)), "")
        shown = ", ".join(f"{each}={default!r}" for each, default in options.items())
        return UsageError(
            f"{self.name} takes no argument {name!r}",
            code="CS009",
            got=value,
            rule=f"it takes {shown}",
            fix=f"{self.name}({known}={value!r})"
            if known in options
            else f"leave it out, or one of {', '.join(options)}",
        )


_CHANNELS = ("num_classes", "in_channels")
"""Arguments that mean the same in every builder, and are checked before it runs."""

KEYWORDS = {
    **dict.fromkeys(("classes", "n_classes", "nclasses", "out_features"), "num_classes"),
    **dict.fromkeys(("in_chans", "channels", "input_channels", "n_channels", "in_ch"), "in_channels"),
    **dict.fromkeys(("width", "alpha", "width_multiplier", "multiplier"), "width_mult"),
    **dict.fromkeys(("aux_logits", "aux_head", "auxiliary"), "aux"),
}
"""Other libraries' words for the same arguments."""
