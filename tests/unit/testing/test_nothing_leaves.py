"""Whatever the user has configured, the local AWS calls neither the real AWS nor a proxy."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from constructs_lib.testing import BedrockServer, run_handler
from constructs_lib.testing.cloudformation_endpoint import StackState
from constructs_lib.testing.environment import local_client, outside_environment, unreachable_proxy
from constructs_lib.testing.handler_runner import function_environment
from tests.conflicting_settings import PROXIES, conflicting_settings
from tests.lambda_.builders import event


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """Return the requests that the user's proxy has received."""
    with conflicting_settings(monkeypatch, tmp_path / "home") as seen:
        yield seen


def test_the_handler_responds_and_calls_only_local_endpoints(seen: list[str]) -> None:
    """With a proxy, a profile that does not exist, and endpoints in the configuration file."""
    with BedrockServer() as server:
        response = run_handler(event("Create", "r-1"), bedrock_url=server.url, seconds=60)
        assert response["Status"] == "SUCCESS"
        assert len(server.double.jobs()) == 1
    assert seen == []


def _in_function(code: str) -> "subprocess.CompletedProcess[str]":
    environment = function_environment(
        StackState.of(event("Create")),
        bedrock_url="http://127.0.0.1:9",
        cloudformation_url=None,
        endpoint_url="http://127.0.0.1:9",
    )
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


SDK = """
import boto3
from botocore.config import Config
once = Config(retries={"total_max_attempts": 1}, connect_timeout=20)
"""
ATTEMPTS = {
    "plain": "import urllib.request; urllib.request.urlopen('http://192.0.2.1/', timeout=20)",
    "encrypted": "import urllib.request; urllib.request.urlopen('https://sts.amazonaws.com/', timeout=20)",
    "SDK": f"{SDK}boto3.client('sts', config=once).get_caller_identity()",
    "SDK with an endpoint of its own": (
        f"{SDK}boto3.client('s3', config=once, endpoint_url='https://s3.amazonaws.com').list_buckets()"
    ),
}


@pytest.mark.parametrize("code", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_a_function_that_tries_to_leave_is_refused_at_once(seen: list[str], code: str) -> None:
    """The connection to the closed proxy port on this machine is refused."""
    done = _in_function(code)
    assert done.returncode == 1
    assert (
        "refused" in done.stderr or "Could not connect" in done.stderr or "Failed to connect" in done.stderr
    )
    assert "127.0.0.1" in done.stderr or "Errno 111" in done.stderr or "Connection refused" in done.stderr
    assert seen == []


def test_a_client_of_the_local_aws_goes_there_directly(seen: list[str]) -> None:
    """Regardless of the user's settings for proxies, FIPS, dual stack and profiles."""
    with BedrockServer() as server:
        client = local_client("bedrock", url=server.url, account="0" * 12, region="us-east-1")
        assert client.list_model_customization_jobs()["modelCustomizationJobSummaries"] == []
    assert seen == []


def test_the_environment_of_every_process_is_clean(seen: list[str]) -> None:
    """No variable for an AWS account, a proxy or the CDK is left, but for the validation of templates."""
    left = {name.lower() for name in outside_environment()} - {"cdk_validation"}
    assert not {name for name in left if name.startswith(("aws_", "cdk_"))}
    assert not left & set(PROXIES)
    assert set(unreachable_proxy()) >= {"HTTP_PROXY", "https_proxy", "ALL_PROXY"}
    assert seen == []


def test_a_remote_bedrock_is_called_with_the_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the user's profile and proxy; CloudFormation's endpoint on this machine is called directly."""
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "intra.example")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    environment = function_environment(
        StackState.of(event("Create")),
        bedrock_url="https://bedrock.eu-west-1.amazonaws.com",
        cloudformation_url=None,
        endpoint_url="http://127.0.0.1:9",
    )
    assert (environment["AWS_PROFILE"], environment["HTTPS_PROXY"]) == ("mine", "http://proxy.example:3128")
    assert environment["NO_PROXY"] == "intra.example,127.0.0.1,localhost"
    assert environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] == "false"


def test_templates_are_validated_as_for_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has turned the CDK's validation off has done so for a local AWS too."""
    monkeypatch.setenv("CDK_VALIDATION", "false")
    monkeypatch.setenv("CDK_DEFAULT_ACCOUNT", "111122223333")
    assert outside_environment()["CDK_VALIDATION"] == "false"
    assert "CDK_DEFAULT_ACCOUNT" not in outside_environment()
