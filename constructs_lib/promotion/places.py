"""Where something is that a promotion uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..checks.rules import promotion as rules
from ..checks.rules.data import differ

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..findings import Finding
    from ..job.stack_env import StackEnv


def place_findings(path: str, construct: Any, env: StackEnv, noun: str) -> Iterator[Finding]:  # noqa: ANN401 - a resource of the CDK
    """Yield an error if a construct is in another account or Region than a stack.

    Args:
        path: the argument.
        construct: the construct.
        env: the stack.
        noun: what it is.
    """
    place = construct.env
    others = {"account": (place.account, env.account), "Region": (place.region, env.region)}
    names = [name for name, (one, own) in others.items() if differ(one, own)]
    if names:
        yield rules.elsewhere(path, noun, names)
