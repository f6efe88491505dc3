"""Whatever a file holds: findings only, linear time, bounded memory; fast path and full check agree."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from constructs_lib.catalog import Catalog
from constructs_lib.datasets import validate
from constructs_lib.datasets.checking.fast_path import FastPath
from constructs_lib.datasets.formats import format_named
from constructs_lib.datasets.formats.record_checks import Seen
from tests.unit.datasets.helpers import (
    CANVAS,
    COHERE,
    CPT,
    DISTILLATION,
    HAIKU,
    LLAMA_31,
    LLAMA_32,
    MICRO,
    NOVA,
    NOVA_2,
    RFT,
    TITAN,
    VERSION,
    chat,
    lines,
    media,
    reasoned,
    shown,
    turns,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.datasets.checking.fast_path import Recognized
    from constructs_lib.datasets.formats.base import Format

FT = "FINE_TUNING"
ALL = [
    (NOVA, FT),
    (MICRO, FT),
    (NOVA_2, FT),
    (NOVA_2, RFT),
    (NOVA, DISTILLATION),
    (LLAMA_31, DISTILLATION),
    (HAIKU, FT),
    (LLAMA_31, FT),
    (LLAMA_32, FT),
    (CANVAS, FT),
    (TITAN, CPT),
    (COHERE, FT),
    ("unknown.model-v1:0", FT),
]
QUICK = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

# Words that mean something to some format, so that random records come near to being right.
NAMES = st.sampled_from(
    [
        "messages",
        "role",
        "content",
        "text",
        "system",
        "schemaVersion",
        "prompt",
        "completion",
        "image-ref",
        "caption",
        "input",
        "modelId",
        "output",
        "image",
        "video",
        "format",
        "source",
        "s3Location",
        "uri",
        "reasoningContent",
        "reasoningText",
        "toolUse",
        "toolResult",
        "toolUseId",
        "toolConfig",
        "tools",
        "name",
        "id",
        "document",
        "reference_answer",
        "type",
        "inputBodyJson",
        "x",
    ]
)
WORDS = st.sampled_from(
    ["user", "assistant", "system", VERSION, "User:", "user:", "PNG", "s3://bucket/a.png", "png", " ", ""]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
TOOL = {
    "type": "function",
    "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"x": {}}}},
}
USED = turns("a", "b", schemaVersion=VERSION)
USED["toolConfig"] = {
    "tools": [{"toolSpec": {"name": "f", "description": "d", "inputSchema": {"json": {"type": "object"}}}}]
}
USED["messages"][1]["content"] = [{"toolUse": {"toolUseId": "1", "name": "f", "input": {}}}]
USED["messages"] += [
    {"role": "user", "content": [{"toolResult": {"toolUseId": "1", "content": [{"text": "4"}]}}]},
    {"role": "assistant", "content": [{"text": "b"}]},
]
RIGHT: list[dict[str, Any]] = [
    turns("a", "b", schemaVersion=VERSION, system=[{"text": "s"}]),
    turns("a", "b", "c", "d", schemaVersion=VERSION),
    shown(media(), {"text": "a"}),
    shown(media("video", "s3://bucket/a.mp4", "mp4")) | {"schemaVersion": VERSION},
    reasoned("a", "b"),
    chat("a", "b", system="s"),
    chat("a", reference_answer={"x": 1}),
    chat("a", reference_answer="b", id="1", tools=[TOOL]),
    shown({"type": "text", "text": "a"}, media("document", "s3://bucket/a.pdf", "pdf")),
    USED,
    {"prompt": "a", "completion": "b"},
    {"input": "a"},
    {"image-ref": "s3://bucket/a.png", "caption": "a caption"},
    {
        "modelId": "m",
        "input": {"inputBodyJson": {"messages": [{"role": "user", "content": "a"}]}},
        "output": {},
    },
]


@st.composite
def nearly_right(draw: st.DrawFn) -> Any:  # noqa: ANN401 - any JSON value
    """A valid record, in which one value may have been replaced."""
    record = json.loads(json.dumps(draw(st.sampled_from(RIGHT))))
    return _replaced(draw, record) if draw(st.booleans()) else record


def _replaced(draw: st.DrawFn, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        name = draw(st.sampled_from(sorted(value)))
        if draw(st.integers(0, 4)) == 0:
            return {(draw(NAMES) if key == name else key): item for key, item in value.items()}
        return {**value, name: _replaced(draw, value[name])}
    if isinstance(value, list) and value and draw(st.integers(0, 3)):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], *[_replaced(draw, value[at])] * draw(st.integers(0, 2)), *value[at + 1 :]]
    return draw(VALUES)


def formats() -> list[Format]:
    """Every format of every model."""
    dataset_of = {
        (model.id, kind): facts.dataset
        for model in Catalog.default().models
        for kind, facts in model.customizations.items()
    }
    return [format_named(name, dataset) for dataset in dataset_of.values() for name in dataset.formats]


@pytest.mark.parametrize(("model", "kind"), ALL)
@given(content=st.binary(max_size=400))
@QUICK
def test_any_bytes(tmp_path: Path, model: str, kind: str, content: bytes) -> None:
    """Random bytes make findings and never an exception."""
    report = validate(write(tmp_path, content), model=model, customization_type=kind)
    assert report.errors + report.warnings + len(report.findings) >= 1


@pytest.mark.parametrize(("model", "kind"), ALL)
@given(
    records=st.lists(nearly_right(), min_size=1, max_size=4),
    broken=st.integers(0, 300),
    byte=st.binary(max_size=2),
)
@QUICK
def test_nearly_right_files(  # noqa: PLR0917 - hypothesis and the table give them by name
    tmp_path: Path, model: str, kind: str, records: list[Any], broken: int, byte: bytes
) -> None:
    """Records that are nearly right, with bytes put in anywhere, make findings and never an exception."""
    content = lines(records)
    content = content[:broken] + byte + content[broken:]
    path = write(tmp_path, content)
    report = validate(path, model=model, customization_type=kind, validation=path, limit=3)
    assert len(report.findings) <= 3
    assert sum(report.counted.values()) >= len(report.findings)


@given(record=nearly_right(), spaces=st.sampled_from(["", " ", "\t"]))
@example(record=chat("a", reference_answer=None), spaces="")
@example(record=turns("a", "b", schemaVersion=None, system=[]), spaces="")
@example(record=turns("a\ud800", "b"), spaces="")
@example(record=shown(media(), {"text": "a"}), spaces="")
@example(record=shown({"text": None, **media()}), spaces="")
@example(record=reasoned("a", "b"), spaces="")
@example(record=turns("a", "b", system=None), spaces="")
@example(record=turns("a", "b", system=[{"text": ""}, {"text": "s"}]), spaces="")
@example(record=shown(media("video", "s3://bucket/a.mp4", "mp4")), spaces="")
@example(record=shown(media(format="webp")) | {"schemaVersion": VERSION}, spaces="")
@example(record=reasoned("a", "b user:"), spaces="")
@example(record=chat("a", reference_answer=" ", id=" "), spaces="")
@example(record=chat("a", reference_answer="b", tools=[TOOL, TOOL]), spaces="")
@example(record=chat("a", reference_answer="b", id="1", tools=[TOOL]), spaces="")
@settings(max_examples=400, deadline=None)
def test_the_fast_path_accepts_only_what_the_rules_accept(record: object, spaces: str) -> None:
    """A line that the fast path accepts breaks no rule, and both ways see the same texts."""
    line = f"{spaces}{json.dumps(record)}{spaces}".encode()
    for one in FORMATS:
        for lines_ in (line, line + b"\n" + line + b"\n{"):
            for found in FastPath(one).recognize(lines_):
                if found.records:
                    _agrees(one, record, found)


def _agrees(form: Format, record: object, found: Recognized) -> None:
    """The full check finds nothing wrong with a recognized record, and sees the same."""
    seen = Seen()
    assert isinstance(record, dict)
    assert [*form.check(record, seen)] == []
    assert sum(map(len, seen.texts)) * found.records == found.characters
    if "image-ref" not in record:
        assert all(one == seen.media for one in found.references().values())


FORMATS = formats()


@pytest.mark.parametrize(
    ("model", "kind", "record"),
    [
        (NOVA, FT, turns("a", "b", schemaVersion=VERSION, system=[{"text": "s"}])),
        (NOVA, FT, turns("a", "b", "c", "d")),
        (NOVA_2, FT, turns("a", "b", schemaVersion=VERSION)),
        (NOVA, DISTILLATION, turns("a", schemaVersion=VERSION)),
        (HAIKU, FT, chat("a", "b", system="s")),
        (NOVA_2, RFT, chat("a", reference_answer={"x": [1]}, id="1", extra=None)),
        (LLAMA_31, FT, {"prompt": "a", "completion": "b"}),
        (TITAN, CPT, {"input": "a"}),
        (CANVAS, FT, {"image-ref": "s3://bucket/a.png", "caption": "a caption"}),
        (NOVA, FT, shown(media(), {"text": "a"})),
        (NOVA_2, FT, reasoned("a", "b")),
    ],
)
def test_valid_records_take_the_fast_path(model: str, kind: str, record: object) -> None:
    """Valid records need no full check, which is why it is fast."""
    known = Catalog.default().find(model)
    assert known is not None
    dataset = known.customizations[kind].dataset
    form = format_named(dataset.formats[0], dataset)
    for lines_ in (json.dumps(record).encode(), json.dumps(record).encode() + b"\n{"):
        assert sum(found.records for found in FastPath(form).recognize(lines_)) == 1


def many_tools(number: int) -> dict[str, Any]:
    """A record that defines many tools, and calls as many others."""
    [tool] = USED["toolConfig"]["tools"]
    tools = [{"toolSpec": {**tool["toolSpec"], "name": f"f{at}"}} for at in range(number)]
    calls = [{"toolUse": {"toolUseId": str(at), "name": f"g{at}", "input": {}}} for at in range(number)]
    messages = [*turns("a")["messages"], {"role": "assistant", "content": calls}]
    return {"toolConfig": {"tools": tools}, "messages": messages}


LONG: dict[str, Callable[[int], bytes]] = {
    "one long line": lambda n: b'{"a": "' + b"x" * n * 100,
    "open brackets": lambda n: b"[" * n * 20,
    "nested objects": lambda n: b'{"a":' * n * 20,
    "bad lines": lambda n: b"{\n" * n,
    "blank lines": lambda n: b"\n" * n * 4,
    "the same line": lambda n: lines([turns("a", "b")]) * n,
    "the same fault": lambda n: lines([turns("a", "b", x=1)]) * n,
    "another shape in every line": lambda n: lines([{f"f{at}": [at]} for at in range(n)]),
    "unknown fields": lambda n: json.dumps({f"f{at}": at for at in range(n)}).encode(),
    "a long name": lambda n: json.dumps({"m" * n * 50: 1}).encode(),
    "many messages": lambda n: lines([turns(*["a"] * n)]),
    "many wrong messages": lambda n: lines([{"messages": [{"role": "x", "content": 1}] * n}]),
    "many images": lambda n: lines([shown(*[media()] * n)]),
    "many words": lambda n: lines([turns("User: " * n, "b")] * 4),
    "many tools": lambda n: lines([many_tools(n)]),
    "colons": lambda n: lines([turns("r:" * n * 20, "b")]),
    "escapes": lambda n: b'{"a": "' + b"\\" * n * 20,
    "surrogates": lambda n: b'{"a": "' + b"\\ud800" * n + b'"}',
    "not UTF-8": lambda n: b'{"a": "' + b"\xff" * n * 20 + b'"}',
    "digits": lambda n: b'{"a": ' + b"9" * n * 20 + b"}",
    "commas": lambda n: b'{"a": [' + b"1," * n * 5 + b"]}",
}


@pytest.mark.parametrize("content", LONG.values(), ids=LONG.keys())
def test_time_is_linear(tmp_path: Path, content: Callable[[int], bytes]) -> None:
    """Eight times the input takes about eight times as long, whatever it holds."""

    def seconds(number: int) -> float:
        path = write(tmp_path, content(number))
        times = []
        for _ in range(3):
            start = process_time()
            validate(path, model=NOVA)
            times.append(process_time() - start)
        return min(times)

    few, many = seconds(1_000), seconds(8_000)
    assert many < 8 * 3 * few + 0.05


HEAVY = """
import sys
from constructs_lib.datasets import validate
report = validate(sys.argv[1], model="amazon.nova-lite-v1:0:300k", validation=sys.argv[1])
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(report.errors > 0, int(peak.split()[1]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
@pytest.mark.parametrize(
    "line",
    [
        b'{"x": [' + b"[]," * 650_000 + b"1]}\n",
        b'{"messages": [' + b"[]," * 100_000 + b"1]}\n",
        b'{"a": "' + b"x" * 9_000_000 + b'"}\n',
        b"{\n" * 50_000,
    ],
    ids=["two megabytes of lists", "many faults in a line", "a line above the bound", "many bad lines"],
)
def test_memory_is_bounded(tmp_path: Path, line: bytes) -> None:
    """Lines that decode to many objects, and many faults, stay within 100 MB."""
    path = write(tmp_path, line)
    done = subprocess.run(
        [sys.executable, "-c", HEAVY, str(path)], capture_output=True, text=True, check=True
    )
    wrong, megabytes = done.stdout.split()
    assert wrong == "True"
    assert int(megabytes) < 100
