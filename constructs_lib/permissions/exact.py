"""The one gate for values from outside: what enters a policy names one thing, exactly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.findings import error
from constructs_lib.request.tokens import is_known, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.findings import Finding

# What IAM reads as "anything", or as the name of a variable, wherever it stands in a resource.
_WILD = re.compile(r"[*?]|\$\{")
_ARN = r"arn:aws(?:-[a-z]+)*"
_REGION = r"[a-z]{2,}(?:-[a-z]+)+-[0-9]+"
_ACCOUNT = r"[0-9]{12}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a value from outside must name.

    Args:
        name: With its article, as a sentence says it.
        pattern: How it is written.
        fix: What to do about another value.
    """

    name: str
    pattern: re.Pattern[str]
    fix: str


ROLE = Kind(
    name="the ARN of a role",
    pattern=re.compile(rf"{_ARN}:iam::{_ACCOUNT}:role/[!-~]+"),
    fix="give arn:aws:iam::<account>:role/<name>",
)
BOUNDARY = Kind(
    name="the ARN of a managed policy",
    pattern=re.compile(rf"{_ARN}:iam::(?:{_ACCOUNT}|aws):policy/[!-~]+"),
    fix="give arn:aws:iam::<account>:policy/<name>",
)
KEY = Kind(
    name="the id or ARN of a key",
    pattern=re.compile(
        rf"{_ARN}:kms:{_REGION}:{_ACCOUNT}:key/[A-Za-z0-9-]+"
        r"|mrk-[0-9a-f]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    ),
    fix="give arn:aws:kms:<region>:<account>:key/<id>",
)
FUNCTION = Kind(
    name="the ARN of a function",
    pattern=re.compile(
        rf"{_ARN}:lambda:{_REGION}:{_ACCOUNT}:function:[A-Za-z0-9_-]+(?::(?:\$LATEST|[A-Za-z0-9_-]+))?"
    ),
    fix="give arn:aws:lambda:<region>:<account>:function:<name>, with or without an alias",
)
# The service model says how each of them is written.
MODEL = Kind(name="one model", pattern=re.compile(r".+"), fix="give the model's id or ARN")
SERVED_MODEL = Kind(
    name="the ARN of a custom model deployment or of a provisioned throughput",
    pattern=re.compile(rf"{_ARN}:bedrock:{_REGION}:{_ACCOUNT}:[a-z-]+/[A-Za-z0-9._:/-]+"),
    fix="give arn:aws:bedrock:<region>:<account>:custom-model-deployment/<id>",
)
JOB = Kind(
    name="the ARN of a model customization job",
    pattern=re.compile(rf"{_ARN}:bedrock:{_REGION}:{_ACCOUNT}:model-customization-job/[A-Za-z0-9._:/-]+"),
    fix="give the ARN that CreateModelCustomizationJob answers with",
)
# No prefix is asked for: the CDK's lookups give ids of their own before the first one has been made.
NETWORK_ID = Kind(
    name="the id of one subnet, security group or VPC",
    pattern=re.compile(r"[A-Za-z0-9-]+"),
    fix="give the id, such as subnet-0a1b2c3d, sg-0a1b2c3d or vpc-0a1b2c3d",
)


def exact_problems(path: str, value: str, kind: Kind) -> Iterator[Finding]:
    """Ask for a value that a policy can hold as the name of one thing; what deployment alone knows passes.

    Args:
        path: Where it stands in the request, or the argument that it was given as.
        value: What was given.
        kind: What it must name.
    """
    if _WILD.search(literal(value)):
        rule = f"must be {kind.name}, without '*', '?' or '${{', which IAM would treat as a wildcard"
        yield error("exact-name", path, rule, value, kind.fix)
    elif is_known(value) and not kind.pattern.fullmatch(value):
        yield error("exact-name", path, f"must be {kind.name}", value, kind.fix)
