"""Which module of this folder carries out which kind of event of a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..serving.lifecycle import ServingLifecycle, Steps
from .deletion import Deletion
from .deploying import Deploying
from .desired_state import problems
from .job_event import JobEvent
from .rollback import Rollback
from .task import Task

if TYPE_CHECKING:
    from ..services import Services
    from .desired_state import Change
    from .ports import Deployment


def deployment_lifecycle(change: Change, services: Services) -> ServingLifecycle[Deployment]:
    """Return what carries out one event of a deployment.

    Args:
        change: the event.
        services: the services of AWS.
    """
    task, follow = Task(change, services), change.desired.follow
    steps = Steps(
        problems=problems(change),
        delete=Deletion(task).run,
        roll_back=Rollback(task).run,
        apply=(JobEvent(task, follow) if follow else Deploying(task)).run,
    )
    return ServingLifecycle(change, task, steps)
