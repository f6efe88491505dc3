"""Whatever a file holds: a conversion or a sentence, in linear time; the fast way and the other agree."""

from __future__ import annotations

import json
from contextlib import suppress
from time import process_time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from constructs_lib.catalog import Catalog
from constructs_lib.datasets import Conversion, ConversionError, convert, validate
from constructs_lib.datasets.conversion.containers import json_lines
from constructs_lib.datasets.conversion.dialogue import NotConvertibleError
from constructs_lib.datasets.conversion.named_fields import find_columns
from constructs_lib.datasets.conversion.plain_records import PlainRecords
from constructs_lib.datasets.conversion.shapes import TITLES, readers
from constructs_lib.datasets.conversion.targets import writer
from constructs_lib.datasets.formats.record_checks import Rules
from tests.unit.datasets.helpers import (
    CPT,
    DISTILLATION,
    HAIKU,
    LLAMA_31,
    NOVA,
    NOVA_2,
    RFT,
    TITAN,
    lines,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FT = "FINE_TUNING"
MODELS = [
    (NOVA, FT),
    (NOVA_2, FT),
    (NOVA_2, RFT),
    (NOVA, DISTILLATION),
    (HAIKU, FT),
    (LLAMA_31, FT),
    (TITAN, CPT),
]
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

TEXTS = st.sampled_from(["a", "", " ", "ä", "日本", 'a "b"', "a\nb", "User:", "\\", "\ud83d\ude00", "\ud800"])
ROLES = st.sampled_from(["user", "assistant", "system", "tool", "human", "gpt", "model", "x"])
NAMES = st.sampled_from(
    [
        *(
            "messages",
            "conversations",
            "contents",
            "role",
            "from",
            "content",
            "value",
            "parts",
            "text",
            "type",
        ),
        *("system", "tools", "prompt", "completion", "question", "answer", "instruction", "input", "output"),
        *(
            "chosen",
            "rejected",
            "modelId",
            "modelInput",
            "modelOutput",
            "recordId",
            "inputBodyJson",
            "image_url",
        ),
        *("outputBodyJson", "weight", "name", "tool_calls", "history", "id", "image", "source", "choices"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS | ROLES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def messages(role: str, content: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Lists of messages that are usually in order."""
    one = st.builds(lambda who, said: {role: who, content: said}, ROLES, TEXTS)
    users = ("user", "assistant") if role == "role" else ("human", "gpt")
    pair = st.tuples(TEXTS, TEXTS).map(
        lambda said: [{role: who, content: text} for who, text in zip(users, said, strict=True)]
    )
    return st.lists(pair | one.map(lambda found: [found]), max_size=3).map(
        lambda found: [message for some in found for message in some]
    )


RECORDS = st.one_of(
    st.builds(lambda found: {"messages": found}, messages("role", "content")),
    st.builds(lambda found: {"conversations": found, "id": "1"}, messages("from", "value")),
    st.builds(lambda a, b, c: {"instruction": a, "input": b, "output": c}, TEXTS, TEXTS, TEXTS),
    st.builds(lambda a, b: {"question": a, "answer": b}, TEXTS, TEXTS),
    st.builds(lambda a, b, c: {"prompt": a, "completion": b, "system": c}, TEXTS, TEXTS, TEXTS),
    st.dictionaries(NAMES, VALUES, max_size=5),
)


def attempted(folder: Path, content: bytes, model: str, kind: str, **more: Any) -> Conversion | None:  # noqa: ANN401 - arguments of `convert`
    """Convert; return None where the answer is a sentence."""
    path, out = write(folder, content, "in.jsonl"), folder / "out.jsonl"
    try:
        return convert(path, out, model=model, customization_type=kind, force=True, **more)
    except ConversionError:
        return None


@pytest.mark.parametrize(("model", "kind"), MODELS)
@given(
    content=st.binary(max_size=300)
    | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
@QUICK
def test_any_bytes(tmp_path: Path, model: str, kind: str, content: bytes) -> None:
    """Random bytes are converted or answered with a sentence."""
    attempted(tmp_path, content, model, kind)
    for name in ("in.csv", "in.yaml", "in.json"):
        path = write(tmp_path, content, name)
        with suppress(ConversionError):
            convert(path, tmp_path / "out.jsonl", model=model, customization_type=kind, force=True)


@pytest.mark.parametrize(("model", "kind"), MODELS)
@given(
    records=st.lists(RECORDS, min_size=1, max_size=4),
    shape=st.sampled_from(["auto", *TITLES]),
    apart=st.booleans(),
)
@QUICK
def test_any_records(  # noqa: PLR0917 - hypothesis and the table give them by name
    tmp_path: Path,
    model: str,
    kind: str,
    records: list[Any],
    shape: str,
    apart: bool,  # noqa: FBT001 - as above
) -> None:
    """Every record is written or dropped, and what is written apart has no errors."""
    bad = tmp_path / "bad.jsonl" if apart else None
    content = "".join(f"{json.dumps(one)}\n" for one in records).encode()
    done = attempted(tmp_path, content, model, kind, shape=shape, drop_invalid=bad)
    if done is None:
        return
    assert done.read == len(records) == done.written + sum(one.count for one in done.dropped)
    written = (tmp_path / "out.jsonl").read_bytes().splitlines()
    assert len(written) == done.written == done.report.training.counts.records
    if bad:
        assert len(bad.read_bytes().splitlines()) == len(records) - done.written
        errors = [rule for (level, rule) in done.report.counted if level == "error"]
        assert [rule for rule in errors if not rule.endswith("-records")] == []


def _by_the_other_way(
    shape: str, write_: Callable[..., Any], line: bytes
) -> tuple[list[Any], list[str]] | None:
    """Convert one line without the fast way; return the record and what was changed."""
    changes: list[str] = []
    [batch] = [some.batch() for some in json_lines([line])]
    try:
        return [write_(readers()[shape](record, changes), changes) for record in batch.records], changes
    except NotConvertibleError:
        return None


@given(record=RECORDS, escaped=st.booleans())
@example(
    record={"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]},
    escaped=True,
)
@example(record={"instruction": "a", "input": "b", "output": "c"}, escaped=True)
@settings(max_examples=600, deadline=None)
def test_the_fast_way_writes_what_the_other_way_writes(record: dict[str, Any], escaped: bool) -> None:  # noqa: FBT001 - as above
    """A line that the fast way takes is written with the same content, and nothing would be changed in it."""
    line = json.dumps(record, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    columns = find_columns(record)
    columns.pop("text", None)
    for model, kind in MODELS:
        known = Catalog.default().find(model)
        assert known is not None
        dataset = known.customizations[kind].dataset
        write_ = writer(dataset.formats[0], Rules(dataset))
        for shape in ("openai", "sharegpt", "alpaca", "pairs"):
            plain = PlainRecords.of(shape, dataset.formats[0], [*record], columns)
            if plain is None or write_ is None:
                continue
            try:
                block, number = plain.convert(line + b"\n" + line)
            except (ValueError, RecursionError):
                continue
            assert number == 2
            expected = _by_the_other_way(shape, write_, line)
            assert expected is not None
            assert [json.loads(one) for one in block.splitlines()] == expected[0] * 2
            assert expected[1] == []


LONG: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "messages of one role": (
        "in.jsonl",
        lambda n: lines([{"messages": [{"role": "user", "content": "a"}] * n}]),
    ),
    "system messages": (
        "in.jsonl",
        lambda n: lines([{"messages": [{"role": "system", "content": "a"}] * n}]),
    ),
    "parts": ("in.jsonl", lambda n: lines([{"messages": [{"role": "user", "content": ["a"] * n}]}])),
    "fields": ("in.jsonl", lambda n: lines([{f"f{at}": at for at in range(n)}])),
    "records with other fields each": (
        "in.jsonl",
        lambda n: lines([{"prompt": "a", "answer": "b", f"f{at}": 1} for at in range(n)]),
    ),
    "bad lines": ("in.jsonl", lambda n: b"{\n" * n),
    "open brackets": ("in.json", lambda n: b"[" * n * 20),
    "a long text in a list": ("in.json", lambda n: b'[{"prompt": "' + b"a" * n * 100),
    "many items": ("in.json", lambda n: json.dumps([{"prompt": "a", "answer": "b"}] * n).encode()),
    "spaces": ("in.json", lambda n: b"[" + b" " * n * 100 + b"]"),
    "an open quote": ("in.csv", lambda n: b'prompt,answer\n"' + b"a\n" * n * 10),
    "cells": ("in.csv", lambda n: b"a," * n * 10 + b"\n" + b"a," * n * 10),
    "rows": ("in.csv", lambda n: b"prompt,answer\na,b\n" + b"a,b\n" * n),
    "YAML items": ("in.yaml", lambda n: b"- {prompt: a, answer: b}\n" * (n // 10)),
    "YAML references": ("in.yaml", lambda n: b"- &a [x]\n- [" + b"*a, " * n + b"]\n"),
}


@pytest.mark.parametrize("name", LONG)
def test_time_is_linear(tmp_path: Path, name: str) -> None:
    """Eight times the input takes about eight times as long, whatever it holds."""
    file, content = LONG[name]

    def seconds(number: int) -> float:
        path = write(tmp_path, content(number), file)
        times = []
        for _ in range(3):
            start = process_time()
            with suppress(ConversionError):
                convert(path, tmp_path / "out.jsonl", model=NOVA, force=True)
            validate(path, model=NOVA)
            times.append(process_time() - start)
        return min(times)

    few, many = seconds(1_000), seconds(8_000)
    assert many < 8 * 3 * few + 0.05
