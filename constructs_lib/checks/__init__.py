"""All checks of a job before it is deployed. This package never imports the CDK."""

from constructs_lib.checks.restrictions import Restrictions
from constructs_lib.checks.rule import RULES, Rule
from constructs_lib.checks.run_rules import check, not_checked, with_overrule
from constructs_lib.checks.severities import Checks
from constructs_lib.checks.subject import BrokenReference, ConstructFacts, NetworkFacts, RoleFacts, Subject

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
