"""TF-Slim's variants: parameters and sizes in its code and its tests (tensorflow/models, research/slim/nets)."""

import pytest

import cnnshape as cs


def affine(found, kinds):
    return sum(layer.params for layer in found if layer.kind in kinds)


def test_alexnet_v2():
    """nets/alexnet.py: filters 64, 192, 384, 384, 256; fc6 is a 5x5 convolution over the whole last map."""
    found = cs.report(cs.zoo("alexnet", variant="slim"))
    convolutions = ((3, 64, 11), (64, 192, 5), (192, 384, 3), (384, 384, 3), (384, 256, 3), (256, 4096, 5))
    linear = ((4096, 4096), (4096, 1000))
    count = sum(a * b * k * k + b for a, b, k in convolutions) + sum(a * b + b for a, b in linear)
    assert found.params == count == 50_303_912
    at = found.at(N=5, H=224, W=224)
    assert at.outputs["classifier.6"] == (5, 1000)
    # 224 -> (224 - 11)//4 + 1 = 54 -> three pools of 3 by 2: 26, 12, 5.
    assert [at.tensors[f"features.{i}"][2] for i in (0, 2, 5, 12)] == [54, 26, 12, 5]


def test_vgg_16_reads_the_whole_last_map():
    """nets/vgg.py: fc6 is a 7x7 convolution without padding; one more pixel of the map would give several outputs."""
    found, torchvision = cs.report(cs.zoo("vgg16", variant="slim")), cs.report(cs.zoo("vgg16"))
    assert found.params == torchvision.params == 138_357_544
    assert found.at().macs == torchvision.at().macs
    for H in (223, 224, 255, 256):
        assert (H in found.conditions["H"]) is (H // 2**5 == 7)
    assert 32 in torchvision.conditions["H"]


def test_there_is_no_slim_vgg_with_batch_norm():
    with pytest.raises(cs.UsageError, match="variant = 'slim' is not known"):
        cs.zoo("vgg16_bn", variant="slim")


def test_inception_v3_has_the_sizes_and_variables_of_slim():
    """inception_v3_test.py: 21 802 784 variables below the head; its norms have statistics and no factor."""
    found = cs.report(cs.zoo("inception_v3", variant="slim", aux=False))
    weights, norms = affine(found, ("conv",)), affine(found, ("norm",)) // 2
    assert weights + 3 * norms == 21_802_784
    at = found.at()
    sides = {
        "Conv2d_1a_3x3.conv": 149, "Conv2d_2a_3x3.conv": 147, "Conv2d_2b_3x3.conv": 147, "maxpool1": 73,
        "Conv2d_3b_1x1.conv": 73, "Conv2d_4a_3x3.conv": 71, "maxpool2": 35, "Mixed_5b.branch1x1.conv": 35,
        "Mixed_6a.branch3x3.conv": 17, "Mixed_7a.branch3x3_2.conv": 8, "Mixed_7c.branch1x1.conv": 8,
    }  # fmt: skip
    assert {name: at.tensors[name][2] for name in sides} == sides
    means = [node.layer for node in found.network.nodes if type(node.layer).__name__ == "AvgPool"]
    assert [(mean.padding, mean.count_include_pad) for mean in means] == [("same_upper", False)] * 9


def test_mobilenet_v1_has_the_variables_of_slim():
    """mobilenet_v1_test.py: 3 217 920 variables below the head; its norms have statistics and no factor."""
    found = cs.report(cs.zoo("mobilenet_v1", variant="slim"))
    weights, norms = affine(found, ("conv",)), affine(found, ("norm",)) // 2
    assert weights + 3 * norms == 3_217_920


@pytest.mark.parametrize("name", ["resnet50", "resnet101", "resnet152"])
def test_resnet_v1_at_every_size(name):
    """resnet_v1.py: the last map has (height - 1)//32 + 1 rows."""
    found = cs.report(cs.zoo(name, variant="slim"))
    for H, W in ((224, 320), (321, 321), (33, 1)):
        at = found.at(N=2, H=H, W=W)
        assert at.tensors["layer4.2.relu_3"] == (2, 2048, (H - 1) // 32 + 1, (W - 1) // 32 + 1)
    assert found.params == cs.report(cs.zoo(name)).params
