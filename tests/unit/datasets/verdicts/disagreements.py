"""Where this library judges data otherwise than AWS's own validators, and why."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tests.unit.datasets.verdicts.ours import Disagreement


@dataclass(frozen=True)
class Listed:
    """A kind of disagreement that is meant.

    Args:
        direction: whether this library is stricter or milder.
        reason: why.
        source: what says so: key of the catalogue's sources, or of `SOURCES`.
        rules: this library's rules that the data breaks. Default: any.
        refused_for: why AWS's validators refuse the data, those that do. Default: any.
        families: a pattern for the families.
        mutations: patterns for the names of the mutations.
    """

    direction: Literal["stricter", "milder"]
    reason: str
    source: str
    rules: tuple[str, ...] = ()
    refused_for: tuple[str, ...] = ()
    families: str = "*"
    mutations: tuple[str, ...] = ("*",)

    def explains(self, found: Disagreement) -> bool:
        """Return whether a disagreement is of this kind."""
        reasons = {*found.reasons} - {"accepted"}
        return (
            found.direction == self.direction
            and (not self.rules or found.rules <= {*self.rules})
            and (not self.refused_for or reasons <= {*self.refused_for})
            and fnmatchcase(found.family, self.families)
            and any(fnmatchcase(found.mutation, pattern) for pattern in self.mutations)
        )


DISAGREEMENTS: tuple[Listed, ...] = ()
