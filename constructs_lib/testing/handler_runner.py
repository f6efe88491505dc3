"""Runs the custom resource's Lambda on this machine, on an event that is given or was recorded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from constructs_lib.testing.cloudformation_endpoint import CloudFormationEndpoint, StackState
from constructs_lib.testing.environment import local_settings, no_way_out, outside_environment
from constructs_lib.testing.processes import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

LAMBDA_SECONDS = 840.0

_STARTING = 30.0

# The function's own process: its files come first, nothing of this library is on its path.
_RUNNER = """
import json, sys, time
told = json.load(sys.stdin)
sys.path.insert(0, told["files"])
class Context:
    invoked_function_arn = told["function"]
    aws_request_id = "replay"
    end = time.monotonic() + told["seconds"]
    def get_remaining_time_in_millis(self):
        return int((self.end - time.monotonic()) * 1000)
from customization_job.handler import on_event
on_event(told["event"], Context())
"""


class HandlerSilent(RuntimeError):  # noqa: N818 - it says what happened; the caller reads the name
    """The handler ended without an answer."""


def run_handler(
    event: Mapping[str, Any],
    *,
    bedrock_url: str,
    cloudformation_url: str | None = None,
    stack_status: str | None = None,
    standing_id: str | None = None,
    began: datetime | None = None,
    seconds: float = LAMBDA_SECONDS,
    log: Callable[[str], object] | None = None,
) -> dict[str, Any]:
    """Run exactly the files that go into the Lambda asset on one event; give the answer it would PUT.

    The files run in a process of their own. The event's ResponseURL is not called: another takes its place.
    Where `bedrock_url` is on this machine, calls carry made-up credentials of the stack's account; elsewhere
    they carry those of the environment, and what the handler starts there is real and billed.

    Args:
        event: A custom resource request, as CloudFormation sends it
            (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html).
        bedrock_url: Where Bedrock is, such as `BedrockServer().url`.
        cloudformation_url: Where CloudFormation is. Default: what it says of the stack and of the resource
            is answered here, with the three settings that follow.
        stack_status: The stack's status. Default: the operation of the event's kind is in progress.
        standing_id: The physical id that stands for the resource, "" where it has left the stack. Default:
            the event's.
        began: When the stack's operation began. Default: now.
        seconds: How long the function may run. Default: 840, as when it is deployed.
        log: Called with each line of the function's log. Default: the log is dropped.

    Raises:
        HandlerSilent: The handler refused the event without an answer, or died; the message holds its log.
        ValueError: The event has no StackId that is a stack's ARN.
    """
    _, partition, _, region, account, *_ = (*str(event.get("StackId")).split(":"), "", "", "", "", "")
    if not (partition and region and account):
        raise ValueError(
            f"StackId must be a stack's ARN, got {event.get('StackId')!r}; take it from the event"
        )
    state = StackState.of(event, stack_status=stack_status, standing_id=standing_id, began=began)
    with CloudFormationEndpoint(state) as desk, tempfile.TemporaryDirectory() as folder:
        _stage(Path(folder))
        told = {
            "event": {**event, "ResponseURL": f"{desk.url}/answer"},
            "files": folder,
            "function": f"arn:{partition}:lambda:{region}:{account}:function:replay",
            "seconds": seconds,
        }
        environment = function_environment(
            state, bedrock_url=bedrock_url, cloudformation_url=cloudformation_url, desk_url=desk.url
        )
        lines = _run(told, environment)
    for line in lines:
        if log:
            log(line)
    if not desk.answers:
        raise HandlerSilent("The handler did not answer. Its log:\n" + "\n".join(lines))
    return desk.answers[0]


def _stage(folder: Path) -> None:
    from constructs_lib.job.asset import asset_files

    for name, content in asset_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def function_environment(
    state: StackState, *, bedrock_url: str, cloudformation_url: str | None, desk_url: str
) -> dict[str, str]:
    """Return the environment of the function's process, and what a deployment sets.

    Where Bedrock is on this machine, nothing of the user's AWS or proxies is in it, and no call that asks for
    a proxy as usual leaves the machine. Elsewhere it is this process's own.

    Args:
        state: The stack that the function serves.
        bedrock_url: Where Bedrock is; made-up credentials where that is on this machine.
        cloudformation_url: Where CloudFormation is. Default: the desk.
        desk_url: Where everything else is.
    """
    from urllib.parse import urlsplit

    _, _, _, region, account, *_ = state.stack_id.split(":")
    is_local = urlsplit(bedrock_url).hostname in (LOOPBACK, "localhost", "::1")
    around = _local(account) if is_local else _users_own()
    return {
        **{name: value for name, value in around.items() if name != "PYTHONPATH"},
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "STACK_ID": state.stack_id,
        "AWS_ENDPOINT_URL": desk_url,
        "AWS_ENDPOINT_URL_BEDROCK": bedrock_url,
        "AWS_ENDPOINT_URL_CLOUDFORMATION": cloudformation_url or desk_url,
    }


def _local(account: str) -> dict[str, str]:
    made_up = {"AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "local", "AWS_SESSION_TOKEN": "local"}
    return {**outside_environment(), **no_way_out(), **local_settings(), **made_up}


def _users_own() -> dict[str, str]:
    never = local_settings()
    # A proxy is for Bedrock; what CloudFormation would say is answered on this machine.
    direct = {
        name: ",".join(filter(None, (os.environ.get(name), never[name]))) for name in ("NO_PROXY", "no_proxy")
    }
    ignore = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
    return {**os.environ, **direct, ignore: never[ignore]}


def _run(told: Mapping[str, Any], environment: dict[str, str]) -> list[str]:
    done = subprocess.run(  # noqa: S603 - this Python, on the library's own files
        [sys.executable, "-c", _RUNNER],
        input=json.dumps(told),
        env=environment,
        timeout=told["seconds"] + _STARTING,
        capture_output=True,
        text=True,
        check=False,
    )
    return [*done.stdout.splitlines(), *done.stderr.splitlines()]
