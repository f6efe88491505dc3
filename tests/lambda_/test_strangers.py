from __future__ import annotations

from typing import Any

import pytest
from customization_job.handler import on_event

from tests.lambda_.scene import STACK, event
from tests.lambda_.world import ACCOUNT, REGION, Context, TestWorld


@pytest.mark.parametrize(
    "members",
    [
        {"RequestType": "Read"},
        {"RequestType": None},
        {"StackId": STACK.replace(ACCOUNT, "999999999999")},
        {"StackId": STACK.replace(REGION, "us-east-1")},
        {"StackId": STACK.replace("arn:aws:", "arn:aws-cn:")},
        {"StackId": STACK.replace(":stack/", ":changeSet/")},
        {"StackId": "arn:aws:s3:eu-west-1:123456789012:stack/x/y"},
        {"StackId": STACK + "/x"},
        {"ResourceProperties": "x"},
    ],
)
def test_an_event_that_is_not_ours_is_refused_without_any_call(members: dict[str, Any]) -> None:
    """Other stacks, and requests that CloudFormation does not make, are answered and nothing else."""
    world = _Unconnected()
    on_event(event(**{"kind": "Create", **members}), Context(world.clock), world)
    [answer] = world.answers
    assert answer["Status"] == "FAILED"
    assert "refused before anything was called" in answer["Reason"]


class _Unconnected(TestWorld):
    """A world in which nobody may be called."""

    __test__ = False

    def services(self, _place: object, _journal: object) -> Any:  # noqa: ANN401 - it never returns
        raise AssertionError("a service was connected")
