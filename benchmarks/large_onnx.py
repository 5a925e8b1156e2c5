"""Large ONNX files: how much memory a report on 2 GiB of weights takes, and how long a chain of 50 000 nodes.

``python -m benchmarks.large_onnx`` writes the files into a temporary folder, as holes of a file where its system has
them, and measures each report in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from benchmarks.interleaved import ROOT

MIB = 1 << 20


def _model(initializers: list[Any], layers: int, size: int) -> Any:
    from onnx import TensorProto, helper

    names = ["x", *(f"y{i}" for i in range(layers))]
    nodes = [helper.make_node("MatMul", [names[i], f"w{i}"], [names[i + 1]], f"product{i}") for i in range(layers)]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", size]) for name in (names[0], names[-1])]
    graph = helper.make_graph(nodes, "products", ends[:1], ends[1:], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def inside(path: Path, layers: int, size: int) -> None:
    """Write products with square matrices of zeros, which stand in the file itself."""
    from onnx import TensorProto

    bare = _model([], layers, size)
    graph, room = bare.graph.SerializeToString(), 4 * size * size
    bare.ClearField("graph")
    heads = []
    for i in range(layers):
        tensor = TensorProto(name=f"w{i}", data_type=TensorProto.FLOAT, dims=[size, size]).SerializeToString()
        tensor += b"\x4a" + _varint(room)  # the field raw_data, whose bytes follow
        heads.append(b"\x2a" + _varint(len(tensor) + room) + tensor)
    length = len(graph) + sum(len(head) + room for head in heads)
    with path.open("wb") as file:
        file.write(bare.SerializeToString() + b"\x3a" + _varint(length) + graph)
        for head in heads:
            file.write(head)
            file.seek(room, 1)  # a hole reads as zeros
        file.truncate()


def apart(path: Path, layers: int, size: int) -> None:
    """Write products with square matrices of zeros, which stand in a file beside the model."""
    from onnx import TensorProto

    room, tensors = 4 * size * size, []
    for i in range(layers):
        tensor = TensorProto(name=f"w{i}", data_type=TensorProto.FLOAT, dims=[size, size])
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", f"{path.stem}.data"), ("offset", str(i * room)), ("length", str(room))):
            tensor.external_data.add(key=key, value=value)
        tensors.append(tensor)
    path.write_bytes(_model(tensors, layers, size).SerializeToString())
    with path.with_suffix(".data").open("wb") as file:
        file.truncate(layers * room)


def chain(count: int) -> Any:
    """Return a ModelProto of so many activations, one after the other."""
    from onnx import TensorProto, helper

    nodes = [helper.make_node("Relu", [f"t{i}"], [f"t{i + 1}"], f"relu{i}") for i in range(count)]
    ends = [helper.make_tensor_value_info(f"t{i}", TensorProto.FLOAT, ["N", 3, "H"]) for i in (0, count)]
    graph = helper.make_graph(nodes, "chain", ends[:1], ends[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def reported(path: str) -> None:
    """Print the parameters that are told of a file, and the most memory of this process, bytes."""
    import cnnshape as cs
    from benchmarks.memory import most_memory

    print(cs.report(path).params, most_memory())


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for title, make, layers, size in (
            ("2 MiB of weights inside", inside, 2, 512),
            ("2 GiB of weights inside", inside, 32, 4080),
            ("8 GiB of weights beside", apart, 128, 4096),
        ):
            path = Path(folder) / "model.onnx"
            make(path, layers, size)
            run = [sys.executable, "-m", "benchmarks.large_onnx", "--report", str(path)]
            start = perf_counter()
            params, most = map(int, subprocess.run(run, cwd=ROOT, check=True, capture_output=True).stdout.split())
            taken = perf_counter() - start
            print(f"{title}: {params:,} parameters, {most / MIB:.0f} MiB, {taken:.1f} s the process")
    import cnnshape as cs

    for count in (5_000, 50_000):
        model = chain(count)
        start = process_time()
        cs.load(model)
        print(f"{count} nodes: {process_time() - start:.2f} s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--report"]:
        reported(sys.argv[2])
    else:
        main()
