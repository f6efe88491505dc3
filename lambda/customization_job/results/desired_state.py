"""What an event of a result asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from contract.resource import (
    FAIL_ON_FAILURE_PROPERTY,
    FAIL_ON_TIMEOUT_PROPERTY,
    JOB_ARN_PROPERTY,
    SECONDS_PROPERTY,
    UNTIL_PROPERTY,
    Until,
)

from ..frame.properties import text
from ..jobs.desired_state import is_job_arn

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECONDS = re.compile(r"[1-9][0-9]{0,4}")
_UNTIL = {one.value for one in Until}
_BOOLEANS = ("true", "false")
_LONGEST = 720


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredState:
    """What the template asks for.

    Args:
        job_arn: the job's ARN.
        until: `Validation` or `Completion`.
        seconds: for how long the validation is waited for; for `Completion` the timeout of the wait
            condition.
        fails_on_failure: whether a job that failed or was stopped fails the deployment.
        fails_on_timeout: whether a job that is not complete in time fails the deployment.
    """

    job_arn: str
    until: str
    seconds: int
    fails_on_failure: bool
    fails_on_timeout: bool

    @classmethod
    def of(cls, properties: object) -> Self:
        """Read the properties of an event; what is not valid gets the value that fails nothing."""
        given = _texts(properties)
        seconds = given[SECONDS_PROPERTY]
        return cls(
            job_arn=given[JOB_ARN_PROPERTY],
            until=given[UNTIL_PROPERTY],
            seconds=int(seconds) if _SECONDS.fullmatch(seconds) else 0,
            fails_on_failure=given[FAIL_ON_FAILURE_PROPERTY] == "true",
            fails_on_timeout=given[FAIL_ON_TIMEOUT_PROPERTY] == "true",
        )

    @property
    def is_for_completion(self) -> bool:
        """Whether the end of the job is waited for, and not only its validation."""
        return self.until == Until.COMPLETION.value

    @property
    def longest_poll(self) -> float:
        """Seconds for which the event itself waits."""
        return _LONGEST if self.is_for_completion else min(self.seconds, _LONGEST)


def problems(properties: object, stack_id: str) -> Iterator[str]:
    """Yield everything that is wrong with the properties, in sentences."""
    given = _texts(properties)
    if not is_job_arn(given[JOB_ARN_PROPERTY], stack_id):
        yield f"{JOB_ARN_PROPERTY} must be the ARN of a job in the stack's account and Region; correct it"
    if given[UNTIL_PROPERTY] not in _UNTIL:
        yield f"{UNTIL_PROPERTY} must be one of {', '.join(sorted(_UNTIL))}; correct it"
    if not _SECONDS.fullmatch(given[SECONDS_PROPERTY]):
        yield f"{SECONDS_PROPERTY} must be a whole number from 1 to 99999; correct it"
    for name in (FAIL_ON_FAILURE_PROPERTY, FAIL_ON_TIMEOUT_PROPERTY):
        if given[name] not in _BOOLEANS:
            yield f"{name} must be true or false; correct it"


def _texts(properties: object) -> dict[str, str]:
    given = properties if isinstance(properties, Mapping) else {}
    names = (
        JOB_ARN_PROPERTY,
        UNTIL_PROPERTY,
        SECONDS_PROPERTY,
        FAIL_ON_FAILURE_PROPERTY,
        FAIL_ON_TIMEOUT_PROPERTY,
    )
    return {name: text(given.get(name)) for name in names}
