"""What a rule is: one generator with one id, or one walk that knows several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from constructs_lib.checks.subject import Subject
    from constructs_lib.findings import Finding, Severity

Find: TypeAlias = "Callable[[Subject], Iterator[Finding]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule, by its id.

    Args:
        name: the id without `bedrock-customization:`.
        summary: what it reports, in one sentence.
        severity: how serious its most serious finding is.
        is_documented: whether it rests on AWS's documents, which may be behind the service: its errors can
            be overruled. What the service model, a policy or a template forbids cannot.
    """

    name: str
    summary: str
    severity: Severity = "error"
    is_documented: bool = False

    @property
    def is_fixed(self) -> bool:
        """Whether nobody can overrule it."""
        return self.severity == "error" and not self.is_documented


RULES: dict[str, Rule] = {}
"""Every rule, by name. The documentation, `Checks` and `--rule` know these names and no others."""

FINDERS: list[Find] = []
"""What looks for findings, in the order of the modules below `rules`."""


def rule(
    name: str, summary: str, severity: Severity = "error", *, is_documented: bool = False
) -> Callable[[Find], Find]:
    """Register a generator of the findings of one rule; see `Rule` for the arguments."""
    return rules({name: summary}, severity, is_documented=is_documented)


def rules(
    summaries: Mapping[str, str], severity: Severity = "error", *, is_documented: bool = False
) -> Callable[[Find], Find]:
    """Register a generator of the findings of several rules that one walk looks for.

    Args:
        summaries: one sentence for each rule, by name.
        severity: as for `Rule`.
        is_documented: as for `Rule`.
    """
    known(summaries, severity, is_documented=is_documented)

    def registered(find: Find) -> Find:
        FINDERS.append(find)
        return find

    return registered


def known(summaries: Mapping[str, str], severity: Severity = "error", *, is_documented: bool = False) -> None:
    """Register rules whose findings others than this package make, such as the reader of job files.

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
