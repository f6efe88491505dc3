"""Everything that a request for a model customization job says, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .customization import Customization

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .base_model import BaseModel
    from .data import OutputData, TrainingData, ValidationData
    from .interfaces import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcConfig:
    """Where in a VPC the job reaches your buckets from.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_VpcConfig.html

    Args:
        subnet_ids: 1-16 subnets.
        security_group_ids: 1-5 security groups.
    """

    subnet_ids: Sequence[str]
    security_group_ids: Sequence[str]

    def __post_init__(self) -> None:
        _freeze(self, "subnet_ids", "security_group_ids")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """A job, as values; what is left out of them is left out of the request.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelCustomizationJob.html

    Args:
        base_model: The model to customize.
        training_data: What it learns from.
        customization: How. Default: not said, which Bedrock takes as fine-tuning.
        validation_data: Up to ten files. Default: left out; an empty list is sent as an empty list.
        output_data: Where results and copies of the data go. Default: left out (a bucket is made).
        job_name: Used as it is. Default: left out (the handler makes a unique one).
        custom_model_name: Used as it is. Default: left out (the handler makes a unique one).
        role_arn: The role that Bedrock assumes. Default: left out (the construct makes one).
        custom_model_kms_key: An `aws_kms.IKey`, or a key's ARN or id. Default: left out (AWS's own
            key).
        job_tags: Tags of the job. Default: left out.
        custom_model_tags: Tags of the model. Default: left out.
        vpc_config: Default: left out (no VPC).
    """

    base_model: BaseModel
    training_data: TrainingData
    customization: Customization = field(default_factory=Customization)
    validation_data: Sequence[ValidationData] | None = None
    output_data: OutputData | None = None
    job_name: str | None = None
    custom_model_name: str | None = None
    role_arn: str | None = None
    custom_model_kms_key: Key | str | None = None
    job_tags: Mapping[str, str] | None = field(default=None, hash=False)
    custom_model_tags: Mapping[str, str] | None = field(default=None, hash=False)
    vpc_config: VpcConfig | None = None

    def __post_init__(self) -> None:
        _freeze(self, "validation_data")


def _freeze(value: object, *names: str) -> None:
    for name in names:
        found = getattr(value, name)
        if isinstance(found, list):
            object.__setattr__(value, name, tuple(found))
