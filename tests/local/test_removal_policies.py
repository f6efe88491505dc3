"""What `cdk destroy` stops and what it retains."""

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib import BaseModel, ModelCustomizationJob, OnDelete, TrainingData
from constructs_lib.testing import LocalAws
from tests.local.deployment import Define, Deployment

pytestmark = pytest.mark.local


def triage(*, retained_by_an_aspect: bool = False, fails: bool = False, **changes: Any) -> Define:  # noqa: ANN401 - the construct's own arguments
    """Define a job with the default resources."""

    def define(stack: cdk.Stack) -> None:
        train = TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl")
        job = ModelCustomizationJob(
            stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=train, **changes
        )
        if retained_by_an_aspect:
            cdk.RemovalPolicies.of(stack).retain()
        if fails:
            value = {"Type": "String", "Value": "{{resolve:ssm:/no/such/parameter}}"}
            after = cdk.CfnResource(stack, "After", type="AWS::SSM::Parameter", properties=value)
            after.node.add_dependency(job)

    return define


@pytest.fixture
def tickets(local_aws: LocalAws, request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """Return a stack with a name of its own for each test, because resources of a stack remain."""
    local_aws.bedrock.reset()
    stack = Deployment(local_aws, request.node.name.replace("_", "-")[:40])
    yield stack
    stack.destroy()


def roles_of_jobs(stack: Deployment) -> dict[str, list[str]]:
    """Return the roles that Bedrock may assume, and the names of their policies."""
    iam = stack.aws.client("iam")
    names = [
        role["RoleName"]
        for page in iam.get_paginator("list_roles").paginate()
        for role in page["Roles"]
        if "bedrock.amazonaws.com" in str(role["AssumeRolePolicyDocument"])
    ]
    return {name: iam.list_role_policies(RoleName=name)["PolicyNames"] for name in names}


def test_an_aspect_that_retains_everything_does_not_keep_the_job(tickets: Deployment) -> None:
    """`RemovalPolicies.of(app).retain()` keeps buckets and roles, and the job is still stopped."""
    tickets.deploy(triage(retained_by_an_aspect=True))
    tickets.aws.bedrock.configure(stopping_seconds=0)
    name = tickets.job_name
    tickets.destroy()
    assert tickets.jobs == [(name, "Stopped")]


def test_a_retained_job_keeps_its_role_and_bucket(tickets: Deployment) -> None:
    """The role and the bucket of a retained job stay, with their policies."""
    before = roles_of_jobs(tickets)
    tickets.deploy(triage(on_delete=OnDelete.RETAIN))
    [job] = tickets.aws.bedrock.jobs()
    tickets.destroy()
    try:
        assert tickets.jobs == [(job.name, "InProgress")]
        left = {name: kept for name, kept in roles_of_jobs(tickets).items() if name not in before}
        assert list(left) == [str(job.request["roleArn"]).rpartition("/")[2]]
        assert all(left.values())
        bucket = str(job.request["outputDataConfig"]["s3Uri"]).split("/")[2]
        assert "aws:SecureTransport" in tickets.aws.client("s3").get_bucket_policy(Bucket=bucket)["Policy"]
    finally:
        tickets.aws.bedrock.stop(job.name)


def test_a_failed_creation_retains_no_role(tickets: Deployment) -> None:
    """With `OnDelete.RETAIN`, a failed creation still stops the job and deletes its role."""
    tickets.aws.bedrock.configure(stopping_seconds=0)
    before = roles_of_jobs(tickets)
    tickets.fail(triage(on_delete=OnDelete.RETAIN, fails=True))
    assert [status for _, status in tickets.jobs] == ["Stopped"]
    assert roles_of_jobs(tickets) == before
