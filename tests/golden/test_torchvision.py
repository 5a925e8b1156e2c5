"""torchvision's networks, as the zoo has them: parameters, GMACs and smallest inputs against its published metadata.

`tests/data/torchvision.json` is a part of the metadata that torchvision 0.28.0 ships with its weights. Sizes that the
metadata does not give (formulas, the whole valid set) are checked against steps written here, and against PyTorch.
"""

from functools import cache

import pytest

import cnnshape as cs
from cnnshape import IntegerSet
from cnnshape.symbolic import evaluate
from cnnshape.zoo.catalog import NETWORKS as ZOO
from tests.golden.networks import NETWORKS, PUBLISHED

# The metadata's min_size is no limit of these networks. EfficientNetV2: 33 where 1 works (PyTorch runs it, below).
# Swin is built at the one size of its windows.
NO_LIMIT = {"efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l", "swin_t", "swin_s", "swin_b"}
# A vision transformer takes the sizes that give as many patches as it has positions: its min_size is also the only
# multiple of the patch.
PATCHES = {"vit_b_16": 16, "vit_b_32": 32, "vit_l_16": 16, "vit_l_32": 32}


def pytorch(network, **sizes):
    """PyTorch's shape of every tensor (what it refuses is absent), parameters and buffers."""
    from tests.oracles.torch_reference import answer

    said = answer(network, sizes)
    return {name: shape for name, (shape, _) in said.tensors.items()}, said.parameters, said.buffers


@cache
def report(name):
    return cs.report(NETWORKS[name]())


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_gmacs_and_smallest_input(name):
    published, found = PUBLISHED[name], report(name)
    usual = found.at()
    assert found.params == published["params"]
    assert usual.macs / 1e9 == pytest.approx(published["gmacs"], abs=0.0005)  # three decimals are printed
    assert (usual.valid, usual.facts.complete) == (True, True)
    H, W = (published["crop"] * 2)[:2]
    assert usual.inputs["input"][-2:] == (H, W)
    if name in NO_LIMIT:
        assert dict(found.conditions) == {}
        return
    expected = {}
    for symbol, least in zip("HW", published["min_size"], strict=True):
        most = least + PATCHES[name] - 1 if name in PATCHES else None
        fits = IntegerSet.interval(least, most)
        if least > 1:
            expected[symbol] = fits
    assert dict(found.conditions) == expected


@pytest.mark.parametrize("name", [name for name in PUBLISHED if not name.startswith("swin")])
def test_the_zoo_says_what_torchvision_publishes(name):
    published, said = PUBLISHED[name], ZOO[name].published
    assert (said.params, said.gmacs) == (published["params"], f"{published['gmacs']:.3f}")
    assert said.source.startswith("torchvision 0.28.0")


# --- sizes as formulas ------------------------------------------------------------------------------------------------


def walked(size, *steps):
    """The size behind windows of (kernel, stride, padding), one after the other."""
    for k, s, p in steps:
        size = (size + 2 * p - k) // s + 1
    return size


HALVED = (3, 2, 1)
RESNET = ((7, 2, 3), *(HALVED,) * 4)
DENSENET = ((7, 2, 3), HALVED, *((2, 2, 0),) * 3)
INCEPTION = ((3, 2, 0), (3, 1, 0), (3, 2, 0), (3, 1, 0), (3, 2, 0), (3, 2, 0), (3, 2, 0))
ALEXNET = ((11, 4, 2), *((3, 2, 0),) * 3)


@pytest.mark.parametrize(
    ("name", "tensor", "text", "steps"),
    [
        ("resnet50", "layer4.2.relu_3", "ceil(H/32)", RESNET),
        ("densenet121", "features.norm5", "floor((H + 3)/32)", DENSENET),
        ("inception_v3", "Mixed_7c.concat3", "floor((H + 21)/32) - 2", INCEPTION),
        ("alexnet", "features.12", "floor((H + 1)/32) - 1", ALEXNET),
        ("vgg16", "features.30", "floor(H/32)", ((2, 2, 0),) * 5),
        ("mobilenet_v2", "features.18.2", "ceil(H/32)", (HALVED,) * 5),
        ("efficientnet_b0", "features.8.2", "ceil(H/32)", (HALVED,) * 5),
        ("convnext_tiny", "features.7.2.add1", "floor(H/32)", ((4, 4, 0), *((2, 2, 0),) * 3)),
    ],
)
def test_a_size_is_one_floor(name, tensor, text, steps):
    size = report(name).tensors[tensor][2]
    assert str(size) == text
    fits = report(name).conditions.get("H", IntegerSet.interval(1, None))
    for H in range(1, 5000):
        if H in fits:
            assert evaluate(size, {"H": H}) == walked(H, *steps)


# --- every tensor, at the smallest input and just below it, as PyTorch has it -----------------------------------------

AS_TORCH_HAS_THEM = {
    "alexnet": 63, "vgg11": 32, "squeezenet1_0": 21, "squeezenet1_1": 17, "densenet121": 29, "googlenet": 15,
    "inception_v3": 75, "resnet18": 1, "mobilenet_v2": 1, "mobilenet_v3_small": 1, "efficientnet_v2_s": 1,
}  # fmt: skip


@pytest.mark.parametrize("name", AS_TORCH_HAS_THEM)
def test_every_tensor_at_the_smallest_input_is_pytorchs(name, torch):
    network, least = report(name).network, AS_TORCH_HAS_THEM[name]
    for H, W in ((least, least + 14), *([(least - 1, least)] if least > 1 else [])):
        at = report(name).at(N=2, H=H, W=W)
        ran, params, buffers = pytorch(network, N=2, H=H, W=W)
        held = {layer.name for layer in at.layers if not layer.executed}
        measured = {tensor: shape for tensor, shape in ran.items() if tensor not in held}
        assert {tensor: shape for tensor, shape in at.tensors.items() if tensor not in held} == measured
        assert at.valid is (next(iter(network.outputs.values())) in measured)
        if at.valid:  # PyTorch's side makes the weights of what it can run: an auxiliary head may not fit here
            made = [layer for layer in at.layers if layer.executed or layer.name in ran]
            assert (sum(layer.params for layer in made), sum(layer.buffers for layer in made)) == (params, buffers)


# --- networks with other sources --------------------------------------------------------------------------------------


def test_the_auxiliary_heads_of_googlenet_are_parameters_that_do_not_run():
    plain, aux = report("googlenet"), cs.report(cs.zoo("googlenet", aux=True))
    head = [512 * 128 + 528 * 128, 4 * 128, 2 * (2048 * 1024 + 1024), 2 * (1024 * 1000 + 1000)]
    assert aux.params - plain.params == sum(head)
    assert aux.macs == plain.macs
    assert aux.conditions == plain.conditions
    assert {layer.block.split(".")[0] for layer in aux if not layer.executed} == {"aux1", "aux2"}


def test_the_auxiliary_head_of_inception_asks_nothing_of_the_input():
    found = report("inception_v3")
    held = [layer for layer in found if not layer.executed]
    assert {layer.block.split(".")[0] for layer in held} == {"AuxLogits"}
    # Its pool (5, stride 3) and its 5x5 convolution need a map of 17; that of the smallest input has 3.
    assert walked(17, (5, 3, 0), (5, 1, 0)) == 1
    assert found.at(H=75, W=75).tensors[held[0].inputs[0].name][2:] == (3, 3) == (walked(75, *INCEPTION[:-1]),) * 2
    assert 75 in found.conditions["H"]
    convolutions, norms = 768 * 128 + 128 * 768 * 25, 2 * 128 + 2 * 768
    assert sum(layer.params for layer in held) == convolutions + norms + 768 * 1000 + 1000
    assert sum(layer.macs for layer in held) == 0


def test_resnet50_of_the_paper_has_its_stride_on_the_first_convolution():
    # He et al. 2016, table 1: 3.8 * 10^9. In torchvision (v1.5) the 1x1 in front still runs on the larger map.
    found = cs.report(cs.zoo("resnet50", variant="keras"))
    firsts = ((128, 256, 56), (256, 512, 28), (512, 1024, 14))
    saved = sum(width * inp * (side**2 - (side // 2) ** 2) for width, inp, side in firsts)
    assert found.at().macs == 4_089_184_256 - saved
    assert found.at().macs // 10**8 == 38


def test_keras_counts_the_statistics_of_batch_norm_and_its_resnet_has_biases():
    # keras.applications.ResNet50: 25 636 712 in total, of which 53 120 are not trainable.
    found = cs.report(cs.zoo("resnet50", variant="keras"))
    assert found.totals.buffers == 53_120
    assert found.params + found.totals.buffers == 25_636_712
    assert found.params - PUBLISHED["resnet50"]["params"] == 26_560
