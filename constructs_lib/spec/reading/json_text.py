"""JSON job files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import NoReturn

from constructs_lib.spec.numerals import with_exact_numbers

from .document import Document, repeated, unreadable

# Only ever used on a text that is known to be JSON.
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]|[^\s\[\]{},:"]+')


def read_json(text: str, name: str) -> Document:
    """Read a JSON job file.

    Args:
        text: The file's text.
        name: The file's name, for what is wrong with it.
    """
    try:
        found = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        rule = f"must be JSON ({error.msg[:1].lower()}{error.msg[1:]})"
        return unreadable(name, rule, where, "correct it there", line=error.lineno)
    except (ValueError, RecursionError) as error:
        return unreadable(name, "must be JSON of finite numbers, not nested deeply", str(error), "correct it")
    if not isinstance(found, Mapping):
        return unreadable(name, "must hold an object", type(found).__name__, 'write {"jobName": ...}')
    lines, twice = lines_of(text)
    problems = tuple(repeated(path, line) for path, line in twice)
    return Document(name=name, request=_as_floats(with_exact_numbers(found)), lines=lines, problems=problems)


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number in JSON")


def _as_floats(value: object) -> dict[str, object]:
    return {key: _as_float(item) for key, item in value.items()} if isinstance(value, Mapping) else {}


def _as_float(value: object) -> object:
    if isinstance(value, list):
        return [_as_float(item) for item in value]
    if isinstance(value, Mapping):
        return _as_floats(value)
    return float(value) if isinstance(value, Decimal) else value


def lines_of(text: str) -> tuple[dict[str, int], list[tuple[str, int]]]:
    """Give the line of each part of a JSON text, and the keys that stand twice in one object.

    Args:
        text: Valid JSON.
    """
    lines: dict[str, int] = {}
    twice: list[tuple[str, int]] = []
    around: list[tuple[str, int | None]] = []  # the path of each open bracket; a list's next index
    path, line, seen, is_key = "", 1, 0, False
    for found in _PIECE.finditer(text):
        piece = found.group()
        line += text.count("\n", seen, found.start())
        seen = found.start()
        if piece in ("}", "]"):
            around.pop()
            is_key = False
        elif piece == ",":
            outer, index = around[-1]
            is_key = index is None
            if index is not None:
                around[-1] = (outer, index + 1)
                path = f"{outer}[{index + 1}]"
        elif is_key:
            outer = around[-1][0]
            path = f"{outer}.{json.loads(piece)}" if outer else json.loads(piece)
            if path in lines:
                twice.append((path, line))
            lines[path] = line
            is_key = False
        else:
            lines.setdefault(path, line)
            if piece == "{":
                around.append((path, None))
                is_key = True
            elif piece == "[":
                around.append((path, 0))
                path = f"{path}[0]"
    return lines, twice
