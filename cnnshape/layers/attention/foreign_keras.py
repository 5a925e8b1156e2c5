"""Attention of Keras: projections, heads and products are layers of their own here."""

from __future__ import annotations

from functools import partial
from typing import Any

from cnnshape.layers.activation.groups import Softmax
from cnnshape.layers.activation.smooth import Tanh
from cnnshape.layers.attention.foreign import joined_heads, split_heads
from cnnshape.layers.attention.product import LayerScale, ScaledDotProductAttention
from cnnshape.layers.foreign import Kept, Made, Operator, Table, Use, keyed, reads, refuse
from cnnshape.layers.foreign_keras import numbered
from cnnshape.layers.io.spec import Parameter
from cnnshape.layers.linear.matmul import MatMul
from cnnshape.layers.linear.spec import Linear
from cnnshape.layers.merge.spec import Add, Multiply
from cnnshape.layers.reduce.spec import ReduceSum
from cnnshape.layers.reshape.axes import Unsqueeze

__all__ = ["TABLE"]


def _said(op: Operator) -> dict[str, Any]:
    """Return what the call says beside its tensors; refuse what none of ours can do."""
    said: dict[str, Any] = op.attribute("call", {})
    if op.attribute("masked"):
        refuse("steps that a mask leaves out")
    for word in ("return_attention_scores", "at.query_mask", "at.value_mask", "at.key_mask", "at.mask"):
        if said.get(word):
            refuse(word)
    return said


def _places(op: Operator, said: dict[str, Any]) -> tuple[int, int, int]:
    """Return where query, key and value are among the inputs; Keras has the value before the key."""
    others = [place for place in range(1, len(op.inputs)) if place != said.get("at.attention_mask")]
    value = said.get("at.value", others[0] if others else 0)
    key = said.get("at.key", others[1] if len(others) > 1 and "at.value" not in said else value)
    return said.get("at.query", 0), key, value


def _multi_head(op: Operator) -> Made:
    said, heads = _said(op), op.attribute("num_heads")
    if op.rank() != 3 or op.attribute("use_gate") or op.attribute("sliding_window"):
        refuse("attention over several axes, with a gate, or within a window")
    axes = op.attribute("attention_axes")
    if axes not in (None, 1, (1,)):
        refuse(f"attention along the axes {axes}")
    width = op.attribute("key_dim")
    sizes = (heads, width), (heads, width), (heads, op.attribute("value_dim") or width)
    words = ("query_dense", "key_dense", "value_dense", "output_dense")
    output = op.attribute("output_shape")
    output = output[0] if isinstance(output, tuple) and len(output) == 1 else output
    return _projected(op, said, sizes, words, op.shape()[-1] if output is None else output)


def _grouped(op: Operator) -> Made:
    said, width = _said(op), op.attribute("head_dim")
    if op.attribute("use_gate") or op.attribute("sliding_window"):
        refuse("a gate, or a window")
    own, shared = op.attribute("num_query_heads"), op.attribute("num_key_value_heads")
    words = ("_query_dense", "_key_dense", "_value_dense", "_output_dense")
    return _projected(op, said, ((own, width), (shared, width), (shared, width)), words, op.shape()[-1])


def _projected(
    op: Operator, said: dict[str, Any], sizes: tuple[tuple[int, int], ...], words: tuple[str, ...], output: Any
) -> Use:
    bias = bool(op.attribute("use_bias", True))
    parts: list[Use] = []
    for place, (heads, width), word in zip(_places(op, said), sizes, words, strict=False):
        flat = (("reshape", (-1, heads * width)), ("transpose",))
        made = Linear(heads * width, bias=bias)
        parts.append(split_heads(Use(made, (place,), _weights(word, flat, bias)), heads))
    own, width = sizes[0][0], sizes[2][1]
    mask = [Use(Unsqueeze(1), (said["at.attention_mask"],))] if "at.attention_mask" in said else []
    causal = bool(said.get("use_causal_mask"))
    layer = ScaledDotProductAttention(
        is_causal=causal and not mask,
        right_window_size=0 if causal and mask else -1,
        enable_gqa=sizes[0][0] != sizes[1][0],
        dropout_p=op.attribute("dropout") or 0.0,
    )
    joined = joined_heads(Use(layer, (*parts, *mask)))
    flat = (("reshape", (own * width, -1)), ("transpose",))
    return Use(Linear(output, bias=bias), (joined,), _weights(words[3], flat, bias))


def _weights(word: str, steps: tuple[tuple[Any, ...], ...], bias: bool) -> tuple[tuple[str, Kept], ...]:
    own = ("weight", Kept(f"{word}/0", steps))
    return (own, ("bias", Kept(f"{word}/1", (("flatten",),)))) if bias else (own,)


def _attention(op: Operator) -> Made:
    said = _said(op)
    if op.attribute("score_mode", "dot") != "dot":
        refuse(f"the scores {op.attribute('score_mode')!r}")
    query, key, value = _places(op, said)
    x: int | Use = query
    if op.attribute("use_scale"):
        x = Use(Multiply(), (query, Use(Parameter((), init="constant", value=1.0), (), (("weight", Kept("0")),))))
    layer = ScaledDotProductAttention(scale=1.0, is_causal=bool(said.get("use_causal_mask")))
    return Use(layer, (x, key, value))


def _additive(op: Operator) -> Made:
    said = _said(op)
    if said.get("use_causal_mask"):
        refuse("a causal mask")
    query, key, value = _places(op, said)
    sums = Use(Add(), (Use(Unsqueeze(2), (query,)), Use(Unsqueeze(1), (key,)))).then(Tanh())
    if op.attribute("use_scale", True):
        scale = Use(Parameter((op.shape(query)[-1],)), (), (("weight", Kept("0")),))
        sums = Use(Multiply(), (sums, scale))
    return Use(MatMul(), (sums.then(ReduceSum(-1)).then(Softmax(-1)), value))


def _scale(word: str, op: Operator) -> Made:
    return Use(LayerScale(init_values=op.attribute(word, 1e-5)), (0,), numbered("gamma"))


TABLE: Table = keyed(
    "keras",
    {
        "AdditiveAttention": reads(ScaledDotProductAttention, _additive),
        "Attention": reads(ScaledDotProductAttention, _attention),
        "GroupedQueryAttention": reads(ScaledDotProductAttention, _grouped),
        "GroupQueryAttention": reads(ScaledDotProductAttention, _grouped),
        "LayerScale": reads(LayerScale, partial(_scale, "init_values")),
        "cnnshape>LayerScale": reads(LayerScale, partial(_scale, "initial")),
        "MultiHeadAttention": reads(ScaledDotProductAttention, _multi_head),
    },
)
