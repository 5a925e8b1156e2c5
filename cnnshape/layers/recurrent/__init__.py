"""Recurrent layers: RNN, LSTM and GRU."""

from cnnshape.layers.base import Entry
from cnnshape.layers.recurrent.spec import GRU, LSTM, RNN

__all__ = ["ENTRIES", "GRU", "LSTM", "RNN"]

ENTRIES = (
    Entry(RNN, "rnn", aliases=("simple_rnn",), kernel=".kernel:rnn", foreign=".foreign:TABLE"),
    Entry(LSTM, "lstm", kernel=".kernel:lstm", foreign=".foreign:TABLE"),
    Entry(GRU, "gru", kernel=".kernel:gru", foreign=".foreign:TABLE"),
)

WRITTEN = ".foreign_out:TABLE"
READ_TORCH = ".foreign_torch:TABLE"
READ_KERAS = ".foreign_keras:TABLE"
SOURCE_TORCH = ".source_torch:TABLE"
SOURCE_KERAS = ".source_keras:TABLE"
