"""Windows at places that data says: on arrays against ONNX Runtime, PyTorch and plain loops."""

import itertools
import random

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.errors import ShapeError
from tests.layers.computing import computed, same

SEEDS = range(12)


def onnxruntime(operator, inputs, version, **attributes):
    """The output of one operator in ONNX Runtime."""
    onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    helper = onnx.helper
    names = [f"x{i}" for i in range(len(inputs))]
    kinds = [helper.np_dtype_to_tensor_dtype(x.dtype) for x in inputs]
    graph = helper.make_graph(
        [helper.make_node(operator, names, ["y"], **attributes)],
        operator,
        [helper.make_tensor_value_info(n, k, x.shape) for n, k, x in zip(names, kinds, inputs, strict=True)],
        [helper.make_tensor_value_info("y", kinds[0], None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)], ir_version=9)
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    session = runtime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
    return session.run(None, dict(zip(names, inputs, strict=True)))[0]


def interest(seed):
    """A map, regions that may lie partly outside of it, and their images."""
    draw, source = random.Random(seed), np.random.default_rng(seed)
    x = source.standard_normal((2, 3, draw.randint(3, 9), draw.randint(3, 9))).astype(np.float32)
    first = source.uniform(-2, 8, (4, 2))
    regions = np.concatenate((first, first + source.uniform(0, 9, (4, 2))), 1).astype(np.float32)
    return draw, x, regions, source.integers(0, 2, 4)


@pytest.mark.parametrize("seed", SEEDS)
def test_aligned_regions_as_onnxruntime(seed):
    draw, x, regions, images = interest(seed)
    ratio, aligned = draw.choice((-1, 1, 2, 3)), draw.random() < 0.5
    size, scale = (draw.randint(1, 4), draw.randint(1, 4)), draw.choice((1.0, 0.5))
    layer = L.RoIAlign(size, spatial_scale=scale, sampling_ratio=ratio, aligned=aligned)
    theirs = onnxruntime(
        "RoiAlign", [x, regions, images], 16, output_height=size[0], output_width=size[1], spatial_scale=scale,
        sampling_ratio=max(ratio, 0), coordinate_transformation_mode="half_pixel" if aligned else "output_half_pixel",
    )  # fmt: skip
    same(computed(layer, x, regions, images), theirs)


@pytest.mark.parametrize("seed", SEEDS)
def test_pooled_regions_as_onnxruntime(seed):
    draw, x, regions, images = interest(seed)
    size, scale = (draw.randint(1, 4), draw.randint(1, 4)), draw.choice((1.0, 0.5))
    columns = np.concatenate((images[:, None].astype(np.float32), regions), 1)
    theirs = onnxruntime("MaxRoiPool", [x, columns], 13, pooled_shape=size, spatial_scale=scale)
    same(computed(L.RoIPool(size, spatial_scale=scale), x, regions, images), theirs)


def test_a_region_of_no_size():
    x = np.ones((1, 1, 4, 4), np.float32)
    point = np.array([[2.0, 2.0, 2.0, 2.0]], np.float32)
    images = np.zeros(1, np.int64)
    assert computed(L.RoIAlign(2, aligned=True), x, point, images).tolist() == [[[[0, 0], [0, 0]]]]
    assert computed(L.RoIAlign(2), x, point, images).tolist() == [[[[1, 1], [1, 1]]]]


@pytest.mark.parametrize("layer", [L.RoIAlign(1), L.RoIPool(1)])
def test_an_image_that_is_not_there_is_refused(layer):
    with pytest.raises(ShapeError) as raised:
        computed(layer, np.ones((2, 1, 4, 4)), np.ones((1, 4)), np.array([2]))
    assert raised.value.code == "CS213"


@pytest.mark.filterwarnings("ignore:Since version 1.3.0")  # of a single pixel
@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize("size", [(4, 5), (1, 3), (2, 3, 4)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_grids_as_pytorch(size, corners, dtype, torch):
    rank = len(size)
    maps = np.random.default_rng(1).standard_normal((3, rank, rank + 1)).astype(dtype)
    theirs = torch.nn.functional.affine_grid(torch.from_numpy(maps), (3, 1, *size), corners).numpy()
    same(computed(L.AffineGrid(size, align_corners=corners), maps), theirs)


def value_at(plane, place):
    """A plane between its pixels, 0 beyond them."""
    total = 0.0
    for corner in itertools.product((0, 1), repeat=plane.ndim):
        at = [int(np.floor(p)) + step for p, step in zip(place, corner, strict=True)]
        if all(0 <= a < size for a, size in zip(at, plane.shape, strict=True)):
            share = [p - np.floor(p) if step else 1 - (p - np.floor(p)) for p, step in zip(place, corner, strict=True)]
            total += float(np.prod(share)) * float(plane[tuple(at)])
    return total


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("seed", range(8))
def test_moved_taps_by_the_definition(seed, dtype):
    draw, source = random.Random(seed), np.random.default_rng(seed)
    rank = draw.choice((1, 2, 2))
    groups, apart = draw.choice((1, 2)), draw.choice((1, 2))
    kernel, stride = tuple(draw.randint(1, 2) for _ in range(rank)), tuple(draw.randint(1, 2) for _ in range(rank))
    layer = L.DeformConv(
        2 * groups, kernel_size=kernel, stride=stride, padding=1, dilation=2, groups=groups, offset_groups=apart
    )
    x = source.standard_normal((2, 4, *(draw.randint(3, 5) for _ in range(rank)))).astype(dtype)
    out = [(n + 2 - 2 * (k - 1) - 1) // s + 1 for n, k, s in zip(x.shape[2:], kernel, stride, strict=True)]
    taps = list(itertools.product(*map(range, kernel)))
    offsets = source.uniform(-2, 2, (2, apart * len(taps) * rank, *out)).astype(dtype)
    mask = source.uniform(0, 1, (2, apart * len(taps), *out)).astype(dtype) if draw.random() < 0.5 else None
    weight = source.standard_normal((2 * groups, 4 // groups, *kernel)).astype(dtype)
    bias = source.standard_normal(2 * groups).astype(dtype)
    expected = np.empty((2, 2 * groups, *out))
    for n, o, *place in np.ndindex(expected.shape):
        total = float(bias[o])
        for c, (t, tap) in itertools.product(range(4 // groups), enumerate(taps)):
            channel = o // 2 * (4 // groups) + c
            number = channel // (4 // apart) * len(taps) + t
            moved = [offsets[n, number * rank + axis, *place] for axis in range(rank)]
            at = [float(p * s - 1 + 2 * k + m) for p, s, k, m in zip(place, stride, tap, moved, strict=True)]
            seen = 1.0 if mask is None else float(mask[n, number, *place])
            total += float(weight[o, c, *tap]) * seen * value_at(x[n, channel], at)
        expected[n, o, *place] = total
    given = [x, offsets] if mask is None else [x, offsets, mask]
    same(computed(layer, *given, weight=weight, bias=bias), expected.astype(dtype))


def test_taps_that_stay_make_a_convolution():
    source = np.random.default_rng(3)
    x, weight = source.standard_normal((2, 4, 7, 6)), source.standard_normal((6, 2, 3, 3))
    settings = {"kernel_size": 3, "padding": 1, "stride": 2, "groups": 2, "bias": False}
    plain = computed(L.Conv(6, **settings), x, weight=weight)
    same(computed(L.DeformConv(6, **settings), x, np.zeros((2, 18, 4, 3)), weight=weight), plain)
    half = computed(L.DeformConv(6, **settings), x, np.zeros((2, 18, 4, 3)), np.full((2, 9, 4, 3), 0.5), weight=weight)
    same(half, plain / 2)
