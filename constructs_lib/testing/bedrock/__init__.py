"""A Bedrock double: the customization API in process or over HTTP, with a clock and faults for tests."""

from constructs_lib.testing.bedrock.behaviour import INTERNAL_FAILURE, Behaviour, Clock
from constructs_lib.testing.bedrock.control import DoubleControl
from constructs_lib.testing.bedrock.double import BedrockDouble
from constructs_lib.testing.bedrock.faults import Afterwards, LoseAnswer, Meanwhile, Refuse, Slow
from constructs_lib.testing.bedrock.server import BedrockServer
from constructs_lib.testing.bedrock.service import AnswerLost, ServiceError
from constructs_lib.testing.bedrock.views import Call, Job, Model, Serving

__all__ = [
    "INTERNAL_FAILURE",
    "Afterwards",
    "AnswerLost",
    "BedrockDouble",
    "BedrockServer",
    "Behaviour",
    "Call",
    "Clock",
    "DoubleControl",
    "Job",
    "LoseAnswer",
    "Meanwhile",
    "Model",
    "Refuse",
    "ServiceError",
    "Serving",
    "Slow",
]
