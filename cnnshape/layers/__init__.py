"""Every layer by its name: `layers.Conv`, or with its rank stated `layers.Conv2d`, as PyTorch has it.

A name is looked up when it is first used, so that whoever wants one thing from a file of this package does not load
every family.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnshape.layers.conv import Conv, ConvTranspose, DepthwiseConv, Fold, SeparableConv, Unfold
    from cnnshape.layers.io import Constant, Input, Output, Parameter
    from cnnshape.layers.merge import Add, Concat, Divide, Dot, Maximum, Mean, Minimum, Multiply, Subtract
    from cnnshape.layers.pad import CenterCrop, Crop, Pad
    from cnnshape.layers.pool import (
        AdaptiveAvgPool,
        AdaptiveMaxPool,
        AvgPool,
        GlobalAvgPool,
        GlobalLPPool,
        GlobalMaxPool,
        LPPool,
        MaxPool,
        MaxUnpool,
        MinPool,
    )
    from cnnshape.layers.reduce import (
        ArgMax,
        ArgMin,
        LogSumExp,
        ReduceL1,
        ReduceL2,
        ReduceMax,
        ReduceMean,
        ReduceMin,
        ReduceProd,
        ReduceSum,
    )
    from cnnshape.layers.resample import GridSample, Upsample
    from cnnshape.layers.reshape import (
        Cast,
        ChannelShuffle,
        Chunk,
        DepthToSpace,
        Expand,
        Flatten,
        Gather,
        Permute,
        PixelShuffle,
        PixelUnshuffle,
        Reshape,
        Roll,
        Slice,
        SpaceToDepth,
        Split,
        Squeeze,
        Tile,
        Transpose,
        Unflatten,
        Unsqueeze,
    )

__all__ = [
    "AdaptiveAvgPool",
    "AdaptiveMaxPool",
    "Add",
    "ArgMax",
    "ArgMin",
    "AvgPool",
    "Cast",
    "CenterCrop",
    "ChannelShuffle",
    "Chunk",
    "Concat",
    "Constant",
    "Conv",
    "ConvTranspose",
    "Crop",
    "DepthToSpace",
    "DepthwiseConv",
    "Divide",
    "Dot",
    "Expand",
    "Flatten",
    "Fold",
    "Gather",
    "GlobalAvgPool",
    "GlobalLPPool",
    "GlobalMaxPool",
    "GridSample",
    "Input",
    "LPPool",
    "LogSumExp",
    "MaxPool",
    "MaxUnpool",
    "Maximum",
    "Mean",
    "MinPool",
    "Minimum",
    "Multiply",
    "Output",
    "Pad",
    "Parameter",
    "Permute",
    "PixelShuffle",
    "PixelUnshuffle",
    "ReduceL1",
    "ReduceL2",
    "ReduceMax",
    "ReduceMean",
    "ReduceMin",
    "ReduceProd",
    "ReduceSum",
    "Reshape",
    "Roll",
    "SeparableConv",
    "Slice",
    "SpaceToDepth",
    "Split",
    "Squeeze",
    "Subtract",
    "Tile",
    "Transpose",
    "Unflatten",
    "Unfold",
    "Unsqueeze",
    "Upsample",
]


def __getattr__(name: str) -> Any:
    # Names of modules begin with a small letter; the import system asks for them here before it loads them.
    if name[:1].isupper():
        from cnnshape.layers.catalog import named

        found = named(name)
        if found is not None:
            globals()[name] = found
            return found
    raise AttributeError(_unknown(name), name=name)


def _unknown(name: str) -> str:
    if not name[:1].isupper():
        return f"module {__name__!r} has no attribute {name!r}"
    from cnnshape.layers.catalog import nearest_class

    near = nearest_class(name)
    return f"there is no layer {name!r}" + (f"; did you mean {near}?" if near else "")


def __dir__() -> list[str]:
    from cnnshape.layers.catalog import class_names

    return sorted({*globals(), *class_names()})
