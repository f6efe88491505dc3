"""What a rule found in a file: the catalogue's finding, with file, line and column."""

from __future__ import annotations

import reprlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from constructs_lib.catalog.dataset_rules import DATASET_PREFIX
from constructs_lib.catalog.findings import PREFIX, Finding
from constructs_lib.contract import printable

from .faults import Shown

if TYPE_CHECKING:
    from constructs_lib.catalog import Severity

    from .faults import Fault

_RANK = {"error": 0, "warning": 1, "note": 2}
_LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFinding(Finding):
    """Something wrong with a dataset.

    Args:
        path: Where inside the record; empty for the whole line or file.
        rule: What must hold there.
        got: What was found there.
        fix: How to mend it.
        id: Stable, such as `bedrock-customization:dataset-roles-alternate`.
        severity: `error`, `warning` or `note`.
        source: The page that the rule rests on. Default: none.
        file: The file, as it was named.
        line: The line, from 1; None where the finding is about the whole file.
        column: The character in the line, from 1, where that is known.
    """

    file: str
    line: int | None = None
    column: int | None = None

    @property
    def place(self) -> str:
        """File, line and column, as editors and terminals read them."""
        at = (str(one) for one in (self.line, self.column) if one is not None)
        return ":".join([printable(self.file), *at])

    def __str__(self) -> str:
        where = f"{self.place}: {self.path}" if self.path else f"{self.place}:"
        return printable(f"{where} {self.rule}, got {short(self.got)!r}; {self.fix}")


def short(got: object) -> object:
    """Return a value that is short to print and small to keep, whatever a line held."""
    if got is None:
        return Shown("null")
    if isinstance(got, (int, list, dict)) and not isinstance(got, bool):
        return Shown(reprlib.repr(got))
    if isinstance(got, str) and len(got) > _LONGEST:
        return type(got)(f"{got[: _LONGEST - 3]}...")
    return got


def dataset_finding(
    fault: Fault, severity: Severity, file: str, line: int | None = None, source: str = ""
) -> DatasetFinding:
    """Return a fault as a finding in a file."""
    return DatasetFinding(
        fault.path,
        fault.what,
        short(fault.got),
        fault.fix,
        id=f"{PREFIX}{DATASET_PREFIX}{fault.rule}",
        severity=severity,
        source=source,
        file=file,
        line=line,
        column=fault.column,
    )


@dataclass(slots=True)
class Collected:
    """Findings as they are found: all are counted, the first few of every rule are kept.

    Args:
        limit: How many are kept of each rule.
    """

    limit: int
    counts: Counter[tuple[Severity, str]] = field(default_factory=Counter)
    kept: list[DatasetFinding] = field(default_factory=list)

    def add(
        self, fault: Fault, severity: Severity, file: str, line: int | None = None, source: str = ""
    ) -> None:
        """Count a finding, and keep it where there are few of its rule."""
        self.counts[severity, fault.rule] += 1
        if self.counts[severity, fault.rule] <= self.limit:
            self.kept.append(dataset_finding(fault, severity, file, line, source))

    def add_more(self, severity: Severity, rule: str, count: int) -> None:
        """Count findings that are like those already kept."""
        if count:
            self.counts[severity, rule] += count

    def chosen(self) -> tuple[DatasetFinding, ...]:
        """Return at most `limit` findings: some of every rule, errors first, in the order of the lines."""
        turns: Counter[str] = Counter()
        ranked = []
        for finding in self.kept:
            ranked.append((turns[finding.id] > 0, _RANK[finding.severity], turns[finding.id], finding))
            turns[finding.id] += 1
        first = sorted(ranked, key=lambda item: item[:3])[: self.limit]
        return _by_place([finding for *_, finding in first])


def _by_place(findings: list[DatasetFinding]) -> tuple[DatasetFinding, ...]:
    """Sort by file and line; what is about a whole file comes last."""
    files = list(dict.fromkeys(one.file for one in findings))
    whole = float("inf")
    return tuple(
        sorted(findings, key=lambda one: (files.index(one.file), one.line or whole, one.column or 0))
    )
