"""What is wrong with a YAML text: PyYAML names a token that it does not expect, often behind the mistake."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import yaml

from ...findings import NOT_SHOWN, printable
from ..characters import named
from .document import UnreadableError, position_of

if TYPE_CHECKING:
    from .document import Position

_OPENS = (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)
_CLOSES = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)
_DEEPEST = 100
_CLOSING = {"{": "}", "[": "]"}
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'", re.DOTALL)
_NO_SPACE = re.compile(r"\s*[\w.-]+:[^\s:]")
_RESERVED = "@`%&*!|>,]}"
_VALUE = "a text with ': ' or ' #' in it, or with *, &, ! or @ at its start, needs quotes"


def not_yaml(error: yaml.YAMLError, text: str, what: str) -> UnreadableError:
    """Return why a text is not YAML, where the mistake begins.

    Args:
        error: PyYAML's error, by either of its parsers.
        text: the text.
        what: how an error names it.
    """
    odd = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if odd and not isinstance(error, yaml.MarkedYAMLError):
        rule = f"{what} must be YAML, which has no control characters"
        at = position_of(text, odd.start())
        return UnreadableError(rule, got=odd.group(), fix="remove the character", at=at)
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return UnreadableError(f"{what} must be YAML (it cannot be read)")
    reason, fix, at = explained_yaml(error, text)
    return UnreadableError(f"{what} must be YAML ({reason})", got=NOT_SHOWN, fix=fix, at=at)


def explained_yaml(error: yaml.MarkedYAMLError, text: str) -> tuple[str, str, Position]:
    """Return what is wrong with a YAML text, what to do, and where the mistake begins.

    Args:
        error: PyYAML's error, by either of its parsers.
        text: the text.
    """
    return _Text(text, error).explained()


def stream_problem(error: yaml.YAMLError) -> tuple[str, int | None]:
    """Return why a stream of YAML, whose text is not kept, cannot be read, and the line where that begins.

    Args:
        error: PyYAML's error.
    """
    mark = getattr(error, "problem_mark", None)
    opened = getattr(error, "context_mark", None)
    context, problem = str(getattr(error, "context", "")), str(getattr(error, "problem", ""))
    if "quoted scalar" in context and "escape" not in problem and opened is not None:
        return "a quote that is opened in this line is not closed", opened.line + 1
    if "flow" in context and opened is not None:
        return "a bracket that is opened in this line is not closed, or a comma is missing", opened.line + 1
    line = mark.line + 1 if mark else None
    if r"'\t'" in problem or "tab" in problem:
        return "this line is indented with a tab", line
    return "it cannot be read from here on", line


class _Text:
    """A text that PyYAML cannot read.

    Args:
        text: the text.
        error: PyYAML's error.
    """

    def __init__(self, text: str, error: yaml.MarkedYAMLError) -> None:
        self.text, self.error = text, error
        self.lines = text.splitlines()
        self.at = _position(error.problem_mark)
        self.context = error.context or ""

    def explained(self) -> tuple[str, str, Position]:
        """Return what is wrong, what to do, and where."""
        for look in (self._tab, self._quote, self._bracket, self._escape, self._start, self._line):
            if found := look():
                return found
        return "it cannot be read from here on", f"correct it; {_VALUE}", self.at

    def _of(self, number: int) -> str:
        """Return a line by its number, from 1."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def _before(self) -> int:
        """Return the number of the nearest line before the error that is not empty."""
        number = self.at[0] - 1
        while number > 0 and not self._of(number).strip():
            number -= 1
        return number

    def _tab(self) -> tuple[str, str, Position] | None:
        for number in (self.at[0], self._before()):
            line = self._of(number)
            indent = line[: len(line) - len(line.lstrip())]
            if "\t" in indent:
                reason = f"line {number} is indented with a tab"
                return reason, "indent it with spaces", (number, indent.index("\t") + 1)
        return None

    def _quote(self) -> tuple[str, str, Position] | None:
        """Return the quote that is not closed, or that another one closes: in a later line, or too early."""
        if "quoted scalar" in self.context:
            is_escape = "escape" in (self.error.problem or "")
            return None if is_escape else self._open_quote(_position(self.error.context_mark))
        quoted = self._quoted_before()
        if quoted is None or self.at[0] - 1 > quoted.end_mark.line + 1:
            return None
        begin, end = _position(quoted.start_mark), _position(quoted.end_mark)
        if begin[0] < end[0]:
            return self._open_quote(begin)
        if end[0] != self.at[0]:
            return None
        fix = "put the whole text in quotes; in '...' an apostrophe is written ''"
        return f"a text goes on after its closing {quoted.style}", fix, end

    def _open_quote(self, at: Position) -> tuple[str, str, Position]:
        quote = self._of(at[0])[at[1] - 1 : at[1]]
        return f"the {quote} that is opened here is not closed", f"add {quote} where the text ends", at

    def _quoted_before(self) -> yaml.ScalarToken | None:
        """Return the last text before the error, if it is in quotes."""
        last, depth = None, 0
        with suppress(yaml.YAMLError):
            for token in yaml.scan(self.text, Loader=yaml.SafeLoader):
                if isinstance(token, yaml.ScalarToken):
                    if _position(token.start_mark) >= self.at:
                        break
                    last = token
                depth += isinstance(token, _OPENS) - isinstance(token, _CLOSES)
                if depth > _DEEPEST:  # each level costs PyYAML time at every further token
                    return None
        return last if last is not None and last.style in ("'", '"') else None

    def _bracket(self) -> tuple[str, str, Position] | None:
        if "flow" not in self.context or self.error.context_mark is None:
            return None
        opened = _position(self.error.context_mark)
        bracket = self._of(opened[0])[opened[1] - 1 : opened[1]]
        closing = _CLOSING.get(bracket)
        if closing is None:
            return None
        if self._is_closed(opened, bracket, closing):
            return "a comma is missing before this", f"write a comma between the values; {_VALUE}", self.at
        return f"the {bracket} that is opened here is not closed", f"add {closing} where it ends", opened

    def _is_closed(self, opened: Position, bracket: str, closing: str) -> bool:
        start = sum(len(line) + 1 for line in self.text.split("\n")[: opened[0] - 1]) + opened[1] - 1
        depth = 0
        for char in _QUOTED.sub("", self.text[start:]):
            depth += (char == bracket) - (char == closing)
            if depth == 0:
                return True
        return False

    def _escape(self) -> tuple[str, str, Position] | None:
        if "escape" not in (self.error.problem or ""):
            return None
        rest = self._of(self.at[0])[self.at[1] - 1 :].removeprefix("\\")  # the mark is one of the two
        reason = f"\\{printable(rest[:1])} is no escape in double quotes"
        return reason, r"write the text in single quotes, or \\ for a backslash", self.at

    def _start(self) -> tuple[str, str, Position] | None:
        char = self._of(self.at[0])[self.at[1] - 1 : self.at[1]]
        if "cannot start" in (self.error.problem or "") and char in _RESERVED:
            return f"a text cannot start with {char}", "put it in quotes", self.at
        if char and not char.isprintable():
            return f"the character {named(char)} is here", "remove it", self.at
        return None

    def _line(self) -> tuple[str, str, Position] | None:
        """Return what is wrong with the indentation, or with the colon of this line or the one before it."""
        line, number = self._of(self.at[0]), self._before()
        before = self._of(number)
        for at, one in ((number, before), (self.at[0], line)):
            if _NO_SPACE.match(one) and "://" not in one and ": " not in one:
                return (
                    f"line {at} has no space after its colon",
                    "write a space after it",
                    (at, one.index(":") + 1),
                )
        if line.count(": ") > 1 or (": " in line and line.rstrip().endswith(":")):
            return "a text with ': ' in it has no quotes", 'put it in quotes: name: "a: b"', self.at
        for at, one in ((number, before), (self.at[0], line)):
            if one.strip() and ":" not in one and not one.lstrip().startswith(("-", "#", "]", "}")):
                return f"line {at} has no colon", "write name: value", (at, _indent(one) + 1)
        if number and _indent(line) != _indent(before):
            reason = f"line {self.at[0]} is not indented as the lines that it belongs to"
            return reason, "indent the names of one mapping alike", (self.at[0], _indent(line) + 1)
        return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _position(mark: yaml.Mark | None) -> Position:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
