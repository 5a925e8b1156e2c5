"""MobileNet against the paper's tables, TF-Slim's tests, Keras's and timm's own runs."""

import json
from collections import Counter

import pytest

import cnnshape as cs

VARIANTS = ("timm", "keras", "slim")


def report(**arguments):
    return cs.report(cs.zoo("mobilenet_v1", **arguments))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(
    ("width_mult", "millions", "params"), [(1.0, 569, 4.2), (0.75, 325, 2.6), (0.5, 149, 1.3), (0.25, 41, 0.5)]
)
def test_table_6_of_the_paper(variant, width_mult, millions, params):
    found = report(width_mult=width_mult, variant=variant)
    assert round(found.at().macs / 1e6) == millions
    assert round(found.params / 1e6, 1) == params


@pytest.mark.parametrize(("side", "millions"), [(224, 569), (192, 418), (160, 290), (128, 186)])
def test_table_7_of_the_paper(side, millions):
    assert abs(report().at(H=side, W=side).macs / 1e6 - millions) < 1


@pytest.mark.parametrize(
    ("width_mult", "side", "params", "macs"), [(1.0, 224, 3_185_088, 567_716_352), (0.75, 128, 1_800_144, 106_002_432)]
)
def test_what_slim_prints_of_its_convolutions(width_mult, side, params, macs):
    """TF-Slim's mobilenet_v1.py, its docstring: weights of the convolutions, and their multiply-adds."""
    at = report(width_mult=width_mult, variant="slim").at(H=side, W=side)
    convolutions = [layer for layer in at if layer.kind == "conv"]
    assert (sum(each.params for each in convolutions), sum(each.macs for each in convolutions)) == (params, macs)


def test_sizes_of_slim():
    """TF-Slim's mobilenet_v1_test.py, 128x128 with three quarters of the channels."""
    at = report(width_mult=0.75, variant="slim").at(H=128, W=128)
    ends = {
        "conv_stem": (24, 64), "blocks.0.0.conv_pw": (48, 64), "blocks.1.0.conv_dw": (48, 32),
        "blocks.1.1.conv_pw": (96, 32), "blocks.2.1.conv_pw": (192, 16), "blocks.3.0.conv_dw": (192, 8),
        "blocks.3.5.conv_pw": (384, 8), "blocks.4.0.conv_dw": (384, 4), "blocks.4.1.conv_pw": (768, 4),
    }  # fmt: skip
    assert {name: at.tensors[name][1:3] for name in ends} == ends


def test_rounding_of_widths():
    """Slim: max(int(depth * multiplier), 8). Keras: int(filters * alpha). timm: multiples of 8."""
    stems = {variant: report(width_mult=0.1, variant=variant).at().tensors["conv_stem"][1] for variant in VARIANTS}
    assert stems == {"timm": 8, "keras": 3, "slim": 8}
    wide = {variant: report(width_mult=1.3, variant=variant).at().tensors["conv_stem"][1] for variant in VARIANTS}
    assert wide == {"timm": 40, "keras": 41, "slim": 41}


def test_timm_ran_it(corpus):
    truth = json.loads((corpus / "onnx/timm_mobilenetv1_100.json").read_text())
    found = report()
    assert (found.params, found.totals.buffers) == (truth["params"]["total"], truth["params"]["buffers_float"])
    at = found.at(N=1, H=224, W=224)
    assert at.macs == truth["macs"]["hooks"]["total"]
    theirs = {name: tuple(shape) for name, kind, shape in truth["leaf_shapes"] if kind in ("Conv2d", "Linear")}
    assert {name: at.tensors[name] for name in theirs} == theirs
    for i, shape in enumerate(truth["input_shapes"]):
        ours = Counter(
            layer.outputs[0].shape for layer in found.at(N=shape[0], H=shape[2], W=shape[3]) if layer.kind == "conv"
        )
        assert ours == Counter(tuple(row[i + 1]) for row in truth["tensors"].values() if row[0] == "Conv")


def test_every_layer_of_keras(corpus):
    golden = json.loads((corpus / "keras/MobileNet.golden.json").read_text())
    kinds = {"Conv2D", "DepthwiseConv2D", "BatchNormalization", "ReLU", "ZeroPadding2D"}
    theirs = [
        (tuple(each["shape"][1:]), each["trainable"])
        for each in golden["layers"]
        if each["cls"] in kinds and each["name"] != "conv_preds"
    ]
    at = report(variant="keras").at()
    ours = [layer for layer in at if layer.name.startswith(("conv_stem", "bn1", "act1", "blocks"))]
    assert [((*each.outputs[0].shape[2:], each.outputs[0].shape[1]), each.params) for each in ours] == theirs
    assert (at.totals.trainable, at.totals.buffers) == (golden["trainable"], golden["non_trainable"])


def test_keras_at_other_sizes(corpus):
    truth = json.loads((corpus / "onnx/keras_MobileNet.json").read_text())
    found = report(variant="keras")
    for i, (batch, rows, columns, _) in enumerate(truth["input_shapes"]):
        assert truth["status"][i] == "ok"
        at = found.at(N=batch, H=rows, W=columns)
        ours = Counter(layer.outputs[0].shape for layer in at if layer.kind == "conv")
        assert ours == Counter(tuple(row[i + 1]) for row in truth["tensors"].values() if row[0] == "Conv")


def test_a_formula_cannot_be_rounded():
    with pytest.raises(cs.UsageError) as caught:
        report(width_mult="w")
    assert caught.value.fault.code == "CS009"
