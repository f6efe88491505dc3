"""Looks at the jobs of the function's own stack, and makes what depends on them true.

The stack's rule asks for it when a job has ended, and every hour, because such an event may be lost. Nothing
is waited for and nothing is undone: what cannot be done now is done by the next look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract.follow import (
    DEPLOYMENT_KIND,
    FAILED_METRIC,
    JOB_DIMENSION,
    JOB_KIND,
    METRIC_NAMESPACE,
    MODELS_KIND,
    PUBLISHED_KIND,
    STACK_DIMENSION,
    TRAINING_LOSS_METRIC,
    VALIDATION_LOSS_METRIC,
)

from .frame.advice import failed
from .frame.errors import AwsError
from .frame.event import EventError, is_own_stack
from .frame.log import frames_of
from .frame.look import Look, Result, Thing, read_look
from .frame.retry import Retry
from .jobs.current import CurrentJob, read_current_job

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .frame.response_url import FunctionEnv
    from .frame.stack import StackState
    from .handler import Dependencies
    from .jobs.ports import Job
    from .promotion.follow import Promotion
    from .services import Services


class LookError(Exception):
    """A look that could not be completed; Lambda is to repeat it."""


def carry_out(
    event: Mapping[str, object],
    context: Any,  # noqa: ANN401 - Lambda's own type
    dependencies: Dependencies,
    env: FunctionEnv,
) -> None:
    """Carry out one look; a look that is not of the function's own stack is refused with one line of the log.

    Args:
        event: see `frame.look`.
        context: Lambda's context object.
        dependencies: everything outside the handler.
        env: where the function runs.

    Raises:
        LookError: something could not be read or written now.
    """
    request_id = str(getattr(context, "aws_request_id", "unknown"))
    try:
        look = _read_own_look(event, dependencies.stack_id(), env)
    except EventError as error:
        log = dependencies.open_log({"RequestId": request_id})
        log.write("event refused", "ERROR", reason=f"The look was not carried out: {error}.")
        return
    log = dependencies.open_log({"StackId": look.stack_id, "RequestId": request_id, "RequestType": "Follow"})
    retry = Retry.of_call(dependencies.clock, context)
    if not _Following(look, dependencies.services(env, retry, log)).run():
        raise LookError("Some of what depends on the jobs could not be read or written; see the log.")


def _read_own_look(event: Mapping[str, object], own: str, env: FunctionEnv) -> Look:
    look = read_look(event)
    if not is_own_stack(look.stack_id, own, env):
        raise EventError("its stack is not the one that the function belongs to")
    return look


class _Following:
    """One look, thing by thing."""

    def __init__(self, look: Look, services: Services) -> None:
        self._look = look
        self._services = services
        self._jobs: dict[str, CurrentJob | AwsError] = {}

    def run(self) -> bool:
        """Follow every thing; return whether all is done that can be done without somebody's help."""
        log = self._services.log
        try:
            stack = self._services.stacks.get_stack(self._look.stack_id, is_needed=False)
        except AwsError as error:
            log.write("stack not read", "ERROR", code=error.reason, reason=failed(error))
            return not error.kind.is_temporary
        if note := why_nothing_is_followed(stack):
            log.write("nothing followed", decision=note)
            return True
        done = [self._follow(thing) for thing in self._look.things]
        return all(done)

    def _follow(self, thing: Thing) -> bool:
        """Follow one thing, whatever happens to the others."""
        log = self._services.log
        about = {"logicalResourceId": thing.resource or thing.job, "kind": thing.kind, "job": thing.job}
        if self._services.retry.left <= 0:
            log.write("not followed", "WARNING", **about, reason="the look has taken too long")
            return False
        try:
            result = _FOLLOWERS[thing.kind](self._look, thing, self._current_job(thing.job), self._services)
        except AwsError as error:
            log.write("not followed", "ERROR", **about, code=error.reason, reason=failed(error))
            return not error.kind.is_temporary
        except Exception as error:  # noqa: BLE001 - one thing must not keep the others from being followed
            log.write("crashed", "ERROR", **about, error=type(error).__name__, frames=frames_of(error))
            return False
        log.write("followed", result.level, **about, decision=result.decision)
        return True

    def _current_job(self, logical_id: str) -> CurrentJob:
        """Read a job, once for everything that depends on it."""
        if logical_id not in self._jobs:
            self._jobs[logical_id] = self._read(logical_id)
        found = self._jobs[logical_id]
        if isinstance(found, AwsError):
            raise found
        return found

    def _read(self, logical_id: str) -> CurrentJob | AwsError:
        services = self._services
        try:
            return read_current_job(self._look.stack_id, logical_id, services.bedrock, services.stacks)
        except AwsError as error:
            return error


def why_nothing_is_followed(stack: StackState) -> str:
    """Return why nothing of a stack may be changed now; "" where what it has may be followed.

    During a rollback or a deletion it is not certain which job the stack will have.
    """
    status = stack.status or ""
    if status in ("", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"):
        return "the stack does not exist any more"
    if status.startswith("DELETE_") or ("ROLLBACK" in status and not status.endswith("_ROLLBACK_COMPLETE")):
        return f"the stack is in {status}: which job it will have is not certain"
    return ""


def metrics_of(job: Job) -> dict[str, float | tuple[float, ...]]:
    """Return the metrics of a job: whether it has failed, and its losses once it is complete."""
    values: dict[str, float | tuple[float, ...]] = {FAILED_METRIC: 1 if job.status == "Failed" else 0}
    if job.status == "Completed" and job.training_loss is not None:
        values[TRAINING_LOSS_METRIC] = job.training_loss
    if job.status == "Completed" and job.validation_losses:
        values[VALIDATION_LOSS_METRIC] = job.validation_losses
    return values


def _write_metrics(look: Look, thing: Thing, current: CurrentJob, services: Services) -> Result:
    """Write the metrics of a job: its state at every look, so that an alarm ends when a good job comes."""
    if current.job is None:
        return Result(current.note, "WARNING")
    dimensions = {STACK_DIMENSION: look.stack_id.split("/")[1], JOB_DIMENSION: thing.job}
    services.log.write_metrics(METRIC_NAMESPACE, dimensions, metrics_of(current.job), services.retry.now)
    return Result(f"metrics written: the job {current.job.arn} is {current.job.status}")


def _publish(look: Look, thing: Thing, current: CurrentJob, services: Services) -> Result:
    from .published.look import follow

    return follow(look, thing, current, services, _promotion(look, thing, services))


def _deploy(look: Look, thing: Thing, current: CurrentJob, services: Services) -> Result:
    from .deployments.look import follow

    return follow(look, thing, current, services, _promotion(look, thing, services))


def _keep_newest(look: Look, thing: Thing, current: CurrentJob, services: Services) -> Result:
    from .jobs.newest_models import keep_newest

    return keep_newest(look, thing, current, services)


def _promotion(look: Look, thing: Thing, services: Services) -> Promotion | None:
    """Return what decides which model serves; None where every model does that is trained."""
    if not thing.bucket:
        return None
    from .promotion.follow import Promotion

    return Promotion(look.stack_id, thing, services)


# What follows a job, by its kind. Each imports its part when a look needs it.
_FOLLOWERS: dict[str, Callable[[Look, Thing, CurrentJob, Services], Result]] = {
    JOB_KIND: _write_metrics,
    PUBLISHED_KIND: _publish,
    DEPLOYMENT_KIND: _deploy,
    MODELS_KIND: _keep_newest,
}
