from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from customization_job.frame.errors import AwsError, ErrorKind
from customization_job.frame.log import Log
from customization_job.frame.retry import Retry
from customization_job.jobs.messages import call_failed, scrubbed

from tests.lambda_.builders import decode, event, properties
from tests.lambda_.fakes import TurnedClock

if TYPE_CHECKING:
    from customization_job.jobs.desired_state import DesiredState


def desired(**filters: object) -> DesiredState:
    """DesiredState for a job with secrets."""
    logs = {"invocationLogSource": {"s3Uri": "s3://bucket/logs/"}, "requestMetadataFilters": filters}
    told = properties({"trainingDataConfig": {"invocationLogsConfig": logs}})
    return decode(event("Create", ResourceProperties=told)).desired


# -- the log ---------------------------------------------------------------------------------------------


def logged(level: str, *acts: tuple[str, str], **details: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - details
    """Write acts and return the lines of the log."""
    stream = io.StringIO()
    log = Log(event("Create"), stream, level)
    for act, loudness in acts:
        log.write(act, loudness, **details)
    assert stream.getvalue().isascii()
    return [json.loads(line) for line in stream.getvalue().split("\n") if line]


@pytest.mark.parametrize(
    "value", ["a\nb", "a\r\nb", '"}\n{"act": "forged"}', "\x00\x1b[31m", "\x7f", "\u2028", "💥", "\ud83d"]
)
def test_no_value_breaks_a_line(value: str) -> None:
    """Control characters, quotes and line separators are escaped: one act, one line."""
    [line] = logged("INFO", ("act", "INFO"), value=value)
    assert line["value"] == value
    assert line["act"] == "act"


@pytest.mark.parametrize(
    ("level", "written"),
    [("DEBUG", 4), ("INFO", 3), ("WARNING", 2), ("ERROR", 1), ("nonsense", 3), ("", 3)],
)
def test_a_log_has_the_level_that_is_set(level: str, written: int) -> None:
    """LOG_LEVEL decides; what is no level is INFO."""
    acts = [(one, one) for one in ("DEBUG", "INFO", "WARNING", "ERROR")]
    assert len(logged(level, *acts)) == written


def test_the_environment_sets_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """LOG_LEVEL=ERROR keeps acts out of the log."""
    stream = io.StringIO()
    monkeypatch.setenv("LOG_LEVEL", "error")
    Log({}, stream).write("act")
    assert stream.getvalue() == ""


def test_the_event_itself_is_never_written() -> None:
    """Only its ids are, cut short; what is no text is left out."""
    [line] = logged("DEBUG", ("act", "DEBUG"))
    assert "ResponseURL" not in line
    stream = io.StringIO()
    Log({"StackId": "x" * 5000, "RequestId": ["y"]}, stream, "INFO").write("act")
    told = json.loads(stream.getvalue())
    assert len(told["stackId"]) == 1024
    assert told["requestId"] == ""


# -- reasons ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "text", "shown"),
    [
        ({"equals": {"project": "apollo"}}, "project is not apollo", "*** is not ***"),
        (
            {"andAll": [{"equals": {"a": "moon"}}, {"notEquals": {"b": "mars"}}]},
            "a moon, b mars",
            "*** ***, *** ***",
        ),
        ({"equals": {"id": "7"}}, "id 7 of 77 ideas", "*** *** of 77 ideas"),
        ({"equals": {"k": ""}}, "k is empty", "*** is empty"),
        ({"equals": {"apollo": "apollo-11"}}, "apollo-11, apollo", "***, ***"),
    ],
)
def test_secrets_are_taken_out_of_a_services_words(filters: dict[str, Any], text: str, shown: str) -> None:
    """Keys and values of metadata filters are masked, longer ones first."""
    assert scrubbed(text, desired(**filters)) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://bucket/x?X-Amz-Signature=1 now", "see   now"),
        ("see HTTPS://bucket/x?X-Amz-Signature=1 now", "see   now"),
        ("a\nb\tc\x00\x9bd", "a b c d"),
        ("a\u202egnp.exe\u2066b\u200fc", "a gnp.exe b c"),
        ("x" * 5000, "x" * 700),
        ("s3://bucket/train.jsonl line 3", "s3://bucket/train.jsonl line 3"),
    ],
)
def test_addresses_and_control_characters_are_taken_out(text: str, shown: str) -> None:
    """What remains is short and printable; S3 URIs stay, for they say where to look."""
    assert scrubbed(text, desired()) == shown


@pytest.mark.parametrize("kind", ErrorKind)
def test_every_error_says_what_to_do(kind: ErrorKind) -> None:
    """Each kind has its advice, the call's name, the code, and how long it was tried."""
    error = AwsError(kind, "CreateModelCustomizationJob", "SomeException", "the service's words")
    error.tries, error.seconds = 7, 181.6
    told = call_failed(error, desired())
    assert told.startswith("CreateModelCustomizationJob failed after 7 tries over 182 s (SomeException). ")
    assert told.endswith("Message from AWS: the service's words")
    assert len(told) > 120


def test_a_call_without_an_answer_is_said_to_have_none() -> None:
    """Where nothing came back there is no code."""
    assert call_failed(AwsError(ErrorKind.NO_RESPONSE, "DescribeStacks"), desired()).startswith(
        "DescribeStacks got no response."
    )


# -- retry --------------------------------------------------------------------------------------------


class Flaky:
    """Fails so many times, then works."""

    def __init__(self, kind: ErrorKind, times: int) -> None:
        self.kind, self.times, self.calls = kind, times, 0

    def __call__(self) -> str:
        """Fail or work."""
        self.calls += 1
        if self.calls <= self.times:
            raise AwsError(self.kind, "Operation")
        return "done"


PASSES = {
    ErrorKind.NO_SUBSCRIPTION: 300,
    ErrorKind.ROLE_NOT_READY: 180,
    ErrorKind.ROLE_LACKS_MODEL: 180,
    ErrorKind.DATA_NOT_READY: 180,
    ErrorKind.DENIED: 60,
    ErrorKind.DENIED_BY_KEY: 60,
    ErrorKind.THROTTLED: 180,
    ErrorKind.SERVER_ERROR: 120,
    ErrorKind.NO_RESPONSE: 120,
    ErrorKind.UNREACHABLE: 45,
}


@pytest.mark.parametrize("kind", ErrorKind)
def test_each_kind_is_tried_as_long_as_it_may_take(kind: ErrorKind) -> None:
    """What passes by itself has its budget; what does not is tried once."""
    seconds = PASSES.get(kind, 0)
    clock, action = TurnedClock(), Flaky(kind, 10_000)
    began = clock.now()
    with pytest.raises(AwsError) as caught:
        Retry(clock, clock.now() + 1000).call("Operation", action)
    assert seconds <= clock.now() - began <= seconds + 20
    assert (action.calls > 1) == (seconds > 0)
    assert (caught.value.tries, caught.value.seconds) == (action.calls, clock.now() - began)


def test_the_deadline_is_stronger_than_any_budget() -> None:
    """Nothing is slept over the deadline."""
    clock = TurnedClock()
    retry, began = Retry(clock, clock.now() + 10, clock.now() + 100), clock.now()
    with pytest.raises(AwsError):
        retry.call("Operation", Flaky(ErrorKind.THROTTLED, 10_000))
    assert clock.now() - began < 10
    assert retry.left > 0
    retry.extend()
    assert retry.left > 90


def test_a_permission_is_waited_for_until_it_was_there_once() -> None:
    """A fresh policy takes a moment; one that worked a moment ago lacks something."""
    clock = TurnedClock()
    retry = Retry(clock, clock.now() + 1000)
    assert retry.call("Operation", Flaky(ErrorKind.DENIED, 3)) == "done"
    denied = Flaky(ErrorKind.DENIED, 3)
    with pytest.raises(AwsError):
        retry.call("Operation", denied)
    assert denied.calls == 1
    assert retry.call("Another", Flaky(ErrorKind.DENIED, 3)) == "done"
