"""What CloudFormation says of stack and resource while a replayed event is carried out."""

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
    """Open a real boto3 client of the desk."""
    with CloudFormationEndpoint(state) as desk:
        client = local_client("cloudformation", url=desk.url, account="123456789012", region="eu-west-1")
        yield client
        client.close()


def resource(state: StackState, logical_id: str = "Triage") -> tuple[str | None, str]:
    """Return which id CloudFormation names for the resource, and its status."""
    with cloudformation(state) as client:
        told = client.describe_stack_resource(StackName=STACK, LogicalResourceId=logical_id)
    detail = told["StackResourceDetail"]
    return detail.get("PhysicalResourceId"), detail["ResourceStatus"]


@pytest.mark.parametrize(
    ("event_", "told", "said"),
    [
        (event("Create"), {}, (None, "CREATE_IN_PROGRESS")),
        (event("Update", PhysicalResourceId="old"), {}, ("old", "UPDATE_IN_PROGRESS")),
        (event("Delete", PhysicalResourceId="old"), {}, ("old", "DELETE_IN_PROGRESS")),
        (event("Delete", PhysicalResourceId="old"), {"standing_id": "new"}, ("new", "UPDATE_COMPLETE")),
    ],
)
def test_it_says_which_id_stands_for_the_resource(
    event_: dict[str, Any], told: dict[str, Any], said: tuple[str | None, str]
) -> None:
    """The event's own id, none before a Create has answered, another one in the cleanup of an update."""
    assert resource(StackState.of(event_, **told)) == said


@pytest.mark.parametrize("logical_id", ["Triage", "Other"])
def test_what_is_not_in_the_stack_is_a_validation_error(logical_id: str) -> None:
    """A resource that has left the template, or was never in it."""
    state = StackState.of(event("Delete", PhysicalResourceId="old"), standing_id="")
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
def test_times_tell_when_the_operation_began(
    kind: str, status: str | None, created: datetime, updated: datetime | None
) -> None:
    """CreationTime for a creation, LastUpdatedTime for an update with its cleanup; a deletion has none."""
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
def test_events_tell_when_the_operation_began(kind: str, status: str | None, own: list[str]) -> None:
    """Newest first; those of the stack itself carry its id."""
    state = StackState.of(event(kind, PhysicalResourceId="x"), stack_status=status, began=BEGAN)
    with cloudformation(state) as client:
        events = client.describe_stack_events(StackName=STACK)["StackEvents"]
    assert events[0]["LogicalResourceId"] == "Triage"
    assert [one["ResourceStatus"] for one in events if one["PhysicalResourceId"] == STACK] == own
    assert {one["Timestamp"] for one in events} == {BEGAN}


def test_the_operation_began_a_moment_ago_unless_told() -> None:
    """So that what the replay starts was started by this operation."""
    state = StackState.of(event("Create"))
    assert timedelta() <= datetime.now(UTC) - state.began < timedelta(seconds=30)


def test_other_stacks_and_other_calls_are_refused() -> None:
    """A handler that asks for more than it is answered here sees a ValidationError."""
    with cloudformation(StackState.of(event("Create"))) as client:
        for call, request in (
            (client.describe_stacks, {"StackName": STACK.replace("Tickets", "Others")}),
            (client.list_stacks, {}),
        ):
            with pytest.raises(botocore.exceptions.ClientError, match="ValidationError"):
                call(**request)


def test_the_function_is_told_its_stack() -> None:
    """STACK_ID of the deployed function is the stack that it serves: the event's."""
    told = function_environment(
        StackState.of(event("Create")),
        bedrock_url="http://127.0.0.1:1",
        cloudformation_url="http://127.0.0.1:2",
        desk_url="http://127.0.0.1:3",
    )
    assert told["STACK_ID"] == STACK
    assert told["AWS_ENDPOINT_URL_BEDROCK"] == "http://127.0.0.1:1"
    assert told["AWS_ENDPOINT_URL_CLOUDFORMATION"] == "http://127.0.0.1:2"
    assert (told["AWS_REGION"], told["AWS_ACCESS_KEY_ID"]) == ("eu-west-1", "123456789012")
