"""Records whose right answers are known."""

from __future__ import annotations

from dataclasses import dataclass

from ..request.data import S3Object


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationData(S3Object):
    """Records whose right answers are known: a JSON Lines object in S3, or a local file that is uploaded.

    `bedrock-customize validate --format evaluation FILE` checks a file. See docs/promotion.md.

    Args:
        s3_uri: the object, `s3://bucket/key` or `file://path`. Default: from `bucket` and `key`.
        bucket: the bucket of the object.
        key: the object's key.
    """
