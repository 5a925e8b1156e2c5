"""What the comparison of backends prints, for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Any

Record = Mapping[str, Any]
SHORT = {"cnnshape": "cnnshape", "strict": "strict", "torch": "torch", "onnxruntime": "ORT"}
LEGEND = """\
Times in ms, the least. /torch, /ORT: the median ratio of cnnshape to a peer;
s/: that of strict, which is cnnshape without Winograd. peak: cnnshape's part of
the speed of numpy.matmul. Errors: to float64, relative to the largest output."""
COMPARED = ("cnnshape", "torch", "loss", "ratio", "GF/s")
MEMORY = """\
Most memory of a process that runs the network once at batch 1, in MiB;
bound: 1.3 arena + weights + 60."""
WIDTH = 80
STEP = 22
"""Characters of the name of a step."""
RATIOS = {
    "cnnshape/torch": "/torch",
    "cnnshape/onnxruntime": "/ORT",
    "strict/torch": "s/torch",
    "strict/onnxruntime": "s/ORT",
    "torch/onnxruntime": "torch/ORT",
}


def grid(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Return a table: the first columns to the left, the others to the right."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= WIDTH else " "
    written = []
    for line in lines:
        columns = enumerate(zip(line, widths, strict=True))
        cells = [cell.ljust(width) if i < left else cell.rjust(width) for i, (cell, width) in columns]
        written.append(gap.join(cells).rstrip())
    return "\n".join(written)


def mean(ratios: Sequence[float]) -> float:
    """Return the geometric mean."""
    return exp(sum(map(log, ratios)) / len(ratios))


def ms(seconds: float | None) -> str:
    return "" if seconds is None else f"{1000 * seconds:.1f}" if seconds < 1 else f"{1000 * seconds:.0f}"


def machine(record: Record) -> str:
    """Return what the numbers belong to, and whether other programs took part of it."""
    versions = ", ".join(f"{name} {text}" for name, text in record["versions"].items())
    lines = [f"{record['processor']}, {record['cores']} cores", versions]
    if record["load"] > record["cores"] / 4:
        lines.append(f"Other programs are running (load {record['load']:.1f}): do not trust several threads.")
    return "\n".join(lines)


def progress(record: Record) -> str:
    errors = ", ".join(f"{SHORT.get(name, name)} {error:.1e}" for name, error in record["errors"].items())
    return f"{record['network']}, batch {record['batch']}, {threads(record)}: errors {errors}"


def threads(record: Record) -> str:
    return "1 thread" if record["threads"] == 1 else f"{record['threads']} threads"


def times(records: Sequence[Record]) -> str:
    """Return a table for every number of threads and every batch."""
    if not records:
        return ""
    settings = sorted({(record["threads"], record["batch"]) for record in records})
    parts = [[record for record in records if (record["threads"], record["batch"]) == each] for each in settings]
    return "\n\n".join([LEGEND, *map(one_setting, parts)])


def one_setting(records: Sequence[Record]) -> str:
    """Return the table of one number of threads and one batch."""
    names = [name for name in SHORT if name in records[0]["least"]]
    kinds = [kind for kind in RATIOS if kind in records[0]["ratios"]]
    if "cnnshape" in names:
        kinds = [kind for kind in kinds if not kind.startswith("torch")]
    peak = max(record["peak"] for record in records)
    header = ["", *(SHORT[name] for name in names), *(RATIOS[kind] for kind in kinds)]
    rows = [
        [record["network"], *(ms(record["least"][name]) for name in names)]
        + [f"{record['ratios'][kind]:.2f}" for kind in kinds]
        for record in records
    ]
    if kinds:
        means = (mean([record["ratios"][kind] for record in records]) for kind in kinds)
        rows.append(["geometric mean", *[""] * len(names), *(f"{each:.2f}" for each in means)])
    if "cnnshape" in names:
        header.append("peak")
        for row, record in zip(rows, records, strict=False):  # the mean has none
            row.append(f"{2 * record['macs'] / record['least']['cnnshape'] / peak:.0%}")
        rows[-1] += [""] * (len(header) - len(rows[-1]))
    errors = {name: max(record["errors"][name] for record in records) for name in names}
    title = f"Batch {records[0]['batch']}, {threads(records[0])}; numpy.matmul: {peak / 1e9:.0f} GFLOP/s"
    told = "Largest error: " + ", ".join(f"{SHORT[name]} {error:.1e}" for name, error in errors.items())
    return "\n".join([title, grid(header, rows), told, *beside_reference(records)])


def beside_reference(records: Sequence[Record]) -> list[str]:
    """Return lines on ONNX's evaluator."""
    slow = [record for record in records if "cnnshape/reference" in record["ratios"]]
    if not slow:
        return []
    factors = [1 / record["ratios"]["cnnshape/reference"] for record in slow]
    rows = [
        [record["network"], ms(record["least"]["reference"]), f"{factor:.1f}"]
        for record, factor in zip(slow, factors, strict=True)
    ]
    rows.append(["geometric mean", "", f"{mean(factors):.1f}"])
    return ["", grid(["ONNX's evaluator", "ms", "times cnnshape's"], rows)]


def layers(records: Sequence[Record]) -> str:
    """Return the steps of a network beside PyTorch's layers, the largest loss first."""
    return "\n\n".join(part for record in records for part in (by_step(record), by_kind(record), by_layer(record)))


def by_step(record: Record) -> str:
    rows = sorted(record["steps"], key=loss, reverse=True)
    title = f"{record['network']}, batch {record['batch']}, {threads(record)}; medians in ms; "
    title += f"numpy.matmul: {record['peak'] / 1e9:.0f} GFLOP/s"
    return f"{title}\n" + grid(
        ["step", "kind", "way", *COMPARED],
        [line(row["step"], row["kind"], cut(row["way"]), row=row) for row in [*rows, summed("all", rows)]],
        3,
    )


def by_kind(record: Record) -> str:
    words = {row["kind"]: [same for same in record["steps"] if same["kind"] == row["kind"]] for row in record["steps"]}
    sums = sorted((summed(word, same) for word, same in words.items()), key=loss, reverse=True)
    return grid(["kind of step", "steps", *COMPARED], [line(row["step"], row["count"], row=row) for row in sums])


def by_layer(record: Record) -> str:
    whole = sum(record["torch"].values())
    theirs = sorted(record["torch"].items(), key=lambda item: -item[1])
    rows = [[word, f"{1000 * taken:.2f}", f"{taken / whole:.1%}"] for word, taken in theirs]
    return grid(["kind of layer", "torch", "part"], rows)


def loss(row: Record) -> float:
    return float(row["own"] - row["torch"])


def summed(name: str, rows: Sequence[Record]) -> dict[str, Any]:
    parts = {part: sum(row[part] for row in rows) for part in ("own", "torch", "macs")}
    return {"step": name, "kind": "", "way": "", "count": str(len(rows)), **parts}


def line(name: str, *words: str, row: Record) -> list[str]:
    own, theirs = row["own"], row["torch"]
    ratio = f"{own / theirs:.2f}" if theirs else ""
    speed = f"{2 * row['macs'] / own / 1e9:.0f}" if own and row["macs"] else ""
    name = name if len(name) <= STEP else f"...{name[3 - STEP :]}"
    return [name, *words, f"{1000 * own:.2f}", f"{1000 * theirs:.2f}", f"{1000 * (own - theirs):+.2f}", ratio, speed]


def cut(text: str, most: int = 10) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


def memory(records: Sequence[Record]) -> str:
    """Return a table of the most memory of each process."""
    if not records:
        return ""
    first = {name: record for name in SHORT for record in reversed(records) if name in record}
    parts = {"cnnshape": ("arena", "weights", "bound"), "strict": ("weights", "bound")}
    rows = [
        [each["network"], *(mib(each, name, part) for name in first for part in (*parts.get(name, ()), "most"))]
        for each in records
    ]
    alone = [
        cell for name, each in first.items() for cell in (*[""] * len(parts.get(name, ())), mib(each, name, "before"))
    ]
    header = [cell for name in first for cell in (*parts.get(name, ()), SHORT[name])]
    return f"{MEMORY}\n{grid(['', *header], [*rows, ['libraries alone', *alone]])}"


def mib(record: Record, name: str, part: str) -> str:
    return f"{record[name][part] / 2**20:.0f}" if name in record else ""
