"""Large ONNX files: weights stay on the disk, and what is read takes time and memory with the number of nodes."""

import gc
import subprocess
import sys
from pathlib import Path
from time import process_time

import pytest

onnx = pytest.importorskip("onnx")

import cnnshape as cs  # noqa: E402  # after the check that it is there
from benchmarks.large_onnx import apart, chain, inside  # noqa: E402

ROOT = Path(__file__).parents[3]
MIB = 1 << 20


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the most memory is read there")
@pytest.mark.parametrize("make", [inside, apart])
def test_weights_take_no_memory(tmp_path, make):
    """A report on 200 MiB of weights needs little more than one on 2 MiB."""
    most = []
    for layers in (2, 50):
        make(tmp_path / f"{layers}.onnx", layers, 1024 if layers == 50 else 512)
        run = [sys.executable, "-m", "benchmarks.large_onnx", "--report", str(tmp_path / f"{layers}.onnx")]
        said = subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
        assert int(said[0]) == layers * (1024 if layers == 50 else 512) ** 2
        most.append(int(said[1]))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) > 200 * MIB
    assert most[1] - most[0] < 30 * MIB


def seconds(count):
    """Processor time of reading a chain of layers, without that of walking over all the objects of the tests."""
    model = chain(count)
    gc.disable()
    try:
        start = process_time()
        network = cs.load(model)
        return process_time() - start
    finally:
        gc.enable()
        assert len(network.nodes) == count + 1


def test_time_grows_with_the_number_of_nodes():
    few, many = (min(seconds(count) for _ in range(3)) for count in (1_500, 6_000))
    assert many < 8 * few
