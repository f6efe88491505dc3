"""A Create or an Update of a deployment whose model the template names: it serves the model in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame.errors import AwsError, ErrorKind
from ..frame.event import UPDATE
from ..frame.observe import READS, attempts
from . import decide, messages
from .actions import POLL, ActionError
from .decisions import Asked, Create, Fail, Keep, Observation, Replace, Update, Wait

if TYPE_CHECKING:
    from ..frame.response import Outcome
    from ..frame.stack import StackState
    from .ports import Deployment
    from .task import Task

_QUOTA_CODE = "ServiceQuotaExceededException"
_QUOTA_SECONDS = 300.0
"""How long a creation is retried that exceeds a quota: that of deployments in progress ends by itself."""

_QUOTA_PAUSE = 20.0
_REFUSALS = {ErrorKind.INVALID: 2, ErrorKind.NOT_FOUND: 2, ErrorKind.CONFLICT: 12}
"""How often an update is retried that Bedrock rejects: another one may have been in progress."""

_MAYBE_TAKEN = (ErrorKind.INVALID, ErrorKind.CONFLICT, ErrorKind.QUOTA)
"""How Bedrock may reject a name that is taken; which it uses is not documented."""


class Deploying:
    """One Create or Update that is no rollback.

    Args:
        task: the event.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._change = task.change
        self._deployments = task.services.deployments
        self._retry = task.retry
        self._asked: Asked | None = None
        self._refusals = 0
        self._over_quota_since: float | None = None

    def run(self, stack: StackState) -> Outcome:
        """Make the deployment serve the model, and wait until it does.

        Args:
            stack: the stack's status.

        Raises:
            ActionError: it does not.
            UnfinishedError: another attempt is to go on with it.
        """
        while True:
            seen = self._observe(stack)
            decision = decide.create_or_update(self._change, seen)
            self._task.write_decision(decision, seen.deployment, stack)
            if isinstance(decision, Keep):
                return self._keep(seen.deployment)
            if isinstance(decision, Fail):
                return self._fail(decision, seen.deployment)
            self._act(decision, seen.deployment)
            stack = self._task.stack()

    def _act(self, decision: Create | Update | Wait | Replace, deployment: Deployment | None) -> None:
        match decision:
            case Create():
                self._create()
            case Update() if deployment:
                self._update(deployment)
            case Replace() if deployment:
                self._task.actions.remove(deployment)
            case Wait(note=note):
                failure = messages.too_long(self._change.name, note, self._task.actions.waited)
                self._task.actions.wait(note, failure)

    def _observe(self, stack: StackState) -> Observation:
        deployment, is_ours = self._task.actions.find(self._change.name)
        if deployment and is_ours:
            self._task.remember()
        return Observation(
            stack=stack,
            now=self._retry.now,
            deployment=deployment,
            is_ours=is_ours,
            sent=self._task.actions.sent,
            asked=self._asked,
        )

    def _create(self) -> None:
        """Ask for the deployment; whatever the response is, it is read again."""
        self._task.check_time()
        change, now = self._change, self._retry.now
        tags = self._task.owner.with_tags(change.desired.tags)
        try:
            arn = self._deployments.create(change.request(change.desired.model_arn, tags))
        except AwsError as error:
            if error.may_have_worked:
                self._task.remember()
                self._asked = Asked(when=now, error=error)
            elif not self._is_retried(error):
                raise ActionError(messages.not_created(error)) from None
            return
        self._task.remember()
        self._asked = Asked(when=now)
        self._task.log.write("deployment created", deploymentArn=arn, modelArn=change.desired.model_arn)

    def _is_retried(self, error: AwsError) -> bool:
        """Return whether to decide again, because the name is taken or a quota may be free in a moment."""
        if error.kind in _MAYBE_TAKEN and self._appears():
            return True
        if error.code != _QUOTA_CODE:
            return False
        if self._over_quota_since is None:
            self._over_quota_since = self._retry.now
        is_patient = self._retry.now - self._over_quota_since < _QUOTA_SECONDS
        return is_patient and self._retry.wait(_QUOTA_PAUSE)

    def _appears(self) -> bool:
        """Return whether a deployment of the name exists, or becomes visible in a moment."""
        return any(self._deployments.get(self._change.name) for _ in attempts(self._retry, READS))

    def _update(self, deployment: Deployment) -> None:
        """Ask for the other model; whatever the response is, the deployment is read again."""
        self._task.check_time()
        model_arn = self._change.desired.model_arn
        asked = Asked(when=self._retry.now, is_update=True, before=deployment.changed)
        try:
            self._task.actions.update(deployment, model_arn)
        except AwsError as error:
            if error.may_have_worked:
                self._asked = asked
                return
            self._refusals += 1
            if self._refusals > _REFUSALS.get(error.kind, 0) or not self._retry.wait(POLL):
                raise ActionError(messages.not_updated(deployment, model_arn, error)) from None
            return
        self._asked, self._refusals = asked, 0

    def _keep(self, deployment: Deployment | None) -> Outcome:
        change = self._change
        if change.request_type == UPDATE and change.desired.description != change.previous.description:
            self._task.log.write("description not changed", "WARNING", reason=messages.DESCRIPTION_KEPT)
        self._task.remove_old_parameter()
        if deployment:
            self._task.actions.update_tags(deployment, change.desired.tags, change.previous.tags)
        return self._task.succeeded(deployment)

    def _fail(self, decision: Fail, deployment: Deployment | None) -> Outcome:
        if decision.is_removed and deployment:
            self._task.discard(deployment)
        elif decision.is_removed and self._asked:
            self._task.discard_new(self._asked.when)
        return self._task.failed(decision.reason)
