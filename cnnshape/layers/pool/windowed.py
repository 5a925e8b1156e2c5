"""What the pools with a sliding window share: their windows, the bound on their padding, their output."""

from __future__ import annotations

from typing import Protocol

from cnnshape.errors import ShapeError
from cnnshape.layers.arguments import refuse
from cnnshape.layers.base import Context, Layer, Spec, Windows, axis_name
from cnnshape.layers.demands import fits, slide, space_rank
from cnnshape.layers.fields import KINDS, Padding, PerAxis, Strides, per_axis
from cnnshape.layers.sliding import kernel_text, slide_only, sliding_windows, stride_text
from cnnshape.symbolic import Size, Window, bound, floordiv, output_size, product, text

__all__ = ["Pool", "check_stride", "mean_fits", "pool_label", "pool_window", "pool_windows", "pooled", "taps"]


class Strided(Protocol):
    """A kernel, and a stride that is the kernel's size unless it is given."""

    @property
    def kernel_size(self) -> PerAxis: ...
    @property
    def stride(self) -> Strides | None: ...


class Pool(Strided, Protocol):
    """The arguments that every pool with a sliding window has."""

    @property
    def padding(self) -> Padding: ...
    @property
    def dilation(self) -> PerAxis: ...
    @property
    def ceil_mode(self) -> bool: ...
    @property
    def dialect(self) -> str: ...
    @property
    def rank(self) -> int | None: ...


def check_stride(layer: Strided) -> None:
    """Refuse a symbolic kernel whose size would be the stride."""
    if layer.stride is not None:
        return
    try:
        KINDS["Strides"].check(layer.kernel_size)
    except TypeError:
        refuse(
            layer,
            "kernel_size",
            "the stride, which defaults to it, must be a number",
            rule="a stride is a number of at least 1",
            fix="stride: 2",
        )


def pool_windows(layer: Pool, rank: int) -> tuple[Window, ...]:
    """Return the window of each space axis; without a stride it is the kernel's size."""
    stride = layer.kernel_size if layer.stride is None else layer.stride
    return sliding_windows(layer.kernel_size, stride, layer.padding, layer.dilation, rank, layer.ceil_mode)


def pooled(layer: Layer, pool: Pool, x: Spec, ctx: Context) -> Spec:
    """Return the spec after the window; demand that the padding suits the dialect and that the window fits."""
    space = []
    for axis, w in enumerate(pool_windows(pool, space_rank(layer, x, pool.rank)), start=2):
        _bound(ctx, x, axis, w, pool.dialect)
        roomy = w.dilation == 1 and w.before == w.after
        space.append((slide if roomy else slide_only)(ctx, x, axis, w))
    return Spec((*x.shape[:2], *space), x.dtype)


def mean_fits(ctx: Context, pool: Pool, x: Spec) -> None:
    """Demand what PyTorch's means over 3 space axes ask beyond a window that fits: a kernel within the bare map."""
    fitted = not pool.ceil_mode and pool.padding in (0, "valid")
    if len(x.shape) != 5 or pool.dialect != "torch" or fitted:
        return
    for name, size, k in zip("DHW", x.shape[2:], per_axis(pool.kernel_size, 3, "kernel_size"), strict=True):
        fits(ctx, size, k, f"axis {name} of PyTorch's AvgPool3d, without padding", "dialect: onnx")


def pool_window(pool: Pool, x: Spec) -> Windows:
    """Return the window of a pool: it slides along space, each channel by itself."""
    return Windows(dict(enumerate(pool_windows(pool, len(x.shape) - 2), start=2)))


def pool_label(pool: Pool) -> str:
    """Return ``MaxPool 3x3 /2``; the stride is written where it is not the kernel's size."""
    stride = "" if pool.stride == pool.kernel_size else stride_text(pool.stride)
    return f"{type(pool).__name__} {kernel_text(pool.kernel_size, pool.rank)}{stride}"


def taps(pool: Pool, x: Spec) -> Size:
    """Return how many positions a window holds, padding included."""
    return product(per_axis(pool.kernel_size, len(x.shape) - 2, "kernel_size"))


def _bound(ctx: Context, spec: Spec, axis: int, w: Window, dialect: str) -> None:
    for side in (w.before, w.after):
        if side == 0:
            continue

        def fault(side: Size = side) -> ShapeError:
            name, kernel = axis_name(len(spec.shape), axis), text(w.kernel)
            torch = dialect == "torch"
            most = floordiv(w.kernel, 2) if torch else w.kernel - 1
            ways = [f"padding <= {text(most)}"] if _opens(spec.shape[axis], w, most) else []
            if torch and isinstance(w.kernel - side, int) and w.kernel - side >= 1:
                ways.append("dialect: onnx (padding < kernel_size)")
            return ShapeError(
                f"axis {name}: padding {text(side)} with a kernel of {kernel}",
                code="CS212",
                field="padding",
                got=side,
                needed=most,
                rule="PyTorch's pooling: 2*padding <= kernel_size" if torch else "ONNX Runtime: padding < kernel_size",
                fix=", or ".join(ways),
            )

        if dialect == "torch":
            ctx.at_least(w.kernel, 2 * side, fault)
        else:
            ctx.at_least(w.kernel, side + 1, fault)


def _opens(size: Size, w: Window, padding: Size) -> bool:
    """Say whether the window surely fits with that padding on both sides."""
    least, _ = bound(output_size(size, Window(w.kernel, w.stride, padding, padding, w.dilation, w.mode)))
    return least is not None and least >= 1
