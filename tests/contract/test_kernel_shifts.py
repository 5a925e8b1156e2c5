"""The contract of the kernels: a shifted input gives a shifted output, where a layer slides over space or is pointwise.

A map that is constant but for a patch in its middle is shifted by whole strides: the output is shifted as well, by as
many positions as strides.
"""

from __future__ import annotations

import numpy as np
import pytest

import cnnshape as cs
from cnnshape import layers as L
from cnnshape.layers import catalog
from cnnshape.layers.activation import Activation
from cnnshape.layers.base import Context, Example, Kind, Spec
from cnnshape.runtime.plan import plan
from cnnshape.runtime.program import bind
from cnnshape.runtime.weights import initial
from cnnshape.symbolic import Dim
from tests.contract.test_kernel_windows import run

LENGTH, PATCH = 48, 5
SPACE = {Kind.CONV, Kind.POOL, Kind.ACTIVATION, Kind.NORM, Kind.MERGE, Kind.REGULARIZE}
"""Layers of these kinds are held to it; each exception has its reason below."""
EXCEPT = {
    "AdaptiveAvgPool": "its bins are too few to move",
    "AdaptiveMaxPool": "its bins are too few to move",
    "Fold": "its input is a table of windows",
    "Unfold": "its output is one",
    "MaxUnpool": "its indices are places",
    "Concat": "along an axis of space it is no shift",
}


def spaced(example: Example) -> Example | None:
    """The example on maps that are LENGTH long on each axis of space, if its layer slides or works pixel by pixel."""
    inputs = []
    for spec in example.inputs:
        if not 3 <= len(spec.shape) <= 5 or "float" not in spec.dtype:
            return None
        channels = spec.shape[1] if isinstance(spec.shape[1], int) else 4
        inputs.append(Spec((1, channels, *(LENGTH if len(spec.shape) < 5 else 24 for _ in spec.shape[2:])), spec.dtype))
    plain = not any(isinstance(value, Dim) for value in vars(example.layer).values())
    return Example(example.layer, tuple(inputs)) if plain and inputs else None


def strides(case: Example) -> tuple[tuple[int, int], ...] | None:
    """For each axis of space how far an input moves and how far then the output; None if that is not promised."""
    windows, rank = case.layer.window(case.inputs), len(case.inputs[0].shape)
    space = set(range(2, rank))
    if not windows.known or windows.everything or windows.source is not None or space & set(windows.whole):
        return None
    found = []
    for axis in range(2, rank):
        window = windows.axes.get(axis)
        if window is None:
            found.append((1, 1))
        elif not windows.exact:
            return None
        else:
            stride = int(window.stride)
            found.append((1, stride) if window.mode == "transposed" else (stride, 1))
    return tuple(found)


def cases():
    for entry in catalog.ENTRIES:
        name = entry.layer.__name__
        if entry.layer.kind not in SPACE or name in EXCEPT:
            continue
        for number, example in enumerate(entry.layer.examples()):
            case = spaced(example)
            if case is None:
                continue
            try:
                outputs = case.layer.outputs(case.inputs, Context())
            except cs.CnnshapeError:
                continue
            moves = strides(case)
            if moves is not None and all(y.dtype == "float32" for y in outputs):
                yield pytest.param(case, outputs, moves, id=f"{name}-{number}")


CASES = list(cases())


@pytest.mark.parametrize(("case", "outputs", "moves"), CASES)
def test_a_shift_by_strides_shifts_the_output(case, outputs, moves):
    source = np.random.default_rng(0)
    low, high = case.layer.curve.domain if isinstance(case.layer, Activation) else (0, np.inf)
    ground, most = -0.25 if low < -1 else 0.25, 2.7 if high > 2 else 0.9
    patches = [source.uniform(0.5, most, (*x.shape[:2], *(PATCH for _ in x.shape[2:]))) for x in case.inputs]

    def fed(times):
        made = []
        for x, patch in zip(case.inputs, patches, strict=True):
            values = np.full(x.shape, ground)
            at = [size // 2 - PATCH // 2 + times * step for size, (step, _) in zip(x.shape[2:], moves, strict=True)]
            values[(slice(None), slice(None), *(slice(a, a + PATCH) for a in at))] = patch
            made.append(values + max(low, 0))
        return made

    before, after = (run(case, fed(times), outputs) for times in (0, 1))
    for y, z in zip(before, after, strict=True):
        moved = y
        for axis, (_, step) in enumerate(moves, start=2):
            moved = np.roll(moved, step, axis)
        inside = (slice(None), slice(None), *(slice(size // 4, -(size // 4)) for size in y.shape[2:]))
        np.testing.assert_allclose(z[inside], moved[inside], 1e-9, 1e-12)
        assert np.ptp(y[inside]) > 0, "there is something to see"


def test_most_layers_that_slide_are_held_to_it():
    names = {type(param.values[0].layer).__name__ for param in CASES}
    assert names >= {
        "Conv",
        "ConvTranspose",
        "DepthwiseConv",
        "SeparableConv",
        "MaxPool",
        "AvgPool",
        "BatchNorm",
        "ReLU",
    }
    assert names >= {"LPPool", "MinPool", "Add", "GELU", "LocalResponseNorm", "Dropout"}


@pytest.mark.parametrize("strict", [True, False])
def test_a_network_is_shifted_by_its_total_stride_and_no_less(strict):
    """With a total stride of 8, a shift by 8 pixels moves the output by one position, one by 4 gives another output."""
    x = cs.Input("image", (3, "H", "W"))
    y = L.ReLU()(L.BatchNorm()(L.Conv(32, kernel_size=3, stride=2, padding=1)(x)))
    y = L.MaxPool(3, stride=2, padding=1)(L.ReLU()(L.Conv(32, kernel_size=3, padding=1)(y)))
    y = L.Conv(8, kernel_size=3, stride=2, padding=1)(y)
    ready = plan(cs.Network("fcn", inputs=x, outputs=y), {"N": 1, "H": 192, "W": 192}, "float64", strict=strict)
    program, patch = bind(ready, initial(ready)), np.random.default_rng(0).standard_normal((3, 16, 16))

    def output(shift):
        image = np.zeros((1, 3, 192, 192))
        image[0, :, 80 + shift : 96 + shift, 80:96] = patch
        return program.run({"image": image})["conv3"][:, :, 4:-4, 4:-4]

    still, eight, four = (output(shift) for shift in (0, 8, 4))
    np.testing.assert_allclose(eight[:, :, 1:], still[:, :, :-1], 1e-9, 1e-9)
    assert np.abs(four[:, :, 1:] - still[:, :, :-1]).max() > 0.01
    assert np.abs(four - still).max() > 0.01
