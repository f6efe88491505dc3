"""What a check reports: one type for errors, warnings and notes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from reprlib import Repr
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from typing import Self

Severity = Literal["error", "warning", "note"]

PREFIX = "bedrock-customization:"
"""The prefix of every id: acknowledgements in the CDK contain ids of many libraries."""


class _Sentinel:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


NOTHING = _Sentinel("nothing")
"""What was found where something is missing (`None` means that null is written there)."""

NOT_SHOWN = _Sentinel("not shown")
"""Instead of what was found, where the rule already contains it."""


class Described(str):
    """What was found, described in words: it is printed without quotes, unlike a value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def printable(text: object) -> str:
    """Return a text with every character escaped that is not printable.

    File names and the content of files come from others: control characters in them could move the cursor,
    hide a line, or reverse the direction of the text.

    Args:
        text: what will be printed.
    """
    shown = str(text)
    if shown.isprintable():
        return shown
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in shown)


# What the CDK writes for a value that only the deployment knows; a number of it differs from run to run.
_TOKEN = re.compile(r"[$#]\{Token\[[^\]]*\]\}|-1\.888\d+e\+289")


class _AsWritten(Repr):
    def repr1(self, x: object, level: int) -> str:
        if x is None or isinstance(x, bool):
            return "null" if x is None else str(x).lower()
        return super().repr1(x, level)


_LONGEST = 80
_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = _LONGEST


def as_written(value: object, longest: int = _LONGEST) -> str:
    """Return a value of a file, shortened, with the words that JSON and YAML have: null, true and false.

    Args:
        value: the value.
        longest: how many characters of each text in it are shown.
    """
    shown = _AsWritten()
    shown.maxstring = shown.maxother = longest
    return shown.repr(value)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found; printed, it is one sentence.

    Args:
        id: what overrides and acknowledgements name: `bedrock-customization:hyper-parameter-range`.
        path: where, with the API's names: `trainingDataConfig.s3Uri`, `jobTags[3].key`; inside a training
            record, `messages[1].role`.
        rule: what must, or should, be true there.
        got: what was found there; `***` where the service model marks the value as sensitive.
        fix: what to do about it.
        severity: `error` stops a deployment, `warning` and `note` are printed.
        source: the AWS page that documents the rule. Default: none.
        file: the file where it was found, as the user named it. Default: none.
        line: the line in the file, from 1. Default: not known.
        column: the character in the line, from 1. Default: not known.
        suggestion: the path that was probably meant. Default: none.
        as_of: the day when the source was read, YYYY-MM-DD. Default: not known.
        overrule: how to deploy in spite of it. Default: it cannot be overruled.
    """

    id: str
    path: str
    rule: str
    got: object
    fix: str
    severity: Severity = "error"
    source: str = ""
    file: str = ""
    line: int | None = None
    column: int | None = None
    suggestion: str = ""
    as_of: str = ""
    overrule: str = ""

    @property
    def name(self) -> str:
        """The id without its prefix, as `Checks` and `--rule` take it."""
        return self.id.removeprefix(PREFIX)

    @property
    def position(self) -> str:
        """File, line and column, as editors and terminals read them; "" where there is no file."""
        if not self.file:
            return ""
        parts = (str(one) for one in (self.line, self.column) if one is not None)
        return ":".join([printable(self.file), *parts])

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, without the position."""
        found = self.got
        if isinstance(found, str):  # before it is shortened, perhaps within a token
            found = type(found)(_TOKEN.sub("<token>", found))
        shown = as_written if self.file else _SHORT.repr
        got = "" if found is NOT_SHOWN else f", got {shown(found)}"
        start = f"{self.path} " if self.path else ""
        dated = f" (as of {self.as_of})" if self.as_of else ""
        see = f". See {self.source}{dated}" if self.source else ""
        overrule = f". To overrule: {self.overrule}" if self.overrule else ""
        return printable(_TOKEN.sub("<token>", f"{start}{self.rule}{got}; {self.fix}{see}{overrule}"))

    def __str__(self) -> str:
        return f"{self.position}: {self.sentence}" if self.file else self.sentence

    def at(self, file: str, line: int | None = None, column: int | None = None) -> Self:
        """Return the same finding in a file."""
        return replace(self, file=file, line=line, column=column)


def error(name: str, path: str, rule: str, got: object, fix: str, *, source: str = "") -> Finding:
    """Return a finding that stops a deployment; `name` is the id without its prefix."""
    return Finding(PREFIX + name, path, rule, got, fix, "error", source)


def warning(name: str, path: str, rule: str, got: object, fix: str, *, source: str = "") -> Finding:
    """Return a finding about what is probably a mistake; `name` is the id without its prefix."""
    return Finding(PREFIX + name, path, rule, got, fix, "warning", source)


def note(name: str, path: str, rule: str, got: object, fix: str, *, source: str = "") -> Finding:
    """Return a finding that is only information; `name` is the id without its prefix."""
    return Finding(PREFIX + name, path, rule, got, fix, "note", source)
