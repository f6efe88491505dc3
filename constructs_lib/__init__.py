"""Amazon Bedrock model customization jobs as AWS CDK constructs."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.catalog import Catalog, Checks
    from constructs_lib.job.interface import IModelCustomizationJob
    from constructs_lib.job.job import ModelCustomizationJob
    from constructs_lib.job.network import JobNetwork
    from constructs_lib.job.provider import JobProvider
    from constructs_lib.job.roles import ServiceRole
    from constructs_lib.job.storage import AWS_OWNED_KEY, OutputBucket
    from constructs_lib.request import (
        BaseModel,
        Customization,
        HyperParameters,
        InvalidJob,
        InvocationLogs,
        MediaData,
        MetadataFilter,
        OnDelete,
        OutputData,
        Problem,
        RftHyperParameters,
        TrainingData,
        ValidationData,
    )

_ROOMS = {
    "constructs_lib.catalog": ["Catalog", "Checks"],
    "constructs_lib.job.job": ["ModelCustomizationJob"],
    "constructs_lib.job.network": ["JobNetwork"],
    "constructs_lib.job.provider": ["JobProvider"],
    "constructs_lib.job.interface": ["IModelCustomizationJob"],
    "constructs_lib.job.roles": ["ServiceRole"],
    "constructs_lib.job.storage": ["AWS_OWNED_KEY", "OutputBucket"],
    "constructs_lib.request": [
        "BaseModel",
        "Customization",
        "HyperParameters",
        "InvalidJob",
        "InvocationLogs",
        "MediaData",
        "MetadataFilter",
        "OnDelete",
        "OutputData",
        "Problem",
        "RftHyperParameters",
        "TrainingData",
        "ValidationData",
    ],
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "AWS_OWNED_KEY",
    "BaseModel",
    "Catalog",
    "Checks",
    "Customization",
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
    "Problem",
    "RftHyperParameters",
    "ServiceRole",
    "TrainingData",
    "ValidationData",
]


def __getattr__(name: str) -> object:
    """Open a room when somebody asks for what is in it: the console and the rules never start the CDK."""
    if name in _ROOM_OF:
        return getattr(import_module(_ROOM_OF[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Offer what the front door offers."""
    return __all__
