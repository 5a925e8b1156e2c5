"""Which algorithm computes a layer: the first of a table that fits."""

from __future__ import annotations

from cnnshape.runtime.algorithms.convolution import ByColumns, ByDepth, ByGroups, ByPixel, ByTaps, ByTiles
from cnnshape.runtime.algorithms.elementwise import Activating, Adding, Copying, Joining, Normalizing, Scaling
from cnnshape.runtime.algorithms.job import Algorithm, Job, Options
from cnnshape.runtime.algorithms.pointwise import ByPoint
from cnnshape.runtime.algorithms.pooling import ByMeans, ByWhole, Interpolating, Pooling, Repeating
from cnnshape.runtime.algorithms.separable import BySeparation

__all__ = ["COPYING", "chosen"]

COPYING = Copying()

_ALGORITHMS: tuple[Algorithm, ...] = (
    ByPixel(),
    ByPoint(),
    ByTiles(),
    ByColumns(),
    ByDepth(),
    ByGroups(),
    ByTaps(),
    BySeparation(),
    Normalizing(),
    Adding(),
    Scaling(),
    Joining(),
    Activating(),
    Pooling(),
    ByMeans(),
    ByWhole(),
    Repeating(),
    Interpolating(),
)


def chosen(job: Job, options: Options) -> Algorithm | None:
    """Return the algorithm for a job; None: the kernel of the layer's family."""
    if job.dtype not in ("float32", "float64") or not job.inputs:
        return None
    return next((each for each in _ALGORITHMS if each.takes(job) and each.fits(job, options)), None)
