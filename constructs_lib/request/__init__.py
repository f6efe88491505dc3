"""Values, rules and the request: the pure half, which never imports the CDK."""

from .base_model import BaseModel
from .check import check
from .customization import Customization, DistillationConfig, RftConfig
from .data import InvocationLogs, MediaData, OutputData, TrainingData, ValidationData
from .doubts import doubts
from .hyper_parameters import HyperParameters, RftHyperParameters
from .job_spec import JobSpec, VpcConfig
from .lifecycle import OnDelete
from .metadata_filter import MetadataFilter
from .parse import from_request
from .problems import Doubt, InvalidJob, Problem
from .reading import read_request
from .request import to_request
from .tokens import is_known

__all__ = [
    "BaseModel",
    "Customization",
    "DistillationConfig",
    "Doubt",
    "HyperParameters",
    "InvalidJob",
    "InvocationLogs",
    "JobSpec",
    "MediaData",
    "MetadataFilter",
    "OnDelete",
    "OutputData",
    "Problem",
    "RftConfig",
    "RftHyperParameters",
    "TrainingData",
    "ValidationData",
    "VpcConfig",
    "check",
    "doubts",
    "from_request",
    "is_known",
    "read_request",
    "to_request",
]
