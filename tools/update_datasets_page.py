"""Write what the rules of datasets are based on into `docs/datasets.md`, from the catalogue and the tests.

python -m tools.update_datasets_page
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from constructs_lib.catalog import Catalog, Dataset
from constructs_lib.catalog.dataset_rules import DATASET_PREFIX, DATASET_RULES
from constructs_lib.catalog.model import Reason, bounds
from constructs_lib.datasets.checking.limits import Severities, severity_of
from tests.unit.datasets.verdicts.disagreements import DISAGREEMENTS, Listed
from tests.unit.datasets.verdicts.mutations import FAMILIES
from tests.unit.datasets.verdicts.ours import found_disagreements, judged
from tests.unit.datasets.verdicts.recorded import recorded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from constructs_lib.catalog import CustomizationFacts, DatasetRule, Limit

ROOT = Path(__file__).parent.parent
PAGE, TESTS = ROOT / "docs/datasets.md", ROOT / "tests"
START = "<!-- sources: python -m tools.update_datasets_page -->\n"
END = "<!-- end of sources -->\n"
_RULES_HEAD = "| rule | data of | severity | based on | AWS source | tests |\n|---|---|---|---|---|---|\n"
_DIFFERENCES_HEAD = "| this library is | data of | why | AWS source |\n|---|---|---|---|\n"
_KINDS = {
    "FINE_TUNING": "",
    "DISTILLATION": " distillation",
    "REINFORCEMENT_FINE_TUNING": " reinforcement",
    "CONTINUED_PRE_TRAINING": " continued pre-training",
}
_ELSEWHERE = {"media-not-readable": "error or warning", "validation-data": "error or warning"}
"""The rules whose severity is not one of a rule, but depends on the role or on the model."""


@dataclass(frozen=True, order=True)
class _Row:
    """A rule as it applies to the data of some models; rows are in the order of `DATASET_RULES`.

    Args:
        place: that of the rule.
        rule: its name.
        severity: that of a record or file that breaks it.
        evidence: what it rests on.
        source: key of the catalogue's sources, or "".
        bounds: those of a limit.
    """

    place: int
    rule: str
    severity: str
    evidence: str = "format"
    source: str = ""
    bounds: str = ""


_Use = tuple[str, str]
"""The name of a model, and a customization type."""


def with_table(page: str) -> str:
    """Return the page with the tables as they must be.

    Args:
        page: the page, which has them between two comments.
    """
    before, _, rest = page.partition(START)
    return before + START + _tables(Catalog.default()) + END + rest.partition(END)[2]


def _tables(catalog: Catalog) -> str:
    uses: dict[_Use, CustomizationFacts] = {
        (model.name.removesuffix(" Instruct"), kind): facts
        for model in catalog.models
        for kind, facts in model.customizations.items()
    }
    rows: dict[_Row, set[_Use]] = {row: set() for row in _rows_of_formats(catalog, uses.values())}
    for use, facts in uses.items():
        for row in _rows(facts.dataset, catalog):
            rows.setdefault(row, set()).add(use)
    lines = [_line(row, rows[row], uses) for row in sorted(rows)]
    keys = {row.source for row in rows} | {one.source for one in DISAGREEMENTS}
    pages = {key: catalog.url(key) for key in sorted(keys) if catalog.url(key) != key}
    links = [f"[{key}]: {page}\n" for key, page in pages.items() if page.startswith("https:")]
    return f"\n{_RULES_HEAD}{''.join(lines)}\n{_differences()}\n{''.join(links)}\n"


def _rows(dataset: Dataset, catalog: Catalog) -> Iterator[_Row]:
    """Yield the rules and limits that the catalogue states for some data."""
    severities = Severities(dataset, catalog.formats[dataset.formats[0]])
    limits: Mapping[str, tuple[Limit, ...]] = {**dataset.limits}
    for place, name in enumerate(DATASET_RULES):
        if rule := dataset.rules.get(name):
            yield _Row(place, name, severities.of_rule(name)[0], _evidence(rule), rule.source)
        for limit in limits.get(name, ()):
            severity = "warning" if "tokens" in name else severity_of(limit)  # tokens are estimated
            text = f": {bounds(limit.min, limit.max)}"
            yield _Row(place, name, severity, _evidence(limit), limit.source, text)


def _evidence(stated: Limit | DatasetRule) -> str:
    return stated.evidence or ("documented" if stated.verified else "unverified")


def _rows_of_formats(catalog: Catalog, uses: Iterable[CustomizationFacts]) -> Iterator[_Row]:
    """Yield the rules that hold for every record of a format, or for every file."""
    stated = {name for one in uses for name in (*one.dataset.rules, *one.dataset.limits)}
    files = Severities(Dataset(formats=()), Reason(text="", source="", verified=True))
    for place, name in enumerate(DATASET_RULES):
        if name not in stated:
            yield _Row(place, name, _ELSEWHERE.get(name) or files.of_rule(name)[0])
    for family, found in judged().items():
        model = catalog.find(FAMILIES[family].model)
        if model is None:
            continue
        dataset = model.customizations[FAMILIES[family].type].dataset
        severities = Severities(dataset, catalog.formats[dataset.formats[0]])
        broken = {rule for one in found.values() for rule in one.all_rules}
        for name in broken & stated - {*dataset.rules, *dataset.limits}:
            yield _Row([*DATASET_RULES].index(name), name, severities.of_rule(name)[0])


def _line(row: _Row, used: set[_Use], uses: Iterable[_Use]) -> str:
    data = ", ".join(_names(used, uses)) or "any"
    cells = (f"`{row.rule}`{row.bounds}", data, row.severity, row.evidence, _link(row.source))
    return f"| {' | '.join(cells)} | {', '.join(_tests(row.rule)) or '-'} |\n"


def _names(used: set[_Use], uses: Iterable[_Use]) -> list[str]:
    """Name models by what their names start with, where all that start so are meant."""
    names = {}
    for name, kind in sorted(used):
        words = name.split()
        for count in range(1, len(words) + 1):
            start = " ".join(words[:count])
            alike = {
                (other, same) for other, same in uses if same == kind and f"{other} ".startswith(f"{start} ")
            }
            if alike <= used and (len(alike) > 1 or start == name):
                names[start + _KINDS[kind]] = None
                break
    return [*names]


@cache
def _tests(rule: str) -> list[str]:
    """Return the tests that break a rule: `verdicts`, and the modules that name its finding."""
    name = f'"{rule}"|' if "-" in rule else ""
    named = re.compile(
        rf'{name}{DATASET_PREFIX}{rule}\b(?!-)|\b(?:error|warning|note)(?: |", "){rule}(?![\w-])'
    )
    broken = any(rule in one.all_rules for found in judged().values() for one in found.values())
    files = [file.stem for file, text in _modules().items() if named.search(text)]
    return [*(["verdicts"] if broken else []), *files]


@cache
def _modules() -> dict[Path, str]:
    files = sorted((TESTS / "unit").rglob("test_*.py"))
    return {file: file.read_text(encoding="utf-8") for file in files if "verdicts" not in file.parts}


def _differences() -> str:
    """Return where this library and AWS's validators differ, and why."""
    number, differ = sum(len(one.verdicts) for one in recorded().values()), len(found_disagreements())
    lines = [
        f"| {one.direction} | {_data(one)} | {one.reason} | {_link(one.source)} |\n" for one in DISAGREEMENTS
    ]
    text = (
        f"This library and AWS's validators judge {number - differ:,} of {number:,} files alike. The others:"
    )
    return f"{text}\n\n{_DIFFERENCES_HEAD}{''.join(lines)}"


def _data(listed: Listed) -> str:
    """Return the families that have the difference."""
    found = {one.family: None for one in found_disagreements() if listed.explains(one)}
    return ", ".join(found)


def _link(source: str) -> str:
    if source.startswith("https:"):
        return f"[{source.rpartition('/')[2].removesuffix('.html')}]({source})"
    return f"[{source}]" if source else "-"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
