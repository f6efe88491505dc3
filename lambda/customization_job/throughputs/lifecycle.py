"""Which module of this folder carries out which kind of event of a throughput."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..serving.lifecycle import ServingLifecycle, Steps
from .buying import Buying
from .deletion import Deletion
from .desired_state import problems
from .rollback import Rollback
from .task import Task

if TYPE_CHECKING:
    from ..services import Services
    from .desired_state import Change
    from .ports import Throughput


def throughput_lifecycle(change: Change, services: Services) -> ServingLifecycle[Throughput]:
    """Return what carries out one event of a throughput.

    Args:
        change: the event.
        services: the services of AWS.
    """
    task = Task(change, services)
    steps = Steps(
        problems=problems(change),
        delete=Deletion(task).run,
        roll_back=Rollback(task).run,
        apply=Buying(task).run,
    )
    return ServingLifecycle(change, task, steps)
