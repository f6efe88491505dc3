"""What Acme's construct deploys, and what Acme's rules refuse."""

import aws_cdk as cdk
import pytest
from acme_training import FineTunedModel
from acme_training.company_rules import BOUNDARY
from aws_cdk import assertions
from syrupy.assertion import SnapshotAssertion

from constructs_lib import AWS_OWNED_KEY, BaseModel, InvalidJob, ModelCustomizationJob
from constructs_lib.testing import assert_request, template_snapshot
from tests.conftest import DATA


def test_template(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    """A release of the library that changes no behaviour changes nothing here."""
    FineTunedModel(stack, "Triage", training_data=DATA, cost_centre="4711")
    assert template_snapshot(stack) == snapshot


def test_company_rules_reach_everything(stack: cdk.Stack) -> None:
    """Every role has the boundary and the path, and every resource that takes tags has the company's."""
    FineTunedModel(stack, "Triage", training_data=DATA, cost_centre="4711")
    template = assertions.Template.from_stack(stack)
    roles = template.find_resources("AWS::IAM::Role").values()
    assert len(roles) == 2
    for role in roles:
        assert role["Properties"]["PermissionsBoundary"] == BOUNDARY
        assert role["Properties"]["Path"] == "/acme/ml/"
    for kind in ("AWS::IAM::Role", "AWS::Lambda::Function", "AWS::Logs::LogGroup", "AWS::S3::Bucket"):
        for one in template.find_resources(kind).values():
            assert {"Key": "organisation", "Value": "Acme"} in one["Properties"]["Tags"]
    tags = [{"key": "cost-centre", "value": "4711"}, {"key": "organisation", "value": "Acme"}]
    assert_request(template, {"jobTags": tags})


def test_a_model_that_acme_does_not_pay_for_is_refused(stack: cdk.Stack) -> None:
    """Whatever the job's own arguments say."""
    with pytest.raises(InvalidJob, match="base_model"):
        ModelCustomizationJob(
            stack,
            "Job",
            base_model=BaseModel.NOVA_PRO,
            training_data=DATA,
            custom_model_kms_key=AWS_OWNED_KEY,
            job_tags={"cost-centre": "4711"},
        )
