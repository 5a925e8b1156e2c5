"""What is wrong with a text that is no YAML, in the words of somebody who writes designs."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Any, TypeAlias

from cnnshape.errors import ReadError
from cnnshape.formats.design.habits import called
from cnnshape.formats.design.spellings import field_names
from cnnshape.layers import catalog

__all__ = ["eaten", "unclosed", "yaml_fault"]

Words: TypeAlias = tuple[str, str, str]
"""The fault, the rule and the fix."""

_CLOSERS = {"{": "}", "[": "]"}
_WORD_BEFORE = re.compile(r"([A-Za-z_]\w*) *$")
_HALF_A_PAIR = re.compile(r" *(?:- +)?([A-Za-z_]\w*)( +[^\s:]+)? *$")
_A_PAIR = re.compile(r" *\w+:( |$)")
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
    if python := called(formula):
        return ReadError(
            f"a call of Python: {formula}",
            code="CS107",
            place=place,
            got=formula,
            rule="a design holds no code: a layer is its name, a colon and its arguments by name",
            fix=", ".join(f"{{{entry}}}" if ":" in entry and entry[0] != "{" else entry for entry in python),
        )
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


def unclosed(source: str, start: int, value: str, name: str, last: int, flow: tuple[int, int] | None) -> ReadError:
    """Return the error for plain text that runs on over the next lines: a bracket or an indentation went wrong.

    Parameters
    ----------
    source, start : the file, and where the text starts in it
    value : what YAML takes for the text
    name : the file's
    last : line in which it ends
    flow : line and column of the bracket around it, or None
    """
    before = source[:start]
    line, column = before.count("\n") + 1, start - before.rfind("\n")
    message, rule, fix = f"this value runs on to line {last}", "", ""
    dash = re.search(r"(^|\s)-([^\W\d]\S*)", value)
    lines = source[before.rfind("\n") + 1 :].split("\n", last - line + 1)[: last - line + 1]
    deeper = next((i for i, row in enumerate(lines) if i and re.match(r"\s*- ", row)), 0)
    if flow is not None:
        message += f": the bracket opened in line {flow[0]}, column {flow[1]} is still open"
        rule = "inside brackets, a line without a comma continues the value before it"
        fix = f"close the bracket of line {flow[0]}, or put the comma that is missing"
    elif column == 1 and (no_colon := _no_colon(lines[0])):
        _, (message, rule, fix) = no_colon
    elif deeper and (found := re.match(r"\s*- ", lines[0])):
        line, column = line + deeper, lines[deeper].index("-") + 1
        message, rule, fix = _out_of_line(lines[0].index("-") + 1)
    elif len(lines) > 1 and (found := _HALF_A_PAIR.match(lines[0])) and _A_PAIR.match(lines[-1]):
        message, rule = f"a colon is missing after {found[1]}", "a key is followed by a colon and a space"
        fix = f"{found[1]}:{found[2] or ''}"
    elif dash and value.startswith("-"):
        rule, fix = "a list entry starts with a dash and a space", f"write - {dash[2]}"
    elif "=" in value.split()[0]:
        key, _, rest = value.split()[0].partition("=")
        message, rule, fix = (
            f"{key}= without a colon",
            "a colon and a space join a name and its value",
            f"{key}: {rest}",
        )
    else:
        rule = "a line that is indented deeper than the value before it continues that value"
        fix = "give entries of one list the same indentation, or quote the text"
    return ReadError(message, code="CS106", place=f"{name}:{line}:{column}", rule=rule, fix=fix)


def _out_of_line(column: int) -> Words:
    """Return the words for a dash that does not stand in the column of its list."""
    rule = "the dashes of one list stand in one column; a list inside starts after a colon"
    return "this dash is out of line with those of its list", rule, f"move it to column {column}"


def _no_colon(line: str) -> tuple[int, Words] | None:
    """Return the column and the words for a line like ``conv {out_channels: 8}`` or ``layers``."""
    found = re.match(r"(\s*(?:- +)?)([\w.]+)(?: +([\[{].*)| *)$", line)
    if not found:
        return None
    fix = f"{found[2]}: {found[3]}" if found[3] else f"{found[2]}:"
    return found.end(1) + 1, (f"a colon is missing after {found[2]}", "a key is followed by a colon and a space", fix)


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
    if opened is not None and "could not find expected ':'" in problem:
        mark = opened
    column = mark.column + 1
    no_colon = _no_colon(_line(text, mark)) if "':'" in problem or "mapping values" in problem else None
    inside = _WORD_BEFORE.search(text[max(mark.index - _LONGEST_LINE, 0) : mark.index])
    if opened is not None and (found := _never_closed(problem, context, opened, mark, text)):
        mark, (message, rule, fix) = opened, found
        column = mark.column + 1
    elif no_colon:
        column, (message, rule, fix) = no_colon
        above = _above(text, mark)
        if fix.endswith(":") and above.startswith("- ", column - 1):
            message, rule = f"a dash is missing before {fix[:-1]}", "every entry of a list starts with a dash"
            fix = f"- {fix[:-1]}"
    elif (
        "expected ','" in problem
        and text[mark.index : mark.index + 1] in _CLOSERS
        and inside
        and _takes_arguments(inside[1])
    ):
        column -= len(inside[0])
        message, rule, fix = _no_colon_inside(inside[1], _line(text, mark)[mark.column :])
    else:
        message, rule, fix = _explained(problem, context, text, mark)
    if tight := "mapping values" in problem and _TIGHT.search(_line(text, mark)):
        column = tight.start() + 1
    return ReadError(message, code="CS106", place=f"{name}:{mark.line + 1}:{column}", rule=rule, fix=fix)


def _takes_arguments(word: str) -> bool:
    found = catalog.lookup(word)
    return found is not None and bool(field_names(found[0].layer))


def _no_colon_inside(word: str, rest: str) -> Words:
    """Return the words for ``{conv {out_channels: 8}}``."""
    depths = accumulate((character in "[{") - (character in "]}") for character in rest)
    end = next((i for i, depth in enumerate(depths, 1) if depth == 0), len(rest))
    return f"a colon is missing after {word}", "a key is followed by a colon and a space", f"{word}: {rest[:end]}"


def _line(text: str, mark: Any) -> str:
    """Return the line of a mark; of one longer than anybody writes, what stands before 1000 characters."""
    start = text.rfind("\n", 0, mark.index) + 1
    return text[start : start + _LONGEST_LINE].partition("\n")[0].rstrip()


_LONGEST_LINE = 1_000  # looking for the fault in a line takes the square of its length


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
    if found == "-" and (column := _column_of_list(text, mark)):
        return _out_of_line(column)
    if _A_PAIR.match(_line(text, mark)) and (beside := re.match(r" *(?:- +)?(?=\w+:)", _above(text, mark))):
        return (
            f"this key stands in column {mark.column + 1}, the one before it in column {beside.end() + 1}",
            "the keys of one mapping stand in one column",
            f"move it to column {beside.end() + 1}",
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


def _column_of_list(text: str, mark: Any) -> int:
    """Return the column of the list before a dash, that of one left of it if there is one, or 0."""
    before = text[max(mark.index - 10 * _LONGEST_LINE, 0) : mark.index].split("\n")[-2::-1]
    columns = [row.index("-") + 1 for row in before if re.match(r" *- ", row)]
    return next((column for column in columns if column <= mark.column), 0) or (columns[0] if columns else 0)


def _above(text: str, mark: Any) -> str:
    """Return the line above that of a mark that is not blank, or ""."""
    before = text[max(mark.index - 10 * _LONGEST_LINE, 0) : mark.index].split("\n")[-2::-1]
    return next((row for row in before if row.strip()), "")


def _two_colons(line: str) -> Words:
    """Return the words for a line like ``- conv: out_channels: 8``."""
    if tight := _TIGHT.search(line):
        return "a colon without a space", "a colon is followed by a space", f"{tight[1]}: {tight[2]}"
    rule = "a key has one value; several keys and values stand in braces, or on lines indented deeper"
    twice = re.match(r"\s*(?:- )?([\w-]+): ([\w-]+: .*)", line)
    fix = f"{twice[1]}: {{{twice[2]}}}" if twice else "put each key on a line of its own"
    return "a second key: value where one value is expected", rule, fix
