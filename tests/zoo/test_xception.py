"""Xception against Keras: every layer's parameters and output, and the multiply-adds of the exported graph."""

import json
from collections import Counter

import pytest

import cnnshape as cs

KINDS = {"Conv2D", "SeparableConv2D", "BatchNormalization", "MaxPooling2D", "Add", "Dense", "GlobalAveragePooling2D"}


def channels_last(shape):
    return (*shape[2:], shape[1])


def test_every_layer_of_keras(corpus):
    golden = json.loads((corpus / "keras/Xception.golden.json").read_text())
    theirs = [each for each in golden["layers"] if each["cls"] in KINDS]
    at = cs.report(cs.zoo("xception")).at()
    ours = [layer for layer in at if layer.op not in ("Input", "ReLU")]
    counted = Counter((tuple(each["shape"][1:]), each["trainable"]) for each in theirs)
    assert Counter((channels_last(layer.outputs[0].shape), layer.params) for layer in ours) == counted
    named = {each["name"]: tuple(each["shape"][1:]) for each in theirs if each["name"].startswith("block")}
    assert {layer.name: channels_last(layer.outputs[0].shape) for layer in ours if layer.name in named} == named
    assert (at.totals.trainable, at.totals.buffers) == (golden["trainable"], golden["non_trainable"])


def test_multiply_adds_of_the_exported_graph(corpus):
    """Keras's network without its head, two pictures of 224x224."""
    truth = json.loads((corpus / "onnx/keras_Xception.json").read_text())
    counted = next(each["conv"] for each in truth["macs_onnx"] if each)
    found = cs.report(cs.zoo("xception")).at(N=2, H=224, W=224)
    assert sum(layer.macs for layer in found if layer.op != "Linear") == counted


def test_parameters_that_keras_prints():
    """keras.applications.Xception: Total params 22,910,480, non-trainable 54,528."""
    found = cs.report(cs.zoo("xception"))
    assert (found.params, found.totals.buffers) == (22_910_480 - 54_528, 54_528)


def test_arguments():
    assert cs.report(cs.zoo("xception", num_classes=10)).params == 22_855_952 - 990 * 2049
    assert cs.report(cs.zoo("xception", in_channels=1)).params == 22_855_952 - 2 * 32 * 9
    assert cs.report(cs.zoo("xception", width_mult="w")).at(w=1).params == 22_855_952
    assert cs.report(cs.zoo("xception", width_mult=0.5)).at().tensors["block12_sepconv3"][1:] == (364, 19, 19)


@pytest.mark.parametrize("size", [7, 71, 74, 75, 150, 299])
def test_pools_round_up(size):
    at = cs.report(cs.zoo("xception")).at(H=size, W=size)
    side = (size - 3) // 2 + 1 - 2
    for block in (2, 3, 4, 13):
        side = -(-side // 2)
        assert at.tensors[f"block{block}_add"][2] == at.tensors[f"block{block}_pool"][2] == side
