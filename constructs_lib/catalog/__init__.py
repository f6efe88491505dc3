"""What Bedrock documents about customizable models, and how to look it up; no rules, and never the CDK."""

from .catalog import Catalog
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
    "Catalog",
    "CatalogError",
    "CharactersPerToken",
    "CustomizationFacts",
    "Dataset",
    "DatasetRule",
    "DistillationPair",
    "Hosting",
    "HyperParameter",
    "Lifecycle",
    "Limit",
    "Model",
    "NotCustomizable",
    "Reason",
    "Regions",
    "Teacher",
    "ValidationData",
]
