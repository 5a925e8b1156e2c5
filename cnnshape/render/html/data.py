"""What stands in the live page: a network and its sizes as plain data, and the script that works them out anew.

The script defines one function, ``liveModel(data)``; its fixed part is `model.js`, the formulas are written by
`program`. It returns a frozen object:

``compute(values, dtype)``
    Every number at these sizes. `values` is an array of BigInt, one for each of ``data.symbols``, in their order;
    numbers and digits are taken too. `dtype` is a name of ``data.dtypes``, default ``data.dtype``.
``nearest(values)``
    The nearest sizes that fit: an array of arrays like `values`, empty if nothing near was found; ``[values]`` if they
    fit.
``fits(values)``
    `valid` alone: true, false, or null if only a run can tell.
``sample(values)``
    `valid` and the MACs alone, for a curve over many sizes: 0 MACs where they do not fit.
``size(reference, result)``
    What a reference of `data` is in a result of `compute`.

Every number is a BigInt, so that none is ever rounded; null is unknown and is shown as a dash: the layer stands at or
behind a fault. ``compute`` returns ::

    valid      true, false, or null if only a run can tell
    complete   false if the MACs of a layer are missing from the sum
    nodes      one for each of data.nodes, in their order:
        state              "fits"; "broken", a condition of its own is violated; "unknown", it stands behind a fault
        outputs            shapes, batch first, an array of arrays; null unless it fits
        params, trainable, frozen, buffers, macs, flops, weight_bytes, activation_bytes      BigInt or null
        field              {size, stride, offset: an array each, status}, or null; an entry may be "3/2"
    tensors    one for each of data.tensors: its shape, or null
    totals     {params, trainable, frozen, buffers, macs, flops, weight_bytes, activation_bytes, peak_activation_bytes}
    peak       the node that runs when most bytes are alive, or -1
    errors     [{node, layer, code, message, rule, fix}], each that follows from no other; `node` may be -1, `rule` and
               `fix`, the nearest sizes that fit, may be ""
    checks     one for each of data.checks: true, false, or null if it was not reached
    sizes      the values of all formulas

`live` returns the script, and the data, of which all parts are plain JSON. A *reference* is an int: -1 for no size, 0
and above a formula, below -1 a fixed number; ``size`` looks it up. A *node* and a *tensor* are positions in `nodes` and
`tensors`. ::

    model, source, convention, dtype, read_as      texts; dtype is the element type of the report
    dtypes      [[name, bits]]: what may stand for float32
    mixed       true if the report gives several element types to its layers; the dtype then can not be chosen
    symbols     [{name, role: "batch", "space", "channels" or "argument", start, low, high, step, text, because}]
                start: the value to begin with; low, high, step: of a slider (any size >= 1 may be typed); text: what
                the network asks of it alone, or ""; because: names of the layers that do
    conditions  [{symbol or null, text, because}], of the free network
    assumed     texts of what is assumed
    notes       lines for the reader
    formulas    the text of each formula, as short as what is valid allows
    numbers     fixed numbers; a text if it is larger than 2**53 or a fraction
    tensors     {name, node, dtype: [text], shape: [[reference]], elements: [reference], bits, first, last}: one entry
                for each tensor; bits is 0 where the chosen dtype counts; first, last: the nodes between which it is
                alive, or -1 for a view
    nodes       {name, op, kind, label, block, place: [text], inputs, outputs: [[tensor]], params, buffers, odd, macs:
                [reference], flags, bits, shares, window}: one entry for each node of the network, inputs among them;
                flags: 1 input, 2 held (not executed), 4 frozen, 8 has weights of another node, 16 its outputs are
                activations, 32 no size fits it; shares: the node that owns the weights, or -1; odd: how many weights
                have an odd number of elements; window: position in `windows`, or -1; inputs: -1 where there is no such
                tensor
    windows     what `windows.WindowTable` says
    axes        [[node, axis]]: the space axes of the inputs
    checks      {node, expr, op, left, right, fault}: one entry for each condition; it holds if ``expr == 0`` or
                ``expr >= 0`` as op says; node: who asks; fault: position in `faults`
    faults      [{code, stretch, message, rule}]: texts as arrays, in which a reference stands for a number
    standing    [error], those that are there at all sizes
    rules       {exact: [set or null], names: [[symbol]], ops: ["==" or ">="], regions: [[set or null]], split, solved}:
                one entry for each symbol, condition on several symbols, and way to meet all of those; split: true if
                the regions say all of it; solved: false if a set is too long for a page. A set is [pieces, start,
                period, residues]: pieces of [first, last] below start, from there on the remainders by period that lie
                in one of the residues' [first, last]
    outputs     [[name, tensor]]
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from cnnshape.analysis.memory import BITS
from cnnshape.analysis.report import Facts
from cnnshape.render.html.faults import checks_and_faults
from cnnshape.render.html.program import HELPERS, NONE, Sizes, program, whole
from cnnshape.render.html.ranges import first_node, role_of_symbol, slider, starts
from cnnshape.render.html.rules import relations_source, rules_data
from cnnshape.render.html.tables import Tables
from cnnshape.render.html.windows import space_axes
from cnnshape.symbolic import Assumption, Clause, text

__all__ = ["Live", "embedded", "live"]

_WORDS: Mapping[str, tuple[str, str]] = {
    "H": ("height", "heights"),
    "W": ("width", "widths"),
    "L": ("length", "lengths"),
}

_SCRIPT = """const liveModel = (() => {{
"use strict";
{helpers}{evaluate}
{relations}
{fixed}return liveModel;
}})();
"""


@dataclass(frozen=True, slots=True)
class Live:
    """What a page needs to work out its numbers.

    Parameters
    ----------
    data : plain JSON, described at the top of this file
    script : JavaScript that defines ``liveModel``; no name of the network stands in it
    """

    data: Mapping[str, Any]
    script: str


def live(facts: Facts, read_as: str = "") -> Live:
    """Return the data and the script of a live page.

    Parameters
    ----------
    facts : Facts; if they are at sizes, the page begins with these
    read_as : how the inputs were read, for the reader

    Examples
    --------
    >>> from cnnshape import Input, Network, layers as L
    >>> from cnnshape.analysis.report import facts
    >>> x = Input("image", (3, "H", "W"))
    >>> made = live(facts(Network("tiny", inputs=x, outputs=L.Conv(8, kernel_size=3)(x))))
    >>> made.data["formulas"][:4], made.data["nodes"]["params"], made.data["numbers"][1:3]
    (['N', 'H', 'W', '3*H*N*W'], [-4, -5], [8, 0])
    """
    free = facts.free or facts
    sizes = Sizes()
    tables = Tables(free, sizes)
    checks, faults = checks_and_faults(free, sizes)
    first = starts(facts)
    standing = [
        {"node": free.network.index.get(e.layer, NONE), "layer": e.layer, "code": e.code, "message": e.message}
        | {"rule": "", "fix": e.fix}
        for e in (free.errors if free.propagation.faults else ())
    ]
    data = {
        "model": free.model,
        "source": free.source,
        "convention": free.convention,
        "dtype": free.dtype if isinstance(free.dtype, str) else "float32",
        "read_as": read_as,
        "dtypes": [[name, bits] for name, bits in BITS.items()],
        "mixed": not isinstance(free.dtype, str),
        "symbols": [_symbol(free, name, first[name]) for name in free.network.symbols],
        "conditions": [
            {"symbol": each.symbol, "text": each.text, "because": [*each.because]} for each in free.conditions
        ],
        "assumed": [_assumed(each, sizes) for each in free.assume],
        "notes": [*free.notes],
        "tensors": tables.tensors,
        "nodes": tables.nodes,
        "windows": tables.windows.rows,
        "axes": space_axes(free),
        "checks": checks,
        "faults": faults,
        "standing": standing,
        "lacking": not free.complete,
        "rules": rules_data(free),
        "outputs": [[name, tables.index.get(tensor, NONE)] for name, tensor in free.network.outputs.items()],
    }
    data["formulas"] = [text(free.validity.shortened(size)) for size in sizes.formulas]
    data["numbers"] = sizes.numbers
    fixed = "".join(_text(name) for name in ("fields.js", "model.js"))
    evaluate = program("evaluate", sizes.formulas, free.network.symbols)
    return Live(data, _SCRIPT.format(helpers=HELPERS, evaluate=evaluate, relations=relations_source(free), fixed=fixed))


def _text(name: str) -> str:
    return files("cnnshape.render.html").joinpath(name).read_text(encoding="utf-8")


def embedded(data: Mapping[str, Any]) -> str:
    r"""Return data as JSON that may stand inside a script element: ``<`` is escaped, so that no text ends it.

    Examples
    --------
    >>> embedded({"name": "</script>"})
    '{"name":"\\u003c/script>"}'
    """
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _symbol(facts: Facts, name: str, start: int) -> dict[str, Any]:
    found = next((each for each in facts.conditions if each.symbol == name), None)
    return {
        "name": name,
        "role": role_of_symbol(facts, name),
        "start": whole(start),
        **{key: whole(value) for key, value in slider(facts, name, start).items()},
        "text": found.text if found else "",
        "because": [*found.because] if found else [],
        "node": first_node(facts, name),
        "words": _WORDS.get(name, (name, name)),
    }


def _assumed(assumption: Assumption, sizes: Sizes) -> dict[str, Any]:
    def clause(each: Clause) -> list[Any]:
        return [sizes.of(each.expr), [[whole(low), whole(high)] for low, high in each.within]]

    return {
        "text": str(assumption),
        "any": [[clause(each) for each in clauses] for clauses in assumption.alternatives],
    }
