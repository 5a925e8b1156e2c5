"""Lines as they are drawn, by the formulas of curves and by distances."""

from math import comb, hypot, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.render.geometry import bounds, drawn, flattened, hatched
from cnnshape.render.scene import Circle, Curve, Group, Label, Line, Point, Polygon, Rect, Style

coordinates = st.integers(-200, 200)
points = st.tuples(coordinates, coordinates)
widths = st.sampled_from((0.3, 0.6, 1.5, 4.0))


def bernstein(controls: tuple[Point, ...], t: float) -> Point:
    """A Bezier curve by its definition."""
    n = len(controls) - 1
    weights = [comb(n, i) * t**i * (1 - t) ** (n - i) for i in range(n + 1)]
    return (
        sum(w * x for w, (x, _) in zip(weights, controls, strict=True)),
        sum(w * y for w, (_, y) in zip(weights, controls, strict=True)),
    )


def inside(point: Point, triangle: tuple[Point, Point, Point], slack: float = 1e-3) -> bool:
    (px, py), signs = point, []
    for (ax, ay), (bx, by) in zip(triangle, (*triangle[1:], triangle[0]), strict=True):
        far = hypot(bx - ax, by - ay) or 1
        signs.append(((bx - ax) * (py - ay) - (by - ay) * (px - ax)) / far)
    return all(sign >= -slack for sign in signs) or all(sign <= slack for sign in signs)


@given(points, points, widths)
def test_a_head_ends_at_the_end_and_the_line_inside_of_it(start, end, width):
    way, heads = drawn(Line((start, end), Style(width=width), arrow="end"))
    if start == end:
        assert heads == ()
        return
    (head,) = heads
    assert head[0] == end
    assert way[0] == ("M", (start,))
    stop = way[-1][1][-1]
    assert inside(stop, head)
    assert stop != end
    # the butt end of the line does not stand out beside the head
    far = hypot(end[0] - stop[0], end[1] - stop[1])
    base = hypot(head[1][0] - head[2][0], head[1][1] - head[2][1])
    height = hypot(end[0] - (head[1][0] + head[2][0]) / 2, end[1] - (head[1][1] + head[2][1]) / 2)
    if hypot(end[0] - start[0], end[1] - start[1]) > 20:
        assert base / height * far >= width * 0.6


@given(points, points, points, points, widths)
def test_a_head_on_a_curve_ends_at_the_end_and_points_along_it(a, b, c, d, width):
    far = hypot(a[0] - d[0], a[1] - d[1])
    if far < 30:
        return
    way, heads = drawn(Curve((a, b, c, d), Style(width=width), arrow="both"))
    assert [head[0] for head in heads] == [d, a]
    assert inside(way[-1][1][-1], heads[0], 0.2)
    assert inside(way[0][1][0], heads[1], 0.2)


@given(st.tuples(points, points, points, points, points, points, points))
def test_flattened_points_lie_on_the_curves(controls):
    found = flattened(controls, 4)
    expected = [bernstein(controls[i : i + 4], k / 4) for i in (0, 3) for k in range(4)] + [controls[-1]]
    for (x, y), (u, v) in zip(found, expected, strict=True):
        assert isclose(x, u, abs_tol=1e-3)
        assert isclose(y, v, abs_tol=1e-3)


@pytest.mark.parametrize("radius", [1, 3, 5])
def test_a_right_corner_is_rounded_by_a_quarter_of_a_circle(radius):
    way, _ = drawn(Line(((0, 0), (10, 0), (10, 10)), radius=radius))
    (start,), (letter, controls) = way[1][1], way[2]
    assert letter == "C"
    for k in range(11):
        x, y = bernstein((start, *controls), k / 10)
        assert hypot(x - (10 - radius), y - radius) == pytest.approx(radius, rel=1e-3)


@given(st.lists(points, min_size=2, max_size=7), st.integers(0, 30))
def test_a_rounded_line_keeps_its_ends_and_stays_within_its_bounds(way, radius):
    segments, _ = drawn(Line(tuple(way), radius=radius))
    assert segments[0] == ("M", (way[0],))
    assert segments[-1][1][-1] == way[-1]
    left, top, right, bottom = bounds((Line(tuple(way)),))
    assert all(left <= x <= right and top <= y <= bottom for _, group in segments for x, y in group)


def test_corners_share_a_short_leg():
    way, _ = drawn(Line(((0, 0), (0, 10), (4, 10), (4, 20)), radius=5))
    ends = [group[-1] for _, group in way]
    assert ends == [(0, 0), (0, 8.0), (2.0, 10.0), (2.0, 10.0), (4.0, 12.0), (4, 20)]


def test_bounds_look_into_groups_and_past_labels():
    inner = Group("a", "", (Circle(5, 5, 2), Polygon(((0, 9), (1, 9))), Label(900, 900, "x")))
    assert bounds((inner, Rect(4, 4, 10, 1))) == (0, 3, 14, 9)
    assert bounds((Label(1, 1, "x"),)) is None


@pytest.mark.parametrize("hatch", ["rising", "falling", "crossed", "level", "upright", "dots"])
def test_a_hatch_fills_its_box_evenly(hatch):
    one = len(list(hatched(hatch, 0, 0, 40, 40)))
    four = len(list(hatched(hatch, 0, 0, 80, 80)))
    assert one >= 10
    assert four == pytest.approx(one * (4 if hatch == "dots" else 2), abs=2)
