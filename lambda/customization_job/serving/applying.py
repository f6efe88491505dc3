"""A Create or an Update whose model the template names: it is served in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from ..frame.errors import AwsError, ErrorKind
from ..frame.observe import READS, attempts
from .actions import POLL, ActionError
from .decisions import Asked, Create, Fail, Keep, Observation, Replace, Update, Wait
from .ports import AnyServing

if TYPE_CHECKING:
    from ..frame.response import Outcome
    from ..frame.stack import StackState
    from .decisions import Decision
    from .desired_state import Desired, ServingChange
    from .task import Task

_QUOTA_CODE = "ServiceQuotaExceededException"
_QUOTA_PAUSE = 20.0
_REFUSALS = {ErrorKind.INVALID: 2, ErrorKind.NOT_FOUND: 2, ErrorKind.CONFLICT: 12}
"""How often an update is retried that Bedrock rejects: another one may have been in progress."""

_MAYBE_TAKEN = (ErrorKind.INVALID, ErrorKind.CONFLICT, ErrorKind.QUOTA)
"""How Bedrock may reject a name that is taken; which it uses is not documented."""


class Applying(Generic[AnyServing]):
    """One Create or Update that is no rollback.

    Args:
        task: what the event needs.
        change: the event.
    """

    quota_seconds = 0.0
    """How long a creation is retried that exceeds a quota."""

    def __init__(self, task: Task[AnyServing], change: ServingChange[Desired]) -> None:
        self._task = task
        self._event = change
        self._retry = task.retry
        self._asked: Asked | None = None
        self._refusals = 0
        self._over_quota_since: float | None = None

    def run(self, stack: StackState) -> Outcome:
        """Make it serve the model, and wait until it does.

        Args:
            stack: the stack's status.

        Raises:
            ActionError: it does not.
            UnfinishedError: another attempt is to go on with it.
        """
        while True:
            seen = self._observe(stack)
            decision = self.decide(seen)
            self._task.write_decision(decision, seen.serving, stack)
            if isinstance(decision, Keep):
                return self.keep(seen.serving)
            if isinstance(decision, Fail):
                return self._fail(decision, seen.serving)
            self._act(decision, seen.serving)
            stack = self._task.stack()

    def decide(self, seen: Observation[AnyServing]) -> Decision:
        """Return what is done next."""
        raise NotImplementedError

    def keep(self, serving: AnyServing | None) -> Outcome:
        """Do what remains to be done, and return that the event succeeded."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Do what must be done before something is created. Default: nothing."""

    def _act(self, decision: Create | Update | Wait | Replace, serving: AnyServing | None) -> None:
        match decision:
            case Create():
                self._create()
            case Update() if serving:
                self._update(serving)
            case Replace() if serving:
                self._task.actions.remove(serving)
            case Wait(note=note):
                failure = self._task.sentences.too_long(self._event.name, note, self._task.actions.waited)
                self._task.actions.wait(note, failure)

    def _observe(self, stack: StackState) -> Observation[AnyServing]:
        serving, is_ours = self._task.find()
        if serving and is_ours:
            self._task.remember(serving.arn)
        return Observation(
            stack=stack,
            now=self._retry.now,
            serving=serving,
            is_ours=is_ours,
            sent=self._task.actions.sent,
            asked=self._asked,
        )

    def _create(self) -> None:
        """Ask for it; whatever the response is, it is read again."""
        self.prepare()
        self._task.check_time()
        change, now = self._event, self._retry.now
        tags = self._task.owner.with_tags(change.desired.tags)
        request = change.request(change.desired.model_arn, tags)
        physical_id = self._task.physical_id
        self._task.remember()  # the watchdog may respond while Bedrock carries out the call
        try:
            arn = self._task.calls.create(request)
        except AwsError as error:
            if error.may_have_worked:
                self._asked = Asked(when=now, error=error)
                return
            self._task.physical_id = physical_id
            if not self._is_retried(error):
                raise ActionError(self._task.sentences.not_created(error)) from None
            return
        self._task.remember(arn)
        self._asked = Asked(when=now)
        noun = self._task.sentences.noun
        self._task.log.write(
            f"{noun} created", "INFO", **{f"{noun}Arn": arn}, modelArn=change.desired.model_arn
        )

    def _is_retried(self, error: AwsError) -> bool:
        """Return whether to decide again, because the name is taken or a quota may be free in a moment."""
        if error.kind in _MAYBE_TAKEN and self._appears():
            return True
        if error.code != _QUOTA_CODE:
            return False
        if self._over_quota_since is None:
            self._over_quota_since = self._retry.now
        is_patient = self._retry.now - self._over_quota_since < self.quota_seconds
        return is_patient and self._retry.wait(_QUOTA_PAUSE)

    def _appears(self) -> bool:
        """Return whether something of the name exists, or becomes visible in a moment."""
        return any(self._task.calls.get(self._event.name) for _ in attempts(self._retry, READS))

    def _update(self, serving: AnyServing) -> None:
        """Ask for the other model; whatever the response is, it is read again."""
        self._task.check_time()
        model_arn = self._event.desired.model_arn
        asked = Asked(when=self._retry.now, is_update=True, before=serving.changed)
        try:
            self._task.actions.update(serving, model_arn)
        except AwsError as error:
            if error.may_have_worked:
                self._asked = asked
                return
            self._refusals += 1
            if self._refusals > _REFUSALS.get(error.kind, 0) or not self._retry.wait(POLL):
                raise ActionError(self._task.sentences.not_updated(serving, model_arn, error)) from None
            return
        self._asked, self._refusals = asked, 0

    def _fail(self, decision: Fail, serving: AnyServing | None) -> Outcome:
        if decision.is_removed and serving:
            # another delivery of the event may have responded meanwhile: then the resource has it
            if not self._task.resource().has_current(self._task.id_of(serving)):
                self._task.discard(serving)
        elif decision.is_removed and self._asked:
            self._task.discard_new(self._asked.when)
        return self._task.failed(decision.reason)
