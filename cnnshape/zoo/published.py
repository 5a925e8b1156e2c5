"""Published figures: parameters, and 10^9 multiply-adds of one input at the network's default size."""

from __future__ import annotations

from types import MappingProxyType

from cnnshape.zoo.entry import Published

__all__ = ["PUBLISHED"]

_TORCHVISION = "torchvision 0.28.0, metadata of the weights"

_OTHERS = {
    "lenet5": Published(61_706, "", "Keras's and torchsummary's summaries of the usual LeNet-5: Total params 61,706"),
    "zfnet": Published(62_357_608, "", "pytorchcv: weight_count == 62357608"),
    "mobilenet_v1": Published(4_231_976, "0.569", "keras.applications and timm; 569 million in the paper's table 4"),
    "xception": Published(22_855_952, "", "keras.applications: Trainable params 22,855,952"),
    "m5_speech_commands": Published(26_915, "", "PyTorch's tutorial on speech commands: Number of parameters 26915"),
    "c3d": Published(
        79_991_015, "38.5", "Keras port of the authors' weights: Total params 79,991,015; MMAction2: 38.5 G"
    ),
    "unet": Published(31_037_698, "", "summaries of milesial's Pytorch-UNet with two classes: 31,037,698"),
    "unet_original": Published(31_030_658, "", "Keras's summaries of the paper's network: Total params 31,030,658"),
    "yolov3_tiny": Published(8_852_366, "2.78", "Ultralytics: 8852366 parameters; Darknet: 5.56 billion operations"),
    "dcgan": Published(3_576_704, "", "torchsummary of PyTorch's tutorial: Total params 3,576,704"),
    "srcnn": Published(8_129, "", "Keras's summaries: Total params 8,129; 8,032 weights in the paper, without biases"),
    "espcn": Published(22_729, "", "torchstat's summary of a port with PyTorch: Total params 22,729"),
}

PUBLISHED = MappingProxyType(
    {
        name: Published(params, gmacs, _TORCHVISION)
        for name, params, gmacs in (
            ("alexnet", 61_100_840, "0.714"),
            ("vgg11", 132_863_336, "7.609"),
            ("vgg11_bn", 132_868_840, "7.609"),
            ("vgg13", 133_047_848, "11.308"),
            ("vgg13_bn", 133_053_736, "11.308"),
            ("vgg16", 138_357_544, "15.470"),
            ("vgg16_bn", 138_365_992, "15.470"),
            ("vgg19", 143_667_240, "19.632"),
            ("vgg19_bn", 143_678_248, "19.632"),
            ("squeezenet1_0", 1_248_424, "0.819"),
            ("squeezenet1_1", 1_235_496, "0.349"),
            ("resnet18", 11_689_512, "1.814"),
            ("resnet34", 21_797_672, "3.664"),
            ("resnet50", 25_557_032, "4.089"),
            ("resnet101", 44_549_160, "7.801"),
            ("resnet152", 60_192_808, "11.514"),
            ("resnext50_32x4d", 25_028_904, "4.230"),
            ("resnext101_32x8d", 88_791_336, "16.414"),
            ("resnext101_64x4d", 83_455_272, "15.460"),
            ("wide_resnet50_2", 68_883_240, "11.398"),
            ("wide_resnet101_2", 126_886_696, "22.753"),
            ("densenet121", 7_978_856, "2.834"),
            ("densenet161", 28_681_000, "7.728"),
            ("densenet169", 14_149_480, "3.360"),
            ("densenet201", 20_013_928, "4.291"),
            ("googlenet", 6_624_904, "1.498"),
            ("inception_v3", 27_161_264, "5.713"),
            ("mobilenet_v2", 3_504_872, "0.301"),
            ("mobilenet_v3_small", 2_542_856, "0.057"),
            ("mobilenet_v3_large", 5_483_032, "0.217"),
            ("efficientnet_b0", 5_288_548, "0.386"),
            ("efficientnet_b1", 7_794_184, "0.687"),
            ("efficientnet_b2", 9_109_994, "1.088"),
            ("efficientnet_b3", 12_233_232, "1.827"),
            ("efficientnet_b4", 19_341_616, "4.394"),
            ("efficientnet_b5", 30_389_784, "10.266"),
            ("efficientnet_b6", 43_040_704, "19.068"),
            ("efficientnet_b7", 66_347_960, "37.746"),
            ("efficientnet_v2_s", 21_458_488, "8.366"),
            ("efficientnet_v2_m", 54_139_356, "24.582"),
            ("efficientnet_v2_l", 118_515_272, "56.080"),
            ("mnasnet0_5", 2_218_512, "0.104"),
            ("mnasnet0_75", 3_170_208, "0.215"),
            ("mnasnet1_0", 4_383_312, "0.314"),
            ("mnasnet1_3", 6_282_256, "0.526"),
            ("shufflenet_v2_x0_5", 1_366_792, "0.040"),
            ("shufflenet_v2_x1_0", 2_278_604, "0.145"),
            ("shufflenet_v2_x1_5", 3_503_624, "0.296"),
            ("shufflenet_v2_x2_0", 7_393_996, "0.583"),
            ("regnet_x_400mf", 5_495_976, "0.414"),
            ("regnet_x_800mf", 7_259_656, "0.800"),
            ("regnet_x_1_6gf", 9_190_136, "1.603"),
            ("regnet_x_3_2gf", 15_296_552, "3.177"),
            ("regnet_x_8gf", 39_572_648, "7.995"),
            ("regnet_x_16gf", 54_278_536, "15.941"),
            ("regnet_x_32gf", 107_811_560, "31.736"),
            ("regnet_y_400mf", 4_344_144, "0.402"),
            ("regnet_y_800mf", 6_432_512, "0.834"),
            ("regnet_y_1_6gf", 11_202_430, "1.612"),
            ("regnet_y_3_2gf", 19_436_338, "3.176"),
            ("regnet_y_8gf", 39_381_472, "8.473"),
            ("regnet_y_16gf", 83_590_140, "15.912"),
            ("regnet_y_32gf", 145_046_770, "32.280"),
            ("convnext_tiny", 28_589_128, "4.456"),
            ("convnext_small", 50_223_688, "8.684"),
            ("convnext_base", 88_591_464, "15.355"),
            ("convnext_large", 197_767_336, "34.361"),
            ("vit_b_16", 86_567_656, "17.564"),
            ("vit_b_32", 88_224_232, "4.409"),
            ("vit_l_16", 304_326_632, "61.555"),
            ("vit_l_32", 306_535_400, "15.378"),
            ("r3d_18", 33_371_472, "40.697"),
            ("mc3_18", 11_695_440, "43.343"),
            ("r2plus1d_18", 31_505_325, "40.519"),
            ("fcn_resnet50", 35_322_218, "152.717"),
            ("fcn_resnet101", 54_314_346, "232.738"),
            ("deeplabv3_resnet50", 42_004_074, "178.722"),
            ("deeplabv3_resnet101", 60_996_202, "258.743"),
            ("deeplabv3_mobilenet_v3_large", 11_029_328, "10.452"),
            ("lraspp_mobilenet_v3_large", 3_221_538, "2.086"),
        )
    }
    | _OTHERS
)
