"""--input, --set, --symbolic and --assume."""

import pytest

import cnnshape
from cnnshape.cli.sizes import sizes_of
from cnnshape.errors import UsageError

ONE = cnnshape.load("symbols: {H: 32, W: 48}\ninput: [3, H, W]\nlayers: [relu]\n")
FIXED = cnnshape.load("input: [3, 224, W]\nlayers: [relu]\n")
NUMBERS = cnnshape.load("input: [3, 64, 64]\nlayers: [relu]\n")
LINE = cnnshape.load("input: [1, L]\nlayers: [relu]\n")
TWO = cnnshape.load("inputs: {left: [1, H, W], right: [1, H, K]}\nlayers: [{add: [left, left]}]\noutputs: [last]\n")
PAIR = cnnshape.load("inputs: {left: [1, H, W], right: [1, H, W]}\nlayers: [{add: [left, right]}]\n")
DEPTH = cnnshape.load("inputs: {rgb: [3, H, W], depth: [1, H, W]}\nlayers: [{concat: [rgb, depth]}]\n")
CEILED = cnnshape.load("input: [3, ceil(H/2), W]\nlayers: [relu]\n")
FORMULA = cnnshape.load("input: [3, 2*H, W]\nlayers: [relu]\n")


@pytest.mark.parametrize(
    ("network", "inputs", "settings", "values"),
    [
        (ONE, [], [], {"H": 32, "W": 48}),
        (ONE, ["3x224x224"], [], {"H": 224, "W": 224}),
        (ONE, ["3,224,320"], [], {"H": 224, "W": 320}),
        (ONE, ["8x3x224x320"], [], {"N": 8, "H": 224, "W": 320}),
        (ONE, ["N,3,H,320"], [], {"W": 320}),
        (ONE, ["3,H,W"], [], {}),
        (ONE, ["3,h,w"], [], {}),
        (ONE, ["224"], [], {"H": 224, "W": 224}),
        (ONE, ["224x320"], [], {"H": 224, "W": 320}),
        (ONE, ["3X224X320"], [], {"H": 224, "W": 320}),
        (ONE, ["3\u00d7224\u00d7320"], [], {"H": 224, "W": 320}),
        (ONE, ["input=224x320"], [], {"H": 224, "W": 320}),
        (ONE, [], ["H=64"], {"H": 64, "W": 48}),
        (ONE, [], ["H=64,W=96"], {"H": 64, "W": 96}),
        (ONE, [], ["H=64", "W = 96", "N=2"], {"H": 64, "W": 96, "N": 2}),
        (ONE, [], ["T=5"], {"H": 32, "W": 48}),
        (ONE, ["224"], ["N=4"], {"H": 224, "W": 224, "N": 4}),
        (ONE, ["224"], ["H=224"], {"H": 224, "W": 224}),
        (FIXED, ["224x64"], [], {"W": 64}),
        (FIXED, ["3x224x64"], [], {"W": 64}),
        (LINE, ["16000"], [], {"L": 16000}),
        (LINE, ["1x16000"], [], {"L": 16000}),
        (TWO, ["left=1x32x40", "right=32x50"], [], {"H": 32, "W": 40, "K": 50}),
        (PAIR, ["105"], [], {"H": 105, "W": 105}),
        (PAIR, ["1x105x100"], [], {"H": 105, "W": 100}),
        (PAIR, ["2x1x105x100"], [], {"N": 2, "H": 105, "W": 100}),
        (DEPTH, ["64x96"], [], {"H": 64, "W": 96}),
        (FORMULA, ["3x64x50"], [], {"H": 32, "W": 50}),
        (FORMULA, ["3,H,50"], [], {"W": 50}),
    ],
    ids=str,
)
def test_sizes_are_those_that_are_asked_for(network, inputs, settings, values):
    assert dict(sizes_of(network, inputs, settings).values) == values


@pytest.mark.parametrize(
    ("network", "setting", "says"),
    [
        (ONE, "T=5", "note: --set T=5 changes nothing: the network has the symbols N, H, W"),
        (NUMBERS, "H=500", "note: --set H=500 changes nothing: the sizes of this network are fixed"),
    ],
    ids=str,
)
def test_a_usual_name_that_the_network_does_not_have_is_said_to_change_nothing(network, setting, says):
    assert sizes_of(network, [], [setting]).notes == (says,)
    assert sizes_of(network, [], []).notes == ()


def test_notes_go_to_standard_error(run):
    ended = run("check", "examples/audio_1d.yaml", "--set", "H=500", "--format", "json")
    assert ended.code == 0
    assert ended.err == "note: --set H=500 changes nothing: the network has the symbols N, L\n"
    assert '"valid": true' in ended.out


def test_symbolic_drops_the_defaults_and_keeps_what_is_given():
    assert dict(sizes_of(ONE, [], [], symbolic=True).values) == {}
    assert dict(sizes_of(ONE, [], ["H=64"], symbolic=True).values) == {"H": 64}


def test_defaults_are_known_as_such():
    assert dict(sizes_of(ONE, [], ["H=64"]).defaults) == {"W": 48}


@pytest.mark.parametrize(
    ("network", "inputs", "settings", "message", "fix"),
    [
        (ONE, ["4x224x224"], [], "says 4 where the input has 3", "--input 3,H,W, with numbers for H, W"),
        (ONE, ["3x224x224x5x6"], [], "has 5 sizes, the input has 4", "--input 3,H,W"),
        (ONE, ["3x0x224"], [], "a size is at least 1", "--input"),
        (ONE, ["3x-1x224"], [], "'-1' is no size", "--input"),
        (ONE, ["picture=3x224x224"], [], "there is no input 'picture'", "--input input=..."),
        (ONE, [], ["HH=3"], "there is no symbol 'HH'", "did you mean H?"),
        (ONE, [], ["H"], "is no setting", "--set H=224,W=224"),
        (ONE, [], ["H=3.5"], "'3.5' is no size", "--set H=224"),
        (ONE, [], ["H=0"], "'0' is no size", "--set H=224"),
        (ONE, [], ["H=" + "9" * 19], "'9999999999999999999' is no size", "--set H=224"),
        (ONE, ["224"], ["H=32"], "H is given twice: 224 and 32", "give it once"),
        (TWO, ["1x32x40"], [], "which input?", "--input left=1x32x40"),
        (DEPTH, ["3x64x96"], [], "which input?", "--input rgb=3x64x96"),
        (TWO, ["left=1x32x40", "right=1x33x40"], [], "H is given twice: 32 and 33", "give it once"),
        (FORMULA, ["3x65x64"], [], "says 65 where the input has 2*H, which is never 65", "--input"),
        (CEILED, ["3x65x64"], [], "cannot say 65 for ceil(H/2); --set its symbols", "--input"),
        (FIXED, ["225x64"], [], "says 225 where the input has 224", "--input 3,224,W, with numbers for W"),
        (NUMBERS, ["3x32x32"], [], "says 32 where the input has 64", "write a symbol such as H in place"),
        (ONE, ["224x224x3"], [], "says 224 where the input has 3", "--input 3,H,W, with numbers for H, W"),
        (ONE, [], ["h=3"], "there is no symbol 'h'", "did you mean H?"),
        (ONE, [], ["Q=3"], "there is no symbol 'Q'", "leave it out"),
    ],
    ids=str,
)
def test_what_does_not_suit_the_network_is_refused(network, inputs, settings, message, fix):
    with pytest.raises(UsageError) as caught:
        sizes_of(network, inputs, settings)
    assert caught.value.code == "CS004"
    assert message in caught.value.fault.message
    assert fix in caught.value.fault.fix


def test_what_is_assumed_decides_conditions_and_is_said(run):
    ended = run("check", "examples/unet.yaml", "--assume", "H % 32 == 0, W % 32 == 0")
    assert "assuming H % 32 == 0, W % 32 == 0" in ended.out
    text = run("report", "examples/unet.yaml", "--assume", "H % 16 == 0, W % 16 == 0").out
    assert "H % 16 == 0" in text


def test_assumptions_add_up(run):
    ended = run("check", "examples/unet.yaml", "--assume", "H % 32 == 0", "--assume", "W % 32 == 0")
    assert "assuming H % 32 == 0, W % 32 == 0" in ended.out
    assert "inputs  any size that is assumed" in ended.out


def test_a_default_that_is_not_what_is_assumed_is_left_out(run):
    ended = run("check", "examples/vgg16.yaml", "--assume", "H in 32..64")
    assert (ended.code, ended.err) == (0, "")
    assert "at W=224 (default of the file); H free; assuming H in 32..64" in " ".join(ended.out.split())
    assert "at H=224, W=224 (defaults" in run("check", "examples/vgg16.yaml", "--assume", "W == H").out
    both = run("check", "examples/vgg16.yaml", "--assume", "W == H + 1").out
    assert "H, W free; assuming W == H + 1" in " ".join(both.split())


def test_a_size_that_is_not_what_is_assumed_does_not_fit(run):
    ended = run("check", "examples/vgg16.yaml", "--assume", "H in 32..64", "--set", "H=96")
    assert ended.code == 1
    assert "CS216 input: H = 96 is not what is assumed" in ended.out


def test_an_assumption_that_leaves_no_size_is_an_error_of_the_design(run):
    ended = run("check", "examples/unet.yaml", "--assume", "H % 32 == 5")
    assert ended.code == 1
    assert "CS216 up3.concat1: no H works" in ended.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("H mod 32", "error: --assume: CS301"),
        ("Q > 3", "error: CS004: assumed Q > 3: there is no symbol 'Q'"),
        ("H < 1", "error: CS004: assumed H < 1: no H fulfills it"),
    ],
)
def test_a_condition_that_is_none_is_refused(run, words, message):
    ended = run("report", "examples/unet.yaml", "--assume", words)
    assert ended.code == 2
    assert ended.err.startswith(message)


def test_another_number_of_channels_is_answered_with_the_way_to_it(run):
    ended = run("report", "mobilenet_v2", "--input", "1x224x224")
    assert '    or "mobilenet_v2(in_channels=1)"\n' in ended.err
    assert run("report", "mobilenet_v2(in_channels=1)", "--input", "1x224x224").code == 0
    assert (
        "    or write 3 channels into the design's input\n"
        in run("check", "examples/lenet5.yaml", "--input", "3x32x32").err
    )
    assert "channels" not in run("check", "examples/lenet5.yaml", "--input", "1xHx0").err.split("fix:")[1]
    said = run("check", "examples/vgg16.yaml", "--input", "224x320x3").err
    assert said.endswith("\n    channels stand first: 3x224x320\n")
