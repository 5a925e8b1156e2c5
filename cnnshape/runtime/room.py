"""Whether there is memory for a run, before any is taken."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from math import prod
from pathlib import Path

from cnnshape.errors import CnnshapeError, UsageError
from cnnshape.graph.network import Network
from cnnshape.runtime.plan import ITEM_BYTES, Plan, plan

__all__ = ["check_bytes", "check_room", "free_memory", "has_room", "needed_bytes"]

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def free_memory() -> int | None:
    """Return how many bytes a program may take now without the machine swapping; None where nothing says so."""
    found = [amount for amount in (_available(), _of_group()) if amount is not None]
    return min(found, default=None)


def _available() -> int | None:
    try:
        for line in _MEMINFO.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _of_group() -> int | None:
    """Return what a container may still take."""
    try:
        limit = int((_CGROUP / "memory.max").read_text(encoding="ascii"))
        return max(limit - int((_CGROUP / "memory.current").read_text(encoding="ascii")), 0)
    except (OSError, ValueError):  # no container, or one without a limit: "max"
        return None


def needed_bytes(ready: Plan) -> int:
    """Return the most that a run takes: while weights are packed, or later with the arena.

    Inputs and outputs are there twice: in the arena, and as they are given and returned.
    """
    network = ready.network
    ends = [*(node.name for node in network.inputs), *network.outputs.values(), *ready.constants]
    running = ready.arena_bytes + ready.weight_bytes
    return max(running, _packing_bytes(ready)) + sum(ready.places[name].bytes for name in ends)


def _packing_bytes(ready: Plan) -> int:
    """Return the most that weights take while they are brought, one after the other, into the form that is kept."""
    item = ITEM_BYTES[ready.dtype]
    seen = {f"{node.name}.weight" for node in ready.network.nodes if not node.inputs} & ready.weights.keys()
    most = kept = item * sum(prod(ready.shape_of(name)) for name in seen)
    packed_before: set[object] = set()
    for step in ready.steps:
        if step.same in packed_before:
            continue
        packed_before.add(step.same)
        given = {name: item * prod(ready.shape_of(name)) for name in step.weights.values() if name not in seen}
        if step.algorithm is None:
            seen.update(given)
            kept += sum(given.values())
            continue
        packed = item * sum(map(prod, step.packed.values()))
        folded = any(name.startswith(("norm.", "before.")) for name in step.weights)
        as_given = not folded and all(
            ready.shape_of(step.weights[name]) == shape for name, shape in step.packed.items() if name in step.weights
        )
        copies = 0 if as_given else 1 + folded
        most = max(most, kept + packed + copies * sum(given.values()))
        kept += packed
    return max(most, kept)


def has_room(ready: Plan, free: int | None = None) -> bool:
    """Say whether a run fits into `free` bytes, or into what the machine has now; True where nothing says how much."""
    free = free_memory() if free is None else free
    return free is None or needed_bytes(ready) <= free


def check_bytes(place: str, needed: int) -> None:
    """Refuse to read what the machine has no memory for.

    Raises
    ------
    UsageError
        CS504, with the numbers.
    """
    free = free_memory()
    if free is not None and needed > free:
        raise UsageError(
            f"it takes {_bytes(needed)} of memory, the machine has {_bytes(free)} free",
            code="CS504",
            place=place,
            got=needed,
            needed=free,
            rule="nothing is read that does not fit into free memory",
            fix="take a part of it, or smaller maps",
        )


def check_room(
    ready: Plan, network: Network, sizes: Mapping[str, int], free: int | None = None, keep: Collection[str] = ()
) -> None:
    """Refuse a run that the machine has no memory for.

    Parameters
    ----------
    ready : Plan, of `network` at `sizes`
    network : Network, with its symbols
    sizes : symbol -> int
    free : bytes; None: what the machine has now
    keep : as the plan was made with

    Raises
    ------
    UsageError
        CS504, with the numbers, and the largest batch that fits.
    """
    from cnnshape.layers.base import shape_text

    free = free_memory() if free is None else free
    if free is None or has_room(ready, free):
        return
    needed = needed_bytes(ready)
    batch = sizes.get(network.batch, 1)
    most = _largest_batch(ready, network, sizes, free, keep) if batch > 1 else 0
    largest = max(
        (place for place in ready.places.values() if place.offset is not None), key=lambda p: p.bytes, default=None
    )
    parts = [f"arena {_bytes(ready.arena_bytes)}", f"weights {_bytes(ready.weight_bytes)}"]
    parts.append(f"inputs, outputs, packing {_bytes(needed - ready.arena_bytes - ready.weight_bytes)}")
    if largest is not None:
        parts.append(f"largest tensor {shape_text(largest.shape)} {_bytes(largest.bytes)}")
    smaller = f"smaller maps{', or float16' if ITEM_BYTES[ready.dtype] > ITEM_BYTES['float16'] else ''}"
    fix = f"the largest batch that fits is {most}: {network.batch}={most}" if most else smaller
    if batch > 1 and not most:
        fix = f"a batch of 1 does not fit either: {smaller}"
    raise UsageError(
        f"the run takes {_bytes(needed)} of memory, the machine has {_bytes(free)} free",
        code="CS504",
        given="   ".join(parts),
        got=needed,
        needed=free,
        rule="a run starts only if all of it fits into free memory",
        fix=fix,
    )


def _largest_batch(ready: Plan, network: Network, sizes: Mapping[str, int], free: int, keep: Collection[str]) -> int:
    """Return the most images whose run fits, by bisection over plans, which take no memory; 0 if not even one does."""
    low, high = 0, sizes[network.batch]
    while high - low > 1:
        middle = (low + high) // 2
        try:
            fits = has_room(
                plan(
                    network,
                    {**sizes, network.batch: middle},
                    ready.dtype,
                    strict=ready.options.strict,
                    threads=ready.options.threads,
                    tiled=ready.options.tiled,
                    keep=keep,
                ),
                free,
            )
        except CnnshapeError:  # a network that takes few batches alone
            return 0
        low, high = (middle, high) if fits else (low, middle)
    return low


def _bytes(n: int) -> str:
    for unit, size in (("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20)):
        if n >= size:
            return f"{n / size:,.1f} {unit}"
    return f"{n:,} bytes"
