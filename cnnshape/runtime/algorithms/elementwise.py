"""Layers that work element by element: sums, factors for each channel, normalizations, activations, copies, joins."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from cnnshape.layers.arrays import Array
from cnnshape.layers.merge import Add, Concat, Multiply
from cnnshape.layers.norm import BatchNorm
from cnnshape.runtime.algorithms.folding import affine
from cnnshape.runtime.algorithms.job import Algorithm, Job, Options, Shape, Share, Splits, last
from cnnshape.runtime.kernels import activations
from cnnshape.runtime.kernels.calls import Calls
from cnnshape.runtime.kernels.tails import scratch_items
from cnnshape.runtime.kernels.views import channelwise, parts

__all__ = ["Activating", "Adding", "Copying", "Joining", "Normalizing", "Scaling"]


class _ByParts(Algorithm):
    """What computes parts of the output that stay in the cache."""

    def part(self, job: Job, share: Share, place: tuple[slice, slice]) -> Calls:
        """Yield the calls that fill one part."""
        raise NotImplementedError

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        whole = share.place
        for n, r in parts(share.out.shape, share.rows):
            yield from self.part(job, share, (n, r))
            if share.tail is not None:
                yield from share.tail(share.out[n, r], (n, r, *whole[2:]))


class Adding(_ByParts):
    """The sum of two maps."""

    name = "sum"

    def fits(self, job: Job, options: Options) -> bool:
        return isinstance(job.layer, Add) and len(job.out) == 4 and job.inputs == (job.out, job.out)

    def part(self, job: Job, share: Share, place: tuple[slice, slice]) -> Calls:
        a, b = share.inputs
        yield partial(np.add, a[place], b[place], out=share.out[place])


class Scaling(_ByParts):
    """A map times one factor for each channel of each image."""

    name = "scale"

    def fits(self, job: Job, options: Options) -> bool:
        factors = (*job.out[:2], 1, 1)
        return (
            isinstance(job.layer, Multiply) and sorted(job.inputs) == sorted((job.out, factors)) and len(job.out) == 4
        )

    def part(self, job: Job, share: Share, place: tuple[slice, slice]) -> Calls:
        x, factor = share.inputs if job.inputs[0] == job.out else reversed(share.inputs)
        yield partial(np.multiply, x[place], factor[place[0]], out=share.out[place])


class Normalizing(_ByParts):
    """A normalization that nothing could take in: one factor and one summand for each channel."""

    name = "factor and summand"

    def fits(self, job: Job, options: Options) -> bool:
        return isinstance(job.layer, BatchNorm) and job.layer.track_running_stats and len(job.out) == 4

    def packed(self, job: Job, options: Options) -> Mapping[str, Shape]:
        return {"factor": (job.out[1],), "summand": (job.out[1],)}

    def pack(self, job: Job, options: Options, weights: Mapping[str, Array]) -> Mapping[str, Array]:
        assert isinstance(job.layer, BatchNorm)
        factor, summand = affine(job.layer, weights, "")
        return {"factor": factor.astype(job.dtype), "summand": summand.astype(job.dtype)}

    def part(self, job: Job, share: Share, place: tuple[slice, slice]) -> Calls:
        out = share.out[place]
        yield channelwise(np.multiply, share.packed["factor"])(share.inputs[0][place], out)
        yield channelwise(np.add, share.packed["summand"])(out, out)


class Activating(_ByParts):
    """An activation by itself."""

    name = "activation"

    def fits(self, job: Job, options: Options) -> bool:
        return len(job.out) == 4 and activations.handles(job.layer)

    def workspace(self, job: Job, options: Options) -> int:
        return scratch_items(last(job.out))

    def part(self, job: Job, share: Share, place: tuple[slice, slice]) -> Calls:
        out = share.out[place]
        yield partial(np.copyto, out, share.inputs[0][place])
        yield from activations.finish(job.layer, out, share.workspace)


class Copying(_ByParts):
    """The same map with its channels last."""

    name = "copy"

    def part(self, job: Job, share: Share, place: tuple[slice, slice]) -> Calls:
        yield partial(np.copyto, share.out[place], share.inputs[0][place])

    def fits(self, job: Job, options: Options) -> bool:
        return False  # no layer: the plan asks for it


class Joining(Algorithm):
    """Maps side by side along their channels; those that were made in their place are not copied."""

    name = "join"

    def splits(self, job: Job) -> Splits:
        return "nothing"

    def fits(self, job: Job, options: Options) -> bool:
        return isinstance(job.layer, Concat) and job.layer.dim in (1, -3) and len(job.out) == 4

    def calls(self, job: Job, options: Options, share: Share) -> Calls:
        start = 0
        for x in share.inputs:
            place = share.out[..., start : start + x.shape[3]]
            start += x.shape[3]
            if x.__array_interface__["data"][0] != place.__array_interface__["data"][0]:
                yield partial(np.copyto, place, x)
        if share.tail is not None:
            yield from share.tail(share.out, share.place)
