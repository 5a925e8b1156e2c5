"""The size after a window, floor((d - N + 2p)/s) + 1: what the lecture notes print, and what the rule gives.

Two of the six figures need a stride of 2, which the notes leave out; two others are printed beside an input of 7, which
is the 5 with its padding already counted.
"""

import cnnshape as cs
from cnnshape import Input, Network
from cnnshape import layers as L


def shape_after(layer, *shape):
    """The shape of one layer's output, without the batch."""
    x = Input("x", shape)
    (y,) = cs.report(Network("one layer", inputs=x, outputs=layer(x))).outputs.values()
    return y[1:]


def conv(d, stride=1, padding=0):
    """The height of a d x d map after a 3x3 convolution."""
    return shape_after(L.Conv(1, kernel_size=3, stride=stride, padding=padding), 1, d, d)[1]


def pool(d, stride=1, padding=0):
    """The height of a d x d map after a 3x3 pool."""
    return shape_after(L.MaxPool(3, stride=stride, padding=padding), 1, d, d)[1]


def input_of_27():
    """Which n give 27x27 after one 6x6x3 filter on n x n x 3."""
    return [n for n in range(6, 300) if shape_after(L.Conv(1, kernel_size=6), 3, n, n) == (1, 27, 27)]


def many_filters():
    """D filters of m x m x r on n x n x r, as a formula."""
    return shape_after(L.Conv(cs.dim("D"), kernel_size=cs.dim("m")), "r", "n", "n")


STATEMENTS = {
    "conv-1": lambda: conv(5),
    "conv-2": lambda: conv(5, padding=1),
    "conv-3": lambda: conv(5),
    "pool-1": lambda: pool(5),
    "pool-2": lambda: pool(5, padding=1),
    "pool-3": lambda: pool(5),
    "filter": input_of_27,
    "tensor": many_filters,
}

if __name__ == "__main__":
    print("conv  d=5 N=3 s=1      ->", conv(5))
    print("conv  d=5 N=3 s=1 p=1  ->", conv(5, padding=1), "  5 padded to 7; with d=7 and p=1:", conv(7, padding=1))
    print("conv  d=5 N=3 s=1      ->", conv(5), "  the notes print 2, which needs s=2:", conv(5, stride=2))
    print("pool  d=5 N=3 s=1      ->", pool(5))
    print("pool  d=5 N=3 s=1 p=1  ->", pool(5, padding=1), "  5 padded to 7; with d=7 and p=1:", pool(7, padding=1))
    print("pool  d=5 N=3 s=1      ->", pool(5), "  the notes print 2, which needs s=2:", pool(5, stride=2))
    print("one 6x6x3 filter       -> 27x27 only if n is", *input_of_27())
    print("D filters of m x m x r ->", " x ".join(f"({size})" for size in many_filters()))
