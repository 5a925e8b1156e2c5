"""YOLOv3-tiny: what Darknet prints of its yolov3-tiny.cfg, the size of its weights, PyTorch."""

from functools import cache
from itertools import pairwise

import pytest

import cnnshape as cs

# What `darknet detector test cfg/coco.data cfg/yolov3-tiny.cfg` prints: layer, (width, height, channels), 10^9
# operations, two for a multiply-add; route 17 and the two yolo layers hold nothing.
PRINTED = {
    "conv0": ((416, 416, 16), 0.150), "pool1": ((208, 208, 16), 0), "conv2": ((208, 208, 32), 0.399),
    "pool3": ((104, 104, 32), 0), "conv4": ((104, 104, 64), 0.399), "pool5": ((52, 52, 64), 0),
    "conv6": ((52, 52, 128), 0.399), "pool7": ((26, 26, 128), 0), "conv8": ((26, 26, 256), 0.399),
    "pool9": ((13, 13, 256), 0), "conv10": ((13, 13, 512), 0.399), "pool11": ((13, 13, 512), 0),
    "conv12": ((13, 13, 1024), 1.595), "conv13": ((13, 13, 256), 0.089), "conv14": ((13, 13, 512), 0.399),
    "conv15": ((13, 13, 255), 0.044), "conv18": ((13, 13, 128), 0.011), "upsample19": ((26, 26, 128), 0),
    "route20": ((26, 26, 384), 0), "conv21": ((26, 26, 256), 1.196), "conv22": ((26, 26, 255), 0.088),
}  # fmt: skip


@cache
def report(**arguments):
    return cs.report(cs.zoo("yolov3_tiny", **arguments))


def test_every_line_that_darknet_prints():
    at = report().at(N=1, H=416, W=416)
    seen = {}
    for layer in at:
        name = layer.name.partition(".")[0]
        _, macs = seen.get(name, (None, 0))
        seen[name] = layer.outputs[0].shape, macs + layer.macs
    seen.pop("input", None)
    assert list(seen) == list(PRINTED)
    for name, ((width, height, channels), operations) in PRINTED.items():
        shape, macs = seen[name]
        assert (name, shape) == (name, (1, channels, height, width))
        assert 2 * macs / 1e9 == pytest.approx(operations, abs=0.0005)
    assert int(2 * at.macs / 1e7) == 556  # "5.56 Bn" at pjreddie.com/darknet/yolo
    assert dict(at.outputs) == {"coarse": (1, 255, 13, 13), "fine": (1, 255, 26, 26)}


def test_parameters_fill_the_file_of_weights():
    """yolov3-tiny.weights has 35 434 956 bytes: a head of 20, then parameters and statistics of batch norm."""
    found = report()
    assert 20 + 4 * (found.params + found.totals.buffers) == 35_434_956
    assert found.params == 8_852_366  # Ultralytics' yolov3-tiny


def walked(size):
    """The two grids, None where they do not fit: Darknet's pools have (size + 1 - 2)//stride + 1 positions."""
    for i in range(5):
        if i == 4:
            fine = size
        size = (size + 1 - 2) // 2 + 1
    size = (size + 1 - 2) // 1 + 1
    return (size, fine) if 2 * size == fine else None


def test_sizes_whose_grids_fit():
    found = report()
    for size in range(1, 700):
        assert (size in found.conditions["H"]) is (walked(size) is not None)
        if walked(size) and size % 13 == 0:
            coarse, fine = walked(size)
            at = found.at(N=1, H=size, W=416).outputs
            assert (at["coarse"][2], at["fine"][2]) == (coarse, fine)
    assert all(size in found.conditions["H"] for size in range(32, 700, 32))  # what Darknet asks for


def test_as_a_module_written_with_pytorch(torch):
    nn, F = torch.nn, torch.nn.functional

    class Tiny(nn.Module):
        def __init__(self):
            super().__init__()

            def unit(a, b, k):
                return nn.Sequential(
                    nn.Conv2d(a, b, k, padding=k // 2, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU(0.1)
                )

            widths = (3, 16, 32, 64, 128, 256, 512, 1024)
            self.down = nn.ModuleList(unit(a, b, 3) for a, b in pairwise(widths))
            self.narrow, self.wide = unit(1024, 256, 1), unit(256, 512, 3)
            self.coarse, self.fine = nn.Conv2d(512, 255, 1), nn.Conv2d(256, 255, 1)
            self.up, self.joined = unit(256, 128, 1), unit(384, 256, 3)

        def forward(self, x):
            for i, piece in enumerate(self.down):
                x = piece(x)
                if i == 4:
                    route = x
                if i < 6:
                    # Darknet pads at the end; an odd map has a last window there, at stride 1 each map has one.
                    ends = [(0, 1 if i == 5 or size % 2 else 0) for size in reversed(x.shape[2:])]
                    x = F.max_pool2d(F.pad(x, [p for end in ends for p in end]), 2, 1 if i == 5 else 2)
            x = self.narrow(x)
            up = F.interpolate(self.up(x), scale_factor=2)
            return self.coarse(self.wide(x)), self.fine(self.joined(torch.cat([up, route], 1)))

    with torch.device("meta"):
        module = Tiny()
        for H, W in ((416, 416), (64, 51), (31, 96)):
            shapes = [tuple(grid.shape) for grid in module(torch.empty(2, 3, H, W))]
            assert [*report().at(N=2, H=H, W=W).outputs.values()] == shapes
    assert report().params == sum(p.numel() for p in module.parameters())


def test_arguments():
    base = report()
    # Each class more is one filter for each of three anchors, on both grids.
    assert report(num_classes=81).params - base.params == 3 * (512 + 1) + 3 * (256 + 1)
    assert report(num_anchors=5).outputs["fine"][1] == 5 * 85
    assert report(width_mult="w").at(w=1).params == base.params
