"""What a smoke test has left: found by its prefix and its tag, and removed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tools.smoke.account import AWS_ERRORS, PREFIX, TAG, outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from tools.smoke.account import Account

_AGAIN = "python -m tools.smoke --clean"
_ROUNDS = 3
_FINAL = ("ResourceNotFoundException", "AccessDeniedException")
_DEPLOYMENT_SECONDS = 900.0
_JOB_SECONDS = 1800.0
_MODEL_SECONDS = 300.0
_STACK_SECONDS = 900.0

MOST_SECONDS = _DEPLOYMENT_SECONDS + _JOB_SECONDS + _MODEL_SECONDS + 4 * _STACK_SECONDS
"""How long removing everything takes at most, in one round."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that a smoke test has created and that still exists.

    Args:
        kind: what it is.
        name: its name.
        command: removes it by hand.
        remove: removes it, and returns "" or why it is still there; None where its tags could not be read.
    """

    kind: str
    name: str
    command: str
    remove: Callable[[], str] | None


def clean(
    account: Account, run_id: str, say: Callable[[str], None], names: Collection[str] = ()
) -> list[tuple[Leftover, str]]:
    """Remove what a run, or every run, has left; return what is still there, and why.

    Args:
        account: the account.
        run_id: the run; "" for every run.
        say: is told what is done.
        names: names of jobs and deployments that were asked for, which no list may show yet. Default: none.
    """
    left: list[tuple[Leftover, str]] = []
    for _ in range(_ROUNDS):
        found, unread = leftovers(account, run_id, names)
        left = [(Leftover("list", "that cannot be read", _AGAIN, None), why) for why in unread]
        if not found:
            break
        for one in found:
            say(f"removing the {one.kind} {one.name}")
            why = "its tags could not be read" if one.remove is None else _carefully(one.remove)
            if why:
                say(f"the {one.kind} {one.name} is still there: {why}")
                left.append((one, why))
    return left


def leftovers(
    account: Account, run_id: str = "", names: Collection[str] = ()
) -> tuple[list[Leftover], list[str]]:
    """Return what still exists, in the order in which it is removed, and why a list could not be read.

    Args:
        account: the account.
        run_id: the run. Default: every run.
        names: as for `clean`.
    """
    prefix = f"{PREFIX}{run_id}"
    found: list[Leftover] = []
    unread: list[str] = []
    for read in (_deployments, _jobs, _models, _stacks):
        try:
            found += read(account, prefix, run_id, names)
        except AWS_ERRORS as error:
            unread.append(str(error))
    return found, unread


def _carefully(remove: Callable[[], str]) -> str:
    try:
        return remove()
    except AWS_ERRORS as error:
        return str(error)


def _tag_of(account: Account, arn: str) -> str | None:
    """Return the run in the tag of a resource of Bedrock, "" without one, None if it cannot be read."""
    read = outcome(account.client("bedrock").list_tags_for_resource, resourceARN=arn)
    if not read.accepted:
        return None
    return next((one["value"] for one in read.response["tags"] if one["key"] == TAG), "")


def _ours(account: Account, arn: str, run_id: str, leftover: Leftover) -> Iterator[Leftover]:
    """Return something if its tag says that a smoke test has created it; what is of others is never removed.

    Where the tag cannot be read, there is no way to remove it.
    """
    tag = _tag_of(account, arn)
    if tag is None:
        yield replace(leftover, remove=None)
    elif tag and run_id in ("", tag):
        yield leftover


def _deployments(account: Account, prefix: str, run_id: str, names: Collection[str]) -> Iterator[Leftover]:
    client = account.client("bedrock")
    listed = _all(client.list_custom_model_deployments, "modelDeploymentSummaries", nameContains=prefix)
    arns = {one["customModelDeploymentName"]: one["customModelDeploymentArn"] for one in listed}
    for name in sorted(set(names) - set(arns)):
        read = outcome(client.get_custom_model_deployment, customModelDeploymentIdentifier=name)
        if read.accepted:
            arns[name] = read.response["customModelDeploymentArn"]
    for name, arn in arns.items():

        def remove(arn: str = arn) -> str:
            asked = outcome(client.delete_custom_model_deployment, customModelDeploymentIdentifier=arn)
            gone = account.until(
                lambda: outcome(client.get_custom_model_deployment, customModelDeploymentIdentifier=arn),
                lambda read: not read.accepted or not asked.accepted,
                seconds=_DEPLOYMENT_SECONDS,
            )
            return "" if not gone.accepted else str(asked)

        command = f"aws bedrock delete-custom-model-deployment --custom-model-deployment-identifier {name}"
        yield from _ours(account, arn, run_id, Leftover("deployment", name, command, remove))


def _jobs(account: Account, prefix: str, run_id: str, names: Collection[str]) -> Iterator[Leftover]:
    client = account.client("bedrock")
    listed = _all(
        client.list_model_customization_jobs,
        "modelCustomizationJobSummaries",
        nameContains=prefix,
        statusEquals="InProgress",
    )
    arns = {one["jobName"]: one["jobArn"] for one in listed}
    for name in sorted(set(names) - set(arns)):
        read = outcome(client.get_model_customization_job, jobIdentifier=name)
        if read.response.get("status") == "InProgress":
            arns[name] = read.response["jobArn"]
    for name, arn in arns.items():

        def remove(arn: str = arn) -> str:
            asked = outcome(client.stop_model_customization_job, jobIdentifier=arn)
            ended = account.until(
                lambda: client.get_model_customization_job(jobIdentifier=arn)["status"],
                lambda status: status not in ("InProgress", "Stopping") or not asked.accepted,
                seconds=_JOB_SECONDS,
            )
            return str(asked) if ended == "InProgress" else ""

        command = f"aws bedrock stop-model-customization-job --job-identifier {name}"
        yield from _ours(account, arn, run_id, Leftover("job", name, command, remove))


def _models(account: Account, prefix: str, run_id: str, _: Collection[str]) -> Iterator[Leftover]:
    client = account.client("bedrock")
    for one in _all(client.list_custom_models, "modelSummaries", nameContains=prefix):
        name, arn = one["modelName"], one["modelArn"]

        def remove(arn: str = arn) -> str:
            asked = account.until(
                lambda: outcome(client.delete_custom_model, modelIdentifier=arn),
                lambda told: told.accepted or told.code in _FINAL,
                seconds=_MODEL_SECONDS,
            )
            return "" if asked.accepted or asked.code == _FINAL[0] else str(asked)

        command = f"aws bedrock delete-custom-model --model-identifier {name}"
        yield from _ours(account, arn, run_id, Leftover("model", name, command, remove))


def _stacks(account: Account, prefix: str, run_id: str, _: Collection[str]) -> Iterator[Leftover]:
    client = account.client("cloudformation")
    pages = client.get_paginator("describe_stacks").paginate()
    found = [one for page in pages for one in page["Stacks"] if one["StackName"].startswith(prefix)]
    # The base stack has the function that the others call when they are deleted.
    for one in sorted(found, key=lambda stack: stack["StackName"].endswith("-base")):
        tags = {tag["Key"]: tag["Value"] for tag in one.get("Tags", ())}
        if one["StackStatus"] == "DELETE_COMPLETE" or TAG not in tags or run_id not in ("", tags[TAG]):
            continue
        name, stack_id = one["StackName"], one["StackId"]
        bucket = name.removesuffix("-base") if name.endswith("-base") else ""
        command = f"aws cloudformation delete-stack --stack-name {name}"
        empty = f"aws s3 rm s3://{bucket} --recursive && " if bucket else ""

        def remove(stack_id: str = stack_id, bucket: str = bucket) -> str:
            if bucket:
                _empty(account, bucket)
            client.delete_stack(StackName=stack_id)
            status = account.until(
                lambda: client.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"],
                lambda status: status in ("DELETE_COMPLETE", "DELETE_FAILED"),
                seconds=_STACK_SECONDS,
            )
            return "" if status == "DELETE_COMPLETE" else f"its status is {status}"

        yield Leftover("stack", name, empty + command, remove)


def _empty(account: Account, bucket: str) -> None:
    s3 = account.client("s3")
    listed = outcome(s3.list_objects_v2, Bucket=bucket)
    while listed.response.get("Contents"):
        keys = [{"Key": one["Key"]} for one in listed.response["Contents"]]
        s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
        listed = outcome(s3.list_objects_v2, Bucket=bucket)


def _all(call: Callable[..., Any], member: str, **arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        page = call(**arguments, **token)
        found += page[member]
        if not page.get("nextToken"):
            return found
        token = {"nextToken": page["nextToken"]}
