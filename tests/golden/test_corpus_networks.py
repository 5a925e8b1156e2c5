"""Real networks as their authors' code ran: shapes, parameters, operations by PyTorch, fvcore and ONNX Runtime.

The corpus holds what torchvision's own modules gave. Every module's output at the default size, parameters and buffers,
multiply-adds counted by hooks, fvcore's count, and the shapes of every convolution of the exported graph at five sizes.
"""

import json
from collections import Counter
from functools import cache

import pytest

import cnnshape as cs
from tests.golden.networks import NETWORKS

# Built, and not in the corpus.
ABSENT = {
    "vgg13", "vgg13_bn", "vgg16_bn", "vgg19", "vgg19_bn", "resnet152", "resnext101_64x4d", "wide_resnet101_2",
    "efficientnet_b5", "efficientnet_b6", "efficientnet_b7", "efficientnet_v2_m", "efficientnet_v2_l",
    "regnet_x_8gf", "regnet_x_16gf", "regnet_x_32gf", "regnet_y_8gf", "regnet_y_16gf", "regnet_y_32gf",
    "convnext_small", "convnext_base", "convnext_large", "vit_b_16", "vit_l_16", "vit_l_32", "swin_s", "swin_b",
}  # fmt: skip


@cache
def built(name):
    # The module has GoogLeNet's auxiliary heads, unlike the published weights.
    return cs.report(cs.zoo(name, aux=True) if name == "googlenet" else NETWORKS[name]())


@pytest.fixture(params=[name for name in NETWORKS if name not in ABSENT])
def measured(request, corpus):
    """(name, what was measured of it)"""
    return request.param, json.loads((corpus / f"onnx/tv_{request.param}.json").read_text())


def at(name, shape, **options):
    found = built(name) if not options else cs.report(built(name).network, **options)
    sizes = dict(zip(found.network.symbols, (shape[0], *shape[2:]), strict=False))
    return found.at(sizes)


def test_parameters_buffers_and_multiply_adds(measured):
    name, truth = measured
    found = at(name, truth["default_input"])
    assert found.params == truth["params"]["total"]
    assert found.totals.buffers == truth["params"]["buffers_float"]
    assert found.macs == truth["macs"]["hooks"]["total"]
    convolutions = sum(layer.macs for layer in found if layer.kind == "conv")
    assert convolutions == truth["macs"]["hooks"]["conv"]
    assert at(name, truth["default_input"], convention="fvcore").macs == truth["macs"]["fvcore"]["total"]


def test_the_output_of_every_module(measured):
    name, truth = measured
    tensors = at(name, truth["default_input"]).tensors
    uses = Counter()
    for module, kind, shape in truth["leaf_shapes"]:
        uses[module] += 1
        tensor = module if uses[module] == 1 else f"{module}_{uses[module]}"
        assert (tensor, kind, tensors[tensor]) == (tensor, kind, tuple(shape))


def test_convolutions_and_output_of_the_exported_graph_at_other_sizes(measured):
    name, truth = measured
    compared = 0
    for i, (shape, status) in enumerate(zip(truth["input_shapes"], truth["status"], strict=True)):
        if name.startswith("swin") and shape[2:] != [224, 224]:
            continue  # built at the size of its windows
        found = at(name, shape)
        if status != "ok":
            # A vision transformer has positions for one size. The exporter fixed the bins of an adaptive pool.
            assert found.valid is not name.startswith("vit")
            continue
        compared += 1
        assert [*found.outputs.values()] == [tuple(truth["outputs"]["output"][i])]
        ours = Counter(layer.outputs[0].shape for layer in found if layer.kind == "conv" and layer.executed)
        theirs = Counter(tuple(row[i + 1]) for row in truth["tensors"].values() if row[0] == "Conv")
        assert ours == theirs
    assert compared > 0
