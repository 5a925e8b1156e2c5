"""BatchNorm, InstanceNorm, GroupNorm: shapes, weights, conditions, windows and work against PyTorch and plain loops."""

from collections import Counter

import pytest

from cnnshape.layers.base import POINTWISE, Windows
from cnnshape.layers.norm import BatchNorm, GroupNorm, InstanceNorm
from cnnshape.symbolic import dim
from tests.layers.counted import numbers
from tests.layers.measured import (
    compare,
    conditions_of,
    draws,
    fault_of,
    fits_often,
    refusal,
    shape_of,
    specs,
    weights_of,
    work_of,
)
from tests.layers.norm.loops import affine, statistics


class Counterless:
    """A PyTorch module without num_batches_tracked, which is no buffer here."""

    def __init__(self, module):
        self.module = module

    def __call__(self, *inputs):
        return self.module(*inputs)

    def state_dict(self):
        return {name: t for name, t in self.module.state_dict().items() if name != "num_batches_tracked"}


@pytest.mark.parametrize("layer", [BatchNorm(), InstanceNorm(), GroupNorm(1)], ids=repr)
def test_shape_stays(layer):
    for x in [("N", "C", "L"), ("N", 3, "H", "W"), ("N", "C", "T", "H", "W")]:
        assert shape_of(layer, x) == x


CONDITIONS = [
    (BatchNorm(64), ["C == 64"], "64"),
    (BatchNorm(64, track_running_stats=False), ["C == 64", "H*N*W >= 2"], "64"),
    (InstanceNorm(64), ["C == 64", "H*W >= 2"], "64"),
    (InstanceNorm(64, track_running_stats=True), ["C == 64"], "64"),
    (GroupNorm(1), ["C*H*N*W >= 2"], "C"),
    (GroupNorm(32), ["C % 32 == 0", "H*N*W*floor(C/32) >= 2"], "C"),
    (GroupNorm(32, num_channels=64), ["C == 64"], "64"),
    (GroupNorm(64, num_channels=64), ["C == 64", "H*N*W >= 2"], "64"),
]


@pytest.mark.parametrize(("layer", "conditions", "channels"), CONDITIONS)
def test_conditions(layer, conditions, channels):
    assert conditions_of(layer, ("N", "C", "H", "W")) == conditions
    # the simpler of the two equal sizes goes on
    assert [str(size) for size in shape_of(layer, ("N", "C", "H", "W"))] == ["N", channels, "H", "W"]


def test_a_stated_size_fixes_the_weights():
    x = ("N", "C", "H", "W")
    for layer in (BatchNorm(64), InstanceNorm(64, affine=True), GroupNorm(32, num_channels=64)):
        assert set(weights_of(layer, x).values()) == {(64,)}


@pytest.mark.parametrize(("layer", "name"), [(BatchNorm, "BatchNorm"), (InstanceNorm, "InstanceNorm")])
def test_channel_norms_as_pytorch(torch, layer, name):
    taken = []
    for draw, rank in draws(150, seed=1):
        size = draw.size(1, 5)
        given = {"affine": draw.one(True, False), "track_running_stats": draw.one(True, False)}
        with torch.device("meta"):
            module = getattr(torch.nn, f"{name}{rank}d")(size, **given).eval()
        shape = draw.shape(draw.one(rank, rank, rank, 1, 2), size)
        if name == "BatchNorm" and draw.one(True, False, False):
            shape = shape[:2]
        if name == "InstanceNorm" and len(shape) == rank + 1:
            continue  # PyTorch reads an input without a batch
        taken.append(compare(torch, layer(size, rank=rank, **given), Counterless(module), shape))
        if taken[-1]:
            compare(torch, layer(**given), Counterless(module), shape)
    fits_often(taken)


def test_group_norm_as_pytorch(torch):
    taken = []
    for draw, rank in draws(150, seed=2):
        size, groups, affine = draw.size(1, 12), draw.one(1, 2, 3, 4), draw.one(True, False)
        shape = draw.shape(rank, size)[: draw.one(2, 9)]
        if size % groups:
            assert "CS204" in fault_of(GroupNorm(groups), shape)
            continue
        with torch.device("meta"):
            module = torch.nn.GroupNorm(groups, size, affine=affine)
        taken.append(compare(torch, GroupNorm(groups, affine=affine), module, shape))
        other = (shape[0], size + groups, *shape[2:])
        if affine:  # without weights PyTorch does not see the difference
            compare(torch, GroupNorm(groups, num_channels=size), module, other)
    fits_often(taken)


def test_buffers_are_not_trained():
    weights = BatchNorm().weights(specs(("N", 3)))
    assert {name: (w.trainable, w.init, w.value) for name, w in weights.items()} == {
        "weight": (True, "constant", 1.0),
        "bias": (True, "constant", 0.0),
        "running_mean": (False, "constant", 0.0),
        "running_var": (False, "constant", 1.0),
    }


# layer, shape, how many rows of how many numbers are normalized together, what is done with one
WORK = [
    ("batch", BatchNorm(), (2, 3, 4, 5), (1, 120), affine),
    ("batch-plain", BatchNorm(affine=False), (2, 3, 4, 5), (1, 120), affine),
    ("batch-own", BatchNorm(track_running_stats=False), (2, 3, 4), (3, 8), lambda row: affine(statistics(row))),
    ("instance", InstanceNorm(), (2, 3, 4, 5), (6, 20), statistics),
    ("instance-affine", InstanceNorm(affine=True), (2, 3, 4), (6, 4), lambda row: affine(statistics(row))),
    ("instance-tracked", InstanceNorm(track_running_stats=True), (2, 3, 4), (6, 4), affine),
    ("group", GroupNorm(2), (3, 4, 5), (6, 10), lambda row: affine(statistics(row))),
    ("group-plain", GroupNorm(4, affine=False), (3, 4, 5), (12, 5), statistics),
]


@pytest.mark.parametrize(("layer", "shape", "rows", "one"), [pytest.param(*row[1:], id=row[0]) for row in WORK])
def test_work_is_what_a_plain_loop_does(layer, shape, rows, one):
    tally = Counter()
    for _ in range(rows[0]):
        one(numbers(tally, rows[1]))
    assert work_of(layer, shape) == tally


WINDOWS = [
    (BatchNorm(), POINTWISE),
    (BatchNorm(track_running_stats=False), Windows(whole=(0, 2, 3))),
    (InstanceNorm(), Windows(whole=(2, 3))),
    (InstanceNorm(track_running_stats=True), POINTWISE),
    (GroupNorm(2), Windows(whole=(1, 2, 3))),
]


@pytest.mark.parametrize(("layer", "window"), WINDOWS)
def test_window(layer, window):
    assert layer.window(specs((2, 4, 5, 6))) == window


FAULTS = [
    (
        BatchNorm(64),
        (1, 3, 4, 4),
        "CS202: num_features = 64, the input has 3",
        "rule: num_features equals the size of that axis of the input",
        "fix: num_features: 3, or leave num_features out: it is read from the input",
    ),
    (
        BatchNorm(rank=2),
        ("N", 3),
        "CS206: BatchNorm needs 2 space axes after batch and channels, the input (N, 3) has 0 of them",
        "rule: shapes are (N, C, *space): batch, channels, then one axis for L, two for H W, three for D H W",
        "fix: an input with 2 space axes, or another layer",
    ),
    (
        BatchNorm(),
        ("N",),
        "CS206: BatchNorm works on channels, the input (N,) has none",
        "rule: shapes are (N, C, *space): batch, channels, then any space axes",
        "fix: an input with channels: [C] or [C, H, W]",
    ),
    (
        InstanceNorm(),
        ("N", 3),
        "CS206: InstanceNorm needs 1 to 3 space axes after batch and channels, the input (N, 3) has 0 of them",
        "rule: shapes are (N, C, *space): batch, channels, then one axis for L, two for H W, three for D H W",
        "fix: an input with 1 to 3 space axes, or another layer",
    ),
    (
        InstanceNorm(),
        ("N", 512, 1, 1),
        "CS203: InstanceNorm takes its statistics over 1 element",
        "rule: mean and variance are taken over at least 2 elements; of a single one nothing is left",
        "fix: a larger input, or one stride less before it",
    ),
    (
        GroupNorm(32),
        ("N", 48, "H", "W"),
        "CS204: num_groups = 32 does not divide channels = 48",
        "rule: channels % num_groups == 0",
        "fix: num_groups: 24, or channels: 32",
    ),
]


@pytest.mark.parametrize(("layer", "x", "lines"), [(layer, x, lines) for layer, x, *lines in FAULTS])
def test_fault(layer, x, lines):
    assert fault_of(layer, x) == "\n  ".join(lines)


def test_the_fixes_work():
    assert shape_of(GroupNorm(24), ("N", 48, "H", "W")) == shape_of(BatchNorm(48), ("N", 48, "H", "W"))
    assert shape_of(GroupNorm(32), ("N", 32, "H", "W")) == ("N", 32, "H", "W")


def test_a_symbolic_number_of_groups_must_divide_as_a_formula():
    g = dim("g")
    assert shape_of(GroupNorm(g), ("N", 8 * g, "H", "W")) == ("N", "8*g", "H", "W")
    assert "CS204" in fault_of(GroupNorm(g), ("N", 8, "H", "W"))


REFUSED = [
    (
        lambda: GroupNorm(32, 64),
        f"CS403: GroupNorm takes one positional argument, num_groups; PyTorch's {GroupNorm.pytorch}",
    ),
]


@pytest.mark.parametrize(("make", "first_line"), REFUSED)
def test_refused_arguments(make, first_line):
    assert refusal(make).splitlines()[0] == first_line
