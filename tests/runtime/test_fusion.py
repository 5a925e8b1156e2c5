"""What runs before, with and after a layer in one step: where it does, and that values are those of single layers."""

import numpy as np
import pytest

from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.runtime.plan import plan
from cnnshape.runtime.program import bind
from cnnshape.runtime.weights import initial

SIZES = {"N": 3, "H": 14, "W": 10}


def network(make, channels=6):
    x = Input("image", (channels, "H", "W"))
    made = make(x)
    return Network("chain", inputs=x, outputs=made if isinstance(made, dict) else {"out": made})


def steps(net, **options):
    return [step.nodes for step in plan(net, SIZES, **options).steps]


def numbers_for(ready, factors=None):
    """Weights as of a training, with given factors of the first normalization."""
    numbers = np.random.default_rng(0)
    weights = initial(ready)
    for name, values in weights.items():
        low, high = (0.5, 1.5) if name.endswith("running_var") else (-1, 1)
        weights[name] = numbers.uniform(low, high, values.shape).astype(values.dtype)
    if factors is not None:
        weights["batch_norm1.weight"] = np.resize(np.array(factors, "float64"), weights["batch_norm1.weight"].shape)
    return weights


def assert_same(net, factors=None, sizes=SIZES):
    """Demand what single layers give, of one thread and of two, in small tiles and in one piece."""
    plain = plan(net, sizes, "float64", fused=False)
    weights = numbers_for(plain, factors)
    numbers = np.random.default_rng(1)
    inputs = {node.name: numbers.standard_normal(plain.places[node.name].shape) for node in plain.network.inputs}
    expected = bind(plain, weights).run(inputs)
    for threads in (1, 2):
        for tiled in (False, True):
            program = bind(plan(net, sizes, "float64", threads=threads, tiled=tiled), weights)
            program.run(inputs)
            for name, y in program.run(inputs).items():
                np.testing.assert_allclose(y, expected[name], 1e-9, 1e-10 * np.abs(expected[name]).max())
    single = {name: values.astype("float32") for name, values in weights.items()}
    found = bind(plan(net, sizes), single).run({name: x.astype("float32") for name, x in inputs.items()})
    for name, y in found.items():
        assert np.abs(y - expected[name]).max() <= 2e-5 * np.abs(expected[name]).max()


def excited(x, filters=4, after=()):
    y = L.Conv(6, kernel_size=3, padding=1)(x)
    factor = L.Sigmoid()(L.Conv(6, kernel_size=1)(L.AdaptiveAvgPool(1)(y)))
    y = L.Conv(filters, kernel_size=1)(L.Multiply()([factor, y] if filters > 4 else [y, factor]))
    for layer in after:
        y = layer(y)
    return y


@pytest.mark.parametrize(
    "filters", [4, 32, 256]
)  # the factor goes to the weights if there are more pixels than filters
@pytest.mark.parametrize("after", [(), (L.BatchNorm(), L.ReLU())])
def test_factors_go_into_the_convolution_behind_them(filters, after):
    net = network(lambda x: excited(x, filters, after))
    assert steps(net)[-1][:2] == ("multiply1", "conv3")
    assert_same(net)
    assert_same(net, sizes={"N": 2, "H": 1, "W": 1})


def test_a_product_of_two_maps_stays_a_step():
    net = network(lambda x: L.Conv(4, kernel_size=1)(L.Multiply()([L.Conv(6, kernel_size=1)(x), x])))
    assert steps(net)[-1] == ("conv2",)
    assert_same(net)


def dense(x, *between, filters=32):
    y = L.BatchNorm()(x)
    for layer in (L.ReLU(), *between, L.Conv(filters, kernel_size=1, bias=False)):
        y = layer(y)
    return y


@pytest.mark.parametrize(
    "factors", [[1.0], [-0.5], [0.0], [1, -2, 0, 0.25], [1e-310, 1, -1e-320]], ids=["+", "-", "0", "mixed", "tiny"]
)
@pytest.mark.parametrize("channels", [6, 32])
def test_normalization_and_relu_go_into_the_convolution_behind_them(factors, channels):
    net = network(dense, channels)
    assert steps(net) == [("batch_norm1", "relu1", "conv1")]
    assert_same(net, factors)
    assert_same(network(lambda x: L.ReLU()(L.BatchNorm()(dense(x))), channels), factors)


def test_a_slice_of_a_join_goes_into_the_convolution_behind_it():
    def block(x):
        maps = [x]
        for _ in range(3):
            y = maps[0] if len(maps) == 1 else L.Concat()(maps)
            maps.append(L.Conv(8, kernel_size=3, padding=1)(dense(y)))
        return L.Concat()(maps)

    assert_same(network(block, 8))


def test_no_normalization_is_taken_without_its_relu_or_by_its_own_batch():
    assert steps(network(lambda x: L.Conv(4, kernel_size=1)(L.BatchNorm()(x)))) == [("batch_norm1",), ("conv1",)]
    net = network(lambda x: L.Conv(4, kernel_size=1)(L.ReLU()(L.BatchNorm(track_running_stats=False)(x))))
    assert ("batch_norm1", "relu1", "conv1") not in steps(net)


@pytest.mark.parametrize("conv", [{"kernel_size": 3}, {"kernel_size": 1, "stride": 2}, {"kernel_size": 1, "groups": 2}])
def test_only_a_plain_convolution_of_single_pixels_takes_them(conv):
    net = network(lambda x: L.Conv(8, **conv)(L.ReLU()(L.BatchNorm()(x))))
    assert steps(net) == [("batch_norm1", "relu1"), ("conv1",)]
    assert_same(net, [1, -1])


def test_what_two_read_or_somebody_keeps_stays_a_step():
    def two(x):
        y = L.ReLU()(L.BatchNorm()(x))
        return {"a": L.Conv(4, kernel_size=1)(y), "b": L.Conv(4, kernel_size=1)(y)}

    assert steps(network(two)) == [("batch_norm1", "relu1"), ("conv1",), ("conv2",)]
    assert_same(network(two), [1, -1, 0])
    assert steps(network(dense), keep=["relu1"]) == [("batch_norm1", "relu1"), ("conv1",)]
    assert steps(network(dense), keep=["batch_norm1"])[0] == ("batch_norm1",)
    seen = network(lambda x: {"map": (y := L.ReLU()(L.BatchNorm()(x))), "out": L.Conv(4, kernel_size=1)(y)})
    assert steps(seen) == [("batch_norm1", "relu1"), ("conv1",)]


@pytest.mark.parametrize(
    "pool", [{"kernel_size": 2}, {"kernel_size": 3}, {"kernel_size": (3, 2), "stride": (2, 3)}, {"kernel_size": (1, 4)}]
)
@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_a_mean_of_windows_is_taken_before_the_convolution(pool, norm, bias):
    def transition(x):
        y = L.ReLU()(L.BatchNorm()(x)) if norm else x
        return L.AvgPool(**pool)(L.Conv(32, kernel_size=1, bias=bias)(y))

    net = network(transition)
    assert len(steps(net)) == 1
    assert_same(net, [1, -2, 0] if norm else None)
    assert_same(net, [1.0] if norm else None, {"N": 2, "H": 61, "W": 127})


def test_what_follows_a_mean_still_runs_with_the_convolution():
    net = network(lambda x: L.ReLU()(L.BatchNorm()(L.AvgPool(2)(L.Conv(8, kernel_size=1)(x)))))
    assert steps(net) == [("conv1", "avg_pool1", "batch_norm1", "relu1")]
    assert_same(net, [1, -2])


@pytest.mark.parametrize(
    ("conv", "pool"),
    [
        ({"kernel_size": 1}, {"kernel_size": 2, "padding": 1}),
        ({"kernel_size": 1}, {"kernel_size": 2, "divisor_override": 3}),
        ({"kernel_size": 1}, {"kernel_size": 4, "ceil_mode": True}),
        ({"kernel_size": 1}, {"kernel_size": 2, "dilation": 2}),
        ({"kernel_size": 1, "stride": 2}, {"kernel_size": 2}),
        ({"kernel_size": 3}, {"kernel_size": 2}),
        ({"kernel_size": 1, "padding": 1}, {"kernel_size": 2}),
    ],
)
def test_a_mean_that_does_not_change_places_with_the_convolution_stays_behind_it(conv, pool):
    net = network(lambda x: L.AvgPool(**pool)(L.Conv(8, **conv)(x)))
    assert steps(net) == [("conv1",), ("avg_pool1",)]
    assert_same(net)


def test_a_mean_behind_an_activation_stays_there():
    net = network(lambda x: L.AvgPool(2)(L.ReLU()(L.Conv(8, kernel_size=1)(x))))
    assert steps(net) == [("conv1", "relu1"), ("avg_pool1",)]
    assert_same(net)


@pytest.mark.parametrize("after", [L.SiLU(), L.Sigmoid(), L.Hardswish(), L.Hardsigmoid()], ids=repr)
def test_the_factor_that_an_activation_asks_for_goes_into_the_weights_before_it(after):
    def make(x):
        y = after(L.BatchNorm()(L.Conv(8, kernel_size=3, padding=1)(x)))
        y = after(L.Add()([after(L.Conv(8, kernel_size=1, bias=False)(y)), y]))
        y = after(L.DepthwiseConv(kernel_size=3, padding=1)(y))
        y = L.Add()([L.Conv(8, kernel_size=1)(y), y])
        return after(L.Linear(5)(L.Flatten()(after(y))))

    assert_same(network(make))
