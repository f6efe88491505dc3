"""How the endpoint of `run_handler` describes the stack and the resource of an event."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.exceptions
import pytest

from constructs_lib.testing.cloudformation_endpoint import CloudFormationEndpoint, StackState
from constructs_lib.testing.environment import local_client
from constructs_lib.testing.handler_runner import function_environment

STACK = "arn:aws:cloudformation:eu-west-1:123456789012:stack/Tickets/7a9c1f00-0000-11f0-8000-0a0000000000"
BEGAN = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


def event(kind: str, **members: str) -> dict[str, Any]:
    """Return a request as CloudFormation sends it."""
    return {"RequestType": kind, "StackId": STACK, "LogicalResourceId": "Triage", **members}


@contextmanager
def cloudformation(state: StackState) -> Iterator[Any]:
    """Open a real boto3 client of the endpoint."""
    with CloudFormationEndpoint(state) as endpoint:
        client = local_client("cloudformation", url=endpoint.url, account="123456789012", region="eu-west-1")
        yield client
        client.close()


def resource(state: StackState, logical_id: str = "Triage") -> tuple[str | None, str]:
    """Return the physical id and the status of the resource."""
    with cloudformation(state) as client:
        response = client.describe_stack_resource(StackName=STACK, LogicalResourceId=logical_id)
    detail = response["StackResourceDetail"]
    return detail.get("PhysicalResourceId"), detail["ResourceStatus"]


@pytest.mark.parametrize(
    ("event_", "options", "expected"),
    [
        (event("Create"), {}, (None, "CREATE_IN_PROGRESS")),
        (event("Update", PhysicalResourceId="old"), {}, ("old", "UPDATE_IN_PROGRESS")),
        (event("Delete", PhysicalResourceId="old"), {}, ("old", "DELETE_IN_PROGRESS")),
        (event("Delete", PhysicalResourceId="old"), {"physical_id": "new"}, ("new", "UPDATE_COMPLETE")),
    ],
)
def test_it_returns_the_physical_id_of_the_resource(
    event_: dict[str, Any], options: dict[str, Any], expected: tuple[str | None, str]
) -> None:
    """The event's id, none during a Create, the new one in the cleanup of an update."""
    assert resource(StackState.of(event_, **options)) == expected


@pytest.mark.parametrize("logical_id", ["Triage", "Other"])
def test_what_is_not_in_the_stack_is_a_validation_error(logical_id: str) -> None:
    """A resource that the stack no longer has, or never had."""
    state = StackState.of(event("Delete", PhysicalResourceId="old"), physical_id="")
    with pytest.raises(botocore.exceptions.ClientError, match=r"ValidationError.*does not exist"):
        resource(state, logical_id)


@pytest.mark.parametrize(
    ("kind", "status", "created", "updated"),
    [
        ("Create", None, BEGAN, None),
        ("Delete", "ROLLBACK_IN_PROGRESS", BEGAN, None),
        ("Update", None, BEGAN - timedelta(days=1), BEGAN),
        ("Delete", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", BEGAN - timedelta(days=1), BEGAN),
        ("Delete", None, BEGAN - timedelta(days=1), None),
    ],
)
def test_the_stack_has_the_time_at_which_the_operation_began(
    kind: str, status: str | None, created: datetime, updated: datetime | None
) -> None:
    """It is CreationTime for a Create and LastUpdatedTime for an Update; a Delete has none."""
    state = StackState.of(event(kind, PhysicalResourceId="x"), stack_status=status, began=BEGAN)
    with cloudformation(state) as client:
        [stack] = client.describe_stacks(StackName=STACK)["Stacks"]
    assert stack["StackStatus"] == (status or f"{kind.upper()}_IN_PROGRESS")
    assert (stack["StackId"], stack["StackName"]) == (STACK, "Tickets")
    assert (stack["CreationTime"], stack.get("LastUpdatedTime")) == (created, updated)


@pytest.mark.parametrize(
    ("kind", "status", "own"),
    [
        ("Create", None, ["CREATE_IN_PROGRESS"]),
        ("Delete", None, ["DELETE_IN_PROGRESS"]),
        ("Update", "UPDATE_ROLLBACK_IN_PROGRESS", ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_IN_PROGRESS"]),
    ],
)
def test_the_events_have_the_time_at_which_the_operation_began(
    kind: str, status: str | None, own: list[str]
) -> None:
    """The newest event is first; events of the stack itself have its id as physical id."""
    state = StackState.of(event(kind, PhysicalResourceId="x"), stack_status=status, began=BEGAN)
    with cloudformation(state) as client:
        events = client.describe_stack_events(StackName=STACK)["StackEvents"]
    assert events[0]["LogicalResourceId"] == "Triage"
    assert [one["ResourceStatus"] for one in events if one["PhysicalResourceId"] == STACK] == own
    assert {one["Timestamp"] for one in events} == {BEGAN}


def test_the_operation_began_just_now_by_default() -> None:
    """So that a job which the handler starts is one of this operation."""
    state = StackState.of(event("Create"))
    assert timedelta() <= datetime.now(UTC) - state.began < timedelta(seconds=30)


def test_other_stacks_and_other_calls_are_refused() -> None:
    """A call that the endpoint does not support gets a ValidationError."""
    with cloudformation(StackState.of(event("Create"))) as client:
        for call, request in (
            (client.describe_stacks, {"StackName": STACK.replace("Tickets", "Others")}),
            (client.list_stacks, {}),
        ):
            with pytest.raises(botocore.exceptions.ClientError, match="ValidationError"):
                call(**request)


def test_the_function_has_the_variables_of_a_deployment() -> None:
    """STACK_ID is the stack of the event, and the Region and account are those of the stack."""
    environment = function_environment(
        StackState.of(event("Create")),
        bedrock_url="http://127.0.0.1:1",
        cloudformation_url="http://127.0.0.1:2",
        endpoint_url="http://127.0.0.1:3",
    )
    assert environment["STACK_ID"] == STACK
    assert environment["AWS_ENDPOINT_URL_BEDROCK"] == "http://127.0.0.1:1"
    assert environment["AWS_ENDPOINT_URL_CLOUDFORMATION"] == "http://127.0.0.1:2"
    assert (environment["AWS_REGION"], environment["AWS_ACCESS_KEY_ID"]) == ("eu-west-1", "123456789012")
