"""Deployments that exist only to be asked: of a model that does not serve, for as long as it is asked.

Each is noted in the store before it is created, so that a later call finds what a call that was killed has
left behind. None stays when its model need not be asked any more.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from contract.promotion import CANDIDATE_TAG, model_id

from ..deployments.desired_state import creation_request
from ..frame.errors import AwsError, ErrorKind
from .store import MODEL_ARN

if TYPE_CHECKING:
    from collections.abc import Collection

    from ..deployments.ports import Deployment
    from ..services import Services
    from ..serving.actions import Owner
    from .store import Store

NOTED = "answers/deployments.json"
"""The record of the models that have, or may have, such a deployment."""

HOUR, DAY = 3600.0, 86_400.0

_READABLE = 120.0
"""Seconds after which Bedrock shows what was created."""

_CREATING = 20.0
_BUSY = 300.0
_PAUSE = 10.0
_WRITES = 10


class HeldError(Exception):
    """The models cannot be asked now.

    Args:
        reason: why, in a sentence without a full stop.
        pause: the seconds until they may be.
        longest: after how many seconds of this the answer is unsure.
        code: what distinguishes the reason from others.
    """

    def __init__(self, reason: str, pause: float, longest: float, code: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pause = pause
        self.longest = longest
        self.code = code


class Candidates:
    """The deployments of one published model or followed deployment.

    Args:
        owner: its resource.
        store: its records.
        services: the services of AWS.
    """

    def __init__(self, owner: Owner, store: Store, services: Services) -> None:
        self._owner = owner
        self._store = store
        self._services = services

    def name(self, model_arn: str) -> str:
        """Return the name of the deployment of a model, which every later call computes again."""
        owner = f"{self._owner.stack_id}|{self._owner.logical_id}"
        return f"candidate-{hashlib.sha256(owner.encode()).hexdigest()[:12]}-{model_id(model_arn)[:24]}"

    def ready(self, model_arn: str) -> str:
        """Return the ARN of an active deployment of a model, which is created if there is none.

        Raises:
            HeldError: there is none yet.
            AwsError: it could not be read.
        """
        found, is_ours = self._find(model_arn)
        if not is_ours:
            name = self.name(model_arn)
            raise HeldError(f"the deployment {name} does not belong to this stack", _BUSY, 0.0, "foreign")
        if found is None:
            self._create(model_arn)
            raise HeldError("the candidate's deployment is being created", _CREATING, DAY, "creating")
        if found.has_failed or found.model_arn != model_arn:
            self._delete(found)
            raise HeldError("the model could not be deployed", _BUSY, HOUR, "failed")
        if not found.is_active:
            raise HeldError(f"the candidate's deployment is {found.status}", _CREATING, DAY, "creating")
        return found.arn

    def clean_up(self, keep: Collection[str] = ()) -> bool:
        """Delete the deployments of models that need not be asked; return whether none of them is left.

        Args:
            keep: the ids of the models whose deployments stay.

        Raises:
            AwsError: what there is could not be read.
            StoreError: it is not a record of this library.
        """
        try:
            noted = self._store.read_json(NOTED)[0] or {}
            gone = {name for name, one in noted.items() if name not in keep and self._drop(one)}
            if gone:
                self._note(lambda entries: {name: one for name, one in entries.items() if name not in gone})
        except HeldError as error:
            self._services.log.write("candidate not deleted", "WARNING", reason=str(error))
            return False
        return set(noted) <= {*gone, *keep}

    def remove_all(self) -> None:
        """Delete all of them, and wait for it; what is left is logged."""
        retry = self._services.retry
        while not self.clean_up():
            if not retry.wait(_PAUSE):
                return self._services.log.write("candidates left", "ERROR", names=f"{self.name('')}...")
        return None

    def _find(self, model_arn: str) -> tuple[Deployment | None, bool]:
        found = self._services.deployments.get(self.name(model_arn))
        if found is None:
            return None, True
        try:
            tags = self._services.deployments.get_tags(found.arn)
        except AwsError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return None, True
            raise
        expected = {**self._owner.tags, CANDIDATE_TAG: model_id(model_arn)}
        return found, expected.items() <= tags.items()

    def _create(self, model_arn: str) -> None:
        services, key = self._services, model_id(model_arn)

        def noted(entries: dict[str, Any]) -> dict[str, Any]:
            # With the same time, the same request again is the same deployment, until Bedrock shows it.
            is_new = services.retry.now - _since(entries.get(key)) >= _READABLE
            return {**entries, key: {"model": model_arn, "since": services.retry.now}} if is_new else entries

        entry = self._note(noted)[key]
        tags = self._owner.with_tags({CANDIDATE_TAG: model_id(model_arn)})
        occasion = f"candidate {entry['since']}"
        request = creation_request(self.name(model_arn), model_arn, tags, occasion)
        try:
            arn = services.deployments.create(request)
        except AwsError as error:
            raise _refused(error) from None
        services.log.write("candidate deployed", deploymentArn=arn, modelArn=model_arn)
        if services.stacks.get_resource(self._owner.stack_id, self._owner.logical_id).is_leaving:
            self._drop(entry)  # deleted while it was created

    def _drop(self, entry: object) -> bool:
        """Delete the deployment that an entry is about; return whether there is none any more."""
        model = str(entry.get("model")) if isinstance(entry, dict) else ""
        found, is_ours = self._find(model) if MODEL_ARN.fullmatch(model) else (None, True)
        if found is None or not is_ours:
            return self._services.retry.now - _since(entry) >= _READABLE
        return self._delete(found)

    def _delete(self, found: Deployment) -> bool:
        log = self._services.log
        try:
            self._services.deployments.delete(found.arn)
        except AwsError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                log.write("candidate not deleted", "WARNING", deploymentArn=found.arn, reason=error.reason)
                return False
        else:
            log.write("candidate deleted", deploymentArn=found.arn, modelArn=found.model_arn)
        return True

    def _note(self, change: Any) -> dict[str, Any]:  # noqa: ANN401 - a function of the entries
        """Change the record of the deployments; another call may do the same."""
        for _ in range(_WRITES):
            entries, etag = self._store.read_json(NOTED)
            changed: dict[str, Any] = change(entries or {})
            if changed == entries or self._store.write_json(NOTED, changed, etag):
                return changed
        raise HeldError("another task changes the same records", 60.0, DAY, "busy")


def _since(entry: object) -> float:
    """Return when a deployment was noted, in seconds since 1970; 0 where that is not known."""
    since = entry.get("since") if isinstance(entry, dict) else None
    return float(since) if isinstance(since, int | float) else 0.0


def _refused(error: AwsError) -> HeldError:
    """Return what the refusal of a deployment means."""
    match error.kind:
        case ErrorKind.QUOTA:
            reason = "the quota of deployments is reached; delete one that is not needed, or ask for more"
            return HeldError(reason, _BUSY, DAY, "quota")
        case ErrorKind.NOT_FOUND:
            return HeldError("the model does not exist any more", _BUSY, 0.0, "missing")
        case kind if kind.is_temporary:
            return HeldError(f"the model cannot be deployed now ({error.reason})", 60.0, DAY, "temporary")
    return HeldError(f"the model cannot be deployed ({error.reason})", _BUSY, HOUR, "refused")
