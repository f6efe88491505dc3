"""Random histories of a stack whose models are published and deployed, with looks at any moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from constructs_lib.testing.bedrock import Behaviour
from tests.lambda_.kinds import ref
from tests.lambda_.operations import Plan, Script
from tests.lambda_.probe import Trouble
from tests.lambda_.sequences import (
    TAGS,
    Deploy,
    Destroy,
    JobTemplate,
    Reader,
    Step,
    Template,
    Turn,
    variants,
)

PARAMETERS = ("/app/model", "/app/deployment", "/app/other")
EXACT = "exact-name"


@dataclass(frozen=True, kw_only=True)
class PublishedTemplate:
    """A published model of the job A, as far as histories vary it."""

    name: int = 0
    has_initial_value: bool = False
    on_delete: str = "Delete"
    tags: int = 0

    def properties(self, _logical: str) -> dict[str, Any]:
        """Write the resource's properties."""
        return {
            "ServiceToken": "token",
            "ServiceTimeout": "300",
            "ParameterName": PARAMETERS[self.name],
            "Job": "A",
            "JobArn": ref("A"),
            "OnDelete": self.on_delete,
            **({"InitialValue": "base-model"} if self.has_initial_value else {}),
            **_tags(self.tags),
        }


@dataclass(frozen=True, kw_only=True)
class DeploymentTemplate:
    """A deployment: of the job A, or of a model outside the stack, as far as histories vary it.

    `model` is the number of that model, None where the deployment follows the job.
    """

    model: int | None = None
    is_exact: bool = False
    on_delete: str = "Delete"
    is_protected: bool = False
    tags: int = 0

    def properties(self, _logical: str) -> dict[str, Any]:
        """Write the resource's properties; `ModelArn` has the number of the model."""
        follow = {"Job": "A", "JobArn": ref("A"), "Parameter": PARAMETERS[1]}
        return {
            "ServiceToken": "token",
            "ServiceTimeout": "2700",
            "OnDelete": self.on_delete,
            **({"Follow": follow} if self.model is None else {"ModelArn": self.model}),
            **({"DeploymentName": EXACT} if self.is_exact else {}),
            **({"DeletionProtection": "true"} if self.is_protected else {}),
            **_tags(self.tags),
        }


def _tags(number: int) -> dict[str, Any]:
    listed = [{"key": key, "value": value} for key, value in TAGS[number].items()]
    return {"Tags": listed} if listed else {}


_NO_YES = (False, True)
_NEVER = (False, False, False, False)
_SELDOM = (*_NEVER[:3], True)
_MOMENTS = ("end", "middle", "back", "begin")
_TURNS = (
    "finish",
    "quiet look",
    "finish",
    "look",
    "complete",
    "finish",
    "finish",
    "finish",
    "quiet look",
    "fail",
    "halt",
    "hours",
    "delete-model",
    "serve",
    "delete-parameter",
    "delete-deployment",
    "foreign",
)


class _ServingReader(Reader):
    """Reads choices of a history in which models are published and deployed."""

    def serving_step(self) -> Step:
        """Choose what happens next."""
        kind = self.one_of("deploy", "turn", "deploy", "turn", "deploy", "turn", "deploy", "destroy")
        if kind == "turn":
            return Turn(how=self.one_of(*_TURNS), number=self.one_of(0, 1, 2, 3))
        script = self.one_of(Script, self.script, self._failing, self.script)()
        looks = tuple((self.one_of(0, 1), self.one_of(*_MOMENTS)) for _ in range(2))
        script = replace(script, looks=looks[: self.one_of(0, 1, 2)])
        if kind == "destroy":
            return Destroy(script=script)
        return Deploy(templates=self._templates(), script=script)

    def _failing(self) -> Script:
        """Let another resource fail while the function works, or after that."""
        troubles = tuple(
            Trouble(kind="sibling", call=self.one_of(*range(2, 11)), after=True) for _ in range(3)
        )
        plans = [Plan(troubles=(one,)) if self.one_of(*_NO_YES) else Plan() for one in troubles]
        return Script(
            forward=tuple(plans),
            sibling_after=self.one_of(2, 3, 4),
            asks=self.one_of("new", "old", "nothing"),
        )

    def _templates(self) -> dict[str, Template]:
        job = JobTemplate(
            epochs=self.one_of(1, 2, 1, 2, 3), on_delete=self.one_of("StopJob", "DeleteModel", "DeleteModel")
        )
        kinds = self.one_of("PD", "PD", "P", "D", "DP", "M", "PM", "PDM", "DM", "M")
        made: dict[str, Template] = {"A": job}
        for kind in kinds:
            made[kind] = self._published() if kind == "P" else self._deployment(kind)
        published = made.get("P")
        stays = isinstance(published, PublishedTemplate) and published.on_delete == "Retain"
        if stays and job.on_delete == "DeleteModel":  # as `publish_model_arn` writes it
            made["A"] = replace(job, retained=(PARAMETERS[published.name],))
        return made

    def _published(self) -> PublishedTemplate:
        return PublishedTemplate(
            name=self.one_of(0, 0, 0, 2),
            has_initial_value=self.one_of(*_SELDOM),
            on_delete=self.one_of("Delete", "Delete", "Delete", "Retain"),
            tags=self.one_of(0, 1, 2),
        )

    def _deployment(self, kind: str) -> DeploymentTemplate:
        return DeploymentTemplate(
            model=None if kind == "D" else self.one_of(0, 1),
            is_exact=self.one_of(*_SELDOM) and kind == "D",
            on_delete=self.one_of("Delete", "Delete", "Delete", "Retain"),
            is_protected=self.one_of(*_SELDOM, *_NEVER),
            tags=self.one_of(0, 1, 2),
        )


def _behaviour(reader: Reader) -> Behaviour:
    return Behaviour(
        training_seconds=reader.one_of(7200.0, 7200.0, 100.0, 1.0),
        scheduled_jobs=50,
        deploying_seconds=reader.one_of(60.0, 60.0, 0.0, 1000.0),
        updating_seconds=reader.one_of(30.0, 30.0, 0.0, 600.0),
        deleting_seconds=reader.one_of(0.0, 0.0, 30.0),
        deployment_failure=reader.one_of(None, None, None, None, "no capacity"),
        update_failure=reader.one_of(None, None, None, None, "no capacity"),
        deployment_readable_after_seconds=reader.one_of(0.0, 0.0, 0.0, 30.0),
        deployment_name_in_use=reader.one_of("ValidationException", "ConflictException"),
        update_refused_while_updating=reader.one_of("ValidationException", "ConflictException"),
        delete_while_in_progress=not reader.one_of(*_SELDOM),
        deployments=reader.one_of(10, 10, 1),
    )


def _history(drawn: list[bytes]) -> list[Step]:
    return [_ServingReader(one, "serving").serving_step() for one in drawn]


_histories = st.lists(st.binary(min_size=160, max_size=160), min_size=2, max_size=10).map(_history)
_behaviours = st.binary(min_size=12, max_size=12).map(lambda drawn: _behaviour(Reader(drawn)))

SERVING = (_histories, _behaviours, variants)
"""What such histories are made of."""
