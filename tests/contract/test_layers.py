"""The contract that every layer of the catalogue keeps, shown on its own examples.

A layer is a frozen value; what it says of symbols holds for the numbers that they stand for; its window fits its
sizes; it is documented and can be called by its names.
"""

from __future__ import annotations

import os
import pickle
import random
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, replace
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import cnnshape.layers
from cnnshape.errors import ShapeError
from cnnshape.layers import catalog
from cnnshape.layers.base import Context, Example, Kind, Layer, Spec, Windows
from cnnshape.layers.fields import DTYPES, KINDS
from cnnshape.symbolic import Dim, dim, equal, evaluate, output_size, symbols

CLASSES = [entry.layer for entry in catalog.ENTRIES]
EXAMPLES = [
    pytest.param(example, id=f"{cls.__name__}-{number}")
    for cls in CLASSES
    for number, example in enumerate(cls.examples())
]


def _takes(check: Any, value: Any) -> bool:
    try:
        check(value)
    except (TypeError, ValueError):
        return False
    return True


SIZED = frozenset(word for word, kind in KINDS.items() if _takes(kind.check, dim("x")))
"""The kinds of arguments that take a formula."""
DRAWS = 400
ENOUGH = 12


def put(value: Any, values: dict[str, int]) -> Any:
    """Numbers for the symbols in an argument or a shape."""
    if isinstance(value, tuple):
        return tuple(put(entry, values) for entry in value)
    return evaluate(value, values) if isinstance(value, Dim) else value


def names_in(value: Any) -> set[str]:
    if isinstance(value, tuple):
        return {name for entry in value for name in names_in(entry)}
    return set(symbols(value)) if isinstance(value, Dim) else set()


def arguments(layer: Layer) -> dict[str, Any]:
    return {f.name: getattr(layer, f.name) for f in fields(layer)}


def as_text(value: Any) -> Any:
    """An argument with every size in it written as text."""
    if isinstance(value, tuple):
        return tuple(as_text(entry) for entry in value)
    return str(value) if isinstance(value, (int, Dim)) else value


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_size_may_be_given_as_the_text_of_a_formula(example: Example) -> None:
    layer = example.layer
    texts = {
        f.name: as_text(getattr(layer, f.name))
        for f in fields(layer)  # type: ignore[arg-type]  # a dataclass
        if f.type.partition(" | ")[0] in SIZED
    }
    assert replace(layer, **texts) == layer


def concrete(example: Example, values: dict[str, int]) -> Example:
    """The example with numbers in the place of its symbols."""
    layer = replace(example.layer, **{name: put(value, values) for name, value in arguments(example.layer).items()})
    return Example(layer, tuple(Spec(put(x.shape, values), x.dtype) for x in example.inputs))


def one_is_special(layer: Layer) -> bool:
    """Whether the number 1 is stretched or left out, as a formula that happens to be 1 is not."""
    name = type(layer).__name__
    if layer.kind in (Kind.MERGE, Kind.LOGIC):
        return name not in ("Concat", "Dot")
    return (
        name in ("Einsum", "Expand", "MatMul", "RotaryEmbedding", "ScaledDotProductAttention")
        or layer == cnnshape.layers.Squeeze()
    )


def draws(example: Example) -> Any:
    """Sizes for the symbols of an example, most of them small, such that every size of an input is at least 1."""
    source = random.Random(repr(example.layer))
    names = sorted(
        {n for x in example.inputs for n in names_in(x.shape)} | names_in(tuple(arguments(example.layer).values()))
    )
    special = one_is_special(example.layer)
    for _ in range(DRAWS):
        values = {name: source.randint(1, source.choice((6, 12, 40))) for name in names}
        shapes = [put(x.shape, values) for x in example.inputs]
        if any(size < 1 for shape in shapes for size in shape):
            continue
        written = [size for x in example.inputs for size in x.shape]
        found = [size for shape in shapes for size in shape]
        if special and any(n == 1 and isinstance(w, Dim) for w, n in zip(written, found, strict=True)):
            continue
        yield values


@pytest.mark.parametrize("example", EXAMPLES)
def test_formulas_hold_for_numbers(example):
    """Shapes, weights, work, conditions and faults: by formula, and by a run on the numbers themselves."""
    layer, inputs = example.layer, example.inputs
    ctx = Context()
    outputs = layer.outputs(inputs, ctx)
    weights, work = layer.weights(inputs), layer.work(inputs, outputs)
    assert all(y.dtype in DTYPES for y in outputs)
    fitting = 0
    for values in draws(example):
        case = concrete(example, values)
        violated = [c for c in ctx.conditions if not c.holds(evaluate(c.expr, values))]
        numbers = outputs_or_fault(case)
        if isinstance(numbers, ShapeError):
            assert violated, (values, str(numbers))
            assert numbers.code == violated[0].code, values
            continue
        assert not violated, (values, [str(c) for c in violated])
        assert numbers == tuple(Spec(put(y.shape, values), y.dtype) for y in outputs), values
        theirs = {name: (put(w.shape, values), w.trainable, w.init, w.value) for name, w in weights.items()}
        assert theirs == {
            name: (w.shape, w.trainable, w.init, w.value) for name, w in case.layer.weights(case.inputs).items()
        }
        counted = case.layer.work(case.inputs, numbers)
        assert {sort: put(getattr(work, sort), values) for sort in work.__slots__} == {
            sort: getattr(counted, sort) for sort in counted.__slots__
        }, values
        assert all(getattr(counted, sort) >= 0 for sort in counted.__slots__)
        check_window(case.layer.window(case.inputs), case.inputs, numbers)
        fitting += 1
        if fitting == ENOUGH or not values:
            break
    assert fitting, "an example has sizes that fit"


def outputs_or_fault(case: Example) -> tuple[Spec, ...] | ShapeError:
    ctx = Context()
    try:
        numbers = case.layer.outputs(case.inputs, ctx)
    except ShapeError as error:
        return error
    assert ctx.conditions == [], "numbers leave nothing open"
    return numbers


def check_window(windows: Windows, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> None:
    """The window gives the size of each axis that slides; other axes that stay keep theirs."""
    if not windows.known or not inputs:
        return
    read = inputs if windows.reads is None else [inputs[i] for i in windows.reads]
    x = read[0]
    dims = len(outputs[0].shape)
    source = windows.source if windows.source is not None else tuple(range(dims))
    assert len(source) == dims
    assert all(0 <= axis < len(x.shape) for axis in windows.whole)
    assert all(0 <= axis < dims for axis in windows.axes)
    if windows.everything:
        return
    for axis, origin in enumerate(source):
        window = windows.axes.get(axis)
        if origin is None:
            assert window is None, "an axis that is new slides over nothing"
        elif window is not None:
            assert all(output_size(x.shape[origin], window) == y.shape[axis] for y in outputs) or not windows.exact
        elif len(read) == 1 and origin not in windows.whole:
            assert all(x.shape[origin] == y.shape[axis] for y in outputs)


@pytest.mark.parametrize("example", EXAMPLES)
def test_no_window_is_about_an_input_whose_size_alone_is_read(example):
    layer, inputs = example.layer, example.inputs
    reads = layer.window(inputs).reads
    read = range(len(inputs)) if reads is None else reads
    assert set(read) == {i for i in range(len(inputs)) if i not in layer.sized_by}


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_window_gives_the_size_as_a_formula(example):
    """Where it slides over symbols, its formula and the layer's are equal for all values."""
    layer, inputs = example.layer, example.inputs
    windows = layer.window(inputs)
    (y, *_) = layer.outputs(inputs, Context())
    if not windows.exact or not windows.known:
        return
    x = inputs[windows.reads[0] if windows.reads else 0] if inputs else y
    for axis, window in windows.axes.items():
        origin = windows.source[axis] if windows.source is not None else axis
        assert equal(output_size(x.shape[origin], window), y.shape[axis]) is True


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_value(example):
    layer = example.layer
    twin = replace(layer)
    assert twin == layer
    assert twin is not layer
    assert hash(twin) == hash(layer)
    assert pickle.loads(pickle.dumps(layer)) == layer
    assert layer != object()
    known: dict[str, Any] = {cls.__name__: cls for cls in CLASSES} | {"Fraction": Fraction}
    assert eval(repr(layer), known | {name: dim(name) for name in names_in(tuple(arguments(layer).values()))}) == layer
    for name in (*arguments(layer), "anything"):
        with pytest.raises(FrozenInstanceError):
            setattr(layer, name, 1)
    with pytest.raises(FrozenInstanceError):
        del layer.kind
    assert layer.label()


def test_different_layers_are_not_equal():
    layers = [param.values[0].layer for param in EXAMPLES]
    assert len(set(layers)) == len({repr(layer) for layer in layers}), "equal layers are written alike, others are not"


def test_a_pickle_is_the_same_layer_in_another_process(tmp_path):
    """Python mixes a number of its own into the hash of a text, in each process another."""
    layers = [param.values[0].layer for param in EXAMPLES]
    path = tmp_path / "layers.pickle"
    path.write_bytes(pickle.dumps(layers))
    code = (
        "import pickle, pathlib, dataclasses, sys\n"
        "layers = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "assert all(layer in {dataclasses.replace(layer)} for layer in layers)\n"
        "print(len(layers))"
    )
    root = Path(cnnshape.layers.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, path],
        env={**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == str(len(layers)), done.stderr


@pytest.mark.parametrize("cls", CLASSES)
def test_final_and_complete(cls):
    assert cls.__subclasses__() == [], "a class is abstract or final"
    for name in ("outputs", "window", "work", "examples"):
        assert getattr(cls, name).__qualname__ != f"Layer.{name}", f"{name} is a fact that a layer states"
    assert isinstance(cls.kind, Kind)
    least, most = cls.arity
    assert 0 <= least <= (most if most is not None else least)


@pytest.mark.parametrize("cls", CLASSES)
def test_examples_are_three_to_six_with_symbols(cls):
    examples = cls.examples()
    assert 3 <= len(examples) <= 6
    assert all(type(example.layer) is cls for example in examples)
    least, most = cls.arity
    for example in examples:
        assert least <= len(example.inputs) <= (most or len(example.inputs))
    if cls.__name__ != "Constant":
        held = [
            (x.shape, *arguments(example.layer).values()) for example in examples for x in example.inputs or (Spec(()),)
        ]
        assert any(names_in(values) for values in held), "symbols among the sizes"


@pytest.mark.parametrize("cls", [cls for cls in CLASSES if any(f.name == "rank" for f in fields(cls))])
def test_examples_with_a_rank_show_several(cls):
    shown = set()
    for example in cls.examples():
        (y, *_) = example.layer.outputs(example.inputs, Context())
        shown.add(max(len(example.inputs[0].shape), len(y.shape)))
    assert len(shown) > 1, "rank is a fact of the input"


SECTIONS = ("Shape:", "Examples\n", "References\n")


@pytest.mark.parametrize("cls", CLASSES)
def test_documented(cls):
    text = cls.__doc__ or ""
    for section in SECTIONS:
        assert section in text, section
    summary = text.splitlines()[0]
    assert "Formulas:" in text or summary.startswith("y = "), "what it computes"
    assert summary.endswith((".", ")")), "one line, a sentence"
    names = [f.name for f in fields(cls)]
    if names:
        _, _, after = text.partition("Parameters\n    ----------\n")
        listed = after.partition("\n\n")[0]
        told = {name for line in re.findall(r"^    (\w[\w, ]*) :", listed, re.MULTILINE) for name in line.split(", ")}
        assert told == set(names), "every argument is documented, and no other"


@pytest.mark.parametrize("cls", CLASSES)
def test_arguments_are_words_of_the_table(cls):
    for f in fields(cls):
        word, _, null = f.type.partition(" | ")
        assert word in KINDS, f"{f.name}: {f.type}"
        assert null in ("", "None")
    assert sum(not f.kw_only for f in fields(cls)) <= 1, "one positional argument at most"
    if any(f.name == "rank" for f in fields(cls)):
        assert fields(cls)[-1].name == "rank", "the last argument"


@pytest.mark.parametrize("entry", catalog.ENTRIES, ids=lambda entry: entry.name)
def test_other_halves_exist(entry):
    """Dotted names are resolved at first use, so a wrong one would be found late."""
    family = entry.layer.__module__.rpartition(".")[0]
    for dotted in (entry.kernel, entry.foreign):
        if dotted:
            module, _, attribute = dotted.partition(":")
            assert hasattr(import_module(module, family), attribute)
