"""Rules about the permissions of roles."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from constructs_lib.contract.resource import STACK_TAG
from tests.security.authorization_reference import carries, fits, privilege, resource_types
from tests.security.iam_evaluator import ACCOUNT, conditions, knows, listed
from tests.security.view import STACK_ID, deletes_models

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.security.view import Identity, View

INLINE_LIMIT = 10_240
MANAGED_LIMIT = 6_144
MANAGED_PER_ROLE = 10
# Where AWS makes the name, only `*` is left: `<what stands before>*`.
_OPEN_ENDS = re.compile(
    rf"arn:aws:bedrock:[a-z0-9-]+:{ACCOUNT}:(?:custom-model|custom-model-deployment|model-customization-job)/\*"
    rf"|arn:aws:ec2:[a-z0-9-]+:{ACCOUNT}:network-interface/\*"
    rf"|arn:aws:cloudformation:[a-z0-9-]+:{ACCOUNT}:stack/[^/*]+/\*"
    rf"|arn:aws:logs:[a-z0-9-]+:{ACCOUNT}:log-group:[^:*]+:log-stream:\*"
    rf"|arn:aws:lambda:[a-z0-9-]+:{ACCOUNT}:function:[^:*]+:\*"
    rf"|arn:aws:states:[a-z0-9-]+:{ACCOUNT}:execution:[^:*]+:\*"
    r"|arn:aws:s3:::[^/*]+/(?:[^*]+/)?\*"
)
# Open although the reference knows a resource, because a denial would refuse every job. The first reads by a
# name that no job has yet, and nobody has recorded what IAM asks for; the others stand so on AWS's page,
# whose conditions `network_interfaces_are_tagged_by_bedrock` demands.
_OPEN_ON_PURPOSE = {
    "bedrock:GetModelCustomizationJob",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
}
_OPEN_PARAMETER = re.compile(rf"arn:aws:ssm:[a-z0-9-]+:{ACCOUNT}:parameter/\*")
_OPEN_KEY = re.compile(r"arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/\*")
_OPEN_REGION = re.compile(r"arn:aws:bedrock:\*::foundation-model/[^*]+")


def every_action_exists(view: View) -> Iterator[str]:
    """The authorization reference knows each action, and no action has a wildcard."""
    for one in view.identities:
        for action in listed(one.statement.get("Action", [])):
            if privilege(action) is None:
                yield f"{one.where}: {action} is no action"


def every_resource_fits(view: View) -> Iterator[str]:
    """Each action has a resource that it can be limited to, and each resource has such an action."""
    for one in view.identities:
        actions, resources = (
            listed(one.statement.get("Action", [])),
            listed(one.statement.get("Resource", [])),
        )
        for action in actions:
            open_on_purpose = action in _OPEN_ON_PURPOSE and "*" in resources
            if open_on_purpose or not resource_types(action):
                continue
            if not any(fits(action, resource) for resource in resources):
                yield f"{one.where}: {action} has no resource"
        for resource in resources:
            if resource != "*" and not any(fits(action, resource) for action in actions):
                yield f"{one.where}: no action for {resource}"


def star_only_where_required(view: View) -> Iterator[str]:
    """`*` alone is only for actions that cannot be limited, and for four that AWS leaves unclear."""
    for one in view.identities:
        if "*" in listed(one.statement.get("Resource", [])):
            actions = set(listed(one.statement["Action"])) - _OPEN_ON_PURPOSE
            limitable = sorted(action for action in actions if resource_types(action))
            if limitable:
                yield f"{one.where}: {limitable} on *"


def wildcards_only_where_required(view: View) -> Iterator[str]:
    """A wildcard in an ARN replaces a name that AWS generates, never an account, service or Region."""
    for one in view.identities:
        by_alias = any(
            (operator, key) == ("ForAnyValue:StringEquals", "kms:ResourceAliases") and _is_alias(value)
            for operator, key, value in conditions(one.statement)
        )
        by_tag = any(
            (operator, key, value) == ("StringEquals", f"aws:ResourceTag/{STACK_TAG}", STACK_ID)
            for operator, key, value in conditions(one.statement)
        )
        through = any(key == "bedrock:InferenceProfileArn" for _, key, _ in conditions(one.statement))
        for resource in listed(one.statement.get("Resource", [])):
            forced = (
                _OPEN_ENDS.fullmatch(resource)
                or (through and _OPEN_REGION.fullmatch(resource))
                or (by_tag and _OPEN_PARAMETER.fullmatch(resource))
                or (by_alias and _OPEN_KEY.fullmatch(resource))
            )
            if resource != "*" and re.search(r"[*?]", resource) and not forced:
                yield f"{one.where}: {resource}"


def no_allow_with_not_elements(view: View) -> Iterator[str]:
    """No statement has `NotAction` or `NotResource`."""
    for one in view.identities:
        if {"NotAction", "NotResource"} & one.statement.keys():
            yield f"{one.where}: allows by exclusion"


def every_condition_is_effective(view: View) -> Iterator[str]:
    """Each condition uses a known operator and a key that every action of its statement carries."""
    for one in view.identities:
        for operator, key, _ in conditions(one.statement):
            lacking = [name for name in listed(one.statement["Action"]) if not carries(name, key)]
            if lacking or not knows(operator):
                yield f"{one.where}: {operator} {key} for {lacking}"


def roles_are_passed_to_bedrock_only(view: View) -> Iterator[str]:
    """`iam:PassRole` carries `iam:PassedToService`."""
    for one in _with_action(view, "iam:PassRole"):
        if ("StringEquals", "iam:PassedToService", "bedrock.amazonaws.com") not in conditions(one.statement):
            yield f"{one.where}: passes roles to any service"


def handler_passes_exactly_its_jobs_roles(view: View) -> Iterator[str]:
    """A handler may pass the roles of its own jobs and no other role."""
    for job in view.jobs:
        function = view.resources[view.id_of_arn(job.properties["ServiceToken"])]
        own = {
            other.properties["Request"].get("roleArn")
            for other in view.jobs
            if other.properties["ServiceToken"] == job.properties["ServiceToken"]
        }
        passed = {
            resource
            for one in _with_action(view, "iam:PassRole")
            if one.role == view.id_of_arn(function.properties["Role"])
            for resource in listed(one.statement["Resource"])
        }
        if passed != own:
            yield f"{function.id}: passes {sorted(passed)}, its jobs have {sorted(map(str, own))}"


def no_role_changes_permissions(view: View) -> Iterator[str]:
    """The only IAM action of any role is `iam:PassRole`."""
    for one in view.identities:
        found = [
            action for action in listed(one.statement.get("Action", [])) if re.match("(?i)iam:|\\*", action)
        ]
        if any(action != "iam:PassRole" for action in found):
            yield f"{one.where}: {found}"


def no_aws_managed_policies(view: View) -> Iterator[str]:
    """No AWS managed policy is attached."""
    for role in view.of_type("AWS::IAM::Role"):
        found = [arn for arn in role.properties.get("ManagedPolicyArns", []) if ":iam::aws:" in str(arn)]
        if found:
            yield f"{role.id}: {found}"


def models_are_deleted_only_on_request(view: View) -> Iterator[str]:
    """`bedrock:DeleteCustomModel` and its look-ups are allowed only if a job has `DeleteModel`."""
    if any(map(deletes_models, view.jobs)):
        return
    for action in (
        "bedrock:DeleteCustomModel",
        "bedrock:ListCustomModelDeployments",
        "bedrock:ListProvisionedModelThroughputs",
    ):
        for one in _with_action(view, action):
            yield f"{one.where}: {action}"


def jobs_are_deleted_before_the_delete_permission(view: View) -> Iterator[str]:
    """Only jobs with `DeleteModel` depend on the policy that lets models be deleted."""
    for one in _with_action(view, "bedrock:DeleteCustomModel"):
        for job in view.jobs:
            function = view.resources[view.id_of_arn(job.properties["ServiceToken"])]
            if view.id_of_arn(function.properties["Role"]) != one.role:
                continue
            deletes = deletes_models(job)
            if one.where not in view.resources or (one.where in view.resources[job.id].needs) is not deletes:
                yield f"{job.id}: {'does not wait' if deletes else 'waits'} for {one.where}"


def handler_logs_to_its_own_group(view: View) -> Iterator[str]:
    """A handler writes to the log group of its template, and creates none."""
    own = {f"log-group:{view.ref(group.id)}:" for group in view.of_type("AWS::Logs::LogGroup")}
    for one in view.statements_of(view.handler_roles):
        if not any(action.startswith("logs:") for action in listed(one.statement["Action"])):
            continue
        for resource in listed(one.statement["Resource"]):
            if not any(name in resource for name in own) or "logs:CreateLogGroup" in listed(
                one.statement["Action"]
            ):
                yield f"{one.where}: logs to {resource}"


def policies_stay_within_limits(view: View) -> Iterator[str]:
    """A role has at most 10,240 characters inline, and ten managed policies of 6,144 each."""
    for role in view.of_type("AWS::IAM::Role"):
        inline = [policy["PolicyDocument"] for policy in role.properties.get("Policies", [])]
        policies = [
            one for one in view.of_type("AWS::IAM::Policy") if view.ref(role.id) in one.properties["Roles"]
        ]
        total = sum(map(_length, [*inline, *(one.properties["PolicyDocument"] for one in policies)]))
        if total > INLINE_LIMIT:
            yield f"{role.id}: {total} characters inline"
        attached = [
            one
            for one in view.of_type("AWS::IAM::ManagedPolicy")
            if view.ref(role.id) in one.properties.get("Roles", [])
        ]
        if len(attached) + len(role.properties.get("ManagedPolicyArns", [])) > MANAGED_PER_ROLE:
            yield f"{role.id}: more than {MANAGED_PER_ROLE} managed policies"
    for one in view.of_type("AWS::IAM::ManagedPolicy"):
        if _length(one.properties["PolicyDocument"]) > MANAGED_LIMIT:
            yield f"{one.id}: {_length(one.properties['PolicyDocument'])} characters"


def _is_alias(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"alias/[A-Za-z0-9/_-]+", value) is not None


def _length(document: object) -> int:
    return len(json.dumps(document, separators=(",", ":")))


def _with_action(view: View, action: str) -> list[Identity]:
    return [one for one in view.identities if action in listed(one.statement.get("Action", []))]


RULES = (
    every_action_exists,
    every_resource_fits,
    star_only_where_required,
    wildcards_only_where_required,
    no_allow_with_not_elements,
    every_condition_is_effective,
    roles_are_passed_to_bedrock_only,
    handler_passes_exactly_its_jobs_roles,
    no_role_changes_permissions,
    no_aws_managed_policies,
    models_are_deleted_only_on_request,
    jobs_are_deleted_before_the_delete_permission,
    handler_logs_to_its_own_group,
    policies_stay_within_limits,
)
