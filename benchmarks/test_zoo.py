"""Networks of the zoo with free sizes, warm: building them, and the walk with the counts."""

import pytest

from benchmarks.interleaved import PROCESSOR_TIME
from cnnshape import zoo
from cnnshape.analysis.counts import counts
from cnnshape.graph.propagate import propagate

pytestmark = pytest.mark.benchmark(**PROCESSOR_TIME)

NETWORKS = {
    "resnet50": 25_557_032,
    "resnet152": 60_192_808,
    "inception_v3": 27_161_264,
    "densenet201": 20_013_928,
    "efficientnet_b7": 66_347_960,
}


@pytest.mark.parametrize("name", NETWORKS)
def test_build(benchmark, name):
    benchmark(zoo, name)


@pytest.mark.parametrize("name", NETWORKS)
def test_walk_and_counts(benchmark, name):
    network = zoo(name)

    def counted():
        found = counts(propagate(network))
        return found.params.total, found.macs.total

    assert benchmark(counted)[0] == NETWORKS[name]
