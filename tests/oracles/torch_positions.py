"""Layers that choose and place by position, as torch calls."""

from __future__ import annotations

from typing import Any

from tests.oracles.torch_calls import CALLS, Dead, F, function, torch


def whole(x: Any) -> Any:
    if x.is_floating_point() or x.dtype == torch.bool:
        raise Dead
    return x.long()


def gather_elements(a: dict[str, Any], x: Any, indices: Any) -> Any:
    return torch.gather(x, a["dim"], whole(indices))


def lists(x: Any, indices: Any, batch: int = 0) -> tuple[Any, ...]:
    """The places that the last axis of the indices holds, behind those of the common axes."""
    found = whole(indices).unbind(-1)
    if not found or batch + len(found) > x.dim() or x.shape[:batch] != indices.shape[:batch]:
        raise Dead
    after = indices.dim() - 2
    common = (torch.arange(x.shape[k], device=x.device).reshape(-1, *(1,) * (after - k)) for k in range(batch))
    return (*common, *found)


def gather_nd(a: dict[str, Any], x: Any, indices: Any) -> Any:
    if a["batch_dims"] >= indices.dim():
        raise Dead
    if indices.dim() == 1:  # the meta device looks a single number up
        return x[lists(x, indices[None])][0]
    return x[lists(x, indices, a["batch_dims"])]


def scatter_elements(a: dict[str, Any], x: Any, indices: Any, updates: Any) -> Any:
    if updates.shape != indices.shape:
        raise Dead  # PyTorch lets the updates be longer
    return torch.scatter(x, a["dim"], whole(indices), updates)


def scatter_nd(a: dict[str, Any], x: Any, indices: Any, updates: Any) -> Any:
    if indices.dim() == 1:
        indices, updates = indices[None], updates[None]
    places = lists(x, indices)
    if x[places].shape != updates.shape:
        raise Dead  # PyTorch stretches the updates
    return x.index_put(places, updates)


def tensor_scatter(a: dict[str, Any], cache: Any, update: Any, positions: Any = None) -> Any:
    if a["dim"] % cache.dim() == 0:
        raise Dead
    if positions is not None and whole(positions).shape != cache.shape[:1]:
        raise Dead
    if cache.narrow(a["dim"], 0, update.shape[a["dim"]]).shape != update.shape:
        raise Dead
    return torch.slice_scatter(cache, update, a["dim"], 0, update.shape[a["dim"]])


def reverse_sequence(a: dict[str, Any], x: Any, lengths: Any) -> Any:
    moved = x.movedim((a["batch_dim"], a["time_dim"]), (0, 1))
    if whole(lengths).shape != moved.shape[:1]:
        raise Dead
    return moved.flip(1).movedim((0, 1), (a["batch_dim"], a["time_dim"]))


def one_hot(a: dict[str, Any], x: Any) -> Any:
    shown = F.one_hot(torch.zeros(x.shape, dtype=whole(x).dtype, device="cpu"), a["num_classes"])
    return shown.movedim(-1, a["dim"]).to("meta", getattr(torch, a["dtype"]))


CALLS |= {
    "GatherElements": function(gather_elements),
    "GatherND": function(gather_nd),
    "ScatterElements": function(scatter_elements),
    "ScatterND": function(scatter_nd),
    "TensorScatter": function(tensor_scatter),
    "TopK": function(lambda a, x: torch.topk(x, a["k"], a["dim"], a["largest"], a["sorted"])),
    "ReverseSequence": function(reverse_sequence),
    "OneHot": function(one_hot),
}
