"""What a plan says before anything is allocated: what runs together, where tensors lie, how many bytes."""

import numpy as np
import pytest

import cnnshape as cs
from cnnshape import Input, Network
from cnnshape import layers as L
from cnnshape.runtime.plan import plan
from cnnshape.runtime.program import bind
from cnnshape.runtime.weights import initial

SIZES = {"N": 2, "H": 32, "W": 48}


def chain(*made, channels=8):
    x = y = Input("image", (channels, "H", "W"))
    for layer in made:
        y = layer(y)
    return Network("chain", inputs=x, outputs=y)


def kernels(network, **options):
    return [(step.nodes, step.kernel) for step in plan(network, SIZES, **options).steps]


def test_normalization_and_activation_run_with_the_convolution():
    net = chain(L.Conv(4, kernel_size=3, bias=False), L.BatchNorm(), L.ReLU(), L.Conv(4, kernel_size=1), L.SiLU())
    assert kernels(net, strict=True) == [
        (("conv1", "batch_norm1", "relu1"), "columns"),
        (("conv2", "silu1"), "product"),
    ]


def test_a_normalization_after_an_activation_is_not_folded():
    net = chain(L.Conv(4, kernel_size=3), L.ReLU(), L.BatchNorm())
    assert [nodes for nodes, _ in kernels(net)] == [("conv1", "relu1"), ("batch_norm1",)]


def test_a_normalization_by_its_own_batch_is_not_folded():
    net = chain(L.Conv(4, kernel_size=3), L.BatchNorm(track_running_stats=False))
    assert [nodes for nodes, _ in kernels(net)] == [("conv1",), ("batch_norm1",)]


def block(second_reader=False):
    x = Input("image", (8, "H", "W"))
    y = L.Conv(8, kernel_size=3, padding=1)(x)
    z = L.ReLU()(L.Add()([y, x]))
    return Network("block", inputs=x, outputs={"out": z, **({"inner": y} if second_reader else {})})


def test_an_addition_runs_with_the_layer_before_it_unless_another_reads_that():
    assert [nodes for nodes, _ in kernels(block())] == [("conv1", "add1", "relu1")]
    assert [nodes for nodes, _ in kernels(block(second_reader=True))] == [("conv1",), ("add1", "relu1")]
    assert [nodes for nodes, _ in kernels(block(), keep=["conv1"])] == [("conv1",), ("add1", "relu1")]


def test_every_layer_is_a_step_of_its_own_where_nothing_is_fused():
    steps = plan(cs.load("resnet18"), {"N": 1, "H": 64, "W": 64}, fused=False).steps
    assert all(len(step.nodes) == 1 and step.algorithm is None for step in steps)


def test_no_convolution_is_winograds_in_a_strict_plan():
    sizes = {"N": 1, "H": 224, "W": 224}
    free, strict = (plan(cs.load("resnet18"), sizes, strict=strict) for strict in (False, True))
    assert "winograd" in {step.kernel for step in free.steps}
    assert "winograd" not in {step.kernel for step in strict.steps}
    # F(4x4, 3x3) keeps 36 numbers of 9.
    fewer = [a for a, b in zip(free.steps, strict.steps, strict=True) if a.kernel != b.kernel]
    elements = sum(int(np.prod(step.packed["weight"])) for step in fewer)
    assert free.weight_bytes - strict.weight_bytes == elements // 36 * (36 - 9) * 4


def test_weight_bytes_are_those_that_a_bound_plan_keeps():
    """Of ResNet-18 with normalization folded in: its parameters without the two of every normalization, and a bias."""
    ready = plan(cs.load("resnet18"), {"N": 1, "H": 64, "W": 64}, strict=True)
    channels = 4800  # of all normalizations of ResNet-18
    assert ready.stored_weight_bytes == 4 * (11_689_512 + 2 * channels)
    assert ready.weight_bytes == 4 * (11_689_512 - channels)


@pytest.mark.parametrize("name", ["resnet18", "densenet121(depths=(2, 3, 4, 2))", "unet(width_mult=0.25)", "googlenet"])
@pytest.mark.parametrize("fused", [True, False])
def test_tensors_that_are_there_together_lie_apart(name, fused):
    """Every tensor keeps what it holds until its last reader has read it."""
    net = cs.load(name)
    ready = plan(net, {"N": 1, "H": 64, "W": 64}, fused=fused, threads=2)
    program = bind(ready, initial(ready))
    made = dict.fromkeys(program.inputs, -1)
    read = dict.fromkeys(made, -1)
    for i, step in enumerate(ready.steps):
        made.update(dict.fromkeys(step.outputs, i))
        for tensor in step.inputs:
            read[tensor] = i
    numbers = np.random.default_rng(0)
    inputs = {n: numbers.standard_normal(place.shape).astype(place.dtype) for n, place in program.inputs.items()}
    kept, at = {}, iter(range(-1, len(ready.steps)))

    def look(_, now):
        step = next(at)
        for tensor, values in kept.items():
            if read[tensor] > step:
                np.testing.assert_array_equal(program.tensors[tensor], values, err_msg=f"{tensor} after step {step}")
        kept.update({name: np.array(values) for name, values in now.items() if name in read})

    program.run(inputs, look)
    assert next(at, None) is None


def test_maps_that_are_joined_are_made_side_by_side():
    """The maps of a dense block are parts of one buffer: no join copies more than what it did not make."""
    ready = plan(cs.load("densenet121(depths=(3, 2, 2, 2))"), {"N": 1, "H": 64, "W": 64})
    shared = [place.view_of for place in ready.places.values() if place.view_of]
    assert max(map(shared.count, set(shared))) >= 6
    plain = plan(cs.load("densenet121(depths=(3, 2, 2, 2))"), {"N": 1, "H": 64, "W": 64}, fused=False)
    assert ready.workspace[0] < plain.arena_bytes


def test_a_flattened_map_is_copied_where_its_channels_come_last_and_seen_where_it_is_one_pixel():
    steps = kernels(chain(L.Conv(4, kernel_size=3), L.Flatten(), L.Linear(3)))
    assert [nodes for nodes, _ in steps] == [("conv1",), ("flatten1",), ("linear1",)]
    steps = kernels(chain(L.AdaptiveAvgPool(1), L.Flatten(), L.Linear(3)))
    assert [nodes for nodes, _ in steps] == [("adaptive_avg_pool1",), ("linear1",)]


def test_the_same_weights_serve_two_layers():
    x = Input("image", (4, "H", "W"))
    conv = L.Conv(4, kernel_size=3, padding=1)
    tower = Network("tower", inputs=x, outputs=L.ReLU()(conv(x)))
    left, right = Input("left", (4, "H", "W")), Input("right", (4, "H", "W"))
    net = Network("twice", inputs=[left, right], outputs=L.Add()([tower(left), tower(right)]))
    numbers = np.random.default_rng(0)
    fast, plain = (plan(net, SIZES, "float64", fused=fused) for fused in (True, False))
    inputs = {name: numbers.standard_normal((2, 4, 32, 48)) for name in ("left", "right")}
    weights = initial(fast)
    assert set(weights) == set(initial(plain))
    (a,), (b,) = (bind(each, weights).run(inputs).values() for each in (fast, plain))
    np.testing.assert_allclose(a, b, 1e-10, 1e-10)


def test_weights_that_two_layers_share_are_kept_once():
    tower = Network("tower", inputs=(x := Input("x", (16, "H", "W"))), outputs=L.Conv(16, kernel_size=3, padding=1)(x))
    left, right = Input("left", (16, "H", "W")), Input("right", (16, "H", "W"))
    twice = Network("twice", inputs=[left, right], outputs={"l": tower(left), "r": tower(right)})
    ready = plan(twice, SIZES, strict=True)
    assert ready.weight_bytes == plan(tower, SIZES, strict=True).weight_bytes == 4 * (16 * 16 * 9 + 16)
    program = bind(ready, initial(ready))
    inputs = {name: np.ones(place.shape, np.float32) for name, place in program.inputs.items()}
    found = program.run(inputs)
    np.testing.assert_array_equal(found["l"], found["r"])
