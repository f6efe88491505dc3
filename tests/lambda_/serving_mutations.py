"""The function with one bug in what it does about parameters and deployments. Each must break a law."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from customization_job import follow
from customization_job.deployments import decide as deployments
from customization_job.deployments import deletion, rollback, task
from customization_job.deployments import lifecycle as deployment_lifecycle
from customization_job.deployments import look as deployment_look
from customization_job.frame import parameters
from customization_job.frame.response import Outcome
from customization_job.jobs import current, observe
from customization_job.published import decide as published
from customization_job.published import lifecycle as published_lifecycle
from customization_job.published import look as published_look
from customization_job.published.decide import Put, Remove
from customization_job.serving import actions
from customization_job.serving import decide as serving
from customization_job.serving.decisions import Replace, Update

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


def _instead(owner: object, name: str, bug: object) -> Callable[[], AbstractContextManager[object]]:
    """Return what puts a bug in the place of a part of the function."""
    return partial(patch.object, owner, name, bug)


def _always(value: Any) -> Callable[..., Any]:  # noqa: ANN401 - any value
    return lambda *_, **__: value


def _never_owned(_self: object, _stack: str, _logical: str) -> bool:
    return True


def _empty_follow(*parts: Any, **members: Any) -> Any:  # noqa: ANN401 - as what it replaces
    """Writes the first value again while the job trains."""
    decided = _FOLLOW(*parts, **members)
    parameter, job = parts
    if parameter and not job.model_arn and parameter.value != "base-model":
        return Put(value="base-model", note="")
    return decided


def _failed_job_is_current(*parts: Any) -> Any:  # noqa: ANN401 - as what it replaces
    """Takes any model that there is for that of the current job."""
    found = _READ_JOB(*parts)
    models = [one.arn for one in parts[2]._client._fakes.double.models()]
    return found if found.model_arn or not models else replace(found, model_arn=models[-1])


def _delete_at_once(*_: Any) -> Any:  # noqa: ANN401 - as what it replaces
    return Remove()


def _fails_in_rollback(self: Any, *_: Any) -> Outcome:  # noqa: ANN401 - as what it replaces
    return Outcome(physical_id=self._change.physical_id, failure="it failed")


def _as_forward(self: Any, stack: Any, _problems: Any) -> Outcome:  # noqa: ANN401 - as what it replaces
    """Deploys in a rollback as in any other operation."""
    from customization_job.deployments.deploying import Deploying

    return Deploying(self._task).run(replace(stack, status="UPDATE_IN_PROGRESS"))


def _update_always(seen: Any) -> Any:  # noqa: ANN401 - as what it replaces
    decided = _FOLLOW_DEPLOYMENT(seen)
    return Update() if seen.deployment and seen.model_arn and seen.is_ours else decided


def _replace_always(change: Any, seen: Any, deployment: Any) -> Any:  # noqa: ANN401 - as what it replaces
    decided = _SERVE(change, seen, deployment)
    return Replace() if isinstance(decided, Update) else decided


def _create_again(seen: Any) -> Any:  # noqa: ANN401 - as what it replaces
    return _FOLLOW_DEPLOYMENT(replace(seen, model_arn=""))


_FOLLOW = published.follow
_READ_JOB = current.read_current_job
_FOLLOW_DEPLOYMENT = deployments.follow
_SERVE = deployments._serve

BUGS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "a look publishes nothing": _instead(
        published_look, "decide", lambda *_, **__: published.Keep(value="", note="")
    ),
    "a look empties a parameter": _instead(published_look, "decide", _empty_follow),
    "a look believes any model": _instead(follow, "read_current_job", _failed_job_is_current),
    "an event believes any model": _instead(published_lifecycle, "read_current_job", _failed_job_is_current),
    "foreign parameters are ours": _instead(parameters.Parameter, "is_owned_by", _never_owned),
    "foreign deployments are ours": _instead(
        actions.Actions, "find", lambda self, name: (self._calls.get(name), True)
    ),
    "every Delete is about the current parameter": _instead(published, "delete", _delete_at_once),
    "every Delete is about the current deployment": _instead(serving, "why_left", _always("")),
    "a created parameter outlives a rollback": _instead(
        published_lifecycle.PublishedLifecycle, "undo", _always(None)
    ),
    "a created deployment outlives a rollback": _instead(task.Task, "discard", _always(None)),
    "a rollback of a deployment fails": _instead(rollback.Rollback, "run", _fails_in_rollback),
    "a rollback of a deployment is like any Update": _instead(rollback.Rollback, "run", _as_forward),
    "a look gives a deployment its own model": _instead(deployment_look.decide, "follow", _update_always),
    "a look deploys nothing": _instead(deployment_look.decide, "follow", _create_again),
    "another model replaces a deployment": _instead(deployments, "_serve", _replace_always),
    "a parameter outlives its deployment": _instead(deletion.Deletion, "_delete_parameter", _always(None)),
    "a published model is deleted": _instead(observe.Observer, "publishing", _always(())),
    "looks go on in a rollback": _instead(follow, "why_nothing_is_followed", _always("")),
    "repeats of old events are believed": _instead(
        deployment_lifecycle.decide, "is_expected", _always("yes")
    ),
}

SEEDS = {
    "a look publishes nothing": 8,
    "foreign deployments are ours": 9,
    "every Delete is about the current parameter": 1,
    "every Delete is about the current deployment": 2,
    "a created deployment outlives a rollback": 11,
    "a rollback of a deployment is like any Update": 12,
    "a look gives a deployment its own model": 1,
    "a look deploys nothing": 1,
    "a published model is deleted": 2,
    "repeats of old events are believed": 1,
}
"""Where the search begins that finds a bug among a few histories; any seed finds it among thousands."""
