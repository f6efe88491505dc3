"""The operations on provisioned throughputs, of which AWS documents few errors; `Behaviour` chooses them."""

from typing import Any

from .account_state import AccountState
from .arns import arn, foundation_model_id, is_custom_model
from .behaviour import Moment, timestamp
from .paging import page
from .responses import base_model_arn, present
from .service import Document, ServiceError, invalid, over_quota
from .serving_operations import created_earlier, matches, model_update, new_record, removed
from .tags import checked
from .throughput_record import ThroughputRecord

_IDENTIFIER = "provisionedModelId"


def create_throughput(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `CreateProvisionedModelThroughput`, for a custom model or a foundation model."""
    earlier = created_earlier(state.throughputs, moment, request)
    if earlier is not None:
        return {"provisionedModelArn": earlier.arn}
    name = request["provisionedModelName"]
    model_arn, base = find_model(state, moment, request["modelId"])
    state.throughputs.check_name(name, moment)
    _check_model_units(state, moment, request["modelUnits"])
    record = new_throughput(
        state,
        moment,
        name=name,
        first_model_arn=model_arn,
        base_model_arn=base,
        units=request["modelUnits"],
        commitment=request.get("commitmentDuration"),
        request=request,
        tags=checked(request.get("tags", ()), name, moment),
    )
    state.throughputs.put(record)
    return {"provisionedModelArn": record.arn}


def find_model(state: AccountState, moment: Moment, identifier: str) -> tuple[str, str]:
    """Return the ARN of a model, and of the foundation model that it was trained from or is.

    Args:
        state: the account.
        moment: the time of the call.
        identifier: ARN, id or name.

    Raises:
        ServiceError: there is no such custom model.
    """
    if is_custom_model(identifier):
        job = state.model(identifier, moment)
        return job.model_arn, base_model_arn(job)
    base = arn(state.region, "", f"foundation-model/{foundation_model_id(identifier)}")
    return base, base


def _check_model_units(state: AccountState, moment: Moment, units: int) -> None:
    used = sum(one.units for one in state.throughputs.existing(moment.now))
    if used + units > moment.behaviour.model_units:
        quota = f"model units for provisioned throughputs: {moment.behaviour.model_units}"
        raise over_quota(f"The account has reached its quota of {quota}.")


def new_throughput(
    state: AccountState,
    moment: Moment,
    **members: Any,  # noqa: ANN401 - of the record
) -> ThroughputRecord:
    """Return the record of a throughput that is created now, as `new_record` does."""
    behaviour = moment.behaviour
    return new_record(
        state,
        state.throughputs,
        moment,
        ready_after=behaviour.provisioning_seconds,
        readable_after=behaviour.throughput_readable_after_seconds,
        fails_with=behaviour.provisioning_failure,
        **members,
    )


def update_throughput(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `UpdateProvisionedModelThroughput`: another name, another model of the same base, or both.

    The base model itself counts as one of them. The throughput of a foundation model keeps it.
    """
    record = state.throughputs.get(request[_IDENTIFIER], moment)
    name, model = request.get("desiredProvisionedModelName", record.name), request.get("desiredModelId")
    if name != record.name:
        state.throughputs.check_name(name, moment)
    if model is not None:
        model_arn, _ = find_model(state, moment, model)
        if record.model_arn(moment.now) == record.base_model_arn:
            raise invalid(f"The model of {record.name} cannot be changed: it is not a custom model.")
        base = foundation_model_id(record.base_model_arn)
        record = record.updated(model_update(record, state.throughputs.noun, moment, model_arn, base))
    state.throughputs.put(record.renamed(name))
    return {}


def get_throughput(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `GetProvisionedModelThroughput`, which returns neither the token nor the tags."""
    record = state.throughputs.get(request[_IDENTIFIER], moment)
    summary = throughput_summary(record, moment)
    return present({**summary, "failureMessage": record.failure_message(moment.now)})


def delete_throughput(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `DeleteProvisionedModelThroughput`; the model stays, and so does a commitment."""
    record = state.throughputs.get(request[_IDENTIFIER], moment)
    if record.is_committed(moment.now):
        message = f"The provisioned throughput {record.name} cannot be deleted before its commitment ends."
        raise ServiceError(moment.behaviour.committed_delete, message)
    state.throughputs.put(removed(record, state.throughputs.noun, moment))
    return {}


def list_throughputs(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `ListProvisionedModelThroughputs`."""
    keep = matches(request, "provisionedModelName")
    summaries = (throughput_summary(one, moment) for one in state.throughputs.readable(moment.now))
    return page(summaries, request, "provisionedModelSummaries", keep)


def throughput_summary(record: ThroughputRecord, moment: Moment) -> Document:
    """Return the summary of a throughput in `ListProvisionedModelThroughputs`.

    Args:
        record: the throughput.
        moment: the time, and what a failed update looks like.
    """
    now, ends = moment.now, record.commitment_ends
    status = record.shown_status(now)
    if record.update is not None and record.update.status(now) == "UpdateFailed":
        status = moment.behaviour.failed_throughput_update
    return present(
        {
            "provisionedModelName": record.name,
            "provisionedModelArn": record.arn,
            "modelArn": record.model_arn(now),
            "desiredModelArn": record.desired_model_arn(now),
            "foundationModelArn": record.base_model_arn,
            "modelUnits": record.units,
            "desiredModelUnits": record.units,
            "status": status,
            "commitmentDuration": record.commitment,
            "commitmentExpirationTime": None if ends is None else timestamp(ends),
            "creationTime": timestamp(record.created),
            "lastModifiedTime": timestamp(record.last_updated(now)),
        }
    )
