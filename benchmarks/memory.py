"""The most memory that a process has held; as a program, that of one framework which runs one network once.

``python -m benchmarks.memory FRAMEWORK NETWORK FOLDER`` prints it as JSON, in bytes. The folder holds the weights, the
inputs and the ONNX model that `stored` writes there: each framework reads them from the disk, as it would at work.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.subjects import Subject


def most_memory() -> int:
    """Return the largest size that this process has had, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux; getrusage counts there what the parent held when it forked
        return int(re.search(r"VmHWM:\s*(\d+) kB", status.read_text())[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def stored(subject: Subject, folder: Path, *, onnx: bool) -> None:
    """Write what the processes read."""
    import numpy as np

    from benchmarks.frameworks import onnx_model

    np.savez(folder / "weights.npz", **subject.weights)
    np.savez(folder / "inputs.npz", **subject.inputs)
    if onnx:
        (folder / "model.onnx").write_bytes(onnx_model(subject))


def ran(framework: str, network: str, folder: Path) -> dict[str, int]:
    """Run a network once; return the most memory before it was made ready, and at the end, with what was planned."""
    import numpy as np

    from benchmarks import frameworks

    inputs: dict[str, Any] = dict(np.load(folder / "inputs.npz"))
    if framework == "onnxruntime":
        import onnxruntime  # noqa: F401  # its own memory belongs to "before"

        before = most_memory()
        frameworks.session(str(folder / "model.onnx"), 1)(inputs)
        return {"before": before, "most": most_memory()}
    import cnnshape as cs
    from benchmarks.subjects import NETWORKS, Subject

    spelled, size = NETWORKS[network]
    # The archive is a mapping that reads an array when it is asked for one.
    weights: Any = np.load(folder / "weights.npz")
    subject = Subject(network, cs.load(spelled), {"N": 1, "H": size, "W": size}, inputs, weights)
    if framework == "torch":
        from benchmarks.eager import Eager

        fixed, before = subject.fixed, most_memory()
        Eager(fixed, weights).run(inputs)
        return {"before": before, "most": most_memory()}
    from cnnshape.runtime.plan import plan
    from cnnshape.runtime.program import bind

    before = most_memory()
    ready = plan(subject.network, subject.sizes, strict=framework == "strict")
    bind(ready, weights).run(inputs)
    bound = int(1.3 * ready.arena_bytes) + ready.weight_bytes + (60 << 20)
    planned = {"arena": ready.arena_bytes, "weights": ready.weight_bytes, "bound": bound}
    return {**planned, "before": before, "most": most_memory()}


if __name__ == "__main__":
    print(json.dumps(ran(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))
