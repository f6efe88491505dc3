"""A new model serves only where the conditions say so, and is taken back when an alarm goes on."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import pytest
from customization_job.follow import LookError
from customization_job.tasks import TaskError

from tests.lambda_.alarms import refusal
from tests.lambda_.builders import properties
from tests.lambda_.cloudformation import ResourceRecord
from tests.lambda_.deploying import GOING_BACK
from tests.lambda_.fakes import ACCOUNT, REGION
from tests.lambda_.promoting import (
    APPROVED,
    BAKE,
    BUCKET,
    FUNCTION,
    LOSS,
    PREFIX,
    Deploying,
    Publishing,
    policy,
)
from tests.lambda_.publishing import NAME

if TYPE_CHECKING:
    from tests.lambda_.builders import Harness

DAY = 86_400.0


@pytest.fixture
def story(harness: Harness) -> Publishing:
    """Return a published model, which serves with a validation loss of 0.5."""
    told = Publishing(harness)
    told.first = told.retrain(0.5)
    answer = told.create()
    assert (answer["Status"], told.serving()) == ("SUCCESS", told.first)
    return told


@pytest.fixture
def deployed(harness: Harness) -> Deploying:
    """Return a deployment that serves with a validation loss of 0.5, and whose alarm is off."""
    told = Deploying(harness)
    told.first = told.retrain(0.5)
    harness.fakes.alarms.alarms["errors"] = (False, 0.0)
    told.create(told.following())
    told.clock.advance(600)
    assert told.serving() == told.first
    return told


def swapped(story: Deploying) -> str:
    """Let a better model serve, and return it."""
    better = story.retrain(0.4)
    story.glance()
    story.clock.advance(600)
    assert story.serving() == better
    return better


def metrics(story: Publishing | Deploying) -> list[str]:
    """Return the metrics of promotions that were written, in order."""
    lines = [line for line in story.harness.lines if line["act"] == "metrics"]
    return [name for line in lines for name in ("Promoted", "Rejected", "Withdrawn") if line.get(name) == 1]


# -- what the conditions say ---------------------------------------------------------------------------------


def test_the_first_model_is_promoted(story: Publishing) -> None:
    """There is nothing to compare it with."""
    verdict = story.verdict(story.first)
    assert (verdict["verdict"], verdict["serving"], verdict["by"], verdict["forced"]) == (
        "promoted",
        "",
        "function",
        False,
    )
    assert metrics(story) == ["Promoted"]


def test_a_worse_model_is_kept_out(story: Publishing) -> None:
    """The log, the record and the metric say why."""
    worse = story.retrain(0.6)
    line = story.glance()
    assert "0.6 of the new model is higher than 0.5" in line["decision"]
    assert story.serving() == story.first
    verdict = story.verdict(worse)
    assert (verdict["verdict"], verdict["serving"], verdict["job"]) == (
        "rejected",
        story.first,
        story.job_arn,
    )
    assert verdict["conditions"] == [
        {
            "type": "ValidationLoss",
            "answer": "no",
            "reason": verdict["reason"],
            "numbers": {"candidate": 0.6, "serving": 0.5, "margin": 0.0},
        }
    ]
    assert metrics(story) == ["Promoted", "Rejected"]
    [told] = story.acts("model rejected")
    assert told["level"] == "WARNING"


def test_a_rejected_model_is_not_asked_about_again(story: Publishing) -> None:
    """Its verdict is a fact, whatever the policy says later."""
    story.retrain(0.6)
    story.glance()
    story.set_policy({**LOSS, "Margin": "9"})
    story.update()
    story.glance()
    assert story.serving() == story.first
    assert metrics(story) == ["Promoted", "Rejected"]


@pytest.mark.parametrize(("loss", "margin"), [(0.5, "0.0"), (0.52, "0.05"), (0.4, "0.0")])
def test_an_equal_or_better_model_is_promoted(story: Publishing, loss: float, margin: str) -> None:
    """G1: a loss that is equal, or higher by no more than the margin, is not worse."""
    story.set_policy({**LOSS, "Margin": margin})
    better = story.retrain(loss)
    story.update()
    assert story.serving() == better


@pytest.mark.parametrize(
    ("losses", "reason"),
    [
        ((), "reports no validation loss"),
        ((float("nan"),), "reports no validation loss"),
        ((float("inf"),), "reports no validation loss"),
    ],
)
def test_a_loss_that_is_missing_is_unsure(story: Publishing, losses: tuple[float, ...], reason: str) -> None:
    """G1: never yes, and never rejected for good."""
    model = story.retrain(*losses)
    line = story.glance()
    assert (line["level"], reason in line["decision"]) == ("WARNING", True)
    assert (story.serving(), story.record(model)) == (story.first, None)
    progress = story.record(model, ".progress.json")
    assert progress is not None
    assert progress["waitingFor"] in line["decision"]
    [condition] = progress["conditions"]
    assert condition["answer"] == "unsure"


@pytest.mark.parametrize(
    "request_",
    [
        {"validationDataConfig": {"validators": [{"s3Uri": "s3://bucket/other.jsonl"}]}},
        {"baseModelIdentifier": "amazon.nova-micro-v1:0:128k"},
    ],
)
def test_losses_of_other_trainings_are_not_compared(story: Publishing, request_: dict[str, object]) -> None:
    """G2: other validation data, or another base model: a lower loss says nothing."""
    story.retrain(0.1, **request_)
    line = story.glance()
    assert "cannot be compared" in line["decision"]
    assert story.serving() == story.first


@pytest.mark.parametrize("when_unsure", ["Promote", "Ask"])
def test_what_unsure_means_is_chosen(story: Publishing, when_unsure: str) -> None:
    """`Promote` promotes, and `Ask` asks a person."""
    story.set_policy(LOSS, WhenUnsure=when_unsure)
    model = story.retrain()
    story.update()
    if when_unsure == "Ask":
        assert story.serving() == story.first
        story.tag(model, "approved")
        story.glance()
    assert story.serving() == model


def test_the_first_model_may_miss_an_absolute_limit(harness: Harness) -> None:
    """G16: nothing serves then, which is an error in the log."""
    story = Publishing(harness)
    story.set_policy({**LOSS, "AtMost": "0.4"})
    story.retrain(0.5)
    answer = story.create()
    assert (answer["Status"], story.serving()) == ("SUCCESS", None)
    [line] = story.acts("model rejected")
    assert (line["level"], "higher than the limit 0.4" in line["reason"]) == ("ERROR", True)
    assert story.glance()["level"] == "WARNING"


def test_without_conditions_a_model_is_promoted_at_once(deployed: Deploying) -> None:
    """The alarms of its bake may take it back."""
    deployed.set_policy(Bake=BAKE)
    model = deployed.retrain(9.0)
    deployed.update(deployed.following(), deployed.following())
    deployed.clock.advance(600)
    assert deployed.serving() == model


# -- what is already known -----------------------------------------------------------------------------------


def test_two_looks_give_one_verdict_and_one_swap(story: Publishing) -> None:
    """The second one reads what the first has written between its own calls."""
    better = story.retrain(0.4)
    objects = story.harness.fakes.objects
    objects.before = [*[lambda: None] * 6, story.glance]  # type: ignore[list-item]
    story.glance()
    assert story.serving() == better
    assert metrics(story) == ["Promoted", "Promoted"]


@pytest.mark.parametrize("call", range(1, 22))
def test_a_look_that_is_stopped_anywhere_is_completed_by_the_next(deployed: Deploying, call: int) -> None:
    """G13: one verdict, and the better model serves."""
    better = deployed.retrain(0.4)
    deployed.fakes.alarms.alarms["errors"] = (False, 0.0)
    deployed.stop_at(call)
    deployed.glance()
    deployed.clock.advance(600)
    assert deployed.serving() == better
    assert deployed.verdict(better)["serving"] == deployed.first
    assert metrics(deployed) == ["Promoted", "Promoted"]


def test_only_the_current_job_counts(story: Publishing) -> None:
    """G8: of two retrainings only the newest is decided about."""
    passed_over = story.retrain(0.4)
    newest = story.retrain(0.3)
    story.glance()
    assert (story.serving(), story.record(passed_over)) == (newest, None)


def test_a_model_that_a_person_promotes_serves(story: Publishing) -> None:
    """`promote --force` writes a verdict over the one that there is."""
    worse = story.retrain(0.6)
    story.glance()
    story.write(worse, ".json", verdict="promoted", serving=story.first, forced=True)
    story.glance()
    assert story.serving() == worse


def test_the_verdict_is_about_the_job_that_the_event_names(story: Publishing) -> None:
    """G15: a look before the resource's own event would decide by a policy of another job."""
    better = story.retrain(0.4, is_updated=False)
    line = story.glance()
    assert "was not updated yet" in line["decision"]
    assert (story.serving(), story.record(better)) == (story.first, None)
    story.update()
    assert story.serving() == better


def test_a_policy_that_is_gone_promotes_nothing(story: Publishing) -> None:
    """It is an error in the log, and what serves, serves on."""
    better = story.retrain(0.4)
    del story.harness.fakes.objects.objects[BUCKET, f"{PREFIX}policy.json"]
    story.glance()
    [line] = story.acts("promotion not read")
    assert (line["level"], "deploy the stack again" in line["reason"]) == ("ERROR", True)
    assert (story.serving(), story.record(better)) == (story.first, None)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"[" * 100_000, b'{"candidate": "x", "verdict": "promoted"}', b"\xff\x00"]
)
def test_a_record_that_somebody_else_has_written_promotes_nothing(story: Publishing, content: bytes) -> None:
    """Neither what is no JSON, nor what is about another model."""
    better = story.retrain(0.4)
    story.put(f"{better[-12:]}.json", content)
    story.glance()
    assert story.serving() == story.first
    assert story.acts("promotion not read")


def test_a_store_that_may_not_be_read_promotes_nothing(story: Publishing) -> None:
    """A record that may not be read is not taken for one that does not exist."""
    story.retrain(0.4)
    objects = story.harness.fakes.objects
    objects.refuse("AccessDenied", times=200)
    assert story.glance()["act"] == "not followed"
    objects.before.clear()
    assert story.serving() == story.first


def test_a_store_that_does_not_answer_fails_the_look(story: Publishing) -> None:
    """Lambda repeats it."""
    story.retrain(0.4)
    story.harness.fakes.objects.refuse("InternalError", 500, times=2000)
    with pytest.raises(LookError):
        story.glance()


# -- events --------------------------------------------------------------------------------------------------


def test_an_event_writes_the_policy(story: Publishing) -> None:
    """As the template has it, with the job that the event names."""
    written = json.loads(story.harness.fakes.objects.objects[BUCKET, f"{PREFIX}policy.json"])
    assert written == {**story.policy, "JobArn": story.job_arn}


def test_an_event_fails_if_the_policy_cannot_be_written(harness: Harness) -> None:
    """Else looks would decide by another one."""
    story = Publishing(harness)
    story.retrain(0.5)
    harness.fakes.objects.refuse("AccessDenied", times=99)
    answer = story.create()
    assert (answer["Status"], "PutObject" in answer["Reason"]) == ("FAILED", True)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("nonsense", "must be an object"),
        ({**policy(), "Store": {"Bucket": "x", "Prefix": "y"}}, "Store must have"),
        (policy({"Type": "Luck"}), "must have a Type of"),
        (policy({"Type": "Function"}), "Function must have FunctionArn"),
        (policy({**LOSS, "Margin": "NaN"}), "Margin must be a number from 0"),
        (policy({**LOSS, "AtMost": "-1"}), "AtMost must be a number from 0"),
        (policy(WhenUnsure="Perhaps"), "WhenUnsure must be"),
        (policy(Conditions="all"), "Conditions must be a list"),
        (policy(Bake={"Alarms": []}), "Bake must have from 1"),
        (policy(Bake={"Alarms": ["a"], "Seconds": "soon"}), "Seconds must be a number"),
    ],
)
def test_a_policy_that_is_not_valid_fails_the_event(harness: Harness, wrong: Any, said: str) -> None:  # noqa: ANN401 - any JSON
    """With a sentence, before anything is written."""
    story = Publishing(harness)
    story.retrain(0.5)
    answer = story.create(Promotion=wrong)
    assert (answer["Status"], said in answer["Reason"]) == ("FAILED", True)
    assert "correct it" in answer["Reason"]
    assert (story.serving(), harness.fakes.objects.puts) == (None, [])


def test_a_rollback_gives_back_the_former_model_and_asks_nothing(deployed: Deploying) -> None:
    """The model had a verdict, and no function is invoked."""
    former, job = deployed.following(), deployed.job_arn
    better = swapped(deployed)
    deployed.set_policy(FUNCTION)
    new = deployed.following()
    deployed.stands(job)
    answer = deployed.update(former, new, status=GOING_BACK)
    deployed.clock.advance(600)
    assert (answer["Status"], deployed.serving()) == ("SUCCESS", deployed.first)
    assert deployed.harness.fakes.functions.questions == []
    assert deployed.verdict(better)["verdict"] == "promoted"


def test_a_rollback_gives_back_nothing_that_was_rejected(deployed: Deploying) -> None:
    """The former job's model never served."""
    deployed.retrain(0.6)
    deployed.glance()
    rejected = deployed.following()
    answer = deployed.update(rejected, rejected, status=GOING_BACK)
    deployed.clock.advance(600)
    assert (answer["Status"], deployed.serving()) == ("SUCCESS", deployed.first)


def test_a_rollback_succeeds_without_the_store(deployed: Deploying) -> None:
    """Nothing is promoted, and what serves, serves on."""
    deployed.retrain(0.4, is_updated=False)
    deployed.fakes.objects.refuse("AccessDenied", times=200)
    answer = deployed.update(deployed.following(), deployed.following(), status=GOING_BACK)
    deployed.fakes.objects.before.clear()
    assert (answer["Status"], deployed.serving()) == ("SUCCESS", deployed.first)


def test_a_rollback_does_not_give_back_what_was_withdrawn(deployed: Deploying) -> None:
    """It goes back to what served before that."""
    better = swapped(deployed)
    deployed.write(better, ".withdrawn.json", to=deployed.first)
    answer = deployed.update(deployed.following(), deployed.following(), status=GOING_BACK)
    deployed.clock.advance(600)
    assert (answer["Status"], deployed.serving()) == ("SUCCESS", deployed.first)


def test_a_deployment_that_is_renamed_serves_the_same_model(deployed: Deploying) -> None:
    """A rejected candidate leaves the new deployment what the old one serves."""
    deployed.retrain(0.6)
    deployed.glance()
    renamed = deployed.following(DeploymentName="renamed")
    deployed.update(renamed, deployed.following())
    models = {one.name: one.model_arn for one in deployed.double.deployments()}
    assert models["renamed"] == deployed.first


def test_a_deployment_that_somebody_has_deleted_is_not_decided_about(deployed: Deploying) -> None:
    """A worse model is not promoted because nothing serves."""
    client = deployed.double.client(account=ACCOUNT, region=REGION)
    client.delete_custom_model_deployment(customModelDeploymentIdentifier=deployed.deployment().arn)
    worse = deployed.retrain(0.9)
    assert "somebody has deleted the deployment" in deployed.glance()["decision"]
    assert deployed.record(worse) is None


def test_a_deletion_leaves_the_verdicts(story: Publishing) -> None:
    """They are history; the policy is deleted, so that nothing is promoted any more."""
    answer = story.delete()
    assert (answer["Status"], story.serving()) == ("SUCCESS", None)
    names = {key for _, key in story.harness.fakes.objects.objects}
    assert names == {f"{PREFIX}{story.first[-12:]}.json"}


def test_an_update_may_drop_the_promotion(story: Publishing) -> None:
    """Then the policy is deleted, and every model is promoted at once."""
    worse = story.retrain(0.9)
    story.update(old=story.desired(), Promotion=None)
    assert story.serving() == worse
    assert (BUCKET, f"{PREFIX}policy.json") not in story.harness.fakes.objects.objects


def test_a_deletion_succeeds_if_the_policy_cannot_be_deleted(story: Publishing) -> None:
    """The log says so."""
    story.harness.fakes.objects.refuse("AccessDenied", times=99)
    assert story.delete()["Status"] == "SUCCESS"
    [line] = story.acts("policy not deleted")
    assert line["level"] == "WARNING"


# -- a function of the user ----------------------------------------------------------------------------------


@pytest.fixture
def asked(story: Publishing) -> str:
    """A better model that a function is to decide about, after an event."""
    story.set_policy(LOSS, FUNCTION)
    model = story.retrain(0.4)
    story.update()
    assert story.serving() == story.first
    return model


def test_a_task_asks_the_function(story: Publishing, asked: str) -> None:
    """It gets both models and their losses."""
    story.run_tasks(asked)
    assert story.serving() == asked
    [question] = story.harness.fakes.functions.questions
    assert question == {
        "candidate": asked,
        "serving": story.first,
        "losses": {
            "candidate": {"training": 0.5, "validation": [0.4]},
            "serving": {"training": 0.5, "validation": [0.5]},
        },
        "deploymentArn": None,
        "jobArn": story.job_arn,
        "stackId": story.harness.lines[-1]["stackId"],
        "resource": "Published",
    }


def test_the_function_may_say_no_with_numbers(story: Publishing, asked: str) -> None:
    """The reason and the scores are in the record."""
    scores = {"accuracy": 0.71, "x": "y", "a": math.inf, "b": math.nan, "c": 10**400}
    answer = {"verdict": "no", "reason": "accuracy\n 0.71\x1b[2J\u202e", "scores": scores}
    story.harness.fakes.functions.answers = [answer]
    story.run_tasks(asked)
    verdict = story.verdict(asked)
    assert (verdict["verdict"], story.serving()) == ("rejected", story.first)
    assert verdict["conditions"][1]["numbers"] == {"accuracy": 0.71}
    assert verdict["reason"] == "accuracy 0.71[2J"
    story.glance()
    assert not story.acts("promotion not read")


def test_the_function_may_answer_later(story: Publishing, asked: str) -> None:
    """It is asked again after a minute, as often as it says so."""
    story.harness.fakes.functions.answers = [{"verdict": "later"}] * 5 + [{"verdict": "yes"}]
    given = story.task(asked)
    assert (given["isOver"], given["pause"]) == (False, 60)
    story.run_tasks(asked)
    assert (story.serving(), len(story.harness.fakes.functions.questions)) == (asked, 6)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("nonsense", "no verdict"),
        (None, "no verdict"),
        ({"verdict": "maybe"}, "no verdict"),
        ([], "no verdict"),
        (b"[" * 60_000, "no verdict"),
        (b"\xff", "no verdict"),
        (b'"' + b"x" * 4_000_000 + b'"', "larger than 64 kB"),
        (TimeoutError(), "has failed, or has taken too long"),
        (refusal("Invoke", "AccessDeniedException"), "could not be invoked"),
        (refusal("Invoke", "ResourceNotFoundException", 404), "could not be invoked"),
    ],
)
def test_a_function_that_gives_no_answer_is_asked_three_times(
    story: Publishing,
    asked: str,
    answer: Any,  # noqa: ANN401 - any answer
    reason: str,
) -> None:
    """G6: then the condition is unsure: never yes, and never rejected for good."""
    story.harness.fakes.functions.answers = [answer]
    story.run_tasks(asked)
    assert (story.serving(), story.record(asked)) == (story.first, None)
    assert len(story.acts("function not answered")) == 3
    progress = story.record(asked, ".progress.json")
    assert progress is not None
    assert reason in progress["waitingFor"]
    assert "secret" not in story.harness.fakes.log.getvalue()


def test_a_function_that_is_throttled_is_asked_later(story: Publishing, asked: str) -> None:
    """That is no error of the function."""
    story.harness.fakes.functions.answers = [
        *[refusal("Invoke", "TooManyRequestsException", 429)] * 5,
        {"verdict": "yes"},
    ]
    story.run_tasks(asked)
    assert story.serving() == asked


def test_a_look_does_not_ask_the_function(story: Publishing, asked: str) -> None:
    """It starts the execution that does, once."""
    story.glance()
    story.glance()
    assert story.harness.fakes.functions.questions == []
    [name] = story.harness.fakes.executions.inputs
    assert name.startswith(f"Published-{asked[-12:]}-")


def test_an_answer_about_another_model_is_thrown_away(story: Publishing, asked: str) -> None:
    """G3: what serves was changed by hand while the function was asked."""
    other = story.retrain(0.45, is_updated=False)
    story.stands(story.jobs_of[asked])
    functions = story.harness.fakes.functions
    functions.before.append(lambda: story.store.parameters.__setitem__(story.parameter, story.holding(other)))
    story.run_tasks(asked)
    assert [one["serving"] for one in functions.questions] == [story.first, other]
    assert (story.serving(), story.verdict(asked)["serving"]) == (asked, other)


def test_what_serves_is_changed_again_and_again(story: Publishing, asked: str) -> None:
    """G3: after three times nothing is asked any more, which is a warning at every look."""
    others = [story.retrain(0.45, is_updated=False) for _ in range(3)]
    story.stands(story.jobs_of[asked])
    functions = story.harness.fakes.functions
    for other in others:
        functions.before.append(
            lambda other=other: story.store.parameters.__setitem__(story.parameter, story.holding(other))
        )
    story.run_tasks(asked)
    assert story.record(asked) is None
    line = story.glance()
    assert (line["level"], "changed too often" in line["decision"]) == ("WARNING", True)
    assert len(functions.questions) == 3


@pytest.mark.parametrize("call", range(1, 16))
def test_a_task_that_is_stopped_anywhere_goes_on(story: Publishing, asked: str, call: int) -> None:
    """G13: the state machine calls the function again."""
    story.stop_at(call, lambda: story.task(asked))
    story.run_tasks(asked)
    assert story.serving() == asked
    assert len(story.harness.fakes.functions.questions) <= 2


# -- a person ------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(story: Publishing) -> str:
    """A better model that waits for an approval, after an event."""
    story.set_policy(LOSS, APPROVED)
    model = story.retrain(0.4)
    story.update()
    assert story.serving() == story.first
    return model


def test_a_person_approves_by_a_tag(story: Publishing, waiting: str) -> None:
    """The topic is told once, with what the other conditions said and how to approve."""
    story.glance()
    [message] = story.harness.fakes.topics.messages
    assert f"bedrock-customize approve {waiting}" in message
    assert "0.4 of the new model is not higher than 0.5" in message
    story.tag(waiting, "approved")
    story.run_tasks(waiting)
    assert story.serving() == waiting


def test_a_person_rejects_by_a_tag(story: Publishing, waiting: str) -> None:
    """Whatever the conditions say."""
    story.tag(waiting, "rejected")
    story.glance()
    assert (story.serving(), story.verdict(waiting)["reason"]) == (
        story.first,
        "somebody has rejected the model",
    )


def test_nobody_approves_in_time(story: Publishing, waiting: str) -> None:
    """The model is rejected after 14 days, which a look finds out."""
    story.harness.fakes.clock.advance(13.9 * DAY)
    story.glance()
    assert story.record(waiting) is None
    story.harness.fakes.clock.advance(0.2 * DAY)
    story.glance()
    assert story.verdict(waiting)["reason"] == "nobody approved the model within 14 days"


_NUMBERS = ("1e999", "-1e999", "NaN", "1" + "0" * 400, "1e300", "[1]")


@pytest.mark.parametrize("number", _NUMBERS)
def test_numbers_that_nobody_can_compute_with_are_no_progress(
    story: Publishing, waiting: str, number: str
) -> None:
    """Whoever may write the records could otherwise keep every look from being completed."""
    name = f"{waiting[-12:]}.progress.json"
    written = story.harness.fakes.objects.objects[BUCKET, f"{PREFIX}{name}"].decode()
    for member in ("sinceSeconds", "asked", "changes", "functionErrors", "number", "candidate", "margin"):
        story.put(name, re.sub(rf'("{member}": )[-0-9.]+', rf"\g<1>{number}", written).encode())
        story.glance()
        assert not story.acts("crashed"), member
    assert story.serving() == story.first
    story.put(name, re.sub(r'("sinceSeconds": )[-0-9.]+', r"\g<1>-1e14", written).encode())
    story.glance()
    assert not story.acts("crashed")
    story.tag(waiting, "approved")
    story.glance()
    assert story.serving() == waiting


def test_progress_that_is_no_json_is_written_again(story: Publishing, waiting: str) -> None:
    """Else each look would ask for the approval again, and its time would never be over."""
    story.put(f"{waiting[-12:]}.progress.json", b"{")
    story.glance()
    before = len(story.harness.fakes.topics.messages)
    story.glance()
    assert len(story.harness.fakes.topics.messages) == before
    story.harness.fakes.clock.advance(15 * DAY)
    story.glance()
    assert story.verdict(waiting)["verdict"] == "rejected"


@pytest.mark.parametrize("value", ["approved", "Approved", "yes", ""])
def test_a_tag_on_another_model_or_with_another_value_approves_nothing(
    story: Publishing, waiting: str, value: str
) -> None:
    """G7: only the candidate's own tag counts, and only the exact value."""
    story.tag(story.first if value == "approved" else waiting, value)
    story.glance()
    assert (story.serving(), story.record(waiting)) == (story.first, None)


def test_a_tag_that_is_removed_after_the_promotion_changes_nothing(story: Publishing, waiting: str) -> None:
    """G7: the verdict is a fact."""
    story.tag(waiting, "approved")
    story.glance()
    client = story.harness.double.client(account=ACCOUNT, region=REGION)
    client.untag_resource(resourceARN=waiting, tagKeys=["cdk-bedrock-customization:approved"])
    story.glance()
    story.tag(waiting, "rejected")
    story.glance()
    assert story.serving() == waiting


def test_the_function_neither_sets_nor_removes_the_tag(story: Publishing, waiting: str) -> None:
    """Also where the template changes the tags of the models of the job."""
    story.tag(waiting, "approved")
    tags = [{"key": "team", "value": "a"}]
    desired = properties({"hyperParameters": {"epochCount": "2"}}, CustomModelTags=tags)
    story.harness.fakes.current = ResourceRecord(story.job_arn, "UPDATE_IN_PROGRESS")
    story.harness.update(story.job_arn, {**desired, "CustomModelTags": []}, desired)
    story.harness.fakes.current = "the event's"
    calls = [call for name in ("TagResource", "UntagResource") for call in story.harness.double.calls(name)]
    assert "cdk-bedrock-customization:approved" not in json.dumps(
        [call.request for call in calls if call.request.get("tags") != [_TAG]], default=str
    )
    story.glance()
    assert story.serving() == waiting


_TAG = {"key": "cdk-bedrock-customization:approved", "value": "approved"}


def test_a_person_has_the_conditions_asked_again(story: Publishing) -> None:
    """As `ask-again` writes the record; the function of the user has been corrected meanwhile."""
    story.set_policy(FUNCTION)
    story.harness.fakes.functions.answers = ["nonsense"]
    model = story.retrain(0.6)
    story.glance()
    story.run_tasks(model)
    assert story.serving() == story.first
    progress = story.record(model, ".progress.json")
    assert progress is not None
    assert [one["answer"] for one in progress["conditions"]] == ["unsure"]
    story.harness.fakes.functions.answers = [{"verdict": "yes"}]
    story.harness.fakes.clock.advance(DAY)
    story.glance()
    assert story.serving() == story.first, "an answer is kept until somebody has it asked again"
    gone = {"conditions": [], "functionErrors": 0, "waitingFor": "", "changes": 0}
    story.put(f"{model[-12:]}.progress.json", json.dumps({**progress, **gone}).encode())
    story.glance()
    story.run_tasks(model)
    assert story.serving() == model


# -- events of the default bus -------------------------------------------------------------------------------


def events(story: Publishing | Deploying) -> list[tuple[str, str, str]]:
    """Return status, model and other model of the events that were sent, in order."""
    sent = story.harness.fakes.events.events
    return [(one["status"], one["modelArn"], one["otherModelArn"]) for one in sent]


def test_each_decision_is_one_event(deployed: Deploying) -> None:
    """With the reason, the resource and the stack; looks that decide nothing new send none."""
    deployed.set_policy(LOSS, Bake=BAKE, Events="true")
    worse = deployed.retrain(0.6)
    deployed.glance()
    deployed.glance()
    better = swapped(deployed)
    deployed.fakes.alarms.alarms["errors"] = (True, deployed.clock.now())
    deployed.task(better)
    deployed.glance()
    first = deployed.first
    assert events(deployed) == [
        ("Rejected", worse, first),
        ("Promoted", better, first),
        ("Withdrawn", better, first),
    ]
    sent = deployed.fakes.events.events
    assert {one["resource"] for one in sent} == {deployed.resource}
    [stack] = {one["stackId"] for one in sent}
    assert stack == deployed.fakes.stack_id()
    assert sent[0]["reason"] == deployed.verdict(worse)["reason"]
    assert sent[2]["reason"] == "the alarm errors was raised"


def test_a_person_is_asked_by_one_event(story: Publishing) -> None:
    """A model that nobody decides about would otherwise wait without a word, until it is replaced."""
    story.set_policy(LOSS, Events="true")
    unsure = story.retrain(float("nan"))
    story.glance()
    story.glance()
    assert events(story) == [("Undecided", unsure, story.first)]
    story.tag(unsure, "rejected")
    story.glance()
    assert events(story)[1:] == [("Rejected", unsure, story.first)]


@pytest.mark.parametrize("is_condition", [True, False])
def test_an_approval_is_asked_for_by_one_event(story: Publishing, *, is_condition: bool) -> None:
    """As a condition, or because another one is unsure: then there is no topic at all."""
    if is_condition:
        story.set_policy(LOSS, APPROVED, Events="true")
        model = story.retrain(0.4)
    else:
        story.set_policy(LOSS, WhenUnsure="Ask", Events="true")
        model = story.retrain(float("nan"))
    story.glance()
    story.harness.fakes.clock.advance(DAY)
    story.glance()
    assert events(story) == [("Undecided", model, story.first)]
    story.tag(model, "approved")
    story.glance()
    assert events(story)[1:] == [("Promoted", model, story.first)]


def test_no_event_where_nobody_waits_for_one(story: Publishing) -> None:
    """The function is not permitted to send any then."""
    story.retrain(0.6)
    story.harness.fakes.denied.add("put_events")
    story.glance()
    assert (events(story), story.acts("event not sent")) == ([], [])


def test_a_decision_stands_without_its_event(story: Publishing) -> None:
    """What is denied is an ERROR line; the model serves all the same, and nothing is decided twice."""
    story.set_policy(LOSS, Events="true")
    better = story.retrain(0.4)
    story.harness.fakes.denied.add("put_events")
    story.glance()
    assert story.serving() == better
    [line] = story.acts("event not sent")
    assert line["level"] == "ERROR"
    story.harness.fakes.denied.clear()
    story.glance()
    assert events(story) == []


# -- the bake ------------------------------------------------------------------------------------------------


def test_an_alarm_takes_a_new_model_back(deployed: Deploying) -> None:
    """The record is written first, the metric says so, and the model never returns by itself."""
    better = swapped(deployed)
    deployed.fakes.alarms.alarms["errors"] = (True, deployed.clock.now())
    deployed.task(better)
    deployed.clock.advance(60)
    record = deployed.record(better, ".withdrawn.json")
    assert record is not None
    assert (record["to"], record["reason"]) == (deployed.first, "the alarm errors was raised")
    assert (deployed.serving(), metrics(deployed)) == (deployed.first, ["Promoted", "Promoted", "Withdrawn"])
    deployed.fakes.alarms.alarms["errors"] = (False, deployed.clock.now())
    line = deployed.glance()
    assert "was withdrawn: the alarm errors was raised" in line["decision"]
    assert deployed.serving() == deployed.first
    assert deployed.task(better)["isOver"]


def test_a_model_is_proven_after_the_bake(deployed: Deploying) -> None:
    """An alarm after that takes nothing back."""
    better = swapped(deployed)
    deployed.run_tasks(better, most=90)
    record = deployed.record(better, ".baked.json")
    assert record is not None
    assert record["outcome"] == "proven"
    deployed.fakes.alarms.alarms["errors"] = (True, deployed.clock.now())
    deployed.glance()
    assert (deployed.serving(), deployed.record(better, ".withdrawn.json")) == (better, None)


def test_nothing_is_swapped_while_an_alarm_is_on(deployed: Deploying) -> None:
    """G9: the model waits, and serves when the alarm is off; that alarm does not take it back."""
    deployed.fakes.alarms.alarms["errors"] = (True, deployed.clock.now())
    better = deployed.retrain(0.4)
    line = deployed.glance()
    assert "serves when these alarms are off: errors" in line["decision"]
    assert deployed.verdict(better)["verdict"] == "promoted"
    assert (deployed.task(better)["pause"], deployed.serving()) == (60, deployed.first)
    deployed.fakes.alarms.alarms["errors"] = (False, deployed.clock.now())
    deployed.task(better)
    deployed.clock.advance(600)
    assert deployed.serving() == better


def test_an_alarm_that_went_on_before_the_swap_proves_nothing(deployed: Deploying) -> None:
    """It says nothing about the model, which is unproven in the end."""
    better = swapped(deployed)
    deployed.fakes.alarms.alarms["errors"] = (True, deployed.clock.now() - 5000)
    deployed.run_tasks(better, most=90)
    record = deployed.record(better, ".baked.json")
    assert record is not None
    assert (deployed.serving(), record["outcome"]) == (better, "unproven")


def test_an_alarm_during_an_update_that_fails_takes_nothing_back(deployed: Deploying) -> None:
    """G10: the former model serves all the time."""
    deployed.double.configure(update_failure="no capacity")
    better = deployed.retrain(0.4)
    deployed.glance()
    deployed.fakes.alarms.alarms["errors"] = (True, deployed.clock.now())
    deployed.clock.advance(600)
    deployed.task(better)
    assert (deployed.serving(), deployed.record(better, ".withdrawn.json")) == (deployed.first, None)


def test_a_step_back_that_fails_is_tried_again(deployed: Deploying) -> None:
    """Unlike an update to a new model: what was withdrawn must not serve on."""
    better = swapped(deployed)
    deployed.fakes.alarms.alarms["errors"] = (True, deployed.clock.now())
    deployed.double.configure(update_failure="no capacity")
    deployed.task(better)
    deployed.clock.advance(600)
    assert deployed.serving() == better
    deployed.double.configure(update_failure=None)
    deployed.glance()
    deployed.clock.advance(600)
    assert deployed.serving() == deployed.first


def test_a_newer_model_waits_while_the_last_one_is_watched(deployed: Deploying) -> None:
    """G8: it is not even compared with a model that may be taken back."""
    better = swapped(deployed)
    newest = deployed.retrain(0.3)
    line = deployed.glance()
    assert "still watched by its alarms" in line["decision"]
    assert (deployed.serving(), deployed.record(newest)) == (better, None)
    deployed.run_tasks(better, most=90)
    deployed.run_tasks(newest, most=90)
    deployed.clock.advance(600)
    assert (deployed.serving(), deployed.verdict(newest)["serving"]) == (newest, better)


def test_a_bake_goes_on_while_the_next_job_trains(deployed: Deploying) -> None:
    """The current job has no model yet."""
    better = swapped(deployed)
    deployed.train(9)
    deployed.fakes.alarms.alarms["errors"] = (True, deployed.clock.now())
    deployed.task(better)
    deployed.clock.advance(600)
    assert deployed.serving() == deployed.first


def test_too_few_invocations_prolong_a_bake(deployed: Deploying) -> None:
    """Up to a day; then the model is unproven."""
    deployed.set_policy(LOSS, Bake={**BAKE, "MinimumInvocations": "2"})
    better = deployed.retrain(0.4)
    deployed.update(deployed.following(), deployed.following())
    deployed.fakes.alarms.invoked[deployed.deployment().arn] = [deployed.clock.now() + 900]
    deployed.clock.advance(2 * 3600)
    deployed.glance()
    assert deployed.record(better, ".baked.json") is None
    deployed.fakes.alarms.alarms["errors"] = (False, 0.0)
    deployed.clock.advance(23 * 3600)
    deployed.glance()
    record = deployed.record(better, ".baked.json")
    assert record is not None
    assert record["outcome"] == "unproven"


def test_an_alarm_that_somebody_has_deleted_proves_nothing(deployed: Deploying) -> None:
    """The model is unproven."""
    better = swapped(deployed)
    deployed.fakes.alarms.alarms.clear()
    deployed.run_tasks(better, most=90)
    record = deployed.record(better, ".baked.json")
    assert record is not None
    assert record["outcome"] == "unproven"


def test_alarms_that_may_not_be_read_end_no_bake(deployed: Deploying) -> None:
    """The look and the task fail, and nothing is decided."""
    better = swapped(deployed)
    deployed.fakes.alarms.before = [_denied] * 9
    assert deployed.glance()["act"] == "not followed"
    with pytest.raises(TaskError):
        deployed.task(better)
    assert deployed.record(better, ".baked.json") is None


def _denied() -> None:
    raise refusal("DescribeAlarms", "AccessDenied")


def test_what_served_before_was_deleted_by_hand(deployed: Deploying) -> None:
    """G11: nothing can be done but to say so, as an error."""
    better = swapped(deployed)
    client = deployed.double.client(account=ACCOUNT, region=REGION)
    client.delete_custom_model(modelIdentifier=deployed.first)
    deployed.fakes.alarms.alarms["errors"] = (True, deployed.clock.now())
    line = deployed.glance()
    assert "nothing else that could serve" in line["decision"]
    assert deployed.acts("model not replaced")[-1]["level"] == "ERROR"
    assert deployed.serving() == better


def test_the_first_model_is_not_watched(deployed: Deploying) -> None:
    """There is nothing that it could be replaced by."""
    deployed.fakes.alarms.alarms["errors"] = (True, deployed.clock.now())
    assert deployed.glance()["decision"] == "it serves the model"
    assert deployed.record(deployed.first, ".withdrawn.json") is None


def test_a_swap_that_won_a_race_is_taken_back(deployed: Deploying) -> None:
    """Bedrock has no conditional update: a look with old facts gives the withdrawn model once more."""
    better = swapped(deployed)
    deployed.write(better, ".withdrawn.json", to=deployed.first)
    deployed.glance()
    deployed.clock.advance(600)
    client = deployed.double.client(account=ACCOUNT, region=REGION)
    client.update_custom_model_deployment(
        customModelDeploymentIdentifier=deployed.deployment().arn, modelArn=better
    )
    deployed.clock.advance(600)
    deployed.glance()
    deployed.clock.advance(600)
    assert deployed.serving() == deployed.first


@pytest.mark.parametrize("call", range(1, 16))
def test_a_step_back_that_is_stopped_anywhere_is_completed(deployed: Deploying, call: int) -> None:
    """G13: one record, one metric, and the former model serves."""
    better = swapped(deployed)
    deployed.fakes.alarms.alarms["errors"] = (True, deployed.clock.now())
    deployed.stop_at(call)
    deployed.fakes.alarms.alarms["errors"] = (True, deployed.clock.now())
    deployed.glance()
    deployed.clock.advance(600)
    assert deployed.serving() == deployed.first
    record = deployed.record(better, ".withdrawn.json")
    assert record is not None
    assert record["to"] == deployed.first


def test_a_person_promotes_a_withdrawn_model_again(deployed: Deploying) -> None:
    """A forced verdict that is later than the withdrawal counts, and an alarm may take it back once more."""
    better = swapped(deployed)
    deployed.write(better, ".withdrawn.json", to=deployed.first)
    deployed.glance()
    deployed.clock.advance(600)
    deployed.write(better, ".json", verdict="promoted", serving=deployed.first, forced=True)
    deployed.glance()
    deployed.clock.advance(600)
    assert deployed.serving() == better
    deployed.fakes.alarms.alarms["errors"] = (True, deployed.clock.now())
    deployed.glance()
    deployed.clock.advance(600)
    assert deployed.serving() == deployed.first


# -- tasks ---------------------------------------------------------------------------------------------------


def test_a_task_ends_with_the_stack(deployed: Deploying) -> None:
    """G14: nothing is promoted any more."""
    better = swapped(deployed)
    deployed.delete(deployed.following())
    del deployed.fakes.stack.resources["Deployment"]
    assert deployed.task(better)["isOver"]


@pytest.mark.parametrize(
    ("status", "is_over"),
    [("UPDATE_ROLLBACK_IN_PROGRESS", False), ("DELETE_IN_PROGRESS", True), ("UPDATE_IN_PROGRESS", False)],
)
def test_a_task_waits_while_the_stack_is_rolled_back(
    deployed: Deploying, status: str, *, is_over: bool
) -> None:
    """And ends when it is deleted."""
    better = swapped(deployed)
    assert deployed.task(better, status)["isOver"] == is_over


def test_an_execution_ends_within_an_hour_and_starts_the_next(deployed: Deploying) -> None:
    """The history of an execution has an end, and a name can be used once."""
    swapped_in = swapped(deployed)
    deployed.clock.advance(3000)
    deployed.fakes.alarms.alarms["errors"] = (False, 0.0)
    deployed.set_policy(LOSS, Bake={**BAKE, "Seconds": "5400"})
    deployed.update(deployed.following(), deployed.following())
    deployed.run_tasks(swapped_in, most=150)
    assert len([name for name in deployed.fakes.executions.inputs if swapped_in[-12:] in name]) > 1


@pytest.mark.parametrize(
    "changed",
    [{"thing": {}}, {"thing": None}, {"model": "../x"}, {"until": "soon"}, {"thing": "x"}],
)
def test_a_forged_task_does_nothing(deployed: Deploying, changed: dict[str, object]) -> None:
    """One line of the log refuses it."""
    better = swapped(deployed)
    executions = deployed.fakes.executions.inputs
    [given] = [one for name, one in executions.items() if better[-12:] in name]
    got = deployed.harness.task({**given["task"], **changed}, "UPDATE_COMPLETE")
    assert got["isOver"]
    assert deployed.acts("event refused")


def test_a_forged_look_without_the_store_serves_the_model_unasked(story: Publishing) -> None:
    """Whoever may invoke the function decides: where the records are is only in the event.

    docs/security.md says so.
    """
    worse = story.retrain(0.6)
    story.glance()
    assert story.serving() == story.first
    forged = {name: value for name, value in story.thing().items() if name not in ("bucket", "prefix")}
    story.harness.look(forged)
    assert story.serving() == worse


def test_whoever_may_write_the_parameter_decides_what_is_compared(story: Publishing) -> None:
    """A value that is no model serves nothing, so only absolute limits and other conditions are asked.

    docs/security.md says so.
    """
    worse = story.retrain(0.6)
    parameters = story.store.parameters
    parameters[NAME] = parameters[NAME].__class__("none", parameters[NAME].tags)
    story.glance()
    assert story.serving() == worse


# -- what may be deleted -------------------------------------------------------------------------------------


def deletes(story: Deploying, model: str) -> bool:
    """Let CloudFormation clean a job up whose successor is complete; return whether its model is deleted."""
    arn = story.jobs_of[model]
    stores = [{"Bucket": BUCKET, "Prefix": PREFIX}]
    desired = properties(OnDelete="DeleteModel", PromotionStores=stores)
    story.fakes.current = ResourceRecord(story.job_arn, "UPDATE_COMPLETE")
    story.harness.delete(arn, desired, status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    story.fakes.current = "the event's"
    return model not in [one.arn for one in story.double.models()]


def test_what_a_watched_model_would_be_replaced_by_is_not_deleted(deployed: Deploying) -> None:
    """Law 4: until the bake is over."""
    better = swapped(deployed)
    assert not deletes(deployed, deployed.first)
    [line] = deployed.acts("model kept")
    assert f"it serves again if {better} is taken back" in line["decision"]
    deployed.run_tasks(better, most=90)
    assert deletes(deployed, deployed.first)


def test_what_is_to_serve_again_is_not_deleted(deployed: Deploying) -> None:
    """Law 4: although the withdrawn model still serves."""
    better = swapped(deployed)
    deployed.write(better, ".withdrawn.json", to=deployed.first)
    assert not deletes(deployed, deployed.first)


def test_nothing_is_deleted_whose_records_cannot_be_read(deployed: Deploying) -> None:
    """Law 4: an error in the log, and the command."""
    better = swapped(deployed)
    deployed.put(f"{better[-12:]}.json", b"nonsense")
    assert not deletes(deployed, deployed.first)
    [line] = deployed.acts("model kept")
    assert (line["level"], line["decision"]) == ("ERROR", "the records of its promotion could not be read")


def test_what_serves_is_not_deleted_although_its_job_was_replaced(deployed: Deploying) -> None:
    """Law 4: the new model was rejected."""
    deployed.retrain(0.6)
    deployed.glance()
    assert not deletes(deployed, deployed.first)
