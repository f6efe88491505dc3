"""Reinforcement fine-tuning with a grader in the stack: `cdk deploy`."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from constructs_lib import BaseModel, Customization, ModelCustomizationJob, RftHyperParameters, TrainingData

# https://docs.aws.amazon.com/bedrock/latest/userguide/reward-functions.html
GRADER = """
def handler(samples, context):
    return [{"id": one["id"], "aggregate_reward_score": score(one)} for one in samples]

def score(sample):
    told = str(sample["messages"][-1].get("content") or "").strip()
    expected = sample.get("reference_answer") or sample["metadata"]["reference_answer"]
    return 1.0 if told == str(expected["answer"]) else 0.0
"""


def define(stack: cdk.Stack) -> None:
    """Define the grader and the job that it grades the answers for.

    Args:
        stack: the stack.
    """
    grader = lambda_.Function(
        stack,
        "Grader",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(GRADER),
        timeout=cdk.Duration.minutes(5),
    )
    ModelCustomizationJob(
        stack,
        "Arithmetic",
        base_model=BaseModel.NOVA_2_LITE,
        customization=Customization.reinforcement_fine_tuning(
            grader,
            RftHyperParameters(epoch_count=2, batch_size=64, learning_rate=1e-5, reasoning_effort="low"),
        ),
        training_data=TrainingData.from_file(Path(__file__).with_name("train.jsonl")),
    )


if __name__ == "__main__":
    app = cdk.App()
    define(cdk.Stack(app, "Reinforce", env=cdk.Environment(region="us-east-1")))  # where AWS customizes Nova
    app.synth()
