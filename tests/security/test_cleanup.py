"""The cleanup of an update still has the permissions that a Delete with old properties needs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from constructs_lib import AWS_OWNED_KEY, BaseModel, OnDelete, OutputData, TrainingData
from tests.security.iam_evaluator import identity_allows, names
from tests.security.rules_sufficiency import delete_calls
from tests.security.stacks import FOREIGN_KEY, add_job, new_stack, template_of
from tests.security.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.security.iam_evaluator import Statement
    from tests.security.view import Resource

    Arguments = Callable[[cdk.Stack], dict[str, Any]]


def made_role(stack: cdk.Stack) -> dict[str, Any]:
    """Return a role of the user's in the stack."""
    return {"role": iam.Role(stack, "Given", assumed_by=iam.ServicePrincipal("bedrock.amazonaws.com"))}


def own_key(stack: cdk.Stack) -> dict[str, Any]:
    """Return a key of the user's in the stack."""
    return {"custom_model_kms_key": kms.Key(stack, "Key")}


def always(**arguments: Any) -> Arguments:  # noqa: ANN401 - keywords of the job
    """Return arguments that create nothing."""
    return lambda _: arguments


PLAIN = KEEPS = always()
DELETES = always(on_delete=OnDelete.DELETE_MODEL)


# By name: the change of job One, beside a job Two that stays, with what both mean to do at the end.
CHANGES: dict[str, tuple[Arguments, Arguments | None]] = {
    "removed": (PLAIN, None),
    "retrained": (PLAIN, always(training_data=TrainingData.from_s3_uri("s3://data/other.jsonl"))),
    "another base model": (PLAIN, always(base_model=BaseModel.NOVA_PRO)),
    "the made role given": (PLAIN, made_role),
    "the given role made": (made_role, PLAIN),
    "the given role removed with its job": (made_role, None),
    "another key": (always(custom_model_kms_key=FOREIGN_KEY), always(custom_model_kms_key=AWS_OWNED_KEY)),
    "the own key removed": (own_key, PLAIN),
    "the own key removed with its job": (own_key, None),
    "another place": (PLAIN, always(output_data=OutputData.from_s3_uri("s3://results/"))),
    "on_delete taken away": (PLAIN, always(on_delete=OnDelete.STOP_JOB)),
    "retained": (PLAIN, always(on_delete=OnDelete.RETAIN)),
}


@cache
def deployed(*jobs: tuple[str, Arguments, Arguments]) -> View:
    """Synthesize a stack with these jobs: the name of each, and what returns its arguments.

    Many changes begin with the same stack, or end with it.
    """
    stack = new_stack()
    cdk.CfnResource(stack, "Topic", type="AWS::SNS::Topic")  # a stack has at least one resource
    for name, first, further in jobs:
        add_job(stack, name, **first(stack) | further(stack))
    return View(template_of(stack, validates=False))


@pytest.mark.parametrize("beside", ["no other job", "a job that keeps", "a job that deletes"])
@pytest.mark.parametrize("says", ["keeps", "deletes"])
@pytest.mark.parametrize("change", CHANGES)
def test_cleanup_has_the_permissions_of_the_old_properties(change: str, says: str, beside: str) -> None:
    """The new template, and removed policies that the old resource depends on, permit every call."""
    end = DELETES if says == "deletes" else KEEPS
    other = {
        "no other job": [],
        "a job that keeps": [("Two", KEEPS, PLAIN)],
        "a job that deletes": [("Two", DELETES, PLAIN)],
    }[beside]
    was, becomes = CHANGES[change]
    old = deployed(("One", end, was), *other)
    new = deployed(*other if becomes is None else [("One", end, becomes), *other])
    [job] = [one for one in old.jobs if one.id.startswith("One")]
    function = old.resources[old.id_of_arn(job.properties["ServiceToken"])]
    statements = _still_there(old, new, job, old.id_of_arn(function.properties["Role"]))
    denied = [one for one in delete_calls(job, function) if not identity_allows(statements, one)]
    assert names(denied) == []


def test_the_delete_permission_goes_with_its_last_job() -> None:
    """The permission to delete models is removed with the last job that needs it."""
    view = deployed(("Two", KEEPS, PLAIN))
    assert not [one for one in view.identities if "Delete" in str(one.statement["Action"])]


def _still_there(old: View, new: View, job: Resource, role: str) -> list[Statement]:
    """List what `role` may do while CloudFormation cleans up the old resource of a job.

    It has updated what both templates have, and takes away what only the old one has in the reverse order of
    its dependencies: whatever the job's resource waited for goes after it.
    """
    kept = [one.statement for one in new.identities if one.role == role]
    goes_later = old.before(job.id) - new.resources.keys()
    removed = [
        one.statement
        for one in old.identities
        if one.role == role and one.where.partition(".")[0] in goes_later
    ]
    return [*kept, *removed]
