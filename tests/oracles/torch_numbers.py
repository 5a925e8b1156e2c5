"""Layers whose torch call above gives the right shape alone: the calls that give the numbers too."""

from __future__ import annotations

from typing import Any

from tests.oracles.torch_arrange import listed
from tests.oracles.torch_calls import F, Maker, function, torch


def mean(a: dict[str, Any], x: Any) -> Any:
    return x.mean(listed(a["dim"]), keepdim=a["keepdim"])


NUMBERS: dict[str, Maker] = {
    "ReLU": function(lambda a, x: F.relu(x)),
    "ReLU6": function(lambda a, x: F.relu6(x)),
    "LeakyReLU": function(lambda a, x: F.leaky_relu(x, a["negative_slope"])),
    "Sigmoid": function(lambda a, x: torch.sigmoid(x)),
    "Tanh": function(lambda a, x: torch.tanh(x)),
    "SiLU": function(lambda a, x: F.silu(x)),
    "GELU": function(lambda a, x: F.gelu(x, approximate=a["approximate"])),
    "Hardswish": function(lambda a, x: F.hardswish(x)),
    "Hardsigmoid": function(lambda a, x: F.hardsigmoid(x)),
    "ReduceMean": function(mean),
    "Softmax": function(lambda a, x: F.softmax(x, a["dim"])),
}
