"""Fine-tune a model with records of your own: `cdk deploy`."""

from pathlib import Path

import aws_cdk as cdk

from constructs_lib import BaseModel, Customization, HyperParameters, ModelCustomizationJob, TrainingData


def define(stack: cdk.Stack) -> None:
    """Define everything in a stack.

    Args:
        stack: the stack.
    """
    ModelCustomizationJob(
        stack,
        "Triage",
        base_model=BaseModel.NOVA_LITE,
        customization=Customization.fine_tuning(
            HyperParameters(epoch_count=2, learning_rate=1e-5, learning_rate_warmup_steps=10)
        ),
        training_data=TrainingData.from_file(Path(__file__).with_name("train.jsonl")),
    )


if __name__ == "__main__":
    app = cdk.App()
    define(cdk.Stack(app, "FineTune", env=cdk.Environment(region="us-east-1")))  # where AWS customizes Nova
    app.synth()
