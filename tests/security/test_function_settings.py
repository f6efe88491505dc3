"""Settings of the function permit exactly the calls that they need."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cdk_nag  # noqa: F401 - the library suppresses findings where it is loaded
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import JobProvider, ProviderSettings
from constructs_lib.permissions import log_key_owner_statement
from tests.security.iam_evaluator import (
    ACCOUNT,
    OTHER_ACCOUNT,
    REGION,
    Call,
    identity_allows,
    resource_allows,
)
from tests.security.removals import is_detected, removals
from tests.security.rules_sufficiency import handler_calls, neighbours
from tests.security.scenario import Scenario
from tests.security.stacks import add_job, new_stack, template_of
from tests.security.view import View

if TYPE_CHECKING:
    import aws_cdk as cdk

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0a1b2c3d-0000-1111-2222-333344445555"
QUEUE, TOPIC = f"arn:aws:sqs:{REGION}:{ACCOUNT}:Dead", f"arn:aws:sns:{REGION}:{ACCOUNT}:Dead"
CODE = {"lambda:SourceFunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:Handler"}
INTERFACE = f"arn:aws:ec2:{REGION}:{ACCOUNT}:network-interface/eni-1"
INTERFACE_ACTIONS = (
    "CreateNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeSubnets",
    "DeleteNetworkInterface",
    "AssignPrivateIpAddresses",
    "UnassignPrivateIpAddresses",
)


def via(service: str) -> dict[str, str]:
    """Return what KMS sees of a call by a service."""
    return {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}


def vpc(stack: cdk.Stack) -> ProviderSettings:
    """Return settings with an imported VPC."""
    zones, subnets = ["a", "b"], ["subnet-0a1b2c3d", "subnet-1a2b3c4d"]
    found = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-0a1b2c3d", availability_zones=zones, private_subnet_ids=subnets
    )
    return ProviderSettings(vpc=found)


def queue(stack: cdk.Stack) -> ProviderSettings:
    """Return settings with an encrypted queue of another stack."""
    found = sqs.Queue.from_queue_attributes(stack, "Dead", queue_arn=QUEUE, key_arn=KEY)
    return ProviderSettings(dead_letter_queue=found)


def topic(stack: cdk.Stack) -> ProviderSettings:
    """Return settings with a topic of another stack."""
    return ProviderSettings(dead_letter_topic=sns.Topic.from_topic_arn(stack, "Dead", TOPIC))


MAKE = {
    "vpc": vpc,
    "queue": queue,
    "topic": topic,
    "tracing": lambda _: ProviderSettings(tracing=lambda_.Tracing.ACTIVE),
    "environment": lambda stack: ProviderSettings(
        environment_encryption=kms.Key.from_key_arn(stack, "Environment", KEY)
    ),
}
NEEDED = {
    "vpc": [
        Call(name=action, action=f"ec2:{action}", resource=INTERFACE if "Describe" not in action else "*")
        for action in INTERFACE_ACTIONS
    ],
    "queue": [
        Call(name="send", action="sqs:SendMessage", resource=QUEUE),
        Call(name="encrypt", action="kms:GenerateDataKey", resource=KEY, keys=via("sqs")),
        Call(name="decrypt", action="kms:Decrypt", resource=KEY, keys=via("sqs")),
    ],
    "topic": [Call(name="publish", action="sns:Publish", resource=TOPIC)],
    "tracing": [
        Call(name="segments", action="xray:PutTraceSegments"),
        Call(name="telemetry", action="xray:PutTelemetryRecords"),
    ],
    "environment": [Call(name="decrypt", action="kms:Decrypt", resource=KEY)],
}
FORBIDDEN = {
    "vpc": [
        *(
            Call(name=f"{action} by the code", action=f"ec2:{action}", resource=INTERFACE, keys=CODE)
            for action in INTERFACE_ACTIONS
        ),
        Call(name="detach", action="ec2:DetachNetworkInterface", resource=INTERFACE),
        Call(name="attach", action="ec2:AttachNetworkInterface", resource=INTERFACE),
    ],
    "queue": [
        Call(name="another queue", action="sqs:SendMessage", resource=f"{QUEUE}2"),
        Call(name="read", action="sqs:ReceiveMessage", resource=QUEUE),
        Call(name="decrypt directly", action="kms:Decrypt", resource=KEY),
        Call(name="decrypt through S3", action="kms:Decrypt", resource=KEY, keys=via("s3")),
        Call(name="another key", action="kms:Decrypt", resource=f"{KEY[:-1]}6", keys=via("sqs")),
    ],
    "topic": [
        Call(name="another topic", action="sns:Publish", resource=f"{TOPIC}2"),
        Call(name="subscribe", action="sns:Subscribe", resource=TOPIC),
    ],
    "tracing": [Call(name="read traces", action="xray:BatchGetTraces")],
    "environment": [
        Call(name="encrypt", action="kms:Encrypt", resource=KEY),
        Call(name="another key", action="kms:Decrypt", resource=f"{KEY[:-1]}6"),
    ],
}


def scenario(name: str) -> Scenario:
    """Return the role of a function with one setting: what it needs, and what it must not do."""
    stack = new_stack()
    JobProvider.configure(stack, **MAKE[name](stack))
    job = add_job(stack)
    view = View(template_of(stack))
    [role] = view.handler_roles
    found: list[dict[str, Any]] = [one.statement for one in view.statements_of({role})]
    [resource] = view.jobs
    function = view.resources[view.id_of_arn(resource.properties["ServiceToken"])]
    assert job.provider.required_statements
    needed = [*handler_calls(resource, function), *NEEDED[name]]
    return Scenario(name=name, statements=found, needed=needed, forbidden=FORBIDDEN[name])


@pytest.mark.parametrize("name", MAKE)
def test_a_setting_permits_what_it_needs_and_nothing_else(name: str) -> None:
    """What Lambda does as the role passes; what the code could do with it does not."""
    role = scenario(name)
    assert [one.name for one in role.needed if not identity_allows(role.statements, one)] == []
    assert [one.name for one in role.forbidden if identity_allows(role.statements, one)] == []


@pytest.mark.parametrize("name", MAKE)
def test_no_part_of_the_role_is_superfluous(name: str) -> None:
    """Without it, a needed call fails or a forbidden one passes."""
    role = scenario(name)
    similar = [one for one in neighbours(role.needed) if not identity_allows(role.statements, one)]
    all_calls = replace(role, forbidden=[*role.forbidden, *similar])
    found = [one.name for one in removals(role.statements) if not is_detected(all_calls, one)]
    assert found == []


def test_the_key_of_the_logs_serves_logs_of_its_account_only() -> None:
    """The statement for the key's policy names the service, and the log groups of account and Region."""
    statement = log_key_owner_statement(partition="aws", region=REGION, account=ACCOUNT)
    assert json.dumps(statement["Principal"]) == json.dumps({"Service": f"logs.{REGION}.amazonaws.com"})

    def call(account: str, service: str = "logs") -> Call:
        group = f"arn:aws:logs:{REGION}:{account}:log-group:Tickets-Logs-1"
        return Call(
            name="encrypt",
            action="kms:GenerateDataKey",
            resource=KEY,
            keys={"kms:EncryptionContext:aws:logs:arn": group},
            service=f"{service}.{REGION}.amazonaws.com",
        )

    assert resource_allows([statement], call(ACCOUNT))
    assert not resource_allows([statement], call(OTHER_ACCOUNT))
    assert not resource_allows([statement], call(ACCOUNT, "sns"))
