from __future__ import annotations

from typing import Any

import pytest
from customization_job.handler import Dependencies, on_event

from tests.lambda_.builders import STACK, event
from tests.lambda_.fakes import ACCOUNT, REGION, Context, Fakes


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
        {"ResourceType": "Custom::SomethingElse"},
        {"ResourceType": ["Custom::BedrockModelCustomizationJob"]},
        {"ResourceType": None},
    ],
)
def test_an_event_that_is_not_ours_is_refused_without_any_call(members: dict[str, Any]) -> None:
    """Other stacks, and requests that CloudFormation does not make, are answered and nothing else."""
    fakes = _Unconnected()
    on_event(event(**{"kind": "Create", **members}), Context(fakes.clock), fakes)
    [answer] = fakes.answers
    assert answer["Status"] == "FAILED"
    assert "refused before anything was called" in answer["Reason"]


class _Unconnected(Fakes):
    """Fakes without any service."""

    __test__ = False

    def connect(self, service: str) -> Any:  # noqa: ANN401 - it never returns
        raise AssertionError(f"{service} was connected")


@pytest.mark.parametrize(("own", "status"), [("", "SUCCESS"), (STACK, "SUCCESS"), (STACK + "0", "FAILED")])
def test_the_function_serves_its_own_stack_only(own: str, status: str) -> None:
    """Whoever may invoke the function cannot name another stack, though it lies in the same account."""
    fakes = _Owned(own)
    on_event(event("Create"), Context(fakes.clock), fakes)
    [answer] = fakes.answers
    assert answer["Status"] == status
    assert len(fakes.double.jobs()) == (status == "SUCCESS")


def test_the_own_stack_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The template sets it."""
    monkeypatch.setenv("STACK_ID", STACK)
    assert Dependencies().stack_id() == STACK
    monkeypatch.delenv("STACK_ID")
    assert Dependencies().stack_id() == ""


def test_an_id_of_any_length_is_logged_short() -> None:
    """A forged event cannot fill the log."""
    fakes = Fakes(status="DELETE_IN_PROGRESS")
    on_event(event("Delete", PhysicalResourceId="x" * 1_000_000), Context(fakes.clock), fakes)
    assert len(fakes.log.getvalue()) < 50_000


class _Owned(Fakes):
    """Fakes with a function that belongs to a stack."""

    __test__ = False

    def __init__(self, own: str) -> None:
        super().__init__()
        self._own = own

    def stack_id(self) -> str:
        """Name the stack."""
        return self._own
