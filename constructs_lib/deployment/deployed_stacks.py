"""The stacks as CloudFormation has them, and the jobs of each as Bedrock has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..contract.resource import RESOURCE_TYPE
from .aws_calls import AwsCallError, Client, Session, aws_calls, client
from .synthesized_stacks import NESTED_STACK
from .templates import EMPTY, Template, TemplateError, checked, read_template

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

ABSENT = ("", "REVIEW_IN_PROGRESS", "DELETE_COMPLETE")
"""Statuses of a stack that has no resources and that a deployment creates."""

CREATED_ANEW = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
"""Statuses of a stack that could not be created; `cdk deploy` deletes it and creates it again."""

NOT_DEPLOYABLE = ("DELETE_FAILED", "UPDATE_ROLLBACK_FAILED", "IMPORT_ROLLBACK_FAILED")
"""Statuses in which CloudFormation rejects an update until somebody has acted."""

NOT_ROLLED_BACK = ("CREATE_FAILED", "UPDATE_FAILED")
"""Statuses of a stack whose last operation failed, and was to stay as it was."""

_DEEPEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedJob:
    """The job that a deployed resource has.

    Args:
        arn: the resource's physical id.
        name: the job's name; "" where it could not be read.
        status: Bedrock's word, such as `InProgress`; "" where it could not be read, `NotFound` where Bedrock
            does not know the job.
        since: when the job reached the status, as far as Bedrock says. Default: not known.
        model: the name of its custom model. Default: not known.
    """

    arn: str
    name: str = ""
    status: str = ""
    since: datetime | None = None
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedStack:
    """A stack, or a nested stack, of CloudFormation.

    Args:
        name: its name.
        status: CloudFormation's word; "" where there is no such stack.
        stack_id: its ARN; "" where there is no such stack.
        template: its template before transforms; one without resources where there is no such stack.
        jobs: the jobs of its resources, by logical id.
        nested: its nested stacks, by logical id.
        unread: why jobs could not be read from Bedrock. Default: they could.
    """

    name: str
    status: str = ""
    stack_id: str = ""
    template: Template = field(default_factory=lambda: EMPTY)
    jobs: Mapping[str, DeployedJob] = field(default_factory=dict)
    nested: Mapping[str, DeployedStack] = field(default_factory=dict)
    unread: str = ""

    @property
    def exists(self) -> bool:
        """Whether it has resources that a deployment would update."""
        return self.status not in (*ABSENT, *CREATED_ANEW)


def deployed_stack(session: Session, name: str, *, region: str | None = None) -> DeployedStack:
    """Return a stack with its template, its nested stacks and its jobs.

    Args:
        session: a boto3 session.
        name: the stack's name or ARN.
        region: its Region. Default: the session's.

    Raises:
        AwsCallError: it cannot be read. What Bedrock does not tell is left out instead.
    """
    return _read(client(session, "cloudformation", region), _Jobs(session, region), name, 0)


def _read(cloudformation: Client, jobs: _Jobs, name: str, depth: int) -> DeployedStack:
    status, stack_id = stack_status(cloudformation, name)
    if status in (*ABSENT, *CREATED_ANEW):
        return DeployedStack(name=name, status=status, stack_id=stack_id)
    template = stack_template(cloudformation, stack_id)
    types = {part.get("Type") for part in template["Resources"].values() if isinstance(part, Mapping)}
    found: dict[str, DeployedJob] = {}
    nested: dict[str, DeployedStack] = {}
    if types & {RESOURCE_TYPE, NESTED_STACK}:
        for one in stack_resources(cloudformation, stack_id):
            if one.type == RESOURCE_TYPE:
                found[one.logical_id] = jobs.job(one.physical_id)
            elif one.type == NESTED_STACK and depth < _DEEPEST and one.physical_id:
                nested[one.logical_id] = _read(cloudformation, jobs, one.physical_id, depth + 1)
    return DeployedStack(
        name=name,
        status=status,
        stack_id=stack_id,
        template=template,
        jobs=found,
        nested=nested,
        unread=jobs.unread,
    )


def stack_status(cloudformation: Client, name: str) -> tuple[str, str]:
    """Return a stack's status and ARN; ("", "") where there is no such stack.

    Args:
        cloudformation: a client.
        name: the stack's name or ARN.

    Raises:
        AwsCallError: it cannot be read.
    """
    found = described_stack(cloudformation, name)
    return found.status, found.stack_id


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedStack:
    """A stack as `DescribeStacks` returns it.

    Args:
        status: CloudFormation's word; "" where there is no such stack.
        stack_id: its ARN; "" where there is no such stack.
        outputs: its outputs by name.
    """

    status: str = ""
    stack_id: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)


def described_stack(cloudformation: Client, name: str) -> DescribedStack:
    """Return a stack.

    Args:
        cloudformation: a client.
        name: the stack's name or ARN.

    Raises:
        AwsCallError: it cannot be read.
    """
    with aws_calls():
        try:
            [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
        except cloudformation.exceptions.ClientError as error:
            details = error.response.get("Error", {})
            # CloudFormation has no code of its own for it.
            if details.get("Code") == "ValidationError" and "does not exist" in details.get("Message", ""):
                return DescribedStack()
            raise
    return DescribedStack(
        status=str(stack["StackStatus"]),
        stack_id=str(stack["StackId"]),
        outputs={str(one["OutputKey"]): str(one["OutputValue"]) for one in stack.get("Outputs") or ()},
    )


def stack_template(cloudformation: Client, name: str) -> Template:
    """Return the template of a stack that exists, or of one that was deleted, before transforms.

    Args:
        cloudformation: a client.
        name: the stack's name or ARN.

    Raises:
        AwsCallError: it cannot be read, or is none.
    """
    with aws_calls():
        body = cloudformation.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
    try:
        # boto3 reads JSON itself; the CDK CLI deploys small templates in YAML.
        return read_template(body) if isinstance(body, str) else checked(body)
    except TemplateError as error:
        raise AwsCallError(f"What CloudFormation returns of {name} is not {error}.") from None


@dataclass(frozen=True, slots=True)
class StackResource:
    """A resource of a stack.

    Args:
        type: its type, such as `AWS::S3::Bucket`.
        logical_id: its logical id.
        physical_id: its physical id; "" where it has none yet.
        status: CloudFormation's word.
    """

    type: str
    logical_id: str
    physical_id: str
    status: str


def stack_resources(
    cloudformation: Client, name: str, *, with_deleted: bool = False
) -> Iterator[StackResource]:
    """Yield the resources that a stack has now.

    Args:
        cloudformation: a client.
        name: the stack's name or ARN.
        with_deleted: whether deleted resources are among them. Default: no.

    Raises:
        AwsCallError: they cannot be read.
    """
    with aws_calls():
        for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=name):
            for one in page["StackResourceSummaries"]:
                status = str(one.get("ResourceStatus", ""))
                if with_deleted or status != "DELETE_COMPLETE":
                    yield StackResource(
                        str(one["ResourceType"]),
                        str(one["LogicalResourceId"]),
                        str(one.get("PhysicalResourceId", "")),
                        status,
                    )


def former_resources(cloudformation: Client, name: str) -> Iterator[StackResource]:
    """Yield the resources that a stack has or had, as its events of the last 90 days say.

    Args:
        cloudformation: a client.
        name: the stack's name or ARN.

    Raises:
        AwsCallError: they cannot be read.
    """
    seen = set()
    with aws_calls():
        for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=name):
            for one in page["StackEvents"]:  # the newest first
                logical_id, physical_id = (
                    str(one["LogicalResourceId"]),
                    str(one.get("PhysicalResourceId", "")),
                )
                if physical_id and logical_id not in seen:
                    seen.add(logical_id)
                    status = str(one.get("ResourceStatus", ""))
                    yield StackResource(str(one["ResourceType"]), logical_id, physical_id, status)


class _Jobs:
    """Reads jobs from Bedrock, until it is not permitted.

    Args:
        session: a boto3 session.
        region: the Region of the stack.
    """

    def __init__(self, session: Session, region: str | None) -> None:
        self._session = session
        self._region = region
        self._bedrock: Client = None
        self.unread = ""

    def job(self, arn: str) -> DeployedJob:
        """Return the job that a resource has; its ARN alone where Bedrock does not tell more."""
        if self.unread or ":model-customization-job/" not in arn:
            return DeployedJob(arn=arn)
        try:
            self._bedrock = self._bedrock or client(self._session, "bedrock", self._region)
            with aws_calls():
                return _job(self._bedrock, arn)
        except AwsCallError as error:
            self.unread = str(error)
            return DeployedJob(arn=arn)


def _job(bedrock: Client, arn: str) -> DeployedJob:
    try:
        found = bedrock.get_model_customization_job(jobIdentifier=arn)
    except bedrock.exceptions.ResourceNotFoundException:
        return DeployedJob(arn=arn, status="NotFound")
    status = str(found["status"])
    since = found.get("creationTime") if status == "InProgress" else found.get("endTime")
    return DeployedJob(
        arn=arn,
        name=str(found["jobName"]),
        status=status,
        since=since,
        model=str(found.get("outputModelName", "")),
    )
