"""Whole drawings, looked at by brute force."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape import zoo
from cnnshape.render.layout import Gaps, layered
from tests.render.layout.drawings import crossings, faults
from tests.render.layout.graphs import DETAILS, Graph, dense, graphs, ladder, skips, zoo_graph

SMALL = (
    "alexnet", "crnn", "googlenet", "inception_v3", "lraspp_mobilenet_v3_large", "mobilenet_v3_small", "resnet18",
    "se_resnet50", "segnet", "shufflenet_v2_x0_5", "squeezenet1_1", "tcn", "unet", "unet_original", "vit_b_16",
    "xception", "yolov3_tiny",
)  # fmt: skip


def drawn(graph: Graph, **options):
    return layered(graph.sizes, graph.links, joins=graph.joins, **options)


@given(graph=graphs(), along=st.sampled_from(["down", "right"]), most=st.sampled_from([0.0, 150.0, 400.0]))
def test_a_random_drawing_has_no_fault(graph, along, most):
    placed = drawn(graph, along=along, most=most)
    assert list(faults(graph, placed)) == []
    assert placed.crossings == crossings(graph, placed)


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("name", SMALL)
def test_a_published_network_has_neither_faults_nor_crossings(name, detail):
    graph = zoo_graph(name, detail)
    placed = drawn(graph)
    assert list(faults(graph, placed)) == []
    assert crossings(graph, placed) == placed.crossings == 0


def test_no_published_network_of_a_sample_has_crossings():
    names = [entry.name for entry in zoo()][::5]
    assert not [name for name in names if drawn(zoo_graph(name, "layer")).crossings]


@pytest.mark.parametrize("name", ["resnet50", "inception_v3", "unet", "densenet121"])
def test_the_folded_drawing_of_a_network_has_no_fault_and_is_not_higher_than_asked(name):
    graph = zoo_graph(name, "layer")
    placed = drawn(graph, most=600)
    assert list(faults(graph, placed)) == []
    assert crossings(graph, placed) == placed.crossings == 0
    assert placed.height <= 600 < drawn(graph).height


@given(graph=graphs())
def test_a_drawing_to_the_right_is_the_drawing_down_turned(graph):
    down = drawn(graph)
    flipped = Graph([(height, width) for width, height in graph.sizes], graph.links, graph.joins)
    right = drawn(flipped, along="right")
    assert right.corners == tuple((y, x) for x, y in down.corners)
    assert right.routes == tuple(tuple((y, x) for x, y in route) for route in down.routes)
    assert (right.width, right.height, right.crossings) == (down.height, down.width, down.crossings)


@given(graph=graphs())
def test_the_same_drawing_twice(graph):
    assert drawn(graph, most=300) == drawn(graph, most=300)


@given(graph=graphs())
def test_links_lead_down(graph):
    placed = drawn(graph)
    for source, target in graph.links:
        assert placed.corners[source][1] + graph.sizes[source][1] < placed.corners[target][1] + graph.sizes[target][1]


@pytest.mark.parametrize("name", ["resnet50", "unet", "inception_v3", "densenet121"])
def test_the_longest_path_is_straight(name):
    graph = zoo_graph(name, "layer")
    placed = drawn(graph)
    length = [0] * len(graph.sizes)
    # boxes come after those that lead to them, except that inputs come first: so does the first box
    for source, target in sorted(graph.links):
        length[target] = max(length[target], length[source] + 1)
    centers = [x + width / 2 for (x, _), (width, _) in zip(placed.corners, graph.sizes, strict=True)]
    lines = sorted({round(x) for x in centers}, key=lambda line: -sum(abs(x - line) < 1 for x in centers))
    assert len({level for level, x in zip(length, centers, strict=True) if abs(x - lines[0]) < 1}) == max(length) + 1


def test_a_skip_enters_the_join_from_the_side_in_its_own_lane():
    placed = layered([(40, 16)] * 4, [(0, 1), (1, 2), (2, 3), (0, 3), (1, 3)], joins={3})
    (x, top), (width, height) = placed.corners[3], (40, 16)
    ends = [placed.routes[k][-1] for k in (2, 3, 4)]
    assert ends[0] == (x + width / 2, top)
    assert all(end[0] in (x, x + width) and top < end[1] < top + height for end in ends[1:])
    assert len(set(ends)) == 3


def test_a_box_that_is_no_join_is_entered_from_above_at_distinct_places():
    placed = layered([(40, 16)] * 4, [(0, 1), (1, 2), (2, 3), (0, 3), (1, 3)])
    ends = [route[-1] for k, route in enumerate(placed.routes) if k >= 2]
    assert len(set(ends)) == 3
    assert {y for _, y in ends} == {placed.corners[3][1]}


def test_the_same_link_twice_is_drawn_twice():
    placed = layered([(40, 16)] * 2, [(0, 1), (0, 1)], joins={1})
    assert len({route[-1] for route in placed.routes}) == 2


def test_of_equal_paths_the_heavier_is_straight():
    links = [(0, 1), (1, 3), (0, 2), (2, 3)]
    for heavy in (1, 2):
        placed = layered([(40, 16)] * 4, links, weights=[2.0 if v == heavy else 1.0 for v in range(4)])
        assert placed.corners[heavy][0] == placed.corners[0][0] == placed.corners[3][0]


def test_parts_stand_side_by_side():
    placed = layered([(40, 16)] * 4, [(0, 2), (1, 3)], gaps=Gaps(part=24))
    assert placed.corners == ((0, 0), (64, 0), (0, 32), (64, 32))
    assert (placed.width, placed.height) == (104, 48)


def test_nothing_is_drawn_of_nothing():
    placed = layered([], [])
    assert (placed.corners, placed.routes, placed.width, placed.height) == ((), (), 0, 0)


@pytest.mark.parametrize("links", [[(0, 0)], [(0, 1), (1, 0)], [(2, 0), (0, 1), (1, 2)]])
def test_a_cycle_is_refused(links):
    with pytest.raises(ValueError, match=r"^the links form a cycle$"):
        layered([(40, 16)] * 3, links)


@pytest.mark.parametrize("links", [skips(5000, 1), ladder(5000, 4, 1), dense(5000)], ids=["skips", "ladder", "dense"])
def test_thousands_of_boxes_are_drawn(links):
    twice = {target for _, target in links} - {target for source, target in links if target == source + 1}
    placed = layered([(40, 16)] * 5000, links, joins=twice)
    rows: dict[float, list[float]] = {}
    for x, y in placed.corners:
        rows.setdefault(y, []).append(x)
    assert all(b - a > 40 for row in rows.values() for a, b in pairwise(sorted(row)))
