"""What is wrong with a JSON text: Python's decoder names what it expects, and not where a quote opens."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ..findings import printable
from .characters import named

_KINDS = {"}": "object", "]": "array"}
_CLOSING = {"{": "}", "[": "]"}
_PIECE = re.compile(r'"(?:[^"\\\n]|\\.)*"?|[\[\]{}]|[^\s\[\]{}",:]+|[,:]')
_LITERAL = re.compile(r"[A-Za-z_$][\w$]*")
_PYTHON = {"True": "true", "False": "false", "None": "null", "NaN": "null", "Infinity": "a number"}
_TYPOGRAPHIC = ("\u201c", "\u201d", "\u201e", "\u201f", "\u00ab", "\u00bb", "\u2018", "\u2019")
_MOST_READ_AGAIN = 1 << 20
"""Characters that are read again to find where a bracket opens: a fraction of a second."""
_START = 'write {"jobName": ...}'
_BY_MESSAGE = {
    "Illegal trailing comma": ("no comma may follow the last value", "remove the comma"),
    "Extra data": ("something follows the end", "remove it, or write one file for each value"),
    "Expecting property name": ("the name of a member must be in double quotes", 'write "name": value'),
    "Expecting ':'": ("a colon is missing here", "write a colon between name and value"),
    "Expecting ','": ("a comma is missing here", "write a comma between the values"),
    "Expecting value": ("a value is missing here", "write it, or remove the name or comma before it"),
}
"""What is wrong and what to do, by the beginning of the decoder's message."""


def same_everywhere(error: json.JSONDecodeError) -> json.JSONDecodeError:
    """Return an error as Python 3.13 reports it: older versions name what they expect after a trailing comma.

    Args:
        error: the error of this Python.
    """
    kind = _KINDS.get(error.doc[error.pos : error.pos + 1])
    before = error.doc[: error.pos].rstrip(" \t\r\n")
    if kind is None or not error.msg.startswith("Expecting") or not before.endswith(","):
        return error
    return json.JSONDecodeError(f"Illegal trailing comma before end of {kind}", error.doc, len(before) - 1)


@dataclass(frozen=True, slots=True)
class JsonProblem:
    """Why a text is not JSON.

    Args:
        reason: what is wrong.
        fix: what to do.
        index: the number of characters before it; of a quote or bracket that is not closed, where it opens.
    """

    reason: str
    fix: str
    index: int


def explained(error: json.JSONDecodeError, *, finds_opening: bool = True) -> JsonProblem:
    """Return why a text is not JSON.

    Args:
        error: the error of this Python.
        finds_opening: whether a bracket that is not closed is named where it opens, not where the text ends.
            Default: yes.
    """
    error = same_everywhere(error)
    text, at = error.doc, error.pos
    if error.msg.startswith("Unterminated string"):
        return _open_quote(at)
    opened, last = _before(text, at) if finds_opening and at < _MOST_READ_AGAIN else ([], None)
    return _unclosed(error, opened, last) or _in_string(error, text, at) or _by_message(error, text, at)


def constant_at(text: str, constant: str) -> int:
    """Return where `NaN`, `Infinity` or `-Infinity` is written first outside of strings.

    Args:
        text: the JSON text.
        constant: one of the three.
    """
    return next((one.start() for one in _PIECE.finditer(text) if one.group() == constant), 0)


def _before(text: str, end: int) -> tuple[list[int], re.Match[str] | None]:
    """Return where the brackets before a place open that are not closed, and the last piece before it."""
    opened: list[int] = []
    last = None
    for piece in _PIECE.finditer(text, 0, end):
        last = piece
        if piece.group() in _CLOSING:
            opened.append(piece.start())
        elif piece.group() in _KINDS and opened:
            opened.pop()
    return opened, last


def _unclosed(
    error: json.JSONDecodeError, opened: list[int], last: re.Match[str] | None
) -> JsonProblem | None:
    text, at = error.doc, error.pos
    char = text[at : at + 1]
    if error.msg.startswith("Invalid control character") and char in "\r\n" and last is not None:
        return _open_quote(last.start())
    if last is not None and last.end() == at and last.group().startswith('"') and _LITERAL.match(char):
        return _open_quote(last.start())  # the quote that closes it opens another text
    if opened and (not text[at:].strip() or (char in _KINDS and _CLOSING[text[opened[-1]]] != char)):
        bracket = text[opened[-1]]
        before = f" before the {char}" if char in _KINDS else ""
        reason = f"the {bracket} that is opened here is not closed{before}"
        return JsonProblem(reason, f"add {_CLOSING[bracket]} where it ends", opened[-1])
    return None


def _open_quote(index: int) -> JsonProblem:
    return JsonProblem(
        'the " that is opened here is not closed', 'add " where the text ends, on its line', index
    )


def _in_string(error: json.JSONDecodeError, text: str, at: int) -> JsonProblem | None:
    if error.msg.startswith("Invalid control character"):
        written = json.dumps(text[at])[1:-1]
        return JsonProblem(f"the character {named(text[at])} is in a text", f"write {written}", at)
    if "escape" in error.msg:
        fix = r"write \\ for a backslash; \n, \t, \" and \u with four hexadecimal digits are escapes"
        return JsonProblem(f"{printable(text[at : at + 2])} is no escape", fix, at)
    return None


def _by_character(error: json.JSONDecodeError, char: str, at: int, *, is_word: bool) -> JsonProblem | None:
    """Return what is wrong with a character that begins nothing; None where it is not that."""
    fix = 'write it in double quotes: "..."'
    if char == "'":
        return JsonProblem("a text is in single quotes", fix, at)
    if char in _TYPOGRAPHIC:
        return JsonProblem("a text is in typographic quotes", fix, at)
    if error.msg.startswith("Expecting value") and char not in ("", *",:]}") and not is_word:
        fix = "write a text in double quotes; a number begins with a digit or -"
        return JsonProblem(f"no value begins with {printable(char)}", fix, at)
    return None


def _by_message(error: json.JSONDecodeError, text: str, at: int) -> JsonProblem:
    """Return what is wrong by what the decoder expected, and by what is written there."""
    char = text[at : at + 1]
    word = _LITERAL.match(text, at)
    if not text.strip():
        return JsonProblem("it is empty", _START, at)
    if by_character := _by_character(error, char, at, is_word=word is not None):
        return by_character
    if error.msg.startswith("Expecting value") and not text[:at].strip() and word:
        fix = f"{_START}; YAML is read from a file that ends in .yaml"
        return JsonProblem("it starts with neither { nor [", fix, at)
    if error.msg.startswith("Expecting value") and word:
        known = _PYTHON.get(word.group())
        fix = f"write {known}" if known else "write it in double quotes"
        return JsonProblem(f"{printable(word.group()[:40])} is no value", fix, at)
    reason, fix = next(
        (found for start, found in _BY_MESSAGE.items() if error.msg.startswith(start)),
        ("it cannot be read from here on", "correct it"),
    )
    return JsonProblem(reason, fix, at)
