"""Which file is meant where the named one is missing."""

from pathlib import Path

import pytest

from cnnshape.errors import ReadError, UsageError
from cnnshape.formats.recognize import refuse_other


@pytest.mark.parametrize(
    ("there", "asked", "meant"),
    [
        ("lenet5.yaml", "lnet5.yaml", "lenet5.yaml"),
        ("lenet5.yaml", "lenet5.yml", "lenet5.yaml"),  # another suffix, the very name
        ("lenet5.onnx", "lnet5.yaml", ""),  # another suffix and another name
        ("resnet50.onnx", "resnet18.keras", ""),
        ("unet.yaml", "resnet.yaml", ""),
    ],
)
def test_a_missing_file(tmp_path: Path, there: str, asked: str, meant: str) -> None:
    (tmp_path / there).write_text("", encoding="utf-8")
    with pytest.raises(ReadError) as caught:
        refuse_other(str(tmp_path / asked))
    assert ("did you mean" in str(caught.value)) == bool(meant)
    assert meant in str(caught.value)


def test_a_link_that_leads_nowhere_is_not_meant(tmp_path: Path) -> None:
    link = tmp_path / "net.onnx"
    link.symlink_to(tmp_path / "other.onnx")
    with pytest.raises(ReadError) as caught:
        refuse_other(str(link))
    assert caught.value.fault.fix == "check the path"


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("net.pth", "torch.export.save"),
        ("net.safetensors", "nets.py:Name --input 3xHxW"),
        ("net.tflite", "tf2onnx"),
        ("net.npz", "design file"),
    ],
)
def test_what_to_give_in_place_of_another_file(name: str, fix: str) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_other(name)
    assert fix in caught.value.fault.fix
