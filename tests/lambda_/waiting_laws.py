"""What must hold of wait conditions, of the looks of a state machine and of results, one method a law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.lambda_.kinds import RESULT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from constructs_lib.testing.bedrock import Job
    from tests.lambda_.operations import Event, Operation, Waiting
    from tests.lambda_.probe import Invocation, ProbedFakes
    from tests.lambda_.state_machines import Execution

_ENDED = ("Completed", "Failed", "Stopped")
_SLOWEST = 330.0
"""Seconds in which the end of a job is seen: the longest pause, and one more look."""


class WaitingLaws:
    """Tells every violation.

    Args:
        fakes: everything outside the function.
        breach: is told the law that is violated, and by what.
    """

    def __init__(self, fakes: ProbedFakes, breach: Callable[[str, str], None]) -> None:
        self._fakes = fakes
        self._breach = breach

    def check_timeout(self, operation: Operation, logical: str, waiting: Waiting, *, is_dead: bool) -> None:
        """A wait condition gets its signals, unless the state machine did not run, or was not asked to.

        It is not asked where a deployment that failed without a rollback is repeated, and nothing of the job
        has changed; then an execution of the failed deployment signals it, if it still runs: see "What it
        does not promise" in docs/reliability.md.
        """
        if not is_dead and (waiting.is_asked or waiting.is_looked_at):
            self._breach("a wait condition gets its signals in time", f"{logical} ({operation.stack.status})")

    def check_complete(
        self, operation: Operation, logical: str, waiting: Waiting, calm_seconds: Callable[[float], float]
    ) -> None:
        """A wait condition is complete soon after the job has ended, or when the operation's time is over.

        An execution of an earlier operation may end the wait where the stack cannot be read: see "What it
        does not promise" in docs/reliability.md. Where CloudFormation may not be read, it may be later.

        Args:
            operation: the operation that has created it.
            logical: its logical id.
            waiting: how it has waited.
            calm_seconds: tells how much of the time since a moment looks came as they should.
        """
        stack, now = operation.stack, self._fakes.clock.now()
        job = self._job(stack.resources["A"].physical_id)
        seconds = operation.wanted[logical]["Timeout"]
        spent = now - (stack.record.updated or stack.record.created)
        is_time_over = spent >= seconds - min(900.0, seconds / 4) - 1.0  # the function rounds it
        if job and job.status not in _ENDED and not is_time_over and not waiting.is_unread:
            self._breach("a wait condition waits for the end of the job", f"{logical}, {job.status}")
        ended = job.ended if job and job.status in _ENDED else None
        late = 0.0 if ended is None else calm_seconds(max(ended, waiting.began))
        if late > _SLOWEST and not self._fakes.missing:
            self._breach("a wait condition is complete soon after the job", f"{late} s")

    def check_task(
        self, execution: Execution, answer: Mapping[str, Any], run: Invocation, *, is_idle: bool
    ) -> None:
        """A look returns what the state machine needs, and is the last one where nobody waits."""
        is_over, pause = answer.get("isOver"), answer.get("pause")
        is_pause = isinstance(pause, int) and (pause == 0 if is_over else 1 <= pause <= 300)
        if set(answer) != {"task", "isOver", "pause"} or not isinstance(is_over, bool) or not is_pause:
            self._breach("a look tells the state machine how to go on", str(answer))
        execution.idle_looks += is_idle and run.is_calm and not is_over
        if execution.idle_looks > 1:
            self._breach("an execution ends when nobody waits", f"{run.event.stack.status}, {answer}")

    def check_over(self, *, is_over: bool) -> None:
        """Every execution ends."""
        if not is_over:
            self._breach("every execution ends", "")

    def check_result(self, event: Event, answer: Mapping[str, Any]) -> None:
        """A result that lets the deployment go on says how the job is, and hides no failure."""
        properties, data = event.body["ResourceProperties"], answer["Data"]
        job = self._job(properties["JobArn"])
        models = {one.job_arn: one.arn for one in self._fakes.double.models()}
        is_left = data["JobStatus"] == "InProgress"
        if is_left and job and (job.ended is None or job.ended >= event.sent) and not data["OutputModelArn"]:
            return  # the job went on when it was read, and may have ended since
        if job is None or data["JobStatus"] != job.status:
            self._breach("a result tells the status of the job", f"{data}, {job}")
        elif data["OutputModelArn"] != (models.get(job.arn, "") if job.status == "Completed" else ""):
            self._breach("a result tells the model of the job", f"{data}")
        elif job.status in ("Failed", "Stopped") and properties["FailOnFailure"] == "true":
            self._breach("a failure of the job fails the result", f"{data}")

    def check_failure(self, event: Event, answer: Mapping[str, Any]) -> None:
        """A result fails only where the template asks for it, or where the model does not exist any more."""
        properties = event.body["ResourceProperties"]
        job = self._job(properties["JobArn"]) if event.body["ResourceType"] == RESULT else None
        if job is None:
            return
        if job.status in ("Failed", "Stopped"):
            is_asked = properties["FailOnFailure"] == "true"
        elif job.status == "Completed":
            is_asked = all(one.job_arn != job.arn for one in self._fakes.double.models())
        else:
            is_asked = properties["FailOnTimeout"] == "true"
        if not is_asked:
            self._breach("a result fails only where that is asked for", f"{job.status}: {answer['Reason']}")

    def _job(self, arn: str) -> Job | None:
        return next((one for one in self._fakes.double.jobs() if one.arn == arn), None)
