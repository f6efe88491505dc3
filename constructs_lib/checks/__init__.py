"""All checks of a job before it is deployed. This package never imports the CDK."""

from .restrictions import Restrictions
from .rule import RULES, Rule
from .run_rules import check, not_checked, with_overrule
from .severities import Checks
from .subject import BrokenReference, ConstructFacts, NetworkFacts, RoleFacts, Subject

__all__ = [
    "RULES",
    "BrokenReference",
    "Checks",
    "ConstructFacts",
    "NetworkFacts",
    "Restrictions",
    "RoleFacts",
    "Rule",
    "Subject",
    "check",
    "not_checked",
    "with_overrule",
]
