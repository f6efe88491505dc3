"""Continued pre-training, which AWS no longer documents: the construct warns, and the app acknowledges it.

This only shows how to write it. No model in AWS's current tables supports it, so Bedrock will probably refuse
the job and the deployment will roll back with nothing billed, unless your account still has such a model.
"""

from pathlib import Path

import aws_cdk as cdk

from constructs_lib import BaseModel, Customization, HyperParameters, ModelCustomizationJob, TrainingData


def define(stack: cdk.Stack) -> None:
    """Define everything in a stack.

    Args:
        stack: the stack.
    """
    job = ModelCustomizationJob(
        stack,
        "Manuals",
        base_model=BaseModel.of("amazon.titan-text-express-v1:0:8k"),
        customization=Customization.continued_pre_training(
            HyperParameters(epoch_count=1, learning_rate=1e-5)
        ),
        training_data=TrainingData.from_file(Path(__file__).with_name("train.jsonl")),
    )
    cdk.Annotations.of(job).acknowledge_warning("bedrock-customization:continued-pre-training")


if __name__ == "__main__":
    app = cdk.App()
    define(cdk.Stack(app, "ContinuedPreTraining"))
    app.synth()
