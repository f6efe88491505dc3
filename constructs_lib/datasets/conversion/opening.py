"""The container of a file's records, recognized by its first bytes and its name, and its reader."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from ...findings import Described, error
from ...request.regular_files import open_regular
from ..reading.lines import BYTE_ORDER_MARK, GZIP, refusal
from ..reading.sources import StandardInput, bucket_of, opened
from ..reading.unpacking import unpacked
from .containers import ContainerError, json_lines, json_values, rows, yaml_values
from .result import RULE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ...findings import Finding
    from ..reading.sources import Source
    from .containers import Batch, Lines

_BINARY = {b"PAR1": "parquet", b"ARROW1": "arrow", b"\xff\xff\xff\xff": "arrow", b"PK\x03\x04": "xlsx"}
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BY_NAME = {".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".yaml": "yaml", ".yml": "yaml"}
_PARTS_OF_WORKBOOKS = (b"[Content_Types].xml", b"xl/", b"docProps/")
_YAML = re.compile(rb"---\s|- +[A-Za-z_]+:")
_COLUMN = re.compile(r'"?[A-Za-z_][\w .-]{0,59}"?')
_FEWEST_COLUMNS = 2
_JSON_STARTS = (b"{", b"[", b'"')


@dataclass(frozen=True, slots=True)
class Container:
    """One way to hold records.

    Args:
        name: what it is called here.
        title: what a sentence calls it.
        unit: what its records are counted by.
    """

    name: str
    title: str
    unit: str


CONTAINERS = {
    one.name: one
    for one in (
        Container("json-lines", "JSON Lines", "line"),
        Container("json", "JSON that is not JSON Lines", "record"),
        Container("csv", "a CSV table", "line"),
        Container("tsv", "a table with tabs", "line"),
        Container("yaml", "YAML", "record"),
        Container("parquet", "a Parquet file", "row"),
        Container("arrow", "an Arrow file", "row"),
        Container("xlsx", "an Excel workbook", "row"),
    )
}


def container_of(name: str, head: bytes) -> Container | None:
    """Return what holds the records of a file; None for a file that cannot be converted.

    Args:
        name: the file's, of which the extension counts where the content does not tell.
        head: its first bytes.
    """
    for signature, found in _BINARY.items():
        if head.startswith(signature):
            return CONTAINERS[found] if found != "xlsx" or _is_workbook(name, head) else None
    if head.startswith(_OLD_EXCEL) or b"\0" in head[:1000]:
        return None
    text = head.removeprefix(BYTE_ORDER_MARK).lstrip()
    if text.startswith(b"["):
        return CONTAINERS["json"]
    if text.startswith(b"{"):
        return CONTAINERS["json" if _spans_lines(text) else "json-lines"]
    by_name = next((found for end, found in _BY_NAME.items() if name.lower().endswith(end)), None)
    if by_name is None and _YAML.match(text):
        by_name = "yaml"
    if by_name is None and _is_table(text):
        by_name = "csv"
    return CONTAINERS[by_name or "json-lines"]


def _is_workbook(name: str, head: bytes) -> bool:
    return name.lower().endswith((".xlsx", ".xlsm")) or any(part in head for part in _PARTS_OF_WORKBOOKS)


def _spans_lines(text: bytes) -> bool:
    """Return whether the first JSON object is complete, but not on its first line."""
    first = text.partition(b"\n")[0]
    if first.rstrip().endswith(b"}"):
        return False
    try:
        _, end = json.JSONDecoder().raw_decode(text.decode(errors="replace"))
    except (ValueError, RecursionError):
        return False
    return end > len(first.decode(errors="replace"))


def _is_table(text: bytes) -> bool:
    """Return whether the first line has the names of columns, and the second as many cells or more."""
    lines = [line for line in text.decode(errors="replace").split("\n", 2)[:2] if line.strip()]
    if len(lines) < _FEWEST_COLUMNS or text.startswith(_JSON_STARTS[:2]):
        return False
    for delimiter in ",;\t|":
        names = lines[0].strip().split(delimiter)
        if len(names) >= _FEWEST_COLUMNS and all(map(_COLUMN.fullmatch, map(str.strip, names))):
            return lines[1].count(delimiter) >= len(names) - 1 or lines[1].startswith('"')
    return False


@contextmanager
def opened_records(
    source: Source, wanted: str = "", progress: Callable[[int, int], object] | None = None
) -> Iterator[tuple[Container, Iterator[Batch | Lines]]]:
    """Open a file, and yield what holds its records, and the records.

    Args:
        source: a path, an `s3://` URI, or `-` for standard input.
        wanted: what the user says that it is, `csv` or `tsv`. Default: what its first bytes say.
        progress: called with the bytes read so far and the size. Default: nothing is called.

    Raises:
        ContainerError: it is not of a kind that can be converted.
        UnreadableError: it cannot be opened.
    """
    name = str(source)
    with opened(source, progress, compressed=True) as read:
        head, blocks = next(read, b""), read
        if head.startswith(GZIP):
            name, blocks = name.removesuffix(".gz"), unpacked(chain([head], read))
            head = next(blocks, b"")
        found = CONTAINERS[wanted] if wanted else container_of(name, head)
        if found is None:
            raise ContainerError(_not_convertible(head))
        if found.name in _TEXTS:
            if refused := refusal(head.lstrip(b"[ \t\r\n")):
                raise ContainerError(refused)
            yield found, records_of(found, chain([head], blocks))
            return
    if bucket_of(source) is not None or isinstance(source, StandardInput) or name != str(source):
        fix = "copy it to a local file first"
        rule = f"must be a local file, not compressed, because it is {found.title}"
        raise ContainerError(error(RULE, "", rule, str(source), fix))
    from .tables import arrow, parquet, xlsx

    read_table = {"parquet": parquet, "arrow": arrow, "xlsx": xlsx}[found.name]
    with open_regular(source) as stream:
        yield found, read_table(stream)


_TEXTS: dict[str, Callable[[Iterable[bytes]], Iterator[Batch] | Iterator[Lines]]] = {
    "json-lines": json_lines,
    "json": json_values,
    "csv": rows(),
    "tsv": rows("\t"),
    "yaml": yaml_values,
}


def records_of(found: Container, blocks: Iterable[bytes]) -> Iterator[Batch | Lines]:
    """Return the records in a text.

    Args:
        found: what holds them.
        blocks: the text, as it was read.
    """
    return _TEXTS[found.name](blocks)


def _not_convertible(head: bytes) -> Finding:
    refused = refusal(head)
    if refused:
        return refused
    got, fix = Described("other data"), "export it as JSON Lines or CSV"
    if head.startswith(_OLD_EXCEL):
        got, fix = Described("a workbook of an old Excel"), "save it as .xlsx or CSV"
    return error(RULE, "", "must be text, Parquet, Arrow or an Excel workbook", got, fix)
