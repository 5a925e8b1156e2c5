"""Networks for sound, video and lines of text."""

from __future__ import annotations

from cnnshape.zoo.tables.rows import family

__all__ = ["ENTRIES"]

ENTRIES = (
    *family(
        "waveform:waveform",
        "Dai, Dai, Qu, Li, Das: Very deep convolutional neural networks for raw waveforms, ICASSP 2017, "
        "doi 10.1109/ICASSP.2017.7952190",
        {
            "m3": {"widths": (256, 256), "depths": (1, 1)},
            "m5": {"widths": (128, 128, 256, 512), "depths": (1, 1, 1, 1)},
            "m5_speech_commands": {
                "widths": (32, 32, 64, 64), "depths": (1, 1, 1, 1), "stride": 16, "num_classes": 35,
                "variant": "pytorch",
            },
            "m11": {"widths": (64, 64, 128, 256, 512), "depths": (1, 2, 2, 3, 2)},
            "m18": {"widths": (64, 64, 128, 256, 512), "depths": (1, 4, 4, 4, 4)},
        },
        task="sound",
    ),
    *family(
        "tcn:tcn",
        "Bai, Kolter, Koltun: An Empirical Evaluation of Generic Convolutional and Recurrent Networks for Sequence "
        "Modeling, arXiv 1803.01271",
        {"tcn": {}},
        task="series",
    ),
    *family(
        "c3d:c3d",
        "Tran, Bourdev, Fergus, Torresani, Paluri: Learning Spatiotemporal Features with 3D Convolutional Networks, "
        "ICCV 2015, doi 10.1109/ICCV.2015.510",
        {"c3d": {}},
        task="video",
    ),
    *family(
        "crnn:crnn",
        "Shi, Bai, Yao: An End-to-End Trainable Neural Network for Image-Based Sequence Recognition and Its "
        "Application to Scene Text Recognition, IEEE TPAMI 39 (2017), doi 10.1109/TPAMI.2016.2646371",
        {"crnn": {}},
        task="text",
    ),
    *family(
        "video:video_resnet",
        "Tran, Wang, Torresani, Ray, LeCun, Paluri: A Closer Look at Spatiotemporal Convolutions for Action "
        "Recognition, CVPR 2018, doi 10.1109/CVPR.2018.00675",
        {
            "r3d_18": {"kinds": ("3d", "3d", "3d", "3d")},
            "mc3_18": {"kinds": ("3d", "mixed", "mixed", "mixed")},
            "r2plus1d_18": {"kinds": ("2+1", "2+1", "2+1", "2+1")},
        },
        task="video",
    ),
)  # fmt: skip
