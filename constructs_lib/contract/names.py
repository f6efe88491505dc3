"""Which name somebody meant who wrote one that the service does not have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from .fixes import nearest_of
from .shapes import REQUEST

if TYPE_CHECKING:
    from .shapes import ServiceModel


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The right name, where there is one, and the sentence about it."""

    member: str
    fix: str


# Seen in public code and issues, and too far from the right name to be found by its letters.
_HINTS = {
    ("VpcConfig", "subnets"): Suggestion("subnetIds", "write subnetIds, a list of subnet ids"),
    ("ValidationDataConfig", "s3Uri"): Suggestion("validators", "write validators: [{s3Uri: ...}]"),
    ("OutputDataConfig", "kmsKeyId"): Suggestion(
        "", "the model's key is customModelKmsKeyId, beside outputDataConfig"
    ),
    (REQUEST, "tags"): Suggestion("", "write jobTags for the job or customModelTags for the model"),
    (REQUEST, "hyperparameters"): Suggestion("hyperParameters", "write hyperParameters, with a capital P"),
    (REQUEST, "teacherModelIdentifier"): Suggestion(
        "", "it belongs under customizationConfig.distillationConfig.teacherModelConfig"
    ),
}


def nearest(name: object, shape: str, model: ServiceModel) -> Suggestion:
    """Find what `name` was meant to be: a member of `shape`, or one that lies elsewhere in the request."""
    if hint := _HINTS.get((shape, str(name))):
        return hint
    members = list(model.shape(shape)["members"])
    by_form = {_form(member): member for member in members}
    if place := _elsewhere(name, shape, model):
        return Suggestion("", f"it belongs at {place}")
    if near := nearest_of(_form(str(name)), by_form):
        return Suggestion(by_form[near], f"write {by_form[near]}")
    return Suggestion("", f"take it out; there are {', '.join(members)}")


def _elsewhere(name: object, shape: str, model: ServiceModel) -> str | None:
    return _places(model).get(str(name)) if shape in _parts(model) else None


def _form(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


@cache
def _parts(model: ServiceModel) -> dict[str, str]:
    """Give every structure of the job's request, and the path it lies at."""
    found: dict[str, str] = {}

    def visit(name: str, path: str) -> None:
        shape = model.shape(name)
        if shape["type"] == "structure" and name not in found:
            found[name] = path
            for member, target in shape["members"].items():
                visit(target["shape"], f"{path}.{member}" if path else member)
        elif shape["type"] == "list":
            visit(shape["member"]["shape"], f"{path}[]")

    visit(REQUEST, "")
    return found


@cache
def _places(model: ServiceModel) -> dict[str, str]:
    """Give the paths of those member names that occur once in the job's request."""
    places: dict[str, list[str]] = {}
    for name, path in _parts(model).items():
        for member in model.shape(name)["members"]:
            places.setdefault(member, []).append(f"{path}.{member}" if path else member)
    return {member: paths[0] for member, paths in places.items() if len(paths) == 1}
