"""Published networks, built in Python under torchvision's module names."""

from functools import partial

from tests.golden.networks.densenet import densenet
from tests.golden.networks.inception import googlenet, inception_v3
from tests.golden.networks.mobile import V2_L, V2_M, V2_S, efficientnet, mnasnet, mobilenet_v2, mobilenet_v3
from tests.golden.networks.plain import alexnet, squeezenet, vgg
from tests.golden.networks.resnet import resnet
from tests.golden.networks.shuffle import regnet, shufflenet_v2
from tests.golden.networks.transformer import convnext, swin, vit
from tests.golden.networks.video import crnn, dcgan, no_temporal, simple, two_plus_one, video_resnet

__all__ = ["NETWORKS", "crnn", "dcgan", "googlenet", "resnet"]


def _named(make, rows):
    return {name: partial(make, name, *args) for name, args in rows.items()}


_EFFICIENT = zip(
    (1.0, 1.0, 1.1, 1.2, 1.4, 1.6, 1.8, 2.0),
    (1.0, 1.1, 1.2, 1.4, 1.8, 2.2, 2.6, 3.1),
    (224, 240, 288, 300, 380, 456, 528, 600),
    strict=True,
)
_50, _101, _152 = (3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3)

NETWORKS = {
    "alexnet": alexnet,
    **{f"vgg{depth}{'_bn' * norm}": partial(vgg, depth, norm) for depth in (11, 13, 16, 19) for norm in (False, True)},
    "squeezenet1_0": partial(squeezenet, "1_0"),
    "squeezenet1_1": partial(squeezenet, "1_1"),
    "resnet18": partial(resnet, "resnet18", (2, 2, 2, 2), basic=True),
    "resnet34": partial(resnet, "resnet34", (3, 4, 6, 3), basic=True),
    "resnet50": partial(resnet, "resnet50", _50),
    "resnet101": partial(resnet, "resnet101", _101),
    "resnet152": partial(resnet, "resnet152", _152),
    "resnext50_32x4d": partial(resnet, "resnext50_32x4d", _50, groups=32, width=4),
    "resnext101_32x8d": partial(resnet, "resnext101_32x8d", _101, groups=32, width=8),
    "resnext101_64x4d": partial(resnet, "resnext101_64x4d", _101, groups=64, width=4),
    "wide_resnet50_2": partial(resnet, "wide_resnet50_2", _50, width=128),
    "wide_resnet101_2": partial(resnet, "wide_resnet101_2", _101, width=128),
    **_named(
        densenet,
        {
            "densenet121": ((6, 12, 24, 16),),
            "densenet161": ((6, 12, 36, 24), 48, 96),
            "densenet169": ((6, 12, 32, 32),),
            "densenet201": ((6, 12, 48, 32),),
        },
    ),
    "googlenet": googlenet,
    "inception_v3": inception_v3,
    "mobilenet_v2": mobilenet_v2,
    "mobilenet_v3_small": partial(mobilenet_v3, "small"),
    "mobilenet_v3_large": partial(mobilenet_v3, "large"),
    **{
        f"efficientnet_b{i}": partial(efficientnet, f"efficientnet_b{i}", width=width, depth=depth, size=size)
        for i, (width, depth, size) in enumerate(_EFFICIENT)
    },
    "efficientnet_v2_s": partial(efficientnet, "efficientnet_v2_s", V2_S, size=384, last=1280),
    "efficientnet_v2_m": partial(efficientnet, "efficientnet_v2_m", V2_M, size=480, last=1280),
    "efficientnet_v2_l": partial(efficientnet, "efficientnet_v2_l", V2_L, size=480, last=1280),
    **{f"mnasnet{alpha}".replace(".", "_"): partial(mnasnet, alpha) for alpha in (0.5, 0.75, 1.0, 1.3)},
    **_named(
        shufflenet_v2,
        {
            "shufflenet_v2_x0_5": ((24, 48, 96, 192, 1024),),
            "shufflenet_v2_x1_0": ((24, 116, 232, 464, 1024),),
            "shufflenet_v2_x1_5": ((24, 176, 352, 704, 1024),),
            "shufflenet_v2_x2_0": ((24, 244, 488, 976, 2048),),
        },
    ),
    **_named(
        regnet,
        {
            "regnet_x_400mf": (22, 24, 24.48, 2.54, 16),
            "regnet_x_800mf": (16, 56, 35.73, 2.28, 16),
            "regnet_x_1_6gf": (18, 80, 34.01, 2.25, 24),
            "regnet_x_3_2gf": (25, 88, 26.31, 2.25, 48),
            "regnet_x_8gf": (23, 80, 49.56, 2.88, 120),
            "regnet_x_16gf": (22, 216, 55.59, 2.1, 128),
            "regnet_x_32gf": (23, 320, 69.86, 2.0, 168),
            "regnet_y_400mf": (16, 48, 27.89, 2.09, 8, 0.25),
            "regnet_y_800mf": (14, 56, 38.84, 2.4, 16, 0.25),
            "regnet_y_1_6gf": (27, 48, 20.71, 2.65, 24, 0.25),
            "regnet_y_3_2gf": (21, 80, 42.63, 2.66, 24, 0.25),
            "regnet_y_8gf": (17, 192, 76.82, 2.19, 56, 0.25),
            "regnet_y_16gf": (18, 200, 106.23, 2.48, 112, 0.25),
            "regnet_y_32gf": (20, 232, 115.89, 2.53, 232, 0.25),
        },
    ),
    **_named(
        convnext,
        {
            "convnext_tiny": ((3, 3, 9, 3), (96, 192, 384, 768)),
            "convnext_small": ((3, 3, 27, 3), (96, 192, 384, 768)),
            "convnext_base": ((3, 3, 27, 3), (128, 256, 512, 1024)),
            "convnext_large": ((3, 3, 27, 3), (192, 384, 768, 1536)),
        },
    ),
    **_named(
        vit,
        {
            "vit_b_16": (16, 12, 12, 768, 3072),
            "vit_b_32": (32, 12, 12, 768, 3072),
            "vit_l_16": (16, 24, 16, 1024, 4096),
            "vit_l_32": (32, 24, 16, 1024, 4096),
        },
    ),
    **_named(swin, {"swin_t": (), "swin_s": ((2, 2, 18, 2),), "swin_b": ((2, 2, 18, 2), 128, 4)}),
    "r3d_18": partial(video_resnet, "r3d_18", (simple,) * 4),
    "mc3_18": partial(video_resnet, "mc3_18", (simple, no_temporal, no_temporal, no_temporal)),
    "r2plus1d_18": partial(video_resnet, "r2plus1d_18", (two_plus_one,) * 4, factored_stem=True),
}
"""Builders by torchvision's names."""
