"""Train again only where the data has changed: `sh retrain.sh s3://amzn-s3-demo-bucket/tickets/`.

docs/retraining.md shows how a schedule or an upload starts the script.
"""

import sys

import aws_cdk as cdk

from constructs_lib import BaseModel, ModelCustomizationJob


def define(stack: cdk.Stack, data: str, revision: str) -> None:
    """Define everything in a stack.

    Args:
        stack: the stack.
        data: the S3 URI of the prefix with the data, with a slash at its end.
        revision: the fingerprint of the data: another one trains again.
    """
    job = ModelCustomizationJob(
        stack,
        "Triage",
        base_model=BaseModel.NOVA_LITE,
        training_data=f"{data}train.jsonl",
        revision=revision,
        max_training_tokens=20_000_000,
    )
    job.publish_model_arn("/tickets/model")


if __name__ == "__main__":
    app = cdk.App()
    given = [app.node.try_get_context(name) for name in ("data", "revision")]
    if not all(given):  # without a revision, a job would start whatever the data is
        sys.exit("Deploy with retrain.sh, which passes the data and its fingerprint.")
    define(cdk.Stack(app, "Retrain"), *given)
    app.synth()
