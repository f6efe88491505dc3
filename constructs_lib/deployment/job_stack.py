"""The stack of one job file: what a deployment or its end does to the job, and what is there afterwards."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from ..findings import printable
from ..permissions.exact import JOB
from .aws_calls import AwsCallError, aws_calls, client
from .deployed_stacks import described_stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..testing.cdk_cli import CdkError
    from .comparison import StackComparison
    from .deployed_stacks import DeployedStack
    from .targets import Target

DESCRIPTION = "Amazon Bedrock model customization of "
"""How the description of a job file's stack begins."""

_NOTHING_TO_LOSE = ("Failed", "Stopped", "NotFound")
_SHOWN = (
    "status",
    "failureMessage",
    "jobName",
    "baseModelArn",
    "customizationType",
    "outputModelName",
    "outputModelArn",
    "roleArn",
    "hyperParameters",
    "trainingDataConfig",
    "validationDataConfig",
    "outputDataConfig",
)
_NOT_A_REASON = ("Resource creation cancelled", "Resource update cancelled")


class DeploymentError(RuntimeError):
    """A deployment cannot be made or has failed; the message says why and what to do."""


def readable(error: CdkError) -> str:
    """Return why a command of the CDK CLI failed.

    Args:
        error: the command and its output, which is empty where a person has seen it.
    """
    return error.reason if error.output else f"{error.summary}; its output is above."


def check_is_of_job_file(deployed: DeployedStack, target: Target) -> None:
    """Check that a stack is a job file's: a deployment would remove, and a destroy delete, what another has.

    Args:
        deployed: the stack as it is.
        target: where it is.

    Raises:
        DeploymentError: it is another stack.
    """
    if not str(deployed.template.get("Description", "")).startswith(DESCRIPTION):
        raise DeploymentError(
            f"The stack {deployed.name} in {target.where} was not deployed from a job file, and would lose "
            "its resources; name another stack with --stack, or use the CDK app of that stack."
        )


def is_asked(found: StackComparison) -> bool:
    """Return whether a deployment stops or replaces a job that has not failed, which a person must confirm.

    Args:
        found: what the deployment does to the jobs of the stack.
    """
    if found.deployed is None:
        return True
    kept = {name for name, one in found.deployed.jobs.items() if one.status not in _NOTHING_TO_LOSE}
    return any(
        one.stops != "no" or one.deletes_model or (one.starts != "no" and one.logical_id in kept)
        for one in found.jobs
    )


def last_event(target: Target, name: str) -> str:
    """Return the id of the last event of a stack, "" where there is none.

    Args:
        target: where the stack is.
        name: its name.
    """
    return next((str(one["EventId"]) for one in _events(target, name)), "")


def failure(target: Target, name: str, after: str) -> str:
    """Return why an operation of a stack failed: the reason of the first resource that did.

    Args:
        target: where the stack is.
        name: its name.
        after: the id of the last event before the operation.

    Returns:
        A sentence, "" where no event says why.
    """
    events = list(takewhile(lambda one: one["EventId"] != after, _events(target, name)))
    for event in reversed(events):
        reason = str(event.get("ResourceStatusReason", ""))
        failed = str(event["ResourceStatus"]).endswith("_FAILED")
        if failed and reason and not reason.startswith(_NOT_A_REASON):
            resource = f"{event['LogicalResourceId']} ({event['ResourceType']})"
            return printable(f"{resource}: {reason.rstrip('.')}.")
    return ""


def _events(target: Target, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the events of a stack, the last one first; none where they cannot be read."""
    cloudformation = client(target.session, "cloudformation", target.region)
    try:
        with aws_calls():
            for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=name):
                yield from page["StackEvents"]
    except AwsCallError:
        return


def outputs(target: Target, name: str) -> dict[str, str]:
    """Return the outputs of a stack.

    Args:
        target: where the stack is.
        name: its name.

    Raises:
        AwsCallError: they cannot be read.
    """
    cloudformation = client(target.session, "cloudformation", target.region)
    return dict(described_stack(cloudformation, name).outputs)


def job_arn(values: Mapping[str, str]) -> str:
    """Return the ARN of a job among the outputs of its stack, "" if there is none.

    Args:
        values: the outputs.
    """
    return next(filter(JOB.pattern.fullmatch, values.values()), "")


def read_job(target: Target, arn: str) -> Mapping[str, Any]:
    """Return a job as Bedrock has it.

    Args:
        target: where it is.
        arn: its ARN.

    Raises:
        AwsCallError: it cannot be read.
    """
    bedrock = client(target.session, "bedrock", target.region)
    with aws_calls():
        job: Mapping[str, Any] = bedrock.get_model_customization_job(jobIdentifier=arn)
    return job


def job_lines(job: Mapping[str, Any]) -> Iterator[str]:
    """Yield a job, a line for each member.

    Args:
        job: the job as Bedrock has it.
    """
    for member in filter(job.get, _SHOWN):
        value = job[member]
        shown = value if isinstance(value, str) else json.dumps(value)
        yield printable(f"  {member:<21}{shown}")
