"""How this library judges the mutations, and what it should say by AWS's verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from constructs_lib.datasets import validate
from constructs_lib.datasets.checking.record_checker import RecordChecker
from constructs_lib.datasets.dataset_findings import rule_of
from tests.unit.datasets.helpers import write
from tests.unit.datasets.verdicts.mutations import COUNT, FAMILIES, all_mutations
from tests.unit.datasets.verdicts.recorded import recorded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from constructs_lib.findings import Finding
    from tests.unit.datasets.verdicts.mutations import Family

_COUNTS = {"training-records", "total-records"}


_FILES = ("file:", "mixed:", COUNT)
"""The names of mutations whose problem is not one of a single record."""


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
    return {family: _judged(family, files) for family, files in all_mutations().items()}


def _judged(family: str, files: Mapping[str, bytes]) -> dict[str, Judged]:
    form = FAMILIES[family]
    checker = RecordChecker(model=form.model, customization_type=form.type)
    checker.findings(next(iter(files.values())))  # a valid record, which decides the format
    with TemporaryDirectory() as folder:
        return {
            name: _as_judged(
                _of_file(Path(folder), form, name, content)
                if name.startswith(_FILES)
                else checker.findings(content)
            )
            for name, content in files.items()
        }


def _of_file(folder: Path, form: Family, name: str, content: bytes) -> Iterable[Finding]:
    report = validate(write(folder, content), model=form.model, customization_type=form.type, limit=50)
    counts = name.startswith(COUNT)  # a file of one record has too few of them
    return [one for one in report.findings if (rule_of(one) in _COUNTS) == counts]


def _as_judged(found: Iterable[Finding]) -> Judged:
    rules = {(one.severity, rule_of(one)) for one in found}
    worst = next((level for level in ("error", "warning") for one, _ in rules if one == level), "nothing")
    broken = frozenset(rule for severity, rule in rules if severity == worst)
    return Judged(worst, broken, frozenset(rule for _, rule in rules))


def expected(verdicts: Sequence[str]) -> str:
    """Return what AWS's verdicts ask for: an error, a warning, or `nothing`, which permits a warning.

    What every validator refuses is an error; what one refuses and another accepts is a warning.
    """
    refused = [verdict != "accepted" for verdict in verdicts]
    return "error" if all(refused) else "warning" if any(refused) else "nothing"


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


@cache
def found_disagreements() -> list[Disagreement]:
    """Compare everything."""
    return [
        Disagreement(family, name, direction, ours.rules, one.verdicts[name])
        for family, one in recorded().items()
        for name, ours in judged()[family].items()
        if (direction := _direction(ours.severity, expected(one.verdicts[name])))
    ]


def _direction(ours: str, theirs: str) -> str:
    if theirs == "nothing":
        return "stricter" if ours == "error" else ""
    levels = ("nothing", "warning", "error")
    difference = levels.index(ours) - levels.index(theirs)
    return "stricter" if difference > 0 else "milder" if difference else ""
