"""`examples/serve` on the local AWS, from the first training until everything is deleted."""

from __future__ import annotations

import json
import runpy
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import aws_cdk as cdk

    from tests.local.deployment import Deployment

pytestmark = pytest.mark.local

EXAMPLE = Path(__file__).parents[2] / "examples" / "serve" / "serve.py"
MODEL, DEPLOYMENT = "/Tickets/model", "/Tickets/Serve/deployment-arn"
SECONDS = 120
"""How long a look may take to be called by the local AWS before the test fails with a report."""


@pytest.fixture(scope="module")
def define() -> Callable[..., None]:
    """Return the function of the example that defines everything."""
    found: Callable[..., None] = runpy.run_path(str(EXAMPLE))["define"]
    return found


class Served:
    """The stack of the example, as its users see it.

    Args:
        stack: the stack.
        define: the function of the example.
    """

    def __init__(self, stack: Deployment, define: Callable[..., None]) -> None:
        self._stack = stack
        self._define = define
        self._ssm = stack.aws.client("ssm")

    def train(self, revision: str) -> str:
        """Deploy the stack with another revision; return the name of the job that it starts."""

        def defined(stack: cdk.Stack) -> None:
            self._define(stack, revision)

        self._stack.deploy(defined)
        return self._stack.job_name

    def parameter(self, name: str) -> str:
        """Return the value of a parameter; "" where there is none."""
        found = self._ssm.get_parameters(Names=[name])["Parameters"]
        return str(found[0]["Value"]) if found else ""

    def ask(self) -> str:
        """Return what the function of the app answers."""
        functions = self._stack.aws.client("lambda")
        answer = functions.invoke(
            FunctionName=self._stack.outputs["AskName"], Payload=json.dumps({"ticket": "It is broken"})
        )
        return str(json.loads(answer["Payload"].read()))

    def metrics(self) -> list[dict[str, Any]]:
        """Return the log lines in CloudWatch's embedded metric format."""
        lines = [json.loads(one) for one in self._stack.log_lines() if one.startswith("{")]
        return [one for one in lines if "_aws" in one]

    def alarm_after(self, line: dict[str, Any]) -> str:
        """Return the state of the alarm after the metric of a line, which the local AWS does not extract."""
        cloudwatch = self._stack.aws.client("cloudwatch")
        [metrics] = line["_aws"]["CloudWatchMetrics"]
        dimensions = [{"Name": one, "Value": line[one]} for one in metrics["Dimensions"][0]]
        failed = {"MetricName": "Failed", "Dimensions": dimensions, "Value": line["Failed"]}
        cloudwatch.put_metric_data(Namespace=metrics["Namespace"], MetricData=[failed])
        [alarm] = cloudwatch.describe_alarms()["MetricAlarms"]
        return str(alarm["StateValue"])

    def wait_for(self, what: str, is_true: Callable[[], bool]) -> None:
        """Wait until a look of the function has made something true."""
        until = time.monotonic() + SECONDS
        while not is_true():
            assert time.monotonic() < until, self._stack.report(f"without {what}")
            time.sleep(0.1)


def test_the_whole_life_of_a_served_model(tickets: Deployment, define: Callable[..., None]) -> None:
    """It is trained, deployed, invoked, swapped at one ARN, kept when a training fails, and deleted."""
    served, bedrock = Served(tickets, define), tickets.aws.bedrock
    bedrock.configure(deploying_seconds=0, updating_seconds=0)

    first = served.train("1")
    assert served.parameter(MODEL) == served.parameter(DEPLOYMENT) == ""
    assert not bedrock.deployments()
    model = complete(tickets, first)
    served.wait_for("a deployment", lambda: bool(served.parameter(DEPLOYMENT)))
    served.wait_for("a published model", lambda: served.parameter(MODEL) == model)
    arn = served.parameter(DEPLOYMENT)
    assert model in served.ask()

    second = served.train("2")
    assert served.parameter(MODEL) == model
    assert model in served.ask()
    newer = complete(tickets, second)
    assert newer != model
    served.wait_for("the newer model", lambda: served.parameter(MODEL) == newer)
    served.wait_for("the swap", lambda: [one.model_arn for one in bedrock.deployments()] == [newer])
    assert served.parameter(DEPLOYMENT) == arn
    assert newer in served.ask()

    third = served.train("3")
    bedrock.fail(third, "The training data is not valid.")
    served.wait_for("the metric of the failure", lambda: served.metrics()[-1]["Failed"] == 1)
    assert (served.parameter(MODEL), served.parameter(DEPLOYMENT)) == (newer, arn)
    assert newer in served.ask()
    assert served.alarm_after(served.metrics()[-1]) == "ALARM"

    before = {event["EventId"] for event in tickets.events()}
    tickets.destroy()
    order = [
        (event["LogicalResourceId"], event["ResourceStatus"])
        for event in reversed(tickets.events())
        if event["EventId"] not in before
    ]
    job = order.index(
        next(one for one in order if one[0].startswith("Triage") and one[0].endswith("F8A5E379"))
    )
    for name in ("Serve", "TriagePublishedModel"):
        [end] = [
            at for at, one in enumerate(order) if one[0].startswith(name) and one[1] == "DELETE_COMPLETE"
        ]
        assert end < job
    assert not bedrock.deployments()
    assert served.parameter(MODEL) == served.parameter(DEPLOYMENT) == ""
    kept = tickets.aws.client("bedrock").list_custom_models()["modelSummaries"]
    assert {one["modelArn"] for one in kept} == {model, newer}, "docs/serving.md says that models are kept"


def complete(stack: Deployment, job: str) -> str:
    """Let a job complete; return its model."""
    stack.aws.bedrock.complete(job)
    [model] = [one.model_arn for one in stack.aws.bedrock.jobs() if one.name == job]
    return str(model)
