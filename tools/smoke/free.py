"""The parts that start no job: quotas, the policy simulator, names, signals and stacks."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from constructs_lib.permissions import deployment_statements, invoke_tagged_statement
from tools.smoke import stacks, templates
from tools.smoke.account import SESSION_SECONDS, NotPossibleError, outcome
from tools.smoke.run import Step

if TYPE_CHECKING:
    from tools.smoke.run import Run

_NEW_ROLE_SECONDS = 60.0
_SIGNAL_SECONDS = 120.0
_SLOW_SECONDS = 40.0
_READ_SECONDS = 60.0

SECONDS = {
    "quotas": _READ_SECONDS,
    "simulator": _READ_SECONDS,
    "names": _READ_SECONDS + _NEW_ROLE_SECONDS + 4 * SESSION_SECONDS,
    "signals": 3 * _SIGNAL_SECONDS + stacks.SECONDS,
    "stacks": 3 * stacks.SECONDS + 2 * _SLOW_SECONDS,
}
"""How long each part waits at most, without what all parts use."""


def _quotas(run: Run) -> None:
    client = run.account.client("service-quotas")
    pages = client.get_paginator("list_service_quotas").paginate(ServiceCode="bedrock")
    quotas = [one for page in pages for one in page["Quotas"]]
    words = ("custom", "provisioned")
    ours = [one for one in quotas if any(word in one["QuotaName"].lower() for word in words)]
    for one in ours:
        adjustable = "adjustable" if one.get("Adjustable") else "not adjustable"
        run.observe(1, f"{one['QuotaCode']} {one['QuotaName']}: {one.get('Value')}, {adjustable}")
    if not ours:
        run.observe(1, f"{len(quotas)} quotas of Bedrock, none of them about customization")
    run.conclude(1, f"{len(ours)} quotas about customized models are listed.")


def _simulator(run: Run) -> None:
    account = run.account
    stack = account.arn("stack/Tickets/11111111-2222-3333-4444-555555555555", "cloudformation")
    every = account.arn("custom-model-deployment/*")
    where = {"partition": account.partition, "region": account.region, "account": account.id}
    statements = [
        *deployment_statements(stack, **where),
        invoke_tagged_statement(stack, "Serve", every=every),
    ]
    keys = sorted({key for one in statements for keys in one.get("Condition", {}).values() for key in keys})
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    actions = ("UpdateCustomModelDeployment", "DeleteCustomModelDeployment", "InvokeModel")
    decided: dict[str, list[str]] = {}
    for words, values in (("with the tags", True), ("without tags", False)):
        context = [
            {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [_tag_value(key, stack)]}
            for key in keys
            if values
        ]
        found = outcome(
            account.client("iam").simulate_custom_policy,
            PolicyInputList=[policy],
            ActionNames=[f"bedrock:{one}" for one in actions],
            ResourceArns=[account.arn("custom-model-deployment/abcdefghijkl")],
            ContextEntries=context,
        )
        if not found.accepted:
            raise NotPossibleError(f"the simulator refuses the policy: {found}")
        results = found.response["EvaluationResults"]
        decided[words] = [f"{one['EvalActionName']} {one['EvalDecision']}" for one in results]
        run.observe(2, f"{words}: {', '.join(decided[words])}")
    right = all(one.endswith(" allowed") for one in decided["with the tags"])
    wrong = any(one.endswith(" allowed") for one in decided["without tags"])
    ok = (
        "The simulator decides by the tags"
        if right and not wrong
        else "The simulator does not decide by the tags"
    )
    run.conclude(2, f"{ok}. Whether Bedrock sends them is question 25.")


def _tag_value(key: str, stack: str) -> str:
    return "Serve" if "resource" in key.rpartition("/")[2].lower() else stack


def _not_found(run: Run) -> None:
    account = run.account
    bedrock, name = account.client("bedrock"), f"{account.prefix}-never"
    model_id = "amazon.nova-micro-v1:0:128k"
    calls = {
        "a job's name": (bedrock.get_model_customization_job, {"jobIdentifier": name}),
        "a job's ARN": (
            bedrock.get_model_customization_job,
            {"jobIdentifier": account.arn(f"model-customization-job/{model_id}/abcdefghijkl")},
        ),
        "a model's name": (bedrock.get_custom_model, {"modelIdentifier": name}),
        "a model's ARN": (
            bedrock.get_custom_model,
            {"modelIdentifier": account.arn(f"custom-model/{model_id}/abcdefghijkl")},
        ),
        "a deployment's name": (
            bedrock.get_custom_model_deployment,
            {"customModelDeploymentIdentifier": name},
        ),
        "a deployment's ARN": (
            bedrock.get_custom_model_deployment,
            {"customModelDeploymentIdentifier": account.arn("custom-model-deployment/abcdefghijkl")},
        ),
    }
    codes = set()
    for what, (call, arguments) in calls.items():
        found = outcome(call, **arguments)
        codes.add(found.code)
        run.observe(3, f"{what}: {found}")
    expected = codes == {"ResourceNotFoundException"}
    run.conclude(
        3,
        "ResourceNotFoundException for all." if expected else f"Different codes: {', '.join(sorted(codes))}.",
    )


def _authorized_resource(run: Run) -> None:
    stacks.create_base(run)
    account, name = run.account, f"{run.account.prefix}-never"
    resources = {
        "any resource": "*",
        "any job": account.arn("model-customization-job/*"),
        "every job by id": account.arn("model-customization-job/*/*"),
        "the job by its name": account.arn(f"model-customization-job/{name}"),
    }
    role = stacks.role_arn(run, "probe")
    permitted: list[str] = []
    for what, resource in resources.items():
        session = account.session_of(
            role, run.external_id, [_allow(["bedrock:GetModelCustomizationJob"], [resource])]
        )
        read = partial(outcome, session.client("bedrock").get_model_customization_job, jobIdentifier=name)
        # The role is new: what it may do at all takes effect some time after it was created.
        seconds = 0 if permitted else _NEW_ROLE_SECONDS
        found = account.until(read, lambda one: one.code != "AccessDeniedException", seconds=seconds)
        run.observe(4, f"with a permission on {what}: {found}")
        if found.code != "AccessDeniedException":
            permitted.append(what)
    run.conclude(4, f"Permitted with a permission on {', or on '.join(permitted) or 'none of these'}.")


def _allow(
    actions: list[str], resources: list[str], condition: dict[str, Any] | None = None
) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return statement | ({"Condition": condition} if condition else {})


def _signals(run: Run) -> None:
    client, name = run.account.client("cloudformation"), f"{run.account.prefix}-signals"

    def signal(resource: str, unique: str) -> str:
        arguments = {"StackName": name, "LogicalResourceId": resource, "UniqueId": unique}
        return str(outcome(client.signal_resource, Status="SUCCESS", **arguments))

    def shown(resource: str) -> str:
        read = outcome(client.describe_stack_resource, StackName=name, LogicalResourceId=resource)
        return str(read.response["StackResourceDetail"]["ResourceStatus"]) if read.accepted else str(read)

    run.observe(5, f"a stack that does not exist: {signal('First', 'a')}")
    stacks.put(run, name, templates.signals())
    run.observe(5, f"a resource that the stack does not have: {signal('Third', 'a')}")
    run.observe(5, f"a wait condition whose creation has not begun: {signal('Second', 'early')}")
    tries: list[tuple[str, str]] = []
    until = time.monotonic() + _SIGNAL_SECONDS
    while not tries or (tries[-1][1] != "accepted" and time.monotonic() < until):
        if tries:
            time.sleep(min(run.account.poll, 1.0))
        tries.append((shown("First"), signal("First", "1")))
    for status, told in dict.fromkeys(tries):
        run.observe(5, f"shown as {status}: {told}")
    run.observe(5, f"the same signal again: {signal('First', '1')}")
    in_time = run.account.until(
        lambda: shown("Second"), lambda one: one == "CREATE_IN_PROGRESS", seconds=_SIGNAL_SECONDS
    )
    run.observe(5, f"shown as {shown('First')}, a further signal: {signal('First', '2')}")
    run.account.until(lambda: signal("Second", "1"), lambda one: one == "accepted", seconds=_SIGNAL_SECONDS)
    status = stacks.settled(run, name)
    run.observe(
        5,
        f"the second was shown as {in_time}; the stack is {status}, another signal: {signal('Second', '2')}",
    )
    early = [status for status, told in tries if told == "accepted" and status != "CREATE_IN_PROGRESS"]
    refused = [status for status, told in tries if told != "accepted" and status == "CREATE_IN_PROGRESS"]
    if tries[-1][1] != "accepted":
        run.conclude(5, "No signal was accepted.")
    elif refused:
        run.conclude(
            5, "A wait condition refuses signals for a while although it is shown as CREATE_IN_PROGRESS."
        )
    elif early:
        run.conclude(5, f"A wait condition accepts signals while it is shown as {early[0]}.")
    else:
        run.conclude(5, "A wait condition accepts signals as soon as it is shown as CREATE_IN_PROGRESS.")


def _rollback(run: Run) -> None:
    stacks.create_base(run)
    name = f"{run.account.prefix}-rollback"
    function = run.account.arn(f"function:{run.account.prefix}-function", "lambda")
    stacks.put(run, name, templates.replacement(function, value="old", fails=""))
    status = stacks.settled(run, name)
    stacks.messages(run, "stories")
    run.observe(6, f"the stack whose function puts its responses so is {status}")
    if status != "CREATE_COMPLETE":
        run.conclude(6, f"The stack failed: {stacks.reasons(run, name)}")
        raise NotPossibleError("the stack could not be created")
    run.conclude(6, "Yes.")
    stacks.put(run, name, templates.replacement(function, value="new", fails="Update"), update=True)
    run.observe(7, f"the stack whose last resource fails is {stacks.settled(run, name)}")
    told = sorted(stacks.messages(run, "stories"), key=lambda one: one["at"])
    replaced = [one for one in told if one["name"] == "Replaced"]
    for one in replaced:
        run.observe(
            7, f"{one['request']} of {one['value']} has the id {one['id']}; the stack is {one['status']}"
        )
        run.observe(
            8,
            f"{one['request']} of {one['value']}, {one['status']}: "
            f"LastUpdatedTime {one['updated'] or 'absent'}",
        )
        if one["request"] == "Delete":
            run.observe(9, f"Delete of {one['id']}: shown as {one.get('shown')}, {one['resource']}")
    back = [one for one in replaced if one["request"] == "Update" and one["value"] == "old"]
    ids = {"value-new": "The new id.", "value-old": "The old id."}
    run.conclude(
        7, ids.get(str(back[0]["id"]), f"Another id: {back[0]['id']}.") if back else "No Update was sent."
    )
    first = [one["updated"] for one in replaced if one["value"] == "new" and one["request"] == "Update"]
    same = bool(back and first) and back[0]["updated"] == first[0]
    run.conclude(8, ("No." if same else "Yes.") if back and first else "No rollback was observed.")
    deleted = [one for one in replaced if one["request"] == "Delete"]
    run.conclude(
        9,
        f"The id {deleted[0].get('shown')} and {deleted[0]['resource']}, while {deleted[0]['id']} is deleted."
        if deleted
        else "No Delete was sent.",
    )


def _cancellation(run: Run) -> None:
    stacks.create_base(run)
    name = f"{run.account.prefix}-cancelled"
    function = run.account.arn(f"function:{run.account.prefix}-function", "lambda")
    seconds = _SLOW_SECONDS * min(1.0, run.account.poll)
    stacks.put(run, name, templates.cancellation(function, seconds, min(2.0, seconds / 20)))
    began = time.monotonic()
    run.observe(10, f"the stack is {stacks.settled(run, name)}")
    found: list[dict[str, Any]] = []
    # The function may go on after the rollback, which does not wait for a creation that it cancels.
    run.account.until(
        lambda: found.extend(stacks.messages(run, "stories")),
        lambda _: time.monotonic() > began + 2 * seconds,
        seconds=2 * seconds,
    )
    told = sorted(found, key=lambda one: one["at"])
    slow = [one for one in told if one["name"] == "Created"]
    failed = [one["at"] for one in told if one["name"] == "Fails" and one["request"] == "Create"]
    seen = dict.fromkeys((one["request"], str(one["status"])) for one in slow)
    for request, status in seen:
        at = next(one["at"] for one in slow if (one["request"], one["status"]) == (request, status))
        after = f"{at - failed[-1]:+.1f} s after the other one has failed" if failed else ""
        run.observe(10, f"{request} sees {status} {after}".strip())
    deletes = [str(one["id"]) for one in slow if one["request"] == "Delete"]
    for one in deletes:
        kind = "its own" if one == "value-slow" else "one that CloudFormation generated"
        run.observe(10, f"its Delete has an id, {kind}: {one}")
    creates = [status for request, status in seen if request == "Create"]
    run.conclude(
        10,
        f"The Create sees {', then '.join(creates) or 'nothing'}; {len(deletes)} Delete was sent."
        if slow
        else "The function was not called.",
    )


STEPS = {
    "quotas": (Step((1,), _quotas),),
    "simulator": (Step((2,), _simulator),),
    "names": (Step((3,), _not_found), Step((4,), _authorized_resource)),
    "signals": (Step((5,), _signals),),
    "stacks": (Step((6, 7, 8, 9), _rollback), Step((10,), _cancellation)),
}
"""The steps of each part."""
