"""What the operations on deployments and on provisioned throughputs have in common."""

from typing import TypeVar

from .account_state import ServingRecords
from .arns import foundation_model_id
from .behaviour import Moment
from .service import Document, ServiceError, invalid
from .serving_record import ModelUpdate, ServingRecord, cut

_Record = TypeVar("_Record", bound=ServingRecord)


def created_earlier(records: ServingRecords[_Record], moment: Moment, request: Document) -> _Record | None:
    """Return what an earlier request with the same client request token has created.

    Args:
        records: what there is.
        moment: the time of the call.
        request: the request.

    Raises:
        ServiceError: the token was used with another request, and `Behaviour.changed_retry` refuses that.
    """
    earlier = records.with_token(request.get("clientRequestToken", ""))
    is_ignored = moment.behaviour.changed_retry == "Ignored"
    if earlier is None or is_ignored or earlier.request == request:
        return earlier
    message = "The client request token was used with another request."
    raise ServiceError(moment.behaviour.changed_retry, message)


def model_update(record: ServingRecord, noun: str, moment: Moment, model_arn: str, base: str) -> ModelUpdate:
    """Return the update of what is ready to another model.

    Args:
        record: what is updated.
        noun: what it is, for messages.
        moment: the time of the call.
        model_arn: the ARN of the other model.
        base: the id of the foundation model of the present one.

    Raises:
        ServiceError: it is not ready, or the other model has another base model.
    """
    now, behaviour = moment.now, moment.behaviour
    status = "Updating" if record.is_updating(now) else record.status(now)
    if status != record.ready:
        message = f"The {noun} {record.name} cannot be updated: its status is {status}."
        raise ServiceError(behaviour.update_refused_while_updating, message)
    other = foundation_model_id(model_arn)
    if behaviour.same_base_only and base != other:
        raise invalid(f"The custom model must have the base model {base}, got {other}.")
    return ModelUpdate(
        model_arn=model_arn,
        begun=now,
        ends=now + behaviour.updating_seconds,
        failure=cut(behaviour.update_failure),
    )


def removed(record: _Record, noun: str, moment: Moment) -> _Record:
    """Return what a request to delete makes of a record.

    Args:
        record: what is deleted.
        noun: what it is, for messages.
        moment: the time of the call.

    Raises:
        ServiceError: it is being changed, and cannot be deleted then.
    """
    now, behaviour = moment.now, moment.behaviour
    status = "Updating" if record.is_updating(now) else record.status(now)
    refused = {"Deleting"} | (set() if behaviour.delete_while_in_progress else {"Creating", "Updating"})
    if status in refused:
        message = f"The {noun} {record.name} cannot be deleted: its status is {status}."
        raise ServiceError("ConflictException", message)
    return record.removed(now, after=behaviour.deleting_seconds)
