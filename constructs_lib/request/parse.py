"""The request to values: the other way of `to_request`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base_model import BaseModel
from .check import check
from .customization import Customization, DistillationConfig, RftConfig
from .data import InvocationLogs, OutputData, TrainingData, ValidationData
from .hyper_parameters import RFT_NAMED, HyperParameters, RftHyperParameters
from .job_spec import JobSpec, VpcConfig
from .metadata_filter import MetadataFilter
from .problems import InvalidJob

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def from_request(request: Mapping[str, Any]) -> JobSpec:
    """Read what `aws bedrock create-model-customization-job --cli-input-json` takes.

    For every valid request `r`, `to_request(from_request(r)) == r`, except for `clientRequestToken`: the
    handler makes its own, so that a repeated event cannot start a second job.

    Args:
        request: In the API's casing. Names, role and output may be left out. A hyperparameter may be a
            number.

    Raises:
        InvalidJob: With everything that is wrong.
    """
    if problems := check(request):
        raise InvalidJob("The request", problems)
    return JobSpec(
        base_model=BaseModel(request["baseModelIdentifier"]),
        training_data=_training(request["trainingDataConfig"]),
        customization=_customization(request),
        validation_data=_validation(request.get("validationDataConfig")),
        output_data=OutputData(s3_uri=request["outputDataConfig"]["s3Uri"])
        if "outputDataConfig" in request
        else None,
        job_name=request.get("jobName"),
        custom_model_name=request.get("customModelName"),
        role_arn=request.get("roleArn"),
        custom_model_kms_key=request.get("customModelKmsKeyId"),
        job_tags=_tags(request.get("jobTags")),
        custom_model_tags=_tags(request.get("customModelTags")),
        vpc_config=_vpc(request.get("vpcConfig")),
    )


def _tags(tags: Sequence[Mapping[str, str]] | None) -> dict[str, str] | None:
    return None if tags is None else {tag["key"]: tag["value"] for tag in tags}


def _training(config: Mapping[str, Any]) -> TrainingData:
    logs = config.get("invocationLogsConfig")
    return TrainingData(s3_uri=config.get("s3Uri", ""), invocation_logs=None if logs is None else _logs(logs))


def _logs(config: Mapping[str, Any]) -> InvocationLogs:
    chosen = config.get("requestMetadataFilters")
    return InvocationLogs(
        s3_uri=config["invocationLogSource"]["s3Uri"],
        use_prompt_response=config.get("usePromptResponse"),
        request_metadata_filter=None if chosen is None else _filter(chosen),
    )


def _filter(filters: Mapping[str, Any]) -> MetadataFilter:
    all_of, any_of = filters.get("andAll"), filters.get("orAll")
    return MetadataFilter(
        equal=_pair(filters.get("equals")),
        unequal=_pair(filters.get("notEquals")),
        all_of=None if all_of is None else tuple(map(_filter, all_of)),
        any_of=None if any_of is None else tuple(map(_filter, any_of)),
    )


def _pair(entries: Mapping[str, str] | None) -> tuple[str, str] | None:
    return None if entries is None else next(iter(entries.items()))


def _validation(config: Mapping[str, Any] | None) -> tuple[ValidationData, ...] | None:
    return (
        None if config is None else tuple(ValidationData(s3_uri=one["s3Uri"]) for one in config["validators"])
    )


def _vpc(config: Mapping[str, Any] | None) -> VpcConfig | None:
    if config is None:
        return None
    return VpcConfig(subnet_ids=config["subnetIds"], security_group_ids=config["securityGroupIds"])


def _customization(request: Mapping[str, Any]) -> Customization:
    parameters = request.get("hyperParameters")
    config = request.get("customizationConfig", {})
    return Customization(
        type=request.get("customizationType"),
        hyper_parameters=None if parameters is None else HyperParameters.of(parameters),
        distillation_config=_distillation(config.get("distillationConfig")),
        rft_config=_rft(config.get("rftConfig")),
    )


def _distillation(config: Mapping[str, Any] | None) -> DistillationConfig | None:
    if config is None:
        return None
    teacher = config["teacherModelConfig"]
    return DistillationConfig(
        teacher=BaseModel(teacher["teacherModelIdentifier"]),
        max_response_length=teacher.get("maxResponseLengthForInference"),
    )


def _rft(config: Mapping[str, Any] | None) -> RftConfig | None:
    if config is None:
        return None
    parameters = config.get("hyperParameters")
    named = {name: parameters.get(key) for key, name in RFT_NAMED.items()} if parameters is not None else None
    return RftConfig(
        grader=config["graderConfig"]["lambdaGrader"]["lambdaArn"] if "graderConfig" in config else None,
        hyper_parameters=None if named is None else RftHyperParameters(**named),
    )
