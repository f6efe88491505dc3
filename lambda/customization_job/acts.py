"""What can be seen of the world when an event is decided, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ports import Job
    from .stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What Bedrock and CloudFormation say when an event is decided.

    Args:
        stack: Where the stack's operation stands.
        current: The job that stands for the resource so far. Default: none.
        jobs: Every job under the wished names, one for each generation.
        previous: While a stack goes back: the jobs of the properties it comes from.
        model_holder: The ARN of the model that has the exact name that is wished. Default: none.
    """

    stack: Stack
    current: Job | None = None
    jobs: tuple[Job, ...] = ()
    previous: tuple[Job, ...] = ()
    model_holder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """A job that exists stands for the resource; its tags are brought up to date.

    Args:
        job: Which one; None where a rollback finds none.
        stop: Jobs that run and that nobody will own.
        note: What the log says about it.
    """

    job: Job | None
    stop: tuple[Job, ...] = ()
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
    """

    reason: str
    job: Job | None = None
    stop: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The job runs: stop it, and look again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The job is stopping: look again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteModel:
    """The job is complete and its model is to go with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Nothing is left to do.

    Args:
        note: What the log says about it.
    """

    note: str
