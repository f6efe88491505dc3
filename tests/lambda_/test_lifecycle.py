from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ConnectTimeoutError
from customization_job.bedrock import BedrockJobs, CloudFormationStacks
from customization_job.handler import on_event

from constructs_lib.testing.bedrock import Afterwards, LoseAnswer, Meanwhile, Refuse
from tests.lambda_.scene import STACK, Scene, event, properties
from tests.lambda_.world import ACCOUNT, REGION, Context, Killed, TestWorld

CREATE, GET, STOP = "CreateModelCustomizationJob", "GetModelCustomizationJob", "StopModelCustomizationJob"
TWO = properties({"hyperParameters": {"epochCount": "9"}})
TAGGED = properties(
    {"jobTags": [{"key": "a", "value": "b"}], "customModelTags": [{"key": "m", "value": "true"}]}
)
NEW_YEAR = 1_767_225_600.0
INVENTED = "training-Job-1ABCDEFGHIJKL"


def named(**request: str) -> dict[str, Any]:
    """Ask for exact names."""
    return properties(dict(request))


@pytest.fixture
def scene() -> Scene:
    """A resource that is not there yet."""
    return Scene()


@pytest.fixture
def arn(scene: Scene) -> str:
    """A resource that was created."""
    return str(scene.create()["PhysicalResourceId"])


# -- Create ----------------------------------------------------------------------------------------------


def test_a_create_answers_as_soon_as_bedrock_has_accepted(scene: Scene) -> None:
    """The id is the job's ARN, and every attribute is there from the start."""
    answer = scene.create()
    [job] = scene.double.jobs()
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == job.arn
    assert answer["Data"] == {
        "JobArn": job.arn,
        "JobName": job.name,
        "CustomModelName": job.model_name,
        "JobStatus": "InProgress",
        "OutputModelArn": "",
    }
    assert scene.calls() == [GET, CREATE]
    assert scene.world.clock.now() == scene.double.clock.now()


def test_the_request_is_sent_as_the_template_has_it(scene: Scene) -> None:
    """Nothing is added to the request but two names and the token."""
    wish = properties({"jobTags": [], "vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}})
    scene.create(wish)
    [job] = scene.double.jobs()
    added = {"jobName", "customModelName", "clientRequestToken"}
    assert {name: value for name, value in job.request.items() if name not in added} == wish["Request"]
    assert added <= set(job.request)


def test_a_retry_after_a_crash_finds_the_job(scene: Scene) -> None:
    """Lambda sends the event again when the function dies; there is one job, and one id."""
    scene.double.faults.add(CREATE, Afterwards(_die))
    with pytest.raises(Killed):
        scene.create(request_id="same")
    answer = scene.create(request_id="same")
    [job] = scene.double.jobs()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", job.arn)


def test_a_retry_reports_a_job_that_failed_meanwhile(scene: Scene) -> None:
    """The job that the first attempt started is reported with its id, and no second one started."""
    scene.double.faults.add(CREATE, Afterwards(_die))
    with pytest.raises(Killed):
        scene.create(request_id="same")
    [job] = scene.double.jobs()
    scene.double.fail(job.arn, "the data is bad " + "💥" * 2040)
    answer = scene.create(request_id="same")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", job.arn)
    assert "the data is bad" in answer["Reason"]
    assert len(scene.world.bodies[-1]) < 4096
    assert len(scene.double.jobs()) == 1


def test_an_event_that_comes_twice_is_answered_alike(scene: Scene) -> None:
    """Two deliveries have identical answers and one job."""
    assert scene.create(request_id="same") == scene.create(request_id="same")
    assert len(scene.double.jobs()) == 1


def test_an_event_that_is_carried_out_twice_at_once_starts_one_job(scene: Scene) -> None:
    """While one invocation is about to start the job, another does so."""

    def other(_double: object) -> None:
        scene.create(request_id="same")

    scene.double.faults.add(CREATE, Meanwhile(other))
    scene.create(request_id="same")
    first, second = scene.world.answers
    assert first["PhysicalResourceId"] == second["PhysicalResourceId"]
    assert len(scene.double.jobs()) == 1


@pytest.mark.parametrize("lost", [LoseAnswer(), LoseAnswer(Refuse.internal())])
@pytest.mark.parametrize("times", [1, 3])
def test_a_lost_answer_starts_no_second_job(scene: Scene, lost: LoseAnswer, times: int) -> None:
    """The same token again gives the same job."""
    scene.double.faults.add(CREATE, lost, times=times)
    assert scene.create()["Status"] == "SUCCESS"
    assert len(scene.double.jobs()) == 1


def test_a_lost_answer_without_end_still_finds_the_job(scene: Scene) -> None:
    """Where no answer ever comes the job is looked for by its name."""
    scene.double.faults.add(CREATE, LoseAnswer(), times=100)
    assert scene.create()["Status"] == "SUCCESS"
    assert len(scene.double.jobs()) == 1


def test_a_create_whose_outcome_nobody_knows_is_looked_for_when_it_is_deleted(scene: Scene) -> None:
    """The id says so, and the Delete finds the job."""
    scene.double.faults.add(CREATE, LoseAnswer(), times=100)
    scene.double.behave(visible_after_seconds=200)
    answer = scene.create()
    assert answer["PhysicalResourceId"] == "unconfirmed/request-1"
    scene.world.clock.advance(200)
    assert scene.delete(answer["PhysicalResourceId"])["Status"] == "SUCCESS"
    assert scene.statuses == ["Stopped"]


def test_a_create_goes_on_where_a_stopped_job_holds_the_name(scene: Scene) -> None:
    """Removed and added again, the resource has a new job under the next name."""
    first = scene.create()["PhysicalResourceId"]
    scene.delete(first)
    second = scene.create()
    assert second["Status"] == "SUCCESS"
    assert second["PhysicalResourceId"] != first
    assert scene.statuses == ["Stopped", "InProgress"]
    assert [job.token.split("-")[3] for job in scene.double.jobs()] == ["0", "1"]


def test_a_retained_job_is_adopted(scene: Scene) -> None:
    """What was left alone is not trained again."""
    first = scene.create(properties(OnDelete="Retain"))["PhysicalResourceId"]
    scene.delete(first, properties(OnDelete="Retain"))
    assert scene.statuses == ["InProgress"]
    assert scene.create()["PhysicalResourceId"] == first


def test_a_finished_job_is_adopted_only_with_its_model(scene: Scene) -> None:
    """A deleted model is trained again."""
    wish = properties(OnDelete="DeleteModel")
    first = scene.create(wish)["PhysicalResourceId"]
    scene.double.complete(first)
    assert scene.create(wish)["PhysicalResourceId"] == first
    scene.delete(first, wish)
    assert scene.double.models() == ()
    assert scene.create(wish)["PhysicalResourceId"] != first


@pytest.mark.parametrize("code", ["ValidationException", "ConflictException"])
def test_a_name_in_use_is_resolved_by_reading(scene: Scene, code: str) -> None:
    """Which error says so does not matter: the job of that name is read, never the error's text."""
    scene.double.behave(name_in_use=code)
    scene.double.client(account=ACCOUNT, region=REGION).create_model_customization_job(
        **{**properties()["Request"], "jobName": "taken", "customModelName": "free"}
    )
    answer = scene.create(named(jobName="taken"))
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == "not-created/request-1"
    assert "job name taken belongs to another job arn:aws:bedrock" in answer["Reason"]
    assert "change job_name, or leave it out" in answer["Reason"]
    assert scene.calls(CREATE) == [CREATE]


@pytest.mark.parametrize("code", ["ValidationException", "ConflictException"])
def test_a_name_that_is_taken_between_looking_and_starting_is_resolved_by_reading(
    scene: Scene, code: str
) -> None:
    """The job that took the name meanwhile is not ours, and the answer says whose it is."""

    def take(double: Any) -> None:  # noqa: ANN401 - the double
        double.client(account=ACCOUNT, region=REGION).create_model_customization_job(
            **{**properties()["Request"], "jobName": "taken", "customModelName": "free"}
        )

    scene.double.behave(name_in_use=code)
    scene.double.faults.add(CREATE, Meanwhile(take))
    answer = scene.create(named(jobName="taken"))
    assert answer["Status"] == "FAILED"
    assert "belongs to another job" in answer["Reason"]


def test_an_exact_model_name_that_exists_is_named(scene: Scene) -> None:
    """A model that has the name is found before anything starts."""
    made = scene.create(named(customModelName="tickets"))["PhysicalResourceId"]
    scene.double.complete(made)
    answer = scene.create(named(customModelName="tickets"), LogicalResourceId="Other")
    assert answer["Status"] == "FAILED"
    assert "custom model name tickets is taken by arn:aws:bedrock" in answer["Reason"]
    assert scene.calls(CREATE) == [CREATE]


def test_exact_names_are_used_verbatim(scene: Scene) -> None:
    """Each name on its own: what the user gives is used, what is left out is made."""
    scene.create(named(jobName="tickets.2026+a"))
    scene.create(named(customModelName="tickets_2026"), LogicalResourceId="Other")
    first, second = scene.double.jobs()
    assert first.name == "tickets.2026+a"
    assert first.model_name.startswith("tickets-")
    assert second.name.startswith("tickets-")
    assert second.model_name == "tickets_2026"


def test_an_invalid_request_is_refused_before_any_call(scene: Scene) -> None:
    """Every mistake is named, nothing is called, and the Delete that follows succeeds."""
    wish = properties({"roleArn": None, "jobName": "a_b"})
    answer = scene.create(wish)
    assert answer["Status"] == "FAILED"
    assert "roleArn is required" in answer["Reason"]
    assert "jobName" in answer["Reason"]
    assert scene.calls() == []
    assert scene.delete(answer["PhysicalResourceId"], wish)["Status"] == "SUCCESS"


# -- patience --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        (Refuse.role_not_ready(), 8),
        (Refuse.validation("Could not validate GetObject permissions to access Amazon S3 bucket: bucket"), 4),
        (Refuse.access_denied(), 4),
        (Refuse.throttled(), 6),
        (Refuse.internal(), 5),
        (Refuse.internal(503), 5),
    ],
)
def test_what_passes_by_itself_is_waited_for(scene: Scene, fault: Refuse, times: int) -> None:
    """A fresh role, a fresh policy, throttling and server errors end well."""
    scene.double.faults.add(CREATE, fault, times=times)
    assert scene.create()["Status"] == "SUCCESS"
    assert len(scene.double.jobs()) == 1


@pytest.mark.parametrize(
    ("fault", "least", "most", "told"),
    [
        (Refuse.role_not_ready(), 150, 240, "roleArn"),
        (Refuse.access_denied(), 40, 100, "policies of the function's role"),
        (Refuse.throttled(), 150, 240, "Deploy again later"),
        (Refuse.internal(), 100, 160, "Deploy again later"),
    ],
)
def test_a_real_mistake_ends_and_says_how_long_it_was_tried(
    scene: Scene, fault: Refuse, least: float, most: float, told: str
) -> None:
    """Retries are bounded, and do not hide what was wrong."""
    began = scene.world.clock.now()
    scene.double.faults.add(CREATE, fault, times=1000)
    answer = scene.create()
    assert answer["Status"] == "FAILED"
    assert least <= scene.world.clock.now() - began <= most
    assert "tries over" in answer["Reason"]
    assert told in answer["Reason"]
    assert scene.double.jobs() == ()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Refuse.quota(), "10 scheduled customization jobs"),
        (Refuse("TooManyTagsException", "A resource takes at most 50 tags."), "50 tags per resource"),
        (
            Refuse.validation("1 validation error detected: hyperParameters.epochCount is too high"),
            "hyperParameters.epochCount",
        ),
        (
            Refuse("ResourceNotFoundException", "Could not find the base model"),
            "names exists in this account and Region",
        ),
        (
            Refuse(
                "AccessDeniedException", "is not authorized with an explicit deny in a service control policy"
            ),
            "service control policy of the organization",
        ),
    ],
)
def test_what_does_not_pass_is_not_tried_again(scene: Scene, fault: Refuse, told: str) -> None:
    """Quotas, wrong requests and explicit denials fail at once and name what is wrong."""
    scene.double.faults.add(CREATE, fault, times=1000)
    answer = scene.create()
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == "not-created/request-1"
    assert told in answer["Reason"]
    assert scene.calls(CREATE) == [CREATE]


def test_a_permission_that_was_there_is_not_waited_for_again(scene: Scene, arn: str) -> None:
    """Only a policy that has just been made needs a moment."""
    scene.double.faults.add(GET, Refuse.access_denied(GET), skip=1)
    began = scene.world.clock.now()
    assert scene.update(arn, TAGGED, properties())["Status"] == "FAILED"
    assert scene.world.clock.now() == began


def test_a_network_without_a_way_out_fails_fast_and_says_so() -> None:
    """In a VPC without an endpoint the connection times out; the answer names the network."""
    scene = Scene(world=_CutOff())
    answer = scene.create()
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == "not-created/request-1"
    assert "Check the function's network" in answer["Reason"]
    assert scene.world.clock.now() - NEW_YEAR < 120


class _CutOff(TestWorld):
    """A world without a way out."""

    __test__ = False

    def services(self, _place: object, _journal: object) -> Any:  # noqa: ANN401 - two ports
        return BedrockJobs(_Unreachable()), CloudFormationStacks(_Unreachable())


class _Unreachable:
    def __getattr__(self, _name: str) -> Any:  # noqa: ANN401 - any method
        def call(**_: object) -> None:
            raise ConnectTimeoutError(endpoint_url="https://bedrock.eu-west-1.amazonaws.com")

        return call


# -- the stack goes back ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status", ["ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]
)
def test_a_create_that_comes_after_its_delete_starts_nothing(scene: Scene, status: str) -> None:
    """The Delete overtook it; nobody would own the job."""
    answer = scene.create(status=status)
    assert answer["Status"] == "FAILED"
    assert scene.double.jobs() == ()


def test_a_create_whose_stack_fails_meanwhile_stops_its_job(scene: Scene) -> None:
    """A sibling fails, the Delete finds nothing yet, then the job starts: it is stopped again."""

    def sibling_fails(_double: object) -> None:
        scene.delete(INVENTED, status="ROLLBACK_IN_PROGRESS")

    scene.double.faults.add(CREATE, Meanwhile(sibling_fails))
    answer = scene.create()
    [job] = scene.double.jobs()
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == job.arn
    assert job.status in ("Stopping", "Stopped")


def test_a_create_that_cannot_ask_about_its_stack_starts_nothing(scene: Scene) -> None:
    """Without DescribeStacks nobody knows whether the job would be owned; the answer names the permission."""
    scene.world.says = [ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeStacks")]
    answer = scene.create()
    assert answer["Status"] == "FAILED"
    assert "cloudformation:DescribeStacks" in answer["Reason"]
    assert scene.double.jobs() == ()


def test_what_started_is_stopped_where_the_stack_falls_silent(scene: Scene) -> None:
    """If CloudFormation cannot be asked afterwards, the job is stopped: it costs least now."""
    scene.world.says = ["CREATE_IN_PROGRESS", ConnectionClosedError(endpoint_url="https://cloudformation")]
    assert scene.create()["Status"] == "FAILED"
    assert scene.statuses == ["Stopping"]


def test_a_stale_status_is_read_again(scene: Scene) -> None:
    """What CloudFormation says in the first moment may be of the time before."""
    scene.world.says = ["UPDATE_ROLLBACK_COMPLETE"]
    assert scene.create()["Status"] == "SUCCESS"


# -- Update ----------------------------------------------------------------------------------------------


def test_tags_are_changed_in_place_on_job_and_model(scene: Scene, arn: str) -> None:
    """Only what differs is sent; the id stays."""
    scene.double.complete(arn)
    answer = scene.update(arn, TAGGED, properties())
    [job], [model] = scene.double.jobs(), scene.double.models()
    assert answer["PhysicalResourceId"] == arn
    assert answer["Data"]["OutputModelArn"] == model.arn
    assert (dict(job.tags), dict(model.tags)) == ({"a": "b"}, {"m": "true"})
    scene.update(arn, TAGGED, TAGGED)
    assert len(scene.calls("TagResource")) == 2
    scene.update(arn, properties(), TAGGED)
    [job], [model] = scene.double.jobs(), scene.double.models()
    assert (dict(job.tags), dict(model.tags)) == ({}, {})
    assert len(scene.calls("UntagResource")) == 2
    assert scene.calls(CREATE) == [CREATE]


def test_tags_of_others_stay(scene: Scene, arn: str) -> None:
    """What the template never gave it does not take away."""
    scene.double.client(account=ACCOUNT, region=REGION).tag_resource(
        resourceARN=arn, tags=[{"key": "cost-center", "value": "7"}]
    )
    scene.update(arn, TAGGED, properties())
    scene.update(arn, properties(), TAGGED)
    assert dict(scene.double.jobs()[0].tags) == {"cost-center": "7"}


@pytest.mark.parametrize("end", ["fail", "halt"])
def test_an_ended_job_that_refuses_tags_fails_nothing(scene: Scene, arn: str, end: str) -> None:
    """Some ended jobs take no tags; that is logged."""
    scene.double.behave(finished_jobs_taggable=False)
    scene.double.fail(arn, "bad") if end == "fail" else scene.double.halt(arn)
    assert scene.update(arn, TAGGED, properties())["Status"] == "SUCCESS"
    assert any(line["act"] == "tags refused" for line in scene.lines)


def test_a_running_job_that_refuses_tags_fails_the_update(scene: Scene, arn: str) -> None:
    """A tag that was asked for and is not there is no success."""
    scene.double.faults.add("TagResource", Refuse.validation("no"))
    answer = scene.update(arn, TAGGED, properties())
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)


def test_a_rollback_does_not_fail_for_a_tag(scene: Scene, arn: str) -> None:
    """A rollback that fails leaves a stack that nobody can update."""
    scene.double.faults.add("TagResource", Refuse.validation("no"))
    answer = scene.update(arn, TAGGED, properties(), status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert answer["Status"] == "SUCCESS"


def test_other_inputs_replace_the_job(scene: Scene, arn: str) -> None:
    """A new id is answered; the old job goes on until CloudFormation deletes it."""
    answer = scene.update(arn, TWO, properties())
    assert answer["PhysicalResourceId"] != arn
    assert scene.statuses == ["InProgress", "InProgress"]
    assert scene.delete(arn, status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")["Status"] == "SUCCESS"
    assert scene.statuses == ["Stopped", "InProgress"]


@pytest.mark.parametrize("carries", ["old", "new"])
def test_a_rollback_after_a_replacement_gives_the_old_job_back(scene: Scene, arn: str, carries: str) -> None:
    """Whichever id CloudFormation carries, nothing is trained a second time."""
    new = scene.update(arn, TWO, properties())["PhysicalResourceId"]
    carried = arn if carries == "old" else new
    back = scene.update(carried, properties(), TWO, status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert scene.calls(CREATE) == [CREATE, CREATE]


def test_a_rollback_after_a_failed_update_is_a_no_op(scene: Scene, arn: str) -> None:
    """The job that stands already is the one that is wished."""
    scene.double.faults.add(CREATE, Refuse.quota())
    failed = scene.update(arn, TWO, properties())
    assert (failed["Status"], failed["PhysicalResourceId"]) == ("FAILED", arn)
    back = scene.update(arn, properties(), TWO, status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert len(scene.double.jobs()) == 1


def test_a_rollback_stops_the_job_whose_answer_was_lost(scene: Scene, arn: str) -> None:
    """CloudFormation never heard of it, so nobody else would."""
    scene.update(arn, TWO, properties())
    scene.update(arn, properties(), TWO, status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert scene.statuses == ["InProgress", "Stopping"]


def test_a_rollback_to_inputs_that_are_not_valid_any_more_succeeds(scene: Scene, arn: str) -> None:
    """Rules may have become stricter; what stands already is not judged again."""
    old = properties({"roleArn": "not an ARN"})
    back = scene.update(arn, old, properties(), status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", arn)


def test_an_update_whose_stack_fails_meanwhile_stops_its_job_and_keeps_the_id(scene: Scene, arn: str) -> None:
    """The rollback passed before the job was there."""

    def sibling_fails(_double: object) -> None:
        scene.update(arn, properties(), TWO, status="UPDATE_ROLLBACK_IN_PROGRESS")
        scene.world.status = "UPDATE_ROLLBACK_COMPLETE"

    scene.double.faults.add(CREATE, Meanwhile(sibling_fails))
    answer = scene.update(arn, TWO, properties())
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert scene.statuses == ["InProgress", "Stopping"]


def test_exact_names_with_other_inputs_fail_before_anything_starts(scene: Scene) -> None:
    """The answer says to change the name or to leave it out."""
    old = named(jobName="exact")
    made = scene.create(old)["PhysicalResourceId"]
    new = properties({"jobName": "exact", "hyperParameters": {"epochCount": "9"}})
    answer = scene.update(made, new, old)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", made)
    assert "change job_name, or leave it out" in answer["Reason"]
    assert scene.calls(CREATE) == [CREATE]


def test_a_revision_forces_a_new_job(scene: Scene, arn: str) -> None:
    """Data that changed behind the same URI is trained when the revision says so."""
    answer = scene.update(arn, properties(Revision="2"), properties())
    assert answer["PhysicalResourceId"] != arn
    assert len(scene.double.jobs()) == 2


def test_a_job_that_was_stopped_by_hand_stays_until_something_changes(scene: Scene, arn: str) -> None:
    """Tags do not start it again; other inputs do, and so does the way back to the old ones."""
    scene.double.halt(arn)
    assert scene.update(arn, TAGGED, properties())["PhysicalResourceId"] == arn
    two = scene.update(arn, TWO, TAGGED)["PhysicalResourceId"]
    back = scene.update(two, properties(), TWO)["PhysicalResourceId"]
    assert back not in (arn, two)
    assert [job.token.split("-")[3] for job in scene.double.jobs()] == ["0", "0", "1"]


def test_old_and_new_jobs_run_side_by_side_until_cleanup(scene: Scene, arn: str) -> None:
    """Several resources and several jobs of one resource do not get in each other's way."""
    other = scene.create(LogicalResourceId="Other")["PhysicalResourceId"]
    assert other != arn
    scene.delete(other, LogicalResourceId="Other")
    assert scene.statuses == ["InProgress", "Stopped"]


# -- Delete ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["arn", "invented", "marker", "log stream", "not created"])
def test_a_delete_finds_the_job_by_any_id(scene: Scene, arn: str, kind: str) -> None:
    """An id that CloudFormation made up belongs to a Create whose answer it never had."""
    physical_id = {
        "arn": arn,
        "invented": INVENTED,
        "marker": "AWSCDK::CustomResourceProviderFramework::CREATE_FAILED",
        "log stream": "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
        "not created": "not-created/request-1",
    }[kind]
    answer = scene.delete(physical_id)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", physical_id)
    assert scene.statuses == ["Stopped"]


def test_a_delete_of_what_was_never_started_succeeds(scene: Scene) -> None:
    """Nothing is there to stop."""
    for physical_id in (INVENTED, "not-created/request-1", "unconfirmed/request-1"):
        assert scene.delete(physical_id)["Status"] == "SUCCESS"


def test_a_delete_of_a_job_that_is_gone_succeeds(scene: Scene) -> None:
    """A job that Bedrock does not know needs no stopping."""
    gone = (
        f"arn:aws:bedrock:{REGION}:{ACCOUNT}:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghwxyz"
    )
    assert scene.delete(gone)["Status"] == "SUCCESS"


@pytest.mark.parametrize("refused", ["ConflictException", "ValidationException"])
@pytest.mark.parametrize(
    ("turn", "end"), [("complete", "Completed"), ("fail", "Failed"), ("halt", "Stopped"), ("stop", "Stopped")]
)
def test_a_job_that_ends_between_looking_and_stopping_is_read_again(
    scene: Scene, arn: str, refused: str, turn: str, end: str
) -> None:
    """Stop comes too late, whichever error says so; the next look decides."""
    scene.double.behave(stop_refused=refused)
    turns = {
        "complete": lambda double: double.complete(arn),
        "fail": lambda double: double.fail(arn, "bad"),
        "halt": lambda double: double.halt(arn),
        "stop": lambda double: double.call(STOP, {"jobIdentifier": arn}, account=ACCOUNT, region=REGION),
    }
    scene.double.faults.add(STOP, Meanwhile(turns[turn]))
    assert scene.delete(arn)["Status"] == "SUCCESS"
    assert scene.statuses == [end]


def test_a_job_that_completes_before_it_is_stopped_loses_its_model_where_asked(scene: Scene) -> None:
    """The model's policy applies to a job that was just too fast."""
    wish = properties(OnDelete="DeleteModel")
    made = scene.create(wish)["PhysicalResourceId"]
    scene.double.faults.add(STOP, Meanwhile(lambda double: double.complete(made)))
    assert scene.delete(made, wish)["Status"] == "SUCCESS"
    assert scene.double.models() == ()


@pytest.mark.parametrize(("on_delete", "models"), [("StopJob", 1), ("DeleteModel", 0), ("Retain", 1)])
def test_a_finished_model_stays_unless_it_is_to_go(scene: Scene, on_delete: str, models: int) -> None:
    """By default nothing that was paid for is deleted."""
    wish = properties(OnDelete=on_delete)
    made = scene.create(wish)["PhysicalResourceId"]
    scene.double.complete(made)
    assert scene.delete(made, wish)["Status"] == "SUCCESS"
    assert len(scene.double.models()) == models


def test_a_model_in_use_fails_the_delete_with_a_hint(scene: Scene) -> None:
    """Deployments and throughput must go first."""
    wish = properties(OnDelete="DeleteModel")
    made = scene.create(wish)["PhysicalResourceId"]
    scene.double.complete(made)
    scene.double.faults.add("DeleteCustomModel", Refuse.conflict(), times=9)
    answer = scene.delete(made, wish)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", made)
    assert "provisioned throughput first" in answer["Reason"]


def test_a_model_that_is_gone_already_is_deleted(scene: Scene) -> None:
    """Somebody else was faster."""
    wish = properties(OnDelete="DeleteModel")
    made = scene.create(wish)["PhysicalResourceId"]
    scene.double.complete(made)
    scene.double.faults.add("DeleteCustomModel", Refuse.not_found())
    assert scene.delete(made, wish)["Status"] == "SUCCESS"


def test_a_job_that_never_stops_stopping_is_left_to_stop(scene: Scene, arn: str) -> None:
    """It cannot resume and bills nothing more; the log warns."""
    scene.double.behave(stopping_seconds=10_000)
    began = scene.world.clock.now()
    assert scene.delete(arn)["Status"] == "SUCCESS"
    assert 600 < scene.world.clock.now() - began < 840
    assert any(line["act"] == "job still stopping" for line in scene.lines)


@pytest.mark.parametrize("fault", [Refuse.access_denied(STOP), Refuse.internal()])
def test_a_job_that_cannot_be_stopped_fails_the_delete_with_its_arn(
    scene: Scene, arn: str, fault: Refuse
) -> None:
    """A job that may still run is never called gone."""
    scene.double.faults.add(STOP, fault, times=1000)
    answer = scene.delete(arn)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert arn in answer["Reason"]
    assert "Bedrock console" in answer["Reason"]
    assert scene.lines[-1]["level"] == "ERROR"


@pytest.mark.parametrize("turn", ["complete", "fail", "halt"])
def test_a_delete_that_may_not_stop_succeeds_where_nothing_runs(scene: Scene, arn: str, turn: str) -> None:
    """Everything that has ended is a success, whatever Stop would say."""
    scene.double.faults.add(STOP, Refuse.access_denied(STOP), times=1000)
    {"complete": scene.double.complete, "halt": scene.double.halt}.get(
        turn, lambda one: scene.double.fail(one, "bad")
    )(arn)
    assert scene.delete(arn)["Status"] == "SUCCESS"


@pytest.mark.parametrize("physical_id", ["not-created/request-1"])
def test_a_create_that_certainly_failed_can_be_deleted_without_permissions(
    scene: Scene, physical_id: str
) -> None:
    """Where nothing was started, a missing permission must not block the rollback."""
    scene.double.faults.add(GET, Refuse.access_denied(GET), times=1000)
    assert scene.delete(physical_id)["Status"] == "SUCCESS"
    assert scene.delete(INVENTED)["Status"] == "FAILED"


def test_a_retained_job_of_a_failed_deployment_is_stopped(scene: Scene) -> None:
    """Nobody ever had it, so it is not left running."""
    wish = properties(OnDelete="Retain")
    made = scene.create(wish)["PhysicalResourceId"]
    assert scene.delete(made, wish, status="ROLLBACK_IN_PROGRESS")["Status"] == "SUCCESS"
    assert scene.statuses == ["Stopped"]


def test_a_job_of_somebody_else_is_left_alone(scene: Scene) -> None:
    """An event with somebody else's ARN stops nothing and deletes nothing."""
    theirs = scene.create(LogicalResourceId="Theirs")["PhysicalResourceId"]
    assert scene.delete(theirs, properties(OnDelete="DeleteModel"))["Status"] == "SUCCESS"
    assert scene.statuses == ["InProgress"]


def test_a_job_that_is_not_readable_yet_is_found_all_the_same(scene: Scene) -> None:
    """Bedrock may need a moment to show what was started; a Delete looks again."""
    scene.double.behave(visible_after_seconds=3)
    made = scene.create()["PhysicalResourceId"]
    assert scene.delete(made)["Status"] == "SUCCESS"
    assert scene.statuses == ["Stopped"]
    scene.double.faults.add(CREATE, Afterwards(_die))
    with pytest.raises(Killed):
        scene.create(LogicalResourceId="Other")
    assert scene.delete(INVENTED, LogicalResourceId="Other")["Status"] == "SUCCESS"
    assert scene.statuses == ["Stopped", "Stopped"]


# -- time ------------------------------------------------------------------------------------------------


def test_the_watchdog_answers_for_a_handler_that_hangs(scene: Scene) -> None:
    """Before Lambda ends the function CloudFormation hears of it, with the best id known."""
    scene.seconds = 25.0
    scene.double.faults.add(GET, Meanwhile(lambda double: double.clock.advance(24.0)))
    answer = scene.create()
    assert len(scene.world.answers) == 1
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "not-created/request-1")
    assert "ran out of time" in answer["Reason"]
    assert scene.double.jobs() == ()


def test_what_was_started_while_the_watchdog_answered_is_stopped(scene: Scene) -> None:
    """CloudFormation has heard of a failure, so the job that came too late must not go on."""
    scene.double.faults.add(CREATE, Afterwards(lambda double: double.clock.advance(825.0)))
    answer = scene.create()
    assert len(scene.world.answers) == 1
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "unconfirmed/request-1")
    assert scene.statuses == ["Stopping"]


def test_a_failed_update_that_runs_out_of_time_keeps_its_id(scene: Scene, arn: str) -> None:
    """The watchdog repeats the id that stands."""
    scene.double.faults.add(CREATE, Afterwards(lambda double: double.clock.advance(825.0)))
    answer = scene.update(arn, TWO, properties())
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert scene.statuses == ["InProgress", "Stopping"]


@pytest.mark.parametrize(
    ("timeout", "most"), [("2700", 815), ("600", 135), ("60", 16), ("nonsense", 815), ("99999", 815)]
)
def test_retries_fit_into_what_cloudformation_waits(scene: Scene, timeout: str, most: float) -> None:
    """A third of ServiceTimeout belongs to each of Lambda's attempts."""
    scene.double.behave(stopping_seconds=10_000)
    wish = properties(ServiceTimeout=timeout)
    made = scene.create(wish)["PhysicalResourceId"]
    began = scene.world.clock.now()
    scene.delete(made, wish)
    assert scene.world.clock.now() - began <= most


# -- who may ask -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "members",
    [
        {"RequestType": "Read"},
        {"RequestType": None},
        {"StackId": STACK.replace(ACCOUNT, "999999999999")},
        {"StackId": STACK.replace(REGION, "us-east-1")},
        {"StackId": STACK.replace("arn:aws:", "arn:aws-cn:")},
        {"StackId": STACK.replace(":stack/", ":changeSet/")},
        {"StackId": "arn:aws:s3:eu-west-1:123456789012:stack/x/y"},
        {"StackId": STACK + "/x"},
        {"ResourceProperties": "x"},
    ],
)
def test_an_event_that_is_not_ours_is_refused_without_any_call(members: dict[str, Any]) -> None:
    """Other stacks, and requests that CloudFormation does not make, are answered and nothing else."""
    world = _Unconnected()
    on_event(event(**{"kind": "Create", **members}), Context(world.clock), world)
    [answer] = world.answers
    assert answer["Status"] == "FAILED"
    assert "refused before anything was called" in answer["Reason"]


class _Unconnected(TestWorld):
    """A world in which nobody may be called."""

    __test__ = False

    def services(self, _place: object, _journal: object) -> Any:  # noqa: ANN401 - it never returns
        raise AssertionError("a service was connected")


def _die(_double: object) -> None:
    raise Killed
