"""Short columns, runs and bends say what the long forms said."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cnnshape.render.html.pack import column
from cnnshape.render.html.picture import bends, runs


def texts(packed) -> list[str]:
    """What the page's script makes of a column."""
    if isinstance(packed, list):
        return packed
    if "t" in packed:
        return [packed["t"][i] for i in packed["i"]]
    out, before = [], ""
    for part in packed["p"]:
        before = before[: int(part[0], 36)] + part[1:]
        out.append(before)
    return out


def written(data) -> int:
    return len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode())


@given(st.lists(st.text("ab.1é𝄞", max_size=50), max_size=12))
def test_a_column_holds_its_texts(words):
    packed = column(words)
    assert texts(packed) == words
    assert written(packed) <= written(words)


@given(st.sets(st.integers(0, 60)))
def test_runs_hold_their_numbers(numbers):
    found = runs(numbers)
    spread = [first + k for first, length in zip(found[::2], found[1::2], strict=True) for k in range(length)]
    assert spread == sorted(numbers)
    assert all(a + length < b for (a, length), (b, _) in pairwise(zip(found[::2], found[1::2], strict=True)))


@given(st.lists(st.integers(-9, 9).filter(bool), min_size=1, max_size=8), st.booleans())
def test_bends_hold_their_corners(steps, level_first):
    x, y, level = 3, 5, level_first
    route = [(x, y)]
    for step in steps:
        x, y = (x + step, y) if level else (x, y + step)
        route.append((x, y))
        level = not level
    x, y, *changes = bends(route)
    found = [(x, y)]
    for i, change in enumerate(changes):
        x, y = (x + change, y) if i % 2 else (x, y + change)
        if change:
            found.append((x, y))
    assert found == route
