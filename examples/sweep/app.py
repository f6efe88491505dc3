"""Train one model six times, and keep the best one: `cdk deploy`.

The deployment ends at once; two trials train at the same time until all six have ended:
`bedrock-customize watch --stack Sweep` shows them. What came of each is in the object that the output
`SearchResultsUri` names, and the ARN of the best model in the parameter /search/model. docs/sweeps.md
explains what happens when.
"""

from pathlib import Path

import aws_cdk as cdk

from constructs_lib import BaseModel, CustomizationSweep, Keep, Objective, TrainingData

DATA = Path(__file__).with_name("train.jsonl")


def define(stack: cdk.Stack) -> CustomizationSweep:
    """Define the sweep in a stack.

    Args:
        stack: the stack.
    """
    return CustomizationSweep(
        stack,
        "Search",
        base_model=BaseModel.NOVA_LITE,
        training_data=TrainingData.from_file(DATA),
        grid={"epoch_count": [1, 2, 3], "learning_rate": [1e-5, 5e-5]},
        objective=Objective.TRAINING_LOSS,  # with validation data, the default is better
        keep=Keep.best(1),
        best_model_arn_parameter="/search/model",
        max_training_tokens=1_000_000,
    )


if __name__ == "__main__":
    app = cdk.App()
    define(cdk.Stack(app, "Sweep", env=cdk.Environment(region="us-east-1")))  # where AWS customizes Nova
    app.synth()
