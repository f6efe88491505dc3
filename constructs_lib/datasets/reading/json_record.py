"""A line decoded as one JSON object, or what is wrong with it and where."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import msgspec

from ...findings import Described
from ...request.json_errors import explained, same_everywhere
from ..dataset_findings import finding

if TYPE_CHECKING:
    from ...findings import Finding

_FIXES = (
    ("Illegal trailing comma", "remove the comma"),
    ("Extra data", "put every record on a line of its own"),
    ("Invalid control character", "escape it, as \\t or \\n"),
    ("Unterminated string", "close the string; the line may have been cut off"),
    ("Invalid \\", "double the backslash, or correct the escape"),
    ("Expecting ',' delimiter", "put a comma before it, or escape the quote that ended the text too early"),
    ("Expecting ':' delimiter", "put a colon between the name and its value"),
)
_BY_CHARACTER = {
    "'": "use double quotes",
    "N": "write null (JSON has no None or NaN)",
    "T": "write true",
    "F": "write false",
    "": "finish the record on this line: a record must not span lines",
}
_AROUND = 20
_DECODE = msgspec.json.Decoder().decode
_STRING_OR_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|(?P<constant>NaN|-?Infinity)')


class RecordError(Exception):
    """A line is not a JSON object; `finding` says why."""

    def __init__(self, why: Finding) -> None:
        super().__init__(why.rule)
        self.finding = why


class ConstantError(ValueError):
    """A value is NaN or infinite."""


def record_of(line: bytes) -> dict[str, Any]:
    """Decode a line.

    Raises:
        RecordError: it is not UTF-8, not JSON, or not an object.
    """
    try:
        value = _DECODE(line)
    except (ValueError, RecursionError):  # what is wrong, and where, is said by the standard library
        value = _decoded_slowly(line)
    if not isinstance(value, dict):
        fix = "write an object with the fields of the format"
        raise RecordError(finding("not-an-object", "", "must be one JSON object", value, fix, 1))
    return value


def _decoded_slowly(line: bytes) -> object:
    text = _text(line)
    try:
        value = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise RecordError(_syntax(text, error)) from None
    except RecursionError:
        why = finding("json", "", "must not be nested so deeply", Described("too many levels"), "flatten it")
        raise RecordError(why) from None
    except ConstantError as error:
        raise RecordError(_constant(text, str(error))) from None
    except ValueError:  # more digits than Python reads
        rule, fix = "must be JSON with numbers that can be read", "write a shorter number"
        raise RecordError(finding("json", "", rule, Described("a longer one"), fix)) from None
    if b"\\u" in line:
        _require_whole_characters(value)
    return value


def _text(line: bytes) -> str:
    if b"\0" in line:
        column = line.index(b"\0") + 1
        fix = "remove it; the file may be UTF-16, or damaged"
        raise RecordError(
            finding("encoding", "", "must not contain a NUL byte", Described("00"), fix, column)
        )
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        column = len(line[: error.start].decode(errors="replace")) + 1
        got = Described(line[error.start : error.start + 4].hex(" ").upper())
        fix = "save the file as UTF-8"
        raise RecordError(finding("encoding", "", "must be UTF-8", got, fix, column)) from None


def _refuse(name: str) -> None:
    raise ConstantError(name)


def _constant(text: str, name: str) -> Finding:
    """Return the finding about the first NaN or infinity outside strings."""
    found = next((match for match in _STRING_OR_CONSTANT.finditer(text) if match["constant"]), None)
    column = found.start() + 1 if found else None
    return finding("json", "", f"must be JSON, which has no {name}", name, "write a number, or null", column)


def _syntax(text: str, found: json.JSONDecodeError) -> Finding:
    error, problem = same_everywhere(found), explained(found, finds_opening=False)
    got = text[max(0, error.pos - _AROUND) : error.pos + _AROUND].strip()
    character = text[error.pos : error.pos + 1]
    fix = next((fix for start, fix in _FIXES if error.msg.startswith(start)), None)
    if fix is None or (not character and error.msg.startswith("Expecting")):
        fix = _BY_CHARACTER.get(character, "correct the JSON there")
    return finding("json", "", f"must be JSON: {problem.reason}", got, fix, error.pos + 1)


def _require_whole_characters(record: object) -> None:
    """Refuse half of a surrogate pair, which Python reads and UTF-8 cannot hold."""
    try:
        json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        got = f"\\u{ord(error.object[error.start]):04x}"
        rule, fix = (
            "must not contain half of a surrogate pair",
            "write the character itself, or both of its escapes",
        )
        raise RecordError(finding("encoding", "", rule, got, fix)) from None
