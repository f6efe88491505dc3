"""The Lambda function of a stack that calls Bedrock, with its settings, its role and its logs."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aws_cdk as cdk
from constructs import Construct

from constructs_lib.findings import NOT_SHOWN, InvalidJob, error
from constructs_lib.job.asset import add_lambda_asset
from constructs_lib.job.handler_policies import HandlerPolicies
from constructs_lib.job.nag_suppressions import HANDLER, acknowledge
from constructs_lib.job.stack_env import StackEnv
from constructs_lib.permissions import BOUNDARY, HandlerNeeds, exact_problems, handler_trust
from constructs_lib.request import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from constructs import IDependable

    from constructs_lib.findings import Finding
    from constructs_lib.job.handler_policies import JobPermissions

FUNCTION_TIMEOUT = 840
"""Seconds. The function waits up to twelve minutes until a job has stopped; the rest is for retries."""

SERVICE_TIMEOUT = 3 * FUNCTION_TIMEOUT + 180
"""Seconds. CloudFormation waits for Lambda's two retries, which start after one and after two minutes."""

_RUNTIME = "python3.13"
_MEMORY = 256
_DEFAULT_ID = "BedrockModelCustomization"

_SETTING = "provider-setting"
_LONGEST_WAIT = 600
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_RETENTIONS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
# Where an emulator listens: on this machine, also as seen from a container.
_THIS_MACHINE = ("localhost", "127.0.0.1", "host.docker.internal")


class JobProvider(Construct):
    """The Lambda function behind model customization jobs, with its role and its log group.

    A stack has one, made with its first job; `configure` sets its options. Make another one only where a job
    must not share the permissions of the stack's other jobs: CloudFormation does not move a deployed job
    to another function.

    Args:
        scope: the construct to make it in.
        id: its id there.
        endpoint_url: endpoint of Bedrock, as `--endpoint-url` of the AWS CLI: https, or http on this machine.
            Default: the Region's own.
        connect_timeout: seconds to wait for a connection, as `--cli-connect-timeout`. Default: 5.
        read_timeout: seconds to wait for a response, as `--cli-read-timeout`. Default: 60.
        debug: log requests to and responses of Bedrock, with secrets removed, as `--debug`. Default: only
            decisions are logged.
        log_retention_days: retention of the logs, a value that CloudWatch Logs accepts. Default: 90 days.
        permissions_boundary_arn: a managed policy as permissions boundary of the handler's role. Default:
            none.

    Raises:
        InvalidJob: a setting is not valid; the error lists every problem.
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
        timeouts = {"connect_timeout": connect_timeout, "read_timeout": read_timeout}
        problems = list(_problems(endpoint_url, timeouts, log_retention_days, permissions_boundary_arn))
        if problems:
            raise InvalidJob(f"{scope.node.path}/{id}", problems)
        super().__init__(scope, id)
        environment = {
            "AWS_ENDPOINT_URL_BEDROCK": endpoint_url,
            "BEDROCK_CONNECT_TIMEOUT": _text(connect_timeout),
            "BEDROCK_READ_TIMEOUT": _text(read_timeout),
            "LOG_LEVEL": "DEBUG" if debug else None,
        }
        self._env = StackEnv.of(self)
        self._stack_id = self._env.stack.stack_id
        log_group = self._resource("Logs", "AWS::Logs::LogGroup", RetentionInDays=log_retention_days)
        log_group.apply_removal_policy(cdk.RemovalPolicy.RETAIN)  # a record of who started and stopped jobs
        self._log_group_name = log_group.ref
        path = self._env.path_below(self.node.path)
        self._policies = HandlerPolicies(self._env, path, self._needs())
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
        """Make the stack's own provider with other settings; to CloudFormation it is the same function.

        Args:
            scope: the stack, or any construct in it.
            endpoint_url: endpoint of Bedrock, as `--endpoint-url` of the AWS CLI. Default: the Region's own.
            connect_timeout: seconds to wait for a connection, as `--cli-connect-timeout`. Default: 5.
            read_timeout: seconds to wait for a response, as `--cli-read-timeout`. Default: 60.
            debug: log requests to and responses of Bedrock, with secrets removed, as `--debug`. Default: only
                decisions are logged.
            log_retention_days: retention of the logs, a value that CloudWatch Logs accepts. Default: 90 days.
            permissions_boundary_arn: a managed policy as permissions boundary of the handler's role. Default:
                none.

        Raises:
            InvalidJob: the stack has its provider already, or a setting is not valid.
        """
        env = StackEnv.of(scope)
        if env.find(JobProvider) is not None:
            rule = "must be called once, before the first job of the stack is defined"
            fix = "call it right after the stack is created"
            found = error("provider-exists", "JobProvider.configure", rule, NOT_SHOWN, fix)
            raise InvalidJob(scope.node.path, [found])
        return env.find_or_make(
            JobProvider,
            lambda: cls(
                env.stack,
                _DEFAULT_ID,
                endpoint_url=endpoint_url,
                connect_timeout=connect_timeout,
                read_timeout=read_timeout,
                debug=debug,
                log_retention_days=log_retention_days,
                permissions_boundary_arn=permissions_boundary_arn,
            ),
        )

    @classmethod
    def of(cls, scope: Construct) -> JobProvider:
        """Return the provider of the stack around `scope`, which the first job makes."""
        env = StackEnv.of(scope)
        return env.find_or_make(JobProvider, lambda: cls(env.stack, _DEFAULT_ID))

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
        """The role of the function, not to be changed: its permissions follow from the jobs."""
        from aws_cdk import aws_iam as iam

        return iam.Role.from_role_arn(self, "RoleView", self.role_arn, mutable=False)

    @cached_property
    def function(self) -> lambda_.IFunction:
        """The function, for alarms and metrics."""
        from aws_cdk import aws_lambda as lambda_

        return lambda_.Function.from_function_arn(self, "FunctionView", self.service_token)

    @property
    def home(self) -> cdk.Stack:
        """The stack of the function, which serves no other."""
        return self._env.stack

    def allow(self, permissions: JobPermissions) -> list[IDependable]:
        """Permit the function what one more job needs, and return what that job must wait for."""
        return self._policies.allow(permissions)

    def _needs(self) -> HandlerNeeds:
        root = self._env.stack
        while root.nested_stack_parent is not None:
            root = root.nested_stack_parent
        root_name = None
        if root is not self._env.stack:
            # The hint tells `resolved_length` how long the name of a stack can be.
            name = cdk.Fn.select(1, cdk.Fn.split("/", root.stack_id))
            root_name = cdk.Token.as_string(cdk.Token.as_any(name), display_hint="AWS::StackName")
        return HandlerNeeds(
            partition=self._env.partition,
            region=self._env.region,
            account=self._env.account,
            stack_name=cdk.Aws.STACK_NAME,
            root_stack_name=root_name,
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
        code = add_lambda_asset(self._env)
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


def _text(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    return str(seconds) if is_known(seconds) else cdk.Token.as_string(seconds)


def _problems(
    url: str | None, timeouts: Mapping[str, int | None], days: int, boundary: str | None
) -> Iterator[Finding]:
    if url is not None and is_known(url) and not _is_endpoint(url):
        rule = "must be an https URL of a host; http only on " + ", ".join(_THIS_MACHINE)
        fix = "give https://<host>, such as that of an interface endpoint"
        yield error(_SETTING, "endpoint_url", rule, url, fix)
    for name, seconds in timeouts.items():
        if seconds is None or not is_known(seconds):
            continue
        if type(seconds) is not int or not 1 <= seconds <= _LONGEST_WAIT:
            rule = (
                f"must be 1 to {_LONGEST_WAIT} whole seconds, because the function itself stops after "
                f"{FUNCTION_TIMEOUT}"
            )
            yield error(_SETTING, name, rule, seconds, "give a whole number, or leave it out")
    if is_known(days) and days not in _RETENTIONS:
        rule = "must be a number of days that CloudWatch Logs accepts"
        fix = f"give one of {', '.join(map(str, _RETENTIONS))}"
        yield error(_SETTING, "log_retention_days", rule, days, fix)
    if boundary is not None:
        yield from exact_problems("permissions_boundary_arn", boundary, BOUNDARY)


def _is_endpoint(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port_is_possible = parts.port != 0
    except ValueError:
        return False
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)
    return bool(parts.hostname) and port_is_possible and is_plain and is_safe and url.isprintable()
