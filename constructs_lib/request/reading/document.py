"""What was read: the request, the position of each part of it, and what could not be read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from ...contract import REQUEST, default_model
from ...findings import NOT_SHOWN, Described, Finding, error

if TYPE_CHECKING:
    from collections.abc import Mapping

JOB_FILE = "the job file"
"""How an error names what is read, where it is nothing else."""

MOST_BYTES = 256 * 1024
"""Ten times the largest request that is not padded."""

MOST_PARTS = 20_000
"""Of a document with its aliases written out: an alias of an alias of an alias grows without bound."""

DEEPEST = 32
"""The request has nine levels."""

Position: TypeAlias = tuple[int, int]
"""Line and column, both from 1; columns count characters."""

_FIRST_STEP = re.compile(r"[.\[]")
_LAST_STEP = re.compile(r"(\.[^.\[\]]*|\[\d+\])$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A job file, read.

    Args:
        name: the file's name.
        request: its content, or the part of it that could be read.
        positions: the position of each part by path, with the API's names ("": the whole): of the key for a
            member of a mapping, of the item for an item of a list.
        findings: what could not be read.
    """

    name: str
    request: Mapping[str, Any] = field(default_factory=dict)
    positions: Mapping[str, Position] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def is_unreadable(self) -> bool:
        """Whether nothing of the file could be used."""
        return bool(self.findings) and not self.request

    def located(self, finding: Finding) -> Finding:
        """Return a finding with the file, and with line and column if it is about the request.

        Args:
            finding: what was found; one that is in a file already is returned as it is.
        """
        if finding.file:
            return finding
        # What is about an argument of the construct, and not about the request, has no position.
        top = _FIRST_STEP.split(finding.path)[0]
        is_here = top in self.positions or top in default_model().shape(REQUEST)["members"]
        position = self.position(finding.path) if is_here else None
        return finding.at(self.name, *(position or ()))

    def position(self, path: str) -> Position | None:
        """Return the position of a part, or of the nearest part around it that the file contains.

        Args:
            path: with the API's names: `vpcConfig.subnetIds[3]`.
        """
        while path not in self.positions:
            shorter = _LAST_STEP.sub("", path)
            if shorter == path:
                return self.positions.get("")
            path = shorter
        return self.positions[path]


class UnreadableError(ValueError):
    """Nothing of a file can be used.

    Args:
        rule: what must be true.
        got: what was found. Default: the rule contains it.
        fix: what to do.
        at: where. Default: not known.
    """

    def __init__(
        self, rule: str, *, got: object = NOT_SHOWN, fix: str = "correct it", at: Position | None = None
    ) -> None:
        self.rule, self.got, self.fix, self.at = rule, got, fix, at
        super().__init__(rule)

    def document(self, name: str) -> Document:
        """Return a document without a request that reports the error.

        Args:
            name: the file's name.
        """
        finding = error("job-file", "", self.rule, self.got, self.fix).at(name, *(self.at or ()))
        return Document(name=name, findings=(finding,))


def too_deep(what: str, at: Position) -> UnreadableError:
    """Return the error that a text has too many levels.

    Args:
        what: how the error names the text.
        at: where the first level is that is too deep.
    """
    rule = f"{what} must have at most {DEEPEST} levels"
    return UnreadableError(rule, got=Described("more"), fix="write it without this level", at=at)


def repeated(path: str, first: Position) -> Finding:
    """Return the finding that a key is written twice; most readers would silently use one of the two.

    Args:
        path: the path of the key.
        first: where it is written first.
    """
    fix = f"keep this one or the one in line {first[0]}"
    return error("job-file-repeated-key", path, "must be written only once", NOT_SHOWN, fix)


def position_of(text: str, index: int) -> Position:
    """Return the position of a character.

    Args:
        text: the file's text.
        index: the number of characters before it.
    """
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)
