"""Looks: the stack's rule has the function make true what depends on the jobs of its own stack."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from contract import follow as words
from contract.resource import PUBLISHED_MODEL_TYPE
from customization_job import handler
from customization_job.follow import LookError, why_nothing_is_followed
from customization_job.frame.event import EventError
from customization_job.frame.log import Log
from customization_job.frame.look import read_look
from customization_job.frame.stack import StackState
from customization_job.handler import on_event

from constructs_lib.testing.bedrock import BeforeCall, Refuse
from tests.lambda_.builders import GET, STACK, Harness, look
from tests.lambda_.cloudformation import ResourceRecord
from tests.lambda_.fakes import ACCOUNT, REGION, Context, Fakes

if TYPE_CHECKING:
    from collections.abc import Mapping

JOB = {"kind": "job", "job": "Job"}
PUBLISHED = {"kind": "published", "job": "Job", "resource": "Published", "parameter": "/tickets/model"}


def stands(harness: Harness, arn: str, status: str = "UPDATE_COMPLETE") -> None:
    """Make a job the resource's current one."""
    harness.fakes.current = ResourceRecord(arn, status)


def metrics(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines of which CloudWatch makes metrics."""
    return [line for line in lines if "_aws" in line]


# -- what is a look, and whose -------------------------------------------------------------------------------


def test_the_handler_knows_a_look_by_the_members_that_the_contract_names() -> None:
    """The handler cannot import the contract before it knows that it can respond."""
    assert {words.FOLLOW, words.THINGS} == handler._LOOK


@pytest.mark.parametrize(
    "event",
    [
        look(JOB, stack_id=STACK.replace("6f1c2a30", "7a000000")),
        look(JOB, stack_id=STACK.replace(ACCOUNT, "999999999999")),
        look(JOB, stack_id=STACK.replace(REGION, "us-east-1")),
        look(JOB, stack_id="training"),
        {"follow": ["x"], "things": []},
        {"follow": STACK, "things": {}},
        {"follow": STACK, "things": [JOB] * 501},
        look({**JOB, "model": "arn:aws:bedrock:eu-west-1:123456789012:custom-model/x/abcdefghwxyz"}),
        look({"kind": "model", "job": "Job"}),
        look({"kind": "job"}),
        look({"kind": "job", "job": "Job", "resource": "Published"}),
        look({"kind": "published", "job": "Job"}),
        look({**PUBLISHED, "parameter": "/tickets/${x}"}),
        look({**PUBLISHED, "resource": "no id"}),
        look({**PUBLISHED, "job": 7}),  # type: ignore[dict-item]
        look({**PUBLISHED, "bucket": "results"}),
        look({**PUBLISHED, "bucket": "results", "prefix": "no slash"}),
        look({**PUBLISHED, "bucket": "Results", "prefix": "promotion/"}),
        look({**JOB, "bucket": "results", "prefix": "promotion/"}),
        {"follow": STACK, "things": ["Job"]},
        {"follow": STACK, "things": [JOB], "jobArn": "arn:aws:bedrock:eu-west-1:123456789012:x"},
        {"follow": STACK},
    ],
)
def test_a_look_that_the_rule_of_this_stack_would_not_send_is_refused(event: Mapping[str, Any]) -> None:
    """Whoever may invoke the function can make it look at its own stack, and nothing else."""
    fakes = _Unconnected(own=STACK)
    on_event(event, Context(fakes.clock), fakes)
    [line] = map(json.loads, fakes.log.getvalue().splitlines())
    assert (line["act"], line["level"]) == ("event refused", "ERROR")
    assert fakes.answers == []


def test_a_look_has_no_other_members() -> None:
    """Whoever reads one does not rely on the handler for it."""
    with pytest.raises(EventError):
        read_look({**look(JOB), "jobArn": "arn:aws:bedrock:eu-west-1:123456789012:x"})


def test_a_function_that_does_not_know_its_stack_looks_at_none() -> None:
    """Every template that has such a rule names the stack to the function."""
    fakes = _Unconnected()
    on_event(look(JOB), Context(fakes.clock), fakes)
    assert "not the one that the function belongs to" in fakes.log.getvalue()


class _Unconnected(Fakes):
    """Fakes without any service."""

    __test__ = False

    def services(self, *_: object) -> Any:  # noqa: ANN401 - it never returns
        raise AssertionError("a service was connected")


# -- when nothing is followed --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "is_followed"),
    [
        ("CREATE_IN_PROGRESS", True),
        ("CREATE_COMPLETE", True),
        ("CREATE_FAILED", True),
        ("UPDATE_IN_PROGRESS", True),
        ("UPDATE_COMPLETE", True),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", True),
        ("UPDATE_FAILED", True),
        ("UPDATE_ROLLBACK_COMPLETE", True),
        ("IMPORT_ROLLBACK_COMPLETE", True),
        ("UPDATE_ROLLBACK_IN_PROGRESS", False),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", False),
        ("UPDATE_ROLLBACK_FAILED", False),
        ("ROLLBACK_IN_PROGRESS", False),
        ("ROLLBACK_COMPLETE", False),
        ("ROLLBACK_FAILED", False),
        ("DELETE_IN_PROGRESS", False),
        ("DELETE_FAILED", False),
        ("DELETE_COMPLETE", False),
        ("", False),
    ],
)
def test_nothing_is_followed_in_a_rollback_or_a_deletion(status: str, *, is_followed: bool) -> None:
    """Which job the stack will have is not certain then."""
    assert (why_nothing_is_followed(StackState(status=status)) == "") == is_followed


def test_a_look_during_a_rollback_calls_nothing_but_describe_stacks(harness: Harness) -> None:
    """The log says why."""
    before = len(harness.calls())
    [line] = harness.look(JOB, status="UPDATE_ROLLBACK_IN_PROGRESS")
    assert line["act"] == "nothing followed"
    assert "UPDATE_ROLLBACK_IN_PROGRESS" in line["decision"]
    assert len(harness.calls()) == before


# -- the metrics of a job ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "failed"), [(("complete",), 0), (("fail", "bad data"), 1), (("stop",), 0), ((), 0)]
)
def test_a_look_writes_whether_the_job_has_failed(
    harness: Harness, arn: str, how: tuple[str, ...], failed: int
) -> None:
    """A level and no edge: an alarm is on while the current job has failed, and off when it has not."""
    if how:
        getattr(harness.double, how[0])(arn, *how[1:])
    stands(harness, arn)
    [line] = metrics(harness.look(JOB))
    assert line["Failed"] == failed
    assert ("TrainingLoss" in line) == (how == ("complete",))
    assert [line["Stack"], line["Job"]] == ["training", "Job"]


def test_the_line_is_one_of_cloudwatchs_embedded_metric_format(harness: Harness, arn: str) -> None:
    """The members that CloudWatch Logs asks for, and a number, or an array of numbers, for each metric."""
    harness.double.complete(arn)
    stands(harness, arn)
    [line] = metrics(harness.look(JOB))
    about = line["_aws"]
    assert about["Timestamp"] == int(harness.fakes.clock.now() * 1000)
    [directive] = about["CloudWatchMetrics"]
    assert directive["Namespace"] == "BedrockModelCustomization"
    assert directive["Dimensions"] == [["Stack", "Job"]]
    names = [metric["Name"] for metric in directive["Metrics"]]
    assert names[:2] == ["Failed", "TrainingLoss"]
    for name in names:
        values = line[name] if isinstance(line[name], list) else [line[name]]
        assert all(isinstance(value, int | float) for value in values)
    assert all(isinstance(line[name], str) for name in directive["Dimensions"][0])


def test_metrics_are_written_at_every_log_level() -> None:
    """An alarm must not depend on how much is logged."""
    stream = StringIO()
    Log({}, stream, "ERROR").write_metrics("N", {"D": "d"}, {"M": 1}, 0.0)
    assert json.loads(stream.getvalue())["M"] == 1


def test_a_job_that_was_replaced_has_no_metric(harness: Harness, arn: str) -> None:
    """Only the current job counts: an event of an older one changes nothing."""
    harness.double.fail(arn, "bad data")
    other = harness.create(LogicalResourceId="Other")["PhysicalResourceId"]
    stands(harness, other)
    [line] = metrics(harness.look(JOB))
    assert line["Failed"] == 0


@pytest.mark.parametrize(
    "standing",
    [
        None,
        ResourceRecord("not-created/request-1", "CREATE_FAILED"),
        ResourceRecord("", "CREATE_FAILED"),
        ResourceRecord("", "DELETE_IN_PROGRESS"),
        ResourceRecord("", "UPDATE_COMPLETE", kind="AWS::SSM::Parameter"),
    ],
)
def test_a_resource_without_a_job_has_no_metric(
    harness: Harness, arn: str, standing: ResourceRecord | None
) -> None:
    """It is not there, has failed, is leaving, or is of another type; the log says so."""
    if standing and not standing.physical_id:
        standing = replace(standing, physical_id=arn)
    harness.fakes.current = standing
    lines = harness.look(JOB)
    assert metrics(lines) == []
    assert [(line["act"], line["level"]) for line in lines] == [("followed", "WARNING")]


# -- what fails ----------------------------------------------------------------------------------------------


def test_what_passes_is_left_to_lambdas_retry(harness: Harness, arn: str) -> None:
    """The look raises after everything else is done, and Lambda repeats it."""
    stands(harness, arn)
    harness.double.faults.add(GET, Refuse.throttled(), times=1000)
    with pytest.raises(LookError):
        harness.look(JOB, JOB)
    assert [line["act"] for line in harness.lines].count("not followed") == 2


def test_what_does_not_pass_is_an_error_in_the_log(harness: Harness) -> None:
    """Without DescribeStackResource nobody knows which job is the current one: nothing is written."""
    harness.fakes.denied = {"describe_stack_resource"}
    lines = harness.look(JOB)
    assert metrics(lines) == []
    [line] = lines
    assert (line["act"], line["level"]) == ("not followed", "ERROR")
    assert line["reason"].startswith("DescribeStackResource failed (AccessDenied). Check the policies")


def test_a_stack_that_cannot_be_read_now_is_left_to_lambdas_retry(harness: Harness) -> None:
    """Throttled, so it may be read some minutes later."""
    response: Any = {"Error": {"Code": "Throttling"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    harness.fakes.says = [ClientError(response, "DescribeStacks")]
    with pytest.raises(LookError):
        harness.look(JOB)


@pytest.mark.parametrize("call", ["describe_stacks", "describe_stack_resource"])
def test_a_look_never_raises_for_a_denied_call(harness: Harness, call: str) -> None:
    """A retry would be denied too."""
    harness.fakes.denied = {call}
    [line] = harness.look(JOB)
    assert line["level"] == "ERROR"


def test_a_bug_keeps_no_other_thing_from_being_followed(harness: Harness, arn: str) -> None:
    """Its type and place are in the log, and Lambda repeats the look."""
    stands(harness, arn)
    published = ResourceRecord(PUBLISHED["parameter"], "UPDATE_COMPLETE", kind=PUBLISHED_MODEL_TYPE)
    harness.fakes.stack.resources["Published"] = published
    harness.fakes.parameters.before["GetParameter"] = [lambda: 1 // 0]
    with pytest.raises(LookError):
        harness.look(PUBLISHED, JOB)
    acts = [line["act"] for line in harness.lines]
    assert "crashed" in acts
    assert acts[-1] == "followed"


def test_a_look_ends_long_before_the_function_does(harness: Harness, arn: str) -> None:
    """Another one comes within the hour, so nothing is waited for."""
    stands(harness, arn)
    harness.double.faults.add(GET, Refuse.throttled(), times=1000)
    began = harness.fakes.clock.now()
    with pytest.raises(LookError):
        harness.look(*({**JOB, "job": f"Job{number}"} for number in range(50)))
    assert harness.fakes.clock.now() - began <= 240


def test_a_call_that_hangs_leaves_the_rest_to_lambdas_retry(harness: Harness, arn: str) -> None:
    """Nothing is begun after the time of a look is over."""
    stands(harness, arn)
    harness.double.faults.add(GET, BeforeCall(lambda _: harness.fakes.clock.advance(300)))
    with pytest.raises(LookError):
        harness.look(JOB, {**JOB, "job": "Other"})
    assert harness.lines[-1]["reason"] == "the look has taken too long"


def test_a_job_is_read_once_for_all_that_depends_on_it(harness: Harness, arn: str) -> None:
    """A look makes few calls, whether they succeed or fail."""
    stands(harness, arn)
    before = len(harness.calls(GET))
    harness.look(JOB, JOB, JOB)
    assert len(harness.calls(GET)) == before + 1
