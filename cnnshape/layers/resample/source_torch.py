"""Changes of the size of a map as PyTorch code."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import Case
from cnnshape.layers.resample.grid import GridSample
from cnnshape.layers.resample.resize import Resize
from cnnshape.layers.resample.spec import Upsample
from cnnshape.layers.source import Attribute, CoderTable, Item, Opt, Piece, Slot, X, call, flat, real, size_of

__all__ = ["TABLE"]

_WORDS = {"linear": ("linear", "bilinear", "trilinear"), "cubic": ("", "bicubic", "")}


def _mode(word: str, rank: int) -> str:
    found = _WORDS[word][rank - 1] if word in _WORDS else word
    return found or refuse(f"PyTorch has no {word} interpolation along {rank} axes of space")


def _upsample(layer: Upsample, case: Case) -> Piece:
    rank = case.rank() - 2
    corners = None if layer.align_corners is None else bool(layer.align_corners)
    mode = _mode(layer.mode, rank)
    if mode in ("nearest", "area") or "exact" in mode:
        corners = None
    how: dict[str, Any] = {"mode": Opt(mode, "nearest"), "align_corners": Opt(corners, None)}
    if layer.scale_factor is not None:
        factors = layer.scale_factor if isinstance(layer.scale_factor, tuple) else (layer.scale_factor,)
        return Piece(call("nn.Upsample", scale_factor=flat(real(factor) for factor in factors), **how))
    if len(case.inputs) > 1:
        return Piece(None, call("F.interpolate", X, size=Item(Attribute(Slot(1), "shape"), "2:"), **how))
    space = case.outputs[0].shape[2:]
    if all(isinstance(size, int) for size in space):
        return Piece(call("nn.Upsample", size=flat(space), **how))
    return Piece(None, call("F.interpolate", X, size=tuple(size_of(case, size) for size in space), **how))


def _resize(layer: Resize, case: Case) -> Piece:
    """Return ONNX's layer where PyTorch's positions are the same."""
    rank = case.rank() - 2
    plain = (layer.keep_aspect_ratio_policy, layer.antialias, layer.exclude_outside, layer.axes, layer.roi)
    places = layer.coordinate_transformation_mode
    if plain != ("stretch", False, False, None, None) or not 1 <= rank <= 3:
        refuse("PyTorch's Upsample stretches all axes of space, without antialiasing")
    if layer.mode == "nearest" and (places, layer.nearest_mode) != ("asymmetric", "floor"):
        refuse(f"PyTorch's nearest pixel is asymmetric and floor, not {places} and {layer.nearest_mode}")
    if layer.mode != "nearest" and places not in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        refuse(f"PyTorch has no positions {places}")
    if layer.mode == "cubic" and layer.cubic_coeff_a != -0.75:
        refuse("PyTorch's cubic coefficient is -0.75")
    corners = None if layer.mode == "nearest" else places == "align_corners"
    how: dict[str, Any] = {"mode": Opt(_mode(layer.mode, rank), "nearest"), "align_corners": Opt(corners, None)}
    if layer.scale_factor is None:
        space = tuple(size_of(case, size) for size in case.outputs[0].shape[2:])
        return Piece(None, call("F.interpolate", X, size=space, **how))
    factors = layer.scale_factor if isinstance(layer.scale_factor, tuple) else (layer.scale_factor,)
    return Piece(call("nn.Upsample", scale_factor=flat(real(factor) for factor in factors), **how))


def _grid(layer: GridSample, case: Case) -> Piece:
    given = {
        "mode": Opt(layer.mode, "bilinear"),
        "padding_mode": Opt(layer.padding_mode, "zeros"),
        "align_corners": bool(layer.align_corners),
    }
    return Piece(None, call("F.grid_sample", X, Slot(1), **given))


TABLE: CoderTable = {Upsample: _upsample, Resize: _resize, GridSample: _grid}
