"""One type for everything that is wrong with a job, and the one exception that carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.contract.finding import (
    NOT_SHOWN,
    NOTHING,
    PREFIX,
    Described,
    Finding,
    Severity,
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
    "Described",
    "Finding",
    "InvalidJob",
    "Severity",
    "error",
    "note",
    "printable",
    "warning",
]


class InvalidJob(ValueError):  # noqa: N818 - users read "invalid job", and catch it as a ValueError
    """Everything that is wrong with one job's definition, at once.

    Args:
        where: the construct's path, or the file's name.
        findings: what is wrong, at least one.
    """

    def __init__(self, where: str, findings: Iterable[Finding]) -> None:
        self.where = where
        self.findings = tuple(findings)
        lines = [f"{printable(where)} cannot be defined:", *(f"  - {one}" for one in self.findings)]
        super().__init__("\n".join(lines))
