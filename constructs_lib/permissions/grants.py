"""What people and programs are permitted when a job, or the model it made, is shared with them."""

from __future__ import annotations

from .statements import Statement, allow


def read_statement(job_arn: str) -> Statement:
    """Permit to see the job's status, settings and outcome."""
    return allow(["bedrock:GetModelCustomizationJob"], [job_arn])


def stop_statement(job_arn: str) -> Statement:
    """Permit to stop the job while it runs."""
    return allow(["bedrock:StopModelCustomizationJob"], [job_arn])


def tag_statement(job_arn: str) -> Statement:
    """Permit to read and change the job's tags."""
    actions = ["bedrock:ListTagsForResource", "bedrock:TagResource", "bedrock:UntagResource"]
    return allow(actions, [job_arn])


def invoke_statement(target_arn: str) -> Statement:
    """Permit to run inference on a custom model deployment or on provisioned throughput.

    A custom model itself cannot be invoked, only what serves it. Who invokes an encrypted model also needs
    `model_key_user_statements`. Rests on
    https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-custom-job.html.
    """
    return allow(["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"], [target_arn])
