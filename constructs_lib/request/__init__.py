"""A job as values, and the request that says the same; reading of job files. Never imports the CDK."""

from constructs_lib.contract.resource import OnDelete

from .base_model import BaseModel
from .conversion import from_request, to_request
from .customization import Customization, DistillationConfig, RftConfig
from .data import InvocationLogs, MediaData, OutputData, TrainingData, ValidationData
from .hyper_parameters import HyperParameters, RftHyperParameters
from .job_spec import JobSpec, VpcConfig
from .metadata_filter import MetadataFilter
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
