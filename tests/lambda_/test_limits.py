"""Every number that the handler keeps to and every line of its log, each in a table: a small slip shows."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from inspect import signature
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from customization_job.frame.aws import client
from customization_job.frame.errors import AwsError, ErrorKind
from customization_job.frame.log import Log
from customization_job.frame.response import DeliveryError, Outcome, body, is_answerable, put
from customization_job.frame.retry import Retry
from customization_job.handler import Dependencies, on_event
from customization_job.jobs.desired_state import DesiredState
from customization_job.jobs.messages import scrubbed
from customization_job.jobs.ports import Job
from customization_job.tasks import TaskError

from constructs_lib.testing.bedrock import BedrockDouble, BeforeCall, Refuse
from tests.lambda_.awaiting import WaitStory, waited_for
from tests.lambda_.bucket import Bucket
from tests.lambda_.builders import (
    CREATE,
    GET,
    INVENTED,
    REQUEST,
    STACK,
    STOP,
    TAGGED,
    TWO,
    Harness,
    event,
    properties,
)
from tests.lambda_.buying import ThroughputStory
from tests.lambda_.cloudformation import ResourceRecord
from tests.lambda_.comparing import Comparing, served
from tests.lambda_.deploying import GOING_BACK, DeploymentStory
from tests.lambda_.fakes import ACCOUNT, REGION, Context, Fakes, TurnedClock
from tests.lambda_.promoting import APPROVED, BAKE, FUNCTION, Deploying, policy
from tests.lambda_.publishing import Story
from tests.lambda_.sweeping import Machine, SweepStory, sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from customization_job.services import Services

HANDLER = Path(__file__).parents[2] / "lambda" / "customization_job"
CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
LIST = "ListModelCustomizationJobs"


class PacedClock(TurnedClock):
    """A clock that remembers every pause."""

    def __init__(self) -> None:
        super().__init__()
        self.began = self.now()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Remember a pause."""
        self.slept.append(round(seconds, 4))
        super().sleep(seconds)

    @property
    def gone(self) -> float:
        """Seconds since the beginning."""
        return round(self.now() - self.began, 4)


# -- retry --------------------------------------------------------------------------------------------


def tries(kind: ErrorKind, elapsed: float, **needed: bool) -> int:
    """Count the tries of a call that is refused for ever, and the second time when `elapsed` is over."""
    clock, made = PacedClock(), []

    def action() -> None:
        made.append(clock.gone)
        if len(made) == 2:
            clock.advance(elapsed - clock.gone)
        if len(made) == 3:
            clock.advance(1000.0)
        raise AwsError(kind, "Operation")

    with pytest.raises(AwsError):
        Retry(clock, clock.now() + 5000).call("Operation", action, **needed)
    return len(made)


@pytest.mark.parametrize(
    ("kind", "budget"),
    [
        (ErrorKind.ROLE_NOT_READY, 180.0),
        (ErrorKind.DATA_NOT_READY, 180.0),
        (ErrorKind.NO_SUBSCRIPTION, 300.0),
        (ErrorKind.ROLE_LACKS_MODEL, 180.0),
        (ErrorKind.DENIED_BY_KEY, 60.0),
        (ErrorKind.SERVER_ERROR, 120.0),
        (ErrorKind.DENIED, 60.0),
        (ErrorKind.THROTTLED, 180.0),
        (ErrorKind.NO_RESPONSE, 120.0),
        (ErrorKind.UNREACHABLE, 45.0),
    ],
)
def test_a_budget_ends_to_the_second(kind: ErrorKind, budget: float) -> None:
    """A moment before it the call is tried again, after it no more."""
    assert (tries(kind, budget - 0.5), tries(kind, budget)) == (3, 2)


def test_a_permission_that_is_not_needed_is_not_waited_for() -> None:
    """What passes by itself is waited for all the same."""
    assert tries(ErrorKind.DENIED, 50.0, is_needed=False) == 1
    assert tries(ErrorKind.THROTTLED, 50.0, is_needed=False) == 3


def test_pauses_double_up_to_twenty_seconds() -> None:
    """Half of each is fixed, half is chance; here chance is a half."""
    clock = PacedClock()
    retry = Retry(clock, clock.now() + 5000)
    assert all(retry.pause(attempt) for attempt in range(12))
    assert clock.slept == [1.125, 2.25, 4.5, 9.0, *[15.0] * 8]


# -- looking and stopping --------------------------------------------------------------------------------


def seconds_of(harness: Harness, operation: str) -> list[float]:
    """Remember when a call is made, in seconds from now."""
    began, made = harness.fakes.clock.now(), []
    harness.double.faults.add(
        operation, BeforeCall(lambda double: made.append(round(double.clock.now() - began, 3))), times=5000
    )
    return made


@pytest.mark.parametrize(
    ("physical_id", "looks"),
    [
        (INVENTED, [0.0, 1.5, 4.5, 12.0, 23.0]),
        ("unconfirmed/request-0", [0.0, 1.5, 4.5, 12.0, 23.0]),
        ("not-created/request-0", [0.0]),
    ],
)
def test_a_job_is_looked_for_so_often(harness: Harness, physical_id: str, looks: list[float]) -> None:
    """Five times where an id may hide one that Bedrock shows late, once where none was started."""
    made = seconds_of(harness, GET)
    assert harness.delete(physical_id)["Status"] == "SUCCESS"
    assert made == looks


def test_a_named_job_is_looked_for_as_often(harness: Harness, arn: str) -> None:
    """A Delete may come before Bedrock shows the job; an Update comes later."""
    missing = arn[:-1] + ("0" if arn[-1] != "0" else "1")
    made = seconds_of(harness, GET)
    harness.delete(missing)
    assert made[:6] == [0.0, 1.5, 4.5, 12.0, 23.0, 23.0]
    began = harness.double.clock.now()
    harness.update(missing, TAGGED, properties())
    assert harness.double.clock.now() - began == 4.5


def test_a_stack_at_rest_is_asked_three_times(harness: Harness) -> None:
    """What CloudFormation says may be a moment old."""
    harness.fakes.says = ["CREATE_COMPLETE"] * 3 + ["CREATE_IN_PROGRESS"] * 9
    began = harness.fakes.clock.now()
    assert harness.create()["Status"] == "FAILED"
    assert harness.fakes.clock.now() - began == 4.5
    assert len(harness.fakes.says) == 9


def test_a_refused_job_is_looked_for_three_times(harness: Harness) -> None:
    """It may exist in spite of the error."""
    harness.double.faults.add(CREATE, Refuse.validation("no"), times=9)
    made = seconds_of(harness, GET)
    assert harness.create()["Status"] == "FAILED"
    assert made == [0.0, 0.0, 1.5, 4.5]


def test_a_stopping_job_is_read_every_fifteen_seconds(harness: Harness, arn: str) -> None:
    """Shortly before the time ends, it is left to stop."""
    harness.double.configure(stopping_seconds=10_000.0)
    made = seconds_of(harness, GET)
    assert harness.delete(arn)["Status"] == "SUCCESS"
    assert made[:6] == [0.0, 1.125, 3.375, 7.875, 16.875, 28.125]
    assert {round(after - before, 3) for before, after in pairwise(made[5:])} == {11.25}
    assert made[-1] == 804.375


def test_a_stop_that_is_refused_is_asked_for_thirteen_times(harness: Harness) -> None:
    """The job may not be visible yet; in the end the failure says so."""
    harness.fakes.says = ["CREATE_IN_PROGRESS"]
    harness.fakes.status = "ROLLBACK_IN_PROGRESS"
    harness.double.faults.add(STOP, Refuse.not_found(), times=1000)
    harness.create(status="ROLLBACK_IN_PROGRESS")
    assert [call.operation for call in harness.double.calls(STOP)] == [STOP] * 26  # and once more to undo it


@dataclass
class AllNamesTaken:
    """A Bedrock in which every name is used by a job of another resource."""

    asked: list[str] = field(default_factory=list)

    def get_job(self, identifier: str) -> Job:
        """Return a job of another resource."""
        self.asked.append(identifier)
        return Job(arn=f"arn:{identifier}", name=identifier, status="Stopped", created=0.0)

    def create_job(self, request: Mapping[str, object]) -> str:
        """Refuse, but keep the name."""
        self.asked.append(f"create {request['jobName']}")
        raise AwsError(ErrorKind.QUOTA, "CreateModelCustomizationJob", "ServiceQuotaExceededException")


class CrowdedFakes(Fakes):
    """Fakes in which no name is free."""

    def services(self, *connection: Any) -> Services:  # noqa: ANN401 - passed on
        """Return services in which every name is used."""
        services = super().services(*connection)
        services.bedrock = self.all_taken = AllNamesTaken()
        return services


def test_a_thousand_generations_are_looked_at() -> None:
    """Then the next name is tried."""
    fakes = CrowdedFakes()
    Harness(fakes=fakes).create()
    create = next(number for number, one in enumerate(fakes.all_taken.asked) if one.startswith("create"))
    assert create == 1000
    assert len(set(fakes.all_taken.asked[:create])) == 1000


def test_pages_are_asked_for_as_long_as_they_may_be(harness: Harness, arn: str) -> None:
    """A hundred jobs a page, the newest first."""
    harness.delete(arn)
    [call] = harness.double.calls(LIST)
    assert call.request == {
        "statusEquals": "InProgress",
        "maxResults": 100,
        "sortBy": "CreationTime",
        "sortOrder": "Descending",
    }


def test_the_sdk_tries_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """And waits five seconds for a connection, a minute for an answer."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    config = client("bedrock", "eu-west-3").meta.config
    assert config.retries["total_max_attempts"] == 3
    assert (config.connect_timeout, config.read_timeout) == (5.0, 60.0)


# -- time ------------------------------------------------------------------------------------------------


@dataclass
class TimedFakes(Fakes):
    """Fakes that remember how much time the handler has."""

    watched: list[float] = field(default_factory=list)
    until: list[float] = field(default_factory=list)

    def watchdog(self, seconds: float, on_timeout: Callable[[], None]) -> Any:  # noqa: ANN401 - a context manager
        """Record when it responds."""
        self.watched.append(round(seconds, 4))
        return super().watchdog(seconds, on_timeout)

    def put(self, url: object, content: bytes, until: float, log: object) -> int:
        """Remember until when an answer is sent."""
        self.until.append(round(until - self.clock.now(), 4))
        return super().put(url, content, until, log)


@pytest.mark.parametrize(
    ("timeout", "lambda_", "watched", "until"),
    [
        ("2700", 840.0, 820.0, 838.0),
        ("2700", 900.0, 820.0, 898.0),
        ("3600", 2000.0, 1120.0, 1998.0),
        ("9999", 2000.0, 1120.0, 1998.0),
        ("12345", 2000.0, 1120.0, 1998.0),
        ("nonsense", 2000.0, 1120.0, 1998.0),
        ("600", 840.0, 130.0, 838.0),
        ("720", 840.0, 160.0, 838.0),
        ("60", 840.0, 11.25, 838.0),
        ("0", 840.0, 0.1875, 838.0),
        ("2700", 40.0, 30.0, 38.0),
        ("2700", 2.5, 1.875, 1.0),
    ],
)
def test_time_is_shared(timeout: str, lambda_: float, watched: float, until: float) -> None:
    """Three attempts share ServiceTimeout less three minutes; the watchdog leaves at most twenty seconds."""
    fakes = TimedFakes()
    desired = properties(ServiceTimeout=timeout)
    on_event(
        event("Delete", PhysicalResourceId="not-created/x", ResourceProperties=desired),
        Context(fakes.clock, lambda_),
        fakes,
    )
    assert (fakes.watched, fakes.until) == ([watched], [until])


# -- the answer ------------------------------------------------------------------------------------------

EVENT = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "l"}


def response_of(outcome: Outcome, **members: str) -> dict[str, Any]:
    """Return the content of a response."""
    answer: dict[str, Any] = json.loads(body({**EVENT, **members}, outcome))
    return answer


@pytest.mark.parametrize(
    ("length", "kept"), [(1500, "x" * 1500), (1501, "x" * 1497 + "…"), (9000, "x" * 1497 + "…")]
)
def test_a_reason_has_fifteen_hundred_bytes(length: int, kept: str) -> None:
    """One byte more is cut, and the cut is shown."""
    assert response_of(Outcome(physical_id="id", failure="x" * length))["Reason"] == kept


@pytest.mark.parametrize(("length", "kept"), [(1024, "x" * 1024), (1025, "x" * 1021 + "…")])
def test_an_id_has_as_many_bytes_as_cloudformation_takes(length: int, kept: str) -> None:
    """1,024 are the limit of a physical id."""
    assert response_of(Outcome(physical_id="x" * length))["PhysicalResourceId"] == kept


def test_an_answer_has_one_byte_less_than_the_limit() -> None:
    """4,095 bytes keep their attributes, 4,096 lose them."""
    frame = len(body(EVENT, Outcome(physical_id="id", data={"JobArn": ""})))
    whole = body(EVENT, Outcome(physical_id="id", data={"JobArn": "x" * (4095 - frame)}))
    assert len(whole) == 4095
    assert "Data" not in response_of(Outcome(physical_id="id", data={"JobArn": "x" * (4096 - frame)}))


def test_a_reason_is_cut_to_two_hundred_bytes_where_ids_are_long() -> None:
    """What must be repeated comes first."""
    long = {"StackId": "s" * 1024, "RequestId": "r" * 256, "LogicalResourceId": "l" * 255}
    answer = response_of(Outcome(physical_id="x" * 1024, failure="y" * 9000), **long)
    assert answer["Reason"] == "y" * 197 + "…"


@pytest.mark.parametrize(
    ("name", "longest"), [("StackId", 1024), ("RequestId", 256), ("LogicalResourceId", 255)]
)
def test_what_an_answer_repeats_has_a_limit(name: str, longest: int) -> None:
    """An event with longer ids than CloudFormation's gets no response."""
    assert is_answerable({**EVENT, name: "x" * longest})
    assert not is_answerable({**EVENT, name: "x" * (longest + 1)})
    assert not is_answerable({**EVENT, name: ""})


def test_an_answer_is_put_eight_times_with_growing_pauses() -> None:
    """Up to fifteen seconds, a quarter of which is chance here."""
    clock = PacedClock()
    with Bucket([500] * 20) as bucket, pytest.raises(DeliveryError):
        put(bucket.target, b"{}", until=clock.now() + 600, clock=clock)
    assert len(bucket.puts) == 8
    assert clock.slept == [0.375, 0.75, 1.5, 3.0, 6.0, 11.25, 11.25, 11.25]


@pytest.mark.parametrize(
    ("status", "tries"),
    [(status, 2) for status in (400, 408, 425, 429, 500, 503)]
    + [(status, 1) for status in (401, 403, 407, 409, 424, 426, 428, 430, 499)],
)
def test_few_refusals_pass(status: int, tries: int) -> None:
    """S3 answers 400 when a connection was idle for too long; the others ask for another try."""
    clock = PacedClock()
    with Bucket([status]) as bucket:
        put(bucket.target, b"{}", until=clock.now() + 600, clock=clock)
    assert len(bucket.puts) == tries


def test_a_bucket_has_ten_seconds() -> None:
    """Then it is tried again."""
    assert signature(put).parameters["socket_timeout"].default == 10.0


# -- words -----------------------------------------------------------------------------------------------


def test_values_of_a_line_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """Ids after 1,024 characters, other values after 4,096."""
    Log({"StackId": "s" * 1025}).write("act", value="v" * 4097)
    line = json.loads(capsys.readouterr().out)
    assert (line["stackId"], line["value"]) == ("s" * 1024, "v" * 4096)


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [("abc", "abc abcd", "*** abcd"), ("abcd", "abcd abcde", "*** ***e")],
)
def test_a_short_secret_is_a_word(secret: str, text: str, shown: str) -> None:
    """From four letters on a secret is taken out of longer words too."""
    filters = {"equals": {secret: secret}}
    request = {"trainingDataConfig": {"invocationLogsConfig": {"requestMetadataFilters": filters}}}
    assert scrubbed(text, DesiredState(properties={"Request": request})) == shown


@pytest.mark.parametrize(("status", "level"), [(299, "INFO"), (300, "ERROR")])
def test_an_answer_that_was_not_taken_is_an_error(status: int, level: str) -> None:
    """Nobody follows a redirect."""
    harness = Harness(fakes=Fakes(http_status=status))
    harness.create()
    assert harness.lines[-1]["level"] == level


# -- the log ---------------------------------------------------------------------------------------------


def completed(harness: Harness, desired: dict[str, Any]) -> str:
    """Create a job and let it complete."""
    arn = str(harness.create(desired)["PhysicalResourceId"])
    harness.double.complete(arn)
    return arn


def updated_in_vain(harness: Harness, desired: dict[str, Any]) -> None:
    """Update the tags of a job that has failed."""
    arn = str(harness.create(desired)["PhysicalResourceId"])
    harness.double.fail(arn, "bad data")
    harness.double.configure(finished_jobs_taggable=False)
    harness.update(arn, TAGGED, desired)


def blind_update(harness: Harness) -> None:
    """Update tags while the stack's status cannot be read."""
    arn = str(harness.create()["PhysicalResourceId"])
    harness.fakes.denied = {"describe_stacks"}
    harness.update(arn, TAGGED, properties())


def tags_in_a_rollback(harness: Harness) -> None:
    """Restore tags that may not be written."""
    arn = str(harness.create()["PhysicalResourceId"])
    harness.double.faults.add("TagResource", Refuse.access_denied("bedrock:TagResource"), times=99)
    harness.update(arn, TAGGED, properties(), status="UPDATE_ROLLBACK_IN_PROGRESS")


def replaced_model(harness: Harness) -> None:
    """Clean a model up whose successor trains."""
    desired = properties(OnDelete="DeleteModel")
    arn = completed(harness, desired)
    new = harness.update(arn, {**TWO, "OnDelete": "DeleteModel"}, desired)["PhysicalResourceId"]
    harness.fakes.current = ResourceRecord(str(new), "UPDATE_COMPLETE")
    harness.delete(arn, desired, status=CLEANUP)


def unread_model(harness: Harness) -> None:
    """Delete a model whose use cannot be listed."""
    desired = properties(OnDelete="DeleteModel")
    arn = completed(harness, desired)
    call = "ListCustomModelDeployments"
    harness.double.faults.add(call, Refuse.access_denied(call), times=9)
    harness.delete(arn, desired)


def slow_stop(harness: Harness) -> None:
    """Delete a job that never stops stopping."""
    arn = harness.create()["PhysicalResourceId"]
    harness.double.configure(stopping_seconds=10_000.0)
    harness.delete(arn)


def unclear(harness: Harness) -> None:
    """Delete a generated id while the resource cannot be read."""
    harness.create()
    harness.fakes.denied = {"describe_stack_resource"}
    harness.delete(INVENTED, status=CLEANUP)


def unread_events(harness: Harness) -> None:
    """Roll back while the stack's events cannot be read."""
    arn = harness.create()["PhysicalResourceId"]
    harness.double.clock.advance(60.0)
    harness.fakes.stack.updated = harness.double.clock.now()
    harness.fakes.denied = {"describe_stack_events"}
    harness.delete(arn, status="UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")


def unlisted(harness: Harness) -> None:
    """Delete a stack whose jobs may not be listed."""
    harness.double.faults.add(LIST, Refuse.access_denied(LIST), times=9)
    harness.delete(INVENTED)


def unlisted_resources(harness: Harness) -> None:
    """Delete a generated id while the stack's resources cannot be listed."""
    harness.create()
    harness.fakes.current = None
    harness.fakes.denied = {"list_stack_resources"}
    harness.fakes.clock.advance(60.0)
    harness.fakes.stack.updated = harness.fakes.clock.now()
    harness.delete("not-created/other", status=CLEANUP)


def unlooked_for(harness: Harness) -> None:
    """Delete what was never created, while Bedrock may not be asked."""
    harness.double.faults.add(GET, Refuse.access_denied(GET), times=99)
    harness.delete("not-created/request-9")


def unstopped(harness: Harness) -> None:
    """Start a job in a stack that is rolled back, and fail to stop it."""
    harness.fakes.says = ["CREATE_IN_PROGRESS"]
    harness.double.faults.add(STOP, Refuse.not_found(), times=1000)
    harness.create(status="ROLLBACK_IN_PROGRESS")


def foreign(harness: Harness) -> None:
    """Delete a job that another stack has started."""
    arn = harness.create()["PhysicalResourceId"]
    other = harness.fakes.double.jobs()[0]
    assert other.arn == arn
    stack = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/other/00000000-0000-11f0-8000-0a1b2c3d4e5f"
    harness.delete(arn, StackId=stack)


def uncounted(harness: Harness) -> None:
    """Delete a stack in an account with more jobs than can be read in time."""
    double = harness.double
    for number in range(3):
        names = {"jobName": f"other-{number}", "customModelName": f"other-{number}"}
        double.client(account=ACCOUNT, region=REGION).create_model_customization_job(**REQUEST, **names)
    double.faults.add(LIST, BeforeCall(lambda one: one.clock.advance(820.0)))
    harness.delete("not-created/request-9")


def refused(harness: Harness) -> None:
    """Send an event without ids."""
    on_event({}, Context(harness.fakes.clock), harness.fakes)


class Broken:
    """Raises an unexpected error at every call."""

    def __getattr__(self, _name: str) -> object:
        raise RuntimeError("a bug")


class BrokenFakes(Fakes):
    """Fakes with a bug."""

    def services(self, *connection: Any) -> Services:  # noqa: ANN401 - passed on
        """Break Bedrock."""
        services = super().services(*connection)
        services.bedrock = Broken()
        return services


def crashed(harness: Harness) -> None:
    """Raise an unexpected error."""
    harness.fakes = BrokenFakes(double=BedrockDouble(clock=TurnedClock(), account=ACCOUNT))
    harness.create()


@dataclass
class DeafFakes(Fakes):
    """Fakes whose bucket cannot be reached."""

    def put(self, _url: object, _content: bytes, _until: float, _log: object) -> int:
        """Fail to deliver."""
        raise DeliveryError("unreachable")


def unanswered(harness: Harness) -> None:
    """Run out of time while the bucket cannot be reached."""
    harness.fakes = DeafFakes(double=BedrockDouble(clock=TurnedClock(), account=ACCOUNT))
    harness.double.faults.add(CREATE, BeforeCall(lambda double: double.clock.advance(825.0)))
    with pytest.raises(DeliveryError):
        harness.create()


class MisconfiguredFakes(Fakes):
    """Fakes whose bucket is reached over TLS, with a proxy that is none."""

    def put(self, url: Any, content: bytes, until: float, log: Any) -> int:  # noqa: ANN401 - the handler's own
        """Send the response to a closed port of this machine."""
        with patch.dict(os.environ, {"HTTPS_PROXY": "ftp://proxy", "NO_PROXY": ""}):
            return Dependencies.put(self, url._replace(host="127.0.0.1", port=9), content, until, log)


def promoting(harness: Harness) -> None:
    """Promote, reject and withdraw models, with everything that may fail on the way."""
    story = Deploying(harness)
    harness.fakes.alarms.alarms["errors"] = (False, 0.0)
    story.retrain(0.5)
    story.create(story.following())
    harness.fakes.clock.advance(600)
    story.retrain(0.6)
    story.glance()
    second = story.retrain(0.4)
    harness.fakes.executions.refuse("AccessDeniedException", times=9)
    story.glance()
    harness.fakes.executions.before.clear()
    harness.fakes.clock.advance(4000)
    story.glance()
    harness.fakes.functions.answers = ["nonsense"]
    harness.fakes.events.before.append(lambda: harness.fakes.events.fail("AccessDeniedException"))
    story.set_policy(FUNCTION, APPROVED, Bake=BAKE, Events="true")
    harness.fakes.topics.before.append(lambda: harness.fakes.topics.fail("AuthorizationError"))
    third = story.retrain(0.3)
    story.update(story.following(), story.following())
    story.task(third)
    harness.fakes.functions.answers = [{"verdict": "yes"}]
    story.task(third)
    story.task(third)
    story.tag(third, "approved")
    story.glance()
    harness.fakes.clock.advance(600)
    harness.fakes.alarms.alarms["errors"] = (True, harness.fakes.clock.now())
    harness.double.client(account=ACCOUNT, region=REGION).delete_custom_model(modelIdentifier=second)
    story.glance()
    story.put("answers/deployments.json", b"[]")
    compared = {"Type": "Answers", "Data": "s3://bucket/data.jsonl", "Score": "ExactMatch"}
    story.put("policy.json", json.dumps(policy(compared)).encode())
    story.glance()
    story.put("policy.json", b"[]")
    story.glance()
    harness.fakes.objects.refuse("AccessDenied", times=99)
    story.delete(story.following())


def comparing(harness: Harness) -> None:
    """Ask two models, one of which cannot be deployed any more, while deployments cannot be deleted."""
    with served() as bedrock:
        harness.fakes = world = Comparing.on(bedrock)
        old = world.train("old", bool)
        deployment, new, other = world.serve(old), world.train("new", bool), world.train("other", bool)
        world.double.faults.add("DeleteCustomModelDeployment", Refuse.conflict(), times=1)
        world.ask(new, old, deployment)
        world.clean_up()
        world.double.faults.add("CreateCustomModelDeployment", Refuse.not_found(), times=1)
        world.ask(other, old, deployment)
        world.clock.advance(200)
        world.ask(new, old, deployment)
        world.double.faults.add("DeleteCustomModelDeployment", Refuse.conflict(), for_seconds=1000)
        world.forget()


def misconfigured(harness: Harness) -> None:
    """Send a response from an environment with a wrong setting."""
    harness.fakes = MisconfiguredFakes(double=BedrockDouble(clock=TurnedClock(), account=ACCOUNT))
    with pytest.raises(DeliveryError):
        harness.create()


def looks(harness: Harness) -> None:
    """Look at a job, at one that is not there, at a stack that goes back, and at what cannot be read."""
    arn = completed(harness, properties())
    job = {"kind": "job", "job": "Job"}
    for standing in (ResourceRecord(arn, "CREATE_COMPLETE"), None):
        harness.fakes.current = standing
        harness.look(job)
    harness.look(job, status="UPDATE_ROLLBACK_IN_PROGRESS")
    harness.fakes.denied = {"describe_stack_resource"}
    harness.look(job)


def publishing(harness: Harness) -> None:
    """Publish a model, change its tags, and delete the parameter twice."""
    told = Story(harness)
    told.train()
    told.complete()
    told.create()
    told.update(Tags=[{"key": "a", "value": "b"}])
    told.delete()
    told.delete()


def publishing_in_vain(harness: Harness) -> None:
    """Publish where nothing is permitted, in an update, in a rollback and in a deletion."""
    told = Story(harness)
    told.train()
    told.create(InitialValue="none")
    old = told.desired()
    told.store.refuse("GetParameter", "AccessDeniedException")
    told.update(old, ParameterName="/tickets/other")
    told.update(old, "UPDATE_ROLLBACK_IN_PROGRESS", OnDelete="Never")
    harness.fakes.denied = {"get_parameter", "describe_stack_resource"}
    told.update(old, "UPDATE_ROLLBACK_IN_PROGRESS")
    harness.fakes.denied = {"delete_parameter"}
    harness.fakes.current = None
    told.delete(status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")


def unread_parameter(harness: Harness) -> None:
    """Replace a job in a stack whose parameters may not be read."""
    told = Story(harness)
    told.train()
    told.create()
    harness.fakes.denied = {"get_parameter"}
    replaced_model(harness)


def untagged(harness: Harness) -> None:
    """Publish a model whose tags may not be read."""
    told = Story(harness)
    told.train()
    told.create()
    told.complete()
    call = "ListTagsForResource"
    harness.double.faults.add(call, Refuse.access_denied(call), times=99)
    told.look()


def deploying(harness: Harness) -> None:
    """Everything about a deployment succeeds in the end."""
    story = DeploymentStory(harness)
    first, second = story.model(2), story.model(9)
    desired, swapped = story.desired(first), story.desired(second, Description="new")
    harness.double.configure(deploying_seconds=1000)
    story.create(desired)
    story.update(swapped, desired)
    story.delete({**swapped, "OnDelete": "Retain"}, status=CLEANUP)
    story.delete(swapped)


def deploying_in_vain(harness: Harness) -> None:
    """Nothing about a deployment succeeds."""
    story = DeploymentStory(harness)
    first, second = story.model(2), story.model(9)
    desired, swapped = story.desired(first), story.desired(second)
    story.create(story.desired(""))
    story.create(desired)
    story.update(swapped, desired)
    harness.double.faults.add("UpdateCustomModelDeployment", Refuse.validation("no"), times=100)
    story.update(desired, swapped, GOING_BACK)
    harness.double.faults.clear()
    harness.double.client(account=ACCOUNT, region=REGION).delete_custom_model(modelIdentifier=first)
    story.update(desired, swapped, GOING_BACK)
    harness.fakes.denied = {"describe_stack_resource"}
    story.delete(swapped, INVENTED, CLEANUP)
    refused = Refuse.access_denied("bedrock:DeleteCustomModelDeployment")
    harness.double.faults.add("DeleteCustomModelDeployment", refused, times=100)
    story.delete(swapped, status="ROLLBACK_IN_PROGRESS")


def buying(harness: Harness) -> None:
    """Everything about a throughput succeeds in the end."""
    story = ThroughputStory(harness)
    first, second = story.model(2), story.model(9)
    desired, swapped = story.desired(first), story.desired(second, ProvisionedModelName="chat")
    arn = story.create(desired)["PhysicalResourceId"]
    story.update(swapped, desired, name=arn)
    story.delete({**swapped, "OnDelete": "Retain"}, arn, CLEANUP)
    story.delete(swapped, arn)


def buying_in_vain(harness: Harness) -> None:
    """What a throughput of nobody costs is an error."""
    story = ThroughputStory(harness)
    desired = story.desired(story.model(2))
    story.create(desired)
    harness.fakes.denied = {"describe_stack_resource"}
    story.delete(desired, INVENTED, CLEANUP)


def waiting(harness: Harness) -> None:
    """Look at a job whose wait condition waits, then at one that cannot be signaled or read."""
    arn = completed(harness, waited_for())
    harness.fakes.current = ResourceRecord(arn, "CREATE_COMPLETE")
    kind = "AWS::CloudFormation::WaitCondition"
    harness.fakes.stack.resources["Condition"] = ResourceRecord("condition", "CREATE_IN_PROGRESS", kind=kind)
    task = {"kind": "wait", "stackId": STACK, "resource": "Job", "waitCondition": "Condition", "until": 2**31}
    harness.task(task)
    harness.fakes.denied = {"signal_resource"}
    harness.task(task)
    harness.double.faults.add(GET, Refuse.access_denied(GET), times=99)
    harness.task(task)


class UnconnectedFakes(Fakes):
    """Fakes whose SDK makes no client."""

    def connect(self, service: str) -> Any:  # noqa: ANN401 - it never returns
        """Fail to make a client."""
        raise AwsError(ErrorKind.BROKEN, service, "NoCredentialsError")


def failed_task(harness: Harness) -> None:
    """Carry out a task with a broken SDK."""
    harness.fakes = UnconnectedFakes(double=BedrockDouble(clock=TurnedClock(), account=ACCOUNT))
    task = {"kind": "wait", "stackId": STACK, "resource": "Job", "waitCondition": "Condition", "until": 2**31}
    with pytest.raises(TaskError):
        harness.task(task)


def sweeping(harness: Harness) -> None:
    """A sweep of a parameter without a resource; results and definition are not as the function left them."""
    story = SweepStory(harness)
    story.deploy(sweep(ParameterName="/best"))
    first = story.call(story.task())["task"]
    story.double.complete(story.jobs[0].arn)
    story.objects.before = [lambda: None, lambda: None]
    story.objects.refuse("AccessDenied", times=20)
    story.call(first)
    story.objects.before.clear()
    machine = Machine(story)
    machine.start()
    machine.run()
    story.deploy(sweep(4), fails=True)
    story.objects.objects.clear()
    story.call(first)


STORIES: dict[str, tuple[Callable[[Harness], object], set[tuple[str, str]]]] = {
    "create": (
        lambda harness: harness.create(),
        {("decided", "INFO"), ("job started", "INFO"), ("response sent", "INFO")},
    ),
    "tags": (
        lambda harness: harness.update(harness.create()["PhysicalResourceId"], TAGGED, properties()),
        {("tags updated", "INFO")},
    ),
    "dead": (
        lambda harness: updated_in_vain(harness, properties()),
        {("decided", "WARNING"), ("tags refused", "WARNING")},
    ),
    "tags in a rollback": (tags_in_a_rollback, {("tags refused", "WARNING"), ("response sent", "INFO")}),
    "blind update": (blind_update, {("stack not read", "ERROR"), ("tags not written", "ERROR")}),
    "delete": (
        lambda harness: harness.delete(harness.create()["PhysicalResourceId"]),
        {("job asked to stop", "INFO"), ("job ended", "INFO")},
    ),
    "nothing": (
        lambda harness: harness.delete("not-created/request-9"),
        {("no job found", "INFO"), ("response sent", "INFO")},
    ),
    "model": (
        lambda harness: harness.delete(
            completed(harness, properties(OnDelete="DeleteModel")), properties(OnDelete="DeleteModel")
        ),
        {("model deleted", "INFO")},
    ),
    "kept model": (replaced_model, {("model kept", "WARNING")}),
    "unread model": (unread_model, {("model use not listed", "WARNING"), ("model kept", "ERROR")}),
    "slow stop": (slow_stop, {("job still stopping", "WARNING")}),
    "unclear": (unclear, {("resource not read", "WARNING"), ("job left running", "ERROR")}),
    "unread events": (unread_events, {("events not read", "WARNING")}),
    "unlisted resources": (
        unlisted_resources,
        {("resources not listed", "WARNING"), ("job left running", "ERROR")},
    ),
    "unlisted": (unlisted, {("jobs not listed", "WARNING")}),
    "unlooked for": (unlooked_for, {("job not looked for", "WARNING")}),
    "unstopped": (unstopped, {("job not stopped", "ERROR"), ("response sent", "ERROR")}),
    "foreign": (foreign, {("job left alone", "INFO")}),
    "uncounted": (uncounted, {("not all jobs read", "WARNING")}),
    "refused": (refused, {("event refused", "ERROR")}),
    "crashed": (crashed, {("crashed", "ERROR"), ("response sent", "ERROR")}),
    "unanswered": (unanswered, {("response not sent", "ERROR")}),
    "looks": (
        looks,
        {
            ("followed", "INFO"),
            ("followed", "WARNING"),
            ("nothing followed", "INFO"),
            ("not followed", "ERROR"),
        },
    ),
    "publishing": (
        publishing,
        {
            ("parameter written", "INFO"),
            ("tags updated", "INFO"),
            ("parameter deleted", "INFO"),
            ("parameter left alone", "INFO"),
        },
    ),
    "publishing in vain": (
        publishing_in_vain,
        {
            ("parameter not read", "WARNING"),
            ("properties not valid", "WARNING"),
            ("job not read", "ERROR"),
            ("parameter not written", "ERROR"),
            ("parameter not deleted", "ERROR"),
        },
    ),
    "unread parameter": (
        unread_parameter,
        {("published models not read", "WARNING"), ("model kept", "ERROR")},
    ),
    "deploying": (
        deploying,
        {
            ("deployment created", "INFO"),
            ("deployment updated", "INFO"),
            ("description not changed", "WARNING"),
            ("left to the next attempt", "INFO"),
            ("deployment left alone", "INFO"),
            ("deployment deleted", "INFO"),
        },
    ),
    "buying": (
        buying,
        {
            ("throughput created", "INFO"),
            ("throughput updated", "INFO"),
            ("throughput renamed", "INFO"),
            ("throughput left alone", "INFO"),
            ("throughput deleted", "INFO"),
        },
    ),
    "buying in vain": (buying_in_vain, {("throughput not deleted", "ERROR")}),
    "deploying in vain": (
        deploying_in_vain,
        {
            ("decided", "WARNING"),
            ("old model not served", "WARNING"),
            ("old model not served", "ERROR"),
            ("not rolled back", "ERROR"),
            ("deployment not deleted", "ERROR"),
        },
    ),
    "waiting": (
        waiting,
        {
            ("waiting started", "INFO"),
            ("signal sent", "INFO"),
            ("signal not accepted", "WARNING"),
            ("job not read", "WARNING"),
            ("task carried out", "INFO"),
        },
    ),
    "sweeping": (
        sweeping,
        {
            ("sweep started", "INFO"),
            ("best model decided", "ERROR"),
            ("sweep finished", "INFO"),
            ("sweep left alone", "INFO"),
            ("results not written", "WARNING"),
            ("definition not read", "ERROR"),
        },
    ),
    "result": (
        lambda harness: WaitStory(harness).result(JobArn=completed(harness, properties())),
        {("result decided", "INFO"), ("response sent", "INFO")},
    ),
    "promotion": (
        promoting,
        {
            ("model promoted", "INFO"),
            ("model rejected", "WARNING"),
            ("model undecided", "INFO"),
            ("model withdrawn", "ERROR"),
            ("model not replaced", "ERROR"),
            ("bake ended", "INFO"),
            ("promotion started", "INFO"),
            ("promotion not started", "ERROR"),
            ("promotion not read", "ERROR"),
            ("policy not deleted", "WARNING"),
            ("candidates not read", "WARNING"),
            ("function not answered", "WARNING"),
            ("approval not asked for", "ERROR"),
            ("event not sent", "ERROR"),
        },
    ),
    "answers": (
        comparing,
        {
            ("candidate deployed", "INFO"),
            ("candidate deleted", "INFO"),
            ("candidate not deleted", "WARNING"),
            ("candidates left", "ERROR"),
            ("answers given up", "ERROR"),
        },
    ),
    "failed task": (failed_task, {("task failed", "ERROR"), ("stack not read", "WARNING")}),
    "untagged": (untagged, {("tags of the model not read", "WARNING"), ("followed", "INFO")}),
    "misconfigured": (
        misconfigured,
        {("network setting not used", "WARNING"), ("response not sent", "ERROR")},
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_every_action_has_its_level(harness: Harness, story: str) -> None:
    """What needs an action is an error, what may need attention is a warning."""
    tell, expected = STORIES[story]
    tell(harness)
    assert expected <= {(line["act"], line["level"]) for line in harness.lines}


def test_every_act_has_a_story() -> None:
    """No line of the log is left out."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(HANDLER.rglob("*.py")))
    written = set(re.findall(r"log\.write\(\s*\"([a-z ]+)\"", text)) - {"called"}
    of_both = re.findall(r"log\.write\(\s*f\"\{noun\} ([a-z ]+)\"", text)
    written |= {f"{noun} {act}" for act in of_both for noun in ("deployment", "throughput")}
    assert written == {act for _, expected in STORIES.values() for act, _ in expected}
