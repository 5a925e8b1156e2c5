"""The files that `run` reads and writes: data, labels, outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from cnnshape.errors import ReadError, UsageError
from cnnshape.layers.base import shape_text
from cnnshape.symbolic import dim, subs

if TYPE_CHECKING:
    from cnnshape.graph.network import Network, Node
    from cnnshape.layers.arrays import Array

__all__ = [
    "OUTPUT_KINDS",
    "WEIGHT_KINDS",
    "PictureOptions",
    "check_targets",
    "output_bytes",
    "read_data",
    "read_labels",
    "weight_bytes",
]

OUTPUT_KINDS = (".npy", ".npz")
"""Suffixes of the files that outputs are written to; several outputs to the second alone."""
WEIGHT_KINDS = (".npz", ".safetensors")
"""Suffixes of the files that weights are written to."""
_WHOLE = ", which holds all outputs"
PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
"""Suffixes of the files that are read as pictures."""
_MOST_LABELS = 10_000_000


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """How pictures are prepared: the shorter side before the cut, and numbers for each channel; None: torchvision's."""

    resize: int | None = None
    mean: str | None = None
    std: str | None = None


def read_data(
    network: Network, entries: Sequence[str], sizes: Mapping[str, int], pictures: PictureOptions
) -> tuple[dict[str, Array], list[str]]:
    """Return the arrays that `--data` names, by input, and lines on how they were read.

    Parameters
    ----------
    network : Network
    entries : ``x.npy``, or ``input=x.npy`` for each of several inputs; an ``.npz`` holds all of them
    sizes : symbol -> size, to which pictures are brought
    pictures : PictureOptions

    Raises
    ------
    ReadError
        CS10x, a file that cannot be read.
    UsageError
        CS502, a file that is for no input, or for which of several is not said.
    """
    inputs = {node.name: node for node in network.inputs}
    found: dict[str, Array] = {}
    notes: list[str] = []
    for entry in entries:
        name, equals, file = entry.partition("=")
        if not equals or (name not in inputs and Path(entry).exists()):
            name, file = "", entry
        if PurePath(file).suffix.lower() in PICTURES:
            target = name or (next(iter(inputs)) if len(inputs) == 1 else "")
            if target not in inputs or target in found:
                raise _no_input(entry, target, list(inputs), twice=target in found)
            found[target], note = _picture(inputs[target], file, sizes, pictures)
            notes.append(note)
            continue
        for key, array in _arrays(file, name).items():
            target = key or (next(iter(inputs)) if len(inputs) == 1 else "")
            if len(inputs) == 1 and not name and key not in inputs:
                target = next(iter(inputs))
            if target not in inputs or target in found:
                raise _no_input(entry, target, list(inputs), twice=target in found)
            found[target], note = _with_batch(network, target, array)
            notes += [f"{file} {note}"] if note else []
    _check_used(pictures, entries)
    return found, notes


def _check_used(pictures: PictureOptions, entries: Sequence[str]) -> None:
    """Refuse options for pictures where none is read."""
    given = {"--resize": pictures.resize, "--mean": pictures.mean, "--std": pictures.std}
    options = [name for name, value in given.items() if value is not None]
    if options and not any(PurePath(entry).suffix.lower() in PICTURES for entry in entries):
        raise UsageError(
            f"{', '.join(options)} without a picture",
            rule="--resize, --mean and --std say how a picture is prepared; arrays are taken as they are",
            fix="--data picture.jpg",
        )


def _arrays(file: str, name: str) -> dict[str, Array]:
    """Return what a file holds; "" names the array of a file that holds one alone."""
    import numpy as np

    if PurePath(file).suffix.lower() == ".npz":
        from cnnshape.runtime.room import check_bytes
        from cnnshape.runtime.store import open_store

        store = open_store(file)
        check_bytes(file, sum(header.bytes for header in store.headers.values()))
        if name and len(store.headers) == 1:
            return {name: store.read(next(iter(store.headers)))}
        return {tensor: store.read(tensor) for tensor in store.headers}
    from cnnshape.cli.arrays import read_array

    return {name: np.asarray(read_array(file, "the data").values)}


def _picture(node: Node, file: str, sizes: Mapping[str, int], pictures: PictureOptions) -> tuple[Array, str]:
    """Return a picture as a batch of one, at the sizes that an input has."""
    from cnnshape.runtime.pictures import IMAGENET, Preparation, read_picture

    shape = [subs(size, sizes) for size in node.declared]
    fixed = [size if isinstance(size, int) else None for size in shape]
    channels, height, width = fixed[1:] if len(fixed) == 4 else (0, 0, 0)
    given = (pictures.mean, pictures.std)
    mean, deviation = (() if words is None else _each_channel(words, channels or 0) for words in given)
    if channels == 3 and not (mean or deviation):
        mean, deviation = IMAGENET
    elif mean or deviation:
        mean, deviation = mean or (0.0,) * len(deviation), deviation or (1.0,) * len(mean)
    how = Preparation(height, width, pictures.resize, mean, deviation)
    values, words = read_picture(file, channels or 0, how)
    return values[None], words


def _each_channel(words: str, channels: int) -> tuple[float, ...]:
    """Return the numbers of `--mean` or `--std`; one stands for all channels."""
    parts = [part.strip() for part in words.split(",")]
    try:
        numbers = tuple(float(part) for part in parts)
    except ValueError:
        numbers = ()
    if len(numbers) not in (1, channels) or not all(map(isfinite, numbers)):
        raise UsageError(
            f"{words!r} is no number for each channel",
            got=words,
            rule=f"--mean and --std take one number, or one for each channel ({channels}) with commas between",
            fix="--mean 0.5 --std 0.5",
        )
    return numbers if len(numbers) == channels else numbers * channels


def _with_batch(network: Network, name: str, array: Array) -> tuple[Array, str]:
    """Return one image as a batch of one, and what was done; a map is one channel if the network takes one."""
    shape = network[name].declared
    absent = len(shape) - array.ndim
    ones = (dim(network.batch) if network.batch else 1, 1)
    if absent not in (1, 2) or any(size not in (1, one) for size, one in zip(shape[:absent], ones, strict=False)):
        return array, ""
    whole = array.reshape((1,) * absent + array.shape)
    return whole, f"{shape_text(array.shape)} read as {shape_text(whole.shape)}: a batch of one"


def _no_input(entry: str, target: str, inputs: Sequence[str], *, twice: bool) -> UsageError:
    words = f"{target} is given twice" if twice else f"{target!r} is no input" if target else "which input?"
    return UsageError(
        f"--data {entry}: {words}",
        code="CS502",
        got=entry,
        rule=f"each input is given once: {', '.join(inputs)}",
        fix=" ".join(f"--data {name}={name}.npy" for name in inputs[:3]),
    )


def read_labels(file: str) -> list[str]:
    """Return the lines of a file of labels.

    Raises
    ------
    ReadError
        CS101 it cannot be opened, CS104 it is no text, CS103 it is empty, CS105 it is larger than 10 MB.
    """
    rule = "a file of labels has one line for each class, in their order"
    try:
        with Path(file).open("rb") as opened:
            data = opened.read(_MOST_LABELS + 1)
        if len(data) > _MOST_LABELS:
            raise ReadError("the file is larger than 10 MB", code="CS105", place=file, rule=rule, fix="shorten it")
        lines = [line.strip() for line in data.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError:
        raise ReadError("is no text", code="CS104", place=file, rule=rule, fix="save it as UTF-8") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise ReadError(
            f"cannot be opened: {reason}", code="CS101", place=file, rule=rule, fix="check the path"
        ) from None
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        raise ReadError("the file is empty", code="CS103", place=file, rule=rule, fix="write labels into it")
    return lines


def check_targets(targets: Sequence[tuple[str, str | None, Sequence[str]]], read: Sequence[str]) -> None:
    """Refuse, before anything runs, files that cannot be written.

    Parameters
    ----------
    targets : the option that names a file, the file or None, suffixes that it may have
    read : files that are read

    Raises
    ------
    UsageError
        CS001, another kind of file; CS006, one that is read, or written twice, or whose folder is not there.
    ExtraMissing
        CS010, a .safetensors file without the package safetensors.
    """
    written: dict[Path, str] = {}
    for option, target, kinds in targets:
        if target is None:
            continue
        _check_target(option, target, kinds, read)
        place = Path(target).resolve()
        if place in written:
            raise UsageError(
                f"{target} is named by {written[place]} and by {option}",
                code="CS006",
                got=target,
                rule="each file is written once",
                fix="name two files",
            )
        written[place] = option


def _check_target(option: str, target: str, kinds: Sequence[str], read: Sequence[str]) -> None:
    path = Path(target)
    if path.suffix.lower() not in kinds:
        raise UsageError(
            f"{option} {target}: nothing is written as {path.suffix or 'a file without a suffix'}",
            got=target,
            rule=f"{option} names a file {' or '.join(kinds)}{_WHOLE if kinds == OUTPUT_KINDS[1:] else ''}",
            fix=f"{option} {path.stem or 'y'}{kinds[0]}",
        )
    for file in read:
        if Path(file).exists() and path.exists() and path.samefile(file):
            raise UsageError(
                f"{target} is read as well",
                code="CS006",
                got=target,
                rule=f"{option} names the file that is written, and never one that is read",
                fix="name another file",
            )
    if path.suffix.lower() == ".safetensors":
        from cnnshape.runtime.extras import needed

        needed("safetensors", "weights", "a .safetensors file", "save the weights as .npz")
    if not path.parent.is_dir():
        raise UsageError(
            f"{target} cannot be written: there is no folder {path.parent}",
            code="CS006",
            got=target,
            rule=f"{option} names a file in a folder that can be written to",
            fix="make the folder, or name another",
        )


def output_bytes(outputs: Mapping[str, Array], suffix: str) -> bytes:
    """Return the file that holds the outputs: one as `.npy`, or all by name as `.npz`."""
    from io import BytesIO

    import numpy as np

    if suffix.lower() == ".npz":
        from cnnshape.runtime.store import dumped

        return dumped(outputs, ".npz")
    out = BytesIO()
    np.save(out, next(iter(outputs.values())), allow_pickle=False)
    return out.getvalue()


def weight_bytes(weights: Mapping[str, Array], suffix: str) -> bytes:
    """Return the file that holds weights."""
    from cnnshape.runtime.store import dumped

    return dumped(weights, suffix.lower())
