"""Pools of PyTorch."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import Made, Row, Use
from cnnshape.layers.foreign_torch import Called, Module, calls, modules, position, ranks, table
from cnnshape.layers.pool.adaptive import AdaptiveAvgPool, AdaptiveMaxPool
from cnnshape.layers.pool.spec import AvgPool, LPPool, MaxPool
from cnnshape.layers.pool.unpool import MaxUnpool
from cnnshape.symbolic import Dim

__all__ = ["TABLE"]

_MAX = ("stride", "padding", "dilation", "return_indices", "ceil_mode")
_AVG = ("stride", "padding", "ceil_mode", "count_include_pad")
_LP = ("norm_type", "stride", "ceil_mode")


def _both(made: Layer, inputs: tuple[int, ...], indices: bool) -> Made:
    use = Use(made, inputs)
    return (use.at(0), use.at(1)) if indices else use


def _of(source: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return arguments by name; PyTorch's functions have no stride as () too."""
    given = {name: getattr(source, name) for name in names}
    return {name: None if value == () else value for name, value in given.items()}


def _is_whole(c: Called) -> bool:
    """Say whether one window is the whole map, of a free size: that is no pool with a stride."""
    size = c.op.shape(c.at)[2:]
    return c.kernel_size == size and any(isinstance(each, Dim) for each in size) and not any(_listed(c.padding))


def _listed(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _max(source: Module | Called, rank: int) -> Made:
    if isinstance(source, Called) and _is_whole(source) and not source.return_indices:
        return Use(AdaptiveMaxPool(1, rank=rank), (source.at,))
    inputs = source.inputs if isinstance(source, Module) else (source.at,)
    return _both(MaxPool(source.kernel_size, **_of(source, _MAX), rank=rank), inputs, source.return_indices)


def _avg(source: Any, rank: int) -> Layer:
    if isinstance(source, Called) and _is_whole(source):
        return AdaptiveAvgPool(1, rank=rank)
    divisor = None if rank == 1 else source.divisor_override
    return AvgPool(source.kernel_size, **_of(source, _AVG), divisor_override=divisor, rank=rank)


def _lp(source: Any, rank: int) -> Layer:
    return LPPool(source.kernel_size, **_of(source, _LP), rank=rank)


def _adaptive_max(source: Module | Called, rank: int) -> Made:
    inputs = source.inputs if isinstance(source, Module) else (source.at,)
    layer = AdaptiveMaxPool(source.output_size, return_indices=source.return_indices, rank=rank)
    return _both(layer, inputs, source.return_indices)


def _unpool(source: Module | Called, rank: int) -> Use:
    inputs = source.inputs if isinstance(source, Module) else (source.at, position(source.indices))
    asked = source.more.get("output_size") if isinstance(source, Module) else source.output_size
    given = _of(source, ("kernel_size", "stride", "padding"))
    return Use(MaxUnpool(**given, output_size=None if asked is None else tuple(asked)[-rank:], rank=rank), inputs)


def _avg_row(rank: int) -> Row:
    end = "" if rank == 1 else " divisor_override=None"
    words = "x kernel_size stride=None padding=0 ceil_mode=False count_include_pad=True" + end
    return calls(words, lambda c: _avg(c, rank), AvgPool)


_MAX_WORDS = "x kernel_size stride=None padding=0 dilation=1 ceil_mode=False return_indices=False"
_UNPOOL_WORDS = "x indices kernel_size stride=None padding=0 output_size=None"

TABLE = table(
    ranks("MaxPool{}d", lambda rank: modules(lambda m: _max(m, rank), MaxPool)),
    ranks("max_pool{}d", lambda rank: calls(_MAX_WORDS, lambda c: _max(c, rank), MaxPool)),
    ranks("MaxUnpool{}d", lambda rank: modules(lambda m: _unpool(m, rank), MaxUnpool, "output_size")),
    ranks("max_unpool{}d", lambda rank: calls(_UNPOOL_WORDS, lambda c: _unpool(c, rank), MaxUnpool)),
    ranks("AvgPool{}d", lambda rank: modules(lambda m: _avg(m, rank), AvgPool)),
    ranks("avg_pool{}d", _avg_row),
    ranks("LPPool{}d", lambda rank: modules(lambda m: _lp(m, rank), LPPool)),
    ranks(
        "lp_pool{}d",
        lambda rank: calls("x norm_type kernel_size stride=None ceil_mode=False", lambda c: _lp(c, rank), LPPool),
    ),
    ranks("AdaptiveAvgPool{}d", lambda rank: modules(lambda m: AdaptiveAvgPool(m.output_size, rank=rank))),
    ranks(
        "adaptive_avg_pool{}d", lambda rank: calls("x output_size", lambda c: AdaptiveAvgPool(c.output_size, rank=rank))
    ),
    ranks("AdaptiveMaxPool{}d", lambda rank: modules(lambda m: _adaptive_max(m, rank), AdaptiveMaxPool)),
    ranks(
        "adaptive_max_pool{}d",
        lambda rank: calls("x output_size return_indices=False", lambda c: _adaptive_max(c, rank), AdaptiveMaxPool),
    ),
)
