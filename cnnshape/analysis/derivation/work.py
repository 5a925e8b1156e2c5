"""How the multiply-adds and the bytes of a layer come about: what one value costs, times how many values there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cnnshape.analysis.counts import count
from cnnshape.analysis.derivation.data import Step, Topic, times
from cnnshape.analysis.derivation.params import explained, letters_of
from cnnshape.analysis.memory import BITS, tensor_bytes
from cnnshape.analysis.quantity import one_image
from cnnshape.layers.base import Kind, Layer, Spec, Work
from cnnshape.symbolic import Size, dim, exact_div, product, total

__all__ = ["Pass", "macs_topic", "memory_topic"]

_SORTS = {
    "macs": "multiply-adds",
    "adds": "additions",
    "muls": "multiplications",
    "compares": "comparisons",
    "transcendental": "roots, exponentials and the like",
}


@dataclass(frozen=True, slots=True)
class Pass:
    """One use of a layer.

    Parameters
    ----------
    layer : Layer
    inputs, outputs : its specs
    batch : the symbol that counts the images while it is free, or ""
    executed : False if no output of the network needs it
    """

    layer: Layer
    inputs: tuple[Spec, ...]
    outputs: tuple[Spec, ...]
    batch: str = ""
    executed: bool = True

    @property
    def work(self) -> Work:
        return count(self.layer, self.inputs, self.outputs).work

    def alone(self, spec: Spec) -> tuple[Size, ...]:
        """Return the shape of one image."""
        if not self.batch:
            return spec.shape
        images = dim(self.batch)
        return tuple(one_image(size, self.batch) for size in spec.shape if size != images)


@dataclass(frozen=True, slots=True)
class _Factors:
    """A count as ``each * many``: `each` by its factors, and what there are `many` of."""

    each: tuple[Size, ...]
    many: tuple[Size, ...]
    of: str
    rule: str = ""
    letters: tuple[str, ...] = ()
    words: str = ""


def macs_topic(use: Pass, macs: Size, convention: str = "torchvision", words: str = "") -> Topic:
    """Return how the multiply-adds of a layer come about.

    Parameters
    ----------
    use : Pass
    macs : what the convention counts for it
    convention : str, its name
    words : str, how it counts such a layer
    """
    own = one_image(use.work.macs, use.batch)
    lines: list[Step] = []
    rules: tuple[str, ...] = ()
    letters: tuple[tuple[str, str], ...] = ()
    if not use.executed:
        lines.append(Step("", (), "no output of the network needs it: it is not executed"))
    elif macs == own and macs != 0:
        rules, letters, own_lines = _with_pairs(use, macs) or _written(_factors(use, macs), macs)
        lines += own_lines
    else:
        lines += _by_convention(use, macs, convention, words)
    return Topic(
        "macs", "multiply-adds" + (", one image" if use.batch else ""), macs, rules, letters, steps=tuple(lines)
    )


_Derived = tuple[tuple[str, ...], tuple[tuple[str, str], ...], list[Step]]


def _with_pairs(use: Pass, macs: Size) -> _Derived | None:
    """Return the count of a layer whose weights see each position, and whose positions see one another; else None."""
    weights = [weight.shape for weight in use.layer.weights(use.inputs).values() if len(weight.shape) > 1]
    shapes = {use.alone(spec)[:-1] for spec in use.inputs}
    if use.layer.kind is not Kind.ATTENTION or not weights or len(shapes) != 1:
        return None
    places = product(shapes.pop())
    each = total([product(shape) for shape in weights])
    pairs = exact_div(macs - each * places, places * places)
    if pairs is None or pairs == 0:
        return None
    rules = ("M = K*V + P*V*V",)
    letters = (
        ("K", "uses of the weights at one position"),
        ("V", "positions"),
        ("P", "multiply-adds for one pair of positions"),
    )
    lines = [
        Step("K", (" + ".join(times(*shape) for shape in weights), each), "each weight once"),
        Step("V", (places,)),
        Step("P", (pairs,), "the scores, and the sums that they weigh"),
        Step("M", (f"{times(each, places)} + {times(pairs, places, places)}", macs)),
    ]
    return rules, letters, lines


def _written(found: _Factors, macs: Size) -> _Derived:
    if not found.many:
        return (), (), [Step("M", (macs,))]
    rules = ("M = K*V",)
    letters = (("K", f"multiply-adds for one {found.of}"), ("V", _many(found.of)), *explained(found.letters))
    each, many = product(found.each), product(found.many)
    lines = []
    left = times(*found.each) if len(found.each) > 1 else ""
    lines.append(Step("K", (*filter(None, (found.rule, left)), each), found.words))
    right = times(*found.many) if len(found.many) > 1 else ""
    lines.append(Step("V", (*filter(None, (right,)), many)))
    lines.append(Step("M", (times(each, many), macs)))
    return rules, letters, lines


def _many(of: str) -> str:
    first, *rest = of.split(" ")
    return " ".join([f"{first}s", *rest]) if rest[:1] == ["of"] else f"{of}s"


def _factors(use: Pass, macs: Size) -> _Factors:
    return next(found for found in _ways(use, macs) if product((*found.each, *found.many)) == macs)


def _ways(use: Pass, macs: Size) -> Iterator[_Factors]:
    """Yield what one value may cost; the first whose product is the count is said."""
    given = use.alone(use.outputs[0])
    taken = use.alone(use.inputs[0]) if use.inputs else ()
    weights = [weight for weight in use.layer.weights(use.inputs).values() if len(weight.shape) > 1]
    if len(weights) == 1:
        letters = letters_of(use.layer, use.inputs, use.outputs, weights[0])
        used = letters[1:] if letters else ()
        yield _Factors(weights[0].shape[1:], given, "output value", "*".join(used), used)
        if any(window.mode == "transposed" for window in use.layer.window(use.inputs).axes.values()):
            yield _Factors(weights[0].shape[1:], taken, "input value", "*".join(used), used)
    if weights:
        parts = [product(weight.shape) for weight in weights]
        rule = " + ".join(times(*weight.shape) for weight in weights)
        for places in _positions(given, taken):
            yield _Factors((total(parts),), places, "position", rule, (), "each weight is used once at each position")
    inner = () if weights else tuple(size for spec in use.inputs for size in spec.shape[::-1])
    for size in inner:
        yield _Factors((size,), given, "output value")
    for values, of in ((given, "output value"), (taken, "input value")):
        each = exact_div(macs, product(values))
        if each is not None:
            yield _Factors((each,), values, of, "", (), "on average" if len(weights) > 1 else "")
    for size in inner:
        pairs = (*given[:-1], size)
        each = exact_div(macs, product(pairs))
        if each is not None:
            yield _Factors((each,), pairs, "pair of positions")
    yield _Factors((macs,), (), "image")


def _positions(given: tuple[Size, ...], taken: tuple[Size, ...]) -> Iterator[tuple[Size, ...]]:
    for shape in (given, taken):
        yield shape[1:]
        yield shape[:-1]


def _by_convention(use: Pass, macs: Size, convention: str, words: str) -> Iterator[Step]:
    if macs == 0:
        said = words or "convolutions, linear layers and matrix products alone"
        yield Step("", (), f"none: the convention {convention} counts {said}")
    else:
        values = product(use.alone(use.outputs[0]))
        each = exact_div(macs, values)
        said = f"{convention} counts {words}" if words else f"as {convention} counts"
        if each is not None and each != 1:
            yield Step("M", (times(each, *use.alone(use.outputs[0])), macs), said)
        else:
            yield Step("M", (macs,), said)
    values = product(use.alone(use.outputs[0])) if use.outputs else 1
    for sort, name in _SORTS.items():
        amount = one_image(getattr(use.work, sort), use.batch)
        if amount == 0 or (sort == "macs" and macs == 0):
            continue
        each = exact_div(amount, values)
        words_ = f"{name} that it does"
        if each is not None and each != 1 and values != 1:
            yield Step(sort, (times(each, values), amount), words_)
        else:
            yield Step(sort, (amount,), words_)


def memory_topic(use: Pass, weights: tuple[Size, ...], weight_type: str, types: tuple[str, ...]) -> Topic:
    """Return how the bytes of a layer's parameters and outputs come about.

    Parameters
    ----------
    use : Pass
    weights : elements of each of its weights; none where they belong to another layer
    weight_type, types : what an element of its weights, and of each output, is stored as
    """
    lines = []
    if weights:
        lines.append(_weights(weights, weight_type))
    result: Size = 0
    if not use.executed:
        lines.append(Step("outputs", (), "it is not executed: none"))
    elif not use.inputs:
        lines.append(Step("outputs", (), "none: nothing is computed"))
    elif use.layer.is_view:
        lines.append(Step("outputs", (), "none: the output is the input's memory under another shape"))
    else:
        for i, (spec, dtype) in enumerate(zip(use.outputs, types, strict=True)):
            step = _bytes("outputs" if len(use.outputs) == 1 else f"output {i}", use.alone(spec), dtype)
            lines.append(step)
            size = step.chain[-1]
            assert not isinstance(size, str)
            result = result + size
        if len(types) > 1:
            lines.append(Step("sum", (result,)))
    return Topic(
        "memory",
        "memory of the outputs" + (", one image" if use.batch else ""),
        result,
        steps=tuple(lines),
        unit="bytes",
    )


def _weights(sizes: tuple[Size, ...], dtype: str) -> Step:
    """Return the line of the weights; elements of less than a byte are packed weight by weight."""
    if BITS[dtype] % 8 == 0:
        return _bytes("weights", (total(sizes),), dtype)
    rows = [_bytes("weights", (size,), dtype).chain for size in sizes]
    whole = total([tensor_bytes((size,), dtype) for size in sizes])
    return Step("weights", (" + ".join(str(row[0]) for row in rows), whole), f"{dtype}: {BITS[dtype]} bits each")


def _bytes(label: str, factors: tuple[Size, ...], dtype: str) -> Step:
    bits = BITS[dtype]
    size = tensor_bytes(factors, dtype)
    if bits % 8:
        return Step(label, (f"ceil({times(*factors, bits)}/8)", size), f"{dtype}: {bits} bits each")
    return Step(label, (times(*factors, bits // 8), size), f"{dtype}: {bits // 8} byte{'s' * (bits != 8)} each")
