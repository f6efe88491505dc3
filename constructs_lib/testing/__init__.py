"""Tools for the tests of everyone who deploys customization jobs.

Names are loaded when they are first used: a test that only takes a snapshot loads no emulator.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.testing.bedrock import (
        Afterwards,
        AnswerLost,
        BedrockDouble,
        BedrockServer,
        Behaviour,
        Clock,
        DoubleControl,
        LoseAnswer,
        Meanwhile,
        Refuse,
        ServiceError,
        Slow,
    )
    from constructs_lib.testing.cdk_cli import CdkError
    from constructs_lib.testing.emulators import LocalAwsError
    from constructs_lib.testing.handler_runner import HandlerSilent, run_handler
    from constructs_lib.testing.local_aws import LocalAws
    from constructs_lib.testing.snapshots import template_snapshot

__all__ = [
    "Afterwards",
    "AnswerLost",
    "BedrockDouble",
    "BedrockServer",
    "Behaviour",
    "CdkError",
    "Clock",
    "DoubleControl",
    "HandlerSilent",
    "LocalAws",
    "LocalAwsError",
    "LoseAnswer",
    "Meanwhile",
    "Refuse",
    "ServiceError",
    "Slow",
    "run_handler",
    "template_snapshot",
]

_MODULE_OF = {
    "CdkError": "cdk_cli",
    "HandlerSilent": "handler_runner",
    "LocalAws": "local_aws",
    "LocalAwsError": "emulators",
    "run_handler": "handler_runner",
    "template_snapshot": "snapshots",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"constructs_lib.testing has no {name}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF.get(name, 'bedrock')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
