"""Write the table of rules, AWS's sources and tests in `docs/datasets.md` from the catalogue and the tests.

python -m tools.update_datasets_page
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from constructs_lib.catalog import Catalog
from constructs_lib.catalog.dataset_rules import DATASET_PREFIX, DATASET_RULES
from constructs_lib.checks import RULES
from constructs_lib.datasets.limits import Severities, severity_of
from tests.unit.datasets.verdicts.disagreements import DISAGREEMENTS
from tests.unit.datasets.verdicts.mutations import FAMILIES
from tests.unit.datasets.verdicts.ours import found_disagreements, judged
from tests.unit.datasets.verdicts.recorded import recorded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from constructs_lib.catalog import Dataset, Limit

ROOT = Path(__file__).parent.parent
PAGE, TESTS = ROOT / "docs/datasets.md", ROOT / "tests/unit/datasets"
START, END = (
    "<!-- table of sources: tools/update_datasets_page.py -->\n",
    "<!-- end of the table of sources -->\n",
)
_HEAD = "| rule | data of | severity | rests on | AWS source | tests |\n|---|---|---|---|---|---|\n"
_TYPES = {
    "FINE_TUNING": "",
    "DISTILLATION": " (distillation)",
    "REINFORCEMENT_FINE_TUNING": " (reinforcement)",
    "CONTINUED_PRE_TRAINING": " (continued pre-training)",
}
_BY_FORMAT = "format"


@dataclass(frozen=True, order=True)
class _Row:
    """A rule as it applies to the data of some models; rows are in the order of `DATASET_RULES`.

    Args:
        place: that of the rule.
        rule: its name.
        severity: that of a record or file that breaks it.
        evidence: what it rests on.
        source: key of the catalogue's sources, or "".
    """

    place: int
    rule: str
    severity: str
    evidence: str
    source: str = ""


def with_table(page: str) -> str:
    """Return the page with the table as it must be.

    Args:
        page: the page, which has the table between two comments.
    """
    before, _, rest = page.partition(START)
    return before + START + _table() + END + rest.partition(END)[2]


def _table() -> str:
    catalog = Catalog.default()
    rows: dict[_Row, list[str]] = {row: [] for row in _rows_of_formats(catalog)}
    for model in catalog.models:
        for kind, facts in model.customizations.items():
            for row in _rows(facts.dataset, catalog):
                rows.setdefault(row, []).append(f"{model.name.removesuffix(' Instruct')}{_TYPES[kind]}")
    lines = [_line(row, rows[row]) for row in sorted(rows)]
    listed = {one.source for one in DISAGREEMENTS if not one.source.startswith("https:")}
    sources = sorted({row.source for row in rows if catalog.url(row.source).startswith("https:")} | listed)
    links = [f"[{source}]: {catalog.url(source)}\n" for source in sources]
    return f"\n{_HEAD}{''.join(lines)}\n{_differences()}\n{''.join(links)}\n"


def _differences() -> str:
    """Return where this library and AWS's validators differ, and why."""
    number = sum(len(one.verdicts) for one in recorded().values())
    differ = len(found_disagreements())
    lines = [
        f"| {one.direction} | {', '.join(one.families)} | {one.reason} | {_link(one.source)} |\n"
        for one in DISAGREEMENTS
    ]
    text = f"Of {number:,} files this library and AWS's validators judge {number - differ:,} alike. Where they differ:"
    return f"{text}\n\n| this library is | data of | why | AWS source |\n|---|---|---|---|\n{''.join(lines)}"


def _link(source: str) -> str:
    if source.startswith("https:"):
        return f"[{source.rpartition('/')[2].removesuffix('.html')}]({source})"
    return f"[{source}]" if source else "-"


def _rows(dataset: Dataset, catalog: Catalog) -> Iterator[_Row]:
    """Yield the rules and limits that the catalogue states for some data."""
    severities = Severities(dataset, catalog.formats[dataset.formats[0]])
    limits: Mapping[str, tuple[Limit, ...]] = {**dataset.limits}
    for place, name in enumerate(DATASET_RULES):
        rules = [dataset.rules[name]] if name in dataset.rules else []
        for one in (*rules, *limits.get(name, ())):
            severity = severities.of_rule(name)[0] if rules or "tokens" in name else severity_of(one)
            evidence = one.evidence or ("documented" if one.verified else "unverified")
            yield _Row(place, name, severity, evidence, one.source)


def _rows_of_formats(catalog: Catalog) -> Iterator[_Row]:
    """Yield the rules that hold for every record of a format, or for every file."""
    stated = {
        name
        for model in catalog.models
        for facts in model.customizations.values()
        for name in (*facts.dataset.rules, *facts.dataset.limits)
    }
    for place, name in enumerate(DATASET_RULES):
        if name not in stated:
            yield _Row(place, name, RULES[DATASET_PREFIX + name].severity, _BY_FORMAT)
    for family, found in judged().items():
        facts = catalog.find(FAMILIES[family].model).customizations[FAMILIES[family].type]
        severities = Severities(facts.dataset, catalog.formats[facts.dataset.formats[0]])
        for name in set().union(*(one.all_rules for one in found.values())) & stated:
            if name not in facts.dataset.rules and name not in facts.dataset.limits:
                yield _Row([*DATASET_RULES].index(name), name, severities.of_rule(name)[0], _BY_FORMAT)


def _line(row: _Row, models: Sequence[str]) -> str:
    data = ", ".join(_short(models)) or "all data that can break it"
    return f"| `{row.rule}` | {data} | {row.severity} | {row.evidence} | {_link(row.source)} | {_tests(row.rule)} |\n"


def _short(models: Sequence[str]) -> Iterator[str]:
    """Name models of the same line once: `Llama 3.1 8B, 70B`."""
    before: list[str] = []
    for model in sorted(models):
        words = model.split()
        same = len([*takewhile(lambda pair: pair[0] == pair[1], zip(words, before, strict=False))])
        yield " ".join(words[same:]) if same > 1 and words[same:] else model
        before = words


@cache
def _tests(rule: str) -> str:
    """Return the tests that break a rule on purpose."""
    asserted = re.compile(rf'\b(?:error|warning|note)(?: |", ")(?:{DATASET_PREFIX})?{rule}(?![\w-])')
    files = [file.name for file in sorted(TESTS.glob("test_*.py")) if asserted.search(file.read_text())]
    broken = any(rule in one.all_rules for found in judged().values() for one in found.values())
    return (
        ", ".join([*(["verdicts"] if broken else []), *(file.removesuffix(".py") for file in files)]) or "-"
    )


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
