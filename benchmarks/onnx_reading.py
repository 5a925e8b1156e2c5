"""Reading real ONNX models with free sizes, beside ONNX Runtime's symbolic shape inference: times, and what is right.

``python -m benchmarks.onnx_reading`` goes through the corpus that CNNSHAPE_CORPUS names; ``--models`` chooses some of
it, ``--json FILE`` keeps all numbers.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stdout
from dataclasses import asdict, dataclass
from functools import lru_cache
from io import StringIO
from math import prod
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.interleaved import PROCESSOR_TIME, ROOT, in_turns, ratio

Shapes = dict[str, Callable[[dict[str, int]], "tuple[int, ...] | None"]]
"""Tensor -> its shape at sizes, None where it is not known."""

FOLDER = Path(os.environ.get("CNNSHAPE_CORPUS") or ROOT / "../shared/corpus") / "onnx"
OURS, PEER, ONNX = "cnnshape", "SymbolicShapeInference", "onnx.shape_inference"


class OutOfTime(Exception):
    """A run takes longer than it may."""


@dataclass(frozen=True)
class Record:
    """What was measured of one model."""

    model: str
    nodes: int
    ours: float
    """s, the median of the rounds."""
    peer: float | None
    """The same; None where it failed or was stopped."""
    faster: float | None
    """Peer to cnnshape, the median of the ratios of each round."""
    right: dict[str, float]
    """Name -> share of the recorded tensors whose shape is right at every recorded size."""
    failures: dict[str, str]


def ours(path: Path) -> tuple[Any, Any]:
    """Read a model, walk through its network; return both results."""
    from cnnshape.formats.onnx.reader import read_onnx
    from cnnshape.graph.propagate import propagate

    made = read_onnx(str(path))
    return made, propagate(made.network)


def peer(content: bytes) -> Any:
    """Read a model and infer its shapes as its users do; a model that was inferred partly is returned as well."""
    import onnx
    from onnxruntime.tools.symbolic_shape_infer import SymbolicShapeInference

    return SymbolicShapeInference.infer_shapes(onnx.load_from_string(content), auto_merge=True)


def onnx_alone(content: bytes) -> Any:
    """Read a model and infer its shapes with ONNX's own functions."""
    import onnx

    return onnx.shape_inference.infer_shapes(onnx.load_from_string(content), data_prop=True)


def shapes_of_ours(found: tuple[Any, Any]) -> Shapes:
    from cnnshape.symbolic import evaluate

    made, walk = found
    shapes = {name: walk.specs[tensor].shape for name, tensor in made.tensors.items() if tensor in walk.specs}
    shapes |= made.network.origin.known
    return {
        name: lambda sizes, shape=shape: tuple(evaluate(size, sizes) for size in shape)
        for name, shape in shapes.items()
    }


def shapes_of_model(model: Any) -> Shapes:
    """Return what a ModelProto says of its tensors; its texts are formulas of SymPy."""

    def shape(dims: Any, sizes: dict[str, int]) -> tuple[int, ...] | None:
        known = [size.dim_value if size.HasField("dim_value") else _formula(size.dim_param, sizes) for size in dims]
        return None if None in known else tuple(known)

    shapes: Shapes = {}
    for each in (*model.graph.value_info, *model.graph.output):
        tensor = each.type.tensor_type
        if tensor.HasField("shape"):
            shapes[each.name] = lambda sizes, dims=tensor.shape.dim: shape(dims, sizes)
    for each in model.graph.initializer:  # constants that were computed
        shapes[each.name] = lambda _, dims=tuple(each.dims): dims
    return shapes


def _formula(words: str, sizes: dict[str, int]) -> int | None:
    from sympy import Integer

    if not words:
        return None
    parsed = _parsed(words)
    if parsed is None or any(str(symbol) not in sizes for symbol in parsed.free_symbols):
        return None
    value = parsed.subs({symbol: sizes[str(symbol)] for symbol in parsed.free_symbols})
    return int(value) if isinstance(value, Integer) else None


@lru_cache(100_000)
def _parsed(words: str) -> Any:
    from sympy import Symbol, sympify

    names = {name: Symbol(name, integer=True, positive=True) for name in re.findall(r"[A-Za-z_]\w*(?!\w*\()", words)}
    try:
        return sympify(words, locals=names)
    except Exception:  # noqa: BLE001  # the name of a size may be anything: it is no formula then
        return None


def recorded(path: Path, model: Any) -> Iterator[tuple[dict[str, int], dict[str, tuple[int, ...]]]]:
    """Yield the sizes that the declared input allows, with the shapes that ONNX Runtime found in a run."""
    measured = json.loads(path.with_suffix(".json").read_text())
    (given,) = (each for each in model.graph.input if each.name == "input")
    dims = given.type.tensor_type.shape.dim
    places = (0, 1, 2) if path.stem.startswith("keras") else (0, -2, -1)
    read = {name for node in model.graph.node for name in node.input} | {out.name for out in model.graph.output}
    unread = {name for node in model.graph.node for name in node.output[1:]} - read
    for number, sizes in enumerate(measured["sizes"]):
        declared = [(dims[place], size) for place, size in zip(places, sizes, strict=True)]
        fits = all(d.dim_value == size for d, size in declared if d.HasField("dim_value"))
        if measured["status"][number] == "ok" and fits:
            yield (
                {d.dim_param: size for d, size in declared if d.dim_param},
                {
                    name: tuple(row[1 + number])
                    for name, row in measured["tensors"].items()
                    if row[1 + number] is not None and name not in unread
                },
            )


def share(shapes: Shapes, truth: list[tuple[dict[str, int], dict[str, tuple[int, ...]]]]) -> float:
    """Return the share of the recorded tensors whose shape is right at all sizes."""
    names = {name for _, tensors in truth for name in tensors}
    wrong = {
        name
        for sizes, tensors in truth
        for name, shape in tensors.items()
        if name not in shapes or shapes[name](sizes) != shape
    }
    return 1 - len(wrong) / len(names)


def weights(model: Any) -> Iterator[tuple[str, int]]:
    """Yield the files in which the numbers of a model stand, with the least length that they have."""
    import onnx

    for each in model.graph.initializer:
        if each.data_location == onnx.TensorProto.EXTERNAL:
            said = {entry.key: entry.value for entry in each.external_data}
            held = onnx.helper.tensor_dtype_to_np_dtype(each.data_type).itemsize * prod(each.dims)
            yield said["location"], int(said.get("offset", 0)) + int(said.get("length", held))


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Stop what takes longer, if it is Python code."""

    def stop(*_: Any) -> None:
        raise OutOfTime(f"stopped after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def tried(run: Callable[[], Any], seconds: float) -> tuple[Any, str]:
    """Return what a run gives, or None and how it failed."""
    try:
        with limit(seconds), redirect_stdout(StringIO()):
            return run(), ""
    except Exception as fault:  # noqa: BLE001  # whatever it is, it is told
        first = (str(fault).strip().splitlines() or [""])[0]
        return None, f"{type(fault).__name__}: {first[:80]}"


def measured(path: Path, *, seconds: float, most: float) -> Record:
    """Compare what each finds, then time them in turns."""
    import onnx

    content = path.read_bytes()
    model = onnx.load_from_string(content)
    truth = list(recorded(path, model))
    # The peer looks at some weights, which the corpus leaves out: it gets zeros.
    for name, length in weights(model):
        with Path(name).open("ab") as file:
            file.truncate(max(length, file.tell()))
    right, failures = {OURS: share(shapes_of_ours(ours(path)), truth)}, {}
    for name, run in ((PEER, peer), (ONNX, onnx_alone)):
        found, failures[name] = tried(lambda run=run: run(content), most)
        if found is None and Path(PARTIAL).exists():
            found = onnx.load(PARTIAL, load_external_data=False)
            Path(PARTIAL).unlink()
        right[name] = 0.0 if found is None else share(shapes_of_model(found), truth)
    runs = {PEER: lambda: tried(lambda: peer(content), most), OURS: lambda: ours(path)}
    if failures[PEER]:
        del runs[PEER]
    times = in_turns(runs, seconds=seconds, least=3, most=15, warm=False, timer=PROCESSOR_TIME["timer"])
    both = not failures[PEER]
    return Record(
        path.stem,
        len(model.graph.node),
        median(times[OURS]),
        median(times[PEER]) if both else None,
        1 / ratio(times, OURS, PEER) if both else None,
        right,
        {name: why for name, why in failures.items() if why},
    )


PARTIAL = "sym_shape_infer_temp.onnx"
"""What the peer leaves in the working folder where it does not finish."""


def shown(each: Record) -> str:
    """Return the line of a table."""
    peers = "failed" if each.peer is None else f"{1000 * each.peer:.0f} ms"
    faster = "" if each.faster is None else f"{each.faster:.0f}"
    rights = (f"{100 * each.right[name]:.1f} %" for name in (OURS, PEER, ONNX))
    return f"{each.model:34}{each.nodes:6}{1000 * each.ours:8.1f} ms{peers:>11}{faster:>7}" + "".join(
        f"{right:>9}" for right in rights
    )


def summary(records: list[Record]) -> Iterator[str]:
    """Yield what all models have in common."""
    factors = sorted(each.faster for each in records if each.faster is not None)
    yield f"{len(records)} models: cnnshape {1000 * median(each.ours for each in records):.1f} ms in the median"
    if factors:
        peers = median(each.peer for each in records if each.peer is not None)
        yield f"{PEER}: {1000 * peers:.0f} ms; slower by the factor {median(factors):.1f} in the median,"
        yield f"  {factors[0]:.1f} at least, {factors[-1]:.0f} at most, of {len(factors)} models that it finishes"
    for name in (OURS, PEER, ONNX):
        whole = sum(each.right[name] == 1 for each in records)
        mean = 100 * sum(each.right[name] for each in records) / len(records)
        yield f"{name}: every shape right in {whole} models; {mean:.1f} % of the shapes in the mean"
    for each in records:
        for name, why in each.failures.items():
            yield f"{each.model}: {name}: {why}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", help="comma-separated parts of names; all by default")
    parser.add_argument("--seconds", type=float, default=1, help="what all rounds of a model may take beyond three")
    parser.add_argument("--most", type=float, default=60, help="seconds after which a run is stopped")
    parser.add_argument("--json", type=Path, help="a file for all numbers")
    arguments = parser.parse_args()
    wanted = arguments.models.split(",") if arguments.models else [""]
    paths = [path.resolve() for path in sorted(FOLDER.glob("*.onnx")) if any(part in path.name for part in wanted)]
    if not paths:
        parser.error(f"no models in {FOLDER}; CNNSHAPE_CORPUS names the folder above it")
    kept = arguments.json.resolve() if arguments.json else None
    records = []
    print(f"{'':34}{'nodes':>6}{'cnnshape':>11}{'peer':>11}{'factor':>7}{'right':>9}{'peer':>9}{'onnx':>9}")
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        for path in paths:
            records.append(measured(path, seconds=arguments.seconds, most=arguments.most))
            print(shown(records[-1]), flush=True)
            if kept:
                kept.write_text(json.dumps([asdict(each) for each in records]))
    print(*summary(records), sep="\n")


if __name__ == "__main__":
    main()
