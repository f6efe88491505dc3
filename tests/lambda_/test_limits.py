"""Every number that the handler keeps to and every line of its log, each in a table: a small slip shows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from inspect import signature
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from customization_job.answer import Outcome, Undelivered, body, is_answerable, put
from customization_job.bedrock import client
from customization_job.handler import on_event
from customization_job.journal import Journal
from customization_job.patience import Patience
from customization_job.ports import Job, Kind, Refusal
from customization_job.reasons import scrubbed
from customization_job.wire import Wish

from constructs_lib.testing.bedrock import BedrockDouble, BeforeCall, Refuse
from tests.lambda_.bucket import Bucket
from tests.lambda_.cloudformation import Standing
from tests.lambda_.scene import (
    CREATE,
    GET,
    INVENTED,
    REQUEST,
    STOP,
    TAGGED,
    TWO,
    Scene,
    event,
    properties,
)
from tests.lambda_.world import ACCOUNT, REGION, Context, TestWorld, TurnedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


# -- patience --------------------------------------------------------------------------------------------


def tries(kind: Kind, elapsed: float, **needed: bool) -> int:
    """Count the tries of a call that is refused for ever, and the second time when `elapsed` is over."""
    clock, made = PacedClock(), []

    def action() -> None:
        made.append(clock.gone)
        if len(made) == 2:
            clock.advance(elapsed - clock.gone)
        if len(made) == 3:
            clock.advance(1000.0)
        raise Refusal(kind, "Operation")

    with pytest.raises(Refusal):
        Patience(clock, clock.now() + 5000).call("Operation", action, **needed)
    return len(made)


@pytest.mark.parametrize(
    ("kind", "budget"),
    [
        (Kind.ROLE_NOT_READY, 180.0),
        (Kind.DATA_NOT_READY, 180.0),
        (Kind.NO_SUBSCRIPTION, 300.0),
        (Kind.ROLE_LACKS_MODEL, 180.0),
        (Kind.DENIED_BY_KEY, 60.0),
        (Kind.SERVER_ERROR, 120.0),
        (Kind.DENIED, 60.0),
        (Kind.THROTTLED, 180.0),
        (Kind.NO_ANSWER, 120.0),
        (Kind.UNREACHABLE, 45.0),
    ],
)
def test_a_budget_ends_to_the_second(kind: Kind, budget: float) -> None:
    """A moment before it the call is tried again, after it no more."""
    assert (tries(kind, budget - 0.5), tries(kind, budget)) == (3, 2)


def test_a_permission_that_is_not_needed_is_not_waited_for() -> None:
    """What passes by itself is waited for all the same."""
    assert tries(Kind.DENIED, 50.0, is_needed=False) == 1
    assert tries(Kind.THROTTLED, 50.0, is_needed=False) == 3


def test_pauses_double_up_to_twenty_seconds() -> None:
    """Half of each is fixed, half is chance; here chance is a half."""
    clock = PacedClock()
    patience = Patience(clock, clock.now() + 5000)
    assert all(patience.pause(attempt) for attempt in range(12))
    assert clock.slept == [1.125, 2.25, 4.5, 9.0, *[15.0] * 8]


# -- looking and stopping --------------------------------------------------------------------------------


def seconds_of(scene: Scene, operation: str) -> list[float]:
    """Remember when a call is made, in seconds from now."""
    began, made = scene.world.clock.now(), []
    scene.double.faults.add(
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
def test_a_job_is_looked_for_so_often(scene: Scene, physical_id: str, looks: list[float]) -> None:
    """Five times where an id may hide one that Bedrock shows late, once where none was started."""
    made = seconds_of(scene, GET)
    assert scene.delete(physical_id)["Status"] == "SUCCESS"
    assert made == looks


def test_a_named_job_is_looked_for_as_often(scene: Scene, arn: str) -> None:
    """A Delete may come before Bedrock shows the job; an Update comes later."""
    missing = arn[:-1] + ("0" if arn[-1] != "0" else "1")
    made = seconds_of(scene, GET)
    scene.delete(missing)
    assert made[:6] == [0.0, 1.5, 4.5, 12.0, 23.0, 23.0]
    began = scene.double.clock.now()
    scene.update(missing, TAGGED, properties())
    assert scene.double.clock.now() - began == 4.5


def test_a_stack_at_rest_is_asked_three_times(scene: Scene) -> None:
    """What CloudFormation says may be a moment old."""
    scene.world.says = ["CREATE_COMPLETE"] * 3 + ["CREATE_IN_PROGRESS"] * 9
    began = scene.world.clock.now()
    assert scene.create()["Status"] == "FAILED"
    assert scene.world.clock.now() - began == 4.5
    assert len(scene.world.says) == 9


def test_a_refused_job_is_looked_for_three_times(scene: Scene) -> None:
    """It may exist in spite of the refusal."""
    scene.double.faults.add(CREATE, Refuse.validation("no"), times=9)
    made = seconds_of(scene, GET)
    assert scene.create()["Status"] == "FAILED"
    assert made == [0.0, 0.0, 1.5, 4.5]


def test_a_stopping_job_is_looked_at_every_quarter_of_a_minute(scene: Scene, arn: str) -> None:
    """Until a while before the time is up; then it is left to stop."""
    scene.double.configure(stopping_seconds=10_000.0)
    made = seconds_of(scene, GET)
    assert scene.delete(arn)["Status"] == "SUCCESS"
    assert made[:6] == [0.0, 1.125, 3.375, 7.875, 16.875, 28.125]
    assert {round(after - before, 3) for before, after in pairwise(made[5:])} == {11.25}
    assert made[-1] == 804.375


def test_a_stop_that_is_refused_is_asked_for_thirteen_times(scene: Scene) -> None:
    """The job may not be known yet; then somebody is told."""
    scene.world.says = ["CREATE_IN_PROGRESS"]
    scene.world.status = "ROLLBACK_IN_PROGRESS"
    scene.double.faults.add(STOP, Refuse.not_found(), times=1000)
    scene.create(status="ROLLBACK_IN_PROGRESS")
    assert [call.operation for call in scene.double.calls(STOP)] == [STOP] * 26  # and once more to undo it


@dataclass
class Crowd:
    """A Bedrock in which every name is taken by a stranger's job."""

    asked: list[str] = field(default_factory=list)

    def get_job(self, identifier: str) -> Job:
        """Find a stranger's job."""
        self.asked.append(identifier)
        return Job(arn=f"arn:{identifier}", name=identifier, status="Stopped", created=0.0)

    def create_job(self, request: Mapping[str, object]) -> str:
        """Refuse, but keep the name."""
        self.asked.append(f"create {request['jobName']}")
        raise Refusal(Kind.QUOTA, "CreateModelCustomizationJob", "ServiceQuotaExceededException")


class CrowdedWorld(TestWorld):
    """A world in which no name is free."""

    def services(self, place: object, journal: object) -> Any:  # noqa: ANN401 - two ports
        """Give the crowd."""
        self.crowd = Crowd()
        return self.crowd, super().services(place, journal)[1]


def test_a_thousand_generations_are_looked_at() -> None:
    """Then the next name is tried."""
    world = CrowdedWorld()
    Scene(world=world).create()
    create = next(number for number, one in enumerate(world.crowd.asked) if one.startswith("create"))
    assert create == 1000
    assert len(set(world.crowd.asked[:create])) == 1000


def test_pages_are_asked_for_as_long_as_they_may_be(scene: Scene, arn: str) -> None:
    """A hundred jobs a page, the newest first."""
    scene.delete(arn)
    [call] = scene.double.calls(LIST)
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
class TimedWorld(TestWorld):
    """A world that remembers how long it was given."""

    watched: list[float] = field(default_factory=list)
    until: list[float] = field(default_factory=list)

    def watchdog(self, seconds: float, bark: Callable[[], None]) -> Any:  # noqa: ANN401 - a context manager
        """Remember when it barks."""
        self.watched.append(round(seconds, 4))
        return super().watchdog(seconds, bark)

    def put(self, url: object, content: bytes, until: float) -> int:
        """Remember until when an answer is sent."""
        self.until.append(round(until - self.clock.now(), 4))
        return super().put(url, content, until)


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
    world = TimedWorld()
    wish = properties(ServiceTimeout=timeout)
    on_event(
        event("Delete", PhysicalResourceId="not-created/x", ResourceProperties=wish),
        Context(world.clock, lambda_),
        world,
    )
    assert (world.watched, world.until) == ([watched], [until])


# -- the answer ------------------------------------------------------------------------------------------

EVENT = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "l"}


def told(outcome: Outcome, **members: str) -> dict[str, Any]:
    """Read an answer."""
    answer: dict[str, Any] = json.loads(body({**EVENT, **members}, outcome))
    return answer


@pytest.mark.parametrize(
    ("length", "kept"), [(1500, "x" * 1500), (1501, "x" * 1497 + "…"), (9000, "x" * 1497 + "…")]
)
def test_a_reason_has_fifteen_hundred_bytes(length: int, kept: str) -> None:
    """One byte more is cut, and the cut is shown."""
    assert told(Outcome(physical_id="id", failure="x" * length))["Reason"] == kept


@pytest.mark.parametrize(("length", "kept"), [(1024, "x" * 1024), (1025, "x" * 1021 + "…")])
def test_an_id_has_as_many_bytes_as_cloudformation_takes(length: int, kept: str) -> None:
    """1,024 are the limit of a physical id."""
    assert told(Outcome(physical_id="x" * length))["PhysicalResourceId"] == kept


def test_an_answer_has_one_byte_less_than_the_limit() -> None:
    """4,095 bytes keep their attributes, 4,096 lose them."""
    frame = len(body(EVENT, Outcome(physical_id="id", data={"JobArn": ""})))
    whole = body(EVENT, Outcome(physical_id="id", data={"JobArn": "x" * (4095 - frame)}))
    assert len(whole) == 4095
    assert "Data" not in told(Outcome(physical_id="id", data={"JobArn": "x" * (4096 - frame)}))


def test_a_reason_is_cut_to_two_hundred_bytes_where_ids_are_long() -> None:
    """What must be repeated comes first."""
    long = {"StackId": "s" * 1024, "RequestId": "r" * 256, "LogicalResourceId": "l" * 255}
    answer = told(Outcome(physical_id="x" * 1024, failure="y" * 9000), **long)
    assert answer["Reason"] == "y" * 197 + "…"


@pytest.mark.parametrize(
    ("name", "longest"), [("StackId", 1024), ("RequestId", 256), ("LogicalResourceId", 255)]
)
def test_what_an_answer_repeats_has_a_limit(name: str, longest: int) -> None:
    """An event with more than CloudFormation's own lengths is not answered."""
    assert is_answerable({**EVENT, name: "x" * longest})
    assert not is_answerable({**EVENT, name: "x" * (longest + 1)})
    assert not is_answerable({**EVENT, name: ""})


def test_an_answer_is_put_eight_times_with_growing_pauses() -> None:
    """Up to fifteen seconds, a quarter of which is chance here."""
    clock = PacedClock()
    with Bucket([500] * 20) as bucket, pytest.raises(Undelivered):
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
    Journal({"StackId": "s" * 1025}).write("act", value="v" * 4097)
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
    assert scrubbed(text, Wish(properties={"Request": request})) == shown


@pytest.mark.parametrize(("status", "level"), [(299, "INFO"), (300, "ERROR")])
def test_an_answer_that_was_not_taken_is_an_error(status: int, level: str) -> None:
    """Nobody follows a redirect."""
    scene = Scene(world=TestWorld(http_status=status))
    scene.create()
    assert scene.lines[-1]["level"] == level


# -- the log ---------------------------------------------------------------------------------------------


def completed(scene: Scene, wish: dict[str, Any]) -> str:
    """Create a job and let it complete."""
    arn = str(scene.create(wish)["PhysicalResourceId"])
    scene.double.complete(arn)
    return arn


def updated_in_vain(scene: Scene, wish: dict[str, Any]) -> None:
    """Update the tags of a job that has failed."""
    arn = str(scene.create(wish)["PhysicalResourceId"])
    scene.double.fail(arn, "bad data")
    scene.double.configure(finished_jobs_taggable=False)
    scene.update(arn, TAGGED, wish)


def blind_update(scene: Scene) -> None:
    """Update tags while nobody says what the stack does."""
    arn = str(scene.create()["PhysicalResourceId"])
    scene.world.denied = {"describe_stacks"}
    scene.update(arn, TAGGED, properties())


def tags_in_a_rollback(scene: Scene) -> None:
    """Give tags back that may not be written."""
    arn = str(scene.create()["PhysicalResourceId"])
    scene.double.faults.add("TagResource", Refuse.access_denied("bedrock:TagResource"), times=99)
    scene.update(arn, TAGGED, properties(), status="UPDATE_ROLLBACK_IN_PROGRESS")


def replaced_model(scene: Scene) -> None:
    """Clean a model up whose successor trains."""
    wish = properties(OnDelete="DeleteModel")
    arn = completed(scene, wish)
    new = scene.update(arn, {**TWO, "OnDelete": "DeleteModel"}, wish)["PhysicalResourceId"]
    scene.world.stands = Standing(str(new), "UPDATE_COMPLETE")
    scene.delete(arn, wish, status=CLEANUP)


def unread_model(scene: Scene) -> None:
    """Delete a model of which nobody says whether it is served."""
    wish = properties(OnDelete="DeleteModel")
    arn = completed(scene, wish)
    call = "ListCustomModelDeployments"
    scene.double.faults.add(call, Refuse.access_denied(call), times=9)
    scene.delete(arn, wish)


def slow_stop(scene: Scene) -> None:
    """Delete a job that never stops stopping."""
    arn = scene.create()["PhysicalResourceId"]
    scene.double.configure(stopping_seconds=10_000.0)
    scene.delete(arn)


def unclear(scene: Scene) -> None:
    """Delete an invented id while nobody says what stands."""
    scene.create()
    scene.world.denied = {"describe_stack_resource"}
    scene.delete(INVENTED, status=CLEANUP)


def unread_events(scene: Scene) -> None:
    """Roll back while nobody says when the operation began."""
    arn = scene.create()["PhysicalResourceId"]
    scene.double.clock.advance(60.0)
    scene.world.stack.updated = scene.double.clock.now()
    scene.world.denied = {"describe_stack_events"}
    scene.delete(arn, status="UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")


def unlisted(scene: Scene) -> None:
    """Delete a stack whose jobs may not be listed."""
    scene.double.faults.add(LIST, Refuse.access_denied(LIST), times=9)
    scene.delete(INVENTED)


def unlisted_resources(scene: Scene) -> None:
    """Delete an invented id while nobody says what stands for the stack's other resources."""
    scene.create()
    scene.world.stands = None
    scene.world.denied = {"list_stack_resources"}
    scene.world.clock.advance(60.0)
    scene.world.stack.updated = scene.world.clock.now()
    scene.delete("not-created/other", status=CLEANUP)


def unlooked_for(scene: Scene) -> None:
    """Delete what was never created, while Bedrock may not be asked."""
    scene.double.faults.add(GET, Refuse.access_denied(GET), times=99)
    scene.delete("not-created/request-9")


def unstopped(scene: Scene) -> None:
    """Start a job in a stack that goes back, and cannot stop it."""
    scene.world.says = ["CREATE_IN_PROGRESS"]
    scene.double.faults.add(STOP, Refuse.not_found(), times=1000)
    scene.create(status="ROLLBACK_IN_PROGRESS")


def foreign(scene: Scene) -> None:
    """Delete a job that another stack has started."""
    arn = scene.create()["PhysicalResourceId"]
    other = scene.world.double.jobs()[0]
    assert other.arn == arn
    stack = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/other/00000000-0000-11f0-8000-0a1b2c3d4e5f"
    scene.delete(arn, StackId=stack)


def uncounted(scene: Scene) -> None:
    """Delete a stack in an account with more jobs than can be read in time."""
    double = scene.double
    for number in range(3):
        names = {"jobName": f"other-{number}", "customModelName": f"other-{number}"}
        double.client(account=ACCOUNT, region=REGION).create_model_customization_job(**REQUEST, **names)
    double.faults.add(LIST, BeforeCall(lambda one: one.clock.advance(820.0)))
    scene.delete("not-created/request-9")


def refused(scene: Scene) -> None:
    """Send an event that nobody can answer."""
    on_event({}, Context(scene.world.clock), scene.world)


class Broken:
    """Stands in for a bug."""

    def __getattr__(self, _name: str) -> object:
        raise RuntimeError("a bug")


class BrokenWorld(TestWorld):
    """A world with a bug."""

    def services(self, place: object, journal: object) -> Any:  # noqa: ANN401 - two ports
        """Break Bedrock."""
        return Broken(), super().services(place, journal)[1]


def crashed(scene: Scene) -> None:
    """Meet a bug."""
    scene.world = BrokenWorld(double=BedrockDouble(clock=TurnedClock(), account=ACCOUNT))
    scene.create()


@dataclass
class DeafWorld(TestWorld):
    """A world whose bucket cannot be reached."""

    def put(self, _url: object, _content: bytes, _until: float) -> int:
        """Reach nobody."""
        raise Undelivered("nobody there")


def unanswered(scene: Scene) -> None:
    """Run out of time while nobody can be told."""
    scene.world = DeafWorld(double=BedrockDouble(clock=TurnedClock(), account=ACCOUNT))
    scene.double.faults.add(CREATE, BeforeCall(lambda double: double.clock.advance(825.0)))
    with pytest.raises(Undelivered):
        scene.create()


STORIES: dict[str, tuple[Callable[[Scene], object], set[tuple[str, str]]]] = {
    "create": (
        lambda scene: scene.create(),
        {("decided", "INFO"), ("job started", "INFO"), ("answered", "INFO")},
    ),
    "tags": (
        lambda scene: scene.update(scene.create()["PhysicalResourceId"], TAGGED, properties()),
        {("tags updated", "INFO")},
    ),
    "dead": (
        lambda scene: updated_in_vain(scene, properties()),
        {("decided", "WARNING"), ("tags refused", "WARNING")},
    ),
    "tags in a rollback": (tags_in_a_rollback, {("tags refused", "WARNING"), ("answered", "INFO")}),
    "blind update": (blind_update, {("stack not read", "ERROR"), ("tags not written", "ERROR")}),
    "delete": (
        lambda scene: scene.delete(scene.create()["PhysicalResourceId"]),
        {("job asked to stop", "INFO"), ("job ended", "INFO")},
    ),
    "nothing": (
        lambda scene: scene.delete("not-created/request-9"),
        {("nothing to end", "INFO"), ("answered", "INFO")},
    ),
    "model": (
        lambda scene: scene.delete(
            completed(scene, properties(OnDelete="DeleteModel")), properties(OnDelete="DeleteModel")
        ),
        {("model deleted", "INFO")},
    ),
    "kept model": (replaced_model, {("model kept", "WARNING")}),
    "unread model": (unread_model, {("not listed", "WARNING"), ("model kept", "ERROR")}),
    "slow stop": (slow_stop, {("job still stopping", "WARNING")}),
    "unclear": (unclear, {("resource not read", "WARNING"), ("job left running", "ERROR")}),
    "unread events": (unread_events, {("events not read", "WARNING")}),
    "unlisted resources": (
        unlisted_resources,
        {("resources not listed", "WARNING"), ("job left running", "ERROR")},
    ),
    "unlisted": (unlisted, {("jobs not listed", "WARNING")}),
    "unlooked for": (unlooked_for, {("not looked for", "WARNING")}),
    "unstopped": (unstopped, {("job not stopped", "ERROR"), ("answered", "ERROR")}),
    "foreign": (foreign, {("job left alone", "INFO")}),
    "uncounted": (uncounted, {("not all jobs read", "WARNING")}),
    "refused": (refused, {("event refused", "ERROR")}),
    "crashed": (crashed, {("crashed", "ERROR"), ("answered", "ERROR")}),
    "unanswered": (unanswered, {("not answered", "ERROR")}),
}


@pytest.mark.parametrize("story", STORIES)
def test_every_act_has_its_level(scene: Scene, story: str) -> None:
    """What somebody must act on is an error, what may need a look a warning."""
    tell, expected = STORIES[story]
    tell(scene)
    assert expected <= {(line["act"], line["level"]) for line in scene.lines}


def test_every_act_has_a_story() -> None:
    """No line of the log is left out."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(HANDLER.glob("*.py")))
    written = set(re.findall(r"journal\.write\(\s*\"([a-z ]+)\"", text)) - {"called"}
    assert written == {act for _, expected in STORIES.values() for act, _ in expected}
