"""Pictures are prepared as torchvision documents it, and hostile ones are refused."""

import struct
import sys
import zlib

import numpy as np
import pytest

from cnnshape.errors import ExtraMissing, ReadError, UsageError
from cnnshape.runtime.pictures import IMAGENET, Preparation, feature_grid, png, read_picture

Image = pytest.importorskip("PIL.Image")
NONE = Preparation()


def saved(tmp_path, height, width, name="x.png", seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / name)
    return str(tmp_path / name), pixels


def test_the_middle_of_a_picture_is_cut_and_normalized(tmp_path):
    # 256x256 is what torchvision resizes to before 224x224 are cut, 16 pixels from each side.
    path, pixels = saved(tmp_path, 256, 256)
    found, said = read_picture(path, 3, Preparation(224, 224, None, *IMAGENET))
    middle = pixels[16:240, 16:240].transpose(2, 0, 1) / 255
    wanted = [(middle[0] - 0.485) / 0.229, (middle[1] - 0.456) / 0.224, (middle[2] - 0.406) / 0.225]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, 1e-5, 1e-6)
    assert said == f"{path} 256x256, middle 224x224, minus 0.485/0.456/0.406, over 0.229/0.224/0.225"


def test_a_large_picture_becomes_smaller_as_pytorch_makes_it(tmp_path, torch):
    path, pixels = saved(tmp_path, 300, 401)
    found, said = read_picture(path, 3, Preparation(64, 64))
    assert "resized to 97x73, middle 64x64, values 0 to 1" in said  # 8/7*64 = 73.1; 401*73/300 = 97.6
    exact = torch.nn.functional.interpolate(
        torch.from_numpy(pixels.transpose(2, 0, 1)[None].astype(np.float64)), (73, 97), mode="bilinear", antialias=True
    )
    # CenterCrop takes round(4.5) = 4 rows off the top and round(16.5) = 16 columns off the left.
    np.testing.assert_allclose(found, exact[0, :, 4:68, 16:80] / 255, atol=1.6 / 255)  # Pillow rounds after each axis


@pytest.mark.parametrize(
    ("how", "size", "wanted"),
    [
        (Preparation(224, 224), (480, 640), (256, 341)),
        (Preparation(299, 299), (600, 400), (513, 342)),  # torchvision's own preset for Inception resizes to 342
        (Preparation(224, 224, 232), (500, 500), (232, 232)),  # of ResNet-50's newer weights
        (Preparation(64, 96), (300, 400), (82, 110)),
        (Preparation(96, 64), (10, 400), (110, 4389)),
        (NONE, (37, 41), (37, 41)),
    ],
)
def test_what_a_picture_is_resized_to(how, size, wanted):
    assert how.size(*size) == wanted


def test_gray(tmp_path):
    path, pixels = saved(tmp_path, 5, 4)
    found, said = read_picture(path, 1, Preparation(mean=(0.5,), deviation=(0.25,)))
    # ITU-R 601-2 luma, as Pillow documents it for mode L.
    luma = pixels @ np.array([0.299, 0.587, 0.114]) / 255
    np.testing.assert_allclose(found[0], (luma - 0.5) / 0.25, atol=4.1 / 255)
    assert said.endswith("4x5, minus 0.5, over 0.25")


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb():
    """A PNG of some hundred bytes that says that it is 30000x30000."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"hello", "is no picture, or a damaged one"),
        (b"", "is no picture, or a damaged one"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", "is no picture, or a damaged one"),
        (None, "is no picture, or a damaged one"),
        (bomb(), "CS100"),
    ],
    ids=["text", "empty", "EPS", "half", "bomb"],
)
def test_what_is_no_picture(tmp_path, data, said):
    path, _ = saved(tmp_path, 50, 50)
    whole = (tmp_path / "x.png").read_bytes()
    (tmp_path / "x.png").write_bytes(whole[: len(whole) // 2] if data is None else data)
    with pytest.raises(ReadError) as caught:
        read_picture(path, 3, NONE)
    assert said in str(caught.value)
    assert caught.value.code == "CS100"


def test_what_a_picture_cannot_be(tmp_path):
    path, _ = saved(tmp_path, 8, 8)
    with pytest.raises(UsageError, match="a picture has 3 channels or 1, the network takes 4"):
        read_picture(path, 4, NONE)
    with pytest.raises(UsageError, match="--resize 3 is less than the 5x5") as caught:
        read_picture(path, 3, Preparation(5, 5, 3))
    assert caught.value.fault.fix == "--resize 5"
    with pytest.raises(ReadError, match="CS101"):
        read_picture(str(tmp_path / "gone.png"), 3, NONE)


def test_a_picture_that_would_become_larger_than_the_memory(tmp_path, monkeypatch):
    path, _ = saved(tmp_path, 1, 2000)
    monkeypatch.setattr("cnnshape.runtime.room.free_memory", lambda: 100_000_000)
    with pytest.raises(UsageError, match="CS504"):  # 256 x 512000 pixels before the cut
        read_picture(path, 3, Preparation(224, 224))
    with pytest.raises(UsageError, match="CS504"):
        read_picture(path, 3, Preparation(999_999, 999_999))


def test_without_pillow_the_line_to_install_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(ExtraMissing, match="CS010: a picture needs the package Pillow") as caught:
        read_picture("x.png", 3, NONE)
    assert caught.value.fault.fix == "pip install 'cnnshape[figures]', or give an array: --data x.npy"


def test_feature_maps_stand_side_by_side(tmp_path):
    maps = np.zeros((5, 30, 30))
    maps[0, 3, 4], maps[1] = 7.0, 5.0
    maps[2] = np.arange(900).reshape(30, 30)
    maps[3, 0, 0], maps[3, 0, 1] = np.nan, -2.0
    grid, columns = feature_grid(maps)
    assert (grid.shape, columns) == ((2 * 31 + 1, 3 * 31 + 1), 3)
    assert grid[0, 0] == grid[31, 31] == 128
    tiles = [grid[1:31, 1:31], grid[1:31, 32:62], grid[1:31, 63:93], grid[32:62, 1:31]]
    assert np.argwhere(tiles[0]).tolist() == [[3, 4]]
    assert tiles[0][3, 4] == 255
    assert not tiles[1].any()
    assert (tiles[2].min(), tiles[2].max(), tiles[2][15, 0]) == (0, 255, round(450 / 899 * 255))
    assert (tiles[3][0, 0], tiles[3][0, 1], tiles[3][5, 5]) == (0, 0, 255)
    path = tmp_path / "maps.png"
    path.write_bytes(png(grid))
    np.testing.assert_array_equal(np.asarray(Image.open(path)), grid)


def test_signals_are_rows_of_one_map():
    grid, columns = feature_grid(np.arange(12.0).reshape(3, 4))
    assert columns == 1
    assert grid.shape == (3 * 6 + 2, 4 * 6 + 2)
