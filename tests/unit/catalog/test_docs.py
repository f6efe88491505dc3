"""The documentation says what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from constructs_lib.catalog import Catalog
from constructs_lib.catalog.dataset_rules import DATASET_PREFIX, DATASET_RULES
from constructs_lib.datasets.formats import FORMATS

DOCS = Path(__file__).parents[3] / "docs"
CATALOG, DATASETS = (DOCS / "catalog.md").read_text(), (DOCS / "datasets.md").read_text()


def test_every_rule_of_datasets_is_listed_with_its_sentence() -> None:
    """The table of the page on datasets is that of the code; docs/checks.md lists all rules."""
    listed = dict(re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", DATASETS, re.MULTILINE))
    rules = {DATASET_PREFIX + name: sentence for name, sentence in DATASET_RULES.items()}
    assert {name: listed.get(name) for name in rules} == rules


def test_every_format_is_listed() -> None:
    """The table of formats names every format that can be read."""
    assert set(FORMATS) <= set(re.findall(r"^\| `([\w+-]+)` \|", DATASETS, re.MULTILINE))


def test_the_example_of_a_correction_works() -> None:
    """The correction that the page shows can be laid over the catalogue."""
    [example] = re.findall(r'^```json\n(\{"models":.*?)^```', CATALOG, re.MULTILINE | re.DOTALL)
    nova = Catalog.default().merged_with(json.loads(example)).find("amazon.nova-lite-v1:0:300k")
    assert nova is not None
    assert nova.customizations["FINE_TUNING"].hyper_parameters["epochCount"].max == 10


def test_the_pages_name_the_day_of_the_facts() -> None:
    """Facts age; the page says as of when they are."""
    assert Catalog.default().as_of.startswith("2026-11")
    assert "November 2026" in CATALOG
