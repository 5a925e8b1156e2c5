"""Resampling in Keras."""

from __future__ import annotations

from fractions import Fraction

from cnnshape.layers.fields import per_axis
from cnnshape.layers.foreign import refuse
from cnnshape.layers.resample.spec import Upsample
from cnnshape.layers.source_keras import KerasCase, Made, WayTable, channels_last, layer, one, unless

__all__ = ["TABLE"]

_MODES = {"nearest": "nearest", "bilinear": "bilinear", "linear": "bilinear"}


def _upsample(given: Upsample, case: KerasCase) -> Made:
    rank = case.rank() - 2
    word = _MODES.get(given.mode)
    if word is None or given.align_corners or (word == "bilinear" and rank != 2):
        refuse(f"mode {given.mode!r} of {rank} axes" + (" with align_corners" if given.align_corners else ""))
    if given.scale_factor is not None:
        factors = tuple(map(Fraction, per_axis(given.scale_factor, rank, "scale_factor")))
        if any(each.denominator != 1 for each in factors):
            refuse("a factor that is no whole number")
        whole = one([int(each) for each in factors])
        if rank != 2:
            return layer(f"UpSampling{rank}D", bare={"size": whole})
        return layer("UpSampling2D", bare={"size": whole}, interpolation=unless(word, "nearest"))
    if rank != 2 or word == "nearest":
        refuse("the nearest pixels at a size that is stated")
    height, width = case.outputs[0].shape[2:]
    return layer("Resizing", bare={"height": height, "width": width}, interpolation=unless(word, "bilinear"))


TABLE: WayTable = {Upsample: channels_last(_upsample)}
