"""The tables of decisions about a deployment, row by row, without any service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from customization_job.deployments import decide
from customization_job.deployments.decisions import Following
from customization_job.deployments.desired_state import Change, problems
from customization_job.deployments.ports import Deployment
from customization_job.frame.errors import AwsError, ErrorKind
from customization_job.frame.event import read_event
from customization_job.frame.stack import UNKNOWN_RESOURCE, ResourceState, StackState
from customization_job.serving.decide import is_expected as expected
from customization_job.serving.decisions import (
    Asked,
    Create,
    DeleteFacts,
    Fail,
    Keep,
    Leave,
    Observation,
    Remove,
    Replace,
    Update,
    Wait,
)
from customization_job.serving.desired_state import is_name

from tests.lambda_.builders import STACK, event
from tests.lambda_.deploying import NAME, TYPE
from tests.lambda_.fakes import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:custom-model/amazon.nova-lite-v1:0:300k/"
A, B, C = (f"{MODEL}{letter * 12}" for letter in "abc")
ARN = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:custom-model-deployment/abcdefghwxyz"
SENT, NOW = 1000.0, 1030.0


def change(kind: str = "Update", model: str = B, **settings: str) -> Change:
    """Make an event."""
    told: dict[str, Any] = {"ModelArn": model, **settings}
    members = {} if kind == "Create" else {"PhysicalResourceId": NAME}
    return Change.of(read_event(event(kind, ResourceType=TYPE, ResourceProperties=told, **members)))


def deployment(model: str = A, status: str = "Active", **members: object) -> Deployment:
    """Make a deployment."""
    told: dict[str, Any] = {"created": 1.0, "changed": 1.0, **members}
    return Deployment(arn=ARN, name=NAME, model_arn=model, status=status, **told)


def updated(to: str, status: str, model: str = A, changed: float = 1.0) -> Deployment:
    """Make a deployment that was given another model."""
    return deployment(model, update_model_arn=to, update_status=status, changed=changed)


def seen(
    found: Deployment | None = None, status: str | None = "UPDATE_IN_PROGRESS", **members: object
) -> Observation:
    """Make an observation."""
    told: dict[str, Any] = {"now": NOW, "sent": SENT, **members}
    return Observation(stack=StackState(status=status, changed=900.0), serving=found, **told)


CREATING, LOST = Asked(when=NOW - 30), AwsError(ErrorKind.NO_RESPONSE, "CreateCustomModelDeployment")


@pytest.mark.parametrize(
    ("of", "observed", "expected"),
    [
        # There is none.
        (change("Create"), seen(None, "CREATE_IN_PROGRESS"), Create),
        (change("Create", ""), seen(None, "CREATE_IN_PROGRESS"), Keep),
        (change("Create"), seen(None, "CREATE_IN_PROGRESS", asked=CREATING), Wait),
        (change("Create"), seen(None, "CREATE_IN_PROGRESS", asked=Asked(when=NOW - 120)), Fail),
        (change("Create"), seen(None, "CREATE_IN_PROGRESS", asked=Asked(when=1, error=LOST)), Fail),
        (change("Create"), seen(None, "ROLLBACK_IN_PROGRESS"), Fail),
        (change("Create"), seen(None, None), Fail),
        (change("Create"), seen(None, "CREATE_COMPLETE"), Fail),
        (change(), seen(None), Create),
        (change("Update", ""), seen(None), Keep),
        (change(), seen(None, None), Fail),
        (change(), seen(None, "UPDATE_COMPLETE"), Fail),
        # It is somebody else's.
        (change("Create"), seen(deployment(B), "CREATE_IN_PROGRESS", is_ours=False), Fail),
        (change(), seen(deployment(B), is_ours=False), Fail),
        # It serves the model, or will.
        (change("Create"), seen(deployment(B), "CREATE_IN_PROGRESS"), Keep),
        (change("Create"), seen(deployment(B, "Creating"), "CREATE_IN_PROGRESS"), Wait),
        (change("Create"), seen(deployment(B, "Optimizing"), "CREATE_IN_PROGRESS"), Wait),
        (change(), seen(deployment(B)), Keep),
        (change(), seen(updated(C, "UpdateFailed", model=B)), Keep),
        (change(), seen(updated(B, "Updating")), Wait),
        (change(), seen(updated(A, "Updating", model=B)), Wait),
        (change(), seen(updated(B, "UpdateCompleted")), Update),
        # It serves another model.
        (change("Create"), seen(deployment(A), "CREATE_IN_PROGRESS"), Update),
        (change(), seen(deployment(A)), Update),
        (change(), seen(deployment(A), None), Update),
        (change(), seen(deployment(A), "UPDATE_COMPLETE"), Fail),
        (change("Update", ""), seen(deployment(A)), Keep),
        (change(), seen(deployment(A), asked=Asked(when=NOW - 30, is_update=True, before=1.0)), Wait),
        (change(), seen(deployment(A), asked=Asked(when=NOW - 120, is_update=True, before=1.0)), Update),
        # The update to this model has failed: in this event, before it, or nobody knows when.
        (change(), seen(updated(B, "UpdateFailed", changed=SENT)), Fail),
        (change(), seen(updated(B, "UpdateFailed", changed=SENT - 1)), Update),
        (change(), seen(updated(B, "UpdateFailed", changed=901.0), sent=None), Fail),
        (change(), seen(updated(B, "UpdateFailed", changed=899.0), sent=None), Update),
        (
            change(),
            seen(
                updated(B, "UpdateFailed", changed=1020.0),
                asked=Asked(when=NOW - 30, is_update=True, before=1.0),
            ),
            Fail,
        ),
        (
            change(),
            seen(
                updated(B, "UpdateFailed", changed=1.0),
                asked=Asked(when=NOW - 30, is_update=True, before=1.0),
            ),
            Wait,
        ),
        # It has failed.
        (change("Create"), seen(deployment(B, "Failed"), "CREATE_IN_PROGRESS"), Fail),
        (change(), seen(deployment(B, "Failed", created=SENT)), Fail),
        (change(), seen(deployment(B, "Failed", created=SENT - 1)), Replace),
        (change(), seen(deployment(B, "Failed", created=SENT - 1), None), Fail),
    ],
)
def test_a_create_and_an_update(of: Change, observed: Observation, expected: type) -> None:
    """One screen for both: the deployment is there and serves the model, or why not."""
    assert isinstance(decide.create_or_update(of, observed), expected)


@pytest.mark.parametrize(
    ("observed", "is_removed"),
    [
        (seen(deployment(B, "Failed"), "CREATE_IN_PROGRESS"), True),
        (seen(deployment(B), "ROLLBACK_IN_PROGRESS", asked=CREATING), True),
        (seen(deployment(B), "ROLLBACK_IN_PROGRESS"), False),
        (seen(deployment(B), "ROLLBACK_IN_PROGRESS", asked=Asked(when=NOW, is_update=True)), False),
        (seen(deployment(B), "CREATE_IN_PROGRESS", is_ours=False, asked=CREATING), False),
        (seen(None, "CREATE_IN_PROGRESS", asked=Asked(when=1)), False),
    ],
)
def test_only_what_this_attempt_has_created_is_removed_again(
    observed: Observation, *, is_removed: bool
) -> None:
    """A repeat of an old Create must not delete a deployment that serves."""
    decision = decide.create_or_update(change("Create"), observed)
    assert isinstance(decision, Fail)
    assert decision.is_removed == is_removed


@pytest.mark.parametrize(
    ("found", "is_ours", "model", "expected"),
    [
        (None, True, A, Keep),
        (deployment(B), False, A, Keep),
        (deployment(A), True, A, Keep),
        (deployment(B), True, "", Keep),
        (deployment(B), True, A, Update),
        (updated(B, "Updating", model=A), True, A, Update),
        (updated(A, "Updating", model=B), True, A, Keep),
        (updated(B, "UpdateFailed", model=A), True, A, Keep),
    ],
)
def test_an_update_of_a_rollback(
    found: Deployment | None, model: str, expected: type, *, is_ours: bool
) -> None:
    """It gives the old model back, and neither creates, waits nor fails."""
    observed = seen(found, "UPDATE_ROLLBACK_IN_PROGRESS", is_ours=is_ours)
    assert isinstance(decide.restore(observed, model), expected)


def shown(physical_id: str = NAME, status: str = "UPDATE_COMPLETE", changed: float = 950.0) -> ResourceState:
    """Make the resource as CloudFormation shows it."""
    return ResourceState(is_known=True, physical_id=physical_id, status=status, changed=changed)


def facts(status: str, resource: ResourceState = UNKNOWN_RESOURCE, **members: object) -> DeleteFacts:
    """Make what a Delete is decided by."""
    told: dict[str, Any] = {"serving": deployment(), **members}
    return DeleteFacts(stack=StackState(status=status, changed=900.0), resource=resource, **told)


GONE = shown(status="DELETE_IN_PROGRESS")
WHOLE, CLEANUP, BACK = (
    "DELETE_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_IN_PROGRESS",
)


@pytest.mark.parametrize(
    ("settings", "known", "expected"),
    [
        ({}, facts(WHOLE, serving=None), Leave),
        ({}, facts(WHOLE, is_ours=False), Leave),
        ({}, facts(WHOLE), Remove),
        ({}, facts(CLEANUP, GONE), Remove),
        ({}, facts(CLEANUP, shown("tickets")), Remove),
        ({}, facts(CLEANUP, shown()), Leave),
        ({}, facts(CLEANUP, shown(changed=899.0)), Remove),
        ({}, facts(CLEANUP, shown(), is_named=False), Leave),
        ({}, facts(CLEANUP), Remove),
        ({}, facts(CLEANUP, is_named=False), Leave),
        ({}, facts(CLEANUP, shown("", "CREATE_IN_PROGRESS"), is_named=False), Leave),
        ({}, facts(BACK, GONE, created_here=True), Remove),
        ({}, facts(BACK, GONE, created_here=None), Remove),
        ({}, facts(BACK, GONE, created_here=False), Leave),
        ({"DeletionProtection": "true"}, facts(WHOLE), Fail),
        ({"DeletionProtection": "true"}, facts(CLEANUP, shown("tickets")), Fail),
        ({"DeletionProtection": "true"}, facts("ROLLBACK_IN_PROGRESS", created_here=True), Remove),
        ({"DeletionProtection": "true"}, facts(BACK, GONE, created_here=None), Leave),
        ({"OnDelete": "Retain"}, facts(WHOLE), Leave),
        ({"OnDelete": "Retain"}, facts(BACK, GONE, created_here=True), Remove),
        ({"OnDelete": "Retain"}, facts(BACK, GONE, created_here=None), Leave),
    ],
)
def test_a_delete(settings: dict[str, str], known: DeleteFacts, expected: type) -> None:
    """What is ours and not the current deployment is deleted; a rollback deletes what it has created."""
    assert isinstance(decide.delete(change("Delete", **settings), known), expected)


def followed(found: Deployment | None = None, model: str = B, **members: object) -> Following:
    """Make what a look is decided by."""
    told: dict[str, Any] = members
    return Following(model_arn=model, deployment=found, **told)


@pytest.mark.parametrize(
    ("observed", "expected", "level"),
    [
        (followed(), Create, ""),
        (followed(was_created=True), Keep, "ERROR"),
        (followed(model="", note="the job is InProgress"), Keep, "INFO"),
        (followed(model="", note="the model is gone", is_unexpected=True), Keep, "WARNING"),
        (followed(deployment(A), model="", note="the job is Failed"), Keep, "INFO"),
        (followed(deployment(A)), Update, ""),
        (followed(deployment(B)), Keep, "INFO"),
        (followed(deployment(A), is_ours=False), Keep, "ERROR"),
        (followed(deployment(A, "Failed")), Keep, "ERROR"),
        (followed(deployment(A, "Creating")), Keep, "INFO"),
        (followed(updated(C, "Updating")), Keep, "INFO"),
        (followed(updated(B, "UpdateFailed")), Keep, "ERROR"),
        (followed(updated(C, "UpdateFailed")), Update, ""),
    ],
)
def test_a_look(observed: Following, expected: type, level: str) -> None:
    """Nothing is waited for, deleted or emptied."""
    decision = decide.follow(observed)
    assert isinstance(decision, expected)
    assert getattr(decision, "level", "") == level


@pytest.mark.parametrize(
    ("kind", "resource", "is_expected"),
    [
        ("Create", shown("", "CREATE_IN_PROGRESS"), True),
        ("Create", ResourceState(is_known=True), True),
        ("Create", UNKNOWN_RESOURCE, True),
        ("Create", shown(), False),
        ("Create", shown(status="UPDATE_IN_PROGRESS"), False),
        ("Update", shown(status="UPDATE_IN_PROGRESS"), True),
        ("Update", shown(changed=899.0), True),
        ("Update", shown(changed=901.0), False),
        ("Update", UNKNOWN_RESOURCE, True),
    ],
)
def test_an_event_that_nobody_waits_for_is_recognized(
    kind: str, resource: ResourceState, *, is_expected: bool
) -> None:
    """What CloudFormation shows may be a moment old, and must not fail an event that is not."""
    stack = StackState(status="UPDATE_IN_PROGRESS", changed=900.0)
    assert expected(change(kind), resource, stack) == is_expected


# -- what the template asks for ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        ("tickets", True),
        ("tickets-v1_a", True),
        ("tickets-", True),
        ("x" * 63, True),
        ("x" * 64, False),
        ("-tickets", False),
        ("a--b", False),
        ("a.b", False),
        ("a/b", False),
        ("", False),
        ("é", False),
        ("a\n", False),
        ("٣", False),
    ],
)
def test_names_are_those_of_the_api(text: str, *, is_valid: bool) -> None:
    """At most 63 characters of the pattern `([0-9a-zA-Z][_-]?){1,63}`."""
    assert is_name(text) == is_valid


@pytest.mark.parametrize("make", [lambda: change(model=B), lambda: change(model="", DeploymentName="a")])
def test_valid_properties_have_no_problem(make: Callable[[], Change]) -> None:
    """An empty model is one that is not known yet."""
    assert list(problems(make())) == []


def test_every_problem_is_said_at_once() -> None:
    """And what CloudFormation sends as something else than a string does not break the handler."""
    told = {
        "DeploymentName": "-",
        "OnDelete": "x",
        "ModelArn": "x",
        "Follow": {"Job": 7, "JobArn": None, "Parameter": ["x"]},
        "Tags": "none",
        "DeletionProtection": True,
    }
    read = Change.of(read_event(event(ResourceType=TYPE, ResourceProperties=told)))
    assert len(list(problems(read))) == 6
    assert (read.desired.is_protected, read.desired.tags) == (True, {})


def test_a_delete_reads_properties_of_any_form() -> None:
    """A resource that cannot be deleted blocks its stack."""
    told = event("Delete", ResourceType=TYPE, ResourceProperties=["x"], PhysicalResourceId="a/b")
    assert Change.of(read_event(told)).names_to_delete == (Change.of(read_event(told)).name,)
    assert STACK in told["StackId"]
