"""What a decision is based on, and what it can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..frame.stack import UNKNOWN_RESOURCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..frame.stack import ResourceState, StackPhase, StackState
    from .ports import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What Bedrock and CloudFormation return when a Create or an Update is decided.

    Args:
        stack: the stack's status.
        named: the job that the event's physical id names. Default: none.
        jobs: every job under the names of the desired state, one for each generation.
        failed: during a rollback: the running jobs of the properties that failed, as far as the operation
            that is rolled back started them.
        unclear: during a rollback: such jobs of which that is unknown, and which are to be retained.
        model_holder: the ARN of the model that has the exact name that is desired. Default: none.
        resource: the resource's physical id and status. Default: not asked.
        started_here: during a rollback: whether the operation that is rolled back started the job that this
            event started earlier; None where that is unknown, or there is no such job.
        named_started_here: the same of the job that the event's physical id names.
        used_elsewhere: ARNs of jobs that other resources of the stack have, as far as CloudFormation was
            asked.
    """

    stack: StackState
    named: Job | None = None
    jobs: tuple[Job, ...] = ()
    failed: tuple[Job, ...] = ()
    unclear: tuple[Job, ...] = ()
    model_holder: str = ""
    resource: ResourceState = UNKNOWN_RESOURCE
    started_here: bool | None = None
    named_started_here: bool | None = None
    used_elsewhere: frozenset[str] = frozenset()

    @property
    def phase(self) -> StackPhase:
        """What the stack is doing."""
        return self.stack.phase


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFacts:
    """What is known when a Delete decides about one job.

    Args:
        stack: the stack's status.
        resource: the resource's physical id and status. Default: not asked.
        is_named: whether the event's physical id is the job's ARN. Default: it is.
        is_used_elsewhere: whether another resource of the stack has the job; None where that is unknown.
        is_proven: whether the event's physical id proves that the event is about the job: it is the job's
            ARN, or names the event that started it. Default: it does.
        started_here: whether the operation that is rolled back started the job; None where that is unknown.
    """

    stack: StackState
    resource: ResourceState = UNKNOWN_RESOURCE
    is_named: bool = True
    is_used_elsewhere: bool | None = False
    is_proven: bool = True
    started_here: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What is known when a Delete decides about a model.

    Args:
        stack: the stack's status.
        resource: the resource's physical id and status.
        has_successor: whether the resource's current job is complete and has a model of its own.
        served_by: ARNs of what serves the model; None where that could not be read.
        published_in: names of the stack's parameters that hold the model; None where they could not be read.
        promotion: why the records of a promotion need the model; None where they could not be read. Default:
            they do not.
    """

    stack: StackState
    resource: ResourceState
    has_successor: bool
    served_by: Sequence[str] | None
    published_in: Sequence[str] | None = ()
    promotion: str | None = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """A job that exists is the resource's job; its tags are brought up to date.

    Args:
        job: which one; None where a rollback finds none.
        stop: running jobs that are no longer needed.
        unclear: running jobs of which it is unknown whether they are needed.
        note: what the log says about it.
    """

    job: Job | None
    stop: tuple[Job, ...] = ()
    unclear: tuple[Job, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A new job is started.

    Args:
        generation: how many jobs of the same fingerprint there were before.
    """

    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """The event fails.

    Args:
        reason: what the stack's events say.
        job: the job that this event started earlier. Default: none.
        stop: running jobs that are no longer needed.
        unclear: running jobs of which it is unknown whether they are needed.
    """

    reason: str
    job: Job | None = None
    stop: tuple[Job, ...] = ()
    unclear: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The job runs: stop it, and read it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The job is stopping: read it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteModel:
    """The job is complete and its model is to be deleted, unless there is a reason to keep it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Nothing is left to do.

    Args:
        note: what the log says about it.
        is_left_running: whether the job continues because it is unknown whether it may be stopped.
    """

    note: str
    is_left_running: bool = False
