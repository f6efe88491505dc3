from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from customization_job.frame.stack import UNASKED, Stack, StackState, Standing
from customization_job.jobs import messages
from customization_job.jobs.decide import create, delete, update, why_model_stays
from customization_job.jobs.decisions import (
    DeleteModel,
    Done,
    Ending,
    Keep,
    ModelFacts,
    Refuse,
    Seen,
    Start,
    Stop,
    Wait,
)
from customization_job.jobs.desired_state import Change, decode
from customization_job.jobs.identity import Token
from customization_job.jobs.ports import Job

from tests.lambda_.builders import event, properties
from tests.lambda_.fakes import ACCOUNT, REGION

ARN = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:model-customization-job/amazon.nova-lite-v1:0:300k/"
HERE, OTHER = "arn:aws:iam::123456789012:role/service", "arn:aws:iam::123456789012:role/other"
RUNNING, DONE, FAILED, STOPPING, STOPPED = "InProgress", "Completed", "Failed", "Stopping", "Stopped"
DEAD = (FAILED, STOPPING, STOPPED)
STATUSES = (RUNNING, DONE, *DEAD)


STATUS = {
    Stack.LIVE: "UPDATE_IN_PROGRESS",
    Stack.GOING_BACK: "UPDATE_ROLLBACK_IN_PROGRESS",
    Stack.GONE_BACK: "UPDATE_ROLLBACK_COMPLETE",
    Stack.SETTLED: "UPDATE_COMPLETE",
    Stack.UNKNOWN: None,
}
NOBODY = Standing(is_known=True)


def at(stack: Stack, changed: float | None = None) -> StackState:
    """Make a stack in a phase."""
    return StackState(status=STATUS[stack], changed=changed)


def standing(job: Job, status: str = "UPDATE_COMPLETE", changed: float | None = None) -> Standing:
    """Let a job stand for the resource."""
    return Standing(is_known=True, physical_id=job.arn, status=status, changed=changed)


def change(
    kind: str, wish: dict[str, Any], old: dict[str, Any] | None = None, current: str = "current"
) -> Change:
    """Make an event."""
    told = {} if kind == "Create" else {"PhysicalResourceId": ARN + current.ljust(12, "0")}
    return decode(event(kind, "this", ResourceProperties=wish, OldResourceProperties=old, **told))


def job(
    wish: dict[str, Any],
    status: str = RUNNING,
    name: str = "current",
    *,
    by: str = "other",
    generation: int = 0,
) -> Job:
    """Make a job that this resource started for a wish."""
    of = decode(event("Create", by, ResourceProperties=wish))
    stack, resource = of.owner
    token = Token(
        stack=stack,
        resource=resource,
        fingerprint=of.wish.fingerprint,
        generation=generation,
        request=of.mark,
        infrastructure=of.wish.infrastructure,
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
    assert create(change("Create", ONE), Seen(state=at(Stack.LIVE))) == Start(generation=0)


@pytest.mark.parametrize("status", [RUNNING, DONE])
@pytest.mark.parametrize("by", ["this", "other"])
def test_a_create_adopts_a_good_job(status: str, by: str) -> None:
    """A retry, or a job that was retained, buys no second training."""
    found = job(ONE, status, by=by)
    act = create(change("Create", ONE), Seen(state=at(Stack.LIVE), jobs=(found,)))
    assert isinstance(act, Keep)
    assert act.job == found


@pytest.mark.parametrize("status", DEAD)
def test_a_create_reports_the_job_it_started_itself(status: str) -> None:
    """A job of this very event that has ended is reported, never started again."""
    mine = replace(job(ONE, status, by="this"), failure="bad data")
    act = create(change("Create", ONE), Seen(state=at(Stack.LIVE), jobs=(mine,)))
    assert isinstance(act, Refuse)
    assert act.job == mine
    assert "bad data" in act.reason


@pytest.mark.parametrize("status", DEAD)
def test_a_create_goes_past_dead_jobs(status: str) -> None:
    """A stopped or failed job keeps its name for ever, so the next generation is started."""
    jobs = (job(ONE, status), job(ONE, status, generation=1))
    assert create(change("Create", ONE), Seen(state=at(Stack.LIVE), jobs=jobs)) == Start(generation=2)


def test_a_create_does_not_adopt_a_job_without_its_model() -> None:
    """A completed job whose model was deleted is of no use."""
    gone = replace(job(ONE, DONE), has_model=False)
    assert create(change("Create", ONE), Seen(state=at(Stack.LIVE), jobs=(gone,))) == Start(generation=1)


def test_a_create_adopts_nobody_elses_job() -> None:
    """A job that somebody else made under a made name is passed over."""
    for token in ("", "somebody-elses", str(Token.read(job(TWO).token))):
        foreign = replace(job(ONE), token=token)
        assert create(change("Create", ONE), Seen(state=at(Stack.LIVE), jobs=(foreign,))) == Start(
            generation=1
        )


@pytest.mark.parametrize("stack", [Stack.GOING_BACK, Stack.GONE_BACK])
def test_a_create_starts_nothing_while_a_stack_goes_back(stack: Stack) -> None:
    """Nobody would own the job; the one that this event started before is stopped."""
    assert create(change("Create", ONE), Seen(state=at(stack))) == Refuse(reason=messages.STACK_GOES_BACK)
    mine = job(ONE, by="this")
    seen = Seen(state=at(stack), jobs=(mine,), standing=NOBODY, began_here=True)
    act = create(change("Create", ONE), seen)
    assert act == Refuse(reason=messages.STACK_GOES_BACK, job=mine, stop=(mine,))


REPEATED = [
    ("Create", Stack.GOING_BACK),
    ("Create", Stack.GONE_BACK),
    ("Update", Stack.GOING_BACK),
    ("Update", Stack.GONE_BACK),
]


@pytest.mark.parametrize(("kind", "stack"), REPEATED)
def test_a_repeat_of_an_answered_event_leaves_the_job_that_stands(kind: str, stack: Stack) -> None:
    """After a later update was rolled back, the job of an earlier Create is still the one that stands."""
    mine = job(ONE, by="this")
    seen = Seen(state=at(stack), jobs=(mine,), standing=standing(mine))
    act = (create if kind == "Create" else update)(change(kind, ONE, TWO), seen)
    assert isinstance(act, Keep)
    assert (act.job, act.stop) == (mine, ())


@pytest.mark.parametrize(("began_here", "is_left"), [(False, False), (None, True)])
@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_repeat_in_a_rollback_leaves_what_was_there_before(
    kind: str,
    began_here: bool | None,  # noqa: FBT001 - a table
    is_left: bool,  # noqa: FBT001 - a table
) -> None:
    """The operation had replaced the job, and is about to give it back."""
    mine = job(ONE, by="this")
    seen = Seen(state=at(Stack.GOING_BACK), jobs=(mine,), standing=NOBODY, began_here=began_here)
    act = (create if kind == "Create" else update)(change(kind, ONE, TWO), seen)
    assert act == Refuse(reason=messages.STACK_GOES_BACK, job=mine, left=(mine,) if is_left else ())


def test_a_repeat_stops_nothing_where_nobody_says_what_stands() -> None:
    """At rest after a rollback the job may be the one that stands; it is named instead."""
    mine = job(ONE, by="this")
    seen = Seen(state=at(Stack.GONE_BACK), jobs=(mine,), began_here=True)
    act = create(change("Create", ONE), seen)
    assert act == Refuse(reason=messages.STACK_GOES_BACK, job=mine, left=(mine,))


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "DELETE_COMPLETE", ""])
def test_a_late_create_whose_stack_holds_nothing_stops_its_job(status: str) -> None:
    """Nothing can stand there, whatever CloudFormation may be asked."""
    mine = job(ONE, by="this")
    act = create(change("Create", ONE), Seen(state=StackState(status=status), jobs=(mine,)))
    assert act == Refuse(reason=messages.STACK_GOES_BACK, job=mine, stop=(mine,))


def test_a_repeat_leaves_what_a_deletion_retained() -> None:
    """OnDelete is Retain, so the job runs on after its stack."""
    wish = properties(OnDelete="Retain")
    mine = job(wish, by="this")
    seen = Seen(state=StackState(status="DELETE_IN_PROGRESS"), jobs=(mine,))
    assert create(change("Create", wish), seen) == Refuse(
        reason=messages.STACK_GOES_BACK, job=mine, left=(mine,)
    )


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_an_event_of_an_earlier_operation_changes_nothing(kind: str) -> None:
    """The stack is in its next operation: it may have replaced the job, and may give it back if it fails."""
    mine = replace(job(ONE, by="this"), created=100.0)
    decided = create if kind == "Create" else update
    seen = Seen(state=at(Stack.LIVE, changed=101.0), jobs=(mine,), standing=NOBODY)
    act = decided(change(kind, ONE, TWO), seen)
    assert act == Refuse(reason=messages.NEXT_OPERATION, job=mine)
    stands = decided(change(kind, ONE, TWO), replace(seen, standing=standing(mine)))
    assert isinstance(stands, Keep)
    for changed in (None, 99.0, 100.0):
        own = decided(change(kind, ONE, TWO), replace(seen, state=at(Stack.LIVE, changed=changed)))
        assert own == Keep(job=mine, note="started by this event")


@pytest.mark.parametrize("stack", [Stack.SETTLED, Stack.UNKNOWN])
def test_a_create_that_nobody_waits_for_starts_nothing(stack: Stack) -> None:
    """A late event, or one whose stack cannot be asked about, only ever adopts."""
    assert create(change("Create", ONE), Seen(state=at(stack))) == Refuse(reason=messages.NOBODY_WAITS[stack])
    mine = job(ONE, by="this")
    act = create(change("Create", ONE), Seen(state=at(stack), jobs=(mine,)))
    assert isinstance(act, Keep)


@pytest.mark.parametrize("status", STATUSES)
def test_an_exact_name_of_somebody_else_is_refused(status: str) -> None:
    """An exact job name that is taken is reported before anything starts."""
    foreign = replace(job(NAMED, status, "exact"), token="")
    act = create(change("Create", NAMED), Seen(state=at(Stack.LIVE), jobs=(foreign,)))
    assert isinstance(act, Refuse)
    assert "another job" in act.reason
    assert foreign.arn in act.reason


@pytest.mark.parametrize("status", DEAD)
def test_an_exact_name_that_a_dead_job_holds_is_refused(status: str) -> None:
    """Bedrock never frees a job's name, not even to its owner."""
    act = create(change("Create", NAMED), Seen(state=at(Stack.LIVE), jobs=(job(NAMED, status, "exact"),)))
    assert isinstance(act, Refuse)
    assert "change job_name, or leave it out" in act.reason


def test_an_exact_model_name_that_is_taken_is_refused() -> None:
    """So is a model's name."""
    named = properties({"customModelName": "exact"})
    act = create(change("Create", named), Seen(state=at(Stack.LIVE), model_holder="arn:somebody"))
    assert isinstance(act, Refuse)
    assert "arn:somebody" in act.reason


# -- Update ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("old", "new"), [(ONE, TAGGED), (TAGGED, ONE), (ONE, ONE), (NAMED, NAMED)])
def test_tags_never_train(status: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Whatever became of the job, a change of tags keeps it."""
    current = job(old, status)
    act = update(change("Update", new, old), Seen(state=at(Stack.LIVE), current=current, jobs=(current,)))
    assert isinstance(act, Keep)
    assert act.job == current


def test_other_inputs_start_another_job() -> None:
    """A job cannot be changed, only replaced."""
    act = update(change("Update", TWO, ONE), Seen(state=at(Stack.LIVE), current=job(ONE)))
    assert act == Start(generation=0)


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_an_event_that_is_out_of_date_starts_nothing(kind: str) -> None:
    """CloudFormation says that another job stands than the one that the event knows."""
    decided = create if kind == "Create" else update
    seen = Seen(state=at(Stack.LIVE), current=job(ONE), standing=standing(job(TWO, name="newer")))
    assert decided(change(kind, TWO, ONE), seen) == Refuse(reason=messages.SUPERSEDED)
    harmless = [
        UNASKED,
        NOBODY,
        standing(job(ONE), "UPDATE_IN_PROGRESS"),
        standing(job(TWO, name="newer"), "DELETE_COMPLETE"),
        Standing(is_known=True, physical_id="not-created/earlier", status="CREATE_FAILED"),
    ]
    if kind == "Create":
        harmless.remove(standing(job(ONE), "UPDATE_IN_PROGRESS"))
    for told in harmless:
        assert decided(change(kind, TWO, ONE), replace(seen, standing=told)) == Start(generation=0)


@pytest.mark.parametrize("status", [RUNNING, DONE])
def test_going_back_to_earlier_inputs_adopts(status: str) -> None:
    """Inputs that were trained before need no second training."""
    earlier = job(TWO, status, "earlier")
    act = update(change("Update", TWO, ONE), Seen(state=at(Stack.LIVE), current=job(ONE), jobs=(earlier,)))
    assert isinstance(act, Keep)
    assert act.job == earlier


@pytest.mark.parametrize("status", DEAD)
def test_going_back_to_inputs_whose_job_is_dead_starts_another(status: str) -> None:
    """A job that ended without a model is not what is wished."""
    seen = Seen(state=at(Stack.LIVE), current=job(ONE), jobs=(job(TWO, status, "earlier"),))
    assert update(change("Update", TWO, ONE), seen) == Start(generation=1)


def test_a_running_job_is_replaced_when_its_role_changes() -> None:
    """The old role is about to be deleted, so the running job would break."""
    current = job(ONE, RUNNING)
    seen = Seen(state=at(Stack.LIVE), current=current, jobs=(current,))
    assert update(change("Update", MOVED, ONE), seen) == Start(generation=1)


def test_a_finished_job_is_not_trained_again_for_its_role() -> None:
    """Role, network and output are not needed any more."""
    current = job(ONE, DONE)
    act = update(change("Update", MOVED, ONE), Seen(state=at(Stack.LIVE), current=current, jobs=(current,)))
    assert isinstance(act, Keep)
    assert act.job == current


def test_a_finished_job_is_trained_again_for_its_role_where_asked() -> None:
    """Who wants it pays for it."""
    current = job(ONE, DONE)
    seen = Seen(state=at(Stack.LIVE), current=current, jobs=(current,))
    assert update(change("Update", ASKS, ONE), seen) == Start(generation=1)


def test_asking_for_retraining_trains_nothing_by_itself() -> None:
    """The setting says what a later change means; to set it is no change of the role."""
    current = job(MOVED, DONE)
    act = update(change("Update", ASKS, MOVED), Seen(state=at(Stack.LIVE), current=current, jobs=(current,)))
    assert isinstance(act, Keep)


@pytest.mark.parametrize("status", [FAILED, STOPPED])
def test_a_job_that_ended_without_a_model_is_started_again_when_its_role_is_mended(status: str) -> None:
    """Another role, network or output is how a failed job is repaired."""
    current = job(ONE, status)
    seen = Seen(state=at(Stack.LIVE), current=current, jobs=(current,))
    assert update(change("Update", MOVED, ONE), seen) == Start(generation=1)


def test_an_exact_name_with_other_inputs_is_refused() -> None:
    """The classic trap is named before anything starts."""
    current = job(NAMED, RUNNING, "exact")
    act = update(
        change("Update", NAMED_TWO, NAMED), Seen(state=at(Stack.LIVE), current=current, jobs=(current,))
    )
    assert isinstance(act, Refuse)
    assert "No job was started" in act.reason


@pytest.mark.parametrize("status", [RUNNING, DONE])
def test_an_exact_model_name_with_other_inputs_is_refused(status: str) -> None:
    """The present job holds the model's name until it is replaced, and it is replaced only afterwards."""
    old = properties({"customModelName": "exact"})
    new = properties({"customModelName": "exact", "hyperParameters": {"epochCount": "9"}})
    act = update(change("Update", new, old), Seen(state=at(Stack.LIVE), current=job(old, status)))
    assert isinstance(act, Refuse)
    assert "change custom_model_name" in act.reason.lower()


def test_an_exact_model_name_is_free_again_when_its_job_failed() -> None:
    """A failed job has no model, so mended inputs may have the name."""
    old = properties({"customModelName": "exact"})
    new = properties({"customModelName": "exact", "hyperParameters": {"epochCount": "9"}})
    seen = Seen(state=at(Stack.LIVE), current=job(old, FAILED))
    assert update(change("Update", new, old), seen) == Start(generation=0)


def test_an_update_reports_the_job_it_started_itself() -> None:
    """A job of this event that failed at once is reported, never started again."""
    mine = job(TWO, FAILED, "mine", by="this")
    act = update(change("Update", TWO, ONE), Seen(state=at(Stack.LIVE), current=job(ONE), jobs=(mine,)))
    assert isinstance(act, Refuse)


@pytest.mark.parametrize("stack", [Stack.GONE_BACK, Stack.SETTLED, Stack.UNKNOWN])
def test_an_update_that_nobody_waits_for_starts_nothing(stack: Stack) -> None:
    """A late event, or one whose stack cannot be asked about, only ever keeps or adopts."""
    act = update(change("Update", TWO, ONE), Seen(state=at(stack), current=job(ONE)))
    assert act == Refuse(reason=messages.NOBODY_WAITS[stack])


def test_a_job_that_cannot_be_read_is_not_replaced_for_its_tags() -> None:
    """Where the id names a job that Bedrock does not show, nothing is bought."""
    act = update(change("Update", TAGGED, ONE), Seen(state=at(Stack.LIVE)))
    assert isinstance(act, Keep)
    assert act.job is None


def test_an_update_of_what_was_never_created_starts_a_job() -> None:
    """After a failed Create without rollback the next deployment starts the job."""
    failed = replace(change("Update", ONE, ONE), physical_id="not-created/request-1")
    assert update(failed, Seen(state=at(Stack.LIVE))) == Start(generation=0)


def test_a_job_of_a_later_release_is_judged_by_the_properties() -> None:
    """Where the token's fingerprint is of another version, old and new properties are compared."""
    token = Token.read(job(ONE).token)
    assert token is not None
    current = replace(job(ONE), token=str(replace(token, version="v3", fingerprint="f" * 16)))
    seen = Seen(state=at(Stack.LIVE), current=current)
    assert isinstance(update(change("Update", TAGGED, ONE), seen), Keep)
    assert update(change("Update", TWO, ONE), seen) == Start(generation=0)


# -- the Update of a rollback ----------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("carries", ["old", "new"])
def test_a_rollback_gives_the_old_job_back(status: str, carries: str) -> None:
    """Whichever id CloudFormation carries, the job of the old inputs stands again, whatever became of it."""
    old, new = job(ONE, status, "old"), job(TWO, RUNNING, "new")
    current = old if carries == "old" else new
    seen = Seen(state=at(Stack.GOING_BACK), current=current, jobs=(old,), previous=(new,))
    act = update(change("Update", ONE, TWO, carries), seen)
    assert isinstance(act, Keep)
    assert act.job == old


def test_a_rollback_stops_what_nobody_will_own() -> None:
    """A job whose answer was lost is not known to CloudFormation, so the rollback stops it."""
    old, lost = job(ONE, RUNNING, "old"), job(TWO, RUNNING, "lost")
    seen = Seen(state=at(Stack.GOING_BACK), current=old, jobs=(old,), previous=(lost,))
    act = update(change("Update", ONE, TWO, "old"), seen)
    assert act == Keep(job=old, stop=(lost,), note="went back")


def test_a_rollback_leaves_to_cleanup_what_cloudformation_knows() -> None:
    """The job that the event names is deleted by CloudFormation itself."""
    old, new = job(ONE, DONE, "old"), job(TWO, RUNNING, "new")
    seen = Seen(state=at(Stack.GOING_BACK), current=new, jobs=(old,), previous=(new,))
    act = update(change("Update", ONE, TWO, "new"), seen)
    assert act == Keep(job=old, note="went back")


def test_a_rollback_never_starts_a_job() -> None:
    """Where the old job cannot be found the present one stays; a rollback that fails is worse."""
    new = job(TWO, RUNNING, "new")
    act = update(
        change("Update", ONE, TWO, "new"), Seen(state=at(Stack.GOING_BACK), current=new, previous=(new,))
    )
    assert act == Keep(job=new, note="went back")
    assert update(change("Update", ONE, TWO), Seen(state=at(Stack.GOING_BACK))) == Keep(
        job=None, note="went back"
    )


def test_a_rollback_tells_jobs_of_the_same_training_apart() -> None:
    """After a change of the role there are two; the one with the old role is the old one."""
    old, new = job(ONE, RUNNING, "old"), job(MOVED, RUNNING, "new", generation=1)
    seen = Seen(state=at(Stack.GOING_BACK), current=new, jobs=(old, new), previous=(old, new))
    act = update(change("Update", ONE, MOVED, "new"), seen)
    assert act == Keep(job=old, note="went back")
    seen = replace(seen, current=old)
    act = update(change("Update", ONE, MOVED, "old"), seen)
    assert act == Keep(job=old, stop=(new,), note="went back")


def test_a_rollback_keeps_a_good_job_that_stood_before() -> None:
    """It was adopted with another role than its properties say; a stopped one does not replace it."""
    stands, dead = job(MOVED, RUNNING, "stands"), job(ONE, STOPPED, "dead", generation=1)
    seen = Seen(state=at(Stack.GOING_BACK), current=stands, jobs=(stands, dead), current_began_here=False)
    assert update(change("Update", ONE, MOVED, "stands"), seen) == Keep(job=stands, note="went back")


def test_a_rollback_knows_the_job_of_a_renamed_resource() -> None:
    """A stack refactoring gave it another logical id; its token still names the old one."""
    token = Token.read(job(ONE).token)
    assert token is not None
    stands = replace(job(ONE, name="stands"), token=str(replace(token, resource="9" * 8)))
    new = job(MOVED, RUNNING, "new")
    seen = Seen(state=at(Stack.GOING_BACK), current=stands, jobs=(new,), previous=(new,))
    assert update(change("Update", ONE, MOVED, "stands"), seen) == Keep(
        job=stands, stop=(new,), note="went back"
    )


def test_a_rollback_takes_no_dead_job_for_the_one_that_stands() -> None:
    """A stopped job has the wished role; the finished one, whose role was changed since, stands."""
    stands, dead = job(MOVED, DONE, "stands"), job(ONE, STOPPED, "dead", generation=1)
    jobs = (stands, dead)
    for old, current, others in (
        (ASKS_ONE, stands, jobs),
        (MOVED, stands, jobs),
        (TWO, job(TWO, RUNNING, "new"), ()),
    ):
        seen = Seen(state=at(Stack.GOING_BACK), current=current, jobs=jobs, previous=others)
        act = update(change("Update", ONE, old), seen)
        assert act == Keep(job=stands, note="went back")


@pytest.mark.parametrize("stack", [Stack.GOING_BACK, Stack.GONE_BACK])
def test_a_late_update_stops_what_it_started_itself(stack: Stack) -> None:
    """An Update that comes again after its stack went back takes its own job away."""
    mine = job(TWO, RUNNING, "mine", by="this")
    seen = Seen(state=at(stack), current=job(ONE), jobs=(mine,), standing=NOBODY, began_here=True)
    assert update(change("Update", TWO, ONE), seen) == Refuse(
        reason=messages.STACK_GOES_BACK, job=mine, stop=(mine,)
    )


# -- Delete ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on_delete", "status", "act"),
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
        ("Retain", RUNNING, Done(note="left alone: OnDelete is Retain")),
        ("Retain", DONE, Done(note="left alone: OnDelete is Retain")),
        ("nonsense", RUNNING, Stop()),
        (None, RUNNING, Stop()),
    ],
)
def test_a_delete_does_what_the_template_says(on_delete: str | None, status: str, act: object) -> None:
    """Stop what runs, keep what is finished, unless told otherwise."""
    wish = properties(OnDelete=on_delete)
    assert delete(change("Delete", wish), job(ONE, status), GONE) == act


CLEANUP = StackState(status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
ROLLBACK = StackState(status="UPDATE_ROLLBACK_IN_PROGRESS")
GONE = Ending(state=StackState(status="DELETE_IN_PROGRESS"))
RETAINED = properties(OnDelete="Retain")


def test_a_rollback_stops_even_what_is_to_be_retained() -> None:
    """What a failed deployment made nobody ever had; to retain it would be to leave it running."""
    ending = Ending(state=ROLLBACK, began_here=True)
    assert delete(change("Delete", RETAINED), job(ONE), ending) == Stop()


@pytest.mark.parametrize("on_delete", ["StopJob", "DeleteModel", "Retain"])
@pytest.mark.parametrize("status", [RUNNING, DONE])
def test_a_rollback_leaves_what_was_there_before(on_delete: str, status: str) -> None:
    """A deployment that went back to earlier inputs adopted an earlier job; its failure ends nothing."""
    ending = Ending(state=ROLLBACK, began_here=False)
    act = delete(change("Delete", properties(OnDelete=on_delete)), job(ONE, status), ending)
    assert act == Done(note="left alone: it was there before the deployment that is rolled back")


def test_a_job_of_unknown_origin_is_stopped_unless_it_is_to_be_retained() -> None:
    """Only Retain leaves jobs running that nobody owns, so only there an earlier job could be meant."""
    ending = Ending(state=ROLLBACK, began_here=None)
    assert delete(change("Delete", ONE), job(ONE), ending) == Stop()
    act = delete(change("Delete", RETAINED), job(ONE), ending)
    assert isinstance(act, Done)
    assert act.is_left_running
    ended = delete(change("Delete", RETAINED), job(ONE, DONE), ending)
    assert isinstance(ended, Done)
    assert not ended.is_left_running


@pytest.mark.parametrize("proven", [True, False])
@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", None])
def test_a_delete_leaves_the_job_that_stands(status: str | None, proven: bool) -> None:  # noqa: FBT001 - a table
    """The operation has let it stand: the id of a failed attempt, or a repeat, does not mean it."""
    stands = job(ONE)
    state = StackState(status=status, changed=100.0)
    ending = Ending(state=state, standing=standing(stands, changed=100.0), is_named=proven)
    act = delete(change("Delete", ONE), stands, ending)
    assert act == Done(note="left alone: it stands for the resource")


@pytest.mark.parametrize(("began", "changed"), [(100.0, 99.0), (100.0, None), (None, 99.0)])
def test_a_delete_is_believed_where_its_resource_was_not_touched_yet(
    began: float | None, changed: float | None
) -> None:
    """CloudFormation may show a moment later, or not at all, that the resource leaves; its ARN proves it."""
    stands = job(ONE)
    state = StackState(status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", changed=began)
    ending = Ending(state=state, standing=standing(stands, changed=changed))
    assert delete(change("Delete", ONE), stands, ending) == Stop()
    other_id = replace(ending, is_named=False)
    assert delete(change("Delete", ONE), stands, other_id) == Done(
        note="left alone: it stands for the resource"
    )
    at_rest = replace(ending, state=StackState(status="UPDATE_COMPLETE", changed=began))
    assert delete(change("Delete", ONE), stands, at_rest) == Done(
        note="left alone: it stands for the resource"
    )


def test_a_delete_ends_what_stood_and_leaves() -> None:
    """A resource that is taken out of the template is being deleted with this very id."""
    leaves = job(ONE)
    ending = Ending(state=CLEANUP, standing=standing(leaves, "DELETE_IN_PROGRESS"))
    assert delete(change("Delete", ONE), leaves, ending) == Stop()


@pytest.mark.parametrize(
    "unclear", [UNASKED, Standing(is_known=True, status="CREATE_IN_PROGRESS")], ids=["denied", "under way"]
)
def test_an_invented_id_ends_nothing_where_nobody_says_what_stands(unclear: Standing) -> None:
    """An id that CloudFormation made up proves nothing; the job is named instead."""
    ending = Ending(state=CLEANUP, standing=unclear, is_proven=False)
    act = delete(change("Delete", ONE), job(ONE), ending)
    assert isinstance(act, Done)
    assert act.is_left_running
    assert delete(change("Delete", ONE), job(ONE), replace(ending, is_proven=True)) == Stop()
    assert delete(change("Delete", ONE), job(ONE), replace(ending, standing=NOBODY)) == Stop()


def test_a_stack_that_goes_as_a_whole_takes_any_id() -> None:
    """Nothing stands at the end of a deletion, or of the rollback of a creation."""
    for status in ("DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
        state = StackState(status=status)
        ending = Ending(state=state, standing=standing(job(ONE)), is_proven=False, began_here=True)
        assert delete(change("Delete", ONE), job(ONE), ending) == Stop()


def facts(status: str | None = "DELETE_IN_PROGRESS", **known: Any) -> ModelFacts:  # noqa: ANN401 - its fields
    """Say what is known of a model that may go, unless told otherwise."""
    told = {"standing": NOBODY, "has_successor": False, "served_by": ()}
    return ModelFacts(state=StackState(status=status), **{**told, **known})


NEW = Standing(is_known=True, physical_id=ARN + "new", status="UPDATE_COMPLETE")
BACK = Standing(is_known=True, physical_id=ARN + "new", status="UPDATE_IN_PROGRESS")


@pytest.mark.parametrize(
    ("known", "kept"),
    [
        (facts(), ""),
        (facts("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), ""),
        (facts("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", standing=NEW, has_successor=True), ""),
        (facts("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", standing=NEW), "has no model yet"),
        (facts("UPDATE_IN_PROGRESS", standing=BACK, has_successor=True), "has no model yet"),
        (facts("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", standing=UNASKED), "has no model yet"),
        (facts("UPDATE_IN_PROGRESS", standing=NEW), "has no model yet"),
        (facts(served_by=("arn:deployment",)), "in use by arn:deployment"),
        (facts(served_by=None), "could not be read"),
        (facts("UPDATE_ROLLBACK_IN_PROGRESS", has_successor=True), "a rollback deletes no model"),
        (facts("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"), "a rollback deletes no model"),
        (facts("ROLLBACK_IN_PROGRESS"), "a rollback deletes no model"),
        (facts("UPDATE_COMPLETE", has_successor=True), "no operation of the stack"),
        (facts(None, has_successor=True), "no operation of the stack"),
    ],
)
def test_a_model_goes_only_where_nobody_needs_it(known: ModelFacts, kept: str) -> None:
    """What somebody trained is kept where anything speaks for it, or where something is not known."""
    assert kept in why_model_stays(known)
    assert bool(kept) == bool(why_model_stays(known))


def test_a_nested_stack_that_its_parent_takes_back_deletes_no_model() -> None:
    """Its own status says DELETE_IN_PROGRESS, yet it is a rollback."""
    state = StackState(status="DELETE_IN_PROGRESS", is_parents_rollback=True)
    known = ModelFacts(state=state, standing=NOBODY, has_successor=False, served_by=())
    assert why_model_stays(known) == messages.KEPT_IN_ROLLBACK
    unread = StackState(status="DELETE_IN_PROGRESS", is_parents_rollback=None)
    assert why_model_stays(replace(known, state=unread)) == messages.KEPT_UNSURE
    ending = Ending(state=state, began_here=True)
    assert delete(change("Delete", RETAINED), job(ONE), ending) == Stop()


def test_a_job_whose_token_is_not_told_is_stopped() -> None:
    """Where Bedrock does not say whose a job is, the id that CloudFormation kept decides."""
    assert delete(change("Delete", ONE), replace(job(ONE), token=""), GONE) == Stop()
