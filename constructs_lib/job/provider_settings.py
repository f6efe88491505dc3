"""The settings of the function behind jobs: one list for `JobProvider`, for `configure` and as a value."""

from __future__ import annotations

import os
import re
import ssl
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import SplitResult, urlsplit

from constructs_lib.checks import Checks
from constructs_lib.findings import NOT_SHOWN, error
from constructs_lib.job.argument_types import has, shown
from constructs_lib.job.asset import CA_BUNDLE_PATH
from constructs_lib.permissions import BOUNDARY, KEY_ARN, ROLE, exact_problems
from constructs_lib.permissions.statements import listed
from constructs_lib.request.regular_files import open_regular
from constructs_lib.request.tokens import is_known, is_placeholder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_sqs as sqs

    from constructs_lib.findings import Finding
    from constructs_lib.permissions.exact import Kind

FUNCTION_TIMEOUT = 840
"""Seconds. The function waits up to twelve minutes until a job has stopped; the rest is for retries."""

_SETTING = "provider-setting"
_LONGEST_WAIT = 600
_LARGEST_BUNDLE = 4 << 20
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_RETENTIONS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
# Where an emulator listens: on this machine, also as seen from a container.
_THIS_MACHINE = ("localhost", "127.0.0.1", "host.docker.internal")
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
_FUNCTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
_ROLE_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
_ROLE_PATH = re.compile(r"/(?:[!-~]{1,510}/)?")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:]*")
_ACCOUNT = re.compile(r"arn:[^:]+:iam::([0-9]{12}):.+")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")
_LAMBDA = "lambda.amazonaws.com"


class ProviderSettings(TypedDict, total=False):
    """Settings of the Lambda function behind jobs, its role and its logs; each may be left out.

    Args:
        endpoint_url: endpoint of Bedrock, as `--endpoint-url` of the AWS CLI: https, or http on this machine.
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
    connect_timeout: int
    read_timeout: int
    debug: bool
    log_retention_days: int
    log_group: logs.ILogGroup
    log_encryption_key: kms.IKey | str
    permissions_boundary: iam.IManagedPolicy | str
    role: iam.IRole | str
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
        """The environment variables that these settings become, which values of the AWS SDK name too."""
        given = self.given
        variables = {
            "AWS_ENDPOINT_URL_BEDROCK": given.get("endpoint_url"),
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


def check_settings(settings: Mapping[str, Any], *, are_complete: bool = True) -> CheckedSettings:
    """Check types and values of settings, without a call to the CDK's Node process.

    Args:
        settings: what the user gave, by name. None counts as left out.
        are_complete: whether no other scope adds settings, which some of these may belong to.
    """
    found: list[Finding] = []
    given: dict[str, Any] = {}
    chosen = settings.get("checks")
    checks = chosen if isinstance(chosen, Checks) else Checks.strict()
    for name, value in settings.items():
        if value is None:
            continue
        if name not in _KINDS:
            found.append(_unknown(name))
            continue
        kind = _KINDS[name]
        items = [*listed(value)] if kind.is_sequence else [value]
        wrong = [_wrong_type(name, kind, one) for one in items if not kind.accepts(one)]
        wrong = wrong or [one for item in items for one in kind.problems(name, item)]
        found += (wrong := checks.apply(wrong))
        if not any(one.severity == "error" for one in wrong):
            given[name] = items if kind.is_sequence else value
    content = None
    if "ca_bundle" in given:
        content = _certificates(given["ca_bundle"], found)
    names = {name for name, value in settings.items() if value is not None}
    found += _conflicts(names)
    found += _alone(names) if are_complete else ()
    return CheckedSettings(given=ProviderSettings(**given), ca_bundle=content, found=found)  # type: ignore[typeddict-item]  # the types were checked


def role_problems(role: iam.IRole | str, account: str, trust: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Yield an error if Lambda cannot run a function of `account` with a role.

    Args:
        role: the role, or its ARN.
        account: the account of the function.
        trust: the trust policy of the role, resolved. None where it is not known.
    """
    path = "role"
    owner = _account_of(role)
    if owner is not None and is_known(account) and owner != account:
        fix = f"use a role of account {account}: Lambda takes no role of another account"
        yield error(_SETTING, path, "must be a role of the account of the function", owner, fix)
    if trust is not None and not any(map(_trusts_lambda, listed(trust.get("Statement", [])))):
        fix = f"allow {_LAMBDA} to call sts:AssumeRole in its trust policy"
        yield error(_SETTING, path, "must be a role that trusts AWS Lambda", NOT_SHOWN, fix)


def _account_of(role: iam.IRole | str) -> str | None:
    if isinstance(role, str):
        known = _ACCOUNT.fullmatch(role)
        return known[1] if known else None
    owner = role.principal_account
    return owner if owner is not None and is_known(owner) else None


def _trusts_lambda(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal", {})
    services = listed(principal.get("Service", [])) if isinstance(principal, dict) else []
    return (
        statement.get("Effect") == "Allow"
        and any(one in ("sts:AssumeRole", "sts:*", "*") for one in listed(statement.get("Action", [])))
        and any(one == _LAMBDA or not isinstance(one, str) for one in services)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What a setting must be.

    Args:
        accepts: whether a value has the type.
        rule: what the type is.
        fix: what to write.
        problems: what is wrong with a value of this type. Default: nothing can be.
        is_sequence: whether it is a sequence of such values; a single one is a sequence of one.
    """

    accepts: Callable[[object], bool]
    rule: str
    fix: str
    problems: Callable[[str, Any], Iterator[Finding]] = lambda _name, _value: iter(())
    is_sequence: bool = False


def _unknown(name: str) -> Finding:
    near = get_close_matches(name, _KINDS, n=1)
    fix = f"write {near[0]}" if near else f"the settings are {', '.join(_KINDS)}"
    return error(_SETTING, name, "must be the name of a setting", NOT_SHOWN, fix)


def _wrong_type(name: str, kind: _Kind, value: object) -> Finding:
    got = NOT_SHOWN if isinstance(value, str) and "@" in value else shown(value)
    return error(_SETTING, name, kind.rule, got, kind.fix)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and not is_known(value))


def _having(*attributes: str, or_text: bool = False) -> Callable[[object], bool]:
    def accepts(value: object) -> bool:
        if isinstance(value, str):
            return or_text
        return all(has(value, one) for one in attributes)

    return accepts


def _endpoint(name: str, url: str) -> Iterator[Finding]:
    if is_known(url) and not _is_endpoint(url):
        rule = "must be an https URL of a host; http only on " + ", ".join(_THIS_MACHINE)
        fix = "give https://<host>, such as that of an interface endpoint"
        yield error(_SETTING, name, rule, NOT_SHOWN if "@" in url else url, fix)


def _is_endpoint(url: str) -> bool:
    parts = _plain(url)
    if parts is None or parts.query or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)


def _plain(url: str) -> SplitResult | None:
    """Return the parts of the URL of a host without credentials; None for any other text."""
    try:
        parts = urlsplit(url)
        port_is_possible = parts.port != 0
    except ValueError:
        return None
    is_plain = port_is_possible and "@" not in url and url.isprintable() and " " not in url
    return parts if is_plain and parts.hostname else None


def _proxy(name: str, url: str) -> Iterator[Finding]:
    if not is_known(url):
        rule, fix = "must be known at synthesis, because the security group allows its port", "give the URL"
        yield error(_SETTING, name, rule, NOT_SHOWN, fix)
        return
    if "@" in url:
        rule = "must not contain credentials, because the template and the function's settings show them"
        fix = "let the proxy accept the addresses of the function's subnets without credentials"
        yield error(_SETTING, name, rule, NOT_SHOWN, fix)
        return
    parts = _plain(url)
    if parts is None or parts.scheme != "http" or parts.path not in ("", "/") or parts.query:
        # Calls are encrypted inside the tunnel that such a proxy opens.
        rule = "must be the http URL of a host and its port, because the function opens no TLS to a proxy"
        yield error(_SETTING, name, rule, url, "give http://<host>:<port>")


def _host(name: str, host: str) -> Iterator[Finding]:
    # Python's own proxy rules, which the AWS SDK and the response follow, never match anything else.
    if is_known(host) and host != "*" and not _HOST.fullmatch(host):
        rule = "must be hosts or domains, without wildcard, port or address range, which match no host"
        fix = "give a list such as ['bedrock.us-east-1.amazonaws.com', '.internal.example.com']"
        yield error(_SETTING, name, rule, host, fix)


def _seconds(name: str, value: float) -> Iterator[Finding]:
    if is_known(value) and not 1 <= value <= _LONGEST_WAIT:
        rule = (
            f"must be 1 to {_LONGEST_WAIT} whole seconds, because the function itself stops after "
            f"{FUNCTION_TIMEOUT}"
        )
        yield error(_SETTING, name, rule, value, "give a whole number, or leave it out")


def _retention(name: str, days: float) -> Iterator[Finding]:
    if is_known(days) and days not in _RETENTIONS:
        rule = "must be a number of days that CloudWatch Logs accepts"
        fix = f"give one of {', '.join(map(str, _RETENTIONS))}"
        yield error("log-retention", name, rule, days, fix)


def _concurrency(name: str, value: float) -> Iterator[Finding]:
    if is_known(value) and value < 1:
        rule = "must be at least 1, because Lambda runs a function with 0 never and the stack would wait"
        yield error(_SETTING, name, rule, value, "give 1 or more, or leave it out")


def _matching(pattern: re.Pattern[str], rule: str, fix: str) -> Callable[[str, str], Iterator[Finding]]:
    def problems(name: str, value: str) -> Iterator[Finding]:
        if is_known(value) and not pattern.fullmatch(value):
            yield error(_SETTING, name, rule, value, fix)

    return problems


def _path_problems(name: str, value: str) -> Iterator[Finding]:
    if not is_known(value) or not _ROLE_PATH.fullmatch(value):
        rule = "must be a path that starts and ends with '/', known at synthesis"
        yield error(_SETTING, name, rule, value, "write '/platform/'")


def _exact(kind: Kind) -> Callable[[str, Any], Iterator[Finding]]:
    def problems(name: str, value: Any) -> Iterator[Finding]:  # noqa: ANN401 - a construct or a text
        if isinstance(value, str) and not is_placeholder(value):
            yield from exact_problems(name, value, kind)

    return problems


def _standard(name: str, target: sqs.IQueue | sns.ITopic) -> Iterator[Finding]:
    # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    if target.fifo:
        rule = "must be a standard one, because Lambda sends no event to a FIFO queue or topic"
        yield error("dead-letter-fifo", name, rule, NOT_SHOWN, "pass a standard queue or topic")


def _certificates(path: object, found: list[Finding]) -> bytes | None:
    """Return the content of a file of certificates, or add what is wrong with it."""
    rule, name = "must be a PEM file of certificates", "ca_bundle"
    shown_path = os.fspath(path)  # type: ignore[call-overload]  # its type was checked
    fix = "give a file in which each certificate begins with -----BEGIN CERTIFICATE-----"
    try:
        with open_regular(shown_path) as file:
            content: bytes = file.read(_LARGEST_BUNDLE + 1)
    except (OSError, ValueError) as problem:
        rule = (
            f"must be a file that can be read, which failed: {getattr(problem, 'strerror', None) or problem}"
        )
        fix = f"give the path of a PEM file, absolute or relative to the current folder, {Path.cwd()}"
        found.append(error(_SETTING, name, rule, str(shown_path), fix))
        return None
    text = content.decode("ascii", errors="replace")
    if _PRIVATE_KEY.search(text):
        rule = (
            "must not contain a private key, because everybody who may read the function's code would see it"
        )
        fix = "leave the certificates in the file, and remove the key"
    elif len(content) > _LARGEST_BUNDLE:
        rule += f" of at most {_LARGEST_BUNDLE >> 20} MB"
    elif _are_certificates(text):
        return content
    found.append(error(_SETTING, name, rule, str(shown_path), fix))
    return None


def _are_certificates(text: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError, TypeError):
        return False
    return True


def _conflicts(given: set[str]) -> Iterator[Finding]:
    for whole, parts in _WITHOUT.items():
        for part in parts:
            if {whole, part} <= given:
                why = "a function has one of them" if part.startswith("dead") else f"{whole} is used as it is"
                rule = f"must not be given together with {whole}: {why}"
                yield error(_SETTING, part, rule, NOT_SHOWN, f"leave out {part} or {whole}")


def _alone(given: set[str]) -> Iterator[Finding]:
    for part, whole in _ONLY_WITH.items():
        if part in given and whole not in given:
            rule = f"must be given together with {whole}"
            yield error(_SETTING, part, rule, NOT_SHOWN, f"give {whole} too, or leave out {part}")


_WITHOUT = {
    "role": ("role_name", "role_path", "permissions_boundary", "managed_policies"),
    "log_group": ("log_retention_days", "log_encryption_key"),
    "dead_letter_queue": ("dead_letter_topic",),
}
_ONLY_WITH = {"vpc_subnets": "vpc", "security_groups": "vpc", "no_proxy": "https_proxy"}

_WHOLE, _WRITE_NUMBER = "must be a whole number", "give a whole number, or leave it out"
_KINDS = {
    "endpoint_url": _Kind(
        accepts=_is_text,
        rule="must be a URL",
        fix="give https://<host>, such as that of an interface endpoint",
        problems=_endpoint,
    ),
    "connect_timeout": _Kind(
        accepts=_is_number, rule=f"{_WHOLE} of seconds", fix=_WRITE_NUMBER, problems=_seconds
    ),
    "read_timeout": _Kind(
        accepts=_is_number, rule=f"{_WHOLE} of seconds", fix=_WRITE_NUMBER, problems=_seconds
    ),
    "debug": _Kind(
        accepts=lambda value: isinstance(value, bool), rule="must be True or False", fix="write debug=True"
    ),
    "log_retention_days": _Kind(
        accepts=_is_number, rule=f"{_WHOLE} of days", fix="write 90", problems=_retention
    ),
    "log_group": _Kind(
        accepts=_having("log_group_arn"), rule="must be an aws_logs.ILogGroup", fix="pass the log group"
    ),
    "log_encryption_key": _Kind(
        accepts=_having("key_arn", or_text=True),
        rule="must be an aws_kms.IKey, or a key's ARN",
        fix="pass the key",
        problems=_exact(KEY_ARN),
    ),
    "permissions_boundary": _Kind(
        accepts=_having("managed_policy_arn", or_text=True),
        rule="must be an aws_iam.IManagedPolicy, or its ARN",
        fix="pass the managed policy",
        problems=_exact(BOUNDARY),
    ),
    "role": _Kind(
        accepts=_having("role_arn", "assume_role_action", or_text=True),
        rule="must be an aws_iam.IRole, or a role's ARN",
        fix="pass the role, or leave it out to have one made",
        problems=_exact(ROLE),
    ),
    "role_name": _Kind(
        accepts=_is_text,
        rule="must be a string",
        fix="write 'bedrock-customization'",
        problems=_matching(
            _ROLE_NAME,
            "must be at most 64 letters, digits and _+=,.@-",
            "change it, or leave it out to have one generated",
        ),
    ),
    "role_path": _Kind(
        accepts=_is_text, rule="must be a string", fix="write '/platform/'", problems=_path_problems
    ),
    "managed_policies": _Kind(
        accepts=_having("managed_policy_arn", or_text=True),
        rule="must be a sequence of aws_iam.IManagedPolicy or of their ARNs",
        fix="pass the managed policies in a list",
        problems=_exact(BOUNDARY),
        is_sequence=True,
    ),
    "function_name": _Kind(
        accepts=_is_text,
        rule="must be a string",
        fix="write 'bedrock-customization'",
        problems=_matching(
            _FUNCTION_NAME,
            "must be at most 64 letters, digits, '-' and '_'",
            "change it, or leave it out to have one generated",
        ),
    ),
    "vpc": _Kind(
        accepts=_having("vpc_id", "select_subnets"),
        rule="must be an aws_ec2.IVpc",
        fix="pass the VPC; aws_ec2.Vpc.from_lookup finds one by its id",
    ),
    "vpc_subnets": _Kind(
        accepts=_having("subnet_type", "subnet_filters"),
        rule="must be an aws_ec2.SubnetSelection",
        fix="write aws_ec2.SubnetSelection(subnet_group_name='Private')",
    ),
    "security_groups": _Kind(
        accepts=_having("security_group_id"),
        rule="must be a sequence of aws_ec2.ISecurityGroup",
        fix="pass the security groups in a list, or leave it out to have one made",
        is_sequence=True,
    ),
    "reserved_concurrent_executions": _Kind(
        accepts=_is_number, rule=_WHOLE, fix="give 1 or more, or leave it out", problems=_concurrency
    ),
    "dead_letter_queue": _Kind(
        accepts=_having("queue_arn"),
        rule="must be an aws_sqs.IQueue",
        fix="pass the queue",
        problems=_standard,
    ),
    "dead_letter_topic": _Kind(
        accepts=_having("topic_arn"),
        rule="must be an aws_sns.ITopic",
        fix="pass the topic",
        problems=_standard,
    ),
    "tracing": _Kind(
        accepts=lambda value: type(value).__name__ == "Tracing",
        rule="must be an aws_lambda.Tracing",
        fix="write aws_lambda.Tracing.ACTIVE",
    ),
    "environment_encryption": _Kind(
        accepts=_having("key_arn", or_text=True),
        rule="must be an aws_kms.IKey, or a key's ARN",
        fix="pass the key",
        problems=_exact(KEY_ARN),
    ),
    "ca_bundle": _Kind(
        accepts=lambda value: isinstance(value, str | os.PathLike),
        rule="must be the path of a PEM file",
        fix="write 'certificates/ca-bundle.pem'",
    ),
    "https_proxy": _Kind(
        accepts=_is_text, rule="must be a URL", fix="give http://<host>:<port>", problems=_proxy
    ),
    "no_proxy": _Kind(
        accepts=_is_text,
        rule="must be a sequence of hosts",
        fix="write ['.internal.example.com']",
        problems=_host,
        is_sequence=True,
    ),
    "checks": _Kind(
        accepts=lambda value: isinstance(value, Checks),
        rule="must be a Checks",
        fix="write Checks(overrides={...})",
    ),
}


def _text(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    if is_known(seconds):
        return str(seconds)
    import aws_cdk as cdk

    return cdk.Token.as_string(seconds)
