"""Environments and commands: of the processes that make the local AWS, and of those that use it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from constructs_lib.testing.processes import LOOPBACK, local_settings, no_way_out, outside_environment

if TYPE_CHECKING:
    from constructs_lib.testing.bedrock.behaviour import Behaviour

_ROOT = Path(__file__).parents[2]

_NO_DOCKER = {
    "DOCKER_HOST": f"unix://{os.devnull}.none",  # MiniStack would else sweep containers, and pull images
    "IOT_MTLS_ENABLED": "0",
    "LAMBDA_EXECUTOR": "local",
    "SFTP_ENABLED": "0",
}


def caller_environment(url: str, bedrock_url: str, account: str, region: str) -> dict[str, str]:
    """Return the variables that point the CDK CLI, the AWS CLI and boto3 at a local AWS.

    Args:
        url: where MiniStack listens.
        bedrock_url: where the Bedrock double listens.
        account: 12 digits; MiniStack takes them as the access key of that account's root.
        region: such as `us-east-1`.
    """
    return {
        **local_settings(),
        "AWS_ACCESS_KEY_ID": account,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_BEDROCK": bedrock_url,
        "AWS_REGION": region,
        "AWS_SECRET_ACCESS_KEY": "test",
        "CDK_DEFAULT_ACCOUNT": account,
        "CDK_DEFAULT_REGION": region,
    }


def double_process(
    port: int, account: str, behaviour: Behaviour, caller: dict[str, str]
) -> tuple[list[str], dict[str, str]]:
    """Return command and environment of the Bedrock double.

    Args:
        port: where it listens.
        account: 12 digits, for callers whose key does not say.
        behaviour: what it does, and goes back to when it is reset.
        caller: what `caller_environment` returned.
    """
    command = [
        sys.executable,
        "-m",
        "constructs_lib.testing.bedrock",
        "--port",
        str(port),
        "--account",
        account,
        "--behaviour",
        json.dumps(asdict(behaviour)),
    ]
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return command, {**outside_environment(), **caller, **no_way_out(), "PYTHONPATH": path}


def ministack_process(
    port: int, account: str, caller: dict[str, str], state: Path, *, auth: bool
) -> tuple[list[str], dict[str, str]]:
    """Return command and environment of MiniStack; its Lambda functions inherit the environment.

    Neither they nor MiniStack reach anything but this machine, as far as they ask for a proxy as usual.

    Args:
        port: where it listens.
        account: 12 digits, the account of callers whose key does not say.
        caller: what `caller_environment` returned.
        state: a folder with a folder `tmp` in it.
        auth: whether IAM policies are enforced.
    """
    outside = {name: value for name, value in outside_environment().items() if name != "PYTHONPATH"}
    own = {
        **_NO_DOCKER,
        "AUTH": str(auth).lower(),
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "LOG_LEVEL": "INFO",  # functions inherit it, and their log lines are wanted
        "MINISTACK_ACCOUNT_ID": account,
        "MINISTACK_HOST": LOOPBACK,
        "MINISTACK_REGION": caller["AWS_REGION"],
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "TMPDIR": str(state / "tmp"),
    }
    # -P: what lies in the working folder must not stand in for a package of MiniStack's.
    return [sys.executable, "-P", "-m", "ministack"], {**outside, **caller, **no_way_out(), **own}
