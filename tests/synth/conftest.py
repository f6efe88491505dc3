"""Jobs to synthesize."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib import BaseModel, ModelCustomizationJob
from tests.synth.templates import TRAIN


@pytest.fixture
def stack() -> cdk.Stack:
    """Return an empty stack."""
    return cdk.Stack(cdk.App(), "Tickets")


@pytest.fixture
def job(stack: cdk.Stack) -> Callable[..., ModelCustomizationJob]:
    """Return a function that defines a valid job with the arguments that a test changes."""

    def make(id: str = "Triage", **overrides: Any) -> ModelCustomizationJob:  # noqa: ANN401 - the construct's own arguments
        arguments = {"base_model": BaseModel.NOVA_LITE, "training_data": TRAIN} | overrides
        return ModelCustomizationJob(stack, id, **arguments)

    return make
