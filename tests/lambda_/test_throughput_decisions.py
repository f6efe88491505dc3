"""The tables of decisions about a throughput, row by row, without any service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from customization_job.frame.errors import AwsError, ErrorKind
from customization_job.frame.event import read_event
from customization_job.frame.stack import ResourceState, StackState
from customization_job.serving.decisions import (
    Asked,
    Create,
    DeleteFacts,
    Fail,
    Keep,
    Leave,
    Observation,
    Remove,
    Update,
    Wait,
)
from customization_job.throughputs import decide
from customization_job.throughputs.desired_state import Change, problems
from customization_job.throughputs.ports import Throughput

from constructs_lib.checks.rules.throughput import MOST_UNITS
from tests.lambda_.builders import event
from tests.lambda_.buying import NAME, TYPE
from tests.lambda_.fakes import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Mapping

MODEL = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:custom-model/amazon.nova-lite-v1:0:300k/"
A, B = (f"{MODEL}{letter * 12}" for letter in "ab")
ARN, OLD = (f"arn:aws:bedrock:{REGION}:{ACCOUNT}:provisioned-model/{one * 12}" for one in "xy")
SENT, NOW = 1000.0, 1030.0
LATER, EARLIER = NOW + 1, NOW - 1
AGAIN: Mapping[str, str] = {"Purchase": "2"}


def change(kind: str = "Update", physical_id: str = ARN, model: str = A, **settings: str) -> Change:
    """Make an event; before an Update the purchase was "1"."""
    old = {"ModelId": A, "ModelUnits": "1", "Purchase": "1"}
    told: dict[str, Any] = {**old, "ModelId": model, **settings}
    members: dict[str, Any] = {}
    if kind != "Create":
        members = {"PhysicalResourceId": physical_id, "OldResourceProperties": old}
    return Change.of(read_event(event(kind, ResourceType=TYPE, ResourceProperties=told, **members)))


def throughput(model: str = A, status: str = "InService", **members: Any) -> Throughput:  # noqa: ANN401 - its members
    """Make a throughput of one model unit."""
    told = {"created": 1.0, "changed": 1.0, "update_model_arn": model, "units": 1, **members}
    return Throughput(arn=ARN, name=NAME, model_arn=model, status=status, **told)


def seen(
    found: Throughput | None = None,
    status: str = "UPDATE_IN_PROGRESS",
    **members: Any,  # noqa: ANN401 - its members
) -> Observation[Throughput]:
    """Make what was observed."""
    told = {"now": NOW, "sent": SENT, **members}
    return Observation(stack=StackState(status=status, changed=900.0), serving=found, **told)


LOST = AwsError(ErrorKind.NO_RESPONSE, "CreateProvisionedModelThroughput")
NEW = throughput(status="Failed", created=SENT + 5)
FAILED_UPDATE = throughput(update_model_arn=B, failure="no", changed=SENT + 5)


@pytest.mark.parametrize(
    ("given", "observed", "expected"),
    [
        (change("Create"), seen(), Create),
        (change("Create", model=""), seen(), Keep),
        (change("Create"), seen(status="ROLLBACK_IN_PROGRESS"), Fail),
        (change("Create"), seen(status="CREATE_COMPLETE"), Fail),
        (change("Create"), seen(is_ours=False, found=throughput()), Fail),
        (change("Create"), seen(asked=Asked(when=NOW - 30)), Wait),
        (change("Create"), seen(asked=Asked(when=NOW - 130)), Fail),
        (change("Create"), seen(asked=Asked(when=NOW - 130, error=LOST)), Fail),
        (change("Create"), seen(throughput(status="Creating")), Wait),
        (change("Create"), seen(throughput(status="Renewing")), Wait),
        (change("Create"), seen(throughput()), Keep),
        (change("Create"), seen(throughput(units=2)), Fail),
        (change("Create"), seen(throughput(commitment="OneMonth")), Fail),
        (change("Create"), seen(throughput(status="Failed")), Fail),
        (change(), seen(), Fail),
        (change(physical_id=NAME), seen(), Keep),
        (change(**AGAIN), seen(), Create),
        (change(physical_id=NAME, **AGAIN), seen(), Create),
        (change(model="", **AGAIN), seen(), Keep),
        (change(**AGAIN), seen(status="UPDATE_ROLLBACK_IN_PROGRESS"), Fail),
        (change(**AGAIN), seen(throughput()), Keep),
        (change(**AGAIN), seen(throughput(units=3)), Fail),
        (change(model=B), seen(throughput()), Update),
        (change(model=B), seen(throughput(status="Updating", update_model_arn=B)), Wait),
        (change(model=B), seen(FAILED_UPDATE), Fail),
        (change(model=B), seen(throughput(update_model_arn=B, failure="no", changed=SENT - 5)), Update),
        (change(model=""), seen(throughput()), Keep),
        (change(model=B), seen(throughput(B)), Keep),
    ],
)
def test_create_and_update(given: Change, observed: Observation[Throughput], expected: type) -> None:
    """Only a Create and a changed purchase buy, and only while there is no throughput."""
    assert type(decide.create_or_update(given, observed)) is expected


@pytest.mark.parametrize(
    ("given", "found", "is_removed"),
    [
        (change("Create"), NEW, True),
        (change("Create"), throughput(status="Failed"), False),
        (change(**AGAIN), NEW, True),
        (change(model=B), NEW, False),
    ],
)
def test_only_what_this_event_has_bought_is_deleted_when_it_fails(
    given: Change, found: Throughput, *, is_removed: bool
) -> None:
    """Nothing else: an older one is paid for, and nothing would buy it again."""
    decision = decide.create_or_update(given, seen(found))
    assert isinstance(decision, Fail)
    assert decision.is_removed is is_removed


def test_what_may_be_older_than_the_event_is_not_deleted() -> None:
    """Lambda may deliver an event again while CloudFormation says nothing of the stack that it was of."""
    observed = Observation(stack=StackState(status=None), serving=NEW, now=NOW)
    decision = decide.create_or_update(change(**AGAIN), observed)
    assert isinstance(decision, Fail)
    assert not decision.is_removed


@pytest.mark.parametrize(
    ("given", "impossible"),
    [
        (change("Create", ModelUnits="2"), False),
        (change(ModelUnits="2"), True),
        (change(CommitmentDuration="OneMonth"), True),
        (change(ModelUnits="2", **AGAIN), False),
        (change(physical_id=NAME, ModelUnits="2"), False),
        (change(model=B), False),
    ],
)
def test_what_bedrock_cannot_change_fails_before_anything_is_read(given: Change, *, impossible: bool) -> None:
    """Unless nothing has been bought yet, or something new may be bought."""
    assert bool(decide.why_impossible(given)) is impossible


@pytest.mark.parametrize(
    ("given", "found", "is_new", "expected"),
    [
        (change(), None, False, Keep),
        (change(), throughput(), False, Keep),
        (change(), throughput(B), False, Update),
        (change(), throughput(status="Updating", update_model_arn=B), False, Update),
        (change(), throughput(B, status="Updating", update_model_arn=A), False, Keep),
        (change(**AGAIN), throughput(), True, Remove),
        (change(**AGAIN), throughput(), False, Keep),
        (change(**AGAIN), throughput(), None, Keep),
        (change(), throughput(), True, Keep),
        (change(**AGAIN), throughput(committed_until=LATER), True, Keep),
        (change(**AGAIN), throughput(committed_until=EARLIER), True, Remove),
    ],
)
def test_an_update_of_a_rollback(
    given: Change, found: Throughput | None, *, is_new: bool | None, expected: type
) -> None:
    """It never buys, and deletes only what the operation that is rolled back has bought."""
    assert type(decide.restore(given, seen(found), is_new=is_new)) is expected


@pytest.mark.parametrize(
    ("status", "found", "more", "expected"),
    [
        ("DELETE_IN_PROGRESS", None, {}, Leave),
        ("DELETE_IN_PROGRESS", throughput(), {}, Remove),
        ("DELETE_IN_PROGRESS", throughput(), {"is_ours": False}, Leave),
        ("DELETE_IN_PROGRESS", throughput(committed_until=LATER), {}, Fail),
        ("DELETE_IN_PROGRESS", throughput(committed_until=EARLIER), {}, Remove),
        ("ROLLBACK_IN_PROGRESS", throughput(committed_until=LATER), {"created_here": True}, Fail),
        ("ROLLBACK_IN_PROGRESS", throughput(), {"created_here": True}, Remove),
        ("UPDATE_ROLLBACK_IN_PROGRESS", throughput(), {"created_here": False}, Leave),
        (
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            throughput(),
            {"is_named": False, "resource": ResourceState(is_known=True, physical_id=ARN, status="X")},
            Leave,
        ),
        (
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            throughput(),
            {"is_named": False, "resource": ResourceState(is_known=True, physical_id=OLD, status="X")},
            Remove,
        ),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", throughput(), {"is_named": False}, Leave),
    ],
)
def test_a_delete(status: str, found: Throughput | None, more: dict[str, Any], expected: type) -> None:
    """What is not ours or current stays, and what is committed is not silently left."""
    facts = DeleteFacts(stack=StackState(status=status, changed=900.0), serving=found, **more)
    assert type(decide.delete(change("Delete"), facts, NOW)) is expected


@pytest.mark.parametrize("committed_until", [None, LATER])
def test_a_retained_throughput_is_left(committed_until: float | None) -> None:
    """Also one with a commitment."""
    found = throughput(committed_until=committed_until)
    facts = DeleteFacts(stack=StackState(status="DELETE_IN_PROGRESS"), serving=found)
    assert isinstance(decide.delete(change("Delete", OnDelete="Retain"), facts, NOW), Leave)


@pytest.mark.parametrize(("units", "are_bought"), [(MOST_UNITS, True), (MOST_UNITS + 1, False)])
def test_the_function_buys_as_many_units_as_the_synthesis_accepts(units: int, *, are_bought: bool) -> None:
    """What only the function refuses fails in the middle of a deployment."""
    assert (list(problems(change("Create", ModelUnits=str(units)))) == []) is are_bought
