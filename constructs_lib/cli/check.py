"""`bedrock-customize check`: everything that is wrong with job files, before anything is deployed."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .common import STYLES, CatalogOption, Output, OutputOption, catalog_of, many

if TYPE_CHECKING:
    from rich.text import Text

    from ..catalog import Catalog
    from ..checks import Checks, Subject
    from ..findings import Finding

_OVERRULE = "--rule {name}=warn"


def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Job files: .json, .yaml or .yml.", show_default=False),
    ],
    *,
    region: Annotated[
        str | None,
        typer.Option(
            envvar=["AWS_REGION", "AWS_DEFAULT_REGION", "CDK_DEFAULT_REGION"],
            help="The Region to deploy to.",
            show_default=False,
        ),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(envvar="CDK_DEFAULT_ACCOUNT", help="The account to deploy to.", show_default=False),
    ] = None,
    rule: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=error|warn|off", help="Change how serious a rule is.", show_default=False),
    ] = None,
    catalog: CatalogOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Check job files, and the local files that they name, without AWS: as a synthesis would.

    Exit code: 0 where no file has an error (warnings are possible), 1 where one has, 2 for wrong usage.
    """
    known, checks = catalog_of(catalog), _checks(rule or [])
    reports = [report_on(file, checks, known, region=region, account=account) for file in files]
    if output is Output.JSON:
        from json import dumps

        typer.echo(dumps({"files": [one.as_json() for one in reports]}, indent=2))
    else:
        print_reports(reports)
    raise typer.Exit(code=int(any(one.count("error") for one in reports)))


def _checks(overrides: Sequence[str]) -> "Checks":
    from ..checks import Checks

    for one in overrides:
        if "=" not in one:
            raise typer.BadParameter(
                f"--rule must be NAME=error, NAME=warn or NAME=off, got {one!r}; add one"
            )
    chosen: dict[str, Any] = dict(one.split("=", 1) for one in overrides)
    try:
        return Checks(overrides=chosen)
    except ValueError as error:
        message = re.sub(
            r"^overrides(?:\['(.*?)'\])?", lambda found: f"--rule {found[1] or ''}".strip(), str(error)
        )
        raise typer.BadParameter(message) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """The result of checking one job file.

    Args:
        file: its name.
        findings: errors first, each in the file's order.
        not_checked: what could not be checked.
    """

    file: str
    findings: "Sequence[Finding]"
    not_checked: Sequence[str]

    def count(self, severity: str) -> int:
        """Return how many findings of a severity there are."""
        return sum(one.severity == severity for one in self.findings)

    def as_json(self) -> dict[str, object]:
        """Return it for JSON."""
        findings = [_plain(one) for one in self.findings]
        return {"file": self.file, "findings": findings, "not_checked": list(self.not_checked)}


def report_on(
    path: str | Path,
    checks: "Checks",
    catalog: "Catalog",
    *,
    region: str | None = None,
    account: str | None = None,
) -> FileReport:
    """Check one job file by the rules that the construct uses.

    Args:
        path: a `.json`, `.yaml` or `.yml` file.
        checks: how serious the findings are.
        catalog: what is documented of models.
        region: where the job will run. Default: not known.
        account: whose job it is. Default: not known.
    """
    from ..checks import Subject
    from ..request.reading import read_file

    document = read_file(path)
    subject = Subject(
        request=document.request, region=region, account=account, catalog=catalog, found=document.findings
    )
    if document.is_unreadable:
        return FileReport(file=document.name, findings=document.findings, not_checked=())
    return report_of(subject, document.name, document.located, checks)


def report_of(
    subject: "Subject", name: str, located: "Callable[[Finding], Finding]", checks: "Checks | None" = None
) -> FileReport:
    """Check one job by the rules that the construct uses.

    Args:
        subject: the job.
        name: the name of what it was read from.
        located: returns a finding with its position.
        checks: how serious the findings are. Default: as documented and verified.
    """
    from ..checks import check as findings_of
    from ..checks import not_checked
    from ..findings import in_file_order

    found = [located(one) for one in findings_of(subject, checks, overrule=_OVERRULE)]
    return FileReport(file=name, findings=in_file_order(found, name), not_checked=list(not_checked(subject)))


def _plain(finding: "Finding") -> dict[str, object]:
    from ..findings import NOT_SHOWN, NOTHING

    got = finding.got if isinstance(finding.got, str | int | bool) else repr(finding.got)
    return {
        "severity": finding.severity,
        "id": finding.id,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "path": finding.path,
        "rule": finding.rule,
        "got": None if finding.got in (NOTHING, NOT_SHOWN) else got,
        "fix": finding.fix,
        "source": finding.source or None,
        "as_of": finding.as_of or None,
        "overrule": finding.overrule or None,
    }


def print_reports(reports: Sequence[FileReport], *, to_stderr: bool = False) -> None:
    """Print what was found, one line for each finding.

    Args:
        reports: what to print.
        to_stderr: whether another output is on stdout. Default: it is printed there.
    """
    from rich.console import Console

    console = Console(soft_wrap=True, highlight=False, stderr=to_stderr)
    for report in reports:
        for text in _lines(report):
            console.print(text)


def _lines(report: FileReport) -> "Iterator[Text]":
    from rich.text import Text

    from ..findings import printable

    for one in report.findings:
        style = (one.severity, STYLES[one.severity])
        yield Text.assemble((one.position, "bold"), ": ", style, ": ", f"{one.sentence} [{one.name}]")
    counted = [many(report.count(kind), kind) for kind in STYLES if report.count(kind)]
    yield Text(f"{printable(report.file)}: {', '.join(counted) or 'nothing found'}")
    for reason in report.not_checked:
        yield Text(f"{printable(report.file)}: not checked: {printable(reason)}", style="dim")
