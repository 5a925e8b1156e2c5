"""Attention in other systems."""

from __future__ import annotations

from math import inf

from cnnshape.layers.attention.product import ScaledDotProductAttention
from cnnshape.layers.foreign import Made, Operator, Table, Use, keyed, reads, refuse
from cnnshape.layers.merge.concat import Concat
from cnnshape.layers.pad.spec import Pad
from cnnshape.layers.reshape.axes import Permute, Unsqueeze
from cnnshape.layers.reshape.spec import Flatten, Unflatten
from cnnshape.symbolic import Size

__all__ = ["TABLE", "joined_heads", "split_heads"]

_HEADS_FIRST = Permute((0, 2, 1, 3))
"""(N, T, heads, E) <-> (N, heads, T, E)."""
_SCORES = ("raw", "capped", "masked", "weights")


def split_heads(source: int | Use, heads: int) -> Use:
    """Return (N, T, heads*E) as (N, heads, T, E)."""
    return Use(Unflatten((heads, -1), dim=2), (source,)).then(_HEADS_FIRST)


def joined_heads(source: Use) -> Use:
    """Return (N, heads, T, E) as (N, T, heads*E)."""
    return source.then(_HEADS_FIRST).then(Flatten(start_dim=2))


def _attention(op: Operator) -> Made:
    flat = op.rank() == 3
    parts: list[int | Use] = [0, 1, 2]
    heads: tuple[Size, Size] = op.shape(0)[1], op.shape(1)[1]
    if flat:
        own, shared = op.attribute("q_num_heads"), op.attribute("kv_num_heads")
        if not own or not shared:
            refuse("the numbers of heads are missing")
        heads = own, shared
        parts = [split_heads(place, count) for place, count in zip((0, 1, 2), (own, shared, shared), strict=True)]
    total: Size = op.shape(1)[-2]
    past: Size = 0
    if op.has(4):
        past = op.shape(4)[-2]
        total = total + past
        parts[1:] = (Use(Concat(dim=2), (earlier, new)) for earlier, new in zip((4, 5), parts[1:], strict=True))
    others = [_mask(op, total)] if op.has(3) else []
    lengths = [6] if op.has(6) else []
    left, right = op.attribute("left_window_size", -1), op.attribute("right_window_size", -1)
    causal = bool(op.attribute("is_causal", 0))
    plain = causal and not others and not lengths and past == 0 and left == right == -1
    if causal and not plain:
        right = 0
    layer = ScaledDotProductAttention(
        is_causal=plain,
        scale=op.attribute("scale"),
        enable_gqa=heads[0] != heads[1],
        softcap=op.attribute("softcap", 0.0),
        left_window_size=left,
        right_window_size=right,
        offset=past,
        scores=_SCORES[op.attribute("qk_matmul_output_mode", 0)] if op.wants(3) else "none",
    )
    made = Use(layer, (*parts, *others, *lengths))
    y, scores = (made.at(0), made.at(1)) if op.wants(3) else (made, None)
    return joined_heads(y) if flat else y, parts[1], parts[2], scores


def _mask(op: Operator, total: Size) -> int | Use:
    """Return the mask with two axes or more, and as long as there are keys: those beyond it are hidden."""
    made: int | Use = Use(Unsqueeze(0), (3,)) if op.rank(3) == 1 else 3
    lacks = total - op.shape(3)[-1]
    if op.shape(3)[-1] == 1 or lacks == 0:
        return made
    if not isinstance(lacks, int) or lacks < 0:
        refuse("whether the mask is as long as the keys depends on their sizes")
    value = 0.0 if op.spec(3).dtype == "bool" else -inf
    return Use(Pad(((0, lacks),), axes=(-1,), value=value), (made,))


TABLE: Table = keyed("onnx", {"Attention": reads(ScaledDotProductAttention, _attention)})
