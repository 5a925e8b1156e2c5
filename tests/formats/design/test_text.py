"""Files that can't be read: the whole text of each error."""

import os
import sys

import pytest

from cnnshape.errors import ReadError
from cnnshape.formats.design.text import LARGEST
from cnnshape.formats.design_file import load_design

GOOD = "input: [3, H, W]\nlayers: [relu]\n"


def refused(source, name=None):
    with pytest.raises(ReadError) as caught:
        load_design(source, name=name)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_directory(tmp_path):
    assert refused(tmp_path, "nets") == (
        "nets: CS102: is a directory\n  rule: a design is a file\n  fix: give a .yaml or .json file"
    )
    (tmp_path / "a.yaml").write_text(GOOD)
    assert refused(tmp_path, "nets").endswith(f"fix: give a file in it: {tmp_path / 'a.yaml'}")


def test_a_missing_file_and_one_with_nearly_that_name(tmp_path):
    (tmp_path / "lenet.yaml").write_text(GOOD)
    assert refused(tmp_path / "lnet.yaml", "lnet.yaml") == (
        "lnet.yaml: CS101: there is no such file\n"
        "  rule: a design is a file that exists\n"
        f"  fix: did you mean {tmp_path / 'lenet.yaml'}?"
    )
    assert refused(tmp_path / "no" / "such.yaml", "such.yaml").endswith("fix: check the path")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="everybody may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(GOOD)
    path.chmod(0)
    assert refused(path, "a.yaml") == (
        "a.yaml: CS101: the file may not be read\n  rule: you need the permission to read it\n  fix: chmod u+r a.yaml"
    )


def test_a_file_that_may_not_be_read_whoever_asks(tmp_path, monkeypatch):
    path = tmp_path / "a.yaml"
    path.write_text(GOOD)

    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", denied)
    assert refused(path, "a.yaml").startswith("a.yaml: CS101: the file may not be read")


@pytest.mark.parametrize("path", ["a" * 5000, "nul\0byte"], ids=["a-long-name", "a-zero-byte"])
def test_a_name_that_no_file_can_have(path):
    assert refused(path, "x").startswith("x: CS101: cannot be opened: ")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "a PNG picture"),
        (b"PK\x03\x04rest", "a ZIP archive (a .keras, .pt2, .pth or .npz file is one)"),
        (b"\x89HDF\r\n", "an HDF5 file (Keras's .h5)"),
        (b"\x80\x02}q", "a Python pickle (PyTorch's .pth)"),
        (b"input: \0", "binary"),
        (bytes(range(256)), "binary"),
    ],
)
def test_binary_rubbish(tmp_path, data, what):
    path = tmp_path / "a.yaml"
    path.write_bytes(data)
    assert refused(path, "a.yaml") == (
        f"a.yaml: CS104: the file is {what}\n"
        "  rule: a design is a text file (.yaml or .json)\n"
        "  fix: give the design file"
    )


def test_text_that_is_no_utf8():
    assert refused("input: [3, H, W]\nname: Ré".encode("latin-1"), "a.yaml") == (
        "a.yaml:2:8: CS104: the byte 0xE9 is no UTF-8\n  rule: a design is UTF-8 text\n  fix: save it as UTF-8"
    )
    assert refused(GOOD.encode("utf-16"), "a.yaml") == (
        "a.yaml: CS104: the file is UTF-16\n  rule: a design is UTF-8 text\n  fix: save it as UTF-8"
    )


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_an_empty_file(tmp_path, data):
    path = tmp_path / "a.yaml"
    path.write_bytes(data)
    assert refused(path, "a.yaml") == (
        "a.yaml: CS103: the file is empty\n"
        "  rule: a design has an input and layers\n"
        "  fix: start with\n"
        "    input: [3, H, W]\n"
        "    layers: [{conv: {out_channels: 8, kernel_size: 3}}]"
    )
    assert load_design("input: [3, H, W]\nlayers: [{conv: {out_channels: 8, kernel_size: 3}}]\n")


def test_a_file_that_is_too_large(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(GOOD.encode() + b"# " + b"x" * LARGEST)
    assert refused(path, "a.yaml") == (
        "a.yaml: CS105: the file is larger than 10 MB\n"
        "  rule: a design has at most 10000000 bytes\n"
        "  fix: say what repeats once, under `define:`, and use `repeat:`"
    )
    assert "CS105" in refused(GOOD + "#" * LARGEST, "a.yaml")


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no endless file here")  # noqa: PTH110  # a device
def test_a_file_without_end():
    assert "CS105" in refused("/dev/zero")


@pytest.mark.parametrize(
    "data",
    [GOOD.encode("utf-8-sig"), GOOD.replace("\n", "\r\n").encode(), b"\n\n---\n" + GOOD.encode() + b"...\n"],
    ids=["byte-order-mark", "windows-lines", "document-marks"],
)
def test_texts_that_only_look_odd(tmp_path, data):
    path = tmp_path / "a.yaml"
    path.write_bytes(data)
    assert [node.name for node in load_design(path).nodes] == ["input", "relu1"]


def test_a_byte_order_mark_in_text():
    assert len(load_design("\ufeff" + GOOD).nodes) == 2
