"""Networks that name no blocks fold by their structure; blocks whose nodes stand apart come together."""

from __future__ import annotations

from cnnshape.graph.build import Input, Tensor
from cnnshape.graph.fold import fold
from cnnshape.graph.network import Network, Node
from cnnshape.graph.propagate import propagate
from cnnshape.layers import Add, BatchNorm, Concat, Conv, ConvTranspose, GlobalAvgPool, Linear, MaxPool, ReLU
from cnnshape.layers.io import Input as InputLayer
from cnnshape.symbolic import dim


def conv(x: Tensor, width: int, stride: int = 1) -> Tensor:
    return ReLU()(BatchNorm()(Conv(width, kernel_size=3, stride=stride, padding=1)(x)))


def residual(depths: tuple[int, ...]) -> Network:
    x = Input("x", (3, "H", "W"))
    y = conv(x, 16)
    for stage, depth in enumerate(depths):
        y = MaxPool(2)(conv(y, 16 << stage))
        for _ in range(depth):
            y = ReLU()(Add()(conv(conv(y, 16 << stage), 16 << stage), y))
    return Network("plain", inputs=x, outputs=Linear(10)(GlobalAvgPool()(y)))


def test_units_between_passages_are_blocks_and_equal_ones_repeat() -> None:
    rows = fold(propagate(residual((3, 5))), "block")
    assert [row.times for row in rows if row.block] == [3, 5]
    assert [len(row.nodes) for row in rows if row.block] == [3 * 8, 5 * 8]


def test_a_u_is_no_block_of_itself() -> None:
    x = Input("x", (3, "H", "W"))
    a = conv(x, 8)
    b = conv(MaxPool(2)(a), 16)
    y = conv(Concat()(ConvTranspose(8, kernel_size=2, stride=2)(b), a), 8)
    rows = fold(propagate(Network("u", inputs=x, outputs=y)), "block")
    assert not any(row.block for row in rows)
    assert [row.name for row in rows] == ["conv1", "max_pool1", "conv2", "conv_transpose1", "concat1", "conv3"]


def test_long_chains_have_stages_in_their_overview() -> None:
    x = y = Input("x", (3, "H", "W"))
    for width, depth in ((8, 3), (16, 4), (32, 5)):
        for turn in range(depth):
            y = conv(y, width + turn)  # no two equal neighbors
        y = MaxPool(2)(y)
    rows = fold(propagate(Network("chain", inputs=x, outputs=y)), "overview")
    assert [row.name for row in rows] == ["conv1-3", "max_pool1..conv7", "max_pool2..conv12", "max_pool3"]


def test_branches_of_blocks_that_are_listed_in_turns_come_together() -> None:
    shape = (dim("N"), 8, dim("H"), dim("W"))
    one, three = Conv(8, kernel_size=1), Conv(8, kernel_size=3, padding=1)
    nodes = [
        Node("x", InputLayer(shape)),
        Node("left.a", one, ("x",), "left"),
        Node("right.a", three, ("x",), "right"),
        Node("left.b", one, ("left.a",), "left"),
        Node("right.b", three, ("right.a",), "right"),
        Node("sum", Add(), ("left.b", "right.b")),
    ]
    found = propagate(Network.of_nodes("turns", nodes, {"y": "sum"}))
    assert [row.name for row in fold(found, "overview")] == ["left", "right", "sum"]
    # A block that another stands in the middle of cannot be one box: its parts are shown.
    crossed = [
        *nodes[:3],
        Node("left.b", one, ("right.a",), "left"),
        Node("right.b", three, ("left.b",), "right"),
        nodes[5],
    ]
    found = propagate(Network.of_nodes("crossed", crossed, {"y": "sum"}))
    rows = fold(found, "overview")
    assert sorted(i for row in rows for i in row.nodes) == [1, 2, 3, 4, 5]
    assert [row.nodes for row in rows] == [(1,), (2,), (3,), (4,), (5,)]
