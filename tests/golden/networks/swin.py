"""Swin of torchvision, at the one size that its windows are built for."""

from cnnshape import Constant, Input, Network, Parameter, dim
from cnnshape import layers as L
from cnnshape.zoo.parts import named, seq

LAST, FIRST = (0, 2, 3, 1), (0, 3, 1, 2)
"""Channels moved behind the space axes, and back."""
N = dim("N")

# --- Swin: windows of 7 by 7, every other unit shifted by 3 ---------------------------------------------------------


def windowed(side, size, width, heads, shift):
    """Attention within windows of a map of `side` by `side` positions, channels last."""
    count, area, each = side // size, size * size, width // heads

    def apply(x):
        if shift:
            x = L.Roll((-shift, -shift), dims=(1, 2))(x)
        x = L.Reshape((N, count, size, count, size, width))(x)
        x = L.Reshape((-1, area, width))(L.Permute((0, 1, 3, 2, 4, 5))(x))
        qkv = L.Permute((2, 0, 3, 1, 4))(L.Reshape((-1, area, 3, heads, each))(L.Linear(3 * width)(x, name="qkv")))
        q, k, v = (L.Gather(i, dim=0)(qkv) for i in range(3))
        table = Parameter("relative_position_bias_table", ((2 * size - 1) ** 2, heads))
        index = Constant("relative_position_index", (area * area,), dtype="int64")
        bias = L.Permute((2, 0, 1))(L.Reshape((area, area, heads))(L.Gather(dim=0)([table, index])))
        scores = L.Add()([L.MatMul(transpose_b=True)([q, k]), L.Unsqueeze(0)(bias)])
        y = L.Permute((0, 2, 1, 3))(L.MatMul()([L.Softmax(-1)(scores), v]))
        y = L.Linear(width)(L.Reshape((-1, area, width))(y), name="proj")
        y = L.Reshape((N, count, count, size, size, width))(y)
        y = L.Reshape((N, side, side, width))(L.Permute((0, 1, 3, 2, 4, 5))(y))
        return L.Roll((shift, shift), dims=(1, 2))(y) if shift else y

    return apply


def swin_unit(side, width, heads, shift):
    attention = windowed(side, 7, width, heads, shift)

    def apply(x):
        y = named(norm1=L.LayerNorm(), attn=attention, stochastic_depth=L.DropPath(0.1))(x)
        x = L.Add()([x, y])
        mlp = seq(L.Linear(4 * width), L.GELU(), L.Dropout(0.0), L.Linear(width), L.Dropout(0.0))
        y = named(norm2=L.LayerNorm(), mlp=mlp, stochastic_depth_2=L.DropPath(0.1))(x)
        return L.Add()([x, y])

    return apply


def merged(width):
    """Patch merging: the four pixels of a square side by side."""

    def apply(x):
        corners = [
            L.Slice(dim=2, start=column, step=2)(L.Slice(dim=1, start=row, step=2)(x))
            for row, column in ((0, 0), (1, 0), (0, 1), (1, 1))
        ]
        return named(norm=L.LayerNorm(), reduction=L.Linear(2 * width, bias=False))(L.Concat(dim=-1)(corners))

    return apply


def swin(name, units=(2, 2, 6, 2), width=96, heads=3):
    def build(x):
        side = 56
        rows = [seq(L.Conv(width, kernel_size=4, stride=4), L.Permute(LAST), L.LayerNorm())]
        for i, count in enumerate(units):
            if i:
                rows.append(merged(width << (i - 1)))
                side //= 2
            shifts = [3 if j % 2 and side > 7 else 0 for j in range(count)]
            rows.append(seq(*(swin_unit(side, width << i, heads << i, shift) for shift in shifts)))
        return named(
            features=seq(*rows), norm=L.LayerNorm(), permute=L.Permute(FIRST), avgpool=L.AdaptiveAvgPool(1),
            flatten=L.Flatten(), head=L.Linear(1000),
        )(x)  # fmt: skip

    x = Input("input", (3, 224, 224))
    return Network(name, inputs=x, outputs=build(x))
