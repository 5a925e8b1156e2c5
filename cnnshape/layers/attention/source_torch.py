"""Attention as PyTorch code."""

from __future__ import annotations

from typing import Any

from cnnshape.layers.attention.product import LayerScale, ScaledDotProductAttention
from cnnshape.layers.attention.spec import MultiheadAttention
from cnnshape.layers.demands import stated
from cnnshape.layers.foreign import refuse
from cnnshape.layers.foreign_out import Case
from cnnshape.layers.source import ME, Arg, Call, CoderTable, Item, Opt, Piece, Slot, call, real

__all__ = ["TABLE"]


def _attention(layer: MultiheadAttention, case: Case) -> Piece:
    many = len(case.inputs)
    slots = [Slot(0), Slot(min(1, many - 1)), Slot(many - 1)]
    wide = stated(layer.embed_dim, case.shape(0)[-1])
    kdim = stated(layer.kdim, case.shape(slots[1].number)[-1])
    vdim = stated(layer.vdim, case.shape(slots[2].number)[-1])
    made = call(
        "nn.MultiheadAttention",
        wide,
        layer.num_heads,
        dropout=Opt(real(layer.dropout), 0.0),
        bias=Opt(layer.bias, True),
        add_bias_kv=Opt(layer.add_bias_kv, False),
        add_zero_attn=Opt(layer.add_zero_attn, False),
        kdim=Opt(None if kdim == wide else kdim, None),
        vdim=Opt(None if vdim == wide else vdim, None),
        batch_first=Opt(layer.batch_first, False),
    )
    args = (*map(Arg, slots), Arg(False, "need_weights"))
    return Piece(made, Item(Call(ME, args), "0"), weighted=True)


def _product(layer: ScaledDotProductAttention, case: Case) -> Piece:
    usual: tuple[Any, ...] = (
        layer.softcap,
        layer.left_window_size,
        layer.right_window_size,
        layer.offset,
        layer.scores,
    )
    if usual != (0, -1, -1, 0, "none") or any("int" in spec.dtype for spec in case.inputs[3:]):
        refuse("PyTorch's has no soft cap, no windows, no lengths and gives no scores")
    if layer.dropout_p:
        refuse("PyTorch's function drops out while it is not trained, too")
    given: dict[str, Any] = {
        "is_causal": Opt(layer.is_causal, False),
        "scale": Opt(None if layer.scale is None else real(layer.scale), None),
        "enable_gqa": Opt(layer.enable_gqa, False),
    }
    slots = map(Slot, range(len(case.inputs)))
    return Piece(None, call("F.scaled_dot_product_attention", *slots, **given))


_LAYER_SCALE = '''
class LayerScale(nn.Module):
    """A learned factor for each channel."""

    def __init__(self, num_features: int, init_values: float = 1e-05, dim: int = 1) -> None:
        super().__init__()
        self.dim = dim
        self.gamma = nn.Parameter(torch.full((num_features,), init_values))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma.reshape((-1,) + (1,) * (x.dim() - 1 - self.dim % x.dim()))
'''


def _scale(layer: LayerScale, case: Case) -> Piece:
    wide = stated(layer.num_features, case.shape()[layer.dim])
    made = call("LayerScale", wide, init_values=Opt(real(layer.init_values), 1e-5), dim=Opt(layer.dim, 1))
    return Piece(made, None, weighted=True, helpers=(_LAYER_SCALE,))


TABLE: CoderTable = {
    MultiheadAttention: _attention,
    ScaledDotProductAttention: _product,
    LayerScale: _scale,
}
