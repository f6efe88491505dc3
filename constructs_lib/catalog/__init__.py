"""What Bedrock documents about customizable models, and how to look it up; no rules, and never the CDK."""

from .catalog import Catalog
from .documents import CatalogError
from .model import (
    CharactersPerToken,
    CustomizationFacts,
    DataFileNames,
    Dataset,
    DatasetRule,
    DistillationPair,
    Hosting,
    HyperParameter,
    InferenceIds,
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
    "DataFileNames",
    "Dataset",
    "DatasetRule",
    "DistillationPair",
    "Hosting",
    "HyperParameter",
    "InferenceIds",
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
