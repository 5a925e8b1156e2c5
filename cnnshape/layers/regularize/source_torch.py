"""Regularization as PyTorch code."""

from __future__ import annotations

from cnnshape.layers.foreign_out import Case
from cnnshape.layers.regularize.spec import AlphaDropout, Dropout, DropPath
from cnnshape.layers.source import CoderTable, Opt, Piece, call, real

__all__ = ["TABLE"]

_DROP_PATH = '''
class DropPath(nn.Module):
    """Leaves out a branch while training: for some samples, or for the whole batch."""

    def __init__(self, p: float = 0.0, mode: str = "row") -> None:
        super().__init__()
        self.p, self.mode = p, mode

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0.0:
            return x
        shape = (x.shape[0] if self.mode == "row" else 1,) + (1,) * (x.dim() - 1)
        return x * x.new_empty(shape).bernoulli_(1.0 - self.p) / (1.0 - self.p)
'''


def _dropout(layer: Dropout, case: Case) -> Piece:
    words = f"{layer.rank}d" if layer.rank else ""
    return Piece(call(f"nn.Dropout{words}", Opt(real(layer.p), 0.5)))


def _path(layer: DropPath, case: Case) -> Piece:
    made = call("DropPath", Opt(real(layer.p), 0.0), mode=Opt(layer.mode, "row"))
    return Piece(made, helpers=(_DROP_PATH,))


TABLE: CoderTable = {
    Dropout: _dropout,
    AlphaDropout: lambda layer, case: Piece(call("nn.AlphaDropout", Opt(real(layer.p), 0.5))),
    DropPath: _path,
}
