from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from customization_job.bedrock import BedrockJobs, CloudFormationStacks
from customization_job.wire import decode

from constructs_lib.testing.bedrock import AfterCall, BedrockDouble, BeforeCall, Refuse
from tests.lambda_.scene import (
    CREATE,
    GET,
    INVENTED,
    NEW_YEAR,
    REQUEST,
    TAGGED,
    TWO,
    Scene,
    event,
    properties,
)
from tests.lambda_.world import ACCOUNT, REGION, TestWorld


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
def test_what_passes_by_itself_is_waited_for(scene: Scene, fault: Refuse, times: int) -> None:
    """A fresh role, a fresh policy, throttling and server errors end well."""
    scene.double.faults.add(CREATE, fault, times=times)
    assert scene.create()["Status"] == "SUCCESS"
    assert len(scene.double.jobs()) == 1


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
        (Refuse.denied_explicitly("identity-based policy"), "A policy denies this explicitly"),
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


def test_the_watchdog_answers_for_a_handler_that_hangs(scene: Scene) -> None:
    """Before Lambda ends the function CloudFormation hears of it, with the best id known."""
    scene.seconds = 25.0
    scene.double.faults.add(GET, BeforeCall(lambda double: double.clock.advance(24.0)))
    answer = scene.create()
    assert len(scene.world.answers) == 1
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "not-created/request-1")
    assert "ran out of time" in answer["Reason"]
    assert scene.double.jobs() == ()


def test_what_was_started_while_the_watchdog_answered_is_stopped(scene: Scene) -> None:
    """CloudFormation has heard of a failure, so the job that came too late must not go on."""
    scene.double.faults.add(CREATE, AfterCall(lambda double: double.clock.advance(825.0)))
    answer = scene.create()
    assert len(scene.world.answers) == 1
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "unconfirmed/request-1")
    assert scene.statuses == ["Stopping"]


def test_a_failed_update_that_runs_out_of_time_keeps_its_id(scene: Scene, arn: str) -> None:
    """The watchdog repeats the id that stands."""
    scene.double.faults.add(CREATE, AfterCall(lambda double: double.clock.advance(825.0)))
    answer = scene.update(arn, TWO, properties())
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert scene.statuses == ["InProgress", "Stopping"]


def test_looks_end_with_the_time(scene: Scene) -> None:
    """Looking again is worth nothing when no time is left to act."""
    scene.seconds = 12.0
    scene.double.faults.add(GET, BeforeCall(lambda double: double.clock.advance(7.0)))
    assert scene.delete(INVENTED)["Status"] == "SUCCESS"
    assert scene.calls(GET) == [GET]


class Squatter:
    """Takes every name just before it is used."""

    def __init__(self) -> None:
        change = decode(event("Create"))
        self.names = [change.job_name(change.wish, generation) for generation in range(9)]
        self.is_busy = False

    def __call__(self, double: BedrockDouble) -> None:
        """Take the next name, unless this call is its own."""
        if not self.is_busy:
            self.is_busy = True
            names = {"jobName": self.names.pop(0), "customModelName": f"free-{len(self.names)}"}
            double.client(account=ACCOUNT, region=REGION).create_model_customization_job(**REQUEST, **names)
            self.is_busy = False


def test_names_that_keep_being_taken_end_in_a_failure(scene: Scene) -> None:
    """However often somebody is faster, it ends, and no job of ours is started."""
    scene.double.faults.add(CREATE, BeforeCall(Squatter()), times=1000)
    answer = scene.create()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "not-created/request-1")
    assert len(scene.double.jobs()) == 5
    assert not any(job.token.startswith("v2-") for job in scene.double.jobs())


@pytest.mark.parametrize(
    ("timeout", "most"), [("2700", 815), ("600", 135), ("60", 16), ("nonsense", 815), ("99999", 815)]
)
def test_retries_fit_into_what_cloudformation_waits(scene: Scene, timeout: str, most: float) -> None:
    """A third of ServiceTimeout belongs to each of Lambda's attempts."""
    scene.double.configure(stopping_seconds=10_000)
    wish = properties(ServiceTimeout=timeout)
    made = scene.create(wish)["PhysicalResourceId"]
    began = scene.world.clock.now()
    scene.delete(made, wish)
    assert scene.world.clock.now() - began <= most
