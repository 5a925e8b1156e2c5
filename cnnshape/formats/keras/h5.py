"""Whole models of Keras in HDF5, as versions before 3 wrote them: their layers are a text beside the weights."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from cnnshape.errors import UsageError
from cnnshape.formats.keras.file import no_keras, parse
from cnnshape.formats.keras.hdf5 import Hdf5, Part
from cnnshape.formats.keras.weights import Place
from cnnshape.formats.reading.faults import unreadable
from cnnshape.formats.reading.records import Known

if TYPE_CHECKING:
    from cnnshape.layers.arrays import Array

__all__ = ["H5Weights"]

_WEIGHTS = "model_weights"
_MOST_PIECES = 1000
_PARTS = {
    "": 0,
    "cell": 0,
    "forward_layer/cell": 0,
    "backward_layer/cell": 1,
    "query_dense": 0,
    "key_dense": 1,
    "value_dense": 2,
    "output_dense": 3,
    "_query_dense": 0,
    "_key_dense": 1,
    "_value_dense": 2,
    "_output_dense": 3,
}
"""Parts of a layer that hold weights of their own, in the order in which these are listed."""


class H5Weights:
    """The weights in a file; they are listed by layer, those of a model within by the names of its layers."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._lists: dict[str, list[str]] = {}

    @cached_property
    def _file(self) -> Hdf5:
        try:
            size = Path(self.path).stat().st_size
            return Hdf5(Part(self.path, 0, size), size, self.path)
        except OSError as fault:
            raise unreadable(self.path, fault) from None

    def described(self) -> dict[str, Any]:
        """Return the description of the layers.

        Raises
        ------
        UsageError
            CS003, the file holds weights alone.
        ReadError
            CS101 the file may not be read, CS131 it is broken, or describes no model.
        ExtraMissing
            CS010, h5py is not installed.
        """
        text = self._file.attribute("", "model_config")
        if text is None:
            raise UsageError(
                f"{PurePath(self.path).name} holds weights without the layers that use them",
                code="CS003",
                got=self.path,
                rule="a whole model in HDF5 says which layers it has, as model.save does",
                fix="model.save('model.keras')",
            )
        if not isinstance(text, str):
            raise no_keras("its description is no text", self.path)
        return parse(text, self.path)

    def known(self, place: Place, path: str) -> Known:
        return Known((), "float32", partial(self._load, place, path))

    def _load(self, place: Place, path: str) -> Array:
        names = [name for name in place.names if name[0] != "."]
        group = f"{_WEIGHTS}/{names[0]}"
        part, _, number = path.rpartition("/")
        listed = self._listed(group)
        if len(names) > 1:
            listed = [each for each in listed if names[-1] in each.split("/")[:-1]]
        stems = list(dict.fromkeys(each.rpartition("/")[0] for each in listed))
        place_of_part = _PARTS.get("/".join((*place.inner, part)).strip("/"), _PARTS.get(part))
        if place_of_part is None or place_of_part >= len(stems):
            raise no_keras(f"it holds no weight {path!r} of {'.'.join(names)!r}", self.path)
        own = [each for each in listed if each.rpartition("/")[0] == stems[place_of_part]]
        if int(number) >= len(own):
            raise no_keras(f"it holds no weight {path!r} of {'.'.join(names)!r}", self.path)
        return self._file.array(f"{group}/{own[int(number)]}")

    def _listed(self, group: str) -> list[str]:
        """Return the names of weights of a layer; long lists stand in pieces."""
        if group not in self._lists:
            found = self._file.attribute(group, "weight_names")
            if found is None:
                pieces = (self._file.attribute(group, f"weight_names{i}") for i in range(_MOST_PIECES))
                found = []
                for piece in pieces:
                    if piece is None:
                        break
                    found.extend(piece)
            self._lists[group] = [str(each) for each in found] if isinstance(found, list) else []
        return self._lists[group]
