"""The `forward` of a block: one statement for each part, and names for what is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from cnnshape.formats.source.text import WIDTH, code, statement
from cnnshape.formats.source.torch.names import Names, plain
from cnnshape.layers.foreign import Unmapped
from cnnshape.layers.foreign_out import Free
from cnnshape.layers.source import Attribute, Infix, Item, Name, Slot
from cnnshape.symbolic import Size, symbols, text

__all__ = ["Step", "filled", "forward"]

_DEEPEST = 3
_MARGIN = 12
_WORDS = Slot.__module__
_SIZES = {"N": "batch", "H": "height", "W": "width"}
_FAR = 8
"""Steps after which a tensor that is used again has a name of its own."""
_INDENT = " " * 8


@dataclass(frozen=True, slots=True)
class Step:
    """What one part of a block computes.

    Parameters
    ----------
    name : the part's own name in the block
    result : an expression over the slots of its inputs
    inputs, outputs : tensors
    starts : whether it is a layer or a block that a statement begins with
    targets : how outputs are taken apart, if not as one tuple
    block : whether it is a block
    """

    name: str
    result: Any
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    starts: bool
    targets: str = ""
    block: bool = False


def filled(value: Any, slots: Callable[[Any], Any]) -> Any:
    """Return an expression with what `slots` gives for each slot and each free size, None to leave it."""
    if isinstance(value, (Slot, Free)):
        found = slots(value)
        return value if found is None else found
    if isinstance(value, tuple):
        return tuple(filled(entry, slots) for entry in value)
    if (
        is_dataclass(value)
        and not isinstance(value, type)
        and type(value).__module__.startswith("cnnshape.layers.source")
    ):
        return type(value)(*(filled(getattr(value, f.name), slots) for f in fields(value)))
    return value


def forward(
    steps: Sequence[Step],
    inputs: Sequence[str],
    given: Sequence[str],
    outputs: Sequence[str],
    shapes: Mapping[str, tuple[Size, ...]],
    taken: frozenset[str],
) -> list[str]:
    """Return the lines of a body.

    Parameters
    ----------
    steps : in the order in which they run
    inputs : tensors that the block takes
    given : what they are called
    outputs : tensors that it returns
    shapes : of the inputs
    taken : names that no variable may have

    Raises
    ------
    Unmapped
        A size is free that no input has as an axis.
    """
    return _Body(steps, inputs, given, outputs, shapes, taken).lines()


class _Body:
    def __init__(
        self,
        steps: Sequence[Step],
        inputs: Sequence[str],
        given: Sequence[str],
        outputs: Sequence[str],
        shapes: Mapping[str, tuple[Size, ...]],
        taken: frozenset[str],
    ) -> None:
        self.steps, self.outputs, self.shapes, self.taken = steps, outputs, shapes, taken
        self.inputs = inputs
        self.names: dict[str, str] = dict(zip(inputs, given, strict=True))
        self.given = dict(self.names)
        self.last: dict[str, int] = {}
        self.uses: dict[str, int] = {}
        for number, step in enumerate(steps):
            for tensor in step.inputs:
                self.last[tensor] = number
                self.uses[tensor] = self.uses.get(tensor, 0) + 1
        for tensor in outputs:
            self.last[tensor] = len(steps)
            self.uses[tensor] = self.uses.get(tensor, 0) + 1
        self.sizes: dict[Size, str] = {}
        self.first: list[str] = []
        self.pending: dict[str, tuple[Any, int, tuple[str, ...]]] = {}

    def lines(self) -> list[str]:
        body: list[str] = []
        for number, step in enumerate(self.steps):
            value, depth, sources = self._value(step)
            if self._waits(number, step, value, depth):
                self.pending[step.outputs[0]] = value, depth, sources
                continue
            if number == len(self.steps) - 1 and list(step.outputs) == list(self.outputs) and not step.targets:
                return [*self.first, *body, *statement("return ", value, depth=2)]
            body += self._assigned(number, step, value, sources)
            for tensor in (*sources, *step.inputs, *step.outputs):
                if self.last.get(tensor, -1) <= number:
                    self.names.pop(tensor, None)
        given = tuple(Name(self.names[tensor]) for tensor in self.outputs)
        words = ", ".join(name.text for name in given)
        return [*self.first, *body, f"{_INDENT}return {words}"]

    def _value(self, step: Step) -> tuple[Any, int, tuple[str, ...]]:
        """Return the expression of a step over variables, how many layers it holds, and whose variables."""
        depth = 1
        found: list[Any] = []
        sources: list[str] = []
        for tensor in step.inputs:
            held = self.pending.pop(tensor, None)
            if held is None:
                found.append(Name(self.names[tensor]))
                sources.append(tensor)
            else:
                depth += held[1]
                found.append(held[0])
                sources += held[2]

        def slots(value: Any) -> Any:
            if isinstance(value, Free):
                return Name(self._size(value.size))
            return found[value.number] if value.number >= 0 else None

        return filled(step.result, slots), depth, tuple(sources)

    def _waits(self, number: int, step: Step, value: Any, depth: int) -> bool:
        """Say whether an expression is written where it is used: at once, once, and not too long."""
        if len(step.outputs) != 1 or self.uses.get(step.outputs[0]) != 1 or number + 1 == len(self.steps):
            return False
        after = self.steps[number + 1]
        if step.outputs[0] not in after.inputs or after.starts or depth >= _DEEPEST:
            return False
        if step.block and not isinstance(after.result, Infix):
            return False
        if isinstance(value, Infix) or _mentions(after.result, after.inputs.index(step.outputs[0])) != 1:
            return False
        beside = sum(len(code(held[0])) for tensor, held in self.pending.items() if tensor in after.inputs)
        return beside + len(code(value)) + len(code_of(after)) < WIDTH - 2 * _MARGIN

    def _assigned(self, number: int, step: Step, value: Any, sources: Sequence[str]) -> list[str]:
        wanted: list[str] = []
        for port in range(len(step.outputs)):
            wanted.append(self._variable(number, step, port, sources, wanted))
        for tensor, name in zip(step.outputs, wanted, strict=True):
            self.names[tensor] = name
        if step.targets:
            return statement(f"{step.targets.format(*wanted)} = ", value, depth=2)
        if len(wanted) == 1 and code(value) == wanted[0]:
            return []
        return statement(f"{', '.join(wanted)} = ", value, depth=2)

    def _variable(self, number: int, step: Step, port: int, sources: Sequence[str], given: Sequence[str]) -> str:
        """Return the variable for an output: that of an input that nothing needs any more, or a new one."""
        tensor = step.outputs[port]
        alive = {name for other, name in self.names.items() if self.last.get(other, -1) > number} | set(given)
        if self.uses.get(tensor, 0) == 0:
            return "_"
        if len(step.outputs) == 1:
            dead = [self.names[source] for source in sources if self.names[source] not in alive]
            far = self.last[tensor] - number > _FAR
            kept = self.uses[tensor] > 1 and (step.block or far)
            if kept:
                return Names(self.taken | alive).give(plain(step.name))
            if dead and len(set(sources)) == 1:
                return dead[0]
            if len(step.inputs) > 1:
                usual = [name for name in ("out", "x") if name in dead] + [
                    name for name in ("x", "out") if name not in alive
                ]
                if usual:
                    return usual[0]
            if not step.block and sources:
                for name in ("x", "out"):
                    if name not in alive and (name == "out" or "x" in self.given.values()):
                        return name
        wished = plain(step.name if len(step.outputs) == 1 else f"{step.name}_{port}")
        return Names(self.taken | alive).give(wished)

    def _size(self, size: Size) -> str:
        """Return the variable that holds a free size, read off what the block takes."""
        if size not in self.sizes:
            for tensor in self.inputs:
                if size in self.shapes[tensor]:
                    free = symbols(size)
                    wished = {"N": "batch", "H": "height", "W": "width"}.get(
                        text(size), plain(text(size).lower(), "size")
                    )
                    name = Names(self.taken | set(self.names.values()) | set(self.given.values())).give(
                        wished if len(free) == 1 else "size"
                    )
                    where = Item(Attribute(Name(self.given[tensor]), "shape"), str(self.shapes[tensor].index(size)))
                    self.first.append(f"{_INDENT}{name} = {code(where)}")
                    self.taken |= {name}
                    self.sizes[size] = name
                    break
            else:
                raise Unmapped(f"the size {text(size)} is free, and nothing that its block takes has it as an axis")
        return self.sizes[size]


def code_of(step: Step) -> str:
    """Return about what a step is written as."""
    return code(filled(step.result, lambda value: Name("x") if isinstance(value, Slot) else Name("size")))


def _mentions(value: Any, number: int) -> int:
    """Return how often an expression names a slot."""
    if isinstance(value, Slot):
        return int(value.number == number)
    if isinstance(value, tuple):
        return sum(_mentions(entry, number) for entry in value)
    if is_dataclass(value) and not isinstance(value, type):
        return sum(_mentions(getattr(value, f.name), number) for f in fields(value))
    return 0
