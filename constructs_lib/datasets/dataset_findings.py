"""The findings of a dataset: how one is written, how many are kept, and which of them are shown."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..catalog.dataset_rules import DATASET_PREFIX
from ..findings import PREFIX, SEVERITIES, Described, Finding, as_written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ..findings import Severity

LINES_NAMED = 3
"""How many lines a finding of `by_rule` names, and how many findings of each rule are kept at least."""

_ID = PREFIX + DATASET_PREFIX
_MUST = re.compile(r"\bmust\b")
_LONGEST_PART = 30
_LONGEST = 78  # with its quotes as long as `Finding` prints a text
_UNITS = {"media-not-readable": "buckets"}  # there is one finding for each bucket, not for each reference


def finding(  # noqa: PLR0917 - in the order of Finding
    name: str, path: str, rule: str, got: object, fix: str, column: int | None = None
) -> Finding:
    """Return a broken rule; severity, source, file and line are filled in by `Collected.add`.

    Args:
        name: one of `DATASET_RULES`.
        path: where inside the record, such as `messages[1].content[0].text`; "" for the whole line or file.
        rule: what must contain there; `Collected.add` writes "should" into warnings and notes.
        got: what was found there.
        fix: what to do about it.
        column: the character in the line, from 1. Default: not known.
    """
    return Finding(_ID + name, path, rule, got, fix, column=column)


def rule_of(found: Finding) -> str:
    """Return the name of the rule that a finding is about, as `DATASET_RULES` has it."""
    return found.id.removeprefix(_ID)


def short(got: object) -> object:
    """Return a value that is short to print and small to keep."""
    if got is None or (isinstance(got, (int, list, dict)) and not isinstance(got, bool)):
        return Described(as_written(got, _LONGEST_PART))
    if isinstance(got, str) and len(got) > _LONGEST:
        return type(got)(f"{got[: _LONGEST - 3]}...")
    return got


def as_shown(found: Finding, severity: Severity, url: str) -> Finding:
    """Return a finding with its severity: only an error says "must", and what it got is short.

    Args:
        found: what `finding` returned.
        severity: that of its rule.
        url: the page that documents the rule; "" for none.
    """
    rule, fix = found.rule, found.fix
    if severity != "error":
        rule, fix = _MUST.sub("should", rule), _MUST.sub("should", fix)
    return replace(found, rule=rule, got=short(found.got), fix=fix, severity=severity, source=url)


@dataclass(slots=True)
class Collected:
    """Findings as they are found: all are counted, the first few of every rule are kept.

    Args:
        limit: how many are shown.
        url: returns the page of a source.
    """

    limit: int
    url: Callable[[str], str] = str
    kept: list[Finding] = field(default_factory=list)
    most_kept: int = field(init=False)
    """How many are kept of each rule."""
    _counts: Counter[tuple[Severity, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.most_kept = max(self.limit, LINES_NAMED)

    def add(
        self, found: Finding, severity: Severity, file: str, line: int | None = None, source: str = ""
    ) -> None:
        """Count a finding, and keep it where there are few of its rule."""
        key = severity, found.id
        count = self._counts[key] = self._counts[key] + 1
        if count <= self.most_kept:
            shown = as_shown(found, severity, self.url(source))
            self.kept.append(shown.at(file, line, found.column))

    def add_more(self, severity: Severity, rule: str, count: int) -> None:
        """Count findings that are like those already kept."""
        if count:
            self._counts[severity, _ID + rule] += count

    def has_enough(self, severity: Severity, rule: str) -> bool:
        """Return whether as many findings of a rule are kept as can be shown."""
        return self._counts[severity, _ID + rule] >= self.most_kept

    def counted(self) -> dict[tuple[Severity, str], int]:
        """Return how many were found, by severity and rule."""
        return {(severity, name.removeprefix(_ID)): count for (severity, name), count in self._counts.items()}

    def chosen(self) -> tuple[Finding, ...]:
        """Return at most `limit` findings: some of every rule, errors first, in the order of the lines."""
        turns: Counter[str] = Counter()
        ranked = []
        for one in self.kept:
            ranked.append((turns[one.id] > 0, SEVERITIES.index(one.severity), turns[one.id], one))
            turns[one.id] += 1
        first = sorted(ranked, key=lambda item: item[:3])[: self.limit]
        return tuple(_in_file_order(one for *_, one in first))


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one rule with one severity.

    Args:
        found: the first of them, in the order of the lines.
        count: how many there are.
        unit: what is counted.
    """

    found: tuple[Finding, ...]
    count: int
    unit: str = "times"

    def lines(self, file: str) -> tuple[int, ...]:
        """Return the first lines of a file where the rule is broken."""
        lines = (one.line for one in self.found if one.file == file and one.line is not None)
        return tuple(dict.fromkeys(lines))


def grouped(kept: Iterable[Finding], counted: Mapping[tuple[Severity, str], int]) -> tuple[Group, ...]:
    """Return the findings of each rule and severity, errors first, then in the order of the lines.

    Args:
        kept: the first findings of every rule.
        counted: how many there are, by severity and rule.
    """
    groups: dict[tuple[Severity, str], list[Finding]] = {}
    for one in _in_file_order(kept):
        groups.setdefault((one.severity, rule_of(one)), []).append(one)
    found = [Group(tuple(group), counted[key], _UNITS.get(key[1], "times")) for key, group in groups.items()]
    return tuple(sorted(found, key=lambda one: SEVERITIES.index(one.found[0].severity)))


def one_each(kept: Iterable[Finding], counted: Mapping[tuple[Severity, str], int]) -> tuple[Finding, ...]:
    """Return one finding for each rule and severity: the first, with how many there are and where.

    Args:
        kept: the first findings of every rule.
        counted: how many there are, by severity and rule.
    """
    return tuple(map(_with_count, grouped(kept, counted)))


def _with_count(group: Group) -> Finding:
    first = group.found[0]
    if group.count == 1:
        return first
    lines = group.lines(first.file)
    named = ", ".join(map(str, lines[:LINES_NAMED]))
    where = f", first in lines {named}" if len(lines) > 1 else ""
    return replace(first, rule=f"{first.rule} ({group.count:,} {group.unit}{where})")


def _in_file_order(found: Iterable[Finding]) -> list[Finding]:
    """Sort by file and line; what is about a whole file comes last."""
    listed = list(found)
    files = list(dict.fromkeys(one.file for one in listed))
    return sorted(listed, key=lambda one: (files.index(one.file), one.line or float("inf"), one.column or 0))
