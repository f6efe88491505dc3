"""What Bedrock documents about customizable models, and how to look it up; no rules, and never the CDK."""

from constructs_lib.catalog.catalog import Catalog
from constructs_lib.catalog.documents import CatalogError
from constructs_lib.catalog.model import (
    CharactersPerToken,
    CustomizationFacts,
    Dataset,
    DatasetRule,
    DistillationPair,
    Hosting,
    HyperParameter,
    Lifecycle,
    Limit,
    Model,
    NotCustomizable,
    Quantity,
    Reason,
    Regions,
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
    "Quantity",
    "Reason",
    "Regions",
    "Teacher",
    "ValidationData",
]
