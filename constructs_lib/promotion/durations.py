"""Times of promotions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from ..findings import error
from ..job.argument_types import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..findings import Finding


def seconds_of(path: str, given: object) -> tuple[float | None, Sequence[Finding]]:
    """Return the seconds of a duration, None where they are not known at synthesis, and what is wrong.

    Args:
        path: the argument.
        given: what was given.
    """
    if not isinstance(given, cdk.Duration):
        fix = "write Duration.hours(1)"
        return None, [error("argument-type", path, "must be an aws_cdk.Duration", shown(given), fix)]
    return (None if given.is_unresolved() else given.to_seconds(integral=False)), ()
