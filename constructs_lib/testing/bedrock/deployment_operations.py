"""The operations on custom model deployments, of which AWS documents few errors; `Behaviour` chooses them."""

from typing import Any

from .account_state import AccountState
from .arns import foundation_model_id, short_id
from .behaviour import Moment, timestamp
from .deployment_record import DEPLOYMENT, LONGEST_FAILURE_MESSAGE, DeploymentRecord, ModelUpdate
from .paging import page
from .responses import present
from .service import Document, ServiceError, invalid, over_quota
from .tags import checked

NAME_IN_USE = "The provided custom model deployment name is currently in use."

_IDENTIFIER = "customModelDeploymentIdentifier"


def create_deployment(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `CreateCustomModelDeployment`; the model is Active as soon as it exists."""
    earlier = state.deployment_with_token(request.get("clientRequestToken", ""))
    if earlier is not None:
        _check_same_request(earlier, moment, request)
        return {"customModelDeploymentArn": earlier.arn}
    model = state.model(request["modelArn"], moment)
    _check_name(state, moment, request["modelDeploymentName"])
    _check_quotas(state, moment)
    record = new_deployment(
        state,
        moment,
        name=request["modelDeploymentName"],
        model_arn=model.model_arn,
        request=request,
        tags=checked(request.get("tags", ()), request["modelDeploymentName"], moment),
    )
    state.put_deployment(record)
    return {"customModelDeploymentArn": record.arn}


def _check_same_request(earlier: DeploymentRecord, moment: Moment, request: Document) -> None:
    if moment.behaviour.changed_retry == "Ignored" or earlier.request == request:
        return
    message = "The client request token was used with another request."
    raise ServiceError(moment.behaviour.changed_retry, message)


def _check_name(state: AccountState, moment: Moment, name: str) -> None:
    free_after = moment.behaviour.name_free_after_seconds
    if any(one.name == name and moment.now < one.deleted + free_after for one in state.all_deployments()):
        raise ServiceError(moment.behaviour.deployment_name_in_use, NAME_IN_USE)


def _check_quotas(state: AccountState, moment: Moment) -> None:
    now, behaviour = moment.now, moment.behaviour
    present_now = [one.status(now) for one in state.deployments(now)]
    if len(present_now) >= behaviour.deployments:
        quota = f"custom model deployments: {behaviour.deployments}"
        raise over_quota(f"The account has reached its quota of {quota}.")
    if present_now.count("Creating") >= behaviour.deployments_in_progress:
        quota = f"custom model deployments in progress: {behaviour.deployments_in_progress}"
        raise over_quota(f"The account has reached its quota of {quota}. Submit the deployment again later.")


def new_deployment(
    state: AccountState,
    moment: Moment,
    **members: Any,  # noqa: ANN401 - of the record
) -> DeploymentRecord:
    """Return the record of a deployment that is created now; another of the same name had another ARN.

    Args:
        state: the account, in which the record is not put.
        moment: the time, and how long deployments take.
        members: name, model, and whatever else the record has.
    """
    behaviour, name = moment.behaviour, members["name"]
    earlier = sum(one.name == name for one in state.all_deployments())
    failure = behaviour.deployment_failure
    given = {
        "id": short_id(state.account, state.region, DEPLOYMENT, name, *([str(earlier)] if earlier else [])),
        "account": state.account,
        "region": state.region,
        "created": moment.now,
        "ends": moment.now + behaviour.deploying_seconds,
        "readable": moment.now + behaviour.deployment_readable_after_seconds,
        "failure": None if failure is None else failure[:LONGEST_FAILURE_MESSAGE],
        **{("first_model_arn" if key == "model_arn" else key): value for key, value in members.items()},
    }
    return DeploymentRecord(**given)


def update_deployment(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `UpdateCustomModelDeployment`; the old model is served until the update has completed."""
    record = state.deployment(request[_IDENTIFIER], moment)
    model_arn = state.model(request["modelArn"], moment).model_arn
    now, behaviour = moment.now, moment.behaviour
    status = "Updating" if record.is_updating(now) else record.status(now)
    if status != "Active":
        message = f"The custom model deployment {record.name} cannot be updated: its status is {status}."
        raise ServiceError(behaviour.update_refused_while_updating, message)
    bases = [foundation_model_id(one) for one in (record.model_arn(now), model_arn)]
    if behaviour.same_base_only and bases[0] != bases[1]:
        raise invalid(f"The custom model must have the base model {bases[0]}, got {bases[1]}.")
    failure = behaviour.update_failure
    update = ModelUpdate(
        model_arn=model_arn,
        begun=now,
        ends=now + behaviour.updating_seconds,
        failure=None if failure is None else failure[:LONGEST_FAILURE_MESSAGE],
    )
    state.put_deployment(record.updated(update))
    return {"customModelDeploymentArn": record.arn}


def get_deployment(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `GetCustomModelDeployment`, which returns neither the token nor the tags."""
    now = moment.now
    record = state.deployment(request[_IDENTIFIER], moment)
    summary = deployment_summary(record, now)
    update = record.update
    details = update and {"modelArn": update.model_arn, "updateStatus": update.status(now)}
    name = summary.pop("customModelDeploymentName")
    more = {"description": record.description, "updateDetails": details}
    return present({"modelDeploymentName": name, **summary, **more})


def delete_deployment(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `DeleteCustomModelDeployment`; the model stays."""
    record = state.deployment(request[_IDENTIFIER], moment)
    now, behaviour = moment.now, moment.behaviour
    status = "Updating" if record.is_updating(now) else record.status(now)
    refused = {"Deleting"} | (set() if behaviour.delete_while_in_progress else {"Creating", "Updating"})
    if status in refused:
        message = f"The custom model deployment {record.name} cannot be deleted: its status is {status}."
        raise ServiceError("ConflictException", message)
    state.put_deployment(record.removed(now, after=behaviour.deleting_seconds))
    return {}


def list_deployments(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `ListCustomModelDeployments`."""
    now = moment.now

    def keep(summary: Document) -> bool:
        return (
            request.get("nameContains", "") in summary["customModelDeploymentName"]
            and request.get("statusEquals", summary["status"]) == summary["status"]
            and request.get("modelArnEquals", summary["modelArn"]) == summary["modelArn"]
        )

    readable = (one for one in state.deployments(now) if now >= one.readable)
    summaries = (deployment_summary(one, now) for one in readable)
    return page(summaries, request, "modelDeploymentSummaries", keep, time="createdAt")


def deployment_summary(record: DeploymentRecord, now: float) -> Document:
    """Return the summary of a deployment in `ListCustomModelDeployments`.

    Args:
        record: the deployment.
        now: seconds since 1970.
    """
    return present(
        {
            "customModelDeploymentArn": record.arn,
            "customModelDeploymentName": record.name,
            "modelArn": record.model_arn(now),
            "createdAt": timestamp(record.created),
            "status": record.status(now),
            "lastUpdatedAt": timestamp(record.last_updated(now)),
            "failureMessage": record.failure_message(now),
        }
    )
