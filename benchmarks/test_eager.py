"""ResNet-18 in prepared calls, beside PyTorch's own way of running a module."""

import pytest

from benchmarks.interleaved import PROCESSOR_TIME, beside
from benchmarks.subjects import subject


@pytest.mark.benchmark(**PROCESSOR_TIME)
def test_eager_beside_a_module(benchmark):
    torch = pytest.importorskip("torch")
    from benchmarks.eager import Eager
    from benchmarks.torch_resnet18 import ResNet18

    torch.set_num_threads(1)
    which, module = subject("resnet18"), ResNet18().eval()
    weights = {name: torch.from_numpy(weight) for name, weight in which.weights.items()}
    assert not module.load_state_dict(weights, strict=False).unexpected_keys
    eager, (x,) = Eager(which.fixed, which.weights), which.inputs.values()

    def peer():
        with torch.inference_mode():
            return module(torch.from_numpy(x)).numpy()

    beside(benchmark, lambda: eager.run(which.inputs), peer, rounds=40, **PROCESSOR_TIME)
