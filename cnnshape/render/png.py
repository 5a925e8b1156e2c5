"""A scene as PNG, for programs that show nothing else."""

from __future__ import annotations

from io import BytesIO
from math import ceil
from struct import pack
from zlib import crc32

from cnnshape.errors import UsageError
from cnnshape.render.painter import cairo, paint
from cnnshape.render.scene import Rect, Scene, Style

__all__ = ["MOST_PIXELS", "render"]

MOST_PIXELS = 50_000_000
"""How many pixels a picture may have: 200 MB of memory while it is painted."""
_LONGEST = 32_767  # pixels; cairo draws no longer picture
_INCH = 0.0254  # meters


def render(scene: Scene, dpi: float = 200, back: str = "#FFFFFF") -> bytes:
    """Return the picture as a PNG file.

    Parameters
    ----------
    scene : Scene
    dpi : pixels an inch; the file says so, so that a page shows the picture in its true size
    back : the color behind it, "" to leave it transparent

    Raises
    ------
    UsageError
        CS014, it would have more than `MOST_PIXELS`, or a side beyond what cairo draws; CS001, `dpi` is not positive.
    ExtraMissing
        CS010, the extra `figures` or the library libcairo is not installed.
    """
    if not 1 <= dpi <= 10_000:
        raise UsageError(f"a picture of {dpi} dpi", got=dpi, rule="dpi is a number from 1 to 10,000", fix="--dpi 200")
    scale = dpi / 72
    width, height = max(1, ceil(scene.width * scale - 1e-6)), max(1, ceil(scene.height * scale - 1e-6))
    if width * height > MOST_PIXELS or max(width, height) > _LONGEST:
        raise _too_large(scene, width, height)
    library = cairo()
    page = library.ImageSurface(library.FORMAT_ARGB32, width, height)
    page.set_device_scale(width / scene.width, height / scene.height)
    if back:
        paint(Scene(scene.width, scene.height, (Rect(0, 0, scene.width, scene.height, Style(back, "")),)), page)
    paint(scene, page)
    file = BytesIO()
    page.write_to_png(file)
    return _sized(file.getvalue(), dpi)


def _too_large(scene: Scene, width: int, height: int) -> UsageError:
    area = (MOST_PIXELS / (scene.width * scene.height)) ** 0.5
    fitting = int(72 * min(area, _LONGEST / max(scene.width, scene.height)) * 0.999)
    return UsageError(
        f"a PNG of {width:,} x {height:,} pixels",
        code="CS014",
        got=(width, height),
        rule=f"a PNG has at most {MOST_PIXELS:,} pixels, and {_LONGEST:,} a side",
        fix=(f"--dpi {fitting}, or " if fitting >= 50 else "") + "write SVG or PDF, or show less detail",
    )


def _sized(png: bytes, dpi: float) -> bytes:
    """Return the file with its resolution, which cairo does not write: pixels a meter, behind the header's 33 bytes."""
    per_meter = round(dpi / _INCH)
    chunk = b"pHYs" + pack(">IIB", per_meter, per_meter, 1)
    return png[:33] + pack(">I", len(chunk) - 4) + chunk + pack(">I", crc32(chunk)) + png[33:]
