"""One local AWS for each worker of the test run, bootstrapped once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from constructs_lib.testing import LocalAws

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    """Return a local AWS that has been bootstrapped; use a stack name of your own."""
    with LocalAws(cdk_cli=ROOT / "node_modules" / ".bin" / "cdk") as aws:
        aws.bootstrap()
        yield aws
