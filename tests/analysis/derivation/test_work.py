"""How multiply-adds and bytes come about: published counts, and counts by hand."""

import pytest

from cnnshape import layers as L
from cnnshape.analysis.derivation.work import Pass, macs_topic, memory_topic
from cnnshape.analysis.quantity import one_image
from cnnshape.layers.base import Context, Spec, sizes
from cnnshape.symbolic import dim, equal


def use_of(layer, *shapes):
    inputs = tuple(Spec(sizes(*shape)) for shape in shapes)
    return Pass(layer, inputs, layer.outputs(inputs, Context()), "N")


def topic_of(layer, *shapes):
    use = use_of(layer, *shapes)
    return macs_topic(use, one_image(use.work.macs, "N"))


def chain(topic, label):
    return next(step.chain for step in topic.steps if step.label == label)


def test_alexnets_first_convolution():
    # 55*55*96 values of 11*11*3 products each: the 105 415 200 of the literature.
    topic = topic_of(L.Conv(96, kernel_size=11, stride=4), ("N", 3, 227, 227))
    assert topic.result == 105_415_200
    assert chain(topic, "K") == ("C_in*N*N", "3*11*11", 363)
    assert chain(topic, "V") == ("96*55*55", 290_400)
    assert topic.letters[0] == ("K", "multiply-adds for one output value")


def test_a_transposed_convolution_spreads_each_input_value():
    topic = topic_of(L.ConvTranspose(512, kernel_size=2, stride=2), ("N", 1024, 16, 16))
    assert topic.result == 1024 * 512 * 2 * 2 * 16 * 16
    assert topic.letters[0] == ("K", "multiply-adds for one input value")


def test_recurrent_layers_use_each_weight_at_each_step():
    topic = topic_of(L.LSTM(20), (7, "N", 10))
    assert topic.result == 7 * 4 * 20 * (10 + 20)
    assert chain(topic, "K") == ("80*10 + 80*20", 2400)
    assert chain(topic, "V") == (7,)


def test_a_product_of_tensors():
    topic = topic_of(L.MatMul(), ("N", 3, 5), ("N", 5, 4))
    assert chain(topic, "K") == (5,)
    assert topic.result == 3 * 4 * 5


def test_attention_by_hand():
    # Four projections of T tokens, the scores, and the sums that they weigh.
    T, E = dim("T"), 8
    topic = topic_of(L.MultiheadAttention(E, num_heads=2, batch_first=True), ("N", "T", E))
    assert equal(topic.result, 4 * T * E * E + 2 * T * T * E)
    assert chain(topic, "K") == ("24*8 + 8*8", 4 * E * E)
    assert chain(topic, "P") == (2 * E,)
    crossed = topic_of(L.MultiheadAttention(E, num_heads=2, batch_first=True), ("N", "T", E), ("N", "S", E))
    assert "K" not in [step.label for step in crossed.steps]  # keys and queries are as many as their positions


def test_no_multiply_adds_is_explained_and_other_work_is_named():
    topic = topic_of(L.MaxPool(3, stride=2), ("N", 4, 7, 7))
    assert topic.result == 0
    assert "convolutions, linear layers and matrix products" in topic.steps[0].words
    assert chain(topic, "compares") == ("8*36", 288)  # of nine values, eight comparisons


@pytest.mark.parametrize(("dtype", "count"), [("float32", 4), ("float16", 2), ("float64", 8), ("int8", 1)])
def test_bytes(dtype, count):
    use = use_of(L.Conv(64, kernel_size=11, stride=4, padding=2), ("N", 3, 224, 224))
    topic = memory_topic(use, (23_232, 64), dtype, (dtype,))
    assert topic.result == 64 * 55 * 55 * count
    assert chain(topic, "weights") == (f"23296*{count}", 23_296 * count)


def test_numbers_of_half_a_byte_are_packed_weight_by_weight():
    use = use_of(L.Conv(1, kernel_size=3), ("N", 1, 5, 5))
    topic = memory_topic(use, (9, 1), "int4", ("int4",))
    assert chain(topic, "weights")[-1] == 5 + 1
    assert topic.result == 5  # nine numbers


def test_views_take_no_memory():
    use = use_of(L.Flatten(), ("N", 4, 7, 7))
    assert memory_topic(use, (), "float32", ("float32",)).result == 0
