"""What the template asks for of a deployment or a throughput, as far as both are alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from contract.resource import deployment_name

from ..frame.event import ResourceChange

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_NAME = 63
_NAME = re.compile(r"(?:[0-9a-zA-Z][_-]?)+")


class Desired(Protocol):
    """What the template asks for."""

    @property
    def exact_name(self) -> str:
        """Its name; "" where one is generated."""
        ...

    @property
    def model_arn(self) -> str:
        """The model's ARN; "" where it is not known."""
        ...

    @property
    def tags(self) -> Mapping[str, str]:
        """Its tags, without those of ownership."""
        ...


_Desired_co = TypeVar("_Desired_co", bound=Desired, covariant=True)


@dataclass(frozen=True, kw_only=True)
class ServingChange(ResourceChange[_Desired_co]):
    """One event of a deployment or a throughput."""

    @property
    def name(self) -> str:
        """The desired name, which every event of the resource can tell."""
        return self.desired.exact_name or deployment_name(self.stack_id, self.logical_id)

    @property
    def previous_name(self) -> str:
        """The name before an Update."""
        return self.previous.exact_name or deployment_name(self.stack_id, self.logical_id)

    def request(self, model_arn: str, tags: Mapping[str, str]) -> dict[str, object]:
        """Return the API request that creates what is desired.

        Args:
            model_arn: the model's ARN.
            tags: its tags, with those of ownership.
        """
        raise NotImplementedError


def is_name(text: str) -> bool:
    """Return whether Bedrock could have a deployment or a throughput of this name."""
    return len(text) <= LONGEST_NAME and _NAME.fullmatch(text) is not None


def name_problem(name: str) -> str:
    """Return what a name must be, for one that is not valid."""
    return (
        f"{name} must have at most {LONGEST_NAME} letters, digits, - and _, must begin with a letter or a "
        "digit, and must not have two of - and _ in a row; correct it"
    )
