"""Networks that name what is in a picture."""

from __future__ import annotations

from cnnshape.zoo.tables.rows import family

__all__ = ["ENTRIES"]

_50, _101, _152 = (3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3)

ENTRIES = (
    *family(
        "plain:alexnet",
        "Krizhevsky: One weird trick for parallelizing convolutional neural networks, 2014, arXiv 1404.5997",
        {"alexnet": {}},
    ),
    *family(
        "plain:vgg",
        "Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015, "
        "arXiv 1409.1556",
        {
            "vgg11": {"depths": (1, 1, 2, 2, 2)},
            "vgg11_bn": {"depths": (1, 1, 2, 2, 2), "norm": True},
            "vgg13": {"depths": (2, 2, 2, 2, 2)},
            "vgg13_bn": {"depths": (2, 2, 2, 2, 2), "norm": True},
            "vgg16": {"depths": (2, 2, 3, 3, 3)},
            "vgg16_bn": {"depths": (2, 2, 3, 3, 3), "norm": True},
            "vgg19": {"depths": (2, 2, 4, 4, 4)},
            "vgg19_bn": {"depths": (2, 2, 4, 4, 4), "norm": True},
        },
    ),
    *family(
        "plain:squeezenet",
        "Iandola et al.: SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and < 0.5MB model size, 2016, "
        "arXiv 1602.07360",
        {"squeezenet1_0": {"version": "1.0"}, "squeezenet1_1": {"version": "1.1"}},
    ),
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
        "densenet:densenet",
        "Huang, Liu, van der Maaten, Weinberger: Densely Connected Convolutional Networks, CVPR 2017, "
        "doi 10.1109/CVPR.2017.243",
        {
            "densenet121": {"depths": (6, 12, 24, 16)},
            "densenet161": {"depths": (6, 12, 36, 24), "growth": 48, "stem": 96},
            "densenet169": {"depths": (6, 12, 32, 32)},
            "densenet201": {"depths": (6, 12, 48, 32)},
        },
    ),
    *family(
        "inception:googlenet",
        "Szegedy et al.: Going Deeper with Convolutions, CVPR 2015, doi 10.1109/CVPR.2015.7298594",
        {"googlenet": {}},
    ),
    *family(
        "inception:inception_v3",
        "Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: Rethinking the Inception Architecture for Computer Vision, "
        "CVPR 2016, doi 10.1109/CVPR.2016.308",
        {"inception_v3": {}},
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
