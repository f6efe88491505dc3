from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from customization_job.frame.response import DeliveryError
from customization_job.handler import Dependencies, on_event
from customization_job.jobs.desired_state import Change
from customization_job.jobs.lifecycle import JobLifecycle
from customization_job.services import Services

from constructs_lib.testing.bedrock import Refuse
from tests.lambda_.bucket import Bucket
from tests.lambda_.builders import Harness, event, properties
from tests.lambda_.fakes import Context, Fakes, TurnedClock
from tests.lambda_.function import FILES, run, stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from customization_job.frame.event import Event

LONE = {
    f"customization_job/{name}.py"
    for name in (
        "__init__",
        "handler",
        *(f"frame/{one}" for one in ("__init__", "log", "route", "response", "response_url", "watchdog")),
    )
}
BROKEN = sorted(name for name in FILES if name.endswith(".py") and name not in LONE)
FIRST = {name.rpartition("/")[0]: name for name in reversed(BROKEN)}.values()
"""One of each folder: test_response.py shows that none is imported before an answer is possible."""


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the asset's files, compiled where they have been imported."""
    folder = tmp_path_factory.mktemp("asset")
    stage(folder)
    return folder


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=() if one in FIRST else pytest.mark.thorough) for one in BROKEN]
)
def test_whatever_cannot_be_imported_is_answered(staged: Path, name: str) -> None:
    """A file of the asset that is broken fails the deployment at once instead of hanging it for an hour."""
    (staged / name).write_text("this is not Python")
    with Bucket([]) as bucket:
        done = run(staged, event("Create", ResponseURL=bucket.url), "-S", AWS_ENDPOINT_URL=bucket.origin)
    (staged / name).write_bytes(FILES[name])
    [put] = bucket.puts
    answer = json.loads(put.content)
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == "not-created/request-1"
    assert "lambda-request" in answer["Reason"]
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize(("kind", "physical_id"), [("Update", "arn:old"), ("Delete", "arn:old")])
def test_without_an_sdk_the_id_stays(tmp_path: Path, kind: str, physical_id: str) -> None:
    """Without site-packages there is no botocore at all; a failed Update or Delete repeats its id."""
    stage(tmp_path)
    with Bucket([]) as bucket:
        told = event(kind, ResponseURL=bucket.url, PhysicalResourceId=physical_id)
        done = run(tmp_path, told, "-S", AWS_ENDPOINT_URL=bucket.origin)
    answer = json.loads(bucket.puts[0].content)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", physical_id)
    assert "ModuleNotFoundError" in answer["Reason"]
    assert done.returncode == 0


class Crashing(Fakes):
    """Fakes with a handler whose bug shows a secret."""

    __test__ = False

    def services(self, *_: object) -> Any:  # noqa: ANN401 - it never returns
        """Fail with an unexpected error."""
        raise RuntimeError(f"canary-secret {event('Create')['ResponseURL']}")


def test_a_bug_is_answered_without_its_text() -> None:
    """An exception's text may hold anything, so only its type and where it was raised are shown."""
    harness = Harness(fakes=Crashing())
    answer = harness.create()
    assert answer["Status"] == "FAILED"
    assert "RuntimeError" in answer["Reason"]
    assert "canary" not in answer["Reason"] + harness.fakes.log.getvalue()
    assert any("test_handler.py" in frame for line in harness.lines for frame in line.get("frames", ()))


class Stumbling(Fakes):
    """Fakes with a handler that has a bug after it started a job."""

    __test__ = False

    class _Lifecycle(JobLifecycle):
        def _confirmed(self, job: object) -> Any:  # noqa: ANN401 - it never returns
            raise RuntimeError(f"after {job}")

    def lifecycle(self, event: Event, services: Services) -> JobLifecycle:
        """Return the one with the bug."""
        return self._Lifecycle(Change.of(event), services)


def test_a_bug_after_the_start_stops_the_job_and_gives_its_id() -> None:
    """After an unexpected error no job is left running, and a Delete has the ARN."""
    harness = Harness(fakes=Stumbling())
    answer = harness.create()
    [job] = harness.double.jobs()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", job.arn)
    assert job.status == "Stopping"


@pytest.mark.parametrize("url", ["https://evil.example/x", "http://127.0.0.1:9/x", None, 7])
@pytest.mark.parametrize("kind", ["Create", "Delete"])
def test_an_event_whose_url_is_not_cloudformations_is_dropped(url: object, kind: str) -> None:
    """Nothing is sent anywhere, nothing is called, and the log says so without the URL."""
    fakes = Crashing()
    on_event(event(kind, ResponseURL=url, PhysicalResourceId="x"), Context(fakes.clock), fakes)
    assert fakes.answers == []
    [line] = fakes.log.getvalue().splitlines()
    assert json.loads(line)["act"] == "event refused"
    assert "evil" not in line


@pytest.mark.parametrize("broken", [None, [], "x", {}, {"RequestType": "Create"}])
def test_what_is_no_event_is_dropped(broken: object) -> None:
    """Whoever invokes the function by hand learns nothing and breaks nothing."""
    fakes = Crashing()
    on_event(broken, Context(fakes.clock), fakes)
    assert fakes.answers == []


def test_a_function_that_does_not_know_where_it_is_does_nothing() -> None:
    """Without its own ARN it cannot distinguish its own stacks from others."""
    fakes = Crashing()
    on_event(event("Create"), Context(fakes.clock, invoked_function_arn=""), fakes)
    assert fakes.answers == []


@pytest.mark.parametrize("status", [200, 403])
def test_an_answer_that_is_refused_ends_quietly(status: int) -> None:
    """A URL that has run out is no reason to have Lambda send the event again."""
    harness = Harness(fakes=Fakes(http_status=status))
    harness.create()
    assert harness.lines[-1]["httpStatus"] == status
    assert harness.lines[-1]["level"] == ("INFO" if status == 200 else "ERROR")


class NoResponseArrives(Fakes):
    """Fakes in which no response arrives."""

    __test__ = False

    def put(self, _url: object, _content: bytes, _until: float, _log: object) -> int:
        """Fail to deliver."""
        raise DeliveryError("unreachable")


def test_an_answer_that_cannot_be_sent_is_left_to_a_retry() -> None:
    """Lambda sends the event again, and then the job is found."""
    fakes = NoResponseArrives()
    with pytest.raises(DeliveryError):
        on_event(event("Create", "same"), Context(fakes.clock), fakes)
    again = Fakes(double=fakes.double)
    on_event(event("Create", "same"), Context(again.clock), again)
    [job] = again.double.jobs()
    assert again.answers[0]["PhysicalResourceId"] == job.arn


class Hanging(Dependencies):
    """The real watchdog in real time, around a service that hangs."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.released = threading.Event()
        self.was_released = False

    def services(self, *_: object) -> Any:  # noqa: ANN401 - it never returns
        """Hang until somebody has answered."""
        self.was_released = self.released.wait(60.0)
        raise RuntimeError("released")

    def put(self, _url: object, content: bytes, _until: float, _log: object) -> int:
        """Keep the answer, and let go."""
        self.answers.append(json.loads(content))
        self.released.set()
        return 200


def test_the_real_watchdog_answers_once() -> None:
    """A thread of its own responds while the handler hangs, and the handler then does not."""
    fakes = Hanging()
    context = Context(TurnedClock(), seconds=0.4)
    on_event(event("Create"), context, fakes)
    [answer] = fakes.answers
    assert "ran out of time" in answer["Reason"]
    assert fakes.was_released


class Slow(Hanging):
    """The same, and the answer takes its time."""

    def __init__(self) -> None:
        super().__init__()
        self.has_returned = threading.Event()

    def put(self, url: object, content: bytes, until: float, log: object) -> int:
        """Let go of the handler first, and have the answer arrive only when it has had time to return."""
        self.released.set()
        self.has_returned.wait(0.3)
        return super().put(url, content, until, log)


class Mute(Hanging):
    """The same, and the bucket cannot be reached."""

    def put(self, url: object, content: bytes, until: float, log: object) -> int:
        """Let go of the handler, and fail."""
        super().put(url, content, until, log)
        raise DeliveryError("unreachable")


def test_a_watchdog_that_cannot_send_its_response_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """An error in its own thread is in the log, and makes Lambda retry the event."""
    with pytest.raises(DeliveryError):
        on_event(event("Create"), Context(TurnedClock(), seconds=0.4), Mute())
    acts = [json.loads(line)["act"] for line in capsys.readouterr().out.splitlines()]
    assert "response not sent" in acts


def test_an_answer_of_the_watchdog_is_waited_for() -> None:
    """Lambda freezes every thread when the function returns, so it must not return too soon."""
    fakes = Slow()
    on_event(event("Create"), Context(TurnedClock(), seconds=0.4), fakes)
    count = len(fakes.answers)
    fakes.has_returned.set()
    assert count == 1


def test_the_real_watchdog_is_called_off() -> None:
    """A handler that is done leaves no thread behind."""
    before = set(threading.enumerate())
    with Dependencies().watchdog(30.0, lambda: None):
        [dog] = set(threading.enumerate()) - before
    dog.join(5.0)
    assert not dog.is_alive()


# -- no secret in any log ---------------------------------------------------------------------------------

SECRET = properties(
    {
        "trainingDataConfig": {
            "invocationLogsConfig": {
                "invocationLogSource": {"s3Uri": "s3://bucket/logs/"},
                "requestMetadataFilters": {
                    "andAll": [{"equals": {"canary-key": "canary-value"}}, {"notEquals": {"canary": "no"}}]
                },
            }
        },
    },
    JobTags=[{"key": "team", "value": "line\u2028break"}],
)
BAD_SECRET = json.loads(json.dumps(SECRET).replace("canary-value", "canary*value"))


def _refuse(harness: Harness) -> None:
    message = (
        "1 error at requestMetadataFilters: canary-value of canary-key, canary: no, at https://x/?canary"
    )
    harness.double.faults.add("CreateModelCustomizationJob", Refuse.validation(message))
    harness.create(SECRET)


def _fail(harness: Harness) -> None:
    made = harness.create(SECRET, request_id="same")["PhysicalResourceId"]
    harness.double.fail(made, "no record matches canary-key = canary-value")
    harness.create(SECRET, request_id="same")


def _update(harness: Harness) -> None:
    made = harness.create(SECRET)["PhysicalResourceId"]
    harness.update(made, properties(), SECRET)
    harness.update(made, SECRET, properties(), status="UPDATE_ROLLBACK_IN_PROGRESS")


def _delete(harness: Harness) -> None:
    made = harness.create(SECRET)["PhysicalResourceId"]
    harness.delete(made, SECRET)
    harness.delete("invented", SECRET)


class Loud(Fakes):
    """Fakes that log every call."""

    __test__ = False

    def services(self, _env: object, retry: Any, log: Any) -> Services:  # noqa: ANN401 - passed on
        """Return the real ports on top of the doubles, with the log."""
        return Services(self.connect, retry, log)


@pytest.mark.parametrize(
    "story",
    [
        lambda harness: harness.create(SECRET),
        lambda harness: harness.create(BAD_SECRET),
        _refuse,
        _fail,
        _update,
        _delete,
    ],
)
def test_no_secret_reaches_a_log_or_an_answer(story: Callable[[Harness], object]) -> None:
    """Metadata filters and the signed URL appear nowhere, at the loudest level, through every story."""
    harness = Harness(fakes=Loud())
    story(harness)
    written = harness.fakes.log.getvalue() + json.dumps(harness.fakes.answers)
    assert harness.fakes.answers
    assert '"act": "called"' in written or harness.calls() == []
    assert "canary" not in written
    assert all(line.isascii() and line.isprintable() for line in harness.fakes.log.getvalue().splitlines())


def test_every_act_says_who_and_what() -> None:
    """Each line has the stack, the logical id, the event, and the job it is about."""
    harness = Harness()
    made = harness.create()["PhysicalResourceId"]
    harness.delete(made)
    acts = {line["act"]: line for line in harness.lines}
    head = {"stackId", "logicalResourceId", "requestId", "requestType", "level", "act"}
    assert all(head <= set(line) for line in harness.lines)
    assert acts["decided"]["decision"] == "Start"
    for act in ("job started", "job asked to stop", "job ended"):
        assert acts[act]["jobArn"] == made
    assert acts["response sent"]["physicalResourceId"] == made
