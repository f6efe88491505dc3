from __future__ import annotations

import pytest
from botocore.loaders import Loader
from customization_job.frame.stack import Stack, read_stack


def _statuses() -> list[str]:
    shapes = Loader().load_service_model("cloudformation", "service-2")["shapes"]
    return list(shapes["StackStatus"]["enum"])


@pytest.mark.parametrize(
    ("status", "stack"),
    [
        ("CREATE_IN_PROGRESS", Stack.LIVE),
        ("UPDATE_IN_PROGRESS", Stack.LIVE),
        ("ROLLBACK_IN_PROGRESS", Stack.GOING_BACK),
        ("UPDATE_ROLLBACK_IN_PROGRESS", Stack.GOING_BACK),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Stack.GOING_BACK),
        ("IMPORT_ROLLBACK_IN_PROGRESS", Stack.GOING_BACK),
        ("DELETE_IN_PROGRESS", Stack.GOING_BACK),
        ("ROLLBACK_COMPLETE", Stack.GONE_BACK),
        ("ROLLBACK_FAILED", Stack.GONE_BACK),
        ("UPDATE_ROLLBACK_COMPLETE", Stack.GONE_BACK),
        ("UPDATE_ROLLBACK_FAILED", Stack.GONE_BACK),
        ("IMPORT_ROLLBACK_COMPLETE", Stack.GONE_BACK),
        ("IMPORT_ROLLBACK_FAILED", Stack.GONE_BACK),
        ("DELETE_COMPLETE", Stack.GONE_BACK),
        ("DELETE_FAILED", Stack.GONE_BACK),
        ("", Stack.GONE_BACK),
        ("CREATE_COMPLETE", Stack.SETTLED),
        ("CREATE_FAILED", Stack.SETTLED),
        ("UPDATE_COMPLETE", Stack.SETTLED),
        ("UPDATE_FAILED", Stack.SETTLED),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Stack.SETTLED),
        ("REVIEW_IN_PROGRESS", Stack.SETTLED),
        ("IMPORT_IN_PROGRESS", Stack.SETTLED),
        ("IMPORT_COMPLETE", Stack.SETTLED),
        ("SOMETHING_NEW", Stack.SETTLED),
    ],
)
def test_a_status_says_who_would_own_a_job(status: str, stack: Stack) -> None:
    """Only a stack that is being created or updated would own a job that starts now."""
    assert read_stack(status) is stack


def test_a_job_may_start_in_two_statuses_only() -> None:
    """Of all the statuses that CloudFormation has, a new one included, two let a job start."""
    live = {status for status in _statuses() if read_stack(status) is Stack.LIVE}
    assert live == {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}


def test_every_rollback_and_deletion_is_over() -> None:
    """Every status that names a rollback or a deletion makes the handler stop what it has just started."""
    over = {status for status in _statuses() if read_stack(status).is_over}
    assert over == {status for status in _statuses() if "ROLLBACK" in status or status.startswith("DELETE_")}
