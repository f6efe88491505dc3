"""Checks a job file by the rules that the construct uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..findings import in_file_order
from ..request.reading import read_file
from .run_rules import check, not_checked
from .subject import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ..catalog import Catalog
    from ..findings import Finding
    from ..request.reading.document import Document
    from .severities import Checks


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """The result of checking one job file.

    Args:
        file: its name.
        findings: errors first, each in the file's order.
        not_checked: what could not be checked.
    """

    file: str
    findings: Sequence[Finding]
    not_checked: Sequence[str]

    @property
    def errors(self) -> list[Finding]:
        """The findings that stop a deployment."""
        return [one for one in self.findings if one.severity == "error"]

    def count(self, severity: str) -> int:
        """Return how many findings of a severity there are."""
        return sum(one.severity == severity for one in self.findings)


def report_on(
    path: str | Path,
    checks: Checks,
    catalog: Catalog,
    *,
    region: str | None = None,
    account: str | None = None,
    overrule: str = "",
) -> FileReport:
    """Check one job file, and the local files that it names.

    Args:
        path: a `.json`, `.yaml` or `.yml` file.
        checks: how serious the findings are.
        catalog: what is documented of models.
        region: where the job will run. Default: not known.
        account: whose job it is. Default: not known.
        overrule: how to overrule a rule, with `{name}` for its name. Default: a finding does not say it.
    """
    return report_on_document(
        read_file(path), checks, catalog, region=region, account=account, overrule=overrule
    )


def report_on_document(
    document: Document,
    checks: Checks,
    catalog: Catalog,
    *,
    region: str | None = None,
    account: str | None = None,
    overrule: str = "",
) -> FileReport:
    """Check a job file that was read, and the local files that it names.

    Args:
        document: the job file.
        checks: how serious the findings are.
        catalog: what is documented of models.
        region: where the job will run. Default: not known.
        account: whose job it is. Default: not known.
        overrule: how to overrule a rule, with `{name}` for its name. Default: a finding does not say it.
    """
    subject = Subject(
        request=document.request, region=region, account=account, catalog=catalog, found=document.findings
    )
    if document.is_unreadable:
        return FileReport(file=document.name, findings=document.findings, not_checked=())
    return report_of(subject, document.name, document.located, checks, overrule=overrule)


def report_of(
    subject: Subject,
    name: str,
    located: Callable[[Finding], Finding],
    checks: Checks | None = None,
    *,
    overrule: str = "",
) -> FileReport:
    """Check a job that was read from a file or from something else.

    Args:
        subject: the job.
        name: the name of what it was read from.
        located: returns a finding with its position.
        checks: how serious the findings are. Default: as documented and verified.
        overrule: how to overrule a rule, with `{name}` for its name. Default: a finding does not say it.
    """
    found = [located(one) for one in check(subject, checks, overrule=overrule)]
    return FileReport(file=name, findings=in_file_order(found, name), not_checked=list(not_checked(subject)))
