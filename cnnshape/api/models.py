"""`load`: whatever stands for a network, as a network."""

from __future__ import annotations

import os
from typing import Any

from cnnshape.errors import UsageError
from cnnshape.graph.network import Network

__all__ = ["load"]


def load(model: Any, *, name: str = "") -> Network:
    """Return the network that a file, or an object, describes.

    Parameters
    ----------
    model : path of a design file (``.yaml``, ``.yml``, ``.json``), the text of one (more than one line), or a network
    name : what to call it where the file does not say

    Raises
    ------
    UsageError
        CS003, a kind of model that is not read.
    ReadError
        CS10x, a file that cannot be read.
    DesignError
        CS11x, a design that is malformed; one that is well-formed and does not fit loads, and its report says so.

    Examples
    --------
    >>> net = load('''
    ... input: [3, H, W]
    ... layers: [{conv: {out_channels: 8, kernel_size: 3}}, relu]
    ... ''')
    >>> [node.name for node in net.nodes]
    ['input', 'conv1', 'relu1']
    """
    if isinstance(model, Network):
        return model
    if not isinstance(model, (str, os.PathLike)):
        kind = type(model).__name__
        raise UsageError(
            f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind} is no model that can be read",
            code="CS003",
            got=kind,
            rule="a model is the path of a design file, the text of one, or a cnnshape Network",
            fix='Network("net", inputs=x, outputs=y)'
            if kind == "Tensor"
            else "build it with cnnshape.Input and cnnshape.layers, or write it as a design file",
        )
    from cnnshape.formats.design_file import load_design

    if isinstance(model, str) and "\n" in model:
        return load_design(model, name=name or "design")
    path = os.fspath(model)
    from cnnshape.formats.recognize import refuse_other

    refuse_other(path)
    return load_design(path, name=name) if name else load_design(path)
