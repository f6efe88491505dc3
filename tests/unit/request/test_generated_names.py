from __future__ import annotations

import re

import pytest

from constructs_lib.contract.resource import name_prefix, short_logical_id

STACK = "arn:aws:cloudformation:eu-west-1:123456789012:stack/training/6f1c2a30-0000-11f0-8000-0a1b2c3d4e5f"


def test_a_prefix_names_resource_and_stack() -> None:
    """What is readable comes first; the stack's UUID tells stacks with equal logical ids apart."""
    assert name_prefix(STACK, "TriageE1A2B3C4") == "TriageE1A2B3C4-6f1c2a30-"
    other = STACK.replace("6f1c2a30", "7a000000")
    assert name_prefix(other, "TriageE1A2B3C4") == "TriageE1A2B3C4-7a000000-"


@pytest.mark.parametrize("length", [1, 29, 30, 31, 255])
def test_a_name_fits_whatever_the_logical_id(length: int) -> None:
    """With the twelve characters that follow, a name stays below Bedrock's 63 and in both patterns."""
    name = name_prefix(STACK, "A" * length) + "0" * 12
    assert len(name) <= 63
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9+.\-])*", name)
    assert re.fullmatch(r"([0-9a-zA-Z][_-]?){1,63}", name)


def test_a_long_id_keeps_its_hash() -> None:
    """Two long paths with a common beginning stay apart, because the CDK puts a hash at the end."""
    assert short_logical_id("B" * 40 + "E1A2B3C4") == "B" * 22 + "E1A2B3C4"


def test_a_stack_id_of_another_form_is_shortened() -> None:
    """An id that is no UUID cannot make a name too long."""
    assert name_prefix(f"arn:aws:cloudformation:r:a:stack/s/{'x' * 64}", "Job") == f"Job-{'x' * 16}-"
