"""Weights: seeded random numbers, each drawn as its layer asks, or those of a training, by PyTorch's names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from math import prod, sqrt
from typing import Any

import numpy as np

from cnnshape.errors import UsageError
from cnnshape.graph.network import Network
from cnnshape.graph.origin import Origin
from cnnshape.layers.arrays import Array
from cnnshape.layers.base import Weight
from cnnshape.layers.io import Parameter
from cnnshape.runtime.apart import apart
from cnnshape.runtime.lazy import LazyWeights
from cnnshape.runtime.plan import Plan
from cnnshape.runtime.store import Header, Store

__all__ = ["fitted", "held_in_memory", "initial", "matched", "own", "seeded"]

_PIECE = 1 << 16
"""Numbers that are drawn at once, in double precision."""


def initial(plan: Plan, seed: int = 0) -> dict[str, Array]:
    """Return weights for a plan as `seeded` draws them, all of them in memory."""
    return dict(seeded(plan, seed))


def seeded(plan: Plan, seed: int = 0) -> LazyWeights:
    """Return weights for a plan: name, as in PyTorch's state dict -> array, drawn at each look, the same for one seed.

    Parameters
    ----------
    plan : Plan
    seed : what the random numbers start from

    Notes
    -----
    With fan_in the values that one output is summed from, and fan_out those that one input goes to:

    =================  ====================================================================
    kaiming_uniform    between -b and b, b = sqrt(6/fan_in) [1]
    xavier_uniform     between -b and b, b = sqrt(6/(fan_in + fan_out)) [2]
    fan_in_uniform     between -b and b, b = 1/sqrt(fan_in), of the weight beside it
    normal             mean 0, deviation 1
    constant           one value
    =================  ====================================================================

    Every weight has random numbers of its own: adding a layer leaves those of the others as they are. A fixed tensor
    has normal random numbers, or zeros if it holds integers.

    References
    ----------
    [1] He, Zhang, Ren, Sun: Delving Deep into Rectifiers, ICCV 2015, arXiv:1502.01852
    [2] Glorot, Bengio: Understanding the Difficulty of Training Deep Feedforward Neural Networks, AISTATS 2010
    """
    return LazyWeights(_headers(plan), partial(_drawn, plan, seed))


def own(plan: Plan, origin: Origin, seed: int = 0) -> LazyWeights:
    """Return the weights that a network's file holds, read at each look; what it does not hold is drawn as `seeded`."""
    headers, drawn = _headers(plan), seeded(plan, seed)

    def read(name: str) -> Array:
        found = origin.weights.get(name)
        if found is None:
            return drawn[name]
        array: Array = found().astype(headers[name].dtype, copy=False)
        return array

    return LazyWeights(headers, read)


def held_in_memory(tensors: Mapping[str, Any]) -> Store:
    """Return arrays, or what NumPy makes arrays of, as a store.

    Raises
    ------
    UsageError
        CS503, a tensor that is no array of numbers.
    """
    arrays: dict[str, Array] = {}
    for name, values in tensors.items():
        try:
            arrays[str(name)] = np.asarray(values)
        except (TypeError, ValueError, RuntimeError) as error:  # PyTorch's, of a tensor that is not on the CPU
            raise UsageError(
                f"{name} is no array: {error}",
                code="CS503",
                rule="a weight is an array, or what numpy.asarray makes one of",
                fix="model.float().cpu().state_dict()",
            ) from None
    headers = {name: Header(values.shape, values.dtype.name) for name, values in arrays.items()}
    return Store("the weights", headers, arrays.__getitem__)


def fitted(plan: Plan, store: Store) -> tuple[LazyWeights, list[str]]:
    """Return the weights of a plan from those of a file, read at each look, and lines on what is done to them.

    Parameters
    ----------
    plan : Plan
    store : tensors by the names of PyTorch's state dict; `num_batches_tracked` is not needed, ``module.`` of
        DataParallel and ``_orig_mod.`` of torch.compile are understood

    Raises
    ------
    UsageError
        CS503, tensors that are missing, too many, or of another shape or type; all of them are listed.
    """
    return matched(plan.network, _headers(plan), store)


def matched(network: Network, wanted: Mapping[str, Header], store: Store) -> tuple[LazyWeights, list[str]]:
    """Return those tensors of a file that are wanted, as `fitted` does for those of a plan.

    Raises
    ------
    UsageError
        CS503, as `fitted`.
    """
    names = _plain_names(wanted, store)
    for node in network.nodes:  # PyTorch has no second name for a tensor that a module learns by itself
        if isinstance(node.layer, Parameter) and node.name in names and (name := f"{node.name}.weight") in wanted:
            names.setdefault(name, names.pop(node.name))
    faults = []
    for name, header in wanted.items():
        found = store.headers.get(names.get(name, ""))
        if found is None:
            faults.append(f"{name}: is missing, {header.shape} is expected")
        elif found.shape != header.shape:
            faults.append(f"{name}: {found.shape} is given, {header.shape} is expected")
        elif not _converts(found.dtype, header.dtype):
            faults.append(f"{name}: {found.dtype} is given, {header.dtype} is expected")
    spare = _spare(network)
    unknown = [name for name in names if name not in wanted and not name.startswith(spare)]
    faults += [f"{name}: {store.headers[names[name]].shape} is given, the network has none" for name in unknown]
    if faults:
        raise _other_network(network, store, faults, len(wanted))
    types = [(store.headers[names[name]].dtype, header.dtype) for name, header in wanted.items()]
    changed = Counter((old, new) for old, new in types if old != new)
    notes = [f"{n} weight{'s' * (n > 1)} converted from {old} to {new}" for (old, new), n in changed.items()]

    def read(name: str) -> Array:
        # A value beyond the range of a smaller type becomes infinite, and is reported where it spoils an output.
        with np.errstate(over="ignore"):
            return store.read(names[name]).astype(wanted[name].dtype, copy=False)

    return LazyWeights(wanted, read), notes


def _headers(plan: Plan) -> dict[str, Header]:
    """Return sizes and types of all weights and fixed tensors, the fixed tensors first."""
    fixed = {name: Header(plan.places[name].shape, plan.places[name].dtype) for name in plan.constants}
    return fixed | {name: Header(plan.shape_of(name), plan.dtype) for name in plan.weights}


_WRAPPERS = ("module.", "_orig_mod.")
_MOST_FAULTS = 20


def _plain_names(wanted: Mapping[str, Header], store: Store) -> dict[str, str]:
    """Return the name that a tensor has in the network -> its name in the store."""
    names = {name: name for name in store.headers if name.rpartition(".")[2] != "num_batches_tracked"}
    for _ in range(2):  # torch.compile of a DataParallel
        for wrapper in _WRAPPERS:
            if names and all(name.startswith(wrapper) for name in names) and wanted.keys().isdisjoint(names):
                names = {name.removeprefix(wrapper): full for name, full in names.items()}
    return names


def _spare(network: Network) -> tuple[str, ...]:
    """Return how the names of weights start that are not needed: second names, and heads that no output needs."""
    return tuple(f"{node.name}." for i, node in enumerate(network.nodes) if node.weights_of or i in network.held)


def _converts(found: str, wanted: str) -> bool:
    """Say whether a type stands for the same numbers, up to rounding."""
    floats = ("float", "bfloat")
    if wanted.startswith("float"):
        return found.startswith(floats)
    return found == wanted or (found.startswith(("int", "uint")) and np.can_cast(found, wanted))


def _other_network(network: Network, store: Store, faults: list[str], count: int) -> UsageError:
    many = len(faults) > 1
    shown = faults[:_MOST_FAULTS]
    more = [f"{len(faults) - len(shown)} more"] if len(faults) > len(shown) else []
    wrong = len([fault for fault in faults if not fault.endswith("has none")])
    guess = "these are the weights of another network; name the network that they belong to"
    return UsageError(
        f"{len(faults)} tensors do not fit: {faults[0]}" if many else f"a tensor does not fit: {faults[0]}",
        code="CS503",
        place=store.name,
        given="\n".join([*shown[1:], *more]),
        rule=f"each of the {count} tensors of {network.name} is given, in its shape, and no other",
        fix=guess if 2 * wrong > count else "give the network the arguments that it was trained with",
    )


def _fan_in(plan: Plan, name: str) -> int:
    """Return the fan of a weight; one that is no matrix, such as a bias, has that of the matrix beside it."""
    layer = name.rpartition(".")[0]
    for known in (name, f"{layer}.weight"):
        if known in plan.weights and len(shape := plan.shape_of(known)) > 1:
            return max(prod(shape[1:]), 1)
    return max(prod(plan.shape_of(name)), 1)


def _drawn(plan: Plan, seed: int, name: str) -> Array:
    """Return the random numbers of a weight or a fixed tensor."""
    numbers = np.random.default_rng([seed, *name.encode()])
    if name in plan.constants:
        place = plan.places[name]
        if not plan.constants[name].dtype.startswith("f"):
            return np.zeros(place.shape, place.dtype)
        return _filled(place.shape, place.dtype, numbers.standard_normal)
    shape = plan.shape_of(name)
    weight = plan.weights[name]
    if weight.init == "constant":
        return np.full(shape, weight.value, plan.dtype)
    if weight.init == "normal":
        return _filled(shape, plan.dtype, numbers.standard_normal)
    bound = _bound(weight, shape, _fan_in(plan, name))
    return _filled(shape, plan.dtype, lambda count: numbers.uniform(-bound, bound, count))


def _filled(shape: tuple[int, ...], dtype: str, draw: Callable[[int], Array]) -> Array:
    """Return an array of random numbers, without all of them in double precision beside it."""
    made = apart(shape, dtype)
    flat = made.reshape(-1)
    for first in range(0, flat.size, _PIECE):
        part = flat[first : first + _PIECE]
        part[...] = draw(part.size)
    return made


def _bound(weight: Weight, shape: tuple[int, ...], fan_in: int) -> float:
    """Return the largest number that a weight may have."""
    fan_out = shape[0] * prod(shape[2:]) if len(shape) > 1 else prod(shape)
    bounds: Mapping[str, float] = {
        "kaiming_uniform": sqrt(6 / fan_in),
        "xavier_uniform": sqrt(6 / (fan_in + fan_out)),
        "fan_in_uniform": 1 / sqrt(fan_in),
    }
    return bounds[weight.init]
