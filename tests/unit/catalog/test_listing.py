"""The catalogue compared with what Bedrock lists in a Region."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from constructs_lib.catalog import Catalog
from constructs_lib.catalog.listing import Difference, ListedModel, compare

NOVA, NOVA_ON_DEMAND = "amazon.nova-lite-v1:0:300k", "amazon.nova-lite-v1:0"
LLAMA, HAIKU = "meta.llama3-1-8b-instruct-v1:0:128k", "anthropic.claude-3-haiku-20240307-v1:0:200k"
TITAN = "amazon.titan-text-lite-v1:0:4k"
TODAY = date(2026, 11, 23)
FT, DISTILLATION, RFT = "FINE_TUNING", "DISTILLATION", "REINFORCEMENT_FINE_TUNING"


def listed(model: str, *types: str, status: str = "ACTIVE", **dates: date) -> ListedModel:
    """Return a model as Bedrock lists it."""
    return ListedModel(id=model, customizations=frozenset(types), status=status, **dates)


def as_in_the_catalog(region: str) -> list[ListedModel]:
    """Return the models of a Region as the catalogue has them."""
    return [
        listed(model.id, *(kind for kind in model.customizations if kind in (FT, DISTILLATION)))
        for model in Catalog.default().models
        if model.listed
        and model.lifecycle.state(TODAY) == "active"
        and any(region in (facts.regions.names or ()) for facts in model.customizations.values())
        and not any(facts.other_api for facts in model.customizations.values())
    ]


def differences(*models: ListedModel, region: str = "us-east-1", today: date = TODAY) -> list[Difference]:
    """Compare a list that agrees, except for some models; each replaces those of the same id."""
    ids = {one.id for one in models}
    agreeing = [one for one in as_in_the_catalog(region) if one.id not in ids]
    return list(compare(Catalog.default(), [*agreeing, *models], region=region, today=today).differences)


@pytest.mark.parametrize(("region", "count"), [("us-east-1", 5), ("us-west-2", 4), ("eu-west-1", 0)])
def test_nothing_differs_where_bedrock_lists_what_the_catalogue_has(region: str, count: int) -> None:
    """No difference, and every model of the Region is among those that agree."""
    found = compare(Catalog.default(), as_in_the_catalog(region), region=region, today=TODAY)
    assert found.differences == []
    assert len(found.agreeing) == count


def test_a_model_that_bedrock_does_not_list_any_more() -> None:
    """Every model that the catalogue has for the Region is missing from an empty list."""
    found = compare(Catalog.default(), [], region="us-east-1", today=TODAY)
    assert [one.kind for one in found.differences] == ["not-listed"] * 5
    assert found.agreeing == []
    [nova] = [one for one in found.differences if one.model == NOVA]
    there = "the catalogue has it for DISTILLATION and FINE_TUNING there"
    assert str(nova) == f"{NOVA}: AWS does not list it in us-east-1; {there}."


LISTS_FT, LISTS_CPT = (
    "lists it for FINE_TUNING in us-east-1",
    "lists it for CONTINUED_PRE_TRAINING in us-east-1",
)
NO_FT = ("does not list it for FINE_TUNING in us-east-1", "has FINE_TUNING in us-east-1")
NO_DISTILLATION = ("does not list it for DISTILLATION in us-east-1", "has DISTILLATION in us-east-1")


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (listed("amazon.nova-9-lite-v1:0:1m", FT), [(LISTS_FT, "does not have it")]),
        (
            replace(listed("amazon.nova-9-lite-v1:0:1m", FT), name="Nova 9"),
            [("lists it (Nova 9) for FINE_TUNING in us-east-1", "does not have it")],
        ),
        (
            listed("meta.llama4-x", FT),
            [(LISTS_FT, "calls it not customizable: no table of customizable models names Llama 4")],
        ),
        (listed("amazon.nova-9-lite-v1:0"), []),
        (listed(NOVA, FT), [NO_DISTILLATION]),
        (listed(NOVA), [NO_DISTILLATION, NO_FT]),
        (
            listed(NOVA, FT, DISTILLATION, "CONTINUED_PRE_TRAINING"),
            [(LISTS_CPT, "does not have CONTINUED_PRE_TRAINING of it")],
        ),
        (listed(LLAMA, FT), [(LISTS_FT, "has FINE_TUNING in us-west-2 only")]),
        (
            listed("openai.gpt-oss-20b", RFT),
            [(f"lists it for {RFT} in us-east-1", f"has {RFT} for another API only")],
        ),
        (listed(TITAN, FT), [(LISTS_FT, "has it as a model that AWS's tables no longer name")]),
        (listed("amazon.titan-text-lite-v1"), []),
        (listed(NOVA_ON_DEMAND), []),
    ],
)
def test_models_and_types_that_differ(model: ListedModel, expected: list[tuple[str, str]]) -> None:
    """One difference for each type, with both sides; a model that is called on demand only is none."""
    found = differences(model)
    assert [(one.aws, one.catalog) for one in found] == expected
    assert all(one.model == model.id for one in found)


def test_a_model_that_bedrock_customizes_by_another_id() -> None:
    """The id that jobs take is part of the catalogue."""
    without = [one for one in as_in_the_catalog("us-east-1") if one.id != NOVA]
    renamed = listed("amazon.nova-lite-v1:0:1m", FT, DISTILLATION)
    [one] = compare(Catalog.default(), [*without, renamed], region="us-east-1", today=TODAY).differences
    assert one.kind == "id"
    lists = "AWS lists it for customization as amazon.nova-lite-v1:0:1m"
    assert str(one) == f"{NOVA}: {lists}; the catalogue has {NOVA}."


SPRING, AUTUMN = date(2026, 3, 10), date(2026, 9, 10)


HAIKU_LEGACY = "has it as Legacy since 2026-03-10, with its end of life on 2026-09-10"


@pytest.mark.parametrize(
    ("model", "today", "expected"),
    [
        (
            listed(NOVA, FT, DISTILLATION, status="LEGACY", legacy_date=SPRING, eol_date=AUTUMN),
            TODAY,
            (f"lists it as {HAIKU_LEGACY.removeprefix('has it as ')}", "has it as active"),
        ),
        (
            listed(NOVA, FT, DISTILLATION, status="LEGACY"),
            TODAY,
            ("lists it as Legacy", "has it as active"),
        ),
        (listed(NOVA, FT, DISTILLATION, status="ACTIVE", eol_date=date(2028, 1, 1)), TODAY, None),
        (listed(NOVA, FT, DISTILLATION, status=""), TODAY, None),
        (
            listed(HAIKU, FT, status="LEGACY", eol_date=date(2027, 1, 1)),
            AUTUMN,
            (
                "lists it as Legacy, with its end of life on 2027-01-01",
                "has it as at its end of life since 2026-09-10",
            ),
        ),
        (
            listed(HAIKU, FT, status="LEGACY", legacy_date=SPRING, eol_date=AUTUMN),
            date(2026, 9, 9),
            None,
        ),
        (
            listed(HAIKU, FT, status="LEGACY", legacy_date=SPRING, eol_date=date(2026, 12, 1)),
            date(2026, 9, 9),
            ("lists it as Legacy since 2026-03-10, with its end of life on 2026-12-01", HAIKU_LEGACY),
        ),
        (listed(HAIKU, FT, status="ACTIVE"), SPRING, ("lists it as active", HAIKU_LEGACY)),
    ],
)
def test_lifecycles_that_differ(model: ListedModel, today: date, expected: tuple[str, str] | None) -> None:
    """The status on the day, and the dates of a model that is Legacy; others may have no dates yet."""
    region = "us-west-2" if model.id == HAIKU else "us-east-1"
    found = [one for one in differences(model, region=region, today=today) if one.model == model.id]
    assert [(one.aws, one.catalog) for one in found] == ([expected] if expected else [])
    assert all(one.kind == "lifecycle" for one in found)


def test_a_summary_of_the_api_is_read() -> None:
    """Types, status and dates; members that older responses do not have are left open."""
    life = {"status": "LEGACY", "legacyTime": datetime(2026, 3, 10, tzinfo=UTC)}
    summary = {
        "modelId": NOVA,
        "modelName": "Nova Lite",
        "customizationsSupported": [FT],
        "modelLifecycle": life,
    }
    one = ListedModel.from_summary(summary, [DISTILLATION])
    assert one == replace(
        listed(NOVA, FT, DISTILLATION, status="LEGACY", legacy_date=SPRING), name="Nova Lite"
    )
    assert ListedModel.from_summary({"modelId": NOVA}) == ListedModel(id=NOVA)
