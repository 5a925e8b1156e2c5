"""Positions of tokens as rotations of their features."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, layer, shape_text
from cnnshape.layers.demands import equal_sizes, fits
from cnnshape.layers.fields import Count, Flag
from cnnshape.layers.products import broadcast
from cnnshape.symbolic import Size, exact_div, floordiv, product, text

__all__ = ["RotaryEmbedding"]

_RULE = "x (*B, T, D), cosines and sines (*B, T, R/2) where the first R of D features are turned"


@layer
class RotaryEmbedding(Layer):
    """Pairs of features turned by angles that depend on the position, given as cosines and sines.

    Shape:      x (*B, T, D), cosines (*B, T, R/2), sines (*B, T, R/2), their other axes stretched -> y (*B, T, D)
    Formulas:   (u, v) becomes (u cos - v sin, u sin + v cos)    parameters 0    MACs 0;  products 2*prod(*B)*T*R,
                additions prod(*B)*T*R

    Parameters
    ----------
    rotary_dim : how many features are turned, R, the first ones; default None: all
    interleaved : whether pairs are neighbors (0, 1), (2, 3), ...; default False: (0, R/2), (1, R/2 + 1), ...

    Raises
    ------
    ShapeError
        CS201 sizes that must agree differ, CS203 fewer features than are turned, CS204 their number is odd, CS206 an
        input has fewer than two axes.

    Notes
    -----
    ONNX's RotaryEmbedding takes cosines and sines of all positions and the positions of the tokens: a Gather before it.
    What multiplies cosines and sines is no matrix product, so that no MACs are counted.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> T = dim("T")
    >>> x, angles = Spec((dim("N"), 8, T, 64)), Spec((T, 32))
    >>> print(*RotaryEmbedding().outputs((x, angles, angles), Context()))
    (N, 8, T, 64)

    References
    ----------
    [1] Su et al.: RoFormer, Enhanced Transformer with Rotary Position Embedding, arXiv:2104.09864
    [2] https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html
    """

    kind = Kind.ATTENTION
    arity = (3, 3)

    _: KW_ONLY
    rotary_dim: Count | None = None
    interleaved: Flag = False

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        x, *angles = inputs
        for spec in inputs:
            if len(spec.shape) < 2:
                raise ShapeError(
                    f"RotaryEmbedding needs 2 axes or more, the input {shape_text(spec.shape)} has {len(spec.shape)}",
                    code="CS206",
                    got=len(spec.shape),
                    needed=2,
                    rule=_RULE,
                    fix="an input with an axis of positions and an axis of features",
                )
        turned, features = self._turned(x), x.shape[-1]
        if self.rotary_dim is not None:
            fits(ctx, features, turned, "features of the input", f"rotary_dim: {text(features)}")
        ctx.divides(2, turned, lambda: _odd(turned))
        half = exact_div(turned, 2)
        half = floordiv(turned, 2) if half is None else half
        batch = x.shape[:-2]
        for spec, name in zip(angles, ("cosines", "sines"), strict=True):
            equal_sizes(ctx, spec.shape[-1], half, f"features of the {name}", _RULE)
            if spec.shape[-2] != 1:
                equal_sizes(ctx, spec.shape[-2], x.shape[-2], f"positions of the {name}", _RULE)
            batch = broadcast(ctx, batch, spec.shape[:-2])
        return (Spec((*batch, *x.shape[-2:]), x.dtype),)

    def _turned(self, x: Spec) -> Size:
        return x.shape[-1] if self.rotary_dim is None else self.rotary_dim

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        dims = {len(spec.shape) for spec in inputs}
        if len(dims) == 1:
            return Windows(whole=(len(inputs[0].shape) - 1,), exact=False)
        return Windows(everything=True, exact=False)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        many = product(outputs[0].shape[:-1]) * self._turned(inputs[0])
        return Work.of(muls=2 * many, adds=many)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(), ("N", 2, "T", 8), ("N", 1, "T", 4), ("N", 1, "T", 4)),
            Example.of(cls(interleaved=True), ("N", "T", 6), ("T", 3), ("T", 3)),
            Example.of(cls(rotary_dim=4), ("N", 3, "T", 10), (1, 1, "T", 2), (1, 1, "T", 2)),
        )


def _odd(turned: Size) -> ShapeError:
    return ShapeError(
        f"{text(turned)} features cannot be turned in pairs",
        code="CS204",
        field="rotary_dim",
        got=turned,
        needed=2,
        rule="an even number of features is turned",
        fix=f"rotary_dim: {turned - 1}" if isinstance(turned, int) and turned > 1 else "",
    )
