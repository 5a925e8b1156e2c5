"""ResNet-50 from its design file, sizes free: the walk and the counts, beside tools that look at the PyTorch module."""

from copy import deepcopy

import pytest

from benchmarks.interleaved import PROCESSOR_TIME, ROOT, beside
from cnnshape import load
from cnnshape.analysis.counts import counts
from cnnshape.graph.propagate import propagate

pytestmark = pytest.mark.benchmark(**PROCESSOR_TIME)

PARAMETERS = 25_557_032
DESIGN = ROOT / "examples" / "resnet50.yaml"


@pytest.fixture(scope="module")
def network():
    return load(DESIGN)


@pytest.fixture(scope="module")
def module():
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)  # processor time is then the time of the computation
    from benchmarks.torch_resnet50 import resnet50

    return resnet50()


def counted(network):
    found = counts(propagate(network))
    return found.params.total, found.macs.total


def test_load(benchmark):
    assert len(benchmark(load, DESIGN).nodes) == 176


def test_walk_and_counts(benchmark, network):
    assert benchmark(counted, network)[0] == PARAMETERS


def test_walk_and_counts_beside_a_pass_over_meta_tensors(benchmark, network, module):
    import torch

    meta, x = deepcopy(module).to("meta"), torch.empty(1, 3, 224, 224, device="meta")
    with torch.no_grad():
        beside(benchmark, lambda: counted(network), lambda: meta(x), rounds=30, **PROCESSOR_TIME)


def test_walk_and_counts_beside_torchinfo(benchmark, network, module):
    torchinfo = pytest.importorskip("torchinfo")
    summary = torchinfo.summary(module, (1, 3, 224, 224), verbose=0)
    assert summary.total_params == PARAMETERS
    beside(
        benchmark,
        lambda: counted(network),
        lambda: torchinfo.summary(module, (1, 3, 224, 224), verbose=0),
        rounds=10,
        **PROCESSOR_TIME,
    )


def test_walk_and_counts_beside_fvcore(benchmark, network, module):
    nn = pytest.importorskip("fvcore.nn")
    import torch

    x = torch.zeros(1, 3, 224, 224)

    def count():
        analysis = nn.FlopCountAnalysis(module, x).unsupported_ops_warnings(False).uncalled_modules_warnings(False)
        return analysis.total()

    assert count() == 4_111_512_576
    beside(benchmark, lambda: counted(network), count, rounds=10, **PROCESSOR_TIME)


def test_whole_report_beside_torch_export(benchmark, module):
    """Formulas and valid sizes from both: torch.export with both sizes dynamic, here the report with its conditions."""
    import torch
    from torch.export import Dim, export

    from cnnshape import report

    example = (torch.zeros(1, 3, 224, 224),)

    def exported():
        return export(module, example, dynamic_shapes=({2: Dim.AUTO, 3: Dim.AUTO},))

    def reported():
        found = report(DESIGN)
        return found.conditions, found.tensors, found.totals, found.layers

    beside(benchmark, reported, exported, rounds=2, **PROCESSOR_TIME)
