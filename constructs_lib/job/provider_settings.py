"""The settings of the function behind jobs: one list for `JobProvider`, for `configure` and as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import urlsplit

from ..request.tokens import is_known
from .asset import CA_BUNDLE_PATH

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_sqs as sqs

    from ..checks import Checks
    from ..findings import Finding

FUNCTION_TIMEOUT = 840
"""Seconds. The function waits up to twelve minutes until a job has stopped; the rest is for retries."""

EXCLUDES = {
    "role": ("role_name", "role_path", "permissions_boundary", "managed_policies"),
    "log_group": ("log_retention_days", "log_encryption_key"),
    "dead_letter_queue": ("dead_letter_topic",),
}
"""Settings that cannot be given together with another one."""

NEEDS = {"vpc_subnets": "vpc", "security_groups": "vpc", "no_proxy": "https_proxy"}
"""Settings that can be given only together with another one."""


class ProviderSettings(TypedDict, total=False):
    """Settings of the Lambda function behind jobs, its role and its logs; each may be left out.

    Attributes:
        endpoint_url: endpoint of Bedrock, as `--endpoint-url` of the AWS CLI: https, or http on this machine.
            Default: the Region's own.
        runtime_endpoint_url: the same of `bedrock-runtime`, which `PromoteIf.answers` sends records to.
            Default: the Region's own.
        connect_timeout: seconds to wait for a connection, as `--cli-connect-timeout`. Default: 5.
        read_timeout: seconds to wait for a response, as `--cli-read-timeout`. Default: 60.
        debug: log requests to and responses of Bedrock, with secrets removed, as `--debug`. Default: only
            decisions are logged.
        log_retention_days: retention of the logs, a value that CloudWatch Logs accepts. Default: 90 days.
        log_group: an existing log group, used as it is. Default: one is made, and retained.
        log_encryption_key: the key of the log group that is made, or its ARN. The policy of the key is not
            changed, and needs `JobProvider.log_key_policy_statement(stack)`. Default: CloudWatch Logs' own
            encryption.
        permissions_boundary: a managed policy, or its ARN, as permissions boundary of the function's role.
            Default: none.
        role: an existing role, or its ARN; it is used and never changed, and what it must be permitted is
            an output of the stack. Default: a role with exactly these permissions is made.
        state_machine_role: an existing role, or its ARN, for the state machines that call the function where
            a deployment waits for a job, a sweep runs or a throughput expires; it is used and never changed,
            and what it must be permitted is an output of the stack. Default: a role is made where one of them
            is used, with the path and the boundary of the function's role.
        role_name: name of the role that is made; must not exist in the account. Default: CloudFormation
            generates one.
        role_path: path of the role that is made, such as `/platform/`. Default: `/`.
        managed_policies: further managed policies of the role that is made, or their ARNs. Default: none.
        function_name: name of the function; set it before the first deployment, because CloudFormation lets
            no job change its function. Default: CloudFormation generates one.
        vpc: the VPC that the function sends its calls through. Default: none.
        vpc_subnets: which of its subnets. Default: all private ones, or else all isolated ones.
        security_groups: groups of the function's network interfaces. Default: one is made that allows HTTPS
            to every address, and the port of the proxy.
        reserved_concurrent_executions: how many events the function handles at once, at least 1. Default:
            what the account has left.
        dead_letter_queue: a queue that receives the events which the function failed to handle, with the
            URL for the response to CloudFormation in them. Default: none.
        dead_letter_topic: a topic instead of a queue. Default: none.
        tracing: whether AWS X-Ray traces the function. Default: it does not.
        environment_encryption: the key of the function's environment variables, or its ARN. Default: Lambda's
            own key.
        ca_bundle: a PEM file of certificate authorities, as `--ca-bundle`, uploaded with the code. Calls
            trust it instead of the AWS SDK's own certificates, so it must also hold those of AWS for hosts
            that are called without the proxy. The response to CloudFormation trusts it besides the default
            ones. Default: the default certificates.
        https_proxy: `http://<host>:<port>` of the proxy for all calls, without credentials. Default: none.
        no_proxy: hosts, or domains with all hosts below them, that are called without the proxy. Default:
            none.
        checks: how serious findings about these settings are. Default: as docs/checks.md lists them.
    """

    endpoint_url: str
    runtime_endpoint_url: str
    connect_timeout: int
    read_timeout: int
    debug: bool
    log_retention_days: int
    log_group: logs.ILogGroup
    log_encryption_key: kms.IKey | str
    permissions_boundary: iam.IManagedPolicy | str
    role: iam.IRole | str
    state_machine_role: iam.IRole | str
    role_name: str
    role_path: str
    managed_policies: Sequence[iam.IManagedPolicy | str]
    function_name: str
    vpc: ec2.IVpc
    vpc_subnets: ec2.SubnetSelection
    security_groups: Sequence[ec2.ISecurityGroup]
    reserved_concurrent_executions: int
    dead_letter_queue: sqs.IQueue
    dead_letter_topic: sns.ITopic
    tracing: lambda_.Tracing
    environment_encryption: kms.IKey | str
    ca_bundle: str | os.PathLike[str]
    https_proxy: str
    no_proxy: Sequence[str]
    checks: Checks


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSettings:
    """Settings whose types and values are possible; what is not is left out.

    Args:
        given: the settings.
        ca_bundle: the content of the file of `ca_bundle`.
        found: what is wrong with the others.
    """

    given: ProviderSettings
    ca_bundle: bytes | None = None
    found: Sequence[Finding] = ()

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that these settings become; the AWS SDK reads most of them itself."""
        given = self.given
        variables = {
            "AWS_ENDPOINT_URL_BEDROCK": given.get("endpoint_url"),
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": given.get("runtime_endpoint_url"),
            "BEDROCK_CONNECT_TIMEOUT": _text(given.get("connect_timeout")),
            "BEDROCK_READ_TIMEOUT": _text(given.get("read_timeout")),
            "LOG_LEVEL": "DEBUG" if given.get("debug") else None,
            "AWS_CA_BUNDLE": CA_BUNDLE_PATH if self.ca_bundle else None,
            "HTTPS_PROXY": given.get("https_proxy"),
            "NO_PROXY": ",".join(given.get("no_proxy", ())),
        }
        return {name: value for name, value in variables.items() if value}

    @property
    def ports(self) -> list[int]:
        """The ports that the function calls: HTTPS, and that of the proxy."""
        proxy = urlsplit(self.given.get("https_proxy", "https://"))
        return sorted({443, proxy.port or (80 if proxy.scheme == "http" else 443)})


def _text(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    if is_known(seconds):
        return str(seconds)
    import aws_cdk as cdk

    return cdk.Tokenization.stringify_number(seconds)  # also of a Lazy, which may become a number
