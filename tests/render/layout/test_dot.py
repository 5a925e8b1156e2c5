"""Beside Graphviz: of networks that both can draw, ours has no more crossings."""

import shutil

import pytest

from cnnshape.render.layout import layered
from tests.render.layout.dot import crossings, dot_crossings
from tests.render.layout.graphs import zoo_graph

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="needs Graphviz's dot")


def test_crossings_of_polylines_are_counted():
    cross = [("a", [(0.0, 0.0), (2.0, 2.0)]), ("b", [(2.0, 0.0), (0.0, 2.0)])]
    assert crossings(cross) == 1
    assert crossings([("a", points) for _, points in cross]) == 0


@needs_dot
@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("googlenet", "layer"), ("inception_v3", "layer"), ("inception_v3", "op"), ("resnet18", "op"),
        ("shufflenet_v2_x1_0", "op"), ("unet", "layer"), ("yolov3_tiny", "layer"),
    ],
)  # fmt: skip
def test_no_more_crossings_than_dot(name, detail):
    graph = zoo_graph(name, detail)
    theirs = dot_crossings(graph)
    assert theirs is None or layered(graph.sizes, graph.links, joins=graph.joins).crossings <= theirs
