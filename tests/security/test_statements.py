"""Merging and packing statements changes neither what they permit nor that IAM accepts them."""

from __future__ import annotations

from itertools import product
from typing import Any

import aws_cdk as cdk
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.permissions import (
    INLINE_LIMIT,
    MANAGED_LIMIT,
    allow,
    document,
    merged,
    names_resources,
    packed,
    resolved_length,
)
from tests.security.iam_evaluator import Call, identity_allows

ACTIONS, RESOURCES, VALUES = ("s:A", "s:B", "s:C"), ("r1", "r2", "r3"), (None, "x", "y")


def conditional(value: str | None) -> dict[str, dict[str, str]] | None:
    """Return a condition on one key."""
    return None if value is None else {"StringEquals": {"s:Key": value}}


some = st.builds(
    allow,
    st.lists(st.sampled_from(ACTIONS), min_size=1),
    st.lists(st.sampled_from(RESOURCES), min_size=1),
    st.sampled_from(VALUES).map(conditional),
)


def permitted(statements: list[dict[str, Any]]) -> set[tuple[str, str, str | None]]:
    """Return every combination that statements permit."""
    every = product(ACTIONS, RESOURCES, VALUES)
    return {
        one
        for one in every
        if identity_allows(
            statements,
            Call(name="", action=one[0], resource=one[1], keys={} if one[2] is None else {"s:Key": one[2]}),
        )
    }


@given(statements=st.lists(some, max_size=6))
@settings(max_examples=150, deadline=None)
def test_merging_permits_exactly_the_same(statements: list[dict[str, Any]]) -> None:
    """No action reaches a resource or a condition that it did not reach before."""
    assert permitted(merged(statements)) == permitted(statements)
    assert len(merged(statements)) <= len(statements)


@given(statements=st.lists(some, max_size=6), limit=st.integers(min_value=150, max_value=400))
@settings(max_examples=150, deadline=None)
def test_packing_permits_exactly_the_same(statements: list[dict[str, Any]], limit: int) -> None:
    """All documents together permit what the statements do, and each stays within its limit."""
    documents = packed(statements, inline_limit=limit, managed_limit=limit)
    assert permitted([one for part in documents for one in part]) == permitted(statements)
    assert all(resolved_length(document(part)) <= limit for part in documents)


def test_packing_counts_the_length_of_resolved_tokens() -> None:
    """A token counts as the longest ARN that it may become, not as its short text."""
    roles = [f"${{Token[TOKEN.{number}]}}" for number in range(200)]
    documents = packed([allow(["iam:PassRole"], roles)])
    sizes = [resolved_length(document(part)) for part in documents]
    assert sizes[0] <= INLINE_LIMIT < len(roles) * 104
    assert all(size <= MANAGED_LIMIT for size in sizes[1:])
    assert [role for part in documents for one in part for role in one["Resource"]] == roles


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("arn:aws:iam::111122223333:role/Literal", False),
        (f"arn:{cdk.Aws.PARTITION}:iam::{cdk.Aws.ACCOUNT_ID}:role/{cdk.Aws.STACK_NAME}", False),
        (f"arn:{cdk.Aws.PARTITION}:iam::{cdk.Aws.ACCOUNT_ID}:role/Literal", False),
        ("{{resolve:ssm:/role}}", False),
        ([{"Resource": "${Token[TOKEN.1]}"}], True),
        ("${Token[AWS::StackId.10]}", False),
    ],
)
def test_pseudo_parameters_are_no_resources(value: Any, named: bool) -> None:  # noqa: ANN401, FBT001 - cases
    """Partition, account, Region and stack exist before the deployment; other tokens may be resources."""
    assert names_resources(value) is named


def test_merging_keeps_the_order() -> None:
    """The order is that of the input, because token names change with every construct."""
    found = merged([allow(["s:A"], ["z"]), allow(["s:A"], ["a"]), allow(["s:B"], ["m"])])
    assert found == [allow(["s:A"], ["z", "a"]), allow(["s:B"], ["m"])]
