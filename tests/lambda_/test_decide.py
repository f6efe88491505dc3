from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from customization_job.frame.stack import UNKNOWN_RESOURCE, ResourceState, StackPhase, StackState
from customization_job.jobs import messages
from customization_job.jobs.decide import create, delete, update, why_model_is_kept
from customization_job.jobs.decisions import (
    DeleteModel,
    Done,
    Fail,
    JobFacts,
    Keep,
    ModelFacts,
    Observation,
    Start,
    Stop,
    Wait,
)
from customization_job.jobs.identity import ClientToken
from customization_job.jobs.ports import Job

from tests.lambda_.builders import decode, event, properties
from tests.lambda_.fakes import ACCOUNT, REGION

if TYPE_CHECKING:
    from customization_job.jobs.desired_state import Change

ARN = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:model-customization-job/amazon.nova-lite-v1:0:300k/"
HERE, OTHER = "arn:aws:iam::123456789012:role/service", "arn:aws:iam::123456789012:role/other"
RUNNING, DONE, FAILED, STOPPING, STOPPED = "InProgress", "Completed", "Failed", "Stopping", "Stopped"
DEAD = (FAILED, STOPPING, STOPPED)
STATUSES = (RUNNING, DONE, *DEAD)


STATUS = {
    StackPhase.IN_PROGRESS: "UPDATE_IN_PROGRESS",
    StackPhase.ROLLING_BACK: "UPDATE_ROLLBACK_IN_PROGRESS",
    StackPhase.ROLLED_BACK: "UPDATE_ROLLBACK_COMPLETE",
    StackPhase.IDLE: "UPDATE_COMPLETE",
    StackPhase.UNKNOWN: None,
}
NO_RESOURCE = ResourceState(is_known=True)


def at(stack: StackPhase, changed: float | None = None) -> StackState:
    """Make a stack in a phase."""
    return StackState(status=STATUS[stack], changed=changed)


def resource_of(job: Job, status: str = "UPDATE_COMPLETE", changed: float | None = None) -> ResourceState:
    """Return the state of a resource whose current job is this one."""
    return ResourceState(is_known=True, physical_id=job.arn, status=status, changed=changed)


def change(
    kind: str, desired: dict[str, Any], old: dict[str, Any] | None = None, current: str = "current"
) -> Change:
    """Make an event."""
    told = {} if kind == "Create" else {"PhysicalResourceId": ARN + current.ljust(12, "0")}
    return decode(event(kind, "this", ResourceProperties=desired, OldResourceProperties=old, **told))


def job(
    desired: dict[str, Any],
    status: str = RUNNING,
    name: str = "current",
    *,
    by: str = "other",
    generation: int = 0,
) -> Job:
    """Make a job that this resource started for a desired state."""
    of = decode(event("Create", by, ResourceProperties=desired))
    stack, resource = of.owner
    token = ClientToken(
        stack=stack,
        resource=resource,
        fingerprint=of.desired.fingerprint,
        generation=generation,
        request=of.request_hash,
        infrastructure=of.desired.infrastructure,
    )
    model = f"arn:model/{name}" if status == DONE else ""
    return Job(arn=ARN + name.ljust(12, "0"), name=name, status=status, token=str(token), model_arn=model)


ONE = properties()
TWO = properties({"hyperParameters": {"epochCount": "9"}})
MOVED = properties({"roleArn": OTHER})
ASKS = properties({"roleArn": OTHER}, RetrainOnInfrastructureChange="true")
ASKS_ONE = properties(RetrainOnInfrastructureChange="true")
TAGGED = properties(JobTags=[{"key": "a", "value": "b"}])
NAMED = properties({"jobName": "exact", "customModelName": "exact"})
NAMED_TWO = properties(
    {"jobName": "exact", "customModelName": "exact", "hyperParameters": {"epochCount": "9"}}
)


# -- Create ----------------------------------------------------------------------------------------------


def test_a_create_starts_the_first_job() -> None:
    """Where there is no job, one is started."""
    assert create(change("Create", ONE), Observation(stack=at(StackPhase.IN_PROGRESS))) == Start(generation=0)


@pytest.mark.parametrize("status", [RUNNING, DONE])
@pytest.mark.parametrize("by", ["this", "other"])
def test_a_create_adopts_a_good_job(status: str, by: str) -> None:
    """A retry, or a job that was retained, buys no second training."""
    found = job(ONE, status, by=by)
    decision = create(change("Create", ONE), Observation(stack=at(StackPhase.IN_PROGRESS), jobs=(found,)))
    assert isinstance(decision, Keep)
    assert decision.job == found


@pytest.mark.parametrize("status", DEAD)
def test_a_create_reports_the_job_it_started_itself(status: str) -> None:
    """A job of this very event that has ended is reported, never started again."""
    mine = replace(job(ONE, status, by="this"), failure="bad data")
    decision = create(change("Create", ONE), Observation(stack=at(StackPhase.IN_PROGRESS), jobs=(mine,)))
    assert isinstance(decision, Fail)
    assert decision.job == mine
    assert "bad data" in decision.reason


@pytest.mark.parametrize("status", DEAD)
def test_a_create_goes_past_jobs_that_failed_or_stopped(status: str) -> None:
    """A stopped or failed job keeps its name for ever, so the next generation is started."""
    jobs = (job(ONE, status), job(ONE, status, generation=1))
    assert create(change("Create", ONE), Observation(stack=at(StackPhase.IN_PROGRESS), jobs=jobs)) == Start(
        generation=2
    )


def test_a_create_does_not_adopt_a_job_without_its_model() -> None:
    """A completed job whose model was deleted is of no use."""
    gone = replace(job(ONE, DONE), has_model=False)
    assert create(
        change("Create", ONE), Observation(stack=at(StackPhase.IN_PROGRESS), jobs=(gone,))
    ) == Start(generation=1)


def test_a_create_does_not_adopt_the_job_of_another_resource() -> None:
    """A job of another resource under a generated name is not adopted."""
    for token in ("", "somebody-elses", str(ClientToken.read(job(TWO).token))):
        foreign = replace(job(ONE), token=token)
        assert create(
            change("Create", ONE), Observation(stack=at(StackPhase.IN_PROGRESS), jobs=(foreign,))
        ) == Start(generation=1)


@pytest.mark.parametrize("stack", [StackPhase.ROLLING_BACK, StackPhase.ROLLED_BACK])
def test_a_create_starts_nothing_in_a_rollback(stack: StackPhase) -> None:
    """The job would be lost; the one that this event started before is stopped."""
    assert create(change("Create", ONE), Observation(stack=at(stack))) == Fail(reason=messages.ROLLED_BACK)
    mine = job(ONE, by="this")
    observed = Observation(stack=at(stack), jobs=(mine,), resource=NO_RESOURCE, started_here=True)
    decision = create(change("Create", ONE), observed)
    assert decision == Fail(reason=messages.ROLLED_BACK, job=mine, stop=(mine,))


REPEATED = [
    ("Create", StackPhase.ROLLING_BACK),
    ("Create", StackPhase.ROLLED_BACK),
    ("Update", StackPhase.ROLLING_BACK),
    ("Update", StackPhase.ROLLED_BACK),
]


@pytest.mark.parametrize(("kind", "stack"), REPEATED)
def test_a_repeat_of_an_answered_event_leaves_the_current_job(kind: str, stack: StackPhase) -> None:
    """After a later update was rolled back, the job of an earlier Create is still the current one."""
    mine = job(ONE, by="this")
    observed = Observation(stack=at(stack), jobs=(mine,), resource=resource_of(mine))
    decision = (create if kind == "Create" else update)(change(kind, ONE, TWO), observed)
    assert isinstance(decision, Keep)
    assert (decision.job, decision.stop) == (mine, ())


@pytest.mark.parametrize(("started_here", "is_left"), [(False, False), (None, True)])
@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_repeat_in_a_rollback_leaves_what_was_there_before(
    kind: str,
    started_here: bool | None,  # noqa: FBT001 - a table
    is_left: bool,  # noqa: FBT001 - a table
) -> None:
    """The operation had replaced the job, and is about to restore it."""
    mine = job(ONE, by="this")
    observed = Observation(
        stack=at(StackPhase.ROLLING_BACK), jobs=(mine,), resource=NO_RESOURCE, started_here=started_here
    )
    decision = (create if kind == "Create" else update)(change(kind, ONE, TWO), observed)
    assert decision == Fail(reason=messages.ROLLED_BACK, job=mine, unclear=(mine,) if is_left else ())


def test_a_repeat_stops_nothing_where_the_current_job_is_unknown() -> None:
    """In an idle stack after a rollback the job may be the current one; the warning names it."""
    mine = job(ONE, by="this")
    observed = Observation(stack=at(StackPhase.ROLLED_BACK), jobs=(mine,), started_here=True)
    decision = create(change("Create", ONE), observed)
    assert decision == Fail(reason=messages.ROLLED_BACK, job=mine, unclear=(mine,))


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "DELETE_COMPLETE", ""])
def test_a_late_create_whose_stack_holds_nothing_stops_its_job(status: str) -> None:
    """No job can be current there, whatever CloudFormation returns."""
    mine = job(ONE, by="this")
    decision = create(change("Create", ONE), Observation(stack=StackState(status=status), jobs=(mine,)))
    assert decision == Fail(reason=messages.ROLLED_BACK, job=mine, stop=(mine,))


def test_a_repeat_leaves_what_a_deletion_retained() -> None:
    """OnDelete is Retain, so the job runs on after its stack."""
    desired = properties(OnDelete="Retain")
    mine = job(desired, by="this")
    observed = Observation(stack=StackState(status="DELETE_IN_PROGRESS"), jobs=(mine,))
    assert create(change("Create", desired), observed) == Fail(
        reason=messages.ROLLED_BACK, job=mine, unclear=(mine,)
    )


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_an_event_of_an_earlier_operation_changes_nothing(kind: str) -> None:
    """The stack is in its next operation: it may have replaced the job, and may restore it if it fails."""
    mine = replace(job(ONE, by="this"), created=100.0)
    decided = create if kind == "Create" else update
    observed = Observation(
        stack=at(StackPhase.IN_PROGRESS, changed=101.0), jobs=(mine,), resource=NO_RESOURCE
    )
    decision = decided(change(kind, ONE, TWO), observed)
    assert decision == Fail(reason=messages.NEXT_OPERATION, job=mine)
    stands = decided(change(kind, ONE, TWO), replace(observed, resource=resource_of(mine)))
    assert isinstance(stands, Keep)
    for changed in (None, 99.0, 100.0):
        own = decided(
            change(kind, ONE, TWO), replace(observed, stack=at(StackPhase.IN_PROGRESS, changed=changed))
        )
        assert own == Keep(job=mine, note="started by this event")


@pytest.mark.parametrize("stack", [StackPhase.IDLE, StackPhase.UNKNOWN])
def test_a_create_outside_of_an_operation_starts_nothing(stack: StackPhase) -> None:
    """A late event, or one whose stack cannot be asked about, only ever adopts."""
    assert create(change("Create", ONE), Observation(stack=at(stack))) == Fail(
        reason=messages.NOT_IN_PROGRESS[stack]
    )
    mine = job(ONE, by="this")
    decision = create(change("Create", ONE), Observation(stack=at(stack), jobs=(mine,)))
    assert isinstance(decision, Keep)


@pytest.mark.parametrize("status", STATUSES)
def test_an_exact_name_in_use_is_refused(status: str) -> None:
    """A given job name that is in use is reported before anything starts."""
    foreign = replace(job(NAMED, status, "exact"), token="")
    decision = create(change("Create", NAMED), Observation(stack=at(StackPhase.IN_PROGRESS), jobs=(foreign,)))
    assert isinstance(decision, Fail)
    assert "another job" in decision.reason
    assert foreign.arn in decision.reason


@pytest.mark.parametrize("status", DEAD)
def test_an_exact_name_that_a_failed_or_stopped_job_holds_is_refused(status: str) -> None:
    """Bedrock never frees a job's name, not even to its owner."""
    decision = create(
        change("Create", NAMED),
        Observation(stack=at(StackPhase.IN_PROGRESS), jobs=(job(NAMED, status, "exact"),)),
    )
    assert isinstance(decision, Fail)
    assert "change job_name, or leave it out" in decision.reason


def test_an_exact_model_name_that_is_taken_is_refused() -> None:
    """So is a model's name."""
    named = properties({"customModelName": "exact"})
    decision = create(
        change("Create", named), Observation(stack=at(StackPhase.IN_PROGRESS), model_holder="arn:somebody")
    )
    assert isinstance(decision, Fail)
    assert "arn:somebody" in decision.reason


# -- Update ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("old", "new"), [(ONE, TAGGED), (TAGGED, ONE), (ONE, ONE), (NAMED, NAMED)])
def test_tags_never_train(status: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Whatever the job's status, a change of tags keeps it."""
    current = job(old, status)
    decision = update(
        change("Update", new, old),
        Observation(stack=at(StackPhase.IN_PROGRESS), named=current, jobs=(current,)),
    )
    assert isinstance(decision, Keep)
    assert decision.job == current


def test_other_inputs_start_another_job() -> None:
    """A job cannot be changed, only replaced."""
    decision = update(
        change("Update", TWO, ONE), Observation(stack=at(StackPhase.IN_PROGRESS), named=job(ONE))
    )
    assert decision == Start(generation=0)


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_an_event_that_is_out_of_date_starts_nothing(kind: str) -> None:
    """CloudFormation says that the resource has another job than the one that the event names."""
    decided = create if kind == "Create" else update
    observed = Observation(
        stack=at(StackPhase.IN_PROGRESS), named=job(ONE), resource=resource_of(job(TWO, name="newer"))
    )
    assert decided(change(kind, TWO, ONE), observed) == Fail(reason=messages.SUPERSEDED)
    harmless = [
        UNKNOWN_RESOURCE,
        NO_RESOURCE,
        resource_of(job(ONE), "UPDATE_IN_PROGRESS"),
        resource_of(job(TWO, name="newer"), "DELETE_COMPLETE"),
        ResourceState(is_known=True, physical_id="not-created/earlier", status="CREATE_FAILED"),
    ]
    if kind == "Create":
        harmless.remove(resource_of(job(ONE), "UPDATE_IN_PROGRESS"))
    for told in harmless:
        assert decided(change(kind, TWO, ONE), replace(observed, resource=told)) == Start(generation=0)


@pytest.mark.parametrize("status", [RUNNING, DONE])
def test_a_return_to_earlier_inputs_adopts(status: str) -> None:
    """Inputs that were trained before need no second training."""
    earlier = job(TWO, status, "earlier")
    decision = update(
        change("Update", TWO, ONE),
        Observation(stack=at(StackPhase.IN_PROGRESS), named=job(ONE), jobs=(earlier,)),
    )
    assert isinstance(decision, Keep)
    assert decision.job == earlier


@pytest.mark.parametrize("status", DEAD)
def test_a_return_to_inputs_whose_job_has_no_model_starts_another(status: str) -> None:
    """A job that ended without a model is not what is desired."""
    observed = Observation(
        stack=at(StackPhase.IN_PROGRESS), named=job(ONE), jobs=(job(TWO, status, "earlier"),)
    )
    assert update(change("Update", TWO, ONE), observed) == Start(generation=1)


def test_a_running_job_is_replaced_when_its_role_changes() -> None:
    """The old role is about to be deleted, so the running job would break."""
    current = job(ONE, RUNNING)
    observed = Observation(stack=at(StackPhase.IN_PROGRESS), named=current, jobs=(current,))
    assert update(change("Update", MOVED, ONE), observed) == Start(generation=1)


def test_a_finished_job_is_not_trained_again_for_its_role() -> None:
    """Role, network and output are not needed any more."""
    current = job(ONE, DONE)
    decision = update(
        change("Update", MOVED, ONE),
        Observation(stack=at(StackPhase.IN_PROGRESS), named=current, jobs=(current,)),
    )
    assert isinstance(decision, Keep)
    assert decision.job == current


def test_a_finished_job_is_trained_again_for_its_role_where_asked() -> None:
    """Who wants it pays for it."""
    current = job(ONE, DONE)
    observed = Observation(stack=at(StackPhase.IN_PROGRESS), named=current, jobs=(current,))
    assert update(change("Update", ASKS, ONE), observed) == Start(generation=1)


def test_asking_for_retraining_trains_nothing_by_itself() -> None:
    """The setting says what a later change means; to set it is no change of the role."""
    current = job(MOVED, DONE)
    decision = update(
        change("Update", ASKS, MOVED),
        Observation(stack=at(StackPhase.IN_PROGRESS), named=current, jobs=(current,)),
    )
    assert isinstance(decision, Keep)


@pytest.mark.parametrize("status", [FAILED, STOPPED])
def test_a_failed_job_is_started_again_after_a_fix(status: str) -> None:
    """Another role, network or output starts a new job if the old one ended without a model."""
    current = job(ONE, status)
    observed = Observation(stack=at(StackPhase.IN_PROGRESS), named=current, jobs=(current,))
    assert update(change("Update", MOVED, ONE), observed) == Start(generation=1)


def test_an_exact_name_with_other_inputs_is_refused() -> None:
    """The classic trap is named before anything starts."""
    current = job(NAMED, RUNNING, "exact")
    decision = update(
        change("Update", NAMED_TWO, NAMED),
        Observation(stack=at(StackPhase.IN_PROGRESS), named=current, jobs=(current,)),
    )
    assert isinstance(decision, Fail)
    assert "No job was started" in decision.reason


@pytest.mark.parametrize("status", [RUNNING, DONE])
def test_an_exact_model_name_with_other_inputs_is_refused(status: str) -> None:
    """The present job holds the model's name until it is replaced, and it is replaced only afterwards."""
    old = properties({"customModelName": "exact"})
    new = properties({"customModelName": "exact", "hyperParameters": {"epochCount": "9"}})
    decision = update(
        change("Update", new, old), Observation(stack=at(StackPhase.IN_PROGRESS), named=job(old, status))
    )
    assert isinstance(decision, Fail)
    assert "change custom_model_name" in decision.reason.lower()


def test_an_exact_model_name_is_free_again_when_its_job_failed() -> None:
    """A failed job has no model, so corrected inputs may use the name."""
    old = properties({"customModelName": "exact"})
    new = properties({"customModelName": "exact", "hyperParameters": {"epochCount": "9"}})
    observed = Observation(stack=at(StackPhase.IN_PROGRESS), named=job(old, FAILED))
    assert update(change("Update", new, old), observed) == Start(generation=0)


def test_an_update_reports_the_job_it_started_itself() -> None:
    """A job of this event that failed at once is reported, never started again."""
    mine = job(TWO, FAILED, "mine", by="this")
    decision = update(
        change("Update", TWO, ONE),
        Observation(stack=at(StackPhase.IN_PROGRESS), named=job(ONE), jobs=(mine,)),
    )
    assert isinstance(decision, Fail)


@pytest.mark.parametrize("stack", [StackPhase.ROLLED_BACK, StackPhase.IDLE, StackPhase.UNKNOWN])
def test_an_update_outside_of_an_operation_starts_nothing(stack: StackPhase) -> None:
    """A late event, or one whose stack cannot be asked about, only ever keeps or adopts."""
    decision = update(change("Update", TWO, ONE), Observation(stack=at(stack), named=job(ONE)))
    assert decision == Fail(reason=messages.NOT_IN_PROGRESS[stack])


def test_a_job_that_cannot_be_read_is_not_replaced_for_its_tags() -> None:
    """Where the id names a job that Bedrock does not show, nothing is bought."""
    decision = update(change("Update", TAGGED, ONE), Observation(stack=at(StackPhase.IN_PROGRESS)))
    assert isinstance(decision, Keep)
    assert decision.job is None


def test_an_update_of_what_was_never_created_starts_a_job() -> None:
    """After a failed Create without rollback the next deployment starts the job."""
    failed = replace(change("Update", ONE, ONE), physical_id="not-created/request-1")
    assert update(failed, Observation(stack=at(StackPhase.IN_PROGRESS))) == Start(generation=0)


def test_a_job_of_a_later_release_is_compared_by_its_properties() -> None:
    """If the token's fingerprint has another version, old and new properties are compared."""
    token = ClientToken.read(job(ONE).token)
    assert token is not None
    current = replace(job(ONE), token=str(replace(token, version="v3", fingerprint="f" * 16)))
    observed = Observation(stack=at(StackPhase.IN_PROGRESS), named=current)
    assert isinstance(update(change("Update", TAGGED, ONE), observed), Keep)
    assert update(change("Update", TWO, ONE), observed) == Start(generation=0)


# -- the Update of a rollback ----------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("carries", ["old", "new"])
def test_a_rollback_gives_the_old_job_back(status: str, carries: str) -> None:
    """Whichever id CloudFormation carries, the job of the old inputs is restored, whatever its status."""
    old, new = job(ONE, status, "old"), job(TWO, RUNNING, "new")
    current = old if carries == "old" else new
    observed = Observation(stack=at(StackPhase.ROLLING_BACK), named=current, jobs=(old,), failed=(new,))
    decision = update(change("Update", ONE, TWO, carries), observed)
    assert isinstance(decision, Keep)
    assert decision.job == old


def test_a_rollback_stops_what_is_not_needed() -> None:
    """A job whose answer was lost is not known to CloudFormation, so the rollback stops it."""
    old, lost = job(ONE, RUNNING, "old"), job(TWO, RUNNING, "lost")
    observed = Observation(stack=at(StackPhase.ROLLING_BACK), named=old, jobs=(old,), failed=(lost,))
    decision = update(change("Update", ONE, TWO, "old"), observed)
    assert decision == Keep(job=old, stop=(lost,), note="rolled back to the former job")


def test_a_rollback_leaves_to_cleanup_what_cloudformation_knows() -> None:
    """The job that the event names is deleted by CloudFormation itself."""
    old, new = job(ONE, DONE, "old"), job(TWO, RUNNING, "new")
    observed = Observation(stack=at(StackPhase.ROLLING_BACK), named=new, jobs=(old,), failed=(new,))
    decision = update(change("Update", ONE, TWO, "new"), observed)
    assert decision == Keep(job=old, note="rolled back to the former job")


def test_a_rollback_never_starts_a_job() -> None:
    """Where the old job cannot be found the present one stays; a rollback that fails is worse."""
    new = job(TWO, RUNNING, "new")
    decision = update(
        change("Update", ONE, TWO, "new"),
        Observation(stack=at(StackPhase.ROLLING_BACK), named=new, failed=(new,)),
    )
    assert decision == Keep(job=new, note="rolled back to the former job")
    assert update(change("Update", ONE, TWO), Observation(stack=at(StackPhase.ROLLING_BACK))) == Keep(
        job=None, note="rolled back to the former job"
    )


def test_a_rollback_finds_the_old_of_two_jobs_with_the_same_inputs() -> None:
    """After a change of the role there are two; the one with the old role is the old one."""
    old, new = job(ONE, RUNNING, "old"), job(MOVED, RUNNING, "new", generation=1)
    observed = Observation(stack=at(StackPhase.ROLLING_BACK), named=new, jobs=(old, new), failed=(old, new))
    decision = update(change("Update", ONE, MOVED, "new"), observed)
    assert decision == Keep(job=old, note="rolled back to the former job")
    observed = replace(observed, named=old)
    decision = update(change("Update", ONE, MOVED, "old"), observed)
    assert decision == Keep(job=old, stop=(new,), note="rolled back to the former job")


def test_a_rollback_keeps_a_good_job_that_stood_before() -> None:
    """It was adopted with another role than its properties say; a stopped one does not replace it."""
    stands, dead = job(MOVED, RUNNING, "stands"), job(ONE, STOPPED, "dead", generation=1)
    observed = Observation(
        stack=at(StackPhase.ROLLING_BACK), named=stands, jobs=(stands, dead), named_started_here=False
    )
    assert update(change("Update", ONE, MOVED, "stands"), observed) == Keep(
        job=stands, note="rolled back to the former job"
    )


def test_a_rollback_knows_the_job_of_a_renamed_resource() -> None:
    """A stack refactoring gave it another logical id; its token still names the old one."""
    token = ClientToken.read(job(ONE).token)
    assert token is not None
    stands = replace(job(ONE, name="stands"), token=str(replace(token, resource="9" * 8)))
    new = job(MOVED, RUNNING, "new")
    observed = Observation(stack=at(StackPhase.ROLLING_BACK), named=stands, jobs=(new,), failed=(new,))
    assert update(change("Update", ONE, MOVED, "stands"), observed) == Keep(
        job=stands, stop=(new,), note="rolled back to the former job"
    )


def test_a_rollback_restores_no_stopped_job_instead_of_the_current_one() -> None:
    """A stopped job has the desired role; the complete one, whose role was changed since, is kept."""
    stands, dead = job(MOVED, DONE, "stands"), job(ONE, STOPPED, "dead", generation=1)
    jobs = (stands, dead)
    for old, current, others in (
        (ASKS_ONE, stands, jobs),
        (MOVED, stands, jobs),
        (TWO, job(TWO, RUNNING, "new"), ()),
    ):
        observed = Observation(stack=at(StackPhase.ROLLING_BACK), named=current, jobs=jobs, failed=others)
        decision = update(change("Update", ONE, old), observed)
        assert decision == Keep(job=stands, note="rolled back to the former job")


@pytest.mark.parametrize("stack", [StackPhase.ROLLING_BACK, StackPhase.ROLLED_BACK])
def test_a_late_update_stops_what_it_started_itself(stack: StackPhase) -> None:
    """An Update that comes again after its stack was rolled back stops its own job."""
    mine = job(TWO, RUNNING, "mine", by="this")
    observed = Observation(
        stack=at(stack), named=job(ONE), jobs=(mine,), resource=NO_RESOURCE, started_here=True
    )
    assert update(change("Update", TWO, ONE), observed) == Fail(
        reason=messages.ROLLED_BACK, job=mine, stop=(mine,)
    )


# -- Delete ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on_delete", "status", "decision"),
    [
        ("StopJob", RUNNING, Stop()),
        ("StopJob", "Queued", Stop()),
        ("StopJob", STOPPING, Wait()),
        ("StopJob", STOPPED, Done(note="nothing to stop: the job is Stopped")),
        ("StopJob", FAILED, Done(note="nothing to stop: the job is Failed")),
        ("StopJob", DONE, Done(note="nothing to stop: the job is Completed")),
        ("DeleteModel", RUNNING, Stop()),
        ("DeleteModel", STOPPING, Wait()),
        ("DeleteModel", DONE, DeleteModel()),
        ("DeleteModel", FAILED, Done(note="nothing to stop: the job is Failed")),
        ("Retain", RUNNING, Done(note="unchanged: OnDelete is Retain")),
        ("Retain", DONE, Done(note="unchanged: OnDelete is Retain")),
        ("nonsense", RUNNING, Stop()),
        (None, RUNNING, Stop()),
    ],
)
def test_a_delete_does_what_the_template_says(on_delete: str | None, status: str, decision: object) -> None:
    """Stop what runs, and keep models, unless asked to delete them."""
    desired = properties(OnDelete=on_delete)
    assert delete(change("Delete", desired), job(ONE, status), GONE) == decision


CLEANUP = StackState(status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
ROLLBACK = StackState(status="UPDATE_ROLLBACK_IN_PROGRESS")
GONE = JobFacts(stack=StackState(status="DELETE_IN_PROGRESS"))
RETAINED = properties(OnDelete="Retain")


def test_a_rollback_stops_even_what_is_to_be_retained() -> None:
    """No deployment succeeded with the job; to retain it would leave it running."""
    facts = JobFacts(stack=ROLLBACK, started_here=True)
    assert delete(change("Delete", RETAINED), job(ONE), facts) == Stop()


@pytest.mark.parametrize("on_delete", ["StopJob", "DeleteModel", "Retain"])
@pytest.mark.parametrize("status", [RUNNING, DONE])
def test_a_rollback_leaves_what_was_there_before(on_delete: str, status: str) -> None:
    """A deployment that returned to earlier inputs adopted an earlier job; its failure ends nothing."""
    facts = JobFacts(stack=ROLLBACK, started_here=False)
    decision = delete(change("Delete", properties(OnDelete=on_delete)), job(ONE, status), facts)
    assert decision == Done(note="unchanged: the job existed before the deployment that is rolled back")


def test_a_job_of_unknown_origin_is_stopped_unless_it_is_to_be_retained() -> None:
    """Only with Retain can a job of an earlier resource still run, so only then it is kept."""
    facts = JobFacts(stack=ROLLBACK, started_here=None)
    assert delete(change("Delete", ONE), job(ONE), facts) == Stop()
    decision = delete(change("Delete", RETAINED), job(ONE), facts)
    assert isinstance(decision, Done)
    assert decision.is_left_running
    ended = delete(change("Delete", RETAINED), job(ONE, DONE), facts)
    assert isinstance(ended, Done)
    assert not ended.is_left_running


@pytest.mark.parametrize("proven", [True, False])
@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", None])
def test_a_delete_leaves_the_current_job(status: str | None, proven: bool) -> None:  # noqa: FBT001 - a table
    """The operation has made it current: the id of a failed attempt, or a repeat, does not mean it."""
    stands = job(ONE)
    state = StackState(status=status, changed=100.0)
    facts = JobFacts(stack=state, resource=resource_of(stands, changed=100.0), is_named=proven)
    decision = delete(change("Delete", ONE), stands, facts)
    assert decision == Done(note="unchanged: it is the resource's current job")


@pytest.mark.parametrize(("began", "changed"), [(100.0, 99.0), (100.0, None), (None, 99.0)])
def test_a_delete_is_believed_where_its_resource_was_not_touched_yet(
    began: float | None, changed: float | None
) -> None:
    """CloudFormation may show a moment later, or not at all, that the resource leaves; its ARN proves it."""
    stands = job(ONE)
    state = StackState(status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", changed=began)
    facts = JobFacts(stack=state, resource=resource_of(stands, changed=changed))
    assert delete(change("Delete", ONE), stands, facts) == Stop()
    other_id = replace(facts, is_named=False)
    assert delete(change("Delete", ONE), stands, other_id) == Done(
        note="unchanged: it is the resource's current job"
    )
    at_rest = replace(facts, stack=StackState(status="UPDATE_COMPLETE", changed=began))
    assert delete(change("Delete", ONE), stands, at_rest) == Done(
        note="unchanged: it is the resource's current job"
    )


def test_a_delete_ends_the_job_of_a_leaving_resource() -> None:
    """A resource that is taken out of the template is being deleted with this very id."""
    leaves = job(ONE)
    facts = JobFacts(stack=CLEANUP, resource=resource_of(leaves, "DELETE_IN_PROGRESS"))
    assert delete(change("Delete", ONE), leaves, facts) == Stop()


@pytest.mark.parametrize(
    "unclear",
    [UNKNOWN_RESOURCE, ResourceState(is_known=True, status="CREATE_IN_PROGRESS")],
    ids=["denied", "under way"],
)
def test_a_generated_id_ends_nothing_where_the_current_job_is_unknown(unclear: ResourceState) -> None:
    """An id that CloudFormation made up proves nothing; the job is named instead."""
    facts = JobFacts(stack=CLEANUP, resource=unclear, is_proven=False)
    decision = delete(change("Delete", ONE), job(ONE), facts)
    assert isinstance(decision, Done)
    assert decision.is_left_running
    assert delete(change("Delete", ONE), job(ONE), replace(facts, is_proven=True)) == Stop()
    assert delete(change("Delete", ONE), job(ONE), replace(facts, resource=NO_RESOURCE)) == Stop()


def test_a_stack_that_goes_as_a_whole_takes_any_id() -> None:
    """No job is current at the end of a deletion, or of the rollback of a creation."""
    for status in ("DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
        state = StackState(status=status)
        facts = JobFacts(stack=state, resource=resource_of(job(ONE)), is_proven=False, started_here=True)
        assert delete(change("Delete", ONE), job(ONE), facts) == Stop()


def model_facts(status: str | None = "DELETE_IN_PROGRESS", **known: Any) -> ModelFacts:  # noqa: ANN401 - its fields
    """Return what is known of a model that may be deleted, with some facts changed."""
    told = {"resource": NO_RESOURCE, "has_successor": False, "served_by": ()}
    return ModelFacts(stack=StackState(status=status), **{**told, **known})


NEW = ResourceState(is_known=True, physical_id=ARN + "new", status="UPDATE_COMPLETE")
BACK = ResourceState(is_known=True, physical_id=ARN + "new", status="UPDATE_IN_PROGRESS")


@pytest.mark.parametrize(
    ("known", "kept"),
    [
        (model_facts(), ""),
        (model_facts("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), ""),
        (model_facts("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", resource=NEW, has_successor=True), ""),
        (model_facts("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", resource=NEW), "has no model yet"),
        (model_facts("UPDATE_IN_PROGRESS", resource=BACK, has_successor=True), "has no model yet"),
        (model_facts("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", resource=UNKNOWN_RESOURCE), "has no model yet"),
        (model_facts("UPDATE_IN_PROGRESS", resource=NEW), "has no model yet"),
        (model_facts(served_by=("arn:deployment",)), "in use by arn:deployment"),
        (model_facts(served_by=None), "could not be listed"),
        (
            model_facts(
                "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
                resource=NEW,
                has_successor=True,
                published_in=("/a", "/b"),
            ),
            "it is published in /a, /b",
        ),
        (model_facts("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", published_in=("/a",)), "published in /a"),
        (model_facts("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", published_in=None), "could not be read"),
        (model_facts("UPDATE_ROLLBACK_IN_PROGRESS", has_successor=True), "a rollback deletes no model"),
        (model_facts("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"), "a rollback deletes no model"),
        (model_facts("ROLLBACK_IN_PROGRESS"), "a rollback deletes no model"),
        (model_facts("UPDATE_COMPLETE", has_successor=True), "no operation of the stack"),
        (model_facts(None, has_successor=True), "no operation of the stack"),
    ],
)
def test_a_model_is_deleted_only_if_it_is_not_needed(known: ModelFacts, kept: str) -> None:
    """A model is kept if it is in use, or if its use is unknown."""
    assert kept in why_model_is_kept(known)
    assert bool(kept) == bool(why_model_is_kept(known))


def test_a_nested_stack_that_its_parent_takes_back_deletes_no_model() -> None:
    """Its own status says DELETE_IN_PROGRESS, yet it is a rollback."""
    state = StackState(status="DELETE_IN_PROGRESS", is_parents_rollback=True)
    known = ModelFacts(stack=state, resource=NO_RESOURCE, has_successor=False, served_by=())
    assert why_model_is_kept(known) == messages.KEPT_IN_ROLLBACK
    unread = StackState(status="DELETE_IN_PROGRESS", is_parents_rollback=None)
    assert why_model_is_kept(replace(known, stack=unread)) == messages.KEPT_ROOT_UNREAD
    facts = JobFacts(stack=state, started_here=True)
    assert delete(change("Delete", RETAINED), job(ONE), facts) == Stop()


def test_a_job_without_a_token_is_stopped() -> None:
    """Where Bedrock does not say whose a job is, the id that CloudFormation kept decides."""
    assert delete(change("Delete", ONE), replace(job(ONE), token=""), GONE) == Stop()
