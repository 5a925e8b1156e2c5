"""How parameters come about: counts that papers, lecture notes and model cards state."""

import pytest

from cnnshape import layers as L
from cnnshape.analysis.derivation.params import params_topic
from cnnshape.layers.base import Context, Spec, sizes
from cnnshape.symbolic import evaluate, parse


def topic_of(layer, *shapes, **more):
    inputs = tuple(Spec(sizes(*shape)) for shape in shapes)
    return params_topic(layer, inputs, layer.outputs(inputs, Context()), **more)


@pytest.mark.parametrize(
    ("layer", "shape", "count", "rule"),
    [
        # A. Krizhevsky, I. Sutskever, G. Hinton (2012): conv1 has 96 kernels of 11x11x3.
        (L.Conv(96, kernel_size=11, stride=4), ("N", 3, 227, 227), 34_944, "(N*N*C_in + 1)*C_out"),
        # The same network's conv2: 256 kernels of 5x5x48, as two groups.
        (L.Conv(256, kernel_size=5, padding=2, groups=2), ("N", 96, 27, 27), 307_456, "(N*N*C_in/g + 1)*C_out"),
        # K. Simonyan, A. Zisserman (2014): conv1_1 and fc6 of VGG-16.
        (L.Conv(64, kernel_size=3, padding=1), ("N", 3, 224, 224), 1_792, "(N*N*C_in + 1)*C_out"),
        (L.Linear(4096), ("N", 25088), 102_764_544, "(F_in + 1)*F_out"),
        # Lecture notes: fully connected layers and the convolutions in their place.
        (L.Linear(4096), ("N", 18914), 77_475_840, "(F_in + 1)*F_out"),
        (L.Linear(1000), ("N", 4096), 4_097_000, "(F_in + 1)*F_out"),
        (L.Conv(386, kernel_size=7, bias=False), ("N", 386, 7, 7), 7_300_804, "C_out*C_in*N*N"),
        (L.Conv(4096, kernel_size=1, bias=False), ("N", 386, 1, 1), 1_581_056, "C_out*C_in*N*N"),
        # O. Ronneberger, P. Fischer, T. Brox (2015): a 2x2 up-convolution that halves 1024 channels.
        (L.ConvTranspose(512, kernel_size=2, stride=2), ("N", 1024, 16, 16), 2_097_664, "(N*N*C_in + 1)*C_out"),
        # S. Ioffe, C. Szegedy (2015): two for each channel; running statistics are not parameters.
        (L.BatchNorm(), ("N", 64, 7, 7), 128, "2*C"),
    ],
)
def test_published_counts(layer, shape, count, rule):
    topic = topic_of(layer, shape)
    assert topic.result == count
    assert topic.rules == (rule,)


def test_the_rule_in_letters_gives_the_count():
    topic = topic_of(L.Conv(6, kernel_size=(3, 2), groups=2), ("N", 4, 9, 9))
    letters = {"C_in": 4, "C_out": 6, "g": 2, "N_H": 3, "N_W": 2}
    assert set(letters) == {letter for letter, _ in topic.letters}
    assert evaluate(parse(topic.rules[0], letters), {}) == topic.result


def test_buffers_are_apart():
    steps = topic_of(L.BatchNorm(), ("N", 64, 7, 7)).steps
    assert steps[-1].label == "buffers"
    assert steps[-1].chain == ("64 + 64", 128)


def test_every_weight_of_a_recurrent_layer():
    # PyTorch's documentation of LSTM: W_ih (4h, i), W_hh (4h, h), two biases of 4h.
    topic = topic_of(L.LSTM(20), ("T", "N", 10))
    assert topic.result == 4 * 20 * (10 + 20 + 2)
    assert [step.label for step in topic.steps][:2] == ["weight_ih_l0", "weight_hh_l0"]


def test_what_has_no_weights_says_so():
    topic = topic_of(L.ReLU(), ("N", 3))
    assert topic.result == 0
    assert [step.words for step in topic.steps] == ["it has no weights to train"]


def test_frozen_and_shared():
    assert topic_of(L.Linear(3), ("N", 4), owner="first").result == 0
    assert "frozen" in topic_of(L.Linear(3), ("N", 4), frozen=True).steps[-1].words
