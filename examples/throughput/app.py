"""Buy throughput: `cdk deploy -c model=<ARN of a model>`.

AWS bills the model unit by the hour, used or not, until the state machine of the stack deletes it. After that
`-c purchase=2` buys it again; nothing else does. docs/serving.md explains what happens when.
"""

import sys

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from constructs_lib import Billing, ProvisionedModelThroughput


def define(stack: cdk.Stack, model: str, hours: int = 8, purchase: str = "1") -> None:
    """Define everything in a stack.

    Args:
        stack: the stack.
        model: the ARN of a custom model that exists; another model of the same base model takes its place.
        hours: after how many hours it is deleted. Default: 8.
        purchase: another text buys it again when it is gone. Default: "1".
    """
    throughput = ProvisionedModelThroughput(
        stack,
        "Serve",
        model=model,
        model_units=1,
        billing=Billing.hours(hours),
        purchase=purchase,
    )
    account = iam.AccountRootPrincipal()
    caller = iam.Role(stack, "Caller", assumed_by=account)  # pyright: ignore[reportArgumentType] - the CDK's own
    throughput.grant_invoke(caller)
    cdk.CfnOutput(stack, "ModelId", value=throughput.model_arn)


if __name__ == "__main__":
    app = cdk.App()
    chosen = app.node.try_get_context("model")
    if not chosen:
        sys.exit("Name a custom model that exists: cdk deploy -c model=<ARN of the model>.")
    define(
        cdk.Stack(app, "Throughput", env=cdk.Environment(region=chosen.split(":")[3])),
        model=chosen,
        purchase=app.node.try_get_context("purchase") or "1",
    )
    app.synth()
