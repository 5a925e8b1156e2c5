"""Layers whose windows lie where data says, as torch calls; what torch itself has not, by its definition."""

from __future__ import annotations

from typing import Any

from tests.oracles.torch_calls import CALLS, Dead, F, function, learned, maps, pairs, resized, same, space, spread


@maps("DeformConv")
def deform_conv(a: dict[str, Any], inputs: Any) -> Any:
    """The convolution that it is where no tap is moved."""
    x, offsets, *masks = inputs
    rank, groups = space(x), a["offset_groups"]
    kernel = spread(a["kernel_size"], rank)
    c_in = a["in_channels"] or x.shape[1]
    if (
        any(y.dim() != x.dim() for y in inputs)
        or c_in % groups
        or c_in % a["groups"]
        or a["out_channels"] % a["groups"]
    ):
        raise Dead
    taps = groups
    for size in kernel:
        taps *= size
    shapes = {"bias": (a["out_channels"],)} if a["bias"] else {}
    module = learned(weight=(a["out_channels"], c_in // a["groups"], *kernel), **shapes)
    padding = a["padding"]
    if isinstance(padding, str):
        padding = tuple(same(padding, x.shape[2:], kernel, a["stride"], a["dilation"]))

    def call(owner: Any) -> Any:
        sides = [side for pair in reversed(pairs(padding, rank)) for side in pair]
        wide = F.pad(x, sides)
        convolve = (F.conv1d, F.conv2d, F.conv3d)[rank - 1]
        y = convolve(wide, owner.weight, getattr(owner, "bias", None), a["stride"], 0, a["dilation"], a["groups"])
        for given, count in zip((offsets, *masks), (taps * rank, taps), strict=False):
            if given.shape != (x.shape[0], count, *y.shape[2:]):
                raise Dead
        return y

    return module, call


def of_interest(a: dict[str, Any], x: Any, regions: Any, images: Any) -> Any:
    if images.is_floating_point() or (x.dim(), regions.dim(), images.dim()) != (4, 2, 1):
        raise Dead
    if regions.shape != (images.shape[0], 4):
        raise Dead
    return resized(x, (regions.shape[0], x.shape[1], *spread(a["output_size"], 2)))


def affine_grid(a: dict[str, Any], theta: Any) -> Any:
    if theta.dim() != 3:
        raise Dead
    return F.affine_grid(theta, [theta.shape[0], 1, *spread(a["size"], theta.shape[1])], a["align_corners"])


CALLS |= {
    "RoIAlign": function(of_interest),
    "RoIPool": function(of_interest),
    "AffineGrid": function(affine_grid),
}
