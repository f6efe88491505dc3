"""What the model learns from, what it is measured by, and where the job writes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from .s3_data import S3Object, S3Prefix

if TYPE_CHECKING:
    from .metadata_filter import MetadataFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationLogs(S3Prefix):
    """Logged invocations to learn from, in distillation and reinforcement fine-tuning.

        InvocationLogs.from_bucket(bucket, "logs/").filtered_by(MetadataFilter.equals("project", "support"))

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_InvocationLogsConfig.html

    Args:
        s3_uri: Where the logs lie; may hold tokens. Default: `bucket` says where.
        bucket: The bucket that model invocation logging writes to.
        key: The prefix below which it writes. Default: the whole bucket.
        use_prompt_response: Learn from the logged responses too. Default: left out (the service takes false).
        request_metadata_filter: Which invocations to take. Default: left out (all).
    """

    use_prompt_response: bool | None = None
    request_metadata_filter: MetadataFilter | None = None

    def with_responses(self) -> Self:
        """Learn from the logged responses too, and not from the prompts alone."""
        return replace(self, use_prompt_response=True)

    def filtered_by(self, request_metadata_filter: MetadataFilter) -> Self:
        """Take only the invocations that the filter chooses.

        Args:
            request_metadata_filter: By the metadata that the callers sent with their requests.
        """
        return replace(self, request_metadata_filter=request_metadata_filter)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData(S3Object):
    """What the model learns from: a JSON Lines object, logged invocations, or both.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_TrainingDataConfig.html

    Args:
        s3_uri: The training file, `s3://bucket/key` or `file://path`. Default: `bucket` says where.
        bucket: The bucket of the training file.
        key: The training file's key.
        invocation_logs: Logged invocations. Default: none.
    """

    invocation_logs: InvocationLogs | None = None

    @classmethod
    def from_invocation_logs(cls, invocation_logs: InvocationLogs) -> Self:
        """Take logged invocations alone.

        Args:
            invocation_logs: Where they lie, and which of them to take.
        """
        return cls(invocation_logs=invocation_logs)

    def with_invocation_logs(self, invocation_logs: InvocationLogs) -> Self:
        """Take logged invocations as well as the training file.

        Args:
            invocation_logs: Where they lie, and which of them to take.
        """
        return replace(self, invocation_logs=invocation_logs)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationData(S3Object):
    """What the model is measured by while it learns: a JSON Lines object; a job takes up to ten.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ValidationDataConfig.html

    Args:
        s3_uri: The file, `s3://bucket/key` or `file://path`. Default: `bucket` says where.
        bucket: The bucket of the file.
        key: The file's key.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputData(S3Prefix):
    """Where the job writes: metrics, reports, and copies of the training and validation records.

    Whoever may read there may read the data. The model itself stays with Bedrock.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_OutputDataConfig.html

    Args:
        s3_uri: The prefix, `s3://bucket/prefix/`. Default: `bucket` says where.
        bucket: The bucket.
        key: The prefix. Default: the whole bucket.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaData(S3Prefix):
    """Images and videos that the training or validation data refers to; the job's role reads them too.

    https://docs.aws.amazon.com/nova/latest/userguide/fine-tune-prepare-data-understanding.html

    Args:
        s3_uri: The prefix, `s3://bucket/prefix/`. Default: `bucket` says where.
        bucket: The bucket, the one of the data for Nova.
        key: The prefix. Default: the whole bucket.
    """
