"""The condition that compares answers, over HTTP: who is asked, what is kept, and what happens in between."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from customization_job.promotion.answer import LATER, NO, UNSURE, YES
from customization_job.promotion.answers import _Asked
from customization_job.promotion.candidates import Candidates
from customization_job.promotion.scores import AT_A_TIME, _ask
from customization_job.promotion.store import StoreError

from constructs_lib.testing.bedrock import LoseResponse, ModelAnswer, Refuse
from tests.lambda_.builders import Harness
from tests.lambda_.comparing import DATA, STACK, Comparing, KillAfter, Served, lines, served
from tests.lambda_.fakes import Killed
from tests.lambda_.promoting import Deploying
from tests.lambda_.source_mutations import Mutation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEPLOY, CONVERSE = "CreateCustomModelDeployment", "Converse"


@pytest.fixture(scope="module")
def bedrock() -> Iterator[Served]:
    """Bedrock over HTTP, for all tests of this module."""
    with served() as one:
        yield one


@pytest.fixture
def world(bedrock: Served) -> Comparing:
    """A stack whose Bedrock answers over HTTP."""
    return Comparing.on(bedrock)


def always(_number: int) -> bool:
    """Answer every record right."""
    return True


def seldom(number: int) -> bool:
    """Answer every third record right."""
    return number % 3 == 0


def serving(world: Comparing) -> tuple[str, str]:
    """Serve a model that is right for every third record; return its ARN and the deployment's."""
    model = world.train("old", seldom)
    return model, world.serve(model)


def test_a_better_model_is_better(world: Comparing) -> None:
    """Both are asked once with temperature 0; the candidate by a deployment of its own, which is deleted."""
    old, deployment = serving(world)
    new = world.train("new", always)
    first = world.ask(new, old, deployment)
    assert (first.answer, world.candidates) == (LATER, [new])
    assert first.reason.endswith("; 0 of 40 records of the candidate have a score")
    answer = world.decide(new, old, deployment)

    assert answer.answer == YES
    assert answer.reason.startswith(
        "ExactMatch is 1.000 against 0.350 of what serves on 40 records, a difference of +65.0 points, and "
        "at least +"
    )
    assert answer.reason.endswith("with 95 % confidence; it should be more than -10.0")
    assert (answer.numbers["candidate"], answer.numbers["serving"]) == (1.0, 0.35)
    assert world.candidates == []
    asked = [call.request for call in world.double.calls(CONVERSE)]
    assert len(asked) == len(world.told) == len(set(world.told)) == 80
    assert {one["modelId"] for one in asked[40:]} == {deployment}
    assert all(one["inferenceConfig"] == {"temperature": 0, "maxTokens": 512} for one in asked)
    [create] = world.double.calls(DEPLOY)
    tags = {tag["key"]: tag["value"] for tag in create.request["tags"]}
    assert tags == {
        "cdk-bedrock-customization:stack": STACK,
        "cdk-bedrock-customization:resource": "Chat",
        "cdk-bedrock-customization:candidate": new.rpartition("/")[2],
    }


def test_a_worse_model_is_worse(world: Comparing) -> None:
    """The sentence has the bound that says so; the lines in which it is worse are named."""
    old = world.train("old", always)
    new = world.train("new", seldom)
    answer = world.decide(new, old, world.serve(old))
    assert answer.answer == NO
    assert "a difference of -65.0 points, and at most -" in answer.reason
    assert answer.numbers["worse"] == 26
    assert answer.numbers["worseLines"] == [line for line in range(1, 41) if (line - 1) % 3][:20]


def test_too_few_records_are_not_enough(world: Comparing) -> None:
    """It says how many would do; all that differ are two of forty."""
    old = world.train("old", lambda number: number != 3)
    new = world.train("new", lambda number: number != 5)
    answer = world.decide(new, old, world.serve(old), Margin="0.03")
    assert answer.answer == UNSURE
    assert "with 40 records a difference below 9 points cannot be seen; about 200 would do" in answer.reason
    answer = world.decide(new, old, "", Margin="0")
    assert answer.reason.endswith("no number of records would do: choose a larger margin")


def test_what_serves_is_asked_once(world: Comparing) -> None:
    """Its scores are kept for the next candidate; other data, scores and limits are asked anew."""
    old, deployment = serving(world)
    for name in ("one", "two"):
        world.decide(world.train(name, always), old, deployment)
    told = [prompt for model, prompt in world.told if model == old]
    assert len(told) == 40
    three = world.train("three", always)
    for members in ({"MaxTokens": "64"}, {"Score": "TokenF1"}):
        world.decide(three, old, deployment, **members)
    world.write_data(lines(41))
    world.decide(three, old, deployment)
    assert sum(model == old for model, _ in world.told) == 40 + 40 + 40 + 41


def test_a_parameter_has_no_deployment(world: Comparing) -> None:
    """What serves is deployed as well, one after the other: one of the quota is enough."""
    world.double.configure(deployments=1)
    old = world.train("old", seldom)
    new = world.train("new", always)
    assert world.decide(new, old).answer == YES
    assert [call.request["modelArn"] for call in world.double.calls(DEPLOY)] == [new, old]
    assert (world.candidates, world.kept["answers/deployments.json"]) == ([], {})


def test_nothing_serves_yet(world: Comparing) -> None:
    """Without an absolute limit nothing is asked; with one, only the candidate is."""
    new = world.train("new", always)
    assert (world.decide(new).answer, world.told) == (YES, [])
    answer = world.decide(new, AtLeast="0.8")
    assert answer.answer == YES
    assert answer.reason.startswith("ExactMatch is 1.000 on 40 records, and at least 0.8")
    bad = world.train("bad", seldom)
    assert world.decide(bad, AtLeast="0.8").answer == NO
    assert world.decide(bad, AtLeast="0.35").answer == UNSURE


def test_a_candidate_below_the_limit_spares_what_serves(world: Comparing) -> None:
    """It is a no, whatever the other model answers."""
    old, deployment = serving(world)
    answer = world.decide(world.train("new", seldom), old, deployment, AtLeast="0.9")
    assert answer.answer == NO
    assert all(model != old for model, _ in world.told)


def test_a_call_goes_on_where_the_last_one_ended(world: Comparing) -> None:
    """Neither a throttled call nor one without time asks a record twice; progress is written on the way."""
    world.write_data(lines(120))
    old, deployment = serving(world)
    new = world.train("new", always)
    world.decide(new, old, deployment)  # of what serves, everything is known now
    two = world.train("two", always)
    assert world.ask(two, old, deployment).answer == LATER
    world.clock.advance(60)
    world.double.faults.add(CONVERSE, Refuse.throttled(), skip=AT_A_TIME + 7, times=1)
    answer = world.ask(two, old, deployment)
    assert answer.answer == LATER
    assert answer.reason.startswith("Bedrock does not answer now (ThrottlingException); ")
    known = sum(model == two for model, _ in world.told)
    assert known >= AT_A_TIME + 7
    assert world.ask(two, old, deployment, seconds=20).reason.startswith("the next call goes on")
    assert world.decide(two, old, deployment).answer == YES
    assert len([one for one in world.told if one[0] == two]) == 120


def test_a_service_that_fails_is_unsure_after_a_day(world: Comparing) -> None:
    """Every call failing, whichever way, is never a yes or a no; then no deployment is left."""
    old, deployment = serving(world)
    new = world.train("new", always)
    world.double.faults.add(CONVERSE, Refuse.internal(), for_seconds=10**6)
    begun = world.clock.now()
    answer = world.ask(new, old, deployment)
    while answer.answer == LATER:
        world.clock.advance(max(answer.pause, 1800))
        answer = world.ask(new, old, deployment)
    assert answer.answer == UNSURE
    assert 86_400 <= world.clock.now() - begun < 90_000
    assert world.candidates == []
    assert world.said[-1]["level"] != "DEBUG"
    assert any(line["act"] == "answers given up" and line["level"] == "ERROR" for line in world.said)


def test_the_quota_of_deployments(world: Comparing) -> None:
    """G12: it is tried again for a day, and then unsure; with room it goes on."""
    world.double.configure(deployments=1)
    old, deployment = serving(world)
    new = world.train("new", always)
    answer = world.ask(new, old, deployment)
    assert (answer.answer, answer.pause) == (LATER, 300.0)
    assert answer.reason.startswith("the quota of deployments is reached")
    begun = world.clock.now()
    while answer.answer == LATER:
        world.clock.advance(3000)
        answer = world.ask(new, old, deployment)
    assert answer.answer == UNSURE
    assert answer.reason.startswith("the quota of deployments is reached")
    assert 86_400 <= world.clock.now() - begun < 90_000
    world.double.configure(deployments=2)
    assert world.decide(new, old, deployment).answer == YES


def test_an_hour_without_a_question_is_another_time(world: Comparing) -> None:
    """What was held up last week is not given up at the first look of this week."""
    old, deployment = serving(world)
    new = world.train("new", always)
    world.double.faults.add(DEPLOY, Refuse.quota(), times=2)
    world.ask(new, old, deployment)
    world.clock.advance(7 * 86_400)
    assert world.ask(new, old, deployment).answer == LATER
    assert world.decide(new, old, deployment).answer == YES


@pytest.mark.parametrize(
    ("fault", "words", "hours"),
    [
        (Refuse.access_denied("bedrock:CreateCustomModelDeployment"), "cannot be deployed (AccessDenied", 1),
        (Refuse.validation("on-demand is not supported"), "cannot be deployed (ValidationException)", 1),
        (Refuse.not_found(), "the model does not exist any more", 0),
    ],
)
def test_a_model_that_cannot_be_deployed(world: Comparing, fault: Refuse, words: str, hours: int) -> None:
    """A new policy may take a while; what does not pass is unsure within an hour or so."""
    old, deployment = serving(world)
    new = world.train("new", always)
    world.double.faults.add(DEPLOY, fault, for_seconds=10**6)
    begun = world.clock.now()
    answer = world.decide(new, old, deployment)
    assert answer.answer == UNSURE
    assert words in answer.reason
    assert world.clock.now() - begun <= hours * 3600 + 600
    assert world.candidates == []


def test_a_deployment_that_fails_is_deleted(world: Comparing) -> None:
    """And made again, for an hour."""
    old, deployment = serving(world)
    new = world.train("new", always)
    world.double.configure(deployment_failure="no capacity")
    world.ask(new, old, deployment)
    world.clock.advance(60)
    assert world.ask(new, old, deployment).reason.startswith("the model could not be deployed")
    assert world.candidates == []
    world.double.configure(deployment_failure=None)
    assert world.decide(new, old, deployment).answer == YES
    world.double.configure(deployment_failure="no capacity")
    assert world.decide(world.train("other", always), old, deployment).answer == UNSURE
    assert world.candidates == []


def test_a_record_without_an_answer_counts_as_wrong(world: Comparing) -> None:
    """One of forty is shown; more than one of twenty is unsure, and stops the asking."""
    old = world.train("old", always)
    deployment = world.serve(old)

    def guarded(number: int) -> bool | ModelAnswer:
        return ModelAnswer(text="no", stop_reason="guardrail_intervened") if number == 4 else True

    answer = world.decide(world.train("new", guarded), old, deployment, Margin="0.2")
    assert (answer.answer, answer.numbers["candidate"]) == (YES, 0.975)
    assert (answer.numbers["candidateErrors"], answer.numbers["servingErrors"]) == (1, 0)
    world.write_data(lines(200))

    def refuses(_number: int) -> ModelAnswer:
        return ModelAnswer(error="ValidationException", message="Input is too long: Whose is ticket")

    bad = world.train("bad", refuses)
    answer = world.decide(bad, old, deployment)
    assert answer.answer == UNSURE
    assert answer.reason == (
        "the candidate gave no answer to more than one record of twenty (ValidationException: 50)"
    )
    assert sum(model == bad for model, _ in world.told) == AT_A_TIME
    assert world.candidates == []


def test_an_answer_that_is_too_long_is_cut(world: Comparing) -> None:
    """It is scored as it is; how many were cut is shown."""
    old, deployment = serving(world)
    answer = world.decide(world.train("new", always), old, deployment, MaxTokens="1", Margin="1")
    assert answer.numbers["candidateCut"] == 40
    assert answer.numbers["candidateOutputTokens"] == 40


def test_what_serves_is_swapped_meanwhile(world: Comparing) -> None:
    """G3: what the deployment said after that is not taken for the old model's."""
    old = world.train("old", seldom)
    deployment = world.serve(old)
    new, third = world.train("new", always), world.train("third", lambda _: False)
    swaps = []

    def swap(number: int) -> bool:
        if number == 20 and not swaps:
            swaps.append(world.double.clock.now())
            request = {"customModelDeploymentIdentifier": deployment, "modelArn": third}
            world.double.call(
                "UpdateCustomModelDeployment",
                request,
                account=deployment.split(":")[4],
                region=deployment.split(":")[3],
            )
            world.double.activate(deployment)
        return seldom(number)

    world.right[old] = swap
    for _ in range(4):
        answer = world.ask(new, old, deployment)
        world.clock.advance(60)
    assert answer.answer == LATER
    assert answer.reason.startswith("what serves is being changed; 0 of 40 records")
    assert world.decide(new, third, deployment).numbers["serving"] == 0.0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file must have a record"),
        (lines(1001), "must have at most 1,000 records, and has 1,001"),
        (b'{"prompt": "secret prompt"}\n', "line 1: referenceResponse is required"),
        (b'{"prompt": "secret prompt", "referenceResponse": 3}', "line 1: referenceResponse must be a text"),
        (b"\xff\xfe", "line 1: the line must be UTF-8"),
        (b"[" * 100_000, "line 1: the line must be JSON"),
        (b" " * (5 * 1024 * 1024 + 1), "the file must have at most 5 MB"),
    ],
    ids=["empty", "many", "incomplete", "typed", "binary", "deep", "huge"],
)
def test_data_that_cannot_be_used_is_unsure(world: Comparing, content: bytes, words: str) -> None:
    """Nothing is asked, and no text of it is repeated."""
    old, deployment = serving(world)
    world.write_data(content)
    answer = world.decide(world.train("new", always), old, deployment)
    assert answer.answer == UNSURE
    assert words in answer.reason
    assert "secret" not in answer.reason
    assert (world.told, world.candidates) == ([], [])


def test_data_that_is_not_there_is_unsure(world: Comparing) -> None:
    """Or may not be read: to the function that is the same."""
    old, deployment = serving(world)
    new = world.train("new", always)
    world.objects.objects.clear()
    assert world.ask(new, old, deployment).answer == LATER, "a new policy may not count yet"
    begun = world.clock.now()
    answer = world.decide(new, old, deployment)
    assert "does not exist, or the function may not read it" in answer.reason
    assert (answer.answer, world.clock.now() - begun) == (UNSURE, 900)
    world.write_data(lines(40))
    assert world.decide(new, old, deployment, Data="s3://x").reason == "the data must be an object in S3"


def test_references_of_json_must_be_json(world: Comparing) -> None:
    """For this score alone."""
    old, deployment = serving(world)
    answer = world.decide(world.train("new", always), old, deployment, Score="JsonEqual")
    assert answer.answer == UNSURE
    assert "line 1: referenceResponse must be JSON for this score" in answer.reason


def test_a_call_that_is_killed_loses_nothing(world: Comparing) -> None:
    """After each of its calls of AWS: the answer is the same, and no deployment is left."""
    world.write_data(lines(12))
    old, deployment = serving(world)
    expected = world.decide(world.train("first", always), old, deployment)
    calls = 0
    while True:
        calls += 1
        new = world.train(f"new-{calls}", always)
        world.kill, was_killed = KillAfter(calls), False
        try:
            answer = world.decide(new, old, deployment)
        except Killed:
            world.kill, was_killed = None, True
            answer = world.decide(new, old, deployment)
        world.kill = None
        assert (answer.answer, answer.reason) == (expected.answer, expected.reason)
        assert answer.numbers["candidateRecords"] == 12
        world.clock.advance(200)
        assert world.clean_up()
        assert world.candidates == []
        if not was_killed:
            break
    assert calls > 25


def test_a_call_that_is_killed_leaves_nothing_behind(world: Comparing) -> None:
    """Also if nobody asks about that candidate ever again, because a newer one came."""
    world.write_data(lines(12))
    old, deployment = serving(world)
    newer = world.train("newer", always)
    world.decide(newer, old, deployment)
    for calls in range(1, 16):
        world.kill = KillAfter(calls)
        with suppress(Killed):
            world.decide(world.train(f"new-{calls}", always), old, deployment)
        world.kill = None
        world.clock.advance(200)
        assert world.decide(newer, old, deployment).answer == YES
        assert world.candidates == []


@pytest.mark.parametrize("operation", [DEPLOY, "DeleteCustomModelDeployment", CONVERSE])
def test_a_response_that_is_lost(world: Comparing, operation: str) -> None:
    """The next call finds what it has done."""
    old, deployment = serving(world)
    new = world.train("new", always)
    world.double.faults.add(operation, LoseResponse(), times=2)
    assert world.decide(new, old, deployment).answer == YES
    world.clock.advance(600)
    assert world.clean_up()
    assert world.candidates == []


def test_two_calls_at_once_give_one_result(world: Comparing) -> None:
    """Their scores are put together, and both say the same."""
    world.write_data(lines(60))
    old, deployment = serving(world)
    new = world.train("new", lambda number: number % 2 == 0)
    world.ask(new, old, deployment)
    world.clock.advance(60)
    with ThreadPoolExecutor(2) as threads:
        calls = [threads.submit(world.ask, new, old, deployment) for _ in range(2)]
        answers = [call.result() for call in calls]
    last = world.decide(new, old, deployment)
    decided = [one for one in answers if one.answer != LATER]
    assert all((one.answer, one.reason) == (last.answer, last.reason) for one in decided)
    assert last.numbers["candidate"] == 0.5
    world.clock.advance(600)
    assert world.clean_up()
    assert world.candidates == []


def test_no_candidate_outlives_its_need(world: Comparing) -> None:
    """A newer candidate makes the earlier one's deployment superfluous; so does a verdict."""
    old, deployment = serving(world)
    one, two = world.train("one", always), world.train("two", always)
    world.ask(one, old, deployment)
    world.clock.advance(300)
    world.ask(two, old, deployment)
    assert world.candidates == [two]
    assert world.clean_up(two)
    assert world.candidates == [two]
    assert world.clean_up()
    assert world.candidates == []


def test_a_deployment_that_cannot_be_deleted_yet(world: Comparing) -> None:
    """The next look tries again."""
    old, deployment = serving(world)
    new = world.train("new", always)
    world.double.faults.add("DeleteCustomModelDeployment", Refuse.conflict(), times=2)
    assert world.decide(new, old, deployment).answer == YES
    assert world.candidates == [new]
    assert any(line["act"] == "candidate not deleted" for line in world.said)
    assert world.clean_up()
    assert world.candidates == []


def test_a_delete_of_the_resource_deletes_it(world: Comparing) -> None:
    """Also while it is being created, and what Bedrock does not show yet."""
    old, deployment = serving(world)
    new = world.train("new", always)
    world.double.configure(delete_while_in_progress=False, deployment_readable_after_seconds=30)
    world.ask(new, old, deployment)
    world.forget()
    assert world.candidates == []


def test_a_resource_that_is_deleted_meanwhile_leaves_nothing(world: Comparing) -> None:
    """The deployment was created while CloudFormation deleted the resource."""
    old, deployment = serving(world)
    new = world.train("new", always)
    world.records[STACK].resources["Chat"].status = "DELETE_IN_PROGRESS"
    world.ask(new, old, deployment)
    assert world.candidates == []


def test_a_delete_that_fails_is_said(world: Comparing) -> None:
    """With the severity of an error."""
    old, deployment = serving(world)
    world.ask(world.train("new", always), old, deployment)
    world.double.faults.add("DeleteCustomModelDeployment", Refuse.conflict(), for_seconds=10**6)
    world.forget()
    assert (world.said[-1]["act"], world.said[-1]["level"]) == ("candidates left", "ERROR")
    [left] = [one.name for one in world.double.deployments() if one.name != "chat"]
    assert left.startswith(world.said[-1]["names"].removesuffix("..."))


def test_a_note_that_nobody_of_us_has_written_is_dropped(world: Comparing) -> None:
    """It names no deployment of ours."""
    old, deployment = serving(world)
    noted = {"a": 1, "b": {"model": "*", "since": "now"}, "c": {"model": [], "since": None}}
    world.objects.objects["store-bucket", "out/promotion/Chat/answers/deployments.json"] = json.dumps(
        noted
    ).encode()
    assert world.decide(world.train("new", always), old, deployment).answer == YES
    assert world.kept["answers/deployments.json"] == {}
    world.objects.objects["store-bucket", "out/promotion/Chat/answers/deployments.json"] = b"["
    with pytest.raises(StoreError, match="is no object of JSON"):
        world.clean_up()


@pytest.mark.parametrize("number", ["1e999", "NaN", "1" + "0" * 400, "-1e300", '"1"'])
def test_numbers_that_nobody_can_compute_with_are_no_records(world: Comparing, number: str) -> None:
    """Scores of this form are asked again. Of deployments that are noted so nothing is believed."""
    old, deployment = serving(world)
    new = world.train("new", always)
    expected = world.decide(new, old, deployment)
    kept = [name for name in world.kept if name != "answers/deployments.json"]
    assert len(kept) == 2
    for name in kept:
        key = ("store-bucket", f"out/promotion/Chat/{name}")
        written = world.objects.objects[key].decode()
        for part in (r'("(?:inputTokens|outputTokens|cut)": )\d+', r'("held": ){}', r"(\n  )1.0"):
            told = rf'\g<1>{{"seen": {number}}}' if "held" in part else rf"\g<1>{number}"
            world.objects.objects[key] = re.sub(part, told, written, count=1).encode()
            assert world.decide(new, old, deployment) == expected
    errors = re.sub(r'("errors": ){}', rf'\g<1>{{"{"9" * 5000}": "x"}}', written)
    world.objects.objects[key] = errors.encode()
    assert world.decide(new, old, deployment) == expected

    world.ask(world.train("newer", always), old, deployment)
    [noted] = [key for key in world.objects.objects if key[1].endswith("answers/deployments.json")]
    content = world.objects.objects[noted].decode()
    world.objects.objects[noted] = re.sub(r'("since": )[0-9.]+', rf"\g<1>{number}", content).encode()
    if number == '"1"':
        assert world.sweep()
    else:
        with pytest.raises(StoreError, match="is no object of JSON"):
            world.sweep()


def test_a_deployment_of_somebody_else_is_left_alone(world: Comparing) -> None:
    """Neither asked nor deleted, whatever its name is."""
    old, deployment = serving(world)
    new = world.train("new", always)
    world.ask(new, old, deployment)
    [name] = [one.name for one in world.double.deployments() if one.model_arn == new]
    world.double.withdraw(name)
    world.double.deploy_model(new, name=name)
    assert world.decide(new, old, deployment).answer == UNSURE
    world.clock.advance(600)
    assert world.clean_up()
    assert world.candidates == [new]


def test_no_text_leaves_the_function(world: Comparing) -> None:
    """Law 9: neither prompts nor answers are in the log at any level, in the records, or in the answer."""
    content = lines(40, category="returns", system="secret system")
    world.write_data(content.replace(b"Whose", b"Secret! Whose"))
    old = world.train("old", always)
    world.right[old] = always
    world.double.configure(answers=lambda _model, _prompt: "secret answer")
    new = world.train("new", always)
    world.double.faults.add(CONVERSE, Refuse.validation("invalid: Secret! Whose"), skip=3)
    answer = world.decide(new, old, world.serve(old), Margin="0.3")
    everything = "".join(
        (world.log.getvalue(), json.dumps(world.kept), answer.reason, json.dumps(dict(answer.numbers)))
    )
    assert "called" in everything
    assert "secret" not in everything.lower()
    assert answer.numbers["categories"] == {"returns": {"records": 40, "candidate": 0.0, "serving": 0.0}}


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b'{"scores": "all"}',
        b'{"scores": [2.0], "errors": {}, "held": {}, "inputTokens": 0, "outputTokens": 0, "cut": 0}',
        b'{"scores": [NaN], "errors": [], "held": {}, "inputTokens": 0, "outputTokens": 0, "cut": 0}',
    ],
)
def test_scores_that_nobody_of_us_has_written_are_asked_again(world: Comparing, content: bytes) -> None:
    """A record in S3 is no reason to believe it."""
    world.write_data(lines(12))
    old, deployment = serving(world)
    new = world.train("new", always)
    expected = world.decide(new, old, deployment)
    for bucket, key in [*world.objects.objects]:
        if "/answers/" in key and not key.endswith("deployments.json"):
            world.objects.objects[bucket, key] = content
    assert world.decide(new, old, deployment).reason == expected.reason


CONDITION = {"Type": "Answers", "Data": DATA, "Score": "ExactMatch", "Margin": "0.1", "MaxTokens": "64"}


def deploying(world: Comparing) -> Deploying:
    """Return a deployment that follows a job, and asks for answers."""
    world.records.clear()
    story = Deploying(Harness(fakes=world))
    story.set_policy(CONDITION)
    return story


def test_a_deployment_takes_the_model_that_answers_better(world: Comparing) -> None:
    """From the training to the swap, by looks and tasks alone; a worse one is kept out, with the reason."""
    story = deploying(world)
    first = story.retrain(0.5)
    story.create(story.following())
    story.run_tasks(first)
    world.clock.advance(600)
    assert (story.serving(), world.told) == (first, [])
    world.right[first] = seldom

    better = story.retrain(0.5)
    world.right[better] = always
    story.harness.look(story.thing())
    story.run_tasks(better)
    world.clock.advance(600)
    story.harness.look(story.thing())
    assert story.serving() == better
    verdict = story.verdict(better)
    assert (verdict["verdict"], verdict["serving"]) == ("promoted", first)
    assert verdict["reason"].startswith("ExactMatch is 1.000 against 0.350 of what serves on 40 records")
    assert verdict["conditions"][0]["numbers"]["worse"] == 0

    worse = story.retrain(0.5)
    world.right[worse] = seldom
    story.harness.look(story.thing())
    story.run_tasks(worse)
    verdict = story.verdict(worse)
    assert verdict["verdict"] == "rejected"
    assert "a difference of -65.0 points" in verdict["reason"]
    assert (story.serving(), world.candidates) == (better, [])


def test_a_stack_that_is_deleted_leaves_no_candidate(world: Comparing) -> None:
    """G14: the candidate was being asked when the resource was deleted."""
    story = deploying(world)
    first = story.retrain(0.5)
    story.create(story.following())
    story.run_tasks(first)
    world.clock.advance(600)
    candidate = story.retrain(0.5)
    story.harness.look(story.thing())
    story.task(candidate)
    assert world.candidates == [candidate]
    story.delete(story.following())
    assert world.double.deployments() == ()


MUTATIONS: dict[str, tuple[Mutation, Callable[[Comparing], None]]] = {
    "1: what serves afterwards has answered": (
        Mutation(_Asked._collect, "    if deployment:\n        require()\n    if found", "    if found"),
        test_what_serves_is_swapped_meanwhile,
    ),
    "3: what has no answer is right": (
        Mutation(_ask, "Scored(0.0, reply.stop_reason, *tokens)", 'Scored(1.0, "", *tokens)'),
        test_a_record_without_an_answer_counts_as_wrong,
    ),
    "3: what cannot be asked is good enough": (
        Mutation(_Asked._given_up, "Answer(UNSURE,", "Answer(YES,"),
        test_references_of_json_must_be_json,
    ),
    "8: a deployment is not noted": (
        Mutation(Candidates._create, "self._note(noted)[key]", '{"model": model_arn, "since": 1.0}'),
        test_a_call_that_is_killed_leaves_nothing_behind,
    ),
    "8: what is not needed stays": (
        Mutation(Candidates.clean_up, "name not in keep and self._drop(one)", "False"),
        test_no_candidate_outlives_its_need,
    ),
    "8: a resource that is being deleted gets one": (
        Mutation(Candidates._create, ".is_leaving:", ".is_changing:"),
        test_a_resource_that_is_deleted_meanwhile_leaves_nothing,
    ),
    "9: an error quotes the prompt": (
        Mutation(_ask, 'error.code if _CODE.fullmatch(error.code) else "refused"', "error.message"),
        test_no_text_leaves_the_function,
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_change_that_breaks_a_law_is_found(world: Comparing, name: str) -> None:
    """By one of the tests above: each law of promotions that this condition may break has one."""
    mutation, found_by = MUTATIONS[name]
    with mutation.applied(), pytest.raises(AssertionError):
        found_by(world)
