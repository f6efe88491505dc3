"""A product team's app, as the tests need it."""

from pathlib import Path

import aws_cdk as cdk
import pytest
from acme_training import apply_company_rules

DATA = Path(__file__).parents[1] / "data" / "tickets.jsonl"


@pytest.fixture
def app() -> cdk.App:
    """Return an app under Acme's rules."""
    app = cdk.App()
    apply_company_rules(app)
    return app


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    """Return a stack of this app."""
    return cdk.Stack(app, "Tickets", env=cdk.Environment(account="000000000000", region="us-east-1"))
