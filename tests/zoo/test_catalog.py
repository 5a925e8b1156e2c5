"""How a network of the zoo is named, found and called."""

import subprocess
import sys

import pytest

import cnnshape as cs
from cnnshape import zoo
from cnnshape.errors import FormulaError, ReadError, UsageError
from cnnshape.zoo.catalog import NETWORKS, nearest, parse_call


def test_the_package_is_a_function_and_holds_every_builder():
    assert cs.zoo is zoo
    assert zoo("resnet50") == zoo.resnet50() == cs.load("resnet50") == cs.load("zoo:resnet50")
    assert zoo() == zoo.networks() == tuple(NETWORKS.values())
    assert "resnet50" in dir(zoo)
    with pytest.raises(AttributeError, match="the zoo has no network 'resnet51'"):
        zoo.resnet51  # noqa: B018  # the access is the test


def test_no_file_of_the_package_hides_a_network():
    for name, entry in NETWORKS.items():
        assert entry.builder.__module__.startswith("cnnshape.zoo.builders.")  # imported by now
        assert getattr(zoo, name) is entry


@pytest.mark.parametrize("text", ["resnet50(num_classes=10)", "zoo:resnet50(num_classes=10)"])
def test_arguments_stand_in_brackets(text):
    # The last layer has 2048*10 + 10 parameters in place of 2048*1000 + 1000.
    assert cs.report(text).params == 25_557_032 - 2049 * 990


@pytest.mark.parametrize(
    "text",
    [
        "resnet50(10)",
        "resnet50(num_classes=len('abc'))",
        "resnet50(num_classes=__import__('os').getpid())",
        "resnet50(**{'num_classes': 10})",
        "resnet50(num_classes=10",
        "resnet50(num_classes=10))",
        "resnet50()(num_classes=10)",
        "resnet50(" + "(" * 400 + ")",
        "resnet50(num_classes=" + "1" * 600 + ")",
    ],
)
def test_what_is_no_literal_is_refused(text):
    with pytest.raises(UsageError) as caught:
        cs.load(f"zoo:{text}")
    assert caught.value.fault.code == "CS009"


def test_literals_of_every_kind():
    assert parse_call("f(a=1, b=-2.5, c='x', d=(1, 2), e=True, f=None)") == (
        "f",
        {"a": 1, "b": -2.5, "c": "x", "d": (1, 2), "e": True, "f": None},
    )
    assert parse_call("resnet50") == ("resnet50", {})
    assert parse_call("resnet50()") == ("resnet50", {})


@pytest.mark.parametrize(
    ("argument", "known"),
    [("classes", "num_classes"), ("in_chans", "in_channels"), ("alpha", "width_mult"), ("depth", "depths")],
)
def test_other_words_for_an_argument_are_answered_with_ours(argument, known):
    with pytest.raises(UsageError) as caught:
        zoo.resnet50(**{argument: 3})
    assert caught.value.fault.fix == f"resnet50({known}=3)"


@pytest.mark.parametrize(
    ("given", "meant"),
    [("ResNet-50", "resnet50"), ("resnet_50", "resnet50"), ("LeNet-5", "lenet5"), ("unet_orignal", "unet_original")],
)
def test_other_spellings_of_a_name(given, meant):
    assert nearest(given) == meant
    with pytest.raises(ReadError) as caught:
        cs.load(given)
    assert caught.value.fault.fix == f"did you mean the published network {meant}?"
    with pytest.raises(UsageError) as refused:
        cs.load(f"zoo:{given}")
    assert refused.value.fault.fix == f"did you mean {meant}?"


def test_a_file_of_that_name_wins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "resnet50").write_text("input: [3, H, W]\nlayers: [relu]\n", encoding="utf-8")
    assert cs.report(cs.load("resnet50")).params == 0
    assert cs.report(cs.load("zoo:resnet50")).params == 25_557_032


def test_the_list_imports_no_builder():
    code = (
        "import sys; from cnnshape import zoo; zoo(); "
        "print(*(name for name in sys.modules if name.startswith('cnnshape')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {entry.builder.__module__ for entry in zoo()}


def test_names_are_design_file_names_and_unique():
    assert all(name == entry.name and name.isidentifier() for name, entry in NETWORKS.items())


def test_a_variant_that_there_is_not():
    with pytest.raises(UsageError) as caught:
        zoo.resnet50(variant="tensorflow")
    assert caught.value.fault.text() == (
        "CS009: variant = 'tensorflow' is not known\n"
        "  rule: variant is one of 'torchvision', 'keras', 'slim'\n"
        "  fix: variant='torchvision'"
    )


@pytest.mark.parametrize("name", ["num_classes", "in_channels"])
@pytest.mark.parametrize("value", [0, -1, 2.5, None, True, (3,), 10**9])
def test_what_is_no_number_of_channels(name, value):
    with pytest.raises(UsageError) as caught:
        zoo.lenet5(**{name: value})
    assert caught.value.fault.text() == (
        f"CS009: {name} = {value} does not fit\n  rule: {name} is a whole number from 1 to 1000000\n  fix: {name}=1"
    )


def test_channels_and_classes_may_be_formulas():
    found = cs.report(zoo.lenet5(num_classes="K", in_channels="2*C"))
    assert found.at(K=10, C=1).params == 61_706 + 6 * 25


@pytest.mark.parametrize("name", ["resnet50", "srcnn", "dcgan", "resnet5O", "nothing", "__import__"])
def test_the_call_that_is_shown_as_an_example_works(name):
    with pytest.raises(UsageError, match="is no call of a builder") as caught:
        zoo(f"{name}(a=1+x)")
    example, arguments = parse_call(caught.value.fault.fix.strip('"'))
    assert NETWORKS[example](**arguments).name == example


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("resnet50(num_classes='')", "CS301: num_classes = '': not a formula"),
        ("resnet50(in_channels='3+')", "CS301: in_channels = '3+': not a formula"),
        (
            "resnet50(width_mult='9**9**9')",
            "CS303: width_mult = '9**9**9' times 64 channels: exponent 9 is not in 0..8",
        ),
    ],
)
def test_what_is_no_formula_is_told_with_its_argument(text, said):
    with pytest.raises(FormulaError) as caught:
        cs.load(text)
    assert str(caught.value).startswith(said)
