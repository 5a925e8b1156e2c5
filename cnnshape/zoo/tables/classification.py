"""Networks that name what is in a picture."""

from __future__ import annotations

from cnnshape.zoo.tables.rows import family

__all__ = ["ENTRIES"]

_50, _101, _152 = (3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3)

ENTRIES = (
    *family(
        "resnet:resnet",
        "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, CVPR 2016, doi 10.1109/CVPR.2016.90",
        {
            "resnet18": {"depths": (2, 2, 2, 2), "basic": True},
            "resnet34": {"depths": (3, 4, 6, 3), "basic": True},
            "resnet50": {"depths": _50},
            "resnet101": {"depths": _101},
            "resnet152": {"depths": _152},
        },
    ),
    *family(
        "resnet:resnet",
        "Zagoruyko, Komodakis: Wide Residual Networks, BMVC 2016, doi 10.5244/C.30.87",
        {
            "wide_resnet50_2": {"depths": _50, "group_width": 128},
            "wide_resnet101_2": {"depths": _101, "group_width": 128},
        },
    ),
    *family(
        "resnet:resnet",
        "Xie, Girshick, Dollar, Tu, He: Aggregated Residual Transformations for Deep Neural Networks, CVPR 2017, "
        "doi 10.1109/CVPR.2017.634",
        {
            "resnext50_32x4d": {"depths": _50, "groups": 32, "group_width": 4},
            "resnext101_32x8d": {"depths": _101, "groups": 32, "group_width": 8},
            "resnext101_64x4d": {"depths": _101, "groups": 64, "group_width": 4},
        },
    ),
    *family(
        "resnet:resnet",
        "Hu, Shen, Sun: Squeeze-and-Excitation Networks, CVPR 2018, doi 10.1109/CVPR.2018.00745",
        {"se_resnet50": {"depths": _50, "reduction": 16}},
    ),
    *family(
        "mobile:mobilenet_v2",
        "Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2: Inverted Residuals and Linear Bottlenecks, CVPR 2018, "
        "doi 10.1109/CVPR.2018.00474",
        {"mobilenet_v2": {}},
    ),
    *family(
        "mobile:mobilenet_v3",
        "Howard et al.: Searching for MobileNetV3, ICCV 2019, doi 10.1109/ICCV.2019.00140",
        {"mobilenet_v3_small": {"layout": "small"}, "mobilenet_v3_large": {"layout": "large"}},
    ),
    *family(
        "mobile:mnasnet",
        "Tan et al.: MnasNet: Platform-Aware Neural Architecture Search for Mobile, CVPR 2019, "
        "doi 10.1109/CVPR.2019.00293",
        {
            "mnasnet0_5": {"width_mult": 0.5},
            "mnasnet0_75": {"width_mult": 0.75},
            "mnasnet1_0": {"width_mult": 1.0},
            "mnasnet1_3": {"width_mult": 1.3},
        },
    ),
)
