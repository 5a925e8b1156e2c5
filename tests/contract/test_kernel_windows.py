"""The contract of the kernels: one NaN in the input spoils the outputs whose window holds it, and no other.

Where a window is an upper bound, or says of a moved axis only that it moved, nothing outside of it is spoiled.
"""

from __future__ import annotations

import random
from math import prod

import numpy as np
import pytest

from cnnshape import layers as L
from cnnshape.layers import catalog
from cnnshape.layers.activation import Activation
from cnnshape.layers.base import Example, Kind, Layer, Spec, Windows
from cnnshape.symbolic import Window, padding_of
from tests.contract.test_kernels import CASES, fitting

PLACES = 4
MOST = 200_000
READING = {"reflect", "replicate", "circular"}
"""Paddings that are read from the map."""
MIXED = dict.fromkeys(
    ("ChannelShuffle", "Conv", "ConvTranspose", "ConvWithFilters", "DepthToSpace", "DepthwiseConv", "GLU",
     "GroupNorm", "Maxout", "PixelShuffle", "PixelUnshuffle", "SpaceToDepth"), 1,
) | dict.fromkeys(("GRU", "LSTM", "RNN"), 2)  # fmt: skip
"""Layers whose window says of the channels, this axis, only that they mix: whole pixels are spoiled there."""


FILTERS = {"ConvWithFilters": (1, 2)}
"""Inputs that every position of an output sees: a window is about the others."""


def positive(spec: Spec, source: np.random.Generator) -> np.ndarray:
    """Numbers that every layer takes: there is a root and a logarithm, a mask hides nothing, an index is 0 or 1."""
    if spec.dtype == "bool":
        return np.ones(spec.shape, bool)
    if "int" in spec.dtype:
        return source.integers(0, 2, spec.shape).astype(spec.dtype)
    return source.uniform(0.5, 1.5, spec.shape)


def fed(case: Example, outputs: tuple[Spec, ...]) -> list[np.ndarray]:
    """The inputs of a run; for an unpooling, indices that a pooling gives: the first place of each window."""
    source = np.random.default_rng(2)
    inputs = [positive(x, source) for x in case.inputs]
    if isinstance(case.layer, Activation):  # the inverse of a function takes what the function gives
        low, high = case.layer.curve.domain
        inputs = [np.clip(x, low + 0.01, high - 0.01) for x in inputs]
    if isinstance(case.layer, L.MaxUnpool):
        shape, out = case.inputs[1].shape, outputs[0].shape[2:]
        windows = case.layer.windows(len(out))
        first = [
            np.maximum(np.arange(size) * w.stride - w.before, 0) for size, w in zip(shape[2:], windows, strict=True)
        ]
        flat = np.ravel_multi_index(np.meshgrid(*first, indexing="ij"), out)
        inputs[1] = np.broadcast_to(flat, shape).astype(np.int64)
    return inputs


def run(case: Example, inputs: list[np.ndarray], outputs: tuple[Spec, ...]) -> list[np.ndarray]:
    source = np.random.default_rng(1)
    weights = {name: source.uniform(0.5, 1.5, w.shape) for name, w in case.layer.weights(case.inputs).items()}
    made = [np.zeros(y.shape, "float64" if "float" in y.dtype else y.dtype) for y in outputs]
    kernel = catalog.kernel_of(type(case.layer))
    assert kernel is not None
    kernel(case.layer, tuple(inputs), weights, tuple(made))
    return made


def taps(window: Window, size: int, out: int) -> np.ndarray:
    """The positions, of `size` and around them, that each of `out` positions sees; -1 where there is none."""
    here, taps = np.arange(out)[:, None], int(window.dilation) * np.arange(window.kernel)
    if window.mode == "transposed":
        found, rest = np.divmod(here + padding_of(out, window)[0] - taps, window.stride)
        return np.where(rest == 0, found, -1)
    return here * window.stride - padding_of(size, window)[0] + taps


def seen(windows: Windows, x: tuple[int, ...], y: tuple[int, ...], place: tuple[int, ...]) -> np.ndarray:
    """Which positions of the output see one position of an input, by what is said of each axis."""
    if windows.everything:
        return np.ones(y, bool)
    result = np.ones((), bool)
    for axis, origin in enumerate(sources(windows, x, y)):
        if origin is None or origin in windows.whole:
            mask = np.ones(y[axis], bool)
        elif axis in windows.axes:
            mask = (taps(windows.axes[axis], x[origin], y[axis]) == place[origin]).any(1)
        elif x[origin] == y[axis]:
            mask = np.arange(y[axis]) == place[origin]
        else:  # a size of 1 that is stretched, a head that serves several
            mask = np.ones(y[axis], bool)
        result = result[..., None] & mask
    return result


def sources(windows: Windows, x: tuple[int, ...], y: tuple[int, ...]) -> tuple[int | None, ...]:
    """For each axis of the output the axis of the input; a smaller one of several inputs lacks axes in front."""
    if windows.source is not None:
        return windows.source
    lacking = len(y) - len(x)
    return tuple(axis - lacking if axis >= lacking else None for axis in range(len(y)))


def is_exact(layer: Layer, windows: Windows, inputs: tuple[Spec, ...]) -> bool:
    """Whether the window says of every axis of the inputs which outputs see a position."""
    if not windows.exact or windows.everything or isinstance(layer, L.Where):  # which leaves out what is not chosen
        return False
    if windows.source is None:
        return True
    told, (x, *others) = {*windows.source, *windows.whole, MIXED.get(type(layer).__name__)}, inputs
    return all(axis in told or (size == 1 and not others) for axis, size in enumerate(x.shape))


def within(layer: Layer, windows: Windows, x: tuple[int, ...], y: tuple[int, ...]) -> np.ndarray:
    """The outputs that a window is about: all, but for windows that read beyond the border what stands elsewhere."""
    result = np.ones((), bool)
    for axis, origin in enumerate(sources(windows, x, y)):
        inside = np.ones(y[axis], bool)
        if axis in windows.axes and READING & {getattr(layer, "padding_mode", ""), getattr(layer, "mode", "")}:
            found = taps(windows.axes[axis], x[origin], y[axis])
            inside = ((found >= 0) & (found < x[origin])).all(1)
        result = result[..., None] & inside
    return result


def places(shape: tuple[int, ...], draw: random.Random) -> list[tuple[int, ...]]:
    """The first position, the last and some between."""
    chosen = {0, prod(shape) - 1, *(draw.randrange(prod(shape)) for _ in range(PLACES - 2))}
    return [tuple(map(int, np.unravel_index(number, shape))) for number in sorted(chosen)]


@pytest.mark.parametrize("example", CASES)
def test_a_nan_spoils_what_sees_it(example):
    for case, outputs in fitting(example):
        layer, windows = case.layer, case.layer.window(case.inputs)
        if not windows.known or sum(prod(x.shape) for x in (*case.inputs, *outputs)) > MOST:
            continue
        inputs = fed(case, outputs)
        clean = run(case, inputs, outputs)
        assert all(np.isfinite(y).all() for y in clean)
        # An interpolation multiplies what it does not see with 0, which for a NaN is NaN.
        spoiler = 1e9 if layer.kind is Kind.RESAMPLE else np.nan
        for number, x in enumerate(case.inputs):
            if "float" not in x.dtype or number in FILTERS.get(type(layer).__name__, ()):
                continue
            for place in places(x.shape, random.Random(repr(case))):
                mixed = MIXED.get(type(layer).__name__)
                changed = list(inputs)
                changed[number] = inputs[number].copy()
                changed[number][tuple(slice(None) if axis == mixed else at for axis, at in enumerate(place))] = spoiler
                for before, y in zip(clean, run(case, changed, outputs), strict=True):
                    if y.dtype.kind != "f":
                        continue
                    spoiled = ~(np.abs(y - before) < 1)
                    if windows.reads is not None and number not in windows.reads:
                        assert not spoiled.any(), (case, number)
                        continue
                    expected = seen(windows, x.shape, y.shape, place)
                    about = within(layer, windows, x.shape, y.shape)
                    if mixed is not None:
                        spoiled, expected, about = (z.any(mixed) for z in (spoiled, expected, about))
                    assert not (spoiled & ~expected & about).any(), (case, number, place)
                    if is_exact(layer, windows, case.inputs):
                        assert not (expected & ~spoiled).any(), (case, number, place)


def test_most_windows_are_exact():
    """The others are bounds, see all, or move positions in a way that a window does not tell."""
    exact, others = set(), set()
    for param in CASES:
        (example,) = param.values
        name = type(example.layer).__name__
        for case, _ in fitting(example):
            told = case.inputs and is_exact(case.layer, case.layer.window(case.inputs), case.inputs)
            (exact if told else others).add(name)
    assert others - exact == {
        "AffineGrid", "Arange", "Concat", "ConvWithFilters", "CumProd", "CumSum", "DeformConv", "Dot",
        "DynamicQuantizeLinear", "Fold", "Full", "Gather", "GatherElements", "GatherND", "GridSample",
        "Hardmax", "LinearAttention", "MatMul", "MatMulInteger", "MaxUnpool", "Parameter", "RNN",
        "ReverseSequence", "RoIAlign", "RoIPool", "Roll", "RotaryEmbedding", "ScaledDotProductAttention",
        "ScatterElements", "ScatterND", "SizeTensor", "Split", "TensorScatter", "TopK", "Tril", "Triu",
        "Unflatten", "Unfold", "Where",
    }  # fmt: skip
