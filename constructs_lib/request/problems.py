"""What is wrong with a job's definition, and the one exception that says it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from constructs_lib.contract import Violation, printable

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Problem(Violation):
    """One thing that is wrong with a job's definition; printed, it is one sentence.

    Args:
        path: Where: the typed name (`customization.hyper_parameters`) for values, the API's for a request.
        rule: What must hold there.
        got: What was found there.
        fix: What to do about it.
    """


_Any = TypeVar("_Any", bound=Violation)


def renamed(problem: _Any, path: str) -> _Any:
    """Give the same problem under another name of its place.

    Args:
        problem: What is wrong.
        path: Where, in other words: the typed name in the place of the API's.
    """
    return replace(problem, path=path)


class InvalidJob(ValueError):  # noqa: N818 - users read "invalid job", and catch it as a ValueError
    """Everything that is wrong with one job's definition, at once.

    Args:
        where: The construct's path, or the file's name.
        problems: What is wrong, at least one.
    """

    def __init__(self, where: str, problems: Iterable[Problem]) -> None:
        self.where = where
        self.problems = tuple(problems)
        lines = [f"{printable(where)} cannot be defined:", *(f"  - {problem}" for problem in self.problems)]
        super().__init__("\n".join(lines))


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that Bedrock's model allows and that is probably not meant: a warning, not an error.

    Args:
        id: Stable, so that it can be acknowledged: `bedrock-customization:continued-pre-training`.
        path: Where, in the API's words.
        sentence: What is doubtful, and what to do.
    """

    id: str
    path: str
    sentence: str

    def __str__(self) -> str:
        return printable(f"{self.path}: {self.sentence}")
