"""Explanations as they are read: within the width of a page, the same numbers in every format."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

import cnnshape
from cnnshape.errors import UsageError
from tests.render.conftest import made, sized

SCHEMA = Path(__file__).parents[2] / "docs/schemas/explanation.schema.json"


def explained(report):
    """The network, and some of its layers."""
    yield cnnshape.explain(report, of="all")
    names = [layer.name for layer in report.layers]
    for name in names[:: max(1, len(names) // 4)]:
        yield cnnshape.explain(report, name, of="all")


def test_lines_fit_the_page(report, name):
    if name in ("strange_names", "deep", "odd_strides"):
        pytest.skip("numbers and names wider than a page")
    for found in explained(report):
        for line in found.to("text", width=100).splitlines():
            assert len(line) <= 100, line


def test_no_control_character_is_printed(report):
    for found in explained(report):
        assert "\x1b" not in found.to("text")
        assert "\x1b" not in found.to("markdown")


def test_json_is_of_the_published_schema(report):
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    for found in explained(report):
        data = json.loads(found.to("json"))
        jsonschema.validate(data, schema)
        assert data == found.to_dict()
        assert [topic["topic"] for topic in data["topics"]] == [topic.name for topic in found.topics]


def test_markdown_has_as_many_cells_in_every_row_of_a_table(report):
    for found in explained(report):
        for table in re.findall(r"(?:^\|.*\n)+", found.to("markdown"), re.MULTILINE):
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_the_text_of_a_layer():
    text = str(cnnshape.explain(sized("alexnet"), "conv1", of="params"))
    assert text.splitlines()[-3:] == [
        "  weight      64*3*11*11 = 23,232",
        "  bias        64",
        "  sum         23232 + 64 = 23,296",
    ]


def test_faults_are_told_in_five_parts():
    text = cnnshape.explain(made("lenet5").at(H=3, W=32), "c1").to("text")
    assert "CS203 c1" in text
    assert "  rule: " in text
    assert "  fix: " in text


def test_an_unknown_format():
    with pytest.raises(UsageError) as raised:
        cnnshape.explain(sized("lenet5")).to("rtf")
    assert raised.value.fault.fix == "format text"
