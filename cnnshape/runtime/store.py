"""Tensors in files, `.npz` and `.safetensors`: nothing in a file is run, and none takes memory that its size denies."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import numpy as np

from cnnshape.errors import ReadError
from cnnshape.layers.arrays import Array
from cnnshape.runtime.apart import apart, bytes_of
from cnnshape.runtime.extras import needed

__all__ = ["KINDS", "Header", "Store", "dumped", "open_store"]


KINDS = (".npz", ".safetensors")
"""Suffixes of the files that are read and written."""

_RULE = "weights come from .npz (numpy.savez) or .safetensors, under the names of PyTorch's state dict"
_PICKLE = "a pickle runs code of whoever made it: it is never loaded"
_TO_NPZ = "numpy.savez('weights.npz', **{name: w.numpy() for name, w in model.state_dict().items()})"
_PICKLED = (".pth", ".pt", ".ckpt", ".pkl", ".pickle", ".bin")
_TIGHTEST = 200
"""How many bytes one byte of an archive may stand for; weights, even sparse ones, are far below."""
_SMALL = 1 << 24
"""What is unpacked whatever its ratio."""
_PART = 1 << 18
"""Bytes that are read from an archive at once."""
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, LookupError, RuntimeError, TypeError, ValueError, struct.error)
"""What zipfile and NumPy raise on damaged files."""
_SAFE_TYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of a tensor before its numbers are read: its sizes and the type of its elements."""

    shape: tuple[int, ...]
    dtype: str

    @property
    def bytes(self) -> int:
        """Return how many bytes the numbers take."""
        return prod(self.shape) * np.dtype("float32" if self.dtype == "bfloat16" else self.dtype).itemsize


@dataclass(frozen=True, slots=True)
class Store:
    """The tensors of a file; their numbers are read one by one.

    Parameters
    ----------
    name : str, the file
    headers : tensor -> Header, in the order of the file
    read : gives the numbers of a tensor; bfloat16 comes as float32
    """

    name: str
    headers: Mapping[str, Header]
    read: Callable[[str], Array]


def open_store(path: str | Path) -> Store:
    """Return the tensors of a file; only their names, sizes and types are read yet.

    Raises
    ------
    ReadError
        CS100 it is no such file, a damaged one, holds pickled objects, or would unpack to far more than it is; CS101 it
        cannot be opened, CS102 it is a folder, CS103 it is empty.
    ExtraMissing
        CS010, a .safetensors file without the package safetensors.
    """
    file = Path(path)
    suffix = file.suffix.lower()
    try:
        if file.is_dir():
            raise ReadError("is a folder", code="CS102", place=str(path), rule=_RULE, fix="name a file of weights")
        if not file.exists():
            raise _missing(file)
        if suffix not in KINDS:
            raise _bad(
                str(path),
                f"a file {suffix or 'without a suffix'} is not read for weights",
                f"in PyTorch: {_TO_NPZ}" if suffix in _PICKLED else _TO_NPZ,
                _PICKLE if suffix in _PICKLED else _RULE,
            )
        if not file.is_file():
            raise _bad(str(path), "is no plain file", "save the weights to a file first")
        if file.stat().st_size == 0:
            raise ReadError("the file is empty", code="CS103", place=str(path), rule=_RULE, fix="write weights into it")
        return _npz(file) if suffix == ".npz" else _safetensors(file)
    except OSError as error:
        raise ReadError(
            f"cannot be opened: {error.strerror or error}",
            code="CS101",
            place=str(path),
            rule=_RULE,
            fix="check the path and permissions",
        ) from None


def dumped(tensors: Mapping[str, Array], suffix: str) -> bytes:
    """Return a file with tensors in it: ".npz" or ".safetensors".

    Raises
    ------
    ExtraMissing
        CS010, ".safetensors" without the package safetensors.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "w.npz")
    ...     size = file.write_bytes(dumped({"fc.bias": np.arange(3.0)}, ".npz"))
    ...     found = open_store(file)
    ...     found.headers["fc.bias"], found.read("fc.bias").tolist()
    (Header(shape=(3,), dtype='float64'), [0.0, 1.0, 2.0])
    """
    if suffix == ".safetensors":
        whole = {name: np.ascontiguousarray(values).reshape(values.shape) for name, values in tensors.items()}
        data: bytes = _package("numpy").save(whole)
        return data
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        # Not numpy.savez: a tensor may be called "file", which is an argument of it.
        for name, values in tensors.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(values), allow_pickle=False)
    return out.getvalue()


def _npz(file: Path) -> Store:
    name = str(file)
    try:
        with zipfile.ZipFile(file) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            _check_sizes(members, file)
            headers: dict[str, Header] = {}
            for info in members:
                tensor = info.filename.removesuffix(".npy")
                if tensor in headers:
                    raise _bad(name, f"holds {tensor!r} twice", _TO_NPZ)
                with archive.open(info) as member:
                    headers[tensor] = _header(member, info, name)
    except _BROKEN:
        raise _damaged(name, ".npz") from None
    files = {info.filename.removesuffix(".npy"): info.filename for info in members}
    return Store(name, MappingProxyType(headers), partial(_from_npz, file, files))


def _check_sizes(members: list[zipfile.ZipInfo], file: Path) -> None:
    """Refuse an archive that is packed tighter than numbers can be: it would fill the memory, or the day."""
    packed, whole = sum(info.compress_size for info in members), sum(info.file_size for info in members)
    size = file.stat().st_size
    if packed > size or whole > max(_TIGHTEST * packed, _SMALL):
        raise _bad(
            str(file),
            f"its {size:,} bytes say that they unpack to {whole:,}",
            "pack the weights again: numpy.savez",
            f"an archive unpacks to at most {_TIGHTEST} times its size, no part of it is used twice",
        )


def _header(member: IO[bytes], info: zipfile.ZipInfo, name: str) -> Header:
    """Return what a member of an archive says of itself, once it is sure that it holds as many bytes."""
    formats = np.lib.format
    version = formats.read_magic(member)
    read = formats.read_array_header_1_0 if version == (1, 0) else formats.read_array_header_2_0
    shape, _, dtype = read(member)
    tensor = info.filename.removesuffix(".npy")
    if dtype.hasobject:
        raise _bad(name, f"{tensor!r} holds pickled Python objects", _TO_NPZ, _PICKLE)
    if dtype.kind not in "biuf":
        raise _bad(name, f"{tensor!r} holds {dtype}, no real numbers", "save arrays of float32")
    if min(shape, default=0) < 0 or prod(shape) * dtype.itemsize + member.tell() != info.file_size:
        raise _damaged(name, ".npz")
    return Header(tuple(int(size) for size in shape), dtype.newbyteorder("=").name)


def _from_npz(file: Path, files: Mapping[str, str], tensor: str) -> Array:
    try:
        with zipfile.ZipFile(file) as archive, archive.open(files[tensor]) as member:
            found = _read(member)
    except _BROKEN:
        raise _damaged(str(file), ".npz") from None
    return found.astype(found.dtype.newbyteorder("="), copy=False)


def _read(member: IO[bytes]) -> Array:
    """Return an array of an archive, whose header has been seen before."""
    formats = np.lib.format
    version = formats.read_magic(member)
    shape, by_columns, dtype = (
        formats.read_array_header_1_0(member) if version == (1, 0) else formats.read_array_header_2_0(member)
    )
    if dtype.hasobject:
        raise ValueError
    found = apart(shape[::-1] if by_columns else shape, dtype)
    rest = bytes_of(found)
    while rest:
        part = member.read(min(len(rest), _PART))
        if not part:
            raise EOFError
        rest[: len(part)] = part
        rest = rest[len(part) :]
    return found.T if by_columns else found


def _safetensors(file: Path) -> Store:
    package = _package()
    name = str(file)
    try:
        with package.safe_open(file, "np") as found:
            slices = {tensor: found.get_slice(tensor) for tensor in found.keys()}  # noqa: SIM118  # no mapping
            headers = {
                tensor: Header(tuple(part.get_shape()), _SAFE_TYPES.get(part.get_dtype(), part.get_dtype()))
                for tensor, part in slices.items()
            }
        with file.open("rb") as data:  # the package has checked the header
            length = int.from_bytes(data.read(8), "little")
            places = {
                tensor: said["data_offsets"]
                for tensor, said in json.loads(data.read(length)).items()
                if tensor != "__metadata__"
            }
    except (package.SafetensorError, *_BROKEN):
        raise _damaged(name, ".safetensors") from None
    starts = {tensor: 8 + length + int(first) for tensor, (first, _) in places.items()}
    return Store(name, MappingProxyType(headers), partial(_from_safetensors, file, headers, starts))


def _from_safetensors(file: Path, headers: Mapping[str, Header], starts: Mapping[str, int], tensor: str) -> Array:
    header = headers[tensor]
    brief = header.dtype == "bfloat16"  # a type that NumPy has not: the upper halves of float32
    try:
        stored = np.dtype("uint16" if brief else header.dtype).newbyteorder("<")
        # Not the package's get_tensor, which holds every tensor twice.
        found = apart(header.shape, stored)
        with file.open("rb") as data:
            data.seek(starts[tensor])
            if data.readinto(bytes_of(found)) != found.nbytes:
                raise EOFError
        values: Array = found.astype(stored.newbyteorder("="), copy=False)
    except (OSError, *_BROKEN):
        raise _damaged(str(file), ".safetensors") from None
    return (values.astype(np.uint32) << 16).view(np.float32) if brief else values


def _package(part: str = "") -> Any:
    module = f"safetensors.{part}" if part else "safetensors"
    return needed(module, "weights", "a .safetensors file", "save the weights as .npz")


def _missing(file: Path) -> ReadError:
    from difflib import get_close_matches

    names = [entry.name for entry in file.parent.iterdir() if entry.suffix in KINDS] if file.parent.is_dir() else []
    near = get_close_matches(file.name, names, 1)
    return ReadError(
        "there is no such file",
        code="CS101",
        place=str(file),
        rule=_RULE,
        fix=f"did you mean {file.parent / near[0]}?" if near else "check the path",
    )


def _damaged(name: str, suffix: str) -> ReadError:
    return _bad(name, f"is no {suffix} file, or a damaged one", "write it again, or fetch it again")


def _bad(place: str, message: str, fix: str, rule: str = _RULE) -> ReadError:
    return ReadError(message, code="CS100", place=place, rule=rule, fix=fix)
