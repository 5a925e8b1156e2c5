"""Attention in other systems."""

from __future__ import annotations

from math import inf

from cnnshape.layers.attention.linear import LinearAttention
from cnnshape.layers.attention.product import ScaledDotProductAttention
from cnnshape.layers.attention.rotary import RotaryEmbedding
from cnnshape.layers.foreign import Made, Operator, Table, Use, keyed, reads, refuse, wrong
from cnnshape.layers.merge.concat import Concat
from cnnshape.layers.pad.spec import Pad
from cnnshape.layers.reshape.axes import Permute, Unsqueeze
from cnnshape.layers.reshape.positions import Gather
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
            wrong("the numbers of heads are missing")
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


def _rotary(op: Operator) -> Made:
    flat = op.rank() == 3
    heads = op.attribute("num_heads", 0)
    if flat and not heads:
        wrong("the number of heads is missing")
    angles: list[int | Use] = [1, 2]
    if op.has(3):
        angles = [Use(Gather(dim=0), (place, 3)) for place in (1, 2)]
    x = split_heads(0, heads) if flat else 0
    layer = RotaryEmbedding(
        rotary_dim=op.attribute("rotary_embedding_dim", 0) or None, interleaved=bool(op.attribute("interleaved", 0))
    )
    made = Use(layer, (x, *(Use(Unsqueeze(1), (each,)) for each in angles)))
    return joined_heads(made) if flat else made


def _linear(op: Operator) -> Made:
    heads, groups = op.attribute("q_num_heads"), op.attribute("kv_num_heads")
    if not heads or not groups:
        wrong("the numbers of heads are missing")
    parts = [split_heads(place, count) for place, count in zip((0, 1, 2), (heads, groups, groups), strict=True)]
    if op.has(4):
        parts.append(split_heads(4, groups))
    if op.has(5):
        parts.append(split_heads(5, 1 if op.shape(5)[-1] == 1 else groups))
    rule = op.attribute("update_rule", "gated_delta")
    layer = LinearAttention(update_rule=rule, scale=op.attribute("scale", 0.0) or None)
    if layer.taken() != (op.has(4), op.has(5)):
        refuse(f"the inputs are not those of the rule {rule!r}")
    made = Use(layer, (*parts, *([3] if op.has(3) else [])))
    return joined_heads(made.at(0)), made.at(1)


TABLE: Table = keyed(
    "onnx",
    {
        "Attention": reads(ScaledDotProductAttention, _attention),
        "RotaryEmbedding": reads(RotaryEmbedding, _rotary),
        "LinearAttention": reads(LinearAttention, _linear),
    },
)
