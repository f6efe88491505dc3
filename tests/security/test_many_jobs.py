"""A stack with a hundred jobs stays within AWS's limits, and its permissions are as exact as for one job."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from constructs_lib import JobProvider, OnDelete, OutputData, ServiceRole
from tests.security.baseline import findings
from tests.security.iam_evaluator import Call, identity_allows
from tests.security.rules_identity import policies_stay_within_limits
from tests.security.stacks import FOREIGN_KEY, add_job, new_stack, template_of
from tests.security.view import View

MANY = 100
SHARED = {"output_data": OutputData.from_s3_uri("s3://results/all/")}


@pytest.fixture(scope="module")
def crowded() -> View:
    """Return a stack with a hundred jobs, roles and keys, one handler, and shared data and bucket."""
    stack = new_stack(with_env=False)
    for number in range(MANY):
        key = f"{FOREIGN_KEY[:-3]}{number:03}"
        add_job(stack, f"CustomerSupport{number}", custom_model_kms_key=key, **SHARED)
    return View(template_of(stack))


def test_a_hundred_jobs_meet_the_baseline(crowded: View) -> None:
    """The limits of 10,240 and 6,144 characters hold with role names of full length."""
    assert findings(crowded.template) == []


def test_each_further_job_adds_a_role_and_a_job(crowded: View) -> None:
    """Handler and log group exist once; a hundred roles and keys need two more policies."""
    kinds = [one.type for one in crowded.resources.values()]
    assert (kinds.count("AWS::IAM::Role"), len(crowded.jobs)) == (MANY + 1, MANY)
    assert kinds.count("AWS::IAM::ManagedPolicy") == 2
    assert len(kinds) <= 2 * MANY + 10


def test_jobs_with_roles_keys_and_models_of_the_stack() -> None:
    """Each role, key and model of the stack has one policy; a job depends on those that it uses."""
    stack = new_stack()
    shared = iam.Role(stack, "Shared", assumed_by=iam.ServicePrincipal("bedrock.amazonaws.com"))
    for number in range(6):
        # Named as it comes: what only deployment knows is not taken apart.
        model = cdk.CfnParameter(stack, f"Model{number}", default="amazon.nova-lite-v1:0")
        key = kms.Key(
            stack, f"Key{number}", enable_key_rotation=True, removal_policy=cdk.RemovalPolicy.RETAIN
        )
        arguments = {"base_model": model.value_as_string, "custom_model_kms_key": key}
        deletes = {"on_delete": OnDelete.DELETE_MODEL} if number % 3 else {}
        add_job(stack, f"Job{number}", **SHARED, **deletes, **(arguments | {"role": shared}))
    view = View(template_of(stack))
    # The user permits what a given role needs; everything else is checked.
    own = [one for one in findings(view.template) if "Shared" not in one.partition(":")[2]]
    assert own == []
    assert len(view.of_type("AWS::IAM::Policy")) == 1 + 6 + 6 + 1


def test_each_handler_passes_the_role_of_its_own_job() -> None:
    """With a provider for each job, each handler passes the role of its own job and no other."""
    stack = new_stack()
    for number in range(4):
        add_job(stack, f"Job{number}", provider=JobProvider(stack, f"Handler{number}"), **SHARED)
    view = View(template_of(stack))
    handlers = [
        view.id_of_arn(view.resources[view.id_of_arn(job.properties["ServiceToken"])].properties["Role"])
        for job in view.jobs
    ]
    roles = [job.properties["Request"]["roleArn"] for job in view.jobs]
    keys = {"iam:PassedToService": "bedrock.amazonaws.com"}
    matrix = [
        [
            identity_allows(
                [one.statement for one in view.statements_of({handler})],
                Call(name="pass", action="iam:PassRole", resource=role, keys=keys),
            )
            for role in roles
        ]
        for handler in handlers
    ]
    assert matrix == [[handler == role for role in range(4)] for handler in range(4)]


@pytest.mark.parametrize("merges", [False, True], ids=["each statement", "merged statements"])
@pytest.mark.parametrize("role", [None, ServiceRole(role_name="training")], ids=["L1", "L2"])
def test_many_grants_to_a_job_stay_within_the_limits(role: ServiceRole | None, *, merges: bool) -> None:
    """Everything is permitted before the job starts, inline or in managed policies."""
    stack = cdk.Stack(cdk.App(context={"@aws-cdk/aws-iam:minimizePolicies": merges}), "Stack")
    job = add_job(stack, role=role)
    names = [f"amzn-s3-demo-images-of-team-{number:03}" for number in range(80)]
    for name in names:
        s3.Bucket.from_bucket_name(stack, name, name).grant_read_write(job)
    condition = cdk.CfnJson(stack, "Condition", value={cdk.Aws.REGION: "x"})  # known only at deployment
    for at in range(2):
        statement = iam.PolicyStatement(
            actions=["s3:GetObject"],
            resources=[f"arn:aws:s3:::amzn-s3-demo-{at}-{number:050}/*" for number in range(90)],
            conditions={"StringEquals": condition},
        )
        job.role.add_to_principal_policy(statement)
    job.role.add_to_principal_policy(iam.PolicyStatement(not_actions=["s3:*"], not_resources=["*"]))
    view = View(template_of(stack))
    assert [*policies_stay_within_limits(view)] == []
    [service_role] = view.service_roles
    [resource] = view.jobs
    policies = [
        one for one in view.resources.values() if view.ref(service_role) in one.properties.get("Roles", ())
    ]
    assert {one.id for one in policies} <= view.before(resource.id)
    assert any(one.type == "AWS::IAM::ManagedPolicy" for one in policies)
    statements = [one.statement for one in view.statements_of({service_role})]
    allowed = [one for one in statements if "Condition" not in one]
    for name in names:
        call = Call(name="read", action="s3:GetObject", resource=f"arn:aws:s3:::{name}/one.jpg", keys={})
        assert identity_allows(allowed, call), name
