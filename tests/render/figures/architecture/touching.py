"""What no picture may show: texts on each other, on a border or outside, and letters too small to read."""

from collections.abc import Iterator

from cnnshape.render.metrics import text_width
from cnnshape.render.scene import Circle, Label, Line, Polygon, Rect, Scene, leaves

Box = tuple[float, float, float, float]
LEAST = 6.0
_SLACK = 0.3  # of rounding


def faults_of(scene: Scene) -> list[str]:
    """Return everything that is wrong with where the marks of a scene stand."""
    marks = list(leaves(scene.marks))
    numbered = [(n, mark) for n, mark in enumerate(marks) if isinstance(mark, Label) and mark.text]
    texts = [(mark, _text_box(mark)) for _, mark in numbered]
    areas = [(n, _area(mark)) for n, mark in enumerate(marks) if isinstance(mark, Rect | Circle | Polygon)]
    found = [f"{mark.text!r} is {mark.size} points" for mark, _ in texts if mark.size < LEAST]
    found += [f"{mark.text!r} is outside" for mark, box in texts if not _inside(box, (0, 0, scene.width, scene.height))]
    found += [f"{box} is outside" for _, box in areas if not _inside(box, (0, 0, scene.width, scene.height))]
    for n, (mark, box) in enumerate(texts):
        found += [f"{mark.text!r} touches {other.text!r}" for other, near in texts[n + 1 :] if _touch(box, near)]
        found += [f"{mark.text!r} stands on the border of {area}" for area in _crossed(numbered[n][0], box, areas)]
    for mark in marks:
        if isinstance(mark, Line):
            for (x0, y0), (x1, y1) in zip(mark.points, mark.points[1:], strict=False):
                leg = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
                if not _inside(leg, (0, 0, scene.width, scene.height)):
                    found.append(f"a line is outside: {leg}")
                if mark.ends is not None:
                    found += [f"a line crosses {text.text!r}" for text, box in texts if _touch(leg, box)]
    return found


def _crossed(number: int, box: Box, areas: list[tuple[int, Box]]) -> Iterator[Box]:
    """Yield the areas whose border a text crosses; one below an area that holds the whole text is covered."""
    below = [(n, area) for n, area in areas if n < number]
    covered = max((n for n, area in below if _inside(box, area)), default=-1)
    for n, area in areas:
        if (n > covered) and _touch(box, area) and not _inside(box, area):
            yield area


def _text_box(label: Label) -> Box:
    width = text_width(label.text, label.size, label.bold)
    left = {"start": label.x, "middle": label.x - width / 2, "end": label.x - width}[label.anchor]
    return (left, label.y - 0.72 * label.size, left + width, label.y + 0.2 * label.size)


def _area(mark: Rect | Circle | Polygon) -> Box:
    if isinstance(mark, Rect):
        return (mark.x, mark.y, mark.x + mark.width, mark.y + mark.height)
    if isinstance(mark, Circle):
        return (mark.x - mark.radius, mark.y - mark.radius, mark.x + mark.radius, mark.y + mark.radius)
    xs, ys = zip(*mark.points, strict=True)
    return (min(xs), min(ys), max(xs), max(ys))


def _inside(box: Box, area: Box) -> bool:
    return (
        box[0] >= area[0] - _SLACK
        and box[1] >= area[1] - _SLACK
        and box[2] <= area[2] + _SLACK
        and box[3] <= area[3] + _SLACK
    )


def _touch(a: Box, b: Box) -> bool:
    return a[0] < b[2] - _SLACK and b[0] < a[2] - _SLACK and a[1] < b[3] - _SLACK and b[1] < a[3] - _SLACK
