"""`bedrock-customize check`: everything that is wrong with job files, before anything is deployed."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .common import (
    STDIN,
    STYLES,
    CatalogOption,
    Output,
    OutputOption,
    catalog_of,
    many,
    read_stdin,
    refuse_second_stdin,
)

if TYPE_CHECKING:
    from rich.text import Text

    from ..checks import Checks
    from ..checks.file_report import FileReport
    from ..findings import Finding
    from ..request.reading.document import Document

_OVERRULE = "--rule {name}=warn"


def check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Job files: .json, .yaml or .yml; or - for standard input.",
            show_default=False,
        ),
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
    from ..checks.file_report import report_on_document

    refuse_second_stdin(files)
    known, checks = catalog_of(catalog), _checks(rule or [])
    reports = [
        report_on_document(_document(file), checks, known, region=region, account=account, overrule=_OVERRULE)
        for file in files
    ]
    if output is Output.JSON:
        from json import dumps

        typer.echo(dumps({"files": [_as_json(one) for one in reports]}, indent=2))
    else:
        print_reports(reports)
    raise typer.Exit(code=int(any(one.count("error") for one in reports)))


def _document(file: str) -> "Document":
    """Return a job file, or the one on standard input, read."""
    from ..request.reading import read_file
    from ..request.reading.document import MOST_BYTES
    from ..request.reading.job_file import read_bytes

    return read_bytes(read_stdin("the job file", MOST_BYTES + 1)) if file == STDIN else read_file(file)


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


def _as_json(report: "FileReport") -> dict[str, object]:
    findings = [_plain(one) for one in report.findings]
    return {"file": report.file, "findings": findings, "not_checked": list(report.not_checked)}


def _plain(finding: "Finding") -> dict[str, object]:
    from ..findings import NOT_SHOWN, NOTHING, as_written

    got = finding.got if isinstance(finding.got, str | int | bool) else as_written(finding.got)
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


def print_reports(reports: "Sequence[FileReport]", *, to_stderr: bool = False) -> None:
    """Print what is wrong with job files, a paragraph for each finding.

    Args:
        reports: one for each file.
        to_stderr: whether to print on standard error. Default: on standard output.
    """
    from .console import print_lines

    print_lines(*(line for report in reports for line in _lines(report)), stderr=to_stderr)


def _lines(report: "FileReport") -> "Iterator[Text]":
    from rich.text import Text

    from ..findings import printable

    for one in report.findings:
        style = (one.severity, STYLES[one.severity])
        yield Text.assemble((one.position, "bold"), ": ", style, ": ", f"{one.sentence} [{one.name}]")
    counted = [many(report.count(kind), kind) for kind in STYLES if report.count(kind)]
    yield Text(f"{printable(report.file)}: {', '.join(counted) or 'nothing found'}")
    for reason in report.not_checked:
        yield Text(f"{printable(report.file)}: not checked: {printable(reason)}", style="dim")
