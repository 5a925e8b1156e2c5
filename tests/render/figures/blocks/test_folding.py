"""Folding of blocks: dense blocks, parallel branches and chains in one row, unlike sizes and faults told apart."""

import pytest

from cnnshape import Input, Network, zoo
from cnnshape import layers as L
from cnnshape.analysis.report import facts
from cnnshape.render.figures.blocks import blocks
from cnnshape.render.figures.options import DrawOptions
from tests.render.figures.blocks.marks import faults, groups, labels

FULL = DrawOptions(width="full")


def conv(channels, kernel=3, **more):
    return L.Conv(channels, kernel_size=kernel, padding=kernel // 2, **more)


def drawn(network, options=FULL, **sizes):
    return blocks(facts(network).at(sizes) if sizes else facts(network), options)


def words(scene):
    return [label.text for label in labels(scene)]


def nodes(scene):
    return [group for group in groups(scene.marks) if group.node]


def dense(stages):
    """Return a DenseNet whose layers all take the outputs of all before them at once, as exporters write it."""
    x = Input("image", (3, 64, 64))
    y = conv(32, stride=2)(x)
    for count in stages:
        made = [y]
        for _ in range(count):
            joined = L.Concat()(*made) if len(made) > 1 else made[0]
            made.append(conv(16)(conv(64, 1)(joined)))
        y = L.AvgPool(2, stride=2)(conv(32, 1)(L.Concat()(*made)))
    return Network("dense", inputs=x, outputs=L.Linear(10)(L.Flatten()(L.GlobalAvgPool()(y))))


def exchanged(stages):
    """Return parallel branches of several resolutions, each of which takes the sum of all."""
    x = Input("image", (3, 64, 64))
    branches = [conv(8, stride=2)(x)]
    for _ in range(stages):
        branches.append(conv(8 * 2 ** len(branches), stride=2)(branches[-1]))
        made = [conv(8 * 2**k)(conv(8 * 2**k)(y)) for k, y in enumerate(branches)]
        sums = []
        for k in range(len(made)):
            parts = []
            for j, y in enumerate(made):
                if j > k:
                    y = L.Upsample(scale_factor=2 ** (j - k))(conv(8 * 2**k, 1)(y))
                for step in range(k - j):
                    y = conv(8 * 2 ** (j + step + 1), stride=2)(y)
                parts.append(y)
            total = parts[0]
            for part in parts[1:]:
                total = L.Add()(total, part)
            sums.append(L.ReLU()(total))
        branches = sums
    return Network("exchange", inputs=x, outputs=tuple(branches))


@pytest.mark.parametrize("stages", [(6, 12), (6, 12, 24, 16)])
def test_a_dense_block_is_one_block_as_deep_as_it_has_layers(stages):
    scene = drawn(dense(stages))
    assert faults(scene, 516) == []
    assert not any("rows" in note for note in scene.notes)
    # an input, a convolution, a dense block and a transition for each stage, a classifier
    assert len(nodes(scene)) == 3 + 2 * len(stages)


@pytest.mark.parametrize("stages", [2, 3])
def test_parallel_branches_stand_in_one_row_with_all_their_lines(stages):
    scene = drawn(exchanged(stages))
    assert faults(scene, 516) == []
    assert scene.notes
    assert not any("left out" in note or "rows" in note for note in scene.notes)


def test_maps_of_two_sizes_share_no_label():
    x = Input("image", (3, 32, 32))
    y = x
    for _ in range(2):
        y = L.ReLU()(L.Conv(16, kernel_size=3)(y))
    said = words(drawn(Network("tiny", inputs=x, outputs=y)))
    assert "30×30" in said
    assert "28×28" in said
    narrow = words(blocks(facts(zoo("unet_original")).at(H=572, W=572), DrawOptions(width="text")))
    assert "570²–568²" in narrow
    assert "30²–28²" in narrow


def test_pooling_is_only_missed_where_there_is_some():
    x = Input("image", (3, 64, 64))
    y = x
    for k in range(40):
        y = conv(8 + k % 2, 3 if k % 3 else 5)(y)
    scene = drawn(Network("tiny", inputs=x, outputs=y))
    assert len(nodes(scene)) < 41
    assert "pooling" not in f"{scene.notes} {scene.desc}"


def test_channels_behind_the_axes_of_space_are_channels():
    x = Input("image", (48, 64, 3))
    y = L.Permute((0, 2, 3, 1))(conv(8, stride=2)(L.Permute((0, 3, 1, 2))(x)))
    y = L.Add()(y, L.Permute((0, 2, 3, 1))(conv(8)(L.Permute((0, 3, 1, 2))(y))))
    said = words(drawn(Network("keras", inputs=x, outputs=L.ReLU()(y))))
    assert {"3", "48×64", "8", "24×32"} <= {*said}
    assert "64×3" not in said


def broken_residual():
    x = Input("image", (3, 32, 32))
    y = conv(16)(x)
    z = L.Add()(y, L.Conv(16, kernel_size=3)(conv(16)(y)))
    return Network("broken", inputs=x, outputs=conv(32)(z))


@pytest.mark.parametrize(
    ("network", "sizes", "alone"),
    [
        (broken_residual(), {}, "add1"),
        (zoo("unet"), {"H": 250, "W": 250}, "concat"),
        (zoo("alexnet"), {"H": 40, "W": 40}, "pool"),
    ],
)
def test_a_fault_stands_alone_behind_what_fits_and_is_said(network, sizes, alone):
    found = facts(network).at(sizes) if sizes else facts(network)
    (error,) = found.errors
    scene = blocks(found, FULL)
    assert f"{error.code} {error.layer}: {error.message}" in words(scene)
    at = network.index[error.layer]
    faulty = next(k for k, node in enumerate(nodes(scene)) if error.message in node.title)
    assert nodes(scene)[faulty].title.split("\n")[0] == alone
    fitting = [node for node in network.nodes[:at] if type(node.layer).__name__ in ("Conv", "ConvTranspose")]
    assert faulty > len(fitting) // 2  # two convolutions of one size may be slices of one block
    assert faults(scene, 516) == []
