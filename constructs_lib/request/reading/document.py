"""What was read: the request, where each part of it stands, and what could not be read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from constructs_lib.contract import REQUEST, default_model
from constructs_lib.findings import Finding, Said, error

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 256 * 1024
"""Ten times the largest request that is not padded."""

MOST_PARTS = 20_000
"""Of a document with its aliases written out: an alias of an alias of an alias grows without bound."""

DEEPEST = 32
"""The request nests nine levels deep."""

_FIRST_STEP = re.compile(r"[.\[]")
_LAST_STEP = re.compile(r"(\.[^.\[\]]*|\[\d+\])$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A job file, read.

    Args:
        name: The file's name.
        request: What it says, or what of it could be read.
        lines: The line (from 1) of each part, by its path in the API's words; "" is the whole.
        findings: What could not be read.
    """

    name: str
    request: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def is_unreadable(self) -> bool:
        """Whether nothing of the file could be used."""
        return bool(self.findings) and not self.request

    def located(self, finding: Finding) -> Finding:
        """Return a finding with its position in the file, unless it is in another file already.

        Args:
            finding: what was found in the request; its path is in the API's words.
        """
        if finding.file:
            return finding
        top = _FIRST_STEP.split(finding.path)[0]
        is_here = top in self.lines or top in default_model().shape(REQUEST)["members"]
        return finding.at(self.name, self.line(finding.path) if is_here else None)

    def line(self, path: str) -> int | None:
        """Give the line of a place, or of the nearest place around it that is written down.

        Args:
            path: In the API's words: `vpcConfig.subnetIds[3]`.
        """
        while path not in self.lines:
            shorter = _LAST_STEP.sub("", path)
            if shorter == path:
                return self.lines.get("")
            path = shorter
        return self.lines[path]


def repeated(path: str, line: int) -> Finding:
    """Say that a key stands twice; most readers would keep one of the two and say nothing.

    Args:
        path: The key's place.
        line: Where it stands the second time, from 1.
    """
    got = Said(f"a second one in line {line}")
    return error("job-file-repeated-key", path, "must not be written twice", got, "keep one of the two")


def unreadable(name: str, rule: str, got: str, fix: str, *, line: int | None = None) -> Document:
    """Say that nothing of a file can be used.

    Args:
        name: The file's name.
        rule: What must hold.
        got: What was found, in words.
        fix: What to do.
        line: Where, from 1. Default: no line.
    """
    lines = {} if line is None else {"": line, name: line}
    return Document(
        name=name, lines=lines, findings=(error("job-file", "", rule, Said(got), fix).at(name, line),)
    )
