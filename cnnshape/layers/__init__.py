"""Every layer by its name: `layers.Conv`, or with its rank stated `layers.Conv2d`, as PyTorch has it.

A name is looked up when it is first used, so that whoever wants one thing from a file of this package does not load
every family.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnshape.layers.activation import (
        CELU,
        ELU,
        GELU,
        GLU,
        SELU,
        Abs,
        Clip,
        Erf,
        Exp,
        Hardshrink,
        Hardsigmoid,
        Hardswish,
        Hardtanh,
        Identity,
        LeakyReLU,
        Log,
        LogSigmoid,
        LogSoftmax,
        Maxout,
        Mish,
        PReLU,
        ReLU,
        ReLU6,
        Sigmoid,
        SiLU,
        Softmax,
        Softplus,
        Softshrink,
        Softsign,
        Sqrt,
        Tanh,
        Tanhshrink,
        Threshold,
    )
    from cnnshape.layers.attention import LayerScale, MultiheadAttention, ScaledDotProductAttention
    from cnnshape.layers.conv import Conv, ConvTranspose, DepthwiseConv, Fold, SeparableConv, Unfold
    from cnnshape.layers.index import (
        GatherElements,
        GatherND,
        OneHot,
        ReverseSequence,
        ScatterElements,
        ScatterND,
        TensorScatter,
        TopK,
    )
    from cnnshape.layers.io import Constant, Input, Output, Parameter
    from cnnshape.layers.linear import Bilinear, Einsum, Embedding, Linear, MatMul
    from cnnshape.layers.logic import Bitwise, BitwiseNot, Compare, IsInf, IsNaN, Logical, LogicalNot, Where
    from cnnshape.layers.merge import (
        Add,
        Concat,
        Divide,
        Dot,
        Maximum,
        Mean,
        Minimum,
        Multiply,
        Pow,
        Remainder,
        Subtract,
    )
    from cnnshape.layers.norm import (
        GRN,
        BatchNorm,
        GroupNorm,
        InstanceNorm,
        L2Norm,
        LayerNorm,
        LocalResponseNorm,
        RMSNorm,
    )
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
    from cnnshape.layers.recurrent import GRU, LSTM, RNN
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
    from cnnshape.layers.regularize import AlphaDropout, Dropout, DropPath
    from cnnshape.layers.resample import GridSample, Resize, Upsample
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
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "GRN",
    "GRU",
    "LSTM",
    "RNN",
    "SELU",
    "Abs",
    "AdaptiveAvgPool",
    "AdaptiveMaxPool",
    "Add",
    "AlphaDropout",
    "ArgMax",
    "ArgMin",
    "AvgPool",
    "BatchNorm",
    "Bilinear",
    "Bitwise",
    "BitwiseNot",
    "Cast",
    "CenterCrop",
    "ChannelShuffle",
    "Chunk",
    "Clip",
    "Compare",
    "Concat",
    "Constant",
    "Conv",
    "ConvTranspose",
    "Crop",
    "DepthToSpace",
    "DepthwiseConv",
    "Divide",
    "Dot",
    "DropPath",
    "Dropout",
    "Einsum",
    "Embedding",
    "Erf",
    "Exp",
    "Expand",
    "Flatten",
    "Fold",
    "Gather",
    "GatherElements",
    "GatherND",
    "GlobalAvgPool",
    "GlobalLPPool",
    "GlobalMaxPool",
    "GridSample",
    "GroupNorm",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "Identity",
    "Input",
    "InstanceNorm",
    "IsInf",
    "IsNaN",
    "L2Norm",
    "LPPool",
    "LayerNorm",
    "LayerScale",
    "LeakyReLU",
    "Linear",
    "LocalResponseNorm",
    "Log",
    "LogSigmoid",
    "LogSoftmax",
    "LogSumExp",
    "Logical",
    "LogicalNot",
    "MatMul",
    "MaxPool",
    "MaxUnpool",
    "Maximum",
    "Maxout",
    "Mean",
    "MinPool",
    "Minimum",
    "Mish",
    "MultiheadAttention",
    "Multiply",
    "OneHot",
    "Output",
    "PReLU",
    "Pad",
    "Parameter",
    "Permute",
    "PixelShuffle",
    "PixelUnshuffle",
    "Pow",
    "RMSNorm",
    "ReLU",
    "ReLU6",
    "ReduceL1",
    "ReduceL2",
    "ReduceMax",
    "ReduceMean",
    "ReduceMin",
    "ReduceProd",
    "ReduceSum",
    "Remainder",
    "Reshape",
    "Resize",
    "ReverseSequence",
    "Roll",
    "ScaledDotProductAttention",
    "ScatterElements",
    "ScatterND",
    "SeparableConv",
    "SiLU",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Softplus",
    "Softshrink",
    "Softsign",
    "SpaceToDepth",
    "Split",
    "Sqrt",
    "Squeeze",
    "Subtract",
    "Tanh",
    "Tanhshrink",
    "TensorScatter",
    "Threshold",
    "Tile",
    "TopK",
    "Transpose",
    "Unflatten",
    "Unfold",
    "Unsqueeze",
    "Upsample",
    "Where",
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

    return sorted(class_names())
