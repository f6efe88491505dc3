"""Deployments of apps that a test defines, to a local AWS: the real CDK CLI, and what it has deployed."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from ..contract.resource import RESOURCE_TYPE
from .cdk_cli import CdkError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aws_cdk import Stack, Stage

    from .local_aws import LocalAws
    from .stack_templates import StackTemplate

_DELETE_SECONDS = 120.0
_POLL_SECONDS = 0.05
_DELETED = "DELETE_COMPLETE"
_NESTED_STACK = "AWS::CloudFormation::Stack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """What a deployment has created.

    Args:
        outputs: the outputs of the stacks, by the stacks' names and the outputs' keys.
        jobs: what `boto3.client("bedrock").get_model_customization_job` returns for each job.
    """

    outputs: Mapping[str, Mapping[str, str]]
    jobs: Sequence[Mapping[str, Any]]

    @property
    def job(self) -> Mapping[str, Any]:
        """The only job.

        Raises:
            ValueError: there is none, or more than one.
        """
        if len(self.jobs) != 1:
            names = ", ".join(str(one["jobName"]) for one in self.jobs) or "none"
            raise ValueError(f"the stacks must have one job, got {names}; use `jobs`")
        return self.jobs[0]


class Deployments:
    """Deploys stacks that this process defines, and destroys them.

    Args:
        aws: the local AWS.
    """

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self._cloudformation = aws.client("cloudformation")
        self._before = set(self._stacks().values())

    def __call__(self, source: Stack | Stage, *options: str) -> Deployed:
        """Synthesize the app, and run `cdk deploy` for a stack, or for all stacks of a stage or an app.

        Stacks that they depend on are deployed too. A stack of the same name is updated.

        Args:
            source: the stack, the stage or the app.
            options: further options of `cdk deploy`, such as `--no-rollback`.

        Raises:
            CdkError: the deployment failed; the message begins with CloudFormation's reasons.
            LocalAwsError: Node.js or the CDK CLI is not installed.
            ValueError: there is no stack, or one is for another account or Region.
        """
        __tracebackhide__ = True
        from .stack_templates import synthesized

        stacks = synthesized(source)
        self._check(stacks)
        assembly = cast("Stage", source.node.root).synth().directory
        file = self.aws.state / f"outputs-{uuid4().hex}.json"
        command = ["deploy", *(one.path for one in stacks), "--require-approval", "never", *options]
        began = datetime.now(UTC)
        try:
            # In a folder without cdk.json, whose settings are for deployments of the app itself.
            self.aws.cdk(*command, "--outputs-file", str(file), app=assembly, cwd=self.aws.state)
        except CdkError as error:
            reasons = [reason for name in self._stacks() for reason in self._reasons(name, began)]
            failed = f"{', '.join(one.path for one in stacks)} could not be deployed"
            raise CdkError("\n".join([failed, *reasons]), error.output) from None
        outputs = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        names = dict.fromkeys([*outputs, *(one.stack_name for one in stacks)])
        arns = [arn for name in names for arn in self._job_arns(name)]
        bedrock = self.aws.client("bedrock")
        jobs = [bedrock.get_model_customization_job(jobIdentifier=arn) for arn in arns]
        return Deployed(outputs=outputs, jobs=jobs)

    def destroy(self) -> None:
        """Delete every stack that was created since this object was made, the newest first.

        Raises:
            CdkError: a stack cannot be deleted.
        """
        for name, stack_id in self._stacks().items():
            if stack_id not in self._before:
                self._cloudformation.delete_stack(StackName=stack_id)
                self._wait_until_deleted(name, stack_id)

    def _check(self, stacks: Sequence[StackTemplate]) -> None:
        if not stacks:
            raise ValueError("the app must have a stack; define one")
        here = (self.aws.account, self.aws.region)
        for one in stacks:
            wanted = (one.account or self.aws.account, one.region or self.aws.region)
            if wanted != here:
                raise ValueError(
                    f"{one.path} must be for the account and the Region of the local AWS, "
                    f"{' and '.join(here)}, got {' and '.join(wanted)}; leave env out in the test, or define "
                    f"a fixture local_aws with LocalAws(account={wanted[0]!r}, region={wanted[1]!r})"
                )

    def _stacks(self) -> dict[str, str]:
        """Return the ids of the stacks that exist by their names, the newest first."""
        pages = self._cloudformation.get_paginator("describe_stacks").paginate()
        found = [one for page in pages for one in page["Stacks"] if one["StackStatus"] != _DELETED]
        newest_first = sorted(found, key=lambda one: one["CreationTime"], reverse=True)
        return {str(one["StackName"]): str(one["StackId"]) for one in newest_first if "RootId" not in one}

    def _job_arns(self, stack: str) -> Iterator[str]:
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        for one in (one for page in pages for one in page["StackResourceSummaries"]):
            if one["ResourceType"] == RESOURCE_TYPE:
                yield one["PhysicalResourceId"]
            elif one["ResourceType"] == _NESTED_STACK:
                yield from self._job_arns(one["PhysicalResourceId"])

    def _reasons(self, stack: str, began: datetime) -> list[str]:
        """Return why resources of a stack have failed since a point in time, the first one first."""
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
        failed = [
            f"{one['LogicalResourceId']} ({one['ResourceType']}): {one['ResourceStatusReason']}"
            for page in pages
            for one in page["StackEvents"]
            if one["Timestamp"] >= began
            and one["ResourceStatus"].endswith("_FAILED")
            and one.get("ResourceStatusReason")
        ]
        return list(dict.fromkeys(reversed(failed)))

    def _wait_until_deleted(self, name: str, stack_id: str) -> None:
        began = datetime.now(UTC)
        deadline = time.monotonic() + _DELETE_SECONDS
        while name in self._stacks():
            [stack] = self._cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
            if stack["StackStatus"] == "DELETE_FAILED" or time.monotonic() > deadline:
                summary = f"the stack {name} was not deleted, its status is {stack['StackStatus']}"
                raise CdkError("\n".join([summary, *self._reasons(stack_id, began)]), "")
            time.sleep(_POLL_SECONDS)
