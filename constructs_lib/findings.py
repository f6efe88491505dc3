"""One type for everything that is wrong with a job, and the one exception that carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract.finding import (
    NOT_SHOWN,
    NOTHING,
    PREFIX,
    Described,
    Finding,
    Severity,
    as_written,
    error,
    note,
    printable,
    warning,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = [
    "NOTHING",
    "NOT_SHOWN",
    "PREFIX",
    "SEVERITIES",
    "Described",
    "Finding",
    "InvalidJob",
    "Severity",
    "as_written",
    "error",
    "in_file_order",
    "note",
    "printable",
    "warning",
]


SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The most serious first."""


class InvalidJob(ValueError):  # noqa: N818 - users read "invalid job", and catch it as a ValueError
    """Everything that is wrong with one job's definition, at once.

    Args:
        where: the construct's path, or the file's name.
        findings: what was found, at least one error.

    Attributes:
        findings: the errors.
        remarks: the warnings and notes.
    """

    def __init__(self, where: str, findings: Iterable[Finding]) -> None:
        found = tuple(findings)
        self.where = where
        self.findings = tuple(one for one in found if one.severity == "error")
        self.remarks = tuple(one for one in found if one.severity != "error")
        lines = [f"{printable(where)} cannot be defined:", *(f"  - {one}" for one in self.findings)]
        lines += [f"  - {one.severity}: {one}" for one in self.remarks]
        super().__init__("\n".join(lines))


def in_file_order(findings: Iterable[Finding], file: str) -> list[Finding]:
    """Return findings sorted by severity, then by their position in a file; others follow in their order.

    Args:
        findings: what was found.
        file: the job file's name; "" where there is none.
    """
    return sorted(
        findings,
        key=lambda one: (SEVERITIES.index(one.severity), one.file != file, one.line or 0, one.column or 0),
    )
