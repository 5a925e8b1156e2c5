"""Every size, parameter, operation and receptive field of a convolutional network as a formula.

>>> import cnnshape as cs
>>> from cnnshape import Input, Network, layers as L
>>> x = Input("image", (3, "H", "W"))
>>> report = cs.report(Network("tiny", inputs=x, outputs=L.Conv(64, kernel_size=7, stride=2, padding=3)(x)))
>>> report.params, report.outputs["conv1"]
(9472, (N, 64, ceil(H/2), ceil(W/2)))
>>> report.at(H=224, W=224).macs
118013952
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnshape import errors, layers, zoo
    from cnnshape.api.budgets import Fit
    from cnnshape.api.drawings import Picture, draw
    from cnnshape.api.explanations import Explanation, explain
    from cnnshape.api.models import load
    from cnnshape.api.reports import Report, check, report
    from cnnshape.api.runs import run
    from cnnshape.api.saving import save
    from cnnshape.api.solutions import Solution, solve, windows
    from cnnshape.errors import (
        ArgumentError,
        CnnshapeError,
        DesignError,
        ExtraMissing,
        FormulaError,
        ReadError,
        ShapeError,
        UsageError,
    )
    from cnnshape.graph.build import Constant, Input, Parameter, Tensor, block, repeat, sequential, source
    from cnnshape.graph.network import Network
    from cnnshape.symbolic import Dim, IntegerSet, dim

    __version__: str

__all__ = [
    "ArgumentError",
    "CnnshapeError",
    "Constant",
    "DesignError",
    "Dim",
    "Explanation",
    "ExtraMissing",
    "Fit",
    "FormulaError",
    "Input",
    "IntegerSet",
    "Network",
    "Parameter",
    "Picture",
    "ReadError",
    "Report",
    "ShapeError",
    "Solution",
    "Tensor",
    "UsageError",
    "__version__",
    "block",
    "check",
    "dim",
    "draw",
    "errors",
    "explain",
    "layers",
    "load",
    "repeat",
    "report",
    "run",
    "save",
    "sequential",
    "solve",
    "source",
    "windows",
    "zoo",
]

_MODULES = frozenset({"errors", "layers", "zoo"})
_HOMES = {
    "Fit": "api.budgets",
    **dict.fromkeys(("Picture", "draw"), "api.drawings"),
    **dict.fromkeys(("Explanation", "explain"), "api.explanations"),
    "load": "api.models",
    **dict.fromkeys(("Report", "check", "report"), "api.reports"),
    "run": "api.runs",
    "save": "api.saving",
    **dict.fromkeys(("Solution", "solve", "windows"), "api.solutions"),
    **dict.fromkeys(
        ("Constant", "Input", "Parameter", "Tensor", "block", "repeat", "sequential", "source"), "graph.build"
    ),
    "Network": "graph.network",
    **dict.fromkeys(("Dim", "IntegerSet", "dim"), "symbolic"),
    **dict.fromkeys((name for name in __all__ if name.endswith("Error") or name == "ExtraMissing"), "errors"),
}


def __getattr__(name: str) -> Any:
    # A name is loaded when it is first used: `import cnnshape` costs nothing, and a command loads only what it needs.
    from importlib import import_module

    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("cnnshape")
    elif name in _MODULES:
        value = import_module(f"cnnshape.{name}")
    elif name in _HOMES:
        value = getattr(import_module(f"cnnshape.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module 'cnnshape' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
