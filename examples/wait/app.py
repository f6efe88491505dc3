"""Train, wait, and deploy the model in one deployment: `cdk deploy`.

`--progress events` shows what the job is doing. docs/waiting.md says when to wait in the deployment, and when
`bedrock-customize watch` is the better choice.
"""

from pathlib import Path

import aws_cdk as cdk

from constructs_lib import BaseModel, CustomModelDeployment, ModelCustomizationJob, TrainingData, Wait


def define(stack: cdk.Stack, revision: str | None = None) -> None:
    """Define everything in a stack.

    Args:
        stack: the stack.
        revision: another text trains again. Default: only a change of the job does.
    """
    job = ModelCustomizationJob(
        stack,
        "Triage",
        base_model=BaseModel.NOVA_LITE,
        training_data=TrainingData.from_file(Path(__file__).with_name("train.jsonl")),
        revision=revision,
        wait=Wait.for_completion(cdk.Duration.hours(6)),
    )
    CustomModelDeployment(stack, "Serve", model=job)
    cdk.CfnOutput(stack, "TrainingLoss", value=job.training_loss)


if __name__ == "__main__":
    app = cdk.App()
    nova = cdk.Environment(region="us-east-1")  # where AWS deploys Nova on demand
    define(cdk.Stack(app, "Wait", env=nova), revision=app.node.try_get_context("revision"))
    app.synth()
