"""What weight sharing gives: equivariance. If the input moves by the total stride, the output moves by one position.

Away from the border, that is: near it, outputs see the padding. The notes say invariance, which is something else: that
the output does not change. Pooling adds a part of it, global pooling all of it. Everything is computed on small arrays.
"""

import numpy as np

import cnnshape as cs
from cnnshape import Input, Network
from cnnshape import layers as L

RNG = np.random.default_rng(0)
KERNELS = RNG.integers(-3, 4, (2, 3, 3))  # whole numbers, so that sums are exact
SIZE, OBJECT = 40, RNG.integers(1, 9, (5, 5))


def image(row, column):
    """The object on an empty ground, its corner at a row and a column."""
    x = np.zeros((SIZE, SIZE), int)
    x[row : row + 5, column : column + 5] = OBJECT
    return x


def conv(x, kernel, stride):
    """A 3x3 convolution with padding 1, and ReLU."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, 1), (3, 3))[::stride, ::stride]
    return np.maximum(0, (windows * kernel).sum(axis=(2, 3)))


def network(x, stride=2):
    """Two convolutions; with stride 2 the total stride is 4."""
    return conv(conv(x, KERNELS[0], stride), KERNELS[1], stride)


def total_stride(stride=2):
    """The same two layers for cnnshape: how many pixels lie between two neighboring outputs."""
    x = Input("image", (1, SIZE, SIZE))
    y = x
    for _ in range(2):
        y = L.ReLU()(L.Conv(1, kernel_size=3, stride=stride, padding=1)(y))
    return cs.report(Network("net", inputs=x, outputs=y)).layer("relu2").receptive_field.stride[0]


def moves_along(shift, row=12):
    """Whether the output of the moved image is the moved output, by a whole number of positions."""
    before, after = network(image(row, 12)), network(image(row + shift, 12))
    return any(np.array_equal(np.roll(before, move, axis=0), after) for move in range(len(before)))


def stays(shift, pooled, stride=1):
    """Whether the pooled output stays the same when the image moves."""
    return np.array_equal(
        pooled(network(image(12, 12), stride)), pooled(network(image(12 + shift, 12 + shift), stride))
    )


def pool2(y):
    """The largest value of every 2x2 window."""
    return y.reshape(len(y) // 2, 2, -1, 2).max(axis=(1, 3))


def kept(pooled, shift=1):
    """Which share of the outputs that are not 0 is the same after the image has moved."""
    before, after = pooled(network(image(12, 12), 1)), pooled(network(image(12, 12 + shift), 1))
    alive = (before > 0) | (after > 0)
    return float((before == after)[alive].mean())


def invariance():
    """What holds, in one table."""
    return {
        "total stride": total_stride(),
        "moves along, by shift": {shift: moves_along(shift) for shift in range(1, 9)},
        "moves along to the border": moves_along(20, row=15),
        "the map itself stays": stays(1, lambda y: y),
        "kept without pooling": kept(lambda y: y),
        "kept by 2x2 pooling": kept(pool2),
        "the global maximum stays": all(stays(shift, np.max) for shift in range(1, 16)),
    }


STATEMENTS = {"invariance": invariance}

if __name__ == "__main__":
    found = invariance()
    print("total stride of the two layers:", found["total stride"])
    for shift, along in found["moves along, by shift"].items():
        print(f"  input moved by {shift}: the output", "moves along" if along else "is another one")
    print(
        "moved to the border by 20: the output", "moves along" if found["moves along to the border"] else "is cut off"
    )
    print()
    print("input moved by 1, stride 1:")
    print("  the map stays the same:", found["the map itself stays"])
    print(f"  values that stay, of those that are not 0: {found['kept without pooling']:.0%}")
    print(f"  and after 2x2 pooling: {found['kept by 2x2 pooling']:.0%}")
    print("  the maximum of the whole map stays, moved by 1 to 15:", found["the global maximum stays"])
