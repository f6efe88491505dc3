"""The sentences about deployments and about throughputs that both need: what happened, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..frame import advice
from ..frame.errors import AwsError, ErrorKind
from ..frame.stack import StackPhase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..frame.stack import StackState
    from .ports import Serving

_ENDED = (
    "Nothing was {done}, because the stack {is_ended}. Correct the first failure in the stack's events, and "
    "deploy again."
)
_UNREAD = (
    "Nothing was {done}, because the stack's status could not be read, and nothing must be {done} in a "
    "rollback."
)
_NOT_IN_PROGRESS = {
    StackPhase.ROLLING_BACK: _ENDED.replace("{is_ended}", "is being rolled back or deleted"),
    StackPhase.ROLLED_BACK: _ENDED.replace("{is_ended}", "has been rolled back or deleted"),
    StackPhase.IDLE: (
        "Nothing was {done}, because this event came late: no operation of the stack is in progress. "
        "Deploy again."
    ),
    StackPhase.UNKNOWN: (
        f"{_UNREAD} Check that the function's role may call cloudformation:DescribeStacks on the stack, and "
        "deploy again."
    ),
}
_KEY = (
    "The model is encrypted with a KMS key that the function's role may not use. The policy of the role and "
    "the policy of the key must allow it kms:Decrypt, kms:GenerateDataKey, kms:DescribeKey and "
    "kms:CreateGrant through Bedrock."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """The sentences of one resource type.

    Args:
        noun: what the resource is.
        done: what is done with it: `deployed` or `bought`.
        argument: the argument of the construct that names it.
        remains: what it does if it is not deleted.
        command: the commands of the AWS CLI for it, without the verb, with the option that names it.
        model_option: the option of the command that gives it a model.
        quotas: what to do about a quota that is exceeded.
        other_base: what to do where a model of another base model is refused.
    """

    noun: str
    done: str
    argument: str
    remains: str
    command: str
    model_option: str
    quotas: str
    other_base: str

    @property
    def out_of_date(self) -> str:
        """Return that CloudFormation does not wait for the event."""
        return (
            f"Nothing was {self.done}, because this event is out of date: CloudFormation does not wait for a "
            "response to it any more."
        )

    @property
    def too_late(self) -> str:
        """Return that there was no time to begin."""
        return f"Nothing was {self.done}, because the checks before it took too long. Deploy again."

    @property
    def no_model_yet(self) -> str:
        """Return that there is no model."""
        return f"nothing is {self.done} yet: there is no model"

    @property
    def no_model_now(self) -> str:
        """Return that there is no other model."""
        return f"the {self.noun} stays as it is: there is no other model yet"

    def not_in_progress(self, stack: StackState) -> str:
        """Return why nothing is done in a stack with no create or update in progress, as far as is known."""
        if stack.unread and stack.unread.connection:
            return f"{_UNREAD} {advice.failed(stack.unread)}".replace("{done}", self.done)
        return _NOT_IN_PROGRESS[stack.phase].replace("{done}", self.done)

    def invalid(self, problems: list[str]) -> str:
        """Return everything that is wrong with the desired state."""
        return f"Nothing was {self.done}, because the properties are not valid: " + " | ".join(problems)

    def call_failed(self, error: AwsError) -> str:
        """Return which call failed, how often it was tried, and what to do."""
        own = self._advice
        if error.kind is ErrorKind.DENIED and re.search(r"\bkms:", error.message):
            own = {**own, ErrorKind.DENIED: _KEY}
        return f"{advice.failed(error, own)}{advice.quoted(error)}"

    def not_created(self, error: AwsError) -> str:
        """Return that nothing was created."""
        return f"The {self.noun} was not created. {self.call_failed(error)}"

    def not_updated(self, serving: Serving, model_arn: str, error: AwsError) -> str:
        """Return that it was not given a model, and still serves the old one."""
        what = (
            f"The {self.noun} {serving.arn} was not given the model {model_arn}, and still serves "
            f"{serving.model_arn}."
        )
        if error.kind is not ErrorKind.INVALID:
            return f"{what} {self.call_failed(error)}"
        return f"{what} {error.operation} failed ({error.code}). {self.other_base}{advice.quoted(error)}"

    def not_deleted(self, serving: Serving, error: AwsError | None = None) -> str:
        """Return that it still exists, and how to delete it."""
        cause = f" {self.call_failed(error)}" if error else ""
        return (
            f"The {self.noun} {serving.arn} could not be deleted and {self.remains}. Delete it with "
            f"{self.delete_command(serving)}, and try again.{cause}"
        )

    def not_visible(self, name: str) -> str:
        """Return that it was created and never shown."""
        return (
            f"Bedrock has accepted the {self.noun} {name} but does not show it. Look for it in the Bedrock "
            "console, and deploy again."
        )

    def taken(self, name: str, serving: Serving) -> str:
        """Return that one of somebody else has the name."""
        return (
            f"Nothing was {self.done}: the {self.noun} name {name} is taken by {serving.arn}, which does not "
            f"belong to this resource. Change {self.argument}, or leave it out to have a unique name "
            f"generated, or delete that {self.noun} if nobody needs it."
        )

    def foreign(self, serving: Serving) -> str:
        """Return that it is not ours."""
        return f"the {self.noun} {serving.arn} does not belong to this resource"

    def failed(self, serving: Serving) -> str:
        """Return that Bedrock could not create it."""
        return f"The {self.noun} {serving.name} of {serving.model_arn} is Failed.{_why(serving)}"

    def update_failed(self, serving: Serving) -> str:
        """Return that Bedrock could not give it a model."""
        return (
            f"The {self.noun} {serving.arn} could not be given the model {serving.update_model_arn}, and "
            f"still serves {serving.model_arn}.{_why(serving)}"
        )

    def too_long(self, name: str, note: str, seconds: float | None) -> str:
        """Return what has not happened in time."""
        after = f" after {seconds / 60:.0f} minutes" if seconds is not None else ""
        return (
            f"The {self.noun} {name} is not ready{after}: {note}. Look at it in the Bedrock console, and "
            "deploy again."
        )

    def delete_command(self, serving: Serving) -> str:
        """Return the command that deletes it."""
        return f"aws bedrock delete-{self.command} {serving.arn}"

    def update_command(self, serving: Serving, model_arn: str) -> str:
        """Return the command that gives it a model."""
        return f"aws bedrock update-{self.command} {serving.arn} {self.model_option} {model_arn}"

    @property
    def _advice(self) -> Mapping[ErrorKind, str]:
        return {
            ErrorKind.QUOTA: self.quotas,
            ErrorKind.DENIED_BY_KEY: _KEY,
            ErrorKind.NOT_FOUND: "Check that the model exists in this account and Region.",
            ErrorKind.CONFLICT: f"Look at the {self.noun} in the Bedrock console, and deploy again.",
        }


def _why(serving: Serving) -> str:
    text = advice.scrubbed(serving.failure)
    return f" Message from AWS: {text}" if text else ""
