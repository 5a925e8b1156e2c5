"""The rules of the project that no other tool checks, or that must hold even where import-linter is mistaken."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "cnnshape"
FOLDERS = ("cnnshape", "tests", "examples", "docs", "benchmarks", ".ci")
MODULES = sorted(PACKAGE.rglob("*.py"))

# From the ground up; a room imports only what stands in an earlier row, or itself.
ROOMS = (
    ("codes", "errors"),
    ("symbolic",),
    ("layers",),
    ("graph",),
    ("analysis", "formats"),
    ("runtime",),
    ("lint", "render"),
    ("zoo",),
    ("api",),
    ("cli",),
    ("__main__",),
)
RANK = {room: rank for rank, row in enumerate(ROOMS) for room in row}
RANK[""] = RANK["api"]  # `from cnnshape import x` reaches the public names

# Where a library may be imported, as patterns of paths inside the package.
LIBRARIES = {
    "sympy": ("symbolic/sympy_bridge.py",),
    "click": ("cli/*",),
    "rich": ("render/*", "cli/*"),
    "ruamel": ("formats/*",),
    "graphviz": ("render/*",),
    "networkx": ("graph/*", "analysis/*", "render/*"),
    "numpy": (
        "symbolic/equality.py",
        "symbolic/numpy_source.py",
        "layers/io/foreign.py",
        "layers/arrays.py",
        "layers/*/kernel*.py",
        "analysis/sweep.py",
        "runtime/*",
        "formats/*",
        "api/*",
        "cli/*",
    ),
    "torch": ("formats/*",),
    "keras": ("formats/*",),
    "onnx": ("formats/*",),
    "onnxruntime": (),
}

# What takes long to load, or may be absent: never a price of `import cnnshape`.
HEAVY = ("sympy", "networkx", "numpy", "onnx", "rich", "torch", "keras", "graphviz", "ruamel", "click")

# What belongs to the making of the project and not into it, and what was left unfinished.
LEFTOVERS = re.compile(
    r"\b(TODO|FIXME|XXX|HACK)\b|<{7}|>{7}"
    r"|/work/|\.\./shared(?!/corpus)|\b[Ii]ssue #?\d|closing note"
    r"|\b(DESIGN|MATH|INTERFACE|STYLE|VISUAL|PEERS|HELPERS)\.md\b"
)


@cache
def imports(path: Path, root: Path = PACKAGE, *, types: bool = True) -> tuple[tuple[str, int], ...]:
    """Every module that a file imports at any depth, as a dotted name, with its line; `types`: for types alone too."""
    return tuple(_imports(path, root, types))


def _imports(path: Path, root: Path, types: bool) -> Iterator[tuple[str, int]]:
    here = [root.name, *path.relative_to(root).with_suffix("").parts]
    queue: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while queue:
        node = queue.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test) and not types:
            queue += node.orelse
            continue
        queue += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(here[: len(here) - node.level]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            # `from cnnshape import errors` imports a room, `from cnnshape import load` a public name.
            rooms = RANK if module == root.name else ()
            yield from ((f"{module}.{a.name}" if a.name in rooms else module, node.lineno) for a in node.names)


def room(name: str) -> str:
    """The room of a dotted name: `cnnshape.layers.base` is in `layers`."""
    return f"{name}.".split(".")[1]


def broken(paths: list[Path], root: Path = PACKAGE) -> list[str]:
    """The imports that go up, or to a sibling, as `file:line imports name`."""
    found = []
    for path in paths:
        inside = path.relative_to(root)
        if inside == Path("__init__.py"):
            continue  # it names the public verbs and loads them when they are first used
        own = inside.with_suffix("").parts[0]
        found += [
            f"{inside}:{line} imports {name}"
            for name, line in imports(path, root)
            if name.split(".")[0] == root.name and room(name) != own and RANK[room(name)] >= RANK[own]
        ]
    return found


def texts() -> Iterator[tuple[Path, str]]:
    """Every text file of the project."""
    paths = [path for path in ROOT.iterdir() if path.is_file()]
    paths += [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in sorted(paths):
        if "__pycache__" not in path.parts and not path.name.startswith(".coverage"):
            try:
                yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:  # a picture, or the binary rubbish that a test feeds
                continue


def test_every_module_stands_in_a_room():
    tops = {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in MODULES} - {"__init__"}
    assert tops <= set(RANK)


def test_a_room_imports_only_what_stands_below_it():
    assert broken(MODULES) == []


@pytest.mark.parametrize(
    ("path", "line", "bad"),
    [
        ("graph/network.py", "from cnnshape.layers.base import Layer", False),
        ("graph/network.py", "from cnnshape.graph.build import block", False),
        ("graph/network.py", "from .build import block", False),
        ("layers/conv/spec.py", "from ...graph import network", True),
        ("graph/network.py", "if TYPE_CHECKING:\n    from cnnshape.api import Report", True),
        ("layers/base.py", "def late():\n    import cnnshape.graph.build", True),
        ("analysis/report.py", "from cnnshape.formats import design_file", True),
        ("lint/run.py", "from cnnshape import analysis", False),
        ("lint/run.py", "from cnnshape import render", True),
        ("zoo/resnet.py", "from cnnshape import load", True),
        ("cli/main.py", "from cnnshape import load", False),
        ("symbolic/dim.py", "from cnnshape.errors import ShapeError", False),
        ("errors.py", "from cnnshape.symbolic import Dim", True),
    ],
    ids=str,
)
def test_the_check_of_the_rooms_sees_what_it_should(tmp_path, path, line, bad):
    file = tmp_path / "cnnshape" / path
    file.parent.mkdir(parents=True)
    file.write_text(line)
    assert bool(broken([file], tmp_path / "cnnshape")) is bad


def test_a_family_imports_only_the_algebra_and_what_all_families_share():
    shared = {f"cnnshape.layers.{path.stem}" for path in PACKAGE.glob("layers/*.py")} - {"cnnshape.layers.catalog"}
    found = []
    for path in sorted(PACKAGE.glob("layers/*/*.py")):
        family = f"cnnshape.layers.{path.parent.name}"
        for name, line in imports(path):
            if name.split(".")[0] != "cnnshape" or room(name) in ("errors", "symbolic") or name in shared:
                continue
            arithmetic = ".kernel" in name and not path.name.startswith("kernel")
            # An operator of another system may be layers of several families; its table is loaded when it is asked for.
            foreign = path.name.startswith("foreign") and name.startswith("cnnshape.layers.")
            if arithmetic or not (foreign or f"{name}.".startswith(f"{family}.")):
                found.append(f"{path.relative_to(PACKAGE)}:{line} imports {name}")
    assert found == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_imported_only_where_it_belongs(library):
    found = [
        f"{inside}:{line}"
        for path in MODULES
        if not any(fnmatch(inside := path.relative_to(PACKAGE).as_posix(), place) for place in LIBRARIES[library])
        for name, line in imports(path, types=False)
        if name.split(".")[0] == library
    ]
    assert found == []


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, cnnshape; print(*(name for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "cnnshape" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_no_file_is_longer_than_400_lines():
    long = {str(path): n for path, text in texts() if path.suffix == ".py" and (n := len(text.splitlines())) > 400}
    assert long == {}


def test_no_leftover_words():
    found = [
        f"{path}:{number}: {line.strip()}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if path.name != Path(__file__).name and LEFTOVERS.search(line)
    ]
    assert found == []


def test_the_readme_holds_the_two_commands_that_the_full_run_takes_from_it():
    commands = [line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if "-m venv" in line]
    assert commands == [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/cnnshape report examples/lenet5.yaml",
        "python3 -m venv .venv && .venv/bin/pip install -e '.[dev]' && .venv/bin/pytest -n auto",
    ]


def test_every_library_that_the_package_imports_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(row for rows in project["optional-dependencies"].values() for row in rows)]
    declared = {re.split(r"[<>=.~!]", row)[0] for row in wanted} | {"cnnshape"}
    imported = {name.split(".")[0] for path in MODULES for name, _ in imports(path)}
    assert imported - set(sys.stdlib_module_names) - declared - {"__future__"} == set()


def test_the_package_is_typed():
    assert (PACKAGE / "py.typed").is_file()
