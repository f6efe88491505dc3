"""What is wrong with a job's definition."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from constructs_lib.contract import Violation, printable
from constructs_lib.findings import InvalidJob

__all__ = ["Doubt", "InvalidJob", "Problem", "renamed"]


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
