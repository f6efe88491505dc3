"""JSON job files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, NoReturn

from ...contract import join
from ...findings import Described
from ..hyper_parameters import with_exact_numbers
from .document import Document, UnreadableError, repeated

if TYPE_CHECKING:
    from ...findings import Finding
    from .document import Position

# Only used on a text that is valid JSON.
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]|[^\s\[\]{},:"]+')


def read_json(text: str, name: str) -> Document:
    """Read a JSON job file.

    Args:
        text: the file's text.
        name: the file's name.

    Raises:
        UnreadableError: the text is not JSON, or not an object.
    """
    try:
        found = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        rule = f"the job file must be JSON ({error.msg[:1].lower()}{error.msg[1:]})"
        raise UnreadableError(rule, at=(error.lineno, error.colno)) from None
    except (ValueError, RecursionError) as error:
        rule = "the job file must be JSON with finite numbers and few levels"
        raise UnreadableError(rule, got=Described(error)) from None
    if not isinstance(found, Mapping):
        got = Described(type(found).__name__)
        raise UnreadableError("the job file must contain an object", got=got, fix='write {"jobName": ...}')
    reader = _Reader()
    reader.read(text, name)
    request = _as_floats(with_exact_numbers(found))
    return Document(name=name, request=request, positions=reader.positions, findings=tuple(reader.findings))


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


@dataclass(slots=True)
class _Container:
    """An object or a list that is being read."""

    path: str
    is_object: bool
    index: int = 0
    keys: dict[str, Position] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    """Follows a JSON text piece by piece, because `json` returns no positions."""

    positions: dict[str, Position] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    around: list[_Container] = field(default_factory=list)
    path: str = ""
    is_key: bool = False

    def read(self, text: str, name: str) -> None:
        line, line_start, end = 1, 0, 0
        for found in _PIECE.finditer(text):
            start = found.start()
            if breaks := text.count("\n", end, start):
                line += breaks
                line_start = text.rindex("\n", end, start) + 1
            end = start
            self._take(found.group(), (line, start - line_start + 1), name)

    def _take(self, piece: str, at: Position, name: str) -> None:
        if piece in "}]":
            self.around.pop()
            self.is_key = False
        elif piece == ",":
            inside = self.around[-1]
            inside.index += 1
            self.is_key = inside.is_object
            self.path = f"{inside.path}[{inside.index}]"
        elif self.is_key:
            inside, key = self.around[-1], json.loads(piece)
            self.path = join(inside.path, key)
            if key in inside.keys:
                self.findings.append(repeated(self.path, inside.keys[key]).at(name, *at))
            inside.keys.setdefault(key, at)
            self.positions[self.path] = at
            self.is_key = False
        else:
            self.positions.setdefault(self.path, at)
            if piece in "{[":
                self.is_key = piece == "{"
                self.around.append(_Container(self.path, self.is_key))
                self.path += "" if self.is_key else "[0]"
