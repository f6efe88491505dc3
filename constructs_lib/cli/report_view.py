"""The report on a dataset as text and as JSON, and a progress bar."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.text import Text

from ..findings import printable
from .common import STYLES, many
from .console import console_for, print_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from ..datasets import FileFacts, Report, WrittenFile
    from ..datasets.checking.file_checker import Counts
    from ..datasets.dataset_findings import Group
    from ..findings import Finding

    Progress = Callable[[str, int, int], object]

_FILES_SHOWN = 20


_DIGITS = re.compile(r"[0-9][0-9,.]*")


def print_report(report: Report, console: Console | None = None, *, stderr: bool = False) -> None:
    """Print a report: how many records break a rule, then each rule with its first findings and lines.

    Args:
        report: what `validate` returned.
        console: where to. Default: standard output or standard error.
        stderr: whether it is standard error. Default: standard output.
    """
    print_lines(*_lines(report), console=console, stderr=stderr)


def _lines(report: Report) -> Iterator[Text]:
    for file in _files(report):
        if file.counts.invalid:
            yield Text(f"{printable(file.file)}: {_invalid(file.counts)}", style="bold")
    shown = {id(one) for one in report.findings}
    for group in report.groups():
        yield from _group_lines(group, [one for one in group.found if id(one) in shown])
    for file in _files(report):
        if not file.counts.bytes:
            continue  # it was not read; a finding has the reason
        for one in file.files[:_FILES_SHOWN]:
            yield Text(_facts(one))
        if len(file.files) > _FILES_SHOWN:
            yield Text(f"and {many(len(file.files) - _FILES_SHOWN, 'other file')}")
        yield Text(_facts(file))
    yield Text(_summary(report), style="bold")


def _group_lines(group: Group, shown: list[Finding]) -> Iterator[Text]:
    """Yield what the findings of one rule say, each sentence once, then how many they are and where."""
    printed = set[str]()
    for finding in shown:
        sentence = replace(finding, source="").sentence  # a page on every line would hide what is wrong
        numberless = _DIGITS.sub("0", sentence)
        if numberless in printed:
            continue
        printed.add(numberless)
        name = (f" [{finding.name}]", "dim")
        severity = (finding.severity, STYLES[finding.severity])
        yield Text.assemble((finding.position, "bold"), ": ", severity, ": ", sentence, name)
    if shown and group.count > len(printed):
        yield Text(f"    {_where(group)}", style="dim")


def _where(group: Group) -> str:
    files = dict.fromkeys(one.file for one in group.found)
    lines = {file: ", ".join(map(str, group.lines(file))) for file in files}
    named = [f"{one} of {printable(file)}" if len(files) > 1 else one for file, one in lines.items() if one]
    more = " and more" if group.count > len(group.found) else ""
    where = f": lines {'; lines '.join(named)}{more}" if named else ""
    return f"{group.count:,} {group.unit}{where}"


def as_json(report: Report, written: Sequence[WrittenFile] = ()) -> str:
    """Return a report for programs.

    Args:
        report: what `validate` returned.
        written: the files of its records. Default: none, and they are not mentioned.
    """
    counted = [
        {"rule": rule, "severity": severity, "count": count}
        for (severity, rule), count in sorted(report.counted.items())
    ]
    return json.dumps(
        {
            "model": report.model,
            "customization_type": report.customization_type,
            "format": report.format,
            "ok": report.ok,
            "errors": report.errors,
            "warnings": report.warnings,
            "files": [_counted(file) for file in _files(report)],
            "findings": [values_of(finding) for finding in report.findings],
            "counted": counted,
            **({"written": [asdict(one) for one in written]} if written else {}),
        },
        indent=2,
        default=str,
    )


def _counted(file: FileFacts) -> dict[str, Any]:
    counted = asdict(file)
    counted["counts"]["valid"] = file.counts.valid
    return counted


def values_of(finding: Finding) -> dict[str, Any]:
    """Return a finding for programs."""
    names = ("severity", "id", "file", "line", "column", "path", "rule", "got", "fix", "source")
    return {name: getattr(finding, name) for name in names}


def _files(report: Report) -> tuple[FileFacts, ...]:
    return (report.training, report.validation) if report.validation else (report.training,)


def _invalid(counts: Counts) -> str:
    verb = "breaks" if counts.invalid == 1 else "break"
    return f"{counts.invalid:,} of {many(counts.records, 'record')} {verb} a rule"


def _facts(file: FileFacts) -> str:
    counts = file.counts
    media = [
        many(number, word) for number, word in ((counts.images, "image"), (counts.videos, "video")) if number
    ]
    parts = [many(counts.records, "record"), many(counts.characters, "character"), *media]
    name = f"{printable(file.file)} ({many(len(file.files), 'file')})" if file.files else printable(file.file)
    return f"{name}: {', '.join(parts)}, {many(counts.bytes, 'byte')}"


def _summary(report: Report) -> str:
    found = sum(report.counted.values())
    notes = found - report.errors - report.warnings
    shown = {id(one) for one in report.findings}
    omitted = found - sum(len(group.found) for group in report.groups() if shown & set(map(id, group.found)))
    counted = [many(report.errors, "error"), many(report.warnings, "warning")]
    counted += [many(notes, "note")] if notes else []
    limited = f"; {omitted:,} of them not shown, see --limit" if omitted else ""
    read_as = f"; read as {report.format}" if report.format else ""
    return f"{', '.join(counted)}{limited}{read_as}"


@contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """Show a progress bar where standard error is a terminal; elsewhere, nothing."""
    console = console_for(stderr=True)
    if not console.is_terminal:
        yield None
        return
    from rich.progress import Progress as Bar

    with Bar(console=console, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(file: str, read: int, size: int) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(escape(printable(file)), total=size)
            bar.update(tasks[file], completed=read)

        yield show
