"""Sizes that arrays show, and arrays that do not fit."""

import numpy as np
import pytest

from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.errors import UsageError
from cnnshape.runtime.feed import converted, named, random_inputs, sizes_of_arrays
from cnnshape.runtime.plan import plan


def one(*shape, **more):
    x = Input("x", shape, **more)
    return Network("one", inputs=x, outputs=L.Identity()(x))


def two():
    left, right = Input("left", (3, "H", "W")), Input("right", (3, "H", "2*W"))
    return Network("two", inputs=[left, right], outputs={"a": L.ReLU()(left), "b": L.ReLU()(right)})


def test_sizes_are_read_off_the_arrays():
    assert sizes_of_arrays(one(3, "H", "W"), {"x": np.ones((4, 3, 5, 6))}, {}) == {"N": 4, "H": 5, "W": 6}
    assert sizes_of_arrays(one("3*C", "L"), {"x": np.ones((1, 12, 8))}, {}) == {"N": 1, "C": 4, "L": 8}
    both = {"left": np.ones((2, 3, 4, 5)), "right": np.ones((2, 3, 4, 10))}
    assert sizes_of_arrays(two(), both, {}) == {"N": 2, "H": 4, "W": 5}
    assert sizes_of_arrays(one(3, "H"), {"x": np.ones((1, 3, 5))}, {"H": 5}) == {"H": 5, "N": 1}


@pytest.mark.parametrize(
    ("shape", "array", "message", "fix"),
    [
        ((3, "H", "W"), (1, 4, 8, 8), "x, axis C: 4 is given, 3 is expected", ""),
        ((3, "H", "W"), (1, 8, 8, 3), "x, axis C: 8 is given, 3 is expected",
         "channels come before space: x.transpose(0, 3, 1, 2)"),
        ((3, "H", "W"), (3, 8, 8), "x: 3 axes are given, 4 are expected", "x[None] is a batch of one"),
        ((3, "H", "W"), (8, 8), "x: 2 axes are given, 4 are expected", ""),
        ((3, "H", "W"), (0, 3, 8, 8), "x, axis N: the array is empty", "a size is at least 1"),
        ((1, "2*L"), (1, 1, 7), "x, axis L: 7 is given, 2*L is expected", "nearest valid sizes: 6 and 8"),
        ((1, "H", "2*H"), (1, 1, 4, 9), "x, axis W: 9 is given, 2*H = 8 is expected", ""),
        ((1, "H", "H"), (1, 1, 4, 5), "x, axis W: 5 is given, H = 4 at x, axis H", ""),
    ],
)  # fmt: skip
def test_an_array_that_does_not_fit_is_told_by_its_axis(shape, array, message, fix):
    with pytest.raises(UsageError) as caught:
        sizes_of_arrays(one(*shape), {"x": np.ones(array)}, {})
    fault = caught.value.fault
    assert (fault.code, fault.message, fault.fix) == ("CS502", message, fix)
    assert f"x {array} is given" in fault.given
    assert "batch first" in fault.rule


def test_every_array_that_does_not_fit_is_told():
    with pytest.raises(UsageError) as caught:
        sizes_of_arrays(two(), {"left": np.ones((1, 2, 4, 4)), "rigth": np.ones(1)}, {})
    assert caught.value.fault.text() == (
        "CS502: right: no array is given\n"
        "  'rigth' is no input\n"
        "  left, axis C: 2 is given, 3 is expected\n"
        "  left (1, 2, 4, 4) is given\n"
        "  rule: left is (N, 3, H, W), batch first\n"
        "    right is (N, 3, H, 2*W), batch first\n"
        "  fix: the inputs are left, right"
    )


def test_a_size_that_is_asked_for_and_another_that_is_given():
    with pytest.raises(UsageError, match=r"8 is given, H = 9 is asked for") as caught:
        sizes_of_arrays(one(3, "H"), {"x": np.ones((1, 3, 8))}, {"H": 9})
    assert caught.value.fault.fix == "leave out H"


def test_names_of_inputs():
    assert list(named(one(3), np.ones((1, 3)))) == ["x"]
    with pytest.raises(UsageError, match="one array for several inputs"):
        named(two(), np.ones(3))
    for what in ("abc", [[1], [2, 3]], np.ones(2, complex), [object()]):
        with pytest.raises(UsageError, match="CS502"):
            named(one(3), what)


def test_types_of_arrays():
    ready = plan(one(3), {"N": 2}, "float32")
    found, notes = converted(ready, {"x": np.full((2, 3), 255, np.uint8)})
    assert found["x"].dtype == np.float32
    assert notes == ["x converted from uint8 to float32"]
    ids = plan(one("T", dtype="int64"), {"N": 1, "T": 2})
    assert converted(ids, {"x": np.array([[1, 255]], np.uint8)})[0]["x"].tolist() == [[1, 255]]
    with pytest.raises(UsageError, match=r"x: float64 from 0.5 to 1.0 is given, int64 is expected"):
        converted(ids, {"x": np.array([[0.5, 1]])})
    small = plan(one("T", dtype="int8"), {"N": 1, "T": 2})
    with pytest.raises(UsageError, match="int64 from 1 to 200 is given, int8 is expected"):
        converted(small, {"x": np.array([[1, 200]])})


def test_random_inputs_are_what_the_layers_take():
    ids = Input("ids", ("T",), dtype="int64")
    ready = plan(Network("words", inputs=ids, outputs=L.Embedding(4, num_embeddings=7)(ids)), {"N": 3, "T": 99})
    found = random_inputs(ready, 0)["ids"]
    assert found.dtype == np.int64
    assert set(found.ravel().tolist()) == set(range(7))
    noise = random_inputs(plan(one(3, "L"), {"N": 2, "L": 5000}), 1)["x"]
    assert noise.dtype == np.float32
    assert abs(noise.mean()) < 0.03
    assert abs(noise.std() - 1) < 0.03
    assert not (noise == random_inputs(plan(one(3, "L"), {"N": 2, "L": 5000}), 2)["x"]).any()
