"""The rule that lets the function look at the jobs of its stack: when one has ended, and every hour.

Events may be lost, so the schedule is what can be relied on; events make it faster. What an event says is not
passed on: the function reads from CloudFormation and Bedrock which job its stack has and how it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from constructs import Construct, IValidation

from ..contract.follow import (
    BUCKET,
    FOLLOW,
    JOB,
    JOB_KIND,
    KEEP,
    KIND,
    LONGEST_INPUT,
    PARAMETER,
    PREFIX,
    RESOURCE,
    STORES,
    THINGS,
)
from ..contract.promotion import BUCKET_MEMBER, PREFIX_MEMBER
from ..permissions import resolved_length
from .events import DETAIL_TYPE, ENDED, SOURCE
from .nag_suppressions import FOLLOW_RULE, acknowledge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .stack_env import StackEnv

_MOST_TARGETS = 5
"""Targets of one rule (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html)."""

_LONGEST_PATTERN = 2048
"""Characters of an event pattern; see the same page."""

_LONGEST_PREFIX = "x" * 56
"""A placeholder as long as the longest generated prefix of a job's name, whose parts are tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Something that depends on a job: a parameter, a deployment, or the metrics of the job itself.

    Args:
        kind: one of the kinds in `contract.follow`.
        job: the job's resource.
        names: the names of the job as event patterns have them.
        resource: the resource of the parameter or the deployment. Default: the metrics of the job.
        parameter: the name of the parameter. Default: none.
        store: the bucket and the prefix with the records of a promotion. Default: every model is promoted.
        keep: how many models of the job are kept. Default: all.
        stores: bucket and prefix of the records of each promotion of the job's models; it may still grow.
    """

    kind: str
    job: cdk.CfnResource
    names: Sequence[object]
    resource: cdk.CfnResource | None = None
    parameter: str | None = None
    store: tuple[str, str] | None = None
    keep: int | None = None
    stores: Sequence[Mapping[str, str]] = ()


# A validation, because the logical ids are final only when the app is synthesized.
@jsii.implements(IValidation)
class FollowRule(Construct):
    """The rule of one function, its target, and the permission to call the function.

    Args:
        scope: the function's provider.
        id: its id there.
        env: the stack of the function.
        function_arn: the function.
    """

    def __init__(self, scope: Construct, id: str, *, env: StackEnv, function_arn: str) -> None:
        from aws_cdk import aws_events as events
        from aws_cdk import aws_lambda as lambda_

        super().__init__(scope, id)
        self._env = env
        self._function_arn = function_arn
        self._followed: list[Followed] = []
        rule = events.CfnRule(
            self,
            "Rule",
            description="Lets a function look at model customization jobs that have ended, and every hour",
            event_pattern=cdk.Lazy.uncached_any(_Pattern(self)),
            schedule_expression="rate(1 hour)",
            targets=cdk.Lazy.uncached_any(_Targets(self)),
        )
        lambda_.CfnPermission(
            self,
            "Permission",
            action="lambda:InvokeFunction",
            function_name=function_arn,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )
        acknowledge(rule, FOLLOW_RULE)
        self.node.add_validation(self)

    def add(self, followed: Followed) -> None:
        """Add something that depends on a job; the metrics of one job are added once."""
        if followed.kind == JOB_KIND and any(
            one.kind == JOB_KIND and one.job is followed.job for one in self._followed
        ):
            return
        self._followed.append(followed)

    def validate(self) -> list[str]:
        """Return what is wrong once the whole app is defined."""
        if len(list(self._inputs())) <= _MOST_TARGETS:
            return []
        problem = (
            f"too much depends on the jobs of one function: a rule has {_MOST_TARGETS} targets, and each has "
            f"an input of at most {LONGEST_INPUT} characters; give some jobs a JobProvider of their own, or "
            "use shorter names of parameters"
        )
        return [problem]

    def pattern(self) -> dict[str, Any]:
        """Return the event pattern: the jobs of the stack, or every job where their names are too long."""
        names = list({json.dumps(name): name for one in self._followed for name in one.names}.values())
        pattern = _pattern(names)
        longest = _pattern([{"prefix": _LONGEST_PREFIX} if isinstance(one, dict) else one for one in names])
        return pattern if resolved_length(longest) <= _LONGEST_PATTERN else _pattern([])

    def targets(self) -> list[dict[str, str]]:
        """Return the targets as CloudFormation takes them, each with a part of what depends on the jobs."""
        return [
            {"id": f"Function{number}", "arn": self._function_arn, "input": text}
            for number, text in enumerate(self._inputs(), 1)
        ]

    def _inputs(self) -> Iterator[str]:
        """Yield the inputs: as many things in each as it has room for."""
        taken: list[str] = []
        for one in self._followed:
            text = json.dumps(self._thing(one), separators=(",", ":"))
            if taken and resolved_length(self._input([*taken, text])) > LONGEST_INPUT:
                yield self._input(taken)
                taken = []
            taken.append(text)
        if taken:
            yield self._input(taken)

    def _input(self, things: Sequence[str]) -> str:
        return f'{{"{FOLLOW}":"{self._env.stack.stack_id}","{THINGS}":[{",".join(things)}]}}'

    def _thing(self, followed: Followed) -> Mapping[str, Any]:
        resolve = self._env.stack.resolve
        thing: dict[str, Any] = {KIND: followed.kind, JOB: resolve(followed.job.logical_id)}
        if followed.resource is not None:
            thing[RESOURCE] = resolve(followed.resource.logical_id)
        if followed.parameter is not None:
            thing[PARAMETER] = followed.parameter
        if followed.store is not None:
            thing[BUCKET], thing[PREFIX] = followed.store
        if followed.keep is not None:
            stores = [(one[BUCKET_MEMBER], one[PREFIX_MEMBER]) for one in followed.stores]
            thing[KEEP] = str(followed.keep)
            thing[STORES] = [{BUCKET: bucket, PREFIX: prefix} for bucket, prefix in stores]
        return thing


def _pattern(names: Sequence[object]) -> dict[str, Any]:
    detail = {**({"jobName": names} if names else {}), "jobStatus": list(ENDED)}
    return {"source": [SOURCE], "detail-type": [DETAIL_TYPE], "detail": detail}


@jsii.implements(cdk.IAnyProducer)
class _Pattern:
    def __init__(self, rule: FollowRule) -> None:
        self._rule = rule

    def produce(self, _context: cdk.IResolveContext) -> dict[str, Any]:
        return self._rule.pattern()


@jsii.implements(cdk.IAnyProducer)
class _Targets:
    def __init__(self, rule: FollowRule) -> None:
        self._rule = rule

    def produce(self, _context: cdk.IResolveContext) -> list[dict[str, str]]:
        return self._rule.targets()
