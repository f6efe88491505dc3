"""What deploying one template over another does to each job, in one sentence for each.

`contract.replacement` defines what a training depends on; the Lambda decides by the same functions.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeGuard

from ..contract import REQUEST, default_model, printable, redacted, typed
from ..contract.replacement import TAG_PROPERTIES, infrastructure, training_inputs
from .templates import Template

_JOB = "Custom::BedrockModelCustomizationJob"
_FUNCTION = "ServiceToken"
_FUNCTION_CHANGES = (
    'and CloudFormation rejects that with "Modifying service token is not allowed"; change the settings of '
    "the job's function with JobProvider.configure, or give the job another construct id, which makes it "
    "a new job"
)
_SHOWN = 60
_NOT_SHOWN = "***"
_NOTHING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What a deploy would do to one job.

    Args:
        job: the construct's path and logical id; the logical id alone where the template has no path.
        starts: `yes`; `no`; `if-running`, only where the old job has not finished; or `fails`, the stack
            cannot be deployed.
        why: the reason, as the end of a sentence.
    """

    job: str
    starts: Literal["yes", "no", "if-running", "fails"]
    why: str

    def __str__(self) -> str:
        would = {
            "yes": "a deploy would start a job",
            "no": "a deploy would start no job",
            "if-running": "a deploy would start a job if the old one still runs, and none if it has finished",
            "fails": "a deploy would fail",
        }
        return printable(f"{self.job}: {would[self.starts]}, because {self.why}.")


def consequences(old: Template, new: Template) -> list[Consequence]:
    """Return what a deploy of `new` over `old` would do to each job, in the order of `new`."""
    before, after = _jobs(old), _jobs(new)
    ids = dict.fromkeys([*after, *before])
    return [_consequence(one, before.get(one), after.get(one)) for one in ids]


def _jobs(template: Template) -> dict[str, Template]:
    found = template["Resources"].items()
    return {name: one for name, one in found if isinstance(one, dict) and one.get("Type") == _JOB}


def _consequence(logical_id: str, old: Template | None, new: Template | None) -> Consequence:
    job = _name(logical_id, new or old or {})
    if new is None:
        return Consequence(
            job=job, starts="no", why=f"it is removed from the stack{_old_job(_properties(old))}"
        )
    if old is None:
        return Consequence(job=job, starts="yes", why="it is new in this stack")
    before, after = _properties(old), _properties(new)
    functions = [*_changes(before.get(_FUNCTION, _NOTHING), after.get(_FUNCTION, _NOTHING), _FUNCTION)]
    if functions:
        return Consequence(job=job, starts="fails", why=f"{_listed(functions)}, {_FUNCTION_CHANGES}")
    trained = [*_changes(training_inputs(before), training_inputs(after), shape=REQUEST)]
    if trained:
        return Consequence(job=job, starts="yes", why=f"{_listed(trained)}{_old_job(before)}")
    around = [*_changes(infrastructure(before), infrastructure(after), shape=REQUEST)]
    if around:
        forced = str(after.get("RetrainOnInfrastructureChange", "")).lower() == "true"
        why = f"{_listed(around)}{', and RetrainOnInfrastructureChange is set' if forced else ''}"
        return Consequence(job=job, starts="yes" if forced else "if-running", why=why)
    tags = [name for name in TAG_PROPERTIES if (before.get(name) or None) != (after.get(name) or None)]
    why = "nothing changes that its training depends on"
    if tags:
        why = f"only {' and '.join(tags)} change, and tags are changed in place"
    return Consequence(job=job, starts="no", why=why)


def _old_job(properties: Template) -> str:
    """Return what happens to the old job, as the end of a sentence."""
    on_delete = {
        "StopJob": "the old job is stopped if it still runs, and its model is kept",
        "DeleteModel": "the old job is stopped if it still runs, and its model is deleted",
        "Retain": "the old job and its model are kept as they are",
    }.get(str(properties.get("OnDelete", "StopJob")))
    return f"; {on_delete}" if on_delete else ""


def _properties(resource: Template | None) -> Template:
    """Return the properties, `Request` with the API's types, as the Lambda sees it."""
    properties = (resource or {}).get("Properties")
    properties = properties if isinstance(properties, dict) else {}
    request = properties.get("Request")
    return {**properties, "Request": typed(request) if isinstance(request, dict) else {}}


def _name(logical_id: str, resource: Template) -> str:
    metadata = resource.get("Metadata")
    path = metadata.get("aws:cdk:path") if isinstance(metadata, dict) else None
    return f"{path} ({logical_id})" if isinstance(path, str) else logical_id


def _changes(
    old: object, new: object, path: str = "", *, shape: str = "", is_sensitive: bool = False
) -> Iterator[str]:
    """Yield every difference in words; values that the service model marks as sensitive are not shown."""
    if old is new:
        return
    if not is_sensitive and _has_members(old) and _has_members(new):
        form = default_model().shape(shape) if shape else {}
        for name in dict.fromkeys([*new, *old]):
            target = form["members"].get(str(name), {}) if "members" in form else form.get("value", {})
            yield from _changes(
                old.get(name, _NOTHING),
                new.get(name, _NOTHING),
                f"{path}.{name}" if path else str(name),
                shape=str(target.get("shape", "")),
                is_sensitive=bool(target) and default_model().is_sensitive(target),
            )
    elif old is _NOTHING:
        yield f"{path} is added as {_NOT_SHOWN if is_sensitive else _shown(new, shape)}"
    elif new is _NOTHING:
        yield f"{path} is removed, it was {_NOT_SHOWN if is_sensitive else _shown(old, shape)}"
    elif old != new and is_sensitive:
        yield f"{path} changes; its values are not shown"
    elif old != new:
        yield f"{path} changes from {_shown(old, shape)} to {_shown(new, shape)}"


def _has_members(value: object) -> TypeGuard[Mapping[str, object]]:
    """Return whether a value is a mapping, and not an intrinsic function."""
    if not isinstance(value, Mapping):
        return False
    return len(value) != 1 or not next(iter(value)).startswith(("Fn::", "Ref"))


def _shown(value: object, shape: str = "") -> str:
    text = json.dumps(redacted(value, shape) if shape else value, default=str)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _listed(changes: list[str]) -> str:
    return changes[0] if len(changes) == 1 else f"{', '.join(changes[:-1])} and {changes[-1]}"
