"""Layers as other programs write them: the orders against PyTorch's signatures, and texts that must not run."""

import inspect

import pytest

from cnnshape.formats.design.habits import KERAS, TORCH, by_position, called
from cnnshape.formats.design.spellings import spelled
from cnnshape.layers import catalog

CLASSES = {
    "conv": "Conv2d",
    "conv_transpose": "ConvTranspose2d",
    "linear": "Linear",
    "group_norm": "GroupNorm",
    "embedding": "Embedding",
    "multihead_attention": "MultiheadAttention",
    "max_pool": "MaxPool2d",
    "avg_pool": "AvgPool2d",
    "batch_norm": "BatchNorm2d",
    "layer_norm": "LayerNorm",
    "flatten": "Flatten",
    "upsample": "Upsample",
    "elu": "ELU",
    "leaky_relu": "LeakyReLU",
}


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_positions_are_those_of_pytorch(name):
    torch = pytest.importorskip("torch")
    signature = list(inspect.signature(getattr(torch.nn, CLASSES[name]).__init__).parameters)[1:]
    cls = catalog.find(name)[0].layer
    most = TORCH.get(name, ())
    for count in range(1, len(most or signature) + 1):
        values = [f"v{i}" for i in range(count)]
        found = by_position(CLASSES[name], values)
        if found is None or found[0][0] != signature[0]:
            continue  # more than there are, or the input side is left out
        shared = [key for key in signature[:count] if spelled(cls, key)]
        assert [key for key, _ in found][: len(shared)] == shared


@pytest.mark.parametrize("name", sorted(KERAS))
def test_keras_arguments_are_known(name):
    cls = catalog.find(name)[0].layer
    word = {"linear": "Dense", "upsample": "UpSampling2D"}.get(name, f"{name.title().replace('_', '')}2D")
    assert all(spelled(cls, key, word) for key in KERAS[name])


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "Conv2d(**{})",
        "Conv2d(*x)",
        "Conv2d(" * 80,
        "(" * 499,
        "Conv2d(3, 8, 3, 3, 3, 3, 3, 3, 3, 3, 3)",
        "Conv2d(3, 8, 3, wavelet=2)",
        "Conv2d(3, out_channels=8, in_channels=3)",
        "\\N{DIGIT ONE}(3)",
        "Conv2d(\0)",
        "relu",
        "a (remark)",
    ],
)
def test_what_is_no_call_of_a_layer_is_left_alone(text):
    assert called(text) == []


def test_a_call_keeps_every_value():
    assert called("nn.Conv2d(3, 2*8, (3, 5), padding='same', bias=False, padding_mode=None)") == [
        "Conv2d: {in_channels: 3, out_channels: 2 * 8, kernel_size: [3, 5], padding: same, bias: false}"
    ]
