from __future__ import annotations

import pytest
from botocore.loaders import Loader
from customization_job.frame.stack import StackPhase, phase_of


def _statuses() -> list[str]:
    shapes = Loader().load_service_model("cloudformation", "service-2")["shapes"]
    return list(shapes["StackStatus"]["enum"])


@pytest.mark.parametrize(
    ("status", "stack"),
    [
        ("CREATE_IN_PROGRESS", StackPhase.IN_PROGRESS),
        ("UPDATE_IN_PROGRESS", StackPhase.IN_PROGRESS),
        ("ROLLBACK_IN_PROGRESS", StackPhase.ROLLING_BACK),
        ("UPDATE_ROLLBACK_IN_PROGRESS", StackPhase.ROLLING_BACK),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", StackPhase.ROLLING_BACK),
        ("IMPORT_ROLLBACK_IN_PROGRESS", StackPhase.ROLLING_BACK),
        ("DELETE_IN_PROGRESS", StackPhase.ROLLING_BACK),
        ("ROLLBACK_COMPLETE", StackPhase.ROLLED_BACK),
        ("ROLLBACK_FAILED", StackPhase.ROLLED_BACK),
        ("UPDATE_ROLLBACK_COMPLETE", StackPhase.ROLLED_BACK),
        ("UPDATE_ROLLBACK_FAILED", StackPhase.ROLLED_BACK),
        ("IMPORT_ROLLBACK_COMPLETE", StackPhase.ROLLED_BACK),
        ("IMPORT_ROLLBACK_FAILED", StackPhase.ROLLED_BACK),
        ("DELETE_COMPLETE", StackPhase.ROLLED_BACK),
        ("DELETE_FAILED", StackPhase.ROLLED_BACK),
        ("", StackPhase.ROLLED_BACK),
        ("CREATE_COMPLETE", StackPhase.IDLE),
        ("CREATE_FAILED", StackPhase.IDLE),
        ("UPDATE_COMPLETE", StackPhase.IDLE),
        ("UPDATE_FAILED", StackPhase.IDLE),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", StackPhase.IDLE),
        ("REVIEW_IN_PROGRESS", StackPhase.IDLE),
        ("IMPORT_IN_PROGRESS", StackPhase.IDLE),
        ("IMPORT_COMPLETE", StackPhase.IDLE),
        ("SOMETHING_NEW", StackPhase.IDLE),
    ],
)
def test_a_status_says_who_would_own_a_job(status: str, stack: StackPhase) -> None:
    """Only while a stack is being created or updated may a job start."""
    assert phase_of(status) is stack


def test_a_job_may_start_in_two_statuses_only() -> None:
    """Of all the statuses that CloudFormation has, a new one included, two let a job start."""
    live = {status for status in _statuses() if phase_of(status) is StackPhase.IN_PROGRESS}
    assert live == {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}


def test_every_rollback_and_deletion_is_over() -> None:
    """Every status that names a rollback or a deletion makes the handler stop what it has just started."""
    over = {status for status in _statuses() if phase_of(status).has_failed}
    assert over == {status for status in _statuses() if "ROLLBACK" in status or status.startswith("DELETE_")}
