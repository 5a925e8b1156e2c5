"""Networks whose output is a map: segmentation, detection, pictures that are made or enlarged."""

from __future__ import annotations

from cnnshape.zoo.tables.rows import family

__all__ = ["ENTRIES"]

_50, _101 = (3, 4, 6, 3), (3, 4, 23, 3)

ENTRIES = (
    *family(
        "segmentation:fcn",
        "Long, Shelhamer, Darrell: Fully Convolutional Networks for Semantic Segmentation, CVPR 2015, "
        "doi 10.1109/CVPR.2015.7298965",
        {"fcn_resnet50": {"depths": _50}, "fcn_resnet101": {"depths": _101}},
        task="segmentation",
    ),
    *family(
        "segmentation:deeplabv3",
        "Chen, Papandreou, Schroff, Adam: Rethinking Atrous Convolution for Semantic Image Segmentation, 2017, "
        "arXiv 1706.05587",
        {"deeplabv3_resnet50": {"depths": _50}, "deeplabv3_resnet101": {"depths": _101}},
        task="segmentation",
    ),
    *family(
        "segmentation:deeplabv3_mobilenet",
        "Chen, Papandreou, Schroff, Adam: Rethinking Atrous Convolution for Semantic Image Segmentation, 2017, "
        "arXiv 1706.05587",
        {"deeplabv3_mobilenet_v3_large": {}},
        task="segmentation",
    ),
    *family(
        "segmentation:lraspp",
        "Howard et al.: Searching for MobileNetV3, ICCV 2019, doi 10.1109/ICCV.2019.00140",
        {"lraspp_mobilenet_v3_large": {}},
        task="segmentation",
    ),
    *family(
        "unet:unet",
        "Ronneberger, Fischer, Brox: U-Net: Convolutional Networks for Biomedical Image Segmentation, MICCAI 2015, "
        "doi 10.1007/978-3-319-24574-4_28",
        {"unet": {}, "unet_original": {"padding": "valid", "norm": False, "in_channels": 1}},
        task="segmentation",
    ),
    *family(
        "segnet:segnet",
        "Badrinarayanan, Kendall, Cipolla: SegNet: A Deep Convolutional Encoder-Decoder Architecture for Image "
        "Segmentation, IEEE TPAMI 39(12), 2017, doi 10.1109/TPAMI.2016.2644615",
        {"segnet": {}},
        task="segmentation",
    ),
    *family(
        "yolo:yolov3_tiny",
        "Redmon, Farhadi: YOLOv3: An Incremental Improvement, 2018, arXiv 1804.02767",
        {"yolov3_tiny": {}},
        task="detection",
    ),
    *family(
        "generators:dcgan",
        "Radford, Metz, Chintala: Unsupervised Representation Learning with Deep Convolutional Generative Adversarial "
        "Networks, ICLR 2016, arXiv 1511.06434",
        {"dcgan": {}},
        task="picture generation",
    ),
    *family(
        "super_resolution:srcnn",
        "Dong, Loy, He, Tang: Image Super-Resolution Using Deep Convolutional Networks, IEEE TPAMI 38(2), 2016, "
        "doi 10.1109/TPAMI.2015.2439281",
        {"srcnn": {}},
        task="super-resolution",
    ),
    *family(
        "super_resolution:espcn",
        "Shi et al.: Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional "
        "Neural Network, CVPR 2016, doi 10.1109/CVPR.2016.207",
        {"espcn": {}},
        task="super-resolution",
    ),
)
