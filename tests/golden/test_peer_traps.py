"""Traps that other tools fell into: shapes, conditions, receptive fields and errors.

Each docstring names the tool and its wrong answer, as measured with torchinfo 1.8.0, torchscan 0.2.0, torchlens 2.36.1,
Keras 3.15.1, onnx 1.23.2, onnxruntime 1.31.1, onnx-shape-inference 0.4.0, onnx-tool 1.0.1 and torch 2.13. The right
answer is PyTorch's own on the meta device, or arithmetic that stands in the test. Counts are in `test_peer_counts`.
"""

import random
from itertools import product

import pytest

import cnnshape as cs
from cnnshape import Input, Network, sequential
from cnnshape import layers as L
from cnnshape.errors import ArgumentError
from cnnshape.symbolic import evaluate, symbols
from tests.golden.networks import NETWORKS


def report(build, *shape, **options):
    x = Input("x", shape or (3, "H", "W"))
    return cs.report(Network("net", inputs=x, outputs=build(x)), **options)


def as_torch(found, **sizes):
    """PyTorch's shape of every tensor; what it refuses is absent."""
    from tests.oracles.torch_reference import answer

    return {name: shape for name, (shape, _) in answer(found.network, sizes).tensors.items()}


def two(x, name):
    return L.ReLU()(L.Conv(4, kernel_size=3, padding=1)(x), name=name)


def unet(x):
    """Two levels, out of 4 channels."""
    first = two(x, "enc1")
    second = two(L.MaxPool(2)(first), "enc2")
    deep = two(L.MaxPool(2)(second), "deep")
    up = L.ConvTranspose(4, kernel_size=2, stride=2)(deep, name="up2")
    second = two(L.Concat()([second, up], name="skip2"), "dec2")
    up = L.ConvTranspose(4, kernel_size=2, stride=2)(second, name="up1")
    return L.Conv(4, kernel_size=1)(two(L.Concat()([first, up], name="skip1"), "dec1"), name="out")


UNET_SIZES = [*range(1, 10), 12, 61, 64, 250]


# --- U-Nets -----------------------------------------------------------------------------------------------------------


def test_a_unet_is_known_with_free_sizes_and_states_its_condition(torch):
    """ONNX Runtime: "Incomplete symbolic shape inference"; with auto_merge (N, 4, H, W) and no word of H % 4 == 0."""
    found = report(unet)
    assert found.outputs["out"][2:] == tuple(map(cs.dim, "HW"))
    assert {name: str(each) for name, each in found.conditions.items()} == {"H": "H % 4 == 0", "W": "W % 4 == 0"}
    assert {condition.because for condition in found.facts.conditions} == {("skip2", "skip1")}
    for H in UNET_SIZES:
        measured = as_torch(found, N=1, H=H, W=8)
        assert (H in found.conditions["H"]) is ("out" in measured)
        assert found.at(N=1, H=H, W=8).tensors == measured


def test_the_formula_of_a_transposed_convolution_survives_the_declared_output_name():
    """onnx-shape-inference: the last up-convolution became the exporter's `Convy_dim_2`, 4*floor(H/4) was lost."""
    found = report(lambda x: L.ConvTranspose(4, kernel_size=4, stride=4)(L.MaxPool(4)(x)))
    assert [str(size) for size in found.outputs["conv_transpose1"]] == ["N", "4", "4*floor(H/4)", "4*floor(W/4)"]


@pytest.mark.parametrize("tool", ["onnx.shape_inference", "onnx-shape-inference"])
def test_every_size_is_a_formula_in_the_sizes_of_the_input(tool):
    """onnx.shape_inference: unk__0, unk__1, ... behind the first convolution; onnx-shape-inference: _d0 for SAME."""
    found = report(unet) if tool == "onnx.shape_inference" else report(L.Conv(8, kernel_size=3, padding="same_upper"))
    sizes = [size for shape in found.tensors.values() for size in shape]
    assert {name for size in sizes for name in symbols(size)} == {"N", "H", "W"}


def test_maps_of_other_sizes_do_not_concatenate(torch):
    """onnx-shape-inference: 8x8 beside 4x4 gives [1, 6, 8, 8], no error."""
    found = report(lambda x: L.Concat()([L.MaxPool(2)(x), L.MaxPool(4)(x)], name="join"), 3, 16, 16)
    assert (found.valid, [error.layer for error in found.errors]) == (False, ["join"])
    assert "8" in found.errors[0].message
    assert "4" in found.errors[0].message
    assert found.outputs == {}
    assert "join" not in as_torch(found, N=1)


def test_a_unet_at_61_by_64_is_refused_with_the_layer(torch):
    """onnx-tool: joins 61 with 60 and exits 0; Keras: fails only when run, its Concatenate error names no layer."""
    found = report(unet).at(N=1, H=61, W=64)
    assert (found.valid, [error.layer for error in found.errors]) == (False, ["skip1"])
    (error,) = found.errors
    assert (61 // 2 // 2 * 2, 61 // 2 * 2) == (30, 60)
    assert "61" in error.message
    assert "60" in error.message
    assert "nearest valid heights: 60 and 64" in error.text
    assert "skip1" not in as_torch(found, N=1, H=61, W=64)
    assert {"skip1", "out"}.isdisjoint(found.tensors)


def test_the_smallest_unet_input_is_the_real_one(torch):
    """torch.export: suggests min=1 and refuses it at 4, works from 8; the network accepts 4."""
    found = report(unet)
    assert found.conditions["H"].nearest(1) == (None, 4)
    assert found.at(N=1, H=4, W=4).valid
    assert as_torch(found, N=1, H=4, W=4)["out"] == (1, 4, 4, 4)


def test_an_input_may_be_declared_as_a_multiple():
    """onnxruntime: a dimension cannot be declared as 16H (PR 18360)."""
    found = report(unet, 3, "4*h", "4*w")
    assert dict(found.conditions) == {}
    assert [str(size) for size in found.outputs["out"]] == ["N", "4", "4*h", "4*w"]


def test_a_unet_says_which_sizes_it_takes_before_it_runs():
    """U-Nets: users are told "must be a multiple of 2^n" by hand, repository after repository (fepegar/unet 28)."""
    for depth in (1, 2, 3, 4):

        def build(x, depth=depth):
            skips = []
            for _ in range(depth):
                skips.append(x)
                x = L.MaxPool(2)(x)
            for skip in reversed(skips):
                x = L.Add()([L.Upsample(scale_factor=2)(x), skip])
            return x

        assert str(report(build).conditions["H"]) == f"H % {2**depth} == 0"


# --- windows that do not fit, channels that do not fit --------------------------------------------------------------


def test_a_window_larger_than_the_map_is_refused(torch):
    """onnx strict, ONNX Runtime, onnx-shape-inference: [1, 8, -1, -1]; onnx-tool: 1x8x-1x-1 and 600 MACs, exit 0."""
    found = report(L.Conv(8, kernel_size=5), 3, 3, 3)
    assert (found.valid, [error.code for error in found.errors]) == (False, ["CS203"])
    assert (found.outputs, found.macs) == ({}, 0)
    assert found.facts.complete is False
    assert "conv1" not in as_torch(found, N=1)


def test_the_smallest_input_is_stated():
    """PyTorch: "Kernel size can't be greater than actual input size" after the fact (BasicSR 249, SinGAN 28)."""
    found = report(sequential(L.Conv(8, kernel_size=5), L.MaxPool(2), L.Conv(8, kernel_size=3)))
    least = next(H for H in range(1, 50) if (H - 4) // 2 - 2 >= 1)
    assert str(found.conditions["H"]) == f"H >= {least}"


def test_channels_that_differ_are_refused(torch):
    """onnx strict, ONNX Runtime and onnx-shape-inference pass a convolution of 3 channels on 4."""
    found = report(L.Conv(8, kernel_size=3, in_channels=3), 4, "H", "W")
    assert (found.valid, [error.code for error in found.errors]) == (False, ["CS202"])
    assert "conv1" not in as_torch(found, N=1, H=8, W=8)


@pytest.mark.parametrize(
    ("layers", "code"),
    [("conv: {out_channels: 8, kernel_size: 5}", 1), ("conv: {out_channels: 8, kernel_size: 3}", 0)],
)
def test_the_exit_code_says_whether_a_design_fits(tmp_path, capsys, layers, code):
    """onnx check-model and onnx-tool: exit 0 for a 5x5 kernel on a 3x3 map."""
    from cnnshape.cli.main import main

    design = tmp_path / "design.yaml"
    design.write_text(f"input: [3, 3, 3]\nlayers: [{{{layers}}}]\n")
    with pytest.raises(SystemExit) as left:
        main(["check", str(design)])
    said = capsys.readouterr().out
    assert left.value.code == code
    assert ("not valid" in said, "CS203" in said) == (code == 1, code == 1)
    assert f"inputs  {'none, 3x3x3 does not fit' if code else 'only 3x3x3'}\n" in said
    assert "x-1" not in said


# --- ceil mode and SAME: one formula for every parity -----------------------------------------------------------------


def test_ceil_mode_is_exact_for_every_parity(torch):
    """ONNX Runtime and onnx-shape-inference: ceiling(H/2) + 1, 3 for H = 3; torch.export: the example's parity only."""
    found = report(L.MaxPool(2, stride=2, padding=1, ceil_mode=True))
    assert dict(found.conditions) == {}
    height = found.outputs["max_pool1"][2]
    for H in range(1, 40):
        measured = as_torch(found, N=1, H=H, W=1)["max_pool1"][2]
        assert evaluate(height, {"H": H}) == found.at(H=H).outputs["max_pool1"][2] == measured == H // 2 + 1
    assert report(L.MaxPool(2, stride=2, padding=1, ceil_mode=True), 3, 3, 3).outputs["max_pool1"][2:] == (2, 2)


def test_ceil_mode_of_any_window_is_pytorchs(torch):
    """onnx.shape_inference: rounds up even where the last window starts behind the input."""
    rng = random.Random("ceil")
    for _ in range(25):
        k = rng.randint(1, 5)
        pool = L.MaxPool(k, stride=rng.randint(1, 5), padding=rng.randint(0, k // 2), ceil_mode=True)
        found = report(pool, 1, "H", 9)
        for H in rng.sample(range(1, 20), 6):
            measured = as_torch(found, N=1, H=H, W=9)
            assert found.at(N=1, H=H).tensors == measured


def test_same_upper_rounds_up():
    """ONNX Runtime: floor(H/2), wrong for odd H; onnx-shape-inference: an unknown _d0."""
    height = report(L.Conv(8, kernel_size=3, stride=2, padding="same_upper")).outputs["conv1"][2]
    assert str(height) == "ceil(H/2)"
    for H in range(1, 40):
        # TensorFlow: as many windows as strides begin inside the map.
        assert evaluate(height, {"H": H}) == len(range(0, H, 2))


def test_same_with_a_stride_is_refused_as_pytorch_has_it_and_the_other_rule_is_named():
    """PyTorch: padding='same' with stride is unsupported since 2017 (3867, 7549, 67551), without a way out."""
    with pytest.raises(ArgumentError, match="same_upper"):
        L.Conv(8, kernel_size=3, stride=2, padding="same")


# --- Keras ------------------------------------------------------------------------------------------------------------


def test_a_report_has_a_formula_where_keras_has_none():
    """Keras: (None, None, None, 16) for every layer."""
    found = report(sequential(L.Conv(16, kernel_size=3, stride=2, padding=1), L.ReLU()))
    assert "None" not in found.to()
    assert "ceil(H/2)" in found.to()


def test_symbolic_and_eager_shapes_of_transposed_convolutions_agree(torch):
    """Keras: symbolic and eager shapes of a transposed convolution disagree (keras 22429)."""
    for k, s, p, d in product((1, 2, 3, 5), (1, 2, 3), (0, 1), (1, 2)):
        for extra in range(s):
            layer = L.ConvTranspose(2, kernel_size=k, stride=s, padding=p, dilation=d, output_padding=extra)
            found = report(layer, 1, "H", 7)
            for H in (2, 5):
                assert found.at(N=1, H=H).tensors == as_torch(found, N=1, H=H, W=7)


# --- torch.export -----------------------------------------------------------------------------------------------------


def test_resnet50_takes_any_size_and_any_batch():
    """torch.export: six guards `... != 1`, no suggestion; 32x32 refused (0/1 specialization); batch < 16 (118289)."""
    found = cs.report(NETWORKS["resnet50"]())
    assert dict(found.conditions) == {}
    assert found.relations == ()
    for N, H, W in ((1, 1, 1), (1, 32, 32), (3, 17, 1), (16, 224, 225)):
        at = found.at(N=N, H=H, W=W)
        assert (at.valid, at.outputs["fc"]) == (True, (N, 1000))


def features_1800():
    return sequential(L.Conv(8, kernel_size=3, stride=2), L.Flatten(), L.Linear(10, in_features=1800))


def test_a_fully_connected_layer_lists_exactly_the_inputs_it_takes():
    """torch.export: the equality of a Linear shows only as a guard that fails at run time, even with named dims."""
    found = report(features_1800())
    # 1800 features of 8 channels are 225 positions: a x b for its divisors. (H - 3)//2 + 1 == a: H is 2a+1 or 2a+2.
    pairs = [(a, 225 // a) for a in range(1, 226) if 225 % a == 0]
    expected = {(2 * a + i, 2 * b + j) for a, b in pairs for i, j in product((1, 2), repeat=2)}
    assert {(31, 31), (19, 51)} < expected
    (relation,) = found.relations
    listed = {
        (H, W)
        for box in relation.boxes
        for H, W in product(*([size for size in range(1, 460) if size in box[name]] for name in "HW"))
    }
    assert listed == expected
    near = {(H + i, W + j) for H, W in expected for i, j in product((-1, 0, 1), repeat=2) if H + i > 0 and W + j > 0}
    assert {(H, W) for H, W in near if found.at(H=H, W=W).valid} == expected


def test_the_error_of_a_fully_connected_layer_carries_the_numbers_and_the_way_out():
    """Keras, PyTorch: "mat1 and mat2 shapes cannot be multiplied (1x2888 and 1800x10)", no layer, no valid size."""
    (error,) = report(features_1800()).at(H=40, W=40).errors
    features = 8 * ((40 - 3) // 2 + 1) ** 2
    assert features == 2888
    assert (error.code, error.layer) == ("CS202", "linear1")
    for words in ("1800", "2888", f"in_features: {features}", "nearest valid sizes: H = 32, W = 32"):
        assert words in error.text


# --- receptive fields -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "tensor", "size"), [("resnet18", "layer4.1.relu_2", 435), ("resnet50", "layer4.2.relu_3", 427)]
)
def test_receptive_fields_of_residual_networks(name, tensor, size):
    """torchscan: RF per module, `?` for every block; torchlens has these two right, in 8 s and with pandas."""
    units = {"resnet18": (2, 2, 2, 2), "resnet50": (3, 4, 6, 3)}[name]
    field, jump = 1, 1
    windows = [(7, 2), (3, 2)]
    for stage, count in enumerate(units):
        for unit in range(count):
            stride = 2 if stage and not unit else 1
            windows += [(3, stride), (3, 1)] if name == "resnet18" else [(3, stride)]
    for k, s in windows:
        field, jump = field + (k - 1) * jump, jump * s
    found = cs.report(NETWORKS[name]()).layer(tensor).receptive_field
    assert (tuple(found.size), tuple(found.stride), found.status) == ((field,) * 2, (jump,) * 2, "exact")
    assert field == size


def test_the_field_of_a_unet_is_a_bound_that_holds_in_every_phase(torch):
    """torchlens: UPPER_BOUND 27 where 22 or 26 pixels are seen, depending on the phase of the output."""
    found = report(unet, 1, "H", "W").layer("out").receptive_field
    assert found.status == "upper bound"

    def block(x, channels):
        return torch.nn.functional.conv2d(x, torch.ones(4, channels, 3, 3), padding=1)

    def up(x):
        return torch.nn.functional.conv_transpose2d(x, torch.ones(4, 4, 2, 2), stride=2)

    x = torch.ones(1, 1, 64, 64, requires_grad=True)
    pool = torch.nn.AvgPool2d(2)
    first = block(x, 1)
    second = block(pool(first), 4)
    second = block(torch.cat([second, up(block(pool(second), 4))], 1), 8)
    y = block(torch.cat([first, up(second)], 1), 8)
    low, size = found.offset[0], found.size[0]
    seen = []
    for i in range(28, 32):
        (gradient,) = torch.autograd.grad(y[0, 0, i, 32], x, retain_graph=True)
        rows = gradient[0, 0].abs().sum(1).nonzero().flatten().tolist()
        assert i + low <= rows[0]
        assert rows[-1] <= i + low + size - 1
        seen.append(len(rows))
    assert len(set(seen)) > 1
    assert max(seen) <= size <= max(seen) + 3


def test_branches_that_look_elsewhere_are_listed_instead_of_refused():
    """google-research/receptive_field 1: "Graph is not aligned", and stops."""

    def build(x):
        even = L.Conv(4, kernel_size=2, stride=2)(x)
        odd = L.Conv(4, kernel_size=3, stride=2, padding=1)(x)
        return L.Conv(4, kernel_size=1)(L.Add()([even, odd]))

    found = report(build, 3, 32, 32)
    assert found.valid
    # The centers: pixels 0 and 1 against -1, 0 and 1.
    assert {(each.input, each.axis, each.offset) for each in found.facts.fields.misaligned} == {
        ("x", axis, -0.5) for axis in (2, 3)
    }
    assert tuple(found.layer("conv3").receptive_field.size) == (3, 3)
