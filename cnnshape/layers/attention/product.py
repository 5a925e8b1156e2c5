"""The attention product alone, without projections, and the learned scale of transformer branches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY

from cnnshape.errors import ShapeError
from cnnshape.layers.arguments import refuse
from cnnshape.layers.attention.spec import softmax_work
from cnnshape.layers.base import (
    POINTWISE,
    WHOLE,
    Context,
    Example,
    Kind,
    Layer,
    Spec,
    Weight,
    Windows,
    Work,
    layer,
    shape_text,
    sizes,
)
from cnnshape.layers.demands import channels, elements, equal_sizes, normal_axis, share
from cnnshape.layers.fields import Count, Flag, Integer, Natural, Number, Word, one_of
from cnnshape.layers.products import broadcast
from cnnshape.symbolic import Size, product

__all__ = ["LayerScale", "ScaledDotProductAttention"]

_RULE = "query (*B, L, E), key (*B, S, E), value (*B, S, E_v), mask broadcast to (*B, L, S)"


@layer
class ScaledDotProductAttention(Layer):
    """softmax(scale * Q K^T + mask) V, the attention itself.

    Shape:      query (*B, L, E), key (*B, S, E), value (*B, S, E_v), optional mask (*B, L, S), optional lengths (N,)
                -> y (*B, L, E_v) [, scores (*B, L, S)]
    Formulas:   parameters 0    MACs prod(*B)*L*S*(E + E_v); what hides keys does not lower them

    Parameters
    ----------
    dropout_p : probability that a weight is zeroed while training, default 0
    is_causal : whether a position sees only itself and earlier ones, default False; excludes a mask
    scale : default null, 1/sqrt(E)
    enable_gqa : whether key and value may have fewer heads (axis -3) than the query, each shared by a group of them
    softcap : if above 0, scores are bounded by it, as softcap*tanh(scores/softcap), before they are masked; default 0
    left_window_size, right_window_size : how many keys before and after its own position a query sees, default -1: all
    offset : the position of the first query among the keys, the number of keys of earlier steps; default 0
    scores : whether, and how, the scores come out too: "none", "raw" (scaled), "capped", "masked", or "weights", their
        softmax

    Raises
    ------
    ArgumentError
        CS401, a window size below -1.
    ShapeError
        CS201 sizes that must agree differ, CS204 the heads of the key do not divide those of the query, CS205 a mask
        beside is_causal, CS206 an input has fewer than two axes (three with enable_gqa), or the lengths have several.

    Notes
    -----
    torch.nn.functional.scaled_dot_product_attention; ONNX's Attention with softcap, windows, offset and lengths. A last
    input of integers holds lengths: of each sample so many keys are seen, and its last query stands at the last of them
    (offset is then not used). Beside a mask, right_window_size = 0 says what is_causal does. A query that sees nothing
    gives zeros.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> q = Spec((dim("N"), 8, dim("T"), 64))
    >>> print(ScaledDotProductAttention().outputs((q, q, q), Context())[0])
    (N, 8, T, 64)

    References
    ----------
    [1] Vaswani et al.: Attention Is All You Need, NeurIPS 2017, arXiv:1706.03762
    [2] https://onnx.ai/onnx/operators/onnx__Attention.html
    """

    kind = Kind.ATTENTION
    arity = (3, 5)

    _: KW_ONLY
    dropout_p: Number = 0.0
    is_causal: Flag = False
    scale: Number | None = None
    enable_gqa: Flag = False
    softcap: Number = 0.0
    left_window_size: Integer = -1
    right_window_size: Integer = -1
    offset: Natural = 0
    scores: Word = one_of("none", "raw", "capped", "masked", "weights")

    def validate(self) -> None:
        for name in ("left_window_size", "right_window_size"):
            if getattr(self, name) < -1:
                refuse(self, name, "a window has no such size", rule=f"{name} >= -1; -1 is no bound", fix=f"{name}: -1")

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        query, key, value, *masks = self._floating(inputs)
        self._check_axes((query, key, value, *masks))
        equal_sizes(ctx, key.shape[-1], query.shape[-1], "features of query and key", _RULE)
        equal_sizes(ctx, value.shape[-2], key.shape[-2], "length of key and value", _RULE)
        batch = broadcast(ctx, query.shape[:-2], self._heads(ctx, query, key))
        batch = broadcast(ctx, batch, self._heads(ctx, query, value))
        for mask in masks:
            names = (("rows of the mask", query.shape[-2]), ("columns of the mask", key.shape[-2]))
            for (name, wanted), size in zip(names, mask.shape[-2:], strict=True):
                if size != 1:
                    equal_sizes(ctx, size, wanted, name, _RULE)
            batch = broadcast(ctx, batch, mask.shape[:-2])
        for lengths in self._lengths(inputs):
            if len(lengths.shape) != 1 or not batch:
                raise _no_lengths(lengths)
            equal_sizes(ctx, lengths.shape[0], batch[0], "lengths and samples", _RULE)
        y = Spec((*batch, query.shape[-2], value.shape[-1]), query.dtype)
        return (y,) if self.scores == "none" else (y, Spec((*batch, query.shape[-2], key.shape[-2]), query.dtype))

    def _lengths(self, inputs: tuple[Spec, ...]) -> tuple[Spec, ...]:
        """Return the last input, if it holds how many keys count."""
        return inputs[-1:] if len(inputs) > 3 and "int" in inputs[-1].dtype else ()

    def _floating(self, inputs: tuple[Spec, ...]) -> tuple[Spec, ...]:
        """Return the other inputs: query, key, value, mask."""
        given = inputs[: len(inputs) - len(self._lengths(inputs))]
        if len(given) > 4:
            raise ShapeError(
                f"{len(given)} inputs, and no lengths among them",
                code="CS205",
                got=len(given),
                needed=4,
                rule="query, key, value, a mask, and lengths of integers",
                fix="leave the last input out, or cast: int64 on it",
            )
        return given

    def _check_axes(self, inputs: tuple[Spec, ...]) -> None:
        if self.is_causal and len(inputs) > 3:
            raise ShapeError(
                "ScaledDotProductAttention has is_causal and a mask",
                code="CS205",
                got=len(inputs),
                needed=3,
                rule="a mask, or is_causal, or neither",
                fix="leave the mask out, or is_causal: false with a mask that is causal",
            )
        for place, spec in enumerate(inputs):
            least = 3 if self.enable_gqa and place < 3 else 2
            if len(spec.shape) < least:
                raise ShapeError(
                    f"ScaledDotProductAttention needs {least} axes or more, the input {shape_text(spec.shape)} has "
                    f"{len(spec.shape)}",
                    code="CS206",
                    got=len(spec.shape),
                    needed=least,
                    rule=_RULE,
                    fix="an input with an axis of positions and an axis of features: [T, C]",
                )

    def _heads(self, ctx: Context, query: Spec, other: Spec) -> tuple[Size, ...]:
        """Return the batch axes of key or value, their heads repeated to those of the query."""
        if not self.enable_gqa:
            return other.shape[:-2]
        share(ctx, query.shape[-3], other.shape[-3], "heads of the query", "heads of the key")
        return (*other.shape[:-3], query.shape[-3])

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        dims = {len(spec.shape) for spec in inputs[:3]}
        last = len(inputs[0].shape) - 1
        return Windows(whole=(last - 1, last), exact=False) if len(dims) == 1 else WHOLE

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        query, key, value, *masks = inputs
        capped, hidden = (
            self.softcap > 0,
            masks or self.is_causal or {self.left_window_size, self.right_window_size} > {-1},
        )
        rows, width = product(outputs[0].shape[:-1]), key.shape[-2]
        scores = rows * width
        softmax = softmax_work(rows, width)
        return Work.of(
            scores * (query.shape[-1] + value.shape[-1]),
            muls=softmax.muls + (3 * scores if capped else scores),
            adds=softmax.adds + (scores if hidden else 0),
            compares=softmax.compares,
            transcendental=softmax.transcendental + (scores if capped else 0),
        )

    def label(self) -> str:
        return "Attention"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 2, "T", 4), ("N", 2, "S", 4), ("N", 2, "S", 3)),
            Example.of(cls(is_causal=True, scale=0.5, dropout_p=0.1), ("N", "T", 4), ("N", "T", 4), ("N", "T", 4)),
            Example.of(cls(enable_gqa=True), ("N", 4, "T", 3), ("N", 2, "T", 3), ("N", 2, "T", 3)),
            Example.of(cls(), ("N", 2, "T", 4), ("N", 2, "S", 4), ("N", 2, "S", 4), (1, 1, "T", "S")),
            Example.of(cls(softcap=2.0, scores="weights"), ("N", "T", 4), ("N", "S", 4), ("N", "S", 3), ("T", 1)),
            Example.of(
                cls(left_window_size=2, right_window_size=0, scores="raw"),
                *(("N", 2, "T", 3),) * 3,
                ("T", "T"),
                Spec(sizes("N"), "int64"),
            ),
        )


@layer
class LayerScale(Layer):
    """A learned factor for each channel.

    Shape:      x (N, C, *) -> y (N, C, *)
    Formulas:   y = gamma*x    parameters C    MACs 0

    Parameters
    ----------
    num_features : optional, the channels; held against the input
    init_values : gamma before training, default 1e-5
    dim : the axis of the channels, default 1; -1 for (N, T, C)

    Raises
    ------
    ShapeError
        CS202 num_features differ, CS207 the input has no such axis.

    Notes
    -----
    timm's LayerScale(dim, init_values) has the channels last, and calls their number dim.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> LayerScale().weights((Spec((dim("N"), 96, dim("H"), dim("W"))),))["gamma"].shape
    (96,)

    References
    ----------
    [1] Touvron et al.: Going deeper with Image Transformers, ICCV 2021, arXiv:2103.17239
    """

    kind = Kind.NORM
    pytorch = "LayerScale(96, 1e-6) is LayerScale(96, init_values=1e-6)"

    num_features: Count | None = None
    _: KW_ONLY
    init_values: Number = 1e-5
    dim: Integer = 1

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        (x,) = inputs
        axis = normal_axis(self.dim, len(x.shape))
        size = channels(ctx, self.num_features, x.shape[axis], "num_features")
        return (Spec((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype),)

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        size = inputs[0].shape[self.dim] if self.num_features is None else self.num_features
        return {"gamma": Weight((size,), init="constant", value=self.init_values)}

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return POINTWISE

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        return Work.of(muls=elements(inputs[0]))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", "C", "H", "W")),
            Example.of(cls(4, dim=-1, init_values=1e-6), ("N", "T", 4)),
            Example.of(cls(3), ("N", 3, "L")),
        )


def _no_lengths(lengths: Spec) -> ShapeError:
    return ShapeError(
        f"the lengths {shape_text(lengths.shape)} are not one for each sample",
        code="CS206",
        got=len(lengths.shape),
        needed=1,
        rule="lengths (N,): how many keys count in each sample of the first axis; a mask is bool or floating",
        fix="lengths with one axis",
    )
