"""What the template has for roles, grants, buckets and keys."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from constructs_lib import InvalidJob, OutputBucket, ServiceRole, TrainingData
from constructs_lib.permissions import key_policy_statements, model_key_service_statement
from tests.security.baseline import findings
from tests.security.iam_evaluator import (
    ACCOUNT,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    Call,
    identity_allows,
    listed,
    resource_does_not_deny,
)
from tests.security.scenario import read, write
from tests.security.stacks import FOREIGN_KEY, add_job, new_stack, template_of
from tests.security.view import View

GIVEN = f"arn:aws:iam::{ACCOUNT}:role/Given"


def view_of(**arguments: Any) -> View:  # noqa: ANN401 - keywords of the job
    """Return the template of a stack with one job."""
    stack = new_stack()
    add_job(stack, **arguments)
    return View(template_of(stack))


def test_a_given_role_is_passed_and_never_changed() -> None:
    """No role and no policy is created; the handler may pass exactly the given role."""
    view = view_of(role=GIVEN)
    [job] = view.jobs
    assert job.properties["Request"]["roleArn"] == GIVEN
    assert {one.role for one in view.identities} == view.handler_roles
    assert view.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy") == []
    assert findings(view.template) == []


def test_a_role_of_the_app_is_not_changed_either() -> None:
    """The app's own role is not changed; an output has the statements that it needs."""
    stack = new_stack()
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("bedrock.amazonaws.com"))
    job = add_job(stack, role=role)
    view = View(template_of(stack))
    assert [one for one in view.identities if one.role.startswith("Mine")] == []
    required = {action for one in job.required_service_role_statements for action in listed(one["Action"])}
    assert {"s3:GetObject", "s3:PutObject", "s3:ListBucket", "kms:CreateGrant"} <= required


def test_a_role_that_does_not_trust_bedrock_is_refused() -> None:
    """The app's own role is checked before any resource is created."""
    stack = new_stack()
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    with pytest.raises(InvalidJob, match="must be a role that trusts Amazon Bedrock, got 'Stack/Mine'"):
        add_job(stack, role=role)


def test_name_path_and_boundary_of_the_role() -> None:
    """The service role has the given name, path and permissions boundary."""
    stack = new_stack()
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "Platform")
    add_job(
        stack,
        role=ServiceRole(role_name="AmazonBedrockTickets", path="/models/", permissions_boundary=boundary),
    )
    view = View(template_of(stack))
    [role] = [view.resources[name] for name in view.service_roles]
    assert {name: role.properties[name] for name in ("RoleName", "Path", "PermissionsBoundary")} == {
        "RoleName": "AmazonBedrockTickets",
        "Path": "/models/",
        "PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/Platform",
    }


def test_grants_are_for_one_job() -> None:
    """A grantee may do what was granted on this job, and nothing on another."""
    stack = new_stack()
    job = add_job(stack)
    reader, boss = (
        iam.Role(stack, name, assumed_by=iam.AccountRootPrincipal()) for name in ("Reader", "Boss")
    )
    job.grant_read(reader)
    job.grant_stop(boss)
    view = View(template_of(stack))
    [arn] = [view.ref(one.id) for one in view.jobs]

    def may(grantee: str, action: str, resource: str) -> bool:
        statements = [one.statement for one in view.identities if one.role.startswith(grantee)]
        return identity_allows(statements, Call(name="", action=f"bedrock:{action}", resource=resource))

    see, stop = "GetModelCustomizationJob", "StopModelCustomizationJob"
    assert [may("Reader", see, arn), may("Reader", stop, arn), may("Reader", see, f"{arn}x")] == [
        True,
        False,
        False,
    ]
    assert [may("Boss", stop, arn), may("Boss", stop, f"{arn}x")] == [True, False]
    assert findings(view.template) == []


def test_the_bucket_requires_tls() -> None:
    """Every call without TLS is denied, also one of the owner."""
    view = view_of()
    [policy] = view.of_type("AWS::S3::BucketPolicy")
    [bucket] = view.of_type("AWS::S3::Bucket")
    name = view.ref(bucket.id)
    statements = policy.properties["PolicyDocument"]["Statement"]
    for call in (read, write):
        assert resource_does_not_deny(statements, call(name, "x", keys={}))
        assert not resource_does_not_deny(statements, call(name, "x", keys={"aws:SecureTransport": "false"}))


def test_a_bucket_is_limited_to_a_vpc_on_request() -> None:
    """The statement that denies calls from outside the VPC is there only on request."""
    view = view_of(output_data=OutputBucket(only_from_vpc_id="vpc-1"))
    [policy] = view.of_type("AWS::S3::BucketPolicy")
    [bucket] = view.of_type("AWS::S3::Bucket")
    statements = policy.properties["PolicyDocument"]["Statement"]
    inside = read(view.ref(bucket.id), "x", keys={"aws:SourceVpc": "vpc-1"})
    assert resource_does_not_deny(statements, inside)
    assert not resource_does_not_deny(
        statements, read(view.ref(bucket.id), "x", keys={"aws:SourceVpc": "vpc-2"})
    )
    assert (
        len(statements)
        == len(view_of().of_type("AWS::S3::BucketPolicy")[0].properties["PolicyDocument"]["Statement"]) + 1
    )


def test_access_logs_and_expiry_on_request() -> None:
    """A log bucket is used and objects expire only if the user sets this."""
    stack = new_stack()
    logs = s3.Bucket.from_bucket_name(stack, "Logs", "our-logs")
    add_job(stack, output_data=OutputBucket(access_logs=logs, expire_after_days=30))
    [bucket] = View(template_of(stack)).of_type("AWS::S3::Bucket")
    assert bucket.properties["LoggingConfiguration"]["DestinationBucketName"] == "our-logs"


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        (None, {"ExpiredObjectDeleteMarker": True, "NoncurrentVersionExpiration": {"NoncurrentDays": 30}}),
        (
            OutputBucket(),
            {"ExpiredObjectDeleteMarker": True, "NoncurrentVersionExpiration": {"NoncurrentDays": 30}},
        ),
        (
            OutputBucket(expire_after_days=7),
            {"ExpirationInDays": 7, "NoncurrentVersionExpiration": {"NoncurrentDays": 7}},
        ),
        (
            OutputBucket(expire_after_days=365),
            {"ExpirationInDays": 365, "NoncurrentVersionExpiration": {"NoncurrentDays": 30}},
        ),
    ],
)
def test_old_versions_in_an_output_bucket_expire(settings: OutputBucket | None, rule: dict[str, Any]) -> None:
    """Older versions expire, because they are copies of the data; current objects do so on request."""
    stack = new_stack()
    add_job(stack, output_data=settings)
    [bucket] = View(template_of(stack)).of_type("AWS::S3::Bucket")
    [found] = bucket.properties["LifecycleConfiguration"]["Rules"]
    assert found == {
        "Status": "Enabled",
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        **rule,
    }


def test_the_policy_of_a_new_key() -> None:
    """The key policy is the CDK's default and the statements of the policy builder."""
    [key] = view_of().of_type("AWS::KMS::Key")
    account, service = key_policy_statements(partition="aws", account=ACCOUNT)
    account.pop("Sid")
    assert key.properties["KeyPolicy"]["Statement"] == [account, service]


def test_a_key_of_another_account() -> None:
    """The statements for its owner are an output and a warning; the roles here get theirs."""
    stack = new_stack()
    job = add_job(stack, custom_model_kms_key=kms.Key.from_key_arn(stack, "Theirs", FOREIGN_KEY))
    view = View(template_of(stack))
    [policy] = [view.resolve(one["Value"]) for name, one in view.template["Outputs"].items() if "Key" in name]
    [encrypt, serve] = json.loads(policy)["Statement"]
    assert "kms:ViaService" in str(encrypt["Condition"])
    assert serve == model_key_service_statement()
    assert any("foreign-key" in str(entry.data) for entry in job.node.metadata)
    assert findings(view.template) == []


@pytest.mark.parametrize("has_it", [True, False])
def test_a_key_of_the_app_without_bedrock_is_a_warning(*, has_it: bool) -> None:
    """The key is not changed; the statement that it lacks is an output and a warning."""
    stack = new_stack()
    key = kms.Key(stack, "Mine", removal_policy=cdk.RemovalPolicy.RETAIN, enable_key_rotation=True)
    if has_it:
        key.add_to_resource_policy(iam.PolicyStatement.from_json(model_key_service_statement()))
    job = add_job(stack, custom_model_kms_key=key)
    view = View(template_of(stack))
    [mine] = [one for one in view.of_type("AWS::KMS::Key") if one.id.startswith("Mine")]
    assert len(mine.properties["KeyPolicy"]["Statement"]) == 1 + has_it
    assert any("key-without-bedrock" in str(entry.data) for entry in job.node.metadata) is not has_it
    put_out = [
        view.resolve(one["Value"]) for name, one in view.template["Outputs"].items() if "Serving" in name
    ]
    assert [json.loads(one)["Statement"] for one in put_out] == (
        [] if has_it else [[model_key_service_statement()]]
    )


@pytest.mark.parametrize(
    ("account", "region", "said"),
    [
        (OTHER_ACCOUNT, REGION, "must state the owner"),
        (ACCOUNT, OTHER_REGION, "must be in a bucket of the job's Region"),
    ],
)
def test_a_bucket_of_another_account_or_region_is_refused(account: str, region: str, said: str) -> None:
    """A bucket construct with another environment is refused with one sentence."""
    stack = new_stack()
    far = cdk.Stack(stack.node.root, "Far", env=cdk.Environment(account=account, region=region))
    bucket = s3.Bucket.from_bucket_attributes(
        far, "Bucket", bucket_name="far", region=region, account=account
    )
    with pytest.raises(InvalidJob, match=said):
        add_job(stack, training_data=TrainingData.from_bucket(bucket, "train.jsonl"))
