"""What no policy could make right: said before deployment, each as one sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from constructs_lib.request.problems import Doubt, Problem
from constructs_lib.request.tokens import is_known, literal

from .exact import KEY, ROLE, exact_problems
from .service_role import profile_arn
from .statements import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .locations import S3Location
    from .service_role import ServiceRoleNeeds

_ACCOUNT = re.compile(r"[0-9]{12}")
_ROLE = re.compile(r"arn:aws(?:-[^:]+)?:iam::(?P<account>[0-9]{12}):role/.+")
_CALLED = re.compile(r"arn:[^:]+:(?:lambda|bedrock):(?P<region>[^:]*):(?P<account>[0-9]{12})?:.+")
_KEY = re.compile(r"arn:[^:]+:kms:(?P<region>[^:]+):(?P<account>[0-9]{12}):(?:key|alias)/.+")
# What IAM reads as "anything", or as the name of a variable, wherever it stands in a resource.
_WILD = re.compile(r"[*?$]")
_OUTPUT = "outputDataConfig.s3Uri"


def location_problems(path: str, place: S3Location) -> Iterator[Problem]:
    """Ask for a place that a policy can name exactly.

    Args:
        path: Where it stands in the request.
        place: The place.
    """
    if _WILD.search(literal(place.uri)):
        fix = "name the object or the prefix itself: a policy would read the sign as any name"
        yield Problem(path, "must not contain '*', '?' or '$'", place.uri, fix)
    if place.is_deploy_time and "{{resolve:" in place.uri:
        fix = "write s3://bucket/key with references inside: CloudFormation takes no reference apart"
        yield Problem(path, "must start with s3://", place.uri, fix)
    if place.owner is not None and is_known(place.owner) and not _ACCOUNT.fullmatch(place.owner):
        yield Problem(path, "must have a bucket owner of 12 digits", place.owner, "give the account id")


def overlap_problems(inputs: Mapping[str, S3Location], output: S3Location) -> Iterator[Problem]:
    """Ask for results that lie apart from the data: the role would let Bedrock overwrite what it learns from.

    Args:
        inputs: Places of the data by their path in the request.
        output: Where the results go.
    """
    for path, place in inputs.items():
        if _meets(place, output):
            fix = f"write to another prefix than {place.uri} ({path}), or to another bucket"
            yield Problem(_OUTPUT, "must not overlap the data that the job reads", output.uri, fix)


def bucket_problems(
    path: str, place: S3Location, *, bucket_account: str, bucket_region: str, account: str, region: str
) -> Iterator[Problem]:
    """Ask for a bucket in the job's Region, and for the owner's account where it is not the job's.

    Args:
        path: Where the bucket stands in the request.
        place: What is read or written there.
        bucket_account: Account of the bucket, as its construct says.
        bucket_region: Region of the bucket, as its construct says.
        account: Account of the job.
        region: Region of the job.
    """
    if _differ(bucket_region, region):
        fix = f"use a bucket in {region}: Bedrock reads and writes only in the job's Region"
        yield Problem(path, "must name a bucket in the job's Region", bucket_region, fix)
    if place.owner is None and _differ(bucket_account, account):
        fix = f"say so with bucket_owner={bucket_account!r}, so that the role may reach that account's bucket"
        yield Problem(path, "must name the owner of a bucket in another account", bucket_account, fix)


def key_problems(path: str, key: str, *, region: str) -> Iterator[Problem]:
    """Ask for one key or alias, in the job's Region.

    Args:
        path: Where the key stands in the request.
        key: A key's id or ARN, or an alias or its ARN; may hold tokens.
        region: Region of the job.
    """
    yield from exact_problems(path, key, KEY)
    if (found := _KEY.fullmatch(key)) and _differ(found["region"], region):
        yield Problem(
            path, "must be a key of the job's Region", key, f"use a key in {region}, or a replica there"
        )


def role_problems(path: str, role_arn: str, *, account: str) -> Iterator[Problem]:
    """Ask for a role that can be passed: one of the job's own account.

    Args:
        path: Where the role stands in the request.
        role_arn: The role.
        account: Account of the job.
    """
    yield from exact_problems(path, role_arn, ROLE)
    found = _ROLE.fullmatch(role_arn)
    if found and _differ(found["account"], account):
        fix = f"use a role of account {account}: IAM passes no role of another account"
        yield Problem(path, "must be a role of the job's account", role_arn, fix)


def called_problems(path: str, arn: str, *, account: str, region: str) -> Iterator[Problem]:
    """Ask for a grader and a teacher of the job's own account and Region: they are shown the data.

    Args:
        path: Where it stands in the request.
        arn: The function, the profile or the model; an id is one of the job's account and Region anyway.
        account: Account of the job.
        region: Region of the job.
    """
    found = _CALLED.fullmatch(arn)
    if found is None:
        return
    overrule = "or give role=, a role of your own whose permissions say that it may be called"
    if found["account"] and _differ(found["account"], account):
        fix = f"name one of account {account}, {overrule}"
        yield Problem(path, "must be of the job's account, because it is shown the data", arn, fix)
    if _differ(found["region"], region):
        yield Problem(path, "must be of the job's Region", arn, f"name one in {region}, {overrule}")


def trust_problems(path: str, role: str, trust: Mapping[str, Any]) -> Iterator[Problem]:
    """Ask for a role that Bedrock may assume.

    Args:
        path: Where the role stands in the request.
        role: What to call the role.
        trust: Its trust policy, resolved.
    """
    statements = listed(trust.get("Statement", []))
    if not any(_trusts_bedrock(statement) for statement in statements):
        fix = "let bedrock.amazonaws.com do sts:AssumeRole in its trust policy"
        yield Problem(path, "must be a role that trusts Amazon Bedrock", role, fix)


def trust_doubts(trust: Mapping[str, Any]) -> Iterator[Doubt]:
    """Say where a role lets Bedrock act for anybody: against the confused deputy, AWS asks for a condition.

    Args:
        trust: The role's trust policy, resolved.
    """
    for statement in listed(trust.get("Statement", [])):
        keys = {key.lower() for one in statement.get("Condition", {}).values() for key in one}
        if _trusts_bedrock(statement) and not keys & {"aws:sourceaccount", "aws:sourcearn"}:
            yield Doubt("bedrock-customization:open-trust", "roleArn", _OPEN_TRUST)
            return


def permission_doubts(needs: ServiceRoleNeeds) -> Iterator[Doubt]:
    """Say where a value that only deployment knows leaves a policy wider, or narrower, than it should be.

    Args:
        needs: What the service role is made from.
    """
    for place in (*needs.inputs, *([needs.output] if needs.output else [])):
        if place.is_deploy_time:
            yield Doubt("bedrock-customization:deploy-time-uri", "s3Uri", _DEPLOY_TIME_URI)
    if needs.teacher is not None and not is_known(needs.teacher) and profile_arn(needs) is None:
        yield Doubt(
            "bedrock-customization:deploy-time-teacher", "teacherModelIdentifier", _DEPLOY_TIME_TEACHER
        )


def _meets(place: S3Location, output: S3Location) -> bool:
    if not place.bucket or place.bucket != output.bucket:
        return False
    written = f"{output.path.strip('/')}/".lstrip("/")
    return any(
        read.startswith(written) or _is_below(written, read) for read in place.keys_as_input() or ["*"]
    )


def _is_below(written: str, read: str) -> bool:
    return read.endswith("*") and written.startswith(read.removesuffix("*"))


def _differ(one: str, other: str) -> bool:
    return is_known(one) and is_known(other) and one != other


def _trusts_bedrock(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal", {})
    services = listed(principal.get("Service", [])) if isinstance(principal, dict) else []
    actions = {action.lower() for action in listed(statement.get("Action", []))}
    allowed = statement.get("Effect") == "Allow" and bool(actions & {"sts:assumerole", "sts:*", "*"})
    return allowed and "bedrock.amazonaws.com" in services


_OPEN_TRUST = (
    "the role trusts Bedrock without aws:SourceAccount and aws:SourceArn, so that jobs of other accounts may "
    "use it too; add both conditions to its trust policy"
)
_DEPLOY_TIME_URI = (
    "the whole URI is known only at deployment, so a policy names both an object and all below it, and the "
    "URI must not end in '/': write s3:// and the bucket's name, and only the rest as a token"
)
_DEPLOY_TIME_TEACHER = (
    "the teacher is known only at deployment and is taken for the id of a model; an inference profile, or an "
    "ARN, could not be invoked, for lack of a permission: name it"
)
