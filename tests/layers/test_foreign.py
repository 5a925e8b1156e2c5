"""The families' tables of other systems' operators: complete, in one place each, and without a framework."""

import subprocess
import sys
from importlib import import_module

import pytest

from cnnshape.layers import catalog
from cnnshape.layers.base import Spec
from cnnshape.layers.foreign import Operator, Unmapped

WITH_TABLE = [entry for entry in catalog.ENTRIES if entry.foreign]


def operator(**attributes):
    return Operator("Conv", 13, attributes, (Spec((1, 3, 8, 8)),), (True,), lambda _: None, lambda _: False)


@pytest.mark.parametrize("entry", WITH_TABLE, ids=lambda entry: entry.name)
def test_an_entry_that_names_a_table_has_a_row_in_it(entry):
    module, _, name = entry.foreign.partition(":")
    table = getattr(import_module(module, entry.layer.__module__.rpartition(".")[0]), name)
    assert entry.layer in {row.layer for row in table.values()}


def test_the_layer_of_every_row_names_its_table():
    named = {entry.layer for entry in WITH_TABLE}
    rows = [catalog.foreign_of("onnx", name) for name in catalog.foreign_names("onnx")]
    assert [row.layer.__name__ for row in rows if row.layer not in named] == []


def test_every_name_is_an_operator_of_onnx():
    onnx = pytest.importorskip("onnx")
    known = {schema.name for schema in onnx.defs.get_all_schemas_with_history() if schema.domain == ""}
    assert set(catalog.foreign_names("onnx")) <= known


def test_what_nobody_reads_has_no_row():
    assert catalog.foreign_of("onnx", "conv") is None
    assert catalog.foreign_of("caffe", "Conv") is None
    assert catalog.foreign_names("caffe") == ()


def test_the_tables_load_neither_numpy_nor_a_framework():
    code = "import sys; from cnnshape.layers import catalog; catalog.foreign_names('onnx'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert {"numpy", "onnx", "torch", "keras"} & set(done.stdout.split()) == set()
    assert "cnnshape.layers.conv.foreign" in done.stdout.split()


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda op: op.shape(1), "input 1 is missing"),
        (lambda op: op.numbers(0), "input 0 is an argument, and its values are not known before a run"),
        (lambda op: op.axis(4), "there is no axis 4 among 4"),
        (lambda op: op.axis(-5), "there is no axis -5 among 4"),
        (lambda op: op.single("several", 1), "several has 2 elements, not one"),
    ],
    ids=["missing", "unknown", "axis", "negative", "single"],
)
def test_what_an_operator_has_not_is_refused(ask, why):
    with pytest.raises(Unmapped) as raised:
        ask(operator(several=(1, 2)))
    assert str(raised.value) == why


def test_an_argument_is_an_attribute_or_an_input():
    op = Operator("Clip", 13, {"min": 1.0}, (Spec((2,)), None, Spec(())), (True,), {2: (5.0,)}.get, {2}.__contains__)
    assert (op.single("min", 1), op.single("max", 2), op.single("other", 1, 7)) == (1.0, 5.0, 7)
