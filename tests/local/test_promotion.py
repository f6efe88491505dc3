"""`examples/promote` on the local AWS, from the first training until everything is deleted."""

from __future__ import annotations

import json
import runpy
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from typer.testing import CliRunner

from constructs_lib.cli.main import app
from constructs_lib.testing import JobLosses

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.local.deployment import Deployment

pytestmark = pytest.mark.local

EXAMPLE = Path(__file__).parents[2] / "examples" / "promote" / "app.py"
PARAMETER = "/Tickets/deployment-arn"
SECONDS = 120
"""How long a look or the state machine may take on the local AWS before the test fails with a report."""


@pytest.fixture(scope="module")
def define() -> Callable[..., None]:
    """Return the function of the example that defines everything."""
    found: Callable[..., None] = runpy.run_path(str(EXAMPLE))["define"]
    return found


class Retrained:
    """The stack of the example, as its users see it.

    Args:
        stack: the stack.
        define: the function of the example.
    """

    def __init__(self, stack: Deployment, define: Callable[..., None]) -> None:
        self._stack = stack
        self._define = define
        self._bedrock = stack.aws.bedrock

    def train(self, revision: str, loss: float, *, bakes: str = "3600") -> str:
        """Deploy the stack with another revision, and let the job that it starts complete.

        Args:
            revision: the revision.
            loss: the validation loss with which the job ends.
            bakes: the seconds for which alarms take a model back.

        Returns:
            The model.
        """

        def defined(stack: cdk.Stack) -> None:
            self._define(stack, revision)
            deployment: Any = stack.node.find_child("Serve")
            queue = sqs.Queue(stack, "Decisions")
            deployment.on_promotion_change("Changed", target=targets.SqsQueue(queue))
            cdk.CfnOutput(stack, "DecisionsUrl", value=queue.queue_url)
            resource: Any = deployment.node.find_child("Resource")
            resource.add_property_override("Promotion.Bake.Seconds", bakes)

        self._bedrock.configure(losses={"Triage": JobLosses(validation=(loss,))})
        self._stack.deploy(defined)
        name = self._stack.job_name
        self._bedrock.complete(name)
        [model] = [one.model_arn for one in self._bedrock.jobs() if one.name == name]
        return str(model)

    @property
    def served(self) -> tuple[str, str] | None:
        """The deployment and the model that it serves; None where there is none."""
        found = [(one.arn, one.model_arn) for one in self._bedrock.deployments()]
        return found[0] if found else None

    def record(self, model: str, end: str = ".json") -> dict[str, Any] | None:
        """Return a record about a model; None where there is none."""
        bucket, _, prefix = self._stack.outputs["ServePromotion"].removeprefix("s3://").partition("/")
        s3 = self._stack.aws.client("s3")
        key = f"{prefix}{model.rpartition('/')[2]}{end}"
        if not s3.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents"):
            return None
        found: dict[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        return found

    def told(self, number: int) -> list[tuple[str, str, str]]:
        """Return status, model and other model of so many events, as they have come to the queue."""
        url, found = self._stack.outputs["DecisionsUrl"], []
        while len(found) < number:
            answer = self._stack.aws.client("sqs").receive_message(
                QueueUrl=url, WaitTimeSeconds=20, MaxNumberOfMessages=1
            )
            [message] = answer["Messages"]
            self._stack.aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            detail = json.loads(message["Body"])["detail"]
            found.append((detail["status"], detail["modelArn"], detail["otherModelArn"]))
        return found

    def logged(self, text: str) -> list[dict[str, Any]]:
        """Return the log lines with a text."""
        return [json.loads(one) for one in self._stack.log_lines() if one.startswith("{") and text in one]

    def alarm(self, state: str) -> None:
        """Set the state of the alarm, which the local AWS does not evaluate."""
        self._stack.aws.client("cloudwatch").set_alarm_state(
            AlarmName=self._stack.outputs["AlarmName"], StateValue=state, StateReason="the test says so"
        )

    def wait_for(self, what: str, is_true: Callable[[], object]) -> None:
        """Wait until the function has made something true."""
        until = time.monotonic() + SECONDS
        while not is_true():
            assert time.monotonic() < until, self._stack.report(f"without {what}")
            time.sleep(0.2)


def console(*words: str, code: int = 0) -> str:
    """Run a command of the console in this process, and return its standard output in one line."""
    result = CliRunner().invoke(app, [*words])
    assert result.exit_code == code, result.output
    return " ".join(result.stdout.split())


def test_a_new_model_serves_only_if_it_is_not_worse(
    tickets: Deployment, define: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worse model is kept out, a better one is promoted, and an alarm takes back a third one."""
    for name, value in tickets.aws.env().items():
        monkeypatch.setenv(name, value)
    show = ("promotion", "--stack", "Tickets")
    retrained, bedrock = Retrained(tickets, define), tickets.aws.bedrock
    bedrock.configure(deploying_seconds=0, updating_seconds=0)

    first = retrained.train("1", 0.6)
    retrained.wait_for("the first model", lambda: retrained.served)
    deployment, served = retrained.served or ("", "")
    assert served == first

    worse = retrained.train("2", 0.9)
    retrained.wait_for("a verdict", lambda: retrained.record(worse))
    verdict = retrained.record(worse) or {}
    assert (verdict["verdict"], verdict["serving"]) == ("rejected", first)
    reason = "the validation loss 0.9 of the new model is higher than 0.6 of the model that serves"
    assert reason in verdict["reason"]
    # The local AWS has the log lines of a function once it has ended.
    retrained.wait_for("its log line", lambda: retrained.logged("model rejected"))
    [line] = retrained.logged("model rejected")
    assert (line["modelArn"], reason in line["reason"]) == (worse, True)
    assert retrained.served == (deployment, first)
    shown = console(*show, "--exit-status", code=3)
    assert f"serves {first}" in shown
    assert f"candidate {worse}" in shown
    assert reason in shown

    better = retrained.train("3", 0.5, bakes="1")
    retrained.wait_for("the better model", lambda: retrained.served == (deployment, better))
    retrained.wait_for("the end of the bake", lambda: retrained.record(better, ".baked.json"))
    assert (retrained.record(better, ".baked.json") or {})["outcome"] == "proven"
    assert "state promoted" in console(*show, "--wait")

    broken = retrained.train("4", 0.4)
    retrained.wait_for("the model with errors", lambda: retrained.served == (deployment, broken))
    time.sleep(1.1)  # the local AWS has whole seconds of when an alarm has gone on
    retrained.alarm("ALARM")
    retrained.wait_for("the model before it", lambda: retrained.served == (deployment, better))
    withdrawn = retrained.record(broken, ".withdrawn.json") or {}
    assert (withdrawn["to"], "the alarm" in withdrawn["reason"]) == (better, True)
    retrained.wait_for("its log line", lambda: retrained.logged("model withdrawn"))
    assert [one["modelArn"] for one in retrained.logged("model withdrawn")] == [broken]
    assert "state withdrawn" in console(*show, "--exit-status", code=3)
    assert sorted(retrained.told(5)) == sorted(
        [
            ("Promoted", first, ""),
            ("Rejected", worse, first),
            ("Promoted", better, first),
            ("Promoted", broken, better),
            ("Withdrawn", broken, better),
        ]
    )
    assert "whatever its conditions say" in console("promote", broken, "--force", "--yes")
    assert "by a person, forced" in console(*show)
    assert "goes back at its next look" in console("withdraw", "--stack", "Tickets", "--yes")

    tickets.destroy()
    assert retrained.served is None
    kept = tickets.aws.client("bedrock").list_custom_models()["modelSummaries"]
    assert {one["modelArn"] for one in kept} == {first, worse, better, broken}
