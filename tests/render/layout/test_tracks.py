"""Lines between two layers: none on another, and crossings only where the ends are the other way round."""

from itertools import combinations, pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from cnnshape.render.layout.crossed import Piece, crossings
from cnnshape.render.layout.tracks import Net, Run, tracks

TOP, BOTTOM = -1, 1000


@st.composite
def channels(draw):
    """Tops of some vertices, and for each where its lines go; no place below is used twice."""
    tops = sorted(draw(st.sets(st.integers(0, 30), min_size=1, max_size=7)))
    ends = draw(st.lists(st.integers(0, 30), unique=True, max_size=12))
    return {10 * top: sorted(10 * x for i, x in enumerate(ends) if i % len(tops) == at) for at, top in enumerate(tops)}


def lines(ends):
    """The corners of every line, with the vertex that it comes from."""
    keys, nets, straight = [], [], []
    for top, each in ends.items():
        for side in (-1, 1):
            to = tuple(x for x in each if (x - top) * side > 0)
            if to:
                keys.append((top, side))
                nets.append(Net(top, to))
        if top in each:
            straight.append(top)
    runs, count = tracks(nets, straight)
    run_of = dict(zip(keys, runs, strict=True))
    found = []
    for top, each in ends.items():
        for x in each:
            if x == top:
                found.append((top, [(top, TOP), (top, BOTTOM)]))
                continue
            run: Run = run_of[top, 1 if x > top else -1]
            assert 0 <= run.track < count
            corners = [(top, TOP), (top, run.track)]
            if run.second >= 0:
                assert run.track < run.second < count
                corners += [(run.turn, run.track), (run.turn, run.second)]
            found.append((top, [*corners, (x, max(run.track, run.second)), (x, BOTTOM)]))
    return found


def pieces(corners):
    return [(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])) for a, b in pairwise(corners)]


@given(ends=channels())
@example(ends={0: [100], 100: [0]})
@example(ends={0: [100], 100: [200], 200: [0]})
@example(ends={0: [100, 200], 100: [0, 300], 200: [-100]})
def test_no_line_runs_on_another(ends):
    for (top, one), (other, two) in combinations(lines(ends), 2):
        if top == other:
            continue
        for a in pieces(one):
            for b in pieces(two):
                level = a[1] == a[3] == b[1] == b[3] and a[0] <= b[2] and b[0] <= a[2]
                upright = a[0] == a[2] == b[0] == b[2] and a[1] <= b[3] and b[1] <= a[3]
                assert not level
                assert not upright


@given(ends=channels())
def test_lines_cross_only_if_their_ends_do(ends):
    found = lines(ends)
    inverted = sum(
        (top < other) != (one[-1][0] < two[-1][0])
        for (top, one), (other, two) in combinations(found, 2)
        if top != other
    )
    if all(len(corners) <= 4 for _, corners in found) and not shared_places(ends):
        assert crossings([Piece(top, corners, 1) for top, corners in found]) == inverted


def shared_places(ends):
    """Whether a line comes down exactly where another starts."""
    return any(x in ends and x != top for top, each in ends.items() for x in each)


@given(ends=channels(), times=st.integers(1, 3))
def test_crossings_are_those_of_every_pair_of_pieces(ends, times):
    found = lines(ends)
    total = 0
    for (top, one), (other, two) in combinations(found, 2):
        if top == other:
            continue
        for a in pieces(one):
            for b in pieces(two):
                for level, upright in ((a, b), (b, a)):
                    total += (
                        level[0] < upright[0] == upright[2] < level[2]
                        and upright[1] < level[1] == level[3] < upright[3]
                    )
    assert crossings([Piece(top, corners, times) for top, corners in found]) == times * times * total


def test_lines_of_one_vertex_to_both_sides_share_a_track():
    runs, count = tracks([Net(0, (-20, -10)), Net(0, (10, 20))])
    assert (runs, count) == ([Run(0), Run(0)], 1)
