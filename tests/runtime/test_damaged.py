"""Files with bytes changed at random: read as something, or refused in words; never another exception."""

import io

import numpy as np
import pytest

from cnnshape.errors import CnnshapeError
from cnnshape.runtime.pictures import Preparation, read_picture
from cnnshape.runtime.store import dumped, open_store

TENSORS = {"a.weight": np.arange(60, dtype=np.float32).reshape(3, 4, 5), "b": np.ones(3), "c": np.array(2)}
ROUNDS = 150


def packed():
    out = io.BytesIO()
    np.savez_compressed(out, **TENSORS)
    return out.getvalue()


def picture(form):
    out = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8)
    pytest.importorskip("PIL.Image").fromarray(pixels).save(out, form)
    return out.getvalue()


def weights_of(path):
    store = open_store(path)
    for name in store.headers:
        store.read(name)


def picture_of(path):
    read_picture(str(path), 3, Preparation(8, 8))


def safetensors():
    pytest.importorskip("safetensors")
    return dumped(TENSORS, ".safetensors")


FILES = {
    "stored.npz": (lambda: dumped(TENSORS, ".npz"), weights_of),
    "packed.npz": (packed, weights_of),
    "w.safetensors": (safetensors, weights_of),
    "x.png": (lambda: picture("PNG"), picture_of),
    "x.jpg": (lambda: picture("JPEG"), picture_of),
    "x.gif": (lambda: picture("GIF"), picture_of),
    "x.bmp": (lambda: picture("BMP"), picture_of),
    "x.ppm": (lambda: picture("PPM"), picture_of),
}


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_never_another_exception(tmp_path, name):
    make, read = FILES[name]
    whole = make()
    path = tmp_path / name
    numbers = np.random.default_rng(7)
    refused = 0
    for _ in range(ROUNDS):
        data = np.frombuffer(whole, np.uint8).copy()
        places = numbers.integers(0, len(data), numbers.integers(1, 8))
        early = np.minimum(numbers.exponential(40, places.shape).astype(int), len(data) - 1)
        data[np.where(numbers.random(places.shape) < 0.5, places, early)] = numbers.choice(
            [0, 255, 128, 17], places.shape
        )
        path.write_bytes(data.tobytes()[: len(data) if numbers.random() < 0.9 else numbers.integers(len(data))])
        try:
            read(path)
        except CnnshapeError as error:
            assert error.fault.rule  # noqa: PT017  # most files are refused, some are still read
            refused += 1
    assert refused


def test_a_name_of_no_letters_in_the_directory_of_an_archive(tmp_path):
    data = bytearray(dumped(TENSORS, ".npz"))
    # The lengths of the first name: in its own header, and in the directory.
    for start, offset in ((data.index(b"PK\x03\x04"), 26), (data.index(b"PK\x01\x02"), 28)):
        data[start + offset : start + offset + 2] = b"\0\0"
    path = tmp_path / "w.npz"
    path.write_bytes(data)
    with pytest.raises(CnnshapeError, match="CS100"):
        open_store(path)
