"""Jobs, models, deployments, throughputs and calls as a test sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .deployment_record import DeploymentRecord
from .records import JobRecord, JobStatus
from .serving_record import ServingRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job at one time.

    Args:
        arn: the job's ARN.
        name: the job's name.
        status: its status.
        token: its client request token.
        model_name: the name of its model.
        model_arn: the model's ARN, "" until the job has completed.
        account: 12 digits.
        region: such as `us-east-1`.
        created: seconds since 1970.
        ended: seconds since 1970, None until the job has ended.
        failure_message: why it failed, "" if it has not.
        tags: the job's tags.
        request: the members of the request.
    """

    arn: str
    name: str
    status: JobStatus
    token: str
    model_name: str
    model_arn: str
    account: str
    region: str
    created: float
    ended: float | None
    failure_message: str
    tags: Mapping[str, str]
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A custom model at one time.

    Args:
        arn: the model's ARN.
        name: the model's name.
        job_arn: the ARN of its job.
        account: 12 digits.
        region: such as `us-east-1`.
        created: seconds since 1970.
        tags: the model's tags.
    """

    arn: str
    name: str
    job_arn: str
    account: str
    region: str
    created: float
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A deployment or a provisioned throughput, which prevents the deletion of its model.

    Args:
        arn: its ARN.
        name: its name.
        kind: `custom-model-deployment` or `provisioned-model`, as in the ARN.
        model_arn: the ARN of its model.
        status: its status.
        account: 12 digits.
        region: such as `us-east-1`.
        tags: its tags.
    """

    arn: str
    name: str
    kind: str
    model_arn: str
    status: str
    account: str
    region: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A custom model deployment at one time, with what the API does not return.

    Args:
        arn: its ARN.
        name: its name.
        status: its status.
        model_arn: the ARN of the model that it serves.
        update_status: `Updating`, `UpdateCompleted` or `UpdateFailed`; "" if it was never updated.
        update_model_arn: the ARN of the model of its last update; "" if it was never updated.
        failure_message: why it or its last update failed, "" if neither has.
        description: its description, "" without one.
        token: its client request token, "" without one.
        account: 12 digits.
        region: such as `us-east-1`.
        created: seconds since 1970.
        tags: its tags.
    """

    arn: str
    name: str
    status: str
    model_arn: str
    update_status: str
    update_model_arn: str
    failure_message: str
    description: str
    token: str
    account: str
    region: str
    created: float
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of the double.

    Args:
        operation: the API's name, such as `CreateModelCustomizationJob`.
        request: the members of the request.
        account: the account of the caller, 12 digits.
        region: the Region that was called.
        error: the code of the error; `ResponseLost` if the response was lost; "" if the call succeeded.
    """

    operation: str
    request: Mapping[str, Any]
    account: str
    region: str
    error: str


def view_job(job: JobRecord, now: float) -> Job:
    """Return a job as it is at a time.

    Args:
        job: the record.
        now: seconds since 1970.
    """
    status = job.status(now)
    return Job(
        arn=job.arn,
        name=job.name,
        status=status,
        token=job.token,
        model_name=job.model_name,
        model_arn=job.model_arn if status == "Completed" else "",
        account=job.account,
        region=job.region,
        created=job.created,
        ended=job.ended(now),
        failure_message=(job.failure or "") if status == "Failed" else "",
        tags=dict(job.tags),
        request=job.request,
    )


def view_model(job: JobRecord) -> Model:
    """Return the model of a completed job.

    Args:
        job: the record of the job.
    """
    return Model(
        arn=job.model_arn,
        name=job.model_name,
        job_arn=job.arn,
        account=job.account,
        region=job.region,
        created=job.ends,
        tags=dict(job.model_tags),
    )


def view_serving(record: ServingRecord, now: float) -> Serving:
    """Return a deployment or a throughput as it is at a time.

    Args:
        record: the record.
        now: seconds since 1970.
    """
    return Serving(
        arn=record.arn,
        name=record.name,
        kind=record.kind,
        model_arn=record.model_arn(now),
        status=record.shown_status(now),
        account=record.account,
        region=record.region,
        tags=dict(record.tags),
    )


def view_deployment(record: DeploymentRecord, now: float) -> Deployment:
    """Return a deployment as it is at a time.

    Args:
        record: the record.
        now: seconds since 1970.
    """
    update = record.update
    return Deployment(
        arn=record.arn,
        name=record.name,
        status=record.status(now),
        model_arn=record.model_arn(now),
        update_status="" if update is None else update.status(now),
        update_model_arn="" if update is None else update.model_arn,
        failure_message=record.failure_message(now) or "",
        description=record.description or "",
        token=record.token,
        account=record.account,
        region=record.region,
        created=record.created,
        tags=dict(record.tags),
    )
