"""What is known of a dataset after it was read: counts and findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..dataset_findings import grouped, one_each

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...catalog import Dataset
    from ...findings import Finding, Severity
    from ..dataset_findings import Group
    from ..tokens.token_rates import Tokens
    from .file_checker import Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """One file, counted, or several together.

    Args:
        file: as it was named.
        counts: bytes (of compressed data, unpacked), records, characters and media.
        repeated: records that repeat an earlier one.
        tokens: those of all texts, by an estimate or as a tokenizer counts them.
        files: the files that it is the sum of. Default: it is one file.
    """

    file: str
    counts: Counts
    repeated: int
    tokens: Tokens
    files: tuple[FileFacts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The report on a dataset.

    Args:
        model: the base model, as it was named.
        customization_type: the API's customization type.
        format: the format by which the records were checked.
        training: the training file.
        validation: the validation file, where there is one.
        findings: what is wrong, at most as many as the limit, in the order of the lines.
        kept: the first findings of every rule.
        counted: how often each rule was broken, by severity and rule.
        dataset: what is documented of the data.
        tokens_are_counted: whether a tokenizer counted the tokens; else they are an estimate.
    """

    model: str
    customization_type: str
    format: str
    training: FileFacts
    validation: FileFacts | None
    findings: tuple[Finding, ...]
    kept: tuple[Finding, ...]
    counted: Mapping[tuple[Severity, str], int]
    dataset: Dataset
    tokens_are_counted: bool

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

    def groups(self) -> tuple[Group, ...]:
        """Return the findings by rule and severity, with how many there are; errors first."""
        return grouped(self.kept, self.counted)

    def by_rule(self) -> tuple[Finding, ...]:
        """Return one finding for each rule that was broken, errors first, then in the order of the lines.

        It is the first finding of the rule; where there are more, its rule ends in how many there are and in
        which lines the first of them are.
        """
        return one_each(self.kept, self.counted)

    def _count(self, severity: Severity) -> int:
        return sum(count for (found, _), count in self.counted.items() if found == severity)
