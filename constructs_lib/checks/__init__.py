"""Everything that is wrong with a job, said once, before anything is billed; never imports the CDK."""

from .check import check, not_checked
from .rule import RULES, Rule
from .severities import Checks
from .subject import NetworkFacts, RoleFacts, Subject

__all__ = ["RULES", "Checks", "NetworkFacts", "RoleFacts", "Rule", "Subject", "check", "not_checked"]
