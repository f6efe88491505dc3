"""`examples/throughput` on the local AWS: bought, swapped, expired, bought again and deleted."""

from __future__ import annotations

import runpy
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import aws_cdk as cdk

    from constructs_lib.testing import LocalAws
    from tests.local.deployment import Define, Deployment

pytestmark = pytest.mark.local

EXAMPLE = Path(__file__).parents[2] / "examples" / "throughput" / "throughput.py"
HOUR = 3600
SECONDS = 120
"""How long the state machine may take to delete the throughput before the test fails with a report."""


@pytest.fixture(scope="module")
def define() -> Callable[..., None]:
    """Return the function of the example that defines everything."""
    found: Callable[..., None] = runpy.run_path(str(EXAMPLE))["define"]
    return found


def trained(aws: LocalAws, number: int) -> str:
    """Train a model outside of any stack, and return its ARN."""
    name = f"tickets-{number}"
    aws.client("bedrock").create_model_customization_job(
        jobName=name,
        customModelName=name,
        roleArn="arn:aws:iam::000000000000:role/Training",
        baseModelIdentifier="amazon.nova-lite-v1:0:300k",
        trainingDataConfig={"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
        outputDataConfig={"s3Uri": "s3://amzn-s3-demo-bucket/out/"},
    )
    aws.bedrock.complete(name)
    [arn] = [one.arn for one in aws.bedrock.models() if one.name == name]
    return str(arn)


def answer(aws: LocalAws, arn: str) -> str:
    """Return what the throughput answers."""
    said = aws.client("bedrock-runtime").converse(
        modelId=arn, messages=[{"role": "user", "content": [{"text": "It is broken"}]}]
    )
    return str(said["output"]["message"]["content"][0]["text"])


def test_the_whole_life_of_a_throughput(tickets: Deployment, define: Callable[..., None]) -> None:
    """Nothing but the first deployment and a changed purchase buys, and nothing is left."""
    aws, bedrock = tickets.aws, tickets.aws.bedrock
    bedrock.configure(model_units=1, provisioning_seconds=0, updating_seconds=0)
    bedrock.advance(-3 * HOUR)  # what is bought now exists for three hours already
    first, second = trained(aws, 1), trained(aws, 2)

    def with_(model: str, **more: Any) -> Define:  # noqa: ANN401 - the function's own arguments
        def defined(stack: cdk.Stack) -> None:
            define(stack, model, **more)

        return defined

    tickets.deploy(with_(first))
    arn = tickets.outputs["ModelId"]
    [bought] = bedrock.serving()
    assert (bought.arn, bought.model_arn, bought.status) == (arn, first, "InService")
    assert first in answer(aws, arn)

    tickets.deploy(with_(second))
    assert (tickets.outputs["ModelId"], second in answer(aws, arn)) == (arn, True)

    tickets.deploy(with_(second, hours=1))
    until = time.monotonic() + SECONDS
    while bedrock.serving():
        assert time.monotonic() < until, tickets.report("with a throughput whose time is over")
        time.sleep(0.1)

    reason = tickets.fail(with_(first, hours=1))
    assert "does not exist any more: it has expired, or somebody has deleted it" in reason
    assert len(bedrock.calls("CreateProvisionedModelThroughput")) == 1

    tickets.deploy(with_(first, purchase="2"))
    [again] = bedrock.serving()
    assert (tickets.outputs["ModelId"], again.model_arn, again.arn != arn) == (again.arn, first, True)
    assert len(bedrock.calls("CreateProvisionedModelThroughput")) == 2

    tickets.destroy()
    assert bedrock.serving() == ()
    assert len(bedrock.calls("CreateProvisionedModelThroughput")) == 2
