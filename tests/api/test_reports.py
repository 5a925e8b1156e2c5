"""The public names, and the report as Python sees it."""

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cnnshape as cs
from cnnshape import Input, Network, block
from cnnshape import layers as L
from cnnshape.errors import UsageError

ROOT = Path(__file__).parents[2]
H, W, N = cs.dim("H"), cs.dim("W"), cs.dim("N")


@pytest.fixture(scope="module")
def unet() -> cs.Report:
    return cs.report(ROOT / "examples" / "unet.yaml")


@pytest.fixture(scope="module")
def lenet() -> cs.Report:
    return cs.report(ROOT / "examples" / "lenet5.yaml")


@pytest.mark.parametrize("name", cs.__all__)
def test_every_public_name_is_there(name):
    if name != "__version__":
        assert getattr(cs, name) is not None
    assert name in dir(cs)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'cnnshape' has no attribute 'reprot'"):
        cs.reprot  # noqa: B018  # the access is the test


def test_importing_the_package_imports_nothing_else_of_it():
    code = "import sys, cnnshape; print(*(name for name in sys.modules if name.startswith('cnnshape')))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["cnnshape"]


def test_a_name_is_loaded_once():
    assert cs.load is cs.load
    assert "load" in vars(cs)


class TestLoad:
    def test_a_path_as_text_or_object(self):
        a, b = cs.load(str(ROOT / "examples" / "lenet5.yaml")), cs.load(ROOT / "examples" / "lenet5.yaml")
        assert a.name == b.name == "LeNet-5"

    def test_the_text_of_a_design(self):
        net = cs.load("input: [3, H, W]\nlayers: [relu]\n", name="mine")
        assert [node.name for node in net.nodes] == ["input", "relu1"]

    def test_a_network_is_itself(self):
        x = Input("x", (3, "H", "W"))
        net = Network("n", inputs=x, outputs=L.ReLU()(x))
        assert cs.load(net) is net

    @pytest.mark.parametrize("model", [3, None, object(), [1, 2], np.zeros(3)], ids=lambda model: type(model).__name__)
    def test_other_objects_are_refused_by_their_type(self, model):
        with pytest.raises(UsageError) as caught:
            cs.load(model)
        assert caught.value.code == "CS003"
        assert type(model).__name__ in str(caught.value)

    def test_a_tensor_is_answered_with_a_network(self):
        with pytest.raises(UsageError, match=r'fix: Network\("net", inputs=x, outputs=y\)'):
            cs.load(L.ReLU()(Input("x", (3, "H", "W"))))
        with pytest.raises(UsageError, match="an int is no model"):
            cs.load(3)

    def test_pickles_are_not_opened(self, tmp_path):
        path = tmp_path / "model.pth"
        path.write_bytes(b"not a pickle")
        with pytest.raises(UsageError, match="pickles are never loaded"):
            cs.load(path)


class TestReport:
    def test_without_sizes_everything_is_a_formula(self, unet):
        assert unet.outputs == {"classes": (N, 2, H, W)}
        assert unet.macs == 735_040 * H * W
        assert unet.params == 31_037_698
        assert unet.valid is None

    def test_at_sizes_everything_is_a_number(self, unet):
        at = unet.at(H=256, W=256)
        assert at.outputs == {"classes": (N, 2, 256, 256)}
        assert at.macs == 735_040 * 256 * 256
        assert at.valid is True
        assert at.errors == ()

    def test_sizes_may_be_given_at_once(self, unet):
        at = cs.report(unet.network, H=256, W=256)
        assert at.macs == unet.at(H=256, W=256).macs
        assert cs.report(unet.network, sizes={"H": 256, "W": 256}).macs == at.macs

    def test_sizes_that_do_not_fit_never_raise(self, unet):
        at = unet.at(H=250, W=250)
        assert at.valid is False
        assert [error.code for error in at.errors] == ["CS201"]
        assert at.outputs == {}

    def test_at_goes_out_from_the_free_network(self, unet):
        assert unet.at(H=250, W=250).at(H=256).outputs == {"classes": (N, 2, 256, W)}

    def test_without_sizes_at_takes_the_defaults(self, lenet):
        assert lenet.at().macs == 416_520  # conv 117600 + 240000, linear 48000 + 10080 + 840
        assert lenet.at().valid is True

    def test_the_batch_is_n_whatever_it_is_called(self):
        x = Input("x", (3, "H", "W"))
        report = cs.report(Network("n", inputs=x, outputs=L.Conv(8, kernel_size=3)(x)))
        assert report.at(H=8, W=8, N=4).outputs == {"conv1": (4, 8, 6, 6)}
        assert report.at(H=8, W=8, N=4).macs == 4 * report.at(H=8, W=8).macs

    def test_conventional_names_may_be_given_to_any_network(self, lenet):
        assert lenet.at(H=32, W=32, T=7, L=9).valid is True

    @pytest.mark.parametrize(
        ("sizes", "fix"),
        [({"HH": 3}, "did you mean H?"), ({"h": 3}, "did you mean H?"), ({"H": "32"}, "H=224"), ({"H": 2.5}, "H=224")],
        ids=str,
    )
    def test_other_names_and_sizes_are_errors(self, lenet, sizes, fix):
        with pytest.raises(UsageError) as caught:
            lenet.at(sizes=sizes)
        assert (caught.value.code, caught.value.fault.fix) == ("CS004", fix)

    @pytest.mark.parametrize("height", [0, -3])
    def test_a_whole_number_below_one_does_not_fit_and_does_not_raise(self, unet, height):
        at = unet.at(H=height, W=64)
        assert at.valid is False
        assert [(error.code, error.layer, error.message) for error in at.errors] == [
            ("CS203", "input", f"H = {height}: a size is at least 1")
        ]
        assert at.errors[0].fix == "nearest valid height: 16"

    def test_a_number_beyond_all_sizes_does_not_fit(self, unet):
        at = unet.at(H=16 * 10**400, W=64)
        assert at.valid is False
        assert [error.message for error in at.errors] == ["H has more than 100 digits"]
        assert unet.at(H=16 * 10**30, W=64).valid is True

    def test_whole_numbers_of_numpy_are_sizes(self, lenet):
        assert lenet.at(H=np.int64(32), W=np.int32(32)).outputs == {"output": (N, 10)}

    def test_conditions_are_those_of_the_free_network(self, unet):
        for report in (unet, unet.at(H=250, W=250)):
            assert {name: str(each) for name, each in report.conditions.items()} == {
                "H": "H % 16 == 0",
                "W": "W % 16 == 0",
            }
            assert 250 not in report.conditions["H"]
            assert 256 in report.conditions["H"]

    def test_relations_couple_symbols(self, lenet):
        (relation,) = lenet.relations
        assert relation.symbols == ("H", "W")
        assert [box.factors for box in relation.boxes] == [(5, 5), (1, 25), (25, 1)]

    def test_tensors_and_layers_by_name(self, lenet):
        at = lenet.at()
        assert at.tensors["c1"] == (N, 6, 28, 28)
        assert at.tensors["input"] == (N, 1, 32, 32)
        row = at.layer("c3")
        assert (row.op, row.kind, row.params, row.macs) == ("Conv", "conv", 16 * 6 * 25 + 16, 16 * 6 * 25 * 100)
        assert row.inputs[0].shape == (N, 6, 14, 14)
        assert tuple(row.receptive_field.size) == (14, 14)
        with pytest.raises(UsageError) as caught:
            at.layer("conv3")
        assert caught.value.code == "CS005"

    def test_blocks_are_in_the_names(self):
        x = Input("image", (3, "H", "W"))
        y = L.Conv(64, kernel_size=7, stride=2, padding=3, bias=False)(x)
        with block("stage1"):
            y = L.Add()([y, L.Conv(64, kernel_size=1)(y)])
        report = cs.report(Network("tiny", inputs=x, outputs=y))
        assert report.layer("stage1.conv1").block == "stage1"
        assert report.layer("stage1.add1").params == 0

    def test_a_network_called_twice_shares_its_weights(self):
        x = Input("x", (1, 28, 28))
        tower = Network("tower", inputs=x, outputs=L.Linear(8)(L.Flatten()(x)))
        left, right = Input("left", (1, 28, 28)), Input("right", (1, 28, 28))
        both = Network("both", inputs=[left, right], outputs=L.Subtract()(tower(left), tower(right)))
        assert cs.report(both).params == cs.report(tower).params == 28 * 28 * 8 + 8

    def test_what_is_assumed_narrows_the_sizes(self, unet):
        report = cs.report(unet.network, assume="H % 32 == 0, W % 32 == 0")
        text = " ".join(report.to().split())
        assert "assuming H % 32 == 0, W % 32 == 0" in text
        assert "inputs any size that is assumed" in text
        assert text.endswith("valid where the assumptions hold")

    def test_what_is_assumed_and_the_conditions_may_leave_nothing(self, unet):
        report = cs.report(unet.network, assume="H % 32 == 5")
        assert report.valid is False
        assert [(error.code, error.message) for error in report.errors] == [("CS216", "no H works")]
        assert "assumed: H % 32 == 5" in report.errors[0].text
        assert report.at(H=37, W=32).valid is False

    def test_sizes_that_are_not_what_is_assumed_do_not_fit(self, unet):
        report = cs.report(unet.network, assume="W == H, H >= 64")
        assert report.at(H=64, W=64).valid is True
        assert report.at(H=64, W=96).errors[0].message == "H = 64, W = 96 is not what is assumed"
        assert report.at(H=32, W=32).errors[0].text.splitlines()[2:] == [
            "  rule: assumed: H >= 64",
            "  fix: sizes that are assumed, or another assumption",
        ]

    @pytest.mark.parametrize(
        ("assume", "message"),
        [
            ("Q > 3", "assumed Q > 3: there is no symbol 'Q'"),
            ("H < 1", "assumed H < 1: no H fulfills it"),
            ("H > 3, W == H, W < 3", "assumed H > 3, W == H: no H fulfills it"),
            ("no H works", "assumed no H works: no H fulfills it"),
        ],
    )
    def test_assumptions_that_say_nothing_are_refused(self, unet, assume, message):
        with pytest.raises(UsageError) as caught:
            cs.report(unet.network, assume=assume)
        assert (caught.value.code, caught.value.fault.message) == ("CS004", message)

    def test_reports_are_shown(self, lenet):
        at = lenet.at()
        assert repr(at) == "<Report of 'LeNet-5': 61706 parameters, 416520 MACs>"
        assert repr(lenet.at(H=40, W=32)) == "<Report of 'LeNet-5': not valid>"
        assert str(at) == at.to("table")
        assert at.to("table", width=60) != at.to("table")
        with pytest.raises(UsageError):
            at.to("pdf")

    def test_how_a_report_is_shown_is_checked(self, lenet):
        assert (
            lenet.to(columns="layer, params")
            == lenet.to(columns=("layer", "params"))
            == lenet.to(columns=["layer", "params"])
        )
        with pytest.raises(UsageError, match="there is no detail 'ops'"):
            lenet.to(detail="ops")

    def test_networks_and_reports_are_copied_and_pickled(self, unet):
        for again in (copy.deepcopy(unet), pickle.loads(pickle.dumps(unet))):
            assert again.network is not unet.network
            assert again.network.nodes == unet.network.nodes
            assert again.to() == unet.to()
        at = unet.at(H=256, W=250)
        again = pickle.loads(pickle.dumps(at))
        assert (again.valid, again.to("json")) == (False, at.to("json"))
        lenet = cs.report(ROOT / "examples" / "lenet5.yaml").at()
        assert pickle.loads(pickle.dumps(lenet)).to() == lenet.to()  # with its defaults

    def test_a_report_says_where_its_sizes_come_from(self, lenet):
        assert "at H=32, W=32 (defaults of the file)" in " ".join(lenet.at().to().split())
        assert "at H=33, W=32" in lenet.at(H=33, W=32).to()


def test_check_returns_the_faults():
    path = ROOT / "examples" / "unet.yaml"
    assert cs.check(path) == ()
    assert [error.code for error in cs.check(path, H=250, W=256)] == ["CS201"]
    assert cs.check(path, sizes={"H": 256, "W": 256}) == ()


def test_what_dir_lists_is_public():
    assert dir(cs) == sorted(cs.__all__)
    assert [name for name in dir(cs.layers) if not name[0].isupper()] == []
