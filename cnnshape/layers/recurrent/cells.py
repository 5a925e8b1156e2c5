"""What the recurrent layers share: layers, directions, the axes of a sequence, the names of the weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from cnnshape.errors import ShapeError
from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import WHOLE, Context, Kind, Layer, Spec, Weight, Windows, Work, shape_text
from cnnshape.layers.demands import channels
from cnnshape.layers.fields import Count, Flag, Integer, Number
from cnnshape.symbolic import Size, product, text, total

__all__ = ["Recurrent"]


class Recurrent(Layer):
    """A stack of layers that walk along a sequence, in one direction or both; a final class adds the cell."""

    kind = Kind.RECURRENT
    arity = (1, 2)
    gates: ClassVar[int]
    """How many vectors of hidden_size each of the two products of a step makes."""

    hidden_size: Count
    num_layers: Integer
    bias: Flag
    batch_first: Flag
    dropout: Number
    bidirectional: Flag
    return_states: Flag
    input_size: Count | None
    recurrent_bias: Flag

    def validate(self) -> None:
        if self.num_layers < 1:
            refuse(self, "num_layers", "there is no layer", needed=1, rule="num_layers >= 1", fix="num_layers: 1")

    @property
    def output_size(self) -> Size:
        """The features that one direction gives out."""
        return self.hidden_size

    @property
    def directions(self) -> int:
        """1, or 2 if it walks in both directions."""
        return 2 if self.bidirectional else 1

    def step(self) -> Work:
        """Return the elementwise work of one step of one direction, for each unit of the hidden state."""
        raise NotImplementedError  # every final class defines it

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        x, *given = inputs
        if len(x.shape) != 3:
            raise self._not_sequence(x)
        channels(ctx, self.input_size, x.shape[2], "input_size")
        for number, (first, last) in enumerate(zip(given, self.states(x), strict=False), start=1):
            if len(first.shape) != 3:
                raise _state_fault(number, first, last)
            for size, wanted in zip(first.shape, last.shape, strict=True):
                ctx.equal(size, wanted, lambda n=number, a=first, b=last: _state_fault(n, a, b))  # type: ignore[misc]  # defaults
        sequence = Spec((*x.shape[:2], self.directions * self.output_size), x.dtype)
        return (sequence, *self.states(x)) if self.return_states else (sequence,)

    def states(self, x: Spec) -> tuple[Spec, ...]:
        """Return the specs of the states after the last step; the batch is their second axis, as in PyTorch."""
        batch = x.shape[0 if self.batch_first else 1]
        return (Spec((self.directions * self.num_layers, batch, self.output_size), x.dtype),)

    def _not_sequence(self, x: Spec) -> ShapeError:
        axes = "(batch, positions, features)" if self.batch_first else "(positions, batch, features)"
        fix = "an input of three axes"
        if len(x.shape) == 4:
            joined = shape_text((x.shape[0], x.shape[3], product(x.shape[1:3])))
            fix = f"permute to (N, W, C, H), flatten(start_dim=2), batch_first: true; the input is then {joined}"
        return ShapeError(
            f"{type(self).__name__} needs three axes {axes}, the input {shape_text(x.shape)} has {len(x.shape)}",
            code="CS206",
            got=len(x.shape),
            needed=3,
            rule=f"with batch_first: {str(self.batch_first).lower()} the axes are {axes}",
            fix=fix,
        )

    def _input_sizes(self, x: Spec) -> Iterator[tuple[int, Size]]:
        """Yield each layer's number and the features that enter it."""
        yield 0, x.shape[2] if self.input_size is None else self.input_size
        for number in range(1, self.num_layers):
            yield number, self.directions * self.output_size

    def weights(self, inputs: tuple[Spec, ...]) -> Mapping[str, Weight]:
        made = self.gates * self.hidden_size
        weights: dict[str, Weight] = {}
        for number, size in self._input_sizes(inputs[0]):
            for direction in ("", "_reverse")[: self.directions]:
                shapes: dict[str, tuple[Size, ...]] = {"weight_ih": (made, size), "weight_hh": (made, self.output_size)}
                if self.bias:
                    shapes |= dict.fromkeys(("bias_ih", "bias_hh")[: 1 + self.recurrent_bias], (made,))
                shapes |= self.projection()
                shapes |= self.peephole()
                for name, shape in shapes.items():
                    weights[f"{name}_l{number}{direction}"] = Weight(shape, init="fan_in_uniform")
        return weights

    def projection(self) -> dict[str, tuple[Size, ...]]:
        """Return the shape of a projection of the hidden state, by name; empty if there is none."""
        return {}

    def peephole(self) -> dict[str, tuple[Size, ...]]:
        """Return the shape of the weights with which gates see the cell, by name; empty if they do not."""
        return {}

    def window(self, inputs: tuple[Spec, ...]) -> Windows:
        if self.return_states:
            return WHOLE
        if len(inputs) > 1:  # the axes of a state are not those of the sequence
            return Windows(everything=True, exact=False)
        # in one direction a position sees itself and the earlier ones only
        return Windows(whole=(1 if self.batch_first else 0, 2), exact=self.bidirectional)

    def work(self, inputs: tuple[Spec, ...], outputs: tuple[Spec, ...]) -> Work:
        x = inputs[0]
        hidden = self.hidden_size
        steps = x.shape[0] * x.shape[1] * self.directions
        rows = total(size + self.output_size for _, size in self._input_sizes(x))
        projected = total(product(shape) for shape in self.projection().values())
        units = steps * self.num_layers * hidden
        step = self.step()
        return Work.of(
            steps * (self.gates * hidden * rows + self.num_layers * projected),
            muls=units * step.muls,
            adds=units * (step.adds + ((1 + self.recurrent_bias) * self.gates if self.bias else 0)),
            compares=units * step.compares,
            transcendental=units * step.transcendental,
        )

    def label(self) -> str:
        return f"{'Bi' if self.bidirectional else ''}{type(self).__name__} {text(self.hidden_size)}"


def _state_fault(number: int, given: Spec, wanted: Spec) -> ShapeError:
    return ShapeError(
        f"input {number}, a state before the first step, is {shape_text(given.shape)}, not {shape_text(wanted.shape)}",
        code="CS201",
        got=given.shape,
        needed=wanted.shape,
        rule="a state is (layers*directions, batch, features), whatever batch_first says",
        fix=f"a state of shape {shape_text(wanted.shape)}, or none: zeros",
    )
