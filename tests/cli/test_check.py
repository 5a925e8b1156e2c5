import json

import jsonschema

from tests.cli.test_main import SCHEMAS


def test_a_design_in_order(run):
    ended = run("check", "examples/unet.yaml", "--symbolic")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0] == "U-Net: valid where the inputs fit"
    assert lines[1].startswith("input (N, 3, H, W)")
    assert lines[2].startswith("inputs  H % 16 == 0, W % 16 == 0 (concat 'up")


def test_every_shape_that_fits_is_listed(run):
    # 16*h*w == 400 with h = floor(H/4) - 3: 5x5, 1x25 and 25x1.
    out = run("check", "examples/lenet5.yaml").out
    assert "inputs  H in 32..35, W in 32..35 or 2 thin shapes (linear 'c5')" in out
    assert "  or H in 16..19, W in 112..115\n  or H in 112..115, W in 16..19\n" in out


def test_a_fault_is_said_in_five_parts_with_its_place(run):
    ended = run("check", "examples/unet.yaml", "--input", "3x500x512")
    assert ended.code == 1
    assert ended.out.startswith("examples/unet.yaml:")
    assert ": CS201 " in ended.out.splitlines()[0]
    for part in ("  rule: ", "  fix: nearest valid heights: 496 and 512", "U-Net: not valid: 1 fault"):
        assert part in ended.out


def test_one_line_for_each_fault(run):
    ended = run("check", "examples/unet.yaml", "--input", "3x500x512", "--format", "concise")
    assert ended.code == 1
    assert len(ended.out.splitlines()) == 1
    assert ended.out.startswith("examples/unet.yaml:")
    assert run("check", "examples/unet.yaml", "--format", "concise").out == ""


def test_json_is_of_the_published_schema(run):
    schema = json.loads((SCHEMAS / "check.schema.json").read_text(encoding="utf-8"))
    for sizes, valid in (("512", True), ("500x512", False)):
        data = json.loads(run("check", "examples/unet.yaml", "--input", sizes, "--format", "json").out)
        jsonschema.validate(data, schema)
        assert data["valid"] is valid
        assert bool(data["findings"]) is not valid


def test_several_faults_are_all_said(run):
    design = "input: [3, 8, 8]\nlayers:\n"
    design += "  - {name: a, conv: {in_channels: 4, out_channels: 8, kernel_size: 3}, inputs: [input]}\n"
    design += "  - {name: b, conv: {out_channels: 8, kernel_size: 9}, inputs: [input]}\n  - add: [a, b]\n"
    ended = run("check", "-", "--format", "concise", stdin=design)
    assert [line.split()[1] for line in ended.out.splitlines()] == ["CS202", "CS203"]
