"""The stacks of a cloud assembly: their environments, their templates and the files that are uploaded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..datasets import FileCopy

_NESTED = ".nested.template.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssembledStack:
    """A stack of a cloud assembly.

    Args:
        region: its Region, if it states one.
        account: its account, if it states one.
        template: its template.
        nested: the templates of its nested stacks, by the keys of the objects that they are uploaded to.
        files: what else its deployment uploads, by the keys of the objects.
    """

    region: str | None
    account: str | None
    template: Path
    nested: Mapping[str, Path]
    files: Mapping[str, Path]

    @property
    def templates(self) -> Sequence[Path]:
        """Its template, and those of its nested stacks."""
        return [self.template, *self.nested.values()]

    @property
    def pseudo_parameters(self) -> dict[str, str]:
        """The values of CloudFormation's pseudo parameters that are known."""
        known = {"AWS::Region": self.region, "AWS::AccountId": self.account}
        return {name: value for name, value in known.items() if value}

    def file(self, uri: str) -> FileCopy | None:
        """Return the local file that is uploaded to a URI.

        Args:
            uri: an S3 URI; the name of its bucket may not be known.
        """
        from ..datasets import FileCopy, content_hash

        found = next((path for key, path in self.files.items() if uri.endswith(f"/{key}")), None)
        if found is None:
            return None
        return FileCopy(name=found.name, path=found, sha256=content_hash(found))


def assembled_stacks(templates: Iterable[str]) -> Iterator[AssembledStack]:
    """Yield the stacks of templates, with the templates of nested stacks, which the CDK does not list.

    Args:
        templates: the paths of templates in a cloud assembly.
    """
    for template in map(Path, templates):
        folder = template.parent
        artifacts = read_json(folder / "manifest.json").get("artifacts", {})
        own = (one for one in artifacts.values() if one.get("type") == "aws:cloudformation:stack")
        found: dict[str, Any] = next(
            (one for one in own if one["properties"]["templateFile"] == template.name), {}
        )
        account, region = found.get("environment", "aws:///").removeprefix("aws://").split("/")
        files: dict[str, Path] = {}
        for name in found.get("dependencies", ()):
            dependency = artifacts.get(name, {})
            if dependency.get("type") == "cdk:asset-manifest":
                files |= _uploaded(folder, read_json(folder / dependency["properties"]["file"]))
        yield AssembledStack(
            region=_known(region),
            account=_known(account),
            template=template,
            nested={key: one for key, one in files.items() if one.name.endswith(_NESTED)},
            files={key: one for key, one in files.items() if not one.name.endswith(_NESTED)},
        )


def _uploaded(folder: Path, assets: Mapping[str, Any]) -> dict[str, Path]:
    """Return the files of an asset manifest by the keys of their objects."""
    found: dict[str, Path] = {}
    for one in assets.get("files", {}).values():
        path = one.get("source", {}).get("path")
        if path and (folder / path).is_file():
            found |= {to["objectKey"]: folder / path for to in one.get("destinations", {}).values()}
    return found


def _known(environment: str) -> str | None:
    return None if environment.startswith("unknown-") else environment or None


def read_json(file: Path) -> dict[str, Any]:
    """Return the object in a JSON file; an empty one where there is none.

    Args:
        file: its path.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
