"""Resampling in PyTorch."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.base import Layer
from cnnshape.layers.foreign import Use, refuse
from cnnshape.layers.foreign_torch import Called, calls, modules, position, table
from cnnshape.layers.resample.grid import GridSample
from cnnshape.layers.resample.spec import Upsample

__all__ = ["TABLE"]


def _upsample(source: Any) -> Layer:
    return Upsample(**{name: getattr(source, name) for name in ("size", "scale_factor", "mode", "align_corners")})


def _interpolate(c: Called) -> Layer:
    if c.antialias:
        refuse("antialias")
    if c.recompute_scale_factor:
        refuse("recompute_scale_factor")
    return _upsample(c)


TABLE = table(
    {
        "Upsample": modules(_upsample),
        "UpsamplingNearest2d": modules(_upsample),
        "UpsamplingBilinear2d": modules(_upsample),
        "interpolate": calls(
            "x size=None scale_factor=None mode='nearest' align_corners=None recompute_scale_factor=None "
            "antialias=False",
            _interpolate,
            Upsample,
        ),
        "grid_sample": calls(
            "x grid mode='bilinear' padding_mode='zeros' align_corners=None",
            lambda c: Use(
                GridSample(mode=c.mode, padding_mode=c.padding_mode, align_corners=bool(c.align_corners)),
                (c.at, position(c.grid)),
            ),
            GridSample,
        ),
    },
)
