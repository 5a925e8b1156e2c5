"""What a layer is in a picture: its role chooses the color, the hatch and the shape of its box."""

from __future__ import annotations

from functools import lru_cache

from cnnshape.layers.base import Kind, Layer, Spec
from cnnshape.layers.merge import Add, Concat
from cnnshape.render.palette import Role

__all__ = ["role_of"]

_OF_KIND: dict[Kind, Role] = {
    Kind.IO: "io",
    Kind.CONV: "conv",
    Kind.RESAMPLE: "up_conv",
    Kind.NORM: "norm",
    Kind.ACTIVATION: "activation",
    Kind.POOL: "pool",
    Kind.LINEAR: "linear",
}
_OF_CLASS: dict[type[Layer], Role] = {Add: "add", Concat: "concat"}
_SPREADING = frozenset({Kind.CONV, Kind.POOL, Kind.RESHAPE})


@lru_cache(maxsize=4096)
def role_of(layer: Layer, inputs: tuple[Spec, ...] | None) -> Role:
    """Return the role of a layer in its place.

    Two joins have a role of their own. Otherwise the kind decides, except where the window spreads a pixel over several
    (a transposed convolution, a pixel shuffle), and where the weight of a convolution is narrower than its input (a
    grouped or depthwise one).

    Parameters
    ----------
    layer : Layer
    inputs : what enters it; None where that is unknown or does not fit, at and behind a fault

    Examples
    --------
    >>> from cnnshape.layers import Conv, ConvTranspose, PixelShuffle
    >>> x = (Spec((1, 32, 8, 8)),)
    >>> role_of(Conv(32, kernel_size=3), x), role_of(Conv(32, kernel_size=3, groups=32), x), role_of(PixelShuffle(2), x)
    ('conv', 'depthwise', 'up_conv')
    """
    named = _OF_CLASS.get(type(layer))
    if named is not None:
        return named
    if layer.kind in _SPREADING and _spreads(layer, inputs):
        return "up_conv"
    if layer.kind is Kind.CONV and _narrow(layer, inputs):
        return "depthwise"
    return _OF_KIND.get(layer.kind, "other")


def _spreads(layer: Layer, inputs: tuple[Spec, ...] | None) -> bool:
    if inputs is None:
        return "Transpose" in type(layer).__name__
    return any(window.mode == "transposed" for window in layer.window(inputs).axes.values())


def _narrow(layer: Layer, inputs: tuple[Spec, ...] | None) -> bool:
    if inputs is None:
        return getattr(layer, "groups", 1) != 1
    first = next(iter(layer.weights(inputs).values()), None)
    return first is not None and len(first.shape) > 1 and first.shape[1] != inputs[0].shape[1]
