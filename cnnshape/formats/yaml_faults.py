"""What is wrong with a text that is no YAML, in the words of somebody who writes designs."""

from __future__ import annotations

import re
from typing import Any

from cnnshape.errors import ReadError

__all__ = ["eaten", "unclosed", "yaml_fault"]

_CLOSERS = {"{": "}", "[": "]"}


def eaten(text: str, start: int, place: str) -> ReadError:
    """Return the error for a formula that a comma in ``{...}`` or ``[...]`` takes apart, with the formula whole."""
    depth, end = 0, start
    while end < len(text) and text[end] != "\n" and end - start < 1000:
        depth += (text[end] == "(") - (text[end] == ")")
        end += 1
        if depth == 0 and text[end - 1] == ")":
            break
    formula = text[start:end].strip()
    if formula.startswith("("):
        inner = formula.strip("()")
        return ReadError(
            f"{formula} is no YAML list",
            code="CS107",
            place=place,
            rule="a list stands in square brackets",
            fix=f"write [{inner}]",
        )
    return ReadError(
        f"YAML takes this formula apart at its comma: {formula}",
        code="CS107",
        place=place,
        got=formula,
        rule="inside {...} and [...] a comma separates entries",
        fix=f'quote it: "{formula}"',
    )


def unclosed(text: str, place: str, last: int, flow: tuple[int, int] | None) -> ReadError:
    """Return the error for plain text that runs on over the next lines: a bracket or an indentation went wrong."""
    if flow is not None:
        line, column = flow
        return ReadError(
            f"this value runs on to line {last}: the bracket opened in line {line}, column {column} is still open",
            code="CS106",
            place=place,
            rule="inside brackets, a line without a comma continues the value before it",
            fix=f"close the bracket of line {line}, or put the comma that is missing",
        )
    dash = re.search(r"(^|\s)-([^\W\d]\S*)", text)
    if dash and text.startswith("-"):
        rule, fix = "a list entry starts with a dash and a space", f"write - {dash[2]}"
    else:
        rule = "a line that is indented deeper than the value before it continues that value"
        fix = "give entries of one list the same indentation, or quote the text"
    return ReadError(f"this value runs on to line {last}", code="CS106", place=place, rule=rule, fix=fix)


def yaml_fault(error: Any, text: str, name: str) -> ReadError:
    """Return our error for one of ruamel.yaml's."""
    mark = getattr(error, "problem_mark", None)
    position = getattr(error, "position", None)
    if mark is None and isinstance(position, int):
        return _control_character(text, position, name)
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    place = f"{name}:{line}:{column}"
    found = text[mark.index : mark.index + 1] if mark is not None else ""
    message, rule, fix = _explained(str(getattr(error, "problem", None) or error), error, found, text, mark)
    return ReadError(message, code="CS106", place=place, rule=rule, fix=fix)


def _control_character(text: str, position: int, name: str) -> ReadError:
    before = text[:position]
    line = before.count("\n") + 1
    return ReadError(
        f"the control character U+{ord(text[position]):04X}",
        code="CS104",
        place=f"{name}:{line}:{position - before.rfind(chr(10))}",
        rule="a design is text",
        fix="delete the character",
    )


def _explained(problem: str, error: Any, found: str, text: str, mark: Any) -> tuple[str, str, str]:
    """Return the fault, the rule and the fix for a scanner's or parser's complaint."""
    opened = getattr(error, "context_mark", None)
    context = str(getattr(error, "context", "") or "")
    if found == "\t":
        return "a tab", "YAML indents with spaces", "put spaces where the tab is"
    if "cannot start any token" in problem:
        rest = re.split(r"[,\]}\s]", text[mark.index :], maxsplit=1)[0]
        return f"no value can start with {found}", f"{found} has a meaning of its own in YAML", f'quote it: "{rest}"'
    if context.startswith("while parsing a flow") and opened is not None and "expected ','" in problem:
        bracket = text[opened.index : opened.index + 1]
        closer = _CLOSERS.get(bracket, "the bracket")
        where = f"line {opened.line + 1}, column {opened.column + 1}"
        if not found or opened.line != mark.line:
            return f"the {bracket} in {where} is not closed", "every bracket is closed", f"put the {closer}"
        return (
            f"a comma or {closer} is missing in the brackets that start in {where}",
            "entries in brackets are separated by commas",
            f"put a comma before {found!r}, or close the bracket",
        )
    if "unexpected end of stream" in problem and "quoted" in context and opened is not None:
        quote = text[opened.index : opened.index + 1]
        where = f"line {opened.line + 1}, column {opened.column + 1}"
        return f"the quote in {where} is not closed", "a quoted text ends with its quote", f"put the {quote}"
    if "mapping values are not allowed" in problem:
        return (
            "a second `key: value` where one value is expected",
            "a colon and a space start a value; a value that holds them itself is quoted",
            "quote the value, or put the key on a line of its own with the indentation of its neighbors",
        )
    if found in ("}", "]"):
        return f"a {found} that closes nothing", "every closing bracket has an opening one", f"delete the {found}"
    if found == ",":
        return "a comma with no entry before it", "entries in brackets are separated by one comma", "delete the comma"
    if "<block end>" in problem and "'?'" in problem:
        return (
            "a key where a list entry is expected",
            "the keys of one mapping have the same indentation, and so have the dashes of one list",
            "start the line with a dash, or move it to the indentation of the key it belongs beside",
        )
    if "<block end>" in problem:
        return (
            "something stands after the end of a value",
            "one value for each key; entries of a list have the same indentation",
            "quote the whole value, or move this to a line of its own",
        )
    if "could not find expected ':'" in problem:
        return "a key without a colon", "a key is followed by a colon and a space", "put the colon"
    return f"no YAML: {problem.splitlines()[0]}", context.splitlines()[0] if context else "a design is YAML 1.2", ""
