"""How this library judges the mutations, and what it should say by AWS's verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from constructs_lib.datasets import validate
from tests.unit.datasets.helpers import write
from tests.unit.datasets.verdicts.mutations import FAMILIES, all_mutations
from tests.unit.datasets.verdicts.recorded import SOURCES, recorded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OF_WHOLE_FILES = {
    *("training-records", "total-records", "validation-records", "training-bytes", "validation-bytes"),
    *("duplicate-record", "records-not-compared", "line-ends"),
}
"""What is said of a file for its size, or for what does not make a record invalid."""


@dataclass(frozen=True)
class Judged:
    """What this library says of one mutation.

    Args:
        severity: `error`, `warning` or `nothing`: that of the most serious finding.
        rules: the rules of that severity.
        all_rules: all rules that the mutation breaks.
    """

    severity: str
    rules: frozenset[str]
    all_rules: frozenset[str]


@cache
def judged() -> dict[str, dict[str, Judged]]:
    """Return what this library says of every mutation, by family and name."""
    with TemporaryDirectory() as folder:
        return {
            family: {name: _judged(Path(folder), family, content) for name, content in files.items()}
            for family, files in all_mutations().items()
        }


def _judged(folder: Path, family: str, content: bytes) -> Judged:
    form = FAMILIES[family]
    report = validate(write(folder, content), model=form.model, customization_type=form.type, limit=50)
    found = {
        (one.severity, one.name.removeprefix("dataset-"))
        for one in report.findings
    }
    found = {(severity, rule) for severity, rule in found if rule not in _OF_WHOLE_FILES}
    by_severity = {level: frozenset(rule for severity, rule in found if severity == level) for level in ("error", "warning")}
    worst = next((level for level, rules in by_severity.items() if rules), "nothing")
    return Judged(worst, by_severity.get(worst, frozenset()), frozenset(rule for _, rule in found))


def expected(validators: Sequence[str], verdicts: Sequence[str]) -> str:
    """Return what AWS's verdicts ask for: an error, a warning, or `nothing`, which permits a warning.

    What every validator refuses is an error, if AWS's pages name one of them. What one of them accepts and
    another refuses is a warning, as is what only the SDK refuses.
    """
    refused = [verdict != "accepted" for verdict in verdicts]
    named = [SOURCES[validator].named for validator in validators]
    if all(refused) and any(named):
        return "error"
    return "warning" if any(refused) else "nothing"


@dataclass(frozen=True)
class Disagreement:
    """A mutation on which this library and AWS's validators disagree.

    Args:
        family: its family.
        mutation: its name.
        direction: `stricter` or `milder`, said of this library.
        rules: this library's rules that are broken, where it is stricter.
        reasons: why AWS's validators refuse it, in the order of the family's validators.
    """

    family: str
    mutation: str
    direction: str
    rules: frozenset[str]
    reasons: tuple[str, ...]


def found_disagreements() -> list[Disagreement]:
    """Compare everything."""
    return [
        Disagreement(family, name, direction, ours.rules, one.verdicts[name])
        for family, one in recorded().items()
        for name, ours in judged()[family].items()
        if (direction := _direction(ours.severity, expected(one.validators, one.verdicts[name])))
    ]


def _direction(ours: str, theirs: str) -> str:
    if theirs == "nothing":
        return "stricter" if ours == "error" else ""
    levels = ("nothing", "warning", "error")
    difference = levels.index(ours) - levels.index(theirs)
    return "stricter" if difference > 0 else "milder" if difference else ""
