"""What a rule says about one record, before it is known in which file and line the record stands."""

from __future__ import annotations

from dataclasses import dataclass


class Shown(str):
    """What was found, in words rather than as a value: it is printed without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule.

    Args:
        rule: One of `DATASET_RULES`, without the prefix.
        path: Where inside the record, such as `messages[1].content[0].text`; empty for the whole line.
        what: What must hold there.
        got: What was found there.
        fix: How to mend it.
        column: Where in the line, from 1, where that is known.
    """

    rule: str
    path: str
    what: str
    got: object
    fix: str
    column: int | None = None
