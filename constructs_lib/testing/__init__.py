"""Tools for tests of stacks that contain customization jobs.

A name is imported when it is first used: a test that only takes a snapshot does not import the emulator.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .bedrock import (
        AfterCall,
        BedrockDouble,
        BedrockServer,
        BeforeCall,
        Behaviour,
        Clock,
        DoubleControl,
        JobLosses,
        LoseResponse,
        ModelAnswer,
        Refuse,
        ResponseLost,
        ServiceError,
        Slow,
    )
    from .cdk_cli import CdkError
    from .cloudformation_endpoint import StackResource
    from .deployments import Deployed, Deployments
    from .emulators import LocalAwsError
    from .executions import StartedExecutions
    from .handler_runner import (
        HandlerDidNotRespond,
        LookFailed,
        TaskFailed,
        run_handler,
        run_look,
        run_task,
    )
    from .job_requests import FoundJob, assert_request, find_jobs
    from .local_aws import LocalAws
    from .object_store import ObjectStore
    from .parameter_store import ParameterStore
    from .snapshots import template_snapshot

__all__ = [
    "AfterCall",
    "BedrockDouble",
    "BedrockServer",
    "BeforeCall",
    "Behaviour",
    "CdkError",
    "Clock",
    "Deployed",
    "Deployments",
    "DoubleControl",
    "FoundJob",
    "HandlerDidNotRespond",
    "JobLosses",
    "LocalAws",
    "LocalAwsError",
    "LookFailed",
    "LoseResponse",
    "ModelAnswer",
    "ObjectStore",
    "ParameterStore",
    "Refuse",
    "ResponseLost",
    "ServiceError",
    "Slow",
    "StackResource",
    "StartedExecutions",
    "TaskFailed",
    "assert_request",
    "find_jobs",
    "run_handler",
    "run_look",
    "run_task",
    "template_snapshot",
]

_MODULE_OF = {
    "CdkError": "cdk_cli",
    "Deployed": "deployments",
    "Deployments": "deployments",
    "FoundJob": "job_requests",
    "HandlerDidNotRespond": "handler_runner",
    "LocalAws": "local_aws",
    "LocalAwsError": "emulators",
    "LookFailed": "handler_runner",
    "ObjectStore": "object_store",
    "ParameterStore": "parameter_store",
    "StackResource": "cloudformation_endpoint",
    "StartedExecutions": "executions",
    "TaskFailed": "handler_runner",
    "assert_request": "job_requests",
    "find_jobs": "job_requests",
    "run_handler": "handler_runner",
    "run_look": "handler_runner",
    "run_task": "handler_runner",
    "template_snapshot": "snapshots",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF.get(name, 'bedrock')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
