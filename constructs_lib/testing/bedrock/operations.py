"""The operations of the double: those on jobs and models, and the table of all."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf
from types import MappingProxyType

from .account_state import AccountState
from .arns import foundation_model_id, is_custom_model, short_id
from .behaviour import Moment
from .deployment_operations import (
    create_deployment,
    delete_deployment,
    get_deployment,
    list_deployments,
    update_deployment,
)
from .foundation_models import list_foundation_models
from .paging import page
from .records import LONGEST_FAILURE_MESSAGE, JobRecord
from .responses import (
    get_job_response,
    get_model_response,
    job_summary,
    model_summary,
)
from .service import Document, ServiceError, not_found, over_quota
from .tags import checked, list_tags, tag_resource, untag_resource
from .throughput_operations import (
    create_throughput,
    delete_throughput,
    get_throughput,
    list_throughputs,
    update_throughput,
)
from .training_metrics import losses_of

NAME_IN_USE = "The provided job name is currently in use."
MODEL_NAME_IN_USE = "The provided custom model name is currently in use."

_MODEL_FILTERS = (
    ("baseModelArnEquals", "baseModelArn"),
    ("foundationModelArnEquals", "baseModelArn"),
    ("modelStatus", "modelStatus"),
)


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
        losses=losses_of(request, behaviour.losses),
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
    serving = state.arns_that_serve(job.model_arn, moment.now)
    if serving and moment.behaviour.model_in_use != "Allowed":
        users = ", ".join(serving)
        message = f"The custom model {job.model_name} cannot be deleted: it is in use by {users}."
        raise ServiceError(moment.behaviour.model_in_use, message)
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


Operation = Callable[[AccountState, Moment, Document], Document]

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "CreateCustomModelDeployment": create_deployment,
        "CreateModelCustomizationJob": create_job,
        "CreateProvisionedModelThroughput": create_throughput,
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
        "UpdateCustomModelDeployment": update_deployment,
        "UpdateProvisionedModelThroughput": update_throughput,
    }
)
