"""Blocks of memory that are needed at the same time never overlap."""

import random
from itertools import pairwise

from cnnshape.graph.offsets import offsets


def test_no_two_blocks_that_live_together_overlap_and_the_length_is_what_they_reach():
    draw = random.Random(1)
    for _ in range(300):
        blocks = []
        for _ in range(draw.randint(0, 30)):
            first = draw.randint(0, 20)
            blocks.append((first, first + draw.randint(0, 8), draw.choice((0, 1, 7, 64, 1000))))
        places, length = offsets(blocks)
        spans = [(place, place + size, first, last) for place, (first, last, size) in zip(places, blocks, strict=True)]
        for i, (low, high, first, last) in enumerate(spans):
            for other_low, other_high, begins, ends in spans[:i]:
                together = first <= ends and begins <= last
                assert not together or high <= other_low or other_high <= low or low == high or other_low == other_high
        assert length == max((high for low, high, _, _ in spans if high > low), default=0)
        # Never less than what is alive at once in some step, never more than all together.
        alive = [sum(size for first, last, size in blocks if first <= step <= last) for step in range(30)]
        assert max(alive, default=0) <= length <= sum(size for _, _, size in blocks)


def test_a_chain_needs_its_two_largest_neighbours():
    sizes = [5, 80, 30, 60, 10]
    blocks = [(i, i + 1, size) for i, size in enumerate(sizes)]
    assert offsets(blocks)[1] == max(a + b for a, b in pairwise(sizes))
