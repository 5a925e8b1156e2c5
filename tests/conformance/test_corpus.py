"""Real networks as ONNX files: shapes of every tensor, counts and valid sizes, as measured with other tools.

The files are found by CNNSHAPE_CORPUS; each stands beside what ONNX Runtime found in it at several sizes.
"""

import json
import os
from pathlib import Path

import pytest

onnx = pytest.importorskip("onnx")

import cnnshape as cs  # noqa: E402  # after the check that it is there
from cnnshape.symbolic import symbols  # noqa: E402

FOLDER = Path(os.environ.get("CNNSHAPE_CORPUS", Path(__file__).parents[3] / "shared" / "corpus")) / "onnx"
MODELS = sorted(path.stem for path in FOLDER.glob("*.onnx"))

if not MODELS:
    pytest.skip("no corpus: CNNSHAPE_CORPUS names its folder", allow_module_level=True)

EMPTY = "a part of a range is empty at this size, which ONNX computes with and no layer here does"
INDEX = "an index that is computed from the size is out of bounds: only a run can tell"
UNDECIDED = {
    ("tv_swin_t", (1, 97, 131)): EMPTY,
    ("tv_swin_v2_t", (1, 97, 131)): EMPTY,
    ("tv_swin_v2_t", (3, 129, 161)): EMPTY,
    ("smp_pspnet_resnet18", (1, 384, 288)): INDEX,
}
"""Sizes that are answered otherwise here, and why."""
EINSUM = {"tv_maxvit_t": "Einsum is not counted in what was measured"}


def golden(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def settings(name, measured):
    """Yield the sizes that the declared input allows, with what was found at them."""
    network = cs.load(FOLDER / f"{name}.onnx")
    report = cs.report(network)
    (shape,) = report.inputs.values()
    places = (0, 1, 2) if name.startswith("keras") else (0, -2, -1)
    for number, sizes in enumerate(measured["sizes"]):
        declared = [(shape[place], size) for place, size in zip(places, sizes, strict=True)]
        if measured["status"][number] != "degenerate" and all(d == s for d, s in declared if isinstance(d, int)):
            yield number, tuple(sizes), report.at({str(d): s for d, s in declared if not isinstance(d, int)})


def unread(name):
    """Return second and further outputs that nothing reads, such as the statistics of a BatchNormalization."""
    graph = onnx.load(FOLDER / f"{name}.onnx", load_external_data=False).graph
    read = {tensor for node in graph.node for tensor in node.input} | {out.name for out in graph.output}
    return {tensor for node in graph.node for tensor in node.output[1:]} - read


@pytest.mark.parametrize("name", MODELS)
def test_a_real_network(name):
    measured, left_out = golden(name), unread(name)
    compared = 0
    for number, sizes, report in settings(name, measured):
        fits = measured["status"][number] == "ok"
        if (name, sizes) in UNDECIDED:
            assert report.valid is not fits
            continue
        assert report.valid is fits, (sizes, [error.message for error in report.errors])
        if not fits:
            continue
        wrong = {
            tensor: (row[0], row[1 + number], report.tensors.get(tensor))
            for tensor, row in measured["tensors"].items()
            if row[1 + number] is not None
            and tensor not in left_out
            and report.tensors.get(tensor) != tuple(row[1 + number])
        }
        assert not wrong, (sizes, len(wrong), dict(list(wrong.items())[:3]))
        counted = measured["macs_onnx"][number]["total"]
        assert report.macs >= counted if name in EINSUM else report.macs == counted
        compared += 1
    assert compared
    lacking = measured["onnx_params"] - report.params
    assert 0 <= lacking <= measured["onnx_small_constants"]


@pytest.mark.parametrize("name", MODELS)
def test_every_shape_is_a_formula_of_the_input(name):
    report = cs.report(FOLDER / f"{name}.onnx")
    known = set(report.facts.symbols)
    for tensor, shape in report.tensors.items():
        for size in shape:
            assert isinstance(size, int) or symbols(size) <= known, (tensor, shape)
