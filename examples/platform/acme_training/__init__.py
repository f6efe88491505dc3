"""How Acme customizes models: import this package, not `constructs_lib`."""

from acme_training.company_rules import apply_company_rules
from acme_training.fine_tuned_model import FineTunedModel

__all__ = ["FineTunedModel", "apply_company_rules"]
