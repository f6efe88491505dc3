"""A job as values and as the API's request, and the reading of job files. Never imports the CDK."""

from constructs_lib.contract.resource import OnDelete
from constructs_lib.request.conversion import from_request, to_request
from constructs_lib.request.customization import BaseModel, Customization, DistillationConfig, RftConfig
from constructs_lib.request.data import (
    InvocationLogs,
    MediaData,
    MetadataFilter,
    OutputData,
    TrainingData,
    ValidationData,
)
from constructs_lib.request.hyper_parameters import HyperParameters, RftHyperParameters
from constructs_lib.request.job_spec import JobSpec, VpcConfig
from constructs_lib.request.reading import read_request
from constructs_lib.request.tokens import is_known

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
