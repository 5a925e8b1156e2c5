"""The classes of a classifier."""

import numpy as np
import pytest

from cnnshape.errors import UsageError
from cnnshape.runtime.classes import classifier, top_classes


def test_the_shares_are_the_softmax_of_numbers(torch):
    output = np.random.default_rng(0).standard_normal((3, 50)).astype(np.float32) * 20
    found, softmax = top_classes(output, 4)
    assert softmax
    theirs = torch.softmax(torch.from_numpy(output).double(), 1).topk(4)
    assert [(row.image, row.index) for row in found] == [
        (image, index) for image, row in enumerate(theirs.indices.tolist()) for index in row
    ]
    np.testing.assert_allclose([row.share for row in found], theirs.values.numpy().ravel(), 1e-12)


def test_probabilities_are_taken_as_they_are():
    found, softmax = top_classes(np.array([[0.2, 0.7, 0.1]], np.float16).reshape(1, 3, 1, 1), 9, ["a", "b", "c"])
    assert not softmax
    assert [row.label for row in found] == ["b", "a", "c"]
    assert found[0].share == pytest.approx(0.7, abs=1e-3)


def test_the_output_that_holds_classes():
    assert classifier({"map": (1, 3, 4, 4), "y": (2, 10, 1, 1)}, []) == "y"
    for shapes, labels, said in (
        ({"map": (1, 3, 4, 4)}, [], "no output holds classes"),
        ({"a": (1, 3), "b": (1, 4)}, [], "several outputs hold classes"),
        ({"a": (1, 3)}, ["cat", "dog"], "2 labels are given for 3 classes"),
    ):
        with pytest.raises(UsageError, match=said) as caught:
            classifier(shapes, labels)
        assert caught.value.code == "CS505"
