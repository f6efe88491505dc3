"""The stacks of a cloud assembly (`cdk.out`), as `cdk synth` wrote them: of stages and nested ones too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .templates import MOST_BYTES, TemplateError, read_template, resources

if TYPE_CHECKING:
    from pathlib import Path

    from .templates import Template

NESTED_STACK = "AWS::CloudFormation::Stack"
"""The type of a nested stack."""

_STACK, _ASSEMBLY, _ASSETS = "aws:cloudformation:stack", "cdk:cloud-assembly", "cdk:asset-manifest"
_AGAIN = "write it again with `cdk synth`"


class CloudAssemblyError(ValueError):
    """A folder is not a cloud assembly that can be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesizedStack:
    """A stack, or a nested stack, of a cloud assembly.

    Args:
        id: its path in the app, as the CDK CLI takes it: `Prod/Tickets`; a nested one's logical id.
        name: the name that CloudFormation knows it by; "" for a nested one.
        account: its account. Default: that of the credentials.
        region: its Region. Default: that of the profile or the environment.
        template: its template.
        nested: the nested stacks by their logical ids; None where the assembly has no template for one.
    """

    id: str
    name: str
    account: str | None = None
    region: str | None = None
    template: Template
    nested: Mapping[str, SynthesizedStack | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudAssembly:
    """What `cdk synth` wrote.

    Args:
        folder: where it is.
        written: when it was written.
        stacks: its stacks, in the order of its manifests.
    """

    folder: Path
    written: datetime
    stacks: Sequence[SynthesizedStack]


def read_assembly(folder: Path) -> CloudAssembly:
    """Return the stacks of a cloud assembly.

    Args:
        folder: the cloud assembly, such as `cdk.out`.

    Raises:
        CloudAssemblyError: the folder is not a cloud assembly, or a part of it cannot be read.
    """
    if not folder.exists():
        raise CloudAssemblyError(
            f"There is no {folder} here; write it with `cdk synth`, or name another one with --app."
        )
    if not folder.is_dir():
        raise CloudAssemblyError(f"{folder} is not a folder; name the folder that `cdk synth` writes.")
    if not (folder / "manifest.json").is_file():
        raise CloudAssemblyError(
            f"{folder} has no manifest.json, so it is no cloud assembly; write it with `cdk synth`."
        )
    written = datetime.fromtimestamp((folder / "manifest.json").stat().st_mtime, tz=UTC)
    return CloudAssembly(folder=folder, written=written, stacks=list(_stacks(folder, folder, set())))


def _stacks(folder: Path, root: Path, seen: set[Path]) -> Iterator[SynthesizedStack]:
    """Yield the stacks of an assembly and of those in it, each of which is read only once."""
    if folder.resolve() in seen:
        return
    seen.add(folder.resolve())
    artifacts = _artifacts(folder)
    for name, artifact in artifacts.items():
        properties = _object(artifact.get("properties"))
        match artifact.get("type"):
            case str(kind) if kind == _STACK:
                yield _stack(folder, root, name, artifact, _assets(folder, root, artifact, artifacts))
            case str(kind) if kind == _ASSEMBLY:
                yield from _stacks(_inside(folder, root, properties.get("directoryName")), root, seen)


def _artifacts(folder: Path) -> dict[str, Mapping[str, Any]]:
    file = folder / "manifest.json"
    manifest = _json(file)
    artifacts = manifest.get("artifacts", {})
    if "version" not in manifest or not isinstance(artifacts, Mapping):
        raise CloudAssemblyError(
            f"{file} is not the manifest of a cloud assembly; write it with `cdk synth`."
        )
    return {str(name): _object(one) for name, one in artifacts.items()}


def _stack(
    folder: Path, root: Path, name: str, artifact: Mapping[str, Any], assets: Mapping[str, Path]
) -> SynthesizedStack:
    properties = _object(artifact.get("properties"))
    account, _, region = str(artifact.get("environment", "")).removeprefix("aws://").partition("/")
    template, nested = _with_nested(
        _inside(folder, root, properties.get("templateFile")), folder, root, assets
    )
    return SynthesizedStack(
        id=str(artifact.get("displayName", name)),
        name=str(properties.get("stackName", name)),
        account=_known(account),
        region=_known(region),
        template=template,
        nested=nested,
    )


def _with_nested(
    file: Path, folder: Path, root: Path, assets: Mapping[str, Path], around: tuple[Path, ...] = ()
) -> tuple[Template, dict[str, SynthesizedStack | None]]:
    """Return a template and the nested stacks in it; `around` are the templates that it is nested in."""
    template = _template(file)
    nested: dict[str, SynthesizedStack | None] = {}
    for logical_id, resource in resources(template, NESTED_STACK).items():
        inner = _nested_file(resource, folder, root, assets)
        nested[logical_id] = None
        if inner is not None and inner not in (*around, file):
            own, below = _with_nested(inner, folder, root, assets, (*around, file))
            nested[logical_id] = SynthesizedStack(id=logical_id, name="", template=own, nested=below)
    return template, nested


def _nested_file(
    resource: Mapping[str, Any], folder: Path, root: Path, assets: Mapping[str, Path]
) -> Path | None:
    """Return the template of a nested stack: the CLI has the CDK write its path, else the URL has its key."""
    named = _object(resource.get("Metadata")).get("aws:asset:path")
    if isinstance(named, str):
        return _inside(folder, root, named)
    url = json.dumps(_object(resource.get("Properties")).get("TemplateURL"))
    return next((path for key, path in assets.items() if f"/{key}" in url), None)


def _assets(
    folder: Path, root: Path, artifact: Mapping[str, Any], artifacts: Mapping[str, Mapping[str, Any]]
) -> dict[str, Path]:
    """Return the files that a stack's deployment uploads, by the keys of their objects."""
    found: dict[str, Path] = {}
    for name in artifact.get("dependencies", ()):
        dependency = artifacts.get(str(name), {})
        if dependency.get("type") != _ASSETS:
            continue
        listed = _json(_inside(folder, root, _object(dependency.get("properties")).get("file")))
        for one in map(_object, _object(listed.get("files")).values()):
            path = _object(one.get("source")).get("path")
            for to in map(_object, _object(one.get("destinations")).values()):
                if isinstance(path, str) and path.endswith(".json") and to.get("objectKey"):
                    found[str(to["objectKey"])] = _inside(folder, root, path)
    return found


def _inside(folder: Path, root: Path, name: object) -> Path:
    """Return a file that a manifest names; it must be in the cloud assembly."""
    path = folder / str(name)
    if not isinstance(name, str) or not path.resolve().is_relative_to(root.resolve()):
        raise CloudAssemblyError(
            f"{folder / 'manifest.json'} names {name!r}, which is not in {root}; {_AGAIN}."
        )
    return path


def _template(file: Path) -> Template:
    try:
        return read_template(_content(file))
    except TemplateError as error:
        raise CloudAssemblyError(f"{file} is not {error}; {_AGAIN}.") from None


def _json(file: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(_content(file))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, Mapping):
        raise CloudAssemblyError(f"{file} is not an object in JSON; {_AGAIN}.")
    return found


def _content(file: Path) -> bytes:
    from ..request.regular_files import open_regular

    try:
        with open_regular(file) as stream:
            return stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CloudAssemblyError(f"{file} cannot be read ({reason}); {_AGAIN}.") from None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _known(name: str) -> str | None:
    return None if name.startswith("unknown-") else name or None
