"""What is wrong with a line that is no JSON object, and where."""

from __future__ import annotations

import json
import re
from typing import Any

from .faults import Fault, Shown

_FIXES = (
    ("Extra data", "put every record on a line of its own"),
    ("Invalid control character", "escape it, as \\t or \\n"),
    ("Unterminated string", "close the string; the line may have been cut off"),
    ("Invalid \\", "double the backslash, or correct the escape"),
    ("Expecting ',' delimiter", "put a comma before it, or escape the quote that ended the text too early"),
    ("Expecting ':' delimiter", "put a colon between the name and its value"),
)
_BY_CHARACTER = {
    "'": "use double quotes",
    "}": "take out the comma before it",
    "]": "take out the comma before it",
    "N": "write null (JSON has no None or NaN)",
    "T": "write true",
    "F": "write false",
    "": "finish the record on this line: a record must not span lines",
}
_AROUND = 20
_STRING_OR_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|(?P<constant>NaN|-?Infinity)')


class RecordError(Exception):
    """A line holds no JSON object; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.what)
        self.fault = fault


class ConstantError(ValueError):
    """A value is NaN or infinite."""


def record_of(line: bytes) -> dict[str, Any]:
    """Decode a line.

    Raises:
        RecordError: It is no UTF-8, no JSON, or no object.
    """
    text = _text(line)
    try:
        value = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise RecordError(_syntax(text, error)) from None
    except RecursionError:
        fix = "flatten it"
        raise RecordError(
            Fault("json", "", "must not be nested so deep", Shown("too many levels"), fix)
        ) from None
    except ConstantError as error:
        raise RecordError(_constant(text, str(error))) from None
    except ValueError as error:
        fix = "write a number that can be read"
        raise RecordError(Fault("json", "", f"must be JSON: {error}", Shown("a number"), fix)) from None
    if not isinstance(value, dict):
        fix = "write an object with the fields of the format"
        raise RecordError(Fault("not-an-object", "", "must be one JSON object", value, fix, 1))
    if b"\\u" in line:
        _whole_characters(value)
    return value


def _text(line: bytes) -> str:
    if b"\0" in line:
        column = line.index(b"\0") + 1
        fix = "take it out; the file may be UTF-16, or damaged"
        raise RecordError(Fault("encoding", "", "must not hold a NUL byte", Shown("00"), fix, column))
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        column = len(line[: error.start].decode(errors="replace")) + 1
        got = Shown(line[error.start : error.start + 4].hex(" ").upper())
        fix = "save the file as UTF-8"
        raise RecordError(Fault("encoding", "", "must be UTF-8", got, fix, column)) from None


def _refuse(name: str) -> None:
    raise ConstantError(name)


def _constant(text: str, name: str) -> Fault:
    """Say where the first NaN or infinity stands, outside strings."""
    found = next((match for match in _STRING_OR_CONSTANT.finditer(text) if match["constant"]), None)
    column = found.start() + 1 if found else None
    return Fault("json", "", f"must be JSON, which has no {name}", name, "write a number, or null", column)


def _syntax(text: str, error: json.JSONDecodeError) -> Fault:
    got = text[max(0, error.pos - _AROUND) : error.pos + _AROUND].strip()
    return Fault("json", "", f"must be JSON: {_reason(error)}", got, _fix(text, error), error.pos + 1)


def _reason(error: json.JSONDecodeError) -> str:
    return error.msg[0].lower() + error.msg[1:].removesuffix(" at")


def _fix(text: str, error: json.JSONDecodeError) -> str:
    character = text[error.pos : error.pos + 1]
    for start, fix in _FIXES:
        if error.msg.startswith(start):
            return fix if character or not start.startswith("Expecting") else _BY_CHARACTER[""]
    return _BY_CHARACTER.get(character, "correct the JSON there")


def _whole_characters(record: dict[str, Any]) -> None:
    """Refuse half of a surrogate pair, which Python reads and UTF-8 cannot hold."""
    try:
        json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        got = f"\\u{ord(error.object[error.start]):04x}"
        what, fix = "must not hold half of a character", "write the character itself, or both of its escapes"
        raise RecordError(Fault("encoding", "", what, got, fix)) from None
