"""Asks the conditions of a promotion in their order, each as often as it takes, until there is a verdict."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from contract.promotion import (
    ANSWERS,
    APPROVED,
    APPROVED_TAG,
    ASK,
    FUNCTION,
    KEEP,
    PROMOTED,
    REJECTED,
    REJECTED_VALUE,
    SECONDS_MEMBER,
    TOPIC_ARN_MEMBER,
    TRAINING_LOSS,
    VALIDATION_LOSS,
)

from ..frame.errors import AwsError
from . import approval, function, losses
from .answer import LATER, NO, UNSURE, Answer
from .policy import Condition
from .progress import MOST_CHANGES, Progress, entry

if TYPE_CHECKING:
    from ..jobs.ports import CustomModel, Job
    from ..services import Services
    from ..serving.actions import Owner
    from .policy import Policy
    from .store import Store

_SLOW = (FUNCTION, ANSWERS)
"""Conditions that may take minutes, so that only tasks ask them."""

_MOST_FUNCTION_ERRORS = 3
_AT_ONCE = 1.0
_APPROVAL = Condition(APPROVED, {SECONDS_MEMBER: str(14 * approval.DAY)})
"""What an unsure answer asks for, where the policy says so and has no such condition itself."""


class Served(NamedTuple):
    """What serves now.

    Args:
        model_arn: the model, "" where none serves.
        changed: since when, in seconds since 1970; None where that is unknown.
        deployment_arn: the deployment, "" where there is none.
    """

    model_arn: str = ""
    changed: float | None = None
    deployment_arn: str = ""


class Conclusion(NamedTuple):
    """What asking has come to.

    Args:
        note: the reason for the verdict, or what is waited for.
        verdict: `promoted` or `rejected`; "" where there is none.
        conditions: the answers as records have them.
        pause: without a verdict, the seconds until conditions are asked again; None where a person must act.
        is_new: whether that was not so before.
        is_for_person: whether nothing goes on until a person acts.
    """

    note: str
    verdict: str = ""
    conditions: tuple[dict[str, object], ...] = ()
    pause: float | None = None
    is_new: bool = False
    is_for_person: bool = False


class Asking:
    """One candidate, and one call of the function that asks about it.

    Args:
        candidate: the candidate.
        serving: what serves.
        job: the job of the candidate.
        owner: the resource of what serves.
        policy: the policy.
        store: the records.
        services: the services of AWS.
        is_task: whether conditions may be asked that take minutes.
    """

    def __init__(
        self,
        candidate: str,
        serving: Served,
        job: Job | None,
        *,
        owner: Owner,
        policy: Policy,
        store: Store,
        services: Services,
        is_task: bool,
    ) -> None:
        self._candidate = candidate
        self._serving = serving
        self._job = job
        self._owner = owner
        self._policy = policy
        self._store = store
        self._services = services
        self._is_task = is_task
        self._progress = Progress.read(candidate, serving.model_arn, policy, store, services.retry.now)

    def run(self) -> Conclusion:
        """Ask, and write down what is known where there is no verdict.

        Raises:
            AwsError: something could not be read or written.
        """
        conclusion = self._conclude()
        if not conclusion.verdict and self._progress.write(self._store, self._policy, conclusion.note):
            level = "INFO" if conclusion.pause is not None else "WARNING"
            self._services.log.write(
                "model undecided", level, modelArn=self._candidate, decision=conclusion.note
            )
            return conclusion._replace(is_new=True)
        return conclusion

    def _conclude(self) -> Conclusion:
        if self._progress.changes >= MOST_CHANGES:
            return Conclusion("what serves was changed too often while the new model was compared with it")
        if self._tag == REJECTED_VALUE:
            return self._verdict(REJECTED, "somebody has rejected the model")
        for number, condition in enumerate(self._policy.conditions):
            if conclusion := self._ask(number, condition):
                return conclusion
        return self._after_all()

    def _ask(self, number: int, condition: Condition) -> Conclusion | None:
        """Ask one condition, if it has not answered; None where the next one is to be asked."""
        known = self._progress.answers.get(number)
        answer = known or self._answer(condition)
        if answer.answer == LATER:
            is_for_person = condition.type == APPROVED
            return Conclusion(answer.reason, pause=answer.pause, is_for_person=is_for_person)
        self._progress.answers[number] = answer
        if not known and condition.type in _SLOW:
            # It took a while: what serves is read again before the answer counts.
            return Conclusion(f"the condition {condition.type} was answered", pause=_AT_ONCE)
        if answer.answer == NO:
            return self._verdict(REJECTED, answer.reason)
        if answer.answer == UNSURE and self._policy.when_unsure == KEEP:
            return Conclusion(f"it is not sure whether the new model is good enough: {answer.reason}")
        return None

    def _after_all(self) -> Conclusion:
        """Return what follows where no condition said no."""
        answers = [answer for _, answer in sorted(self._progress.answers.items())]
        is_unsure = any(one.answer == UNSURE for one in answers)
        has_approval = any(one.type == APPROVED for one in self._policy.conditions)
        if not is_unsure or has_approval or self._policy.when_unsure != ASK:
            reason = "; ".join(one.reason for one in answers) or "there are no conditions"
            return self._verdict(PROMOTED, reason)
        answer = self._approved(_APPROVAL)
        if answer.answer == LATER:
            return Conclusion(answer.reason, pause=answer.pause, is_for_person=True)
        verdict = REJECTED if answer.answer == NO else PROMOTED
        return self._verdict(verdict, answer.reason, entry(_APPROVAL, answer))

    def _verdict(self, verdict: str, reason: str, *others: dict[str, object]) -> Conclusion:
        return Conclusion(reason, verdict, (*self._progress.conditions(self._policy), *others))

    def _answer(self, condition: Condition) -> Answer:
        """Ask one condition; what takes minutes is asked by a task."""
        if condition.type in (VALIDATION_LOSS, TRAINING_LOSS):
            return self._loss(condition)
        if condition.type == APPROVED:
            return self._approved(condition)
        if not self._is_task:
            return Answer(LATER, f"the state machine asks the condition {condition.type}", pause=_AT_ONCE)
        return self._function(condition) if condition.type == FUNCTION else self._answers(condition)

    def _loss(self, condition: Condition) -> Answer:
        candidate, serving = self._models
        if candidate is None:
            return Answer(UNSURE, "the new model does not exist any more")
        return losses.ask(condition, candidate, serving, is_first=not self._serving.model_arn)

    def _approved(self, condition: Condition) -> Answer:
        """Ask for an approval, and tell those who may give it when it is asked for first."""
        progress, now = self._progress, self._services.retry.now
        if progress.asked is None:
            progress.asked = now
            if topic := condition.members.get(TOPIC_ARN_MEMBER):
                reasons = [answer.reason for _, answer in sorted(progress.answers.items())]
                message = approval.request(self._candidate, self._owner.logical_id, reasons)
                try:
                    self._services.topics.publish(topic, "A model waits for an approval", message)
                except AwsError as error:
                    self._services.log.write(
                        "approval not asked for", "ERROR", topic=topic, code=error.reason
                    )
        return approval.ask(condition, self._tag, progress.asked, now)

    def _function(self, condition: Condition) -> Answer:
        """Ask the function of the user; what it fails to answer three times is not sure."""
        progress = self._progress
        try:
            answer = function.ask(condition, self._question(), self._services.functions)
        except function.FunctionError as error:
            progress.function_errors += 1
            self._services.log.write("function not answered", "WARNING", reason=str(error))
            if progress.function_errors >= _MOST_FUNCTION_ERRORS:
                return Answer(UNSURE, f"the function of the user gave no answer: {error}")
            return Answer(LATER, f"the function of the user gave no answer: {error}")
        progress.function_errors = 0
        return answer

    def _answers(self, condition: Condition) -> Answer:
        from .answers import ask_answers

        return ask_answers(
            condition,
            self._candidate,
            self._serving.model_arn,
            self._serving.deployment_arn,
            self._owner,
            self._store,
            self._services,
        )

    def _question(self) -> dict[str, object]:
        """Return what the function of the user gets."""
        candidate, serving = self._models
        return {
            "candidate": self._candidate,
            "serving": self._serving.model_arn or None,
            "losses": {"candidate": _losses(candidate), "serving": _losses(serving)},
            "deploymentArn": self._serving.deployment_arn or None,
            "jobArn": self._job.arn if self._job else None,
            "stackId": self._owner.stack_id,
            "resource": self._owner.logical_id,
        }

    @cached_property
    def _tag(self) -> str:
        return self._services.bedrock.get_tags(self._candidate).get(APPROVED_TAG, "")

    @cached_property
    def _models(self) -> tuple[CustomModel | None, CustomModel | None]:
        bedrock, serving = self._services.bedrock, self._serving.model_arn
        return bedrock.describe_model(self._candidate), bedrock.describe_model(serving) if serving else None


def _losses(model: CustomModel | None) -> dict[str, object] | None:
    if model is None:
        return None
    return {"training": model.training_loss, "validation": list(model.validation_losses)}
