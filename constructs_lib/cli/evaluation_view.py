"""The report on evaluation data as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.text import Text

from ..findings import printable
from .common import STYLES, many
from .console import print_lines
from .report_view import values_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..datasets import EvaluationReport

_CATEGORIES = 10


def print_evaluation(report: EvaluationReport, limit: int) -> None:
    """Print what is wrong, and what was counted.

    Args:
        report: what `validate_evaluation` returned.
        limit: how many findings are printed.
    """
    print_lines(*_lines(report, limit))


def evaluation_json(report: EvaluationReport, limit: int) -> str:
    """Return a report for programs.

    Args:
        report: what `validate_evaluation` returned.
        limit: how many findings it has.
    """
    return json.dumps(
        {
            "format": "evaluation",
            "file": report.file,
            "ok": report.ok,
            "errors": report.errors,
            "warnings": report.warnings,
            "records": report.records,
            "categories": dict(report.categories),
            "findings": [values_of(one) for one in report.findings[:limit]],
        },
        indent=2,
        default=str,
    )


def _lines(report: EvaluationReport, limit: int) -> Iterator[Text]:
    for one in report.findings[:limit]:
        severity = (one.severity, STYLES[one.severity])
        name = (f" [{one.name}]", "dim")
        yield Text.assemble((one.position, "bold"), ": ", severity, ": ", one.sentence, name)
    yield Text(f"{printable(report.file)}: {many(report.records, 'record')}")
    for category, count in sorted(report.categories.items())[:_CATEGORIES]:
        yield Text(f"    {printable(category)}: {many(count, 'record')}")
    if len(report.categories) > _CATEGORIES:
        yield Text(f"    and {len(report.categories) - _CATEGORIES:,} other categories")
    omitted = len(report.findings) - limit
    more = f"; {omitted:,} of them not shown, see --limit" if omitted > 0 else ""
    counted = f"{many(report.errors, 'error')}, {many(report.warnings, 'warning')}"
    yield Text(f"{counted}{more}; read as evaluation", style="bold")
