"""What `solve` says of random networks is what a walk over numbers finds."""

from random import Random

import pytest

import cnnshape as cs
from cnnshape.errors import UsageError
from cnnshape.graph.propagate import propagate
from tests.random_networks.grow import grow
from tests.random_networks.special import numbers_tell_more


@pytest.mark.parametrize("seed", range(60))
def test_solutions_of_random_networks(seed):
    rng = Random(f"solutions {seed}")
    sample = grow(rng, rng.randint(1, 12))
    network = sample.network
    found = cs.solve(network)
    free = found.answer.propagation

    def fits(sizes):
        walked = propagate(network, {"N": 1, **sizes})
        return None if numbers_tell_more(network, free, walked) else not walked.faults

    assert found.smallest is None or fits(found.smallest) is not False
    own = {name: size for name, size in sample.sizes.items() if name in network.symbols}
    for sizes in (own, {name: rng.randint(1, 9) for name in own}):
        at, valid = found.at(sizes), fits(sizes)
        assert valid in (at.valid, None)
        assert all(fits({**sizes, **near}) is not False for near in at.nearest)
        if valid:
            # What fits as a whole fits in part, at the sizes of its training, and for the output that it has.
            assert found.at(dict(list(sizes.items())[:1])).valid is not False
            assert cs.solve(network, trained_at=sizes, sizes=sizes).valid is not False
            outputs = propagate(network, {"N": 1, **sizes}).specs
            for name, tensor in network.outputs.items():
                shape = outputs[tensor].shape[2:]
                if shape and all(isinstance(size, int) for size in shape):
                    assert cs.solve(network, output={name: shape}, sizes=sizes).valid is not False
        assert at.to(width=60)


def test_what_the_questions_refuse_is_said():
    network = grow(Random("solutions"), 3).network
    with pytest.raises(UsageError):
        cs.solve(network, output=(1,) * 9)
