"""What the function is permitted for retraining: to compare data with a limit, and to find old models."""

from __future__ import annotations

from constructs_lib import permissions
from tests.security.iam_evaluator import ACCOUNT, REGION, Call
from tests.security.scenario import PLACE, Scenario

BUCKET = "arn:aws:s3:::tickets"
LIST = "s3:ListBucket"


def function_with_a_limit() -> Scenario:
    """Return what the function needs to read the size of one object."""
    return Scenario(
        name="function with a limit of tokens",
        statements=[permissions.data_size_statement("s3://tickets/in/train.jsonl", "aws")],
        needed=[Call(name="size", action=LIST, resource=BUCKET, keys={"s3:prefix": "in/train.jsonl"})],
        forbidden=[
            Call(name="all keys", action=LIST, resource=BUCKET),
            Call(name="the folder", action=LIST, resource=BUCKET, keys={"s3:prefix": "in/"}),
            Call(name="another", action=LIST, resource=BUCKET, keys={"s3:prefix": "in/train.jsonl2"}),
            Call(
                name="another bucket",
                action=LIST,
                resource=f"{BUCKET}2",
                keys={"s3:prefix": "in/train.jsonl"},
            ),
            Call(name="read", action="s3:GetObject", resource=f"{BUCKET}/in/train.jsonl"),
            Call(name="versions", action="s3:ListBucketVersions", resource=BUCKET),
        ],
    )


def function_that_keeps_the_newest() -> Scenario:
    """Return what the function needs to find the models of a job; IAM limits a list to no resource."""
    models = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:custom-model/*"
    return Scenario(
        name="function that keeps the newest models",
        statements=permissions.named_statements(
            permissions.HandlerNeeds(
                **PLACE, stack_name="Tickets", log_group_name="Tickets", lists_models=True
            )
        ),
        needed=[Call(name="list", action="bedrock:ListCustomModels", resource=models)],
        forbidden=[
            Call(name="delete", action="bedrock:DeleteCustomModel", resource=models),
            Call(name="read", action="bedrock:GetCustomModel", resource=models),
        ],
    )


SCENARIOS = (function_with_a_limit(), function_that_keeps_the_newest())
