"""Calls that the statements for owners of keys and buckets in other accounts must allow."""

from __future__ import annotations

from dataclasses import replace

from constructs_lib import permissions
from constructs_lib.permissions import S3Location
from tests.security.iam_evaluator import (
    ACCOUNT,
    OTHER_ACCOUNT,
    REGION,
    resource_allows,
)
from tests.security.scenario import (
    VIA_BEDROCK,
    VIA_S3,
    Scenario,
    key_call,
    list_by,
    read,
    renamed,
    served_by_bedrock,
    served_otherwise,
    write,
)

ROLE = f"arn:aws:iam::{ACCOUNT}:role/Service"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Service/bedrock"
STRANGER = f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/Service/bedrock"


def foreign_model_key() -> Scenario:
    """Return what the owner of a key adds so that a model can be encrypted with it."""
    actions = ("Decrypt", "GenerateDataKey", "DescribeKey", "CreateGrant")
    needed = [replace(key_call(one, "model", VIA_BEDROCK), caller=SESSION) for one in actions]
    return Scenario(
        name="statements for a foreign model key",
        statements=permissions.model_key_owner_statements([ROLE], region=REGION),
        needed=[*needed, *served_by_bedrock()],
        forbidden=[
            *(renamed(one, "by a stranger", caller=STRANGER) for one in needed),
            *(renamed(one, "directly", keys={}) for one in needed),
            renamed(needed[0], "to administer", action="kms:PutKeyPolicy"),
            *served_otherwise(),
        ],
        decide=resource_allows,
    )


def foreign_data_key() -> Scenario:
    """Return what the owner of a bucket's key adds so that a job can write to the bucket."""
    needed = [
        replace(key_call(one, "data", VIA_S3), caller=SESSION) for one in ("Decrypt", "GenerateDataKey")
    ]
    return Scenario(
        name="statements for a foreign data key",
        statements=permissions.data_key_owner_statements([ROLE], region=REGION, write=True),
        needed=needed,
        forbidden=[
            *(renamed(one, "by a stranger", caller=STRANGER) for one in needed),
            *(renamed(one, "via Bedrock", keys=VIA_BEDROCK) for one in needed),
        ],
        decide=resource_allows,
    )


def foreign_bucket() -> Scenario:
    """Return what the owner of a bucket adds so that a job can read and write there."""
    needed = [
        replace(one, caller=SESSION)
        for one in (
            read("theirs", "train.jsonl"),
            list_by("theirs", "train.jsonl"),
            read("results", "x/y"),
            write("results", "x/y"),
            list_by("results", "x/"),
        )
    ]
    return Scenario(
        name="statements for foreign buckets",
        statements=permissions.bucket_owner_statements(
            [ROLE],
            read=[S3Location(uri="s3://theirs/train.jsonl")],
            write=[S3Location(uri="s3://results/x/")],
            partition="aws",
        ),
        needed=needed,
        forbidden=[
            *(renamed(one, "by a stranger", caller=STRANGER) for one in needed),
            replace(read("theirs", "other.jsonl"), caller=SESSION),
            replace(write("theirs", "train.jsonl"), caller=SESSION),
            replace(write("results", "z"), caller=SESSION),
        ],
        decide=resource_allows,
    )


SCENARIOS = (foreign_model_key(), foreign_data_key(), foreign_bucket())
