"""Values to the request, in the API's own words. Absent means absent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .customization import Customization, DistillationConfig, RftConfig
    from .data import InvocationLogs, TrainingData, ValidationData
    from .interfaces import Key
    from .job_spec import JobSpec, VpcConfig


def to_request(spec: JobSpec) -> dict[str, Any]:
    """Write what `CreateModelCustomizationJob` takes; lay it beside the API's page.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelCustomizationJob.html

    Args:
        spec: The job. It is not judged here: `check` does that.
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
