"""The one Lambda function of a stack that speaks to Bedrock, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import aws_cdk as cdk
import jsii
from constructs import Construct

from constructs_lib.job.acknowledged import HANDLER, acknowledge
from constructs_lib.job.asset import add_lambda_asset
from constructs_lib.job.permissions import (
    HandlerNeeds,
    document,
    handler_statements,
    handler_trust,
    packed,
)
from constructs_lib.job.place import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_

    from constructs_lib.job.permissions import Statement

FUNCTION_TIMEOUT = 840
"""Seconds. A stopping job is waited for up to twelve minutes; the rest is for retries and the answer."""

SERVICE_TIMEOUT = 3 * FUNCTION_TIMEOUT + 180
"""Seconds. CloudFormation waits for Lambda's two retries, which come one and two minutes late."""

_RUNTIME = "python3.13"
_MEMORY = 256
_DEFAULT_ID = "BedrockModelCustomization"
_OF_STACK: WeakKeyDictionary[cdk.Stack, JobProvider] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPermissions:
    """What the function must be permitted for one job.

    Args:
        base_model: The base model as the request names it.
        role_arn: The service role that is passed to Bedrock.
        model_key_arn: The key of the custom model. Default: AWS's own, which needs no permission.
        deletes_model: Whether the finished model goes with the job. Default: it stays.
    """

    base_model: str
    role_arn: str
    model_key_arn: str | None = None
    deletes_model: bool = False


class JobProvider(Construct):
    """The Lambda function behind model customization jobs, with its role and its log group.

    A stack has one, made with its first job. Make your own where the handler needs settings, or where a job
    must not share the permissions of the stack's other jobs.

    Args:
        scope: Where the provider lives.
        id: Its name there.
        endpoint_url: Where Bedrock is called, as `--endpoint-url` of the AWS CLI. Default: the Region's own.
        connect_timeout: Seconds to wait for a connection, as `--cli-connect-timeout`. Default: 5.
        read_timeout: Seconds to wait for an answer, as `--cli-read-timeout`. Default: 30.
        debug: Log what is sent to and heard from Bedrock, secrets removed, as `--debug`. Default: decisions.
        log_retention_days: How long logs are kept, one of CloudWatch Logs' own values. Default: 90 days.
        permissions_boundary_arn: A managed policy that bounds the handler's role. Default: none.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint_url: str | None = None,
        connect_timeout: int | None = None,
        read_timeout: int | None = None,
        debug: bool = False,
        log_retention_days: int = 90,
        permissions_boundary_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        environment = {
            "AWS_ENDPOINT_URL_BEDROCK": endpoint_url,
            "BEDROCK_CONNECT_TIMEOUT": _text(connect_timeout),
            "BEDROCK_READ_TIMEOUT": _text(read_timeout),
            "LOG_LEVEL": "DEBUG" if debug else None,
        }
        self._place = Place.of(self)
        self._stack_id = self._place.stack.stack_id
        self._jobs: list[JobPermissions] = []
        self._managed_policies: list[cdk.CfnResource] = []
        self._policies = _Policies()
        log_group = self._resource("Logs", "AWS::Logs::LogGroup", RetentionInDays=log_retention_days)
        self._log_group_name = log_group.ref
        self._role = self._make_role(permissions_boundary_arn)
        self._role_arn = self._role.get_att("Arn").to_string()
        acknowledge(self, HANDLER, handler_statements(self._needs()))
        self._function = self._make_function({name: value for name, value in environment.items() if value})
        self._service_token = self._function.get_att("Arn").to_string()
        self._resource(
            "Events",
            "AWS::Lambda::EventInvokeConfig",
            FunctionName=self._function.ref,
            Qualifier="$LATEST",
            MaximumRetryAttempts=2,
            MaximumEventAgeInSeconds=SERVICE_TIMEOUT,
        )

    @classmethod
    def of(cls, scope: Construct) -> JobProvider:
        """Find the provider of the stack around `scope`, or make it."""
        stack = cdk.Stack.of(scope)
        if stack not in _OF_STACK:
            _OF_STACK[stack] = cls(stack, _DEFAULT_ID)
        return _OF_STACK[stack]

    @property
    def service_token(self) -> str:
        """The function's ARN, as custom resources name it."""
        return self._service_token

    @property
    def role_arn(self) -> str:
        """The ARN of the function's role."""
        return self._role_arn

    @cached_property
    def role(self) -> iam.IRole:
        """The role of the function, to look at; what it may do follows from the jobs."""
        from aws_cdk import aws_iam as iam

        return iam.Role.from_role_arn(self, "RoleView", self.role_arn, mutable=False)

    @cached_property
    def function(self) -> lambda_.IFunction:
        """The function, for alarms and metrics."""
        from aws_cdk import aws_lambda as lambda_

        return lambda_.Function.from_function_arn(self, "FunctionView", self.service_token)

    def allow(self, permissions: JobPermissions) -> None:
        """Let the function do what one more job needs."""
        self._jobs.append(permissions)
        self._policies.inline, *attached = packed(handler_statements(self._needs()))
        for number, statements in enumerate(attached):
            self._managed_policy(number).add_property_override("PolicyDocument", document(statements))

    def _needs(self) -> HandlerNeeds:
        return HandlerNeeds(
            **self._place.words,
            stack_id=self._stack_id,
            log_group_name=self._log_group_name,
            base_models=[job.base_model for job in self._jobs],
            role_arns=[job.role_arn for job in self._jobs],
            model_key_arns=[job.model_key_arn for job in self._jobs if job.model_key_arn],
            deletes_models=any(job.deletes_model for job in self._jobs),
        )

    def _managed_policy(self, number: int) -> cdk.CfnResource:
        if number == len(self._managed_policies):
            policy = self._resource(f"Policy{number + 2}", "AWS::IAM::ManagedPolicy")
            self._managed_policies.append(policy)
            self._role.add_property_override("ManagedPolicyArns", [one.ref for one in self._managed_policies])
        return self._managed_policies[number]

    def _make_role(self, boundary: str | None) -> cdk.CfnResource:
        bounded = {"PermissionsBoundary": boundary} if boundary else {}
        return self._resource(
            "Role",
            "AWS::IAM::Role",
            AssumeRolePolicyDocument=handler_trust(),
            Policies=cdk.Lazy.uncached_any(self._policies),
            **bounded,
        )

    def _make_function(self, environment: dict[str, str]) -> cdk.CfnResource:
        code = add_lambda_asset(self._place.stack)
        return self._resource(
            "Function",
            "AWS::Lambda::Function",
            Description="Starts, watches, tags and stops Amazon Bedrock model customization jobs",
            Code={"S3Bucket": code.bucket_name, "S3Key": code.object_key},
            Handler="customization_job.handler.on_event",
            Runtime=_RUNTIME,
            MemorySize=_MEMORY,
            Timeout=FUNCTION_TIMEOUT,
            Role=self._role_arn,
            LoggingConfig={"LogGroup": self._log_group_name},
            **({"Environment": {"Variables": environment}} if environment else {}),
        )

    def _resource(self, id: str, type: str, **properties: object) -> cdk.CfnResource:
        return cdk.CfnResource(self, id, type=type, properties=properties)


@jsii.implements(cdk.IAnyProducer)
class _Policies:
    """The inline policy of the function's role, sent to Node once and not with every job."""

    inline: Sequence[Statement] = ()

    def produce(self, _context: cdk.IResolveContext) -> list[dict[str, Any]] | None:
        if not self.inline:
            return None
        return [{"PolicyName": "Jobs", "PolicyDocument": document(self.inline)}]


def _text(seconds: int | None) -> str | None:
    return None if seconds is None else str(seconds)
