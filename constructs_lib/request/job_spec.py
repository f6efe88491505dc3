"""A whole request for a model customization job, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .customization import BaseModel, Customization

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .data import OutputData, TrainingData, ValidationData
    from .interfaces import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcConfig:
    """The subnets and security groups of a VPC through which the job accesses your buckets.

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
    """A job as values; what is left out here is left out of the request.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelCustomizationJob.html

    Args:
        base_model: the model to customize.
        training_data: what it learns from.
        customization: how. Default: left out, which Bedrock treats as fine-tuning.
        validation_data: up to ten files. Default: left out; an empty list is sent as an empty list.
        output_data: where results and copies of the data are written. Default: left out (the construct
            creates a bucket).
        job_name: used as it is. Default: left out (the Lambda function generates a unique one).
        custom_model_name: used as it is. Default: left out (the Lambda function generates a unique one).
        role_arn: the role that Bedrock assumes. Default: left out (the construct creates one).
        custom_model_kms_key: an `aws_kms.IKey`, or a key's ARN or id. Default: left out (a key that AWS
            owns).
        job_tags: tags of the job. Default: left out.
        custom_model_tags: tags of the model. Default: left out.
        vpc_config: through which VPC the job accesses the buckets. Default: left out (no VPC).
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

    @property
    def data(self) -> dict[str, TrainingData | ValidationData]:
        """The training and validation data, by their paths in the request."""
        validation = enumerate(self.validation_data or ())
        return {
            "trainingDataConfig.s3Uri": self.training_data,
            **{f"validationDataConfig.validators[{number}].s3Uri": one for number, one in validation},
        }


def _freeze(value: object, *names: str) -> None:
    for name in names:
        found = getattr(value, name)
        if isinstance(found, list):
            object.__setattr__(value, name, tuple(found))
