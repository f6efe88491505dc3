"""How many jobs of a stack would start at once, and how many the account takes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import aws_cdk as cdk

if TYPE_CHECKING:
    from constructs_lib.job.stack_env import StackEnv

SCHEDULED_JOBS = 10
"""Customization jobs that an account may have scheduled in a Region; AWS does not adjust it.

https://docs.aws.amazon.com/general/latest/gr/bedrock.html
"""

_WARNING = (
    f"this stack defines more than {SCHEDULED_JOBS} jobs, and Bedrock takes {SCHEDULED_JOBS} scheduled jobs "
    "in an account and Region: it refuses the others. Ordering them inside the stack does not help, because "
    "a job counts until it has ended, and a deployment does not wait for that. Put some into another stack "
    "and deploy it when jobs have ended, or acknowledge this warning"
)
_COUNTS: WeakKeyDictionary[cdk.Stack, int] = WeakKeyDictionary()


def count_job(place: StackEnv) -> None:
    """Count one more job of a stack, and warn when the account cannot take them all."""
    count = _COUNTS[place.stack] = _COUNTS.get(place.stack, 0) + 1
    if count == SCHEDULED_JOBS + 1:
        annotations = cdk.Annotations.of(place.stack)
        annotations.add_warning_v2("bedrock-customization:scheduled-jobs", _WARNING)
