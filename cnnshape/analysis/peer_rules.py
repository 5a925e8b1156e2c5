"""What fvcore, thop and ptflops count for each layer, all rules of one layer side by side.

Read off the tools' own code (fvcore 0.1.5.post20221221, thop 0.1.1.post2209072238, ptflops 0.7.5 with its `pytorch`
backend, all with torch 2.13.0) and measured with it, layer by layer. Where a tool sees a module and not the function
of the same name, the module is meant; `a + b` is meant by Add, not `torch.add(a, b)`.

Not reproduced: ptflops for LocalResponseNorm (it counts the pieces that PyTorch computes it from), for Upsample by a
factor that leaves a fraction of a pixel (it multiplies the input by the factor), and for a functional `F.relu(x)` or
`F.max_pool2d(x, 2)` (counted once, where the module of that name is counted twice: by its hook and by its function);
fvcore for an einsum of another number of tensors than two, or without a sum, and that it reads off NumPy's
`einsum_path`, which prints four digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cnnshape.analysis.counts import Count
from cnnshape.layers.base import Layer, Spec, Weight
from cnnshape.symbolic import Size, floordiv, product, total

__all__ = ["PEERS", "PRODUCTS", "Call", "Peers", "Rule"]


@dataclass(frozen=True, slots=True)
class Call:
    """A layer with what goes in and comes out."""

    layer: Layer
    inputs: tuple[Spec, ...]
    outputs: tuple[Spec, ...]
    count: Count

    def weights(self) -> Mapping[str, Weight]:
        """Return the layer's weights by name."""
        return self.layer.weights(self.inputs)

    @property
    def taken(self) -> Size:
        """Elements of the first input."""
        return product(self.inputs[0].shape)

    @property
    def given(self) -> Size:
        """Elements of the first output."""
        return product(self.outputs[0].shape)

    @property
    def rank(self) -> int:
        """Space axes of the input."""
        return len(self.inputs[0].shape) - 2


@dataclass(frozen=True, slots=True)
class Rule:
    """How a tool counts a layer.

    Parameters
    ----------
    words : str, for the reader
    count : what it counts; None where it has no rule after all (another rank, another mode)
    lacks : str, what of the layer it leaves out for want of a rule; "" if nothing
    """

    words: str
    count: Callable[[Call], Size | None]
    lacks: str = ""


class Peers(NamedTuple):
    """The rules of the three tools; None where a tool has none and counts nothing."""

    fvcore: Rule | None = None
    thop: Rule | None = None
    ptflops: Rule | None = None


PRODUCTS = Rule("multiply-adds, and nothing else", lambda c: c.count.work.macs)
_BIASED = Rule("multiply-adds and the bias", lambda c: c.count.work.macs + c.count.work.adds)
_ZERO = Rule("nothing, by its rule", lambda _: 0)
_INPUT = Rule("1 per input element", lambda c: c.taken)
_INPUT_TWICE = Rule("2 per input element", lambda c: 2 * c.taken)
_OUTPUT = Rule("1 per output element", lambda c: c.given)
_OUTPUT_TWICE = Rule("2 per output element", lambda c: 2 * c.given)


def _norm(affine: int, plain: int) -> Rule:
    words = f"{affine} per element, {plain} without scale and shift" if affine != plain else f"{plain} per element"
    return Rule(words, lambda c: c.taken * (affine if "weight" in c.weights() else plain))


def _batch_norm(c: Call) -> Size:
    scaled = "weight" in c.weights()
    return c.taken * (1 + scaled if c.count.buffers != 0 else 4 + scaled)


def _columns(c: Call) -> Size | None:
    """Count by the columns of the second factor; a vector has none, and the tools fail at it."""
    second = c.inputs[-1].shape
    return c.taken * second[-2 if _of(c, "transpose_b") else -1] if len(second) > 1 else None


def _einsum(c: Call) -> Size | None:
    """Count every label of both tensors once, as NumPy's `einsum_path` does where something is summed."""
    layer: Any = c.layer
    operands, result = layer.labels(c.inputs)
    sizes: dict[Any, Size] = {}
    for labels, x in zip(operands, c.inputs, strict=True):
        for label, size in zip(labels, x.shape, strict=True):
            sizes[label] = size if sizes.get(label, 1) == 1 else sizes[label]
    return product(sizes.values()) if len(operands) == 2 and sizes.keys() - {*result} else None


def _square(rule: Callable[[Call], Size]) -> Callable[[Call], Size | None]:
    return lambda c: rule(c) if c.rank == 2 else None


def _flat_resize(c: Call) -> Size | None:
    factor: int | None = {"nearest": 1, "bilinear": 4, "linear": 4}.get(_of(c, "mode"))
    return None if factor is None or c.rank != 2 else factor * c.given


def _thop_resize(c: Call) -> Size | None:
    mode = {"bilinear": "linear", "bicubic": "cubic"}.get(_of(c, "mode"), _of(c, "mode"))
    factor = 1 if mode == "nearest" else {("linear", 1): 5, ("linear", 2): 11, ("cubic", 2): 259}.get((mode, c.rank))
    return None if factor is None else factor * c.given


def _thop_transposed(c: Call) -> Size:
    (y,) = c.outputs
    return product((y.shape[0], *y.shape[2:], *c.weights()["weight"].shape))


def _thop_softmax(c: Call) -> Size:
    shape, axis = c.inputs[0].shape, _of(c, "dim")
    rows = product(size for i, size in enumerate(shape) if i != axis % len(shape))
    return 3 * c.taken - rows


def _projections(c: Call) -> Size:
    query, keys = c.inputs[0].shape, c.inputs[min(1, len(c.inputs) - 1)].shape
    batch, position = (0, 1) if _of(c, "batch_first") else (1, 0)
    seen = keys[position] + int(_of(c, "add_bias_kv")) + int(_of(c, "add_zero_attn"))
    return c.count.work.macs - 2 * query[batch] * query[2] * query[position] * seen


def _ptflops_attention(c: Call) -> Size:
    query, keys, values = (c.inputs[min(i, len(c.inputs) - 1)].shape for i in range(3))
    batch, position = (0, 1) if _of(c, "batch_first") else (1, 0)
    q, k, v = query[position], keys[position], values[position]
    embed, key_size, value_size, heads = query[2], keys[2], values[2], _of(c, "num_heads")
    read = value_size if value_size == embed else heads * floordiv(value_size, heads)
    return query[batch] * total(
        (
            q * embed,
            q * embed * embed + k * key_size * key_size + v * value_size * value_size,
            (q + k + v) * embed if _of(c, "bias") else 0,
            q * k * (embed + heads + read),
            q * value_size * (value_size + 1),
        )
    )


def _recurrent(units: int, projects: bool) -> Rule:
    """Return the rule: per step all weights once, and `units` operations for every hidden unit.

    A projection of the hidden state (`proj_size`) is itself not counted; unless the tool `projects`, it also takes the
    weights for those of an LSTM without.
    """

    def count(c: Call) -> Size:
        layer: Any = c.layer
        if not projects and getattr(layer, "proj_size", 0) != 0:
            layer = replace(layer, proj_size=0)
        used = total(product(w.shape) for name, w in layer.weights(c.inputs).items() if "weight_hr" not in name)
        steps = product(c.inputs[0].shape[:2])
        hidden: Size = layer.hidden_size * layer.num_layers * layer.directions
        return steps * (used + units * hidden)

    return Rule(f"per step its weights once and {units} per hidden unit", count)


def _of(c: Call, argument: str) -> Any:
    return getattr(c.layer, argument)


_CONV = Peers(PRODUCTS, PRODUCTS, _BIASED)
_MEAN_POOL = Peers(
    Rule("1 per input element (two space axes only)", _square(lambda c: c.taken)),
    Rule("1 per input and per output element", lambda c: c.taken + c.given),
    _INPUT_TWICE,
)
_MAX_POOL = Peers(None, _ZERO, _INPUT_TWICE)

PEERS: Mapping[str, Peers] = {
    "conv": _CONV,
    "depthwise_conv": _CONV,
    "separable_conv": _CONV,
    "conv_transpose": Peers(PRODUCTS, Rule("multiply-adds at every output position", _thop_transposed), _BIASED),
    "linear": _CONV,
    "matmul": Peers(
        Rule("elements of the first input times the columns of the second", _columns),
        None,
        Rule("elements of the first input times the columns of the second", _columns),
    ),
    "einsum": Peers(Rule("multiply-adds of two tensors", _einsum), None, None),
    "batch_norm": Peers(
        Rule("2 per element, 1 without scale and shift; 3 more where it takes the batch's own mean", _batch_norm),
        _norm(4, 2),
        _norm(2, 1),
    ),
    "instance_norm": Peers(_norm(5, 4), _norm(4, 2), _norm(2, 1)),
    "group_norm": Peers(_norm(5, 4), None, _norm(2, 1)),
    "layer_norm": Peers(_norm(5, 4), _norm(4, 2), _norm(1, 1)),
    "max_pool": _MAX_POOL,
    "adaptive_max_pool": _MAX_POOL,
    "global_max_pool": _MAX_POOL,
    "avg_pool": Peers(None, _OUTPUT, _INPUT_TWICE),
    "adaptive_avg_pool": _MEAN_POOL,
    "global_avg_pool": _MEAN_POOL,
    "lp_pool": Peers(None, None, Rule("1 per input, 2 per output element", lambda c: c.taken + 2 * c.given)),
    "relu": Peers(_ZERO, _ZERO, _OUTPUT_TWICE),
    "relu6": Peers(None, _ZERO, _OUTPUT),
    "leaky_relu": Peers(None, _ZERO, _OUTPUT),
    "prelu": Peers(None, _INPUT, _OUTPUT_TWICE),
    "elu": Peers(None, None, _OUTPUT_TWICE),
    "gelu": Peers(None, None, _OUTPUT_TWICE),
    "silu": Peers(None, None, _OUTPUT),
    "softmax": Peers(None, Rule("3 per element, 1 less in each row", _thop_softmax), _OUTPUT),
    "clip": Peers(_ZERO, None, None),
    "upsample": Peers(
        Rule("1 (nearest) or 4 (bilinear) per output element (two space axes only)", _flat_resize),
        Rule("1 (nearest), 5 (linear), 11 (bilinear) or 259 (bicubic) per output element", _thop_resize),
        _OUTPUT_TWICE,
    ),
    "grid_sample": Peers(Rule("4 per output element", lambda c: 4 * c.given), None, None),
    "multihead_attention": Peers(
        Rule("multiply-adds of the projections", _projections, "the product of queries, keys and values"),
        None,
        Rule("products, biases, scaling and softmax", _ptflops_attention),
    ),
    "rnn": Peers(None, _recurrent(1, False), _recurrent(1, True)),
    "gru": Peers(None, _recurrent(7, False), _recurrent(7, True)),
    "lstm": Peers(None, _recurrent(8, False), _recurrent(10, True)),
}
"""Design name -> rules. A layer that is not listed and does arithmetic is unknown to all three."""
