"""GoogLeNet and Inception-v3."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, get_args

from cnnshape import layers as L  # as users write it
from cnnshape.graph.build import Input, Tensor
from cnnshape.graph.network import Network
from cnnshape.layers.base import Layer
from cnnshape.symbolic import Size
from cnnshape.zoo.arguments import one_of
from cnnshape.zoo.parts import Piece, Width, conv, named, part, scaled, seq, size

__all__ = ["googlenet", "inception_v3"]

Path = Callable[[Tensor], Tensor]


def _basic(out: Size, k: int | tuple[int, int] = 1, s: int = 1, p: int | tuple[int, int] = 0) -> Path:
    """Return torchvision's BasicConv2d."""
    return named(conv=conv(out, k, s, p), bn=L.BatchNorm(eps=1e-3), relu=L.ReLU())


def _at(name: str, *pieces: Piece) -> Path:
    """Return a branch under its name; one of several pieces has them as `name_1`, `name_2`, ..."""
    if len(pieces) == 1:
        return lambda x: part(name, pieces[0], x)
    return named({f"{name}_{i}": piece for i, piece in enumerate(pieces, 1)})


def _branches(*paths: Piece) -> Path:
    def apply(x: Tensor) -> Tensor:
        joined: Tensor = L.Concat()([x.apply(path) if isinstance(path, Layer) else path(x) for path in paths])
        return joined

    return apply


def _image(channels: Size | str) -> Tensor:
    return Input("input", (channels, "H", "W"))


# --- GoogLeNet: its 5x5 is a 3x3, as torchvision has it -------------------------------------------------------------

_MODULES: dict[str, tuple[int, ...]] = {
    "inception3a": (64, 96, 128, 16, 32, 32), "inception3b": (128, 128, 192, 32, 96, 64), "maxpool3": (3,),
    "inception4a": (192, 96, 208, 16, 48, 64), "inception4b": (160, 112, 224, 24, 64, 64),
    "inception4c": (128, 128, 256, 24, 64, 64), "inception4d": (112, 144, 288, 32, 64, 64),
    "inception4e": (256, 160, 320, 32, 128, 128), "maxpool4": (2,),
    "inception5a": (256, 160, 320, 32, 128, 128), "inception5b": (384, 192, 384, 48, 128, 128),
}  # fmt: skip
"""Channels of a module: 1x1; before the 3x3, 3x3; before the 5x5, 5x5; behind the pool. Or the kernel of a pool."""
_HEADS = ("inception4b", "inception4e")
"""Modules whose input an auxiliary head takes too."""


def _inception(one: Size, three: Size, out3: Size, five: Size, out5: Size, pool: Size) -> Path:
    return _branches(
        _at("branch1", _basic(one)),
        _at("branch2", seq(_basic(three), _basic(out3, 3, 1, 1))),
        _at("branch3", seq(_basic(five), _basic(out5, 3, 1, 1))),
        _at("branch4", seq(L.MaxPool(3, stride=1, padding=1, ceil_mode=True), _basic(pool))),
    )


def googlenet(
    name: str,
    *,
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
    aux: bool = False,
) -> Network:
    """Return GoogLeNet (Inception-v1) with batch norm under torchvision's names.

    Parameters
    ----------
    name : what the network is called
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels; a number, or a formula such as "w"
    aux : True for the two auxiliary heads, which have parameters and do not run outside of training

    References
    ----------
    .. [1] Szegedy et al.: Going Deeper with Convolutions, CVPR 2015, doi 10.1109/CVPR.2015.7298594
    """
    one_of("aux", aux, (False, True))
    classes, w = size(num_classes), partial(scaled, width_mult=width_mult)

    def pool(k: int) -> Piece:
        return L.MaxPool(k, stride=2, ceil_mode=True)

    def head() -> Path:
        inner, hidden = w(128), w(1024)
        return named(
            pool=L.AdaptiveAvgPool(4), conv=_basic(inner), flatten=L.Flatten(),
            fc1=L.Linear(hidden, in_features=16 * inner), relu=L.ReLU(), dropout=L.Dropout(0.7),
            fc2=L.Linear(classes, in_features=hidden),
        )  # fmt: skip

    start = _image(in_channels)
    x = named(
        conv1=_basic(w(64), 7, 2, 3), maxpool1=pool(3),
        conv2=_basic(w(64)), conv3=_basic(w(192), 3, 1, 1), maxpool2=pool(3),
    )(start)  # fmt: skip
    held: list[Tensor] = []
    last: Size = 0
    for module, row in _MODULES.items():
        if aux and module in _HEADS:
            held.append(part(f"aux{len(held) + 1}", head(), x))
        if len(row) == 1:
            x = part(module, pool(*row), x)
        else:
            one, three, out3, five, out5, behind = (w(channels) for channels in row)
            x = part(module, _inception(one, three, out3, five, out5, behind), x)
            last = one + out3 + out5 + behind
    y = named(
        avgpool=L.AdaptiveAvgPool(1),
        flatten=L.Flatten(),
        dropout=L.Dropout(0.2),
        fc=L.Linear(classes, in_features=last),
    )(x)
    return Network(name, inputs=start, outputs=y, held=held, defaults={"H": 224, "W": 224})


# --- Inception-v3 ---------------------------------------------------------------------------------------------------

Scale = Callable[[int], Size]
Mean = Callable[[], Layer]
Variant = Literal["torchvision", "slim"]

_MEANS: dict[Variant, Mean] = {
    "torchvision": lambda: L.AvgPool(3, stride=1, padding=1),
    "slim": lambda: L.AvgPool(3, stride=1, padding="same_upper", count_include_pad=False),
}


def _right(out: Size) -> Path:
    return _basic(out, (1, 7), 1, (0, 3))


def _down(out: Size) -> Path:
    return _basic(out, (7, 1), 1, (3, 0))


def _pooled(out: Size, mean: Mean) -> Path:
    return lambda x: part("branch_pool", _basic(out), x.apply(mean()))


def _reduced(*paths: Path) -> Path:
    return _branches(*paths, L.MaxPool(3, stride=2))


def _mixed_5(w: Scale, mean: Mean, pool: int) -> Path:
    return _branches(
        _at("branch1x1", _basic(w(64))),
        _at("branch5x5", _basic(w(48)), _basic(w(64), 5, 1, 2)),
        _at("branch3x3dbl", _basic(w(64)), _basic(w(96), 3, 1, 1), _basic(w(96), 3, 1, 1)),
        _pooled(w(pool), mean),
    )


def _mixed_6(w: Scale, mean: Mean, channels: int) -> Path:
    c, out = w(channels), w(192)
    return _branches(
        _at("branch1x1", _basic(out)),
        _at("branch7x7", _basic(c), _right(c), _down(out)),
        _at("branch7x7dbl", _basic(c), _down(c), _right(c), _down(c), _right(out)),
        _pooled(out, mean),
    )


def _mixed_7(w: Scale, mean: Mean) -> Path:
    def corners(name: str) -> Path:
        one, other = _basic(w(384), (1, 3), 1, (0, 1)), _basic(w(384), (3, 1), 1, (1, 0))
        return _branches(_at(f"{name}a", one), _at(f"{name}b", other))

    def three(x: Tensor) -> Tensor:
        return corners("branch3x3_2")(part("branch3x3_1", _basic(w(384)), x))

    def double(x: Tensor) -> Tensor:
        return corners("branch3x3dbl_3")(_at("branch3x3dbl", _basic(w(448)), _basic(w(384), 3, 1, 1))(x))

    return _branches(_at("branch1x1", _basic(w(320))), three, double, _pooled(w(192), mean))


def inception_v3(
    name: str,
    *,
    num_classes: Size | str = 1000,
    in_channels: Size | str = 3,
    width_mult: Width = 1,
    aux: bool = True,
    variant: Variant = "torchvision",
) -> Network:
    """Return Inception-v3 under torchvision's names.

    Parameters
    ----------
    name : what the network is called
    num_classes, in_channels : numbers, or formulas
    width_mult : factor of all channels; a number, or a formula such as "w"
    aux : True for the auxiliary head, which has parameters and does not run outside of training
    variant : "torchvision"; "slim", as TF-Slim: averages leave out what is padded. All windows and sizes are the same;
        that TF-Slim's norms have no factor is not taken over

    References
    ----------
    .. [1] Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: Rethinking the Inception Architecture for Computer Vision,
       CVPR 2016, doi 10.1109/CVPR.2016.308
    """
    one_of("aux", aux, (True, False))
    one_of("variant", variant, get_args(Variant))
    classes, w, mean = size(num_classes), partial(scaled, width_mult=width_mult), _MEANS[variant]
    mixed_5, mixed_6 = partial(_mixed_5, w, mean), partial(_mixed_6, w, mean)
    start = _image(in_channels)
    x = named(
        Conv2d_1a_3x3=_basic(w(32), 3, 2), Conv2d_2a_3x3=_basic(w(32), 3), Conv2d_2b_3x3=_basic(w(64), 3, 1, 1),
        maxpool1=L.MaxPool(3, stride=2), Conv2d_3b_1x1=_basic(w(80)), Conv2d_4a_3x3=_basic(w(192), 3),
        maxpool2=L.MaxPool(3, stride=2),
        Mixed_5b=mixed_5(32), Mixed_5c=mixed_5(64), Mixed_5d=mixed_5(64),
        Mixed_6a=_reduced(
            _at("branch3x3", _basic(w(384), 3, 2)),
            _at("branch3x3dbl", _basic(w(64)), _basic(w(96), 3, 1, 1), _basic(w(96), 3, 2)),
        ),
        Mixed_6b=mixed_6(128), Mixed_6c=mixed_6(160), Mixed_6d=mixed_6(160), Mixed_6e=mixed_6(192),
    )(start)  # fmt: skip
    head = named(
        pool=L.AvgPool(5, stride=3), conv0=_basic(w(128)), conv1=_basic(w(768), 5), avgpool=L.AdaptiveAvgPool(1),
        flatten=L.Flatten(), fc=L.Linear(classes, in_features=w(768)),
    )  # fmt: skip
    held = [part("AuxLogits", head, x)] if aux else []
    last = w(320) + 4 * w(384) + w(192)
    y = named(
        Mixed_7a=_reduced(
            _at("branch3x3", _basic(w(192)), _basic(w(320), 3, 2)),
            _at("branch7x7x3", _basic(w(192)), _right(w(192)), _down(w(192)), _basic(w(192), 3, 2)),
        ),
        Mixed_7b=_mixed_7(w, mean), Mixed_7c=_mixed_7(w, mean), avgpool=L.AdaptiveAvgPool(1), dropout=L.Dropout(),
        flatten=L.Flatten(), fc=L.Linear(classes, in_features=last),
    )(x)  # fmt: skip
    return Network(name, inputs=start, outputs=y, held=held, defaults={"H": 299, "W": 299})
