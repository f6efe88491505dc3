"""Whether the settings of the function behind jobs are possible: their names, types and combinations."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, cast

from ..checks import Checks
from ..findings import NOT_SHOWN, Finding, error
from ..permissions import BOUNDARY, KEY_ARN, ROLE, listed, trusts
from ..request.tokens import is_known
from . import provider_values as values
from .argument_types import ROLE_NAME, has, is_whole_number, shown
from .provider_settings import EXCLUDES, NEEDS, CheckedSettings
from .provider_values import SETTING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from aws_cdk import aws_iam as iam

    from .provider_settings import ProviderSettings

# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
_FUNCTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
# The service that assumes the role of a setting, and its name.
_ASSUMED_BY = {
    "role": ("lambda.amazonaws.com", "AWS Lambda"),
    "state_machine_role": ("states.amazonaws.com", "AWS Step Functions"),
}


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
    bundle = values.certificates(given["ca_bundle"]) if "ca_bundle" in given else None
    content = bundle if isinstance(bundle, bytes) else None
    found += [bundle] if isinstance(bundle, Finding) else []
    names = {name for name, value in settings.items() if value is not None}
    found += _conflicts(names)
    found += _alone(names) if are_complete else ()
    return CheckedSettings(given=cast("ProviderSettings", given), ca_bundle=content, found=found)


def role_problems(
    setting: str, role: iam.IRole | str | None, account: str, trust: Mapping[str, Any] | None
) -> Iterator[Finding]:
    """Yield an error if Lambda, or Step Functions, of `account` cannot assume a role.

    Args:
        setting: `role` or `state_machine_role`.
        role: the role, or its ARN. None where it is made.
        account: the account of the function.
        trust: the trust policy of the role, resolved. None where it is not known.
    """
    owner = _account_of(role)
    principal, service = _ASSUMED_BY[setting]
    if owner is not None and is_known(account) and owner != account:
        name = service.removeprefix("AWS ")
        fix = f"use a role of account {account}: {name} takes no role of another account"
        yield error(SETTING, setting, "must be a role of the account of the function", owner, fix)
    if trust is not None and not any(trusts(one, principal) for one in listed(trust.get("Statement", []))):
        fix = f"allow {principal} to call sts:AssumeRole in its trust policy"
        yield error(SETTING, setting, f"must be a role that trusts {service}", NOT_SHOWN, fix)


def _account_of(role: iam.IRole | str | None) -> str | None:
    if role is None:
        return None
    if isinstance(role, str):
        known = ROLE.pattern.fullmatch(role)
        return known["account"] if known else None
    owner = role.principal_account
    return owner if owner is not None and is_known(owner) else None


def _conflicts(given: set[str]) -> Iterator[Finding]:
    for whole, parts in EXCLUDES.items():
        for part in parts:
            if {whole, part} <= given:
                why = "a function has one of them" if part.startswith("dead") else f"{whole} is used as it is"
                rule = f"must not be given together with {whole}: {why}"
                yield error(SETTING, part, rule, NOT_SHOWN, f"leave out {part} or {whole}")


def _alone(given: set[str]) -> Iterator[Finding]:
    for part, whole in NEEDS.items():
        if part in given and whole not in given:
            rule = f"must be given together with {whole}"
            yield error(SETTING, part, rule, NOT_SHOWN, f"give {whole} too, or leave out {part}")


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
    return error(SETTING, name, "must be the name of a setting", NOT_SHOWN, fix)


def _wrong_type(name: str, kind: _Kind, value: object) -> Finding:
    got = NOT_SHOWN if isinstance(value, str) and "@" in value else shown(value)
    return error(SETTING, name, kind.rule, got, kind.fix)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _having(*attributes: str, or_text: bool = False) -> Callable[[object], bool]:
    def accepts(value: object) -> bool:
        if isinstance(value, str):
            return or_text
        return all(has(value, one) for one in attributes)

    return accepts


_WHOLE, _WRITE_NUMBER = "must be a whole number", "give a whole number, or leave it out"
_KINDS = {
    "endpoint_url": _Kind(
        accepts=_is_text,
        rule="must be a URL",
        fix="give https://<host>, such as that of an interface endpoint",
        problems=values.endpoint,
    ),
    "runtime_endpoint_url": _Kind(
        accepts=_is_text,
        rule="must be a URL",
        fix="give https://<host>, such as that of an interface endpoint of bedrock-runtime",
        problems=values.endpoint,
    ),
    "connect_timeout": _Kind(
        accepts=is_whole_number, rule=f"{_WHOLE} of seconds", fix=_WRITE_NUMBER, problems=values.seconds
    ),
    "read_timeout": _Kind(
        accepts=is_whole_number, rule=f"{_WHOLE} of seconds", fix=_WRITE_NUMBER, problems=values.seconds
    ),
    "debug": _Kind(
        accepts=lambda value: isinstance(value, bool), rule="must be True or False", fix="write debug=True"
    ),
    "log_retention_days": _Kind(
        accepts=is_whole_number, rule=f"{_WHOLE} of days", fix="write 90", problems=values.retention
    ),
    "log_group": _Kind(
        accepts=_having("log_group_arn"), rule="must be an aws_logs.ILogGroup", fix="pass the log group"
    ),
    "log_encryption_key": _Kind(
        accepts=_having("key_arn", or_text=True),
        rule="must be an aws_kms.IKey, or a key's ARN",
        fix="pass the key",
        problems=values.exact(KEY_ARN),
    ),
    "permissions_boundary": _Kind(
        accepts=_having("managed_policy_arn", or_text=True),
        rule="must be an aws_iam.IManagedPolicy, or its ARN",
        fix="pass the managed policy",
        problems=values.exact(BOUNDARY),
    ),
    "role": _Kind(
        accepts=_having("role_arn", "assume_role_action", or_text=True),
        rule="must be an aws_iam.IRole, or a role's ARN",
        fix="pass the role, or leave it out to have one made",
        problems=values.exact(ROLE),
    ),
    "state_machine_role": _Kind(
        accepts=_having("role_arn", "assume_role_action", or_text=True),
        rule="must be an aws_iam.IRole, or a role's ARN",
        fix="pass the role, or leave it out to have one made",
        problems=values.exact(ROLE),
    ),
    "role_name": _Kind(
        accepts=_is_text,
        rule="must be a string",
        fix="write 'bedrock-customization'",
        problems=values.matching(
            ROLE_NAME,
            "must be at most 64 letters, digits and _+=,.@-",
            "change it, or leave it out to have one generated",
        ),
    ),
    "role_path": _Kind(
        accepts=_is_text, rule="must be a string", fix="write '/platform/'", problems=values.role_path
    ),
    "managed_policies": _Kind(
        accepts=_having("managed_policy_arn", or_text=True),
        rule="must be a sequence of aws_iam.IManagedPolicy or of their ARNs",
        fix="pass the managed policies in a list",
        problems=values.exact(BOUNDARY),
        is_sequence=True,
    ),
    "function_name": _Kind(
        accepts=_is_text,
        rule="must be a string",
        fix="write 'bedrock-customization'",
        problems=values.matching(
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
        accepts=is_whole_number,
        rule=_WHOLE,
        fix="give 1 or more, or leave it out",
        problems=values.concurrency,
    ),
    "dead_letter_queue": _Kind(
        accepts=_having("queue_arn"),
        rule="must be an aws_sqs.IQueue",
        fix="pass the queue",
        problems=values.dead_letters,
    ),
    "dead_letter_topic": _Kind(
        accepts=_having("topic_arn"),
        rule="must be an aws_sns.ITopic",
        fix="pass the topic",
        problems=values.dead_letters,
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
        problems=values.exact(KEY_ARN),
    ),
    "ca_bundle": _Kind(
        accepts=lambda value: isinstance(value, str | os.PathLike),
        rule="must be the path of a PEM file",
        fix="write 'certificates/ca-bundle.pem'",
    ),
    "https_proxy": _Kind(
        accepts=_is_text, rule="must be a URL", fix="give http://<host>:<port>", problems=values.proxy
    ),
    "no_proxy": _Kind(
        accepts=_is_text,
        rule="must be a sequence of hosts",
        fix="write ['.internal.example.com']",
        problems=values.host_or_domain,
        is_sequence=True,
    ),
    "checks": _Kind(
        accepts=lambda value: isinstance(value, Checks),
        rule="must be a Checks",
        fix="write Checks(overrides={...})",
    ),
}
