"""A job as values and as the API's request, and the reading of job files. Never imports the CDK."""

from ..contract.resource import OnDelete
from .conversion import from_request, to_request
from .customization import BaseModel, Customization, DistillationConfig, RftConfig
from .data import (
    InvocationLogs,
    MediaData,
    MetadataFilter,
    OutputData,
    TrainingData,
    ValidationData,
)
from .hyper_parameters import HyperParameters, RftHyperParameters
from .job_spec import JobSpec, VpcConfig
from .reading import read_request
from .tokens import is_known

__all__ = [
    "BaseModel",
    "Customization",
    "DistillationConfig",
    "HyperParameters",
    "InvocationLogs",
    "JobSpec",
    "MediaData",
    "MetadataFilter",
    "OnDelete",
    "OutputData",
    "RftConfig",
    "RftHyperParameters",
    "TrainingData",
    "ValidationData",
    "VpcConfig",
    "from_request",
    "is_known",
    "read_request",
    "to_request",
]
