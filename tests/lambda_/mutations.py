"""Handlers with one bug each, and one written as they usually are. Each must break an invariant."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar

from customization_job.frame.errors import AwsError, ErrorKind
from customization_job.frame.event import UPDATE
from customization_job.frame.response import Outcome, body
from customization_job.frame.retry import Retry
from customization_job.frame.stack import UNKNOWN_RESOURCE, ResourceState, StackPhase, StackState
from customization_job.jobs import messages
from customization_job.jobs.actions import ActionError, Actions
from customization_job.jobs.bedrock import BedrockJobs
from customization_job.jobs.decisions import Fail, JobFacts, Keep, ModelFacts, Observation, Start
from customization_job.jobs.desired_state import RETAIN, STOP_JOB, Change, DesiredState
from customization_job.jobs.identity import ClientToken, fingerprint
from customization_job.jobs.lifecycle import JobLifecycle
from customization_job.jobs.observe import Observer

from tests.lambda_.probe import ProbedFakes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from customization_job.frame.event import Event
    from customization_job.jobs.ports import Job
    from customization_job.services import Services


_Change = TypeVar("_Change", bound=Change)


class _Mutation(ProbedFakes):
    """Fakes whose handler has other parts."""

    _Lifecycle: type[JobLifecycle] = JobLifecycle
    _Bedrock: type[BedrockJobs] = BedrockJobs
    _Change: type[Change] = Change

    def services(self, *connection: Any) -> Services:  # noqa: ANN401 - passed on
        services = super().services(*connection)
        services.bedrock = self._Bedrock(services.bedrock._client, services.retry)
        return services

    def lifecycle(self, event: Event, services: Services) -> JobLifecycle:
        return self._Lifecycle(self._Change.of(event), services)


def _with_states(change: _Change, kind: type[DesiredState]) -> _Change:
    """Read an event's states in another way."""
    states = {name: kind(properties=getattr(change, name).properties) for name in ("desired", "previous")}
    return replace(change, **states)


class NeverAsksTheStack(_Mutation):
    """Takes every stack for one that is being deployed."""

    def read_status(self, stack_id: str) -> str:
        """Return a status in which jobs may start."""
        super().read_status(stack_id)
        return "UPDATE_IN_PROGRESS"


class AsksTheStackOnce(_Mutation):
    """Does not look again after a job was started."""

    def read_status(self, stack_id: str) -> str:
        """Return the first status again."""
        observed = self.runs[-1].status_seen
        return observed or super().read_status(stack_id)


class _RandomTokens(BedrockJobs):
    def create_job(self, request: Mapping[str, object]) -> str:
        return super().create_job(
            {**request, "clientRequestToken": str(uuid.UUID(int=len(self._client._fakes.double.calls())))}
        )


class RandomToken(_Mutation):
    """Sends a token that says nothing."""

    _Bedrock = _RandomTokens


class _NamedByEvent(Change):
    def job_name(self, desired: DesiredState, generation: int) -> str:
        return desired.job_name or f"job-{self.request_hash}-{generation}"

    def request(self, generation: int, token: str) -> dict[str, object]:
        made = f"job-{self.request_hash}-{generation}"
        names = {"jobName": self.desired.job_name or made, "customModelName": self.desired.model_name or made}
        return {**self.desired.request, **self.desired.tag_lists, **names, "clientRequestToken": token}


class NamesFromRequestId(_Mutation):
    """Names jobs after the event, as most handlers do."""

    _Change = _NamedByEvent


class _IgnoresGeneratedIds(Observer):
    def jobs_to_delete(self, resource: ResourceState) -> tuple[Job, ...]:
        return super().jobs_to_delete(resource) if self._change.job_arn else ()


class IgnoresGeneratedIds(_Mutation):
    """Accepts a Delete of an id that is not its own without looking for a job."""

    class _Lifecycle(JobLifecycle):
        def __init__(self, *parts: Any) -> None:  # noqa: ANN401 - passed on
            super().__init__(*parts)
            self._observer = _IgnoresGeneratedIds(*parts)


class ReplacesAlways(_Mutation):
    """Starts a job for every Update."""

    class _Lifecycle(JobLifecycle):
        def _decide(self, observed: Observation) -> Keep | Start | Fail:
            if self._change.request_type == UPDATE and observed.phase is StackPhase.IN_PROGRESS:
                return Start(generation=len(observed.jobs))
            return super()._decide(observed)


class StartsInRollbacks(_Mutation):
    """Treats the Update of a rollback as any other."""

    class _Lifecycle(JobLifecycle):
        def _decide(self, observed: Observation) -> Keep | Start | Fail:
            return super()._decide(
                replace(observed, stack=replace(observed.stack, status="UPDATE_IN_PROGRESS"))
            )


class FailedUpdateChangesId(_Mutation):
    """Returns the new id from a failed Update."""

    class _Lifecycle(JobLifecycle):
        def _remember(self, physical_id: str) -> None:
            self.physical_id = physical_id


class _FirstOnly(Observer):
    def _generations(self, desired: DesiredState) -> tuple[Job, ...]:
        return super()._generations(desired)[:1]


class OneGeneration(_Mutation):
    """Believes that a stopped job frees its name."""

    class _Lifecycle(JobLifecycle):
        def __init__(self, *parts: Any) -> None:  # noqa: ANN401 - passed on
            super().__init__(*parts)
            self._observer = _FirstOnly(*parts)

        def _decide(self, observed: Observation) -> Keep | Start | Fail:
            decision = super()._decide(observed)
            return Start(generation=0) if isinstance(decision, Start) else decision


class _TaggedState(DesiredState):
    @cached_property
    def fingerprint(self) -> str:
        return fingerprint({**self.properties, "Revision": json.dumps(self.properties.get("JobTags"))})


class _Tagged(Change):
    @classmethod
    def of(cls, event: Event) -> Self:
        return _with_states(super().of(event), _TaggedState)


class TagsAreInputs(_Mutation):
    """Counts tags among what the weights depend on."""

    _Change = _Tagged


class _StopsOnce(Actions):
    def _ask_to_stop(self, job: Job) -> bool:
        try:
            self._bedrock.stop_job(job.arn)
        except AwsError as error:
            raise ActionError(f"the job was not stopped: {error}") from None
        return True


class StopRaceIsFatal(_Mutation):
    """Fails a Delete when the job ended between looking and stopping."""

    class _Lifecycle(JobLifecycle):
        def __init__(self, *parts: Any) -> None:  # noqa: ANN401 - passed on
            super().__init__(*parts)
            change, services = parts
            ports = (self._observer, services.retry, services.log)
            self._actions = _StopsOnce(change, services.bedrock, *ports)


class _StoppedIsComplete(BedrockJobs):
    def get_job(self, identifier: str) -> Job | None:
        job = super().get_job(identifier)
        return replace(job, status="Completed") if job and job.status == "Stopped" else job

    def get_model(self, identifier: str) -> str | None:
        return super().get_model(identifier) or "arn"


class AdoptsStoppedJobs(_Mutation):
    """Adopts a stopped job, or one whose model was deleted."""

    _Bedrock = _StoppedIsComplete


class LosesJobs(_Mutation):
    """Does not stop what a cancelled Update started."""

    class _Lifecycle(JobLifecycle):
        def _keep(self, decision: Keep, observed: Observation) -> Outcome:
            return super()._keep(replace(decision, stop=()), observed)


class ForgetsItsOwnFailure(_Mutation):
    """Starts again where the job that this event started has failed already."""

    class _Lifecycle(JobLifecycle):
        def _decide(self, observed: Observation) -> Keep | Start | Fail:
            decision = super()._decide(observed)
            is_own_end = (
                isinstance(decision, Fail) and decision.job and observed.phase is StackPhase.IN_PROGRESS
            )
            return Start(generation=len(observed.jobs)) if is_own_end else decision


class RetrainsForInfrastructure(_Mutation):
    """Trains again when the role of a finished job changes."""

    class _Lifecycle(JobLifecycle):
        def _decide(self, observed: Observation) -> Keep | Start | Fail:
            decision = super()._decide(observed)
            changed = self._change.desired.infrastructure != self._change.previous.infrastructure
            is_finished = bool(observed.named and observed.named.status == "Completed")
            if (
                isinstance(decision, Keep)
                and decision.job == observed.named
                and changed
                and is_finished
                and observed.phase is StackPhase.IN_PROGRESS
            ):
                return Start(generation=len(observed.jobs))
            return decision


class _Observing(_Mutation):
    """Fakes whose handler observes in another way."""

    _Observer: type[Observer] = Observer

    def lifecycle(self, event: Event, services: Services) -> JobLifecycle:
        made = super().lifecycle(event, services)
        bedrock, retry, log = services.bedrock, services.retry, services.log
        made._observer = self._Observer(made._change, services)
        made._actions = Actions(made._change, bedrock, made._observer, retry, log)
        return made


class _NothingCurrent(Observer):
    def resource(self) -> ResourceState:
        observed = super().resource()
        return (
            observed if observed.is_leaving else replace(observed, physical_id="", status="UPDATE_COMPLETE")
        )


class StopsTheCurrentJob(_Observing):
    """Does not ask which job is the current one."""

    _Observer = _NothingCurrent


class _AlwaysHere(Observer):
    def started_here(self, _job: Job, _stack: StackState) -> bool | None:
        return True


class StopsWhatItDidNotStart(_Observing):
    """Takes every job for one that the failed deployment has started."""

    _Observer = _AlwaysHere


class _AlwaysSuccessor(Observer):
    def has_successor(self, _resource: ResourceState, _job: Job) -> bool:
        return True


class DeletesBeforeTheSuccessor(_Observing):
    """Deletes a model as soon as another job has started."""

    _Observer = _AlwaysSuccessor


class _ThreeReads(Observer):
    def _reads(self, times: int) -> Iterator[None]:
        return super()._reads(min(times, 3))


class ReadsThreeTimes(_Observing):
    """Gives up before Bedrock shows a new job."""

    _Observer = _ThreeReads


class _OneOperation(Observer):
    _changed: float | None = None

    def stack(self) -> StackState:
        stack = super().stack()
        self._changed = self._changed or stack.changed
        return replace(stack, changed=self._changed)


class TakesTheNextOperationForItsOwn(_Observing):
    """Does not see that another operation has begun while it waited."""

    _Observer = _OneOperation


class _SameOwner(Observer):
    def _is_ours(self, job: Job, resource: ResourceState) -> bool:
        token = ClientToken.read(job.token)
        return super()._is_ours(job, resource) and (token is None or token.owner == self._change.owner)


class IgnoresMovedJobs(_Observing):
    """Leaves a job alone whose resource has another logical id now."""

    _Observer = _SameOwner


class _NoParents(Observer):
    def stack(self) -> StackState:
        return replace(super().stack(), is_parents_rollback=False)


class DoesNotAskTheRoot(_Observing):
    """Treats the deletion of a nested stack in a rollback as one that the user asked for."""

    _Observer = _NoParents


class _Acting(_Mutation):
    """Fakes whose handler acts in another way."""

    _Actions: type[Actions] = Actions

    def lifecycle(self, event: Event, services: Services) -> JobLifecycle:
        made = super().lifecycle(event, services)
        parts = (made._observer, services.retry, services.log)
        made._actions = self._Actions(made._change, services.bedrock, *parts)
        return made


class _NoRollbacks(Actions):
    def _model_facts(self, job: Job, facts: JobFacts) -> ModelFacts:
        return super()._model_facts(job, replace(facts, stack=StackState(status="DELETE_IN_PROGRESS")))


class DeletesModelsInRollbacks(_Acting):
    """Deletes the models of a deployment that failed, and of one that is long over."""

    _Actions = _NoRollbacks


class _Unserved(Actions):
    def serving(self, _model_arn: str) -> Sequence[str] | None:
        return ()


class ForgetsWhatIsServed(_Acting):
    """Deletes a model without asking who uses it."""

    _Actions = _Unserved


class _Optimist(Actions):
    def serving(self, model_arn: str) -> Sequence[str] | None:
        return super().serving(model_arn) or ()


class TakesAFailedListForEmpty(_Acting):
    """Takes a list that may not be read for an empty one."""

    _Actions = _Optimist


class _Strict(Actions):
    def keep_model(self, job: Job, reason: str, *, is_final: bool) -> None:
        if reason == messages.KEPT_DENIED:
            raise ActionError(reason)
        super().keep_model(job, reason, is_final=is_final)


class FailsForAModel(_Acting):
    """Fails a Delete because the model may not be deleted."""

    _Actions = _Strict


class NeverSearchesForJobs(_Mutation):
    """Ends only what an event names."""

    class _Lifecycle(JobLifecycle):
        def _other_running_jobs(self, *_: Any) -> Iterator[Job]:  # noqa: ANN401 - whatever it is called with
            return iter(())


class AlwaysSearchesForJobs(_Mutation):
    """Ends every running job of a resource although one is current."""

    class _Lifecycle(JobLifecycle):
        def _delete(self) -> Outcome:
            self._observer.resource = lambda: ResourceState(is_known=True)  # type: ignore[method-assign]
            return super()._delete()


class ForgetsWhatItKept(_Mutation):
    """Deletes, with the stack, only the model of the current job."""

    class _Lifecycle(JobLifecycle):
        def _other_complete_jobs(self, *_: Any) -> Iterator[Job]:  # noqa: ANN401 - whatever it is called with
            return iter(())


class TagsBlindly(_Mutation):
    """Writes tags although the stack's status is unknown."""

    class _Lifecycle(JobLifecycle):
        def _keep(self, decision: Keep, observed: Observation) -> Outcome:
            if observed.phase is StackPhase.UNKNOWN:
                observed = replace(observed, stack=StackState(status="UPDATE_IN_PROGRESS"))
            return super()._keep(decision, observed)


class UndoesTheCurrentJob(_Mutation):
    """Stops what it started although another delivery of the event was answered with it."""

    class _Lifecycle(JobLifecycle):
        def undo(self) -> None:
            self._observer.resource = lambda: UNKNOWN_RESOURCE  # type: ignore[method-assign]
            super().undo()


class _IgnoresRetain(DesiredState):
    @property
    def on_delete(self) -> str:
        return STOP_JOB if super().on_delete == RETAIN else super().on_delete


class _IgnoresRetainChange(Change):
    @classmethod
    def of(cls, event: Event) -> Self:
        return _with_states(super().of(event), _IgnoresRetain)


class StopsWhatIsRetained(_Mutation):
    """Stops every job that runs."""

    _Change = _IgnoresRetainChange


class _PathState(DesiredState):
    @cached_property
    def fingerprint(self) -> str:
        return fingerprint({**self.properties, "Revision": f"{self.properties.get('Path')}"})


class _PathChange(Change):
    @classmethod
    def of(cls, event: Event) -> Self:
        return _with_states(super().of(event), _PathState)


class PathIsAnInput(_Mutation):
    """Counts the construct path among what the weights depend on."""

    _Change = _PathChange


def naive(event: dict[str, Any], _context: object, fakes: ProbedFakes) -> None:
    """Handle an event as first sketches do: start a job on Create and Update, stop it on Delete."""
    retry = Retry(fakes.clock, fakes.clock.now())
    bedrock = fakes.services(None, retry, fakes.open_log(event)).bedrock
    request = {**event["ResourceProperties"]["Request"], "clientRequestToken": event["RequestId"]}
    name = f"{event['LogicalResourceId']}-{event['RequestId'][-12:]}"
    request.setdefault("jobName", name)
    request.setdefault("customModelName", name)
    outcome = Outcome(physical_id=event.get("PhysicalResourceId", "none"))
    try:
        if event["RequestType"] != "Delete":
            arn = bedrock.create_job(request)
            outcome = Outcome(
                physical_id=arn,
                data=dict.fromkeys(
                    ("JobArn", "JobName", "CustomModelName", "JobStatus", "OutputModelArn"), ""
                ),
            )
        elif event["PhysicalResourceId"].startswith("arn:"):
            bedrock.stop_job(event["PhysicalResourceId"])
    except AwsError as error:
        if error.kind is not ErrorKind.CONFLICT:
            outcome = outcome._replace(failure=str(error))
    fakes.put(None, body(event, outcome), 0.0, None)


SEEDS = {
    "AsksTheStackOnce": 2,
    "NamesFromRequestId": 1,
    "IgnoresGeneratedIds": 28,
    "FailedUpdateChangesId": 3,
    "OneGeneration": 4,
    "StopRaceIsFatal": 8,
    "LosesJobs": 27,
    "ForgetsItsOwnFailure": 1,
    "RetrainsForInfrastructure": 3,
    "StopsTheCurrentJob": 5,
    "StopsWhatItDidNotStart": 7,
    "DeletesBeforeTheSuccessor": 55,
    "ReadsThreeTimes": 1,
    "TakesTheNextOperationForItsOwn": 36,
    "IgnoresMovedJobs": 1,
    "DoesNotAskTheRoot": 2,
    "ForgetsWhatIsServed": 23,
    "TakesAFailedListForEmpty": 1,
    "NeverSearchesForJobs": 1,
    "TagsBlindly": 5,
    "UndoesTheCurrentJob": 54,
    "FailsForAModel": 50,
}
"""Where the search begins that finds a mutation among a few histories; any seed finds it among thousands.

`python -m tests.lambda_.seeds` finds them.
"""

MUTATIONS: dict[str, type[ProbedFakes]] = {
    one.__name__: one
    for one in (
        NeverAsksTheStack,
        AsksTheStackOnce,
        RandomToken,
        NamesFromRequestId,
        IgnoresGeneratedIds,
        ReplacesAlways,
        StartsInRollbacks,
        FailedUpdateChangesId,
        OneGeneration,
        TagsAreInputs,
        StopRaceIsFatal,
        AdoptsStoppedJobs,
        LosesJobs,
        ForgetsItsOwnFailure,
        RetrainsForInfrastructure,
        StopsTheCurrentJob,
        StopsWhatItDidNotStart,
        DeletesBeforeTheSuccessor,
        ReadsThreeTimes,
        TakesTheNextOperationForItsOwn,
        IgnoresMovedJobs,
        DoesNotAskTheRoot,
        DeletesModelsInRollbacks,
        ForgetsWhatIsServed,
        TakesAFailedListForEmpty,
        FailsForAModel,
        NeverSearchesForJobs,
        AlwaysSearchesForJobs,
        ForgetsWhatItKept,
        TagsBlindly,
        UndoesTheCurrentJob,
        StopsWhatIsRetained,
        PathIsAnInput,
    )
}
