"""The services of AWS that an event may need, each connected when it is needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .deployments.ports import Deployments
    from .frame.executions import Executions
    from .frame.log import Log
    from .frame.objects import Objects
    from .frame.parameters import Parameters
    from .frame.retry import Retry
    from .frame.stack import Stacks
    from .jobs.ports import Bedrock
    from .promotion.ports import Alarms, Events, Functions, Topics
    from .promotion.runtime import Runtime
    from .throughputs.ports import Throughputs


class Services:
    """The ports of all resource types, for one event.

    Args:
        connect: returns the client of a service, such as `bedrock`.
        retry: retries the calls, and knows the time that is left.
        log: the log of the event.
    """

    def __init__(self, connect: Callable[[str], object], retry: Retry, log: Log) -> None:
        self.connect = connect
        self.retry = retry
        self.log = log

    @cached_property
    def bedrock(self) -> Bedrock:
        """Customization jobs and their models."""
        from .jobs.bedrock import BedrockJobs

        return BedrockJobs(self.connect("bedrock"), self.retry, self.log)

    @cached_property
    def deployments(self) -> Deployments:
        """On-demand deployments of custom models."""
        from .deployments.bedrock import BedrockDeployments

        return BedrockDeployments(self.connect("bedrock"), self.retry, self.log)

    @cached_property
    def throughputs(self) -> Throughputs:
        """Provisioned throughputs."""
        from .throughputs.bedrock import BedrockThroughputs

        return BedrockThroughputs(self.connect("bedrock"), self.retry, self.log)

    @cached_property
    def stacks(self) -> Stacks:
        """The stack and its resources."""
        from .frame.aws import CloudFormationStacks

        return CloudFormationStacks(self.connect("cloudformation"), self.retry)

    @cached_property
    def parameters(self) -> Parameters:
        """Parameters of Systems Manager."""
        from .frame.parameters import SsmParameters

        return SsmParameters(lambda: self.connect("ssm"), self.retry)

    @cached_property
    def objects(self) -> Objects:
        """Objects of S3."""
        from .frame.objects import S3Objects

        return S3Objects(lambda: self.connect("s3"), self.retry)

    @cached_property
    def executions(self) -> Executions:
        """Executions of the stack's state machines."""
        from .frame.executions import StepFunctionsExecutions

        return StepFunctionsExecutions(lambda: self.connect("stepfunctions"), self.retry)

    @cached_property
    def runtime(self) -> Runtime:
        """Deployed models."""
        from .promotion.runtime import BedrockRuntime

        return BedrockRuntime(self.connect)

    @cached_property
    def alarms(self) -> Alarms:
        """Alarms and metrics of CloudWatch."""
        from .promotion.ports import CloudWatchAlarms

        return CloudWatchAlarms("cloudwatch", self.connect, self.retry)

    @cached_property
    def functions(self) -> Functions:
        """Functions of the user."""
        from .promotion.ports import LambdaFunctions

        return LambdaFunctions("lambda", self.connect, self.retry)

    @cached_property
    def topics(self) -> Topics:
        """Topics of SNS."""
        from .promotion.ports import SnsTopics

        return SnsTopics("sns", self.connect, self.retry)

    @cached_property
    def events(self) -> Events:
        """Events of EventBridge."""
        from .promotion.ports import EventBridge

        return EventBridge("events", self.connect, self.retry)
