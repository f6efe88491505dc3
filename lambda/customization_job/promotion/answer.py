"""What a condition of a promotion answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

YES, NO, UNSURE, LATER = "yes", "no", "unsure", "later"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of one condition.

    Args:
        answer: `yes`, `no`, `unsure`, or `later` where it is to be asked again.
        reason: why, in a sentence without a full stop.
        numbers: what it was decided by. Default: nothing.
        pause: for `later`, the seconds until it is asked again. Default: 60.
    """

    answer: str
    reason: str
    numbers: Mapping[str, object] = field(default_factory=dict)
    pause: float = 60.0
