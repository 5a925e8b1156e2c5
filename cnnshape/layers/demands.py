"""What several families ask of their inputs, each demand with its error in one place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from cnnshape.errors import ShapeError
from cnnshape.layers.base import Context, Layer, Spec, axis_name, shape_text
from cnnshape.symbolic import (
    Dim,
    Size,
    Window,
    effective_kernel,
    exact_div,
    floordiv,
    output_size,
    padded,
    product,
    text,
)

__all__ = [
    "channels",
    "each_once",
    "elements",
    "equal_sizes",
    "fits",
    "has_axes",
    "no_position",
    "normal_axis",
    "same_rank",
    "share",
    "slide",
    "some_axes",
    "space_rank",
    "stated",
    "whole_numbers",
]


def some_axes(layer: Layer, spec: Spec) -> None:
    """Refuse a single number as input (CS206)."""
    if not spec.shape:
        raise ShapeError(
            f"{type(layer).__name__} works on the last axis, the input () has none",
            code="CS206",
            got=0,
            needed=1,
            rule="the input has at least one axis",
            fix="an input with an axis of features: [C]",
        )


def equal_sizes(ctx: Context, size: Size, wanted: Size, what: str, rule: str) -> Size:
    """Demand that two sizes are equal; return the simpler one.

    Raises
    ------
    ShapeError
        CS201, if they can never be equal.
    """
    return ctx.equal(size, wanted, partial(_unequal, size, wanted, what, rule))


def _unequal(size: Size, wanted: Size, what: str, rule: str) -> ShapeError:
    return ShapeError(
        f"{what}: {text(size)}, {text(wanted)} are needed",
        code="CS201",
        got=size,
        needed=wanted,
        rule=rule,
        fix=f"give both {text(wanted)}",
    )


def has_axes(spec: Spec, axes: int, what: str, rule: str) -> None:
    """Demand a number of axes.

    Raises
    ------
    ShapeError
        CS206, if there are others.
    """
    if len(spec.shape) != axes:
        needed = "1 is" if axes == 1 else f"{axes} are"
        raise ShapeError(
            f"{what} {shape_text(spec.shape)}: {_counted(len(spec.shape))}, {needed} needed",
            code="CS206",
            got=len(spec.shape),
            needed=axes,
            rule=rule,
            fix=f"{what} with {_counted(axes)}",
        )


def _counted(axes: int) -> str:
    return "1 axis" if axes == 1 else f"{axes} axes"


def whole_numbers(spec: Spec, what: str = "indices") -> None:
    """Demand an element type of positions.

    Raises
    ------
    ShapeError
        CS211, if it is another.
    """
    if "int" not in spec.dtype:
        raise ShapeError(
            f"the {what} are {spec.dtype}",
            code="CS211",
            got=spec.dtype,
            needed="int64",
            rule=f"the {what} are integers",
            fix=f"cast: int64 on the {what}",
        )


def elements(spec: Spec) -> Size:
    """Return the number of elements of a tensor."""
    return product(spec.shape)


def space_rank(layer: Layer, spec: Spec, stated: int | None = None) -> int:
    """Return how many space axes follow batch and channels (1, 2 or 3).

    Raises
    ------
    ShapeError
        CS206, if the input has no space axes or another number of them than the layer states.
    """
    rank = len(spec.shape) - 2
    if 1 <= rank <= 3 and stated in (None, rank):
        return rank
    name = type(layer).__name__
    wanted = f"{stated} space {'axis' if stated == 1 else 'axes'}" if stated else "1 to 3 space axes"
    offered = f"{max(rank, 0)} of them"
    as_batch = rank == 3 and stated == 2
    raise ShapeError(
        f"{name} needs {wanted} after batch and channels, the input {shape_text(spec.shape)} has {offered}",
        code="CS206",
        got=rank,
        needed=stated or (1, 2, 3),
        rule="shapes are (N, C, *space): batch, channels, then one axis for L, two for H W, three for D H W",
        fix="write the input without its batch: [3, H, W], not [1, 3, H, W]"
        if as_batch
        else f"an input with {wanted}, or another layer",
    )


def channels(ctx: Context, given: Size | None, size: Size, name: str) -> Size:
    """Hold an optional `in_channels`, `in_features`, `num_features` against the input; return the size to use."""
    if given is None:
        return size

    def fault() -> ShapeError:
        return ShapeError(
            f"{name} = {text(given)}, the input has {text(size)}",
            code="CS202",
            field=name,
            got=size,
            needed=given,
            rule=f"{name} equals the size of that axis of the input",
            fix=f"{name}: {text(size)}, or leave {name} out: it is read from the input",
        )

    return ctx.equal(size, given, fault)


def stated(given: Size | None, size: Size) -> Size:
    """Return the size that a layer states, else the one its input has: weights are made before any input is seen."""
    return size if given is None else given


def share(ctx: Context, size: Size, groups: Size, what: str, name: str = "groups") -> Size:
    """Demand that `groups` (the argument `name`) divides `size` (named by `what`); return `size / groups`."""
    if groups == 1:
        return size

    def fault() -> ShapeError:
        near = ""
        if isinstance(size, int) and isinstance(groups, int):
            best = next(g for g in range(min(groups, size), 0, -1) if size % g == 0)
            near = f"{name}: {best}, or {what}: {max(groups, size // groups * groups)}"
        return ShapeError(
            f"{name} = {text(groups)} does not divide {what} = {text(size)}",
            code="CS204",
            field=name,
            got=groups,
            needed=size,
            rule=f"{what} % {name} == 0",
            fix=near,
        )

    quotient = exact_div(size, groups)
    if quotient is not None:
        return quotient
    if isinstance(groups, Dim):
        raise fault()
    ctx.divides(groups, size, fault)
    return floordiv(size, groups)


def slide(ctx: Context, spec: Spec, axis: int, window: Window) -> Size:
    """Return the size after `window` moved along `axis`; demand that at least one position fits."""
    size = spec.shape[axis]
    out = output_size(size, window)

    def fault() -> ShapeError:
        name = axis_name(len(spec.shape), axis)
        if window.mode == "transposed":
            return ShapeError(
                f"axis {name}: the output would have {text(out)} positions",
                code="CS203",
                got=out,
                needed=1,
                rule=_rule(window, name),
                fix="less padding, or a larger kernel",
            )
        spans, offers, dilation = effective_kernel(window), padded(size, window), window.dilation
        fix = ""
        if isinstance(spans, int) and isinstance(offers, int) and isinstance(dilation, int):
            lacks = spans - offers
            least = (offers - 1) // dilation + 1
            fix = _more_padding(window, lacks) + (f", or kernel <= {least}" if least >= 1 else "")
        return ShapeError(
            f"axis {name}: the window spans {text(spans)}, the padded input offers {text(offers)}",
            code="CS203",
            got=offers,
            needed=spans,
            given=f"kernel {text(window.kernel)}, padding {_padding_text(window)}, dilation {text(dilation)}",
            rule=_rule(window, name),
            fix=fix,
        )

    ctx.at_least(out, 1, fault)
    return out


def _rule(window: Window, name: str) -> str:
    """Return the rule for an axis: k kernel, p padding (a before, b after), s stride, d dilation."""
    a, b, both = ("p", "p", "2p") if window.before == window.after else ("a", "b", "a + b")
    if window.mode == "transposed":
        size = f"({name} - 1)s - {both if both == '2p' else 'a - b'} + d(k-1) + 1 + output_padding"
    elif window.mode == "ceil":
        size = f"floor(({name} + {a} + s - 1 + min(0, {b} + s - d(k-1) - 1))/s)"
    else:
        size = f"floor(({name} + {both} - d(k-1) - 1)/s) + 1"
    return f"{size} must be >= 1"


def _more_padding(window: Window, lacks: int) -> str:
    if isinstance(window.before, int) and window.before == window.after:
        return f"padding >= {window.before + (lacks + 1) // 2}"
    return f"{lacks} more {'pixel' if lacks == 1 else 'pixels'} of padding"


def _padding_text(window: Window) -> str:
    if window.before == window.after:
        return text(window.before)
    return f"{text(window.before)} and {text(window.after)}"


def fits(ctx: Context, size: Size, least: Size, what: str, fix: str = "") -> None:
    """Demand `size >= least`, in the words of `what`."""
    ctx.at_least(
        size,
        least,
        lambda: ShapeError(
            f"{what}: needs at least {text(least)}, has {text(size)}",
            code="CS203",
            got=size,
            needed=least,
            rule=f"{what} >= {text(least)}",
            fix=fix,
        ),
    )


def normal_axis(axis: int, dims: int, name: str = "dim") -> int:
    """Return `axis` counted from the start.

    Raises
    ------
    ShapeError
        CS207, if the tensor has no such axis.
    """
    if -dims <= axis < dims:
        return axis % dims
    raise ShapeError(
        f"{name} = {axis} is no axis of a tensor with {dims} axes",
        code="CS207",
        field=name,
        got=axis,
        needed=(-dims, dims - 1),
        rule=f"axes go from {-dims} to {dims - 1}",
        fix=f"{name} between {-dims} and {dims - 1}",
    )


def each_once(named: int | tuple[int, ...], dims: int, name: str = "dim") -> tuple[int, ...]:
    """Return the named axes counted from the start.

    Raises
    ------
    ShapeError
        CS207, if one does not exist or is named twice.
    """
    given = named if isinstance(named, tuple) else (named,)
    axes = tuple(normal_axis(axis, dims, name) for axis in given)
    if len(set(axes)) == len(axes):
        return axes
    twice = next(axis for axis in axes if axes.count(axis) > 1)
    raise ShapeError(
        f"{name} = {given} names axis {twice} twice",
        code="CS207",
        field=name,
        got=given,
        rule="each axis once, counted from the start or from the end",
        fix=f"{name}: {list(dict.fromkeys(axes))}",
    )


def same_rank(inputs: Sequence[Spec]) -> int:
    """Return the number of axes that all inputs have.

    Raises
    ------
    ShapeError
        CS208, if they differ.
    """
    dims = {len(spec.shape) for spec in inputs}
    if len(dims) == 1:
        return dims.pop()
    raise ShapeError(
        f"the inputs have {' and '.join(str(len(spec.shape)) for spec in inputs)} axes",
        code="CS208",
        got=tuple(len(spec.shape) for spec in inputs),
        rule="all inputs have the same number of axes",
        fix="flatten, squeeze or unsqueeze one of them",
    )


def no_position(given: tuple[int, ...], x: Spec, axis: int) -> ShapeError:
    """Return the fault of indices, at least one of which the axis does not have."""
    size = x.shape[axis]
    worst = max(given, key=lambda index: index if index >= 0 else -index - 1)
    return ShapeError(
        f"axis {axis_name(len(x.shape), axis)} of size {text(size)} has no index {worst}",
        code="CS213",
        field="indices",
        got=worst,
        needed=size,
        rule="indices go from -size to size - 1",
        fix=f"indices between {text(-size)} and {text(size - 1)}",
    )
