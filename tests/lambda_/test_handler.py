from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from customization_job.frame.response import Undelivered
from customization_job.handler import World, on_event
from customization_job.jobs.bedrock import BedrockJobs
from customization_job.jobs.lifecycle import Lifecycle

from constructs_lib.job.asset import asset_files
from constructs_lib.testing.bedrock import Refuse
from tests.lambda_.bucket import Bucket
from tests.lambda_.builders import Scene, event, properties
from tests.lambda_.fakes import FUNCTION, Context, TestWorld, TurnedClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = asset_files()
LONE = {
    f"customization_job/{name}.py"
    for name in (
        "__init__",
        "handler",
        *(f"frame/{one}" for one in ("__init__", "log", "response", "response_url", "watchdog")),
    )
}
BROKEN = sorted(name for name in FILES if name.endswith(".py") and name not in LONE)

RUN = f"""
import json, sys
class Context:
    invoked_function_arn = {FUNCTION!r}
    aws_request_id = "lambda-request"
    def get_remaining_time_in_millis(self):
        return 60_000
from customization_job.handler import on_event
on_event(json.load(sys.stdin), Context())
"""


def run(folder: Path, told: dict[str, Any], origin: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run staged files as Lambda would, without this project on the path."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, *flags, "-c", RUN],
        input=json.dumps(told),
        env={**kept, "PYTHONPATH": str(folder), "AWS_ENDPOINT_URL": origin},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def stage(folder: Path, **broken: str) -> None:
    """Write the asset's files, some of them changed."""
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, text in broken.items():
        (folder / name).write_text(text)


@pytest.mark.parametrize("name", BROKEN)
def test_whatever_cannot_be_imported_is_answered(tmp_path: Path, name: str) -> None:
    """A file of the asset that is broken fails the deployment at once instead of hanging it for an hour."""
    stage(tmp_path, **{name: "this is not Python"})
    with Bucket([]) as bucket:
        done = run(tmp_path, event("Create", ResponseURL=bucket.url), f"http://127.0.0.1:{bucket.port}", "-S")
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
        done = run(tmp_path, told, f"http://127.0.0.1:{bucket.port}", "-S")
    answer = json.loads(bucket.puts[0].content)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", physical_id)
    assert "ModuleNotFoundError" in answer["Reason"]
    assert done.returncode == 0


class Crashing(TestWorld):
    """A world in which the handler has a bug that shows a secret."""

    __test__ = False

    def services(self, _place: object, _journal: object) -> Any:  # noqa: ANN401 - it never returns
        """Fail as nobody foresaw."""
        raise RuntimeError(f"canary-secret {event('Create')['ResponseURL']}")


def test_a_bug_is_answered_without_its_text() -> None:
    """An exception's text may hold anything, so only its name and place are told."""
    scene = Scene(world=Crashing())
    answer = scene.create()
    assert answer["Status"] == "FAILED"
    assert "RuntimeError" in answer["Reason"]
    assert "canary" not in answer["Reason"] + scene.world.log.getvalue()
    assert any("test_handler.py" in frame for line in scene.lines for frame in line.get("frames", ()))


class Stumbling(TestWorld):
    """A world in which the handler has a bug after it started a job."""

    __test__ = False

    class _Lifecycle(Lifecycle):
        def _confirmed(self, job: object) -> Any:  # noqa: ANN401 - it never returns
            raise RuntimeError(f"after {job}")

    def lifecycle(self, *parts: Any) -> Lifecycle:  # noqa: ANN401 - handed through
        """Make the one with the bug."""
        return self._Lifecycle(*parts)


def test_a_bug_after_the_start_stops_the_job_and_gives_its_id() -> None:
    """Whatever is wrong with the handler, nothing is left running, and a Delete has the ARN."""
    scene = Scene(world=Stumbling())
    answer = scene.create()
    [job] = scene.double.jobs()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", job.arn)
    assert job.status == "Stopping"


@pytest.mark.parametrize("url", ["https://evil.example/x", "http://127.0.0.1:9/x", None, 7])
@pytest.mark.parametrize("kind", ["Create", "Delete"])
def test_an_event_whose_url_is_not_cloudformations_is_dropped(url: object, kind: str) -> None:
    """Nothing is sent anywhere, nothing is called, and the log says so without the URL."""
    world = Crashing()
    on_event(event(kind, ResponseURL=url, PhysicalResourceId="x"), Context(world.clock), world)
    assert world.answers == []
    [line] = world.log.getvalue().splitlines()
    assert json.loads(line)["act"] == "event refused"
    assert "evil" not in line


@pytest.mark.parametrize("broken", [None, [], "x", {}, {"RequestType": "Create"}])
def test_what_is_no_event_is_dropped(broken: object) -> None:
    """Whoever invokes the function by hand learns nothing and breaks nothing."""
    world = Crashing()
    on_event(broken, Context(world.clock), world)
    assert world.answers == []


def test_a_function_that_does_not_know_where_it_is_does_nothing() -> None:
    """Without its own ARN it cannot tell its own stacks from others."""
    world = Crashing()
    on_event(event("Create"), Context(world.clock, invoked_function_arn=""), world)
    assert world.answers == []


@pytest.mark.parametrize("status", [200, 403])
def test_an_answer_that_is_refused_ends_quietly(status: int) -> None:
    """A URL that has run out is no reason to have Lambda send the event again."""
    scene = Scene(world=TestWorld(http_status=status))
    scene.create()
    assert scene.lines[-1]["httpStatus"] == status
    assert scene.lines[-1]["level"] == ("INFO" if status == 200 else "ERROR")


class Unheard(TestWorld):
    """A world in which no answer arrives."""

    __test__ = False

    def put(self, _url: object, _content: bytes, _until: float) -> int:
        """Reach nobody."""
        raise Undelivered("nobody there")


def test_an_answer_that_cannot_be_sent_is_left_to_a_retry() -> None:
    """Lambda sends the event again, and then the job is found."""
    world = Unheard()
    with pytest.raises(Undelivered):
        on_event(event("Create", "same"), Context(world.clock), world)
    again = TestWorld(double=world.double)
    on_event(event("Create", "same"), Context(again.clock), again)
    [job] = again.double.jobs()
    assert again.answers[0]["PhysicalResourceId"] == job.arn


class Hanging(World):
    """The real watchdog in real time, around a service that hangs."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.released = threading.Event()

    def services(self, _place: object, _journal: object) -> Any:  # noqa: ANN401 - two ports
        """Hang until somebody has answered."""
        self.released.wait(10.0)
        raise RuntimeError("released")

    def put(self, _url: object, content: bytes, _until: float) -> int:
        """Keep the answer, and let go."""
        self.answers.append(json.loads(content))
        self.released.set()
        return 200


def test_the_real_watchdog_answers_once() -> None:
    """A thread of its own answers while the handler hangs, and the handler then keeps silent."""
    world = Hanging()
    context = Context(TurnedClock(), seconds=0.4)
    began = time.monotonic()
    on_event(event("Create"), context, world)
    [answer] = world.answers
    assert "ran out of time" in answer["Reason"]
    assert time.monotonic() - began < 5.0


class Slow(Hanging):
    """The same, and the answer takes its time."""

    def put(self, url: object, content: bytes, until: float) -> int:
        """Let go of the handler first, and only then have the answer arrive."""
        self.released.set()
        time.sleep(0.3)
        return super().put(url, content, until)


class Mute(Hanging):
    """The same, and nobody can be reached."""

    def put(self, url: object, content: bytes, until: float) -> int:
        """Let go of the handler, and fail."""
        super().put(url, content, until)
        raise Undelivered("nobody there")


def test_a_watchdog_that_reaches_nobody_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """What it meets in its own thread is in the log, and makes Lambda send the event again."""
    with pytest.raises(Undelivered):
        on_event(event("Create"), Context(TurnedClock(), seconds=0.4), Mute())
    acts = [json.loads(line)["act"] for line in capsys.readouterr().out.splitlines()]
    assert "not answered" in acts


def test_an_answer_of_the_watchdog_is_waited_for() -> None:
    """Lambda freezes every thread when the function returns, so it must not return too soon."""
    world = Slow()
    on_event(event("Create"), Context(TurnedClock(), seconds=0.4), world)
    assert len(world.answers) == 1


def test_the_real_watchdog_is_called_off() -> None:
    """A handler that is done leaves no thread behind."""
    before = set(threading.enumerate())
    with World().watchdog(30.0, lambda: None):
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


def _refuse(scene: Scene) -> None:
    message = (
        "1 error at requestMetadataFilters: canary-value of canary-key, canary: no, at https://x/?canary"
    )
    scene.double.faults.add("CreateModelCustomizationJob", Refuse.validation(message))
    scene.create(SECRET)


def _fail(scene: Scene) -> None:
    made = scene.create(SECRET, request_id="same")["PhysicalResourceId"]
    scene.double.fail(made, "no record matches canary-key = canary-value")
    scene.create(SECRET, request_id="same")


def _update(scene: Scene) -> None:
    made = scene.create(SECRET)["PhysicalResourceId"]
    scene.update(made, properties(), SECRET)
    scene.update(made, SECRET, properties(), status="UPDATE_ROLLBACK_IN_PROGRESS")


def _delete(scene: Scene) -> None:
    made = scene.create(SECRET)["PhysicalResourceId"]
    scene.delete(made, SECRET)
    scene.delete("invented", SECRET)


class Loud(TestWorld):
    """A world that logs every call."""

    __test__ = False

    def services(self, place: Any, journal: Any) -> Any:  # noqa: ANN401 - two ports
        """Give the double behind the shipped port, with its log."""
        bedrock, stacks = super().services(place, journal)
        return BedrockJobs(bedrock._client, journal), stacks


@pytest.mark.parametrize(
    "story",
    [
        lambda scene: scene.create(SECRET),
        lambda scene: scene.create(BAD_SECRET),
        _refuse,
        _fail,
        _update,
        _delete,
    ],
)
def test_no_secret_reaches_a_log_or_an_answer(story: Callable[[Scene], object]) -> None:
    """Metadata filters and the signed URL appear nowhere, at the loudest level, through every story."""
    scene = Scene(world=Loud())
    story(scene)
    written = scene.world.log.getvalue() + json.dumps(scene.world.answers)
    assert scene.world.answers
    assert '"act": "called"' in written or scene.calls() == []
    assert "canary" not in written
    assert all(line.isascii() and line.isprintable() for line in scene.world.log.getvalue().splitlines())


def test_every_act_says_who_and_what() -> None:
    """Each line has the stack, the logical id, the event, and the job it is about."""
    scene = Scene()
    made = scene.create()["PhysicalResourceId"]
    scene.delete(made)
    acts = {line["act"]: line for line in scene.lines}
    head = {"stackId", "logicalResourceId", "requestId", "requestType", "level", "act"}
    assert all(head <= set(line) for line in scene.lines)
    assert acts["decided"]["decision"] == "Start"
    for act in ("job started", "job asked to stop", "job ended"):
        assert acts[act]["jobArn"] == made
    assert acts["answered"]["physicalResourceId"] == made
