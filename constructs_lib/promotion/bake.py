"""The time after a promotion in which alarms take the new model back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..checks.rules import promotion as rules
from ..contract.promotion import ALARMS_MEMBER, MINIMUM_INVOCATIONS_MEMBER, SECONDS_MEMBER
from ..findings import error
from ..job.argument_types import has, shown
from ..permissions import alarm_statements
from .durations import seconds_of
from .places import place_findings

if TYPE_CHECKING:
    import aws_cdk as cdk
    from aws_cdk import aws_cloudwatch as cloudwatch

    from ..findings import Finding
    from ..job.stack_env import StackEnv
    from ..permissions import Statement

_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Bake:
    """A time after each promotion in which alarms of CloudWatch take the new model back.

    If one of the alarms goes into the state ALARM within this time, the model is withdrawn: its predecessor
    serves again, and the model is not promoted any more. An alarm that is in ALARM before lets the promotion
    wait.

    Args:
        alarms: 1 to 10 alarms of the stack's account and Region, no composite ones. They must not depend on
            what is promoted.
        duration: how long, 15 minutes to 24 hours. Default: 1 hour.
        minimum_invocations: how often the deployment must be invoked within that time; where it is invoked
            less, the time is extended up to 24 hours. Default: invocations are not counted.
    """

    alarms: Sequence[cloudwatch.IAlarm | cloudwatch.Alarm]
    duration: cdk.Duration | None = None
    minimum_invocations: int = 0

    def findings(self, env: StackEnv, *, has_deployment: bool) -> Iterator[Finding]:
        """Yield what is wrong with the arguments.

        Args:
            env: the stack.
            has_deployment: whether it is for a deployment, and not for a parameter.
        """
        given: object = self.alarms
        if isinstance(given, str) or not isinstance(given, Sequence):
            fix = "write alarms=[alarm]"
            yield error("argument-type", "bake.alarms", "must be a list of alarms", shown(given), fix)
            given = ()
        for index, alarm in enumerate(given):
            yield from _alarm_findings(f"bake.alarms[{index}]", alarm, env)
        number: object = self.minimum_invocations
        yield from rules.count_findings("bake.minimum_invocations", number, 0)
        seconds: float | None = _HOUR
        if self.duration is not None:
            seconds, wrong = seconds_of("bake.duration", self.duration)
            yield from wrong
            if wrong:
                seconds = _HOUR
        yield from rules.bake_findings(
            seconds, len(given), counts=number not in (0, False), has_deployment=has_deployment
        )

    @property
    def members(self) -> dict[str, Any]:
        """It as the template has it."""
        seconds = _HOUR if self.duration is None else int(self.duration.to_seconds(integral=False))
        return {
            ALARMS_MEMBER: [one.alarm_name for one in self.alarms],
            SECONDS_MEMBER: str(seconds),
            MINIMUM_INVOCATIONS_MEMBER: str(self.minimum_invocations),
        }

    @property
    def statements(self) -> list[Statement]:
        """What the function must be permitted."""
        arns = [one.alarm_arn for one in self.alarms]
        return alarm_statements(arns, counts_invocations=self.minimum_invocations > 0)


def _alarm_findings(path: str, alarm: object, env: StackEnv) -> Iterator[Finding]:
    from aws_cdk import aws_cloudwatch as cloudwatch

    if not has(alarm, "alarm_arn"):
        yield error(
            "argument-type", path, "must be an alarm of CloudWatch", shown(alarm), "give a cloudwatch.Alarm"
        )
    elif isinstance(alarm, cloudwatch.CompositeAlarm):
        yield rules.composite_alarm(path)
    else:
        yield from place_findings(path, alarm, env, "an alarm")
