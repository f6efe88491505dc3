"""What a deploy would do to the jobs of a stack, from its old and its new template.

What the weights depend on is defined once, in `contract.replacement`; the Lambda decides by the same words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import typer

from constructs_lib.contract import REQUEST, default_model, printable, redacted, typed
from constructs_lib.contract.replacement import TAG_PROPERTIES, infrastructure, training_inputs
from constructs_lib.request.regular_files import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Template: TypeAlias = Mapping[str, Any]

JOB = "Custom::BedrockModelCustomizationJob"
_FUNCTION = "ServiceToken"
_FUNCTION_STAYS = (
    'and CloudFormation answers "Modifying service token is not allowed"; change the settings of the '
    "function that the job has with JobProvider.configure, or give the job another construct id, "
    "which makes it another job"
)
_SHOWN = 60
_MOST_BYTES = 8 << 20  # CloudFormation takes one megabyte
_HIDDEN = "***"
_NOTHING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What a deploy would do to one job.

    Args:
        job: The construct's path where the template has it, else the logical id.
        starts: `yes`, `no`, `if-running`: only where the old job has not finished, or `fails`: the stack
            cannot be deployed.
        why: The reason, as the end of a sentence.
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


def read_template(path: Path, name: str) -> Template:
    """Read a template; end with a sentence where that cannot be done."""
    try:
        with open_regular(path) as stream:
            content = stream.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise _unusable(name, f"be at most {_MOST_BYTES:,} bytes, got {path}; name a template")
        template = json.loads(content)
    except OSError as error:
        raise _unusable(name, f"be a file that can be read, got {path}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise _unusable(name, f"be a template in JSON, got {path}; convert it") from None
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        raise _unusable(name, f"be a template with Resources, got {path}; take one that `cdk synth` wrote")
    return template


def _unusable(name: str, rule: str) -> typer.BadParameter:
    return typer.BadParameter(printable(f"must {rule}"), param_hint=name)


def consequences(old: Template, new: Template) -> list[Consequence]:
    """Say what deploying `new` over `old` would do to every job, in the new template's order."""
    before, after = _jobs(old), _jobs(new)
    ids = dict.fromkeys([*after, *before])
    return [_consequence(one, before.get(one), after.get(one)) for one in ids]


def _jobs(template: Template) -> dict[str, Template]:
    found = template["Resources"].items()
    return {name: one for name, one in found if isinstance(one, dict) and one.get("Type") == JOB}


def _consequence(logical_id: str, old: Template | None, new: Template | None) -> Consequence:
    job = _name(logical_id, new or old or {})
    if new is None:
        return Consequence(job=job, starts="no", why=f"it is taken out{_fate(_properties(old))}")
    if old is None:
        return Consequence(job=job, starts="yes", why="it is new in this stack")
    before, after = _properties(old), _properties(new)
    functions = [*_changes(before.get(_FUNCTION, _NOTHING), after.get(_FUNCTION, _NOTHING), _FUNCTION)]
    if functions:
        return Consequence(job=job, starts="fails", why=f"{_listed(functions)}, {_FUNCTION_STAYS}")
    trained = [*_changes(training_inputs(before), training_inputs(after), shape=REQUEST)]
    if trained:
        return Consequence(job=job, starts="yes", why=f"{_listed(trained)}{_fate(before)}")
    around = [*_changes(infrastructure(before), infrastructure(after), shape=REQUEST)]
    if around:
        forced = str(after.get("RetrainOnInfrastructureChange", "")).lower() == "true"
        why = f"{_listed(around)}{', and RetrainOnInfrastructureChange is set' if forced else ''}"
        return Consequence(job=job, starts="yes" if forced else "if-running", why=why)
    return Consequence(job=job, starts="no", why=_harmless(before, after))


def _harmless(before: Template, after: Template) -> str:
    tags = [name for name in TAG_PROPERTIES if (before.get(name) or None) != (after.get(name) or None)]
    if tags:
        return f"only {' and '.join(tags)} change, and tags are changed in place"
    return "nothing changes that its weights depend on"


def _fate(properties: Template) -> str:
    """Say what becomes of the old job."""
    on_delete = {
        "StopJob": "the old job is stopped if it still runs, and its model is kept",
        "DeleteModel": "the old job is stopped if it still runs, and its model is deleted",
        "Retain": "the old job and its model are left alone",
    }.get(str(properties.get("OnDelete", "StopJob")))
    return f"; {on_delete}" if on_delete else ""


def _properties(resource: Template | None) -> Template:
    """Return the properties, `Request` with the API's types, as the Lambda will see it."""
    properties = (resource or {}).get("Properties")
    properties = properties if isinstance(properties, dict) else {}
    request = properties.get("Request")
    return {**properties, "Request": typed(request) if isinstance(request, dict) else {}}


def _name(logical_id: str, resource: Template) -> str:
    metadata = resource.get("Metadata")
    path = metadata.get("aws:cdk:path") if isinstance(metadata, dict) else None
    return f"{path} ({logical_id})" if isinstance(path, str) else logical_id


def _changes(old: object, new: object, path: str = "", *, shape: str = "") -> Iterator[str]:
    """Give every leaf that differs, in words; of what the service model marks as sensitive, no value."""
    if isinstance(old, Mapping) and isinstance(new, Mapping) and not (_is_function(old) or _is_function(new)):
        for name in dict.fromkeys([*new, *old]):
            where = f"{path}.{name}" if path else str(name)
            target = _target(shape, name)
            values = (old.get(name, _NOTHING), new.get(name, _NOTHING))
            if target and default_model().is_sensitive(target):
                yield from _hidden_change(*values, where)
            else:
                yield from _changes(*values, where, shape=str(target.get("shape", "")))
    elif old is new:
        return
    elif old is _NOTHING:
        yield f"{path} is added as {_shown(new, shape)}"
    elif new is _NOTHING:
        yield f"{path} is taken out, {_shown(old, shape)}"
    elif old != new:
        yield f"{path} changes from {_shown(old, shape)} to {_shown(new, shape)}"


def _hidden_change(old: object, new: object, path: str) -> Iterator[str]:
    if old is _NOTHING:
        yield f"{path} is added as {_HIDDEN}"
    elif new is _NOTHING:
        yield f"{path} is taken out, {_HIDDEN}"
    elif old != new:
        yield f"{path} changes; its values are not shown"


def _target(shape: str, name: object) -> Mapping[str, Any]:
    """Give what the service model says of a member; nothing of a member or a shape that it does not have."""
    found = default_model().shape(shape) if shape else {}
    match found.get("type"):
        case "structure":
            return found["members"].get(str(name), {})  # type: ignore[no-any-return]
        case "map":
            return found["value"]  # type: ignore[no-any-return]
    return {}


def _is_function(value: Mapping[str, object]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref"))


def _shown(value: object, shape: str = "") -> str:
    text = json.dumps(redacted(value, shape) if shape else value, default=str)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _listed(changes: list[str]) -> str:
    return changes[0] if len(changes) == 1 else f"{', '.join(changes[:-1])} and {changes[-1]}"
