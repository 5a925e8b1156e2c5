"""Regularization on arrays: nothing happens at inference, as in PyTorch."""

import random

import numpy as np

from cnnshape import layers as L
from tests.layers.computing import computed, numbers, same


def test_everything_passes(torch):
    draw, source = random.Random(1), np.random.default_rng(1)
    for _ in range(60):
        p, rank = draw.random(), draw.randint(1, 3)
        x = numbers(
            source, tuple(draw.randint(1, 4) for _ in range(rank + 2)), draw.choice(("float64", "float32", "float16"))
        )
        for layer, module in (
            (L.Dropout(p), torch.nn.Dropout(p)),
            (L.Dropout(p, rank=rank), getattr(torch.nn, f"Dropout{rank}d")(p)),
            (L.AlphaDropout(p), torch.nn.AlphaDropout(p)),
        ):
            same(computed(layer, x), module.eval()(torch.from_numpy(x)).numpy())
        same(computed(L.DropPath(p, mode=draw.choice(("row", "batch"))), x), x)
