"""A double of Bedrock's customization API, in process or over HTTP, with a clock and faults for tests."""

from constructs_lib.testing.bedrock.behaviour import INTERNAL_FAILURE, Behaviour, Clock
from constructs_lib.testing.bedrock.control import DoubleControl
from constructs_lib.testing.bedrock.double import BedrockDouble
from constructs_lib.testing.bedrock.faults import AfterCall, BeforeCall, LoseResponse, Refuse, Slow
from constructs_lib.testing.bedrock.server import BedrockServer
from constructs_lib.testing.bedrock.service import ResponseLost, ServiceError
from constructs_lib.testing.bedrock.views import Call, Job, Model, Serving

__all__ = [
    "INTERNAL_FAILURE",
    "AfterCall",
    "BedrockDouble",
    "BedrockServer",
    "BeforeCall",
    "Behaviour",
    "Call",
    "Clock",
    "DoubleControl",
    "Job",
    "LoseResponse",
    "Model",
    "Refuse",
    "ResponseLost",
    "ServiceError",
    "Serving",
    "Slow",
]
