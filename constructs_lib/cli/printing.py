"""Sentences for people, one line each: file, line, place, what is wrong, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from constructs_lib.contract import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .verdict import Verdict


def print_verdicts(verdicts: Iterable[Verdict]) -> None:
    """Print what there is to say about each file.

    Args:
        verdicts: One for each file.
    """
    console = Console(soft_wrap=True, highlight=False)
    for verdict in verdicts:
        for text in _lines(verdict):
            console.print(text)


def _lines(verdict: Verdict) -> Iterable[Text]:
    document = verdict.document
    name = printable(document.name)
    for problem in verdict.problems:
        yield _line(name, document.line(problem.path), "error", "red", str(problem))
    for doubt in verdict.doubts:
        yield _line(name, document.line(doubt.path), "warning", "yellow", f"{doubt} [{doubt.id}]")
    yield Text(f"{name}: {_summary(verdict)}")


def _line(name: str, line: int | None, kind: str, style: str, sentence: str) -> Text:
    place = name if line is None else f"{name}:{line}"
    return Text.assemble((place, "bold"), ": ", (kind, style), ": ", sentence.removeprefix(f"{name} "))


def _summary(verdict: Verdict) -> str:
    problems, warnings = len(verdict.problems), len(verdict.doubts)
    if problems:
        return f"{problems} problem{'s' * (problems != 1)}"
    return f"can be deployed, {warnings} warning{'s' * (warnings != 1)}" if warnings else "can be deployed"
