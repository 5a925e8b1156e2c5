"""The frameworks that are compared: each makes a network ready once, and is then called with arrays, many times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from benchmarks.subjects import Subject
    from cnnshape.runtime.steps import Step

Run: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""From inputs to outputs, name -> array."""


def program(subject: Subject, threads: int = 1, *, strict: bool = False) -> Any:
    """Return what cnnshape runs; the one place that knows how it is made."""
    from cnnshape.runtime.plan import plan
    from cnnshape.runtime.program import bind

    return bind(plan(subject.network, subject.sizes, strict=strict, threads=threads), subject.weights)


def steps(
    subject: Subject, threads: int = 1, timer: Callable[[], float] = perf_counter, *, strict: bool = False
) -> tuple[Sequence[Step], Callable[[], dict[str, float]]]:
    """Return the steps of cnnshape, and what runs them and tells how long each took: name of its node -> s."""
    ready = program(subject, threads, strict=strict)
    made = [bound.step for bound in ready.steps]

    def run() -> dict[str, float]:
        ends: list[float] = []
        ready.run(subject.inputs, lambda *_: ends.append(timer()))
        times = (after - before for before, after in pairwise(ends))
        return {step.node: taken for step, taken in zip(made, times, strict=True)}

    return made, run


def cnnshape(subject: Subject, threads: int, *, strict: bool = False) -> Run:
    return program(subject, threads, strict=strict).run


def torch(subject: Subject, threads: int) -> Run:
    import torch as framework

    from benchmarks.eager import Eager

    framework.set_num_threads(threads)
    return Eager(subject.fixed, subject.weights).run


def onnxruntime(subject: Subject, threads: int) -> Run:
    return session(onnx_model(subject), threads)


def session(model: bytes | str, threads: int) -> Run:
    """Return what ONNX Runtime makes of a model, or of the file that holds it."""
    import onnxruntime as framework

    options = framework.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = framework.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    made = framework.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in made.get_outputs()]
    return lambda inputs: dict(zip(names, made.run(names, dict(inputs)), strict=True))


def reference(subject: Subject, _: int = 1) -> Run:
    """ONNX's own evaluator, which is written for clarity."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    made = ReferenceEvaluator(onnx.load_from_string(onnx_model(subject)))
    return lambda inputs: dict(zip(made.output_names, made.run(None, dict(inputs)), strict=True))


def onnx_model(subject: Subject) -> bytes:
    """Return a network at its sizes, with its weights, as an ONNX model."""
    from cnnshape.formats.onnx.writer import write

    return write(subject.network, subject.weights, subject.sizes).SerializeToString()


FRAMEWORKS: Mapping[str, Callable[[Subject, int], Run]] = {
    "cnnshape": cnnshape,
    "strict": partial(cnnshape, strict=True),  # without Winograd's algorithm
    "torch": torch,
    "onnxruntime": onnxruntime,
}
"""In the order of their turns."""
