"""Files of tensors: what NumPy and safetensors write is read, and what a stranger may write is refused."""

import io
import pickle
import struct
import sys
import zipfile
from types import MappingProxyType

import numpy as np
import pytest

from cnnshape.errors import ExtraMissing, ReadError
from cnnshape.runtime.store import Header, dumped, open_store

TENSORS = {
    "conv1.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2),
    "bn.num_batches_tracked": np.array(7),
    "half": np.ones((2, 1), np.float16),
    "ids": np.arange(3, dtype=np.int32),
    "none": np.ones((0, 3), np.float32),
}


def saved(tmp_path, name, tensors=MappingProxyType(TENSORS), **how):
    path = tmp_path / name
    if name.endswith(".npz"):
        (np.savez_compressed if how else np.savez)(path, **tensors)
    else:
        from safetensors.numpy import save_file

        save_file(dict(tensors), path)
    return path


@pytest.mark.parametrize(("name", "how"), [("w.npz", {}), ("w.npz", {"packed": 1}), ("w.safetensors", {})])
def test_what_the_libraries_write_is_read(tmp_path, name, how):
    if name.endswith("s"):
        pytest.importorskip("safetensors")
    store = open_store(saved(tmp_path, name, **how))
    assert dict(store.headers) == {n: Header(values.shape, values.dtype.name) for n, values in TENSORS.items()}
    for tensor, values in TENSORS.items():
        found = store.read(tensor)
        assert found.dtype == values.dtype
        np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_what_is_written_the_libraries_read(tmp_path, suffix):
    path = tmp_path / f"w{suffix}"
    load = pytest.importorskip("safetensors.numpy").load_file if suffix == ".safetensors" else np.load
    path.write_bytes(dumped({**TENSORS, "file": TENSORS["ids"], "turned": TENSORS["half"].T}, suffix))
    found = load(path)
    assert set(found) == {*TENSORS, "file", "turned"}
    for tensor, values in TENSORS.items():
        np.testing.assert_array_equal(found[tensor], values)
    assert found["turned"].shape == (1, 2)


def test_bfloat16_has_the_values_that_pytorch_says(tmp_path, torch):
    save_file = pytest.importorskip("safetensors.torch").save_file
    values = torch.randn(5, 3, generator=torch.Generator().manual_seed(0)).to(torch.bfloat16)
    save_file({"before": torch.ones(3), "w": values}, tmp_path / "w.safetensors")
    store = open_store(tmp_path / "w.safetensors")
    assert store.headers["w"] == Header((5, 3), "bfloat16")
    np.testing.assert_array_equal(store.read("w"), values.float().numpy())


def test_big_endian_numbers_come_in_the_order_of_the_machine(tmp_path):
    np.savez(tmp_path / "w.npz", w=np.arange(3, dtype=">f4"))
    store = open_store(tmp_path / "w.npz")
    assert store.headers["w"].dtype == "float32"
    assert store.read("w").dtype == np.float32
    assert store.read("w").tolist() == [0, 1, 2]


def member(values, name="w.npy", *, claimed=None, method=zipfile.ZIP_STORED):
    """An archive with one array, whose header may claim other sizes."""
    inner, outer = io.BytesIO(), io.BytesIO()
    header = np.lib.format.header_data_from_array_1_0(values)
    np.lib.format.write_array_header_1_0(inner, {**header, "shape": claimed or values.shape})
    inner.write(values.tobytes())
    with zipfile.ZipFile(outer, "w", method) as archive:
        archive.writestr(name, inner.getvalue())
    return outer.getvalue()


class Bomb:
    def __reduce__(self):
        return sys.exit, ("the pickle has run",)


def pickled():
    out = io.BytesIO()
    np.savez(out, w=np.array([Bomb()], dtype=object))
    return out.getvalue()


def twice():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        inner = io.BytesIO()
        np.save(inner, np.ones(2))
        archive.writestr("w.npy", inner.getvalue())
        archive.writestr("w", inner.getvalue())
    return out.getvalue()


def header(size, text):
    return struct.pack("<Q", size) + text


GOOD = member(np.arange(100.0))
HOSTILE = {
    "no zip": ("w.npz", b"hello", "is no .npz file, or a damaged one"),
    "half a zip": ("w.npz", GOOD[: len(GOOD) // 2], "is no .npz file, or a damaged one"),
    "a .npy by another name": ("w.npz", b"\x93NUMPY\x01\x00v\x00{", "is no .npz file, or a damaged one"),
    "a pickle in it": ("w.npz", pickled(), "'w' holds pickled Python objects"),
    "a pickle": ("w.pth", pickle.dumps(Bomb()), "a file .pth is not read for weights"),
    "a pickle by another name": ("w.npz", pickle.dumps(Bomb()), "is no .npz file"),
    "no arrays": (
        "w.npz",
        member(np.ones(3), "readme.txt").replace(b"NUMPY", b"RUMPY"),
        "is no .npz file, or a damaged",
    ),
    "words": ("w.npz", member(np.array(["a", "b"])), "'w' holds <U1, no real numbers"),
    "complex": ("w.npz", member(np.ones(2, complex)), "'w' holds complex128, no real numbers"),
    "a name twice": ("w.npz", twice(), "holds 'w' twice"),
    "too large a shape": ("w.npz", member(np.ones(2), claimed=(1 << 40,)), "is no .npz file, or a damaged one"),
    "a negative shape": ("w.npz", member(np.ones(2), claimed=(-1, -2)), "is no .npz file, or a damaged one"),
    "a bomb": ("w.npz", member(np.zeros(1 << 23), method=zipfile.ZIP_DEFLATED), "say that they unpack to 67,108,992"),
    "no header": ("w.safetensors", b"\xff" * 100, "is no .safetensors file, or a damaged one"),
    "a header that is too long": ("w.safetensors", header(1 << 60, b"{}"), "is no .safetensors file"),
    "offsets behind the end": (
        "w.safetensors",
        header(60, b'{"w":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}'.ljust(60)),
        "is no .safetensors file, or a damaged one",
    ),
    "text": ("w.csv", b"1,2", "a file .csv is not read for weights"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_or_broken_file_is_refused_before_memory_is_taken(tmp_path, case):
    name, data, said = HOSTILE[case]
    if name.endswith(".safetensors"):
        pytest.importorskip("safetensors")
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ReadError) as caught:
        open_store(path)
    assert said in str(caught.value)
    assert caught.value.code == "CS100"
    assert caught.value.fault.rule
    assert caught.value.fault.fix


def test_numbers_that_were_changed_are_told_when_they_are_read(tmp_path):
    data = bytearray(member(np.arange(100_000.0)))
    data[700_000] ^= 1
    (tmp_path / "w.npz").write_bytes(data)
    store = open_store(tmp_path / "w.npz")
    with pytest.raises(ReadError, match="damaged"):
        store.read("w")


def test_files_that_are_not_there(tmp_path):
    (tmp_path / "weights.npz").write_bytes(GOOD)
    (tmp_path / "empty.npz").touch()
    for name, code, fix in (
        ("weight.npz", "CS101", f"did you mean {tmp_path / 'weights.npz'}?"),
        ("", "CS102", "name a file of weights"),
        ("empty.npz", "CS103", "write weights into it"),
        ("nowhere/w.npz", "CS101", "check the path"),
    ):
        with pytest.raises(ReadError) as caught:
            open_store(tmp_path / name)
        assert (caught.value.code, caught.value.fault.fix) == (code, fix)


def test_without_the_package_the_line_to_install_it_is_said(tmp_path, monkeypatch):
    path = tmp_path / "w.safetensors"
    path.write_bytes(header(2, b"{}"))
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ExtraMissing, match="CS010") as caught:
        open_store(path)
    assert "pip install 'cnnshape[weights]'" in caught.value.fault.fix
