"""JSON job files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, NoReturn

from ...contract import join
from ...findings import Described
from ..hyper_parameters import with_exact_numbers
from ..json_errors import constant_at, explained
from .document import DEEPEST, JOB_FILE, Document, UnreadableError, position_of, repeated, too_deep

if TYPE_CHECKING:
    from ...findings import Finding
    from .document import Position

# Only used on a text that is valid JSON.
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]|[^\s\[\]{},:"]+')


def read_json(text: str, name: str, what: str = JOB_FILE) -> Document:
    """Read a JSON job file.

    Args:
        text: the file's text.
        name: the file's name.
        what: how an error names it. Default: `the job file`.

    Raises:
        UnreadableError: the text is not JSON, or not an object.
    """
    found = parse_json(text, what)
    if not isinstance(found.value, Mapping):
        got = Described(type(found.value).__name__)
        raise UnreadableError(f"{what} must contain an object", got=got, fix='write {"jobName": ...}')
    request = as_request(found.value)
    findings = tuple(one.at(name, one.line, one.column) for one in found.findings)
    return Document(name=name, request=request, positions=found.positions, findings=findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonValue:
    """A JSON text, read.

    Args:
        value: what it contains; numbers with a fraction or an exponent are exact decimals.
        positions: the position of each part by path ("": the whole).
        findings: the keys that are written twice.
    """

    value: object
    positions: Mapping[str, Position]
    findings: Sequence[Finding]


def parse_json(text: str, what: str) -> JsonValue:
    """Parse a JSON text with the position of every part.

    Args:
        text: the JSON text.
        what: how an error names it.

    Raises:
        UnreadableError: the text is not JSON.
    """
    try:
        found = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        problem = explained(error)
        rule = f"{what} must be JSON ({problem.reason})"
        raise UnreadableError(rule, fix=problem.fix, at=position_of(text, problem.index)) from None
    except _ConstantError as error:
        rule, at = f"{what} must be JSON with finite numbers", constant_at(text, error.constant)
        got = Described(error.constant)
        raise UnreadableError(rule, got=got, fix="write a number", at=position_of(text, at)) from None
    except (ValueError, RecursionError) as error:
        rule = f"{what} must be JSON with finite numbers and few levels"
        got = Described(
            "more levels" if isinstance(error, RecursionError) else "a number with too many digits"
        )
        raise UnreadableError(rule, got=got) from None
    reader = _Reader()
    reader.read(text, what)
    return JsonValue(value=found, positions=reader.positions, findings=reader.findings)


def as_request(found: Mapping[str, object]) -> dict[str, object]:
    """Return a request with exact texts for hyperparameters, and with floats for all other decimals.

    Args:
        found: a request whose numbers with a fraction or an exponent are decimals.
    """
    return _as_floats(with_exact_numbers(found))


class _ConstantError(ValueError):
    """The text has `NaN`, `Infinity` or `-Infinity`, which are no JSON."""

    def __init__(self, constant: str) -> None:
        super().__init__(constant)
        self.constant = constant


def _refuse_constant(constant: str) -> NoReturn:
    raise _ConstantError(constant)


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

    def read(self, text: str, what: str) -> None:
        line, line_start, end = 1, 0, 0
        for found in _PIECE.finditer(text):
            start = found.start()
            if breaks := text.count("\n", end, start):
                line += breaks
                line_start = text.rindex("\n", end, start) + 1
            end = start
            self._take(found.group(), (line, start - line_start + 1), what)

    def _take(self, piece: str, at: Position, what: str) -> None:
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
                self.findings.append(repeated(self.path, inside.keys[key]).at("", *at))
            inside.keys.setdefault(key, at)
            self.positions[self.path] = at
            self.is_key = False
        else:
            self.positions.setdefault(self.path, at)
            if piece in "{[":
                if len(self.around) > DEEPEST:
                    raise too_deep(what, at)
                self.is_key = piece == "{"
                self.around.append(_Container(self.path, self.is_key))
                self.path += "" if self.is_key else "[0]"
