"""What others use of a job: its output, its key, its status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Template

from constructs_lib import (
    AWS_OWNED_KEY,
    IModelCustomizationJob,
    InvalidJob,
    ModelCustomizationJob,
    OutputBucket,
    OutputData,
)
from tests.synth.templates import KEY, OUTPUT, of_type, template, the_job

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., ModelCustomizationJob]

ACCOUNT = "111122223333"
HOME = cdk.Environment(account=ACCOUNT, region="us-east-1")
ALIAS = "alias/models"


def _user(scope: cdk.Stack) -> iam.User:
    return iam.User(scope, "Reader")


def _granted(stack: cdk.Stack) -> str:
    """Return the policy of the user of a stack."""
    [policy] = [one for one in of_type(stack, "AWS::IAM::Policy") if "Users" in one["Properties"]]
    return json.dumps(policy["Properties"]["PolicyDocument"]["Statement"])


OUTPUTS: dict[str, Callable[[cdk.Stack], Any]] = {
    "shared": lambda _: None,
    "its own": lambda _: OutputBucket(),
    "of the app": lambda stack: OutputData.from_bucket(s3.Bucket(stack, "Results"), "out/"),
    "a URI": lambda _: OUTPUT,
    "a URI with a token": lambda stack: f"s3://{cdk.CfnParameter(stack, 'Name').value_as_string}/out/",
    "a token": lambda stack: cdk.CfnParameter(stack, "Where").value_as_string,
    "a reference": lambda _: "s3://{{resolve:ssm:/bucket}}/out/",
    "an import": lambda _: f"s3://{cdk.Fn.import_value('bucket')}/out/",
    "a lookup": lambda stack: ssm.StringParameter.value_from_lookup(stack, "/where"),
}
KEYS: dict[str, Callable[[cdk.Stack], Any]] = {
    "shared": lambda _: None,
    "of the app": lambda stack: kms.Key(stack, "Mine"),
    "an alias of the app": lambda stack: kms.Alias(
        stack, "Alias", alias_name=ALIAS, target_key=kms.Key(stack, "Mine")
    ),
    "an ARN": lambda _: KEY,
    "an id": lambda _: KEY.rpartition("/")[2],
    "an alias": lambda _: ALIAS,
    "an alias with a token": lambda stack: f"alias/{cdk.CfnParameter(stack, 'Name').value_as_string}",
    "the ARN of an alias": lambda _: f"arn:aws:kms:us-east-1:{ACCOUNT}:{ALIAS}",
    "a token": lambda stack: cdk.CfnParameter(stack, "Which").value_as_string,
    "a reference": lambda _: "{{resolve:ssm:/key}}",
    "a lookup": lambda stack: ssm.StringParameter.value_from_lookup(stack, "/key"),
}


@pytest.fixture
def stack() -> cdk.Stack:
    """Return a stack with an environment, which lookups need."""
    return cdk.Stack(cdk.App(), "Tickets", env=HOME)


@pytest.mark.parametrize("given", OUTPUTS)
def test_a_user_may_read_the_output(stack: cdk.Stack, job: Make, given: str) -> None:
    """The bucket is a construct whatever was given, and nothing waits for itself."""
    made = job(output_data=OUTPUTS[given](stack), custom_model_kms_key=AWS_OWNED_KEY)
    made.output_bucket.grant_read(_user(stack)).assert_success()
    assert made.output_bucket is made.output_bucket
    assert "s3:GetObject*" in _granted(stack)
    Template.from_stack(stack)  # raises an error where resources wait for each other


@pytest.mark.parametrize("given", KEYS)
def test_a_user_may_use_the_key(stack: cdk.Stack, job: Make, given: str) -> None:
    """It is a construct too, and the user's policy permits what the key does."""
    made = job(output_data=OUTPUT, custom_model_kms_key=KEYS[given](stack))
    key = made.custom_model_kms_key
    assert key is not None
    assert key is made.custom_model_kms_key
    key.grant_decrypt(_user(stack)).assert_success()
    assert "kms:Decrypt" in _granted(stack)
    Template.from_stack(stack)


def test_a_grant_names_what_the_request_names(stack: cdk.Stack, job: Make) -> None:
    """A URI, an ARN and an alias are the same bucket and key in the policy of a user."""
    user = _user(stack)
    made = job(output_data="s3://my-results/out/", custom_model_kms_key=ALIAS)
    made.output_bucket.grant_read(user)
    assert made.custom_model_kms_key is not None
    made.custom_model_kms_key.grant_decrypt(user)
    granted = _granted(stack)
    assert all(text in granted for text in (":s3:::my-results/*", f'"kms:ResourceAliases": "{ALIAS}"'))
    assert f":kms:us-east-1:{ACCOUNT}:key/*" in granted


def test_what_was_given_is_what_is_returned(stack: cdk.Stack, job: Make) -> None:
    """The app's own bucket and key, with all that the app can do with them."""
    bucket, key = s3.Bucket(stack, "Results"), kms.Key(stack, "Mine")
    made = job(output_data=OutputData.from_bucket(bucket, "out/"), custom_model_kms_key=key)
    assert made.output_bucket is bucket
    assert made.custom_model_kms_key is key


def test_a_model_under_a_key_of_aws_has_no_key(job: Make) -> None:
    """Nobody can be granted anything on it."""
    assert job(custom_model_kms_key=AWS_OWNED_KEY).custom_model_kms_key is None


def test_a_bucket_of_another_account_has_that_account_and_its_key(job: Make) -> None:
    """The CDK then knows that only its owner can change its policy."""
    owner = "444455556666"
    key = KEY.replace(ACCOUNT, owner)
    given = OutputData.from_s3_uri("s3://theirs/out/", bucket_owner=owner, encryption_key=key)
    bucket = job(output_data=given).output_bucket
    assert (bucket.env.account, bucket.bucket_name) == (owner, "theirs")
    assert bucket.encryption_key is not None
    assert bucket.encryption_key.key_arn == key


def test_an_alias_of_another_account_is_no_construct(job: Make) -> None:
    """The job is defined; only who asks for the key as a construct has to give its ARN."""
    made = job(custom_model_kms_key=f"arn:aws:kms:us-east-1:444455556666:{ALIAS}")
    with pytest.raises(InvalidJob, match="custom_model_kms_key must not be an alias of another account"):
        _ = made.custom_model_kms_key


@pytest.mark.parametrize("given", ["shared", "its own", "of the app", "a URI"])
def test_another_stack_may_use_output_and_key(stack: cdk.Stack, job: Make, given: str) -> None:
    """A bucket and a key do not change with a retraining, so exporting their names is safe."""
    made = job(output_data=OUTPUTS[given](stack), custom_model_kms_key=None)
    other = cdk.Stack(stack.node.root, "Reports", env=HOME)
    user = _user(other)
    made.output_bucket.grant_read(user).assert_success()
    assert made.custom_model_kms_key is not None
    made.custom_model_kms_key.grant_decrypt(user).assert_success()
    granted = _granted(other)
    assert "s3:GetObject*" in granted
    assert "kms:Decrypt" in granted
    warnings = [str(one.data) for one in made.node.metadata if one.type == "aws:cdk:warning"]
    assert not any("exported" in one for one in warnings)


def test_where_the_output_is(stack: cdk.Stack, job: Make) -> None:
    """The URI is the one of the request, also in an output of the stack."""
    made = job()
    cdk.CfnOutput(stack, "Where", value=made.output_s3_uri)
    cdk.CfnOutput(stack, "Status", value=made.job_status)
    outputs, request = template(stack)["Outputs"], the_job(stack)["Properties"]["Request"]
    assert outputs["Where"]["Value"] == request["outputDataConfig"]["s3Uri"]
    [(name, _)] = [
        item for item in template(stack)["Resources"].items() if item[1]["Type"].startswith("Custom::")
    ]
    assert outputs["Status"]["Value"] == {"Fn::GetAtt": [name, "JobStatus"]}


def test_a_job_is_recognized_whether_it_is_defined_or_imported(stack: cdk.Stack, job: Make) -> None:
    """By its interface, as other resources of the CDK are, with the account and Region of each."""
    arn = "arn:aws:bedrock:eu-west-1:444455556666:model-customization-job/amazon.nova-lite-v1:0/abcdefghijkl"
    made, known = job(), ModelCustomizationJob.from_job_arn(stack, "Known", arn)
    bucket = s3.Bucket(stack, "Bucket")
    jobs = [one for one in (made, known, bucket) if isinstance(one, IModelCustomizationJob)]
    assert jobs == [made, known]
    assert [(one.env.account, one.env.region) for one in jobs] == [
        (ACCOUNT, "us-east-1"),
        ("444455556666", "eu-west-1"),
    ]
    assert {one.stack.node.path for one in jobs} == {"Tickets"}


def test_what_is_not_asked_for_is_not_made(stack: cdk.Stack, job: Make) -> None:
    """An imported bucket is no resource, and it appears when it is first asked for."""
    made = job(output_data=OUTPUT, custom_model_kms_key=KEY)
    before, ids = template(stack), {one.node.id for one in made.node.children}
    assert not {"OutputBucket", "CustomModelKmsKey"} & ids
    _ = made.output_bucket, made.custom_model_kms_key
    assert {"OutputBucket", "CustomModelKmsKey"} <= {one.node.id for one in made.node.children}
    assert stack.node.root.synth(force=True).get_stack_by_name("Tickets").template == before


def test_the_made_role_takes_grants_and_policies(stack: cdk.Stack, job: Make) -> None:
    """It is an `iam.IRole` like any other: policies name it, and whoever may pass it is told its ARN."""
    role = job().role
    keeper = iam.User(stack, "Keeper")
    more = iam.Policy(
        stack, "More", statements=[iam.PolicyStatement(actions=["s3:GetObject"], resources=["*"])]
    )
    role.attach_inline_policy(more)
    for _ in range(2):
        role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name("ReadOnlyAccess"))
    role.grant_pass_role(keeper)
    role.grant_assume_role(keeper)
    s3.Bucket(stack, "Images").grant_read(role)

    template = Template.from_stack(stack)
    name = stack.resolve(role.role_name)
    [made] = (one for key, one in template.find_resources("AWS::IAM::Role").items() if key == name["Ref"])
    policies = {key: one["Properties"] for key, one in template.find_resources("AWS::IAM::Policy").items()}
    granted = [one for one in policies.values() if one.get("Roles") == [name]]
    assert len(made["Properties"]["ManagedPolicyArns"]) == 1
    assert [one["PolicyName"] for one in granted if one["PolicyName"].startswith("More")]
    assert [one for one in granted if one["PolicyName"].endswith("Grants")]
    passed = {"Fn::GetAtt": [name["Ref"], "Arn"]}
    [of_keeper] = (one for one in policies.values() if "Users" in one)
    statements = of_keeper["PolicyDocument"]["Statement"]
    assert [(one["Action"], one["Resource"]) for one in statements] == [
        ("iam:PassRole", passed),
        ("sts:AssumeRole", passed),
    ]
