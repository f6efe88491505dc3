"""What Bedrock documents about customizable models, and the checks that rest on it; never imports the CDK."""

from .catalog import Catalog
from .check import check
from .checks import Checks
from .decode import CatalogError
from .figures import (
    CharactersPerToken,
    DatasetRule,
    Hosting,
    HyperParameter,
    Lifecycle,
    Limit,
    Reason,
    Regions,
)
from .findings import RULES, Finding, Severity
from .model import (
    CustomizationFacts,
    Dataset,
    DistillationPair,
    Model,
    NotCustomizable,
    Teacher,
    ValidationData,
)

__all__ = [
    "RULES",
    "Catalog",
    "CatalogError",
    "CharactersPerToken",
    "Checks",
    "CustomizationFacts",
    "Dataset",
    "DatasetRule",
    "DistillationPair",
    "Finding",
    "Hosting",
    "HyperParameter",
    "Lifecycle",
    "Limit",
    "Model",
    "NotCustomizable",
    "Reason",
    "Regions",
    "Severity",
    "Teacher",
    "ValidationData",
    "check",
]
