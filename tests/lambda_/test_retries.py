from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from constructs_lib.testing.bedrock import AfterCall, BedrockDouble, BeforeCall, Refuse
from tests.lambda_.builders import (
    CREATE,
    GET,
    INVENTED,
    NEW_YEAR,
    REQUEST,
    TAGGED,
    TWO,
    Harness,
    decode,
    event,
    properties,
)
from tests.lambda_.fakes import ACCOUNT, REGION, Fakes


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        (Refuse.role_not_ready(), 8),
        (Refuse.data_not_readable(), 8),
        (Refuse.access_denied(), 4),
        (Refuse.throttled(), 6),
        (Refuse.internal(), 5),
        (Refuse.internal(503), 5),
    ],
)
def test_what_passes_by_itself_is_waited_for(harness: Harness, fault: Refuse, times: int) -> None:
    """A fresh role, a fresh policy, throttling and server errors end well."""
    harness.double.faults.add(CREATE, fault, times=times)
    assert harness.create()["Status"] == "SUCCESS"
    assert len(harness.double.jobs()) == 1


@pytest.mark.parametrize(
    ("fault", "least", "most", "told"),
    [
        (Refuse.role_not_ready(), 150, 240, "roleArn"),
        (Refuse.data_not_readable(), 150, 240, "roleArn may read the data"),
        (Refuse.access_denied(), 40, 100, "policies of the function's role"),
        (Refuse.throttled(), 150, 240, "Deploy again later"),
        (Refuse.internal(), 100, 160, "may be Legacy, or not open"),
    ],
)
def test_a_real_mistake_ends_and_says_how_long_it_was_tried(
    harness: Harness, fault: Refuse, least: float, most: float, told: str
) -> None:
    """Retries are bounded, and do not hide what was wrong."""
    began = harness.fakes.clock.now()
    harness.double.faults.add(CREATE, fault, times=1000)
    answer = harness.create()
    assert answer["Status"] == "FAILED"
    assert least <= harness.fakes.clock.now() - began <= most
    assert "tries over" in answer["Reason"]
    assert told in answer["Reason"]
    assert harness.double.jobs() == ()


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
        (Refuse.denied_explicitly("identity-based policy"), "A policy denies this explicitly"),
    ],
)
def test_what_does_not_pass_is_not_tried_again(harness: Harness, fault: Refuse, told: str) -> None:
    """Quotas, wrong requests and explicit denials fail at once and name what is wrong."""
    harness.double.faults.add(CREATE, fault, times=1000)
    answer = harness.create()
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == "not-created/request-1"
    assert told in answer["Reason"]
    assert harness.calls(CREATE) == [CREATE]


def test_a_permission_that_was_there_is_not_waited_for_again(harness: Harness, arn: str) -> None:
    """Only a policy that has just been made needs a moment."""
    harness.double.faults.add(GET, Refuse.access_denied(GET), skip=1)
    began = harness.fakes.clock.now()
    assert harness.update(arn, TAGGED, properties())["Status"] == "FAILED"
    assert harness.fakes.clock.now() == began


def test_a_network_without_a_way_out_fails_fast_and_says_so() -> None:
    """In a VPC without an endpoint the connection times out; the answer names the network."""
    harness = Harness(fakes=_CutOff())
    answer = harness.create()
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == "not-created/request-1"
    assert "Check the function's network" in answer["Reason"]
    assert harness.fakes.clock.now() - NEW_YEAR < 120


class _CutOff(Fakes):
    """Fakes without a network."""

    __test__ = False

    def connect(self, _service: str) -> object:
        return _Unreachable()


class _Unreachable:
    def __getattr__(self, _name: str) -> Any:  # noqa: ANN401 - any method
        def call(**_: object) -> None:
            raise ConnectTimeoutError(endpoint_url="https://bedrock.eu-west-1.amazonaws.com")

        return call


def test_the_watchdog_answers_for_a_handler_that_hangs(harness: Harness) -> None:
    """Before Lambda ends the function CloudFormation hears of it, with the best id known."""
    harness.seconds = 25.0
    harness.double.faults.add(GET, BeforeCall(lambda double: double.clock.advance(24.0)))
    answer = harness.create()
    assert len(harness.fakes.answers) == 1
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "not-created/request-1")
    assert "ran out of time" in answer["Reason"]
    assert harness.double.jobs() == ()


def test_what_was_started_while_the_watchdog_answered_is_stopped(harness: Harness) -> None:
    """CloudFormation has heard of a failure, so the job that came too late must not go on."""
    harness.double.faults.add(CREATE, AfterCall(lambda double: double.clock.advance(825.0)))
    answer = harness.create()
    assert len(harness.fakes.answers) == 1
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "unconfirmed/request-1")
    assert harness.statuses == ["Stopping"]


def test_a_failed_update_that_runs_out_of_time_keeps_its_id(harness: Harness, arn: str) -> None:
    """The watchdog returns the current id."""
    harness.double.faults.add(CREATE, AfterCall(lambda double: double.clock.advance(825.0)))
    answer = harness.update(arn, TWO, properties())
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert harness.statuses == ["InProgress", "Stopping"]


def test_looks_end_with_the_time(harness: Harness) -> None:
    """Looking again is worth nothing when no time is left to act."""
    harness.seconds = 12.0
    harness.double.faults.add(GET, BeforeCall(lambda double: double.clock.advance(7.0)))
    assert harness.delete(INVENTED)["Status"] == "SUCCESS"
    assert harness.calls(GET) == [GET]


class Squatter:
    """Takes every name just before it is used."""

    def __init__(self) -> None:
        change = decode(event("Create"))
        self.names = [change.job_name(change.desired, generation) for generation in range(9)]
        self.is_busy = False

    def __call__(self, double: BedrockDouble) -> None:
        """Take the next name, unless this call is its own."""
        if not self.is_busy:
            self.is_busy = True
            names = {"jobName": self.names.pop(0), "customModelName": f"free-{len(self.names)}"}
            double.client(account=ACCOUNT, region=REGION).create_model_customization_job(**REQUEST, **names)
            self.is_busy = False


def test_names_that_keep_being_taken_end_in_a_failure(harness: Harness) -> None:
    """After some attempts the handler fails, and starts no job."""
    harness.double.faults.add(CREATE, BeforeCall(Squatter()), times=1000)
    answer = harness.create()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "not-created/request-1")
    assert len(harness.double.jobs()) == 5
    assert not any(job.token.startswith("v2-") for job in harness.double.jobs())


@pytest.mark.parametrize(
    ("timeout", "most"), [("2700", 815), ("600", 135), ("60", 16), ("nonsense", 815), ("99999", 815)]
)
def test_retries_fit_into_what_cloudformation_waits(harness: Harness, timeout: str, most: float) -> None:
    """A third of ServiceTimeout belongs to each of Lambda's attempts."""
    harness.double.configure(stopping_seconds=10_000)
    desired = properties(ServiceTimeout=timeout)
    made = harness.create(desired)["PhysicalResourceId"]
    began = harness.fakes.clock.now()
    harness.delete(made, desired)
    assert harness.fakes.clock.now() - began <= most
