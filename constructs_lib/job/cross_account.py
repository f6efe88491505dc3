"""What belongs to somebody else: what its owner must add to a policy, as a warning and an output."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from constructs_lib.job.data import key_of, location, without_alias
from constructs_lib.permissions import (
    bucket_owner_statements,
    data_key_owner_statements,
    model_key_owner_statements,
    model_key_service_statement,
)
from constructs_lib.request import Doubt
from constructs_lib.request.tokens import is_known

if TYPE_CHECKING:
    from constructs_lib.job.parts import Parts
    from constructs_lib.permissions import Statement
    from constructs_lib.request.interfaces import Key
    from constructs_lib.request.s3_data import S3Data

_KEY = (
    "the key's policy is not this app's to write; where it does not leave decisions to IAM policies, "
    "its owner adds the statements that the stack puts out as {output}"
)
_SERVING = (
    "the key's policy has no statement for Bedrock itself, which a Nova model needs for provisioned "
    "throughput; add the one that the stack puts out as {output} with key.add_to_resource_policy, or "
    "acknowledge this warning"
)
_BUCKET = (
    "the bucket belongs to another account, whose owner adds to its policy the statements that the stack "
    "puts out as {output}"
)


def foreign_key_statements(parts: Parts, handler_role_arn: str) -> list[Statement]:
    """Give what the owners of keys that this app only refers to must add to their policies."""
    spec, role = parts.spec, [parts.spec.role_arn or ""]
    model = spec.custom_model_kms_key
    read = any(_has_foreign_key(one) for one in parts.read)
    write = spec.output_data is not None and _has_foreign_key(spec.output_data)
    region = parts.needs.region
    return [
        *(
            model_key_owner_statements([*role, handler_role_arn], region=region)
            if model is not None and _is_foreign(model)
            else ()
        ),
        *(data_key_owner_statements(role, region=region, write=write) if read or write else ()),
    ]


def serving_statements(parts: Parts) -> list[Statement]:
    """Give what the policy of a key of this app lacks for Bedrock to serve models under it.

    A key that is given is used and never changed. What is added to its policy after the job is not seen.
    """
    from aws_cdk import aws_kms as kms

    key = without_alias(parts.spec.custom_model_kms_key)
    model = parts.spec.base_model.model_id
    is_another_model = is_known(model) and "." in model and "amazon.nova" not in model
    if parts.makes_key or is_another_model or not isinstance(key, kms.Key):
        return []
    resource = key.node.default_child
    policy = parts.resolve(resource.key_policy) if isinstance(resource, kms.CfnKey) else None
    statement = model_key_service_statement()
    [context] = statement["Condition"]["ForAnyValue:StringEquals"].values()
    return [] if context in json.dumps(policy) else [statement]


def serving_doubt(output: str) -> Doubt:
    """Say that a key of the app does not let Bedrock serve models, and where the statement is put out."""
    sentence = _SERVING.format(output=output)
    return Doubt("bedrock-customization:key-without-bedrock", "customModelKmsKeyId", sentence)


def foreign_bucket_statements(parts: Parts) -> list[Statement]:
    """Give what the owners of other accounts' buckets must add to their policies."""
    written = [parts.spec.output_data] if parts.spec.output_data else []
    return bucket_owner_statements(
        [parts.spec.role_arn or ""],
        read=[location(one) for one in parts.read if one.bucket_owner],
        write=[location(one) for one in written if one.bucket_owner],
        partition=parts.needs.partition,
    )


def foreign_key_doubt(output: str) -> Doubt:
    """Say that a key's policy is somebody else's, and where what it lacks is put out."""
    return Doubt("bedrock-customization:foreign-key", "kms", _KEY.format(output=output))


def foreign_bucket_doubt(output: str) -> Doubt:
    """Say that a bucket's policy is somebody else's, and where what it lacks is put out."""
    return Doubt("bedrock-customization:foreign-bucket", "s3", _BUCKET.format(output=output))


def _has_foreign_key(data: S3Data) -> bool:
    key = key_of(data)
    return key is not None and _is_foreign(key)


def _is_foreign(key: Key | str) -> bool:
    from aws_cdk import aws_kms as kms

    return not isinstance(without_alias(key), kms.Key)
