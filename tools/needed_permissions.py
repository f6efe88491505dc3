"""The tables of permissions of `docs/platform.md`, derived from the templates of every kind of job."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cfnlint.data.schemas
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import AWS_OWNED_KEY, JobProvider, OutputData, ProviderSettings
from tests.security.authorization_reference import privilege
from tests.security.iam_evaluator import ACCOUNT, REGION, listed
from tests.security.stacks import CHOICES, add_job, new_stack, stack_of, template_of
from tests.security.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import aws_cdk as cdk

DEPLOYER_HEAD = "| resource type | created for | actions |\n|---|---|---|\n"
FUNCTION_HEAD = "| action of the function's role | needed for |\n|---|---|\n"
SERVICE_HEAD = "| action of the service role | needed for |\n|---|---|\n"

_EVERY_JOB = "every job"
_VPC = "a VPC"
_MANY_JOBS = "more jobs than one inline policy has room for"
# The job with the fewest resources: all else is needed for what a job has beyond it.
_LEAST = {"output": "prefix", "key": "none"}
_OUTPUT = OutputData.from_s3_uri("s3://results/metrics/")
# What the stacks of the tests define as a user would: data, keys and a VPC of their own.
_USERS = re.compile(r"Data|ModelKey|Network")
_WORDS: Mapping[tuple[str, str], str] = {
    ("data", "own bucket"): "data with a KMS key",
    ("data", "data key by alias"): "data with a KMS key",
    ("output", "made"): "an output bucket that is created",
    ("output", "made to expire"): "an output bucket that is created",
    ("kind", "distillation"): "distillation",
    ("kind", "distillation by profile"): "distillation",
    ("kind", "reinforcement"): "reinforcement fine-tuning",
    ("data", "deploy-time key"): "values that are tokens",
    ("network", "ids"): _VPC,
    ("network", "isolated"): "`JobNetwork.isolated`",
    ("network", "made"): "`JobNetwork.in_new_vpc`",
    ("steering", "deletes the model"): "`OnDelete.DELETE_MODEL`",
    ("steering", "waits for completion"): "`Wait.for_completion()`",
    ("steering", "waits for validation"): "`Wait.for_validation()`",
}
# Settings of the function, each as far as it needs a permission or a resource.
_SETTINGS: Mapping[str, Callable[[cdk.Stack], ProviderSettings]] = {
    "`vpc` of the function": lambda stack: ProviderSettings(vpc=_vpc(stack)),
    "`dead_letter_queue`": lambda stack: ProviderSettings(
        dead_letter_queue=sqs.Queue.from_queue_arn(stack, "NetworkQueue", f"{_ARN.format('sqs')}:letters")
    ),
    "`dead_letter_topic`": lambda stack: ProviderSettings(
        dead_letter_topic=sns.Topic.from_topic_arn(stack, "NetworkTopic", f"{_ARN.format('sns')}:letters")
    ),
    "`tracing`": lambda _: ProviderSettings(tracing=lambda_.Tracing.ACTIVE),
    "`environment_encryption`": lambda _: ProviderSettings(
        environment_encryption=f"{_ARN.format('kms')}:key/{_KEY_ID}"
    ),
}
_ARN = f"arn:aws:{{}}:{REGION}:{ACCOUNT}"
_KEY_ID = "0a1b2c3d-0000-1111-2222-333344445555"
_SCHEMAS = Path(cfnlint.data.schemas.__file__).parent


def deployer_rows() -> Iterator[str]:
    """Return a row for each resource type: what creates, reads, updates and deletes it."""
    for kind, words in _needed(_types).items():
        actions = ["lambda:InvokeFunction"] if kind.startswith("Custom::") else handler_actions(kind)
        yield f"| `{kind}` | {', '.join(words)} | {_by_service(actions) or 'none'} |\n"


def function_rows() -> Iterator[str]:
    """Return a row for each action that the function's role has for some job."""
    return _action_rows(lambda view: view.handler_roles)


def service_rows() -> Iterator[str]:
    """Return a row for each action that a service role has for some job."""
    return _action_rows(lambda view: view.service_roles)


def handler_actions(kind: str) -> list[str]:
    """Return the actions that the CloudFormation schema of a resource type lists, if it has any handlers.

    What the Service Authorization Reference does not know is left out: no policy can allow it.

    Args:
        kind: a resource type of AWS.
    """
    file = json.loads((_SCHEMAS / "providers/us-east-1.json").read_text())[kind]
    handlers = json.loads((_SCHEMAS / f"resources/{file}.json").read_text()).get("handlers", {})
    named = {
        action
        for name, handler in handlers.items()
        if name != "list"
        for action in handler.get("permissions", ())
    }
    return sorted(one for one in named if privilege(one))


def _action_rows(roles: Callable[[View], set[str]]) -> Iterator[str]:
    def actions(template: dict[str, Any]) -> set[str]:
        view = View(template)
        return {
            action
            for identity in view.statements_of(roles(view))
            if identity.statement["Effect"] == "Allow"
            for action in listed(identity.statement["Action"])
        }

    for action, words in sorted(_needed(actions).items()):
        yield f"| `{action}` | {', '.join(words)} |\n"


def _types(template: dict[str, Any]) -> set[str]:
    return {one["Type"] for name, one in template["Resources"].items() if not _USERS.match(name)}


def _needed(found: Callable[[dict[str, Any]], set[str]]) -> dict[str, list[str]]:
    """Return what is found in the templates, and in which: in that of every job, or in those of some."""
    least = found(_template())
    needed: dict[str, set[str]] = {one: {_EVERY_JOB} for one in least}
    for prop, choices in CHOICES.items():
        for choice in choices:
            words = _WORDS.get(
                (prop, choice), "a KMS key of the model" if prop == "key" else f"{prop}: {choice}"
            )
            for one in found(_template(prop, choice)) - least:
                needed.setdefault(one, set()).add(words)
    for words in _SETTINGS:
        for one in found(_template_with_settings(words)) - least:
            needed.setdefault(one, set()).add(words)
    for one in found(_template_of_many_jobs()) - needed.keys():
        needed[one] = {_MANY_JOBS}
    return {one: _shortened(needed[one]) for one in sorted(needed)}


def _shortened(words: set[str]) -> list[str]:
    """Leave out the kinds of VPC where any VPC needs it."""
    return sorted(one for one in words if _VPC not in words or "JobNetwork" not in one)


@cache
def _template(prop: str | None = None, choice: str = "") -> dict[str, Any]:
    return template_of(stack_of(_LEAST | ({prop: choice} if prop else {})))


@cache
def _template_with_settings(words: str) -> dict[str, Any]:
    stack = new_stack()
    JobProvider.configure(stack, **_SETTINGS[words](stack))
    add_job(stack, output_data=_OUTPUT, custom_model_kms_key=AWS_OWNED_KEY)
    return template_of(stack)


def _vpc(stack: cdk.Stack) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "NetworkVpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=[f"{REGION}a", f"{REGION}b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    )


@cache
def _template_of_many_jobs() -> dict[str, Any]:
    """Return a template in which the roles of all jobs do not fit into the inline policies of one role."""
    stack = new_stack()
    for number in range(100):
        add_job(stack, f"Job{number}", output_data=_OUTPUT, custom_model_kms_key=AWS_OWNED_KEY)
    return template_of(stack)


def _by_service(actions: list[str]) -> str:
    services: dict[str, list[str]] = {}
    for one in actions:
        service, _, name = one.partition(":")
        services.setdefault(service, []).append(name)
    return "; ".join(f"`{name}:` {', '.join(found)}" for name, found in services.items())
