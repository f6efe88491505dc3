"""Responses of the API that describe a job or a model."""

from typing import Any

from .arns import arn, kms_key_arn
from .behaviour import Moment, timestamp
from .records import DISTILLATION, JobRecord, last_modified, status_details
from .service import Document
from .training_metrics import final_metrics

_DEFAULT_HYPER_PARAMETERS: Document = {"batchSize": "1", "learningRate": "1.0E-4"}
"""The defaults in a recorded response of a fine-tuning job whose request contained only `epochCount`."""


def copied(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a deep copy of a document.

    Args:
        value: the document, or a value in it.
    """
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [copied(item) for item in value]
    return value


def present(document: Document) -> Document:
    """Return a document without the members that have no value.

    Args:
        document: its members; None for no value.
    """
    return {name: value for name, value in document.items() if value is not None}


def base_model_arn(job: JobRecord) -> str:
    """Return the ARN of the foundation model that a job customizes.

    Args:
        job: the record.
    """
    return arn(job.region, "", f"foundation-model/{job.base_model_id}")


def get_job_response(job: JobRecord, moment: Moment) -> Document:
    """Return the response of `GetModelCustomizationJob`.

    Args:
        job: the record.
        moment: the time of the call.
    """
    now = moment.now
    request, status = job.request, job.status(now)
    done = status == "Completed"
    return present(
        {
            "jobArn": job.arn,
            "jobName": job.name,
            "outputModelName": job.model_name,
            "outputModelArn": job.model_arn if done else None,
            "clientRequestToken": job.token or None,
            "roleArn": request["roleArn"],
            "status": status,
            "statusDetails": _status_details(job, moment),
            "failureMessage": job.failure if status == "Failed" else None,
            **_times(job, now),
            "baseModelArn": base_model_arn(job),
            "outputModelKmsKeyArn": _kms_key_arn(job),
            "vpcConfig": copied(request.get("vpcConfig")),
            **_training(job),
            **(final_metrics(job) if done else {"validationMetrics": []}),
        }
    )


def job_summary(job: JobRecord, moment: Moment) -> Document:
    """Return the summary of a job in `ListModelCustomizationJobs`.

    Args:
        job: the record.
        moment: the time of the call.
    """
    now = moment.now
    done = job.status(now) == "Completed"
    return present(
        {
            "jobArn": job.arn,
            "baseModelArn": base_model_arn(job),
            "jobName": job.name,
            "status": job.status(now),
            "statusDetails": _status_details(job, moment),
            **_times(job, now),
            "customModelArn": job.model_arn if done else None,
            "customModelName": job.model_name,
            "customizationType": job.customization_type,
        }
    )


def get_model_response(job: JobRecord) -> Document:
    """Return the response of `GetCustomModel` for the model of a job.

    Args:
        job: the record of the completed job.
    """
    return present(
        {
            "modelArn": job.model_arn,
            "modelName": job.model_name,
            "jobName": job.name,
            "jobArn": job.arn,
            "baseModelArn": base_model_arn(job),
            "modelKmsKeyArn": _kms_key_arn(job),
            "creationTime": timestamp(job.ends),
            "modelStatus": "Active",
            **_training(job),
            **final_metrics(job),
        }
    )


def model_summary(job: JobRecord) -> Document:
    """Return the summary of a job's model in `ListCustomModels`.

    Args:
        job: the record of the completed job.
    """
    return {
        "modelArn": job.model_arn,
        "modelName": job.model_name,
        "creationTime": timestamp(job.ends),
        "baseModelArn": base_model_arn(job),
        "baseModelName": "",  # as recorded; later recordings have null
        "customizationType": job.customization_type,
        "ownerAccountId": job.account,
        "modelStatus": "Active",
    }


def _status_details(job: JobRecord, moment: Moment) -> Document | None:
    which = moment.behaviour.status_details
    shown = which == "always" or (which == "distillation" and job.customization_type == DISTILLATION)
    return status_details(job, moment.now) if shown else None


def _times(job: JobRecord, now: float) -> Document:
    ended = job.ended(now)
    return {
        "creationTime": timestamp(job.created),
        "lastModifiedTime": timestamp(last_modified(job, now)),
        "endTime": None if ended is None else timestamp(ended),
    }


def _training(job: JobRecord) -> Document:
    request = job.request
    return {
        "customizationType": job.customization_type,
        "hyperParameters": _hyper_parameters(job),
        "trainingDataConfig": copied(request["trainingDataConfig"]),
        "validationDataConfig": copied(request.get("validationDataConfig")),
        "outputDataConfig": copied(request["outputDataConfig"]),
        "customizationConfig": copied(request.get("customizationConfig")),
    }


def _hyper_parameters(job: JobRecord) -> Document | None:
    sent: Document | None = copied(job.request.get("hyperParameters"))
    return {**_DEFAULT_HYPER_PARAMETERS, **(sent or {})} if job.fills_in else sent


def _kms_key_arn(job: JobRecord) -> str | None:
    key = job.request.get("customModelKmsKeyId")
    return None if key is None else kms_key_arn(key, job.region, job.account)
