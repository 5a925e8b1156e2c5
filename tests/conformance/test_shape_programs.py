"""Computations with sizes, read once with free sizes, against ONNX Runtime at several sizes."""

import os

import numpy as np
import pytest

pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from cnnshape.formats.onnx.reader import model_of  # noqa: E402
from cnnshape.formats.reading.foreign import read  # noqa: E402  # after the check that it is there
from cnnshape.runtime.execute import execute  # noqa: E402
from cnnshape.runtime.plan import plan  # noqa: E402
from tests.conformance.shape_programs import Program  # noqa: E402

SIZES = ((1, 1, 1), (2, 7, 5), (3, 32, 33), (5, 2, 9))
TIMES = int(os.environ.get("CNNSHAPE_SHAPE_PROGRAMS", "180"))


def ours(found, sizes):
    ready = plan(found.network, dict(zip("NHW", sizes, strict=True)))
    numbers = {name: load() for name, load in found.weights.items()}
    fed = {node.name: np.zeros(sizes, np.float32) for node in found.network.inputs}
    (made,) = execute(ready, fed, numbers).values()
    return made


def theirs(session, sizes):
    """What ONNX Runtime gives, or None where it stops, divides by 0, or leaves the numbers that 64 bits hold."""
    try:
        (made,) = session.run(None, {"x": np.zeros(sizes, np.float32)})
    except Exception:  # noqa: BLE001  # it has several, without a class in common
        return None
    return made if np.isfinite(made).all() and np.abs(made.astype(float)).max() < 2**50 else None


def session_of(model):
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    # It takes 7*(1//H) for 7//H otherwise.
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        return runtime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
    except Exception:  # noqa: BLE001
        return None  # it has no kernel for some types, and folds constants while it reads


def test_what_sizes_come_to():
    compared = 0
    for seed in range(TIMES):
        model = Program(seed).model()
        session = session_of(model)
        if session is None:
            continue
        found = read(model_of(model))
        for sizes in SIZES:
            wanted = theirs(session, sizes)
            if wanted is not None:
                made = ours(found, sizes)
                assert (made.dtype, made.shape) == (wanted.dtype, wanted.shape), (seed, sizes)
                np.testing.assert_allclose(made, wanted, rtol=1e-5, atol=1e-5, err_msg=f"{seed} {sizes}")
                compared += 1
    assert compared > 2 * TIMES
