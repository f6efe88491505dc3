"""How a file holds its records: JSON Lines, JSON values, CSV, YAML. All of them are streamed."""

from __future__ import annotations

import codecs
import csv
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from ...findings import Described, error
from ...request.json_errors import explained
from ...request.reading.yaml_errors import stream_problem
from ..dataset_findings import rule_of
from ..reading.json_record import RecordError, record_of
from ..reading.lines import LONGEST_LINE, pieces
from .result import RULE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ...findings import Finding

    Blocks = Iterable[bytes]

BATCH = 500
"""How many records are handed on together, where they do not come in pieces of bytes."""

NOT_JSON = "it is not JSON"
NO_OBJECT = "it is not a JSON object"
NOT_UTF8 = "it is not UTF-8 text"
TOO_LONG = f"it is longer than {LONGEST_LINE >> 20} MiB"
OTHER_CELLS = "its number of cells is not that of the header"

_REASONS = {"json": NOT_JSON, "not-an-object": NO_OBJECT, "encoding": NOT_UTF8}
_BY_REFERENCE = "it repeats a part by reference"
_CSV_REASONS = {
    "unexpected end": "a cell that begins with a quote is not closed",
    "expected after": "a text goes on after the closing quote of a cell",
    "larger than field limit": "a cell is too long",
}
"""What is wrong with a row, by a part of Python's message."""
_SPACE = re.compile(r"[ \t\r\n]*")
_DELIMITERS = ",;\t|"
_ONE_BY_ONE = 20
_LONGEST_ROW = 4 * LONGEST_LINE


class ContainerError(Exception):
    """A file cannot be read to its end; `finding` says why."""

    def __init__(self, why: Finding, line: int | None = None) -> None:
        super().__init__(why.rule)
        self.finding = why
        self.line = line


@dataclass(slots=True)
class Batch:
    """Some records, in the order of the file.

    Args:
        numbers: the line, row or number of each.
        records: the records, decoded.
        broken: the number, the text and the reason of those that cannot be read.
    """

    numbers: Sequence[int]
    records: Sequence[Any]
    broken: list[tuple[int, str, str]] = field(default_factory=list)

    def batch(self) -> Batch:
        """Return the records, as `Lines` does."""
        return self


_decode_all = msgspec.json.Decoder(list).decode
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Lines:
    """Some lines of JSON Lines, which are decoded when they are needed.

    Args:
        first: the number of the first.
        piece: whole lines, without the end of the last; None for one line that is too long.
    """

    first: int
    piece: bytes | None

    def batch(self) -> Batch:
        """Return the records; a line that is not JSON is broken."""
        if self.piece is None:
            return Batch([], [], [(self.first, "", TOO_LONG)])
        listed = self.piece.replace(b"\n", b"\n,")
        number = len(listed) - len(self.piece) + 1
        try:
            records = _decode_all(b"[%b]" % listed)
        except (ValueError, RecursionError):
            records = []
        if len(records) == number and all(type(one) is dict for one in records):
            return Batch(range(self.first, self.first + number), records)
        return _each(self.piece.split(b"\n"), self.first)


def json_lines(blocks: Blocks) -> Iterator[Lines]:
    """Read JSON Lines."""
    first = 1
    for piece in pieces(blocks):
        yield Lines(first, piece)
        first += 1 if piece is None else piece.count(b"\n") + 1


def _each(lines: list[bytes], first: int) -> Batch:
    """Read lines one by one, because something is wrong with one of them, or one is blank."""
    batch = Batch(numbers := [], records := [])
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        try:
            record = _record(line)
        except RecordError as problem:
            reason = _REASONS[rule_of(problem.finding)]
            batch.broken.append((number, line.decode(errors="replace"), reason))
            continue
        numbers.append(number)
        records.append(record)
    return batch


def _record(line: bytes) -> dict[str, Any]:
    try:
        record = _decode(line)
    except (ValueError, RecursionError):
        return record_of(line)  # which says what is wrong
    return record if isinstance(record, dict) else record_of(line)


def json_values(blocks: Blocks) -> Iterator[Batch]:
    """Read a JSON list, or JSON values one after another, of which each may span lines."""
    values = _JsonValues(iter(blocks))
    yield from _in_batches(values.read())


def _in_batches(values: Iterator[Any]) -> Iterator[Batch]:
    return _batches(
        (number, value, "" if isinstance(value, dict) else NO_OBJECT)
        for number, value in enumerate(values, 1)
    )


def _batches(found: Iterable[tuple[int, Any, str]]) -> Iterator[Batch]:
    """Put records together; the first ones come alone, so that they are known if there is an error later.

    Args:
        found: the number, the record, and why it is broken, "" where it is not.
    """
    batch, passed = Batch(numbers := [], records := []), 0
    for number, record, reason in found:
        if reason:
            text = json.dumps(record, ensure_ascii=True, default=str)[:LONGEST_LINE]
            batch.broken.append((number, text, reason))
        else:
            numbers.append(number)
            records.append(record)
        if len(records) + len(batch.broken) >= (BATCH if passed >= _ONE_BY_ONE else 1):
            yield batch
            batch, passed = Batch(numbers := [], records := []), passed + 1
    if records or batch.broken:
        yield batch


class _JsonValues:
    """The text of a file, of which the part that is decoded next is kept."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._utf8 = codecs.getincrementaldecoder("utf-8-sig")()
        self._decoder = json.JSONDecoder(parse_constant=_refuse)
        self._text, self._at, self._line, self._ended = "", 0, 1, False

    def read(self) -> Iterator[Any]:
        """Yield every value.

        Raises:
            ContainerError: the text is not JSON from some place on.
        """
        listed = self._next() == "["
        if listed:
            self._at += 1
        if listed and self._next() == "]":
            self._at += 1
        else:
            yield from self._values(listed=listed)
        if self._next():
            raise self._error("must be JSON: there is more after the end of the list", "remove it")

    def _values(self, *, listed: bool) -> Iterator[Any]:
        while self._next():
            yield self._value()
            if not listed:
                continue
            if self._next() == "]":
                self._at += 1
                return
            if self._next() not in {",", ""}:
                raise self._error(
                    "must be JSON: an item of a list is followed by a comma or the end", "add it"
                )
            self._at += len(self._next())
        if listed:
            raise self._error("must be JSON: the list has no end", "the file may have been cut off")

    def _next(self) -> str:
        """Go to the next character that is no space, and return it; "" at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            end = match.end() if match else self._at
            self._line += self._text.count("\n", self._at, end)
            self._at = end
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(1):
                return ""

    def _value(self) -> object:
        wanted = 1
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except RecursionError:
                raise self._error("must not be nested so deeply", "flatten it") from None
            except json.JSONDecodeError as problem:
                # What is cut off at the end of a block is no error; a text twice as long is tried next, so
                # that the time stays linear.
                wanted = 2 * (len(self._text) - self._at)
                if wanted > 2 * LONGEST_LINE or not self._more(wanted):
                    wrong = explained(problem)
                    self._line += self._text.count("\n", self._at, wrong.index)
                    raise self._error(f"must be JSON: {wrong.reason}", wrong.fix) from None
                continue
            except _ConstantError as problem:
                raise self._error(
                    f"must be JSON, which has no {problem}", "write a number, or null"
                ) from None
            except ValueError:  # more digits than Python reads
                raise self._error(
                    "must be JSON with numbers that can be read", "write a shorter one"
                ) from None
            if end < len(self._text) or not self._more(1):
                self._line += self._text.count("\n", self._at, end)
                self._at = end
                return value

    def _more(self, wanted: int) -> bool:
        """Read on until `wanted` characters are there; return whether any were added."""
        parts = [self._text[self._at :]]
        length = before = len(parts[0])
        while not self._ended and (length < wanted or length == before):
            block = next(self._blocks, None)
            try:
                part = self._utf8.decode(block or b"", final=block is None)
            except UnicodeDecodeError:
                raise self._error("must be UTF-8", "save the file as UTF-8") from None
            self._ended = block is None
            parts.append(part)
            length += len(part)
        self._text, self._at = "".join(parts), 0
        return length > before

    def _error(self, rule: str, fix: str) -> ContainerError:
        got = self._text[self._at : self._at + 40].strip() or Described("the end of the file")
        return ContainerError(error(RULE, "", rule, got, fix), self._line)


class _ConstantError(ValueError):
    """A value is NaN or infinite."""


def _refuse(name: str) -> None:
    raise _ConstantError(name)


def rows(delimiter: str | None = None) -> Callable[[Blocks], Iterator[Batch]]:
    """Return what reads a table in text, whose first row has the names of the columns.

    Args:
        delimiter: what stands between the cells. Default: what the first row has most of.
    """
    return lambda blocks: _rows(blocks, delimiter)


def _rows(blocks: Blocks, delimiter: str | None) -> Iterator[Batch]:
    text = _TextLines(blocks)
    first = text.first()
    if not first.strip():
        return
    reader = csv.reader(text.lines(), delimiter=delimiter or delimiter_of(first), strict=True)
    before = csv.field_size_limit(LONGEST_LINE)
    try:
        yield from _table(_read_rows(reader, text))
    except csv.Error as problem:
        fix = "quote a cell that has quotes or line ends, and double the quotes inside it"
        found = (reason for start, reason in _CSV_REASONS.items() if start in str(problem))
        rule = f"must be a table that can be read: {next(found, 'this row is none')}"
        raise ContainerError(error(RULE, "", rule, Described("a row"), fix), reader.line_num) from None
    finally:
        csv.field_size_limit(before)


def _read_rows(reader: Any, text: _TextLines) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401 - csv's type has no name
    for row in reader:
        text.taken = 0
        if row:
            yield reader.line_num, row


def delimiter_of(line: str) -> str:
    """Return what separates the cells of a row."""
    unquoted = re.sub(r'"[^"]*"', "", line)
    return max(_DELIMITERS, key=unquoted.count)


def _table(found: Iterator[tuple[int, Sequence[Any]]]) -> Iterator[Batch]:
    """Make records of rows, the first of which has the names.

    Raises:
        ContainerError: two columns have one name.
    """
    _, header = next(found, (0, ()))
    names = column_names(header)
    number_of = len(names)
    yield from _batches(
        (number, dict(zip(names, row, strict=True)), "")
        if len(row) == number_of
        else (number, [*row], OTHER_CELLS)
        for number, row in found
    )


def column_names(header: Sequence[object]) -> list[str]:
    """Return the names of the columns of a table; one without a name gets its number.

    Raises:
        ContainerError: two columns have one name.
    """
    names = [str(name).strip() if name is not None else "" for name in header]
    names = [name or f"column {at}" for at, name in enumerate(names, 1)]
    twice = (
        next((name for name in names if names.count(name) > 1), None) if len({*names}) < len(names) else None
    )
    if twice is not None:
        raise ContainerError(
            error(RULE, "", "must have columns with different names", twice, "rename one of them"), 1
        )
    return names


class _TextLines:
    """The lines of a text, with a limit on what one row may take."""

    def __init__(self, blocks: Blocks) -> None:
        self.taken = 0
        self._lines = self._split(pieces(blocks))
        self._first = ""

    def first(self) -> str:
        """Return the first line, which `lines` yields again."""
        self._first = next(self._lines, "")
        return self._first

    def lines(self) -> Iterator[str]:
        """Yield every line with its end.

        Raises:
            ContainerError: a row is too long, or the text is not UTF-8.
        """
        yield self._first
        for line in self._lines:
            self.taken += len(line)
            if self.taken > _LONGEST_ROW:
                fix = "close the quote where the text ends"
                rule = "must end its rows; a quote that is not closed makes one row of all that follows"
                raise ContainerError(error(RULE, "", rule, Described("a row without an end"), fix))
            yield line

    @staticmethod
    def _split(found: Iterator[bytes | None]) -> Iterator[str]:
        for piece in found:
            if piece is None:
                rule = f"must have lines of at most {LONGEST_LINE:,} bytes"
                fix = "check that the file is a table in text"
                raise ContainerError(error(RULE, "", rule, Described("a longer line"), fix))
            try:
                text = piece.decode()
            except UnicodeDecodeError:
                got, fix = Described("other bytes"), "save the file as UTF-8"
                raise ContainerError(error(RULE, "", "must be UTF-8", got, fix)) from None
            for line in text.split("\n"):
                yield f"{line}\n"


def yaml_values(blocks: Blocks) -> Iterator[Batch]:
    """Read a YAML list, or YAML documents one after another.

    Raises:
        ContainerError: it is not YAML, or it repeats parts by reference.
    """
    import yaml

    try:
        loader = yaml.SafeLoader(_Stream(blocks))
        yield from _in_batches(_yaml_items(loader, yaml))
    except yaml.YAMLError as problem:
        reason, line = stream_problem(problem)
        rule, fix = f"must be YAML: {reason}", "correct the YAML there"
        raise ContainerError(error(RULE, "", rule, Described("other text"), fix), line) from None
    except (RecursionError, ValueError) as problem:
        reason = (
            "it is nested too deeply" if isinstance(problem, RecursionError) else "a value cannot be read"
        )
        reason = _BY_REFERENCE if str(problem) == _BY_REFERENCE else reason
        got, fix = Described("a value"), "correct the YAML there"
        raise ContainerError(error(RULE, "", f"must be YAML: {reason}", got, fix)) from None


class _Stream:
    """Blocks as a file that YAML reads."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = iter(blocks)

    def read(self, _size: int = -1) -> bytes:
        """Return the next block; nothing at the end."""
        return next(self._blocks, b"")


def _yaml_items(loader: Any, yaml: Any) -> Iterator[Any]:  # noqa: ANN401 - types of a package that is imported late
    loader.get_event()
    while not loader.check_event(yaml.StreamEndEvent):
        loader.get_event()  # the start of a document
        if loader.check_event(yaml.SequenceStartEvent):
            loader.get_event()
            while not loader.check_event(yaml.SequenceEndEvent):
                yield _yaml_item(loader, yaml)
            loader.get_event()
        else:
            yield _yaml_item(loader, yaml)
        loader.get_event()  # and its end


def _yaml_item(loader: Any, yaml: Any) -> object:  # noqa: ANN401 - as above
    if loader.check_event(yaml.AliasEvent):
        raise ValueError(_BY_REFERENCE)
    node = loader.compose_node(None, None)
    if loader.anchors:  # a few references can stand for any number of copies
        raise ValueError(_BY_REFERENCE)
    return loader.construct_document(node)
