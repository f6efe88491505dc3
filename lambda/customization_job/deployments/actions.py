"""Carries out decisions about one deployment, and trusts only what Bedrock then returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contract.resource import deployment_name, ownership_tags

from ..frame.errors import AwsError, ErrorKind
from ..frame.parameters import all_tags
from ..frame.response import UnfinishedError
from ..frame.watchdog import is_followed_by_another
from . import messages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..services import Services
    from .ports import Deployment

POLL = 10.0
"""Seconds between two reads of a deployment that is being created, updated or deleted."""

_ASKED_AGAIN = 60.0
"""Seconds after which a deployment is asked to be deleted once more, where that shows no effect."""

_IN_USE = (ErrorKind.CONFLICT, ErrorKind.INVALID)
"""How Bedrock rejects a call about a deployment that is being changed; which it uses is not documented."""

DELETING = "Deleting"
"""A status that users have seen, and that is not documented."""


class ActionError(Exception):
    """An action that could not be completed; the text is the reason for CloudFormation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The resource that a deployment and its parameter belong to.

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


class Actions:
    """What is done with a deployment, by events and by looks.

    Args:
        owner: the resource.
        services: the services of AWS.
        properties: the resource's properties, with `ServiceTimeout`. Default: nothing is waited for.

    Attributes:
        sent: since when CloudFormation waits for the response to an event, in seconds since 1970; None where
            that is unknown.
    """

    def __init__(self, owner: Owner, services: Services, properties: object = None) -> None:
        self.sent: float | None = None
        self._properties = properties
        self._owner = owner
        self._deployments = services.deployments
        self._retry = services.retry
        self._log = services.log
        self._tags: dict[str, Mapping[str, str]] = {}

    @property
    def waited(self) -> float | None:
        """How long CloudFormation has waited, in seconds; None where that is unknown."""
        return None if self.sent is None else self._retry.now - self.sent

    def find(self, name: str) -> tuple[Deployment | None, bool]:
        """Return the deployment of a name, and whether it belongs to the resource.

        Bedrock returns a deployment's tags in a call of their own. Where they cannot be read, a generated
        name belongs to the resource: nobody else has it.
        """
        deployment = self._deployments.get(name)
        if deployment is None:
            return None, True
        try:
            if deployment.arn not in self._tags:
                self._tags[deployment.arn] = self._deployments.get_tags(deployment.arn)
        except AwsError as error:
            if error.kind is ErrorKind.NOT_FOUND:  # it is deleted, or not visible everywhere yet
                return None, True
            if not error.kind.is_denial or name != deployment_name(
                self._owner.stack_id, self._owner.logical_id
            ):
                raise
            return deployment, True
        return deployment, self._owner.tags.items() <= self._tags[deployment.arn].items()

    def update_tags(
        self, deployment: Deployment, desired: Mapping[str, str], previous: Mapping[str, str]
    ) -> None:
        """Give a deployment the desired tags; only what differs is sent, and only ours are removed."""
        present = self._tags.get(deployment.arn)
        if present is None:
            return
        wanted = self._owner.with_tags(desired)
        new = {key: value for key, value in wanted.items() if present.get(key) != value}
        dropped = sorted(set(previous) & set(present) - set(wanted))
        if dropped:
            self._deployments.remove_tags(deployment.arn, dropped)
        if new:
            self._deployments.add_tags(deployment.arn, new)
        if dropped or new:
            self._log.write("tags updated", resource=deployment.arn, changed=len(dropped) + len(new))

    def update(self, deployment: Deployment, model_arn: str) -> None:
        """Ask for another model."""
        self._deployments.update(deployment.arn, model_arn)
        self._log.write(
            "deployment updated",
            deploymentArn=deployment.arn,
            modelArn=model_arn,
            previousModelArn=deployment.model_arn,
        )

    def remove(self, deployment: Deployment, *, is_awaited: bool = True) -> None:
        """Delete a deployment.

        A deletion that is rejected because the deployment is being changed is tried again.

        Args:
            deployment: the deployment.
            is_awaited: whether to wait until it is gone. Default: yes.

        Raises:
            ActionError: it still exists.
            UnfinishedError: another attempt is to go on with it.
        """
        tried, is_accepted = 0.0, False
        refused: AwsError | None = None
        while True:
            if not is_accepted or self._retry.now - tried >= _ASKED_AGAIN:
                refused, tried = self.ask_to_delete(deployment), self._retry.now
            found = self._deployments.get(deployment.arn) if is_awaited or refused else None
            if found is None:
                return
            is_accepted = is_accepted or refused is None or found.status == DELETING
            if is_accepted and not is_awaited:
                return
            self.wait(f"it is {found.status}", messages.not_deleted(deployment, refused))

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

    def ask_to_delete(self, deployment: Deployment) -> AwsError | None:
        """Send one deletion; return how it was rejected where that may end by itself.

        Raises:
            ActionError: it was rejected for good.
        """
        try:
            self._deployments.delete(deployment.arn)
        except AwsError as error:
            if error.kind in _IN_USE:
                return error
            if error.kind is not ErrorKind.NOT_FOUND:
                raise ActionError(messages.not_deleted(deployment, error)) from None
        else:
            self._log.write("deployment deleted", deploymentArn=deployment.arn)
        return None
