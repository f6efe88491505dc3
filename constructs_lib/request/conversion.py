"""From values to the API's request and back. What is None in the one is absent in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .customization import BaseModel, Customization, DistillationConfig, RftConfig
from .data import (
    InvocationLogs,
    MetadataFilter,
    OutputData,
    TrainingData,
    ValidationData,
)
from .hyper_parameters import RFT_NAMED, HyperParameters, RftHyperParameters
from .job_spec import JobSpec, VpcConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .interfaces import Key


def to_request(spec: JobSpec) -> dict[str, Any]:
    """Return the request of `CreateModelCustomizationJob`, its fields in the order of the API's page.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelCustomizationJob.html

    Args:
        spec: the job; it is not checked here.
    """
    customization = spec.customization
    return _present(
        {
            "jobName": spec.job_name,
            "customModelName": spec.custom_model_name,
            "roleArn": spec.role_arn,
            "baseModelIdentifier": spec.base_model.model_id,
            "customizationType": customization.type,
            "customModelKmsKeyId": spec.custom_model_kms_key and _key(spec.custom_model_kms_key),
            "jobTags": _tags(spec.job_tags),
            "customModelTags": _tags(spec.custom_model_tags),
            "trainingDataConfig": _training(spec.training_data),
            "validationDataConfig": _validation(spec.validation_data),
            "outputDataConfig": spec.output_data and {"s3Uri": spec.output_data.uri},
            "hyperParameters": customization.hyper_parameters and customization.hyper_parameters.render(),
            "vpcConfig": spec.vpc_config and _vpc(spec.vpc_config),
            "customizationConfig": _customization(customization),
        }
    )


def _present(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _key(key: Key | str) -> str:
    return key if isinstance(key, str) else key.key_arn


def _tags(tags: Mapping[str, str] | None) -> list[dict[str, str]] | None:
    return None if tags is None else [{"key": key, "value": value} for key, value in tags.items()]


def _training(data: TrainingData) -> dict[str, Any]:
    logs = data.invocation_logs
    return _present({"s3Uri": data.uri or None, "invocationLogsConfig": logs and _logs(logs)})


def _logs(logs: InvocationLogs) -> dict[str, Any]:
    chosen = logs.request_metadata_filter
    return _present(
        {
            "usePromptResponse": logs.use_prompt_response,
            "invocationLogSource": {"s3Uri": logs.uri},
            "requestMetadataFilters": chosen and chosen.render(),
        }
    )


def _validation(data: Sequence[ValidationData] | None) -> dict[str, Any] | None:
    return None if data is None else {"validators": [{"s3Uri": one.uri} for one in data]}


def _vpc(config: VpcConfig) -> dict[str, Any]:
    return {
        "subnetIds": list(config.subnet_ids),
        "securityGroupIds": list(config.security_group_ids),
    }


def _customization(customization: Customization) -> dict[str, Any] | None:
    distillation, rft = customization.distillation_config, customization.rft_config
    config = _present(
        {"distillationConfig": distillation and _distillation(distillation), "rftConfig": rft and _rft(rft)}
    )
    return config or None


def _distillation(config: DistillationConfig) -> dict[str, Any]:
    teacher = {
        "teacherModelIdentifier": config.teacher.model_id,
        "maxResponseLengthForInference": config.max_response_length,
    }
    return {"teacherModelConfig": _present(teacher)}


def _rft(config: RftConfig) -> dict[str, Any]:
    grader = config.grader
    arn = grader if grader is None or isinstance(grader, str) else grader.function_arn
    return _present(
        {
            "graderConfig": None if arn is None else {"lambdaGrader": {"lambdaArn": arn}},
            "hyperParameters": config.hyper_parameters and config.hyper_parameters.render(),
        }
    )


def from_request(request: Mapping[str, Any]) -> JobSpec:
    """Return a request as values.

    For every valid request `r`, `to_request(from_request(r)) == r`, except for `clientRequestToken`: the
    Lambda function sends its own, so that a repeated event cannot start a second job.

    Args:
        request: what `aws bedrock create-model-customization-job --cli-input-json` takes, valid by the
            service model (see `violations`). Names, role and output may be left out, and a hyperparameter
            may be a number.
    """
    return JobSpec(
        base_model=BaseModel(request["baseModelIdentifier"]),
        training_data=_training_of(request["trainingDataConfig"]),
        customization=_customization_of(request),
        validation_data=_validation_of(request.get("validationDataConfig")),
        output_data=OutputData(s3_uri=request["outputDataConfig"]["s3Uri"])
        if "outputDataConfig" in request
        else None,
        job_name=request.get("jobName"),
        custom_model_name=request.get("customModelName"),
        role_arn=request.get("roleArn"),
        custom_model_kms_key=request.get("customModelKmsKeyId"),
        job_tags=_tags_of(request.get("jobTags")),
        custom_model_tags=_tags_of(request.get("customModelTags")),
        vpc_config=_vpc_of(request.get("vpcConfig")),
    )


def _tags_of(tags: Sequence[Mapping[str, str]] | None) -> dict[str, str] | None:
    return None if tags is None else {tag["key"]: tag["value"] for tag in tags}


def _training_of(config: Mapping[str, Any]) -> TrainingData:
    logs = config.get("invocationLogsConfig")
    return TrainingData(
        s3_uri=config.get("s3Uri", ""), invocation_logs=None if logs is None else _logs_of(logs)
    )


def _logs_of(config: Mapping[str, Any]) -> InvocationLogs:
    chosen = config.get("requestMetadataFilters")
    return InvocationLogs(
        s3_uri=config["invocationLogSource"]["s3Uri"],
        use_prompt_response=config.get("usePromptResponse"),
        request_metadata_filter=None if chosen is None else _filter_of(chosen),
    )


def _filter_of(filters: Mapping[str, Any]) -> MetadataFilter:
    all_of, any_of = filters.get("andAll"), filters.get("orAll")
    return MetadataFilter(
        equal=_pair(filters.get("equals")),
        unequal=_pair(filters.get("notEquals")),
        all_of=None if all_of is None else tuple(map(_filter_of, all_of)),
        any_of=None if any_of is None else tuple(map(_filter_of, any_of)),
    )


def _pair(entries: Mapping[str, str] | None) -> tuple[str, str] | None:
    return None if entries is None else next(iter(entries.items()))


def _validation_of(config: Mapping[str, Any] | None) -> tuple[ValidationData, ...] | None:
    return (
        None if config is None else tuple(ValidationData(s3_uri=one["s3Uri"]) for one in config["validators"])
    )


def _vpc_of(config: Mapping[str, Any] | None) -> VpcConfig | None:
    if config is None:
        return None
    return VpcConfig(subnet_ids=config["subnetIds"], security_group_ids=config["securityGroupIds"])


def _customization_of(request: Mapping[str, Any]) -> Customization:
    parameters = request.get("hyperParameters")
    config = request.get("customizationConfig", {})
    return Customization(
        type=request.get("customizationType"),
        hyper_parameters=None if parameters is None else HyperParameters.of(parameters),
        distillation_config=_distillation_of(config.get("distillationConfig")),
        rft_config=_rft_of(config.get("rftConfig")),
    )


def _distillation_of(config: Mapping[str, Any] | None) -> DistillationConfig | None:
    if config is None:
        return None
    teacher = config["teacherModelConfig"]
    return DistillationConfig(
        teacher=BaseModel(teacher["teacherModelIdentifier"]),
        max_response_length=teacher.get("maxResponseLengthForInference"),
    )


def _rft_of(config: Mapping[str, Any] | None) -> RftConfig | None:
    if config is None:
        return None
    parameters = config.get("hyperParameters")
    named = {name: parameters.get(key) for key, name in RFT_NAMED.items()} if parameters is not None else None
    return RftConfig(
        grader=config["graderConfig"]["lambdaGrader"]["lambdaArn"] if "graderConfig" in config else None,
        hyper_parameters=None if named is None else RftHyperParameters(**named),
    )
