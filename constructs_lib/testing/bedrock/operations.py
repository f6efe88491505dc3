"""The operations of the double, for jobs, models, deployments, throughputs and tags."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from .account_state import AccountState
from .arns import foundation_model_id, is_custom_model, short_id
from .behaviour import Moment
from .foundation_models import list_foundation_models
from .records import (
    DEPLOYMENT,
    LONGEST_FAILURE_MESSAGE,
    THROUGHPUT,
    JobRecord,
    ServingRecord,
)
from .responses import (
    deployment_summary,
    get_deployment_response,
    get_job_response,
    get_model_response,
    get_throughput_response,
    job_summary,
    model_summary,
    throughput_summary,
)
from .service import Document, ServiceError, invalid, not_found, over_quota

NAME_IN_USE = "The provided job name is currently in use."
MODEL_NAME_IN_USE = "The provided custom model name is currently in use."

_MODEL_FILTERS = (
    ("baseModelArnEquals", "baseModelArn"),
    ("foundationModelArnEquals", "baseModelArn"),
    ("modelStatus", "modelStatus"),
)
_STOPPED = frozenset({"Stopping", "Stopped"})
_NOT_TAGGABLE = _STOPPED | {"Failed"}
_PAGE_SIZE = 100


def create_job(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `CreateModelCustomizationJob`."""
    earlier = state.with_token(request.get("clientRequestToken", ""))
    if earlier is not None:
        _check_same_request(earlier, moment, request)
        return {"jobArn": earlier.arn}
    base_model_id = _base_model_id(state, moment, request["baseModelIdentifier"])
    _check_names(state, moment, request)
    _check_quotas(state, moment)
    job = _new_job(state, moment, request, base_model_id)
    state.put(job)
    return {"jobArn": job.arn}


def get_job(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `GetModelCustomizationJob`."""
    return get_job_response(state.job(request["jobIdentifier"], moment), moment)


def stop_job(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `StopModelCustomizationJob`."""
    job = state.job(request["jobIdentifier"], moment)
    status = job.status(moment.now)
    if status != "InProgress":
        message = f"The model customization job {job.name} cannot be stopped: its status is {status}."
        raise ServiceError(moment.behaviour.stop_refused, message)
    state.put(job.stopped(moment.now, after=moment.behaviour.stopping_seconds))
    return {}


def list_jobs(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `ListModelCustomizationJobs`."""
    visible = moment.now - moment.behaviour.visible_after_seconds

    def keep(summary: Document) -> bool:
        name, status = request.get("nameContains", ""), summary["status"]
        return name in summary["jobName"] and status == request.get("statusEquals", status)

    summaries = (job_summary(job, moment) for job in state if job.created <= visible)
    return page(summaries, request, "modelCustomizationJobSummaries", keep)


def _check_same_request(earlier: JobRecord, moment: Moment, request: Document) -> None:
    if moment.behaviour.changed_retry == "Ignored" or earlier.request == request:
        return
    message = "The client request token was used with another request."
    raise ServiceError(moment.behaviour.changed_retry, message)


def _base_model_id(state: AccountState, moment: Moment, identifier: str) -> str:
    """Return the id of the foundation model that a base model was trained from."""
    model_id = foundation_model_id(identifier)
    if not is_custom_model(identifier) or (model_id and not moment.behaviour.known_models_only):
        return model_id
    for job in state.models(moment.now):
        if identifier in (job.model_arn, job.model_name):
            return job.base_model_id
    raise not_found(f"Could not find the base model {identifier}")


def _check_names(state: AccountState, moment: Moment, request: Document) -> None:
    if state.named(request["jobName"]) is not None:
        raise ServiceError(moment.behaviour.name_in_use, NAME_IN_USE)
    if request["customModelName"] in _model_names_in_use(state, moment):
        raise ServiceError(moment.behaviour.name_in_use, MODEL_NAME_IN_USE)


def _model_names_in_use(state: AccountState, moment: Moment) -> set[str]:
    if moment.behaviour.model_names_reserved:
        return {job.model_name for job in state}
    if moment.behaviour.model_names_unique:
        return {job.model_name for job in (*state.models(moment.now), *state.not_ended(moment.now))}
    return set()


def _check_quotas(state: AccountState, moment: Moment) -> None:
    behaviour = moment.behaviour
    if sum(1 for _ in state.not_ended(moment.now)) >= behaviour.scheduled_jobs:
        quota = f"scheduled customization jobs: {behaviour.scheduled_jobs}"
        raise over_quota(f"The account has reached its quota of {quota}. Submit the job again later.")
    if sum(1 for _ in state.models(moment.now)) >= behaviour.custom_models:
        raise over_quota(f"The account has reached its quota of custom models: {behaviour.custom_models}.")


def _new_job(state: AccountState, moment: Moment, request: Document, base_model_id: str) -> JobRecord:
    now, behaviour, name = moment.now, moment.behaviour, request["jobName"]
    failure, seconds = behaviour.failure_message, behaviour.training_seconds
    if failure is not None and behaviour.fails_after_seconds is not None:
        seconds = behaviour.fails_after_seconds
    if behaviour.stalls and failure is None:
        seconds = inf
    return JobRecord(
        id=f"{base_model_id}/{short_id(state.account, state.region, name)}",
        model_id=f"{base_model_id}/{short_id(state.account, state.region, name, 'custom-model')}",
        account=state.account,
        region=state.region,
        request=request,
        created=now,
        duration=behaviour.training_seconds,
        ends=now + seconds,
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


def get_model(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `GetCustomModel`."""
    return get_model_response(state.model(request["modelIdentifier"], moment))


def delete_model(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `DeleteCustomModel`."""
    job = state.model(request["modelIdentifier"], moment)
    serving = [one.arn for one in state.serving() if one.model_arn == job.model_arn]
    if serving:
        users = ", ".join(serving)
        message = f"The custom model {job.model_name} cannot be deleted: it is in use by {users}."
        raise ServiceError("ConflictException", message)
    state.put(replace(job, model_deleted=True))
    return {}


def list_models(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `ListCustomModels`."""

    def keep(summary: Document) -> bool:
        return (
            request.get("nameContains", "") in summary["modelName"]
            and request.get("isOwned", True)
            and all(summary[member] == request.get(name, summary[member]) for name, member in _MODEL_FILTERS)
        )

    summaries = sorted(map(model_summary, state.models(moment.now)), key=lambda model: model["creationTime"])
    return page(summaries, request, "modelSummaries", keep)


def list_deployments(state: AccountState, _moment: Moment, request: Document) -> Document:
    """Carry out `ListCustomModelDeployments`."""
    summaries = map(deployment_summary, _matching(state.serving(DEPLOYMENT), request))
    return page(summaries, request, "modelDeploymentSummaries", lambda _: True, time="createdAt")


def list_throughputs(state: AccountState, _moment: Moment, request: Document) -> Document:
    """Carry out `ListProvisionedModelThroughputs`."""
    summaries = map(throughput_summary, _matching(state.serving(THROUGHPUT), request))
    return page(summaries, request, "provisionedModelSummaries", lambda _: True)


def get_deployment(state: AccountState, _moment: Moment, request: Document) -> Document:
    """Carry out `GetCustomModelDeployment`."""
    return get_deployment_response(state.served(request["customModelDeploymentIdentifier"], DEPLOYMENT))


def delete_deployment(state: AccountState, _moment: Moment, request: Document) -> Document:
    """Carry out `DeleteCustomModelDeployment`."""
    state.withdraw(state.served(request["customModelDeploymentIdentifier"], DEPLOYMENT).arn)
    return {}


def get_throughput(state: AccountState, _moment: Moment, request: Document) -> Document:
    """Carry out `GetProvisionedModelThroughput`."""
    return get_throughput_response(state.served(request["provisionedModelId"], THROUGHPUT))


def delete_throughput(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `DeleteProvisionedModelThroughput`."""
    record = state.served(request["provisionedModelId"], THROUGHPUT)
    if record.commitment_ends is not None and moment.now < record.commitment_ends:
        message = f"The provisioned throughput {record.name} cannot be deleted before its commitment ends."
        raise ServiceError("ConflictException", message)
    state.withdraw(record.arn)
    return {}


def _matching(records: Iterable[ServingRecord], request: Document) -> Iterator[ServingRecord]:
    """Return the records that match the filters of both list operations."""
    for one in records:
        if (
            request.get("nameContains", "") in one.name
            and request.get("statusEquals", one.status) == one.status
            and request.get("modelArnEquals", one.model_arn) == one.model_arn
        ):
            yield one


def tag_resource(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `TagResource`."""
    tagged = _taggable(state, moment, request["resourceARN"])
    added = checked(request["tags"], request["resourceARN"], moment, tagged.tags)
    tagged.put({**tagged.tags, **added})
    return {}


def untag_resource(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `UntagResource`."""
    tagged = _taggable(state, moment, request["resourceARN"])
    removed = set(request["tagKeys"])
    tagged.put({key: value for key, value in tagged.tags.items() if key not in removed})
    return {}


def list_tags(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `ListTagsForResource`."""
    tagged = _tagged(state, moment, request["resourceARN"])
    if not moment.behaviour.stopped_jobs_list_tags and tagged.job_status in _STOPPED:
        raise invalid(f"Tags of {request['resourceARN']} cannot be listed: the job is {tagged.job_status}")
    return {"tags": [{"key": key, "value": value} for key, value in tagged.tags.items()]}


def checked(
    tags: Iterable[Mapping[str, str]], resource: str, moment: Moment, present: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Validate tags and return them as a mapping.

    Args:
        tags: in the form of the API, `{"key": ..., "value": ...}`.
        resource: name or ARN of the resource, for the error.
        moment: has the quota of tags.
        present: the tags that the resource already has. Default: none.

    Raises:
        ServiceError: a key is reserved or repeated, or there are too many tags.
    """
    listed = list(tags)
    added = {tag["key"]: tag["value"] for tag in listed}
    if len(added) < len(listed):
        raise invalid("tags must not repeat a key; send each key once")
    if any(key.lower().startswith("aws:") for key in added):
        raise invalid("tag keys must not begin with aws:, which is reserved for AWS; choose another key")
    if len({*added, *(present or {})}) > moment.behaviour.tags_per_resource:
        message = f"A resource takes at most {moment.behaviour.tags_per_resource} tags."
        raise ServiceError("TooManyTagsException", message, members={"resourceName": resource})
    return added


class _Tagged(NamedTuple):
    """The tags of a resource; `put` replaces them, `job_status` is that of the job of a job or a model."""

    tags: Mapping[str, str]
    put: Callable[[Mapping[str, str]], None]
    job_status: str = ""


def _tagged(state: AccountState, moment: Moment, resource: str) -> _Tagged:
    if ":model-customization-job/" in resource:
        job = state.job(resource, moment)
        return _Tagged(job.tags, lambda tags: state.put(replace(job, tags=tags)), job.status(moment.now))
    if ":custom-model/" in resource:
        job = state.model(resource, moment)
        return _Tagged(
            job.model_tags, lambda tags: state.put(replace(job, model_tags=tags)), job.status(moment.now)
        )
    record = state.served(resource)
    return _Tagged(record.tags, lambda tags: state.put_serving(replace(record, tags=tags)))


def _taggable(state: AccountState, moment: Moment, resource: str) -> _Tagged:
    tagged = _tagged(state, moment, resource)
    if not moment.behaviour.finished_jobs_taggable and tagged.job_status in _NOT_TAGGABLE:
        raise invalid(f"Tags of {resource} cannot be changed: the job is {tagged.job_status}")
    return tagged


def page(
    summaries: Iterable[Document],
    request: Document,
    key: str,
    keep: Callable[[Document], bool],
    *,
    time: str = "creationTime",
) -> Document:
    """Return one page of summaries.

    Args:
        summaries: all of them, oldest first.
        request: the list request with filters, order, page size and token.
        key: the member of the response that contains the page.
        keep: returns whether a summary matches the filters of this operation.
        time: the member of a summary with the time of creation. Default: `creationTime`.

    Raises:
        ServiceError: `ValidationException` for a token that was in no response.
    """
    found = [summary for summary in summaries if _in_time(summary[time], request) and keep(summary)]
    if request.get("sortOrder") != "Ascending":
        found.reverse()
    first = _offset(request.get("nextToken", "0"))
    last = first + int(request.get("maxResults", _PAGE_SIZE))
    more: Document = {"nextToken": str(last)} if last < len(found) else {}
    return {key: found[first:last], **more}


def _in_time(created: datetime, request: Document) -> bool:
    after = request.get("creationTimeAfter", request.get("createdAfter"))
    before = request.get("creationTimeBefore", request.get("createdBefore"))
    return bool((after is None or created > after) and (before is None or created < before))


def _offset(token: str) -> int:
    if not token.isascii() or not token.isdigit():
        raise invalid(
            f"nextToken must come from an earlier response, got {token!r}; leave it out for the first page"
        )
    return int(token)


Operation = Callable[[AccountState, Moment, Document], Document]

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "CreateModelCustomizationJob": create_job,
        "DeleteCustomModel": delete_model,
        "DeleteCustomModelDeployment": delete_deployment,
        "DeleteProvisionedModelThroughput": delete_throughput,
        "GetCustomModel": get_model,
        "GetCustomModelDeployment": get_deployment,
        "GetModelCustomizationJob": get_job,
        "GetProvisionedModelThroughput": get_throughput,
        "ListCustomModelDeployments": list_deployments,
        "ListCustomModels": list_models,
        "ListFoundationModels": list_foundation_models,
        "ListModelCustomizationJobs": list_jobs,
        "ListProvisionedModelThroughputs": list_throughputs,
        "ListTagsForResource": list_tags,
        "StopModelCustomizationJob": stop_job,
        "TagResource": tag_resource,
        "UntagResource": untag_resource,
    }
)
