"""Networks that name what is in a picture."""

from __future__ import annotations

from cnnshape.zoo.tables.rows import family

__all__ = ["ENTRIES"]

_50, _101, _152 = (3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3)
_EFFICIENT = (
    (1.0, 1.0, 224), (1.0, 1.1, 240), (1.1, 1.2, 288), (1.2, 1.4, 300), (1.4, 1.8, 380), (1.6, 2.2, 456),
    (1.8, 2.6, 528), (2.0, 3.1, 600),
)  # fmt: skip
_REGNETS = {
    "regnet_x_400mf": (22, 24, 24.48, 2.54, 16, 0),
    "regnet_x_800mf": (16, 56, 35.73, 2.28, 16, 0),
    "regnet_x_1_6gf": (18, 80, 34.01, 2.25, 24, 0),
    "regnet_x_3_2gf": (25, 88, 26.31, 2.25, 48, 0),
    "regnet_x_8gf": (23, 80, 49.56, 2.88, 120, 0),
    "regnet_x_16gf": (22, 216, 55.59, 2.1, 128, 0),
    "regnet_x_32gf": (23, 320, 69.86, 2.0, 168, 0),
    "regnet_y_400mf": (16, 48, 27.89, 2.09, 8, 0.25),
    "regnet_y_800mf": (14, 56, 38.84, 2.4, 16, 0.25),
    "regnet_y_1_6gf": (27, 48, 20.71, 2.65, 24, 0.25),
    "regnet_y_3_2gf": (21, 80, 42.63, 2.66, 24, 0.25),
    "regnet_y_8gf": (17, 192, 76.82, 2.19, 56, 0.25),
    "regnet_y_16gf": (18, 200, 106.23, 2.48, 112, 0.25),
    "regnet_y_32gf": (20, 232, 115.89, 2.53, 232, 0.25),
}
_LARGE = {"layers": 24, "heads": 16, "width": 1024, "hidden": 4096}

ENTRIES = (
    *family(
        "lenet:lenet5",
        "LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, Proceedings of the "
        "IEEE 86 (1998), doi 10.1109/5.726791",
        {"lenet5": {}},
    ),
    *family(
        "plain:alexnet",
        "Krizhevsky: One weird trick for parallelizing convolutional neural networks, 2014, arXiv 1404.5997",
        {"alexnet": {}},
    ),
    *family(
        "zfnet:zfnet",
        "Zeiler, Fergus: Visualizing and Understanding Convolutional Networks, ECCV 2014, "
        "doi 10.1007/978-3-319-10590-1_53",
        {"zfnet": {}},
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
        "xception:xception",
        "Chollet: Xception: Deep Learning with Depthwise Separable Convolutions, CVPR 2017, doi 10.1109/CVPR.2017.195",
        {"xception": {}},
    ),
    *family(
        "mobilenet_v1:mobilenet_v1",
        "Howard et al.: MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications, "
        "arXiv 1704.04861",
        {"mobilenet_v1": {}},
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
    *family(
        "efficient:efficientnet",
        "Tan, Le: EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, ICML 2019, "
        "arXiv 1905.11946",
        {
            f"efficientnet_b{i}": {"width_mult": width, "depth_mult": depth, "image_size": size}
            for i, (width, depth, size) in enumerate(_EFFICIENT)
        },
    ),
    *family(
        "efficient:efficientnet",
        "Tan, Le: EfficientNetV2: Smaller Models and Faster Training, ICML 2021, arXiv 2104.00298",
        {
            "efficientnet_v2_s": {"layout": "v2_s", "image_size": 384},
            "efficientnet_v2_m": {"layout": "v2_m", "image_size": 480},
            "efficientnet_v2_l": {"layout": "v2_l", "image_size": 480},
        },
    ),
    *family(
        "shuffle:shufflenet_v2",
        "Ma, Zhang, Zheng, Sun: ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design, ECCV 2018, "
        "doi 10.1007/978-3-030-01264-9_8",
        {
            "shufflenet_v2_x0_5": {"widths": (24, 48, 96, 192, 1024)},
            "shufflenet_v2_x1_0": {"widths": (24, 116, 232, 464, 1024)},
            "shufflenet_v2_x1_5": {"widths": (24, 176, 352, 704, 1024)},
            "shufflenet_v2_x2_0": {"widths": (24, 244, 488, 976, 2048)},
        },
    ),
    *family(
        "regnet:regnet",
        "Radosavovic, Kosaraju, Girshick, He, Dollar: Designing Network Design Spaces, CVPR 2020, "
        "doi 10.1109/CVPR42600.2020.01044",
        {
            name: dict(zip(("depth", "first_width", "slope", "factor", "group_width", "squeeze"), row, strict=True))
            for name, row in _REGNETS.items()
        },
    ),
    *family(
        "convnext:convnext",
        "Liu, Mao, Wu, Feichtenhofer, Darrell, Xie: A ConvNet for the 2020s, CVPR 2022, "
        "doi 10.1109/CVPR52688.2022.01167",
        {
            "convnext_tiny": {"depths": (3, 3, 9, 3), "width": 96},
            "convnext_small": {"depths": (3, 3, 27, 3), "width": 96},
            "convnext_base": {"depths": (3, 3, 27, 3), "width": 128},
            "convnext_large": {"depths": (3, 3, 27, 3), "width": 192},
        },
    ),
    *family(
        "vit:vit",
        "Dosovitskiy et al.: An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale, ICLR 2021, "
        "arXiv 2010.11929",
        {
            "vit_b_16": {"patch": 16},
            "vit_b_32": {"patch": 32},
            "vit_l_16": {"patch": 16, **_LARGE},
            "vit_l_32": {"patch": 32, **_LARGE},
        },
    ),
)
