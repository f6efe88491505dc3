"""Splits a pasted command into words as a POSIX shell does, and evaluates nothing of it.

What a shell would replace, such as `$NAME` or `$(...)`, stays in the word as it is written and is listed with
its position, because its value is known only where the command is run.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OPERATOR = re.compile(r"\n|\|\||\|&|&&|&>>|&>|;;|<<<|<<-|<<|>>|>&|<&|>\||<>|[|&;()<>]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?!$-]")
_ANSI_C = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|(.))", re.DOTALL
)
_ANSI_C_CHARS = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
} | {"v": "\v"}
_REST_OF_LINE = re.compile(r"([ \t]*)(\n|\Z)")
_PROMPT = re.compile(r"[ \t]*> +")
_QUOTED_ANSI_C = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_SEQUENCE = re.compile(r"(-?[0-9]+\.\.-?[0-9]+|[A-Za-z]\.\.[A-Za-z])(\.\.-?[0-9]+)?")
_TYPOGRAPHIC = "\u2018\u2019\u201c\u201d\u00a0"
"""Quotation marks and spaces that web pages and word processors put in place of a shell's."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command, without its quotes.

    Args:
        text: the word.
        starts: for each of its characters, the number of characters before it in the command.
        at: the number of characters before the word.
        unknown: what a shell would replace: the part as it is written, and the characters before it.
    """

    text: str
    starts: Sequence[int]
    at: int
    unknown: tuple[tuple[str, int], ...] = ()

    def index(self, number: int) -> int:
        """Return where in the command a character of the word is.

        Args:
            number: the number of characters before it in the word; at its end, that of its last character.
        """
        return self.starts[min(number, len(self.starts) - 1)] if self.starts else self.at

    def after(self, number: int) -> Word:
        """Return the end of the word, after a number of characters."""
        at = self.index(number)
        return Word(self.text[number:], self.starts[number:], at, self.unknown)


@dataclass(frozen=True, slots=True)
class Operator:
    """What ends a command, or redirects its input or output: `|`, `&&`, `>`; a newline is one too."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What a shell would read in another way than its author meant.

    Args:
        rule: what must be true.
        fix: what to do.
        at: the number of characters before it.
        is_end: whether nothing after it can be read.
    """

    rule: str
    fix: str
    at: int
    is_end: bool = False


Token: TypeAlias = Word | Operator | Problem


def split(text: str) -> Iterator[Token]:
    r"""Yield the words and operators of a command in their order, and what is wrong with it.

    Quotes, backslashes, comments, `$'...'` and lines that are continued with a backslash are read as in bash.
    Lines that are continued as in PowerShell or in cmd.exe are read too, and reported.

    Args:
        text: the command; its lines end in `\n`.
    """
    return _Splitter(text).tokens()


@dataclass(slots=True)
class _Splitter:
    text: str
    index: int = 0
    chars: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    start: int | None = None
    unknown: list[tuple[str, int]] = field(default_factory=list)
    braces: list[tuple[int, bool]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def tokens(self) -> Iterator[Token]:
        while self.index < len(self.text):
            char = self.text[self.index]
            if char in " \t":
                self.index += 1
                yield from self._ended()
            elif found := _OPERATOR.match(self.text, self.index):
                operator = Operator(found.group(), self.index)
                self.index += len(operator.text)
                yield from self._before(operator)
                yield operator
            elif char == "#" and self.start is None:
                end = self.text.find("\n", self.index)
                self.index = len(self.text) if end < 0 else end
            else:
                self._part(char)
            yield from self.problems
            if self.problems and self.problems[-1].is_end:
                return
            self.problems.clear()
        yield from self._ended()

    def _before(self, operator: Operator) -> Iterator[Word]:
        """Yield the word before an operator, unless it is the number of a redirected file (`2>`)."""
        text = "".join(self.chars)
        is_number = text.isdecimal() and operator.text[0] in "<>" and self.starts[-1] == operator.at - 1
        for word in self._ended():
            if not is_number:
                yield word

    def _ended(self) -> Iterator[Word]:
        if self.start is not None:
            yield Word("".join(self.chars), tuple(self.starts), self.start, tuple(self.unknown))
        self.start = None
        for part in (self.chars, self.starts, self.unknown, self.braces):
            part.clear()

    def _part(self, char: str) -> None:
        """Read one part of a word: a character, an escape, quotes, or what would be replaced."""
        if char == "\\" and self._is_continued():
            return
        if char in "^`" and self._is_continued_elsewhere(char):
            return
        if self.start is None:
            self.start = self.index
        match char:
            case "\\":
                self._take(self.text[self.index + 1 : self.index + 2], self.index + 1)
                self.index += 2
            case "'":
                self._quoted("'")
            case '"':
                self._double_quoted()
            case "$" | "`":
                self._replaced(char, is_quoted=False)
            case "*" | "?":
                self._unknown(char, self.index + 1)
            case _ if char in _TYPOGRAPHIC:
                rule = "must have straight quotation marks (' or \") and plain spaces, as a shell reads them"
                self.problems.append(
                    Problem(rule, f"replace {char!a} and others like it", self.index, is_end=True)
                )
            case _:
                self._brace(char)
                self._take(char, self.index)
                self.index += 1

    def _take(self, chars: str, at: int) -> None:
        self.chars += chars
        self.starts += [at] * len(chars)

    def _unknown(self, part: str, end: int) -> None:
        """Keep a part as it is written, and list it as one that a shell would replace."""
        self.unknown.append((part, self.index))
        for at in range(self.index, end):
            self._take(self.text[at], at)
        self.index = end

    def _is_continued(self) -> bool:
        """Read a backslash at the end of a line, and spaces after it, which are reported."""
        found = _REST_OF_LINE.match(self.text, self.index + 1)
        if found is None:
            return False
        if found[1] and found[2]:
            rule = "must have a backslash as the last character of a line that is continued"
            self.problems.append(Problem(rule, "remove the spaces after it", self.index))
        self.index = found.end()
        if prompt := _PROMPT.match(self.text, self.index):  # the `> ` of a shell was copied too
            self.index = prompt.end()
        return True

    def _is_continued_elsewhere(self, char: str) -> bool:
        """Read a line that is continued as in another shell, which is reported."""
        found = _REST_OF_LINE.match(self.text, self.index + 1)
        if found is None or not found[2]:
            return False
        shell = "cmd.exe" if char == "^" else "PowerShell"
        rule = f"must be written for a POSIX shell; this line is continued with {char}, as in {shell}"
        fix = "end the line with \\, and put values in '...', in which every character stands for itself"
        self.problems.append(Problem(rule, fix, self.index))
        self.index = found.end()
        return True

    def _unclosed(self, quote: str, fix: str = "") -> None:
        rule = f"must close the {quote} that is opened here"
        self.problems.append(
            Problem(rule, fix or f"add {quote} where the value ends", self.index, is_end=True)
        )

    def _quoted(self, quote: str) -> None:
        end = self.text.find(quote, self.index + 1)
        if end < 0:
            fix = "add ' where the value ends; an apostrophe inside '...' is written '\\''"
            self._unclosed(quote, fix)
            return
        for at in range(self.index + 1, end):
            self._take(self.text[at], at)
        self.index = end + 1

    def _double_quoted(self) -> None:
        opened = self.index
        self.index += 1
        while self.index < len(self.text):
            char = self.text[self.index]
            following = self.text[self.index + 1 : self.index + 2]
            if char == '"':
                self.index += 1
                return
            if char == "\\" and following and following in '$`"\\\n':
                if following != "\n":
                    self._take(following, self.index + 1)
                self.index += 2
            elif char in "$`":
                self._replaced(char, is_quoted=True)
                if self.problems and self.problems[-1].is_end:
                    return
            else:
                self._take(char, self.index)
                self.index += 1
        self.index = opened
        self._unclosed('"')

    def _replaced(self, char: str, *, is_quoted: bool) -> None:
        """Read what begins with `$` or a backtick: a variable, a command, a quoted text, or the character."""
        following = self.text[self.index + 1 : self.index + 2]
        if char == "`":
            end = self.text.find("`", self.index + 1)
            if end < 0:
                self._unclosed("`", "remove it, or write it in '...'")
            else:
                self._unknown("`...`", end + 1)
        elif following in ("(", "{"):
            closed = self._closing(self.index + 1, following, ")" if following == "(" else "}")
            if closed is None:
                self._unclosed(f"${following}", "remove it, or write the value in '...'")
            elif following == "(":
                self._unknown("$(...)", closed)
            else:
                self._unknown("${...}", closed)
        elif found := _NAME.match(self.text, self.index + 1):
            self._unknown(f"${found.group()}", found.end())
        elif following == "'" and not is_quoted:
            self._ansi_c()
        elif following == '"' and not is_quoted:
            self.index += 1
            self._double_quoted()
        else:
            self._take(char, self.index)
            self.index += 1

    def _closing(self, start: int, opening: str, closing: str) -> int | None:
        """Return the number of characters up to the sign that closes one, or None."""
        depth, quote, at = 0, "", start
        while at < len(self.text):
            char = self.text[at]
            if char == "\\" and quote != "'":
                at += 1
            elif quote:
                quote = "" if char == quote else quote
            elif char in "'\"":
                quote = char
            elif char in (opening, closing):
                depth += 1 if char == opening else -1
                if depth == 0:
                    return at + 1
            at += 1
        return None

    def _ansi_c(self) -> None:
        """Read `$'...'`, in which a backslash writes a control character or a character by its number."""
        found = _QUOTED_ANSI_C.match(self.text, self.index)
        if found is None:
            self._unclosed("$'")
            return
        at, end = self.index + 2, found.end() - 1
        while at < end:
            escape = _ANSI_C.match(self.text, at, end)
            if escape is None:
                self._take(self.text[at], at)
                at += 1
                continue
            octal, short, long, longest, char = escape.groups()
            number = int(octal, 8) & 0xFF if octal else int(short or long or longest or "0", 16)
            escaped = _ANSI_C_CHARS.get(char, char if char in "\\'\"?" else f"\\{char}") if char else ""
            self._take(escaped or chr(min(number, sys.maxunicode)), at)
            at = escape.end()
        self.index = found.end()

    def _brace(self, char: str) -> None:
        """List `{a,b}` and `{1..3}` outside quotes, of which bash makes several words."""
        match char:
            case "{":
                self.braces.append((self.index, False))
            case "," if self.braces:
                self.braces[-1] = (self.braces[-1][0], True)
            case "}" if self.braces:
                at, has_comma = self.braces.pop()
                if has_comma or _SEQUENCE.fullmatch(self.text, at + 1, self.index):
                    self.unknown.append(("{...}", at))
