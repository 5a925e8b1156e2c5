"""Receptive fields against a dependency matrix: sets of pixels sent through windows that were written for the test."""

import random
from fractions import Fraction

import numpy as np
import pytest

from cnnshape.analysis.receptive_field import receptive_fields
from cnnshape.graph.build import Input, sequential
from cnnshape.graph.network import Network, Node
from cnnshape.graph.propagate import propagate
from cnnshape.layers import io
from cnnshape.layers.activation import Sigmoid
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.layers.linear import Embedding, Linear
from cnnshape.layers.merge import Add, Concat, Multiply
from cnnshape.layers.norm import BatchNorm, GroupNorm
from cnnshape.layers.pad import Crop, Pad
from cnnshape.layers.pool import AdaptiveAvgPool, AvgPool, GlobalAvgPool, MaxPool
from cnnshape.layers.reduce import ReduceMean
from cnnshape.layers.resample import GridSample, Upsample
from cnnshape.layers.reshape import Flatten, Permute, Reshape, Split
from cnnshape.symbolic import Window, dim, equal, evaluate, output_size
from tests.analysis.dependencies import Map, gathered, padding_same, slid, spread, united

# --- random networks -------------------------------------------------------------------------------------------------


def random_layer(rng, maps):
    """Return a layer and what it makes of the maps of the axes; the layer may not fit."""
    kind = rng.choice(["conv", "conv", "conv", "same", "pool", "ceil", "up", "deconv", "pad", "crop"])
    k, s, d = ([rng.choice(row) for _ in maps] for row in ((1, 2, 3, 3, 5), (1, 1, 2, 3), (1, 1, 1, 2, 3)))
    pads = [(rng.randrange(3), rng.randrange(3)) for _ in maps]
    if kind == "conv":
        layer = Conv(2, kernel_size=tuple(k), stride=tuple(s), padding=tuple(pads), dilation=tuple(d))
        return layer, [slid(m, *row[:2], *row[2], row[3]) for m, *row in zip(maps, k, s, pads, d, strict=True)]
    if kind == "same":
        upper = rng.random() < 0.5
        layer = Conv(2, kernel_size=tuple(k), stride=tuple(s), padding="same_upper" if upper else "same_lower")
        return layer, [
            slid(m, a, b, *padding_same(len(m), a, b, 1, upper), 1) for m, a, b in zip(maps, k, s, strict=True)
        ]
    if kind in ("pool", "ceil"):
        p = [rng.randint(0, a // 2) for a in k]
        layer = MaxPool(tuple(k), stride=tuple(s), padding=tuple(p), ceil_mode=kind == "ceil")
        return layer, [slid(m, a, b, c, c, 1, ceil=kind == "ceil") for m, a, b, c in zip(maps, k, s, p, strict=True)]
    if kind == "up":
        return Upsample(scale_factor=s[0]), [gathered(m, lambda i: [i // s[0]], len(m) * s[0]) for m in maps]
    if kind == "deconv":
        p, added = [rng.randrange(2) for _ in maps], [rng.randrange(max(a, b)) for a, b in zip(s, d, strict=True)]
        layer = ConvTranspose(
            2, kernel_size=tuple(k), stride=tuple(s), padding=tuple(p), dilation=tuple(d), output_padding=tuple(added)
        )
        return layer, [spread(m, a, b, c, c, e, f) for m, a, b, c, e, f in zip(maps, k, s, p, d, added, strict=True)]
    sign = 1 if kind == "pad" else -1
    layer = Pad(tuple(pads)) if kind == "pad" else Crop(tuple(pads))
    return layer, [
        gathered(m, lambda i, a=a: [i - sign * a], len(m) + sign * (a + b)) if len(m) + sign * (a + b) > 0 else None
        for m, (a, b) in zip(maps, pads, strict=True)
    ]


def random_network(seed):
    """Return tensors of a concrete and a symbolic build of one network, and the maps of each."""
    rng = random.Random(seed)
    size = (rng.randint(20, 45), rng.randint(20, 45))
    start = [Map(np.eye(n, dtype=bool), np.zeros(n, bool)) for n in size]
    values = [(Input("x", (2, *size)), Input("x", (2, "H", "W")), start)]
    for _ in range(rng.randint(3, 9)):
        number, symbolic, maps = rng.choice(values[-3:])
        shape = [len(m) for m in maps]
        same = [value for value in values if [len(m) for m in value[2]] == shape and value[0] is not number]
        if same and rng.random() < 0.6:
            other = rng.choice(same)
            join = rng.choice([Add(), Concat()])
            joined = [united(pair) for pair in zip(maps, other[2], strict=True)]
            mixed = (join([number, other[0]]), join([symbolic, other[1]]), joined)
            one = Conv(2, kernel_size=1)  # so that every channel of a concatenation goes on
            values.append((one(mixed[0]), one(mixed[1]), joined))
            continue
        layer, made = random_layer(rng, maps)
        if all(m is not None and 0 < len(m) < 90 for m in made):
            values.append((layer(number), layer(symbolic), made))
    return size, values


def fields_of(values, which):
    tensors = [value[which] for value in values]
    outputs = {str(i): tensor for i, tensor in enumerate(tensors)}
    network = Network("random", inputs=tensors[0], outputs=outputs)
    walked = propagate(network)
    assert walked.faults == ()
    return network, walked, receptive_fields(walked)


@pytest.mark.parametrize("seed", range(150))
def test_fields_of_random_networks_against_the_dependency_matrix(seed):
    _, values = random_network(seed)
    network, walked, fields = fields_of(values, 0)
    statuses = set()
    for i, (_, _, maps) in enumerate(values):
        tensor = network.outputs[str(i)]
        assert walked.specs[tensor].shape[2:] == tuple(len(m) for m in maps)
        for axis, m in zip(fields.of(tensor).axes, maps, strict=True):
            statuses.add(axis.status)
            if axis.status == "unknown":
                continue
            for row, (pixels, padded) in enumerate(zip(m.pixels, m.padded, strict=True)):
                first, last = axis.jump * row + axis.low, axis.jump * row + axis.high
                seen = np.flatnonzero(pixels).tolist()
                assert all(first <= pixel <= last for pixel in seen)
                if axis.status == "exact" and not padded:
                    assert seen == list(range(first, last + 1))
    assert statuses <= {"exact", "upper bound", "unknown"}


@pytest.mark.parametrize("seed", range(60))
def test_symbolic_fields_are_those_of_the_numbers(seed):
    size, values = random_network(seed)
    at = dict(zip("HW", size, strict=True))
    network, _, fields = fields_of(values, 0)
    other, _, formulas = fields_of(values, 1)
    for i in map(str, range(len(values))):
        numbers, symbolic = fields.of(network.outputs[i]), formulas.of(other.outputs[i])
        for number, formula in zip(numbers.axes, symbolic.axes, strict=True):
            if "unknown" in (number.status, formula.status):
                continue
            assert formula.jump == number.jump
            low, high = (
                place if isinstance(place, (int, Fraction)) else evaluate(place, at)
                for place in (formula.low, formula.high)
            )
            # Where a formula meets a fraction it is rounded outward.
            fractional = isinstance(number.jump, Fraction) or number.status == "upper bound"
            assert 0 <= number.low - low <= 2 * fractional
            assert 0 <= high - number.high <= 2 * fractional


def test_holes_of_a_dilated_window_are_no_exact_field():
    one = Conv(1, kernel_size=3, dilation=2)
    filled = sequential(one, Conv(1, kernel_size=2))
    apart = sequential(Conv(1, kernel_size=3), Conv(1, kernel_size=3, dilation=4))
    assert [field(one).status, field(filled).status, field(apart).status] == ["upper bound", "exact", "upper bound"]
    assert [field(net).size for net in (one, filled, apart)] == [(5, 5), (6, 6), (11, 11)]


# --- what a chain's window says about its size ------------------------------------------------------------------------


def random_chain(rng):
    layers = []
    for _ in range(rng.randint(1, 3)):
        k = rng.randint(1, 5)
        layers.append(Window(k, rng.choice([1, 2, 2, 3]), p := rng.randint(0, k // 2), p))
    return layers


def chain_facts(windows):
    layers = [Conv(1, kernel_size=w.kernel, stride=w.stride, padding=w.before) for w in windows]
    size = dim("H")
    for window in windows:
        size = output_size(size, window)
    return size, field(sequential(*layers)).axes[0]


@pytest.mark.parametrize("seed", range(80))
def test_the_window_gives_the_size(seed):
    size, axis = chain_facts(random_chain(random.Random(seed)))
    for H in range(60, 200):
        assert evaluate(size, {"H": H}) == (H - 1 - (axis.low + axis.high)) // axis.jump + 1


def test_sizes_agree_for_all_inputs_exactly_if_jump_and_center_do():
    rng = random.Random("corollary")
    agreeing = 0
    for _ in range(1500):
        (size, axis), (other_size, other) = chain_facts(random_chain(rng)), chain_facts(random_chain(rng))
        same = (axis.jump, axis.center) == (other.jump, other.center)
        assert equal(size, other_size) is same
        agreeing += same
    assert agreeing > 20


# --- joins ------------------------------------------------------------------------------------------------------------


def walked(build, *shape):
    x = Input("x", shape or (4, "H", "W"))
    network = Network("net", inputs=x, outputs=build(x))
    found = receptive_fields(propagate(network))
    return network, found, next(iter(network.outputs.values()))


def field(build, *shape):
    _, found, tensor = walked(build, *shape)
    return found.of(tensor)


def test_a_join_of_shifted_branches_is_reported_in_pixels():
    def build(x):
        return Add()([Conv(4, kernel_size=3, stride=2, padding=1)(x), Conv(4, kernel_size=4, stride=2, padding=1)(x)])

    network, found, tensor = walked(build)
    assert [(network.nodes[m.node].name, m.input, m.axis, m.tensors, m.jumps, m.offset) for m in found.misaligned] == [
        ("add1", "x", axis, ("conv1", "conv2"), (2, 2), Fraction(1, 2)) for axis in (2, 3)
    ]
    assert found.of(tensor).size == (4, 4)  # pixels -1..1 and -1..2


def test_a_join_that_fits_and_is_shifted_is_reported():
    # TensorFlow's SAME against PyTorch's padding 1: equal sizes for all H, one pixel apart where H is even.
    def build(x):
        return Add()(
            [Conv(4, kernel_size=3, stride=2, padding=1)(x), Conv(4, kernel_size=3, stride=2, padding="same_upper")(x)]
        )

    _, found, _ = walked(build)
    offsets = [m.offset for m in found.misaligned]
    assert [[evaluate(offset, {"H": size, "W": size}) for size in (224, 225)] for offset in offsets] == [[1, 0], [1, 0]]


def test_a_join_of_aligned_branches_is_not_reported():
    def build(x):
        return Concat()([Conv(4, kernel_size=k, padding=k // 2)(x) for k in (1, 3, 5)])

    _, found, tensor = walked(build)
    assert found.misaligned == ()
    assert (found.of(tensor).size, found.of(tensor).status) == ((5, 5), "exact")


def test_a_join_of_different_jumps_is_unknown_and_reported():
    def build(x):
        return Add()([MaxPool(2)(x), Crop(((0, 0), (0, 0)))(Conv(4, kernel_size=6)(x))])

    _, found, tensor = walked(build, 4, 10, 10)
    assert found.of(tensor).status == "unknown"
    assert found.of(tensor).size == (None, None)
    assert [(m.jumps, m.offset) for m in found.misaligned] == [((2, 1), None)] * 2


def test_part_of_the_channels_of_a_concatenation_may_see_less():
    def build(x):
        both = Concat()([Conv(4, kernel_size=1)(x), Conv(4, kernel_size=3, padding=1)(x)])
        return Conv(4, kernel_size=1)(Split(4)(both)[0])

    assert field(build).status == "upper bound"

    def whole(x):
        return Conv(4, kernel_size=1)(Concat()([x, Conv(4, kernel_size=3, padding=1)(x)]))

    assert field(whole).status == "exact"


# --- what sees more than its window -----------------------------------------------------------------------------------

block = sequential(Conv(4, kernel_size=3, padding=1), BatchNorm())


def squeezed(x):
    y = block(x)
    return Multiply()([y, Sigmoid()(Conv(4, kernel_size=1)(GlobalAvgPool()(y)))])


def squeezed_in_rows(x):
    y = block(x)
    gate = Linear(4)(ReduceMean((2, 3), keepdim=False)(y))
    return Multiply()([y, Reshape((-1, 4, 1, 1))(gate)])


def pooled_branch(x):
    y = block(x)
    return Concat()([y, Upsample(size=(16, 16))(GlobalAvgPool()(y))])


@pytest.mark.parametrize(
    ("build", "shape", "size", "status"),
    [
        (block, (), (3, 3), "exact"),
        (squeezed, (), (3, 3), "whole input"),
        (squeezed_in_rows, (), (3, 3), "whole input"),
        (pooled_branch, (4, 16, 16), (3, 3), "whole input"),
        (sequential(block, GroupNorm(2), Conv(4, kernel_size=3)), (), (5, 5), "whole input"),
        (sequential(block, Flatten(), Linear(10)), (4, 8, 8), (3, 3), "whole input"),
        (sequential(block, Flatten()), (), (3, 3), "exact"),
        (sequential(block, AdaptiveAvgPool(1), Flatten(), Linear(10)), (), (3, 3), "whole input"),
        (sequential(block, Linear(10)), (4, 8, 8), (3, 3), "whole input"),
        (sequential(AvgPool(2), AdaptiveAvgPool(4)), (4, 16, 16), (4, 4), "exact"),
        (sequential(block, Permute((0, 3, 1, 2)), Conv(4, kernel_size=1)), (4, 8, 8), (3, 3), "whole input"),
    ],
    ids=[
        "block",
        "gate",
        "gate_of_rows",
        "pooled_branch",
        "group_norm",
        "linear_head",
        "flatten",
        "pooled_head",
        "linear_over_space",
        "adaptive_bins",
        "permuted",
    ],
)
def test_the_window_goes_past_gates_norms_and_reductions_and_the_status_tells(build, shape, size, status):
    found = field(build, *shape)
    assert (found.size, found.status) == (size, status)


def test_a_permuted_axis_carries_its_window():
    found = field(sequential(Permute((0, 1, 3, 2)), Conv(4, kernel_size=(3, 5))), 4, 9, 9)
    assert found.size == (5, 3)


def test_a_warped_map_sees_anything():
    x, grid = Input("x", (4, "H", "W")), Input("grid", ("H", "W", 2))
    found = receptive_fields(propagate(Network("warp", inputs=[x, grid], outputs=GridSample()([x, grid]))))
    assert found.of("grid_sample1").status == "whole input"


def test_every_input_has_its_own_field():
    left, right = Input("left", (4, "H", "W")), Input("right", (4, "H", "W"))
    near, far = Conv(4, kernel_size=3, padding=1)(left), Conv(4, kernel_size=7, padding=3)(right)
    network = Network("pair", inputs=[left, right], outputs=Add()([near, far]))
    found = receptive_fields(propagate(network))
    assert [(f.input, f.size) for f in found.all_of("add1")] == [("left", (3, 3)), ("right", (7, 7))]
    assert [f.input for f in found.all_of("conv2")] == ["right"]
    assert found.misaligned == ()


def test_tokens_are_an_axis_too():
    tokens = Input("tokens", ("T",), dtype="int64")
    y = Conv(8, kernel_size=5)(Permute((0, 2, 1))(Embedding(8, num_embeddings=100)(tokens)))
    found = receptive_fields(propagate(Network("text", inputs=tokens, outputs=y))).of("conv1")
    assert (found.size, found.stride, found.status) == ((5,), (1,), "exact")


def test_a_field_with_a_symbolic_kernel():
    k = dim("k")
    found = field(sequential(Conv(4, kernel_size=3, stride=2), Conv(4, kernel_size=k, padding=(k - 1) // 2)))
    assert str(found.size[0]) == "2*k + 1"
    # Two pixels of padding for each pixel that an odd kernel reaches beyond its middle.
    assert [evaluate(found.offset[0], {"k": kernel}) for kernel in (1, 2, 3, 4, 5)] == [0, 0, -2, -2, -4]


def test_a_deep_chain_needs_no_recursion():
    layers = [Conv(4, kernel_size=3, padding=1)] * 3000
    assert field(sequential(*layers)).size == (6001, 6001)


def test_a_learned_tensor_sees_no_input():
    nodes = (
        Node("x", io.Input((dim("N"), 4, dim("H"), dim("W")))),
        Node("conv", Conv(4, kernel_size=3), ("x",)),
        Node("bias", io.Parameter((1, 4, 1, 1))),
        Node("add", Add(), ("bias", "conv")),
    )
    found = receptive_fields(propagate(Network.of_nodes("bias", nodes, {"y": "add"})))
    assert found.of("bias") is None
    assert (found.of("add").size, found.of("add").status) == ((3, 3), "exact")
