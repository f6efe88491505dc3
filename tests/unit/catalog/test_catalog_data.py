"""The catalogue's files: complete, consistent, and correctable without a fork."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import constructs_lib.catalog
from constructs_lib.catalog import Catalog, CatalogError
from constructs_lib.catalog.documents import indexed
from constructs_lib.datasets.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

NOVA = "amazon.nova-lite-v1:0:300k"
DATA = Path(constructs_lib.catalog.__file__).parent / "data"
FILES = sorted(DATA.glob("*.json"))
EPOCHS: dict[str, Any] = {"max": 10, "source": "https://example.com/page", "verified": True}


def correction(**figures: object) -> dict[str, Any]:
    """Correct one figure of one model."""
    return {"models": [{"id": NOVA, "customizations": {"FINE_TUNING": figures}}]}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The catalogue that comes with the library."""
    return Catalog.default()


def test_the_figures_were_carried_over(catalog: Catalog) -> None:
    """Twenty-three models, a hundred hyperparameter entries, nine formats, fifteen pairs, five teachers."""
    entries = [facts for model in catalog.models for facts in model.customizations.values()]
    assert len(catalog.models) == 23
    assert sum(len(facts.hyper_parameters) for facts in entries) == 100
    assert len(entries) == 34
    assert len(catalog.formats) == 9
    assert len(catalog.distillation_pairs) == 15
    assert len(catalog.teachers) == 5


def test_every_figure_has_a_source_that_is_known(catalog: Catalog) -> None:
    """Every figure names its page, and every page is known."""
    cited = set(_sources([json.loads(path.read_bytes()) for path in FILES]))
    sources = json.loads((DATA / "common.json").read_bytes())["sources"]
    assert all(cited), "a source is empty"
    assert cited <= sources.keys()
    assert catalog.url("bedrock/custom-models-hp").startswith("https://docs.aws.amazon.com/bedrock/")


def _sources(value: object) -> Iterator[str]:
    """Return the `source` of everything that has one."""
    if isinstance(value, dict):
        if isinstance(value.get("source"), str):
            yield value["source"]
        for item in value.values():
            yield from _sources(item)
    elif isinstance(value, list):
        for item in value:
            yield from _sources(item)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_files_can_be_reviewed(path: Path) -> None:
    """A line holds one figure: a correction shows as one changed line."""
    assert max(map(len, path.read_text().splitlines())) < 400


def test_every_table_is_used() -> None:
    """No hyperparameter table and no data table is left over."""
    for path in FILES:
        document = json.loads(path.read_bytes())
        facts = [facts for model in document.get("models", []) for facts in model["customizations"].values()]
        for member, section in (("hyper_parameters", "hyper_parameters"), ("dataset", "datasets")):
            assert document.get(section, {}).keys() == {one[member] for one in facts if member in one}


def test_ranges_and_defaults_agree(catalog: Catalog) -> None:
    """A range is not empty, and a default lies inside it."""
    for model in catalog.models:
        for facts in model.customizations.values():
            for name, one in facts.hyper_parameters.items():
                numbers = [
                    bound for bound in (one.min, one.default, one.max) if isinstance(bound, int | float)
                ]
                assert numbers == sorted(numbers), (model.id, name)


def test_limits_and_formats_agree(catalog: Catalog) -> None:
    """Every limit says something, and every format is one that can be read."""
    for model in catalog.models:
        for facts in model.customizations.values():
            limits = [one for group in facts.dataset.limits.values() for one in group]
            assert all(one.min is not None or one.max is not None for one in limits)
            assert all((one.min or 0) <= (one.max or 10**15) for one in limits)
            assert set(facts.dataset.formats) <= FORMATS.keys() == catalog.formats.keys()


def test_evidence_and_notes_agree(catalog: Catalog) -> None:
    """A documented rule needs no other evidence, and a contradiction names its sources."""
    datasets = [facts.dataset for model in catalog.models for facts in model.customizations.values()]
    limits = [one for dataset in datasets for group in dataset.limits.values() for one in group]
    for one in [*limits, *[rule for dataset in datasets for rule in dataset.rules.values()]]:
        assert not one.verified or one.evidence is None
        if one.evidence == "validator":
            assert "validator" in one.source
        if one.evidence == "contradicted":
            assert ";" in one.note or ", " in one.note, one


RULE = {"source": "https://example.com/page", "verified": False}


@pytest.mark.parametrize(
    ("corrected", "certain"),
    [
        ({}, True),
        ({"evidence": "unverified"}, False),
        ({"evidence": "contradicted"}, False),
        ({"evidence": "contradicted", "verified": True}, True),
        ({"evidence": None}, False),
        ({"evidence": None, "verified": True}, True),
    ],
)
def test_evidence_can_be_corrected(catalog: Catalog, corrected: dict[str, object], *, certain: bool) -> None:
    """A rule of a validator becomes a warning, and any rule that is verified an error, as before."""
    changed = catalog.merged_with(correction(dataset={"rules": {"roles-alternate": corrected}})).find(NOVA)
    assert changed is not None
    assert changed.customizations["FINE_TUNING"].dataset.rules["roles-alternate"].certain == certain


def test_a_rule_without_evidence_loads_as_before(catalog: Catalog) -> None:
    """A file of corrections that was written before there was evidence says all that is needed."""
    for verified in (True, False):
        rule = {**RULE, "verified": verified}
        changed = catalog.merged_with(correction(dataset={"rules": {"my-rule": rule}})).find(NOVA)
        assert changed is not None
        assert changed.customizations["FINE_TUNING"].dataset.rules["my-rule"].certain == verified


def test_pairs_name_known_models(catalog: Catalog) -> None:
    """Every student is a model with distillation, and every teacher is known."""
    for pair in catalog.distillation_pairs:
        student = catalog.find(pair.student)
        assert student is not None
        assert pair.region in (student.customizations["DISTILLATION"].regions.names or ())
        assert pair.teacher in catalog.teachers


@pytest.mark.parametrize(
    ("identifier", "model"),
    [
        (NOVA, NOVA),
        (f"arn:aws:bedrock:us-east-1::foundation-model/{NOVA}", NOVA),
        (f"arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/{NOVA}", NOVA),
        (f"arn:aws:bedrock:us-east-1:123456789012:custom-model/{NOVA}/abcdef123456", NOVA),
        ("arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.nova-lite-v1:0/abcdef123456", NOVA),
        ("amazon.nova-lite-v1:0", None),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0", None),
        ("arn:aws:s3:::bucket", None),
        ("my-model", None),
        ("", None),
        ("{{resolve:ssm:/model}}", None),
        ("a:" * 100_000, None),
    ],
)
def test_find(catalog: Catalog, identifier: str, model: str | None) -> None:
    """A model is found by its id and by the ARNs that hold it; anything else is not known."""
    found = catalog.find(identifier)
    assert (found.id if found else None) == model


def test_an_id_for_inference_names_one_model(catalog: Catalog) -> None:
    """It is no customization id, and no other model has it."""
    ids = [name for one in catalog.models if one.inference_ids for name in one.inference_ids.names]
    assert len(ids) == len(set(ids)) == 8
    assert not set(ids) & {one.id for one in catalog.models}
    assert all(catalog.find(one) is None and catalog.resolve(one) is not None for one in ids)


def test_a_correction_may_add_an_id_for_inference(catalog: Catalog) -> None:
    """A user who knows another id of a model can write it into a file of corrections."""
    ids = {"names": ["amazon.nova-lite"], "source": "s", "verified": True}
    corrected = catalog.merged_with({"models": [{"id": NOVA, "inference_ids": ids}]})
    found = corrected.resolve("amazon.nova-lite")
    assert found is not None
    assert found.id == NOVA
    assert catalog.resolve("amazon.nova-lite") is None


def test_no_model_is_called_not_customizable(catalog: Catalog) -> None:
    """The families of models that cannot be customized leave out those that can, by each of their ids."""
    for model in catalog.models:
        ids = (model.id, *(model.inference_ids.names if model.inference_ids else ()))
        assert [one for one in ids if catalog.find_not_customizable(one)] == []
        assert model.id not in catalog.not_customizable


@pytest.mark.parametrize(
    ("identifier", "entry"),
    [
        ("amazon.nova-premier-v1:0", "amazon.nova-premier-*"),
        ("us.amazon.nova-premier-v1:0", "amazon.nova-premier-*"),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-premier-v1:0", "amazon.nova-premier-*"),
        ("amazon.nova-premiere", None),
        ("amazon.titan-tg1-large", "amazon.titan-tg1-large"),
        ("amazon.titan-tg1-large-2", None),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-haiku-4-5-*"),
        ("anthropic.claude-haiku-5-5", "anthropic.*"),
        ("openai.gpt-5.4", "openai.*"),
        ("us.openai.gpt-5.4", "openai.*"),
        ("amazon.nova-9-lite-v1:0", None),
        ("anthropic", None),
        ("", None),
        ("{{resolve:ssm:/model}}", None),
        ("a." * 100_000, None),
    ],
)
def test_find_not_customizable(catalog: Catalog, identifier: str, entry: str | None) -> None:
    """By an id, a family of ids or an ARN, with or without the prefix of an inference profile."""
    found = catalog.find_not_customizable(identifier)
    assert (found.id if found else None) == entry


def test_sources_have_the_day_on_which_they_were_read(catalog: Catalog) -> None:
    """A source that was read on another day than the rest has that day."""
    document = json.loads((DATA / "common.json").read_bytes())
    assert document["read"].keys() <= document["sources"].keys()
    assert catalog.read_on("cohere/fine-tuning-on-bedrock") == "2026-11-27"
    assert catalog.read_on("bedrock/custom-models-hp") == catalog.as_of == "2026-11-23"


@pytest.mark.parametrize("as_file", [True, False])
def test_one_figure_is_corrected(catalog: Catalog, tmp_path: Path, *, as_file: bool) -> None:
    """A correction names a model and a figure; everything else stays the same."""
    given: Any = correction(hyper_parameters={"epochCount": EPOCHS})
    if as_file:
        path = tmp_path / "corrections.json"
        path.write_text(json.dumps(given))
        given = path
    corrected = catalog.merged_with(given)
    before, after = (one.find(NOVA) for one in (catalog, corrected))
    assert before is not None
    assert after is not None
    table = before.customizations["FINE_TUNING"].hyper_parameters
    epochs = replace(table["epochCount"], **EPOCHS)
    assert after.customizations["FINE_TUNING"].hyper_parameters == {**table, "epochCount": epochs}
    assert epochs.max == 10 != table["epochCount"].max


def test_a_mapping_that_changes_later_changes_no_catalogue(catalog: Catalog) -> None:
    """A catalogue is a value: it keeps a copy of the corrections."""
    epochs = dict(EPOCHS)
    corrected = catalog.merged_with(correction(hyper_parameters={"epochCount": epochs}))
    epochs["max"] = "many"
    found = corrected.find(NOVA)
    assert found is not None
    assert found.customizations["FINE_TUNING"].hyper_parameters["epochCount"].max == 10


def test_from_file_corrects_the_default(tmp_path: Path) -> None:
    """A file of corrections gives the whole catalogue with them."""
    path = tmp_path / "corrections.json"
    path.write_text(json.dumps(correction(hyper_parameters={"epochCount": EPOCHS})))
    found = Catalog.from_file(path).find(NOVA)
    assert found is not None
    assert found.customizations["FINE_TUNING"].hyper_parameters["epochCount"].max == 10
    assert len(Catalog.from_file(str(path)).models) == 23


def test_a_new_model_in_a_file(catalog: Catalog) -> None:
    """A file may add a model with tables of its own, and pairs for it."""
    added = catalog.merged_with(
        {
            "provider": "Amazon",
            "hyper_parameters": {"x": {"epochCount": {"type": "integer", "min": 1, "max": 3} | EPOCHS}},
            "datasets": {"x": {"formats": ["prompt-completion"]}},
            "models": [
                {
                    "id": "amazon.x-v1:0:1k",
                    "name": "X",
                    "lifecycle": {"source": "s", "verified": False},
                    "customizations": {
                        "FINE_TUNING": {
                            "regions": {"names": ["eu-west-1"], "source": "s", "verified": True},
                            "hyper_parameters": "x",
                            "hyper_parameters_path": "hyperParameters",
                            "dataset": "x",
                            "validation_data": {"support": "optional"},
                        }
                    },
                }
            ],
            "distillation_pairs": [
                {
                    "teacher": "amazon.nova-pro-v1:0",
                    "student": "amazon.x-v1:0:1k",
                    "region": "eu-west-1",
                    "source": "s",
                    "verified": True,
                }
            ],
        }
    )
    found = added.find("amazon.x-v1:0:1k")
    assert found is not None
    assert found.provider == "Amazon"
    assert found.customizations["FINE_TUNING"].hyper_parameters["epochCount"].max == 10
    assert len(added.distillation_pairs) == 16
    assert catalog.find("amazon.x-v1:0:1k") is None


def test_with_model(catalog: Catalog) -> None:
    """A model that is made in Python is added, or replaces the one with the same id."""
    nova = catalog.find(NOVA)
    assert nova is not None
    added = catalog.with_model(replace(nova, id="amazon.nova-9-lite-v1:0:1m", name="Nova 9"))
    assert len(added.models) == 24
    assert added.find("amazon.nova-9-lite-v1:0:1m") is not None
    assert added.variants("amazon.nova-9-lite-v1:0") == ("amazon.nova-9-lite-v1:0:1m",)
    assert len(catalog.with_model(replace(nova, name="Other")).models) == 23


WRONG = [
    ([], ["must contain an object"]),
    ({"modelz": []}, ["modelz is not known"]),
    ({"models": {}}, ["models must be a list"]),
    ({"models": [{"name": "x"}]}, ["models[0] must be an object with id"]),
    ({"models": [{"id": "a.b"}]}, ["models[a.b].name is required", "models[a.b].lifecycle is required"]),
    (correction(hyper_parameters="none"), ["must name one of hyper_parameters, got 'none'"]),
    (correction(hyper_parameters={"epochCount": {"max": "5"}}), ["epochCount.max must be a number, got '5'"]),
    (
        correction(hyper_parameters={"epochCount": {"max": True}}),
        ["epochCount.max must be a number, got true"],
    ),
    (correction(hyper_parameters={"epochCount": {"maximum": 5}}), ["epochCount.maximum is not known"]),
    (
        correction(hyper_parameters={"epochCount": {"type": "int"}}),
        ["type must be one of integer, number, enum"],
    ),
    (correction(dataset={"limits": {"records": []}}), ["must be one of training-records"]),
    (correction(dataset={"formats": "x"}), ["formats must be a list"]),
    (
        correction(dataset={"rules": {"roles-alternate": {"evidence": "proven"}}}),
        ["evidence must be one of documented, validator, contradicted, unverified, got 'proven'"],
    ),
    (correction(regions=7), ["regions must be an object"]),
    ({"models": [{"id": NOVA, "lifecycle": {"eol_date": "soon"}}]}, ["eol_date must be a date, got 'soon'"]),
    (
        {"modelz": [], "sources": {"x": 1}, "models": [{"id": NOVA, "lifecycle": 3}]},
        ["modelz is not known", "sources[x] must be a string", "lifecycle must be an object"],
    ),
    ({"models": [{"id": NOVA, "customizations": []}]}, ["customizations must be an object"]),
    ({"sources": []}, ["sources must be an object"]),
    ({"sources": {"x": 1}}, ["sources[x] must be a string"]),
    ({"read": {"x": "today"}}, ["read[x] must be a date, got 'today'"]),
    (
        {"models": [{"id": NOVA, "inference_ids": {"names": "x", "source": "s", "verified": True}}]},
        ["inference_ids.names must be a list"],
    ),
]


@pytest.mark.parametrize(("content", "sentences"), WRONG, ids=[str(i) for i in range(len(WRONG))])
def test_wrong_files_are_explained(tmp_path: Path, content: object, sentences: list[str]) -> None:
    """A file that does not fit is refused with every fault, each with its place and what to do."""
    path = tmp_path / "corrections.json"
    path.write_text(json.dumps(content))
    with pytest.raises(CatalogError) as caught:
        Catalog.from_file(path)
    assert str(path) in str(caught.value)
    assert all(any(sentence in one for one in caught.value.problems) for sentence in sentences), caught.value


def test_one_mistake_is_one_sentence(catalog: Catalog) -> None:
    """A table that is missing is not also reported as a value of the wrong type."""
    with pytest.raises(CatalogError) as caught:
        catalog.merged_with(correction(hyper_parameters="none", dataset="none", regions=7))
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[" * 100_000, None])
def test_unreadable_files_are_explained(tmp_path: Path, content: bytes | None) -> None:
    """What is not JSON, or is not there, is refused with a sentence."""
    path = tmp_path / "corrections.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CatalogError, match=r"cannot be used as a catalogue file"):
        Catalog.from_file(path)


def test_a_model_written_out_is_a_file(catalog: Catalog) -> None:
    """What `models --output json` prints of a model can be given back as a correction."""
    nova = catalog.find(NOVA)
    assert nova is not None
    written = json.loads(json.dumps(asdict(nova), default=str))
    assert catalog.merged_with({"models": [written]}).find(NOVA) == nova


def test_shipped_files_are_complete_alone() -> None:
    """Each file can be read on its own, so that a reviewer needs no other."""
    for path in FILES:
        document = json.loads(path.read_bytes())
        problems: list[str] = []
        assert document.keys() <= indexed(document, problems).keys()
        assert problems == []


def test_loading_needs_no_cdk_and_no_sdk() -> None:
    """Reading the catalogue imports neither the CDK nor an SDK nor the dataset decoder."""
    program = (
        f"import sys; from constructs_lib.catalog import Catalog; Catalog.default().find('{NOVA}');"
        "print([n for n in ('aws_cdk', 'jsii', 'boto3', 'botocore', 'msgspec', 'yaml') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
