"""What is known of a dataset after it was read: counts, findings, and what it would take to train with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs_lib.catalog import CharactersPerToken, Finding, Severity

    from .dataset_findings import DatasetFinding
    from .file_checker import Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """One file, counted.

    Args:
        file: As it was named.
        counts: Bytes, lines, records, characters and media.
        repeated: Records that repeat an earlier one.
    """

    file: str
    counts: Counts
    repeated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The report on a dataset.

    Args:
        model: The base model, as it was named.
        customization_type: The API's customization type.
        format: The format by which the records were judged.
        training: The training file.
        validation: The validation file, where there is one.
        findings: What is wrong, at most as many as were asked for, in the order of the lines.
        counted: How often each rule was broken, by severity and rule.
        characters_per_token: How tokens are reckoned.
    """

    model: str
    customization_type: str
    format: str
    training: FileFacts
    validation: FileFacts | None
    findings: tuple[DatasetFinding, ...]
    counted: Mapping[tuple[Severity, str], int]
    characters_per_token: CharactersPerToken

    @property
    def errors(self) -> int:
        """How many errors were found, shown or not."""
        return self._count("error")

    @property
    def warnings(self) -> int:
        """How many warnings were found, shown or not."""
        return self._count("warning")

    @property
    def ok(self) -> bool:
        """Whether there are no errors."""
        return not self.errors

    def as_findings(self) -> Sequence[Finding]:
        """Return the findings for `catalog.check`."""
        return self.findings

    def _count(self, severity: Severity) -> int:
        return sum(count for (found, _), count in self.counted.items() if found == severity)
