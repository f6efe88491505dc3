"""Values that a user puts into a policy: each must name exactly one resource."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..findings import Described, error
from ..request.tokens import is_known, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..findings import Finding

# What IAM treats as a wildcard, or as the beginning of a variable, anywhere in a resource.
_WILD = re.compile(r"[*?]|\$\{")
_ARN = r"arn:aws(?:-[a-z]+)*"
REGION = r"[a-z]{2,}(?:-[a-z]+)+-[0-9]+"
_ACCOUNT = r"[0-9]{12}"
_ALIAS = r"alias/[A-Za-z0-9/_-]+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of resource that a value must name.

    Args:
        name: what the value must be, with its article, for the message.
        pattern: how it is written.
        fix: what to do about any other value.
    """

    name: str
    pattern: re.Pattern[str]
    fix: str


ROLE = Kind(
    name="the ARN of a role",
    pattern=re.compile(rf"{_ARN}:iam::(?P<account>{_ACCOUNT}):role/[!-~]+"),
    fix="give arn:aws:iam::<account>:role/<name>",
)
BOUNDARY = Kind(
    name="the ARN of a managed policy",
    pattern=re.compile(rf"{_ARN}:iam::(?:{_ACCOUNT}|aws):policy/[!-~]+"),
    fix="give arn:aws:iam::<account>:policy/<name>",
)
KEY_ARN = Kind(
    name="the ARN of a key",
    pattern=re.compile(rf"{_ARN}:kms:{REGION}:{_ACCOUNT}:key/[A-Za-z0-9-]+"),
    fix="give arn:aws:kms:<region>:<account>:key/<id>",
)
KEY = Kind(
    name="the id or ARN of a key, or an alias",
    pattern=re.compile(
        rf"{_ARN}:kms:{REGION}:{_ACCOUNT}:(?:key/[A-Za-z0-9-]+|{_ALIAS})|{_ALIAS}"
        r"|mrk-[0-9a-f]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    ),
    fix="give arn:aws:kms:<region>:<account>:key/<id>, or alias/<name>",
)
FUNCTION = Kind(
    name="the ARN of a function",
    pattern=re.compile(
        rf"{_ARN}:lambda:{REGION}:{_ACCOUNT}:function:[A-Za-z0-9_-]+(?::(?:\$LATEST|[A-Za-z0-9_-]+))?"
    ),
    fix="give arn:aws:lambda:<region>:<account>:function:<name>, with or without an alias",
)
TOPIC = Kind(
    name="the ARN of a topic",
    pattern=re.compile(rf"{_ARN}:sns:{REGION}:{_ACCOUNT}:[A-Za-z0-9_-]+(?:\.fifo)?"),
    fix="give arn:aws:sns:<region>:<account>:<name>",
)
QUEUE = Kind(
    name="the ARN of a queue",
    pattern=re.compile(rf"{_ARN}:sqs:{REGION}:{_ACCOUNT}:[A-Za-z0-9_-]+(?:\.fifo)?"),
    fix="give arn:aws:sqs:<region>:<account>:<name>",
)
ALARM = Kind(
    name="the ARN of an alarm",
    pattern=re.compile(rf"{_ARN}:cloudwatch:{REGION}:{_ACCOUNT}:alarm:.+"),
    fix="give arn:aws:cloudwatch:<region>:<account>:alarm:<name>",
)
# The service model has the pattern.
MODEL = Kind(name="one model", pattern=re.compile(r".+"), fix="give the model's id or ARN")
SERVED_MODEL = Kind(
    name="the ARN of a custom model deployment or of a provisioned throughput",
    pattern=re.compile(rf"{_ARN}:bedrock:{REGION}:{_ACCOUNT}:[a-z-]+/[A-Za-z0-9._:/-]+"),
    fix="give arn:aws:bedrock:<region>:<account>:custom-model-deployment/<id>",
)
PARAMETER = Kind(
    name="the name of one parameter",
    pattern=re.compile(r"[A-Za-z0-9_.\-/]+"),
    fix="write a name like /tickets/model",
)
CUSTOM_MODEL = Kind(
    name="the ARN of a custom model",
    pattern=re.compile(
        rf"{_ARN}:bedrock:(?P<region>{REGION}):(?P<account>{_ACCOUNT}):custom-model/"
        r"(?P<base>imported|[a-z0-9.-]+(?::[a-z0-9]+)*)/[a-z0-9]{12}"
    ),
    fix="give arn:aws:bedrock:<region>:<account>:custom-model/<base model>/<id>",
)
MODEL_DEPLOYMENT = Kind(
    name="the ARN of a custom model deployment",
    pattern=re.compile(rf"{_ARN}:bedrock:{REGION}:{_ACCOUNT}:custom-model-deployment/[a-z0-9]{{12}}"),
    fix="give arn:aws:bedrock:<region>:<account>:custom-model-deployment/<id>",
)
PROVISIONED_MODEL = Kind(
    name="the ARN of a provisioned throughput",
    pattern=re.compile(rf"{_ARN}:bedrock:{REGION}:{_ACCOUNT}:provisioned-model/[a-z0-9]{{12}}"),
    fix="give arn:aws:bedrock:<region>:<account>:provisioned-model/<id>",
)
JOB = Kind(
    name="the ARN of a model customization job",
    pattern=re.compile(
        rf"{_ARN}:bedrock:(?P<region>{REGION}):(?P<account>{_ACCOUNT})"
        r":model-customization-job/[A-Za-z0-9._:/-]+"
    ),
    fix="give the ARN that CreateModelCustomizationJob returned",
)
S3_OBJECT = Kind(
    name="the URI of one object in S3",
    pattern=re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^\s]*[^\s/]"),
    fix="give s3://<bucket>/<key>",
)
# No prefix is required: until the CDK's lookups have run, they return placeholder ids without it.
NETWORK_ID = Kind(
    name="the id of one subnet, security group or VPC",
    pattern=re.compile(r"[A-Za-z0-9-]+"),
    fix="give the id, such as subnet-0a1b2c3d, sg-0a1b2c3d or vpc-0a1b2c3d",
)


def exact_problems(path: str, value: object, kind: Kind) -> Iterator[Finding]:
    """Yield an error unless `value` names exactly one resource; a token passes.

    Args:
        path: its path in the request, or the name of the argument.
        value: what was given.
        kind: what it must name.
    """
    if not isinstance(value, str):
        got = Described(type(value).__name__)
        yield error("exact-name", path, f"must be {kind.name}", got, kind.fix)
    elif _WILD.search(literal(value)):
        yield _wild(path, value, kind)
    elif is_known(value) and not kind.pattern.fullmatch(value):
        yield error("exact-name", path, f"must be {kind.name}", value, kind.fix)


def wildcard_problems(path: str, value: str | None, kind: Kind) -> Iterator[Finding]:
    """Yield an error if what a construct names may be several resources: an imported one has any ARN.

    Args:
        path: the name of the argument.
        value: the ARN that the construct has; None where it has none.
        kind: what it names.
    """
    if value and _WILD.search(literal(value)):
        yield _wild(path, value, kind)


def _wild(path: str, value: str, kind: Kind) -> Finding:
    rule = f"must be {kind.name}, without '*', '?' or '${{', which IAM would treat as a wildcard or variable"
    return error("exact-name", path, rule, value, kind.fix)
