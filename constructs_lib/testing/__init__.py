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
    from constructs_lib.testing.handler import HandlerSilent, run_handler
    from constructs_lib.testing.local_aws import LocalAws
    from constructs_lib.testing.local_errors import CdkError, LocalAwsError
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

_HOMES = {
    "CdkError": "local_errors",
    "HandlerSilent": "handler",
    "LocalAws": "local_aws",
    "LocalAwsError": "local_errors",
    "run_handler": "handler",
    "template_snapshot": "snapshots",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"constructs_lib.testing has no {name}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'bedrock')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
