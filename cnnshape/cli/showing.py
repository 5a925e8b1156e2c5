"""Feature maps as pictures: the option `--show` of `run`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnshape.cli.output import write_file
from cnnshape.errors import UsageError

if TYPE_CHECKING:
    from cnnshape.graph.network import Network
    from cnnshape.runtime.plan import Plan

__all__ = ["check_maps", "keeping", "shown_layers", "write_maps"]


def shown_layers(network: Network, entries: Sequence[str]) -> dict[str, str]:
    """Return the layers that `--show` names -> the file for each.

    Raises
    ------
    UsageError
        CS005, no such layer.
    """
    found = {}
    for entry in entries:
        layer, _, target = entry.partition("=")
        if layer not in network.index:
            from difflib import get_close_matches

            near = get_close_matches(layer, list(network.index), 1)
            raise UsageError(
                f"--show {entry}: there is no layer {layer!r}",
                code="CS005",
                got=layer,
                rule="a layer is named as in the report's rows",
                fix=f"did you mean {near[0]}?" if near else "list them with: cnnshape report",
            )
        found[layer] = target or f"{layer}.png"
    return found


def check_maps(plan: Plan, layers: Mapping[str, str]) -> None:
    """Refuse, before anything runs, a layer that has no maps, or that computes nothing.

    Raises
    ------
    UsageError
        CS005, with what its output is.
    ExtraMissing
        CS010, Pillow is not installed.
    """
    if layers:
        from cnnshape.runtime.extras import needed

        needed("PIL.Image", "figures", "a picture of feature maps")
    first = {step.node: plan.places[step.outputs[0]].shape for step in plan.steps}
    for layer in layers:
        if len(first.get(layer, ())) not in (3, 4):
            shape = f"gives {first[layer]}" if layer in first else "computes nothing of its own"
            raise UsageError(
                f"--show {layer}: {layer} {shape}",
                code="CS005",
                got=layer,
                rule="feature maps are the outputs (N, C, H, W) or (N, C, L) of a layer that computes",
                fix=next((f"--show {name}" for name, sizes in first.items() if len(sizes) in (3, 4)), ""),
            )


def keeping(
    layers: Mapping[str, str], maps: dict[str, Any], tick: Callable[[str, Any], None]
) -> Callable[[str, Mapping[str, Any]], None]:
    """Return what is called after each layer: it keeps the first image of those that are shown, then calls `tick`."""

    def watch(name: str, made: Mapping[str, Any]) -> None:
        if name in layers:
            maps[name] = next(iter(made.values()))[0].copy()
        tick(name, made)

    return watch


def write_maps(layer: str, maps: Any, target: str) -> str:
    """Write the feature maps of one image as a PNG file, and return what it shows."""
    from cnnshape.runtime.pictures import feature_grid, png

    grid, columns = feature_grid(maps)
    write_file(Path(target), png(grid))
    if maps.ndim == 2:
        return f"{target}: {layer}, {maps.shape[0]} channels as rows of {maps.shape[1]}, from least (black) to largest"
    count, height, width = maps.shape
    many = f"{count} map{'s' * (count > 1)} of {height}x{width}, {columns} in a row"
    return f"{target}: {layer}, {many}, each from its least (black) to its largest (white)"
