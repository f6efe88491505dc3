"""The task `promotion`: what a look does, again and again, and the conditions that take minutes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from contract.follow import DEPLOYMENT_KIND
from contract.promotion import model_id
from contract.tasks import MODEL, THING, UNTIL

from ..follow import why_nothing_is_followed
from ..frame.event import EventError
from ..frame.look import Look, read_thing
from ..frame.task import Task, TaskResult
from ..jobs.current import read_current_job
from .follow import Promotion

if TYPE_CHECKING:
    from ..services import Services

_MODEL = re.compile(r"[A-Za-z0-9-]{1,64}")
_LATER, _AFTER_ERROR = 60.0, 600.0


def carry_out(task: Task, services: Services) -> TaskResult:
    """Look once.

    Raises:
        EventError: the task is not one of a promotion.
        AwsError: something could not be read or written.
    """
    thing, model, until = read_thing(task.members.get(THING)), task.text(MODEL, _MODEL), task.number(UNTIL)
    if not thing.bucket:
        raise EventError(f"{THING} has no store")
    stack = services.stacks.get_stack(task.stack_id, is_needed=False)
    if note := why_nothing_is_followed(stack):
        is_for_good = not stack.status or stack.status.startswith("DELETE_") or services.retry.now >= until
        return TaskResult(note, pause=None if is_for_good else _LATER)
    promotion = Promotion(task.stack_id, thing, services, is_task=True)
    current = read_current_job(task.stack_id, thing.job, services.bedrock, services.stacks)
    if thing.kind == DEPLOYMENT_KIND:
        from ..deployments.look import follow
    else:
        from ..published.look import follow
    result = follow(Look(stack_id=task.stack_id, things=(thing,)), thing, current, services, promotion)
    pause = promotion.pause
    if pause is not None and result.level == "ERROR":
        pause = max(pause, _AFTER_ERROR)
    if pause is not None and (model_id(promotion.subject) != model or services.retry.now >= until):
        promotion.start()  # of another model, or of the next window
        pause = None
    return TaskResult(result.decision, pause=pause, level=result.level)
