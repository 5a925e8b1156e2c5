"""The text of an error: five parts in order, and nothing in it that nobody would read."""

import pickle

import pytest

from cnnshape.errors import CnnshapeError, ShapeError


def test_the_parts_are_printed_in_order_and_empty_ones_take_no_line():
    parts = {"rule": "a\nb", "fix": "c", "given": "input (N, 3)", "layer": "Conv, node 2 of 2", "node": "conv1"}
    assert str(ShapeError("too small", code="CS203", place="d.yaml:3:5", **parts)) == (
        "d.yaml:3:5: CS203 conv1: too small\n  Conv, node 2 of 2\n  input (N, 3)\n  rule: a\n    b\n  fix: c"
    )
    assert str(ShapeError("too small")) == "CS201: too small"


@pytest.mark.parametrize("part", ["message", "node", "given", "rule", "fix"])
def test_a_word_of_a_million_letters_is_shortened(part):
    long = f"before {'a' * 500_000}{'z' * 500_000} after"
    shown = str(CnnshapeError(**{"message": "m", part: long}))
    assert f"before {'a' * 60}...{'z' * 60} after" in shown
    assert len(shown) < 200


def test_long_texts_of_short_words_and_long_paths_are_left_as_they_are():
    words = "word " * 1000
    path = "/folder" * 100 + "/net.yaml:3:5"
    error = CnnshapeError(words, place=path)
    assert error.fault.message == words
    assert str(error).startswith(f"{path}: CS000: word")


def test_an_error_survives_being_pickled():
    error = ShapeError("too small", code="CS203", got=(1, 2))
    assert pickle.loads(pickle.dumps(error)).fault == error.fault
