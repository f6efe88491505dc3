"""Deploy a stack to the local AWS as the CDK CLI does, but without starting the CLI."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.cx_api import CloudAssembly

from constructs_lib.contract.replacement import TAG_PROPERTIES
from constructs_lib.testing import LocalAws

SECONDS = 120
"""How long an operation of a stack may take before the test fails with a report."""

JOB = "Custom::BedrockModelCustomizationJob"

Define = Callable[[cdk.Stack], object]


def synthesized(name: str, define: Define) -> CloudAssembly:
    """Return the cloud assembly of an app with one stack.

    Args:
        name: the stack's name.
        define: adds the resources to the stack.
    """
    app = cdk.App()
    define(cdk.Stack(app, name))
    return app.synth()


class Deployment:
    """A stack that is created, updated and destroyed, and the jobs that it starts.

    Args:
        aws: the local AWS it is deployed to.
        name: the stack's name.
    """

    def __init__(self, aws: LocalAws, name: str) -> None:
        self.aws = aws
        self.name = name
        self.stack_id = ""
        self._exists = False
        self.outputs: dict[str, str] = {}
        self.template: dict[str, Any] = {}
        self._cloudformation = aws.client("cloudformation")

    @property
    def jobs(self) -> list[tuple[str, str]]:
        """Name and status of every job that Bedrock knows, oldest first."""
        return [(job.name, job.status) for job in self.aws.bedrock.jobs()]

    @property
    def job_arn(self) -> str:
        """The ARN in the output of the stack."""
        [arn] = [value for name, value in self.outputs.items() if name.endswith("JobArn")]
        return arn

    @property
    def job_name(self) -> str:
        """The name of the job whose ARN is in the output of the stack."""
        return self.job_named_by(self.job_arn)

    def job_named_by(self, arn: str) -> str:
        """Return the name of a job."""
        [name] = [job.name for job in self.aws.bedrock.jobs() if job.arn == arn]
        return name

    def deploy(self, source: Define | CloudAssembly) -> None:
        """Create or update the stack; it must succeed.

        Args:
            source: a function that adds the resources, or a cloud assembly with the stack.
        """
        status = self._put(source)
        assert status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), self.report(status)

    def fail(self, source: Define | CloudAssembly) -> str:
        """Create or update the stack; it must be rolled back. Return the status reasons of its events.

        Args:
            source: a function that adds the resources, or a cloud assembly with the stack.
        """
        before = {event["EventId"] for event in self.events()} if self._exists else set()
        status = self._put(source)
        assert status in ("ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"), self.report(status)
        new = [event for event in self.events() if event["EventId"] not in before]
        return "\n".join(event.get("ResourceStatusReason", "") for event in reversed(new))

    def destroy(self) -> None:
        """Delete the stack if it exists; it must succeed."""
        if self._exists:
            self._cloudformation.delete_stack(StackName=self.stack_id)
            status = self._wait_for_end()
            assert status == "DELETE_COMPLETE", self.report(status)
            self._exists = False

    def take_over(self) -> None:
        """Use the stack of this name that the CDK CLI has deployed."""
        [stack] = self._cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        self.stack_id = stack["StackId"]
        self._exists = True
        self._status()

    def physical_id(self, logical_id: str) -> str:
        """Return the physical id of a resource."""
        asked = {"StackName": self.stack_id, "LogicalResourceId": logical_id}
        detail = self._cloudformation.describe_stack_resource(**asked)["StackResourceDetail"]
        return str(detail["PhysicalResourceId"])

    def requests(self) -> dict[str, dict[str, Any]]:
        """Return the requests in the template, with tags, by the logical ids of the jobs."""
        resources = self.template["Resources"].items()
        return {name: _request(one["Properties"]) for name, one in resources if one["Type"] == JOB}

    def events(self) -> list[dict[str, Any]]:
        """Return the stack's events, newest first."""
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=self.stack_id)
        return [event for page in pages for event in page["StackEvents"]]

    def log_lines(self) -> list[str]:
        """Return the log lines of the stack's functions, if their log groups still exist."""
        logs = self.aws.client("logs")
        groups = logs.get_paginator("describe_log_groups").paginate()
        names = [group["logGroupName"] for page in groups for group in page["logGroups"]]
        mine = [name for name in names if self.name in name]
        events = [event for name in mine for event in logs.filter_log_events(logGroupName=name)["events"]]
        return [event["message"] for event in events]

    def report(self, status: str) -> str:
        """Return a report of an operation that did not end as expected."""
        failed = [
            f"{event['LogicalResourceId']} {event['ResourceStatus']}: {event['ResourceStatusReason']}"
            for event in self.events()
            if event.get("ResourceStatusReason")
        ]
        # A function that still runs has no log lines yet: its calls to Bedrock show how far it came.
        calls = [f"{call.operation} {call.error}" for call in self.aws.bedrock.calls()[-10:]]
        logs = [*self.log_lines()[-40:], *self.aws.error_log()[-5:]]
        return "\n".join([f"{self.name} is {status}", *failed, *logs, "Calls to Bedrock:", *calls])

    def _put(self, source: Define | CloudAssembly) -> str:
        assembly = source if isinstance(source, CloudAssembly) else synthesized(self.name, source)
        self._upload(Path(assembly.directory))
        body = json.dumps(assembly.get_stack_by_name(self.name).template)
        self.template = json.loads(body)
        put = self._cloudformation.update_stack if self._exists else self._cloudformation.create_stack
        capabilities = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
        self.stack_id = put(StackName=self.name, TemplateBody=body, Capabilities=capabilities)["StackId"]
        self._exists = True
        return self._wait_for_end()

    def _upload(self, folder: Path) -> None:
        s3 = self.aws.client("s3")
        files = json.loads((folder / f"{self.name}.assets.json").read_text())["files"].values()
        for file in files:
            assert file["source"]["packaging"] == "file", "only the CDK CLI makes zips of folders"
            [destination] = file["destinations"].values()
            s3.put_object(
                Bucket=self._resolved(destination["bucketName"]),
                Key=destination["objectKey"],
                Body=(folder / file["source"]["path"]).read_bytes(),
            )

    def _resolved(self, text: str) -> str:
        here = {"${AWS::AccountId}": self.aws.account, "${AWS::Region}": self.aws.region}
        for name, value in here.items():
            text = text.replace(name, value)
        return text

    def _wait_for_end(self) -> str:
        """Wait until the stack's operation has ended; return its status."""
        deadline = time.monotonic() + SECONDS
        while (status := self._status()).endswith("_IN_PROGRESS"):
            if time.monotonic() > deadline:
                self._exists = False  # do not wait for it again in `destroy`
                pytest.fail(f"{self.report(status)}\n(after {SECONDS} s)")
            time.sleep(0.03)
        return status

    def _status(self) -> str:
        [stack] = self._cloudformation.describe_stacks(StackName=self.stack_id)["Stacks"]
        self.outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", ())}
        return str(stack["StackStatus"])


def _request(properties: dict[str, Any]) -> dict[str, Any]:
    tags = {field: properties.get(name) for name, field in TAG_PROPERTIES.items()}
    return properties["Request"] | {field: given for field, given in tags.items() if given}
