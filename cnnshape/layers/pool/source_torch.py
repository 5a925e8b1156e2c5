"""Pools as PyTorch code."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import Case
from cnnshape.layers.pool.adaptive import AdaptiveAvgPool, AdaptiveMaxPool
from cnnshape.layers.pool.spec import AvgPool, LPPool, MaxPool, MinPool
from cnnshape.layers.pool.unpool import MaxUnpool
from cnnshape.layers.pool.whole import GlobalAvgPool, GlobalLPPool, GlobalMaxPool
from cnnshape.layers.pool.windowed import pool_windows
from cnnshape.layers.source import (
    ME,
    Arg,
    Attribute,
    Call,
    CoderTable,
    Item,
    Opt,
    Piece,
    Slot,
    X,
    call,
    flat,
    known,
    method,
    padded,
)
from cnnshape.symbolic import padding_of

__all__ = ["TABLE"]


def _windows(layer: Any, case: Case) -> tuple[tuple[Any, ...], list[Any], bool]:
    windows = pool_windows(layer, case.rank() - 2)
    sides = [padding_of(size, w) for size, w in zip(case.shape()[2:], windows, strict=True)]
    plain = not isinstance(layer.padding, str) or layer.padding == "valid"
    pairs = zip(sides, windows, strict=True)
    same = plain and all(a == b and isinstance(a, int) and 2 * a <= w.kernel for (a, b), w in pairs)
    if layer.ceil_mode and (layer.dialect != "torch" or not same):
        refuse("which last window counts is PyTorch's rule only where the padding is PyTorch's")
    return windows, sides, same


def _given(windows: Any, sides: Any) -> dict[str, Any]:
    kernel, stride = flat(w.kernel for w in windows), flat(w.stride for w in windows)
    return {"kernel_size": kernel, "stride": Opt(stride, kernel), "padding": Opt(flat(a for a, _ in sides), 0)}


def _max(layer: MaxPool, case: Case) -> Piece:
    windows, sides, same = _windows(layer, case)
    if layer.return_indices and (layer.storage_order, layer.counted, layer.dialect) != ("row", "map", "torch"):
        refuse("its indices are not PyTorch's")
    before, helpers = (X, ()) if same else padded(case, windows, float("-inf"))
    if layer.return_indices and before is not X:
        refuse("its indices count pixels without the padding")
    given = _given(windows, sides if same else [(0, 0)] * len(windows))
    made = call(
        f"nn.MaxPool{len(windows)}d",
        given["kernel_size"],
        stride=given["stride"],
        padding=given["padding"],
        dilation=Opt(flat(w.dilation for w in windows), 1),
        return_indices=Opt(layer.return_indices, False),
        ceil_mode=Opt(layer.ceil_mode, False),
    )
    return Piece(made, None if before is X else Call(ME, (Arg(before),)), helpers=helpers)


def _min(layer: MinPool, case: Case) -> Piece:
    refuse("PyTorch has no pool of the least number")


def _mean(layer: AvgPool, case: Case) -> Piece:
    windows, sides, same = _windows(layer, case)
    if any(w.dilation != 1 for w in windows):
        refuse("PyTorch's AvgPool has no dilation")
    rank = len(windows)
    padding = any(a != 0 or b != 0 for a, b in sides)
    if not same and not layer.count_include_pad:
        if any(not isinstance(side, int) for pair in sides for side in pair) or layer.divisor_override:
            refuse("its mean leaves out padding that PyTorch's has not")
        refuse("its mean leaves out padding that differs from side to side")
    if rank == 1 and layer.divisor_override:
        refuse("PyTorch's AvgPool1d has no other divisor")
    before, helpers = (X, ()) if same else padded(case, windows)
    given = _given(windows, sides if same else [(0, 0)] * rank)
    made = call(
        f"nn.AvgPool{rank}d",
        given["kernel_size"],
        stride=given["stride"],
        padding=given["padding"],
        ceil_mode=Opt(layer.ceil_mode, False),
        count_include_pad=Opt(layer.count_include_pad or not padding, True),
        divisor_override=Opt(layer.divisor_override, None),
    )
    if rank == 1:
        made = Call(made.function, made.args[:-1])
    return Piece(made, None if before is X else Call(ME, (Arg(before),)), helpers=helpers)


def _norm(layer: LPPool, case: Case) -> Piece:
    windows, sides, _ = _windows(layer, case)
    if any(w.dilation != 1 for w in windows) or layer.ceil_mode or layer.norm_type % 2:
        refuse("PyTorch's LPPool takes powers of numbers with their signs, whole windows and no dilation")
    before, helpers = padded(case, windows)
    given = _given(windows, sides)
    made = call(f"nn.LPPool{len(windows)}d", layer.norm_type, given["kernel_size"], stride=given["stride"])
    return Piece(made, None if before is X else Call(ME, (Arg(before),)), helpers=helpers)


def _adaptive(layer: AdaptiveAvgPool | AdaptiveMaxPool, case: Case) -> Piece:
    rank = case.rank() - 2
    kind = "Avg" if isinstance(layer, AdaptiveAvgPool) else "Max"
    indices = {} if kind == "Avg" else {"return_indices": Opt(layer.return_indices, False)}  # type: ignore[union-attr]  # a Max
    size = layer.output_size
    if size is None:
        size = (None,) * rank
    entries = size if isinstance(size, tuple) else (size,)
    known(entry for entry in entries if entry is not None)
    return Piece(call(f"nn.Adaptive{kind}Pool{rank}d", flat(entries), **indices))


def _space(case: Case) -> tuple[int, ...]:
    return tuple(case.space)


def _whole(name: str) -> Any:
    def code(layer: Any, case: Case) -> Piece:
        return Piece(None, method(X, name, _space(case), keepdim=Opt(layer.keepdim, False)))

    return code


def _length(layer: GlobalLPPool, case: Case) -> Piece:
    given = {"ord": Opt(layer.norm_type, 2), "dim": _space(case), "keepdim": Opt(layer.keepdim, False)}
    return Piece(None, call("torch.linalg.vector_norm", X, **given))


def _unpool(layer: MaxUnpool, case: Case) -> Piece:
    if layer.counted != "map":
        refuse("its indices are not PyTorch's")
    windows = layer.windows(case.rank() - 2)
    given = _given(windows, [known((w.before, w.after)) for w in windows])
    made = call(f"nn.MaxUnpool{len(windows)}d", **given)
    size: dict[str, Any] = {}
    if len(case.inputs) > 2:
        size = {"output_size": Item(Attribute(Slot(2), "shape"), "2:")}
    elif layer.output_size is not None:
        size = {"output_size": known(case.outputs[0].shape[2:])}
    return Piece(made, Call(ME, (Arg(X), Arg(Slot(1)), *(Arg(v, n) for n, v in size.items()))))


TABLE: CoderTable = {
    MaxPool: _max,
    MinPool: _min,
    AvgPool: _mean,
    LPPool: _norm,
    AdaptiveAvgPool: _adaptive,
    AdaptiveMaxPool: _adaptive,
    GlobalAvgPool: _whole("mean"),
    GlobalMaxPool: _whole("amax"),
    GlobalLPPool: _length,
    MaxUnpool: _unpool,
}
