"""Attention: every position looks at every other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY
from functools import partial

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Weight, Windows, Work, layer, shape_text
from cnnshape.layers.demands import channels, share
from cnnshape.layers.fields import Count, Flag, Number
from cnnshape.symbolic import Size, product, text

__all__ = ["MultiheadAttention"]

_NAMES = ("query", "key", "value")


@layer
class MultiheadAttention(Layer):
    """Attention of several heads between three learned projections of the inputs, and a fourth of the result.

    Shape:      query (L, N, E), key (S, N, E_k), value (S, N, E_v) -> y (L, N, E);  batch_first: (N, L, E), ...
    Formulas:   parameters E*(E + E_k + E_v + E) + 4*E [bias] + 2*E [add_bias_kv]
                MACs N*(L*E*E + S*E*(E_k + E_v) + 2*L*S'*E + L*E*E);  S' = S + add_bias_kv + add_zero_attn

    One input is query, key and value (self-attention), of two the second is key and value, three are all of them.

    Parameters
    ----------
    embed_dim : optional, E; held against the last axis of the query
    num_heads : number of heads, divides E, >= 1
    dropout : probability that a weight of the attention is zeroed while training, default 0
    bias : whether the four projections have a bias, default True
    add_bias_kv : whether a learned position is added to keys and values, default False
    add_zero_attn : whether a position of zeros is added to keys and values, default False
    kdim, vdim : optional, E_k and E_v; held against the last axes of key and value
    batch_first : whether the batch is the first axis, default False: (L, N, E)

    Raises
    ------
    ShapeError
        CS201 batches or the lengths of key and value differ, CS202 embed_dim, kdim or vdim differ, CS204 num_heads does
        not divide embed_dim, CS206 an input has not three axes.

    Notes
    -----
    In PyTorch kdim and vdim are embed_dim unless given; here they are read from the inputs. Where both are E, the three
    projections are one weight (in_proj_weight), else three; the count is the same. Keras's key_dim is the size of one
    head, and its projections are free of E: key_dim*num_heads = E is this layer. ONNX writes the products.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> x = Spec((dim("N"), dim("T"), 512))
    >>> attention = MultiheadAttention(512, num_heads=8, batch_first=True)
    >>> print(attention.outputs((x,), Context())[0], *attention.weights((x,)))
    (N, T, 512) in_proj_weight in_proj_bias out_proj.weight out_proj.bias

    References
    ----------
    [1] Vaswani et al.: Attention Is All You Need, NeurIPS 2017, arXiv:1706.03762
    [2] https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html
    """

    kind = Kind.ATTENTION
    arity = (1, 3)
    pytorch = "MultiheadAttention(512, 8) is MultiheadAttention(512, num_heads=8)"

    embed_dim: Count | None = None
    _: KW_ONLY
    num_heads: Count
    dropout: Number = 0.0
    bias: Flag = True
    add_bias_kv: Flag = False
    add_zero_attn: Flag = False
    kdim: Count | None = None
    vdim: Count | None = None
    batch_first: Flag = False

    def _roles(self, inputs: tuple[Spec, ...]) -> tuple[Spec, Spec, Spec]:
        """Return query, key and value."""
        return inputs[0], inputs[min(1, len(inputs) - 1)], inputs[-1]

    def _axes(self) -> tuple[int, int]:
        """Return the axes of the batch and of the positions."""
        return (0, 1) if self.batch_first else (1, 0)

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        for spec in inputs:
            if len(spec.shape) != 3:
                raise _not_sequence(self, spec, self.batch_first)
        query, key, value = self._roles(inputs)
        embed = channels(ctx, self.embed_dim, query.shape[2], "embed_dim")
        share(ctx, embed, self.num_heads, "embed_dim", "num_heads")
        channels(ctx, self.kdim, key.shape[2], "kdim")
        channels(ctx, self.vdim, value.shape[2], "vdim")
        batch, position = self._axes()
        for axis, one, two in ((batch, 0, 1), (batch, 0, 2), (position, 1, 2)):
            a, b = self._roles(inputs)[one], self._roles(inputs)[two]
            ctx.equal(
                a.shape[axis], b.shape[axis], partial(_differ, (_NAMES[one], a), (_NAMES[two], b), axis, axis == batch)
            )
        return (Spec((*query.shape[:2], embed), query.dtype),)

    def _sizes(self, inputs: tuple[Spec, ...]) -> tuple[Size, Size, Size]:
        """Return E, E_k and E_v."""
        given = (self.embed_dim, self.kdim, self.vdim)
        embed, key, value = (
            spec.shape[2] if size is None else size for size, spec in zip(given, self._roles(inputs), strict=True)
        )
        return embed, key, value

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        embed, key, value = self._sizes(inputs)
        weights: dict[str, Weight] = {}
        if key == embed and value == embed:
            weights["in_proj_weight"] = Weight((3 * embed, embed), init="xavier_uniform")
        else:
            for letter, size in zip("qkv", (embed, key, value), strict=True):
                weights[f"{letter}_proj_weight"] = Weight((embed, size), init="xavier_uniform")
        if self.bias:
            weights["in_proj_bias"] = Weight((3 * embed,), init="constant")
        if self.add_bias_kv:
            weights["bias_k"] = Weight((1, 1, embed), init="normal")
            weights["bias_v"] = Weight((1, 1, embed), init="normal")
        weights["out_proj.weight"] = Weight((embed, embed))
        if self.bias:
            weights["out_proj.bias"] = Weight((embed,), init="constant")
        return weights

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(whole=(self._axes()[1], 2), exact=len(inputs) == 1)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        query, key, _ = self._roles(inputs)
        embed, key_size, value_size = self._sizes(inputs)
        batch, position = self._axes()
        images, queries, keys = query.shape[batch], query.shape[position], key.shape[position]
        seen = keys + int(self.add_bias_kv) + int(self.add_zero_attn)
        projections = 2 * queries * embed + keys * (key_size + value_size)
        softmax = softmax_work(images * self.num_heads * queries, seen)
        biases = 2 * images * (queries + keys) * embed if self.bias else 0
        return Work.of(
            images * embed * (projections + 2 * queries * seen),
            muls=softmax.muls + images * queries * embed,  # the query is divided by the root of the size of a head
            adds=softmax.adds + biases,
            compares=softmax.compares,
            transcendental=softmax.transcendental,
        )

    def label(self) -> str:
        return f"Attention {text(self.num_heads)} heads"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(8, num_heads=2, batch_first=True), ("N", "T", 8)),
            Example.of(cls(num_heads=3, bias=False), ("T", "N", 6), ("S", "N", 4)),
            Example.of(
                cls(
                    4, num_heads=1, kdim=3, vdim=5, add_bias_kv=True, add_zero_attn=True, dropout=0.1, batch_first=True
                ),
                ("N", "T", 4),
                ("N", "S", 3),
                ("N", "S", 5),
            ),
        )


def softmax_work(rows: Size, width: Size) -> Work:
    """Return the work of a softmax over `rows` vectors of `width`: largest, differences, exp, sum, quotients."""
    size = rows * width
    return Work.of(muls=size, adds=2 * size - rows, compares=size - rows, transcendental=size)


def _not_sequence(layer: Layer, spec: Spec, batch_first: bool) -> ShapeError:
    axes = "(batch, positions, features)" if batch_first else "(positions, batch, features)"
    fix = "an input of three axes"
    if len(spec.shape) == 4:
        sequence = shape_text((spec.shape[0], product(spec.shape[2:]), spec.shape[1]))
        fix = f"flatten(start_dim=2), permute to (N, H*W, C), batch_first: true; the input is then {sequence}"
    return ShapeError(
        f"{type(layer).__name__} needs three axes {axes}, the input {shape_text(spec.shape)} has {len(spec.shape)}",
        code="CS206",
        got=len(spec.shape),
        needed=3,
        rule=f"with batch_first: {str(batch_first).lower()} the axes are {axes}",
        fix=fix,
    )


def _differ(one: tuple[str, Spec], two: tuple[str, Spec], axis: int, is_batch: bool) -> ShapeError:
    (first, a), (second, b) = one, two
    what = "batch" if is_batch else "length"
    return ShapeError(
        f"{what}: the {first} has {text(a.shape[axis])}, the {second} {text(b.shape[axis])}",
        code="CS201",
        got=b.shape[axis],
        needed=a.shape[axis],
        given=f"{first} {shape_text(a.shape)}, {second} {shape_text(b.shape)}",
        rule="all inputs have the same batch; key and value have the same length",
        fix=f"give both {text(a.shape[axis])} on axis {axis}",
    )
