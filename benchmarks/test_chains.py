"""Chains of 10 000 and 100 000 layers: linear time, no recursion, memory that a laptop has."""

import json
import subprocess
import sys

import pytest

from benchmarks.chain import chain
from benchmarks.interleaved import PROCESSOR_TIME, ROOT
from cnnshape import load
from cnnshape.analysis.counts import counts
from cnnshape.graph.propagate import propagate


@pytest.mark.benchmark(**PROCESSOR_TIME)
@pytest.mark.parametrize("length", [10_000, 100_000])
def test_walk_and_counts(benchmark, length):
    network, weights = chain(length)

    def counted():
        found = counts(propagate(network))
        return found.params.total, found.macs.total

    assert benchmark.pedantic(counted, rounds=3)[0] == weights


@pytest.mark.parametrize("length", [10_000, 100_000])
def test_a_process_of_its_own(benchmark, length):
    """Building included; the memory is that of the whole process, Python and its modules too."""

    def run():
        command = [sys.executable, "-m", "benchmarks.chain", str(length)]
        environment = {"PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout

    benchmark.extra_info.update(json.loads(benchmark.pedantic(run, rounds=3)))


@pytest.mark.benchmark(**PROCESSOR_TIME)
@pytest.mark.parametrize("length", [10_000, 100_000])
def test_load_of_a_design(benchmark, length):
    design = f"""
    input: [3, H, W]
    define:
      cbr: [{{conv: {{out_channels: 8, kernel_size: 3, padding: 1}}}}, batch_norm, relu, identity]
    layers: [{{cbr: {{}}, repeat: {length // 4}}}]
    """
    assert len(benchmark.pedantic(load, (design,), rounds=3).nodes) == length + 1
