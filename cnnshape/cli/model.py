"""A MODEL argument and the options beside it, as a report."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from cnnshape.analysis.report import Facts, facts
from cnnshape.api.models import load
from cnnshape.cli.code import named_code, read_code
from cnnshape.cli.sizes import sizes_of
from cnnshape.cli.terminal import note
from cnnshape.errors import FormulaError
from cnnshape.graph.network import Network
from cnnshape.render.reading import read_as
from cnnshape.symbolic import Assumption, parse_conditions

__all__ = ["Asked", "conditions", "evaluated", "read_model"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user wants to know of a model."""

    model: str
    inputs: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    symbolic: bool = False
    assume: tuple[str, ...] = ()
    convention: str = "torchvision"
    dtype: str = "float32"


def read_model(model: str, inputs: Sequence[str] = ()) -> Network:
    """Return the network that MODEL is; "-" is a design on standard input; a module of PyTorch has `inputs`."""
    if model != "-":
        if wanted := named_code(model):
            return read_code(wanted, inputs)
        return load(model)
    from cnnshape.formats.design.text import LARGEST
    from cnnshape.formats.design_file import load_design

    return load_design(sys.stdin.buffer.read(LARGEST + 1), "stdin")


def evaluated(asked: Asked) -> tuple[Facts, str]:
    """Return the facts at the sizes that were asked for, and one line on how the input was read."""
    network = read_model(asked.model, asked.inputs)
    assume = conditions(*asked.assume)
    sizes = sizes_of(network, asked.inputs, asked.settings, symbolic=asked.symbolic).where(assume)
    for words in sizes.notes:
        note(words)
    found = facts(network, convention=asked.convention, dtype=asked.dtype, assume=assume)
    if sizes.values:
        found = found.at(sizes.values)
    return found, read_as(network, sizes.values, sizes.defaults, [str(each) for each in assume])


def conditions(*texts: str) -> list[Assumption]:
    """Return what `--assume` says.

    Raises
    ------
    FormulaError
        CS301, text that is no condition.
    """
    try:
        return [each for words in texts if words.strip() for each in parse_conditions(words)]
    except FormulaError as error:
        raise error.at(place="--assume") from None
