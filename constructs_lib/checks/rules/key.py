"""Keys: in the job's Region, and permitted by their owners."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...findings import NOT_SHOWN, Described, Finding, error, warning
from ..rule import rule
from ..subject import KEY
from .data import differ

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..subject import Subject

_AWS_MANAGED = re.compile(r"(?:^|:)alias/aws/")
_MANAGED = "https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html"
_KEY = re.compile(r"arn:[^:]+:kms:(?P<region>[^:]+):(?P<account>[0-9]{12}):(?:key|alias)/.+")


@rule("key-region", "A key is in another Region than the job.")
def regions(subject: Subject) -> Iterator[Finding]:
    """Report keys of other Regions, which cannot be used in the job's Region."""
    for path, key in subject.keys.items():
        found, construct = _KEY.fullmatch(key), subject.keys_of_constructs.get(path)
        region = found["region"] if found else construct.region if construct else None
        if differ(region, subject.region):
            got = key if found or construct is None else Described(construct.path)
            fix = f"use a key in {subject.region}, or a replica there"
            yield error("key-region", path, "must be a key of the job's Region", got, fix)


@rule("aws-managed-key", "The model's key is one that AWS manages for another service.", "warning")
def aws_managed(subject: Subject) -> Iterator[Finding]:
    """Report the alias of an AWS managed key, whose policy permits its own service alone and is nobody's."""
    key = subject.keys.get(KEY, "")
    if _AWS_MANAGED.search(key):
        rule = (
            "should be a customer managed key: one whose alias starts with alias/aws/ is managed by AWS, "
            "and its policy, which nobody can change, permits its own service only"
        )
        fix = "name a key of yours, or leave it out"
        yield warning("aws-managed-key", KEY, rule, key, fix, source=_MANAGED)


@rule("foreign-key", "The policy of a key cannot be changed by this app.", "warning")
def foreign(subject: Subject) -> Iterator[Finding]:
    """Report keys that this app only refers to."""
    if subject.uses_foreign_key and not _AWS_MANAGED.search(subject.keys.get(KEY, "")):
        rule = (
            "is not defined in this app, or belongs to another account: this stack does not change its key "
            "policy"
        )
        fix = (
            "unless that policy lets IAM policies control access to the key, ask its owner to add the "
            "statements in the stack output of this job ending in KeyPolicy"
        )
        yield warning("foreign-key", KEY, rule, NOT_SHOWN, fix)


@rule("key-without-bedrock", "The policy of the app's own key does not let Bedrock serve models.", "warning")
def without_bedrock(subject: Subject) -> Iterator[Finding]:
    """Report a key of the app without the statement that provisioned throughput of a Nova model needs."""
    if subject.has_key_without_bedrock:
        rule = (
            "has a policy without a statement for Bedrock itself, which a Nova model needs for provisioned "
            "throughput"
        )
        fix = (
            "add the statement in the stack output of this job ending in ServingPolicy with "
            "key.add_to_resource_policy"
        )
        yield warning("key-without-bedrock", KEY, rule, NOT_SHOWN, fix)
