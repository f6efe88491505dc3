"""Whatever is set on a machine, what plays AWS there calls neither the real one nor a proxy."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from constructs_lib.testing import BedrockServer, run_handler
from constructs_lib.testing.clients import local_client
from constructs_lib.testing.handler import function_environment
from constructs_lib.testing.processes import no_way_out, outside_environment
from constructs_lib.testing.stack_desk import StackState
from tests.hostile import PROXIES, hostile
from tests.lambda_.builders import event


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """Return what has arrived at the user's proxy."""
    with hostile(monkeypatch, tmp_path / "home") as seen:
        yield seen


def test_the_handler_answers_and_calls_nobody_else(seen: list[str]) -> None:
    """With a proxy, a profile that is not there, and endpoints that are to be ignored."""
    with BedrockServer() as server:
        answer = run_handler(event("Create", "r-1"), bedrock_url=server.url, seconds=60)
        assert answer["Status"] == "SUCCESS"
        assert len(server.double.jobs()) == 1
    assert seen == []


def _in_function(code: str) -> "subprocess.CompletedProcess[str]":
    environment = function_environment(
        StackState.of(event("Create")),
        bedrock_url="http://127.0.0.1:9",
        cloudformation_url=None,
        desk_url="http://127.0.0.1:9",
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
    """On this machine: by a port on which nobody listens."""
    done = _in_function(code)
    assert done.returncode == 1
    assert (
        "refused" in done.stderr or "Could not connect" in done.stderr or "Failed to connect" in done.stderr
    )
    assert "127.0.0.1" in done.stderr or "Errno 111" in done.stderr or "Connection refused" in done.stderr
    assert seen == []


def test_a_client_of_the_local_aws_goes_there_directly(seen: list[str]) -> None:
    """Whatever the user's settings say of proxies, FIPS, dual stack and profiles."""
    with BedrockServer() as server:
        client = local_client("bedrock", url=server.url, account="0" * 12, region="us-east-1")
        assert client.list_model_customization_jobs()["modelCustomizationJobSummaries"] == []
    assert seen == []


def test_the_surrounding_of_every_process_is_clean(seen: list[str]) -> None:
    """Nothing that leads to an account or a proxy, or steers the CDK, is left."""
    left = {name.lower() for name in outside_environment()}
    assert not {name for name in left if name.startswith(("aws_", "cdk_"))}
    assert not left & set(PROXIES)
    assert set(no_way_out()) >= {"HTTP_PROXY", "https_proxy", "ALL_PROXY"}
    assert seen == []


def test_a_bedrock_elsewhere_is_called_as_the_user_calls_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """With his profile and his proxy; CloudFormation is played on this machine, and asked directly."""
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "intra.example")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    told = function_environment(
        StackState.of(event("Create")),
        bedrock_url="https://bedrock.eu-west-1.amazonaws.com",
        cloudformation_url=None,
        desk_url="http://127.0.0.1:9",
    )
    assert (told["AWS_PROFILE"], told["HTTPS_PROXY"]) == ("mine", "http://proxy.example:3128")
    assert told["NO_PROXY"] == "intra.example,127.0.0.1,localhost"
    assert told["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] == "false"
