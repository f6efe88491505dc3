"""With a key alias, the template permits exactly the keys that have this alias."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from constructs_lib import InvalidJob, ModelCustomizationJob, OutputData, TrainingData
from tests.security.baseline import findings
from tests.security.iam_evaluator import (
    ACCOUNT,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    Call,
    identity_allows,
    listed,
    names,
)
from tests.security.scenario import VIA_BEDROCK, VIA_S3, key_call
from tests.security.scenario_calls import MODEL_KEY_ACTIONS, alias_calls
from tests.security.stacks import FOREIGN_ALIAS, FOREIGN_KEY, add_job, new_stack, template_of
from tests.security.view import View

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ALIAS = "alias/team/models"
ALIAS_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:{ALIAS}"
DEPLOYMENT = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:custom-model-deployment/abcdefghijkl"
REQUEST = {
    "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
    "trainingDataConfig": {"s3Uri": "s3://data/train.jsonl"},
    "outputDataConfig": {"s3Uri": "s3://results/x/"},
    "customModelKmsKeyId": ALIAS,
}


def parameter(stack: cdk.Stack, value: str) -> str:
    """Return a value that is known only at deployment, and what it will be."""
    return cdk.CfnParameter(stack, "Later", default=value).value_as_string


WAYS: dict[str, Callable[[cdk.Stack], object]] = {
    "name": lambda _: ALIAS,
    "ARN": lambda _: ALIAS_ARN,
    "imported": lambda stack: kms.Alias.from_alias_name(stack, "Alias", ALIAS),
    "part of the name is a token": lambda stack: f"alias/team/{parameter(stack, 'models')}",
    "ARN with a token": lambda stack: f"arn:aws:kms:{stack.region}:{stack.account}:{ALIAS}",
    "imported, the name is a token": lambda stack: kms.Alias.from_alias_name(
        stack, "Alias", parameter(stack, ALIAS)
    ),
}


def of_role(view: View, roles: set[str]) -> list[dict[str, Any]]:
    """Return the statements of some roles."""
    return [one.statement for one in view.statements_of(roles)]


@pytest.mark.parametrize("with_env", [True, False], ids=["in one account and Region", "anywhere"])
@pytest.mark.parametrize("way", WAYS)
def test_role_and_function_may_use_exactly_the_keys_with_the_alias(way: str, *, with_env: bool) -> None:
    """Both may use the keys with the alias in the job's account and Region, through Bedrock only."""
    stack = new_stack(with_env=with_env)
    add_job(stack, custom_model_kms_key=WAYS[way](stack), output_data=OutputData.from_s3_uri("s3://out/x/"))
    view = View(template_of(stack))
    needed, forbidden = alias_calls(MODEL_KEY_ACTIONS, ALIAS, VIA_BEDROCK)
    for roles in (view.service_roles, view.handler_roles):
        statements = of_role(view, roles)
        assert names(call for call in needed if not identity_allows(statements, call)) == []
        assert names(call for call in forbidden if identity_allows(statements, call)) == []
    assert findings(view.template) == []
    [job] = view.jobs
    assert job.properties["Request"]["customModelKmsKeyId"] in (ALIAS, ALIAS_ARN)


@pytest.mark.parametrize("way", WAYS)
def test_the_role_may_use_bucket_keys_only_with_the_alias(way: str) -> None:
    """The key of a bucket is given by alias in the same ways, and used through S3 only."""
    stack = new_stack()
    key: Any = WAYS[way](stack)
    add_job(
        stack,
        training_data=TrainingData.from_s3_uri("s3://data/train.jsonl", encryption_key=key),
        output_data=OutputData.from_s3_uri("s3://results/x/", encryption_key=key),
    )
    view = View(template_of(stack))
    statements = of_role(view, view.service_roles)
    needed, forbidden = alias_calls(("Decrypt", "GenerateDataKey"), ALIAS, VIA_S3)
    assert names(call for call in needed if not identity_allows(statements, call)) == []
    assert names(call for call in forbidden if identity_allows(statements, call)) == []
    assert not any(identity_allows(of_role(view, view.handler_roles), call) for call in needed)


def test_an_invoker_may_use_exactly_the_keys_with_the_alias() -> None:
    """`grant_invoke` permits the use of a model with the keys that have the alias."""
    stack = new_stack()
    job = add_job(stack, custom_model_kms_key=ALIAS)
    reader = iam.Role(stack, "Reader", assumed_by=iam.AccountRootPrincipal())
    job.grant_invoke(reader, target_arn=DEPLOYMENT).assert_success()
    view = View(template_of(stack))
    reader_id = stack.get_logical_id(reader.node.default_child)  # type: ignore[arg-type]  # a role is one L1
    statements = of_role(view, {reader_id})
    needed, forbidden = alias_calls(("Decrypt", "GenerateDataKey"), ALIAS, VIA_BEDROCK)
    assert names(call for call in needed if not identity_allows(statements, call)) == []
    assert names(call for call in forbidden if identity_allows(statements, call)) == []


def test_the_alias_of_one_job_does_not_change_the_key_of_another() -> None:
    """An alias permits no key of another job's account, and limits no key that is given by ARN."""
    stack = new_stack()
    out = OutputData.from_s3_uri("s3://out/x/")
    for number, key in enumerate([ALIAS, ALIAS_ARN, "alias/second", FOREIGN_KEY, FOREIGN_ALIAS]):
        add_job(stack, f"Job{number}", custom_model_kms_key=key, output_data=out)
    view = View(template_of(stack))
    statements = of_role(view, view.handler_roles)
    at_home = key_call("Decrypt", "any", VIA_BEDROCK)
    foreign = replace(at_home, resource=FOREIGN_KEY.replace("0a1b2c3d", "ffffffff"))

    def with_alias(call: Call, alias: str) -> bool:
        keys = VIA_BEDROCK | {"kms:ResourceAliases": [alias]}
        return identity_allows(statements, replace(call, keys=keys))

    assert identity_allows(statements, replace(at_home, resource=FOREIGN_KEY))
    assert [with_alias(at_home, one) for one in (ALIAS, "alias/second", "alias/models")] == [
        True,
        True,
        False,
    ]
    assert [with_alias(foreign, one) for one in (ALIAS, "alias/second", "alias/models")] == [
        False,
        False,
        True,
    ]
    assert not identity_allows(statements, at_home)
    on_aliases = {json.dumps(one) for one in statements if "kms:ResourceAliases" in json.dumps(one)}
    assert len(on_aliases) == 3
    assert findings(view.template) == []


def test_an_alias_of_the_app_is_permitted_by_the_arn_of_its_key() -> None:
    """A condition on a new alias might not match for five minutes; the job depends on the alias."""
    stack = new_stack()
    key = kms.Key(stack, "ModelKey", enable_key_rotation=True, removal_policy=cdk.RemovalPolicy.RETAIN)
    alias = kms.Alias(stack, "Alias", alias_name=ALIAS, target_key=key)
    data = s3.Bucket.from_bucket_attributes(stack, "In", bucket_name="data", encryption_key=alias)
    add_job(stack, custom_model_kms_key=alias, training_data=TrainingData.from_bucket(data, "t.jsonl"))
    template = template_of(stack)
    view = View(template)
    # The rules ask for a key that has the alias and know nothing of the key that it belongs to.
    assert [one for one in findings(template) if "with the model's key" not in one] == []
    assert "kms:ResourceAliases" not in json.dumps(template)
    key_id, alias_id = (stack.get_logical_id(one.node.default_child) for one in (key, alias))  # type: ignore[arg-type]  # each is one L1
    for roles, ways in ((view.service_roles, (VIA_BEDROCK, VIA_S3)), (view.handler_roles, (VIA_BEDROCK,))):
        for way in ways:
            assert identity_allows(of_role(view, roles), key_call("Decrypt", key_id, way))
    [job] = view.jobs
    assert job.properties["Request"]["customModelKmsKeyId"] == ALIAS_ARN
    assert alias_id in view.before(job.id)


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_a_job_file_may_give_a_key_by_alias(tmp_path: Path, suffix: str) -> None:
    """The alias is accepted as in the AWS CLI, and the template's request has it unchanged."""
    file = tmp_path / f"job.{suffix}"
    file.write_text(json.dumps(REQUEST), encoding="utf-8")
    stack = new_stack()
    ModelCustomizationJob.from_request(stack, "Job", file)
    template = template_of(stack)
    [job] = View(template).jobs
    assert job.properties["Request"]["customModelKmsKeyId"] == ALIAS
    assert findings(template) == []


@pytest.mark.parametrize("in_app", [True, False], ids=["of the app", "as text"])
def test_an_alias_of_another_region_is_refused(*, in_app: bool) -> None:
    """Bedrock uses a key of the job's own Region, in whatever form it is given."""
    stack = new_stack()
    key: object = ALIAS_ARN.replace(REGION, OTHER_REGION)
    if in_app:
        env = cdk.Environment(account=ACCOUNT, region=OTHER_REGION)
        there = cdk.Stack(cdk.App(), "There", env=env)
        key = kms.Alias.from_alias_name(there, "Alias", ALIAS)
    with pytest.raises(InvalidJob, match="must be a key of the job's Region"):
        add_job(stack, custom_model_kms_key=key)


def test_an_alias_of_another_account_is_permitted_in_that_account() -> None:
    """The policies name the account of the alias and no other; the owner must permit the role too."""
    stack = new_stack()
    add_job(stack, custom_model_kms_key=FOREIGN_ALIAS)
    view = View(template_of(stack))
    resources = {
        resource
        for one in view.identities
        if "kms:ResourceAliases" in json.dumps(one.statement)
        for resource in listed(one.statement["Resource"])
    }
    assert resources == {f"arn:aws:kms:{REGION}:{OTHER_ACCOUNT}:key/*"}
    assert any("KeyPolicy" in name for name in view.template["Outputs"])


def test_a_token_as_a_key_is_treated_as_its_arn() -> None:
    """It may become the ARN of a key or of an alias; `key/*` is used only for a given alias."""
    stack = new_stack()
    add_job(stack, custom_model_kms_key=parameter(stack, FOREIGN_KEY))
    template = template_of(stack)
    assert "kms:ResourceAliases" not in json.dumps(template)
    assert findings(template) == []
