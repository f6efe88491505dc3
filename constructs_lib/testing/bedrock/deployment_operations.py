"""The operations on custom model deployments, of which AWS documents few errors; `Behaviour` chooses them."""

from typing import Any

from .account_state import AccountState
from .arns import foundation_model_id
from .behaviour import Moment, timestamp
from .deployment_record import DeploymentRecord
from .paging import page
from .responses import present
from .service import Document, over_quota
from .serving_operations import created_earlier, matches, model_update, new_record, removed
from .tags import checked

_IDENTIFIER = "customModelDeploymentIdentifier"


def create_deployment(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `CreateCustomModelDeployment`; the model is Active as soon as it exists."""
    earlier = created_earlier(state.deployments, moment, request)
    if earlier is not None:
        return {"customModelDeploymentArn": earlier.arn}
    model = state.model(request["modelArn"], moment)
    state.deployments.check_name(request["modelDeploymentName"], moment)
    _check_quotas(state, moment)
    record = new_deployment(
        state,
        moment,
        name=request["modelDeploymentName"],
        first_model_arn=model.model_arn,
        request=request,
        tags=checked(request.get("tags", ()), request["modelDeploymentName"], moment),
    )
    state.deployments.put(record)
    return {"customModelDeploymentArn": record.arn}


def _check_quotas(state: AccountState, moment: Moment) -> None:
    now, behaviour = moment.now, moment.behaviour
    present_now = [one.status(now) for one in state.deployments.existing(now)]
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
    """Return the record of a deployment that is created now, as `new_record` does."""
    behaviour = moment.behaviour
    return new_record(
        state,
        state.deployments,
        moment,
        ready_after=behaviour.deploying_seconds,
        readable_after=behaviour.deployment_readable_after_seconds,
        fails_with=behaviour.deployment_failure,
        **members,
    )


def update_deployment(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `UpdateCustomModelDeployment`; the old model is served until the update has completed."""
    record = state.deployments.get(request[_IDENTIFIER], moment)
    model_arn = state.model(request["modelArn"], moment).model_arn
    base = foundation_model_id(record.model_arn(moment.now))
    update = model_update(record, state.deployments.noun, moment, model_arn, base)
    state.deployments.put(record.updated(update))
    return {"customModelDeploymentArn": record.arn}


def get_deployment(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `GetCustomModelDeployment`, which returns neither the token nor the tags."""
    now = moment.now
    record = state.deployments.get(request[_IDENTIFIER], moment)
    summary = deployment_summary(record, now)
    update = record.update
    details = update and {"modelArn": update.model_arn, "updateStatus": update.status(now)}
    name = summary.pop("customModelDeploymentName")
    more = {"description": record.description, "updateDetails": details}
    return present({"modelDeploymentName": name, **summary, **more})


def delete_deployment(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `DeleteCustomModelDeployment`; the model stays."""
    record = state.deployments.get(request[_IDENTIFIER], moment)
    state.deployments.put(removed(record, state.deployments.noun, moment))
    return {}


def list_deployments(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `ListCustomModelDeployments`."""
    now, keep = moment.now, matches(request, "customModelDeploymentName")
    summaries = (deployment_summary(one, now) for one in state.deployments.readable(now))
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
