"""Tables that need a library of their own: Parquet, Arrow and Excel, with limits on what they unpack to."""

from __future__ import annotations

from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from ...distribution import imports_from
from ...findings import Described, error
from .containers import BATCH, Batch, ContainerError, column_names
from .result import RULE

if TYPE_CHECKING:
    from collections.abc import Iterator

    Stream = IO[bytes]

MOST_UNPACKED = 10 << 30
"""Bytes that one file may unpack to."""

MOST_AT_ONCE = 256 << 20
"""Bytes that are unpacked at a time: some rows, a batch of Arrow, the texts of a workbook."""

MOST_DECODED = 32 << 20
"""Bytes that are decoded at a time where rows share their texts."""

_ROWS_AT_ONCE = 32
_SHARING = ("dictionary<", "run_end_encoded<", "_view")  # in the names of Arrow's types
_WORKBOOK = "xl/workbook.xml"
_TEXTS = "xl/sharedStrings.xml"


def parquet(stream: Stream) -> Iterator[Batch]:
    """Read a Parquet file.

    Raises:
        ContainerError: it cannot be read, or unpacks to too much.
        ModuleNotFoundError: pyarrow is not installed.
    """
    with imports_from("tables", "Reading Parquet"):
        import pyarrow as pa
        import pyarrow.parquet as pq

    with _errors_of("a Parquet file", (pa.ArrowException,)):
        file = pq.ParquetFile(stream)
        column_names(file.schema_arrow.names)
        yield from _batches(file.iter_batches(batch_size=_ROWS_AT_ONCE), "a Parquet file")


def arrow(stream: Stream) -> Iterator[Batch]:
    """Read an Arrow file (Feather) or stream.

    Raises:
        ContainerError: it cannot be read, or unpacks to too much.
        ModuleNotFoundError: pyarrow is not installed.
    """
    with imports_from("tables", "Reading Arrow"):
        import pyarrow as pa

    with _errors_of("an Arrow file", (pa.ArrowException,)):
        is_file = stream.read(6) == b"ARROW1"
        stream.seek(0)
        if is_file:
            reader = pa.ipc.open_file(stream)
            found = (reader.get_batch(at) for at in range(reader.num_record_batches))
        else:
            reader = pa.ipc.open_stream(stream)
            found = iter(reader)
        column_names(reader.schema.names)
        yield from _batches(found, "an Arrow file")


def _batches(found: Iterator[Any], what: str) -> Iterator[Batch]:
    first, unpacked = 1, 0
    for table in found:
        unpacked += table.nbytes
        if table.nbytes > MOST_AT_ONCE or unpacked > MOST_UNPACKED:
            raise _too_much(what, f"{unpacked:,} bytes")
        rows = _rows_at_once(table)
        for start in range(0, table.num_rows, rows):
            records = table.slice(start, rows).to_pylist()
            yield Batch(range(first, first + len(records)), records)
            first += len(records)


def _rows_at_once(table: Any) -> int:  # noqa: ANN401 - pyarrow has no types
    """Return how many rows are decoded together, which is few where many rows can share one long text."""
    if not any(name in str(table.schema) for name in _SHARING):
        return BATCH
    size: int = table.nbytes
    return max(1, min(BATCH, MOST_DECODED // max(size, 1)))


def xlsx(stream: Stream) -> Iterator[Batch]:
    """Read the first sheet of an Excel workbook; its first row has the names of the columns.

    Raises:
        ContainerError: it cannot be read, or unpacks to too much.
        ModuleNotFoundError: openpyxl is not installed.
    """
    with imports_from("tables", "Reading XLSX"):
        import openpyxl
    from xml.etree.ElementTree import ParseError
    from zipfile import BadZipFile
    from zlib import error as damaged

    # openpyxl reports damaged files with whatever its code meets.
    errors = (BadZipFile, ParseError, damaged, KeyError, TypeError, AttributeError, IndexError, EOFError)
    with _errors_of("an Excel workbook", errors):
        _check_sizes(stream)
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not sheets:
            raise ContainerError(error(RULE, "", "must have a sheet", Described("none"), "add one"))
        yield from _sheet(sheets[0])


def _sheet(sheet: Any) -> Iterator[Batch]:  # noqa: ANN401 - openpyxl has no types
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    names: list[str] = []
    numbers, records = [], []
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if all(cell is None for cell in row):
            continue
        if not names:
            names = column_names(_without_empty_end(row))
            continue
        cells = [*row[: len(names)], *[None] * (len(names) - len(row))]
        numbers.append(number)
        records.append(dict(zip(names, map(_cell, cells), strict=True)))
        if len(records) >= BATCH:
            yield Batch(numbers, records)
            numbers, records = [], []
    if records:
        yield Batch(numbers, records)


def _without_empty_end(row: tuple[Any, ...]) -> tuple[Any, ...]:
    end = max(at for at, cell in enumerate(row, 1) if cell is not None)
    return row[:end]


def _cell(value: object) -> object:
    """Return a cell as a record has it: a text, a number, or nothing; a date as its text."""
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _check_sizes(stream: Stream) -> None:
    """Refuse a workbook that unpacks to too much, by the sizes in its directory, which limit what is read."""
    from zipfile import ZipFile

    with ZipFile(stream) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    if _WORKBOOK not in sizes:
        fix = "unpack it, and convert the files in it"
        rule = "must be an Excel workbook, if it is a zip archive"
        raise ContainerError(error(RULE, "", rule, Described("another archive"), fix))
    if sizes.get(_TEXTS, 0) > MOST_AT_ONCE or sum(sizes.values()) > MOST_UNPACKED:
        raise _too_much("an Excel workbook", f"{sum(sizes.values()):,} bytes")
    stream.seek(0)


@contextmanager
def _errors_of(what: str, errors: tuple[type[Exception], ...]) -> Iterator[None]:
    """Turn the errors of a library, about a file that is damaged, into a finding."""
    expected: tuple[type[Exception], ...] = (*errors, OSError, ValueError, MemoryError)
    try:
        yield
    except expected as problem:
        fix = "check that it is complete, or export it again, as CSV or JSON Lines"
        if isinstance(problem, MemoryError):
            fix = "export a part of it, as CSV or JSON Lines"
        rule, got = f"must be {what} that can be read", Described("a damaged file, or another one")
        raise ContainerError(error(RULE, "", rule, got, fix)) from None


def _too_much(what: str, size: str) -> ContainerError:
    fix = "export a part of it, as CSV or JSON Lines"
    most = f"{MOST_UNPACKED >> 30} GiB, {MOST_AT_ONCE >> 20} MiB at once"
    rule = f"must not unpack to so much: {what} is read up to {most}"
    return ContainerError(error(RULE, "", rule, Described(size), fix))
