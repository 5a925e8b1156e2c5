"""How much of the input an output depends on: more with every layer, not less, as the notes say."""

import cnnshape as cs
from cnnshape import Input, Network
from cnnshape import layers as L


def fields(depth=5):
    """How many input pixels a side the outputs of stacked 3x3 convolutions see."""
    x = y = Input("image", (1, "H", "W"))
    for _ in range(depth):
        y = L.Conv(1, kernel_size=3, padding=1)(y)
    report = cs.report(Network("stack", inputs=x, outputs=y))
    return [report.layer(f"conv{i}").receptive_field.size[0] for i in range(1, depth + 1)]


STATEMENTS = {"deeper": fields}

if __name__ == "__main__":
    for depth, size in enumerate(fields(), start=1):
        print(f"3x3 convolution {depth}: an output sees {size:2}x{size:<2} pixels  {'#' * size}")
