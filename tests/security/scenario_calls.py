"""Calls on data and keys, and similar calls, that several policies have in common."""

from __future__ import annotations

from dataclasses import replace

from tests.security.iam_evaluator import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, Call
from tests.security.scenario import (
    VIA_BEDROCK,
    VIA_S3,
    key_call,
    lists,
    read,
    renamed,
    write,
)

MODEL_KEY_ACTIONS = ("Decrypt", "GenerateDataKey", "DescribeKey", "CreateGrant")


def data_calls() -> tuple[list[Call], list[Call]]:
    """Return what a job does with its data, and what it must not do."""
    needed = [
        read("data", "train/set.jsonl"),
        read("data", "valid"),
        read("data", "valid/part.jsonl"),
        read("out", "metrics/x/step_wise_training_metrics.csv"),
        write("out", "metrics/.write_access_check_file.tmp"),
        write("out", "metrics/job/training_artifacts/step_wise_training_metrics.csv"),
        *lists("data", ["train/set.jsonl", "train/", "valid", "valid/part", ""]),
        *lists("out", ["metrics/", "metrics/.write_access_check_file.tmp", ""]),
        key_call("Decrypt", "data", VIA_S3),
        key_call("Decrypt", "out", VIA_S3),
        key_call("GenerateDataKey", "out", VIA_S3),
    ]
    forbidden = [
        write("data", "train/set.jsonl"),
        read("data", "train/set.jsonl.bak"),
        read("data", "train/other.jsonl"),
        read("data", "validity/part.jsonl"),
        read("data", "valid2"),
        read("other", "train/set.jsonl"),
        read("out", "other/x"),
        write("out", "metrics"),
        write("out", "metrics2/x"),
        write("out", "x"),
        renamed(read("data", "train/set.jsonl"), "of another account", owner=OTHER_ACCOUNT),
        renamed(write("out", "metrics/x"), "of another account", owner=OTHER_ACCOUNT),
        *lists("data", ["valid", ""], owner=OTHER_ACCOUNT),
        *lists("out", ["metrics/", ""], owner=OTHER_ACCOUNT),
        *lists("other", ["valid", ""]),
        Call(name="delete what was written", action="s3:DeleteObject", resource="arn:aws:s3:::out/metrics/x"),
        key_call("GenerateDataKey", "data", VIA_S3),
        key_call("Decrypt", "data", {}),
        key_call("GenerateDataKey", "out", {}),
        key_call("Decrypt", "data", {"kms:ViaService": f"s3.{OTHER_REGION}.amazonaws.com"}),
        key_call("GenerateDataKey", "out", VIA_BEDROCK),
        key_call("Decrypt", "other", VIA_S3),
    ]
    return needed, forbidden


def model_key_calls() -> tuple[list[Call], list[Call]]:
    """Return how the encryption of a model uses its key, and what is forbidden."""
    needed = [key_call(action, "model", VIA_BEDROCK) for action in MODEL_KEY_ACTIONS]
    forbidden = [
        *(replace(one, keys=VIA_S3, name=f"{one.name} or rather S3") for one in needed),
        *(replace(one, keys={}, name=f"{one.name} or rather directly") for one in needed),
        key_call("Decrypt", "stranger", VIA_BEDROCK),
        key_call("ScheduleKeyDeletion", "model", VIA_BEDROCK),
    ]
    return needed, forbidden


def alias_calls(actions: tuple[str, ...], alias: str, via: dict[str, str]) -> tuple[list[Call], list[Call]]:
    """What is done with the key of an alias, which the alias may be moved to later, and what must not be.

    KMS sends the aliases that the key has, whatever the caller named it by.
    """
    needed: list[Call] = []
    forbidden: list[Call] = []
    for action in actions:
        call = key_call(action, "any", via | {"kms:ResourceAliases": [alias]})
        needed += [
            renamed(call, f"with {alias}"),
            renamed(call, "with two aliases", keys=via | {"kms:ResourceAliases": ["alias/first", alias]}),
        ]
        for others in ([], ["alias/other"], [f"{alias}2"], [alias.upper()], [alias.removeprefix("alias/")]):
            keys = via | ({"kms:ResourceAliases": others} if others else {})
            forbidden.append(renamed(call, f"with {others}", keys=keys))
        for old, new in ((ACCOUNT, OTHER_ACCOUNT), (REGION, OTHER_REGION)):
            forbidden.append(renamed(call, f"of {new}", resource=call.resource.replace(old, new)))
        for other in ({}, VIA_S3 if via == VIA_BEDROCK else VIA_BEDROCK):
            keys = other | {"kms:ResourceAliases": [alias]}
            forbidden.append(renamed(call, f"or rather through {other or 'nothing'}", keys=keys))
    return needed, forbidden
