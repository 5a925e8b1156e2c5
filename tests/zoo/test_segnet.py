"""SegNet: torchvision's VGG-16, the authors' Caffe model, ENet's table and a module written here."""

from functools import cache
from itertools import pairwise

import pytest

import cnnshape as cs

STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
DECODER = (512, 512, 512, 512, 512, 256, 256, 256, 128, 128, 64, 64)
"""Filters of conv5_3_D to conv1_2_D in the authors' prototxt; conv1_1_D has the classes."""


@cache
def report(**arguments):
    return cs.report(cs.zoo("segnet", **arguments))


def test_parameters():
    # torchvision 0.28.0: vgg16_bn has 138 365 992 parameters, its classifier 25088-4096-4096-1000.
    classifier = 25_088 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 1000 + 1000
    encoder = 138_365_992 - classifier
    decoder, inp = 0, 512
    for out in DECODER:
        decoder += inp * out * 9 + out + 2 * out
        inp = out
    last = 64 * 11 * 9 + 11
    found = report()
    assert found.params == encoder + decoder + last
    side = {True: 0, False: 0}
    for layer in found:
        side["_D" in layer.name] += layer.params
    assert side == {False: encoder, True: decoder + last}
    assert encoder // 10**5 == 147  # "14.7M" in the paper, section 1


def test_operations_as_in_the_table_of_enet():
    # Paszke et al. 2016, arXiv:1606.02147, table 3, for 3x640x360: 286.03 GFLOPs, 29.46M parameters. What is counted
    # beside convolutions is not said: half a percent.
    at = report(num_classes=12).at(N=1, H=360, W=640)
    assert 2 * at.macs / 1e9 == pytest.approx(286.03, rel=0.005)
    assert at.params / 1e6 == pytest.approx(29.46, rel=0.001)


def test_sizes_of_the_authors_model():
    """Its prototxt for CamVid, 360x480: the upsampling in front of conv5_3_D gives 23x30, that of conv4_3_D 45x60."""
    at = report().at(N=1, H=360, W=480).tensors
    sizes = [(180, 240), (90, 120), (45, 60), (23, 30), (12, 15)]
    for i, size in enumerate(sizes, 1):
        assert at[f"pool{i}.0"][2:] == at[f"pool{i}.1"][2:] == size
    assert [at[f"upsample{i}"][2:] for i in (5, 4, 3, 2, 1)] == [(23, 30), (45, 60), (90, 120), (180, 240), (360, 480)]
    assert at["conv1_1_D"] == (1, 11, 360, 480)
    widths = [at[name][1] for name in at if name.startswith("conv") and name.endswith("_D")]
    assert tuple(widths) == (*DECODER, 11)


def test_any_size_comes_back():
    found = report()
    assert (dict(found.conditions), found.relations) == ({}, ())
    assert [str(size) for size in found.outputs["conv1_1_D"]] == ["N", "11", "H", "W"]


@pytest.mark.parametrize(("H", "W"), [(1, 1), (37, 53)])
def test_as_a_module_written_with_pytorch(H, W, torch):
    nn = torch.nn

    def unit(inp, out):
        return nn.Sequential(nn.Conv2d(inp, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU())

    class SegNet(nn.Module):
        def __init__(self, shrink=16):
            super().__init__()
            self.encoder, self.decoder, inp = nn.ModuleList(), nn.ModuleList(), 3
            for width, count in STAGES:
                widths = [inp, *[width // shrink] * count]
                self.encoder.append(nn.Sequential(*(unit(a, b) for a, b in pairwise(widths))))
                inp = width // shrink
            outs = iter([width // shrink for width in DECODER] + [11])
            for _, count in reversed(STAGES):
                rows = []
                for _ in range(count):
                    out = next(outs)
                    rows.append(unit(inp, out) if out != 11 else nn.Conv2d(inp, out, 3, padding=1))
                    inp = out
                self.decoder.append(nn.Sequential(*rows))

        def forward(self, x):
            seen = []
            for stage in self.encoder:
                x = stage(x)
                size = x.shape
                x, places = nn.functional.max_pool2d(x, 2, ceil_mode=True, return_indices=True)
                seen.append((places, size))
            for stage in self.decoder:
                places, size = seen.pop()
                x = stage(nn.functional.max_unpool2d(x, places, 2, output_size=size))
            return x

    module = SegNet().eval()
    with torch.no_grad():
        y = module(torch.rand(2, 3, H, W))
    found = report(width_mult=0.0625)
    assert found.at(N=2, H=H, W=W).outputs == {"conv1_1_D": tuple(y.shape)}
    assert found.params == sum(p.numel() for p in module.parameters())


def test_arguments():
    assert report(width_mult="w").at(w=1).params == report().params
    # VGG-19's stages: one 3x3 convolution more on each side of the last three.
    deeper = report(depths=(2, 2, 4, 4, 4)).params - report().params
    assert deeper == 2 * sum(width * width * 9 + 3 * width for width in (256, 512, 512))
