"""Programs that torch.export saved (`.pt2`) -> what is stored in them. Nothing is run, unpickled or unpacked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, NoReturn
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from cnnshape.errors import ReadError
from cnnshape.formats.reading.records import Known

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

__all__ = ["DTYPES", "Archive", "no_program", "read_archive"]

DTYPES: Mapping[int, str] = {
    1: "uint8",
    2: "int8",
    3: "int16",
    4: "int32",
    5: "int64",
    6: "float16",
    7: "float32",
    8: "float64",
    12: "bool",
    13: "bfloat16",
}
"""Element types by PyTorch's number (`ScalarType` of torch/_export/serde/schema.py)."""
_OLD = "serialized_exported_program.json"
_LARGEST = 2**28
_MOST_MEMBERS = 200_000
_MOST_DIGITS = 19


def no_program(why: str, place: str = "") -> ReadError:
    """Return the error for a file that is not as torch.export writes it."""
    return ReadError(
        f"this is no exported program that can be read: {why}",
        code="CS132",
        place=place,
        rule="an exported program is what torch.export.save(program, 'model.pt2') writes",
        fix="export and save it again with PyTorch 2.7 or newer",
    )


@dataclass(frozen=True, slots=True)
class Archive:
    """What is read of a file.

    Parameters
    ----------
    program : the description of the graph
    weights : name in the state dict, or of a constant -> its numbers, which are loaded when somebody needs them
    places : the same names -> where the numbers are; equal ones are tied weights
    frozen : names of parameters that are not trained
    """

    program: Mapping[str, Any]
    weights: Mapping[str, Known]
    places: Mapping[str, str]
    frozen: frozenset[str]


def read_archive(path: str) -> Archive:
    """Return what a file holds.

    Raises
    ------
    ReadError
        CS101 the file may not be read, CS132 it is no program.
    """
    try:
        with ZipFile(path) as archive:
            names = _members(archive)
            chosen = _chosen(list(names))
            program = _json(archive, chosen)
            weights: dict[str, Known] = {}
            places: dict[str, str] = {}
            frozen = set()
            stem, root = chosen.rpartition("/")[2].removesuffix(".json"), chosen.rpartition("models/")[0]
            for kind in ("weights", "constants"):
                folder = f"{root}data/{kind}/"
                config = f"{folder}{stem}_{kind}_config.json"
                if config not in names:
                    continue
                for name, entry in _json(archive, config)["config"].items():
                    meta, pickled, member = entry["tensor_meta"], entry["use_pickle"], folder + entry["path_name"]
                    if meta is None:
                        continue
                    weights[name] = _known(path, member, meta, None if pickled else names.get(member))
                    places[name] = member
                    if not meta["requires_grad"]:
                        frozen.add(name)
            return Archive(program, weights, places, frozenset(frozen))
    except OSError as fault:
        raise ReadError(f"{path}: {fault.strerror or fault}", code="CS101", rule="a model is a file") from None
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError):
        raise no_program("it is no zip archive, or a broken or an encrypted one", path) from None
    except (TypeError, ValueError, LookupError, AttributeError):
        raise no_program("something in it is of a form that torch.export does not write", path) from None
    except ReadError as error:
        raise error.at(place=path) from None


def _members(archive: ZipFile) -> dict[str, int]:
    """Return the sizes of the members; PyTorch compresses none, so that they hold no more than the file is long."""
    found = archive.infolist()
    if len(found) > _MOST_MEMBERS:
        raise no_program(f"it has {len(found)} members")
    names = {each.filename: each.file_size for each in found}
    if len(names) < len(found):
        raise no_program("two of its members have the same name")
    if any(each.compress_type != ZIP_STORED or each.file_size != each.compress_size for each in found):
        raise no_program("a member is compressed, which torch.export does not do")
    assert archive.fp is not None
    if sum(names.values()) > archive.fp.seek(0, 2):
        raise no_program("its members hold more than the file does")
    return names


def _chosen(names: list[str]) -> str:
    """Return the member that describes the graph."""
    found = [name for name in names if "/models/" in f"/{name}" and name.endswith(".json")]
    old = [name for name in names if name.rpartition("/")[2] == _OLD]
    first = [name for name in found if name.endswith("/model.json")] or found or old
    if len(first) != 1:
        raise no_program(f"it describes {len(first)} models, not one" if first else "no model is described in it")
    return first[0]


def _json(archive: ZipFile, name: str) -> Any:
    with archive.open(name) as member:
        content = member.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise no_program(f"{name} has more than {_LARGEST} bytes")
    try:
        return json.loads(content, parse_int=_whole)
    except RecursionError:
        raise no_program(f"{name} is nested too deeply") from None
    except ValueError as fault:
        raise no_program(f"{name} is no JSON: {fault}") from None


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS + 1:
        raise ValueError(f"a number of {len(text)} digits is no size")
    return int(text)


def _known(path: str, member: str, meta: Mapping[str, Any], room: int | None) -> Known:
    """Return a stored tensor; `room` is how many bytes there are, None for one that is pickled or missing."""
    shape, strides = (tuple(_number(each) for each in meta[word]) for word in ("sizes", "strides"))
    dtype, first = DTYPES.get(meta["dtype"], ""), _number(meta["storage_offset"])
    if not dtype:
        raise no_program(f"{member} has numbers of type {meta['dtype']}")
    if len(strides) != len(shape) or len(shape) > 32 or min((*shape, *strides, first)) < 0:
        raise no_program(f"{member} has the sizes {shape} and the steps {strides}")
    if room is None:
        return Known(shape, dtype, partial(_missing, path, member), there=False)
    last = first + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    room //= 2 if dtype == "bfloat16" else _bytes(dtype)
    if prod(shape) and (last >= room or prod(shape) > room):
        raise no_program(f"{member} has {room} numbers, too few for {shape}")
    return Known(shape, dtype, _loader(path, member, dtype, shape, strides, first))


def _number(size: Mapping[str, Any]) -> int:
    found = size["as_int"]
    if not isinstance(found, int):
        raise TypeError(found)
    return found


def _bytes(dtype: str) -> int:
    return {"bool": 1, "uint8": 1, "int8": 1, "int16": 2, "float16": 2, "int32": 4, "float32": 4}.get(dtype, 8)


def _loader(
    path: str, member: str, dtype: str, shape: tuple[int, ...], strides: tuple[int, ...], first: int
) -> Callable[[], Array]:
    def load() -> Array:
        import numpy as np

        try:
            with ZipFile(path) as archive:
                content = archive.read(member)
        except (OSError, KeyError, BadZipFile, EOFError, RuntimeError) as fault:
            raise no_program(f"{member} cannot be read any more: {fault}", path) from None
        flat = np.frombuffer(content, np.dtype("uint16" if dtype == "bfloat16" else dtype).newbyteorder("<"))
        if dtype == "bfloat16":
            flat = (flat.astype("<u4") << 16).view("<f4")
        steps = tuple(stride * flat.itemsize for stride in strides)
        if not prod(shape):
            return np.zeros(shape, flat.dtype)
        # The edges were compared with the member's length when the file was read.
        if first + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True)) >= flat.size:
            raise no_program(f"{member} was changed since", path)
        return np.lib.stride_tricks.as_strided(flat[first:], shape, steps, writeable=False)

    return load


def _missing(path: str, member: str) -> NoReturn:
    raise no_program(f"{member} is pickled or missing; pickles are never loaded", path)
