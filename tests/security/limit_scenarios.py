"""What the function is permitted to compare data in S3 with a limit: the size of it, and no content."""

from __future__ import annotations

from constructs_lib import permissions
from tests.security.iam_evaluator import Call
from tests.security.scenario import Scenario

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


SCENARIOS = (function_with_a_limit(),)
