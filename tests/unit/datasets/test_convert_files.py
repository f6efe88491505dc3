"""What holds the records: JSON lists, tables, YAML, Parquet, Arrow, Excel, gzip; and what cannot be read."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from constructs_lib.datasets import Conversion, ConversionError, convert
from tests.unit.datasets.helpers import NOVA, VERSION, chat, lines, turns

ROWS = [{"question": "a, b", "answer": 'c "d"'}, {"question": "e\nf", "answer": "ä日本"}]
EXPECTED = [turns(row["question"], row["answer"], schemaVersion=VERSION) for row in ROWS]
CSV = 'question,answer\n"a, b","c ""d"""\n"e\nf",ä日本\n'


def converted(folder: Path, name: str, content: bytes | str, **more: Any) -> tuple[Conversion, list[Any]]:  # noqa: ANN401 - arguments of `convert`
    """Convert a file; return what was done and what was written."""
    path, out = folder / name, folder / "out.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = convert(path, out, model=NOVA, force=True, **more)
    return done, [json.loads(line) for line in out.read_bytes().splitlines()]


def parquet(records: list[dict[str, Any]], **more: Any) -> bytes:  # noqa: ANN401 - arguments of pyarrow
    """Return a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records), sink, **more)
    return sink.getvalue()


def arrow(records: list[dict[str, Any]], *, stream: bool = False) -> bytes:
    """Return an Arrow file or stream."""
    table, sink = pa.Table.from_pylist(records), io.BytesIO()
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def workbook(*rows: list[object]) -> bytes:
    """Return an Excel workbook."""
    book, sink = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(sink)
    return sink.getvalue()


CONTAINERS: dict[str, tuple[str, bytes | str, str, str]] = {
    "JSON Lines": ("in.jsonl", lines(ROWS), "json-lines", "line"),
    "JSON Lines of any name": ("in", lines(ROWS), "json-lines", "line"),
    "with a byte order mark": ("in.jsonl", b"\xef\xbb\xbf" + lines(ROWS), "json-lines", "line"),
    "with CRLF": ("in.jsonl", lines(ROWS).replace(b"\n", b"\r\n"), "json-lines", "line"),
    "a JSON list": ("in.json", json.dumps(ROWS), "json", "record"),
    "a JSON list over lines": ("in.json", json.dumps(ROWS, indent=2), "json", "record"),
    "JSON objects over lines": (
        "in.json",
        "\n".join(json.dumps(r, indent=1) for r in ROWS),
        "json",
        "record",
    ),
    "CSV": ("in.csv", CSV, "csv", "line"),
    "CSV of any name": ("in.txt", CSV, "csv", "line"),
    "CSV with a byte order mark": ("in.csv", b"\xef\xbb\xbf" + CSV.encode(), "csv", "line"),
    "CSV with CRLF": ("in.csv", CSV.replace("\n", "\r\n").replace("e\r\nf", "e\nf"), "csv", "line"),
    "CSV with semicolons": ("in.csv", 'question;answer\n"a, b";"c ""d"""\n"e\nf";ä日本\n', "csv", "line"),
    "TSV": ("in.tsv", 'question\tanswer\na, b\t"c ""d"""\n"e\nf"\tä日本\n', "tsv", "line"),
    "YAML": (
        "in.yaml",
        '- question: a, b\n  answer: c "d"\n- {question: "e\\nf", answer: ä日本}\n',
        "yaml",
        "record",
    ),
    "YAML documents": (
        "in.yml",
        '---\nquestion: a, b\nanswer: c "d"\n---\nquestion: "e\\nf"\nanswer: ä日本\n',
        "yaml",
        "record",
    ),
    "Parquet": ("in.parquet", parquet(ROWS), "parquet", "row"),
    "Arrow": ("in.arrow", arrow(ROWS), "arrow", "row"),
    "an Arrow stream": ("in.arrow", arrow(ROWS, stream=True), "arrow", "row"),
    "Excel": (
        "in.xlsx",
        workbook(["question", "answer"], ["a, b", 'c "d"'], [None, None], ["e\nf", "ä日本"]),
        "xlsx",
        "row",
    ),
    "gzip": ("in.jsonl.gz", gzip.compress(lines(ROWS)), "json-lines", "line"),
    "CSV in gzip": ("in.csv.gz", gzip.compress(CSV.encode()), "csv", "line"),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container(tmp_path: Path, name: str) -> None:
    """The same records, whatever holds them."""
    file, content, container, unit = CONTAINERS[name]
    done, written = converted(tmp_path, file, content)
    assert written == EXPECTED
    [one] = done.files
    assert (one.container, one.unit, one.shape) == (container, unit, "pairs")


@pytest.mark.parametrize("make", [parquet, arrow])
def test_messages_in_a_table(tmp_path: Path, make: Any) -> None:  # noqa: ANN401 - a function above
    """Parquet and Arrow have lists and objects, as data sets of Hugging Face do."""
    _, written = converted(tmp_path, "in.parquet", make([chat("a", "b"), chat("c", "d")]))
    assert written == [turns("a", "b", schemaVersion=VERSION), turns("c", "d", schemaVersion=VERSION)]


def test_numbers_and_dates_of_a_workbook(tmp_path: Path) -> None:
    """A number in a cell is written as text, and counted; the header may be longer than a row."""
    content = workbook(["question", "answer", "note"], [1, 2.5], ["x", "y", "z"])
    done, written = converted(tmp_path, "in.xlsx", content)
    assert written[0] == turns("1", "2.5", schemaVersion=VERSION)
    assert [(one.reason, one.count) for one in done.changed] == [("a number was written as text", 1)]
    assert done.files[0].left_out == ("note",)


def test_rows_of_another_length_are_dropped(tmp_path: Path) -> None:
    """With their lines."""
    done, written = converted(tmp_path, "in.csv", "question,answer\na,b\nc\n\nd,e,f\ng,h\n")
    assert len(written) == 2
    [dropped] = done.dropped
    assert dropped.reason == "its number of cells is not that of the header"
    assert [line for _, line in dropped.first] == [3, 5]


def test_a_table_that_is_named_so(tmp_path: Path) -> None:
    """`csv` and `tsv` say what a file is, whatever its name."""
    _, written = converted(
        tmp_path, "in", "Question\ta\tb\nx\ty\tz\n", shape="tsv", columns={"prompt": "a", "completion": "b"}
    )
    assert written == [turns("y", "z", schemaVersion=VERSION)]


WRONG: dict[str, tuple[str, bytes | str, str]] = {
    "a list that is cut off": (
        "in.json",
        json.dumps(ROWS)[:-1],
        r"in\.json:1: must be JSON: the list has no end",
    ),
    "a list cut off in an item": (
        "in.json",
        '[{"question": "a", "answer": "b"},\n{"quest',
        r'in\.json:2: must be JSON: the " that is opened here is not closed',
    ),
    "a list without a comma": (
        "in.json",
        '[{"question": "a"}\n{"b": 1}]',
        r"in\.json:2: must be JSON: an item",
    ),
    "text after a list": ("in.json", json.dumps(ROWS) + "x", "there is more after the end of the list"),
    "not a number": ("in.json", '[{"question": NaN}]', "must be JSON, which has no NaN"),
    "a deep list": ("in.json", "[" * 100_000, "must not be nested so deeply"),
    "a list that is not UTF-8": ("in.json", b'[{"question": "\xff"}]', "must be UTF-8"),
    "CSV that is not UTF-8": ("in.csv", b"question,answer\n\xe4,b\n", "must be UTF-8"),
    "CSV with an open quote": (
        "in.csv",
        'question,answer\n"a,b\n',
        "must be a table that can be read: a cell that begins with a quote is not closed",
    ),
    "CSV with two columns of one name": (
        "in.csv",
        "answer,answer\na,b\n",
        "columns with different names, got 'answer'",
    ),
    "a header alone": ("in.csv", "question,answer\n", "must contain records, got none"),
    "YAML that is not": ("in.yaml", "- question: [a\n", "must be YAML: "),
    "YAML with references": (
        "in.yaml",
        "- &a {question: x, answer: y}\n- *a\n",
        "it repeats a part by reference",
    ),
    "deep YAML": ("in.yaml", "- " + "[" * 5000, "must be YAML: "),
    "damaged Parquet": (
        "in.parquet",
        parquet(ROWS)[:-20],
        "must be a Parquet file that can be read, got a damaged file",
    ),
    "no Parquet": (
        "in.parquet",
        b"PAR1 and more",
        "must be a Parquet file that can be read, got a damaged file",
    ),
    "no Arrow": (
        "in.arrow",
        b"ARROW1 and more",
        "must be an Arrow file that can be read, got a damaged file",
    ),
    "no workbook": ("in.xlsx", b"PK\x03\x04 and more", "must be an Excel workbook that can be read, got "),
    "a damaged workbook": (
        "in.xlsx",
        workbook(["a"])[:-40],
        "must be an Excel workbook that can be read, got ",
    ),
    "an archive": ("in.zip", b"PK\x03\x04 and more", "got a zip archive"),
    "an old workbook": ("in.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "save it as .xlsx or CSV"),
    "UTF-16": ("in.csv", "question,answer\na,b\n".encode("utf-16"), "save the file as UTF-8"),
    "other bytes": ("in.jsonl", bytes(range(256)), "must be text, Parquet, Arrow or an Excel workbook"),
    "gzip that is cut off": (
        "in.jsonl.gz",
        gzip.compress(lines(ROWS))[:-9],
        "got gzip data that was cut off",
    ),
    "prose": ("in.txt", "Hello, world", r"it is not JSON \(1\)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, name: str) -> None:
    """With the file, and the line where it is known; nothing is written."""
    file, content, message = WRONG[name]
    with pytest.raises(ConversionError, match=message):
        converted(tmp_path, file, content)
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize("name", ["missing.jsonl", ".", "/dev/null", "a\0b"])
def test_what_is_no_file_is_a_sentence(tmp_path: Path, name: str) -> None:
    """A missing file, a folder without data, a device, a name that no system can have."""
    with pytest.raises(ConversionError):
        convert(os.path.join(tmp_path, name), tmp_path / "out.jsonl", model=NOVA)  # noqa: PTH118 - Path refuses NUL
    assert [*tmp_path.iterdir()] == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Neither a file that exists nor, with `force`, an input."""
    path, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    path.write_bytes(lines(ROWS))
    out.write_text("mine")
    with pytest.raises(ConversionError, match="must not exist"):
        convert(path, out, model=NOVA)
    with pytest.raises(ConversionError, match="must not be a file that is read"):
        convert(path, path, model=NOVA, force=True)
    with pytest.raises(ConversionError, match="must not have the name of another output"):
        convert(path, tmp_path / "new.jsonl", model=NOVA, drop_invalid=tmp_path / "new.jsonl")
    assert (path.read_bytes(), out.read_text()) == (lines(ROWS), "mine")
    assert len([*tmp_path.iterdir()]) == 2


FULL = """
import resource, signal, sys
from constructs_lib.datasets import ConversionError, convert
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    convert(sys.argv[1], sys.argv[2], model="amazon.nova-lite-v1:0:300k")
except ConversionError as error:
    print(error)
"""


def test_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    """And nothing is left of the output."""
    path, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    path.write_bytes(lines([chat(f"question {at}", "answer") for at in range(2000)]))
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path), str(out)], capture_output=True, text=True, check=True
    )
    assert "free some space, or write to another disk; nothing was written" in done.stdout
    assert [*tmp_path.iterdir()] == [path]


def bomb(part: str) -> bytes:
    """Return a workbook that says of one part that it unpacks to 300 MB."""
    content = io.BytesIO(workbook(["question", "answer"], ["a", "b"]))
    sink = io.BytesIO()
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            if entry != part:
                new.writestr(entry, old.read(entry))
        new.writestr(part, "")
        new.getinfo(part).file_size = 300_000_000
    return sink.getvalue()


def test_a_workbook_has_a_limit_on_what_it_unpacks_to(tmp_path: Path) -> None:
    """The sizes in its directory decide, before anything is unpacked."""
    content = bomb("xl/sharedStrings.xml")
    with pytest.raises(ConversionError, match="must not unpack to so much: an Excel workbook is read up to"):
        converted(tmp_path, "in.xlsx", content)


HEAVY = """
import sys
from constructs_lib.datasets import ConversionError, convert
try:
    done = convert(sys.argv[1], sys.argv[2], model="amazon.nova-lite-v1:0:300k")
    print(done.read)
except ConversionError as error:
    print(error)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024)
"""


def heavy(path: Path) -> tuple[str, int]:
    """Convert a file in a process of its own; return what it printed and its peak memory in MB."""
    command = [sys.executable, "-c", HEAVY, str(path), f"{path}.jsonl"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    printed, megabytes = done.stdout.splitlines()
    return printed, int(megabytes)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
def test_a_parquet_file_has_a_limit_on_what_it_unpacks_to(tmp_path: Path) -> None:
    """One long text that is written once and stands in every row is stopped in time."""
    path = tmp_path / "in.parquet"
    shared = pa.DictionaryArray.from_arrays(pa.array([0] * 1000, pa.int32()), ["x" * 9_000_000])
    table = pa.table({"question": shared, "answer": pa.array(["b"] * 1000)})
    pq.write_table(table, path, compression="zstd", store_schema=False)
    assert path.stat().st_size < 100_000
    printed, megabytes = heavy(path)
    assert "must not unpack to so much" in printed
    assert megabytes < 1000  # of 9 GB


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
def test_rows_that_share_a_text_are_decoded_a_few_at_a_time(tmp_path: Path) -> None:
    """A record is too long, but a thousand of them do not fill the memory."""
    path = tmp_path / "in.arrow"
    shared = pa.DictionaryArray.from_arrays(pa.array([0] * 100, pa.int32()), ["x" * 3_000_000])
    table = pa.table({"question": shared, "answer": pa.array(["b"] * 100)})
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)
    printed, megabytes = heavy(path)
    assert printed == "100"
    assert megabytes < 450  # each copy of all texts has 300
