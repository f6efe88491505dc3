"""Answers that describe a job or a model, in the API's own words."""

from typing import Any

from constructs_lib.testing.bedrock.arns import arn, kms_key_arn
from constructs_lib.testing.bedrock.clock import timestamp
from constructs_lib.testing.bedrock.record import JobRecord
from constructs_lib.testing.bedrock.shelf import Document

_PHASES = (
    ("validationDetails", 0.0, 0.02),
    ("dataProcessingDetails", 0.02, 0.05),
    ("trainingDetails", 0.05, 1.0),
)
"""The parts of a job, and when each begins and ends as a share of its duration."""

_NO_VALIDATION: Document = {"validators": []}


def copied(value: Any) -> Any:  # noqa: ANN401 - a document holds anything that JSON holds
    """Return a document that shares nothing with another one.

    Args:
        value: the document.
    """
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [copied(item) for item in value]
    return value


def present(document: Document) -> Document:
    """Return a document without the members that have no value.

    Args:
        document: members, None where there is nothing to say.
    """
    return {name: value for name, value in document.items() if value is not None}


def base_model_arn(job: JobRecord) -> str:
    """Return the ARN of the foundation model at the root of a job.

    Args:
        job: the record.
    """
    return arn(job.region, "", f"foundation-model/{job.base_model_id}")


def job_answer(job: JobRecord, now: float) -> Document:
    """Return what `GetModelCustomizationJob` says of a job.

    Args:
        job: the record.
        now: seconds since 1970.
    """
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
            "statusDetails": status_details(job, now),
            "failureMessage": job.failure if status == "Failed" else None,
            **_times(job, now),
            "baseModelArn": base_model_arn(job),
            "outputModelKmsKeyArn": _kms_key_arn(job),
            "vpcConfig": copied(request.get("vpcConfig")),
            **_training(job),
            **(_metrics(job) if done else {}),
        }
    )


def job_summary(job: JobRecord, now: float) -> Document:
    """Return what `ListModelCustomizationJobs` says of a job.

    Args:
        job: the record.
        now: seconds since 1970.
    """
    done = job.status(now) == "Completed"
    return present(
        {
            "jobArn": job.arn,
            "baseModelArn": base_model_arn(job),
            "jobName": job.name,
            "status": job.status(now),
            "statusDetails": status_details(job, now),
            **_times(job, now),
            "customModelArn": job.model_arn if done else None,
            "customModelName": job.model_name,
            "customizationType": customization_type(job),
        }
    )


def model_answer(job: JobRecord) -> Document:
    """Return what `GetCustomModel` says of the model that a job made.

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
            **_metrics(job),
        }
    )


def model_summary(job: JobRecord) -> Document:
    """Return what `ListCustomModels` says of the model that a job made.

    Args:
        job: the record of the completed job.
    """
    return {
        "modelArn": job.model_arn,
        "modelName": job.model_name,
        "creationTime": timestamp(job.ends),
        "baseModelArn": base_model_arn(job),
        "baseModelName": job.base_model_id.partition(":")[0],
        "customizationType": customization_type(job),
        "ownerAccountId": job.account,
        "modelStatus": "Active",
    }


def customization_type(job: JobRecord) -> str:
    """Return how a job customizes its model: fine-tuning, where the request does not say.

    Args:
        job: the record.
    """
    return str(job.request.get("customizationType", "FINE_TUNING"))


def status_details(job: JobRecord, now: float) -> Document:
    """Return how far each part of a job has come.

    Args:
        job: the record.
        now: seconds since 1970.
    """
    return {name: _phase(job, now, begin, end) for name, begin, end in _PHASES}


def _phase(job: JobRecord, now: float, begin: float, end: float) -> Document:
    ended = job.ended(now)
    status, halted = job.status(now), job.stop_asked if job.stop_asked is not None else job.ends
    begins, ends = job.created + begin * job.duration, job.created + end * job.duration
    if status == "Completed":
        return _details("Completed", min(begins, job.ends), min(ends, job.ends))
    reached = now if status == "InProgress" else halted
    if reached < begins:
        return {"status": "NotStarted"}
    if reached >= ends and end < 1:
        return _details("Completed", begins, ends)
    return _details(status, begins, ended if ended is not None else reached)


def _details(status: str, begins: float, changed: float) -> Document:
    return {"status": status, "creationTime": timestamp(begins), "lastModifiedTime": timestamp(changed)}


def _times(job: JobRecord, now: float) -> Document:
    ended, asked = job.ended(now), job.stop_asked
    changed = ended if ended is not None else asked if asked is not None else job.created
    return {
        "creationTime": timestamp(job.created),
        "lastModifiedTime": timestamp(changed),
        "endTime": None if ended is None else timestamp(ended),
    }


def _training(job: JobRecord) -> Document:
    request = job.request
    return {
        "customizationType": customization_type(job),
        "hyperParameters": copied(request.get("hyperParameters")),
        "trainingDataConfig": copied(request["trainingDataConfig"]),
        "validationDataConfig": copied(request.get("validationDataConfig", _NO_VALIDATION)),
        "outputDataConfig": copied(request["outputDataConfig"]),
        "customizationConfig": copied(request.get("customizationConfig")),
    }


def _metrics(job: JobRecord) -> Document:
    validators = job.request.get("validationDataConfig", _NO_VALIDATION)["validators"]
    return {
        "trainingMetrics": {"trainingLoss": 0.5},
        "validationMetrics": [{"validationLoss": 0.625} for _ in validators],
    }


def _kms_key_arn(job: JobRecord) -> str | None:
    key = job.request.get("customModelKmsKeyId")
    return None if key is None else kms_key_arn(key, job.region, job.account)
