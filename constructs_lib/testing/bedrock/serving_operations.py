"""What the operations on deployments and on provisioned throughputs have in common."""

from collections.abc import Callable
from typing import Any, TypeVar

from .account_state import AccountState, ServingRecords
from .arns import foundation_model_id, short_id
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


def new_record(
    state: AccountState,
    records: ServingRecords[_Record],
    moment: Moment,
    *,
    ready_after: float,
    readable_after: float,
    fails_with: str | None,
    **members: Any,  # noqa: ANN401 - of the record
) -> _Record:
    """Return the record of what is created now, and not yet put; another of the same name had another ARN.

    Args:
        state: the account.
        records: what there is.
        moment: the time.
        ready_after: after how many seconds it is ready, or fails.
        readable_after: after how many seconds the API returns it.
        fails_with: the failure message; None where it does not fail.
        members: name, model, and whatever else the record has; they override these times.
    """
    name, now = members["name"], moment.now
    earlier = records.number_of(name)
    given = {
        "id": short_id(state.account, state.region, records.record.kind, name, *filter(None, [earlier])),
        "account": state.account,
        "region": state.region,
        "created": now,
        "ends": now + ready_after,
        "readable": now + readable_after,
        "failure": cut(fails_with),
        **members,
    }
    return records.record(**given)


def matches(request: Document, name: str) -> Callable[[Document], bool]:
    """Return what says whether a summary matches the filters of a list request.

    Args:
        request: the request.
        name: the member of a summary with the name.
    """

    def keep(summary: Document) -> bool:
        return (
            request.get("nameContains", "") in summary[name]
            and request.get("statusEquals", summary["status"]) == summary["status"]
            and request.get("modelArnEquals", summary["modelArn"]) == summary["modelArn"]
        )

    return keep


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
