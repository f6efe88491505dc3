"""What the CDK has to say about a synthesized app: a deployment that succeeds shows none of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from ..findings import PREFIX, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Level: TypeAlias = Literal["error", "warning", "note"]

# https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.cloud_assembly_schema.ArtifactMetadataEntryType.html
_LEVELS: Mapping[str, Level] = {
    "aws:cdk:error": "error",
    "aws:cdk:warning": "warning",
    "aws:cdk:info": "note",
}
_NESTED_ASSEMBLY = "cdk:cloud-assembly"
_ACKNOWLEDGED_AS = "[ack: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """An error, a warning or a note about constructs; printed, it is one line.

    Args:
        level: how serious it is.
        text: what it says, without its id.
        id: the id by which an app acknowledges it; "" where it has none.
        paths: the paths of the constructs in the app.
    """

    level: Level
    text: str
    id: str
    paths: tuple[str, ...]

    def __str__(self) -> str:
        name = f" [{self.id.removeprefix(PREFIX)}]" if self.id else ""
        return printable(f"{self.level}: {self.text}{name} ({', '.join(self.paths)})")


def annotations_of(assembly: Path) -> list[Annotation]:
    """Return the annotations of a cloud assembly: errors first, then warnings, then notes, each once.

    Args:
        assembly: the folder that `cdk synth` wrote: `cdk.out`.
    """
    paths: dict[tuple[Level, str, str], set[str]] = {}
    for level, path, data in _entries(assembly):
        text, name = _split(data)
        paths.setdefault((level, " ".join(text.split()), name), set()).add(path)
    order = list(_LEVELS.values())
    return [
        Annotation(level=level, text=text, id=name, paths=tuple(sorted(where)))
        for (level, text, name), where in sorted(paths.items(), key=lambda one: order.index(one[0][0]))
    ]


def _split(data: str) -> tuple[str, str]:
    """Return the text of an annotation and the id by which it is acknowledged, which ends it."""
    text, _, name = data.rstrip().removesuffix("]").rpartition(_ACKNOWLEDGED_AS)
    is_end = data.rstrip().endswith("]") and "]" not in name
    return (text, name) if text and name and is_end else (data, "")


def _entries(assembly: Path) -> Iterator[tuple[Level, str, str]]:
    """Yield level, path and text of each annotation, also of the assemblies of stages."""
    for artifact in _read(assembly / "manifest.json").get("artifacts", {}).values():
        if artifact["type"] == _NESTED_ASSEMBLY:
            yield from _entries(assembly / artifact["properties"]["directoryName"])
            continue
        metadata = dict(artifact.get("metadata", {}))
        # Newer versions of the CDK write the metadata of each stack into a file of its own.
        if file := artifact.get("additionalMetadataFile"):
            metadata |= _read(assembly / file)
        for path, entries in metadata.items():
            for entry in entries:
                if entry["type"] in _LEVELS:
                    yield _LEVELS[entry["type"]], path.strip("/"), str(entry["data"])


def _read(file: Path) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", json.loads(file.read_text(encoding="utf-8")))
