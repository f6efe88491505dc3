"""The one Lambda function of a stack that speaks to Bedrock, and what it may do."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from constructs import Construct

from constructs_lib.job.asset import add_lambda_asset
from constructs_lib.job.handler_policies import HandlerPolicies
from constructs_lib.job.nag_suppressions import HANDLER, acknowledge
from constructs_lib.job.provider_settings import setting_problems
from constructs_lib.job.stack_env import StackEnv
from constructs_lib.permissions import HandlerNeeds, handler_trust
from constructs_lib.request import InvalidJob, Problem
from constructs_lib.request.tokens import is_known

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from constructs import IDependable

    from constructs_lib.job.handler_policies import JobPermissions

FUNCTION_TIMEOUT = 840
"""Seconds. A stopping job is waited for up to twelve minutes; the rest is for retries and the answer."""

SERVICE_TIMEOUT = 3 * FUNCTION_TIMEOUT + 180
"""Seconds. CloudFormation waits for Lambda's two retries, which come one and two minutes late."""

_RUNTIME = "python3.13"
_MEMORY = 256
_DEFAULT_ID = "BedrockModelCustomization"
_OF_STACK: WeakKeyDictionary[cdk.Stack, JobProvider] = WeakKeyDictionary()


class JobProvider(Construct):
    """The Lambda function behind model customization jobs, with its role and its log group.

    A stack has one, made with its first job; `configure` gives it settings. Make your own only where a job
    must not share the permissions of the stack's other jobs: CloudFormation refuses to move a deployed job
    to another function.

    Args:
        scope: Where the provider lives.
        id: Its name there.
        endpoint_url: Where Bedrock is called, as `--endpoint-url` of the AWS CLI: https, or http on this
            machine. Default: the Region's own.
        connect_timeout: Seconds to wait for a connection, as `--cli-connect-timeout`. Default: 5.
        read_timeout: Seconds to wait for an answer, as `--cli-read-timeout`. Default: 60.
        debug: Log what is sent to and heard from Bedrock, secrets removed, as `--debug`. Default: decisions.
        log_retention_days: How long logs are kept, one of CloudWatch Logs' own values. Default: 90 days.
        permissions_boundary_arn: A managed policy that bounds the handler's role. Default: none.

    Raises:
        InvalidJob: With every setting that is wrong.
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
        if problems := list(
            setting_problems(
                endpoint_url=endpoint_url,
                connect_timeout=connect_timeout,
                read_timeout=read_timeout,
                log_retention_days=log_retention_days,
                permissions_boundary_arn=permissions_boundary_arn,
            )
        ):
            raise InvalidJob(f"{scope.node.path}/{id}", problems)
        super().__init__(scope, id)
        environment = {
            "AWS_ENDPOINT_URL_BEDROCK": endpoint_url,
            "BEDROCK_CONNECT_TIMEOUT": _text(connect_timeout),
            "BEDROCK_READ_TIMEOUT": _text(read_timeout),
            "LOG_LEVEL": "DEBUG" if debug else None,
        }
        self._stack_env = StackEnv.of(self)
        self._stack_id = self._stack_env.stack.stack_id
        log_group = self._resource("Logs", "AWS::Logs::LogGroup", RetentionInDays=log_retention_days)
        log_group.apply_removal_policy(cdk.RemovalPolicy.RETAIN)  # who started and stopped what outlives it
        self._log_group_name = log_group.ref
        path = self._stack_env.path_below(self.node.path)
        self._policies = HandlerPolicies(self._stack_env.stack, path, self._needs())
        self._role = self._make_role(permissions_boundary_arn)
        self._policies.attach_to(self._role.ref)
        self._role_arn = self._role.get_att("Arn").to_string()
        acknowledge(self, HANDLER, self._policies.statements)
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
    def configure(
        cls,
        scope: Construct,
        *,
        endpoint_url: str | None = None,
        connect_timeout: int | None = None,
        read_timeout: int | None = None,
        debug: bool = False,
        log_retention_days: int = 90,
        permissions_boundary_arn: str | None = None,
    ) -> JobProvider:
        """Give the stack's own provider its settings; the function stays the same one to CloudFormation.

        Args:
            scope: The stack, or anything in it.
            endpoint_url: Where Bedrock is called, as `--endpoint-url` of the AWS CLI. Default: the Region's.
            connect_timeout: Seconds to wait for a connection, as `--cli-connect-timeout`. Default: 5.
            read_timeout: Seconds to wait for an answer, as `--cli-read-timeout`. Default: 60.
            debug: Log what is sent to and heard from Bedrock, secrets removed, as `--debug`. Default: only
                decisions.
            log_retention_days: How long logs are kept, one of CloudWatch Logs' own values. Default: 90 days.
            permissions_boundary_arn: A managed policy that bounds the handler's role. Default: none.

        Raises:
            InvalidJob: The stack's own provider is there already, or a setting is wrong.
        """
        stack = cdk.Stack.of(scope)
        if stack in _OF_STACK:
            rule = "must be called once, before the first job of the stack is defined"
            fix = "call it directly after the stack is made"
            got = "a provider that is there already"
            raise InvalidJob(scope.node.path, [Problem("JobProvider.configure", rule, got, fix)])
        _OF_STACK[stack] = cls(
            stack,
            _DEFAULT_ID,
            endpoint_url=endpoint_url,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            debug=debug,
            log_retention_days=log_retention_days,
            permissions_boundary_arn=permissions_boundary_arn,
        )
        return _OF_STACK[stack]

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

    @property
    def home(self) -> cdk.Stack:
        """The stack that the function lives in; it serves no other."""
        return self._stack_env.stack

    def allow(self, permissions: JobPermissions) -> list[IDependable]:
        """Let the function do what one more job needs, and say what that job must wait for."""
        return self._policies.allow(permissions)

    def _needs(self) -> HandlerNeeds:
        root = self._stack_env.stack
        while root.nested_stack_parent is not None:
            root = root.nested_stack_parent
        return HandlerNeeds(
            partition=self._stack_env.partition,
            region=self._stack_env.region,
            account=self._stack_env.account,
            stack_name=cdk.Aws.STACK_NAME,
            root_stack_name=None if root is self._stack_env.stack else _name_of(root),
            log_group_name=self._log_group_name,
        )

    def _make_role(self, boundary: str | None) -> cdk.CfnResource:
        bounded = {"PermissionsBoundary": boundary} if boundary else {}
        return self._resource(
            "Role",
            "AWS::IAM::Role",
            AssumeRolePolicyDocument=handler_trust(),
            Policies=self._policies.inline(),
            **bounded,
        )

    def _make_function(self, environment: dict[str, str]) -> cdk.CfnResource:
        code = add_lambda_asset(self._stack_env.stack)
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
            Environment={"Variables": {"STACK_ID": self._stack_id, **environment}},
        )

    def _resource(self, id: str, type: str, **properties: object) -> cdk.CfnResource:
        return cdk.CfnResource(self, id, type=type, properties=properties)


def _name_of(stack: cdk.Stack) -> str:
    """Give the name that an outer stack is deployed under, counted as what it is by the policies' limits."""
    name = cdk.Fn.select(1, cdk.Fn.split("/", stack.stack_id))
    return cdk.Token.as_string(cdk.Token.as_any(name), display_hint="AWS::StackName")


def _text(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    return str(seconds) if is_known(seconds) else cdk.Token.as_string(seconds)
