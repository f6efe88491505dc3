"""AWS's own validators and this library judge the same files alike, but for the listed disagreements."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from constructs_lib.catalog import Catalog
from constructs_lib.catalog.dataset_rules import DATASET_RULES
from tests.unit.datasets.verdicts.disagreements import DISAGREEMENTS
from tests.unit.datasets.verdicts.mutations import FAMILIES, all_mutations
from tests.unit.datasets.verdicts.ours import found_disagreements, judged
from tests.unit.datasets.verdicts.recorded import SOURCES, digest, recorded
from tools.update_datasets_page import PAGE, with_table


def test_the_verdicts_are_those_of_the_generated_files() -> None:
    """Where this fails, the mutations have changed: record the verdicts again, see `record.py`."""
    for family, one in recorded().items():
        files = all_mutations()[family]
        assert one.verdicts.keys() == files.keys(), family
        assert one.files == digest(files), family
    assert sum(len(one.verdicts) for one in recorded().values()) > 2_000


def test_the_catalogue_cites_the_validators_that_were_recorded() -> None:
    """The same file of the same commit: else rules and verdicts are of different versions."""
    urls = Catalog.default()._document["sources"].values()
    for source in SOURCES.values():
        repository = f"https://github.com/{source.repository}/blob/{source.commit}/"
        assert any(url.startswith(repository + str(Path(source.path).parent)) for url in urls), source


def test_everybody_accepts_the_valid_records() -> None:
    """A mutation breaks one rule only if the record was valid before."""
    for family, found in judged().items():
        valid = [name for name in found if name.endswith(": unchanged")]
        assert valid
        assert [name for name in valid if found[name].severity == "error"] == []
        if family in recorded():
            verdicts = [recorded()[family].verdicts[name] for name in valid]
            assert all(set(one) == {"accepted"} for one in verdicts), family


def test_every_rule_is_broken_in_every_format_that_has_it() -> None:
    """A rule that no mutation breaks would be compared with nothing."""
    catalog, broken = Catalog.default(), defaultdict(set)
    for family, found in judged().items():
        uses = FAMILIES[family].model, FAMILIES[family].type  # several formats of a model share its rules
        broken[uses].update(rule for one in found.values() for rule in one.all_rules)
    for (name, kind), rules in broken.items():
        model = catalog.find(name)
        assert model is not None
        assert model.customizations[kind].dataset.rules.keys() - rules == set(), (name, kind)


def test_every_disagreement_with_aws_is_listed() -> None:
    """Mend the rule, or list it in `disagreements.py` with its reason."""
    unlisted = [
        one for one in found_disagreements() if not any(listed.explains(one) for listed in DISAGREEMENTS)
    ]
    assert unlisted == []


def test_no_listed_disagreement_is_outdated() -> None:
    """What is no disagreement any more is removed from the list."""
    found = found_disagreements()
    outdated = [listed for listed in DISAGREEMENTS if not any(map(listed.explains, found))]
    assert outdated == []


def test_every_disagreement_has_a_reason_and_a_source() -> None:
    """The source is one of the catalogue's, the rules are those of the datasets."""
    sources = Catalog.default()._document["sources"]
    for listed in DISAGREEMENTS:
        assert listed.reason.endswith(".")
        assert listed.source in sources or listed.source.startswith("https://docs.aws.amazon.com/"), listed
        assert set(listed.rules) <= DATASET_RULES.keys(), listed


def test_the_table_of_sources_is_up_to_date() -> None:
    """Run `python -m tools.update_datasets_page` where this fails."""
    page = PAGE.read_text(encoding="utf-8")
    assert with_table(page) == page
