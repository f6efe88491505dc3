"""Create, get, stop and list model customization jobs."""

from collections.abc import Mapping
from math import inf

from constructs_lib.testing.bedrock.answers import job_answer, job_summary
from constructs_lib.testing.bedrock.arns import foundation_model_id, is_custom_model, short_id
from constructs_lib.testing.bedrock.errors import ServiceError, not_found, over_quota
from constructs_lib.testing.bedrock.listing import page
from constructs_lib.testing.bedrock.record import LONGEST_FAILURE_MESSAGE, JobRecord
from constructs_lib.testing.bedrock.shelf import Document, Moment, Shelf
from constructs_lib.testing.bedrock.tags import checked

NAME_IN_USE = "The provided job name is currently in use."
MODEL_NAME_IN_USE = "The provided custom model name is currently in use."


def create_job(shelf: Shelf, moment: Moment, request: Document) -> Document:
    """Carry out `CreateModelCustomizationJob`."""
    earlier = shelf.with_token(request.get("clientRequestToken", ""))
    if earlier is not None:
        _check_changed_retry(earlier, moment, request)
        return {"jobArn": earlier.arn}
    base_model_id = _base_model_id(shelf, moment, request["baseModelIdentifier"])
    _check_names(shelf, moment, request)
    _check_quotas(shelf, moment)
    job = _new_job(shelf, moment, request, base_model_id)
    shelf.put(job)
    return {"jobArn": job.arn}


def get_job(shelf: Shelf, moment: Moment, request: Document) -> Document:
    """Carry out `GetModelCustomizationJob`."""
    return job_answer(shelf.job(request["jobIdentifier"], moment), moment.now)


def stop_job(shelf: Shelf, moment: Moment, request: Document) -> Document:
    """Carry out `StopModelCustomizationJob`."""
    job = shelf.job(request["jobIdentifier"], moment)
    status = job.status(moment.now)
    if status != "InProgress":
        message = f"The model customization job {job.name} cannot be stopped: its status is {status}."
        raise ServiceError(moment.behaviour.stop_refused, message)
    shelf.put(job.stopped(moment.now, after=moment.behaviour.stopping_seconds))
    return {}


def list_jobs(shelf: Shelf, moment: Moment, request: Document) -> Document:
    """Carry out `ListModelCustomizationJobs`."""
    visible = moment.now - moment.behaviour.visible_after_seconds

    def keep(summary: Document) -> bool:
        name, status = request.get("nameContains", ""), summary["status"]
        return name in summary["jobName"] and status == request.get("statusEquals", status)

    summaries = (job_summary(job, moment.now) for job in shelf if job.created <= visible)
    return page(summaries, request, "modelCustomizationJobSummaries", keep)


def _check_changed_retry(earlier: JobRecord, moment: Moment, request: Document) -> None:
    if moment.behaviour.changed_retry == "Ignored" or earlier.request == request:
        return
    message = "The client request token was used with another request."
    raise ServiceError(moment.behaviour.changed_retry, message)


def _base_model_id(shelf: Shelf, moment: Moment, identifier: str) -> str:
    """Return the id of the foundation model at the root."""
    known = foundation_model_id(identifier)
    if not is_custom_model(identifier) or (known and not moment.behaviour.known_models_only):
        return known
    for job in shelf.models(moment.now):
        if identifier in (job.model_arn, job.model_name):
            return job.base_model_id
    raise not_found(f"Could not find the base model {identifier}")


def _check_names(shelf: Shelf, moment: Moment, request: Document) -> None:
    if shelf.named(request["jobName"]) is not None:
        raise ServiceError(moment.behaviour.name_in_use, NAME_IN_USE)
    if request["customModelName"] in _taken_model_names(shelf, moment):
        raise ServiceError(moment.behaviour.name_in_use, MODEL_NAME_IN_USE)


def _taken_model_names(shelf: Shelf, moment: Moment) -> set[str]:
    if moment.behaviour.model_names_reserved:
        return {job.model_name for job in shelf}
    if moment.behaviour.model_names_unique:
        return {job.model_name for job in (*shelf.models(moment.now), *shelf.underway(moment.now))}
    return set()


def _check_quotas(shelf: Shelf, moment: Moment) -> None:
    behaviour = moment.behaviour
    if sum(1 for _ in shelf.underway(moment.now)) >= behaviour.scheduled_jobs:
        quota = f"scheduled customization jobs: {behaviour.scheduled_jobs}"
        raise over_quota(f"The account has reached its quota of {quota}. Submit the job again later.")
    if sum(1 for _ in shelf.models(moment.now)) >= behaviour.custom_models:
        raise over_quota(f"The account has reached its quota of custom models: {behaviour.custom_models}.")


def _new_job(shelf: Shelf, moment: Moment, request: Document, base_model_id: str) -> JobRecord:
    now, behaviour, name = moment.now, moment.behaviour, request["jobName"]
    failure, lives = behaviour.failure_message, behaviour.training_seconds
    if failure is not None and behaviour.fails_after_seconds is not None:
        lives = behaviour.fails_after_seconds
    if behaviour.stalls and failure is None:
        lives = inf
    return JobRecord(
        id=f"{base_model_id}/{short_id(shelf.account, shelf.region, name)}",
        model_id=f"{base_model_id}/{short_id(shelf.account, shelf.region, name, 'custom-model')}",
        account=shelf.account,
        region=shelf.region,
        request=request,
        created=now,
        duration=behaviour.training_seconds,
        ends=now + lives,
        queued=behaviour.queue_seconds,
        fills_in=behaviour.default_hyper_parameters
        and request.get("customizationType", "FINE_TUNING") == "FINE_TUNING",
        stalls=behaviour.stalls,
        failure=None if failure is None else failure[:LONGEST_FAILURE_MESSAGE],
        tags=_tags(request, "jobTags", name, moment),
        model_tags=_tags(request, "customModelTags", request["customModelName"], moment),
    )


def _tags(request: Document, member: str, resource: str, moment: Moment) -> Mapping[str, str]:
    return checked(request.get(member, ()), resource, moment)
