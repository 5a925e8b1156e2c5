"""Arrays in HDF5 files, one at a time: nothing outside of the file is read, and nothing larger than the file."""

from __future__ import annotations

from functools import cache
from io import BytesIO, RawIOBase
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from cnnshape.errors import ExtraMissing, ReadError

if TYPE_CHECKING:
    from cnnshape.layers.arrays import Array

__all__ = ["Hdf5", "Part", "h5py_package"]

_NUMBERS = "biuf"
_LONGEST = 2**16


@cache
def h5py_package() -> Any:
    """Return the package h5py.

    Raises
    ------
    ExtraMissing
        CS010, it is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise ExtraMissing(
            "HDF5 files of Keras, and the weights in a .keras file, need the package h5py",
            rule="it comes with the extra keras",
            fix="pip install 'cnnshape[keras]'",
        ) from None
    return h5py


class Part(RawIOBase):
    """Some bytes of a file as a file of its own, which is closed when nobody needs it any longer.

    Parameters
    ----------
    path : of the file
    start, size : the first of the bytes, and how many
    """

    def __init__(self, path: str, start: int, size: int) -> None:
        self._file = Path(path).open("rb")  # noqa: SIM115  # it is closed with this one
        self._start, self._size, self._at = start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max(offset + (0, self._at, self._size)[whence], 0)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        self._file.seek(self._start + self._at)
        count = self._file.readinto(view[: max(self._size - self._at, 0)])
        self._at += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


class Hdf5:
    """An HDF5 file that is open.

    Parameters
    ----------
    file : its bytes
    size : how many they are
    place : what errors call the file
    """

    def __init__(self, file: BytesIO | Part, size: int, place: str) -> None:
        self.place, self.size = place, size
        try:
            self.root = h5py_package().File(file, "r")
        except (OSError, ValueError, RuntimeError, KeyError, EOFError):
            self._refuse("its weights are no HDF5 file, or a broken one")

    def has(self, path: str) -> bool:
        """Say whether something stands at a path, and not behind a link to elsewhere."""
        return self._found(path) is not None

    def array(self, path: str) -> Array:
        """Return the numbers at a path.

        Raises
        ------
        ReadError
            CS131, there are none, they stand elsewhere, or they would need more memory than the file has bytes.
        """
        import numpy as np

        h5py = h5py_package()
        found = self._found(path)
        if not isinstance(found, h5py.Dataset):
            self._refuse(f"it holds no weight {path!r}")
        try:
            large = prod(found.shape) * found.dtype.itemsize
            if found.external or found.is_virtual:
                self._refuse(f"the weight {path!r} stands in another file")
            if found.id.get_create_plist().get_nfilters() or large > min(found.id.get_storage_size(), self.size):
                self._refuse(f"the weight {path!r} is compressed, or says that it is larger than it is")
            if found.dtype.kind == "V" and found.dtype.itemsize == 2 and not found.dtype.names:
                return (found[()].view(np.uint16).astype(np.uint32) << 16).view(np.float32)  # type: ignore[no-any-return]  # bfloat16
            if found.dtype.kind not in _NUMBERS:
                self._refuse(f"the weight {path!r} holds no numbers")
            return np.asarray(found[()])
        except (OSError, ValueError, RuntimeError, KeyError, TypeError):
            self._refuse(f"the weight {path!r} is broken")

    def attribute(self, path: str, name: str) -> Any:
        """Return an attribute of a group, a text or a list of texts; None if there is none."""
        found = self._found(path)
        try:
            value = None if found is None else found.attrs.get(name)
        except (OSError, ValueError, RuntimeError, KeyError, TypeError, UnicodeDecodeError):
            self._refuse(f"the attribute {name!r} is broken")
        value = getattr(value, "tolist", lambda: value)()
        if isinstance(value, list):
            return [_text(each) for each in value]
        return _text(value)

    def _found(self, path: str) -> Any:
        """Return what stands at a path; a link to elsewhere is none."""
        h5py, found = h5py_package(), self.root
        try:
            for part in filter(None, path.split("/")):
                if not isinstance(found, h5py.Group) or part not in found:
                    return None
                if not isinstance(found.get(part, getlink=True), h5py.HardLink):
                    self._refuse(f"{path!r} is a link to elsewhere")
                found = found[part]
        except (OSError, ValueError, RuntimeError, KeyError):
            self._refuse(f"what stands at {path!r} is broken")
        return found

    def _refuse(self, why: str) -> NoReturn:
        from cnnshape.formats.keras.file import no_keras

        fault: ReadError = no_keras(why, self.place)
        raise fault


def _text(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
