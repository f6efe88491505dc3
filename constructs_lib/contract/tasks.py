"""What a state machine of the stack asks the function to do, and what the function returns to it."""

from __future__ import annotations

TASK = "task"
"""The one member of the event: an object with the members below, and those of its kind."""

KIND = "kind"
"""One of the kinds below."""

STACK_ID = "stackId"
"""The ARN of the stack that the function belongs to."""

RESOURCE = "resource"
"""The logical id of the resource that the task is about, such as the job, the throughput or the sweep."""

WAIT_KIND = "wait"
"""A wait condition gets signals as the job proceeds: `waitCondition`, `until`, `sent`, `looks`, `missing`."""

SWEEP_KIND = "sweep"
"""A step of a sweep."""

EXPIRE_KIND = "expire"
"""A provisioned throughput is deleted when its time is over, which a tag of it says: `name`."""

PROMOTION_KIND = "promotion"
"""A model is promoted, rejected or withdrawn: `thing`, `model` and `until`."""

THING = "thing"
"""What the model is to serve: an object with the members of a thing in `contract.follow`."""

MODEL = "model"
"""The id of the model that the task is about."""

NAME = "name"
"""The name of the throughput."""

WAIT_CONDITION = "waitCondition"
"""The logical id of the wait condition."""

UNTIL = "until"
"""When to stop waiting, or when the next execution goes on, in seconds since 1970."""

SENT = "sent"
"""How many signals have been sent."""

LOOKS = "looks"
"""How often the job has been looked at."""

MISSING = "missing"
"""How often in succession Bedrock has not found the job."""

IS_OVER = "isOver"
"""In what is returned, beside `task`, which the next event has: whether there is nothing left to do."""

PAUSE = "pause"
"""In what is returned: the seconds until the next event."""

SIGNALS = 4
"""How many signals the wait condition of a job needs."""
