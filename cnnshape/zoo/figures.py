"""The figures of a published network, computed, beside the published ones."""

from __future__ import annotations

from dataclasses import dataclass

from cnnshape.analysis.counts import counts
from cnnshape.analysis.fitting.validity import validity
from cnnshape.graph.network import Network
from cnnshape.graph.propagate import propagate
from cnnshape.symbolic import evaluate
from cnnshape.zoo.entry import ZooEntry

__all__ = ["Figures", "figures"]


@dataclass(frozen=True, slots=True)
class Figures:
    """What is computed of a network at its default sizes.

    Parameters
    ----------
    entry : ZooEntry
    input : sizes of the first input, without the batch
    params : int, trainable parameters
    macs : int, multiply-adds of one input
    fits : for each symbol that is restricted, what it may be
    """

    entry: ZooEntry
    input: tuple[int, ...]
    params: int
    macs: int
    fits: tuple[str, ...]

    @property
    def gmacs(self) -> str:
        """10^9 multiply-adds, to as many decimals as the published figure has, else to three decimals and digits."""
        published = self.entry.published
        decimals = len(published.gmacs.partition(".")[2]) if published and published.gmacs else 0
        return f"{self.macs / 1e9:.{decimals or max(3, 12 - len(str(self.macs)))}f}"


def figures(entry: ZooEntry) -> Figures:
    """Return the figures of a network as its builder makes it without arguments.

    Examples
    --------
    >>> from cnnshape import zoo
    >>> found = figures(zoo.resnet50)
    >>> found.input, found.params, found.gmacs, found.entry.published.gmacs
    ((3, 224, 224), 25557032, '4.089', '4.089')
    >>> figures(zoo.lenet5).gmacs
    '0.000417'
    """
    network = entry()
    free = propagate(network)
    counted = counts(free)
    sizes = _sizes(network)
    shape = free.specs[network.inputs[0].name].shape
    sets = validity(free).sets
    return Figures(
        entry,
        tuple(evaluate(size, sizes) for size in shape[1:]),
        evaluate(counted.params.total, sizes),
        evaluate(counted.macs.total, sizes),
        tuple(str(sets[symbol]) for symbol in sets),
    )


def _sizes(network: Network) -> dict[str, int]:
    return {**network.defaults, **({network.batch: 1} if network.batch else {})}
