"""`cnnshape zoo`, and models named by the zoo."""

import json

import pytest

import cnnshape as cs


def test_the_list_shows_computed_and_published_figures(run):
    rows = {line.split()[0]: line.split()[1:] for line in run("zoo", "resnet*").out.splitlines()[2:] if line}
    assert rows["resnet50"] == ["3x224x224", "25,557,032", "25,557,032", "4.089", "4.089", "any"]
    assert not [name for name in rows if name.startswith("vgg")]


def test_the_list_fits_80_columns(run):
    lines = run("zoo", "--line-width", "80").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) > len(cs.zoo())


def test_the_list_as_data(run):
    found = json.loads(run("zoo", "resnet50*", "--format", "json").out)
    assert found["schema"] == "cnnshape.zoo/1"
    (row,) = found["networks"]
    assert (row["params"], row["macs"], row["input"]) == (25_557_032, 4_089_184_256, [3, 224, 224])
    assert row["published"]["gmacs"] == "4.089"
    assert row["arguments"]["depths"] == [3, 4, 6, 3]


def test_a_network_is_printed_as_a_design_to_start_from(run, tmp_path):
    text = run("zoo", "resnet50(num_classes=10)").out
    assert text.startswith("# yaml-language-server: $schema=")
    assert "doi 10.1109/CVPR.2016.90" in text.splitlines()[1]
    assert "num_classes=10" in text.splitlines()[2]
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    assert cs.load(tmp_path / "mine.yaml") == cs.zoo.resnet50(num_classes=10)
    assert run("zoo", "resnet50", "-o", str(tmp_path / "mine.json")).code == 0
    assert cs.load(tmp_path / "mine.json") == cs.zoo.resnet50()


def test_a_network_of_the_zoo_is_a_model(run):
    ended = run("report", "resnet50", "--set", "H=224,W=224", "--format", "json")
    assert json.loads(ended.out)["totals"]["macs"] == 4_089_184_256
    assert run("check", "zoo:resnet50").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("zoo", "resnet51"), "error: CS009: the zoo has no network 'resnet51'\n"),
        (("zoo", "q*"), "error: CS009: no network of the zoo is called q*\n"),
        (("zoo", "resnet50(clases=3)"), "  fix: resnet50(num_classes=3)\n"),
        (("zoo", "resnet50", "--format", "table"), "error: CS001: a design is not written as table\n"),
        (("zoo", "--format", "yaml"), "  fix: cnnshape zoo resnet50\n"),
        (
            ("report", "mobilenet"),
            '  fix: one of mobilenet_v1, mobilenet_v2, mobilenet_v3_small, ... (cnnshape zoo "mob',
        ),
        (("zoo", "VGG"), '  fix: one of vgg11, vgg11_bn, vgg13, ... (cnnshape zoo "vgg*")\n'),
        (("report", "lenet"), "  fix: did you mean the published network lenet5?\n"),
        (("report", "resnet51"), "  fix: did you mean the published network resnet50?\n"),
        (("report", "zoo:resnet51"), "  fix: did you mean resnet50?\n"),
        (("resnet50",), "  fix: did you mean: cnnshape report resnet50?\n"),
    ],
)
def test_what_is_not_there(run, words, said):
    ended = run(*words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
