"""Layers that arrange elements, and reductions, as torch calls."""

from __future__ import annotations

from typing import Any

from tests.oracles.torch_calls import CALLS, Dead, function, torch


def listed(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def reshape(a: dict[str, Any], x: Any) -> Any:
    shape = list(a["shape"])
    if not a["allowzero"]:
        shape = [x.shape[i] if size == 0 else size for i, size in enumerate(shape)]
    return x.reshape(shape)


def flatten(a: dict[str, Any], x: Any) -> Any:
    return torch.flatten(x, a["start_dim"], a["end_dim"])


def squeeze(a: dict[str, Any], x: Any) -> Any:
    if a["dim"] is None:
        return x.squeeze()
    if any(x.shape[axis] != 1 for axis in listed(a["dim"])):
        raise Dead  # PyTorch leaves a longer axis there, so that the number of axes would depend on a size
    return x.squeeze(listed(a["dim"]))


def unsqueeze(a: dict[str, Any], x: Any) -> Any:
    new = listed(a["dim"])
    dims = x.dim() + len(new)
    if any(not -dims <= axis < dims for axis in new) or len({axis % dims for axis in new}) < len(new):
        raise Dead
    for axis in sorted(axis % dims for axis in new):
        x = x.unsqueeze(axis)
    return x


def split(a: dict[str, Any], x: Any) -> Any:
    size = a["split_size"]
    return torch.split(x, size if isinstance(size, int) else list(size), a["dim"])


def chunk(a: dict[str, Any], x: Any) -> Any:
    parts = torch.chunk(x, a["chunks"], a["dim"])
    if len(parts) < a["chunks"]:
        raise Dead  # a network has as many outputs as it says
    return parts


def slice_(a: dict[str, Any], x: Any) -> Any:
    """Python's slice; where Python would cut it off at the ends of the axis, it is refused."""
    size, start, end, step = x.shape[a["dim"]], a["start"], a["end"], a["step"]
    first = -size - 1 if step < 0 else -size  # backwards, the end before position 0 is -size - 1
    if (start is not None and not (-size <= start <= size)) or (end is not None and not (first <= end <= size)):
        raise Dead
    if step < 0 and start == size:
        raise Dead
    chosen = range(size)[start:end:step]
    if not chosen:
        raise Dead
    return torch.index_select(x, a["dim"], torch.empty(len(chosen), dtype=torch.int64, device="meta"))


def gather(a: dict[str, Any], x: Any, indices: Any = None) -> Any:
    axis, given = a["dim"] % x.dim() if -x.dim() <= a["dim"] < x.dim() else None, a["indices"]
    if axis is None or (given is None) == (indices is None):
        raise Dead
    if indices is not None:
        if indices.is_floating_point():
            raise Dead
        return x[(slice(None),) * axis + (indices,)]
    if any(not -x.shape[axis] <= index < x.shape[axis] for index in listed(given)):
        raise Dead
    if isinstance(given, tuple):
        return torch.index_select(x, axis, torch.empty(len(given), dtype=torch.int64, device="meta"))
    return x.select(axis, given)


def cast(a: dict[str, Any], x: Any) -> Any:
    return x.to(getattr(torch, a["dtype"]))


def bit_cast(a: dict[str, Any], x: Any) -> Any:
    wanted = getattr(torch, a["dtype"])
    if wanted.itemsize != x.dtype.itemsize:
        raise Dead  # PyTorch makes the last axis longer or shorter
    return x.view(wanted)


def reduced(a: dict[str, Any], x: Any) -> Any:
    axes = tuple(range(x.dim())) if a["dim"] is None else a["dim"]
    if axes == ():
        return x + 0
    return x.amax(axes, keepdim=a["keepdim"])


def running(call: Any, a: dict[str, Any], x: Any) -> Any:
    if x.dim() == 0:
        raise Dead  # PyTorch takes a single number for a list
    return call(x, a["dim"])


def summed(a: dict[str, Any], x: Any) -> Any:
    y = reduced(a, x)
    return y if y.is_floating_point() else y.long()  # as torch.sum and torch.prod


def position(a: dict[str, Any], x: Any) -> Any:
    return torch.argmax(x, a["dim"], keepdim=a["keepdim"])


CALLS |= {
    "Flatten": function(flatten),
    "Reshape": function(reshape),
    "Unflatten": function(lambda a, x: x.unflatten(a["dim"], a["unflattened_size"])),
    "Permute": function(lambda a, x: x.permute(a["dims"])),
    "Transpose": function(lambda a, x: x.transpose(a["dim0"], a["dim1"])),
    "Squeeze": function(squeeze),
    "Unsqueeze": function(unsqueeze),
    "Split": function(split),
    "Chunk": function(chunk),
    "Slice": function(slice_),
    "Gather": function(gather),
    "Expand": function(lambda a, x: x.expand(a["shape"])),
    "Tile": function(lambda a, x: torch.tile(x, listed(a["repeats"]))),
    "Roll": function(lambda a, x: torch.roll(x, a["shifts"], a["dims"])),
    "Cast": function(cast),
    "BitCast": function(bit_cast),
    "Tril": function(lambda a, x: torch.tril(x, a["diagonal"])),
    "Triu": function(lambda a, x: torch.triu(x, a["diagonal"])),
    "CumSum": function(lambda a, x: running(torch.cumsum, a, x)),
    "CumProd": function(lambda a, x: running(torch.cumprod, a, x)),
    **dict.fromkeys(("ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "LogSumExp"), function(reduced)),
    **dict.fromkeys(("ReduceSum", "ReduceProd"), function(summed)),
    **dict.fromkeys(("ArgMax", "ArgMin"), function(position)),
}
