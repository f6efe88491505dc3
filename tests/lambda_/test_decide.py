from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from customization_job import reasons
from customization_job.acts import DeleteModel, Done, Keep, Refuse, Seen, Start, Stop, Wait
from customization_job.decide import create, delete, update
from customization_job.identity import Token
from customization_job.ports import Job
from customization_job.stack import Stack
from customization_job.wire import Change, decode

from tests.lambda_.scene import event, properties
from tests.lambda_.world import ACCOUNT, REGION

ARN = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:model-customization-job/amazon.nova-lite-v1:0:300k/"
HERE, OTHER = "arn:aws:iam::123456789012:role/service", "arn:aws:iam::123456789012:role/other"
RUNNING, DONE, FAILED, STOPPING, STOPPED = "InProgress", "Completed", "Failed", "Stopping", "Stopped"
DEAD = (FAILED, STOPPING, STOPPED)
STATUSES = (RUNNING, DONE, *DEAD)


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
    token = Token(
        owner=of.owner,
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
TAGGED = properties({"jobTags": [{"key": "a", "value": "b"}]})
NAMED = properties({"jobName": "exact", "customModelName": "exact"})
NAMED_TWO = properties(
    {"jobName": "exact", "customModelName": "exact", "hyperParameters": {"epochCount": "9"}}
)


# -- Create ----------------------------------------------------------------------------------------------


def test_a_create_starts_the_first_job() -> None:
    """Where there is no job, one is started."""
    assert create(change("Create", ONE), Seen(stack=Stack.LIVE)) == Start(generation=0)


@pytest.mark.parametrize("status", [RUNNING, DONE])
@pytest.mark.parametrize("by", ["this", "other"])
def test_a_create_adopts_a_good_job(status: str, by: str) -> None:
    """A retry, or a job that was retained, buys no second training."""
    found = job(ONE, status, by=by)
    act = create(change("Create", ONE), Seen(stack=Stack.LIVE, jobs=(found,)))
    assert isinstance(act, Keep)
    assert act.job == found


@pytest.mark.parametrize("status", DEAD)
def test_a_create_reports_the_job_it_started_itself(status: str) -> None:
    """A job of this very event that has ended is reported, never started again."""
    mine = replace(job(ONE, status, by="this"), failure="bad data")
    act = create(change("Create", ONE), Seen(stack=Stack.LIVE, jobs=(mine,)))
    assert isinstance(act, Refuse)
    assert act.job == mine
    assert "bad data" in act.reason


@pytest.mark.parametrize("status", DEAD)
def test_a_create_goes_past_dead_jobs(status: str) -> None:
    """A stopped or failed job keeps its name for ever, so the next generation is started."""
    jobs = (job(ONE, status), job(ONE, status, generation=1))
    assert create(change("Create", ONE), Seen(stack=Stack.LIVE, jobs=jobs)) == Start(generation=2)


def test_a_create_does_not_adopt_a_job_without_its_model() -> None:
    """A completed job whose model was deleted is of no use."""
    gone = replace(job(ONE, DONE), has_model=False)
    assert create(change("Create", ONE), Seen(stack=Stack.LIVE, jobs=(gone,))) == Start(generation=1)


def test_a_create_adopts_nobody_elses_job() -> None:
    """A job that somebody else made under a made name is passed over."""
    for token in ("", "somebody-elses", str(Token.read(job(TWO).token))):
        foreign = replace(job(ONE), token=token)
        assert create(change("Create", ONE), Seen(stack=Stack.LIVE, jobs=(foreign,))) == Start(generation=1)


@pytest.mark.parametrize("stack", [Stack.GOING_BACK, Stack.GONE_BACK])
def test_a_create_starts_nothing_while_a_stack_goes_back(stack: Stack) -> None:
    """Nobody would own the job; the one that this event started before is stopped."""
    assert create(change("Create", ONE), Seen(stack=stack)) == Refuse(reason=reasons.STACK_GOES_BACK)
    mine = job(ONE, by="this")
    act = create(change("Create", ONE), Seen(stack=stack, jobs=(mine,)))
    assert act == Refuse(reason=reasons.STACK_GOES_BACK, job=mine, stop=(mine,))


@pytest.mark.parametrize("stack", [Stack.SETTLED, Stack.UNKNOWN])
def test_a_create_that_nobody_waits_for_starts_nothing(stack: Stack) -> None:
    """A late event, or one whose stack cannot be asked about, only ever adopts."""
    assert create(change("Create", ONE), Seen(stack=stack)) == Refuse(reason=reasons.NOBODY_WAITS[stack])
    mine = job(ONE, by="this")
    act = create(change("Create", ONE), Seen(stack=stack, jobs=(mine,)))
    assert isinstance(act, Keep)


@pytest.mark.parametrize("status", STATUSES)
def test_an_exact_name_of_somebody_else_is_refused(status: str) -> None:
    """An exact job name that is taken is reported before anything starts."""
    foreign = replace(job(NAMED, status, "exact"), token="")
    act = create(change("Create", NAMED), Seen(stack=Stack.LIVE, jobs=(foreign,)))
    assert isinstance(act, Refuse)
    assert "another job" in act.reason
    assert foreign.arn in act.reason


@pytest.mark.parametrize("status", DEAD)
def test_an_exact_name_that_a_dead_job_holds_is_refused(status: str) -> None:
    """Bedrock never frees a job's name, not even to its owner."""
    act = create(change("Create", NAMED), Seen(stack=Stack.LIVE, jobs=(job(NAMED, status, "exact"),)))
    assert isinstance(act, Refuse)
    assert "change job_name, or leave it out" in act.reason


def test_an_exact_model_name_that_is_taken_is_refused() -> None:
    """So is a model's name."""
    named = properties({"customModelName": "exact"})
    act = create(change("Create", named), Seen(stack=Stack.LIVE, model_holder="arn:somebody"))
    assert isinstance(act, Refuse)
    assert "arn:somebody" in act.reason


# -- Update ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("old", "new"), [(ONE, TAGGED), (TAGGED, ONE), (ONE, ONE), (NAMED, NAMED)])
def test_tags_never_train(status: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Whatever became of the job, a change of tags keeps it."""
    current = job(old, status)
    act = update(change("Update", new, old), Seen(stack=Stack.LIVE, current=current, jobs=(current,)))
    assert isinstance(act, Keep)
    assert act.job == current


def test_other_inputs_start_another_job() -> None:
    """A job cannot be changed, only replaced."""
    act = update(change("Update", TWO, ONE), Seen(stack=Stack.LIVE, current=job(ONE)))
    assert act == Start(generation=0)


@pytest.mark.parametrize("status", [RUNNING, DONE])
def test_going_back_to_earlier_inputs_adopts(status: str) -> None:
    """Inputs that were trained before need no second training."""
    earlier = job(TWO, status, "earlier")
    act = update(change("Update", TWO, ONE), Seen(stack=Stack.LIVE, current=job(ONE), jobs=(earlier,)))
    assert isinstance(act, Keep)
    assert act.job == earlier


@pytest.mark.parametrize("status", DEAD)
def test_going_back_to_inputs_whose_job_is_dead_starts_another(status: str) -> None:
    """A job that ended without a model is not what is wished."""
    seen = Seen(stack=Stack.LIVE, current=job(ONE), jobs=(job(TWO, status, "earlier"),))
    assert update(change("Update", TWO, ONE), seen) == Start(generation=1)


def test_a_running_job_is_replaced_when_its_role_changes() -> None:
    """The old role is about to be deleted, so the running job would break."""
    current = job(ONE, RUNNING)
    seen = Seen(stack=Stack.LIVE, current=current, jobs=(current,))
    assert update(change("Update", MOVED, ONE), seen) == Start(generation=1)


def test_a_finished_job_is_not_trained_again_for_its_role() -> None:
    """Role, network and output are not needed any more."""
    current = job(ONE, DONE)
    act = update(change("Update", MOVED, ONE), Seen(stack=Stack.LIVE, current=current, jobs=(current,)))
    assert isinstance(act, Keep)
    assert act.job == current


def test_a_finished_job_is_trained_again_for_its_role_where_asked() -> None:
    """Who wants it pays for it."""
    current = job(ONE, DONE)
    seen = Seen(stack=Stack.LIVE, current=current, jobs=(current,))
    assert update(change("Update", ASKS, ONE), seen) == Start(generation=1)


def test_asking_for_retraining_trains_nothing_by_itself() -> None:
    """The setting says what a later change means; to set it is no change of the role."""
    current = job(MOVED, DONE)
    act = update(change("Update", ASKS, MOVED), Seen(stack=Stack.LIVE, current=current, jobs=(current,)))
    assert isinstance(act, Keep)


@pytest.mark.parametrize("status", [FAILED, STOPPED])
def test_a_job_that_ended_without_a_model_is_started_again_when_its_role_is_mended(status: str) -> None:
    """Another role, network or output is how a failed job is repaired."""
    current = job(ONE, status)
    seen = Seen(stack=Stack.LIVE, current=current, jobs=(current,))
    assert update(change("Update", MOVED, ONE), seen) == Start(generation=1)


def test_an_exact_name_with_other_inputs_is_refused() -> None:
    """The classic trap is named before anything starts."""
    current = job(NAMED, RUNNING, "exact")
    act = update(change("Update", NAMED_TWO, NAMED), Seen(stack=Stack.LIVE, current=current, jobs=(current,)))
    assert isinstance(act, Refuse)
    assert "No job was started" in act.reason


@pytest.mark.parametrize("status", [RUNNING, DONE])
def test_an_exact_model_name_with_other_inputs_is_refused(status: str) -> None:
    """The present job holds the model's name until it is replaced, and it is replaced only afterwards."""
    old = properties({"customModelName": "exact"})
    new = properties({"customModelName": "exact", "hyperParameters": {"epochCount": "9"}})
    act = update(change("Update", new, old), Seen(stack=Stack.LIVE, current=job(old, status)))
    assert isinstance(act, Refuse)
    assert "change custom_model_name" in act.reason.lower()


def test_an_exact_model_name_is_free_again_when_its_job_failed() -> None:
    """A failed job has no model, so mended inputs may have the name."""
    old = properties({"customModelName": "exact"})
    new = properties({"customModelName": "exact", "hyperParameters": {"epochCount": "9"}})
    seen = Seen(stack=Stack.LIVE, current=job(old, FAILED))
    assert update(change("Update", new, old), seen) == Start(generation=0)


def test_an_update_reports_the_job_it_started_itself() -> None:
    """A job of this event that failed at once is reported, never started again."""
    mine = job(TWO, FAILED, "mine", by="this")
    act = update(change("Update", TWO, ONE), Seen(stack=Stack.LIVE, current=job(ONE), jobs=(mine,)))
    assert isinstance(act, Refuse)


@pytest.mark.parametrize("stack", [Stack.GONE_BACK, Stack.SETTLED, Stack.UNKNOWN])
def test_an_update_that_nobody_waits_for_starts_nothing(stack: Stack) -> None:
    """A late event, or one whose stack cannot be asked about, only ever keeps or adopts."""
    act = update(change("Update", TWO, ONE), Seen(stack=stack, current=job(ONE)))
    assert act == Refuse(reason=reasons.NOBODY_WAITS[stack])


def test_a_job_that_cannot_be_read_is_not_replaced_for_its_tags() -> None:
    """Where the id names a job that Bedrock does not show, nothing is bought."""
    act = update(change("Update", TAGGED, ONE), Seen(stack=Stack.LIVE))
    assert isinstance(act, Keep)
    assert act.job is None


def test_an_update_leaves_the_jobs_of_others_alone() -> None:
    """Whoever may send events cannot have somebody else's job tagged or adopted."""
    token = Token.read(job(ONE).token)
    assert token is not None
    for told in ("somebody-elses", str(replace(token, owner="9" * 8))):
        foreign = replace(job(ONE), token=told)
        for stack in (Stack.LIVE, Stack.GOING_BACK):
            act = update(change("Update", TAGGED, ONE), Seen(stack=stack, current=foreign))
            assert isinstance(act, Keep)
            assert act.job is None


def test_an_update_of_what_was_never_created_starts_a_job() -> None:
    """After a failed Create without rollback the next deployment starts the job."""
    failed = replace(change("Update", ONE, ONE), physical_id="not-created/request-1")
    assert update(failed, Seen(stack=Stack.LIVE)) == Start(generation=0)


def test_a_job_of_a_later_release_is_judged_by_the_properties() -> None:
    """Where the token's fingerprint is of another version, old and new properties are compared."""
    token = Token.read(job(ONE).token)
    assert token is not None
    current = replace(job(ONE), token=str(replace(token, version="v2", fingerprint="f" * 16)))
    seen = Seen(stack=Stack.LIVE, current=current)
    assert isinstance(update(change("Update", TAGGED, ONE), seen), Keep)
    assert update(change("Update", TWO, ONE), seen) == Start(generation=0)


# -- the Update of a rollback ----------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("carries", ["old", "new"])
def test_a_rollback_gives_the_old_job_back(status: str, carries: str) -> None:
    """Whichever id CloudFormation carries, the job of the old inputs stands again, whatever became of it."""
    old, new = job(ONE, status, "old"), job(TWO, RUNNING, "new")
    current = old if carries == "old" else new
    seen = Seen(stack=Stack.GOING_BACK, current=current, jobs=(old,), previous=(new,))
    act = update(change("Update", ONE, TWO, carries), seen)
    assert isinstance(act, Keep)
    assert act.job == old


def test_a_rollback_stops_what_nobody_will_own() -> None:
    """A job whose answer was lost is not known to CloudFormation, so the rollback stops it."""
    old, lost = job(ONE, RUNNING, "old"), job(TWO, RUNNING, "lost")
    seen = Seen(stack=Stack.GOING_BACK, current=old, jobs=(old,), previous=(lost,))
    act = update(change("Update", ONE, TWO, "old"), seen)
    assert act == Keep(job=old, stop=(lost,), note="went back")


def test_a_rollback_leaves_to_cleanup_what_cloudformation_knows() -> None:
    """The job that the event names is deleted by CloudFormation itself."""
    old, new = job(ONE, DONE, "old"), job(TWO, RUNNING, "new")
    seen = Seen(stack=Stack.GOING_BACK, current=new, jobs=(old,), previous=(new,))
    act = update(change("Update", ONE, TWO, "new"), seen)
    assert act == Keep(job=old, note="went back")


def test_a_rollback_never_starts_a_job() -> None:
    """Where the old job cannot be found the present one stays; a rollback that fails is worse."""
    new = job(TWO, RUNNING, "new")
    act = update(
        change("Update", ONE, TWO, "new"), Seen(stack=Stack.GOING_BACK, current=new, previous=(new,))
    )
    assert act == Keep(job=new, note="went back")
    assert update(change("Update", ONE, TWO), Seen(stack=Stack.GOING_BACK)) == Keep(
        job=None, note="went back"
    )


def test_a_rollback_tells_jobs_of_the_same_training_apart() -> None:
    """After a change of the role there are two; the one with the old role is the old one."""
    old, new = job(ONE, RUNNING, "old"), job(MOVED, RUNNING, "new", generation=1)
    seen = Seen(stack=Stack.GOING_BACK, current=new, jobs=(old, new), previous=(old, new))
    act = update(change("Update", ONE, MOVED, "new"), seen)
    assert act == Keep(job=old, note="went back")
    seen = replace(seen, current=old)
    act = update(change("Update", ONE, MOVED, "old"), seen)
    assert act == Keep(job=old, stop=(new,), note="went back")


def test_a_rollback_takes_no_dead_job_for_the_one_that_stands() -> None:
    """A stopped job has the wished role; the finished one, whose role was changed since, stands."""
    stands, dead = job(MOVED, DONE, "stands"), job(ONE, STOPPED, "dead", generation=1)
    jobs = (stands, dead)
    for old, current, others in (
        (ASKS_ONE, stands, jobs),
        (MOVED, stands, jobs),
        (TWO, job(TWO, RUNNING, "new"), ()),
    ):
        seen = Seen(stack=Stack.GOING_BACK, current=current, jobs=jobs, previous=others)
        act = update(change("Update", ONE, old), seen)
        assert act == Keep(job=stands, note="went back")


@pytest.mark.parametrize("stack", [Stack.GOING_BACK, Stack.GONE_BACK])
def test_a_late_update_stops_what_it_started_itself(stack: Stack) -> None:
    """An Update that comes again after its stack went back takes its own job away."""
    mine = job(TWO, RUNNING, "mine", by="this")
    act = update(change("Update", TWO, ONE), Seen(stack=stack, current=job(ONE), jobs=(mine,)))
    assert act == Refuse(reason=reasons.STACK_GOES_BACK, stop=(mine,))


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
    assert delete(change("Delete", wish), job(ONE, status), is_rollback=False) == act


def test_a_rollback_stops_even_what_shall_be_retained() -> None:
    """What a failed deployment made nobody ever had; to retain it would be to leave it running."""
    wish = properties(OnDelete="Retain")
    assert delete(change("Delete", wish), job(ONE), is_rollback=True) == Stop()


@pytest.mark.parametrize("token", ["somebody-elses", "v1-99999999-1111111111111111-0-22222222-33333333"])
@pytest.mark.parametrize("status", [RUNNING, DONE])
def test_a_delete_leaves_the_jobs_of_others_alone(token: str, status: str) -> None:
    """Whoever may send events cannot stop a job, or delete a model, that this resource did not start."""
    foreign = replace(job(ONE, status), token=token)
    wish = properties(OnDelete="DeleteModel")
    act = delete(change("Delete", wish), foreign, is_rollback=False)
    assert act == Done(note="left alone: it belongs to somebody else")


def test_a_job_whose_token_is_not_told_is_stopped() -> None:
    """Where Bedrock does not say whose a job is, the id that CloudFormation kept decides."""
    assert delete(change("Delete", ONE), replace(job(ONE), token=""), is_rollback=False) == Stop()
