"""Attention without a softmax: a state that every step adds to and reads from."""

from __future__ import annotations

from dataclasses import KW_ONLY
from functools import partial

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows, Work, layer, shape_text
from cnnshape.layers.demands import share
from cnnshape.layers.fields import Number, Word, one_of
from cnnshape.symbolic import Size, product, text

__all__ = ["LinearAttention"]

_RULE = (
    "query (N, H, T, E), key (N, G, T, E), value (N, G, T, V), decay (N, G, T, E or 1), beta (N, G or 1, T, 1), "
    "state (N, G, E, V)"
)
_NAMES = ("query", "key", "value")


@layer
class LinearAttention(Layer):
    """Attention whose keys and values are summed up in a state, step by step.

    Shape:      query (N, H, T, E), key (N, G, T, E), value (N, G, T, V) [, decay (N, G, T, E or 1)] [, beta (N, G or 1,
                T, 1)] [, state (N, G, E, V)] -> y (N, H, T, V), state (N, G, E, V);  G divides H
    Formulas:   S = exp(decay) S + k^T v, y = scale * q S;  delta rules write beta*(v - k S) instead of v
                parameters 0    MACs N*T*E*V*(G + H), and N*T*E*V*G more for what a delta rule reads

    Parameters
    ----------
    update_rule : "linear", "gated" (with decay), "delta" (with beta) or "gated_delta" (with both)
    scale : default None, 1/sqrt(E)

    Raises
    ------
    ShapeError
        CS201 sizes that must agree differ, CS204 the heads of the key do not divide those of the query, CS205 another
        number of inputs than the rule takes, CS206 an input without four axes.

    Notes
    -----
    ONNX's LinearAttention, whose inputs have heads and features in one axis; there gated_delta is the default. The
    inputs come in the order of the first line, those that the rule does not take left out; without a state it starts
    at 0. Decays are logarithms.

    Examples
    --------
    >>> from cnnshape.layers.base import Context, Spec
    >>> from cnnshape.symbolic import dim
    >>> x = Spec((dim("N"), 4, dim("T"), 16))
    >>> print(*LinearAttention().outputs((x, x, x), Context()))
    (N, 4, T, 16) (N, 4, 16, 16)

    References
    ----------
    [1] Katharopoulos et al.: Transformers are RNNs, ICML 2020, arXiv:2006.16236
    [2] Yang, Kautz, Hatamizadeh: Gated Delta Networks, arXiv:2412.06464
    [3] https://onnx.ai/onnx/operators/onnx__LinearAttention.html
    """

    kind = Kind.ATTENTION
    arity = (3, 6)

    _: KW_ONLY
    update_rule: Word = one_of("linear", "gated", "delta", "gated_delta")
    scale: Number | None = None

    def taken(self) -> tuple[bool, bool]:
        """Return whether the rule takes a decay and a beta."""
        return "gated" in self.update_rule, "delta" in self.update_rule

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        gated, delta = self.taken()
        least = 3 + gated + delta
        if not least <= len(inputs) <= least + 1:
            raise ShapeError(
                f"the rule {self.update_rule} takes {least} inputs, or one more, the state; {len(inputs)} are given",
                code="CS205",
                got=len(inputs),
                needed=least,
                rule=_RULE,
                fix=", ".join(("query, key, value", *(("decay",) if gated else ()), *(("beta",) if delta else ()))),
            )
        for spec in inputs:
            if len(spec.shape) != 4:
                raise ShapeError(
                    f"LinearAttention needs 4 axes, the input {shape_text(spec.shape)} has {len(spec.shape)}",
                    code="CS206",
                    got=len(spec.shape),
                    needed=4,
                    rule=_RULE,
                    fix="unflatten the axis of heads and features",
                )
        query, key, value, *others = inputs
        n, heads, steps, embed = query.shape
        groups, width = key.shape[1], value.shape[-1]
        share(ctx, heads, groups, "heads of the query", "heads of the key")
        wanted = [("key", key, (n, groups, steps, embed)), ("value", value, (n, groups, steps, width))]
        if gated:
            decay = others.pop(0)
            wanted.append(("decay", decay, (n, groups, steps, 1 if decay.shape[-1] == 1 else embed)))
        if delta:
            beta = others.pop(0)
            wanted.append(("beta", beta, (n, 1 if beta.shape[1] == 1 else groups, steps, 1)))
        wanted += [("state", state, (n, groups, embed, width)) for state in others]
        for name, spec, shape in wanted:
            for axis, (size, needed) in enumerate(zip(spec.shape, shape, strict=True)):
                ctx.equal(needed, size, partial(_differ, f"axis {axis} of the {name}", needed, size))
        return Spec((n, heads, steps, width), query.dtype), Spec((n, groups, embed, width), query.dtype)

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        return Windows(everything=True, exact=False)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        query, _, value, *_ = inputs
        y, state = outputs
        gated, delta = self.taken()
        each = query.shape[2] * product(state.shape)
        read = query.shape[2] * product((*query.shape[:2], *state.shape[2:]))
        corrected = product(value.shape) if delta else 0
        return Work.of(
            (2 * each if delta else each) + read,
            muls=product(y.shape) + (each if gated else 0) + corrected,
            adds=corrected,
            transcendental=product(inputs[3].shape) if gated else 0,
        )

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        query, key, value, state = ("N", 4, "T", 3), ("N", 2, "T", 3), ("N", 2, "T", 2), ("N", 2, 3, 2)
        return (
            Example.of(cls(), query, key, value),
            Example.of(cls(update_rule="gated"), query, key, value, key, state),
            Example.of(cls(update_rule="delta", scale=0.5), query, key, value, ("N", 1, "T", 1)),
            Example.of(cls(update_rule="gated_delta"), query, key, value, ("N", 2, "T", 1), ("N", 2, "T", 1), state),
        )


def _differ(what: str, wanted: Size, size: Size) -> ShapeError:
    return ShapeError(
        f"{what}: {text(size)}, {text(wanted)} are needed",
        code="CS201",
        got=size,
        needed=wanted,
        rule=_RULE,
        fix=f"give both {text(wanted)}",
    )
