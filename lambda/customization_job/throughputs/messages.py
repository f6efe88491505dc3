"""Every sentence about a throughput: what happened, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.properties import shown_time
from ..serving.sentences import Sentences

if TYPE_CHECKING:
    from ..frame.errors import AwsError
    from .ports import Throughput

SENTENCES = Sentences(
    noun="throughput",
    done="bought",
    argument="throughput_name",
    remains="is still billed",
    command="provisioned-model-throughput --provisioned-model-id",
    model_option="--desired-model-id",
    quotas=(
        "An account has no model units for provisioned throughput until AWS Support grants some: open a case "
        "that asks for model units of this model, or delete a throughput that is not needed, and deploy "
        "again. See https://docs.aws.amazon.com/bedrock/latest/userguide/prov-thru-purchase.html."
    ),
    other_base=(
        "A throughput of a custom model takes only its base model and models that were trained from that. "
        "For another base model, give the construct another id: that buys another throughput."
    ),
)

TAGS_UNREAD = (
    "The time after which the throughput is deleted was not changed, because its tags could not be read. "
    "Check that the function's role may call bedrock:ListTagsForResource, and deploy again."
)
NOT_BOUGHT_BY_UPDATE = (
    "nothing is bought, because an Update buys nothing: change purchase to buy the throughput now"
)


def gone(arn: str) -> str:
    """Return that there is no throughput any more."""
    return (
        f"Nothing was bought. The throughput {arn} does not exist any more: it has expired, or somebody has "
        "deleted it. Change purchase to buy another one, or remove the construct."
    )


def unchangeable(what: str, throughput: str) -> str:
    """Return that model units and commitment stay.

    Args:
        what: what differs.
        throughput: the ARN.
    """
    return (
        f"Nothing was changed. The {what} of the throughput {throughput} cannot be changed: Bedrock has no "
        "call for it. Restore the old value; another purchase needs another construct id."
    )


def committed(throughput: Throughput) -> str:
    """Return that a throughput is billed until its commitment ends."""
    until = shown_time(throughput.committed_until)
    return (
        f"The throughput {throughput.arn} was not deleted: it has a commitment and is billed until {until}, "
        "and Bedrock deletes it only then. Delete the stack after that; or keep the throughput, with "
        "on_delete=RETAIN, deploy that, and delete it yourself when the commitment has ended, because AWS "
        "may renew it."
    )


def not_scheduled(error: AwsError) -> str:
    """Return that nothing was bought, because nothing would have deleted it in time."""
    return (
        "Nothing was bought or changed, because the state machine that deletes the throughput in time could "
        f"not be started. {SENTENCES.call_failed(error)}"
    )


def not_renamed(throughput: Throughput, name: str, error: AwsError) -> str:
    """Return that a throughput keeps its name."""
    return (
        f"The throughput {throughput.arn} was not renamed to {name}, and is still called {throughput.name}. "
        f"{SENTENCES.call_failed(error)}"
    )
