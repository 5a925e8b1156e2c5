"""The vision transformer."""

from __future__ import annotations

from cnnshape import layers as L  # as users write it
from cnnshape.errors import UsageError
from cnnshape.graph.build import Parameter, Tensor, block
from cnnshape.graph.network import Network
from cnnshape.symbolic import Size, dim
from cnnshape.zoo.arguments import within
from cnnshape.zoo.parts import Piece, Width, conv, named, network, part, scaled, seq, size

__all__ = ["vit"]


def _layer(heads: int, width: Size, hidden: Size) -> Piece:
    mlp = seq(
        L.Linear(hidden, in_features=width), L.GELU(), L.Dropout(0.0), L.Linear(width, in_features=hidden),
        L.Dropout(0.0),
    )  # fmt: skip
    attention = L.MultiheadAttention(num_heads=heads, batch_first=True)

    def apply(x: Tensor) -> Tensor:
        y = named(ln_1=L.LayerNorm(eps=1e-6), self_attention=attention, dropout=L.Dropout(0.0))(x)
        x = L.Add()([y, x])
        y = named(ln_2=L.LayerNorm(eps=1e-6), mlp=mlp)(x)
        added: Tensor = L.Add()([x, y])
        return added

    return apply


def vit(
    name: str,
    patch: int,
    *,
    layers: int = 12,
    heads: int = 12,
    width: int = 768,
    hidden: int = 3072,
    image_size: int = 224,
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
) -> Network:
    """Return a vision transformer under torchvision's names.

    Parameters
    ----------
    name : what the network is called
    patch : side of a patch, pixels
    layers : of the encoder
    heads : of each attention
    width : numbers of each patch, a multiple of `heads`
    hidden : numbers inside of each perceptron
    image_size : side of the picture, pixels, a multiple of `patch`; the positions are learned, so no other number of
        patches fits
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of `hidden`, and of the part of `width` that each head has; a number, or a formula such as "w"

    References
    ----------
    .. [1] Dosovitskiy et al.: An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale, ICLR 2021,
       arXiv 2010.11929
    """
    for argument, given in (("patch", patch), ("heads", heads), ("width", width), ("hidden", hidden)):
        within(argument, given, 1, 100_000)
    within("layers", layers, 1, 10_000)
    _multiple("width", width, "heads", heads)
    _multiple("image_size", image_size, "patch", patch)
    channels, inner = heads * scaled(width // heads, width_mult), scaled(hidden, width_mult)
    tokens = (image_size // patch) ** 2 + 1

    def body(x: Tensor) -> Tensor:
        x = part("conv_proj", conv(channels, patch, patch, 0, bias=True), x)
        x = x.apply(L.Flatten(start_dim=2)).apply(L.Permute((0, 2, 1)))
        token = Parameter("class_token", (1, 1, channels), init="constant").apply(L.Expand((dim("N"), -1, -1)))
        x = L.Concat(dim=1)([token, x])
        with block("encoder"):
            x = L.Add()([x, Parameter("pos_embedding", (1, tokens, channels))])
            stack = {f"encoder_layer_{i}": _layer(heads, channels, inner) for i in range(layers)}
            x = named(dropout=L.Dropout(0.0), layers=named(stack), ln=L.LayerNorm(eps=1e-6))(x)
        head = L.Linear(size(num_classes), in_features=channels)
        return named(token=L.Gather(0, dim=1), heads=named(head=head))(x)

    return network(name, body, in_channels, H=image_size, W=image_size)


def _multiple(argument: str, given: int, of: str, factor: int) -> None:
    within(argument, given, factor, 100_000)
    if given % factor:
        raise UsageError(
            f"{argument} = {given} is no multiple of {of} = {factor}",
            code="CS009",
            got=given,
            rule=f"{argument} is a multiple of {of}",
            fix=f"{argument}={given // factor * factor}",
        )
