"""Watching of a job until it ends: when to look, which errors pass, which job it is after a deployment."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf
from typing import TYPE_CHECKING, Protocol, TypeAlias

from ..deployment.aws_calls import AwsCallError
from .job_description import describe_job
from .job_targets import NoJobError, jobs_of_stack
from .metrics import Metrics
from .sweep_description import describe_sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..deployment.aws_calls import Client
    from .aws_access import AwsAccess
    from .job_description import JobDescription
    from .job_targets import JobTarget
    from .sweep_description import SweepDescription

_FIRST_RETRY = 5.0
_PATIENCE = 15 * 60.0
"""For how many seconds a permission may be missing, which somebody may be changing."""

_MAY_START_A_JOB = ("REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
_MAY_REPLACE_THE_JOB = ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS")
_LOOKS_FOR_METRICS = 5
_LONGEST_WAIT = 0.5
"""Seconds after which a wait hears a signal at the latest."""


class Clock(Protocol):
    """Time, so that tests need not wait."""

    def now(self) -> datetime:
        """Return the time of day, with a time zone."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only increase, also when the time of day is set."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait.

        Args:
            seconds: how long.
        """
        ...


class MachineClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since some time; where the machine sleeps, they may stand still."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait.

        Args:
            seconds: how long.
        """
        # In short parts: a signal that comes just before the wait begins, or that another thread receives,
        # is only answered when the wait ends.
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _LONGEST_WAIT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look at AWS has shown.

    Args:
        stack_status: CloudFormation's word for the status of the stack. Default: not known.
        target: the job. Default: the stack has none yet.
        job: what Bedrock says of it. Default: the stack has none yet, or it is a sweep.
        sweep: the sweep as it is. Default: it is no sweep.
        is_final: whether nothing of it will change.
    """

    stack_status: str = ""
    target: JobTarget | None = None
    job: JobDescription | None = None
    sweep: SweepDescription | None = None
    is_final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What is known after a look, whether it has succeeded or not.

    Args:
        look: the last look that has succeeded. Default: none has.
        looked: when that was. Default: never.
        problem: why this look has failed. Default: it has not.
        failing_since: when the first of the looks was that have failed since. Default: this one has not.
        next_look: when the next look is, in the seconds of `Clock.monotonic`. Default: there is none.
        has_timed_out: whether the time is over and the job has not ended. Default: no.
    """

    look: Look | None = None
    looked: datetime | None = None
    problem: AwsCallError | None = None
    failing_since: datetime | None = None
    next_look: float | None = None
    has_timed_out: bool = False


def watch(
    look: Callable[[], Look], clock: Clock, *, every: float, timeout: float | None = None
) -> Iterator[Observation]:
    """Look until a job has ended, and yield what is known after each look.

    What stops the first look, such as missing credentials, is raised. A later look that fails is repeated:
    without an end while AWS cannot be reached, limits the rate of calls, has errors of its own, or does not
    accept the credentials, which a person may renew; for 15 minutes after any other error.

    Args:
        look: asks AWS once.
        clock: the time. Time in which the machine sleeps may not count, but no look is left out by it.
        every: the seconds between two looks.
        timeout: after how many seconds to give up; there is a last look then. Default: never.

    Raises:
        AwsCallError: the job cannot be watched.
    """
    ends = inf if timeout is None else clock.monotonic() + timeout
    known, failures, failing = Observation(), 0, 0.0
    while True:
        try:
            seen = look()
        except AwsCallError as error:
            failing = clock.monotonic() if failures == 0 else failing
            if not _may_pass(error, is_first=known.look is None, seconds=clock.monotonic() - failing):
                raise
            failures += 1
            known = replace(known, problem=error, failing_since=known.failing_since or clock.now())
        else:
            failures = 0
            known = Observation(look=seen, looked=clock.now())
            if seen.is_final:
                yield known
                return
        left = ends - clock.monotonic()
        if left <= 0:
            yield replace(known, has_timed_out=True)
            return
        pause = min(left, every, _FIRST_RETRY * 2 ** min(failures - 1, 10) if failures else every)
        yield replace(known, next_look=clock.monotonic() + pause)
        clock.sleep(pause)


def _may_pass(error: AwsCallError, *, is_first: bool, seconds: float) -> bool:
    """Return whether to look again."""
    if is_first:
        # Without an answer of AWS the Region or the URL may be wrong.
        return error.is_temporary and bool(error.code)
    if isinstance(error, NoJobError):
        return False
    return error.is_temporary or error.is_general or error.is_of_region or seconds < _PATIENCE


Find: TypeAlias = "Callable[[AwsAccess], JobTarget]"
"""Returns which job is watched now."""


class WatchedJob:
    """Asks AWS about one job; after an error that does not pass by itself, with the credentials read again.

    Args:
        access: the AWS that is asked. Each call is sent once only, because the look is repeated.
        find: returns which job it is.
    """

    def __init__(self, access: AwsAccess, find: Find) -> None:
        self._access = replace(access, attempts=1)
        self._find = find
        self._clients: dict[tuple[str, str], Client] = {}
        self._is_outdated = False
        self._arn = ""

    def look(self) -> Look:
        """Ask once.

        Raises:
            AwsCallError: AWS does not tell.
            LocalAwsError: the local AWS no longer runs.
        """
        if self._is_outdated:
            self._access = self._access.renewed()
            self._clients.clear()
        try:
            found = self._look()
        except AwsCallError as error:
            self._is_outdated = self._access.is_local or not error.is_temporary
            raise
        self._is_outdated = False
        return found

    def client(self, service: str, region: str) -> Client:
        """Return a client of the session that is used now.

        Args:
            service: boto3's name of the service.
            region: the Region.

        Raises:
            AwsCallError: the Region cannot be one.
        """
        if (service, region) not in self._clients:
            self._clients[service, region] = self._access.client(service, region=region)
        return self._clients[service, region]

    def _look(self) -> Look:
        try:
            target = self._find(self._access)
        except NoJobError as error:
            if error.stack_status not in _MAY_START_A_JOB:
                raise
            return Look(stack_status=error.stack_status)
        if target.is_sweep:
            return self._look_at_sweep(target)
        # A name is asked for once: after that it is the job with this ARN, whoever uses the name.
        identifier = target.identifier if ":" in target.identifier else self._arn or target.identifier
        job = describe_job(self.client("bedrock", target.region), identifier)
        self._arn = job.arn
        status = target.stack_status
        is_final = job.has_ended and status not in _MAY_REPLACE_THE_JOB
        return Look(stack_status=status, target=target, job=job, is_final=is_final)

    def _look_at_sweep(self, target: JobTarget) -> Look:
        s3, bedrock = (self.client(service, target.region) for service in ("s3", "bedrock"))
        sweep, status = describe_sweep(s3, bedrock, target), target.stack_status
        is_final = sweep.is_finished and status not in _MAY_REPLACE_THE_JOB
        return Look(stack_status=status, target=target, sweep=sweep, is_final=is_final)


class StackJob:
    """Finds the job, or the sweep, that a stack has now: a deployment may replace it.

    Args:
        stack: the stack's name or ARN.
        resource: the job's resource. Default: the only one.
        choose: returns the job where a stack has several, or raises.
    """

    def __init__(
        self, stack: str, resource: str | None, choose: Callable[[Sequence[JobTarget]], JobTarget]
    ) -> None:
        self._stack = stack
        self._resource = resource
        self._choose = choose
        self._found: JobTarget | None = None

    def __call__(self, access: AwsAccess) -> JobTarget:
        """Return the job; where CloudFormation no longer tells, the one that it named last.

        Args:
            access: the AWS that is asked.

        Raises:
            NoJobError: the stack does not exist, or has no job yet.
            AwsCallError: CloudFormation cannot be asked.
        """
        found = self._found
        try:
            # By its ARN: another stack may get the name.
            stack = found.stack_id if found and "/" not in found.resource else self._stack
            resource = found.resource if found else self._resource
            targets = jobs_of_stack(access, stack, resource, with_sweeps=True)
        except AwsCallError as error:
            # A sweep that the stack does not have any more will never be finished.
            if found is None or (found.is_sweep and isinstance(error, NoJobError)):
                raise
            status = error.stack_status if isinstance(error, NoJobError) else found.stack_status
            return replace(found, stack_status=status)
        chosen = self._choose(targets)
        self._found = replace(chosen, stack=found.stack if found else chosen.stack)
        return self._found


class MetricsReader:
    """Reads the metrics of a job at some of the looks: files change less often than the status.

    Args:
        client: returns a client of a service in a Region.
    """

    def __init__(self, client: Callable[[str, str], Client]) -> None:
        self._client = client
        self._looks = 0
        self._arn = ""
        self.metrics = Metrics()
        self.problem = ""

    def read(self, job: JobDescription, *, region: str, is_last: bool) -> bool:
        """Read the metrics if it is time to; return whether there are new ones.

        Args:
            job: the job as it is now.
            region: its Region.
            is_last: whether there is no look after this one.
        """
        from .metrics_files import read_metrics

        if job.arn != self._arn:
            self._arn, self._looks, self.metrics = job.arn, 0, Metrics()
        if not _may_have_metrics(job):
            return False
        self._looks += 1
        if self._looks % _LOOKS_FOR_METRICS != 1 and not is_last:
            return False
        before = self.metrics
        try:
            self.metrics = read_metrics(self._client("s3", region), job.output_s3_uri, job.arn)
            self.problem = " ".join(self.metrics.problems)
        except AwsCallError as error:
            self.problem = str(error)
        return self.metrics != before


def _may_have_metrics(job: JobDescription) -> bool:
    """Return whether the training of a job has begun, as far as Bedrock says."""
    training = [one for one in job.phases if one.name == "training"]
    return not training or training[0].status != "NotStarted"
