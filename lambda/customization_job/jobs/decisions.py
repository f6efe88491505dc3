"""What can be seen of the world when an event is decided, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..frame.stack import UNASKED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..frame.stack import Stack, StackState, Standing
    from .ports import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What Bedrock and CloudFormation say when a Create or an Update is decided.

    Args:
        state: Where the stack's operation stands.
        current: The job that stands for the resource so far. Default: none.
        jobs: Every job under the wished names, one for each generation.
        previous: While a stack goes back: the jobs of the properties it comes from, as far as the operation
            that is taken back started them.
        left: While a stack goes back: such jobs of which nobody can tell, and which are to be retained.
        model_holder: The ARN of the model that has the exact name that is wished. Default: none.
        standing: Which physical id stands for the resource. Default: not asked.
        began_here: While a stack goes back: whether the operation that is taken back started the job that
            this very event started earlier; None where nobody can tell, or there is none.
        current_began_here: The same of the job that stands for the resource so far.
        held: ARNs of jobs that stand for other resources of the stack, as far as it was asked.
    """

    state: StackState
    current: Job | None = None
    jobs: tuple[Job, ...] = ()
    previous: tuple[Job, ...] = ()
    left: tuple[Job, ...] = ()
    model_holder: str = ""
    standing: Standing = UNASKED
    began_here: bool | None = None
    current_began_here: bool | None = None
    held: frozenset[str] = frozenset()

    @property
    def stack(self) -> Stack:
        """Who would own a job that were started now."""
        return self.state.phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What CloudFormation says when a Delete decides about one job.

    Args:
        state: Where the stack's operation stands.
        standing: Which physical id stands for the resource. Default: not asked.
        is_named: Whether the event's id is the job's ARN. Default: it is.
        is_held: Whether the job stands for another resource of the stack; None where nobody can tell.
        is_proven: Whether the event's id proves that it means the job: its ARN, or an id that names the
            event that started it. Default: it does.
        began_here: Whether the operation that is taken back started the job; None where nobody can tell.
    """

    state: StackState
    standing: Standing = UNASKED
    is_named: bool = True
    is_held: bool | None = False
    is_proven: bool = True
    began_here: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What is known when a Delete decides about a model.

    Args:
        state: Where the stack's operation stands.
        standing: Which physical id stands for the resource.
        has_successor: Whether the job that stands is complete and has a model of its own.
        served_by: ARNs of what serves the model; None where that could not be read.
    """

    state: StackState
    standing: Standing
    has_successor: bool
    served_by: Sequence[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """A job that exists stands for the resource; its tags are brought up to date.

    Args:
        job: Which one; None where a rollback finds none.
        stop: Jobs that run and that nobody will own.
        left: Jobs that run although nobody may own them, because nobody can tell.
        note: What the log says about it.
    """

    job: Job | None
    stop: tuple[Job, ...] = ()
    left: tuple[Job, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A new job is started.

    Args:
        generation: How many jobs of the same fingerprint came before.
    """

    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """The event fails.

    Args:
        reason: What the deployment's log says.
        job: The job that this event started earlier. Default: none.
        stop: Jobs that run and that nobody will own.
        left: Jobs that run although nobody may own them, because nobody can tell.
    """

    reason: str
    job: Job | None = None
    stop: tuple[Job, ...] = ()
    left: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The job runs: stop it, and look again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The job is stopping: look again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteModel:
    """The job is complete and its model is to go with it, if nothing speaks against it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Nothing is left to do.

    Args:
        note: What the log says about it.
        is_left_running: Whether the job runs on although nobody may own it, because nobody can tell.
    """

    note: str
    is_left_running: bool = False
