"""What platform teams apply to an app reaches the function behind jobs, its role and its logs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from constructs_lib import BaseModel, JobProvider, ModelCustomizationJob, OnDelete
from tests.synth.templates import TRAIN, template

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import IConstruct

    Make = Callable[..., ModelCustomizationJob]

POLICY = "arn:aws:iam::111122223333:policy/Bounded"
FUNCTION = "Tickets/BedrockModelCustomization/Role"
SERVICE = "Tickets/BedrockModelCustomizationJobs/Triage/Role"


def resources(stack: cdk.Stack, *kinds: str) -> list[dict[str, Any]]:
    """Return the resources of some types."""
    return [one for one in template(stack)["Resources"].values() if one["Type"] in kinds]


def test_tags_of_an_app(stack: cdk.Stack, job: Make) -> None:
    """A policy that demands tags finds them on function, roles and logs."""
    cdk.Tags.of(stack.node.root).add("cost-centre", "42")
    job()
    kinds = ("AWS::Lambda::Function", "AWS::IAM::Role", "AWS::Logs::LogGroup")
    tags = [(one["Type"], one["Properties"]["Tags"]) for one in resources(stack, *kinds)]
    assert {kind for kind, _ in tags} == {*kinds}
    assert all(one == [{"Key": "cost-centre", "Value": "42"}] for _, one in tags)


@pytest.mark.parametrize("how", ["PermissionsBoundary.of", "Stack"])
def test_a_permissions_boundary_of_an_app(how: str) -> None:
    """Both roles get it: that of the function and that of the job."""
    app = cdk.App()
    boundary = cdk.PermissionsBoundary.from_arn(POLICY) if how == "Stack" else None
    stack = cdk.Stack(app, "Tickets", permissions_boundary=boundary)
    ModelCustomizationJob(stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN)
    if boundary is None:
        policy = iam.ManagedPolicy.from_managed_policy_arn(stack, "Boundary", POLICY)
        iam.PermissionsBoundary.of(app).apply(policy)
    found = [one["Properties"]["PermissionsBoundary"] for one in resources(stack, "AWS::IAM::Role")]
    assert found == [POLICY, POLICY]


@jsii.implements(cdk.IAspect)
class Seen:
    """Looks for resources by their class, as an aspect in TypeScript does with `instanceof`."""

    def __init__(self) -> None:
        self.kinds: list[str] = []

    def visit(self, node: IConstruct) -> None:
        """Change what it finds."""
        if isinstance(node, lambda_.CfnFunction):
            node.memory_size = 512
            self.kinds.append("function")
        if isinstance(node, iam.CfnRole):
            node.description = "Reviewed"
            self.kinds.append("role")
        if isinstance(node, iam.CfnPolicy):
            self.kinds.append("policy")
        if isinstance(node, logs.CfnLogGroup):
            node.retention_in_days = 365
            self.kinds.append("logs")
        if isinstance(node, lambda_.CfnEventInvokeConfig):
            self.kinds.append("events")


def test_an_aspect_that_looks_for_classes(stack: cdk.Stack, job: Make) -> None:
    """It finds all of them, and what it changes is in the template."""
    seen = Seen()
    cdk.Aspects.of(stack.node.root).add(seen)
    job(on_delete=OnDelete.DELETE_MODEL)
    [function] = resources(stack, "AWS::Lambda::Function")
    assert sorted(set(seen.kinds)) == ["events", "function", "logs", "policy", "role"]
    assert function["Properties"]["MemorySize"] == 512
    [group] = resources(stack, "AWS::Logs::LogGroup")
    assert group["Properties"]["RetentionInDays"] == 365
    assert all(one["Properties"]["Description"] == "Reviewed" for one in resources(stack, "AWS::IAM::Role"))


def test_escape_hatches(stack: cdk.Stack, job: Make) -> None:
    """`node.default_child` is the function of a provider, and the custom resource of a job."""
    one = job()
    function, resource = one.provider.node.default_child, one.node.default_child
    assert isinstance(function, lambda_.CfnFunction)
    function.add_property_override("EphemeralStorage", {"Size": 1024})
    assert isinstance(resource, cdk.CfnResource)
    assert resource.cfn_resource_type == "Custom::BedrockModelCustomizationJob"
    [found] = resources(stack, "AWS::Lambda::Function")
    assert found["Properties"]["EphemeralStorage"] == {"Size": 1024}


def test_grants_to_the_role_of_the_function(stack: cdk.Stack) -> None:
    """A grant is a policy of its own, whatever the path of the role is."""
    provider = JobProvider.configure(stack, role_path="/a/b/")
    s3.Bucket(stack, "Bucket").grant_read(provider.role)
    managed = iam.ManagedPolicy(stack, "More")
    managed.add_statements(iam.PolicyStatement(actions=["s3:ListAllMyBuckets"], resources=["*"]))
    provider.role.add_managed_policy(managed)
    [role] = [
        name for name in template(stack)["Resources"] if name.startswith("BedrockModelCustomizationRole8")
    ]
    found = resources(stack, "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
    assert [one["Properties"]["Roles"] for one in found] == [[{"Ref": role}]] * 2
    assert provider.role.grant_principal.assume_role_action == "sts:AssumeRole"


@pytest.mark.parametrize(
    "arn", ["{{resolve:ssm:/platform/role}}", "arn:aws:iam::111122223333:role/{{resolve:ssm:/platform/name}}"]
)
def test_grants_to_a_role_whose_arn_only_the_deployment_knows(stack: cdk.Stack, arn: str) -> None:
    """The CDK takes the name of the role from its ARN at deployment, when it is known."""
    provider = JobProvider.configure(stack, role=arn)
    s3.Bucket(stack, "Bucket").grant_read(provider.role)
    [policy] = resources(stack, "AWS::IAM::Policy")
    assert arn in json.dumps(policy["Properties"]["Roles"])


def _granted(stack: cdk.Stack, provider: JobProvider, number: int, name: str) -> None:
    for at in range(number):
        keys = iam.PolicyStatement(actions=[f"s3:Get{at}"], resources=[f"arn:aws:s3:::{name}{at}/*"])
        provider.role.add_to_principal_policy(keys)
    app = stack.node.root
    assert isinstance(app, cdk.App)
    app.synth()


def test_grants_beyond_the_inline_policies_of_a_role_are_an_error(stack: cdk.Stack) -> None:
    """The CDK puts all of them into one policy, which IAM would refuse in the middle of the deployment."""
    provider = JobProvider.configure(stack)
    with pytest.raises(RuntimeError) as caught:
        _granted(stack, provider, 120, "a-bucket-of-the-app-")
    assert "provider.role must be granted no more than the 10,240 characters" in str(caught.value)
    assert "permit the rest with an iam.ManagedPolicy that has roles=[provider.role]" in str(caught.value)


@pytest.mark.parametrize(("number", "warnings"), [(20, 0), (120, 1)])
def test_grants_that_may_have_no_room_are_a_warning(stack: cdk.Stack, number: int, warnings: int) -> None:
    """The function's own policies count too, and a token may become any text."""
    provider = JobProvider.configure(stack)
    _granted(stack, provider, number, "bucket-")
    said = [str(one.data) for node in stack.node.find_all() for one in node.node.metadata]
    found = [one for one in said if "provider-permissions" in one]
    assert len(found) == warnings


def test_an_imported_policy_on_the_role_of_the_function_is_a_warning(stack: cdk.Stack) -> None:
    """The CDK cannot attach it; `managed_policies` can."""
    role = JobProvider.configure(stack).role
    role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name("ReadOnlyAccess"))
    assert "IRoleCantBeUsedWithIManagedPolicy" in json.dumps(
        [one.data for one in role.node.metadata], default=str
    )


def customized(*, is_prevented: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the template and the policy report of an app with `iam.Role.customize_roles`."""
    app = cdk.App()
    names = {FUNCTION: "made-for-functions", SERVICE: "made-for-bedrock"}
    if is_prevented:
        iam.Role.customize_roles(app, use_precreated_roles=names)
    else:
        iam.Role.customize_roles(app, prevent_synthesis=False)
    stack = cdk.Stack(app, "Tickets")
    ModelCustomizationJob(
        stack,
        "Triage",
        base_model=BaseModel.NOVA_LITE,
        training_data=TRAIN,
        on_delete=OnDelete.DELETE_MODEL,
    )
    found = template(stack)
    report = json.loads((Path(app.synth().directory) / "iam-policy-report.json").read_text())
    return found, {one["roleConstructPath"]: one for one in report["roles"]}


def actions(role: dict[str, Any]) -> set[str]:
    """Return the actions in the policy report of a role."""
    found = [one["Action"] for one in role["identityPolicyStatements"]]
    return {name for one in found for name in ([one] if isinstance(one, str) else one)}


def test_precreated_roles_replace_both_roles() -> None:
    """No IAM resource is left, and the report says what each role must be permitted."""
    found, report = customized(is_prevented=True)
    assert [one for one in found["Resources"].values() if one["Type"].startswith("AWS::IAM")] == []
    assert {path: one["roleName"] for path, one in report.items()} == {
        FUNCTION: "made-for-functions",
        SERVICE: "made-for-bedrock",
    }
    [function] = [one for one in found["Resources"].values() if one["Type"] == "AWS::Lambda::Function"]
    assert "role/made-for-functions" in json.dumps(function["Properties"]["Role"])
    [job] = [one for one in found["Resources"].values() if one["Type"].startswith("Custom::")]
    assert "role/made-for-bedrock" in json.dumps(job["Properties"]["Request"]["roleArn"])
    assert {
        "bedrock:CreateModelCustomizationJob",
        "bedrock:DeleteCustomModel",
        "iam:PassRole",
        "kms:CreateGrant",
    } <= actions(report[FUNCTION])
    assert {"s3:GetObject", "s3:PutObject", "kms:CreateGrant"} <= actions(report[SERVICE])
    assert "stack/Tickets/*" in json.dumps(report[FUNCTION]["identityPolicyStatements"])


def test_reported_roles_are_made_as_well() -> None:
    """With `prevent_synthesis=False` the template is the same, and the report is there too."""
    plain = cdk.Stack(cdk.App(), "Tickets")
    ModelCustomizationJob(
        plain,
        "Triage",
        base_model=BaseModel.NOVA_LITE,
        training_data=TRAIN,
        on_delete=OnDelete.DELETE_MODEL,
    )
    found, report = customized(is_prevented=False)
    assert found == template(plain)
    prevented = customized(is_prevented=True)[1]
    assert {frozenset(actions(one)) for one in report.values()} == {
        frozenset(actions(one)) for one in prevented.values()
    }


def test_a_missing_precreated_role_is_the_cdks_error() -> None:
    """It names the path that `use_precreated_roles` lacks."""
    app = cdk.App()
    iam.Role.customize_roles(app, use_precreated_roles={SERVICE: "made-for-bedrock"})
    stack = cdk.Stack(app, "Tickets")
    ModelCustomizationJob(stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN)
    app.synth()
    messages = [
        str(one.data)
        for one in stack.node.find_child("BedrockModelCustomization").node.find_child("Role").node.metadata
    ]
    assert any(f'at path "{FUNCTION}"' in one for one in messages)
