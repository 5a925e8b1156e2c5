"""AlexNet, VGG and SqueezeNet with other arguments."""

import pytest

import cnnshape as cs
from cnnshape.symbolic import dim, evaluate


def report(name, **arguments):
    return cs.report(cs.zoo(name, **arguments))


@pytest.mark.parametrize(
    ("name", "of_ten"), [("alexnet", 57_044_810), ("vgg16", 134_301_514), ("squeezenet1_0", 740_554)]
)
def test_ten_classes(name, of_ten):
    """The usual sums of `numel()` of PyTorch's modules for CIFAR-10."""
    assert report(name, num_classes=10).params == of_ten


def vgg(depths, w, classes, channels):
    """Parameters of a VGG: convolutions of 3x3 with biases, then three linear layers, the first on 7x7 positions."""
    total, inp = 0, channels
    for width, count in zip((64, 128, 256, 512, 512), depths, strict=True):
        for _ in range(count):
            total += (9 * inp + 1) * width * w
            inp = width * w
    hidden = 4096 * w
    return total + (49 * inp + 1) * hidden + (hidden + 1) * hidden + (hidden + 1) * classes


@pytest.mark.parametrize(("name", "depths"), [("vgg11", (1, 1, 2, 2, 2)), ("vgg19", (2, 2, 4, 4, 4))])
def test_vgg_as_a_formula_of_its_width(name, depths):
    w, k, c = dim("w"), dim("k"), dim("c")
    found = report(name, width_mult="w", num_classes="k", in_channels="c").params
    assert found == vgg(depths, w, k, c)
    for number in (0.5, 2):
        at = evaluate(report(name, width_mult="w/2").params, {"w": int(2 * number)})
        assert at == report(name, width_mult=number).params == vgg(depths, number, 1000, 3)


def test_depths_of_vgg():
    deeper = report("vgg16", depths=(2, 2, 4, 4, 4))
    assert deeper.params == report("vgg19").params
    assert report("vgg16", norm=True).params == report("vgg16_bn").params


def test_the_version_of_squeezenet():
    assert report("squeezenet1_0", version="1.1").params == report("squeezenet1_1").params
    with pytest.raises(cs.UsageError, match=r"version is one of '1\.0', '1\.1'"):
        cs.zoo("squeezenet1_0", version="2")


@pytest.mark.parametrize(("name", "kernel", "out"), [("alexnet", 121, 64), ("vgg13", 9, 64), ("squeezenet1_0", 49, 96)])
def test_gray_pictures(name, kernel, out):
    """Two channels fewer: two kernels fewer for each filter of the first convolution."""
    assert report(name).params - report(name, in_channels=1).params == 2 * kernel * out
