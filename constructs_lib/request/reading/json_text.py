"""JSON job files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NoReturn

from constructs_lib.contract import join
from constructs_lib.request.numbers import with_exact_numbers

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
    findings = tuple(repeated(path, line) for path, line in twice)
    return Document(name=name, request=_as_floats(with_exact_numbers(found)), lines=lines, findings=findings)


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
    reader, line, seen = _Lines(), 1, 0
    for found in _PIECE.finditer(text):
        line += text.count("\n", seen, found.start())
        seen = found.start()
        reader.take(found.group(), line)
    return reader.lines, reader.twice


@dataclass(slots=True)
class _Open:
    """An object or a list that is being read."""

    path: str
    is_object: bool
    index: int = 0
    names: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Lines:
    """Follows a JSON text from piece to piece."""

    lines: dict[str, int] = field(default_factory=dict)
    twice: list[tuple[str, int]] = field(default_factory=list)
    around: list[_Open] = field(default_factory=list)
    path: str = ""
    is_key: bool = False

    def take(self, piece: str, line: int) -> None:
        if piece in "}]":
            self.around.pop()
            self.is_key = False
        elif piece == ",":
            self._next(self.around[-1])
        elif self.is_key:
            self._key(self.around[-1], json.loads(piece), line)
        else:
            self.lines.setdefault(self.path, line)
            if piece in "{[":
                self._open(is_object=piece == "{")

    def _open(self, *, is_object: bool) -> None:
        self.around.append(_Open(self.path, is_object))
        self.is_key = is_object
        if not is_object:
            self.path += "[0]"

    def _next(self, inside: _Open) -> None:
        inside.index += 1
        self.is_key = inside.is_object
        self.path = f"{inside.path}[{inside.index}]"

    def _key(self, inside: _Open, name: str, line: int) -> None:
        self.path = join(inside.path, name)
        if name in inside.names:
            self.twice.append((self.path, line))
        inside.names.add(name)
        self.lines[self.path] = line
        self.is_key = False
