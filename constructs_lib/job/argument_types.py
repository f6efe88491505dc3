"""How a value that a user gave is recognized, and how an error shows it."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass

from ..findings import Described, Finding, InvalidJob, error
from ..request.tokens import is_known

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
ROLE_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
"""The name of a role."""
ROLE_PATH = re.compile(r"/(?:[!-~]{1,510}/)?")
"""The path of a role."""


def shown(value: object) -> object:
    """Return a short value as it is, and the type of any other."""
    if isinstance(value, float) and not is_known(value):
        return Described("a token of a number")
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        given = ", ".join(one.name for one in fields(value) if getattr(value, one.name) not in (None, "", {}))
        return Described(f"{type(value).__name__}({given and '...'})")
    kinds = (one.__name__ for one in type(value).__mro__)
    return Described(with_article(next(name for name in kinds if not name.startswith("_"))))


def no_construct(scope: object, fix: str = "pass a stack, or a construct in one") -> Finding:
    """Return the error that a scope is no construct.

    Args:
        scope: what was given.
        fix: what to do. Default: to pass a stack, or a construct in one.
    """
    return error("argument-type", "scope", "must be a construct", shown(scope), fix)


def wrong_type(path: str, rule: str, got: object, fix: str = "correct the argument") -> Finding:
    """Return the error about an argument of another type.

    Args:
        path: the argument.
        rule: what it must be.
        got: what was given.
        fix: what to do. Default: to correct the argument.
    """
    return error("argument-type", path, rule, shown(got), fix)


def has(value: object, attribute: str) -> bool:
    """Return whether a value has an attribute; the class of a construct is read without the Node process."""
    return hasattr(type(value), attribute) or hasattr(value, attribute)


def topic_problems(topic: object, path: str = "topic") -> list[Finding]:
    """Return the error about a value that is no topic.

    Args:
        topic: what was given.
        path: the argument. Default: `topic`.
    """
    if has(topic, "topic_arn"):
        return []
    fix = "pass the topic; aws_sns.Topic.from_topic_arn imports one"
    return [wrong_type(path, "must be an aws_sns.ITopic", topic, fix)]


def check_topic(topic: object, where: str) -> None:
    """Raise an error unless a value is a topic.

    Args:
        topic: what was given.
        where: the path of what sends messages to it.
    """
    if problems := topic_problems(topic):
        raise InvalidJob(where, problems)


def is_whole_number(value: object) -> bool:
    """Return whether a value is a whole number; the token of a number is one, a boolean is not."""
    if isinstance(value, float):
        return not is_known(value)
    return isinstance(value, int) and not isinstance(value, bool)


def with_article(name: str) -> str:
    """Return the name of a class after its article."""
    return f"{'an' if name[:1] in 'AEIOUaeiou' else 'a'} {name}"
