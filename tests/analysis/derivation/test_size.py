"""How sizes come about: the values of a lecture and of published networks, and what each line says."""

import pytest

from cnnshape import layers as L
from cnnshape.analysis.derivation.size import size_topic
from cnnshape.layers.base import Context, Spec, sizes


def topic_of(layer, *shapes):
    inputs = tuple(Spec(sizes(*shape)) for shape in shapes)
    return size_topic(layer, inputs, layer.outputs(inputs, Context()))


def lines(topic):
    return [(step.label, step.chain, step.words) for step in topic.steps]


@pytest.mark.parametrize(
    ("layer", "line"),
    [
        # Lecture notes on convolutional networks: an axis of 5 with a kernel of 3, padded by 1, and in strides of 2.
        (L.Conv(1, kernel_size=3), "floor((5 - 3 + 2*0)/1) + 1"),
        (L.Conv(1, kernel_size=3, padding=1), "floor((5 - 3 + 2*1)/1) + 1"),
        (L.Conv(1, kernel_size=3, stride=2), "floor((5 - 3 + 2*0)/2) + 1"),
        (L.MaxPool(3, stride=1), "floor((5 - 3 + 2*0)/1) + 1"),
    ],
)
def test_the_values_of_a_lecture(layer, line):
    expected = {"floor((5 - 3 + 2*1)/1) + 1": 5, "floor((5 - 3 + 2*0)/2) + 1": 2}.get(line, 3)
    topic = topic_of(layer, ("N", 1, 5, 5))
    assert ("H, W", (line, expected)) in [(step.label, step.chain) for step in topic.steps]
    assert topic.rules == ("floor((d - N + 2*p)/s) + 1",)
    assert dict(topic.letters) == {"d": "input", "N": "kernel", "p": "padding on each side", "s": "stride"}


def test_the_pixels_that_are_left_out_are_named():
    topic = topic_of(L.Conv(64, kernel_size=11, stride=4, padding=2), ("N", 3, 224, 223))
    said = [words for _, _, words in lines(topic)]
    # The last window of the rows starts at 4*54 - 2 = 214 and ends at 224; row 225 is the second one of the padding.
    assert "left out: row 225 of the padding; of the input nothing" in said
    assert "left out: nothing" in said  # of the columns: 223 + 2 - 1 = 224


def test_rows_are_left_out():
    topic = topic_of(L.MaxPool(2), ("N", 3, 7, 8))
    assert "left out: row 6 of 0..6" in [words for _, _, words in lines(topic)]


def test_an_argument_is_named_only_where_it_decides():
    assert ("C", ("out_channels", 64), "") in lines(topic_of(L.Conv(64, kernel_size=3), ("N", 64, 9, 9)))
    # The last size of a projected LSTM in two directions is 2*proj_size, which happens to be hidden_size.
    lstm = L.LSTM(4, proj_size=2, bidirectional=True, batch_first=True)
    assert not any("hidden_size" in chain for _, chain, _ in lines(topic_of(lstm, ("N", "T", 3))))


def test_joins():
    assert ("C", ("64 + 128", 192), "the inputs side by side") in lines(
        topic_of(L.Concat(), ("N", 64, 7, 7), ("N", 128, 7, 7))
    )
    gate = lines(topic_of(L.Multiply(), ("N", 4, 7, 5), ("N", 4, 1, 1)))
    assert ("H", (7,), "an input of size 1 is repeated") in gate


def test_reshapes():
    assert ("axis 1", ("16*5*5", 400), "") in lines(topic_of(L.Flatten(), ("N", 16, 5, 5)))
    shuffled = lines(topic_of(L.PixelShuffle(2), ("N", 12, 4, 5)))
    assert ("C", ("12/4", 3), "") in shuffled
    assert ("elements", ("12*4*5", "3*8*10", 240), "none is lost") in shuffled
    moved = lines(topic_of(L.Permute((0, 2, 3, 1)), ("N", 3, 4, 5)))
    assert ("C", (4,), "the input's H") in moved


def test_reductions():
    assert ("H, W", (), "gone: all positions become one value") in lines(topic_of(L.ReduceMean((2, 3)), ("N", 8, 7, 7)))
    assert ("H, W", (1,), "all 7 positions become one") in lines(topic_of(L.GlobalAvgPool(), ("N", 8, 7, 7)))


def test_a_crop_says_what_it_leaves_out_and_no_window():
    topic = topic_of(L.Crop(1), ("N", 3, 9, 9))
    assert topic.rules == ("d + 2*p",)
    assert ("H, W", ("9 + 2*(-1)", 7), "") in lines(topic)


def test_axes_that_do_alike_share_a_line():
    topic = topic_of(L.Conv(8, kernel_size=3, stride=2), ("N", 3, "H", "W"))
    assert [step.label for step in topic.steps if step.label] == ["C", "H, W", "batch"]
