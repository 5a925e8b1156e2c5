"""Feature maps as pictures: the option `--show` of `run`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnshape.cli.output import write_file
from cnnshape.errors import UsageError

if TYPE_CHECKING:
    from cnnshape.graph.network import Network, Node
    from cnnshape.runtime.plan import Plan
    from cnnshape.runtime.program import Program

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
    first = {
        node.name: plan.places[_tensor(plan, node.name)].shape for node in plan.network.nodes if _makes(plan, node)
    }
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


def _makes(plan: Plan, node: Node) -> bool:
    """Say whether a layer has an output that is there while the network runs."""
    return bool(node.inputs) and _tensor(plan, node.name) in plan.places


def _tensor(plan: Plan, layer: str) -> str:
    """Return the name of the first output of a layer."""
    return layer if layer in plan.places else f"{layer}.0"


def _maker(plan: Plan, tensor: str) -> str:
    """Return the node of the step after which a tensor is there; "" if it is there before the first."""
    makers = {name: step.node for step in plan.steps for name in step.outputs}
    while tensor not in makers and plan.places[tensor].view_of:
        tensor = plan.places[tensor].view_of
    return makers.get(tensor, "")


def keeping(
    plan: Plan,
    program: Program,
    layers: Mapping[str, str],
    maps: dict[str, Any],
    tick: Callable[[str, Any], None],
) -> Callable[[str, Mapping[str, Any]], None]:
    """Return what is called after each step: it keeps the first image of layers that are shown, then calls `tick`."""
    tensors = {layer: _tensor(plan, layer) for layer in layers}
    makers = {layer: _maker(plan, tensor) for layer, tensor in tensors.items()}

    def watch(name: str, made: Mapping[str, Any]) -> None:
        for layer, maker in makers.items():
            if maker == name:
                maps[layer] = program.tensors[tensors[layer]][0].copy()
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
