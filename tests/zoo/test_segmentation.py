"""torchvision's networks for segmentation: its metadata, its own modules' measured shapes and counts, PyTorch."""

import json
from collections import Counter
from functools import cache

import pytest

import cnnshape as cs
from cnnshape.errors import UsageError

# torchvision 0.28.0, metadata of the weights COCO_WITH_VOC_LABELS_V1: parameters, 10^9 multiply-adds. Every network has
# min_size (1, 1) and 21 classes; DeepLab and FCN have their auxiliary heads.
METADATA = {
    "fcn_resnet50": (35_322_218, 152.717),
    "fcn_resnet101": (54_314_346, 232.738),
    "deeplabv3_resnet50": (42_004_074, 178.722),
    "deeplabv3_resnet101": (60_996_202, 258.743),
    "deeplabv3_mobilenet_v3_large": (11_029_328, 10.452),
    "lraspp_mobilenet_v3_large": (3_221_538, 2.086),
}
WITH_AUX = [name for name in METADATA if not name.startswith("lraspp")]
MEASURED = ["fcn_resnet50", "deeplabv3_resnet50", "deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large"]


@cache
def report(name, convention="torchvision", **arguments):
    return cs.report(cs.zoo(name, **arguments), convention=convention)


def plain(name, **options):
    """The network as the corpus has it: without an auxiliary head."""
    return report(name, **options) if name.startswith("lraspp") else report(name, aux=False, **options)


@pytest.mark.parametrize("name", METADATA)
def test_parameters_multiply_adds_and_sizes_as_torchvision_publishes_them(name):
    params, gmacs = METADATA[name]
    found = report(name)
    usual = found.at()
    assert usual.inputs["input"][1:] == (3, 520, 520)
    assert found.params == params
    assert usual.macs / 1e9 == pytest.approx(gmacs, abs=0.0005)  # three decimals are printed
    assert (dict(found.conditions), found.relations) == ({}, ())
    assert set(found.outputs) == ({"out", "aux"} if name in WITH_AUX else {"out"})
    for shape in found.outputs.values():
        assert [str(size) for size in shape] == ["N", "21", "H", "W"]


@pytest.mark.parametrize("name", MEASURED)
def test_as_torchvisions_own_module_was_measured(name, corpus):
    truth = json.loads((corpus / f"onnx/tv_{name}.json").read_text())
    n, _, height, width = truth["default_input"]
    found = plain(name).at(N=n, H=height, W=width)
    assert found.params == truth["params"]["total"]
    assert found.totals.buffers == truth["params"]["buffers_float"]
    assert found.macs == truth["macs"]["hooks"]["total"]
    by_fvcore = plain(name, convention="fvcore").at(N=n, H=height, W=width)
    assert by_fvcore.macs == truth["macs"]["fvcore"]["total"]
    uses = Counter()
    for module, kind, shape in truth["leaf_shapes"]:
        uses[module] += 1
        tensor = module if uses[module] == 1 else f"{module}_{uses[module]}"
        assert (tensor, kind, found.tensors[tensor]) == (tensor, kind, tuple(shape))


@pytest.mark.parametrize("name", MEASURED)
def test_as_the_exported_graph_ran_at_other_sizes(name, corpus):
    truth = json.loads((corpus / f"onnx/tv_{name}.json").read_text())
    assert set(truth["status"]) == {"ok"}
    for i, (n, _, height, width) in enumerate(truth["input_shapes"]):
        found = plain(name).at(N=n, H=height, W=width)
        assert [*found.outputs.values()] == [tuple(truth["outputs"]["output"][i])]
        ours = Counter(layer.outputs[0].shape for layer in found if layer.kind == "conv")
        assert ours == Counter(tuple(row[i + 1]) for row in truth["tensors"].values() if row[0] == "Conv")


@pytest.mark.parametrize("name", ["fcn_resnet50", "deeplabv3_resnet50", *MEASURED[2:]])
def test_every_tensor_is_pytorchs(name, torch):
    from tests.oracles.torch_reference import answer

    for sizes in ({"N": 2, "H": 97, "W": 131}, {"N": 1, "H": 1, "W": 8}):
        said = answer(report(name).network, sizes)
        at = report(name).at(sizes)
        assert at.tensors == {tensor: shape for tensor, (shape, _) in said.tensors.items()}
        assert (at.params, at.totals.buffers) == (said.parameters, said.buffers)


# --- the auxiliary head -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "channels"),
    [("fcn_resnet50", 1024), ("deeplabv3_resnet101", 1024), ("deeplabv3_mobilenet_v3_large", 40)],
)
def test_the_auxiliary_head_is_a_3x3_convolution_to_a_quarter_and_a_1x1(name, channels):
    inner = channels // 4
    weights = channels * inner * 9 + inner * 21
    with_head, without = report(name), report(name, aux=False)
    assert with_head.params - without.params == weights + 2 * inner + 21
    assert with_head.at().macs - without.at().macs == weights * 65**2  # an eighth of 520
    assert set(without.outputs) == {"out"}


# --- dilation ---------------------------------------------------------------------------------------------------------


def test_a_dilated_stage_starts_with_the_dilation_in_front_of_it():
    """torchvision's _make_layer: the first unit has the previous dilation, and no stride."""
    network = cs.zoo("resnet50", replace_stride_with_dilation=(False, True, True))
    middles = {node.name: node.layer for node in network.nodes if node.name.endswith(".conv2")}
    dilations = {stage: [] for stage in range(1, 5)}
    for name, layer in middles.items():
        assert layer.padding == layer.dilation
        dilations[int(name[5])].append(layer.dilation)
    assert dilations == {1: [1] * 3, 2: [1] * 4, 3: [1, *[2] * 5], 4: [2, 4, 4]}
    found, plain = cs.report(network), report("resnet50")
    assert found.params == plain.params
    assert str(found.tensors["layer4.2.relu_3"][2]) == "ceil(H/8)"
    # The convolutions behind the places where a stride went run on 4 and 16 times as many positions.
    before, after = ({layer.name: layer.macs for layer in each.at()} for each in (plain, found))
    assert after["layer3.5.conv3"] == 4 * before["layer3.5.conv3"]
    assert after["layer4.0.conv1"] == 4 * before["layer4.0.conv1"]
    assert after["layer4.2.conv2"] == 16 * before["layer4.2.conv2"]
    assert after["layer2.3.conv3"] == before["layer2.3.conv3"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("resnet18", {"replace_stride_with_dilation": (False, False, True)}),
        ("resnet50", {"replace_stride_with_dilation": (False, False, True), "variant": "keras"}),
        ("resnet50", {"replace_stride_with_dilation": (True,)}),
    ],
)
def test_where_there_is_nothing_to_dilate(name, arguments):
    with pytest.raises(UsageError, match=r"replace_stride_with_dilation .* does not fit this network") as caught:
        cs.zoo(name, **arguments)
    assert caught.value.fault.code == "CS009"


def test_the_fix_of_a_wrong_number_of_stages_works():
    with pytest.raises(UsageError) as caught:
        cs.zoo("resnet50", replace_stride_with_dilation=(True,))
    assert caught.value.fault.fix == "replace_stride_with_dilation=(False, False, True)"
    assert cs.zoo("resnet50", replace_stride_with_dilation=(False, False, True)).name == "resnet50"


# --- arguments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fcn_resnet50", "deeplabv3_resnet50"])
def test_the_width_may_be_a_formula(name):
    wide = report(name, width_mult="w")
    at = wide.at(w=1, H=520, W=520)
    assert (at.params, at.macs) == (report(name).params, report(name).at().macs)
    half = report(name, width_mult=0.5)
    assert half.tensors["backbone.layer4.2.relu_3"][1] == 1024


@pytest.mark.parametrize(
    ("name", "sources"),
    [
        ("fcn_resnet50", (512, 256)),
        ("deeplabv3_resnet50", (256, 256)),
        ("deeplabv3_mobilenet_v3_large", (256, 10)),
        ("lraspp_mobilenet_v3_large", (40, 128)),
    ],
)
def test_a_class_more_is_one_filter_and_one_bias_in_each_last_convolution(name, sources):
    with_21, with_22 = report(name), report(name, num_classes=22)
    assert with_22.params - with_21.params == sum(channels + 1 for channels in sources)


def test_the_rates_of_the_pyramid():
    convolutions = [layer for layer in report("deeplabv3_resnet50", rates=(6, 12)) if ".convs." in layer.name]
    network = report("deeplabv3_resnet50", rates=(6, 12)).network
    dilations = [network[layer.name].layer.dilation for layer in convolutions if layer.kind == "conv"]
    assert dilations == [1, 6, 12, 1]
    # One branch of 3x3 less, and 256 channels less that are joined.
    saved = 2048 * 256 * 9 + 2 * 256 + 256 * 256
    assert report("deeplabv3_resnet50").params - report("deeplabv3_resnet50", rates=(6, 12)).params == saved


def test_mobilenets_width_is_a_number():
    assert report("lraspp_mobilenet_v3_large", width_mult=0.5).params < METADATA["lraspp_mobilenet_v3_large"][0]
    with pytest.raises(UsageError, match="width_mult"):
        cs.zoo("lraspp_mobilenet_v3_large", width_mult="w")
