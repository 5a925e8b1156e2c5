"""Recurrent layers: RNN, LSTM and GRU."""

from cnnshape.layers.base import Entry
from cnnshape.layers.recurrent.spec import GRU, LSTM, RNN

__all__ = ["ENTRIES", "GRU", "LSTM", "RNN"]

ENTRIES = (
    Entry(RNN, "rnn", aliases=("simple_rnn",), kernel=".kernel:rnn"),
    Entry(LSTM, "lstm", kernel=".kernel:lstm"),
    Entry(GRU, "gru", kernel=".kernel:gru"),
)
