"""Jobs to check, on a day that does not move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from constructs_lib.checks import Subject, check

if TYPE_CHECKING:
    from constructs_lib.checks import Checks
    from constructs_lib.findings import Finding

TODAY = date(2026, 11, 23)
ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
REGION, OTHER_REGION = "us-east-1", "eu-west-1"
NOVA = "amazon.nova-lite-v1:0:300k"
URI = "s3://my-bucket/train.jsonl"
MINIMAL: Mapping[str, Any] = {"baseModelIdentifier": NOVA, "trainingDataConfig": {"s3Uri": URI}}
TOKEN = cdk.Aws.REGION
"""A value that only deployment knows."""


def found(request: Any, checks: Checks | None = None, **facts: Any) -> list[Finding]:  # noqa: ANN401 - what is tried
    """Return everything that a check says of a request."""
    return check(replace(Subject(request=request, today=TODAY), **facts), checks)


def errors(request: Any, **facts: Any) -> list[Finding]:  # noqa: ANN401 - what is tried
    """Return the errors alone."""
    return [one for one in found(request, **facts) if one.severity == "error"]


def names(findings: list[Finding]) -> list[tuple[str, str]]:
    """Return severity and rule of each finding."""
    return [(one.severity, one.name) for one in findings]


def at(path: str, value: object, request: Mapping[str, Any] = MINIMAL) -> dict[str, Any]:
    """Return a request with a value at a path without indices."""
    name, _, rest = path.partition(".")
    inner = request.get(name)
    below = at(rest, value, inner if isinstance(inner, Mapping) else {}) if rest else value
    return {**request, name: below}
