"""The filter before the decisions about parameters and deployments: which model is to serve.

A look, an event and a task all pass through it. What it decides by are facts: what CloudFormation, Bedrock
and the alarms say now, and the records in the store. An event or a task tells it nothing but where they are.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from contract.follow import METRIC_NAMESPACE, STACK_DIMENSION
from contract.promotion import (
    ANSWERS,
    BAKED_END,
    EVENT_DETAIL_TYPE,
    EVENT_SOURCE,
    POLICY_NAME,
    PROMOTED,
    PROMOTED_METRIC,
    PROMOTION_PROPERTY,
    REJECTED_METRIC,
    RESOURCE_DIMENSION,
    UNDECIDED_STATUS,
    VERDICT_END,
    WITHDRAWN_END,
    WITHDRAWN_METRIC,
)
from contract.resource import JOB_ARN_PROPERTY

from ..frame.advice import failed
from ..frame.errors import AwsError
from ..frame.properties import member, shown_time
from ..frame.stack import StackPhase
from ..jobs.current import CurrentJob
from ..serving.actions import Owner
from . import bake, execution
from .asking import Asking, Served
from .decide import Ask, Facts, GoBack, Keep, Serve, Wait, decide
from .policy import PolicyError, read_policy, store_of
from .store import MODEL_ARN, Store, StoreError, Verdict, Withdrawal, named

if TYPE_CHECKING:
    from ..deployments.ports import Deployment
    from ..frame.look import Thing
    from ..frame.parameters import Parameter
    from ..services import Services
    from .asking import Conclusion
    from .policy import Policy

_POLL = 60.0
"""Seconds between two looks at alarms, and at what is just being changed."""

_DECISIONS = 3
"""How often is decided again because a verdict was written meanwhile."""

_LONGEST_WAY_BACK = 10
"""How many withdrawn models are passed on the way back."""

_NOT_READ = "what decides about its promotion could not be read"


class Promotion:
    """One look, event or task at one published model or deployment.

    Args:
        stack_id: the stack's ARN.
        thing: what serves.
        services: the services of AWS.
        given: the policy as an event has it. Default: the one in the store.
        is_task: whether conditions may be asked that take minutes.

    Attributes:
        pause: the seconds until something is to be done; None where nothing is left to do.
        subject: the model that this is about.
        is_going_back: whether a model that was withdrawn is replaced.
    """

    def __init__(
        self,
        stack_id: str,
        thing: Thing,
        services: Services,
        given: object = None,
        *,
        is_task: bool = False,
    ) -> None:
        self.pause: float | None = None
        self.subject = ""
        self.is_going_back = False
        self._asked: tuple[str, ...] = ()
        self._machine, self._has_events = "", False
        self._stack_id = stack_id
        self._owner = Owner(stack_id=stack_id, logical_id=thing.resource)
        self._thing = thing
        self._services = services
        self._given = given
        self._is_task = is_task
        account = stack_id.split(":")[4]
        self._store = Store(thing.bucket, thing.prefix, account, services.objects)

    def promoted(self, current: CurrentJob, serving: Served, *, is_rollback: bool = False) -> CurrentJob:
        """Return the current job with the model that is to serve, or without one where all stays as it is.

        Args:
            current: the current job, and its model.
            serving: what serves.
            is_rollback: whether the stack is being rolled back: nothing is asked then, or waited for.

        Raises:
            AwsError: in a look or a task, something could not be read or written.
        """
        self.subject, self.pause, self._asked = "", None, ()
        self.is_going_back = False
        try:
            policy = self._store.read_policy() if self._given is None else read_policy(self._given)
            self._machine, self._has_events = policy.state_machine, policy.has_events
            found = self._promoted(current, serving, policy, is_rollback=is_rollback)
            self._clean_up(policy)
            if not self._is_task and not is_rollback:
                self.start()
        except StoreError as error:
            reason = str(error)
        except AwsError as error:
            if self._given is None:
                raise
            reason = failed(error)
        else:
            return found
        self._services.log.write("promotion not read", "ERROR", reason=reason)
        return CurrentJob(job=current.job, note=_NOT_READ, is_unexpected=True)

    def write_policy(self) -> None:
        """Write the policy of the event into the store, before anything is decided by it.

        Raises:
            AwsError: it could not be written.
        """
        if self._given is not None:
            self._store.write_policy(self._given)

    @staticmethod
    def served_by_parameter(parameter: Parameter | None) -> Served:
        """Return what a parameter publishes; an initial value that is no custom model serves nothing."""
        if parameter is None or not MODEL_ARN.fullmatch(parameter.value):
            return Served()
        return Served(parameter.value, parameter.changed)

    @staticmethod
    def served_by(deployment: Deployment | None) -> Served:
        """Return what a deployment serves, or will serve when its update is over."""
        if deployment is None or deployment.has_failed:
            return Served()
        model_arn = deployment.update_model_arn if deployment.is_updating else deployment.model_arn
        return Served(model_arn, deployment.changed, deployment.arn)

    def _promoted(
        self, current: CurrentJob, serving: Served, policy: Policy, *, is_rollback: bool
    ) -> CurrentJob:
        for _ in range(_DECISIONS):
            facts = self._observe(current, serving, policy, is_rollback=is_rollback)
            if facts.is_baking:
                self._continue(facts.serving)
            match decide(facts):
                case Serve():
                    return self._serve(current, facts, policy)
                case GoBack(to):
                    return self._go_back(current, to, serving)
                case Keep(note, is_unexpected):
                    is_unexpected = is_unexpected or current.is_unexpected
                    return _without(current, note or current.note, is_unexpected=is_unexpected)
                case Wait(note):
                    if not facts.is_baking:
                        self._continue(facts.candidate)
                    return _without(current, note)
                case Ask():
                    if undecided := self._ask(current, serving, policy):
                        return undecided
        return _without(current, "the verdict about the new model was changed at the same time")

    def _ask(self, current: CurrentJob, serving: Served, policy: Policy) -> CurrentJob | None:
        """Ask the conditions; return None where there is a verdict now, and else what that means."""
        asking = Asking(
            current.model_arn,
            serving,
            current.job,
            owner=self._owner,
            policy=policy,
            store=self._store,
            services=self._services,
            is_task=self._is_task,
        )
        conclusion = asking.run()
        if conclusion.verdict:
            self._write_verdict(current, serving, conclusion)
            return None
        self.subject, self.pause = current.model_arn, conclusion.pause
        if conclusion.pause is not None:
            self._asked = (current.model_arn, serving.model_arn)
        if conclusion.is_new and (conclusion.pause is None or conclusion.is_for_person):
            self._send_event(UNDECIDED_STATUS, current.model_arn, serving.model_arn, conclusion.note)
        return _without(current, conclusion.note, is_unexpected=conclusion.pause is None)

    # -- facts -----------------------------------------------------------------------------------------------

    def _observe(self, current: CurrentJob, serving: Served, policy: Policy, *, is_rollback: bool) -> Facts:
        candidate, serves, store = current.model_arn, serving.model_arn, self._store
        former = store.verdict(serves) if serves else None
        withdrawn = self._withdrawal(serves, former) if serves else None
        predecessor = former.serving if former and former.is_promoted and former.serving != serves else ""
        is_baking = False
        if former and predecessor and policy.bake and not withdrawn and not is_rollback:
            withdrawn, is_baking = self._bake(serving, former, policy)
        verdict = former if candidate == serves else store.verdict(candidate) if candidate else None
        is_new = bool(candidate) and candidate != serves
        has_alarms = is_new and verdict and verdict.is_promoted and policy.bake and serves and not is_rollback
        return Facts(
            candidate=candidate,
            serving=serves,
            way_back=self._way_back(serves, withdrawn) if withdrawn else None,
            predecessor=predecessor,
            is_baking=is_baking,
            verdict=verdict,
            withdrawal=self._withdrawal(candidate, verdict) if is_new else None,
            alarms_on=self._alarms_on(policy) if has_alarms else (),
            is_rollback=is_rollback,
            is_updated=current.job is not None and current.job.arn == policy.job_arn,
        )

    def _withdrawal(self, model_arn: str, verdict: Verdict | None) -> Withdrawal | None:
        """Return the record that a model was taken back, unless a person has promoted it since."""
        found = self._store.withdrawal(model_arn)
        return None if found is None or found.is_overruled_by(verdict) else found

    def _way_back(self, serves: str, withdrawal: Withdrawal) -> str:
        """Return the last model that served before and was not withdrawn itself; "" where there is none."""
        passed, to = {serves}, withdrawal.to
        while to and to not in passed and len(passed) < _LONGEST_WAY_BACK:
            passed.add(to)
            found = self._withdrawal(to, self._store.verdict(to))
            if found is None:
                return self._if_it_exists(to, serves)
            to = found.to
        return ""

    def _if_it_exists(self, to: str, serves: str) -> str:
        if self._services.bedrock.get_model(to):
            return to
        reason = f"{to}, which served before, does not exist any more"
        self._services.log.write("model not replaced", "ERROR", modelArn=serves, reason=reason)
        return ""

    def _alarms_on(self, policy: Policy) -> tuple[str, ...]:
        alarms = self._services.alarms.get(policy.bake.alarms) if policy.bake else ()
        return tuple(sorted(alarm.name for alarm in alarms if alarm.is_on))

    # -- what is done ----------------------------------------------------------------------------------------

    def _serve(self, current: CurrentJob, facts: Facts, policy: Policy) -> CurrentJob:
        is_new = facts.candidate != facts.serving
        if is_new and (self._is_task or (policy.bake and facts.serving)):
            self._continue(facts.candidate)
        return current

    def _go_back(self, current: CurrentJob, to: str, serving: Served) -> CurrentJob:
        self._continue(serving.model_arn)
        self.is_going_back = True
        return replace(current, model_arn=to, note=f"{serving.model_arn} was withdrawn", is_unexpected=False)

    def _bake(self, serving: Served, verdict: Verdict, policy: Policy) -> tuple[Withdrawal | None, bool]:
        """Look at the alarms of what serves; return how it was taken back, and whether they watch it on."""
        model_arn, services, watched = serving.model_arn, self._services, policy.bake
        if watched is None or self._store.is_baked(model_arn):
            return None, False
        since, now = max(verdict.time, serving.changed or 0.0), services.retry.now

        def invocations() -> float:
            arn = serving.deployment_arn
            return services.alarms.invocations(arn, since, now) if arn else 0.0

        match bake.check(watched, since, now, services.alarms.get(watched.alarms), invocations):
            case bake.Withdraw(reason):
                return self._withdraw(model_arn, verdict, reason), False
            case bake.Baked(outcome, note):
                document = {"candidate": model_arn, "outcome": outcome, "time": shown_time(now)}
                if self._store.write_json(named(model_arn, BAKED_END), document):
                    level = "INFO" if outcome == bake.PROVEN else "WARNING"
                    services.log.write(
                        "bake ended", level, modelArn=model_arn, outcome=outcome, decision=note
                    )
                return None, False
        return None, True

    def _withdraw(self, model_arn: str, verdict: Verdict, reason: str) -> Withdrawal | None:
        """Record that a model is taken back, before anything is changed; a crash then loses nothing."""
        now, name = self._services.retry.now, named(model_arn, WITHDRAWN_END)
        former = self._store.withdrawal(model_arn)
        if former and not former.is_overruled_by(verdict):
            return former  # another look has just written it
        document = {
            "candidate": model_arn,
            "to": verdict.serving,
            "reason": reason,
            "time": shown_time(now),
            "by": "function",
        }
        if self._store.write_json(name, document, former.etag if former else ""):
            self._services.log.write("model withdrawn", "ERROR", modelArn=model_arn, reason=reason)
            self._tell(WITHDRAWN_METRIC, model_arn, verdict.serving, reason)
        return self._withdrawal(model_arn, verdict)

    def _write_verdict(self, current: CurrentJob, serving: Served, conclusion: Conclusion) -> None:
        """Write a verdict, unless there is one: then that one counts."""
        document = {
            "candidate": current.model_arn,
            "serving": serving.model_arn,
            "job": current.job.arn if current.job else "",
            "verdict": conclusion.verdict,
            "reason": conclusion.note,
            "conditions": conclusion.conditions,
            "time": shown_time(self._services.retry.now),
            "by": "function",
            "forced": False,
        }
        if not self._store.write_json(named(current.model_arn, VERDICT_END), document):
            return
        log, model_arn = self._services.log, current.model_arn
        if conclusion.verdict == PROMOTED:
            log.write("model promoted", modelArn=model_arn, reason=conclusion.note)
            metric = PROMOTED_METRIC
        else:
            level = "WARNING" if serving.model_arn else "ERROR"  # nothing serves at all
            log.write("model rejected", level, modelArn=model_arn, reason=conclusion.note)
            metric = REJECTED_METRIC
        self._tell(metric, model_arn, serving.model_arn, conclusion.note)

    def _tell(self, metric: str, model_arn: str, other_arn: str, reason: str) -> None:
        """Write a metric, and send the event."""
        dimensions = {
            STACK_DIMENSION: self._stack_id.split("/")[1],
            RESOURCE_DIMENSION: self._thing.resource,
        }
        now = self._services.retry.now
        self._services.log.write_metrics(METRIC_NAMESPACE, dimensions, {metric: 1}, now)
        self._send_event(metric, model_arn, other_arn, reason)

    def _send_event(self, status: str, model_arn: str, other_arn: str, reason: str) -> None:
        """Send an event, if a rule of the stack waits for it; the decision stands without it."""
        if not self._has_events:
            return
        detail = {
            "stackId": self._stack_id,
            "resource": self._thing.resource,
            "status": status,
            "modelArn": model_arn,
            "otherModelArn": other_arn,
            "reason": reason[:1000],
        }
        entry = {
            "Source": EVENT_SOURCE,
            "DetailType": EVENT_DETAIL_TYPE,
            "Resources": [model_arn],
            "Detail": json.dumps(detail),
        }
        try:
            self._services.events.put(entry)
        except AwsError as error:
            self._services.log.write("event not sent", "ERROR", code=error.reason, reason=failed(error))

    def _clean_up(self, policy: Policy) -> None:
        """Delete the deployments that exist only to be asked, but those that are being asked.

        A look does so in any case: the policy may have asked for answers before.
        """
        asks = any(one.type == ANSWERS for one in policy.conditions)
        if self._given is not None or (self._is_task and not asks):
            return
        from .answers import clean_up

        try:
            clean_up(self._owner, self._store, self._services, self._asked)
        except (AwsError, StoreError) as error:
            reason = failed(error) if isinstance(error, AwsError) else str(error)
            self._services.log.write("candidates not read", "WARNING", reason=reason)

    def _continue(self, subject: str) -> None:
        self.subject, self.pause = subject, _POLL

    def start(self) -> None:
        """Have the state machine go on with what is left to do; the next look starts what fails."""
        if self.pause is None or not self._machine:
            return
        try:
            execution.start(self._machine, self._stack_id, self._thing, self.subject, self._services)
        except AwsError as error:
            self._services.log.write(
                "promotion not started", "ERROR", code=error.reason, reason=failed(error)
            )


def of_event(
    given: object, job_arn: str, stack_id: str, thing: Thing, services: Services, *, phase: StackPhase
) -> Promotion:
    """Return the promotion of an event with a valid policy, which is written into the store.

    Args:
        given: the policy as the event has it.
        job_arn: the job that the event names: no other job's model is decided about by this policy.
        stack_id: the stack's ARN.
        thing: what serves, without its store.
        services: the services of AWS.
        phase: what the stack is doing.

    Raises:
        AwsError: the policy could not be written, and this is no rollback.
    """
    bucket, prefix = store_of(given)
    policy = {**(given if isinstance(given, dict) else {}), JOB_ARN_PROPERTY: job_arn}
    promotion = Promotion(stack_id, replace(thing, bucket=bucket, prefix=prefix), services, policy)
    try:
        if phase in (StackPhase.IN_PROGRESS, StackPhase.ROLLING_BACK):
            promotion.write_policy()
    except AwsError as error:
        if phase is StackPhase.IN_PROGRESS:
            raise
        services.log.write("promotion not read", "ERROR", reason=failed(error))
    return promotion


def forget_former(former: object, desired: object, owner: Owner, services: Services) -> None:
    """Delete what exists only for a promotion that an Update drops, or for answers that it asks for no more.

    Args:
        former: the properties before the Update.
        desired: its properties.
        owner: the resource.
        services: the services of AWS.
    """
    is_promoted = member(desired, PROMOTION_PROPERTY) is not None
    if not is_promoted or (_has_answers(former) and not _has_answers(desired)):
        forget(former, owner, services, is_asked=is_promoted)


def _has_answers(properties: object) -> bool:
    return ANSWERS in json.dumps(member(properties, PROMOTION_PROPERTY))


def forget(properties: object, owner: Owner, services: Services, *, is_asked: bool = False) -> None:
    """Delete the policy of a resource that is deleted, and what exists only for its promotions.

    The other records are history and stay. What cannot be deleted is only logged.

    Args:
        properties: the properties of its Delete.
        is_asked: whether a policy stays. Default: there is none any more.
        owner: the resource.
        services: the services of AWS.
    """
    try:
        bucket, prefix = store_of(member(properties, PROMOTION_PROPERTY))
        if not bucket:
            return
        store = Store(bucket, prefix, owner.stack_id.split(":")[4], services.objects)
        if not is_asked:
            store.delete(POLICY_NAME)
        if _has_answers(properties):
            from .answers import forget as forget_answers

            forget_answers(owner, store, services)
    except (AwsError, StoreError, PolicyError) as error:
        reason = failed(error) if isinstance(error, AwsError) else str(error)
        services.log.write("policy not deleted", "WARNING", reason=reason)


def _without(current: CurrentJob, note: str, *, is_unexpected: bool = False) -> CurrentJob:
    """Return the current job without its model."""
    return CurrentJob(job=current.job, note=note, is_unexpected=is_unexpected)
