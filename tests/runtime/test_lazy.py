"""Weights that are read one by one: what is held at once, and what a process takes that runs a network."""

import gc
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cnnshape as cs
from cnnshape.runtime.apart import apart
from cnnshape.runtime.lazy import LazyWeights
from cnnshape.runtime.plan import plan
from cnnshape.runtime.program import bind
from cnnshape.runtime.store import Header, dumped, open_store
from cnnshape.runtime.weights import fitted, initial, seeded

ROOT = Path(__file__).parents[2]


def small():
    return plan(cs.load("lenet5"), {"N": 1, "H": 32, "W": 32})


def test_an_array_is_made_once_while_somebody_holds_it():
    made = []

    def read(name):
        made.append(name)
        return np.ones(3)

    weights = LazyWeights({"a": Header((3,), "float64")}, read)
    assert "a" in weights
    assert "b" not in weights
    assert (list(weights), len(weights), made) == (["a"], 1, [])
    held = weights["a"]
    assert weights["a"] is held
    del held
    gc.collect()
    assert weights["a"].tolist() == [1, 1, 1]
    assert made == ["a", "a"]
    with pytest.raises(KeyError):
        weights["b"]


def test_binding_reads_every_weight_once():
    ready = small()
    whole, seen = initial(ready), []

    def read(name):
        seen.append(name)
        return whole[name].copy()

    lazy = LazyWeights({name: Header(w.shape, w.dtype.name) for name, w in whole.items()}, read)
    x = {"input": np.ones((1, 1, 32, 32), np.float32)}
    np.testing.assert_array_equal(bind(ready, lazy).run(x)["output"], bind(ready, whole).run(x)["output"])
    assert sorted(seen) == sorted(whole)


def test_numbers_drawn_in_pieces_are_those_drawn_at_once():
    x = cs.Input("x", (700,))
    ready = plan(cs.Network("wide", inputs=x, outputs=cs.layers.Linear(600)(x)), {"N": 1})
    numbers = np.random.default_rng([5, *b"linear1.weight"])
    bound = np.sqrt(6 / 700)  # He et al. 2015
    wanted = numbers.uniform(-bound, bound, (600, 700)).astype(np.float32)
    np.testing.assert_array_equal(seeded(ready, 5)["linear1.weight"], wanted)


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_large_arrays_come_back_from_files(tmp_path, suffix, order):
    if suffix == ".safetensors":
        pytest.importorskip("safetensors")
    values = np.asarray(np.random.default_rng(0).standard_normal((700, 600)), order=order)
    path = tmp_path / f"w{suffix}"
    path.write_bytes(dumped({"w": values, "one": np.array(3.0), "none": np.ones((0, 4))}, suffix))
    store = open_store(path)
    np.testing.assert_array_equal(store.read("w"), values)
    assert (store.read("one").shape, store.read("none").shape) == ((), (0, 4))


def test_a_file_that_shrinks_after_its_header_was_read_is_told(tmp_path):
    pytest.importorskip("safetensors")
    path = tmp_path / "w.safetensors"
    path.write_bytes(dumped(initial(small()), ".safetensors"))
    weights, _ = fitted(small(), open_store(path))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(cs.errors.ReadError, match="damaged"):
        dict(weights)


def test_an_array_apart_is_like_any_other():
    for shape in ((), (3,), (0, 2), (1024, 512)):
        values = apart(shape, "float32")
        values[...] = 2
        assert (values.shape, values.dtype, values.sum()) == (shape, np.float32, 2 * np.prod(shape))
        assert values.flags.writeable


MEASURED = """
import re, sys
from pathlib import Path
import numpy as np
import cnnshape as cs
from cnnshape.runtime.plan import plan
x = np.ones((1, 3, int(sys.argv[2]), int(sys.argv[2])), np.float32)
cs.run(sys.argv[1], x, threads=1, weights=sys.argv[3] if len(sys.argv) > 3 else None)
ready = plan(cs.load(sys.argv[1]), {"N": 1, "H": x.shape[2], "W": x.shape[3]})
most = int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
print(most, int(1.3 * ready.arena_bytes) + ready.weight_bytes + (60 << 20), ready.stored_weight_bytes)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the kernel does not say what a process took")
@pytest.mark.parametrize(("name", "size", "file"), [("resnet50", 224, False), ("resnet18", 224, True)])
def test_a_process_takes_little_more_than_arena_and_kept_weights(tmp_path, name, size, file):
    more = []
    if file:
        ready = plan(cs.load(name), {"N": 1, "H": size, "W": size})
        np.savez(tmp_path / "w.npz", **initial(ready))
        more = [str(tmp_path / "w.npz")]
    ended = subprocess.run(
        [sys.executable, "-c", MEASURED, name, str(size), *more], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert re.fullmatch(r"\d+ \d+ \d+\n", ended.stdout), ended.stderr
    most, bound, stored = map(int, ended.stdout.split())
    assert most <= bound
    assert bound - stored < most, "the weights as they are given would not have fitted beside the others"
