"""The part about a deployment of the model that the run has trained."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tools.smoke import data, stacks
from tools.smoke.account import SESSION_SECONDS, TAG, NotPossibleError, Outcome, Permitted, outcome
from tools.smoke.run import Step

if TYPE_CHECKING:
    from tools.smoke.run import Run

_READY_SECONDS = 3600.0
_NAME_SECONDS = 600.0
_ACCESS_SECONDS = 60.0

SECONDS = {"deployment": 4 * _READY_SECONDS + _NAME_SECONDS + _ACCESS_SECONDS + 6 * SESSION_SECONDS}
"""How long the part waits at most, without what all parts use."""

_DENIED = ("AccessDeniedException", "AccessDenied")
_CALLS_DURING_UPDATE = 40


def _create(client: Any, run: Run, name: str, token: str) -> Outcome:  # noqa: ANN401 - a boto3 client
    run.names.add(f"{run.account.prefix}-{name}")
    return outcome(
        client.create_custom_model_deployment,
        modelDeploymentName=f"{run.account.prefix}-{name}",
        modelArn=run.need(run.model_arn, "model: no job of this run has completed"),
        tags=run.account.tags,
        clientRequestToken=f"{run.account.prefix}-{token}",
    )


def _session(run: Run, *statements: dict[str, Any]) -> Permitted:
    return run.account.session_of(stacks.role_arn(run, "probe"), run.external_id, list(statements))


def _allow(action: str, resources: list[str], condition: dict[str, Any] | None = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": f"bedrock:{action}", "Resource": resources}
    return statement | ({"Condition": condition} if condition else {})


def _creation(run: Run) -> None:
    stacks.create_base(run)
    model = run.need(run.model_arn, "model: no job of this run has completed")
    every = run.account.arn("custom-model-deployment/*")
    steps = {
        "CreateCustomModelDeployment on the model only": [_allow("CreateCustomModelDeployment", [model])],
        "and on every deployment": [_allow("CreateCustomModelDeployment", [model, every])],
        "and TagResource": [
            _allow("CreateCustomModelDeployment", [model, every]),
            _allow("TagResource", [every]),
        ],
    }
    enough = "none of these"
    for what, statements in steps.items():
        client = _session(run, *statements).client("bedrock")
        created = _create(client, run, "served", "served")
        run.observe(22, f"with a permission for {what}: {created}")
        if created.accepted:
            run.deployment_arn, enough = created.response["customModelDeploymentArn"], what
            break
    if not run.deployment_arn:
        created = _create(run.account.client("bedrock"), run, "served", "served")
        run.observe(22, f"with the permissions of the person: {created}")
        run.deployment_arn = created.response.get("customModelDeploymentArn", "")
    run.conclude(22, f"Enough is a permission for {enough}.")
    run.need(run.deployment_arn, "deployment: its creation was refused")


def _read(run: Run) -> dict[str, Any]:
    arn = run.need(run.deployment_arn, "deployment")
    found: dict[str, Any] = run.account.client("bedrock").get_custom_model_deployment(
        customModelDeploymentIdentifier=arn
    )
    return found


def _name_in_use(run: Run) -> None:
    run.need(run.deployment_arn, "deployment")
    taken = _create(run.account.client("bedrock"), run, "served", "other")
    run.observe(23, f"the name of a deployment that exists: {taken}")
    run.conclude(23, f"For a name in use: {taken.code or 'accepted'}.")


def _active(run: Run) -> None:
    began = time.monotonic()
    found = run.account.until(
        lambda: _read(run), lambda one: one["status"] != "Creating", seconds=_READY_SECONDS
    )
    seconds = time.monotonic() - began
    run.observe(24, f"{found['status']} {seconds:.0f} s after the creation")
    run.conclude(24, f"Creation: {seconds:.0f} s.")
    if found["status"] != "Active":
        raise NotPossibleError(f"the deployment is {found['status']}: {found.get('failureMessage', '')}")


def _converse(client: Any, run: Run) -> Outcome:  # noqa: ANN401 - a boto3 client
    return outcome(
        client.converse,
        modelId=run.deployment_arn,
        messages=[{"role": "user", "content": [{"text": data.QUESTION}]}],
        inferenceConfig={"maxTokens": data.ANSWER_TOKENS},
    )


def _tag_conditions(run: Run) -> None:
    _read(run)
    every = run.account.arn("custom-model-deployment/*")
    found = []
    for what, value in (("the tag that it has", run.account.run_id), ("another value", "other")):
        condition = {"StringEquals": {f"aws:ResourceTag/{TAG}": value}}
        session = _session(
            run,
            _allow("InvokeModel", [every], condition),
            _allow("UpdateCustomModelDeployment", [every], condition),
            _allow("UpdateCustomModelDeployment", [run.model_arn]),
            *([_allow("DeleteCustomModelDeployment", [every], condition)] if value == "other" else []),
        )
        told = {"inference": _until_permitted(run, session, permitted=value != "other")}
        if value == "other":
            client = session.client("bedrock")
            arn = run.deployment_arn
            told["update"] = outcome(
                client.update_custom_model_deployment,
                modelArn=run.model_arn,
                customModelDeploymentIdentifier=arn,
            )
            # Last, and only if IAM decides by the tags: else the deployment would be deleted here.
            if all(one.code in _DENIED for one in told.values()):
                told["deletion"] = outcome(
                    client.delete_custom_model_deployment, customModelDeploymentIdentifier=arn
                )
        for action, one in told.items():
            run.observe(25, f"a condition on {what}, {action}: {one}")
        found.append({action: one.code in _DENIED for action, one in told.items()})
    right, wrong = found
    if right["inference"]:
        run.conclude(25, "Unknown: inference was denied with the right tag, too.")
    else:
        undecided = [action for action, denied in wrong.items() if not denied]
        said = f"Not for {' and '.join(undecided)}" if undecided else f"Yes, for {', '.join(wrong)}"
        run.conclude(25, f"{said}.")


def _until_permitted(run: Run, session: Permitted, *, permitted: bool) -> Outcome:
    """Call the deployment; where that should be permitted, again for a while: tags may take effect late."""
    client = session.client("bedrock-runtime")
    called: Outcome = run.account.until(
        lambda: _converse(client, run),
        lambda one: not permitted or one.code not in _DENIED,
        seconds=_ACCESS_SECONDS,
    )
    return called


def _is_updated(deployment: dict[str, Any]) -> bool:
    return bool(deployment.get("updateDetails", {}).get("updateStatus") != "Updating")


def _update(run: Run) -> None:
    run.account.until(lambda: _read(run), _is_updated, seconds=_READY_SECONDS)
    client, runtime = run.account.client("bedrock"), run.account.client("bedrock-runtime")
    arguments = {"customModelDeploymentIdentifier": run.deployment_arn, "modelArn": run.model_arn}
    began = time.monotonic()
    asked = outcome(client.update_custom_model_deployment, **arguments)
    run.observe(26, f"an update to the same model: {asked}")
    run.observe(26, f"an update during it: {outcome(client.update_custom_model_deployment, **arguments)}")
    told: dict[str, int] = {}
    calls = 0

    def looked() -> dict[str, Any]:
        nonlocal calls
        if calls < _CALLS_DURING_UPDATE:
            one = _converse(runtime, run)
            calls += 1
            told[str(one)] = told.get(str(one), 0) + 1
        return _read(run)

    found = run.account.until(looked, _is_updated, seconds=_READY_SECONDS)
    seconds = time.monotonic() - began
    run.observe(
        24,
        f"the update is {found.get('updateDetails', {}).get('updateStatus', 'absent')} after {seconds:.0f} s",
    )
    run.conclude(24, f"{run.answers[24].conclusion} Update: {seconds:.0f} s.")
    for one, times in told.items():
        run.observe(26, f"{times} calls meanwhile: {one}")
    errors = [one for one in told if one != "accepted"]
    run.conclude(
        26,
        f"The update: {asked.code or 'accepted'}; "
        f"{calls} calls meanwhile, {'with errors' if errors else 'all answered'}.",
    )


def _model_in_use(run: Run) -> None:
    _read(run)
    found = outcome(run.account.client("bedrock").delete_custom_model, modelIdentifier=run.model_arn)
    run.observe(27, f"deletion of the model that the deployment serves: {found}")
    run.conclude(27, "Yes, Bedrock deletes it." if found.accepted else f"No: {found.code}.")
    if found.accepted:
        run.observe(27, f"the deployment afterwards: {_converse(run.account.client('bedrock-runtime'), run)}")
        run.model_arn = ""


def _tag_keys(run: Run) -> None:
    model = run.need(run.model_arn, "model: it was deleted")
    allowed, other = f"{TAG}-allowed", f"{TAG}-other"
    condition = {"ForAllValues:StringEquals": {"aws:TagKeys": [allowed]}, "Null": {"aws:TagKeys": "false"}}
    client = _session(run, _allow("TagResource", [model], condition)).client("bedrock")
    told = {
        key: outcome(client.tag_resource, resourceARN=model, tags=[{"key": key, "value": "yes"}])
        for key in (allowed, other)
    }
    for key, one in told.items():
        run.observe(28, f"the key {key}: {one}")
    yes = told[allowed].accepted and told[other].code in _DENIED
    run.conclude(28, "Yes." if yes else "No: the condition does not decide by the key.")


def _deletion(run: Run) -> None:
    arn = run.need(run.deployment_arn, "deployment")
    client = run.account.client("bedrock")
    began = time.monotonic()
    asked = outcome(client.delete_custom_model_deployment, customModelDeploymentIdentifier=arn)
    run.observe(24, f"the deletion: {asked}")
    seen: dict[str, float] = {}

    def looked() -> Outcome:
        one = outcome(client.get_custom_model_deployment, customModelDeploymentIdentifier=arn)
        seen.setdefault(str(one.response.get("status", "")) or str(one), time.monotonic() - began)
        return one

    run.account.until(looked, lambda one: not one.accepted, seconds=_READY_SECONDS)
    for status, seconds in seen.items():
        run.observe(24, f"{seconds:.0f} s after the deletion: {status}")
    run.conclude(24, f"{run.answers[24].conclusion} Deletion: {list(seen.values())[-1]:.0f} s.")
    run.deployment_arn = ""
    if run.model_arn:
        _name_is_free(run, began)


def _name_is_free(run: Run, began: float) -> None:
    client = run.account.client("bedrock")
    told: list[str] = []

    def tried() -> Outcome:
        one = _create(client, run, "served", "again")
        if str(one) not in told:
            told.append(str(one))
        return one

    again = run.account.until(tried, lambda one: one.accepted, seconds=_NAME_SECONDS)
    seconds = time.monotonic() - began
    for one in told:
        run.observe(23, f"the name after the deletion: {one}")
    earlier = run.answers[23].conclusion if 23 in run.answers else ""  # noqa: PLR2004 - the question's number
    free = f"free {seconds:.0f} s after the deletion" if again.accepted else f"not free after {seconds:.0f} s"
    run.conclude(23, f"{earlier} The name is {free}.".strip())
    if again.accepted:
        run.deployment_arn = again.response["customModelDeploymentArn"]


STEPS = {
    "deployment": (
        Step((22,), _creation),
        Step((23,), _name_in_use),
        Step((24,), _active),
        Step((25,), _tag_conditions),
        Step((26, 24), _update),
        Step((28,), _tag_keys),
        Step((27,), _model_in_use),
        Step((24, 23), _deletion),
    ),
}
"""The steps of the part."""
