"""Random texts of design files: some that use every part of the format, and good ones that were tampered with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from cnnshape.formats.design.layer_data import layer_data
from cnnshape.layers import catalog
from tests.random_networks.draw import chance, mostly

__all__ = ["mutated", "random_design"]

NAMES = ("a", "b", "stem", "up", "x1")
SYMBOLS = ("H", "W", "C", "K")
FORMULAS = ("{0}+1", "2*{0}", "{0}//2", "{0}**2", "({0}+1)//2", "ceil({0}/2)", "{0}%3", "{0}-1")
FORMULAS += ("max({0}, 2)", "min({0}, 4)", "-{0}", "{0}/0", "{0}//0", "{0} {0}", "{0}**99", "Q + {0}")
ODD_VALUES = (0, -1, 1, 2, 3, 10**9, 10**30, 0.5, 1e300, True, None, "", "same", "valid", "input", "H", "Q", "1.5")


class Scope:
    """What the names in a list of layers may be.

    Parameters
    ----------
    sizes : symbols, and arguments that are sizes
    tensors : names of layers so far
    definitions : name -> its arguments
    """

    def __init__(self, sizes: Sequence[str], definitions: dict[str, list[str]]) -> None:
        self.sizes = list(sizes)
        self.tensors: list[str] = []
        self.definitions = definitions


def random_design(rng: Random) -> str:
    """Return the text of a design with definitions, branches, repeats, formulas, symbols; most of what it says fits."""
    symbols = {name: mostly(rng, rng.randint(3, 40), None, 0.6) for name in SYMBOLS if chance(rng, 0.6)}
    definitions: dict[str, list[str]] = {}
    define: dict[str, Any] = {}
    for name in ("cell", "same", "down")[: rng.randint(0, 3)]:
        arguments = {key: mostly(rng, rng.randint(1, 5), None, 0.7) for key in ("w", "k", "s")[: rng.randint(0, 3)]}
        inner = Scope([*symbols, *arguments] or ["H"], dict(definitions))
        define[name] = {"args": arguments, "layers": entries(rng, inner, rng.randint(1, 4), 1)}
        definitions[name] = list(arguments)
    scope = Scope(list(symbols) or ["H"], definitions)
    design: dict[str, Any] = {"cnnshape": 1}
    if symbols:
        design["symbols"] = symbols
    if chance(rng, 0.8):
        design["input"] = shape(rng)
    else:
        design["inputs"] = {
            name: mostly(rng, shape(rng), {"shape": shape(rng), "dtype": "int64"}) for name in ("l", "r")
        }
        scope.tensors += ["l", "r"]
    if define:
        design["define"] = define
    design["layers"] = entries(rng, scope, rng.randint(1, 8), 0)
    if "inputs" in design:
        design["layers"].insert(0, mostly(rng, {"concat": ["l", "r"]}, "relu", 0.9))
    if chance(rng, 0.2):
        design["outputs"] = [mostly(rng, "last", reference(rng, scope))]
    return (
        json.dumps(design) if chance(rng, 0.15) else "\n".join(yaml(key, value) for key, value in design.items()) + "\n"
    )


def shape(rng: Random) -> list[Any]:
    rank = rng.choice([0, 1, 1, 2, 2, 2, 2, 3])
    return [rng.choice([1, 3, 4, 8, "C"]), *[rng.choice(["H", "W", 9, "2*H", "W + 1"]) for _ in range(rank)]]


def entries(rng: Random, scope: Scope, count: int, depth: int) -> list[Any]:
    return [entry(rng, scope, depth) for _ in range(count)]


def entry(rng: Random, scope: Scope, depth: int) -> Any:
    """Return a layer, a join of branches, a block or a definition, with what may stand beside it."""
    beside = stands_beside(rng, scope)
    if chance(rng, 0.06) and scope.tensors:
        kept = {key: value for key, value in beside.items() if key != "frozen" or chance(rng, 0.1)}
        return {**kept, "share": rng.choice(scope.tensors)}
    made = entry_of(rng, scope, depth)
    if isinstance(made, str):
        made = {made: None} if beside else made
        return {**beside, **made} if isinstance(made, dict) else made
    if any(isinstance(value, list) for value in made.values()) and chance(rng, 0.97):
        beside.pop("inputs", None)
    if "name" in beside:
        scope.tensors.append(beside["name"])
    return {**beside, **made}


def stands_beside(rng: Random, scope: Scope) -> dict[str, Any]:
    beside: dict[str, Any] = {}
    if chance(rng, 0.15):
        beside["name"] = rng.choice(NAMES)
    if chance(rng, 0.1):
        beside["repeat"] = mostly(rng, rng.randint(0, 3), formula(rng, scope), 0.9)
    if chance(rng, 0.05):
        beside["frozen"] = True
    if chance(rng, 0.08):
        beside["inputs"] = [reference(rng, scope)]
    return beside


def entry_of(rng: Random, scope: Scope, depth: int) -> Any:
    part = rng.random()
    if part < 0.12 and depth < 3:
        branches = [mostly(rng, entries(rng, scope, rng.randint(1, 2), depth + 1), "input", 0.7) for _ in range(2)]
        return {rng.choice(["add", "concat", "multiply", "maximum"]): branches}
    if part < 0.18 and depth < 3:
        return {"block": entries(rng, scope, rng.randint(1, 3), depth + 1)}
    if part < 0.32 and scope.definitions:
        name = rng.choice(list(scope.definitions))
        given = {a: argument(rng, scope) for a in scope.definitions[name] if chance(rng, 0.9)}
        return {name: given or None}
    return any_layer(rng, scope) if part < 0.42 else rng.choice(USUAL)(rng, scope)


def any_layer(rng: Random, scope: Scope) -> dict[str, Any]:
    """Return one of the examples of any layer, sometimes with an argument that it may not like."""
    found = rng.choice([entry for entry in catalog.ENTRIES if entry.name != "input" or chance(rng, 0.1)])
    name, value = layer_data(rng.choice(found.layer.examples()).layer)
    if isinstance(value, dict) and chance(rng, 0.4):
        value[mostly(rng, rng.choice(list(value)), "groups")] = mostly(
            rng, argument(rng, scope), rng.choice(ODD_VALUES)
        )
    elif chance(rng, 0.1):
        value = rng.choice(ODD_VALUES)
    return {name: value}


def conv(rng: Random, scope: Scope) -> Any:
    kernel = mostly(rng, rng.choice([1, 3]), argument(rng, scope), 0.8)
    padding = f"{kernel}//2" if isinstance(kernel, str) else rng.choice([kernel // 2, "same_upper"])
    more = {"stride": 2} if chance(rng, 0.2) else {}
    return {"conv": {"out_channels": argument(rng, scope), "kernel_size": kernel, "padding": padding, **more}}


USUAL: tuple[Callable[[Random, Scope], Any], ...] = (
    *(conv,) * 5,
    lambda rng, scope: rng.choice(["relu", "batch_norm", "sigmoid", "dropout", "identity", "gelu"]),
    lambda rng, scope: rng.choice(["relu", "global_avg_pool", "flatten", "layer_norm"]),
    lambda rng, scope: {"max_pool": mostly(rng, 2, argument(rng, scope))},
    lambda rng, scope: {"upsample": {"scale_factor": 2}},
    lambda rng, scope: {"pad": mostly(rng, 1, argument(rng, scope))},
    lambda rng, scope: {"linear": argument(rng, scope)},
    lambda rng, scope: {"depthwise_conv": {"kernel_size": 3, "padding": "same"}},
    lambda rng, scope: {rng.choice(["add", "concat"]): ["previous", reference(rng, scope)]},
)


def argument(rng: Random, scope: Scope) -> Any:
    return mostly(rng, rng.choice([1, 2, 4, 8]), formula(rng, scope), 0.6)


def formula(rng: Random, scope: Scope) -> str:
    name = rng.choice(scope.sizes)
    return name if chance(rng, 0.5) else rng.choice(FORMULAS[: mostly(rng, 8, len(FORMULAS), 0.95)]).format(name)


def reference(rng: Random, scope: Scope) -> str:
    return rng.choice([*scope.tensors, "input", "previous", mostly(rng, "previous", "nothing", 0.9)])


def yaml(key: str, value: Any) -> str:
    """Return a line of YAML; formulas stand without quotes where YAML lets them."""
    if key == "layers" and value:
        return "layers:\n" + "\n".join(f"  - {flow(each)}" for each in value)
    return f"{key}: {flow(value)}"


def flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {'' if each is None else flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    if isinstance(value, str) and re.fullmatch(r"[\w+*/() -]+", value) and not value.startswith("-"):
        return value
    return json.dumps(value)


TOKEN = re.compile(r"\s+|\w+|[^\w\s]")


def mutated(rng: Random, texts: Sequence[str]) -> str:
    """Return one of the texts with a few tokens deleted, doubled, exchanged, or taken from elsewhere."""
    tokens = TOKEN.findall(rng.choice(texts))
    words = [i for i, token in enumerate(tokens) if token.isalnum()]
    for _ in range(rng.randint(1, 3)):
        i, j = (mostly(rng, rng.choice(words), rng.randrange(len(tokens))) for _ in range(2))
        what = rng.choice(["delete", "double", "exchange", "elsewhere", "odd"])
        if what == "delete":
            tokens[i] = ""
        elif what == "double":
            tokens[i] += mostly(rng, ", ", " ") + tokens[i]
        elif what == "exchange":
            tokens[i], tokens[j] = tokens[j], tokens[i]
        elif what == "elsewhere":
            tokens[i] = rng.choice([token for token in TOKEN.findall(rng.choice(texts)) if not token.isspace()])
        else:
            tokens[i] = rng.choice([*map(str, ODD_VALUES), "{", "[", ":", ",", "'", "#", "&a", "*a", "\t", "\n", "- "])
    return "".join(tokens)
