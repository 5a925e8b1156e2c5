"""Parameters and operations against published numbers, PyTorch, and sums written out by hand."""

import random

import pytest

import cnnshape.layers as L
from cnnshape import Input, Network
from cnnshape.analysis.counts import counts
from cnnshape.graph.propagate import propagate
from cnnshape.symbolic import dim, evaluate, symbols
from tests.analysis import networks

N, H, W = dim("N"), dim("H"), dim("W")
ALL = ("resnet50", "mobilenet_v2", "unet", "recurrent", "attention", "lenet")
SORTS = ("macs", "muls", "adds", "compares", "transcendental")


def of(*outputs, inputs, **options):
    return counts(propagate(Network("n", inputs=inputs, outputs=list(outputs), **options)))


@pytest.mark.parametrize(
    ("name", "params", "buffers"),
    [
        # torchvision's weights metadata (num_params); Keras Applications count 53 120 statistics in ResNet-50
        ("resnet50", 25_557_032, 53_120),
        ("mobilenet_v2", 3_504_872, 34_112),
        # LeCun et al. 1998 with the classic head 400-120-84-10
        ("lenet", 61_706, 0),
    ],
)
def test_published_parameters(name, params, buffers):
    found = counts(propagate(getattr(networks, name)()))
    assert (found.params.total, found.buffers.total) == (params, buffers)
    assert (found.trainable.total, found.frozen.total) == (params, 0)


def test_kerass_resnet50_has_biases_and_counts_its_statistics():
    # Keras 3.15's count_params() is 25 636 712, of which 53 120 are not trainable
    found = counts(propagate(networks.resnet50(bias=True)))
    assert (found.params.total, found.buffers.total) == (25_636_712 - 53_120, 53_120)


def test_the_macs_of_resnet50_are_torchvisions():
    macs = counts(propagate(networks.resnet50())).macs
    assert macs.at(H=224, W=224).total == 4_089_184_256
    # its published table: conv 4 087 136 256 and the classifier's 2 048 000
    assert macs.at(H=224, W=224)["linear1"] == 2_048_000


def test_shared_weights_count_once_and_work_twice():
    left, right = Input("left", (3, "H", "W")), Input("right", (3, "H", "W"))
    tower = L.Conv(8, kernel_size=3, padding=1)
    found = of(L.Subtract()(tower(left), tower(right)), inputs=[left, right])
    assert found.params.total == 8 * 3 * 9 + 8
    assert found.params.per_layer()["conv2"] == 0
    assert found.macs.total == 2 * 8 * 3 * 9 * H * W


def test_frozen_weights_are_parameters_that_are_not_trained():
    x = Input("x", (3, "H", "W"))
    y = L.BatchNorm()(L.Conv(8, kernel_size=1, bias=False)(x, frozen=True))
    found = of(y, inputs=x)
    totals = [q.total for q in (found.params, found.trainable, found.frozen, found.buffers)]
    assert totals == [24 + 16, 16, 24, 16]


def test_a_held_node_has_parameters_and_does_no_work():
    x = Input("x", (3, "H", "W"))
    y = L.ReLU()(x)
    aux = L.Linear(10)(L.Flatten()(L.AdaptiveAvgPool(2)(y)), name="aux")
    found = of(y, inputs=x, held=aux)
    assert found.params["aux"] == 12 * 10 + 10
    assert found.macs.total == 0
    assert found.work("adds").total == 0


def test_behind_a_fault_nothing_is_known_and_zero_is_not_said():
    x = Input("x", (3, "H", "W"))
    good = L.Conv(4, kernel_size=1)(x, name="good")
    bad = L.Conv(4, kernel_size=1, in_channels=5)(good, name="bad")
    found = of(L.Conv(4, kernel_size=1)(bad, name="after"), L.ReLU()(good), inputs=x)
    assert found.unknown == ("bad", "after")
    assert (found.params["bad"], found.macs["after"], found.macs["good"]) == (None, None, 12 * H * W)
    assert not found.params.complete
    assert found.params.total == 16


def test_every_sort_of_work_adds_up_by_hand():
    x = Input("x", (3, 8, 8))
    y = L.MaxPool(2)(L.ReLU()(L.BatchNorm()(L.Conv(4, kernel_size=3, padding=1)(x))))
    found = of(L.Softmax()(L.Linear(10)(L.Flatten()(y))), inputs=x)
    conv, norm, relu, pool, linear = 4 * 8 * 8, 4 * 8 * 8, 4 * 8 * 8, 4 * 4 * 4, 10
    assert found.work("macs").total == conv * 27 + linear * 64
    assert found.work("muls").total == norm + 10
    assert found.work("adds").total == conv + norm + linear + 10 + 9
    assert found.work("compares").total == relu + 3 * pool + 9
    assert found.work("transcendental").total == 10


@pytest.mark.parametrize("name", ALL)
def test_totals_are_for_one_image_until_the_batch_is_set(name):
    found = counts(propagate(getattr(networks, name)()))
    for quantity in (found.params, found.buffers, *(found.work(sort) for sort in SORTS)):
        assert "N" not in symbols(quantity.total)
    assert found.macs.at(N=8).total == 8 * found.macs.total
    assert found.params.at(N=8).total == found.params.total


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("seed", range(3))
def test_the_formulas_are_what_a_walk_over_numbers_counts(name, seed):
    network = getattr(networks, name)()
    rng = random.Random(seed)
    sizes = {symbol: 32 if name == "lenet" else 16 * rng.randint(2, 12) for symbol in network.symbols} | {
        "N": rng.randint(1, 5)
    }
    free, numbers = counts(propagate(network)), counts(propagate(network, sizes))
    for sort in SORTS:
        assert free.work(sort).at(sizes).values == numbers.work(sort).values
    assert free.params.at(sizes).values == numbers.params.values
    assert [evaluate(free.macs.total, sizes) * sizes["N"]] == [numbers.macs.total]


def test_a_batch_of_another_name_counts_as_one_image_too():
    x = Input("x", (3, "H", "W"))
    network = Network("n", inputs=x, outputs=L.Conv(8, kernel_size=1)(x))
    renamed = Network.of_nodes("n", [_with_batch(node) for node in network.nodes], network.outputs)
    assert renamed.batch == "B"
    assert counts(propagate(renamed)).macs.total == 24 * H * W


def _with_batch(node):
    from dataclasses import replace

    from cnnshape.layers.io import Input as InputLayer

    return replace(node, layer=InputLayer((dim("B"), 3, H, W))) if isinstance(node.layer, InputLayer) else node


def test_parameters_and_buffers_are_torchs(torch):
    nn = torch.nn
    module = nn.Sequential(
        nn.Conv2d(3, 8, 3, groups=1),
        nn.BatchNorm2d(8),
        nn.PReLU(8),
        nn.ConvTranspose2d(8, 6, 2, 2, groups=2),
        nn.GroupNorm(3, 6),
        nn.InstanceNorm2d(6, affine=True, track_running_stats=True),
        nn.Flatten(),
        nn.LazyLinear(5),
    )
    module(torch.zeros(1, 3, 10, 12))
    x = y = Input("x", (3, 10, 12))
    for layer in (
        L.Conv(8, kernel_size=3),
        L.BatchNorm(),
        L.PReLU(8),
        L.ConvTranspose(6, kernel_size=2, stride=2, groups=2),
        L.GroupNorm(3),
        L.InstanceNorm(affine=True, track_running_stats=True),
        L.Flatten(),
        L.Linear(5),
    ):
        y = layer(y)
    found = of(y, inputs=x)
    assert found.params.total == sum(p.numel() for p in module.parameters())
    buffers = {name: b for name, b in module.named_buffers() if "num_batches_tracked" not in name}
    assert found.buffers.total == sum(b.numel() for b in buffers.values())
