"""The ONNX project's own tests of backends, on ours; `onnx_scope` says what is in scope and what does not pass."""

import re
import sys
import unittest
import warnings

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx.backend.test import BackendTest  # noqa: E402  # after the check that it is there
from onnx.backend.test.loader import load_model_tests  # noqa: E402

from cnnshape.errors import CnnshapeError  # noqa: E402
from cnnshape.formats.onnx.values import FOLDED  # noqa: E402
from cnnshape.formats.reading.inlining import INLINED  # noqa: E402
from cnnshape.layers import catalog  # noqa: E402
from cnnshape.runtime import onnx_backend  # noqa: E402
from tests.conformance.onnx_scope import LATER, OUT, REASONS, listed  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # the cases are made of infinities and NaN
VERSION = "1.23.2"
OF_THIS_VERSION = pytest.mark.skipif(onnx.__version__ != VERSION, reason=f"the lists are those of onnx {VERSION}")
COVERED = {*catalog.foreign_names("onnx"), *FOLDED, *INLINED}


def _cases() -> dict[str, object]:
    """Every test of the suite by the name that it has on the processor."""
    kinds = ("node", "simple", "pytorch-converted", "pytorch-operator", "real")
    return {f"{case.name}_cpu": case for kind in kinds for case in load_model_tests(kind=kind)}


def _model(case):
    if case.model is not None:
        return case.model
    if case.model_dir is not None:
        return onnx.load(f"{case.model_dir}/model.onnx")
    return onnx.load(f"{onnx.__path__[0]}/{case.url.removeprefix('onnx/')}")


def _reason(name: str) -> str:
    return next((why for pattern, why in REASONS.items() if re.match(pattern, name)), "")


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of cases while they are made
    CASES = _cases()
    SUITE = BackendTest(onnx_backend, __name__).test_cases
IN_SCOPE = {name for name, case in CASES.items() if onnx_backend.is_compatible(_model(case))}
NAMED = {name for name in IN_SCOPE if _reason(name)}
PASSING = IN_SCOPE - NAMED
REFUSED = {}

for _case in SUITE.values():
    for _test in [each for each in vars(_case) if each.startswith("test_")]:
        if _test in NAMED:
            REFUSED[_test] = vars(_case)[_test]
        if _test not in PASSING:
            delattr(_case, _test)
del _case  # a class under a second name would be collected twice
globals().update(SUITE)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The suite writes the data of whole models into a folder of its own."""
    monkeypatch.setenv("ONNX_HOME", str(tmp_path))


@OF_THIS_VERSION
def test_every_operator_is_covered_for_later_or_out_of_scope():
    """A list that forgets one would hide it."""
    known = {schema.name for schema in onnx.defs.get_all_schemas_with_history() if schema.domain == ""}
    tables = [*COVERED, *listed(LATER), *listed(OUT)]
    assert sorted(tables) == sorted(set(tables)), "each stands in one place"
    experimental = known - set(tables)
    assert {name for name in experimental if onnx.defs.has(name)} == set()
    assert set(tables) - known == set()


@OF_THIS_VERSION
def test_how_many_tests_pass(capsys):
    with capsys.disabled():
        sys.stdout.write(
            f"\nonnx {onnx.__version__}: {len(PASSING)} tests pass, {len(NAMED)} are named with a reason\n"
        )
    assert len(PASSING) >= 1563


def test_what_is_named_does_not_pass():
    """A reason that no longer holds is to be removed."""
    assert set(REFUSED) == NAMED
    assert [name for name, test in REFUSED.items() if _passes(test)] == []


def _passes(test) -> bool:
    try:
        test(None)
    except (CnnshapeError, AssertionError):
        return False
    return True


@OF_THIS_VERSION
def test_every_reason_names_a_test():
    unused = [pattern for pattern in REASONS if not any(re.match(pattern, name) for name in NAMED)]
    assert unused == []


def test_the_module_is_a_backend():
    assert onnx_backend.supports_device("CPU")
    assert not onnx_backend.supports_device("CUDA")
    node = onnx.helper.make_node("Relu", ["x"], ["y"])
    (y,) = onnx_backend.run_node(node, [np.array([-1, 2], np.float32)])
    assert y.tolist() == [0, 2]
    assert issubclass(SUITE["OnnxBackendNodeModelTest"], unittest.TestCase)
