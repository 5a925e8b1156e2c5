"""Recurrent layers: what walks along a sequence and remembers."""

from __future__ import annotations

from dataclasses import KW_ONLY

from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Context, Example, Spec, Work, layer
from cnnshape.layers.demands import fits
from cnnshape.layers.fields import Count, Flag, Integer, Natural, Number, Word, one_of
from cnnshape.layers.recurrent.cells import Recurrent
from cnnshape.symbolic import Size, bound, text

__all__ = ["GRU", "LSTM", "RNN"]


@layer
class RNN(Recurrent):
    """Elman's recurrent layer: h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh).

    Shape:      x (T, N, C) [, h_0 (D*num_layers, N, H)] -> y (T, N, D*H);  batch_first: (N, T, C) -> (N, T, D*H);
                D = 2 if bidirectional, else 1
    Formulas:   parameters D*(H*(C + H) + 2*H [bias]) for the first layer; D*H replaces C in each further one
                MACs T*N*D*H*(C + H), likewise

    Parameters
    ----------
    hidden_size : H, size of the state, >= 1
    num_layers : layers one upon the other, default 1
    nonlinearity : "tanh" (default) or "relu"
    bias : whether both products have a bias, default True
    batch_first : whether the batch is the first axis of input and output, default False: (T, N, C)
    dropout : probability of a zero between layers while training, default 0
    bidirectional : whether a second one walks backwards and is joined to the first, default False
    return_states : whether the last state h_n (D*num_layers, N, H) is a second output, default False: only the sequence
    input_size : optional, C; held against the input
    recurrent_bias : whether the product with the state has a bias too, default True; Keras has one bias alone

    Raises
    ------
    ArgumentError
        CS401, num_layers is below 1.
    ShapeError
        CS201 the state has another shape, CS202 input_size differs, CS206 the input has not three axes.

    Notes
    -----
    Without a second input the state before the first step is zeros. Keras's SimpleRNN has one bias instead of two
    (recurrent_bias=False), takes (N, T, C), and returns the last step unless return_sequences. ONNX's RNN puts the
    directions on an axis of its own: (T, D, N, H).

    Examples
    --------
    >>> from cnnshape.layers.base import Context
    >>> from cnnshape.symbolic import dim
    >>> x = Spec((dim("T"), dim("N"), 512))
    >>> print(RNN(256, bidirectional=True).outputs((x,), Context())[0])
    (T, N, 512)

    References
    ----------
    [1] Elman: Finding Structure in Time, Cognitive Science 14 (1990) 179, doi 10.1207/s15516709cog1402_1
    [2] https://onnx.ai/onnx/operators/onnx__RNN.html
    """

    pytorch = "RNN(10, 20, 2) is RNN(20, input_size=10, num_layers=2)"
    gates = 1

    hidden_size: Count
    _: KW_ONLY
    num_layers: Integer = 1
    nonlinearity: Word = one_of("tanh", "relu")
    bias: Flag = True
    batch_first: Flag = False
    dropout: Number = 0.0
    bidirectional: Flag = False
    return_states: Flag = False
    input_size: Count | None = None
    recurrent_bias: Flag = True

    def step(self) -> Work:
        if self.nonlinearity == "relu":
            return Work.of(adds=1, compares=1)
        return Work.of(adds=1, transcendental=1)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(4, input_size=3), ("T", "N", 3)),
            Example.of(cls(2, num_layers=2, nonlinearity="relu", bias=False, batch_first=True), ("N", "T", "C")),
            Example.of(cls(3, bidirectional=True, dropout=0.1, return_states=True), ("T", "N", 2)),
            Example.of(cls(3, num_layers=2), ("T", "N", 2), (2, "N", 3)),
            Example.of(cls(2, recurrent_bias=False, batch_first=True), ("N", "T", 2)),
        )


@layer
class LSTM(Recurrent):
    """Long short-term memory.

    i, f, o = sigmoid(...) and g = tanh(...) of W_ih x_t + b_ih + W_hh h_{t-1} + b_hh;  c_t = f*c_{t-1} + i*g;
    h_t = o*tanh(c_t), times W_hr if proj_size.  With peepholes i and f add w*c_{t-1} before the sigmoid, o w*c_t.

    Shape:      x (T, N, C) [, h_0 (D*num_layers, N, P) [, c_0 (D*num_layers, N, H)]] -> y (T, N, D*P);
                batch_first: (N, T, C) -> (N, T, D*P);  P = proj_size, or H without it;  D = 2 if bidirectional, else 1
    Formulas:   parameters D*(4*H*(C + P) + 8*H [bias] + P*H [proj_size] + 3*H [peepholes]) for the first layer; D*P
                replaces C in each further one;    MACs T*N*D*(4*H*(C + P) + P*H [proj_size]), likewise

    Parameters
    ----------
    hidden_size : H, size of the cell, >= 1
    num_layers : layers one upon the other, default 1
    bias : whether both products have a bias, default True
    batch_first : whether the batch is the first axis of input and output, default False: (T, N, C)
    dropout : probability of a zero between layers while training, default 0
    bidirectional : whether a second one walks backwards and is joined to the first, default False
    proj_size : P, size to which h is projected, below H; default 0, no projection
    peepholes : whether the gates i, f and o see the cell, each unit its own, default False
    return_states : whether the last states h_n (D*num_layers, N, P) and c_n (D*num_layers, N, H) are further outputs,
        default False: the sequence alone
    input_size : optional, C; held against the input
    recurrent_bias : whether the product with the state has a bias too, default True; Keras has one bias alone

    Raises
    ------
    ArgumentError
        CS401, num_layers is below 1, or proj_size is not below hidden_size.
    ShapeError
        CS201 a state has another shape, CS202 input_size differs, CS203 a formula in proj_size is below 1 or not below
        hidden_size, CS206 the input has not three axes.

    Notes
    -----
    States before the first step that are no inputs are zeros. Peepholes are ONNX's; PyTorch and Keras have none. Keras
    has one bias instead of two (recurrent_bias=False), takes (N, T, C), and returns the
    last step unless return_sequences. ONNX's LSTM puts the directions on an axis of its own.

    Examples
    --------
    >>> from cnnshape.layers.base import Context
    >>> from cnnshape.symbolic import dim
    >>> x = Spec((dim("N"), dim("T"), 512))
    >>> print(*LSTM(256, batch_first=True, return_states=True).outputs((x,), Context()))
    (N, T, 256) (1, N, 256) (1, N, 256)

    References
    ----------
    [1] Hochreiter, Schmidhuber: Long Short-Term Memory, Neural Computation 9 (1997), doi 10.1162/neco.1997.9.8.1735
    [2] https://onnx.ai/onnx/operators/onnx__LSTM.html
    """

    pytorch = "LSTM(10, 20, 2) is LSTM(20, input_size=10, num_layers=2)"
    arity = (1, 3)
    gates = 4

    hidden_size: Count
    _: KW_ONLY
    num_layers: Integer = 1
    bias: Flag = True
    batch_first: Flag = False
    dropout: Number = 0.0
    bidirectional: Flag = False
    proj_size: Natural = 0
    peepholes: Flag = False
    return_states: Flag = False
    input_size: Count | None = None
    recurrent_bias: Flag = True

    def validate(self) -> None:
        super().validate()
        room = bound(self.hidden_size - self.proj_size)[1]
        if room is not None and room < 1:
            refuse(
                self,
                "proj_size",
                f"it is not below hidden_size = {text(self.hidden_size)}",
                rule="proj_size < hidden_size",
                fix="proj_size: 0 (no projection), or a larger hidden_size",
            )

    def outputs(self, inputs: tuple[Spec, ...], ctx: Context) -> tuple[Spec, ...]:
        if self.proj_size != 0:  # a formula is a size, never the 0 that means none
            fits(ctx, self.proj_size, 1, f"proj_size: {text(self.proj_size)}")
            fits(ctx, self.hidden_size - self.proj_size, 1, "hidden_size - proj_size")
        return super().outputs(inputs, ctx)

    @property
    def output_size(self) -> Size:
        return self.hidden_size if self.proj_size == 0 else self.proj_size

    def states(self, x: Spec) -> tuple[Spec, ...]:
        (hidden,) = super().states(x)
        return hidden, Spec((*hidden.shape[:2], self.hidden_size), x.dtype)

    def projection(self) -> dict[str, tuple[Size, ...]]:
        return {} if self.proj_size == 0 else {"weight_hr": (self.proj_size, self.hidden_size)}

    def peephole(self) -> dict[str, tuple[Size, ...]]:
        return {"weight_peephole": (3 * self.hidden_size,)} if self.peepholes else {}

    def step(self) -> Work:
        # sums of the two products 4, sigmoids 3, new cell 1; sigmoids 3, f*c, i*g, o*tanh; sigmoids 3, two tanh
        seen = 3 if self.peepholes else 0
        return Work.of(adds=8 + seen, muls=6 + seen, transcendental=5)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(4, input_size=3), ("T", "N", 3)),
            Example.of(cls(4, num_layers=2, proj_size=2, bidirectional=True, batch_first=True), ("N", "T", "C")),
            Example.of(cls(3, bias=False, return_states=True), ("T", "N", 2)),
            Example.of(cls(2, recurrent_bias=False, bidirectional=True, batch_first=True), ("N", "T", 2)),
            Example.of(cls(3, peepholes=True, bidirectional=True), ("T", "N", 2), (2, "N", 3), (2, "N", 3)),
            Example.of(
                cls(3, proj_size=1, num_layers=2, dropout=0.1, return_states=True, batch_first=True), ("N", "T", 2)
            ),
        )


@layer
class GRU(Recurrent):
    """Gated recurrent unit.

    r, z = sigmoid(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), n = tanh(W_in x_t + b_in + r*(W_hn h_{t-1} + b_hn)), or
    without reset_after tanh(W_in x_t + b_in + W_hn (r*h_{t-1}) + b_hn);  h_t = (1 - z)*n + z*h_{t-1}.

    Shape:      x (T, N, C) [, h_0 (D*num_layers, N, H)] -> y (T, N, D*H);  batch_first: (N, T, C) -> (N, T, D*H);
                D = 2 if bidirectional, else 1
    Formulas:   parameters D*(3*H*(C + H) + 6*H [bias]) for the first layer; D*H replaces C in each further one
                MACs T*N*D*3*H*(C + H), likewise

    Parameters
    ----------
    hidden_size : H, size of the state, >= 1
    num_layers : layers one upon the other, default 1
    bias : whether both products have a bias, default True
    batch_first : whether the batch is the first axis of input and output, default False: (T, N, C)
    reset_after : whether the reset gate r acts after the product with the state, default True
    dropout : probability of a zero between layers while training, default 0
    bidirectional : whether a second one walks backwards and is joined to the first, default False
    return_states : whether the last state h_n (D*num_layers, N, H) is a second output, default False: only the sequence
    input_size : optional, C; held against the input
    recurrent_bias : whether the product with the state has a bias too, default True; Keras has one bias alone

    Raises
    ------
    ArgumentError
        CS401, num_layers is below 1.
    ShapeError
        CS201 the state has another shape, CS202 input_size differs, CS206 the input has not three axes.

    Notes
    -----
    Without a second input the state before the first step is zeros. The reset gate acts after the product in PyTorch,
    in Keras with reset_after=True (its default; the two biases are one weight of shape (2, 3*H)) and in ONNX with
    linear_before_reset=1; before it in ONNX's default and in the paper. Keras with reset_after=False has one bias, 3*H
    parameters fewer for each layer and direction. Keras takes (N, T, C), and returns the last step unless
    return_sequences.

    Examples
    --------
    >>> from cnnshape.layers.base import Context
    >>> from cnnshape.symbolic import dim
    >>> x = Spec((dim("T"), dim("N"), 512))
    >>> print(GRU(256, num_layers=2).outputs((x,), Context())[0])
    (T, N, 256)

    References
    ----------
    [1] Cho et al.: Learning Phrase Representations using RNN Encoder-Decoder, EMNLP 2014, arXiv:1406.1078
    [2] https://onnx.ai/onnx/operators/onnx__GRU.html
    """

    pytorch = "GRU(10, 20, 2) is GRU(20, input_size=10, num_layers=2)"
    gates = 3

    hidden_size: Count
    _: KW_ONLY
    num_layers: Integer = 1
    bias: Flag = True
    batch_first: Flag = False
    reset_after: Flag = True
    dropout: Number = 0.0
    bidirectional: Flag = False
    return_states: Flag = False
    input_size: Count | None = None
    recurrent_bias: Flag = True

    def step(self) -> Work:
        # sums of the two products 3, sigmoids 2, 1 - z, new h 1; sigmoids 2, r*(..), (1 - z)*n, z*h; sigmoids 2, tanh
        return Work.of(adds=7, muls=5, transcendental=3)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example.of(cls(4, input_size=3), ("T", "N", 3)),
            Example.of(cls(2, num_layers=2, bias=False, bidirectional=True, batch_first=True), ("N", "T", "C")),
            Example.of(cls(3, num_layers=2, dropout=0.1, return_states=True), ("T", "N", 2)),
            Example.of(cls(3, reset_after=False, bidirectional=True), ("T", "N", 2), (2, "N", 3)),
            Example.of(cls(2, reset_after=False, recurrent_bias=False, batch_first=True), ("N", "T", 2)),
        )
