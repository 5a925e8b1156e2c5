"""What a position sees, drawn: against published values, and against what a changed pixel changes."""

import numpy as np
import pytest

import cnnshape as cs
from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.report import facts
from cnnshape.render.figures.lesson import figure
from cnnshape.render.figures.lesson.field_rows import rows_of, shortened
from cnnshape.render.figures.lesson.options import Options
from tests.render.figures.lesson.conftest import texts


def stack(*layers, size=24):
    x = y = Input("image", (1, size, size))
    for layer in layers:
        y = layer(y)
    return Network("net", inputs=x, outputs=y)


def conv(kernel, stride=1, padding=0, dilation=1):
    return L.Conv(1, kernel_size=kernel, stride=stride, padding=padding, dilation=dilation)


SMALL = {
    "deeper": stack(*[conv(3, padding=1) for _ in range(5)]),
    "strides": stack(conv(3, 2), conv(3, 2, 1), size=31),
    "pools": stack(conv(5, 1, 2), L.MaxPool(2), conv(3, 1, 1), L.AvgPool(3, stride=2, padding=1)),
    "alexnet": stack(conv(11, 4, 2), L.MaxPool(3, stride=2), conv(5, padding=2), size=80),
    "dilated": stack(conv(3), conv(3, dilation=2), conv(3, padding=1)),
}


def poisoned(network, size, column):
    """The columns of the input in which a nan reaches one column of the output, and so for every column of it."""
    x = np.zeros((1, 1, size, size), np.float32)
    reached = []
    for j in range(size):
        spoiled = x.copy()
        spoiled[..., j] = np.nan
        y = cs.run(network, spoiled, seed=1)
        if np.isnan(y[0, 0, :, column]).any():
            reached.append(j)
    return reached


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SMALL)
def test_the_input_row_is_what_a_nan_reaches(name, capsys):
    network = SMALL[name]
    size = network.nodes[0].layer.shape[-1]
    last = network.nodes[-1].name
    found = facts(network)
    wide = found.outputs[0].shape[-1]
    for column in {0, wide // 2, wide - 1}:
        rows = rows_of(found.at(N=1), last, 1, column)
        inside = [j for j in range(rows[0].low, rows[0].high + 1) if 0 <= j < size]
        reached = poisoned(network, size, column)
        assert (inside[0], inside[-1]) == (reached[0], reached[-1])
        # Row by row: each holds what the row above needs.
        widths = [row.high - row.low for row in rows]
        assert widths == sorted(widths, reverse=True)


def test_deeper_sees_more():
    """The lecture notes say less and less: stacked 3x3 convolutions see 3, 5, 7, 9, 11 pixels a side."""
    found = facts(SMALL["deeper"])
    scene = figure(found, "conv5", "receptive-field")
    numbers = texts(scene)
    assert {"3", "5", "7", "9", "11"} <= set(numbers)
    assert "It sees 11×11 pixels of image." in numbers
    for depth, size in enumerate((3, 5, 7, 9, 11), start=1):
        row = rows_of(found.at(N=1), f"conv{depth}", 1, 12)[0]
        assert row.high - row.low + 1 == size


PUBLISHED = [  # torchvision's networks; brute force on PyTorch
    ("resnet50", "layer4.2.conv3", 427),
    ("resnet152", "layer4.2.conv3", 1451),
    # VGG-16 up to its last pool: Araujo, Norris, Sim, doi 10.23915/distill.00021
    ("vgg16", "features.30", 212),
]


@pytest.mark.parametrize(("name", "layer", "size"), PUBLISHED)
def test_published_values(name, layer, size):
    scene = figure(cs.report(name).at().facts, layer, "receptive-field")
    assert f"It sees {size}×{size} pixels of input." in texts(scene)


def test_the_line_of_numbers():
    # jump 2*2 = 4; r = 3 + 2*2 = 7; start 0 - 1*2: position (1, 2) sees 4*1 - 2 .. 4*1 + 4 and 4*2 - 2 .. 4*2 + 4
    scene = figure(facts(SMALL["strides"]), "conv2", "receptive-field", Options(at=(1, 2)))
    found = texts(scene)
    assert "H:  4×1 − 2 = 2 to 4×1 + 4 = 8" in found
    assert "W:  4×2 − 2 = 6 to 4×2 + 4 = 12" in found
    assert "jump 4, start −2" in found


def test_a_global_pool_is_said_to_see_everything():
    x = Input("image", (3, 32, 32))
    y = L.GlobalAvgPool()(L.Conv(8, kernel_size=3)(x))
    found = texts(figure(facts(Network("net", inputs=x, outputs=y)), "global_avg_pool1", "receptive-field"))
    assert any("sees the whole input" in text for text in " ".join(found).split("\n"))


def test_long_networks_are_shortened():
    rows = rows_of(cs.report("resnet50").at(N=1, H=224, W=224).facts, "layer4.2.conv3", 1, 3)
    short = shortened(rows, 8)
    assert len(short) == 8
    assert (short[0], short[-1]) == (rows[0], rows[-1])
    assert sum(row.left_out for row in short) == len(rows) - 8


def test_upsampling_goes_back_down():
    x = Input("image", (1, 16, 16))
    y = L.ConvTranspose(1, kernel_size=2, stride=2)(L.MaxPool(2)(L.Conv(1, kernel_size=3, padding=1)(x)))
    network = Network("net", inputs=x, outputs=y)
    found = facts(network).at(N=1)
    for column in (0, 7, 15):
        rows = rows_of(found, "conv_transpose1", 1, column)
        assert rows[-2].low == rows[-2].high == column // 2  # one pixel of the pool, of 2x2 kernels side by side
