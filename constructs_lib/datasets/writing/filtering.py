"""The valid records of a dataset and the others, each in a file of its own."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...catalog import Catalog
from ..checking.validation import Validation
from ..reading.sources import inputs_of
from .output_files import output_files

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from os import PathLike

    from ...findings import Finding
    from ..checking.report import Report
    from ..checking.validation import Progress
    from ..formats.base import Format
    from ..reading.sources import Source
    from .output_files import OutputFile


_OF_A_FINDING = ("severity", "id", "column", "path", "rule", "got", "fix", "source")


def rejected(file: str, number: int, found: Sequence[Finding], record: str | None) -> bytes:
    """Return a line about a record that is kept apart.

    Args:
        file: where it is.
        number: its line, row or number there.
        found: what is wrong with it.
        record: its text; None for one that is too long to be read.
    """
    findings = [{name: getattr(one, name) for name in _OF_A_FINDING} for one in found]
    value = {"file": file, "line": number, "findings": findings, "record": record}
    return json.dumps(value, ensure_ascii=False, default=str).encode(errors="backslashreplace") + b"\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """A file that was written.

    Args:
        file: as it was named.
        records: how many it has.
        bytes: its size.
    """

    file: str
    records: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtered:
    """A dataset that was checked, and what was written of it.

    Args:
        report: what `validate` returns.
        kept: the file of valid records. None: it was not asked for, or the data cannot be read to its end.
        rejected: the file of the other records, None as for `kept`.
    """

    report: Report
    kept: WrittenFile | None
    rejected: WrittenFile | None


def filter_records(
    path: Source | Sequence[Source],
    *,
    model: str,
    keep: str | PathLike[str] | None = None,
    reject: str | PathLike[str] | None = None,
    force: bool = False,
    customization_type: str = "FINE_TUNING",
    validation: Source | Sequence[Source] | None = None,
    limit: int = 20,
    catalog: Catalog | None = None,
    progress: Progress | None = None,
) -> Filtered:
    """Check a dataset as `validate` does, and write its valid records and the others to files of their own.

    A record is valid if it has no error of its own; repeats, counts and mixed media are only reported. Both
    files appear at the end, or neither does.

    Args:
        path: the training data, as for `validate`.
        model: as for `validate`.
        keep: gets the valid records, byte for byte. Default: they are not written.
        reject: gets the other records, each as a JSON object with `file`, `line`, `findings` and `record`,
            the line as a text (null if it is too long). Default: they are not written.
        force: whether to replace files that exist. Default: they are refused.
        customization_type: as for `validate`.
        validation: as for `validate`; its records are not written.
        limit: as for `validate`.
        catalog: as for `validate`.
        progress: as for `validate`.

    Raises:
        OutputError: a file exists, is an input, or cannot be written.
    """
    paths = [one for one in (keep, reject) if one is not None]
    training = inputs_of(path)
    other = inputs_of(validation) if validation is not None else None
    read = [*training.files, *(other.files if other else ())]
    consumer = Filter()
    run = Validation(
        catalog or Catalog.default(),
        model,
        customization_type,
        max(1, limit),
        progress,
        consumer=consumer if paths else None,
    )
    with suppress(_IncompleteError), output_files(paths, inputs=read, force=force) as files:
        opened = iter(files)
        consumer.keep = next(opened) if keep is not None else None
        consumer.reject = next(opened) if reject is not None else None
        report = run.report(training, other, elsewhere=False)
        if not consumer.is_complete:
            raise _IncompleteError
    return Filtered(report=report, kept=consumer.kept, rejected=consumer.rejected)


class _IncompleteError(Exception):
    """The data cannot be read to its end, so that nothing is written."""


class Filter:
    """Writes valid records to one file, and the others with their findings to another."""

    def __init__(self, keep: OutputFile | None = None, reject: OutputFile | None = None) -> None:
        self.keep, self.reject = keep, reject
        self.is_complete = True
        self.valid = self.invalid = 0

    def broken(self, file: str, number: int, line: bytes | None, found: Sequence[Finding]) -> None:
        """Write a record with its findings."""
        self.invalid += 1
        if self.reject is None:
            return
        record = None if line is None else line.rstrip(b"\r").decode(errors="backslashreplace")
        self.reject.write(rejected(file, number, found, record))

    def piece(self, form: Format, piece: bytes | None, not_valid: Collection[int]) -> None:
        """Write the valid records."""
        del form
        lines = valid_lines(piece, not_valid)
        self.valid += len(lines)
        if self.keep is not None and lines:
            self.keep.write(b"\n".join(lines))
            self.keep.write(b"\n")

    @property
    def kept(self) -> WrittenFile | None:
        """The file of valid records."""
        return self._written(self.keep, self.valid)

    @property
    def rejected(self) -> WrittenFile | None:
        """The file of the other records."""
        return self._written(self.reject, self.invalid)

    def _written(self, file: OutputFile | None, records: int) -> WrittenFile | None:
        if file is None or not self.is_complete:
            return None
        return WrittenFile(file=str(file.path), records=records, bytes=file.size)


def valid_lines(piece: bytes | None, not_valid: Collection[int]) -> list[bytes]:
    """Return the valid records of some lines.

    Args:
        piece: whole lines, without the end of the last; None for one that is too long to be read.
        not_valid: which lines are no valid records, counted from 0.
    """
    if piece is None:
        return []
    lines = piece.split(b"\n")
    return [line for at, line in enumerate(lines) if at not in not_valid] if not_valid else lines
