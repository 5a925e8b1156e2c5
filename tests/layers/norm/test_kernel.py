"""Norms on arrays: against PyTorch at random settings of all arguments; GRN against its paper, element by element."""

import random
from math import prod

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers import catalog
from cnnshape.layers.base import Spec
from tests.layers.computing import computed, same

TIMES = 80
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
EPS = (1e-5, 1e-3, 1e-8)


def cases(seed, dtype):
    """Sources of settings and of numbers, with a mean that is not 0."""
    draw, source = random.Random(seed), np.random.default_rng(seed)
    for _ in range(TIMES):
        yield draw, lambda shape: source.normal(draw.uniform(-3, 3), draw.uniform(0.1, 4), shape).astype(dtype)


def plain(layer, x, dtype):
    """The weights that change nothing."""
    return {name: np.full(w.shape, w.value or 0, dtype) for name, w in layer.weights((Spec(x.shape),)).items()}


def weights_of(layer, x, numbers):
    """Random weights; a variance is above 0."""
    return {
        name: (np.abs if name == "running_var" else np.asarray)(numbers(weight.shape))
        for name, weight in layer.weights((Spec(x.shape),)).items()
    }


def shape(draw, channels, space):
    return (draw.randint(1, 4), channels, *(draw.randint(1, 6) for _ in range(space)))


def tensors(torch, weights):
    return {name: torch.from_numpy(weight) for name, weight in weights.items()}


@DTYPES
def test_batch_norm(dtype, torch):
    for draw, numbers in cases(1, dtype):
        space = draw.randint(0, 3)
        layer = L.BatchNorm(
            eps=draw.choice(EPS), affine=draw.random() < 0.7, track_running_stats=draw.random() < 0.6, momentum=None
        )
        x = numbers(shape(draw, draw.randint(1, 5), space))
        if prod(x.shape) == x.shape[1]:  # statistics of a single element, which PyTorch refuses too
            continue
        weights = weights_of(layer, x, numbers)
        module = (torch.nn.BatchNorm1d, torch.nn.BatchNorm1d, torch.nn.BatchNorm2d, torch.nn.BatchNorm3d)[space](
            x.shape[1], layer.eps, affine=layer.affine, track_running_stats=layer.track_running_stats
        )
        module = module.to(getattr(torch, dtype)).eval()
        module.load_state_dict(tensors(torch, weights), strict=False)
        same(computed(layer, x, **weights), module(torch.from_numpy(x)).detach().numpy())


@DTYPES
def test_instance_norm(dtype, torch):
    for draw, numbers in cases(2, dtype):
        space = draw.randint(1, 3)
        tracked = draw.random() < 0.4
        layer = L.InstanceNorm(eps=draw.choice(EPS), affine=draw.random() < 0.5, track_running_stats=tracked)
        x = numbers(shape(draw, draw.randint(1, 5), space))
        if prod(x.shape[2:]) == 1 and not tracked:
            continue
        weights = weights_of(layer, x, numbers)
        module = getattr(torch.nn, f"InstanceNorm{space}d")(
            x.shape[1], layer.eps, affine=layer.affine, track_running_stats=tracked
        )
        module = module.to(getattr(torch, dtype)).eval()
        module.load_state_dict(tensors(torch, weights), strict=False)
        same(computed(layer, x, **weights), module(torch.from_numpy(x)).detach().numpy())


@DTYPES
def test_group_norm(dtype, torch):
    for draw, numbers in cases(3, dtype):
        groups = draw.randint(1, 4)
        layer = L.GroupNorm(groups, eps=draw.choice(EPS), affine=draw.random() < 0.5)
        x = numbers(shape(draw, groups * draw.randint(2, 4), draw.randint(0, 4)))
        weights = weights_of(layer, x, numbers)
        theirs = torch.nn.functional.group_norm(torch.from_numpy(x), groups, eps=layer.eps, **tensors(torch, weights))
        same(computed(layer, x, **weights), theirs.numpy())


@DTYPES
@pytest.mark.parametrize("sort", ["layer", "rms"])
def test_norms_of_the_last_axes(sort, dtype, torch):
    for draw, numbers in cases(4, dtype):
        x = numbers(tuple(draw.randint(1, 6) for _ in range(draw.randint(1, 4))))
        over = x.shape[-draw.randint(1, x.ndim) :]
        given = draw.choice((over, None, over[0])) if len(over) == 1 else over
        if sort == "layer":
            layer = L.LayerNorm(
                given, eps=draw.choice(EPS), elementwise_affine=draw.random() < 0.6, bias=draw.random() < 0.5
            )
        else:
            layer = L.RMSNorm(given, eps=draw.choice((*EPS, None)), elementwise_affine=draw.random() < 0.6)
        weights = weights_of(layer, x, numbers)
        function = getattr(torch.nn.functional, f"{sort}_norm")
        theirs = function(torch.from_numpy(x), over, eps=layer.eps, **tensors(torch, weights))
        same(computed(layer, x, **weights), theirs.numpy())


@DTYPES
def test_local_response_norm(dtype, torch):
    for draw, numbers in cases(5, dtype):
        size = draw.randint(1, 9)
        given = {"alpha": draw.uniform(0, 2), "beta": draw.choice((0.75, 0.5, 1, 2)), "k": draw.choice((1, 2.0, 0.5))}
        x = numbers(shape(draw, draw.randint(1, 7), draw.randint(1, 3)))
        theirs = torch.nn.functional.local_response_norm(torch.from_numpy(x), size, **given)
        same(computed(L.LocalResponseNorm(size, **given), x), theirs.numpy())


def test_an_even_window_has_its_odd_neighbor_before():
    x = np.array([1.0, 2.0, 4.0]).reshape(1, 3, 1)
    y = computed(L.LocalResponseNorm(2, alpha=2, beta=1, k=0), x)
    np.testing.assert_allclose(y.ravel(), [1 / 1, 2 / (1 + 4), 4 / (4 + 16)])


def test_a_window_larger_than_the_channels_takes_no_memory():
    x = np.ones((1, 2, 3))
    np.testing.assert_allclose(computed(L.LocalResponseNorm(10**9, alpha=10**9, beta=1, k=1), x), 1 / 3)


@DTYPES
def test_length_of_one(dtype, torch):
    for draw, numbers in cases(6, dtype):
        x = numbers(tuple(draw.randint(1, 6) for _ in range(draw.randint(1, 4))))
        layer = L.L2Norm(dim=draw.randrange(-x.ndim, x.ndim), eps=draw.choice((1e-12, 0.5, 3)))
        theirs = torch.nn.functional.normalize(torch.from_numpy(x), dim=layer.dim, eps=layer.eps)
        same(computed(layer, x), theirs.numpy())
    assert computed(L.L2Norm(), np.zeros((1, 3))).tolist() == [[0, 0, 0]]


def algorithm_1(x, gamma, beta, eps):
    """GRN as the paper on ConvNeXt V2 writes it, for maps (N, positions, C) and one number at a time."""
    y = np.empty_like(x)
    for image, out in zip(x, y, strict=True):
        lengths = [sum(float(value) ** 2 for value in image[:, c]) ** 0.5 for c in range(image.shape[1])]
        mean = sum(lengths) / len(lengths)
        for place in np.ndindex(image.shape):
            c = place[1]
            out[place] = gamma[c] * (image[place] * lengths[c] / (mean + eps)) + beta[c] + image[place]
    return y


@DTYPES
def test_global_response_norm(dtype):
    for draw, numbers in cases(7, dtype):
        layer = L.GRN(dim=draw.choice((1, -1)), eps=draw.choice((1e-6, 0.1)))
        x = numbers(shape(draw, draw.randint(1, 4), draw.randint(1, 3)))
        weights = weights_of(layer, x, numbers)
        last = np.moveaxis(x, layer.dim, -1)
        theirs = algorithm_1(last.reshape(len(x), -1, last.shape[-1]), eps=layer.eps, **weights)
        same(computed(layer, x, **weights), np.moveaxis(theirs.reshape(last.shape), -1, layer.dim))


EXACT = [
    (L.BatchNorm(track_running_stats=False), lambda F, x: F.batch_norm(x, None, None, training=True)),
    (L.InstanceNorm(), lambda F, x: F.instance_norm(x)),
    (L.GroupNorm(2, affine=False), lambda F, x: F.group_norm(x, 2)),
    (L.LayerNorm((8, 90, 90), elementwise_affine=False), lambda F, x: F.layer_norm(x, (8, 90, 90))),
]


@pytest.mark.parametrize(("layer", "peer"), EXACT, ids=[type(layer).__name__ for layer, _ in EXACT])
def test_single_precision_is_as_exact_as_pytorchs(layer, peer, torch):
    # a mean a thousand times the deviation, and memory whose last axis is the channels
    x = np.random.default_rng(8).normal(1000, 1, (3, 90, 90, 8)).astype(np.float32).transpose(0, 3, 1, 2)
    exact = computed(layer, x.astype(np.float64), **plain(layer, x, np.float64))
    theirs = peer(torch.nn.functional, torch.from_numpy(x)).numpy()
    y = np.empty_like(x)
    catalog.kernel_of(type(layer))(layer, (x,), plain(layer, x, np.float32), (y,))
    ours = np.abs(y - exact).max()
    assert ours < 1e-4
    assert ours <= 1.5 * np.abs(theirs - exact).max() + 1e-6


def test_half_precision_is_computed_in_single_and_rounded_once(torch):
    x = np.random.default_rng(9).normal(0, 1e-3, (4, 6, 5)).astype(np.float16)
    for layer in (L.RMSNorm(), L.LayerNorm(), L.GroupNorm(3), L.InstanceNorm(), L.L2Norm(), L.LocalResponseNorm(3)):
        single = computed(layer, x.astype(np.float32), **plain(layer, x, np.float32))
        half = computed(layer, x, **plain(layer, x, np.float16))
        np.testing.assert_array_equal(half, single.astype(np.float16))
    # the eps that RMSNorm has by default is that of single precision
    theirs = torch.nn.functional.rms_norm(torch.from_numpy(x), (5,)).numpy()
    np.testing.assert_allclose(computed(L.RMSNorm(), x, weight=np.ones(5, np.float16)), theirs, rtol=1e-3)


def test_nothing_is_said_about_infinities(torch):
    still = np.ones((2, 3, 4))
    assert np.isnan(computed(L.InstanceNorm(eps=0), still)).all()
    assert (computed(L.InstanceNorm(), still) == 0).all()
    zeros = {name: np.zeros(3) for name in ("running_mean", "running_var")}
    theirs = torch.nn.functional.batch_norm(torch.from_numpy(still), **tensors(torch, zeros), eps=0).numpy()
    np.testing.assert_array_equal(computed(L.BatchNorm(eps=0, affine=False), still, **zeros), theirs)
    huge = np.full(3, 6e4, np.float16)
    half = still.astype(np.float16) * np.arange(4, dtype=np.float16)
    assert np.isinf(computed(L.GroupNorm(3), half, weight=huge, bias=huge)).any()
