"""What a check says: one type for everything that is wrong, doubtful or worth a note."""

from __future__ import annotations

from dataclasses import dataclass, replace
from reprlib import Repr
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from typing import Self

Severity = Literal["error", "warning", "note"]

PREFIX = "bedrock-customization:"
"""What every id starts with, so that it can be acknowledged beside those of other libraries."""


class _Sentinel:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


NOTHING = _Sentinel("nothing")
"""What was found where something is missing (`None` would mean that somebody wrote null)."""

NOT_SHOWN = _Sentinel("not shown")
"""In the place of what was found, where the rule says it already."""


class Said(str):
    """What was found, in words rather than as a value: it is printed without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def printable(text: object) -> str:
    """Return a text in which every character is escaped that a terminal would act on instead of showing it.

    Names of files and their content come from others: they could move the cursor, hide a line, or reverse
    the reading direction.

    Args:
        text: what is to be printed.
    """
    said = str(text)
    if said.isprintable():
        return said
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in said)


_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found; printed, it is one sentence.

    Args:
        id: stable, to acknowledge or override it by: `bedrock-customization:hyper-parameter-range`.
        path: where, in the API's words: `trainingDataConfig.s3Uri`, `jobTags[3].key`; inside a training
            record, `messages[1].role`.
        rule: what must, or should, hold there.
        got: what was found there; `***` where the service model marks the value as sensitive.
        fix: what to do about it.
        severity: `error` stops a deployment, `warning` and `note` are printed.
        source: the AWS page that the rule rests on. Default: none.
        file: the file that it was found in, as it was named. Default: none.
        line: the line in the file, from 1. Default: it is about no line.
        column: the character in the line, from 1. Default: it is about no character.
        suggestion: the path that was probably meant. Default: none.
        as_of: the day on which the source was read, YYYY-MM-DD. Default: it is not dated.
        overrule: how to go on in spite of it. Default: it cannot be overruled.
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
        got = "" if self.got is NOT_SHOWN else f", got {_SHORT.repr(self.got)}"
        start = f"{self.path} " if self.path else ""
        dated = f" (as of {self.as_of})" if self.as_of else ""
        see = f". See {self.source}{dated}" if self.source else ""
        overrule = f". To overrule: {self.overrule}" if self.overrule else ""
        return printable(f"{start}{self.rule}{got}; {self.fix}{see}{overrule}")

    def __str__(self) -> str:
        return f"{self.position}: {self.sentence}" if self.file else self.sentence

    def at(self, file: str, line: int | None = None, column: int | None = None) -> Self:
        """Return the same finding in a file."""
        return replace(self, file=file, line=line, column=column)


def error(name: str, path: str, rule: str, got: object, fix: str, *, source: str = "") -> Finding:
    """Return what stops a deployment; `name` is the id without its prefix."""
    return Finding(PREFIX + name, path, rule, got, fix, "error", source)


def warning(name: str, path: str, rule: str, got: object, fix: str, *, source: str = "") -> Finding:
    """Return what is probably not meant; `name` is the id without its prefix."""
    return Finding(PREFIX + name, path, rule, got, fix, "warning", source)


def note(name: str, path: str, rule: str, got: object, fix: str, *, source: str = "") -> Finding:
    """Return what is worth knowing; `name` is the id without its prefix."""
    return Finding(PREFIX + name, path, rule, got, fix, "note", source)
