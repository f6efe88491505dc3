"""Rules about the custom resource and the function behind it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests.security.iam_evaluator import identity_allows, listed
from tests.security.rules_sufficiency import calls_of_function, is_understood
from tests.security.view import STACK_ID, SWEEP_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.security.view import Resource, View

_LONGEST_TIMEOUT = 3600
# What AWS patches: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html.
_OLDEST_PYTHON = 12
_SETTINGS = {
    "STACK_ID",
    "AWS_ENDPOINT_URL_BEDROCK",
    "BEDROCK_CONNECT_TIMEOUT",
    "BEDROCK_READ_TIMEOUT",
    "LOG_LEVEL",
}
_PROPERTIES = {
    "ServiceToken",
    "ServiceTimeout",
    "Request",
    "JobTags",
    "CustomModelTags",
    "UploadedFiles",
    "OnDelete",
    "Revision",
    "RetrainOnInfrastructureChange",
    "Wait",
    "PromotionStores",
}
_OF_SWEEP = {"Trials", "MaxConcurrency", "Objective", "Keep", "Results", "StateMachine"}
_MOST_RESOURCES = 500
_ATTACHED_BY = {
    "AWS::IAM::Policy": "Roles",
    "AWS::IAM::ManagedPolicy": "Roles",
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::EC2::VPCEndpoint": "RouteTableIds",
    "AWS::EC2::SecurityGroupIngress": "GroupId",
    "AWS::EC2::SecurityGroupEgress": "GroupId",
    "AWS::EC2::SubnetRouteTableAssociation": "SubnetId",
}


def service_timeout_is_valid(view: View) -> Iterator[str]:
    """CloudFormation waits for a handler between one second and one hour."""
    for job in view.jobs:
        timeout = job.properties.get("ServiceTimeout")
        if not isinstance(timeout, int) or not 1 <= timeout <= _LONGEST_TIMEOUT:
            yield f"{job.id}: ServiceTimeout {timeout}"


def handler_is_in_the_stack_of_its_job(view: View) -> Iterator[str]:
    """A job's handler is a function of its own stack, and is not exported."""
    arns = {
        arn: one.id for one in view.of_type("AWS::Lambda::Function") if (arn := view.get_att(one.id, "Arn"))
    }
    for job in view.jobs:
        if job.properties["ServiceToken"] not in arns:
            yield f"{job.id}: served by {job.properties['ServiceToken']}"
    for name, output in view.template.get("Outputs", {}).items():
        if "Export" in output and view.resolve(output["Value"]) in arns:
            yield f"{name}: exports a handler"


def handler_has_no_resource_policy_or_url(view: View) -> Iterator[str]:
    """The handler has neither a resource policy nor a function URL."""
    for one in view.of_type("AWS::Lambda::Permission", "AWS::Lambda::Url"):
        yield f"{one.id}: {one.type}"


def job_waits_for_its_permissions(view: View) -> Iterator[str]:
    """Role and bucket policies, endpoints, routes and rules are created before the job starts."""
    for job in view.jobs:
        used = _used_by(view, job)
        for one in view.of_type(*_ATTACHED_BY):
            attached = {str(to) for to in listed(one.properties.get(_ATTACHED_BY[one.type], []))}
            if attached & used and one.id not in view.before(job.id):
                yield f"{job.id}: does not wait for {one.id}"
        yield from _unawaited_of_the_handler(view, job)


def _unawaited_of_the_handler(view: View, job: Resource) -> Iterator[str]:
    """Yield the handler's policies that a job's own calls need and that it does not depend on."""
    function = view.resources.get(view.id_of_arn(job.properties["ServiceToken"]))
    role = view.id_of_arn(function.properties["Role"]) if function else ""
    before = view.before(job.id)
    for one in view.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        if function is None or one.id in before or view.ref(role) not in one.properties.get("Roles", []):
            continue
        others = [other.statement for other in view.statements_of({role}) if other.where != one.id]
        rest = [*filter(is_understood, others)]
        if not all(identity_allows(rest, call) for call in calls_of_function(view, job)):
            yield f"{job.id}: does not wait for {one.id}"


def job_waits_for_no_other_job(view: View) -> Iterator[str]:
    """No dependency of a job belongs to another job, and no resource depends on itself."""
    ids = {job.id for job in view.jobs}
    for one in view.resources.values():
        before = view.before(one.id)
        if one.id in before:
            yield f"{one.id}: waits for itself"
        if one.id in ids and before & ids:
            yield f"{one.id}: waits for {sorted(before & ids)}"


def function_serves_its_own_stack(view: View) -> Iterator[str]:
    """The function of a job has the id of its own stack."""
    for job in view.jobs:
        function = view.resources.get(view.id_of_arn(job.properties["ServiceToken"]))
        known = function.properties.get("Environment", {}).get("Variables", {}) if function else {}
        if function and known.get("STACK_ID") != STACK_ID:
            yield f"{function.id}: serves {known.get('STACK_ID')}"


def _used_by(view: View, job: Resource) -> set[str]:
    request = job.properties["Request"]
    role = view.id_of_arn(request.get("roleArn", ""))
    roles = {view.ref(role)} if role else set()
    network = request.get("vpcConfig", {"subnetIds": [], "securityGroupIds": []})
    subnets = set(network["subnetIds"])
    associations = view.of_type("AWS::EC2::SubnetRouteTableAssociation")
    tables = {one.properties["RouteTableId"] for one in associations if one.properties["SubnetId"] in subnets}
    bucket = request["outputDataConfig"]["s3Uri"].removeprefix("s3://").partition("/")[0]
    return roles | subnets | tables | set(network["securityGroupIds"]) | {bucket}


def function_environment_has_no_secret(view: View) -> Iterator[str]:
    """A function's environment has no secret, because readers of its configuration see it."""
    for one in view.of_type("AWS::Lambda::Function"):
        for name, value in one.properties.get("Environment", {}).get("Variables", {}).items():
            if name not in _SETTINGS:
                yield f"{one.id}: {name} is no setting of the handler's"
            if _holds_a_secret(str(value)):
                yield f"{one.id}: {name} holds a secret"


def job_properties_have_no_secret(view: View) -> Iterator[str]:
    """A custom resource has the properties of the contract only, and none is resolved from a secret."""
    for job in view.jobs:
        for name in job.properties.keys() - _PROPERTIES - (_OF_SWEEP if job.type == SWEEP_TYPE else set()):
            yield f"{job.id}: {name} is no property of a job"
        if _holds_a_secret(json.dumps(job.properties)):
            yield f"{job.id}: holds a secret"


def function_runs_on_a_supported_runtime(view: View) -> Iterator[str]:
    """The function uses a runtime that AWS still patches."""
    for one in view.of_type("AWS::Lambda::Function"):
        found = re.fullmatch(r"python3\.([0-9]+)", str(one.properties.get("Runtime")))
        if found is None or int(found[1]) < _OLDEST_PYTHON:
            yield f"{one.id}: runs on {one.properties.get('Runtime')}"


def _holds_a_secret(text: str) -> bool:
    """Return whether a value refers to a secret or looks like an access key; readers would see it."""
    return bool(re.search(r"\{\{resolve:(?:secretsmanager|ssm-secure):|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", text))


def log_groups_have_a_retention(view: View) -> Iterator[str]:
    """Log groups have a retention period."""
    for group in view.of_type("AWS::Logs::LogGroup"):
        if not isinstance(group.properties.get("RetentionInDays"), int):
            yield f"{group.id}: no retention"


def stack_stays_within_limits(view: View) -> Iterator[str]:
    """A stack has at most 500 resources."""
    if len(view.resources) > _MOST_RESOURCES:
        yield f"{len(view.resources)} resources"


RULES = (
    service_timeout_is_valid,
    handler_is_in_the_stack_of_its_job,
    handler_has_no_resource_policy_or_url,
    job_waits_for_its_permissions,
    job_waits_for_no_other_job,
    function_serves_its_own_stack,
    function_environment_has_no_secret,
    job_properties_have_no_secret,
    function_runs_on_a_supported_runtime,
    log_groups_have_a_retention,
    stack_stays_within_limits,
)
