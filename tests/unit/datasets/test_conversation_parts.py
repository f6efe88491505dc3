"""What a conversation may hold beside plain text: tools, documents, reasoning; and what a Llama takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.datasets import validate
from tests.unit.datasets.helpers import (
    DISTILLATION,
    LLAMA_31,
    LLAMA_32,
    LLAMA_33,
    LLAMA_90B,
    LLAMA_VISION,
    MICRO,
    NOVA,
    NOVA_2,
    VERSION,
    found,
    media,
    of_the_file,
    said,
    shown,
    turns,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

FT = "FINE_TUNING"
DEFINED = {"toolSpec": {"name": "roll", "description": "d", "inputSchema": {"json": {"type": "object"}}}}


def findings(folder: Path, record: object, model: str = NOVA, kind: str = FT) -> list[str]:
    """Check one record, and return severity, rule and path of every finding about it, sorted."""
    report = validate(write(folder, [record]), model=model, customization_type=kind, limit=50)
    return sorted(f"{severity} {rule} {path}".strip() for severity, rule, _, path in found(report))


def call(name: str = "roll", use: str = "1", **more: object) -> dict[str, Any]:
    """A call of a tool."""
    return {"toolUse": {"toolUseId": use, "name": name, "input": {}, **more}}


def result(use: str = "1", content: object = ({"text": "4"},)) -> dict[str, Any]:
    """A result of a tool."""
    return {"toolResult": {"toolUseId": use, "content": content}}


def used(*blocks: object, tools: object = (DEFINED,)) -> dict[str, Any]:
    """A conversation in which the assistant and the user take turns with blocks about tools."""
    messages = [said("user", "a")]
    for at, block in enumerate(blocks):
        messages.append({"role": "user" if at % 2 else "assistant", "content": [block]})
    if len(blocks) % 2 == 0:
        messages.append(said("assistant", "b"))
    return {"schemaVersion": VERSION, "toolConfig": {"tools": tools}, "messages": messages}


CALL, RESULT = "messages[1].content[0].toolUse", "messages[2].content[0].toolResult"
SPEC = "toolConfig.tools[0].toolSpec"
TOOLS: list[tuple[Any, list[str]]] = [
    (used(call(), result()), []),
    (used(call()), []),
    (used(call(), result(), call(use="2"), result("2")), []),
    (used(call(), result(content=[{"json": {"x": 1}}, {"text": "a"}])), []),
    (used(call("other"), result()), [f"error tool-unknown {CALL}.name"]),
    (used(call(), result("2")), [f"error tool-result {RESULT}.toolUseId"]),
    (used(said("assistant", "b")["content"][0], result()), [f"error tool-result {RESULT}.toolUseId"]),
    (
        used(call(), result(), call(), result()),
        [
            "error tool-id messages[3].content[0].toolUse.toolUseId",
            "error tool-id messages[4].content[0].toolResult.toolUseId",
        ],
    ),
    (
        used(result()),
        [
            "error tool-role messages[1].content[0].toolResult",
            "error tool-result messages[1].content[0].toolResult.toolUseId",
        ],
    ),
    (used(call(), call(use="2")), ["error tool-role messages[2].content[0].toolUse"]),
    (used(call(input=[]), result()), [f"error field-type {CALL}.input"]),
    (
        used({"toolUse": {}}),
        [f"error missing-field {CALL}.{name}" for name in ("input", "toolUseId", "name")],
    ),
    (used({"toolUse": "roll"}), [f"error field-type {CALL}"]),
    (used(call(" ", " ")), [f"error missing-field {CALL}.toolUseId", f"error missing-field {CALL}.name"]),
    (used(call(), {"toolResult": 1}), [f"error field-type {RESULT}"]),
    (used(call(), result(content=[])), [f"error missing-field {RESULT}.content"]),
    (used(call(), result(content="4")), [f"error field-type {RESULT}.content"]),
    (used(call(), result(content=[{}])), [f"error content-block {RESULT}.content[0]"]),
    (used(call(), result(content=[{"text": 1}])), [f"error field-type {RESULT}.content[0].text"]),
    (
        used(call(), result(content=[{"text": "a", "json": {}}])),
        [f"error content-block {RESULT}.content[0]"],
    ),
    (
        used(call(), result(content=[{"text": "User: a"}])),
        [f"warning reserved-words-contradicted {RESULT}.content[0].text"],
    ),
    (used(call(), tools=[]), ["error tool-definition toolConfig.tools", f"error tool-unknown {CALL}.name"]),
    (used(call(), tools=[DEFINED, DEFINED]), ["error tool-definition toolConfig.tools[1].toolSpec.name"]),
    (
        used(call(), tools=[{"toolSpec": {"name": "roll"}}]),
        [f"error tool-definition {SPEC}.description", f"error tool-definition {SPEC}.inputSchema.json"],
    ),
    (
        used(call(), tools=[{"toolSpec": DEFINED["toolSpec"] | {"inputSchema": {"json": {}}}}]),
        [f"error tool-definition {SPEC}.inputSchema.json"],
    ),
]


@pytest.mark.parametrize("model", [NOVA, NOVA_2])
@pytest.mark.parametrize(("record", "expected"), TOOLS)
def test_tools(tmp_path: Path, record: object, expected: list[str], model: str) -> None:
    """Tools are defined, called by the assistant and answered once; their use alone is a warning."""
    assert findings(tmp_path, record, model) == sorted([*expected, "warning tool-use toolConfig"])


def test_tools_without_definitions(tmp_path: Path) -> None:
    """AWS's validators look at names and ids only where tools are defined: without, it is a warning."""
    record = used(call("x"), result("2"))
    del record["toolConfig"]
    expected = [f"warning tool-use {CALL}", f"warning tool-config {CALL}.name"]
    assert findings(tmp_path, record) == sorted(expected)
    assert findings(tmp_path, record, NOVA_2) == sorted(expected)


def test_a_llama_has_no_tools(tmp_path: Path) -> None:
    """The page on Llama has no tools."""
    assert findings(tmp_path, used(call()), LLAMA_32) == [
        "error content-block messages[1].content[0]",
        "warning unknown-field toolConfig",
    ]


TEXT, BLOCK = "messages[0].content[0].text", "messages[0].content[0]"
EMPTY: list[tuple[str, Any, list[str]]] = [
    (NOVA, turns("", "b"), [f"error empty-text {TEXT}"]),
    (NOVA, turns(" ", "b"), [f"warning blank-text {TEXT}"]),
    (LLAMA_32, turns("", "b"), [f"warning empty-text {TEXT}"]),
    (NOVA, {"messages": [said("user", "", "a"), said("assistant", "b")]}, [f"warning blank-text {TEXT}"]),
    (
        NOVA,
        {"messages": [said("user", "", ""), said("assistant", "b")]},
        [f"error empty-text {TEXT}", "error empty-text messages[0].content[1].text"],
    ),
    (NOVA, shown({"text": ""}, media()), [f"warning blank-text {TEXT}"]),
    (NOVA, turns("a", "b", system=[{"text": ""}]), ["error empty-system-text system[0].text"]),
    (NOVA, turns("a", "b", system=[{"text": " "}]), ["warning blank-text system[0].text"]),
    (LLAMA_32, turns("a", "b", system=[{"text": ""}]), ["error empty-system-text system[0].text"]),
]


@pytest.mark.parametrize(("model", "record", "expected"), EMPTY)
def test_empty_texts(tmp_path: Path, model: str, record: object, expected: list[str]) -> None:
    """A message without any text is an error for Nova; a blank text, or one beside others, is a warning."""
    assert findings(tmp_path, record, model) == sorted(expected)


def reasoned(*texts: str, answer: str | None = "b") -> dict[str, Any]:
    """A conversation with reasoning."""
    blocks = [{"reasoningContent": {"reasoningText": {"text": text}}} for text in texts]
    blocks += [] if answer is None else [{"text": answer}]  # type: ignore[list-item]
    return {
        "schemaVersion": VERSION,
        "messages": [said("user", "a"), {"role": "assistant", "content": blocks}],
    }


THOUGHT = "messages[1].content[0].reasoningContent.reasoningText.text"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (reasoned("r"), []),
        (reasoned("r", "s"), []),
        (reasoned(""), [f"error empty-text {THOUGHT}"]),
        (reasoned(" "), [f"warning blank-text {THOUGHT}"]),
        (reasoned("User: a"), [f"error reserved-words-unlisted {THOUGHT}"]),
        (reasoned("user: a"), [f"warning reserved-words-contradicted {THOUGHT}"]),
        (reasoned("r", answer=None), ["warning reasoning-only messages[1].content"]),
        (reasoned("r", answer=""), ["warning blank-text messages[1].content[1].text"]),
    ],
)
def test_reasoning(tmp_path: Path, record: object, expected: list[str]) -> None:
    """Reasoning is text of its own: not empty, without reserved words, beside an answer."""
    assert findings(tmp_path, record, NOVA_2) == sorted(expected)


DOCUMENT = media("document", "s3://bucket/a.pdf", "pdf")
BLOCKS: list[tuple[str, Any, list[str]]] = [
    (NOVA, shown(DOCUMENT), [f"warning document {BLOCK}.document"]),
    (NOVA_2, shown(DOCUMENT) | {"schemaVersion": VERSION}, [f"warning document {BLOCK}.document"]),
    (MICRO, shown(DOCUMENT), [f"error text-only {BLOCK}.document"]),
    (LLAMA_VISION, shown(DOCUMENT), [f"error content-block {BLOCK}"]),
    (
        NOVA,
        shown(media("document", "s3://bucket/a.txt", "txt")),
        [f"warning document {BLOCK}.document", f"error document-format {BLOCK}.document.format"],
    ),
    (
        NOVA,
        shown(DOCUMENT, DOCUMENT),
        [
            f"warning document {BLOCK}.document",
            "warning document messages[0].content[1].document",
            "error documents-per-record messages",
        ],
    ),
    (
        NOVA,
        shown(media(), DOCUMENT),
        ["warning document messages[0].content[1].document", "error media-mixed messages"],
    ),
    (
        NOVA,
        {"messages": [said("user", "a"), {"role": "assistant", "content": [DOCUMENT]}]},
        [
            "warning document messages[1].content[0].document",
            "error media-role messages[1].content[0].document",
        ],
    ),
    (NOVA, shown({"type": "text", "text": "a"}), [f"warning block-type {BLOCK}.type"]),
    (LLAMA_32, shown({"type": "text", "text": "a"}), [f"warning block-type {BLOCK}.type"]),
    (
        NOVA,
        shown({"type": 1, "text": "a"}),
        [f"error field-type {BLOCK}.type", f"warning block-type {BLOCK}.type"],
    ),
    (NOVA, shown({"text": "a", "image": None}), [f"warning unknown-field {BLOCK}.image"]),
    (NOVA, shown({"text": "a", "note": 1}), [f"warning unknown-field {BLOCK}.note"]),
    (NOVA, shown({"text": None}), [f"error field-type {TEXT}"]),
    (NOVA, shown({"text": "a", "cachePoint": {}}), [f"error content-block {BLOCK}"]),
    (NOVA, shown({"type": "text"}), [f"error content-block {BLOCK}"]),
    (NOVA, shown(media(format="PNG")), [f"warning format-case {BLOCK}.image.format"]),
    (NOVA, shown(media(format="JPG")), [f"error image-format {BLOCK}.image.format"]),
    (LLAMA_90B, shown(media(format="PNG")), [f"warning format-case {BLOCK}.image.format"]),
    (
        NOVA_2,
        shown(media("video", "s3://bucket/a.webm", "webm")) | {"schemaVersion": VERSION},
        [f"warning format-contradicted {BLOCK}.video.format"],
    ),
    (
        NOVA_2,
        shown(media(uri="s3://bucket/a b.png")) | {"schemaVersion": VERSION},
        [f"error media-name {BLOCK}.image.source.s3Location.uri"],
    ),
    (NOVA_2, shown(*[media()] * 10) | {"schemaVersion": VERSION}, []),
    (
        NOVA_2,
        shown(*[media()] * 11) | {"schemaVersion": VERSION},
        ["error images-per-record messages"],
    ),
]


@pytest.mark.parametrize(("model", "record", "expected"), BLOCKS)
def test_blocks(tmp_path: Path, model: str, record: object, expected: list[str]) -> None:
    """What every AWS source refuses is an error; what one of them takes is a warning."""
    assert findings(tmp_path, record, model) == sorted(expected)


def test_a_document_is_no_video(tmp_path: Path) -> None:
    """Documents are counted neither as images nor as videos."""
    counts = validate(write(tmp_path, [shown(DOCUMENT)]), model=NOVA).training.counts
    assert (counts.images, counts.videos) == (0, 0)


VIDEO = media("video", "s3://bucket/a.mp4", "mp4")
PICTURED = {"messages": [said("user", "a"), {"role": "assistant", "content": [media()]}]}
LLAMAS: list[tuple[str, Any, list[str]]] = [
    (LLAMA_32, turns("a", "b", schemaVersion=VERSION), []),
    (LLAMA_32, turns("a", "b", schemaVersion="v2"), ["error schema-version schemaVersion"]),
    (LLAMA_33, turns("a", "b", schemaVersion="v2"), ["error schema-version schemaVersion"]),
    (LLAMA_32, turns("a", "b", schemaVersion=None), ["error field-type schemaVersion"]),
    (LLAMA_32, turns("a", "b", system=[]), ["error single-system-text system"]),
    (LLAMA_33, turns("a", "b", system=[]), ["error single-system-text system"]),
    (LLAMA_32, turns("a", "b", system=None), ["error field-type system"]),
    (NOVA, turns("a", "b", system=[]), []),
    (
        LLAMA_32,
        {"messages": [said("user", "a"), said("user", "b"), said("assistant", "c")]},
        ["error roles-alternate messages[1].role"],
    ),
    (
        LLAMA_32,
        {"messages": [said("assistant", "a"), said("user", "b")]},
        ["error roles-start-and-end messages[0].role", "error roles-start-and-end messages[1].role"],
    ),
    (LLAMA_VISION, PICTURED, ["error media-role messages[1].content[0].image"]),
    (LLAMA_VISION, shown(VIDEO), [f"error images-only {BLOCK}.video"]),
    (LLAMA_90B, shown(VIDEO), [f"error images-only {BLOCK}.video"]),
    (LLAMA_33, shown(VIDEO), [f"error images-only {BLOCK}.video"]),
    (LLAMA_32, shown(VIDEO), [f"error text-only {BLOCK}.video"]),
]


@pytest.mark.parametrize(("model", "record", "expected"), LLAMAS)
def test_llama(tmp_path: Path, model: str, record: object, expected: list[str]) -> None:
    """A Llama takes what its page describes and what AWS's validator for Llama accepts."""
    assert findings(tmp_path, record, model) == sorted(expected)


DISTILLED: list[tuple[str, Any, list[str]]] = [
    (NOVA, turns("a", schemaVersion=VERSION, system=[{"text": "s"}]), []),
    (NOVA, turns("a", schemaVersion=VERSION, system=[]), ["error single-system-text system"]),
    (NOVA, turns("a", schemaVersion=VERSION, system=None), ["error field-type system"]),
    (NOVA, turns("a", schemaVersion=None), ["error schema-version schemaVersion"]),
    (NOVA, turns("", schemaVersion=VERSION), [f"warning empty-text {TEXT}"]),
    (
        LLAMA_31,
        {"schemaVersion": VERSION, "messages": [said("user", "a") | {"name": "x"}]},
        ["error unknown-field messages[0].name"],
    ),
    (
        LLAMA_31,
        {"schemaVersion": VERSION, "messages": [said("user", "a"), said("user", "b")]},
        ["error roles-alternate messages[1].role", "error single-turn messages"],
    ),
    (
        NOVA,
        {
            "schemaVersion": VERSION,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}],
        },
        [f"warning block-type {BLOCK}.type"],
    ),
]


@pytest.mark.parametrize(("model", "record", "expected"), DISTILLED)
def test_distillation(tmp_path: Path, model: str, record: object, expected: list[str]) -> None:
    """A prompt of a distillation has exactly what AWS's validator reads."""
    assert findings(tmp_path, record, model, DISTILLATION) == sorted(expected)


@pytest.mark.parametrize(
    ("model", "records", "expected"),
    [
        (NOVA, [shown(media()), shown(DOCUMENT)], [("media-mixed", 2)]),
        (NOVA, [turns("a", "b"), shown(DOCUMENT), turns("c", "d")], []),
        (NOVA_2, [turns("a", "b"), shown(DOCUMENT)], [("modality-mixed", 2)]),
    ],
)
def test_documents_are_media(
    tmp_path: Path, model: str, records: list[Any], expected: list[tuple[str, int]]
) -> None:
    """A dataset has documents or images, not both."""
    versioned = [{"schemaVersion": VERSION, **one} for one in records]
    report = validate(write(tmp_path, versioned), model=model)
    assert [(rule, line) for level, rule, line, _ in found(report) if level == "error"] == expected


@pytest.mark.parametrize(("model", "level"), [(LLAMA_32, "error"), (NOVA, "warning")])
def test_blank_lines_at_the_end(tmp_path: Path, model: str, level: str) -> None:
    """AWS's validators for Llama and Claude refuse blank lines at the end; its script for Nova skips them."""
    report = validate(write(tmp_path, [turns("a", "b"), ""]), model=model)
    assert (level, "blank-line-at-end", 2, "") in found(report)
    assert "blank-line-at-end" not in [rule for _, rule in of_the_file(report)]
