"""Rules, and the generators of their findings: usually one generator for one rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..findings import Finding, Severity
    from .subject import Subject

Find: TypeAlias = "Callable[[Subject], Iterator[Finding]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule, by its id.

    Args:
        name: the id without `bedrock-customization:`.
        summary: what it reports, in one sentence.
        severity: how serious its most serious finding is.
        is_documented: whether it is based on AWS's documents, which may be out of date: its errors can be
            overruled. Errors about the service model, a policy or a template cannot.
    """

    name: str
    summary: str
    severity: Severity = "error"
    is_documented: bool = False

    @property
    def is_fixed(self) -> bool:
        """Whether it cannot be overruled."""
        return self.severity == "error" and not self.is_documented


RULES: dict[str, Rule] = {}
"""Every rule, by name. The documentation, `Checks` and `--rule` know these names and no others."""

FINDERS: list[Find] = []
"""The generators of findings, in the order of the modules below `rules`."""


def rule(
    name: str, summary: str, severity: Severity = "error", *, is_documented: bool = False
) -> Callable[[Find], Find]:
    """Register a generator of the findings of one rule; see `Rule` for the arguments."""
    return rules({name: summary}, severity, is_documented=is_documented)


def rules(
    summaries: Mapping[str, str], severity: Severity = "error", *, is_documented: bool = False
) -> Callable[[Find], Find]:
    """Register one generator of the findings of several rules.

    Args:
        summaries: one sentence for each rule, by name.
        severity: as for `Rule`.
        is_documented: as for `Rule`.
    """
    register(summaries, severity, is_documented=is_documented)

    def registered(find: Find) -> Find:
        FINDERS.append(find)
        return find

    return registered


def register(
    summaries: Mapping[str, str], severity: Severity = "error", *, is_documented: bool = False
) -> None:
    """Register rules whose findings are made outside this package, such as by the reader of job files.

    Args:
        summaries: one sentence for each rule, by name.
        severity: as for `Rule`.
        is_documented: as for `Rule`.

    Raises:
        ValueError: two rules have one name.
    """
    for name, summary in summaries.items():
        if name in RULES:
            raise ValueError(f"two rules are called {name!r}")
        RULES[name] = Rule(name=name, summary=summary, severity=severity, is_documented=is_documented)
