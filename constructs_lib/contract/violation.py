"""What a broken rule looks like: a place, a rule, what was found there, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from reprlib import Repr


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Nothing()
"""What was found where something is missing (`None` would mean that somebody wrote null)."""


class Said(str):
    """What was found, told in words rather than shown: it is printed without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def printable(text: object) -> str:
    """Write out every character that a terminal would act on instead of showing it, such as an escape.

    Names of files and what stands in them come from others: they could move the cursor, hide a line, or turn
    the reading direction round.

    Args:
        text: What is to be printed.
    """
    said = str(text)
    return (
        said
        if said.isprintable()
        else "".join(one if one.isprintable() else ascii(one)[1:-1] for one in said)
    )


_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 80


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a value breaks; printed, it is one sentence.

    Args:
        path: Where, in the API's words: `trainingDataConfig.s3Uri`, `jobTags[3].key`.
        rule: What must hold there.
        got: What was found there; `***` where the service model marks the value as sensitive.
        fix: What to do about it.
    """

    path: str
    rule: str
    got: object
    fix: str

    def __str__(self) -> str:
        return printable(f"{self.path} {self.rule}, got {_SHORT.repr(self.got)}; {self.fix}")


_LONGEST_NAME = 300


def join(path: str, name: str) -> str:
    """Step from a path to a member. A name that a terminal would not show as it is, is written out.

    Args:
        path: Where the step starts ("": at the whole).
        name: A member's name, or a map's key.
    """
    shown = name if name.isprintable() else ascii(name)
    if len(shown) > _LONGEST_NAME:
        shown = f"{shown[:_LONGEST_NAME]}..."
    return f"{path}.{shown}" if path else shown


@dataclass(frozen=True, slots=True)
class ValuePath:
    """Where the judge stands inside a request, and whether what lies there may be shown."""

    path: str = ""
    secret: bool = False

    def member(self, name: str, *, secret: bool = False) -> ValuePath:
        """Step into a structure's member."""
        return ValuePath(join(self.path, name), self.secret or secret)

    def item(self, index: int) -> ValuePath:
        """Step into a list's item."""
        return ValuePath(f"{self.path}[{index}]", self.secret)

    def entry(self, key: object) -> ValuePath:
        """Step into a map's value; a secret map does not even show its keys."""
        return self.member("value") if self.secret else self.member(str(key))

    def entry_key(self, key: object) -> ValuePath:
        """Step onto a map's key."""
        return self.member("key") if self.secret else self.member(str(key))

    def refuse(self, rule: str, got: object, fix: str) -> Violation:
        """Say what is wrong here."""
        return Violation(self.path or "the request", rule, "***" if self.secret else got, fix)
