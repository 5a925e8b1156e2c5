"""Settings of single layers, drawn at random: the backend, ONNX Runtime and PyTorch give the same numbers.

``CNNSHAPE_HYPOTHESIS=thorough`` compares 5000 settings each way that the backend runs, otherwise a seeded sample.
"""

from __future__ import annotations

import os
from collections import Counter
from functools import cache

import pytest

pytest.importorskip("onnxruntime")
pytest.importorskip("torch")

from cnnshape.layers.catalog import ENTRIES  # after the check that they are there
from tests.conformance.differential_scope import wrong_there
from tests.oracles.differential import WAYS, alone, compared
from tests.random_networks.settings import Setting, settings

THOROUGH = os.environ.get("CNNSHAPE_HYPOTHESIS") == "thorough"
COUNT, BATCHES = (5000, 20) if THOROUGH else (200, 2)


@cache
def drawn() -> list[Setting]:
    return settings(COUNT, seed=1)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_layer_gives_the_numbers_of_onnx_runtime_and_pytorch(way: str, batch: int) -> None:
    done: Counter[str] = Counter()
    faults: dict[str, list[str]] = {}
    for number in range(batch, COUNT, BATCHES):
        setting = drawn()[number]
        systems, found = compared(alone(setting), WAYS[way], number, setting.layer)
        done.update(systems)
        found = [fault for fault in found if not wrong_there(setting.layer, setting.inputs, fault)]
        if found:
            faults[f"{number}: {setting}"] = found
    assert faults == {}
    # A comparison that hardly ever takes place proves nothing.
    least = COUNT / BATCHES
    assert done["onnxruntime"] > 0.8 * least
    assert done["torch"] > 0.6 * least


def test_every_layer_is_compared() -> None:
    seen = Counter(type(setting.layer).__name__ for setting in drawn())
    known = {entry.layer.__name__ for entry in ENTRIES if entry.layer.arity != (0, 0) and entry.name != "unknown"}
    assert {name for name in known if seen[name] < COUNT // 200} == set()
