"""Carries out decisions about one deployment or throughput, and trusts only what Bedrock then returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

from contract.resource import deployment_name, ownership_tags

from ..frame.errors import AwsError, ErrorKind
from ..frame.parameters import all_tags
from ..frame.response import UnfinishedError
from ..frame.watchdog import is_followed_by_another
from .ports import AnyServing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..services import Services
    from .ports import Serving, Servings
    from .sentences import Sentences

POLL = 10.0
"""Seconds between two reads of something that is being created, updated or deleted."""

_ASKED_AGAIN = 60.0
"""Seconds after which Bedrock is asked to delete something once more, where that shows no effect."""

_IN_USE = (ErrorKind.CONFLICT, ErrorKind.INVALID)
"""How Bedrock rejects a call about something that is being changed; which it uses is not documented."""

DELETING = "Deleting"
"""A status that users have seen, and that is not documented."""


class ActionError(Exception):
    """An action that could not be completed; the text is the reason for CloudFormation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The resource that a deployment or a throughput belongs to, and a deployment's parameter.

    Args:
        stack_id: the stack's ARN.
        logical_id: the resource's logical id.
    """

    stack_id: str
    logical_id: str

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags that say so."""
        return ownership_tags(self.stack_id, self.logical_id)

    def with_tags(self, tags: Mapping[str, str]) -> dict[str, str]:
        """Return the tags of what is created: these, and the tags of ownership."""
        return all_tags(self.stack_id, self.logical_id, tags)


class Actions(Generic[AnyServing]):
    """What is done with a deployment or a throughput, by events, looks and tasks.

    Args:
        owner: the resource.
        calls: the calls of Bedrock.
        sentences: what is said of it.
        services: the services of AWS.
        properties: the resource's properties, with `ServiceTimeout`. Default: nothing is waited for.

    Attributes:
        sent: since when CloudFormation waits for the response to an event, in seconds since 1970; None where
            that is unknown.
    """

    def __init__(
        self,
        owner: Owner,
        calls: Servings[AnyServing],
        sentences: Sentences,
        services: Services,
        properties: object = None,
    ) -> None:
        self.sent: float | None = None
        self._properties = properties
        self._owner = owner
        self._calls = calls
        self._sentences = sentences
        self._retry = services.retry
        self._log = services.log
        self._tags: dict[str, Mapping[str, str]] = {}

    @property
    def waited(self) -> float | None:
        """How long CloudFormation has waited, in seconds; None where that is unknown."""
        return None if self.sent is None else self._retry.now - self.sent

    def find(self, name: str) -> tuple[AnyServing | None, bool]:
        """Return what has a name or an ARN, and whether it belongs to the resource.

        Bedrock returns its tags in a call of their own. Where they cannot be read, a generated name belongs
        to the resource: nobody else has it.
        """
        found = self._calls.get(name)
        if found is None:
            return None, True
        try:
            if found.arn not in self._tags:
                self._tags[found.arn] = self._calls.get_tags(found.arn)
        except AwsError as error:
            if error.kind is ErrorKind.NOT_FOUND:  # it is deleted, or not visible everywhere yet
                return None, True
            if not error.kind.is_denial or found.name != deployment_name(
                self._owner.stack_id, self._owner.logical_id
            ):
                raise
            return found, True
        return found, self._owner.tags.items() <= self._tags[found.arn].items()

    def tags_of(self, serving: Serving) -> Mapping[str, str] | None:
        """Return the tags of what was found; None where they could not be read."""
        return self._tags.get(serving.arn)

    def update_tags(self, serving: Serving, desired: Mapping[str, str], previous: Mapping[str, str]) -> None:
        """Give it the desired tags; only what differs is sent, and only ours are removed."""
        present = self._tags.get(serving.arn)
        if present is None:
            return
        wanted = self._owner.with_tags(desired)
        new = {key: value for key, value in wanted.items() if present.get(key) != value}
        dropped = sorted(set(previous) & set(present) - set(wanted))
        if dropped:
            self._calls.remove_tags(serving.arn, dropped)
        if new:
            self._calls.add_tags(serving.arn, new)
        if dropped or new:
            self._log.write("tags updated", resource=serving.arn, changed=len(dropped) + len(new))

    def update(self, serving: Serving, model_arn: str) -> None:
        """Ask for another model."""
        self._calls.update(serving.arn, model_arn)
        noun = self._sentences.noun
        self._log.write(
            f"{noun} updated",
            "INFO",
            **{f"{noun}Arn": serving.arn},
            modelArn=model_arn,
            previousModelArn=serving.model_arn,
        )

    def remove(self, serving: Serving, *, is_awaited: bool = True) -> None:
        """Delete it.

        A deletion that is rejected because it is being changed is tried again.

        Args:
            serving: what is deleted.
            is_awaited: whether to wait until it is gone. Default: yes.

        Raises:
            ActionError: it still exists.
            UnfinishedError: another attempt is to go on with it.
        """
        tried, is_accepted = 0.0, False
        refused: AwsError | None = None
        while True:
            if not is_accepted or self._retry.now - tried >= _ASKED_AGAIN:
                refused, tried = self.ask_to_delete(serving), self._retry.now
            found = self._calls.get(serving.arn) if is_awaited or refused else None
            if found is None:
                return
            is_accepted = is_accepted or refused is None or found.status == DELETING
            if is_accepted and not is_awaited:
                return
            self.wait(f"it is {found.status}", self._sentences.not_deleted(serving, refused))

    def wait(self, note: str, failure: str) -> None:
        """Wait some seconds; where this attempt has no more time, leave the event to the next one.

        Args:
            note: what is waited for.
            failure: the reason to respond with, if there is no next attempt.

        Raises:
            ActionError: there is no next attempt.
            UnfinishedError: there is.
        """
        if self._retry.wait(POLL):
            return
        if is_followed_by_another(self._properties, self.waited):
            self._log.write("left to the next attempt", note=note)
            raise UnfinishedError(note)
        raise ActionError(failure)

    def ask_to_delete(self, serving: Serving) -> AwsError | None:
        """Send one deletion; return how it was rejected where that may end by itself.

        Raises:
            ActionError: it was rejected for good.
        """
        try:
            self._calls.delete(serving.arn)
        except AwsError as error:
            if error.kind in _IN_USE:
                return error
            if error.kind is not ErrorKind.NOT_FOUND:
                raise ActionError(self._sentences.not_deleted(serving, error)) from None
        else:
            noun = self._sentences.noun
            self._log.write(f"{noun} deleted", "INFO", **{f"{noun}Arn": serving.arn})
        return None
