"""Arrays for the inputs of a network: the sizes that they have, whether they fit, and random ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnshape.errors import UsageError
from cnnshape.layers.arrays import Array
from cnnshape.layers.base import axis_name, shape_text
from cnnshape.symbolic import Dim, dim, evaluate, inputs_for, subs, symbols, text

if TYPE_CHECKING:
    from cnnshape.graph.network import Network, Node
    from cnnshape.runtime.plan import Plan

__all__ = ["converted", "named", "random_inputs", "sizes_of_arrays"]


_FAR = 4096
"""How far a size may be from one that the formula of its axis gives, to be named."""


def named(network: Network, x: Any) -> dict[str, Array]:
    """Return what is given for the inputs as arrays by name; one array alone is the only input.

    Raises
    ------
    UsageError
        CS502, one array for several inputs, or what is no array of numbers.
    """
    names = [node.name for node in network.inputs]
    if not isinstance(x, Mapping):
        if len(names) != 1:
            raise _unfit(
                "one array for several inputs",
                f"the inputs are {', '.join(names)}",
                f"give {{{', '.join(f'{name!r}: ...' for name in names)}}}",
            )
        x = {names[0]: x}
    return {str(name): _array(str(name), values) for name, values in x.items()}


def _array(name: str, values: Any) -> Array:
    try:
        found: Array = np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:  # PyTorch's, of a tensor that is being trained
        fix = "numpy.asarray(x); of a PyTorch tensor x.detach().cpu()"
        raise _unfit(f"{name} is no array: {error}", "an input is an array of numbers", fix) from None
    if found.dtype.kind not in "biuf":
        raise _unfit(f"{name}: {found.dtype} is given", "an input is an array of real numbers", "x.astype('float32')")
    return found


def sizes_of_arrays(network: Network, arrays: Mapping[str, Array], known: Mapping[str, int]) -> dict[str, int]:
    """Return the sizes of a network's symbols as arrays show them.

    Parameters
    ----------
    network : Network
    arrays : input -> array, batch first
    known : symbol -> size that is asked for beside them

    Raises
    ------
    UsageError
        CS502, an array that is missing, or has other axes than its input; every one is told.

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("image", (3, "H", "W"))
    >>> net = Network("tiny", inputs=x, outputs=L.ReLU()(x))
    >>> sizes_of_arrays(net, {"image": np.ones((2, 3, 8, 6))}, {})
    {'N': 2, 'H': 8, 'W': 6}
    """
    nodes = {node.name: node for node in network.inputs}
    faults = [(f"{name}: no array is given", "") for name in nodes if name not in arrays]
    faults += [(f"{name!r} is no input", f"the inputs are {', '.join(nodes)}") for name in arrays if name not in nodes]
    found: dict[str, int] = {}
    origins: dict[str, str] = dict.fromkeys(known, "is asked for")
    given = [(nodes[name], array.shape) for name, array in arrays.items() if name in nodes]
    fitting = []
    for node, shape in given:
        if len(node.declared) == len(shape):
            fitting.append((node, shape))
        else:
            faults.append(_rank_fault(node, shape, network.batch))
    for node, shape in fitting:
        faults += _bind(node, shape, found, known, origins)
    for node, shape in fitting:
        faults += _check_formulas(node, shape, found)
    if faults:
        message, fix = faults[0]
        expected = [f"{node.name} is {shape_text(node.declared)}, batch first" for node in network.inputs]
        raise UsageError(
            message,
            code="CS502",
            given="\n".join([*(more for more, _ in faults[1:]), *(f"{n.name} {shape} is given" for n, shape in given)]),
            rule="\n".join(expected),
            fix=fix or next((words for _, words in faults if words), ""),
        )
    return {**known, **found}


def _bind(
    node: Node, shape: Sequence[int], found: dict[str, int], known: Mapping[str, int], origins: dict[str, str]
) -> list[tuple[str, str]]:
    """Enter the sizes of axes that are a symbol; return what contradicts."""
    faults = []
    for axis, (size, length) in enumerate(zip(node.declared, shape, strict=True)):
        where = f"{node.name}, axis {axis_name(len(shape), axis)}"
        if length < 1:
            faults.append((f"{where}: the array is empty", "a size is at least 1"))
        elif not isinstance(size, Dim):
            if size != length:
                faults.append((f"{where}: {length} is given, {size} is expected", _turned(node, shape)))
        elif size == dim(name := min(symbols(size), default="")):
            before = known.get(name, found.get(name, length))
            if before != length:
                words = f"{where}: {length} is given, {name} = {before} {origins[name]}"
                faults.append((words, f"leave out {name}" if name in known else ""))
            origins.setdefault(name, f"at {where}")
            found.setdefault(name, length)
    return faults


def _check_formulas(node: Node, shape: Sequence[int], found: dict[str, int]) -> list[tuple[str, str]]:
    """Enter the sizes that follow from axes that are formulas; return what contradicts."""
    faults = []
    for axis, (size, length) in enumerate(zip(node.declared, shape, strict=True)):
        rest = subs(size, found) if isinstance(size, Dim) else length
        where = f"{node.name}, axis {axis_name(len(shape), axis)}: {length} is given"
        if not isinstance(rest, Dim):
            if rest != length:
                faults.append((f"{where}, {text(size)} = {evaluate(rest, {})} is expected", ""))
        elif len(free := symbols(rest)) == 1:
            (name,) = free
            sizes = inputs_for(rest, length, name)
            if (least := sizes.minimum()) is not None:
                found[name] = least
                continue
            near = [n for n in _outward(length) if inputs_for(rest, n, name)][:2]
            fix = f"nearest valid sizes: {' and '.join(map(str, sorted(near)))}" if near else ""
            faults.append((f"{where}, {text(size)} is expected", fix))
    return faults


def _outward(length: int) -> list[int]:
    steps = range(1, min(_FAR, 2 * length + 64))
    return [n for step in steps for n in (length - step, length + step) if n > 0][: 2 * _FAR]


def _rank_fault(node: Node, shape: Sequence[int], batch: str) -> tuple[str, str]:
    wanted = node.declared
    first = bool(batch and wanted and wanted[0] == dim(batch))
    words = f"{node.name}: {len(shape)} axes are given, {len(wanted)} are expected"
    return words, "x[None] is a batch of one" if first and len(shape) == len(wanted) - 1 else ""


def _turned(node: Node, shape: Sequence[int]) -> str:
    """Return what to do with an array whose channels are last."""
    wanted = node.declared
    if len(shape) < 3 or shape[-1] != wanted[1] or shape[1] == wanted[1]:
        return ""
    order = (0, len(shape) - 1, *range(1, len(shape) - 1))
    return f"channels come before space: x.transpose{order}"


def converted(plan: Plan, arrays: Mapping[str, Array]) -> tuple[dict[str, Array], list[str]]:
    """Return arrays in the types of a plan, and lines on what was changed.

    Raises
    ------
    UsageError
        CS502, numbers that the type of an input does not hold: fractions for indices, say.
    """
    out, notes = {}, []
    for name, array in arrays.items():
        dtype = plan.places[name].dtype
        if array.dtype == dtype:
            out[name] = array
            continue
        if not dtype.startswith("float"):
            limits = np.iinfo(dtype) if dtype != "bool" else None
            low, high = (limits.min, limits.max) if limits else (0, 1)
            if array.dtype.kind == "f" or int(array.min()) < low or int(array.max()) > high:
                what = f"{array.dtype} from {array.min()} to {array.max()}"
                raise _unfit(
                    f"{name}: {what} is given, {dtype} is expected",
                    f"the input {name} takes {dtype}, {low} to {high}",
                    f"x.astype('{dtype}'), if that is what the numbers mean",
                )
        with np.errstate(over="ignore"):  # infinity is reported where it spoils an output
            out[name] = array.astype(dtype)
        notes.append(f"{name} converted from {array.dtype} to {dtype}")
    return out, notes


def random_inputs(plan: Plan, seed: int) -> dict[str, Array]:
    """Return normal random numbers for every input; for indices, those that the layers behind them take."""
    made = {}
    for node in plan.network.inputs:
        numbers = np.random.default_rng([seed, *node.name.encode()])
        place = plan.places[node.name]
        if place.dtype.startswith("float"):
            made[node.name] = numbers.standard_normal(place.shape).astype(place.dtype)
        else:
            layers = [step.layer for step in plan.steps if node.name in step.inputs]
            limits = [rows for layer in layers if isinstance(rows := getattr(layer, "num_embeddings", None), int)]
            made[node.name] = numbers.integers(0, min(limits, default=2), place.shape).astype(place.dtype)
    return made


def _unfit(message: str, rule: str, fix: str) -> UsageError:
    return UsageError(message, code="CS502", rule=rule, fix=fix)
