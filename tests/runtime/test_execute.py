"""Networks on arrays: whole published networks against PyTorch, and what is not given is said."""

import numpy as np
import pytest

import cnnshape as cs
from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.errors import ShapeError, UsageError
from cnnshape.runtime.execute import execute
from cnnshape.runtime.plan import plan
from cnnshape.runtime.weights import initial

SMALL = {
    "lenet5": (32, 35), "alexnet(width_mult=0.25)": (63, 80), "vgg11_bn(width_mult=0.125)": (32, 40),
    "squeezenet1_1": (48, 33), "resnet18(width_mult=0.5)": (40, 56), "resnet50(depths=(1, 2, 1, 1))": (33, 47),
    "resnext50_32x4d(depths=(1, 1, 1, 1))": (32, 32), "densenet121(depths=(2, 3, 4, 2))": (32, 45),
    "googlenet": (48, 40), "inception_v3(width_mult=0.5)": (80, 96), "mobilenet_v2": (40, 33),
    "mobilenet_v3_small": (50, 32), "mnasnet0_5": (33, 40), "shufflenet_v2_x0_5": (40, 50),
    "regnet_y_400mf": (40, 33), "unet(width_mult=0.25)": (32, 48), "xception": (75, 80), "efficientnet_b0": (40, 33),
}  # fmt: skip


def fed(ready, seed=0):
    numbers = np.random.default_rng(seed)
    return {node.name: numbers.standard_normal(ready.places[node.name].shape) for node in ready.network.inputs}


def trained(weights, seed=0):
    """Statistics as of a training: a normalization that does nothing would hide one that is left out."""
    numbers = np.random.default_rng(seed)
    for name, values in weights.items():
        if name.endswith(("running_var", "running_mean")) or values.ndim == 1:
            weights[name] = numbers.uniform(0.5, 1.5, values.shape).astype(values.dtype)
    return weights


@pytest.mark.parametrize("name", SMALL)
def test_a_published_network_gives_pytorchs_values(name, torch):
    from tests.oracles.torch_reference import values

    H, W = SMALL[name]
    sizes = {"N": 2, "H": H, "W": W}
    ready = plan(cs.load(name), sizes, "float64", fused=False)
    inputs, weights = fed(ready), trained(initial(ready))
    theirs = values(ready.network, inputs, weights)
    plans = [
        ready,
        plan(cs.load(name), sizes, "float64", strict=True),
        plan(cs.load(name), sizes, "float64", tiled=True),
    ]
    for each in plans:
        seen = {}
        found = execute(
            each, inputs, weights, lambda _, made, seen=seen: seen.update({n: y.copy() for n, y in made.items()})
        )
        for tensor, y in seen.items():
            if tensor in theirs:  # a copy has a name of its own
                np.testing.assert_allclose(
                    y, theirs[tensor], 1e-8, 1e-10 * np.abs(theirs[tensor]).max(), err_msg=tensor
                )
        for output, tensor in ready.network.outputs.items():
            np.testing.assert_allclose(found[output], theirs[tensor], 1e-8)
    single = execute(
        plan(cs.load(name), sizes),
        {name: x.astype(np.float32) for name, x in inputs.items()},
        {name: weight.astype(np.float32) for name, weight in weights.items()},
    )
    for output, y in single.items():
        assert y.dtype == np.float32
        assert np.abs(y - found[output]).max() <= 1e-4 * np.abs(found[output]).max()


def branches():
    x = Input("image", (2, "H", "W"))
    y = L.Conv(2, kernel_size=3, padding=1)(x)
    parts = L.Chunk(2)(y)
    return Network("branches", inputs=x, outputs={"sum": L.Add()([parts[0], x]), "flat": L.Flatten()(y)})


def test_the_arena_holds_every_tensor_apart_from_those_that_are_alive_with_it():
    ready = plan(branches(), {"N": 3, "H": 8, "W": 8})
    weights, inputs = initial(ready), {"image": np.ones((3, 2, 8, 8), np.float32)}
    first = execute(ready, inputs, weights)
    again = execute(ready, inputs, weights)
    for name, y in first.items():
        np.testing.assert_array_equal(y, again[name])
    places = [place for place in ready.places.values() if place.offset is not None and not place.view_of]
    tensors = max(place.offset + -(-place.bytes // 64) * 64 for place in places)
    start, length = ready.workspace
    assert (start, ready.arena_bytes) == (tensors, tensors + length)
    np.testing.assert_array_equal(first["flat"].reshape(3, 2, 8, 8)[:, :1] + 1, first["sum"][:, :1])


def test_weights_are_the_same_for_the_same_seed_and_of_the_stated_spread():
    x = Input("image", (64, "L"))
    net = Network("one", inputs=x, outputs=L.BatchNorm()(L.Conv(128, kernel_size=3)(x)))
    ready = plan(net, {"N": 1, "L": 9})
    weights, again, other = initial(ready), initial(ready), initial(ready, seed=1)
    assert all((weights[name] == again[name]).all() for name in weights)
    assert not (weights["conv1.weight"] == other["conv1.weight"]).any()
    kernel = weights["conv1.weight"]
    assert kernel.dtype == np.float32
    # A uniform distribution on (-b, b) has deviation b/sqrt(3); b = sqrt(6/(64*3)).
    assert abs(kernel.std() - np.sqrt(2 / 192)) < 0.002
    assert np.abs(weights["conv1.bias"]).max() <= 1 / np.sqrt(192)
    assert (weights["batch_norm1.weight"] == 1).all()
    assert (weights["batch_norm1.running_var"] == 1).all()


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, "CS502: an input does not fit: image: is missing, float32 (1, 2, 4, 4) is expected"),
        ({"image": np.ones((1, 2, 4, 5), np.float32)}, "float32 (1, 2, 4, 5) is given, float32 (1, 2, 4, 4)"),
        ({"image": np.ones((1, 2, 4, 4))}, "float64 (1, 2, 4, 4) is given, float32 (1, 2, 4, 4) is expected"),
        ({"image": np.ones((1, 2, 4, 4), np.float32), "x": np.ones(1)}, "x: there is no such input"),
    ],
)
def test_inputs_that_do_not_fit(inputs, said):
    ready = plan(branches(), {"N": 1, "H": 4, "W": 4})
    with pytest.raises(UsageError) as caught:
        execute(ready, inputs, initial(ready))
    assert said in str(caught.value)


def test_all_weights_that_do_not_fit_are_told_in_one_error():
    ready = plan(branches(), {"N": 1, "H": 4, "W": 4})
    with pytest.raises(UsageError) as caught:
        execute(ready, {"image": np.ones((1, 2, 4, 4), np.float32)}, {"conv1.weight": np.ones((2, 2, 3, 4))})
    assert caught.value.fault.text() == (
        "CS503: 2 weights do not fit: conv1.weight: (2, 2, 3, 4) is given, (2, 2, 3, 3) is expected\n"
        "  conv1.bias: is missing, (2,) is expected\n"
        "  rule: every weight is given, in the shape that its layer has"
    )


def test_sizes_that_do_not_fit_are_refused_as_ever():
    with pytest.raises(ShapeError, match="CS20"):
        plan(cs.zoo("unet"), {"N": 1, "H": 250, "W": 256})
