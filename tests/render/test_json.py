"""The JSON of a report: exactly the published schema, and the numbers of the report."""

import json
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

import jsonschema
import pytest

from cnnshape.errors import ShapeError
from cnnshape.render.json import error_data
from cnnshape.symbolic import Dim
from tests.render.conftest import made, sized

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def schema(name: str) -> dict:
    found = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def value_of(formula: int | str, sizes: dict[str, int]) -> int:
    """What Python makes of a formula."""
    return eval(str(formula), {"floor": floor, "ceil": ceil, "max": max, "min": min, **sizes})


def test_a_report_is_of_the_published_schema(report):
    jsonschema.validate(json.loads(report.to("json")), schema("report"))


def test_a_report_with_faults_is_of_the_published_schema():
    data = made("unet").at(H=250, W=256).to_dict()
    jsonschema.validate(data, schema("report"))
    assert data["valid"] is False
    assert data["outputs"] == []
    assert data["errors"][0]["line"] > 0


def test_an_error_is_of_the_published_schema():
    error = ShapeError("too small", code="CS203", place="a.yaml:3:5", node="conv1", fix="padding: 1")
    data = error_data(error.fault)
    jsonschema.validate(data, schema("error"))
    assert data == {
        "schema": "cnnshape.error/1",
        "code": "CS203",
        "message": "too small",
        "where": "a.yaml:3:5",
        "fix": "padding: 1",
    }


def test_the_schema_refuses_what_is_not_a_report():
    data = made("lenet5").to_dict()
    for wrong in ({"valid": "yes"}, {"extra": 1}, {"layers": [{}]}, {"schema": "cnnshape.report/2"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**data, **wrong}, schema("report"))


def test_formulas_read_back_as_the_numbers_of_the_sizes(name):
    symbolic, at = made(name).to_dict(), sized(name)
    sizes = {symbol: size for symbol, size in at.facts.symbols.items() if size is not None}
    numbers = at.to_dict()
    for key, value in symbolic["totals"].items():
        if value is not None:
            assert value_of(value, sizes) == numbers["totals"][key]
    for row, other in zip(symbolic["layers"], numbers["layers"], strict=True):
        shape = [size for tensor in row["outputs"] for size in tensor["shape"]]
        values = [value_of(size, {**sizes, at.network.batch: 3}) for size in shape]
        others = [size for tensor in other["outputs"] for size in tensor["shape"]]
        assert values == [3 if size == at.network.batch else size for size in others]


def test_numbers_are_ints_and_formulas_are_texts(report):
    data = report.to_dict()
    for key, value in data["totals"].items():
        own = getattr(report.totals, key)
        assert isinstance(value, str) is isinstance(own, (Dim, Fraction))


def test_every_layer_is_there_whatever_the_table_folds():
    assert len(json.loads(made("resnet50").to("json", detail="overview"))["layers"]) == len(made("resnet50").layers)


def test_published_totals_of_resnet50():
    # torchvision ResNet50_Weights.IMAGENET1K_V1: num_params 25557032, _ops 4.089 GMACs (conv 4087136256 + fc 2048000).
    totals = sized("resnet50").to_dict()["totals"]
    assert totals["params"] == 25_557_032
    assert totals["macs"] == 4_087_136_256 + 2_048_000


def test_how_the_input_was_read_is_a_note():
    assert made("lenet5").at().to_dict()["notes"][0].startswith("input (N, 1, H, W): batch N, 1 channel, maps HxW; at")
