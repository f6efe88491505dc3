"""Random histories of a stack, small enough to read when one of them breaks an invariant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hypothesis import strategies as st

from constructs_lib.testing.bedrock import Behaviour
from tests.lambda_.fakes import ACCOUNT
from tests.lambda_.operations import Plan, Script, Variant
from tests.lambda_.probe import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

TAGS: tuple[dict[str, str], ...] = ({}, {"team": "a"}, {"cost": "true", "team": "b"})


class Template(Protocol):
    """A resource as a template asks for it."""

    def properties(self, logical: str) -> dict[str, Any]:
        """Write the resource's properties."""
        ...


@dataclass(frozen=True, kw_only=True)
class JobTemplate:
    """A job as a template asks for it, as far as histories vary it; its path is no input."""

    epochs: int = 1
    tags: int = 0
    role: int = 0
    revision: int = 0
    on_delete: str = "StopJob"
    names: str = ""
    retrains: bool = False
    path: int = 0
    retained: tuple[str, ...] = ()

    def properties(self, logical: str) -> dict[str, Any]:
        """Write the resource's properties as CloudFormation sends them."""
        tags = [{"key": key, "value": value} for key, value in TAGS[self.tags].items()]
        request = {
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/role-{self.role}",
            "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
            "customizationType": "FINE_TUNING",
            "trainingDataConfig": {"s3Uri": "s3://bucket/train.jsonl"},
            "outputDataConfig": {"s3Uri": "s3://bucket/out/"},
            "hyperParameters": {"epochCount": str(self.epochs)},
            **({"jobName": f"exact-{logical}-{self.revision}"} if "j" in self.names else {}),
            **({"customModelName": f"exact-{logical}-{self.revision}"} if "m" in self.names else {}),
        }
        return {
            "ServiceToken": "token",
            "ServiceTimeout": "2700",
            "Path": f"path-{self.path}",
            "OnDelete": self.on_delete,
            "Request": request,
            **({"JobTags": tags, "CustomModelTags": tags[::-1]} if tags else {}),
            **({"Revision": str(self.revision)} if self.revision else {}),
            **({"RetainedParameters": list(self.retained)} if self.retained else {}),
            **({"RetrainOnInfrastructureChange": "true"} if self.retrains else {}),
        }


@dataclass(frozen=True, kw_only=True)
class Deploy:
    """Create or update the stack."""

    templates: Mapping[str, Template]
    script: Script

    @property
    def needs_models(self) -> bool:
        """Whether a template names a model that was trained outside the stack."""
        return any(
            {"ModelArn", "ModelId"} & set(one.properties(name)) for name, one in self.templates.items()
        )


@dataclass(frozen=True, kw_only=True)
class Destroy:
    """Delete the stack."""

    script: Script


@dataclass(frozen=True, kw_only=True)
class Move:
    """Return a resource another logical id, without an event."""

    logical: str


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Something happens to a job, or time passes."""

    how: str
    number: int = 0


Step = Deploy | Destroy | Move | Turn


class Reader:
    """Reads choices out of bytes, one each: a history costs one draw and shrinks to zeros, the defaults.

    `about` is what the history is about: a few things have to come together for some faults to show.
    """

    starting = "create_model_customization_job"
    """The call around which much of what goes wrong is to happen."""

    def __init__(self, drawn: bytes, about: str = "") -> None:
        self._bytes = iter(drawn)
        self._about = about

    def one_of(self, *choices: Any) -> Any:  # noqa: ANN401 - any choice
        """Choose; the first is what a history shrinks to."""
        return choices[next(self._bytes) % len(choices)]

    def trouble(self, kinds: tuple[str, ...]) -> Trouble:
        """Choose something that goes wrong around a call."""
        return Trouble(
            kind=self.one_of(*kinds),
            call=self.one_of(*range(1, 9)),
            after=self.one_of(*_NO_YES),
            attempt=self.one_of(0, 0, 0, 0, 1, 2),
            at=self.one_of("", "", self.starting),
        )

    def plan(self, kinds: tuple[str, ...], *, late: bool) -> Plan:
        """Choose what goes wrong around an event."""
        troubles = (self.trouble(kinds), self.trouble(kinds))
        is_late = late and self.one_of(*range(10)) == 1
        return Plan(troubles=troubles[: self.one_of(0, 0, 1, 1, 2)], late=is_late)

    def script(self) -> Script:
        """Choose what goes wrong in an operation."""
        repeats = tuple((self.one_of(0, 1, 2, 3), self.one_of("end", "begin", "middle")) for _ in range(2))
        return Script(
            forward=tuple(self.plan(_THERE, late=True) for _ in range(2)),
            back=tuple(self.plan(_BACK, late=False) for _ in range(3)),
            sibling_after=self.one_of(*_SIBLINGS.get(self._about, (None, None, None, 0, 1, 2))),
            duplicates=self.one_of((), (), (), (0,), (1,), (0, 1)),
            repeats=repeats[: self.one_of(0, 0, 0, 1, 2)],
            asks=self.one_of("new", "old", "nothing"),
            stays=self.one_of(*(_NO_YES if self._about == "failures" else _SELDOM)),
            cleans_first=self.one_of(*_NO_YES),
            parent_fails=self.one_of(*_SELDOM),
            denied=self.one_of(
                *[frozenset()] * (4 if self._about == "denials" else 20), *map(frozenset, _DENIED)
            ),
        )

    def template(self) -> JobTemplate:
        """Choose a job."""
        if self._about == "adoption":
            return JobTemplate(
                epochs=self.one_of(1, 2), on_delete=self.one_of("Retain", "Retain", "StopJob", "DeleteModel")
            )
        return JobTemplate(
            epochs=self.one_of(1, 1, 1, 2),
            tags=self.one_of(0, 1, 2),
            role=self.one_of(0, 0, 1),
            revision=self.one_of(0, 0, 0, 1),
            on_delete=self.one_of(
                *_ON_DELETE.get(self._about, ("StopJob", "StopJob", "DeleteModel", "Retain"))
            ),
            names=self.one_of("", "", "", "", "", "j", "m", "jm"),
            retrains=self.one_of(*_NO_YES),
            path=self.one_of(0, 0, 0, 1),
        )

    def step(self) -> Step:
        """Choose what happens next."""
        match self.one_of(Deploy, Deploy, Deploy, Deploy, Turn, Turn, Destroy, Deploy, Turn, Move):
            case type() as kind if kind is Deploy:
                names = self.one_of("A", "A", "AB", "B")
                return Deploy(templates={name: self.template() for name in names}, script=self.script())
            case type() as kind if kind is Turn:
                how = self.one_of("complete", "fail", "halt", "hours", "delete-model", "complete", "serve")
                return Turn(how=how, number=self.one_of(0, 1))
            case type() as kind if kind is Move:
                return Move(logical=self.one_of("A", "B"))
        return Destroy(script=self.script())


_THERE = (
    "crash",
    "sibling",
    "lose",
    "duplicate",
    "crash",
    "sibling",
    "lose",
    "complete",
    "fail",
    "halt",
    "throttle",
    "internal",
    "role",
    "denied",
    "quota",
    "hang",
    "response rejected",
    "unsent",
    "blind",
    "fail and crash",
    "overtaken",
    "overtaken",
    "slow duplicate",
    "stale",
    "earlier",
)
_BACK = (
    "crash",
    "duplicate",
    "complete",
    "lose",
    "throttle",
    "internal",
    "unsent",
    "blind",
    "earlier",
    "complete",
)
_DENIED = (
    ("describe_stack_resource",),
    ("describe_stack_events",),
    ("describe_stack_resource", "describe_stack_events"),
    ("describe_stacks",),
    ("describe_stacks",),
    ("delete_custom_model",),
    ("delete_custom_model",),
    ("list_custom_model_deployments",),
    ("list_provisioned_model_throughputs",),
    ("list_model_customization_jobs",),
)
_ON_DELETE = {
    "models": ("DeleteModel", "DeleteModel", "DeleteModel", "Retain"),
    "denials": ("DeleteModel", "StopJob", "Retain"),
}
_SIBLINGS: dict[str, tuple[int | None, ...]] = {"adoption": (None, 1), "failures": (None, None, 1)}
_NO_YES = (False, True)
_SELDOM = (False, False, False, True)

_ABOUT = ("", "", "models", "denials", "failures", "adoption")


def history(drawn: tuple[int, list[bytes]]) -> list[Step]:
    """Read a history."""
    about = _ABOUT[drawn[0] % len(_ABOUT)]
    return [Reader(one, about).step() for one in drawn[1]]


histories = st.tuples(
    st.integers(0, len(_ABOUT) - 1), st.lists(st.binary(min_size=128, max_size=128), min_size=1, max_size=8)
).map(history)

behaviours = st.binary(min_size=6, max_size=6).map(lambda drawn: _behaviour(Reader(drawn)))


def _behaviour(reader: Reader) -> Behaviour:
    return Behaviour(
        stopping_seconds=reader.one_of(60.0, 60.0, 0.0, 3000.0),
        training_seconds=reader.one_of(7200.0, 7200.0, 100.0),
        name_in_use=reader.one_of("ValidationException", "ConflictException"),
        stop_refused=reader.one_of("ConflictException", "ValidationException"),
        visible_after_seconds=reader.one_of(0.0, 0.0, 0.0, 2.0, 5.0, 20.0),
        finished_jobs_taggable=not reader.one_of(*_NO_YES),
        scheduled_jobs=50,
    )


variants = st.binary(min_size=5, max_size=5).map(lambda drawn: _variant(Reader(drawn)))


def _variant(reader: Reader) -> Variant:
    return Variant(
        is_nested=reader.one_of(*_NO_YES),
        moves_time_back=reader.one_of(*_NO_YES),
        takes_failed_id=reader.one_of(*_NO_YES),
        tells_deleted=reader.one_of(*_NO_YES),
        has_change_set=reader.one_of(*_NO_YES),
    )
