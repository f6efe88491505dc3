"""cdk-nag finds nothing in what Acme deploys, whichever of its versions is installed."""

import aws_cdk as cdk
import cdk_nag
import pytest
from acme_training import FineTunedModel
from aws_cdk import assertions

from tests.conftest import DATA

PACKS = [
    cdk_nag.AwsSolutionsChecks,
    cdk_nag.HIPAASecurityChecks,
    cdk_nag.NIST80053R5Checks,
    cdk_nag.PCIDSS321Checks,
    cdk_nag.ServerlessChecks,
]


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_finds_nothing(app: cdk.App, stack: cdk.Stack, pack: type) -> None:
    """cdk-nag 2 is an aspect that adds errors, cdk-nag 3 a plugin that stops the synthesis."""
    FineTunedModel(stack, "Triage", training_data=DATA, cost_centre="4711")
    if hasattr(cdk_nag, "NagSuppressions"):
        cdk.Aspects.of(app).add(pack(verbose=True))
    else:
        cdk.Validations.of(app).add_plugins(pack(app))
    assertions.Annotations.from_stack(stack).has_no_error("*", assertions.Match.any_value())
