"""Where columns begin, beside all ways to cut."""

from itertools import combinations

import pytest

from cnnshape.render.layout.cuts import cuts

HEIGHTS = [20, 18, 18, 40, 18, 18, 18, 30, 18]
LINES = [1, 2, 2, 1, 1, 3, 1, 2]


@pytest.mark.parametrize("most", [60, 90, 120, 200, 400])
def test_the_cheapest_of_all_ways_to_cut(most):
    tops = [sum(HEIGHTS[:k]) + 16 * k for k in range(len(HEIGHTS))]
    bottoms = [top + height for top, height in zip(tops, HEIGHTS, strict=True)]

    def cost(starts):
        total = 0.0
        for start, end in zip(starts, [*starts[1:], len(HEIGHTS)], strict=True):
            height = bottoms[end - 1] - tops[start]
            if height > most and end - start > 1:
                return float("inf")
            total += 1 + max(0, 1 - height / most) ** 2
        return total + sum(0.5 * (LINES[start - 1] - 1) for start in starts[1:])

    ways = [[0, *rest] for size in range(len(HEIGHTS)) for rest in combinations(range(1, len(HEIGHTS)), size)]
    assert cost(cuts(tops, bottoms, LINES, most)) == pytest.approx(min(map(cost, ways)))


def test_a_layer_higher_than_a_column_stands_alone():
    assert cuts([0, 100, 300], [90, 290, 320], [1, 1], 95) == [0, 1, 2]
