"""Accounts and Regions to deploy to."""

from pathlib import Path

import pytest

from constructs_lib.deployment.aws_calls import AwsCallError
from constructs_lib.deployment.local_folder import RunningAws
from constructs_lib.deployment.targets import LocalAccount, check_bootstrapped
from constructs_lib.testing import LocalAws
from constructs_lib.testing.cdk_cli import CdkCli

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.local


def test_an_environment_that_is_not_bootstrapped_is_reported(local_aws: LocalAws) -> None:
    """The sentence has the command with the CDK CLI that was found, and the version of an old one."""
    cli = CdkCli.find(None, ROOT)
    target = LocalAccount(cli=cli, aws=RunningAws.of(local_aws), keeps_running=True)
    assert target.is_bootstrapped()
    check_bootstrapped(target, "/cdk-bootstrap/hnb659fds/version", 6)
    command = cli.shown("bootstrap", "aws://000000000000/us-east-1")
    needs = f", which every deployment of the CDK needs; run `{command}` once."
    with pytest.raises(AwsCallError) as caught:
        check_bootstrapped(target, "/cdk-bootstrap/other/version", 6)
    assert str(caught.value) == f"{target.where} is not bootstrapped{needs}"
    with pytest.raises(AwsCallError, match=r"has version \d+ of the bootstrap stack and needs 9999"):
        check_bootstrapped(target, "/cdk-bootstrap/hnb659fds/version", 9999)
