"""What is left after destroy: never a job that nobody owns, always what a job that goes on needs."""

from collections.abc import Callable

import aws_cdk as cdk
import jsii
import pytest
from constructs import IConstruct

from constructs_lib import AWS_OWNED_KEY, ModelCustomizationJob, OnDelete
from tests.synth.templates import OUTPUT, template, the_job

Make = Callable[..., ModelCustomizationJob]

IGNORED = "bedrock-customization:removal-policy-ignored"
RETAIN = cdk.RemovalPolicy.RETAIN


@jsii.implements(cdk.IAspect)
class _RetainsAll:
    """An aspect as companies write them."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, cdk.CfnResource):
            node.apply_removal_policy(RETAIN)


def _notes(stack: cdk.Stack) -> list[str]:
    """List the notes about ignored removal policies that the synthesized stack carries."""
    return [str(one.data) for one in stack.node.metadata if IGNORED in str(one.data)]


@pytest.mark.parametrize(
    "asked",
    [
        lambda stack, _: cdk.RemovalPolicies.of(stack.node.root).retain(),
        lambda stack, _: cdk.RemovalPolicies.of(stack.node.root).retain(priority=900),
        lambda stack, _: cdk.RemovalPolicies.of(stack).retain(),
        lambda stack, _: cdk.RemovalPolicies.of(stack).retain_on_update_or_delete(priority=1),
        lambda _, job: cdk.RemovalPolicies.of(job).retain(),
        lambda stack, _: cdk.Aspects.of(stack.node.root).add(_RetainsAll(), priority=1000),
        lambda _, job: job.apply_removal_policy(RETAIN),
        lambda _, job: job.node.default_child.apply_removal_policy(RETAIN),
        lambda _, job: job.node.default_child.apply_removal_policy(
            RETAIN, apply_to_update_replace_policy=False
        ),
        lambda _, job: setattr(
            job.node.default_child.cfn_options, "update_replace_policy", cdk.CfnDeletionPolicy.RETAIN
        ),
    ],
    ids=[
        "app",
        "app-late",
        "stack",
        "stack-early",
        "job",
        "aspect-of-ones-own",
        "call",
        "call-of-the-resource",
        "deletion-only",
        "replacement-only",
    ],
)
def test_a_jobs_resource_is_always_deleted(
    stack: cdk.Stack, job: Make, asked: Callable[[cdk.Stack, ModelCustomizationJob], None]
) -> None:
    """Whatever an aspect or a call asks for, the handler hears of the end, and a note says so."""
    asked(stack, job())
    found = the_job(stack)
    assert (found["DeletionPolicy"], found["UpdateReplacePolicy"]) == ("Delete", "Delete")
    [note] = _notes(stack)
    assert "Tickets/Triage" in note
    assert "OnDelete.RETAIN" in note


def test_only_one_note_stands_in_a_stack(stack: cdk.Stack, job: Make) -> None:
    """However many jobs there are."""
    for number in range(3):
        job(f"Job{number}", output_data=OUTPUT, custom_model_kms_key=AWS_OWNED_KEY)
    cdk.RemovalPolicies.of(stack.node.root).retain()
    jobs = [one for one in template(stack)["Resources"].values() if one["Type"].startswith("Custom::")]
    assert [one["DeletionPolicy"] for one in jobs] == ["Delete"] * 3
    assert len(_notes(stack)) == 1


@pytest.mark.parametrize("asked", [None, cdk.RemovalPolicy.DESTROY])
def test_nothing_is_noted_where_nothing_else_is_asked(
    stack: cdk.Stack, job: Make, asked: cdk.RemovalPolicy | None
) -> None:
    """A plain job and one that is to be destroyed have what they ask for."""
    made = job()
    if asked:
        made.apply_removal_policy(asked)
    assert the_job(stack)["DeletionPolicy"] == "Delete"
    assert _notes(stack) == []


def test_the_resource_of_a_retained_job_is_deleted_too(stack: cdk.Stack, job: Make) -> None:
    """A job that is to go on says so by `on_delete`: the handler is asked, and leaves it alone."""
    job(on_delete=OnDelete.RETAIN)
    cdk.RemovalPolicies.of(stack).retain()
    found = the_job(stack)
    assert (found["Properties"]["OnDelete"], found["DeletionPolicy"]) == ("Retain", "Delete")
