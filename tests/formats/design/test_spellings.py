"""The frameworks' words give the layer that their documentation describes."""

import pytest

from cnnshape import layers as L
from cnnshape.errors import DesignError
from cnnshape.formats.design.spellings import ADVICE, LAYER_ADVICE, SLIPS, SPELLINGS, field_names, slipped, spellings_of
from cnnshape.formats.design_file import load_design
from cnnshape.graph.propagate import propagate
from cnnshape.layers import catalog
from cnnshape.symbolic import dim

# (id, entry as the framework's user writes it, the layer). Sources: https://keras.io/api/layers,
# https://docs.pytorch.org/docs/stable/nn.html, https://onnx.ai/onnx/operators
ROWS = [
    ("keras-conv", "Conv2D: {filters: 8, kernel_size: 3}", L.Conv(8, kernel_size=3, rank=2)),
    (
        "keras-conv-same",
        "Conv2D: {filters: 8, kernel_size: 3, strides: 2, padding: same, use_bias: false, dilation_rate: 1}",
        L.Conv(8, kernel_size=3, stride=2, padding="same_upper", bias=False, rank=2),
    ),
    (
        "keras-words-alone",
        "conv: {out_channels: 8, kernel_size: 3, strides: 2, padding: SAME}",
        L.Conv(8, kernel_size=3, stride=2, padding="same_upper"),
    ),
    ("keras-name-alone", "Conv1D: {out_channels: 8, kernel_size: 4, padding: same}",
     L.Conv(8, kernel_size=4, padding="same_upper", rank=1)),
    ("keras-valid", "Conv2D: {filters: 8, kernel_size: 3, padding: valid}",
     L.Conv(8, kernel_size=3, padding="valid", rank=2)),
    ("torch-same", "Conv2d: {out_channels: 8, kernel_size: 3, padding: same}",
     L.Conv(8, kernel_size=3, padding="same", rank=2)),
    ("keras-transpose", "Conv2DTranspose: {filters: 8, kernel_size: 2, strides: 2}",
     L.ConvTranspose(8, kernel_size=2, stride=2, rank=2)),
    ("keras-depthwise", "DepthwiseConv2D: {kernel_size: 3, depth_multiplier: 2}",
     L.DepthwiseConv(3, depth_multiplier=2, rank=2)),
    ("keras-pool", "MaxPooling2D: {pool_size: 2, strides: 2, padding: same}",
     L.MaxPool(2, stride=2, padding="same_upper", rank=2)),
    ("keras-pool-bare", "AveragePooling1D: 3", L.AvgPool(3, rank=1)),
    ("keras-global-pool", "GlobalAveragePooling2D: ", L.GlobalAvgPool(keepdim=False, rank=2)),
    ("keras-global-pool-kept", "GlobalMaxPooling2D: {keepdims: true}", L.GlobalMaxPool(rank=2)),
    ("our-global-pool", "global_avg_pool: ", L.GlobalAvgPool()),
    ("keras-dense", "Dense: {units: 10, use_bias: false}", L.Linear(10, bias=False)),
    ("keras-batch-norm", "BatchNormalization: {epsilon: 0.001, momentum: 0.99}", L.BatchNorm(eps=0.001, momentum=0.01)),
    ("torch-batch-norm", "BatchNorm2d: {num_features: 3, eps: 0.001, momentum: 0.01}",
     L.BatchNorm(3, eps=0.001, momentum=0.01, rank=2)),
    ("keras-group-norm", "GroupNormalization: {groups: 3}", L.GroupNorm(3)),
    ("keras-dropout", "SpatialDropout2D: {rate: 0.3}", L.Dropout(0.3, rank=2)),
    ("keras-concatenate", "Concatenate: {axis: 1}", L.Concat()),
    ("keras-reshape", "Reshape: {target_shape: [H, 3*W]}", L.Reshape((dim("N"), dim("H"), 3 * dim("W")))),
    ("torch-reshape", "reshape: [N, H, 3*W]", L.Reshape((dim("N"), dim("H"), 3 * dim("W")))),
    ("keras-upsampling", "UpSampling2D: {size: 2, interpolation: bilinear}",
     L.Upsample(scale_factor=2, mode="bilinear", rank=2)),
    ("torch-upsample", "Upsample: {size: 2, mode: bilinear}", L.Upsample(size=2, mode="bilinear")),
    ("onnx-conv", "Conv: {out_channels: 8, kernel_shape: [3, 3], strides: [2, 2], dilations: [1, 1], group: 1}",
     L.Conv(8, kernel_size=(3, 3), stride=(2, 2), dilation=(1, 1))),
    ("onnx-leaky-relu", "LeakyRelu: {alpha: 0.2}", L.LeakyReLU(0.2)),
    ("onnx-reduce", "ReduceMean: {axes: [2, 3], keepdims: true}", L.ReduceMean((2, 3), keepdim=True)),
    ("onnx-transpose", "permute: {perm: [0, 2, 3, 1]}", L.Permute((0, 2, 3, 1))),
    ("keras-lstm", "LSTM: {units: 8}", L.LSTM(8)),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "layer"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_frameworks_words(entry, layer):
    network = load_design(f"symbols: {{H: , W: }}\ninput: [3, H, W]\nlayers:\n  - {entry}\n")
    assert network.nodes[1].layer == layer


def test_same_of_keras_halves_and_keeps_as_its_documentation_says():
    def sizes(padding, size, stride):
        entry = f"Conv1D: {{filters: 1, kernel_size: 3, strides: {stride}, padding: {padding}}}"
        text = f"input: [3, {size}]\nlayers: [{{{entry}}}]"
        return propagate(load_design(text)).specs["conv1"].shape[-1]

    # tf.nn: SAME gives ceil(in/stride), VALID ceil((in - k + 1)/stride).
    for size in range(3, 12):
        for stride in (1, 2, 3):
            assert sizes("same", size, stride) == -(-size // stride)
            assert sizes("valid", size, stride) == -(-(size - 2) // stride)


def test_every_spelling_is_of_use_and_none_means_two_things():
    used = set()
    for entry in catalog.ENTRIES:
        found = [s for s in SPELLINGS if s in spellings_of(entry.layer).values()]
        used.update(found)
        assert len({s.theirs for s in found}) == len(found)
        own = set(entry.layer.__dataclass_fields__)
        for spelling in found:
            assert spelling.theirs not in own
    assert used == set(SPELLINGS)


@pytest.mark.parametrize("word", sorted(set(ADVICE) - {"dtype"}))
def test_arguments_without_a_counterpart_are_answered(word):
    with pytest.raises(DesignError) as caught:
        load_design(f"input: [3, H, W]\nlayers: [{{conv: {{out_channels: 8, kernel_size: 3, {word}: 1}}}}]")
    assert caught.value.fault.fix == ADVICE[word]


@pytest.mark.parametrize("word", sorted(LAYER_ADVICE))
def test_words_that_are_no_layer_are_answered_with_what_is(word):
    assert catalog.lookup(word) is None
    for written in (word, word.capitalize()):
        with pytest.raises(DesignError) as caught:
            load_design(f"input: [64, H, W]\nlayers: [{{{written}: 7}}]")
        assert (caught.value.code, caught.value.fault.fix) == ("CS111", LAYER_ADVICE[word])
    names = [name.rstrip(",:") for name in LAYER_ADVICE[word].split() if catalog.lookup(name.rstrip(",:"))]
    assert (
        names
        or word == "lambda"
        or "- block" in LAYER_ADVICE[word]
        or "define:" in LAYER_ADVICE[word]
        or "at the top" in LAYER_ADVICE[word]
    )


@pytest.mark.parametrize("advice", sorted({text for text in LAYER_ADVICE.values() if text.startswith("- ")}))
def test_an_entry_that_is_advised_fits(advice):
    network = load_design(f"input: [64, H, W]\nlayers:\n  {advice}\n")
    assert not propagate(network).faults
    assert str(next(iter(propagate(network).specs.values())).shape) == str(network.nodes[0].layer.shape)


@pytest.mark.parametrize(
    ("word", "value", "fix"),
    [
        ("residual", "[relu, tanh]", "- add: [previous, [relu, tanh]]"),
        ("Sequential", "[relu, {linear: 3}]", "- block: [relu, {linear: 3}]"),
    ],
)
def test_the_layers_of_a_word_that_is_none_are_kept(word, value, fix):
    with pytest.raises(DesignError) as caught:
        load_design(f"input: [64, H, W]\nlayers: [{{{word}: {value}}}]")
    assert caught.value.fault.fix == fix
    assert load_design(f"input: [64, H, W]\nlayers:\n  {fix}\n")


@pytest.mark.parametrize("word", sorted(SLIPS))
def test_a_slip_is_answered_with_the_argument(word):
    meant = set()
    for entry in catalog.ENTRIES:
        if near := slipped(entry.layer, word):
            assert near[0] in field_names(entry.layer)
            meant.add(near[0])
    assert meant == set(SLIPS[word])


@pytest.mark.parametrize(
    ("word", "none"), [("qqq", True), ("residul", True), ("stem", True), ("head", True), ("rleu", False)]
)
def test_a_far_name_is_not_offered(word, none):
    assert (catalog.nearest_name(word) is None) == none


@pytest.mark.parametrize(("word", "last"), [("nn.Conv2d", "Conv2d"), ("torch.nn.ReLU", "ReLU"), ("a.b.dense", "dense")])
def test_a_layer_with_its_module_is_answered_with_its_name(word, last):
    with pytest.raises(DesignError) as caught:
        load_design(f"input: [3, H, W]\nlayers: [{word}]")
    assert caught.value.fault.fix == f"did you mean {last}?"


@pytest.mark.parametrize("name", ["GlobalAveragePooling2D", "global_average_pooling2d", "GlobalMaxPooling2D"])
def test_keras_leaves_out_the_axes_that_it_pools_in_every_spelling(name):
    found = propagate(load_design(f"input: [3, H, W]\nlayers: [{name}]\noutputs: {{y: last}}"))
    assert [len(spec.shape) for spec in found.specs.values()] == [4, 2]


# Every class of the two frameworks' pages that has a counterpart here.
NAMES = (
    "Conv1d Conv3d ConvTranspose2d MaxPool2d AvgPool1d LPPool2d AdaptiveMaxPool2d AdaptiveAvgPool3d ELU Hardswish "
    "LeakyReLU PReLU ReLU6 SELU CELU GELU SiLU Mish Softplus Threshold GLU Softmax2d LogSoftmax BatchNorm3d GroupNorm "
    "SyncBatchNorm InstanceNorm2d LayerNorm LocalResponseNorm RMSNorm Identity Linear Bilinear Dropout2d AlphaDropout "
    "Embedding PixelShuffle PixelUnshuffle Upsample ChannelShuffle Flatten Unflatten MultiheadAttention LSTM GRU RNN "
    "SeparableConv2D DepthwiseConv1D Conv3DTranspose MaxPooling3D AveragePooling2D GlobalMaxPooling1D "
    "GlobalAveragePooling3D Dense BatchNormalization LayerNormalization GroupNormalization UnitNormalization "
    "RMSNormalization SpatialDropout1D MultiHeadAttention Reshape Permute Cropping2D UpSampling3D ZeroPadding2D "
    "Concatenate Average Maximum Minimum Add Subtract Multiply Dot Softmax Maxout"
)


@pytest.mark.parametrize("name", NAMES.split())
def test_the_frameworks_names_of_layers(name):
    entry, rank = catalog.find(name)
    stated = [int(letter) for letter in name if letter in "123"]
    assert rank == (stated[0] if stated and name != "Softmax2d" else None)
    assert entry in catalog.ENTRIES
