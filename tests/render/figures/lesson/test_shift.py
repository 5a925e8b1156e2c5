"""What a moved input does, against maps made with NumPy."""

import numpy as np
import pytest

from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.analysis.report import facts
from cnnshape.render.figures.lesson import figure
from cnnshape.render.figures.lesson.moved import moved, weights_of
from cnnshape.render.figures.lesson.subject import subject
from tests.render.figures.lesson.conftest import drawn, one_layer, texts


def correlated(x, w, stride, padding):
    x, k = np.pad(np.array(x), padding), len(w)
    return np.array(
        [
            [(x[i : i + k, j : j + k] * w).sum() for j in range(0, x.shape[1] - k + 1, stride)]
            for i in range(0, x.shape[0] - k + 1, stride)
        ]
    )


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 1, 1), (3, 2, 1), (5, 3, 0), (2, 2, 0)])
def test_the_maps_are_those_of_the_layer(kernel, stride, padding):
    layer = L.Conv(8, kernel_size=kernel, stride=stride, padding=padding)
    about = subject(*one_layer(layer, 3, 64, 64))
    shifts = (1, stride) if stride > 1 else (1,)
    weights = np.array(weights_of((kernel, kernel)))[0, 0]
    for each in moved(about, shifts):
        assert np.array_equal(correlated(each.x, weights, stride, padding), np.array(each.y))


def test_a_map_moves_along_by_multiples_of_the_stride_alone():
    for stride in (1, 2, 3, 4):
        about = subject(*one_layer(L.Conv(1, kernel_size=3, stride=stride, padding=1), 1, 64, 64))
        found = moved(about, tuple(range(1, 2 * stride + 1)))
        for each in found[1:]:
            assert each.along == (each.by // stride if each.by % stride == 0 else None)
            x, first = np.array(each.x), np.array(found[0].x)
            assert np.array_equal(x[:, each.by :], first[:, : x.shape[1] - each.by])


def test_a_transposed_convolution_moves_by_its_stride():
    about = subject(*one_layer(L.ConvTranspose(1, kernel_size=3, stride=2, padding=1), 1, 8, 8))
    assert [each.along for each in moved(about, (1,))] == [0, 2]


def test_what_is_said():
    found = texts(drawn("shift", L.Conv(1, kernel_size=3, stride=2, padding=1), 1, 15, 15))
    assert "another map: not the first one, moved" in found
    assert "the same map, moved by 1 position" in found
    assert "Stride 2: the map moves along if the input moves by a multiple of 2 pixels." in found
    found = texts(drawn("shift", L.Conv(1, kernel_size=3, padding=1), 1, 15, 15))
    assert any(text.startswith("Equivariance") for text in found)
    assert "another map: not the first one, moved" not in found


def test_the_total_stride_of_the_layers_before():
    x = Input("image", (1, 64, 64))
    y = L.MaxPool(2)(L.Conv(1, kernel_size=3, stride=2)(L.Conv(1, kernel_size=3, stride=2)(x)))
    found = texts(figure(facts(Network("net", inputs=x, outputs=y)), "max_pool1", "shift"))
    assert "Through all layers up to here, that is a multiple of 8 pixels of image." in found


def test_numbers_stand_in_the_cells():
    layer = L.MaxPool(2)
    found = moved(subject(*one_layer(layer, 1, 16, 16)), (1, 2))
    drawn_ = texts(drawn("shift", layer, 1, 16, 16))
    values = [value for each in found for line in (*each.x, *each.y) for value in line if value]
    assert sorted(text for text in drawn_ if text.isdigit()) == sorted(f"{value:g}" for value in values)
