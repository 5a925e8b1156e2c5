"""`solve` and `windows` from Python."""

import copy
import json
import pickle
from pathlib import Path

import jsonschema
import pytest

import cnnshape as cs
from cnnshape import Input, IntegerSet, Network, UsageError
from cnnshape import layers as L

ROOT = Path(__file__).parents[2]
UNET, LENET, RESNET = (str(ROOT / "examples" / f"{name}.yaml") for name in ("unet", "lenet5", "resnet50"))


def test_sets_causes_and_members():
    found = cs.solve(UNET)
    assert found.sets["H"] == IntegerSet.residue_class(16, [0])
    assert [cause.layer for cause in found.because["H"]] == [f"up{i}.concat1" for i in (4, 3, 2, 1)]
    assert found.because["W"][1].alone == "W % 8 in {0..3}"
    assert {"H": 512, "W": 16} in found
    assert {"H": 500, "W": 16} not in found
    assert (found.valid, found.smallest, found.relations, found.square) == (True, {"H": 16, "W": 16}, (), None)


def test_sizes_at_hand():
    found = cs.solve(UNET, H=500, W=375)
    assert (found.valid, found.nearest) == (False, ({"H": 496, "W": 368}, {"H": 512, "W": 384}))
    assert [error.code for error in found.errors] == ["CS201"]
    assert found.at(H=496, W=368).valid is True
    assert found.at().valid is True
    partly = cs.solve(UNET, sizes={"H": 512})
    assert (partly.valid, dict(partly.sets)) == (True, {"W": IntegerSet.residue_class(16, [0])})


def test_nearest_sizes_are_what_is_assumed():
    found = cs.solve(UNET, assume="W == H", H=100, W=100)
    assert found.nearest == ({"H": 96, "W": 96}, {"H": 112, "W": 112})
    found = cs.solve(UNET, assume="H % 48 == 0", H=100, W=96)
    assert found.nearest == ({"H": 96, "W": 96}, {"H": 144, "W": 96})


@pytest.mark.parametrize("size", [7, (7, 7), [7, 7], "7", "7x7", {"": 7}, {"layer4.next.1.relu1": "7x7"}], ids=repr)
def test_an_output_is_said_in_any_way(size):
    found = cs.solve(RESNET, output=size)
    assert {name: str(each) for name, each in found.sets.items()} == {"H": "H in 193..224", "W": "W in 193..224"}


@pytest.mark.parametrize("size", [32, (32, 32), "32x32", {"H": 32, "W": 32}], ids=repr)
def test_sizes_of_training_are_said_in_any_way(size):
    x = Input("image", (1, "H", "W"))
    net = Network("tiny", inputs=x, outputs=L.Linear(10)(L.Flatten()(L.MaxPool(8)(x))))
    found = cs.solve(net, trained_at=size)
    assert found.relations[0].text.startswith("(4x4) H in 32..39, W in 32..39, and 4 ")
    assert found.square.sets["H"] == IntegerSet.interval(32, 39)
    assert {"H": 16, "W": 64} in found
    assert {"H": 16, "W": 63} not in found


def test_kept_sizes():
    x = Input("image", (1, "H", "W"))
    net = Network("tiny", inputs=x, outputs=L.Upsample(scale_factor=4)(L.MaxPool(4)(x)))
    assert str(cs.solve(net, keep_size=True).sets["W"]) == "W % 4 == 0"


def test_what_stays_open_is_decided_on_numbers():
    x = Input("image", (2, "H", "W"))
    net = Network("tiny", inputs=x, outputs=L.InstanceNorm()(x))  # H*W >= 2
    found = cs.solve(net)
    assert found.relations[0].boxes == ()
    assert ({"H": 1, "W": 1} in found, {"H": 1, "W": 2} in found) == (False, True)
    assert (found.valid, found.smallest) == (True, {"H": 1, "W": 2})


def test_it_is_shown():
    found = cs.solve(LENET)
    assert str(found).startswith("LeNet-5: inputs that fit\ninput (N, 1, H, W)")
    assert str(found) + "\n" == found.to("text")
    assert repr(found) == "<Solution of 'LeNet-5': H in 32..35, W in 32..35>"
    assert repr(found.at(H=3)) == "<Solution of 'LeNet-5': does not fit>"
    schema = json.loads((ROOT / "docs/schemas/solve.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(found.to_dict(), schema)
    assert json.loads(found.to("json")) == found.to_dict()
    with pytest.raises(UsageError, match="there is no format 'pdf'"):
        found.to("pdf")


def test_it_does_not_change_and_is_copied_and_pickled():
    found = cs.solve(LENET, H=33)
    with pytest.raises(AttributeError, match="does not change"):
        found.answer = None
    for twin in (copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        assert str(twin) == str(found)
        assert twin.at(W=33).valid is True


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"Q": 3}, "'Q' is no size"),
        ({"H": 2.5}, "H = 2.5 is no size"),
        ({"output": (7, 7, 7)}, "3 sizes for the output"),
        ({"output": "7xa"}, "output '7xa' is no size"),
        ({"output": 0}, "output 0 is no size"),
        ({"output": ()}, r"output \(\) is no size"),
        ({"output": 7.5}, "output 7.5 is no size"),
        ({"output": {"none": 7}}, "there is no output 'none'"),
        ({"trained_at": {"Q": 3}}, "'Q' is no size"),
        ({"trained_at": (1, 2, 3)}, "1x2x3 is no size of the input"),
        ({"trained_at": 31}, "the network does not take it"),
        ({"assume": "Q == 3"}, "there is no symbol 'Q'"),
    ],
    ids=str,
)
def test_what_can_not_be_asked(asked, message):
    with pytest.raises(UsageError, match=message):
        cs.solve(LENET, **asked)


def test_windows():
    assert [(w.kernel, w.stride, w.before) for w in cs.windows(224, 112, kernels=(3, 7))] == [(3, 2, 1), (7, 2, 3)]
    assert all(2 * w.before == w.kernel - 1 for w in cs.windows("H", "H"))
    H = cs.dim("H")
    assert cs.windows(H, H // 2) == cs.windows("H", "floor(H/2)")
    (only,) = cs.windows("H", "2*H", kernels=[4], transposed=True)
    assert (only.stride, only.before, only.output_padding) == (2, 1, 0)
    assert cs.windows(224, 7) == ()
    with pytest.raises(UsageError, match="a size is at least 1"):
        cs.windows(0, 3)


def test_one_size_at_hand_leaves_exact_sets_of_the_others():
    a, b = Input("a", (1, "H", "W")), Input("b", (1, "P", "Q"))
    net = Network("two", inputs=[a, b], outputs=L.Concat()(a, L.MaxPool(2)(b)))  # H == floor(P/2), W == floor(Q/2)
    assert [relation.text for relation in cs.solve(net).relations] == ["H == floor(P/2)", "W == floor(Q/2)"]
    found = cs.solve(net, H=30)
    assert {name: str(each) for name, each in found.sets.items()} == {"P": "P in {60, 61}", "Q": "Q >= 2"}
    assert [cause.layer for cause in found.because["P"]] == ["concat1"]
    assert found.smallest == {"H": 30, "W": 1, "P": 60, "Q": 2}
    assert cs.solve(net, H=30, P=62).nearest == ({"H": 31, "P": 62}, {"H": 30, "P": 61})


def test_a_symbol_that_is_assumed_to_be_a_number_is_put_in():
    found = cs.solve(UNET, assume="W == 2*H, H == 48")
    assert (found.valid, found.smallest, dict(found.sets)) == (True, {"H": 48, "W": 96}, {})
    assert cs.solve(UNET, assume="W == H + 1, H == 48").valid is False
