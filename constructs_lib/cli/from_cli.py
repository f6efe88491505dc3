"""`bedrock-customize from-cli`: a job file from a command line of the AWS CLI."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .common import STDIN, ForceOption, read_stdin
from .job_file_text import (
    Format,
    FormatOption,
    OutOption,
    as_json,
    as_yaml,
    format_of,
    write_job_file,
)

if TYPE_CHECKING:
    from ..checks.file_report import FileReport
    from ..request.reading.command_line import CommandLine

_NAME = "cannot be used again once the command has run; without this line a unique name is made"
COMMENTS = {"jobName": _NAME, "customModelName": _NAME}
"""The comments of a job file that was made from a command, where they are other than in an empty one."""


def from_cli(
    command: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="COMMAND",
            help="`aws bedrock create-model-customization-job ...` in quotes, or a file that contains it; "
            "left out, or -: stdin.",
            show_default=False,
        ),
    ] = None,
    *,
    out: OutOption = None,
    form: FormatOption = None,
    force: ForceOption = False,
) -> None:
    """Write a job file from an AWS CLI command that creates a job, without running anything of it.

    The command is read as a POSIX shell and the AWS CLI read it; files that it names are read. What a shell
    would replace, such as $NAME, is an error with its line and column. The job is checked as by `check`.

    Exit code: 0, 1 where the command has an error (nothing is written) or the job has one, 2 for wrong usage.
    """
    from ..request.reading.command_line import read_command_line

    written_as = format_of(out, form)
    text, name = _text(command or [STDIN])
    line = read_command_line(text, name)
    report = _report(line, name)
    if report.findings:
        from .check import print_reports

        print_reports([report], to_stderr=True)
    if line.document.findings:
        typer.echo(f"{name}: no job file is written, because the command has errors", err=True)
        raise typer.Exit(code=1)
    request = dict(line.document.request)
    if written_as is Format.JSON:
        content = as_json(request)
    else:
        content = as_yaml(request, head=_head(line), comments=COMMENTS)
    write_job_file(content, out, force=force)
    raise typer.Exit(code=int(bool(report.count("error"))))


def _text(words: Sequence[str]) -> tuple[str, str]:
    """Return the command and its name: of one argument, of several, of a file or of stdin."""
    from ..request.reading.command_line import NAME
    from ..request.reading.document import MOST_BYTES, UnreadableError
    from ..request.reading.job_file import decoded, read_text

    if len(words) > 1:
        return shlex.join(words), NAME
    [word] = words
    try:
        if word == STDIN:
            return decoded(read_stdin("the command", MOST_BYTES + 1), "the command"), NAME
        if _is_path(word):
            return read_text(Path(word), "the file"), word
    except UnreadableError as problem:
        rule = f"{problem.rule}; name a file with the command alone, or quote the command"
        raise typer.BadParameter(rule, param_hint="COMMAND") from None
    return word, NAME


def _is_path(word: str) -> bool:
    try:
        return Path(word).exists()
    except (OSError, ValueError):  # too long, or with characters that no path has
        return False


def _report(line: "CommandLine", name: str) -> "FileReport":
    from ..checks import Subject
    from ..checks.file_report import FileReport, report_of
    from ..findings import in_file_order

    if line.is_read:
        subject = Subject(request=line.document.request, region=line.region, found=line.document.findings)
        report = report_of(subject, name, line.located)
    else:
        report = FileReport(file=name, findings=line.document.findings, not_checked=())
    found = in_file_order([*report.findings, *line.elsewhere], name)
    return replace(report, findings=found, not_checked=())


def _head(line: "CommandLine") -> Iterator[str]:
    yield "A job file, made from a command of the AWS CLI by bedrock-customize from-cli."
    yield "Check it: bedrock-customize check FILE. Deploy it: bedrock-customize deploy FILE."
    yield from (f"{one.rule}; {one.fix}." for one in line.elsewhere)
