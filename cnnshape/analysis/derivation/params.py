"""How the number of a layer's parameters comes about: each weight's sizes, their products, the sum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cnnshape.analysis.derivation.data import Step, Topic, times
from cnnshape.layers.base import Layer, Spec, Weight
from cnnshape.symbolic import Size, exact_div, product, total

__all__ = ["explained", "letters_of", "params_topic"]

_NAMES = {
    "C_in": "channels in",
    "C_out": "channels out",
    "F_in": "features in",
    "F_out": "features out",
    "C": "channels",
    "N": "kernel",
    "g": "groups",
}
_AXES = ("D", "H", "W")


def params_topic(
    layer: Layer,
    inputs: tuple[Spec, ...],
    outputs: tuple[Spec, ...] | None,
    *,
    owner: str = "",
    frozen: bool = False,
) -> Topic:
    """Return how the parameters of a layer come about.

    Parameters
    ----------
    layer : Layer
    inputs, outputs : its specs; None where the outputs are not known
    owner : the layer whose weights it uses, or ""
    frozen : True if its weights are not trained
    """
    weights = layer.weights(inputs)
    trained = {name: weight for name, weight in weights.items() if weight.trainable}
    stored = {name: weight for name, weight in weights.items() if not weight.trainable}
    rule, named = _rule(layer, inputs, outputs, trained)
    lines = [_weight(name, weight) for name, weight in trained.items()]
    count = total([product(weight.shape) for weight in trained.values()])
    if len(trained) > 1:
        parts = [product(weight.shape) for weight in trained.values()]
        lines.append(Step("sum", (" + ".join(times(part) for part in parts), count)))
    if not trained:
        lines.append(Step("", (), "it has no weights to train"))
    if owner:
        lines.append(Step("", (), f"these are the weights of {owner}: they count there, and 0 here"))
    if frozen and trained:
        lines.append(Step("", (), "frozen: they are kept as they are, and count as parameters all the same"))
    if stored:
        parts = [product(weight.shape) for weight in stored.values()]
        chain = (" + ".join(times(part) for part in parts), total(parts)) if len(parts) > 1 else (parts[0],)
        lines.append(Step("buffers", chain, f"{', '.join(stored)}: stored, not trained, not counted"))
    return Topic("params", "parameters", 0 if owner else count, rule, named, steps=tuple(lines))


def _weight(name: str, weight: Weight) -> Step:
    if len(weight.shape) < 2:  # a product of one factor says nothing
        return Step(name, (product(weight.shape),))
    return Step(name, (times(*weight.shape), product(weight.shape)))


Letters = tuple[str, ...]


def letters_of(layer: Layer, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...], weight: Weight) -> Letters | None:
    """Return a letter for each size of a weight, or None where they are not those of the layer's ends and kernel."""
    if not inputs or not outputs:
        return None
    windows = [window for _, window in sorted(layer.window(inputs).axes.items())]
    x, y = inputs[0].shape, outputs[0].shape
    if not x or not y:
        return None
    if windows:
        kernels = tuple(window.kernel for window in windows)
        if weight.shape[2:] == kernels and len(x) == len(y) == len(kernels) + 2:
            head = _grouped(weight.shape[:2], x[1], y[1])
            same = len(set(kernels)) == 1
            axes = _AXES[-len(kernels) :] if len(kernels) > 1 else ("L",)
            return None if head is None else (*head, *("N" if same else f"N_{axis}" for axis in axes))
        return ("C_out",) if weight.shape == (y[1],) else None
    if weight.shape == (y[-1], x[-1]):
        return "F_out", "F_in"
    if weight.shape == (y[-1],) and x[-1] != y[-1]:
        return ("F_out",)
    if len(x) > 1 and x == y and weight.shape == (x[1],):
        return ("C",)
    return None


def _grouped(sizes: Sequence[Size], c_in: Size, c_out: Size) -> Letters | None:
    first, second = sizes
    for one, other, letters in ((c_out, c_in, ("C_out", "C_in")), (c_in, c_out, ("C_in", "C_out"))):
        if first != one:
            continue
        if second == other:
            return letters
        groups = exact_div(other, second)
        if groups is not None and exact_div(one, groups) is not None:
            return letters[0], f"{letters[1]}/g"
    return None


def _rule(
    layer: Layer, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...] | None, trained: Mapping[str, Weight]
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    found = [letters_of(layer, inputs, outputs or (), weight) for weight in trained.values()]
    known = [letters for letters in found if letters is not None]
    if not known or len(known) != len(found):
        return (), ()
    if len(known) == 1 or len(set(known)) == 1:
        many = f"{len(known)}*" if len(known) > 1 else ""
        rule = many + "*".join(known[0])
    elif len(known) == 2 and len(known[1]) == 1 and known[1][0] in known[0]:  # a weight and its bias
        (side,) = known[1]
        ends = [letter for letter in known[0][:2] if letter != side]
        rule = f"({'*'.join([*known[0][2:], *ends])} + 1)*{side}"
    else:
        rule = " + ".join("*".join(letters) for letters in known)
    used = dict.fromkeys(letter for letters in known for letter in letters)
    return (rule,), tuple(explained(used))


def explained(used: Iterable[str]) -> list[tuple[str, str]]:
    """Return what letters stand for, those of ``C_in/g`` apart."""
    out: dict[str, str] = {}
    for letter in used:
        for name in letter.split("/"):
            if name.startswith("N_"):
                out[name] = f"kernel along {name[2:]}"
            else:
                out[name] = _NAMES[name]
    return list(out.items())
