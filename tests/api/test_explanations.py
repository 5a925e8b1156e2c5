"""`explain` as it is called from Python."""

import pickle

import pytest

import cnnshape as cs
from cnnshape import Input, Network
from cnnshape import layers as L


@pytest.fixture
def net():
    x = Input("image", (3, "H", "W"))
    y = L.Conv(64, kernel_size=7, stride=2, padding=3)(x)
    return Network("tiny", inputs=x, outputs=y, defaults={"H": 224, "W": 224})


def test_the_defaults_of_the_network_are_taken(net):
    assert cs.explain(net, "conv1").topic("macs").result == 118_013_952  # 147*64*112*112


def test_sizes_by_name_and_by_mapping(net):
    assert cs.explain(net, "conv1", H=32, W=32).topic("macs").result == 147 * 64 * 16 * 16
    assert cs.explain(net, "conv1", sizes={"H": 32, "W": 32}, of="macs").topics[0].result == 147 * 64 * 16 * 16


def test_a_report_is_explained_at_its_sizes(net):
    free = cs.explain(cs.report(net), "conv1", of="macs")
    assert str(free.topics[0].result) == "9408*ceil(H/2)*ceil(W/2)"
    assert cs.explain(cs.report(net).at(H=2, W=2), "conv1", of="macs").topics[0].result == 147 * 64


def test_a_batch_is_counted(net):
    assert cs.explain(net, "conv1", N=8, H=2, W=2, of="macs").topics[0].result == 8 * 147 * 64


def test_it_is_plain_data(net):
    found = cs.explain(net, "conv1")
    assert pickle.loads(pickle.dumps(found)) == found
    assert found.layer == "conv1"
    assert found.operator == "Conv 7x7 /2"
    with pytest.raises(KeyError):
        found.topic("inputs")
    with pytest.raises(AttributeError):
        found.layer = "other"


def test_a_path(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("input: [3, 8, 8]\nlayers: [{conv: {out_channels: 4, kernel_size: 3}}]\n")
    assert cs.explain(path, of=["params"]).topic("params").result == 3 * 4 * 9 + 4
    assert "(N, 3, 8, 8)" in cs.explain(str(path)).read_as


def test_unknown_names(net):
    for arguments in ({"layer": "conv2"}, {"layer": "conv1", "of": "colour"}):
        with pytest.raises(cs.UsageError):
            cs.explain(net, **arguments)
    with pytest.raises(cs.UsageError):
        cs.explain(net, "conv1", Q=3)


def test_text_markdown_latex_json(net):
    found = cs.explain(net, "conv1", of="params")
    assert "9,472" in str(found)
    assert "9,472" in found.to("markdown")
    assert "9{,}472" in found.to("latex")
    assert found.to_dict()["topics"][0]["result"] == 9472
