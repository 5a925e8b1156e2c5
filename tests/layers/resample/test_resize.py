"""Resize: against ONNX's reference at random settings, PyTorch's filter, and windows that hold what is read."""

import random
from fractions import Fraction
from math import floor

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers.resample.places import COORDINATES, NEAREST
from cnnshape.symbolic import Window
from tests.layers.computing import computed, same
from tests.layers.measured import fault_of, refusal, shape_of, specs, work_of

FACTORS = (2, 3, 4, 0.5, 0.25, 1.5, 2.5, 0.75, 1)
RULES = tuple(rule for rule in COORDINATES if rule != "tf_half_pixel_for_nn")  # no newer version of ONNX has it


def reference(x, mode, given, options):
    """The numbers that ONNX's own definition in Python gives."""
    definition = pytest.importorskip("onnx.reference.ops.op_resize")
    target = {"scales": None, "sizes": None, "roi": None, "axes": list(range(2, x.ndim))} | given
    usual = {
        "coordinate_transformation_mode": "half_pixel",
        "cubic_coeff_a": -0.75,
        "exclude_outside": 0,
        "extrapolation_value": 0.0,
        "keep_aspect_ratio_policy": "stretch",
        "nearest_mode": "round_prefer_floor",
        "antialias": 0,
    }
    (y,) = definition.Resize._run(None, x, mode=mode, **target, **(usual | options))
    return y


def settings(draw, mode, rank):
    options = {"coordinate_transformation_mode": draw.choice(RULES)}
    if mode == "nearest":
        options["nearest_mode"] = draw.choice(list(NEAREST))
    else:
        options |= {"antialias": draw.random() < 0.4, "exclude_outside": draw.random() < 0.3}
    if mode == "cubic":
        options["cubic_coeff_a"] = draw.choice((-0.75, -0.5))
    crop = options["coordinate_transformation_mode"] == "tf_crop_and_resize"
    if crop:
        options["extrapolation_value"] = draw.choice((0.0, 7.5))
    if crop or draw.random() < 0.4:
        # Sizes whose factors a float holds exactly, but for weights, which are not so sensitive.
        options["size"] = tuple(
            draw.choice((2, 4, 8)) if mode == "nearest" else draw.randint(1, 9) for _ in range(rank)
        )
    else:
        options["scale_factor"] = tuple(draw.choice(FACTORS) for _ in range(rank))
    if crop:
        options["roi"] = tuple(draw.choice((-0.25, 0.0, 0.25)) for _ in range(rank)) + tuple(
            draw.choice((0.5, 1.0, 1.25)) for _ in range(rank)
        )
    return options


def is_told_apart(mode, options, before, after):
    """Whether the reference differs: its one position of pytorch_half_pixel lies at -1/2, in the specification at 0;
    where half_pixel_symmetric has no whole number of positions, rounding may move a place from one pixel to the next.
    """
    rule = options["coordinate_transformation_mode"]
    plain = mode == "linear" and not options["antialias"] and not options["exclude_outside"]
    if rule == "pytorch_half_pixel":
        return 1 in after and mode != "nearest" and not plain
    factors = options.get("scale_factor", ())
    parts = any(size * factor % 1 for size, factor in zip(before, factors, strict=False))
    return rule == "half_pixel_symmetric" and parts and not plain


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
def test_every_option_as_in_the_reference_of_onnx(mode, rank):
    draw, source = random.Random(f"{mode}{rank}"), np.random.default_rng(rank)
    for _ in range(80):
        options = settings(draw, mode, rank)
        exact = mode == "nearest" and "size" in options
        x = source.standard_normal(
            (1, 2, *(draw.choice((2, 4, 8)) if exact else draw.randint(2, 9) for _ in range(rank)))
        )
        given = {name: options[name] for name in ("size", "scale_factor", "roi") if name in options}
        if "scale_factor" in given and any(f * d < 1 for f, d in zip(given["scale_factor"], x.shape[2:], strict=True)):
            continue
        theirs = reference(
            x,
            mode,
            {
                "scales": given.get("scale_factor"),
                "sizes": given.get("size"),
                "roi": None if "roi" not in given else np.array(given["roi"]),
            },
            {name: value for name, value in options.items() if name not in given},
        )
        layer = L.Resize(mode=mode, **options)
        if not is_told_apart(mode, options, x.shape[2:], theirs.shape[2:]):
            same(computed(layer, x), theirs)


@pytest.mark.parametrize("policy", ["not_larger", "not_smaller"])
def test_one_factor_for_all_axes(policy):
    draw, source = random.Random(policy), np.random.default_rng(0)
    for _ in range(40):
        x = source.standard_normal((1, 2, draw.choice((2, 4, 8)), draw.choice((2, 4, 8))))
        size = draw.randint(1, 12), draw.randint(1, 12)
        factors = [Fraction(after, before) for after, before in zip(size, x.shape[2:], strict=True)]
        factor = min(factors) if policy == "not_larger" else max(factors)
        sizes = tuple(floor(d * factor + Fraction(1, 2)) for d in x.shape[2:])
        if 0 in sizes:
            continue
        layer = L.Resize(size=size, mode="linear", keep_aspect_ratio_policy=policy)
        assert shape_of(layer, x.shape) == (1, 2, *sizes)
        same(computed(layer, x), reference(x, "linear", {"sizes": size}, {"keep_aspect_ratio_policy": policy}))


@pytest.mark.parametrize(("mode", "name", "slope"), [("linear", "bilinear", -0.75), ("cubic", "bicubic", -0.5)])
def test_a_filter_is_that_of_pytorch(mode, name, slope, torch):
    draw, source = random.Random(mode), np.random.default_rng(1)
    for _ in range(40):
        x = source.standard_normal((2, 3, draw.randint(2, 14), draw.randint(2, 14)))
        size = draw.randint(1, 14), draw.randint(2, 14)  # where the last axis becomes 1 PyTorch resizes no other axis
        layer = L.Resize(size=size, mode=mode, antialias=True, exclude_outside=True, cubic_coeff_a=slope)
        theirs = torch.nn.functional.interpolate(torch.from_numpy(x), size, mode=name, antialias=True)
        same(computed(layer, x), theirs.numpy())


def test_whole_numbers_are_rounded_within_their_type():
    x = np.array([[[0, 250, 0, 250]]], np.uint8)
    assert (
        computed(L.Resize(scale_factor=2, mode="cubic"), x).tolist()
        == reference(x, "cubic", {"scales": (2.0,)}, {}).tolist()
    )


def test_axes_that_are_no_axes_of_space():
    x = np.arange(6).reshape(2, 3)
    assert computed(L.Resize(scale_factor=(2, 1), axes=(1, 0)), x).tolist() == np.repeat(x, 2, 1).tolist()
    assert shape_of(L.Resize(scale_factor=2, axes=0), ("N", 3)) == ("2*N", 3)


WINDOWS = [
    ("floor", {"scale_factor": 2, "nearest_mode": "floor"}, Window(3, 2, after=1, mode="transposed"), False),
    ("repeat", {"scale_factor": 3}, Window(3, 3, mode="transposed"), True),
    ("third", {"scale_factor": "1/3"}, Window(1, 3, before=-1, after=-1), True),
    ("area", {"scale_factor": "1/2", "mode": "linear", "antialias": True}, Window(4, 2, before=1, after=1), False),
    ("asymmetric", {"scale_factor": "1/2", "mode": "linear", "coordinate_transformation_mode": "asymmetric"},
     Window(1, 2, before=0, after=-1), False),
    ("torch", {"scale_factor": 2, "mode": "linear"}, Window(4, 2, before=1, after=1, mode="transposed"), False),
]  # fmt: skip


@pytest.mark.parametrize(("options", "window", "exact"), [pytest.param(*row[1:], id=row[0]) for row in WINDOWS])
def test_windows(options, window, exact):
    windows = L.Resize(**options).window(specs((1, 2, "L")))
    assert windows.axes == {2: window}
    assert windows.exact == exact


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
def test_a_window_holds_every_pixel_that_is_read(mode):
    """Each pixel in turn is disturbed; the outputs that change are those whose window holds it."""
    draw, checked = random.Random(mode), 0
    while checked < 150:
        size, rank = draw.randint(2, 12), 1
        options = settings(draw, mode, rank)
        if "scale_factor" in options and options["scale_factor"][0] * size < 1:
            continue
        layer = L.Resize(mode=mode, **options)
        windows = layer.window(specs((1, 1, size)))
        if not windows.known:
            continue
        (window,) = windows.axes.values()
        checked += 1
        x = np.zeros((1, 1, size))
        clean = computed(layer, x)[0, 0]
        for j in range(size):
            x[...] = 0
            x[0, 0, j] = 1
            changed = {
                i for i, (a, b) in enumerate(zip(computed(layer, x)[0, 0], clean, strict=True)) if abs(a - b) > 1e-12
            }
            sees = {i for i in range(len(clean)) if j in reads(window, i)}
            assert changed == sees if windows.exact else changed <= sees, (layer, size, j)


def reads(window, output):
    if window.mode == "transposed":
        places = [output + window.before - tap for tap in range(window.kernel)]
        return {place // window.stride for place in places if place % window.stride == 0}
    return set(range(output * window.stride - window.before, output * window.stride - window.before + window.kernel))


def test_work():
    assert work_of(L.Resize(scale_factor=2), (2, 3, 4, 4)) == {}
    assert work_of(L.Resize(scale_factor=2, mode="cubic"), (2, 3, 4, 4)) == {"muls": 384 * 16, "adds": 384 * 15}
    # 7 -> 3: a filter of 1 pixel of the result on each side is 7/3 wide, of which 3 pixels to each side are taken
    assert work_of(L.Resize(size=3, mode="linear", antialias=True), (1, 1, 7)) == {"muls": 3 * 6, "adds": 3 * 5}
    assert work_of(L.Resize(size=3, mode="linear", antialias=True), (1, 1, "L"))["muls"].__str__() == "6*ceil(L/3)"


FAULTS = [
    (
        L.Resize,
        "CS401: Resize: size = None: nothing says how large the output is",
        "either size or scale_factor",
        "scale_factor: 2",
    ),
    (
        lambda: L.Resize(size=3, antialias=True),
        "CS401: Resize: antialias = True: mode nearest has no weights",
        "an argument stands where the mode reads it",
        "mode: linear",
    ),
    (
        lambda: L.Resize(size=3, roi=(0, 1)),
        "CS401: Resize: roi = (0, 1): tf_crop_and_resize takes a roi, the other rules take none",
        "an argument stands where the mode reads it",
        "coordinate_transformation_mode: tf_crop_and_resize",
    ),
]


@pytest.mark.parametrize(("make", "what", "rule", "fix"), FAULTS)
def test_refusals(make, what, rule, fix):
    assert refusal(make) == f"{what}\n  rule: {rule}\n  fix: {fix}"


def test_a_free_size_has_no_ratio():
    layer = L.Resize(size=(5, 9), keep_aspect_ratio_policy="not_larger")
    assert fault_of(layer, ("N", 2, "H", 8)) == (
        "CS205: keep_aspect_ratio_policy not_larger needs sizes that are numbers, the input is (N, 2, H, 8)\n"
        "  rule: the factor between the sizes decides\n"
        "  fix: scale_factor: 1/2, or sizes that are numbers"
    )


def test_an_output_without_positions():
    assert fault_of(L.Resize(scale_factor=0.25), (1, 1, 3)).splitlines()[0] == "CS203: axis L: 3 becomes 0"
