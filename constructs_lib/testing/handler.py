"""Runs the custom resource's Lambda on this machine, on an event that is given or was recorded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LAMBDA_SECONDS = 840.0

_STATUS = {"Create": "CREATE_IN_PROGRESS", "Update": "UPDATE_IN_PROGRESS", "Delete": "DELETE_IN_PROGRESS"}
_LOOPBACK = "127.0.0.1"
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

_DESCRIBED = """<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
<DescribeStacksResult><Stacks><member><StackName>replay</StackName>
<CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>{status}</StackStatus></member></Stacks>
</DescribeStacksResult></DescribeStacksResponse>"""


class HandlerSilent(RuntimeError):  # noqa: N818 - it says what happened; the caller reads the name
    """The handler ended without an answer."""


def run_handler(
    event: Mapping[str, Any],
    *,
    bedrock_url: str,
    cloudformation_url: str | None = None,
    stack_status: str | None = None,
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
        cloudformation_url: Where CloudFormation is. Default: DescribeStacks is answered here.
        stack_status: What is answered then. Default: the operation of the event's kind is in progress.
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
    status = stack_status or _STATUS.get(str(event.get("RequestType")), "")
    with _desk(status) as (origin, answers), tempfile.TemporaryDirectory() as folder:
        _stage(Path(folder))
        told = {
            "event": {**event, "ResponseURL": f"{origin}/answer"},
            "files": folder,
            "function": f"arn:{partition}:lambda:{region}:{account}:function:replay",
            "seconds": seconds,
        }
        endpoints = {
            "AWS_ENDPOINT_URL": origin,
            "AWS_ENDPOINT_URL_BEDROCK": bedrock_url,
            "AWS_ENDPOINT_URL_CLOUDFORMATION": cloudformation_url or origin,
        }
        lines = _run(told, {**_environment(bedrock_url, account, region), **endpoints})
    for line in lines:
        if log:
            log(line)
    if not answers:
        raise HandlerSilent("The handler did not answer. Its log:\n" + "\n".join(lines))
    return answers[0]


def _stage(folder: Path) -> None:
    from constructs_lib.job.asset import asset_files

    for name, content in asset_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _environment(bedrock_url: str, account: str, region: str) -> dict[str, str]:
    from urllib.parse import urlsplit

    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    is_local = urlsplit(bedrock_url).hostname in (_LOOPBACK, "localhost", "::1")
    made_up = {"AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "local", "AWS_SESSION_TOKEN": "local"}
    return {**kept, "AWS_REGION": region, "AWS_DEFAULT_REGION": region, **(made_up if is_local else {})}


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


@contextmanager
def _desk(status: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Take answers by PUT, and say by POST where the stack's operation stands."""
    answers: list[dict[str, Any]] = []

    class Desk(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            answers.append(json.loads(self._content()))
            self._say(b"")

        def do_POST(self) -> None:
            self._content()
            self._say(_DESCRIBED.format(status=status).encode())

        def _content(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def _say(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer((_LOOPBACK, 0), Desk)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://{_LOOPBACK}:{server.server_address[1]}", answers
    finally:
        server.shutdown()
        server.server_close()
