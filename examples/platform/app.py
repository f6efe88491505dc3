"""The app of a product team at Acme: `cdk deploy`."""

import os
from pathlib import Path

import aws_cdk as cdk
from acme_training import FineTunedModel, apply_company_rules

app = cdk.App()
apply_company_rules(app)
environment = cdk.Environment(account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region="us-east-1")
stack = cdk.Stack(app, "Tickets", env=environment)
FineTunedModel(
    stack, "Triage", training_data=Path(__file__).with_name("data") / "tickets.jsonl", cost_centre="4711"
)
app.synth()
