"""What a reader sees of a figure of blocks, measured on its marks alone."""

from collections.abc import Iterator
from itertools import pairwise

from cnnshape.render.metrics import text_width
from cnnshape.render.scene import Circle, Curve, Group, Label, Line, Polygon, Rect, Scene, leaves

LEAST_TEXT = 6.0
_SAMPLES = 24


def labels(scene: Scene) -> list[Label]:
    return [mark for mark in leaves(scene.marks) if isinstance(mark, Label)]


def groups(marks) -> Iterator[Group]:
    for mark in marks:
        if isinstance(mark, Group):
            yield mark
            yield from groups(mark.marks)


def box(label: Label) -> tuple[float, float, float, float]:
    """Return the left, upper, right and lower end of a line of text: capitals are 0.72 high, tails 0.21 deep."""
    width = text_width(label.text, label.size, label.bold)
    left = label.x - width * {"start": 0, "middle": 0.5, "end": 1}[label.anchor]
    return left, label.y - 0.72 * label.size, left + width, label.y + 0.21 * label.size


def meet(a, b, slack: float = 0.01) -> bool:
    """Tell whether two boxes have more than a line in common."""
    return min(a[2], b[2]) - max(a[0], b[0]) > slack and min(a[3], b[3]) - max(a[1], b[1]) > slack


def corners(mark) -> list[tuple[float, float]]:
    if isinstance(mark, Rect):
        x, y = mark.x + mark.width, mark.y + mark.height
        return [(mark.x, mark.y), (x, mark.y), (x, y), (mark.x, y)]
    return list(mark.points)


def faces(scene: Scene) -> list[list[tuple[float, float]]]:
    """Return the corners of every face of every block."""
    nodes = [group for group in groups(scene.marks) if group.node]
    return [corners(mark) for node in nodes for mark in leaves(node.marks) if isinstance(mark, Rect | Polygon)]


def covers(face, label_box, slack: float = 0.05) -> bool:
    """Tell whether a convex face and a box have points in common: no line keeps them apart."""
    left, top, right, bottom = (label_box[0] + slack, label_box[1] + slack, label_box[2] - slack, label_box[3] - slack)
    square = [(left, top), (right, top), (right, bottom), (left, bottom)]
    for shape in (face, square):
        for (x0, y0), (x1, y1) in zip(shape, [*shape[1:], shape[0]], strict=True):
            one = [(x - x0) * (y1 - y0) - (y - y0) * (x1 - x0) for x, y in face]
            other = [(x - x0) * (y1 - y0) - (y - y0) * (x1 - x0) for x, y in square]
            if max(one) <= min(other) or max(other) <= min(one):
                return False
    return True


def way(mark: Line | Curve) -> list[tuple[float, float]]:
    """Return points along a line or a curve, near to one another."""
    if isinstance(mark, Curve):
        out = []
        for i in range(0, len(mark.points) - 1, 3):
            p, q, r, s = mark.points[i : i + 4]
            for k in range(_SAMPLES + 1):
                t = k / _SAMPLES
                a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
                out.append((a * p[0] + b * q[0] + c * r[0] + d * s[0], a * p[1] + b * q[1] + c * r[1] + d * s[1]))
        return out
    return list(mark.points)


def crosses(points, label_box, slack: float = 0.1) -> bool:
    """Tell whether a way of straight pieces enters a box, by clipping every piece at its four sides."""
    left, top, right, bottom = (label_box[0] + slack, label_box[1] + slack, label_box[2] - slack, label_box[3] - slack)
    for (x0, y0), (x1, y1) in pairwise(points):
        start, end = 0.0, 1.0
        for origin, step, low, high in ((x0, x1 - x0, left, right), (y0, y1 - y0, top, bottom)):
            if abs(step) < 1e-9:
                if not low < origin < high:
                    start, end = 1.0, 0.0
                continue
            a, b = sorted(((low - origin) / step, (high - origin) / step))
            start, end = max(start, a), min(end, b)
        if start < end:
            return True
    return False


def extremes(scene: Scene) -> Iterator[tuple[float, float]]:
    """Yield points that bound all marks."""
    for mark in leaves(scene.marks):
        match mark:
            case Label():
                left, top, right, bottom = box(mark)
                yield from ((left, top), (right, bottom))
            case Circle():
                yield from ((mark.x - mark.radius, mark.y - mark.radius), (mark.x + mark.radius, mark.y + mark.radius))
            case Rect() | Polygon():
                yield from corners(mark)
            case Line() | Curve():
                yield from way(mark)


def faults(scene: Scene, width: float) -> list[str]:
    """Return what is wrong with a figure."""
    out = []
    texts = [(label, box(label)) for label in labels(scene)]
    for i, (label, one) in enumerate(texts):
        out += [f"{label.text!r} meets {other.text!r}" for other, two in texts[i + 1 :] if meet(one, two)]
        if label.size < LEAST_TEXT:
            out.append(f"{label.text!r} has {label.size} pt")
        if not label.text or label.angle:
            out.append(f"{label.text!r} is empty or turned")
    shapes = faces(scene)
    for label, one in texts:
        if any(covers(face, one) for face in shapes):
            out.append(f"{label.text!r} lies on a block")
    for mark in leaves(scene.marks):
        if isinstance(mark, Line | Curve):
            points = way(mark)
            out += [f"a line crosses {label.text!r}" for label, one in texts if crosses(points, one)]
    if abs(scene.width - width) > 0.5:
        out.append(f"the width is {scene.width}, not {width}")
    xs, ys = zip(*extremes(scene), strict=True)
    if min(xs) < -0.01 or min(ys) < -0.01 or max(xs) > scene.width + 0.01 or max(ys) > scene.height + 0.01:
        out.append(f"something lies outside: {min(xs):.2f} {min(ys):.2f} {max(xs):.2f} {max(ys):.2f}")
    ids = [group.id for group in groups(scene.marks)]
    if len({*ids}) < len(ids) or not scene.title or not scene.desc:
        out.append("an id is used twice, or title or description is missing")
    return out
