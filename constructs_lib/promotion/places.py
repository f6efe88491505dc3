"""Where something is that a promotion uses, and whether it is one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..checks.rules import promotion as rules
from ..checks.rules.data import differ
from ..permissions import ALARM, FUNCTION, TOPIC, wildcard_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..findings import Finding
    from ..job.stack_env import StackEnv

_ARNS = {
    "a function": ("function_arn", FUNCTION),
    "a topic": ("topic_arn", TOPIC),
    "an alarm": ("alarm_arn", ALARM),
}


def place_findings(path: str, construct: Any, env: StackEnv, noun: str) -> Iterator[Finding]:  # noqa: ANN401 - a resource of the CDK
    """Yield an error if a construct is in another account or Region than a stack, or may be several.

    Args:
        path: the argument.
        construct: the construct.
        env: the stack.
        noun: what it is: a function, a topic or an alarm.
    """
    attribute, kind = _ARNS[noun]
    yield from wildcard_problems(path, getattr(construct, attribute), kind)
    place = construct.env
    others = {"account": (place.account, env.account), "Region": (place.region, env.region)}
    names = [name for name, (one, own) in others.items() if differ(one, own)]
    if names:
        yield rules.elsewhere(path, noun, names)
