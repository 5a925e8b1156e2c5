"""What is wrong with a text that is no YAML, in the words of somebody who writes designs."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from cnnshape.errors import ReadError

__all__ = ["eaten", "unclosed", "yaml_fault"]

_CLOSERS = {"{": "}", "[": "]"}
_TIGHT = re.compile(r"([\w-]+):([\[{].*)")


def eaten(text: str, start: int, place: str) -> ReadError:
    """Return the error for a formula that a comma in ``{...}`` or ``[...]`` takes apart, with the formula whole."""
    depth, end = 0, start
    while end < len(text) and text[end] != "\n" and end - start < 1000:
        depth += (text[end] == "(") - (text[end] == ")")
        end += 1
        if depth == 0 and text[end - 1] == ")":
            break
    else:
        piece = re.split(r"[,\]}\n]", text[start:end], maxsplit=1)[0]
        return ReadError(
            f"a parenthesis is not closed: {piece}",
            code="CS107",
            place=place,
            rule="a formula closes every parenthesis; a name that holds one is quoted",
            fix=f'put the ), or quote it: "{piece}"',
        )
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
    problem = str(getattr(error, "problem", None) or error)
    context = str(getattr(error, "context", "") or "")
    opened = getattr(error, "context_mark", None)
    if mark is None:
        return ReadError(f"no YAML: {problem}", code="CS106", place=name, rule="a design is YAML 1.2")
    if opened is not None and (found := _never_closed(problem, context, opened, mark, text)):
        mark, (message, rule, fix) = opened, found
    else:
        message, rule, fix = _explained(problem, context, text, mark)
    column = mark.column + 1
    if tight := "mapping values" in problem and _TIGHT.search(_line(text, mark)):
        column = tight.start() + 1
    return ReadError(message, code="CS106", place=f"{name}:{mark.line + 1}:{column}", rule=rule, fix=fix)


def _line(text: str, mark: Any) -> str:
    """Return the line of a mark; of one longer than anybody writes, what stands before 1000 characters."""
    start = text.rfind("\n", 0, mark.index) + 1
    return text[start : start + _LONGEST_LINE].partition("\n")[0].rstrip()


_LONGEST_LINE = 1_000  # looking for the fault in a line takes the square of its length

Words: TypeAlias = tuple[str, str, str]
"""The fault, the rule and the fix."""


def _never_closed(problem: str, context: str, opened: Any, mark: Any, text: str) -> Words | None:
    """Return the words for a bracket or quote without its end, which belong to where it starts."""
    first, found = text[opened.index : opened.index + 1], text[mark.index : mark.index + 1]
    if "expected ','" in problem and (not found or (opened.line != mark.line and found != ":")):
        closer = _CLOSERS.get(first, "the bracket")
        return f"this {first} is not closed", "every bracket is closed", f"put the {closer} where the value ends"
    if "unexpected end of stream" in problem and "quoted" in context:
        return (
            f"this {first} is not closed",
            "a quoted text ends with its quote",
            f"put the {first} where the text ends",
        )
    return None


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


def _explained(problem: str, context: str, text: str, mark: Any) -> Words:
    """Return the words for a scanner's or parser's complaint."""
    found = text[mark.index : mark.index + 1]
    if found == "\t":
        return "a tab", "YAML indents with spaces", "put spaces where the tab is"
    if "cannot start any token" in problem:
        rule = f"{found} has a meaning of its own in YAML; formulas start with a number, a name or a parenthesis"
        return f"no value can start with {found}", rule, f"delete the {found}, or quote the value if it is a name"
    if "mapping values are not allowed" in problem:
        return _two_colons(_line(text, mark))
    if "expected ','" in problem:
        before = re.search(r"[^\s,\[{]+$", text[max(mark.index - _LONGEST_LINE, 0) : mark.index])
        where = f"before {before[0]}" if found == ":" and before else f"before {found}"
        return "a comma is missing", "entries in brackets are separated by commas", f"put a comma {where}"
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
    if "<block end>" in problem or "<document start>" in problem:
        return (
            "something stands after the end of a value",
            "one value for each key; entries of a list have the same indentation",
            "delete it, or move it to a line of its own",
        )
    if "could not find expected ':'" in problem:
        return "a key without a colon", "a key is followed by a colon and a space", "put the colon"
    return f"no YAML: {problem.splitlines()[0]}", context or "a design is YAML 1.2", "compare it with an example"


def _two_colons(line: str) -> Words:
    """Return the words for a line like ``- conv: out_channels: 8``."""
    if tight := _TIGHT.search(line):
        return "a colon without a space", "a colon is followed by a space", f"{tight[1]}: {tight[2]}"
    rule = "a key has one value; several keys and values stand in braces, or on lines indented deeper"
    twice = re.match(r"\s*(?:- )?([\w-]+): ([\w-]+: .*)", line)
    fix = f"{twice[1]}: {{{twice[2]}}}" if twice else "put each key on a line of its own"
    return "a second key: value where one value is expected", rule, fix
