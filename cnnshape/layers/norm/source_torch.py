"""Norms as PyTorch code."""

from __future__ import annotations

from cnnshape.layers.demands import stated
from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import Case
from cnnshape.layers.norm.response import GRN, L2Norm, LocalResponseNorm
from cnnshape.layers.norm.spec import BatchNorm, GroupNorm, InstanceNorm
from cnnshape.layers.norm.trailing import LayerNorm, RMSNorm
from cnnshape.layers.source import CoderTable, Opt, Piece, X, call, real

__all__ = ["TABLE"]


def _by_channel(layer: BatchNorm | InstanceNorm, case: Case) -> Piece:
    rank = max(case.rank() - 2, 1)
    if case.rank() > 5:
        refuse("PyTorch's norms take up to three axes of space")
    batch = isinstance(layer, BatchNorm)
    made = call(
        f"nn.{'Batch' if batch else 'Instance'}Norm{rank}d",
        stated(layer.num_features, case.shape()[1]),
        eps=Opt(real(layer.eps), 1e-5),
        momentum=Opt(None if layer.momentum is None else real(layer.momentum), 0.1),
        affine=Opt(layer.affine, batch),
        track_running_stats=Opt(layer.track_running_stats, batch),
    )
    return Piece(made, None, weighted=layer.affine or layer.track_running_stats)


def _trailing(layer: LayerNorm | RMSNorm, case: Case) -> Piece:
    shape = layer.normalized_shape
    given = case.shape()[-1] if shape is None else shape
    if isinstance(given, tuple) and len(given) == 1:
        given = given[0]
    affine = Opt(layer.elementwise_affine, True)
    if isinstance(layer, RMSNorm):
        eps = Opt(None if layer.eps is None else real(layer.eps), None)
        made = call("nn.RMSNorm", given, eps=eps, elementwise_affine=affine)
    else:
        eps = Opt(real(layer.eps), 1e-5)
        made = call("nn.LayerNorm", given, eps=eps, elementwise_affine=affine, bias=Opt(layer.bias, True))
    return Piece(made, None, weighted=layer.elementwise_affine)


def _group(layer: GroupNorm, case: Case) -> Piece:
    wide = stated(layer.num_channels, case.shape()[1])
    made = call("nn.GroupNorm", layer.num_groups, wide, eps=Opt(real(layer.eps), 1e-5), affine=Opt(layer.affine, True))
    return Piece(made, None, weighted=layer.affine)


def _response(layer: LocalResponseNorm, case: Case) -> Piece:
    given = {"alpha": Opt(real(layer.alpha), 1e-4), "beta": Opt(real(layer.beta), 0.75), "k": Opt(real(layer.k), 1.0)}
    return Piece(call("nn.LocalResponseNorm", layer.size, **given))


def _length(layer: L2Norm, case: Case) -> Piece:
    return Piece(None, call("F.normalize", X, dim=Opt(layer.dim, 1), eps=Opt(real(layer.eps), 1e-12)))


_GRN = '''
class GRN(nn.Module):
    """Global response normalization."""

    def __init__(self, num_features: int, dim: int = 1, eps: float = 1e-06) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps
        self.gamma = nn.Parameter(torch.zeros(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))

    def forward(self, x: Tensor) -> Tensor:
        dim = self.dim % x.dim()
        shape = (-1,) + (1,) * (x.dim() - 1 - dim)
        space = tuple(axis for axis in range(1, x.dim()) if axis != dim)
        length = torch.linalg.vector_norm(x, dim=space, keepdim=True)
        strength = length / (length.mean(dim, keepdim=True) + self.eps)
        return self.gamma.reshape(shape) * (x * strength) + self.beta.reshape(shape) + x
'''


def _grn(layer: GRN, case: Case) -> Piece:
    wide = stated(layer.num_features, case.shape()[layer.dim])
    made = call("GRN", wide, dim=Opt(layer.dim, 1), eps=Opt(real(layer.eps), 1e-6))
    return Piece(made, None, weighted=True, helpers=(_GRN,))


TABLE: CoderTable = {
    BatchNorm: _by_channel,
    InstanceNorm: _by_channel,
    LayerNorm: _trailing,
    RMSNorm: _trailing,
    GroupNorm: _group,
    LocalResponseNorm: _response,
    L2Norm: _length,
    GRN: _grn,
}
