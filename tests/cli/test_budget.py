"""`cnnshape solve --for`: texts on a terminal of 80 columns, JSON, exit codes, and what cannot be asked."""

import json

import jsonschema
import pytest

from tests.cli.test_main import SCHEMAS

WIDE = ("--line-width", "80")
WIDTH = ("--for", "width_mult")


def test_a_width_within_a_budget(run):
    ended = run("solve", "mobilenet_v2", *WIDTH, "--max-params", "3.5M", *WIDE)
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "mobilenet_v2: the largest width_mult that fits 3,500,000 parameters: any in",
        "  [0.975, 0.9875)",
        "input (N, 3, H, W): batch N, 3 channels, maps HxW; at H=224, W=224 (defaults of",
        "  the network); memory: weights and peak activations, float32",
        "",
        "       width_mult          parameters  MACs    memory",
        "fits   [0.975, 0.9875)      3,486,936  300M  22.5 MiB",
        "over   [0.9875, 1.003125)   3,504,872  301M  22.6 MiB",
        "limit                       3,500,000",
        "",
        "binding   the next larger network has 4,872 parameters too many",
        'use       cnnshape report "mobilenet_v2(width_mult=0.98)"',
    ]


def test_the_command_that_it_gives_reports_that_network(run):
    model = "resnet18(num_classes=10)"
    found = json.loads(run("solve", model, *WIDTH, "--max-params", "5M", "--format", "json").out)
    assert found["use"] == f'cnnshape report "resnet18(num_classes=10, width_mult={found["value"]})"'
    again = run("report", found["use"].split('"')[1], "--format", "json")
    assert json.loads(again.out)["totals"]["params"] == found["best"]["params"]


def test_nothing_fits(run):
    ended = run("solve", "mobilenet_v2", *WIDTH, "--max-params", "1M", *WIDE)
    assert ended.code == 1
    assert ended.out.startswith(
        "mobilenet_v2: no width_mult fits 1,000,000 parameters: the smallest network has\n  1,316,728 parameters\n"
    )
    assert "use " not in ended.out


def test_everything_fits(run):
    ended = run("solve", "unet", "--for", "depth", "--max-params", "1T")
    assert ended.code == 0
    assert ended.out.startswith("unet: every depth up to 10 fits 1,000,000,000,000 parameters\n")
    assert "binding" not in ended.out


def test_square_images_in_memory(run):
    ended = run("solve", "examples/unet.yaml", "--for", "H,W", "--max-memory", "300MiB", *WIDE)
    assert ended.out.startswith("examples/unet.yaml: the largest H = W that fits 314,572,800 bytes of memory: 416\n")
    assert "use       cnnshape report examples/unet.yaml --set H=416,W=416\n" in ended.out


def test_a_design_on_standard_input(run):
    design = "input: [3, H, W]\nlayers: [{conv: {out_channels: 8, kernel_size: 1}}]\n"
    ended = run("solve", "-", "--for", "H", "--set", "W=10", "--max-macs", "24k", stdin=design)
    assert ended.code == 0
    assert "that fits 24,000 MACs: 100\n" in ended.out  # 3*8 multiply-adds at each of 10*100 positions
    assert "use " not in ended.out


@pytest.mark.parametrize(
    "args",
    [
        ("mobilenet_v2", *WIDTH, "--max-params", "3.5M"),
        ("mobilenet_v3_large", *WIDTH, "--max-params", "5M", "--max-macs", "100M", "--max-memory", "10MB"),
        ("mobilenet_v2", *WIDTH, "--max-params", "1k"),
        ("mobilenet_v2", *WIDTH, "--max-params", "1000T"),
        ("examples/unet.yaml", "--for", "H", "--set", "W=64", "--max-macs", "1G"),
        ("unet", "--for", "depth", "--max-params", "1M"),
    ],
    ids=" ".join,
)
def test_json_is_of_the_published_schema(run, args):
    schema = json.loads((SCHEMAS / "budget.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    ended = run("solve", *args, "--format", "json")
    found = json.loads(ended.out)
    jsonschema.validate(found, schema)
    assert ended.code == (0 if found["fits"] else 1)
    assert (found["best"] is None) == (not found["fits"])


@pytest.mark.parametrize("width", [20, 40, 60])
def test_narrow_terminals(run, width):
    ended = run("solve", "mobilenet_v2", *WIDTH, "--max-params", "3.5M", "--line-width", str(width))
    assert ended.code == 0
    assert "3,486,936" in ended.out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("resnet18", "--max-params", "5M"), "--max-params 5M: what may change to stay within it?"),
        (("resnet18", *WIDTH), "width_mult is asked for, and nothing is limited"),
        (("resnet18", *WIDTH, "--max-params", "5MB"), "--max-params '5MB' is no amount"),
        (("resnet18", *WIDTH, "--max-params", "5M", "--output", "7"), "--output and --for are two questions"),
        (("resnet18", *WIDTH, "--max-params", "5M", "--all"), "--all and --for are two questions"),
        (("resnet18", *WIDTH, "--max-params", "5M", "-k", "3"), "-k chooses windows"),
        (("resnet18", "--dtype", "int8"), "--dtype counts nothing here"),
        (("--from", "224", "--to", "112", *WIDTH), "--for asks about a model"),
        (("resnet18", "--for", "width", "--max-params", "5M"), "resnet18 has no argument or symbol 'width'"),
        (("examples/unet.yaml", "--for", "c", "--max-params", "5M"), "has no symbol 'c'"),
        (("examples/unet.yaml", "--for", "H", "--max-macs", "5M"), "the MACs of U-Net depend on W"),
        (("resnet18", *WIDTH, "--max-macs", "5M", "--convention", "mine"), "no counting convention 'mine'"),
        (("resnet18", *WIDTH, "--max-memory", "5M", "--dtype", "mine"), "no element type 'mine'"),
        (("nowhere.yaml", "--for", "H", "--max-macs", "5M"), "nowhere.yaml"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(run, args, words):
    ended = run("solve", *args)
    assert ended.code == 2
    assert words in ended.err
    assert "Traceback" not in ended.err


def test_sizes_that_do_not_fit(run):
    ended = run("solve", "unet", "--set", "H=500", *WIDTH, "--max-macs", "1G")
    assert ended.code == 1
    assert "nearest valid heights: 496 and 512" in ended.err
