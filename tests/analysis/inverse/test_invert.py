"""Inverse problems against walks over numbers."""

import random

import pytest

from cnnshape.analysis.inverse.invert import inputs_for_output, inputs_of_equal_size, inputs_when_trained
from cnnshape.errors import FormulaError, UsageError
from cnnshape.graph.build import Input, sequential
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.layers.linear import Linear
from cnnshape.layers.merge import Concat
from cnnshape.layers.pool import AdaptiveAvgPool, AvgPool, MaxPool
from cnnshape.layers.reshape import Flatten
from cnnshape.symbolic import parse_conditions


def network(build, *shape):
    x = Input("image", shape or (3, "H", "W"))
    return Network("net", inputs=x, outputs=build(x))


def halvings(count):
    return sequential(*(Conv(4, kernel_size=3, stride=2, padding=1) for _ in range(count)))


def test_a_stride_of_32_rounded_up_gives_7_from_193_to_224():
    # As ResNet-50 before its head: ceil(H/32) is 7 from 6*32 + 1 on.
    found = inputs_for_output(propagate(network(halvings(5))), (7, 7))
    assert {name: str(each) for name, each in found.sets.items()} == {"H": "H in 193..224", "W": "W in 193..224"}
    assert [reason.text for reason in found.because["H"]] == ["conv5 needs ceil(H/32) == 7"]
    assert found.check({"H": 193, "W": 224}) is True
    assert found.check({"H": 192, "W": 224}) is False
    assert str(found.errors_at({"H": 192, "W": 224})[0]).splitlines() == [
        "CS214 conv5: the size is ceil(H/32), 7 is wanted",
        "  Conv, node 6 of 6",
        "  input (N, 4, 12, 14)   known: N=N, C=4, H=12, W=14",
        "  at H = 192, W = 224",
        "  rule: what is asked for is a size that the network makes",
        "    ceil(H/32) is 6",
        "    this fits only when H in 193..224",
        "  fix: nearest valid height: 193",
    ]


@pytest.mark.parametrize("seed", range(40))
def test_inputs_for_an_output_are_what_trying_finds(seed):
    rng = random.Random(seed)
    layers = []
    for _ in range(rng.randint(1, 4)):
        k, s = rng.randint(1, 4), rng.randint(1, 3)
        layers.append(
            rng.choice(
                [
                    Conv(1, kernel_size=k, stride=s, padding=rng.randrange(3)),
                    MaxPool(k, stride=s, padding=k // 2, ceil_mode=True),
                    ConvTranspose(1, kernel_size=k, stride=s),
                ]
            )
        )
    net = network(sequential(*layers), 1, "L")
    (tensor,) = net.outputs.values()
    target = rng.randint(1, 12)
    tried = set()
    for size in range(1, 400):
        walked = propagate(net, {"L": size})
        if not walked.faults and walked.specs[tensor].shape[-1] == target:
            tried.add(size)
    found = inputs_for_output(propagate(net), (target,))
    if "L" in found.sets:
        assert set(found.sets["L"].up_to(399)) == tried
    else:
        assert tried == set(range(1, 400))


def test_assumptions_narrow_the_answer():
    found = inputs_for_output(propagate(network(halvings(5))), (7,), assumptions=parse_conditions("W % 32 == 0"))
    assert {name: str(each) for name, each in found.sets.items()} == {"W": "W == 224"}


def test_an_output_that_no_input_changes_is_a_fault():
    found = inputs_for_output(propagate(network(AdaptiveAvgPool(6))), (7, 7))
    assert found.check({"H": 64, "W": 64}) is False
    assert str(found.errors_at({"H": 64, "W": 64})[0]).splitlines() == [
        "CS214 adaptive_avg_pool1: the size is 6, 7 is wanted",
        "  rule: what is asked for is a size that the network makes",
        "  fix: ask for 6, or change adaptive_avg_pool1",
    ]
    assert inputs_for_output(propagate(network(AdaptiveAvgPool(7))), (7, 7)).sets == {}


def test_what_can_not_be_asked():
    walked = propagate(network(halvings(1)))
    with pytest.raises(UsageError, match=r"4 sizes for the output \(N, 4, ceil\(H/2\), ceil\(W/2\)\)"):
        inputs_for_output(walked, (1, 2, 3, 4))
    with pytest.raises(UsageError, match="there is no output 'x'"):
        inputs_for_output(walked, (7, 7), "x")
    with pytest.raises(UsageError, match="have different axes"):
        inputs_of_equal_size(propagate(network(Flatten())))


def test_inputs_of_equal_size():
    down_up = sequential(MaxPool(4), ConvTranspose(3, kernel_size=4, stride=4))
    found = inputs_of_equal_size(propagate(network(down_up)))
    assert {name: str(each) for name, each in found.sets.items()} == {"H": "H % 4 == 0", "W": "W % 4 == 0"}
    assert inputs_of_equal_size(propagate(network(Conv(4, kernel_size=3, padding=1)))).sets == {}
    assert inputs_of_equal_size(propagate(network(Conv(4, kernel_size=3)))).check({"H": 9, "W": 9}) is False


def lenet(x):
    x = sequential(Conv(6, kernel_size=5), AvgPool(2), Conv(16, kernel_size=5), AvgPool(2), Flatten())(x)
    return Linear(10)(Linear(120)(x))


def test_a_trained_lenet_accepts_32_to_35():
    walked = propagate(network(lenet, 1, "H", "W"))
    found = inputs_when_trained(walked, {"H": 32, "W": 32})
    assert {name: str(each) for name, each in found.sets.items()} == {"H": "H in 32..35", "W": "W in 32..35"}
    assert found.relations[0].text == "(5x5) H in 32..35, W in 32..35, and 2 thin shapes"
    assert [reason.layer for reason in found.because["H"]] == ["linear1"]
    # Conv(3, s2) -> Linear at 31x31 takes 19x51 as well: 15*15 = 9*25.
    other = propagate(network(lambda x: Linear(10)(Flatten()(Conv(8, kernel_size=3, stride=2)(x)))))
    assert inputs_when_trained(other, {"H": 31, "W": 31}).check({"H": 19, "W": 51}) is True


def test_a_network_without_such_weights_takes_what_it_took():
    walked = propagate(network(lambda x: Concat()([x, ConvTranspose(3, kernel_size=2, stride=2)(MaxPool(2)(x))])))
    assert str(inputs_when_trained(walked, {"H": 32, "W": 32}).sets["H"]) == "H % 2 == 0"


def test_trained_channels_are_fixed():
    walked = propagate(network(Conv(4, kernel_size=3), "C", "H", "W"))
    assert str(inputs_when_trained(walked, {"C": 3}).sets["C"]) == "C == 3"
    with pytest.raises(FormulaError, match="CS305"):
        inputs_when_trained(walked, {"H": 3})
