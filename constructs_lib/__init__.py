"""Amazon Bedrock model customization jobs as AWS CDK constructs."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.catalog import Catalog
    from constructs_lib.checks import Checks
    from constructs_lib.findings import Finding, InvalidJob
    from constructs_lib.job.interface import IModelCustomizationJob
    from constructs_lib.job.job import ModelCustomizationJob
    from constructs_lib.job.network import JobNetwork
    from constructs_lib.job.provider import JobProvider
    from constructs_lib.job.provider_settings import ProviderSettings
    from constructs_lib.job.roles import ServiceRole
    from constructs_lib.job.storage import AWS_OWNED_KEY, OutputBucket
    from constructs_lib.request import (
        BaseModel,
        Customization,
        HyperParameters,
        InvocationLogs,
        MediaData,
        MetadataFilter,
        OnDelete,
        OutputData,
        RftHyperParameters,
        TrainingData,
        ValidationData,
    )

_MODULES = {
    "constructs_lib.catalog": ["Catalog"],
    "constructs_lib.checks": ["Checks"],
    "constructs_lib.findings": ["Finding", "InvalidJob"],
    "constructs_lib.job.job": ["ModelCustomizationJob"],
    "constructs_lib.job.network": ["JobNetwork"],
    "constructs_lib.job.provider": ["JobProvider"],
    "constructs_lib.job.provider_settings": ["ProviderSettings"],
    "constructs_lib.job.interface": ["IModelCustomizationJob"],
    "constructs_lib.job.roles": ["ServiceRole"],
    "constructs_lib.job.storage": ["AWS_OWNED_KEY", "OutputBucket"],
    "constructs_lib.request": [
        "BaseModel",
        "Customization",
        "HyperParameters",
        "InvocationLogs",
        "MediaData",
        "MetadataFilter",
        "OnDelete",
        "OutputData",
        "RftHyperParameters",
        "TrainingData",
        "ValidationData",
    ],
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "AWS_OWNED_KEY",
    "BaseModel",
    "Catalog",
    "Checks",
    "Customization",
    "Finding",
    "HyperParameters",
    "IModelCustomizationJob",
    "InvalidJob",
    "InvocationLogs",
    "JobNetwork",
    "JobProvider",
    "MediaData",
    "MetadataFilter",
    "ModelCustomizationJob",
    "OnDelete",
    "OutputBucket",
    "OutputData",
    "ProviderSettings",
    "RftHyperParameters",
    "ServiceRole",
    "TrainingData",
    "ValidationData",
]


def __getattr__(name: str) -> object:
    """Import the module of a name when it is first used: the console and the checks never start the CDK."""
    if name in _MODULE_OF:
        return getattr(import_module(_MODULE_OF[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
