"""`nets.py:UNet`, `package.module:attribute`: networks that Python code makes. It is run because the user names it."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import linecache
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cnnshape.errors import CnnshapeError, ReadError, UsageError

__all__ = ["Named", "listed", "made_by", "named", "which"]

_FORM = re.compile(r"(?P<module>[\w./\\~-]+|[A-Za-z]:[\w./\\~-]+):(?P<call>[A-Za-z_][\w.]*\s*(\(.*\))?)", re.DOTALL)
_LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Named:
    """What a text such as ``nets.py:UNet(widths=(8, 16))`` names.

    Parameters
    ----------
    text : as it was given
    module : a file of Python code, or the dotted name of a module
    attribute : the dotted name of the class, function or object
    args, kwargs : literals to call it with; None for no call
    """

    text: str
    module: str
    attribute: str
    args: tuple[Any, ...] | None
    kwargs: Mapping[str, Any]


def named(text: str) -> Named | None:
    """Return what a text names in Python code, or None if it has another form; nothing is imported.

    Raises
    ------
    UsageError
        CS003, arguments that are no literals.

    Examples
    --------
    >>> named("nets.py:UNet(3, up='nearest')").kwargs
    {'up': 'nearest'}
    >>> named("zoo:resnet50"), named("unet.yaml")
    (None, None)
    """
    found = _FORM.fullmatch(text)
    if found is None or found["module"] == "zoo" or len(text) > _LONGEST:
        return None
    try:
        tree: Any = ast.parse(found["call"].strip(), mode="eval").body
        if isinstance(tree, ast.Call):
            if any(word.arg is None for word in tree.keywords):
                raise ValueError
            args = tuple(ast.literal_eval(each) for each in tree.args)
            kwargs = {str(word.arg): ast.literal_eval(word.value) for word in tree.keywords}
            return Named(text, found["module"], ast.unparse(tree.func), args, kwargs)
        return Named(text, found["module"], ast.unparse(tree), None, {})
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise UsageError(
            f"{found['call']} is not called: its arguments are no literals",
            code="CS003",
            got=text,
            rule="an argument is a number, a text, True, False, None, or a tuple, list or dict of them",
            fix=f"write a function without arguments that makes the network, and name that: {found['module']}:make",
        ) from None


def made_by(wanted: Named) -> Any:
    """Import the code and return the object that is named, called if it is a class or a function.

    What the code prints goes to standard error.

    Raises
    ------
    ReadError
        CS101, a file or module that is not there.
    UsageError
        CS003, no such attribute, arguments that are missing, or an error of the code, with its line.
    """
    with _beside(wanted.module), redirect_stdout(sys.stderr):
        found = _imported(wanted)
        for part in wanted.attribute.split("."):
            if not hasattr(found, part):
                raise _no_attribute(wanted, found, part)
            found = getattr(found, part)
        if wanted.args is None and not (inspect.isclass(found) or inspect.isroutine(found)):
            return found
        args = wanted.args or ()
        _check_arguments(wanted, found, args)
        try:
            return found(*args, **wanted.kwargs)
        except CnnshapeError:
            raise
        except (Exception, SystemExit) as fault:
            raise _of_the_code(wanted, fault) from fault


def which(path: str) -> UsageError:
    """Return the error for a file of Python code of which no part is named; it is not run for it."""
    try:
        names = listed(path)
    except SyntaxError as fault:
        return _of_the_code(Named(path, path, "", None, {}), fault)
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return UsageError(
        f"{path} is Python code: which network of it?",
        code="CS003",
        got=path,
        rule=f"it has {shown}" if names else "it has no class and no function that needs no argument",
        fix=f"cnnshape report {path}:{names[0]}" if names else "write a function that makes the network, and name it",
    )


def listed(path: str) -> list[str]:
    """Return the names in a file of Python code that may be networks, from its text: it is not run.

    Raises
    ------
    SyntaxError
        It is no Python code.
    """
    try:
        tree = ast.parse(Path(path).read_text(encoding="utf-8"), path)
    except (OSError, ValueError, RecursionError, MemoryError):
        return []
    classes = [each for each in tree.body if isinstance(each, ast.ClassDef) and each.bases]
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef) and not _needs(each.args, 0)]
    kept = [each.name for each in classes] + [each.name for each in functions]
    return [name for name in kept if not name.startswith("_")]


def _needs(arguments: ast.arguments, bound: int) -> bool:
    return len(arguments.args) - bound > len(arguments.defaults) or None in arguments.kw_defaults


@contextmanager
def _beside(module: str) -> Iterator[None]:
    """Let the code import what stands beside it, as when Python runs it."""
    folder = str(Path(module).resolve().parent) if module.endswith(".py") else str(Path.cwd())
    before = list(sys.path)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path[:] = before


def _imported(wanted: Named) -> Any:
    try:
        if not wanted.module.endswith(".py"):
            return importlib.import_module(wanted.module)
        path = Path(wanted.module)
        if not path.is_file():
            raise ReadError(
                "there is no such file",
                code="CS101",
                place=wanted.module,
                got=wanted.module,
                rule="code is a file",
                fix="check the path",
            )
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None  # noqa: PT018  # of a file that ends with .py
        found = importlib.util.module_from_spec(spec)
        before = sys.modules.get(path.stem)
        sys.modules[path.stem] = found  # dataclasses and pickles look there
        try:
            spec.loader.exec_module(found)
        except BaseException:
            if before is None:
                del sys.modules[path.stem]
            else:
                sys.modules[path.stem] = before
            raise
        return found
    except CnnshapeError:
        raise
    except ModuleNotFoundError as fault:
        if fault.name and wanted.module.startswith(fault.name):
            raise ReadError(
                f"there is no module {fault.name!r}",
                code="CS101",
                got=wanted.module,
                rule="a module is looked for in the working folder and among the installed packages",
                fix="check the name, and that its package is installed",
            ) from None
        raise _of_the_code(wanted, fault) from fault
    except (Exception, SystemExit) as fault:
        raise _of_the_code(wanted, fault) from fault


def _no_attribute(wanted: Named, found: Any, part: str) -> UsageError:
    names = [name for name in vars(found) if not name.startswith("_")] if hasattr(found, "__dict__") else []
    near = get_close_matches(part, names, 1, 0.5)
    own = [name for name in names if getattr(getattr(found, name), "__module__", "") == getattr(found, "__name__", 0)]
    fix = f"did you mean {near[0]}?" if near else f"it has {', '.join(own[:8])}" if own else "check the name"
    return UsageError(
        f"{wanted.module} has no {part}",
        code="CS003",
        got=wanted.text,
        rule="the name behind the colon is in the code",
        fix=fix,
    )


def _check_arguments(wanted: Named, found: Any, args: tuple[Any, ...]) -> None:
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*args, **wanted.kwargs)
    except TypeError as fault:
        needed = [
            each.name
            for each in signature.parameters.values()
            if each.default is each.empty and each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
        ]
        shown = ", ".join(f"{name}=..." for name in needed) or "..."
        raise UsageError(
            f"{wanted.attribute} cannot be called so: {fault}",
            code="CS003",
            got=wanted.text,
            rule=f"it is {wanted.attribute}{signature}",
            fix=f"'{wanted.module}:{wanted.attribute}({shown})', with literals" if needed else "leave them out",
        ) from None


def _of_the_code(wanted: Named, fault: BaseException) -> UsageError:
    """Return the error for what the user's own code raised: the last of its lines that took part."""
    place, line = wanted.module, ""
    if isinstance(fault, SyntaxError) and fault.filename:
        place, line = f"{fault.filename}:{fault.lineno}", (fault.text or "").strip()
    else:
        frames = traceback.extract_tb(fault.__traceback__)
        own = [each for each in frames if _is_users(each.filename)]
        if own:
            place = f"{own[-1].filename}:{own[-1].lineno}"
            line = (own[-1].line or linecache.getline(own[-1].filename, own[-1].lineno or 0)).strip()
    said = " ".join(str(fault).split())[:300]
    extra = _extra_for(fault.name or "") if isinstance(fault, ModuleNotFoundError) else ""
    return UsageError(
        f"the code raised {type(fault).__name__}{': ' if said else ''}{said}",
        code="CS003",
        place=place,
        given=line,
        got=wanted.text,
        rule="the code that makes the network is run as it stands",
        fix=f"pip install '{extra}'" if extra else "make it run in Python first; --debug shows the whole traceback",
    )


def _extra_for(module: str) -> str:
    """Return what installs a module that one of our own extras brings, or ""."""
    package = module.partition(".")[0]
    return f"cnnshape[{package}]" if package in ("torch", "keras", "onnx") else ""


def _is_users(filename: str) -> bool:
    return not any(part in filename for part in ("site-packages", "<frozen", str(Path(__file__).parent))) and not (
        filename.startswith(str(Path(inspect.__file__).parent))
    )
