"""Pictures of real networks: nothing touches, nothing lies outside, few rows, and no exporter's noise.

The networks are not part of the repository; CNNSHAPE_CORPUS names the folder that holds them.
"""

import json
import os
from functools import cache
from pathlib import Path

import pytest

import cnnshape
from cnnshape.analysis.report import Facts, facts
from cnnshape.render.diagram import diagram
from cnnshape.render.drawing import Drawing
from cnnshape.render.figures.options import DrawOptions
from tests.render.figures.architecture.touching import faults_of
from tests.render.figures.blocks.marks import faults
from tests.render.figures.test_graph import check

CORPUS = Path(os.environ.get("CNNSHAPE_CORPUS", "")) / "onnx"
SHAPES = (
    "tv_densenet121.dynamo", "timm_hrnet_w18_small", "timm_hrnet_w18_small.dynamo", "keras_InceptionV3",
    "keras_DenseNet121", "timm_res2net50_14w_8s", "smp_fpn_mobilenet_v2", "timm_nf_regnet_b0", "tv_swin_t",
)  # fmt: skip
"""Networks that take several rows, or lines and boxes without a place, if little is folded."""

pytestmark = pytest.mark.skipif(
    not os.environ.get("CNNSHAPE_CORPUS") or not CORPUS.is_dir(), reason="CNNSHAPE_CORPUS names no folder"
)


@cache
def found(name: str) -> Facts:
    pytest.importorskip("onnx")
    file = CORPUS / f"{name}.onnx"
    if not file.exists():
        pytest.skip(f"there is no {name}")
    network = cnnshape.load(file)
    given = json.loads(file.with_suffix(".json").read_text())["input_shapes"][0]
    declared = network.inputs[0].declared
    return facts(network).at({str(d): n for d, n in zip(declared, given, strict=True) if not isinstance(d, int)})


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("style", ["graph", "architecture", "blocks"])
def test_nothing_touches_or_lies_outside(name: str, style: str) -> None:
    scene = Drawing(found(name), style, DrawOptions(width="full")).scene
    if style == "graph":
        check(scene)
    elif style == "architecture":
        assert faults_of(scene) == []
    else:
        assert faults(scene, 516) == []
        assert not any("rows" in note or "left out" in note for note in scene.notes)


@pytest.mark.parametrize("name", ["tv_swin_t", "keras_DenseNet121", "timm_nf_regnet_b0"])
def test_constants_are_no_boxes(name: str) -> None:
    ops = [card.op.partition(" ")[0] for card in diagram(found(name), "layer").cards]
    assert not {"Constant", "Cast"} & {*ops}
    assert "Parameter" not in ops
