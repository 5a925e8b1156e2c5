"""`run`: a network on arrays."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from os import PathLike, fspath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnshape.api.models import load
from cnnshape.api.reports import known_sizes
from cnnshape.errors import ArgumentError, ShapeError, UsageError

if TYPE_CHECKING:
    from cnnshape.graph.network import Network
    from cnnshape.layers.arrays import Array
    from cnnshape.runtime.plan import Plan

__all__ = ["DTYPES", "Ready", "planned", "ready", "run", "weights_words"]

DTYPES = ("float64", "float32", "float16")
"""What floating-point numbers may be computed as."""

_NO_SIZES: Mapping[str, int] = MappingProxyType({})


def run(
    model: Any,
    x: Any,
    *,
    weights: Any = None,
    seed: int = 0,
    dtype: str = "float32",
    threads: int | None = None,
    strict: bool = False,
    sizes: Mapping[str, int] = _NO_SIZES,
    **named: int,
) -> Any:
    """Return what a network gives for an input.

    Parameters
    ----------
    model : Network, or what `load` takes; an nn.Module of PyTorch is read at the sizes of x, and has its own weights
    x : array, batch first, or {input: array} for several inputs; the sizes of the network are read off it. A tensor of
        PyTorch is an array too.
    weights : a file (``.npz``, ``.safetensors``), or {name: array} such as a PyTorch state dict; None: random ones,
        which is said on standard error
    seed : what random weights start from
    dtype : "float64", "float32" or "float16": what is computed with; inputs and weights are converted
    threads : how many work on a layer; None: as many as NumPy's matrix products have
    strict : True: round as little as can be: no Winograd convolutions, which are faster and round up to ten times as
        much
    sizes, named : sizes of symbols that the inputs do not show

    Returns
    -------
    array, or {output: array} if the network has several outputs

    Raises
    ------
    UsageError
        CS502, an array that is no input of the network; CS503, weights of another network; CS504, more memory than the
        machine has.
    ShapeError
        CS2xx, sizes that do not fit the network, with the nearest that do; CS501, a layer that cannot be computed.

    Notes
    -----
    An output that holds a nan or an infinity is told on standard error, with the first layer where it appears.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnshape import Input, Network, layers as L
    >>> x = Input("line", (1, "L"))
    >>> net = Network("difference", inputs=x, outputs=L.Conv(1, kernel_size=2, bias=False)(x))
    >>> run(net, np.array([[[1, 4, 9, 16]]]), weights={"conv1.weight": np.array([[[-1.0, 1.0]]])}).tolist()
    [[[3.0, 5.0, 7.0]]]
    """
    from cnnshape.runtime.program import bind
    from cnnshape.runtime.watch import first_spoiled

    network, x = _fed(model, x)
    sizes = {**sizes, **named}
    found = ready(network, x, weights=weights, seed=seed, dtype=dtype, threads=threads, strict=strict, sizes=sizes)
    if weights is None and (words := weights_words(network, seed)):
        _say(words)
    for words in found.weight_notes:
        _say(f"note: {words}")
    outputs = bind(found.plan, found.weights).run(found.inputs)
    spoiled = first_spoiled(found.plan, found.inputs, found.weights, outputs)
    if spoiled:
        _say(f"warning: {spoiled.text}")
    return next(iter(outputs.values())) if len(outputs) == 1 else outputs


def _fed(model: Any, x: Any) -> tuple[Network, Any]:
    """Return the network, and the input as arrays: a module of PyTorch gets its sizes from them."""
    import numpy as np

    from cnnshape.formats.torch.reader import is_module, read_for

    def plain(value: Any) -> Any:
        return value.detach().cpu().numpy() if hasattr(value, "detach") else value

    x = {name: plain(each) for name, each in x.items()} if isinstance(x, Mapping) else plain(x)
    if not is_module(model):
        return load(model), x
    if not isinstance(x, Mapping) and isinstance(x, (tuple, list)) and any(hasattr(each, "shape") for each in x):
        given: Any = [np.asarray(plain(each)) for each in x]
    else:
        given = {n: np.asarray(each) for n, each in x.items()} if isinstance(x, Mapping) else np.asarray(x)
    network = read_for(model, given).network
    return network, dict(zip((node.name for node in network.inputs), given, strict=True)) if isinstance(
        given, list
    ) else given


def weights_words(network: Network, seed: int) -> str:
    """Return what is said of weights that nobody trained; "" if the network has its own."""
    lacking, held = len(network.origin.absent), len(network.origin.weights)
    if held and not lacking:
        return ""
    some = f"{lacking} of {lacking + held} " if held else ""
    return f"{some}weights are random (seed {seed}): these outputs mean nothing"


@dataclass(frozen=True, eq=False)
class Ready:
    """A network, its inputs and its weights, all of them checked.

    Parameters
    ----------
    plan : Plan
    sizes : symbol -> size
    inputs : name -> array
    weights : name -> array, made or read when it is asked for
    notes, weight_notes : lines on what was converted among inputs and weights
    """

    plan: Plan
    sizes: Mapping[str, int]
    inputs: Mapping[str, Array]
    weights: Mapping[str, Array]
    notes: tuple[str, ...]
    weight_notes: tuple[str, ...]


def ready(
    network: Network,
    x: Any = None,
    *,
    noise: int = 0,
    weights: Any = None,
    seed: int = 0,
    dtype: str = "float32",
    threads: int | None = None,
    strict: bool = False,
    keep: Collection[str] = (),
    sizes: Mapping[str, int] = _NO_SIZES,
) -> Ready:
    """Return what runs, once everything fits.

    Parameters
    ----------
    network : Network
    x : as for `run`; None: random inputs at `sizes`, of one image if they do not say how many
    noise : what random inputs start from
    weights, seed : as for `run`
    dtype, threads, strict, keep, sizes : as for `planned`

    Raises
    ------
    UsageError, ShapeError
        As `run`.
    """
    from cnnshape.runtime import feed, room

    _check_seeds(seed, noise)
    found, known, arrays = planned(network, x, dtype=dtype, threads=threads, strict=strict, keep=keep, sizes=sizes)
    room.check_room(found, network, known, keep=keep)
    inputs, notes = feed.converted(found, arrays) if x is not None else (feed.random_inputs(found, noise), [])
    values, more = _weights(found, network, weights, seed)
    return Ready(found, known, inputs, values, tuple(notes), tuple(more))


def planned(
    network: Network,
    x: Any = None,
    *,
    dtype: str = "float32",
    threads: int | None = None,
    strict: bool = False,
    keep: Collection[str] = (),
    sizes: Mapping[str, int] = _NO_SIZES,
) -> tuple[Plan, dict[str, int], Any]:
    """Return how a network is run, the sizes of its symbols, and its inputs by name; no memory is taken.

    Parameters
    ----------
    network : Network
    x, dtype, threads, strict : as for `run`; None: inputs at `sizes`
    keep : names of layers whose outputs are made, even if they could run together with the next
    sizes : symbol -> size

    Raises
    ------
    UsageError, ShapeError
        As `run`.
    """
    from cnnshape.runtime import feed
    from cnnshape.runtime.plan import plan
    from cnnshape.runtime.steps import refuse_unknown

    refuse_unknown(network)
    dtype = _computed_with(dtype)
    threads = _threads(threads)
    known = known_sizes(network, sizes)
    if x is None:
        known = {**network.defaults, **({network.batch: 1} if network.batch else {}), **known}
    else:
        x = feed.named(network, x)
        known = feed.sizes_of_arrays(network, x, known)
    known = _complete(network, known)
    try:
        found = plan(network, known, dtype, strict=bool(strict), threads=threads, keep=keep)
    except (ShapeError, ArgumentError) as error:
        raise _with_nearest(network, known, error) from None
    return found, known, x


def _computed_with(dtype: Any) -> str:
    """Return the name of a type, which may be given as NumPy's."""
    import numpy as np

    try:
        name = str(np.dtype(dtype).name)
    except TypeError:
        name = ""
    if name not in DTYPES:
        raise UsageError(
            f"{dtype!r} is not computed with", got=dtype, rule=f"one of {', '.join(DTYPES)}", fix="dtype='float32'"
        )
    return name


def _threads(asked: Any) -> int:
    """Return how many threads work on a layer."""
    from cnnshape.runtime.crew import cores, default_threads

    if asked is None:
        return default_threads()
    most = cores()
    if not isinstance(asked, int) or isinstance(asked, bool) or asked < 1:
        said, got = f"{asked!r} is no number of threads", asked
    elif asked > most:
        said, got = f"{asked} threads are asked for, this process may use {most} of the machine's processors", asked
    else:
        return asked
    rule = "each thread has a processor of its own"
    raise UsageError(said, got=got, rule=rule, fix=f"1 to {most} threads" if most > 1 else "1 thread")


def _check_seeds(*seeds: Any) -> None:
    for seed in seeds:
        if not isinstance(seed, int) or seed < 0:
            raise UsageError(f"{seed!r} is no seed", got=seed, rule="a seed is a whole number, 0 or more", fix="seed=0")


def _complete(network: Network, sizes: Mapping[str, int]) -> dict[str, int]:
    """Return the sizes of all symbols: those that no input shows are the network's own."""
    found = {**{name: size for name, size in network.defaults.items() if name not in sizes}, **sizes}
    free = [name for name in network.symbols if name not in found]
    if free:
        raise UsageError(
            f"{', '.join(free)} {'is' if len(free) == 1 else 'are'} free",
            code="CS004",
            got=free,
            rule="a network runs at sizes that are all known",
            fix=f"say {', '.join(f'{name}=64' for name in free)}",
        )
    return found


def _with_nearest(
    network: Network, sizes: Mapping[str, int], error: ShapeError | ArgumentError
) -> ShapeError | ArgumentError:
    """Return the error of sizes that do not fit in the words of a report, which knows the nearest that do."""
    from cnnshape.analysis.report import facts

    return next(iter(facts(network).validity.errors_at(sizes)), error)


def _weights(found: Plan, network: Network, weights: Any, seed: int) -> tuple[Mapping[str, Array], list[str]]:
    from cnnshape.runtime.store import open_store
    from cnnshape.runtime.weights import fitted, held_in_memory, own, seeded

    if weights is None:
        return (own(found, network.origin, seed) if network.origin.weights else seeded(found, seed)), []
    if isinstance(weights, (str, PathLike)):
        return fitted(found, open_store(fspath(weights)))
    if isinstance(weights, Mapping):
        return fitted(found, held_in_memory(weights))
    raise UsageError(
        f"weights are no {type(weights).__name__}",
        code="CS503",
        rule="weights are a file (.npz, .safetensors) or {name: array}",
        fix="weights='weights.npz', or weights=model.state_dict()",
    )


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
