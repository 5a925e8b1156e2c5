"""Maps that lie side by side because they are joined: what finishes the join leaves them as they are."""

from __future__ import annotations

import numpy as np
import pytest

import cnnshape as cs
from cnnshape import Input
from cnnshape import layers as L


def joined(*maps):
    return np.concatenate(maps, axis=1)


def added(*tensors):
    return L.Add()([*tensors])


def both_orders(x):
    a, b = L.ReLU()(x), L.Negative()(x)
    return added(L.Concat(dim=1)([a, b]), L.Concat(dim=1)([b, a])), L.Negative()(a), L.Sigmoid()(added(a, b))


def finished(x):
    a, b = L.Negative()(x), L.Sigmoid()(x)
    return L.ReLU()(L.Concat(dim=1)([a, b])), L.Sigmoid()(a), L.Negative()(b)


def joined_twice(x):
    a, b = L.Negative()(x), L.Sigmoid()(x)
    c = L.Concat(dim=1)([a, b])
    return L.ReLU()(L.Concat(dim=1)([c, x])), L.Sigmoid()(c), added(a, b)


def joined_sums(x):
    a, b = L.Negative()(x), L.Sigmoid()(x)
    return L.Concat(dim=1)([added(L.Concat(dim=1)([a, b]), L.Concat(dim=1)([b, a])), a]), added(a, b)


X = np.random.default_rng(0).standard_normal((2, 4, 5, 6)).astype("float32")
POSITIVE, LOGISTIC = np.maximum(X, 0), 1 / (1 + np.exp(-X))
CASES = {
    both_orders: (joined(POSITIVE, -X) + joined(-X, POSITIVE), -POSITIVE, 1 / (1 + np.exp(X - POSITIVE))),
    finished: (np.maximum(joined(-X, LOGISTIC), 0), 1 / (1 + np.exp(X)), -LOGISTIC),
    joined_twice: (
        np.maximum(joined(-X, LOGISTIC, X), 0),
        1 / (1 + np.exp(-joined(-X, LOGISTIC))),
        LOGISTIC - X,
    ),
    joined_sums: (joined(LOGISTIC - X, LOGISTIC - X, -X), LOGISTIC - X),
}


@pytest.mark.parametrize("build", CASES, ids=lambda build: build.__name__)
def test_joined_maps_that_are_read_again(build):
    x = Input("x", (4, 5, 6))
    outputs = dict(zip("abc", build(x), strict=False))
    network = cs.Network("joins", inputs=x, outputs=outputs)
    found = cs.run(network, X)
    for name, expected in zip(network.outputs, CASES[build], strict=True):
        np.testing.assert_allclose(found[name], expected, rtol=1e-5, atol=1e-6)
