"""Stacks of the smoke test: they are created, updated, read and deleted here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tools.smoke import templates
from tools.smoke.account import TAG, NotPossibleError, outcome

if TYPE_CHECKING:
    from tools.smoke.run import Run

SECONDS = 900.0
"""How long an operation of a stack is waited for."""

_EMPTY_READS = 2


def create_base(run: Run) -> None:
    """Create what the parts use, if it does not exist yet.

    Raises:
        NotPossibleError: CloudFormation could not create it.
    """
    if run.base_is_there:
        return
    account = run.account
    name = f"{account.prefix}-base"
    put(run, name, templates.base(account, run.external_id))
    status = settled(run, name)
    if status != "CREATE_COMPLETE":
        raise NotPossibleError(f"the stack with bucket, roles and queues is {status}: {reasons(run, name)}")
    run.base_is_there = True


def role_arn(run: Run, kind: str) -> str:
    """Return the ARN of a role of the base stack.

    Args:
        run: the run.
        kind: `service`, `bare` or `probe`.
    """
    return f"arn:{run.account.partition}:iam::{run.account.id}:role/{run.account.prefix}-{kind}"


def put(run: Run, name: str, template: dict[str, Any], *, update: bool = False) -> None:
    """Begin to create or update a stack.

    Args:
        run: the run.
        name: the stack's name.
        template: its template.
        update: whether it exists. Default: it is created.
    """
    client = run.account.client("cloudformation")
    begin = client.update_stack if update else client.create_stack
    begin(
        StackName=name,
        TemplateBody=templates.as_text(template),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Tags=[{"Key": TAG, "Value": run.account.run_id}],
    )


def settled(run: Run, name: str) -> str:
    """Wait until an operation of a stack is over, and return the stack's status.

    Args:
        run: the run.
        name: the stack's name.
    """
    return str(
        run.account.until(
            lambda: status_of(run, name), lambda one: not one.endswith("_IN_PROGRESS"), seconds=SECONDS
        )
    )


def status_of(run: Run, name: str) -> str:
    """Return the status of a stack, or the error of reading it.

    Args:
        run: the run.
        name: the stack's name.
    """
    read = outcome(run.account.client("cloudformation").describe_stacks, StackName=name)
    return str(read.response["Stacks"][0]["StackStatus"]) if read.accepted else str(read)


def reasons(run: Run, name: str) -> str:
    """Return the reasons of failures in the events of a stack.

    Args:
        run: the run.
        name: the stack's name.
    """
    read = outcome(run.account.client("cloudformation").describe_stack_events, StackName=name)
    failed = [
        f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason', '')}"
        for one in read.response.get("StackEvents", ())
        if one["ResourceStatus"].endswith("_FAILED")
    ]
    return "; ".join(reversed(failed)) or str(read)


def messages(run: Run, queue: str) -> list[dict[str, Any]]:
    """Return the messages of a queue of the base stack, and delete them; no more come for a moment.

    Args:
        run: the run.
        queue: `stories` or `events`.
    """
    client = run.account.client("sqs")
    url = client.get_queue_url(QueueName=f"{run.account.prefix}-{queue}")["QueueUrl"]
    found: list[dict[str, Any]] = []
    empty = 0
    while empty < _EMPTY_READS:
        got = client.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=min(5, int(run.account.poll))
        ).get("Messages", [])
        empty = 0 if got else empty + 1
        for one in got:
            found.append(json.loads(one["Body"]))
            client.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return found
