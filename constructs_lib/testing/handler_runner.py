"""Run the custom resource's Lambda function on this machine with one event, one look, or one task."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cloudformation_endpoint import CloudFormationEndpoint, StackResource, StackState
from .environment import local_settings, outside_environment, unreachable_proxy
from .processes import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from .executions import StartedExecutions
    from .object_store import ObjectStore
    from .parameter_store import ParameterStore

LAMBDA_SECONDS = 840.0

_START_SECONDS = 30.0

# Runs in a process of its own, in which only the asset's files can be imported, not this library.
_RUNNER = """
import json, sys, time
given = json.load(sys.stdin)
sys.path.insert(0, given["files"])
class Context:
    invoked_function_arn = given["function"]
    aws_request_id = "replay"
    end = time.monotonic() + given["seconds"]
    def get_remaining_time_in_millis(self):
        return int((self.end - time.monotonic()) * 1000)
from customization_job.handler import on_event
returned = on_event(given["event"], Context())
with open(given["returned"], "w") as file:
    json.dump(returned, file)
"""


class HandlerDidNotRespond(RuntimeError):  # noqa: N818 - the name says what happened
    """The handler ended without sending a response."""


class TaskFailed(RuntimeError):  # noqa: N818 - the name says what happened
    """A task could not be carried out: the state machine would repeat it."""


class LookFailed(RuntimeError):  # noqa: N818 - the name says what happened
    """A look could not be completed: Lambda would repeat it."""


def run_handler(
    event: Mapping[str, Any],
    *,
    bedrock_url: str,
    cloudformation_url: str | None = None,
    stack_status: str | None = None,
    physical_id: str | None = None,
    began: datetime | None = None,
    resources: Mapping[str, StackResource] | None = None,
    parameters: ParameterStore | None = None,
    executions: StartedExecutions | None = None,
    objects: ObjectStore | None = None,
    seconds: float = LAMBDA_SECONDS,
    log: Callable[[str], object] | None = None,
) -> dict[str, Any]:
    """Run exactly the files of the Lambda asset with one event and return the response that they send.

    The files run in a process of their own. The event's ResponseURL is replaced, so that CloudFormation gets
    no response. If `bedrock_url` is on this machine, calls use invented credentials of the stack's account;
    otherwise they use those of the environment, and a job that the handler starts is real and billed.

    Args:
        event: a custom resource request, as CloudFormation sends it
            (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html).
        bedrock_url: the endpoint of Bedrock, such as `BedrockServer().url`.
        cloudformation_url: the endpoint of CloudFormation. Default: an endpoint on this machine that
            describes the stack and its resources as the next four arguments say.
        stack_status: the stack's status. Default: `CREATE_IN_PROGRESS`, `UPDATE_IN_PROGRESS` or
            `DELETE_IN_PROGRESS`, as the event's `RequestType` says.
        physical_id: the resource's physical id in the stack, "" if the stack no longer has the resource.
            Default: the event's `PhysicalResourceId`.
        began: when the stack's operation began. Default: now.
        resources: the stack's other resources by their logical ids. Default: it has none.
        parameters: the parameters of Systems Manager. Default: there are none.
        executions: keeps the executions that are started. Default: they are discarded.
        objects: the objects of S3. Default: there are none.
        seconds: the timeout of the function. Default: 840, as when it is deployed.
        log: called with each line of the function's log. Default: the log is discarded.

    Raises:
        HandlerDidNotRespond: the handler ended without a response; the message contains its log.
        ValueError: the event's StackId is not the ARN of a stack.
    """
    function = _function_arn(event.get("StackId"), "StackId", "pass the event as CloudFormation sent it")
    state = StackState.of(
        event, stack_status=stack_status, physical_id=physical_id, began=began, others=resources
    )
    with CloudFormationEndpoint(state, parameters, executions, objects) as endpoint:
        sent = {**event, "ResponseURL": endpoint.response_url}
        environment = function_environment(
            state, bedrock_url=bedrock_url, cloudformation_url=cloudformation_url, endpoint_url=endpoint.url
        )
        ended, _ = _run({"event": sent, "function": function, "seconds": seconds}, environment)
    lines = _lines(ended, log)
    if not endpoint.responses:
        raise HandlerDidNotRespond("The handler ended without a response. Its log:\n" + "\n".join(lines))
    return endpoint.responses[0]


def run_look(
    stack_id: str,
    things: Sequence[Mapping[str, str]],
    *,
    bedrock_url: str,
    resources: Mapping[str, StackResource],
    parameters: ParameterStore | None = None,
    stack_status: str = "UPDATE_COMPLETE",
    seconds: float = LAMBDA_SECONDS,
    log: Callable[[str], object] | None = None,
) -> list[dict[str, Any]]:
    """Run exactly the files of the Lambda asset with one look, as the stack's rule has the function do it.

    Calls are made as `run_handler` makes them.

    Args:
        stack_id: the stack's ARN.
        things: what depends on which job, as the input of the rule's target has it.
        bedrock_url: the endpoint of Bedrock, such as `BedrockServer().url`.
        resources: the stack's resources by their logical ids.
        parameters: the parameters of Systems Manager. Default: there are none.
        stack_status: the stack's status. Default: `UPDATE_COMPLETE`.
        seconds: the timeout of the function. Default: 840, as when it is deployed.
        log: called with each line of the function's log. Default: the log is only returned.

    Returns:
        The lines of the function's log; that of each thing has its `decision`.

    Raises:
        LookFailed: something could not be read or written; the message contains the log.
        ValueError: the stack's ARN is not one.
    """
    function = _function_arn(stack_id, "stack_id", "pass the ARN of the stack that has the rule")
    state = StackState.at_rest(stack_id, stack_status, resources)
    with CloudFormationEndpoint(state, parameters) as endpoint:
        sent = {"follow": stack_id, "things": [dict(one) for one in things]}
        environment = function_environment(
            state, bedrock_url=bedrock_url, cloudformation_url=None, endpoint_url=endpoint.url
        )
        ended, _ = _run({"event": sent, "function": function, "seconds": seconds}, environment)
    lines = _lines(ended, log)
    if ended.returncode:
        raise LookFailed("The look could not be completed. Its log:\n" + "\n".join(lines))
    return [json.loads(line) for line in lines if line.startswith("{")]


def run_task(
    task: Mapping[str, Any],
    *,
    bedrock_url: str,
    resources: Mapping[str, StackResource],
    stack_status: str = "CREATE_IN_PROGRESS",
    parameters: ParameterStore | None = None,
    objects: ObjectStore | None = None,
    signals: list[tuple[str, str]] | None = None,
    seconds: float = LAMBDA_SECONDS,
    log: Callable[[str], object] | None = None,
) -> dict[str, Any]:
    """Run exactly the files of the Lambda asset with one task, as a state machine has the function do it.

    Calls are made as `run_handler` makes them.

    Args:
        task: the task, as the input of the execution or what the task before returned has it.
        bedrock_url: the endpoint of Bedrock, such as `BedrockServer().url`.
        resources: the stack's resources by their logical ids. A wait condition takes signals while its status
            is `CREATE_IN_PROGRESS`.
        stack_status: the stack's status. Default: `CREATE_IN_PROGRESS`.
        parameters: the parameters of Systems Manager. Default: there are none.
        objects: the objects of S3. Default: there are none.
        signals: takes the signals that wait conditions got: logical id and unique id. Default: they are
            discarded.
        seconds: the timeout of the function. Default: 840, as when it is deployed.
        log: called with each line of the function's log. Default: the log is discarded.

    Returns:
        What the state machine gets: `task`, `isOver` and `pause`.

    Raises:
        TaskFailed: the task could not be carried out; the message contains the log.
        ValueError: the task's stackId is not the ARN of a stack.
    """
    stack_id = task.get("stackId")
    function = _function_arn(stack_id, "stackId", "pass the task as the execution has it")
    state = StackState.at_rest(str(stack_id), stack_status, resources)
    with CloudFormationEndpoint(state, parameters, objects=objects) as endpoint:
        environment = function_environment(
            state, bedrock_url=bedrock_url, cloudformation_url=None, endpoint_url=endpoint.url
        )
        sent = {"event": {"task": dict(task)}, "function": function, "seconds": seconds}
        ended, returned = _run(sent, environment)
    lines = _lines(ended, log)
    if signals is not None:
        signals += endpoint.signals
    if not isinstance(returned, dict):
        raise TaskFailed("The task could not be carried out. Its log:\n" + "\n".join(lines))
    return returned


def _function_arn(stack_id: object, name: str, fix: str) -> str:
    _, partition, _, region, account, *_ = (*str(stack_id).split(":"), "", "", "", "", "")
    if not (partition and region and account):
        raise ValueError(f"{name} must be a stack's ARN, got {stack_id!r}; {fix}")
    return f"arn:{partition}:lambda:{region}:{account}:function:replay"


@cache
def _staged() -> Path:
    """Return a folder with the asset's files, made once for this process: Python compiles them only once."""
    from ..job.asset import asset_files

    folder = Path(tempfile.mkdtemp(prefix="bedrock-customize-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, content in asset_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def function_environment(
    state: StackState, *, bedrock_url: str, cloudformation_url: str | None, endpoint_url: str
) -> dict[str, str]:
    """Return the environment of the function's process, with the variables that a deployment sets.

    If Bedrock is on this machine, it has no setting of the user's AWS or proxies, and programs that use the
    proxy variables cannot reach another machine. Otherwise it is the environment of this process.

    Args:
        state: the stack that the event belongs to.
        bedrock_url: the endpoint of Bedrock.
        cloudformation_url: the endpoint of CloudFormation. Default: `endpoint_url`.
        endpoint_url: the endpoint of every other service.
    """
    from urllib.parse import urlsplit

    _, _, _, region, account, *_ = state.stack_id.split(":")
    is_local = urlsplit(bedrock_url).hostname in (LOOPBACK, "localhost", "::1")
    base = _local_environment(account) if is_local else _user_environment()
    return {
        **{name: value for name, value in base.items() if name != "PYTHONPATH"},
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "STACK_ID": state.stack_id,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ENDPOINT_URL_BEDROCK": bedrock_url,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock_url,
        "AWS_ENDPOINT_URL_CLOUDFORMATION": cloudformation_url or endpoint_url,
    }


def _local_environment(account: str) -> dict[str, str]:
    credentials = {
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
    }
    return {**outside_environment(), **unreachable_proxy(), **local_settings(), **credentials}


def _user_environment() -> dict[str, str]:
    local = local_settings()
    # The proxy is for Bedrock; the endpoint of CloudFormation is on this machine and is called directly.
    no_proxy = {
        name: ",".join(filter(None, (os.environ.get(name), local[name]))) for name in ("NO_PROXY", "no_proxy")
    }
    ignore = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
    return {**os.environ, **no_proxy, ignore: local[ignore]}


def _run(
    given: Mapping[str, Any], environment: dict[str, str]
) -> tuple[subprocess.CompletedProcess[str], object]:
    """Run the function's files; return how the process ended, and what the function returned."""
    with tempfile.TemporaryDirectory() as folder:
        returned = Path(folder, "returned.json")
        ended = subprocess.run(  # noqa: S603 - this Python runs the library's own files
            [sys.executable, "-c", _RUNNER],
            input=json.dumps({**given, "files": str(_staged()), "returned": str(returned)}),
            env=environment,
            timeout=given["seconds"] + _START_SECONDS,
            capture_output=True,
            text=True,
            check=False,
        )
        return ended, json.loads(returned.read_text()) if returned.is_file() else None


def _lines(ended: subprocess.CompletedProcess[str], log: Callable[[str], object] | None) -> list[str]:
    lines = [*ended.stdout.splitlines(), *ended.stderr.splitlines()]
    for line in lines:
        if log:
            log(line)
    return lines
