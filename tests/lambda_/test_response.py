from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import Any

import pytest
from customization_job.frame.response import (
    LIMIT,
    DeliveryError,
    Outcome,
    SystemClock,
    body,
    is_answerable,
    put,
)
from customization_job.frame.response_url import Target
from customization_job.frame.watchdog import Once
from hypothesis import given
from hypothesis import strategies as st

from tests.lambda_.bucket import Bucket
from tests.lambda_.builders import STEADY, event

EVENT = event("Create")
BOMB = "💥" * 2048


class HastyClock(SystemClock):
    """Real time, in which pauses take no time but are counted."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Count a pause."""
        self.slept.append(seconds)

    def now(self) -> float:
        """Count the pauses as time."""
        return super().now() + sum(self.slept)


def sent(bucket: Bucket, seconds: float = 60.0) -> tuple[int, list[float]]:
    """Send a response and return the status and the pauses."""
    clock = HastyClock()
    return put(bucket.target, b'{"a":1}', until=clock.now() + seconds, clock=clock), clock.slept


# -- the bytes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome(physical_id="id"), "SUCCESS"),
        (Outcome(physical_id="id", data={"JobArn": "arn"}), "SUCCESS"),
        (Outcome(physical_id="id", failure="why"), "FAILED"),
        (Outcome(physical_id="id", failure=BOMB), "FAILED"),
        (Outcome(physical_id="x" * 5000, failure=BOMB, data={"JobArn": "y" * 5000}), "FAILED"),
        (Outcome(physical_id="x" * 1024, failure='"\\' * 3000), "FAILED"),
        (Outcome(physical_id="id", failure="\x00\x1f" * 2000), "FAILED"),
        (Outcome(physical_id="id", failure="\ud83d lone"), "FAILED"),
        (Outcome(physical_id="", failure="why"), "FAILED"),
        (Outcome(physical_id="id", data={"JobArn": "💥" * 1200}), "SUCCESS"),
    ],
)
def test_every_answer_is_short_and_whole(outcome: Outcome, status: str) -> None:
    """Fewer than 4,096 bytes, valid JSON, an id that is never empty, and a reason for every failure."""
    content = body(EVENT, outcome)
    told = json.loads(content.decode("utf-8"))
    assert len(content) < LIMIT
    assert told["Status"] == status
    assert 0 < len(told["PhysicalResourceId"]) <= 1024
    assert {name: told[name] for name in ("StackId", "RequestId", "LogicalResourceId")} == {
        name: EVENT[name] for name in ("StackId", "RequestId", "LogicalResourceId")
    }
    assert ("Reason" in told) == (status == "FAILED")


def test_a_long_reason_is_cut_between_characters() -> None:
    """Whole emoji remain, and what is left of the limit is used."""
    reason = json.loads(body(EVENT, Outcome(physical_id="id", failure=BOMB)))["Reason"]
    assert set(reason) == {"💥", "…"}
    assert 1400 < len(reason.encode()) <= 1500


def test_attributes_go_before_the_answer_is_too_long() -> None:
    """An answer without attributes is better than none."""
    told = json.loads(body(EVENT, Outcome(physical_id="id", data={"JobArn": "x" * 5000})))
    assert "Data" not in told
    assert told["Status"] == "SUCCESS"


@STEADY
@given(
    st.text(max_size=3000),
    st.text(max_size=1500),
    st.dictionaries(st.text(max_size=9), st.text(max_size=3000), max_size=3),
)
def test_no_text_makes_an_answer_too_long(failure: str, physical_id: str, data: dict[str, str]) -> None:
    """Whatever the reason, the response is valid."""
    content = body(EVENT, Outcome(physical_id=physical_id, failure=failure, data=data))
    assert len(content) < LIMIT
    assert json.loads(content)["PhysicalResourceId"]


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        "event",
        {},
        event("Create", StackId=None),
        event("Create", StackId=7),
        event("Create", StackId=""),
        event("Create", StackId="x" * 1025),
        event("Create", request_id=""),
        event("Create", LogicalResourceId="x" * 256),
    ],
)
def test_an_event_without_ids_cannot_be_answered(broken: object) -> None:
    """What every answer repeats must be there, and of a length that CloudFormation would send."""
    assert not is_answerable(broken)
    assert is_answerable(EVENT)


# -- the way ---------------------------------------------------------------------------------------------


def test_an_answer_is_put_as_the_url_was_signed() -> None:
    """Path and query unchanged, empty Content-Type, exact length, nothing that would break the signature."""
    with Bucket([]) as bucket:
        assert sent(bucket)[0] == 200
    [request] = bucket.puts
    assert request.path == "/answer%7Ca?X-Amz-Signature=canary"
    assert request.content == b'{"a":1}'
    assert request.headers == {
        "Host": f"127.0.0.1:{bucket.port}",
        "Content-Type": "",
        "Content-Length": "7",
    }


@pytest.mark.parametrize(
    ("says", "status", "tries"),
    [
        ([], 200, 1),
        ([500, 500], 200, 3),
        ([503], 200, 2),
        ([None, None], 200, 3),
        ([429], 200, 2),
        ([400], 200, 2),
        ([204], 204, 1),
        ([403], 403, 1),
        ([404], 404, 1),
        ([307], 307, 1),
        ([301], 301, 1),
    ],
)
def test_what_passes_is_tried_again_and_what_does_not_is_not(
    says: list[int | str | None], status: int, tries: int
) -> None:
    """Server errors and lost connections are tried again; a 403 ends quietly; no redirect is followed."""
    with Bucket(list(says)) as bucket:
        assert sent(bucket)[0] == status
    assert len(bucket.puts) == tries
    assert all(one.path.startswith("/answer") for one in bucket.puts)


def test_a_bucket_that_hangs_is_given_up_and_tried_again() -> None:
    """A socket waits only so long."""
    clock = HastyClock()
    with Bucket(["hang"]) as bucket:
        assert put(bucket.target, b"{}", until=clock.now() + 60, clock=clock, socket_timeout=1.0) == 200
    assert len(bucket.puts) == 2


def test_pauses_grow_and_end_before_the_deadline() -> None:
    """Eight tries at most, with growing pauses; then Lambda is asked to send the event again."""
    with Bucket([500] * 20) as bucket:
        clock = HastyClock()
        with pytest.raises(DeliveryError, match="last status 500"):
            put(bucket.target, b"{}", until=clock.now() + 600, clock=clock)
    assert len(bucket.puts) == 8
    assert all(0.25 <= pause <= 15.0 for pause in clock.slept)
    assert clock.slept[0] <= 0.5 < clock.slept[4]


def test_nothing_is_waited_for_after_the_deadline() -> None:
    """With a second left there is one try, or two."""
    with Bucket([500] * 20) as bucket, pytest.raises(DeliveryError):
        sent(bucket, 1.0)
    assert 1 <= len(bucket.puts) <= 3


def test_an_unreachable_bucket_is_reported_without_the_url() -> None:
    """What Lambda logs about an answer that could not be sent holds no address and no signature."""
    nobody = Target(is_secure=False, host="127.0.0.1", port=9, path="/x?X-Amz-Signature=canary")
    clock = HastyClock()
    with pytest.raises(DeliveryError) as caught:
        put(nobody, b"{}", until=clock.now() + 5, clock=clock)
    assert "canary" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)


def test_no_proxy_sees_a_response_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a tunnel hides the signed URL; a local AWS, which has no TLS, is reached directly."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Bucket([]) as bucket:
        assert sent(bucket)[0] == 200


def test_one_of_two_threads_answers() -> None:
    """The watchdog and the handler cannot both answer."""
    once, taken = Once(), []
    threads = [threading.Thread(target=lambda: taken.append(once.take())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 15 + [True]


def test_the_answer_needs_only_the_standard_library() -> None:
    """The entry point loads no AWS SDK, no rules and no decisions before it can answer."""
    script = "import sys, customization_job.handler; print(*sorted(sys.modules))"
    loaded = _run(script).split()
    ours = {name for name in loaded if name.startswith("customization_job.")}
    assert ours == {
        f"customization_job.{one}"
        for one in ("frame", "frame.log", "frame.response", "frame.response_url", "frame.watchdog", "handler")
    }
    heavy = {
        "botocore",
        "boto3",
        "contract",
        "http.client",
        "ssl",
        "dataclasses",
        "email",
        "urllib.request",
    }
    assert not heavy & set(loaded)


def _run(script: str, **environment: Any) -> str:  # noqa: ANN401 - environment variables
    path = os.pathsep.join(one for one in sys.path if one)
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],
        env={"PYTHONPATH": path, **environment},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout
