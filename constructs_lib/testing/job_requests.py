"""The requests of the jobs in a template, as the function will send them, for assertions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Union, cast

from ..contract import typed
from ..contract.replacement import TAG_PROPERTIES
from ..contract.resource import (
    ON_DELETE_PROPERTY,
    REQUEST_PROPERTY,
    RESOURCE_TYPE,
    REVISION_PROPERTY,
    OnDelete,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_cdk import Stack, Stage
    from aws_cdk.assertions import Template

TemplateSource: TypeAlias = Union["Stack", "Stage", "Template", Mapping[str, Any], str, Path]
"""What contains jobs: a stack, a stage, an app, a template, or the path of a template's file."""

_NO_VALUE = {"Ref": "AWS::NoValue"}
_ABSENT = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundJob:
    """A job in a template.

    Args:
        logical_id: the logical id of its custom resource.
        path: its construct path, such as `Tickets/Triage`; the logical id where the template has no path.
        request: the request that the function will send, with the API's names and types, and with the tags.
            It lacks what the function adds: the client token, and the names that it generates. Intrinsic
            functions are as in the template.
        on_delete: what a Delete does to the job and its model.
        revision: the value of `revision`. Default: none.
    """

    logical_id: str
    path: str
    request: Mapping[str, Any]
    on_delete: OnDelete = OnDelete.STOP_JOB
    revision: Any = None

    def __repr__(self) -> str:
        revision = "" if self.revision is None else f", revision {self.revision!r}"
        request = json.dumps(self.request, default=str)
        return f"<job {self._name}, on delete {self.on_delete.value}{revision}, request {request}>"

    @property
    def _name(self) -> str:
        return self.path if self.path == self.logical_id else f"{self.path} ({self.logical_id})"


def find_jobs(source: TemplateSource) -> list[FoundJob]:
    """Return the jobs in a template, in the template's order.

    Args:
        source: a stack, a stage or an app, whose nested stacks are read too; `aws_cdk.assertions.Template`; a
            template as a dict; or the path of a template's JSON file.

    Raises:
        ValueError: the file is not a template.
    """
    if isinstance(source, Mapping):
        return list(_jobs(source, {}))
    if isinstance(source, str | Path):
        return list(_jobs(_read(Path(source)), {}))
    if hasattr(source, "to_json"):
        return list(_jobs(source.to_json(), {}))
    from .stack_templates import synthesized

    stacks = (one for stack in synthesized(source) for one in stack.walk())
    return [job for stack in stacks for job in _jobs(stack.content, stack.construct_paths)]


def assert_request(
    source: TemplateSource, expected: Mapping[str, Any], *, job: str | None = None, exact: bool = False
) -> None:
    """Fail unless the request of a job in a template is as expected.

        assert_request(stack, {"hyperParameters": {"epochCount": "2"}}, job="Tickets/Triage")

    Args:
        source: what `find_jobs` takes.
        expected: the request, with the API's names. A member that must be absent is None. Numbers may be
            written as such where the API takes strings.
        job: the construct path or the logical id of the job. Default: the only one.
        exact: whether the request must have no other members. Default: it may, on every level, as in
            `Template.has_resource_properties` of the CDK.

    Raises:
        AssertionError: they differ, or the template has no such job; the message lists every difference.
    """
    __tracebackhide__ = True
    found = _the_job(find_jobs(source), job)
    differences = list(_differences(_as_sent(expected, keep_none=True), found.request, exact=exact))
    if differences:
        title = f"The request of {found._name} is not as expected:"  # noqa: SLF001 - of this module
        raise AssertionError("\n".join([title, *differences]))


def _the_job(jobs: list[FoundJob], job: str | None) -> FoundJob:
    __tracebackhide__ = True
    chosen = [one for one in jobs if job in (None, one.path, one.logical_id)]
    if len(chosen) == 1:
        return chosen[0]
    there = ", ".join(one._name for one in jobs) or "none"  # noqa: SLF001 - of this module
    if job is None or chosen:
        raise AssertionError(f"The template must have one job, or job= must choose one of its jobs: {there}.")
    raise AssertionError(f"The template has no job {job!r}; its jobs: {there}.")


def _read(file: Path) -> Mapping[str, Any]:
    try:
        template = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} must be a template in JSON; it cannot be read: {error}") from None
    if not isinstance(template, Mapping):
        raise ValueError(f"{file} must be a template in JSON, got {type(template).__name__}")  # noqa: TRY004 - a file has the wrong content
    return template


def _jobs(template: Mapping[str, Any], construct_paths: Mapping[str, str]) -> Iterator[FoundJob]:
    for logical_id, resource in template.get("Resources", {}).items():
        if resource.get("Type") != RESOURCE_TYPE:
            continue
        properties = resource.get("Properties", {})
        tags = {field: properties[name] for name, field in TAG_PROPERTIES.items() if properties.get(name)}
        path = resource.get("Metadata", {}).get("aws:cdk:path") or construct_paths.get(logical_id, logical_id)
        on_delete = properties.get(ON_DELETE_PROPERTY)
        yield FoundJob(
            logical_id=logical_id,
            path=path.removesuffix("/Resource"),
            request=_as_sent({**properties.get(REQUEST_PROPERTY, {}), **tags}),
            on_delete=next((one for one in OnDelete if one.value == on_delete), OnDelete.STOP_JOB),
            revision=properties.get(REVISION_PROPERTY),
        )


def _as_sent(request: Mapping[str, Any], *, keep_none: bool = False) -> Mapping[str, Any]:
    """Return a request as the function reads it: every scalar once a string, then with the API's types."""
    absent = ("", _NO_VALUE) if keep_none else ("", None, _NO_VALUE)
    present = {name: value for name, value in request.items() if value not in absent}
    return cast("Mapping[str, Any]", typed(_as_text(present)))


def _as_text(value: Any) -> Any:  # noqa: ANN401 - a template holds anything that JSON holds
    """Copy a part of a template as CloudFormation sends it, but with its intrinsic functions."""
    if isinstance(value, Mapping):
        if len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::")):
            return value
        return {name: _as_text(one) for name, one in value.items() if one != _NO_VALUE}
    if isinstance(value, list | tuple):
        return [_as_text(one) for one in value if one != _NO_VALUE]
    return json.dumps(value) if isinstance(value, bool | int | float) else value


def _differences(expected: Any, got: Any, path: str = "", *, exact: bool) -> Iterator[str]:  # noqa: ANN401 - any value
    """Yield a paragraph for each value that differs."""
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        names = [*expected, *(name for name in got if exact and name not in expected)]
        for name in names:
            near = get_close_matches(name, [one for one in got if one not in expected], n=1)
            below = f"{path}.{name}" if path else name
            there = got.get(name, _ABSENT)
            for one in _differences(expected.get(name, _ABSENT), there, below, exact=exact):
                hint = f"\n    there is: {near[0]}" if near and there is _ABSENT else ""
                yield f"{one}{hint}"
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for index, (one, other) in enumerate(zip(expected, got, strict=True)):
            yield from _differences(one, other, f"{path}[{index}]", exact=exact)
    elif expected is None:
        if got is not _ABSENT:
            yield _difference(path, _ABSENT, got)
    elif expected != got:
        yield _difference(path, expected, got)


def _difference(path: str, expected: object, got: object) -> str:
    # On lines of their own, so that the values stand below each other.
    return f"  {path}\n    expected: {_shown(expected)}\n    got:      {_shown(got)}"


def _shown(value: object) -> str:
    return "(absent)" if value is _ABSENT else json.dumps(value, default=str, ensure_ascii=False)
