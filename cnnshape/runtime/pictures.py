"""Pictures as inputs, prepared as torchvision prepares them, and feature maps as pictures."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from cnnshape.errors import ReadError, UsageError
from cnnshape.layers.arrays import Array
from cnnshape.runtime.extras import needed
from cnnshape.runtime.room import check_bytes

__all__ = ["IMAGENET", "Preparation", "feature_grid", "png", "read_picture"]


IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Mean and deviation of ImageNet's colors between 0 and 1: torchvision.transforms.Normalize in all its weights."""

_FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "PPM")  # others start programs: EPS starts Ghostscript
_MODES = {1: "L", 3: "RGB"}
_MOST_PIXELS = 100_000_000
_RULE = f"a picture is one of {', '.join(_FORMATS)}"
_BROKEN = (ArithmeticError, EOFError, LookupError, SyntaxError, TypeError, ValueError, struct.error)
"""What Pillow raises on damaged files, beside OSError."""
_SHOWN = 24
"""Feature maps are enlarged until they are about as wide."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is done to a picture.

    Parameters
    ----------
    height, width : what is cut from its middle; None: it stays as large as it is
    resize : its shorter side before the cut; None: 8/7 of the cut, as 256 for 224
    mean, deviation : one number for each channel; (value - mean)/deviation, values between 0 and 1
    """

    height: int | None = None
    width: int | None = None
    resize: int | None = None
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Return the height and width of a picture after it is resized.

        Examples
        --------
        >>> Preparation(224, 224).size(375, 500), Preparation(299, 299).size(600, 400)
        ((256, 341), (513, 342))
        """
        if self.height is None or self.width is None:
            return height, width
        if self.resize is not None or self.height == self.width:
            short = self.resize or (8 * self.height + 3) // 7
            # torchvision.transforms.Resize rounds the longer side down.
            return (short, short * width // height) if height <= width else (short * height // width, short)
        scale = max(8 * self.height / 7 / height, 8 * self.width / 7 / width)
        return max(round(scale * height), self.height), max(round(scale * width), self.width)


def read_picture(path: str, channels: int, how: Preparation) -> tuple[Array, str]:
    """Return a picture as (channels, H, W) in float32, and one line on what was done to it.

    Parameters
    ----------
    path : the file
    channels : 3, or 1 for gray
    how : Preparation

    Raises
    ------
    ReadError
        CS100 it is no picture, a damaged or a huge one; CS101 it cannot be opened.
    ExtraMissing
        CS010, Pillow is not installed.
    UsageError
        CS502, a network that takes neither gray nor color; CS504, no memory for it at the size that is asked for.
    """
    if channels not in _MODES:
        raise UsageError(
            f"{path}: a picture has 3 channels or 1, the network takes {channels}",
            code="CS502",
            rule="a picture is an input of three channels (red, green, blue), or of one (gray)",
            fix="--data x.npy",
        )
    image = _opened(path, _MODES[channels])
    height, width = how.size(image.height, image.width)
    # As bytes once resized, then in float32 while it is normalized.
    check_bytes(path, channels * (2 * height * width + 3 * 4 * (how.height or height) * (how.width or width)))
    words = [f"{image.width}x{image.height}"]
    cut = slice(None), slice(None)
    if (height, width) != (image.height, image.width):
        image = image.resize((width, height), needed("PIL.Image", "figures", "a picture").Resampling.BILINEAR)
        words.append(f"resized to {width}x{height}")
    if how.height is not None and how.width is not None:
        if how.height > height or how.width > width:
            raise UsageError(
                f"--resize {how.resize} is less than the {how.width}x{how.height} that are cut from the middle",
                rule="a picture is resized, then cut",
                fix=f"--resize {max(how.height, how.width)}",
            )
        # torchvision.transforms.CenterCrop rounds to the even neighbor, as Python does.
        top, left = round((height - how.height) / 2), round((width - how.width) / 2)
        cut = slice(top, top + how.height), slice(left, left + how.width)
        words.append(f"middle {how.width}x{how.height}")
    values = np.asarray(image).reshape(height, width, channels)[cut].transpose(2, 0, 1) / np.float32(255)
    if how.mean:
        mean, deviation = (np.array(row, np.float32)[:, None, None] for row in (how.mean, how.deviation))
        values = (values - mean) / deviation
        words.append(f"minus {_listed(how.mean)}, over {_listed(how.deviation)}")
    else:
        words.append("values 0 to 1")
    return np.ascontiguousarray(values, np.float32), f"{path} {', '.join(words)}"


def _listed(numbers: Sequence[float]) -> str:
    return "/".join(f"{number:g}" for number in numbers)


def _opened(path: str, mode: str) -> Any:
    package = needed("PIL.Image", "figures", "a picture", "give an array: --data x.npy")
    if not Path(path).is_file():
        raise ReadError("there is no such file", code="CS101", place=path, rule=_RULE, fix="check the path")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the limit on pixels below is stricter
            with package.open(path, formats=_FORMATS) as image:
                if image.width * image.height > _MOST_PIXELS:
                    raise ReadError(
                        f"has {image.width}x{image.height} pixels",
                        code="CS100",
                        place=path,
                        rule=f"at most {_MOST_PIXELS:,} pixels are read: a small file may claim to be a huge picture",
                        fix="make it smaller in a program for pictures",
                    )
                check_bytes(path, 8 * image.width * image.height)  # four channels at most, before and after
                return image.convert(mode)
    except OSError as error:
        if error.errno is not None:
            raise ReadError(
                f"cannot be opened: {error.strerror}", code="CS101", place=path, rule=_RULE, fix="check the permissions"
            ) from None
        raise _no_picture(path) from None
    except (*_BROKEN, package.DecompressionBombError):
        raise _no_picture(path) from None


def _no_picture(path: str) -> ReadError:
    return ReadError("is no picture, or a damaged one", code="CS100", place=path, rule=_RULE, fix="save it as PNG")


def feature_grid(maps: Array) -> tuple[Array, int]:
    """Return feature maps side by side as gray levels, and how many stand in a row.

    Parameters
    ----------
    maps : (C, H, W), or (C, L) for signals, which become rows of one map

    Notes
    -----
    Each map is spread from its own least value (black) to its largest (white); one that is constant is black. What is
    nan or infinite is black. A gap between maps is middle gray.

    Examples
    --------
    >>> grid, columns = feature_grid(np.arange(8.0).reshape(2, 2, 2))
    >>> grid.shape, columns, int(grid.min()), int(grid.max())
    ((26, 51), 2, 0, 255)
    """
    maps = (maps[None] if maps.ndim == 2 else maps).astype(np.float64)
    finite = np.isfinite(maps)
    space = tuple(range(1, maps.ndim))
    low = np.where(finite, maps, np.inf).min(space, keepdims=True)
    high = np.where(finite, maps, -np.inf).max(space, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        levels = np.where(finite & (high > low), (maps - low) / (high - low) * 255, 0)
    factor = max(1, _SHOWN // max(maps.shape[1:]))
    tiles = levels.round().astype(np.uint8).repeat(factor, 1).repeat(factor, 2)
    count, height, width = tiles.shape
    columns = min(count, max(1, ceil(sqrt(count * height / width))))
    rows = -(-count // columns)
    grid = np.full((rows * (height + 1) + 1, columns * (width + 1) + 1), 128, np.uint8)
    for i, tile in enumerate(tiles):
        top, left = (i // columns) * (height + 1) + 1, (i % columns) * (width + 1) + 1
        grid[top : top + height, left : left + width] = tile
    return grid, columns


def png(levels: Array) -> bytes:
    """Return gray levels as a PNG file.

    Raises
    ------
    ExtraMissing
        CS010, Pillow is not installed.
    """
    out = BytesIO()
    needed("PIL.Image", "figures", "a picture of feature maps").fromarray(levels).save(out, "PNG")
    return out.getvalue()
