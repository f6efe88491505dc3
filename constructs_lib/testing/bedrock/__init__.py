"""A double of Bedrock's customization API, in process or over HTTP, with a clock and faults for tests."""

from .behaviour import INTERNAL_FAILURE, Behaviour, Clock
from .control import DoubleControl
from .double import BedrockDouble
from .faults import AfterCall, BeforeCall, LoseResponse, Refuse, Slow
from .job_events import EventBridgeBus, EventBus, JobEvent, Unsent
from .metrics_writer import MetricsStore, S3MetricsStore, Unwritten
from .scripted import JobLosses, ModelAnswer
from .server import BedrockServer
from .service import ResponseLost, ServiceError
from .training_metrics import MetricsFile
from .views import Call, Deployment, Job, Model, Serving

__all__ = [
    "INTERNAL_FAILURE",
    "AfterCall",
    "BedrockDouble",
    "BedrockServer",
    "BeforeCall",
    "Behaviour",
    "Call",
    "Clock",
    "Deployment",
    "DoubleControl",
    "EventBridgeBus",
    "EventBus",
    "Job",
    "JobEvent",
    "JobLosses",
    "LoseResponse",
    "MetricsFile",
    "MetricsStore",
    "Model",
    "ModelAnswer",
    "Refuse",
    "ResponseLost",
    "S3MetricsStore",
    "ServiceError",
    "Serving",
    "Slow",
    "Unsent",
    "Unwritten",
]
