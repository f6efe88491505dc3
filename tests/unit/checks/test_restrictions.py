"""What platform teams restrict: base models, Regions, tags and training tokens."""

from __future__ import annotations

import pytest

from constructs_lib.checks import Restrictions
from constructs_lib.checks.rules.policy import tag_findings
from tests.unit.checks.subjects import MINIMAL, NOVA, REGION, TOKEN, at, found, names

OWNER = "the CustomizationDefaults of the app"
OTHER = "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abcdefghijkl"


def limits(**given: object) -> dict[str, object]:
    """Return one set of restrictions as a fact of a subject."""
    return {"restrictions": [Restrictions(owner=OWNER, **given)]}  # type: ignore[arg-type]  # what is tried


@pytest.mark.parametrize(
    ("allowed", "identifier", "is_allowed"),
    [
        (None, "anything", True),
        ([NOVA], NOVA, True),
        (["amazon.nova-lite-v1:0"], NOVA, True),
        (["eu.amazon.nova-lite-v1:0"], NOVA, True),
        (["amazon.nova-lite"], NOVA, False),
        ([NOVA], f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-lite-v1:0", True),
        ([NOVA], f"arn:aws:bedrock:{REGION}:111122223333:inference-profile/us.amazon.nova-lite-v1:0", True),
        ([NOVA], f"arn:aws:bedrock:{TOKEN}::foundation-model/{NOVA}", True),
        ([NOVA], OTHER, False),
        ([OTHER], OTHER, True),
        ([NOVA], TOKEN, False),
        ([TOKEN], TOKEN, True),
    ],
)
def test_a_model_is_allowed_in_every_form_of_its_id(
    allowed: list[str] | None,
    identifier: str,
    is_allowed: bool,  # noqa: FBT001 - a case
) -> None:
    """An id with or without suffix and profile, an ARN; anything else must be listed as it is."""
    assert Restrictions(owner=OWNER, base_models=allowed).allows_model(identifier) is is_allowed


def test_a_model_that_bedrock_refuses_is_one_finding() -> None:
    """What is no model id is not also a model that is not allowed."""
    request = at("baseModelIdentifier", "a b")
    assert [one.name for one in found(request, **limits(base_models=[NOVA]))] == ["request-pattern"]


def test_no_region_is_no_allowed_region() -> None:
    """A Region that is not known is refused; its sentence says what to do."""
    [one] = [one for one in found(MINIMAL, **limits(regions=[REGION])) if one.severity == "error"]
    assert one.sentence == (
        f"Region must be in allowed_regions of {OWNER}: {REGION}, got a Region that only the deployment "
        "knows; give the stack a Region, env=cdk.Environment(region=...)"
    )


def test_a_limit_of_tokens_needs_data_that_can_be_counted() -> None:
    """The finding says whose limit it is, and what to ask for."""
    [one] = [one for one in found(MINIMAL, **limits(max_training_tokens=5)) if one.severity == "error"]
    assert one.name == "training-budget"
    assert f"(max_training_tokens of {OWNER})" in one.rule
    assert "have the limit removed there" in one.fix


@pytest.mark.parametrize(
    ("tags", "rules"),
    [
        ({}, ["error", "warning"]),
        ({"jobTags": {"stage": "dev"}}, ["warning"]),
        ({"jobTags": {"stage": "dev"}, "customModelTags": {"stage": "prod"}}, []),
        ({"jobTags": {"stage": "test"}, "customModelTags": {"stage": "dev"}}, ["error"]),
        ({"jobTags": {"stage": {"Ref": "Stage"}}, "customModelTags": {"stage": "dev"}}, ["error"]),
        ({"jobTags": {"Stage": "dev"}, "customModelTags": {"stage": "dev"}}, ["error"]),
    ],
)
def test_required_tags(tags: dict[str, dict[str, object]], rules: list[str]) -> None:
    """The job must have them, its model should; the case of a key counts."""
    restrictions = [Restrictions(owner=OWNER, tags={"stage": ["dev", "prod"]})]
    reported = names(list(tag_findings(restrictions, tags)))
    assert reported == [(severity, "required-tag") for severity in rules]
