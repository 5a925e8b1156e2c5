"""The JSON Schema: up to date, a schema, and of one mind with the reader."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from cnnshape.errors import DesignError, ReadError
from cnnshape.formats.design.writer import design_data
from cnnshape.formats.design_file import design_schema, load_design
from cnnshape.graph.network import Network, Node
from cnnshape.layers import catalog
from cnnshape.layers.io import Input
from tests.formats.design.test_broken import ROWS as BROKEN
from tests.formats.design.test_spellings import ROWS as SPELLED

ROOT = Path(__file__).parents[3]
SCHEMA = design_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def plain(text):
    return YAML(typ="safe", pure=True).load(text)


def test_the_published_schema_is_the_one_made_from_the_layers():
    # python -m cnnshape schema -o docs/schemas/design.schema.json
    published = (ROOT / "docs/schemas/design.schema.json").read_text(encoding="utf-8")
    assert json.loads(published) == SCHEMA


def test_it_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*.yaml")), ids=lambda path: path.stem)
def test_the_examples_are_valid(path):
    assert list(VALIDATOR.iter_errors(plain(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("entry", [row[1] for row in SPELLED], ids=[row[0] for row in SPELLED])
def test_the_frameworks_words_are_valid(entry):
    assert list(VALIDATOR.iter_errors(plain(f"input: [3, H, W]\nlayers: [{{{entry}}}]"))) == []


@pytest.mark.parametrize("entry", [e for e in catalog.ENTRIES if e.name != "input"], ids=lambda e: e.name)
def test_every_layer_as_it_is_written_is_valid(entry):
    for example in entry.layer.examples():
        inputs = [Node(f"x{i}", Input(spec.shape, dtype=spec.dtype)) for i, spec in enumerate(example.inputs)]
        node = Node("y", example.layer, tuple(node.name for node in inputs))
        network = Network.of_nodes("one", [*inputs, node], {"y": "y"})
        assert list(VALIDATOR.iter_errors(design_data(network))) == []


def test_every_argument_is_described():
    for name, schema in SCHEMA["$defs"].items():
        if name.startswith("layer."):
            assert schema["description"]
            for argument in schema["anyOf"][0]["properties"].values():
                assert argument["description"]


# Mistakes of form, as far as a schema can see them: it knows neither definitions nor formulas, and a misspelt layer
# might be a definition.
SEEN = {
    "no-layers",
    "an-unknown-section",
    "layers-are-a-mapping",
    "a-newer-version",
    "a-size-of-zero",
    "inputs-are-a-shape",
    "an-unknown-dtype",
    "symbols-are-a-list",
    "outputs-are-empty",
    "a-misspelt-argument",
    "a-misspelt-keras-argument",
    "a-name-inside-the-layer",
    "a-missing-argument",
    "a-layer-where-an-input-is-expected",
    "a-negative-kernel",
    "a-kernel-that-is-a-fraction",
    "an-argument-that-is-a-mapping",
    "no-bare-form",
}


@pytest.mark.parametrize("row", [row for row in BROKEN if row.id in SEEN], ids=lambda row: row.id)
def test_it_sees_mistakes_of_form(row):
    assert not VALIDATOR.is_valid(plain(row.design))


def test_what_the_reader_takes_is_valid():
    """No design that loads is refused by the schema, among the broken ones with their fixes carried out."""
    for row in BROKEN:
        design = row.design
        for old, new, _ in row.fixes:
            design = design.replace(old, new)
        try:
            load_design(design, name=row.name)
        except (DesignError, ReadError):
            continue
        assert list(VALIDATOR.iter_errors(plain(design))) == [], row.id
