"""Layers that work on values as torch calls: linear maps, norms, activations, joins, attention, recurrent layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from cnnshape.layers.base import Kind
from cnnshape.layers.catalog import ENTRIES
from tests.oracles.torch_calls import CALLS, Dead, F, Maker, function, learned, maps, nn, torch


@maps("Linear")
def linear(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    return nn.Linear(arguments.pop("in_features") or x.shape[-1], **arguments), lambda m: m(x)


@maps("Bilinear")
def bilinear(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    a, b = inputs
    first, second = (arguments.pop(f"in{i}_features") or x.shape[-1] for i, x in ((1, a), (2, b)))
    return nn.Bilinear(first, second, **arguments), lambda m: m(a, b)


@maps("Embedding")
def embedding(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    if x.is_floating_point():
        raise Dead
    return nn.Embedding(**arguments), lambda m: m(x)


CALLS["MatMul"] = function(
    lambda a, x, y: torch.matmul(
        x.mT if a["transpose_a"] and x.dim() > 1 else x, y.mT if a["transpose_b"] and y.dim() > 1 else y
    )
)


def dot(a: dict[str, Any], x: Any, y: Any) -> Any:
    """By the definition: the product of what is left, sample by sample."""
    axes = a["axes"] if isinstance(a["axes"], tuple) else (a["axes"],) * 2
    (i, j) = (axis % t.dim() if -t.dim() <= axis < t.dim() else 0 for axis, t in zip(axes, (x, y), strict=True))
    if 0 in (i, j):
        raise Dead
    left, right = "abcdefg"[: x.dim()], "a" + "hijklmn"[: y.dim() - 1]
    right = right[:j] + left[i] + right[j + 1 :]
    rest = "".join(c for c in left[1:] + right[1:] if c != left[i])
    if x.shape[0] != y.shape[0] or x.shape[i] != y.shape[j]:
        raise Dead  # einsum would stretch a 1
    z = torch.einsum(f"{left},{right}->a{rest}", x.float(), y.float()).to(torch.promote_types(x.dtype, y.dtype))
    return z if rest else z.unsqueeze(1)


CALLS["Dot"] = function(dot)


def batch_norm(kind: str, arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    if not (2 if kind == "BatchNorm" else 3) <= x.dim() <= 5:
        raise Dead
    given = arguments.pop("num_features") or x.shape[1]
    if given != x.shape[1]:
        raise Dead  # PyTorch checks it with weights only
    return getattr(nn, f"{kind}{max(x.dim() - 2, 1)}d")(given, **arguments), lambda m: m(x)


CALLS.update({kind: partial(batch_norm, kind) for kind in ("BatchNorm", "InstanceNorm")})


@maps("LayerNorm", "RMSNorm")
def layer_norm(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    shape = arguments.pop("normalized_shape") or x.shape[-1]
    kind = nn.LayerNorm if "bias" in arguments else nn.RMSNorm
    return kind(shape, **arguments), lambda m: m(x)


@maps("GroupNorm")
def group_norm(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    given = arguments.pop("num_channels") or x.shape[1]
    if given != x.shape[1]:
        raise Dead  # as above
    return nn.GroupNorm(num_channels=given, **arguments), lambda m: m(x)


@maps("LocalResponseNorm")
def local_response_norm(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    size = min(arguments.pop("size"), x.shape[1])  # with a larger one PyTorch's 3-D pooling forgets the padding
    return nn.LocalResponseNorm(size, **arguments), lambda m: m(x.contiguous())


@maps("LayerScale", "GRN")
def scaled(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    """A factor for each channel; ConvNeXt V2's norm has a summand as well."""
    (x,) = inputs
    if "init_values" not in arguments and x.dim() < 3:
        raise Dead
    axis = arguments["dim"]
    size = arguments["num_features"] or x.shape[axis]
    names = ("gamma",) if "init_values" in arguments else ("gamma", "beta")

    def call(module: Any) -> Any:
        if module.gamma.shape[0] != x.shape[axis]:
            raise Dead
        return x + 0

    return learned(**dict.fromkeys(names, (size,))), call


CALLS["L2Norm"] = function(lambda a, x: F.normalize(x, dim=a["dim"]))


@maps("PReLU")
def prelu(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    return nn.PReLU(**arguments), lambda m: m(x)


CALLS |= dict.fromkeys(
    ("Softmax", "LogSoftmax", "Hardmax"),
    function(lambda a, x: torch.softmax(x.movedim(a["dim"], -1), -1).movedim(-1, a["dim"])),
)
CALLS["GLU"] = function(lambda a, x: F.glu(x, a["dim"]))
CALLS["Maxout"] = function(lambda a, x: x.unflatten(a["dim"], (a["num_units"], -1)).amax(a["dim"] + (a["dim"] >= 0)))


def joined(call: Callable[[Any, Any], Any]) -> Maker:
    def fold(arguments: dict[str, Any], first: Any, *others: Any) -> Any:
        y = first
        for x in others:
            y = of_one_rank(call)(y, x)
        return y

    return function(fold)


def of_one_rank(call: Callable[..., Any]) -> Callable[..., Any]:
    """Have single numbers decide about the type of the result as tensors do: PyTorch asks for it with an axis."""
    return lambda *xs: call(*(x[None] if x.dim() == 0 and any(y.dim() for y in xs) else x for x in xs))


def power(a: dict[str, Any], x: Any, *others: Any) -> Any:
    if (a["exponent"] is None) != (len(others) == 1):
        raise Dead
    return of_one_rank(torch.pow)(x, *others) if others else torch.pow(x, a["exponent"])


def bitwise(a: dict[str, Any], x: Any, y: Any) -> Any:
    if "shift" in a["operation"] and torch.bool in (x.dtype, y.dtype):
        raise Dead  # where there are numbers; the meta device lets it pass
    return of_one_rank(getattr(torch, f"bitwise_{a['operation']}"))(x, y)


ROUNDED = {"none": None, "trunc": "trunc", "floor": "floor"}
CALLS |= {
    "Add": joined(torch.add),
    "Subtract": joined(torch.sub),
    "Multiply": joined(torch.mul),
    "Divide": function(
        lambda a, *xs: of_one_rank(lambda x, y: torch.div(x, y, rounding_mode=ROUNDED[a["rounding_mode"]]))(*xs)
    ),
    "Remainder": function(
        lambda a, x, y: of_one_rank(torch.fmod if a["rounding_mode"] == "trunc" else torch.remainder)(x, y)
    ),
    "Pow": function(power),
    "Maximum": joined(torch.maximum),
    "Minimum": joined(torch.minimum),
    "Mean": joined(torch.add),
}


RELATIONS = {
    "less": torch.lt,
    "less_equal": torch.le,
    "greater": torch.gt,
    "greater_equal": torch.ge,
    "equal": torch.eq,
    "not_equal": torch.ne,
}
CALLS |= {
    "Compare": function(lambda a, x, y: RELATIONS[a["relation"]](x, y)),
    "Logical": function(lambda a, x, y: getattr(torch, f"logical_{a['operation']}")(x, y)),
    "LogicalNot": function(lambda a, x: torch.logical_not(x)),
    "IsNaN": function(lambda a, x: torch.isnan(x)),
    "IsInf": function(lambda a, x: torch.isinf(x)),
    "Where": function(lambda a, condition, x, y: of_one_rank(torch.where)(condition, x, y)),
    "Bitwise": function(bitwise),
    "BitwiseNot": function(lambda a, x: torch.bitwise_not(x)),
}


def concat(a: dict[str, Any], *xs: Any) -> Any:
    if len({x.dim() for x in xs}) > 1:
        raise Dead  # PyTorch lets an empty one pass
    return torch.cat(xs, a["dim"])


CALLS["Concat"] = function(concat)


@maps("MultiheadAttention")
def attention(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    if any(x.dim() != 3 for x in inputs):
        raise Dead
    query, key, value = inputs[0], inputs[min(1, len(inputs) - 1)], inputs[-1]
    width = arguments.pop("embed_dim") or query.shape[-1]
    wide = {"kdim": arguments.pop("kdim") or key.shape[-1], "vdim": arguments.pop("vdim") or value.shape[-1]}
    made = nn.MultiheadAttention(width, **arguments, **wide)
    return made, lambda m: m(query, key, value, need_weights=False)[0]


def scaled_product(a: dict[str, Any], query: Any, key: Any, value: Any, *others: Any) -> Any:
    """By its definition: two products and a sum that broadcast."""
    lengths = others[-1] if others and others[-1].dtype in (torch.int64, torch.int32) else None
    masks = others if lengths is None else others[:-1]
    if min(x.dim() for x in (query, key, value)) < (3 if a["enable_gqa"] else 2) or any(x.dim() < 2 for x in masks):
        raise Dead
    if len(masks) > 1 or a["offset"] < 0:
        raise Dead
    mask = masks[0] if masks else None
    if a["is_causal"] and mask is not None:
        raise Dead
    if a["enable_gqa"]:
        if query.shape[-3] % key.shape[-3] or query.shape[-3] % value.shape[-3]:
            raise Dead
        key, value = (x.repeat_interleave(query.shape[-3] // x.shape[-3], -3) for x in (key, value))
    scores = torch.matmul(query, key.mT)
    if mask is not None:
        summed = scores + mask.to(scores.dtype)
        if summed.shape[-2:] != scores.shape[-2:]:
            raise Dead  # a mask says which positions are seen, it makes no more of them
        scores = summed
    y = torch.matmul(scores, value)
    if lengths is not None and (y.dim() < 3 or lengths.shape != y.shape[:1]):
        raise Dead
    return y if a["scores"] == "none" else (y, scores.expand(*y.shape[:-1], scores.shape[-1]))


CALLS["ScaledDotProductAttention"] = function(scaled_product)


def rotary(a: dict[str, Any], x: Any, cosines: Any, sines: Any) -> Any:
    """By its definition: products of two halves, side by side again."""
    turned = a["rotary_dim"] or x.shape[-1]
    if min(y.dim() for y in (x, cosines, sines)) < 2 or turned > x.shape[-1] or turned % 2:
        raise Dead
    first, second = x[..., :turned].chunk(2, -1)
    if any(y.shape[-1] != first.shape[-1] or y.shape[-2] not in (1, x.shape[-2]) for y in (cosines, sines)):
        raise Dead
    made = first * cosines + second * sines
    return torch.cat((made, made, x[..., turned:].expand(*made.shape[:-1], -1)), -1)


def linear_attention(a: dict[str, Any], query: Any, key: Any, value: Any, *others: Any) -> Any:
    """The sum over all steps by its definition: sizes alone."""
    names = [name for name, rule in (("decay", "gated"), ("beta", "delta")) if rule in a["update_rule"]]
    given = dict(zip((*names, "state"), others, strict=False))
    if len(others) not in (len(names), len(names) + 1) or any(x.dim() != 4 for x in (query, key, value, *others)):
        raise Dead
    if key.shape[0] != query.shape[0] or key.shape[:3] != value.shape[:3] or query.shape[1] % key.shape[1]:
        raise Dead
    if key.shape[2:] != query.shape[2:]:
        raise Dead
    state = torch.einsum("ngte,ngtv->ngev", key, value)
    for name, wanted in (("decay", key.shape), ("beta", (*key.shape[:3], 1)), ("state", state.shape)):
        stretched = {"decay": 3, "beta": 1}.get(name)
        if name in given and any(
            size != right and not (size == 1 and axis == stretched)
            for axis, (size, right) in enumerate(zip(given[name].shape, wanted, strict=True))
        ):
            raise Dead
    return torch.matmul(query, state.repeat_interleave(query.shape[1] // key.shape[1], 1)), state


CALLS["RotaryEmbedding"] = function(rotary)
CALLS["LinearAttention"] = function(linear_attention)
CALLS["Einsum"] = function(lambda a, *xs: torch.einsum(a["equation"], *xs))


def recurrent(kind: str) -> Maker:
    def make(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
        x, *first = inputs
        if x.dim() != 3:
            raise Dead
        arguments.pop("reset_after", None)  # PyTorch's resets after the product; the shapes are the same
        arguments.pop("recurrent_bias")  # PyTorch has both biases or none
        peepholes = arguments.pop("peepholes", False)
        states, size = arguments.pop("return_states"), arguments.pop("input_size") or x.shape[-1]
        arguments.pop("dropout")
        made = getattr(nn, kind)(size, device="cpu", **arguments)
        seen = [name for names in made._all_weights for name in names if peepholes and name.startswith("weight_ih")]
        for name in seen:  # PyTorch has none
            ending = name.removeprefix("weight_ih")
            made.register_parameter(f"weight_peephole{ending}", nn.Parameter(torch.empty(3 * arguments["hidden_size"])))

        def call(module: Any) -> Any:
            # Not on the meta device, which interprets the steps one by one; nor with oneDNN, which compiles each shape.
            with torch.backends.mkldnn.flags(enabled=False):
                start = [torch.zeros(state.shape, device="cpu") for state in first]
                given = (tuple(start) if kind == "LSTM" else start[0],) if start else ()
                y, last = module.float()(torch.zeros(x.shape, device="cpu"), *given)
            results = (y, *(last if isinstance(last, tuple) else (last,))) if states else (y,)
            return tuple(t.to("meta", x.dtype) for t in results)

        return made, call

    return make


CALLS.update({kind: recurrent(kind) for kind in ("RNN", "LSTM", "GRU")})


@maps("Constant")
def constant(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    return nn.Module(), lambda _: torch.empty(
        arguments["shape"], dtype=getattr(torch, arguments["dtype"]), device="meta"
    )


@maps("Full")
def full(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    made = torch.full(arguments["shape"], arguments["value"], dtype=getattr(torch, arguments["dtype"]), device="meta")
    return nn.Module(), lambda _: made


@maps("Arange")
def arange(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    start, limit, step = (arguments[name] for name in ("start", "limit", "step"))
    dtype = getattr(torch, arguments["dtype"])
    return nn.Module(), lambda _: torch.arange(start, limit, step, dtype=dtype, device="meta")


@maps("SizeTensor")
def size_tensor(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    made = torch.tensor(arguments["values"], dtype=getattr(torch, arguments["dtype"]), device="meta")
    shape = arguments["shape"]
    return nn.Module(), lambda _: made if shape is None else made.reshape(shape)


@maps("Parameter")
def parameter(arguments: dict[str, Any], inputs: Sequence[Any]) -> Any:
    made = learned(weight=arguments["shape"])
    return made, lambda m: m.weight.to(getattr(torch, arguments["dtype"]))


SAME_SHAPE = [entry.layer.__name__ for entry in ENTRIES if entry.layer.kind in (Kind.ACTIVATION, Kind.REGULARIZE)]
for _name in (*SAME_SHAPE, "Output"):
    CALLS.setdefault(_name, function(lambda a, x: x))
