"""`keep=Keep.newest(n)` in the template, and what is wrong with it before anything is deployed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest

from constructs_lib import (
    BaseModel,
    CustomizationSweep,
    InvalidJob,
    Keep,
    ModelCustomizationJob,
    OnDelete,
    PromoteIf,
)
from tests.synth.templates import TRAIN, of_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DELETES: Mapping[str, Any] = {"on_delete": OnDelete.DELETE_MODEL}
JOB = "Custom::BedrockModelCustomizationJob"


def looks_of(stack: cdk.Stack) -> str:
    """Return what the rule of the stack sends, with the parts of its tokens."""
    [rule] = of_type(stack, "AWS::Events::Rule")
    return json.dumps(rule["Properties"]["Targets"])


def permitted(stack: cdk.Stack) -> list[str]:
    """Return every action that is permitted in the stack."""
    return [text for text in json.dumps(of_type(stack, "AWS::IAM::Role")).split('"') if ":" in text]


def test_looks_keep_the_newest(job: Callable[..., ModelCustomizationJob]) -> None:
    """The rule asks for it every hour; the function may list models, and delete them as before."""
    stack = cdk.Stack.of(job(keep=Keep.newest(3), **DELETES))
    [resource] = of_type(stack, JOB)
    assert resource["Properties"]["KeepNewest"] == "3"
    assert '\\"kind\\":\\"models\\"' in looks_of(stack)
    assert '\\"keep\\":\\"3\\",\\"stores\\":[]' in looks_of(stack)
    assert "bedrock:ListCustomModels" in permitted(stack)


def test_looks_know_where_promotions_are_recorded(job: Callable[..., ModelCustomizationJob]) -> None:
    """Also of what is defined after the job."""
    made = job(keep=Keep.newest(3), **DELETES)
    made.publish_model_arn("/tickets/model", promote_if=PromoteIf.training_loss())
    assert looks_of(cdk.Stack.of(made)).count("promotion/") == 2


def test_a_job_that_keeps_all_asks_for_nothing(job: Callable[..., ModelCustomizationJob]) -> None:
    """Its template is what it was."""
    stack = cdk.Stack.of(job(keep=Keep.ALL, **DELETES))
    [resource] = of_type(stack, JOB)
    assert "KeepNewest" not in resource["Properties"]
    assert of_type(stack, "AWS::Events::Rule") == []
    assert "bedrock:ListCustomModels" not in permitted(stack)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"keep": Keep.newest(3)}, "keep must not delete models unless on_delete says that"),
        ({"keep": Keep.newest(0), **DELETES}, "keep must keep 1 to 100 models, got 0"),
        ({"keep": Keep.newest(101), **DELETES}, "keep must keep 1 to 100 models, got 101"),
        ({"keep": Keep.newest(3), "job_name": "tickets", **DELETES}, "keep needs generated names"),
        ({"keep": Keep.newest(3), "custom_model_name": "tickets", **DELETES}, "keep needs generated names"),
        ({"keep": Keep.best(1), **DELETES}, r"keep must be Keep.ALL or Keep.newest\(3\)"),
        ({"keep": Keep("3", is_newest=True), **DELETES}, "a whole number of models"),
        ({"keep": 3, **DELETES}, "keep must be a Keep"),
    ],
)
def test_a_mistake_is_a_sentence(
    job: Callable[..., ModelCustomizationJob], arguments: dict[str, Any], sentence: str
) -> None:
    """It says what to write."""
    with pytest.raises(InvalidJob, match=sentence):
        job(**arguments)


def test_a_sweep_has_no_newest_model(stack: cdk.Stack) -> None:
    """All of its trials are as new."""
    with pytest.raises(InvalidJob, match=r"keep must be Keep.ALL or Keep.best\(1\)"):
        CustomizationSweep(
            stack,
            "Search",
            base_model=BaseModel.NOVA_LITE,
            training_data=TRAIN,
            grid={"epoch_count": [1, 2]},
            keep=Keep.newest(1),
        )
