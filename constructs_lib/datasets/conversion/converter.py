"""`convert`, which writes the records of any known shape as training data of a model."""

from __future__ import annotations

import sys
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from ...catalog import Catalog
from ...findings import NOT_SHOWN, Described, error
from ..checking.record_checker import RecordChecker
from ..checking.validation import Validation
from ..formats.record_checks import Rules
from ..reading.sources import UnreadableError, expand
from ..writing.filtering import rejected
from ..writing.output_files import OutputError, output_files
from .choice import AUTO, TABLES, chosen_shape
from .containers import ContainerError, Lines
from .dialogue import IMAGE_INSIDE, OTHER_PART, SYSTEM_ADDED, TOOLS, NotConvertibleError
from .named_fields import ROLES, find_columns
from .opening import opened_records
from .plain_records import PlainRecords
from .result import RULE, Conversion, ConversionError, ConvertedFile, Tallies, refused
from .shapes import CHATS, FORMATS_AS_SHAPES, OWN, TITLES, readers, shape_of
from .targets import writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ...findings import Finding
    from ..checking.validation import Progress
    from ..reading.sources import Source
    from .containers import Batch
    from .dialogue import Dialogue
    from .opening import Container
    from .shapes import Reader
    from .targets import Written

STDOUT = "-"
"""The output that is standard output."""

FIRST = 20
"""The records that decide which shape a file has."""

_LEFT_OUT_NAMED = 10
_NOT_WRITABLE = "it has a value that JSON cannot hold, such as half of a surrogate pair"
_INVALID = "it breaks a rule of the model's data"
_BROKEN = (ValueError, TypeError, OverflowError, RecursionError)  # what msgspec cannot encode


def convert(
    sources: Source | Sequence[Source],
    out: Source,
    *,
    model: str,
    customization_type: str = "FINE_TUNING",
    shape: str = AUTO,
    columns: Mapping[str, str] | None = None,
    system: str | None = None,
    drop_invalid: Source | None = None,
    force: bool = False,
    limit: int = 20,
    catalog: Catalog | None = None,
    progress: Progress | None = None,
) -> Conversion:
    """Write data of any known shape in the format of a model's training data, and check what is written.

    The data is streamed: memory stays bounded for any file. The output appears whole or not at all.

    Args:
        sources: paths, folders, `s3://` URIs, or `-` for standard input; several make one output.
        out: the file to write, or `-` for standard output.
        model: the base model: an id, or an ARN. It must be in the catalogue.
        customization_type: the API's customization type.
        shape: one of `SHAPES`, or `csv` or `tsv`. Default: that of the first records.
        columns: the names of the fields for `prompt`, `completion`, `system` and `text`. Default: they are
            found by the usual names.
        system: a system text for records without one. Default: none is added.
        drop_invalid: a file for the records that cannot be converted or break a rule, one JSON object with
            `file`, `line`, `findings` and `record` on each line. Default: what breaks a rule is written.
        force: whether files that exist are overwritten.
        limit: how many findings the report shows; all are counted.
        catalog: what is documented. Default: the catalogue that comes with this library.
        progress: called with the file, the bytes read so far and its size. Default: nothing is called.

    Raises:
        ConversionError: nothing was written, and why.
    """
    catalog = catalog or Catalog.default()
    try:
        job = _Job(
            expand(sources),
            model=model,
            customization_type=customization_type,
            shape=shape,
            columns=dict(columns or {}),
            system=system,
            catalog=catalog,
            progress=progress,
        )
        invalid = None if drop_invalid is None else str(drop_invalid)
        return job.run(str(out), invalid, limit, force=force)
    except (UnreadableError, OutputError) as problem:
        raise ConversionError(problem.finding) from None
    except ModuleNotFoundError as missing:
        message, _, fix = str(missing).partition("; ")
        raise refused(message, NOT_SHOWN, fix) from None


@dataclass(slots=True)
class _Job:
    """One conversion: what is wanted, and what was counted so far."""

    sources: list[Source]
    model: str
    customization_type: str
    shape: str
    columns: dict[str, str]
    system: str | None
    catalog: Catalog
    progress: Progress | None
    format: str = field(init=False)
    read: int = 0
    written: int = 0
    files: list[ConvertedFile] = field(default_factory=list)
    changed: Tallies = field(default_factory=Tallies)
    dropped: Tallies = field(default_factory=Tallies)
    write: Callable[[Dialogue, list[str]], Written] = field(init=False)
    _readers: dict[str, Reader] = field(init=False)

    def __post_init__(self) -> None:
        if not self.sources:
            raise refused("must be given", Described("no file"), "name the files to convert")
        shapes = (AUTO, *TITLES, *TABLES)
        if self.shape not in shapes:
            rule, fix = f"must be one of {', '.join(shapes)}", "leave it out to have it found"
            raise refused(rule, self.shape, fix, "shape")
        for role in self.columns:
            if role not in ROLES:
                rule, fix = (
                    f"must be for {', '.join(ROLES)}",
                    "write it like prompt=question,completion=answer",
                )
                raise refused(rule, role, fix, "columns")
        self._readers = readers(self.columns)
        self._choose_format()

    def _choose_format(self) -> None:
        """Choose the format to write: the first of the model's that other shapes can become."""
        model = self.catalog.resolve(self.model)
        facts = model.customizations.get(self.customization_type) if model else None
        if facts is None:
            rule = (
                f"must be in the catalogue with {self.customization_type}, which says the format of the data"
            )
            near = [] if model else self.catalog.nearest(self.model)
            fix = (
                f"use {' or '.join(near)}" if near else "correct the ID or the type, or add it with --catalog"
            )
            raise refused(rule, self.model, fix, "model")
        rules, formats = Rules(facts.dataset), facts.dataset.formats
        for name in formats:
            found = writer(name, rules)
            if found is not None:
                self.format, self.write = name, found
                return
        rule = f"must be one whose data other shapes can become; its format is {formats[0]}"
        raise refused(rule, self.model, "write the data in that format", "model")

    def reader(self, shape: str) -> Reader:
        """Return what reads a shape."""
        return self._readers[shape]

    def run(self, out: str, drop_invalid: str | None, limit: int, *, force: bool) -> Conversion:
        """Read everything, write it, and check what is written."""
        run = Validation(self.catalog, self.model, self.customization_type, max(1, limit), progress=None)
        with ExitStack() as stack:
            paths = [path for path in (out, drop_invalid) if path not in {None, STDOUT}]
            opened = stack.enter_context(output_files(paths, inputs=self.sources, force=force))
            stream = opened[0].write if out != STDOUT else _write_to_stdout
            invalid = _Invalid(self, opened[-1].write) if drop_invalid is not None else None
            report = run.report_of_blocks(out, self._blocks(stream, invalid), self.format)
            self._require_written()
        return Conversion(
            out=out,
            format=self.format,
            files=tuple(self.files),
            read=self.read,
            written=self.written,
            changed=self.changed.most_frequent_first(),
            dropped=self.dropped.most_frequent_first(),
            report=report,
        )

    def _require_written(self) -> None:
        if not self.read:
            raise refused("must contain records", Described("none"), "check that it is the right file")
        if not self.written:
            reasons = "; ".join(
                f"{one.reason} ({one.count:,})" for one in self.dropped.most_frequent_first()[:3]
            )
            rule = f"must contain a record that can be converted to {self.format}: {reasons}"
            raise refused(
                rule, Described(f"{self.read:,} that cannot"), "choose other data, or another model"
            )

    def _blocks(self, write: Callable[[bytes], object], invalid: _Invalid | None) -> Iterator[bytes]:
        """Yield what is written, block by block, while it is written."""
        for source in self.sources:
            try:
                for block in _File(self, source).blocks(invalid):
                    write(block)
                    yield block
            except ContainerError as problem:
                raise ConversionError(problem.finding.at(str(source), problem.line)) from None


def _write_to_stdout(block: bytes) -> None:
    try:
        sys.stdout.buffer.write(block)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # who reads it has read enough
        raise
    except OSError as problem:
        rule = f"must be writable: {problem.strerror or problem}"
        raise refused(rule, Described("standard output"), "write to a file with -o") from None


@dataclass(slots=True)
class _File:
    """One file that is converted."""

    job: _Job
    source: Source
    shape: str = ""
    _read: Reader = field(init=False)

    @property
    def name(self) -> str:
        """The file, as it was named."""
        return str(self.source)

    def blocks(self, invalid: _Invalid | None) -> Iterator[bytes]:
        """Yield what the records of the file become."""
        show, wanted = self.job.progress, self.job.shape if self.job.shape in TABLES else ""
        with opened_records(
            self.source, wanted, lambda read, size: show(self.name, read, size) if show else None
        ) as (container, batches):
            first, records = _first(batches)
            while first and not records:  # nothing can be read so far
                for some in first:
                    self._convert(some.batch(), invalid)
                first, records = _first(batches)
            if not records:
                return
            self._choose_shape(container, records)
            plain = self._plain_records(records) if invalid is None else None
            for some in chain(first, batches):
                block = self._convert_plain(some, plain) or self._convert(some.batch(), invalid)
                if block:
                    yield block

    def _plain_records(self, records: list[Any]) -> PlainRecords | None:
        """Return the fast way for plain records, where there is one."""
        if self.job.system:
            return None
        names = list(dict.fromkeys(str(name) for record in records for name in record))
        columns = self.job.columns or find_columns(names)
        used = {role: name for role, name in columns.items() if role != "text"}
        return PlainRecords.of(self.shape, self.job.format, names, used)

    def _convert_plain(self, some: Lines | Batch, plain: PlainRecords | None) -> bytes:
        """Return what lines become that need no change; nothing where one of them does."""
        if plain is None or not isinstance(some, Lines) or not some.piece:
            return b""
        try:
            block, number = plain.convert(some.piece)
        except (ValueError, RecursionError):
            return b""
        self.job.read += number
        self.job.written += number
        return block

    def _choose_shape(self, container: Container, records: list[Any]) -> None:
        """Decide by the first records what reads the file.

        Raises:
            ConversionError: they have no shape, several shapes, or not the one that is wanted.
        """
        self.shape = chosen_shape(
            records, self.job.format, self.job.shape, self.job.columns, source=self.name
        )
        self._read = self.job.reader(FORMATS_AS_SHAPES[self.job.format] if self.shape == OWN else self.shape)
        left_out = () if self.job.format == _FOR_GRADERS else self._left_out(records)
        self.job.files.append(
            ConvertedFile(
                file=self.name,
                container=container.name,
                unit=container.unit,
                shape=self.shape,
                left_out=left_out[:_LEFT_OUT_NAMED],
            )
        )

    def _left_out(self, records: list[Any]) -> tuple[str, ...]:
        """Return the fields of the first records that are not read."""
        names: dict[str, None] = {}
        for record in records:
            with suppress(NotConvertibleError):
                read = self._read(record, [])
                names |= dict.fromkeys(name for name in record if name not in read.used)
        return tuple(str(name) for name in names)

    def _convert(self, batch: Batch, invalid: _Invalid | None) -> bytes:
        """Return what some records become, as lines; count what is changed and dropped."""
        job = self.job
        job.read += len(batch.records) + len(batch.broken)
        for number, text, reason in batch.broken:
            self._drop(number, reason, text, invalid)
        if not batch.records:
            return b""
        made: list[Written] = []
        places: list[tuple[int, Any]] = []
        changed: list[tuple[int, list[str]]] = []
        changes: list[str] = []
        make = self._maker()
        for place in zip(batch.numbers, batch.records, strict=True):
            try:
                made.append(make(place[1], changes))
            except NotConvertibleError as problem:
                self._drop(place[0], self._why(place[1], problem.reason), place[1], invalid)
                changes.clear()
                continue
            places.append(place)
            if changes:
                changed.append((len(made) - 1, changes))
                changes = []
        block, dropped = self._encoded(made, places, invalid)
        job.written += len(made) - len(dropped)
        for at, reasons in changed:
            if at not in dropped:
                for reason in dict.fromkeys(reasons):
                    job.changed.add(reason, self.name, places[at][0])
        return block

    def _maker(self) -> Callable[[Any, list[str]], Written]:
        """Return what makes a record of the model's format of one of the file."""
        read, write, system = self._read, self.job.write, self.job.system

        def with_system(record: Any, changes: list[str]) -> Written:  # noqa: ANN401 - any JSON object
            found = read(record, changes)
            if system and not found.system:
                found.system = system
                changes.append(SYSTEM_ADDED)
            return write(found, changes)

        def own(record: Any, changes: list[str]) -> Written:  # noqa: ANN401 - as above
            try:
                return with_system(record, changes)
            except NotConvertibleError as problem:
                if problem.reason not in _OF_CONVERSE:
                    raise
                changes.clear()
                return record  # type: ignore[no-any-return] # a JSON object

        is_converse = self.shape == OWN and FORMATS_AS_SHAPES[self.job.format] == "converse"
        return own if is_converse else with_system

    def _why(self, record: object, reason: str) -> str:
        """Return why a record is dropped; for one of another shape, that it is."""
        other, shape = shape_of(record), self.shape
        shape = FORMATS_AS_SHAPES[self.job.format] if shape == OWN else shape
        if other is None or other == shape or {other, shape} <= CHATS:
            return reason
        return f"it has another shape than the first records: {TITLES[other]}"

    def _encoded(
        self, made: list[Written], places: list[tuple[int, Any]], invalid: _Invalid | None
    ) -> tuple[bytes, set[int]]:
        """Return records as lines, and the places of those that cannot be written or are not wanted."""
        try:
            block = _encode_lines(made)
        except _BROKEN:
            pass
        else:
            if invalid is None or not made:
                return block, set()
        lines, dropped = [], set()
        for at, (record, (number, given)) in enumerate(zip(made, places, strict=True)):
            try:
                line = _encode(record)
            except _BROKEN:
                self._drop(number, _NOT_WRITABLE, given, invalid)
                dropped.add(at)
                continue
            found = invalid.findings(line) if invalid else ()
            if found and invalid:
                self.job.dropped.add(_INVALID, self.name, number)
                invalid.add(self.name, number, found, given)
                dropped.add(at)
            else:
                lines.append(line)
        return b"".join(line + b"\n" for line in lines), dropped

    def _drop(self, number: int, reason: str, record: object, invalid: _Invalid | None) -> None:
        self.job.dropped.add(reason, self.name, number)
        if invalid is not None:
            rule, fix = f"must be convertible: {reason}", "change it, or leave it out"
            invalid.add(self.name, number, [error(RULE, "", rule, NOT_SHOWN, fix)], record)


class _Invalid:
    """The file for what cannot be converted or breaks a rule.

    Args:
        job: the conversion.
        write: writes into the file.
    """

    def __init__(self, job: _Job, write: Callable[[bytes], object]) -> None:
        self._checker = RecordChecker(
            model=job.model,
            customization_type=job.customization_type,
            catalog=job.catalog,
            format=job.format,
        )
        self._write = write

    def findings(self, line: bytes) -> tuple[Finding, ...]:
        """Return what is wrong with an invalid record; nothing for a valid one."""
        return () if self._checker.is_valid(line) else self._checker.findings(line)

    def add(self, source: str, number: int, found: Sequence[Finding], record: object) -> None:
        """Write a record that is dropped, and why."""
        if not isinstance(record, str):
            try:
                record = _encode(record).decode()
            except _BROKEN:
                record = ascii(record)
        self._write(rejected(source, number, found, record))


def _first(found: Iterator[Lines | Batch]) -> tuple[list[Lines | Batch], list[Any]]:
    """Return the first batches, and the records in them that tell the shape."""
    taken: list[Lines | Batch] = []
    records: list[Any] = []
    for some in found:
        taken.append(some)
        records += some.batch().records[: FIRST - len(records)]
        if len(records) >= FIRST or len(taken) >= FIRST:
            break
    return taken, records


_OF_CONVERSE = (TOOLS, OTHER_PART, IMAGE_INSIDE)
"""What a conversation may have that has the format already: it is left as it is, and checked."""

_FOR_GRADERS = "rft-openai-chat"
_encode_lines = msgspec.json.Encoder().encode_lines
_encode = msgspec.json.Encoder().encode
