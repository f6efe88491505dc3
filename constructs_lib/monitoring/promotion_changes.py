"""What a person decides about a promotion: a tag, a forced verdict, a withdrawal, or to ask once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..contract.promotion import APPROVAL_NOTE_TAG, APPROVED_TAG, PROMOTED
from ..deployment.aws_calls import AwsCallError, aws_calls
from .job_description import NOT_FOUND
from .promotion_records import MODEL_ARN, Store, is_withdrawn, written_time
from .promotion_state import find_model

if TYPE_CHECKING:
    from datetime import datetime

    from .aws_access import AwsAccess
    from .promotion_records import Record
    from .promotion_state import Promotion

_PERSON = "person"
_DEPLOY = "deploy the job of the model that should serve."


def tag_model(access: AwsAccess, model_arn: str, value: str, note: str) -> None:
    """Approve or reject a model by its tag.

    Args:
        access: the AWS that is asked.
        model_arn: the model's ARN.
        value: the value of the tag.
        note: what the person writes about it; "" for nothing.

    Raises:
        AwsCallError: the model cannot be tagged.
    """
    tags = {APPROVED_TAG: value, **({APPROVAL_NOTE_TAG: note} if note else {})}
    keys = " and ".join(tags)
    needed = f"bedrock:TagResource on {model_arn} with the key{'s' * (len(tags) > 1)} {keys}"
    with aws_calls(needed=needed):
        listed = [{"key": key, "value": one} for key, one in tags.items()]
        access.shared_client("bedrock").tag_resource(resourceARN=model_arn, tags=listed)


def force(access: AwsAccess, promotion: Promotion, *, note: str, now: datetime) -> None:
    """Write that a candidate is promoted, whatever its conditions say.

    Args:
        access: the AWS that is asked.
        promotion: the promotion, as it was read.
        note: what the person writes about it; "" for nothing.
        now: the time.

    Raises:
        AwsCallError: it cannot be written, or somebody has decided meanwhile.
    """
    before = promotion.verdict
    document = {
        "candidate": promotion.candidate,
        "serving": _predecessor(promotion),
        "job": promotion.job.arn if promotion.job else "",
        "verdict": PROMOTED,
        "reason": _reason(access, "forced", note),
        "conditions": promotion.all_conditions,
        "time": written_time(now),
        "by": _PERSON,
        "forced": True,
    }
    store = Store(access.shared_client("s3"), promotion.resource)
    _check_is_written(store.write_verdict(promotion.candidate, document, before), promotion)


def ask_again(access: AwsAccess, promotion: Promotion) -> None:
    """Remove the answers about a candidate from the record, so that the function asks its conditions again.

    Args:
        access: the AWS that is asked.
        promotion: the promotion, as it was read.

    Raises:
        AwsCallError: it cannot be written, or the function has gone on meanwhile.
    """
    before = promotion.progress
    if before is None:
        return
    document = {**before.document, "conditions": [], "functionErrors": 0, "waitingFor": "", "changes": 0}
    store = Store(access.shared_client("s3"), promotion.resource)
    _check_is_written(store.write_progress(promotion.candidate, document, before), promotion)


def why_not_withdrawn(access: AwsAccess, promotion: Promotion) -> str:
    """Return why what serves cannot be taken back, as a sentence; "" if it can.

    Args:
        access: the AWS that is asked.
        promotion: the promotion.

    Raises:
        AwsCallError: the predecessor cannot be read.
    """
    served, resource = promotion.served, promotion.resource.resource
    if not served.arn:
        return f"{resource} serves no model."
    if served.verdict is None:
        return f"No record says what {resource} has served before {served.arn}; {_DEPLOY}"
    before = served.predecessor
    if not before:
        return f"{served.arn} is the first model of {resource}, so there is none to go back to."
    store = Store(access.shared_client("s3"), promotion.resource)
    if is_withdrawn(store.verdict(before), store.withdrawal(before)):
        return f"The model before it, {before}, was taken back itself; {_DEPLOY}"
    try:
        find_model(access.shared_client("bedrock"), before)
    except AwsCallError as error:
        if error.code != NOT_FOUND:
            raise
        return f"The model before it, {before}, does not exist any more."
    return ""


def withdraw(access: AwsAccess, promotion: Promotion, *, note: str, now: datetime) -> None:
    """Write that the model that serves is taken back.

    Args:
        access: the AWS that is asked.
        promotion: the promotion, as it was read.
        note: why; "" for no reason.
        now: the time.

    Raises:
        AwsCallError: it cannot be written, or somebody has decided meanwhile.
    """
    served = promotion.served
    document = {
        "candidate": served.arn,
        "to": served.predecessor,
        "reason": _reason(access, "withdrawn", note),
        "time": written_time(now),
        "by": _PERSON,
    }
    store = Store(access.shared_client("s3"), promotion.resource)
    _check_is_written(store.write_withdrawal(served.arn, document, served.withdrawal), promotion)


def _predecessor(promotion: Promotion) -> str:
    """Return the model to which a withdrawal of the candidate would go back."""
    served = promotion.served
    if served.arn == promotion.candidate:
        return _text(promotion.verdict, "serving")
    arn = _text(served.withdrawal, "to") if served.is_withdrawn else served.arn
    return arn if MODEL_ARN.fullmatch(arn) else ""  # a parameter may hold anything at first


def _text(record: Record | None, name: str) -> str:
    return record.text(name) if record else ""


def _reason(access: AwsAccess, what: str, note: str) -> str:
    return f"{what} by {access.identity or 'a person'}{f': {note}' if note else ''}"


def _check_is_written(is_written: bool, promotion: Promotion) -> None:  # noqa: FBT001
    if not is_written:
        raise AwsCallError(
            f"Somebody else has decided about {promotion.resource.resource} meanwhile, and nothing was "
            "changed; look at it with `bedrock-customize promotion`, and decide again."
        )
