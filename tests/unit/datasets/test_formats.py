"""Every documented format, record by record: which are valid, and what is wrong with the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.datasets import validate
from tests.unit.datasets.helpers import (
    CANVAS,
    COHERE,
    CPT,
    DISTILLATION,
    EMBED,
    HAIKU,
    LLAMA_31,
    LLAMA_32,
    LLAMA_33,
    LLAMA_90B,
    LLAMA_VISION,
    MICRO,
    NOVA,
    NOVA_2,
    TITAN,
    VERSION,
    chat,
    found,
    media,
    said,
    shown,
    turns,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

REASONED = {"reasoningContent": {"reasoningText": {"text": "because"}}}


def findings(folder: Path, model: str, kind: str, record: object) -> list[str]:
    """Check one record, and return severity, rule and path of every finding about it."""
    report = validate(write(folder, [record]), model=model, customization_type=kind, limit=50)
    return [f"{severity} {rule} {path}".strip() for severity, rule, _, path in found(report)]


FT = "FINE_TUNING"
CONVERSATIONS: list[tuple[str, str, Any, list[str]]] = [
    (NOVA, FT, turns("a", "b"), []),
    (NOVA, FT, turns("a", "b", "c", "d", schemaVersion=VERSION, system=[{"text": "s"}]), []),
    (NOVA, FT, turns("a", "b", system=None, schemaVersion=None), []),
    (NOVA, FT, {"messages": [said("user", "a", "b"), said("assistant", "c")]}, []),
    (NOVA, FT, {}, ["error missing-field messages"]),
    (NOVA, FT, {"messages": []}, ["error missing-field messages"]),
    (NOVA, FT, {"messages": {}}, ["error field-type messages"]),
    (
        NOVA,
        FT,
        {"messages": ["a", said("assistant", "b")]},
        ["error field-type messages[0]", "error roles-start-and-end messages[0].role"],
    ),
    (NOVA, FT, turns("a", "b", prompt="x"), ["warning unknown-field prompt"]),
    (NOVA, FT, turns("a", "b", schemaVersion="v2"), ["warning schema-version schemaVersion"]),
    (NOVA, FT, turns("a", "b", schemaVersion=3), ["error field-type schemaVersion"]),
    (NOVA, FT, turns("a", "b", system="s"), ["error field-type system"]),
    (NOVA, FT, turns("a", "b", system=["s"]), ["error field-type system[0]"]),
    (
        NOVA,
        FT,
        turns("a", "b", system=[{"txt": "s"}]),
        ["error missing-field system[0].text", "warning unknown-field system[0].txt"],
    ),
    (NOVA, FT, turns("a", "b", system=[{"text": "s"}, {"text": "t"}]), []),
    (LLAMA_32, FT, turns("a", "b", system=[{"text": "s"}]), []),
    (
        LLAMA_32,
        FT,
        turns("a", "b", system=[{"text": "s"}, {"text": "t"}]),
        ["error single-system-text system"],
    ),
    (NOVA, FT, turns("a"), ["error roles-start-and-end messages[0].role"]),
    (LLAMA_32, FT, turns("a"), ["error roles-start-and-end messages[0].role"]),
    (NOVA, FT, {"messages": [said("assistant", "a")]}, ["error roles-start-and-end messages[0].role"]),
    (
        NOVA,
        FT,
        {"messages": [said("assistant", "a"), said("assistant", "b")]},
        ["error roles-start-and-end messages[0].role", "error roles-alternate messages[1].role"],
    ),
    (
        NOVA,
        FT,
        {"messages": [said("user", "a"), said("user", "b"), said("assistant", "c")]},
        ["error roles-alternate messages[1].role"],
    ),
    (
        NOVA,
        FT,
        {"messages": [said("system", "s"), said("user", "a"), said("assistant", "c")]},
        ["error role messages[0].role", "error roles-start-and-end messages[0].role"],
    ),
    (
        NOVA,
        FT,
        {"messages": [said("User", "a"), said("assistant", "c")]},
        ["error role messages[0].role", "error roles-start-and-end messages[0].role"],
    ),
    (
        NOVA,
        FT,
        {"messages": [{"content": [{"text": "a"}]}, said("assistant", "c")]},
        ["error missing-field messages[0].role", "error roles-start-and-end messages[0].role"],
    ),
    (
        NOVA,
        FT,
        {"messages": [{"role": "user"}, said("assistant", "c")]},
        ["error missing-field messages[0].content"],
    ),
    (
        NOVA,
        FT,
        {"messages": [{"role": "user", "content": "a"}, said("assistant", "c")]},
        ["error field-type messages[0].content"],
    ),
    (
        NOVA,
        FT,
        {"messages": [{"role": "user", "content": []}, said("assistant", "c")]},
        ["error missing-field messages[0].content"],
    ),
    (
        NOVA,
        FT,
        {"messages": [{"role": "user", "content": ["a"]}, said("assistant", "c")]},
        ["error field-type messages[0].content[0]"],
    ),
    (
        NOVA,
        FT,
        {"messages": [{"role": "user", "content": [{}]}, said("assistant", "c")]},
        ["error content-block messages[0].content[0]"],
    ),
    (
        NOVA,
        FT,
        {"messages": [{"role": "user", "content": [{"text": 1}]}, said("assistant", "c")]},
        ["error field-type messages[0].content[0].text"],
    ),
    (
        NOVA,
        FT,
        {"messages": [said("user", "a") | {"name": "x"}, said("assistant", "c")]},
        ["warning unknown-field messages[0].name"],
    ),
    (NOVA, FT, turns("", "b"), ["error empty-text messages[0].content[0].text"]),
    (NOVA, FT, turns("a", " \n"), ["warning blank-text messages[1].content[0].text"]),
    (NOVA_2, FT, turns("a", "b", schemaVersion=VERSION), []),
    (NOVA_2, FT, turns("a", "b"), ["warning schema-version schemaVersion"]),
    (
        NOVA_2,
        FT,
        {
            "schemaVersion": VERSION,
            "messages": [said("user", "a"), {"role": "assistant", "content": [REASONED, {"text": "b"}]}],
        },
        [],
    ),
    (
        NOVA_2,
        FT,
        {
            "schemaVersion": VERSION,
            "messages": [{"role": "user", "content": [REASONED]}, said("assistant", "b")],
        },
        ["error content-block messages[0].content[0].reasoningContent"],
    ),
    (
        NOVA_2,
        FT,
        {
            "schemaVersion": VERSION,
            "messages": [
                said("user", "a"),
                {"role": "assistant", "content": [{"reasoningContent": {"redactedContent": "x"}}]},
            ],
        },
        [
            "error reasoning-text-only messages[1].content[0].reasoningContent",
            "warning reasoning-only messages[1].content",
        ],
    ),
    (
        NOVA_2,
        FT,
        {
            "schemaVersion": VERSION,
            "messages": [
                said("user", "a"),
                {"role": "assistant", "content": [{"reasoningContent": {"reasoningText": {}}}]},
            ],
        },
        [
            "error missing-field messages[1].content[0].reasoningContent.reasoningText.text",
            "warning reasoning-only messages[1].content",
        ],
    ),
    (
        NOVA,
        FT,
        {"messages": [said("user", "a"), {"role": "assistant", "content": [REASONED]}]},
        ["error content-block messages[1].content[0]"],
    ),
    (NOVA, DISTILLATION, turns("a", schemaVersion=VERSION), []),
    (NOVA, DISTILLATION, turns("a", "b", schemaVersion=VERSION), []),
    (NOVA, DISTILLATION, turns("a"), ["error schema-version schemaVersion"]),
    (
        NOVA,
        DISTILLATION,
        turns("a", schemaVersion="bedrock-conversion-2024"),
        ["error schema-version schemaVersion"],
    ),
    (NOVA, DISTILLATION, turns("a", "b", "c", schemaVersion=VERSION), ["warning single-turn messages"]),
    (LLAMA_31, DISTILLATION, turns("a", "b", schemaVersion=VERSION), []),
    (LLAMA_31, DISTILLATION, turns("a", "b", "c", schemaVersion=VERSION), ["error single-turn messages"]),
    (
        NOVA,
        DISTILLATION,
        {"schemaVersion": VERSION, "messages": [said("assistant", "a")]},
        ["error roles-start messages[0].role"],
    ),
    (
        NOVA,
        DISTILLATION,
        {"schemaVersion": VERSION, "messages": [said("user", "a", "b")]},
        ["error single-text-block messages[0].content"],
    ),
    (
        NOVA,
        DISTILLATION,
        {"schemaVersion": VERSION, "messages": [{"role": "user", "content": [media()]}]},
        ["error text-only messages[0].content[0].image"],
    ),
    (NOVA, DISTILLATION, turns("a", schemaVersion=VERSION, extra=1), ["error unknown-field extra"]),
]


@pytest.mark.parametrize(("model", "kind", "record", "expected"), CONVERSATIONS)
def test_conversations(tmp_path: Path, model: str, kind: str, record: object, expected: list[str]) -> None:
    """A conversation has the documented fields, roles and blocks, in the documented order."""
    assert findings(tmp_path, model, kind, record) == expected


USER, ANSWER = "messages[0].content[0].text", "messages[1].content[0].text"


@pytest.mark.parametrize(
    ("model", "record", "expected"),
    [
        (NOVA, turns("User: hi", "b"), [f"error reserved-words {USER}"]),
        (NOVA, turns("say Bot:", "b"), [f"error reserved-words {USER}"]),
        (NOVA, turns("an Assistant: here", "b"), [f"error reserved-words {USER}"]),
        (NOVA, turns("System:", "b"), [f"error reserved-words {USER}"]),
        (NOVA, turns("an <image> here", "b"), [f"error reserved-words {USER}"]),
        (NOVA, turns("a <video>", "b"), [f"error reserved-words {USER}"]),
        (NOVA, turns("end [EOS]", "b"), [f"error reserved-words {USER}"]),
        (NOVA, turns("User:Bot:", "b"), [f"error reserved-words {USER}"] * 2),
        (NOVA, turns("user: and bot:", "b"), [f"warning reserved-words-contradicted {USER}"] * 2),
        (NOVA, turns("User: user: USER:", "b"), [f"error reserved-words {USER}"]),
        (NOVA, turns("User : bots", "b"), []),
        (NOVA, turns("an <Image> here", "b"), [f"warning reserved-words-contradicted {USER}"]),
        (NOVA, turns("images <img> [eos] thought:", "b"), []),
        (NOVA, turns("a", "b", system=[{"text": "System: x"}]), ["error reserved-words system[0].text"]),
        (NOVA, turns("a", "User: b"), [f"error reserved-words-unlisted {ANSWER}"]),
        (NOVA, turns("a", "b [EOS]"), [f"warning reserved-words-contradicted {ANSWER}"]),
        (NOVA, turns("USER: a", "b"), [f"error reserved-words-unlisted {USER}"]),
        (NOVA, turns("Thought: a", "b"), [f"warning reserved-words-contradicted {USER}"]),
        (NOVA, turns("a <unk>", "b"), [f"error reserved-words-unlisted {USER}"]),
        (NOVA, turns("User\\u003a", "b"), []),
        (
            NOVA,
            '{"messages":[{"role":"user","content":[{"text":"\\u0055ser\\u003a"}]},{"role":"assistant","content":[{"text":"b"}]}]}',
            [f"error reserved-words {USER}"],
        ),
        (NOVA_2, turns("User: a", "b", schemaVersion=VERSION), [f"error reserved-words {USER}"]),
        (LLAMA_32, turns("User: a", "b"), []),
        (HAIKU, chat("a\nHuman: b", "c"), ["error reserved-words-unlisted messages[0].content"]),
        (HAIKU, chat("a", "b\nAssistant: c"), ["error reserved-words-unlisted messages[1].content"]),
        (HAIKU, chat("a\nhuman: b", "c"), []),
        (HAIKU, chat("Human: b", "c"), []),
    ],
)
def test_reserved_words(tmp_path: Path, model: str, record: object, expected: list[str]) -> None:
    """A reserved word in a prompt fails Nova's job; in other places AWS's validators refuse it."""
    assert findings(tmp_path, model, FT, record) == expected


def test_reserved_words_do_not_reach_over_records(tmp_path: Path) -> None:
    """The end of one text and the start of the next make no word."""
    report = validate(write(tmp_path, [turns("a User", ": b"), chat("a", "b")]), model=NOVA)
    assert [rule for _, rule, line, _ in found(report) if line == 1] == []


IMAGE = "messages[0].content[0].image"
MEDIA: list[tuple[str, Any, list[str]]] = [
    (NOVA, shown(media(), {"text": "what?"}), []),
    (NOVA, shown(media(format="webp")), []),
    (NOVA, shown(media(format="bmp")), [f"error image-format {IMAGE}.format"]),
    (
        NOVA_2,
        shown(media(format="webp")) | {"schemaVersion": VERSION},
        [f"warning format-contradicted {IMAGE}.format"],
    ),
    (NOVA, shown(media("video", "s3://bucket/a.mkv", "mkv")), []),
    (
        NOVA,
        shown(media("video", "s3://bucket/a.avi", "avi")),
        ["error video-format messages[0].content[0].video.format"],
    ),
    (NOVA, shown(*[media()] * 10), []),
    (NOVA, shown(*[media()] * 11), ["error images-per-record messages"]),
    (NOVA, shown(*[media("video", "s3://bucket/a.mp4", "mp4")] * 2), ["error videos-per-record messages"]),
    (NOVA, shown(media(), media("video", "s3://bucket/a.mp4", "mp4")), ["error media-mixed messages"]),
    (NOVA, shown(media(uri="https://x/a.png")), [f"error media-uri {IMAGE}.source.s3Location.uri"]),
    (NOVA, shown(media(uri="s3://bucket")), [f"error media-uri {IMAGE}.source.s3Location.uri"]),
    (NOVA, shown(media(uri="s3://bucket/a b.png")), [f"error media-name {IMAGE}.source.s3Location.uri"]),
    (
        NOVA,
        shown(media(uri="s3://bucket/é.png")),
        [f"warning media-name-letters {IMAGE}.source.s3Location.uri"],
    ),
    (LLAMA_VISION, shown(media(uri="s3://bucket/a b.png")), []),
    (
        NOVA,
        shown(media(), media(uri="s3://other/a.png")),
        ["error media-bucket messages[0].content[1].image.source.s3Location.uri"],
    ),
    (NOVA, shown(media(source={})), [f"error missing-field {IMAGE}.source.s3Location"]),
    (
        NOVA,
        shown(media(source={"bytes": "x"})),
        [f"error missing-field {IMAGE}.source.s3Location", f"warning unknown-field {IMAGE}.source.bytes"],
    ),
    (NOVA, shown(media(source=[])), [f"error field-type {IMAGE}.source"]),
    (NOVA, shown({"image": "s3://bucket/a.png"}), [f"error field-type {IMAGE}"]),
    (
        NOVA,
        shown({"image": {}}),
        [f"error missing-field {IMAGE}.format", f"error missing-field {IMAGE}.source"],
    ),
    (
        NOVA,
        shown(
            {
                "image": {
                    "format": "png",
                    "source": {"s3Location": {"uri": "s3://bucket/a.png", "bucketOwner": "123456789012"}},
                }
            }
        ),
        [],
    ),
    (
        NOVA,
        shown(
            {
                "image": {
                    "format": "png",
                    "source": {"s3Location": {"uri": "s3://bucket/a.png", "bucketOwner": 1}},
                }
            }
        ),
        [f"error field-type {IMAGE}.source.s3Location.bucketOwner"],
    ),
    (NOVA, shown({**media(), "text": "both"}), ["error content-block messages[0].content[0]"]),
    (
        NOVA,
        {"messages": [said("user", "a"), {"role": "assistant", "content": [media()]}]},
        ["error media-role messages[1].content[0].image"],
    ),
    (
        NOVA_2,
        {
            "schemaVersion": VERSION,
            "messages": [said("user", "a"), {"role": "assistant", "content": [media()]}],
        },
        ["error media-role messages[1].content[0].image"],
    ),
    (MICRO, shown(media()), ["error text-only messages[0].content[0].image"]),
    (LLAMA_32, shown(media()), ["error text-only messages[0].content[0].image"]),
    (LLAMA_33, shown(media()), ["warning text-only messages[0].content[0].image"]),
    (LLAMA_90B, shown(media(format="gif")), []),
]


@pytest.mark.parametrize(("model", "record", "expected"), MEDIA)
def test_media(tmp_path: Path, model: str, record: object, expected: list[str]) -> None:
    """Images and videos have a documented format, and are where the model accepts them."""
    assert findings(tmp_path, model, FT, record) == expected


@pytest.mark.parametrize(
    ("model", "records", "expected"),
    [
        (NOVA, [turns("a", "b"), shown(media())], []),
        (NOVA, [shown(media()), shown(media("video", "s3://bucket/a.mp4", "mp4"))], ["error media-mixed 2"]),
        (
            NOVA,
            [shown(media()), turns("a", "b"), shown(media(uri="s3://other/a.png"))],
            ["error media-bucket 3"],
        ),
        (NOVA_2, [shown(media()), shown(media())], []),
        (NOVA_2, [turns("a", "b"), turns("c", "d")], []),
        (NOVA_2, [turns("a", "b"), shown(media())], ["error modality-mixed 2"]),
        (NOVA_2, [shown(media()), turns("a", "b"), shown(media())], ["error modality-mixed 2"]),
        (
            NOVA_2,
            [shown(media()), shown(media("video", "s3://bucket/a.mp4", "mp4"))],
            ["error modality-mixed 2"],
        ),
    ],
)
def test_records_together(tmp_path: Path, model: str, records: list[Any], expected: list[str]) -> None:
    """Some rules hold for all records together: one kind of media, one bucket."""
    versioned = [
        {"schemaVersion": VERSION, **one, "system": [{"text": str(at)}]} for at, one in enumerate(records)
    ]
    report = validate(write(tmp_path, versioned), model=model)
    assert [f"{severity} {rule} {line}" for severity, rule, line, _ in found(report)] == expected


CHATS: list[tuple[str, str, Any, list[str]]] = [
    (HAIKU, FT, chat("a", "b"), []),
    (HAIKU, FT, chat("a", "b", "c", "d", system="s"), []),
    (HAIKU, FT, chat("a", "b", system=None), []),
    (HAIKU, FT, {}, ["error missing-field messages"]),
    (HAIKU, FT, {"messages": []}, ["error missing-field messages"]),
    (
        HAIKU,
        FT,
        {"messages": [1]},
        [
            "error field-type messages[0]",
            "error roles-start-and-end messages[0].role",
            "error roles-start-and-end messages[0].role",
        ],
    ),
    (HAIKU, FT, chat("a", "b", system=["s"]), ["error field-type system"]),
    (HAIKU, FT, chat("a", "b", id=1), ["warning unknown-field id"]),
    (
        HAIKU,
        FT,
        turns("a", "b"),
        ["error field-type messages[0].content", "error field-type messages[1].content"],
    ),
    (HAIKU, FT, chat("a"), ["error roles-start-and-end messages[0].role"]),
    (
        HAIKU,
        FT,
        {"messages": [*chat("a")["messages"] * 2, *chat("a", "b")["messages"]]},
        ["error roles-alternate messages[1].role", "error roles-alternate messages[2].role"],
    ),
    (HAIKU, FT, chat("", "b"), ["warning empty-text messages[0].content"]),
]


@pytest.mark.parametrize(("model", "kind", "record", "expected"), CHATS)
def test_chats(tmp_path: Path, model: str, kind: str, record: object, expected: list[str]) -> None:
    """Chats hold plain strings, in the form that the model's provider documents."""
    assert findings(tmp_path, model, kind, record) == expected


PAIRS: list[tuple[str, str, Any, list[str]]] = [
    (LLAMA_31, FT, {"prompt": "a", "completion": "b"}, []),
    (LLAMA_31, FT, {"prompt": "a"}, ["error missing-field completion"]),
    (LLAMA_31, FT, {"prompt": 1, "completion": "b"}, ["error field-type prompt"]),
    (LLAMA_31, FT, {"prompt": None, "completion": "b"}, ["error field-type prompt"]),
    (LLAMA_31, FT, {"prompt": "a", "completion": "b", "id": 1}, ["warning unknown-field id"]),
    (
        LLAMA_31,
        FT,
        {"Prompt": "a", "completion": "b"},
        ["error missing-field prompt", "warning unknown-field Prompt"],
    ),
    (
        LLAMA_31,
        FT,
        {"prompt": "", "completion": " "},
        ["warning empty-text prompt", "warning blank-text completion"],
    ),
    (TITAN, FT, {"prompt": "", "completion": "b"}, []),
    (COHERE, FT, {"prompt": "a" * 14_628, "completion": "b" * 7_314}, []),
    (COHERE, FT, {"prompt": "a" * 14_629, "completion": "b"}, ["warning prompt-tokens-per-record prompt"]),
    (
        COHERE,
        FT,
        {"prompt": "a", "completion": "b" * 7_315},
        ["warning completion-tokens-per-record completion"],
    ),
    (TITAN, CPT, {"input": "a"}, []),
    (TITAN, CPT, {"input": 1}, ["error field-type input"]),
    (TITAN, CPT, {"text": "a"}, ["error missing-field input", "warning unknown-field text"]),
    (TITAN, CPT, {"input": ""}, ["error empty-text input"]),
    (TITAN, CPT, {"input": " "}, ["error blank-text input"]),
    (CANVAS, FT, {"image-ref": "s3://bucket/a.png", "caption": "abc"}, []),
    (CANVAS, FT, {"image-ref": "s3://bucket/a.JPG", "caption": "abc"}, []),
    (CANVAS, FT, {"image-ref": "s3://bucket/a", "caption": "a" * 1024}, []),
    (CANVAS, FT, {"image-ref": "s3://bucket/a.png", "caption": "ab"}, ["error caption-characters caption"]),
    (
        CANVAS,
        FT,
        {"image-ref": "s3://bucket/a.png", "caption": "a" * 1025},
        ["error caption-characters caption"],
    ),
    (EMBED, FT, {"image-ref": "s3://bucket/a.png", "caption": ""}, []),
    (EMBED, FT, {"image-ref": "s3://bucket/a.png", "caption": "a" * 2560}, []),
    (
        EMBED,
        FT,
        {"image-ref": "s3://bucket/a.png", "caption": "a" * 2561},
        ["error caption-characters caption"],
    ),
    (CANVAS, FT, {"image_ref": "s3://bucket/a.png", "caption": "abc"}, ["error missing-field image-ref"]),
    (CANVAS, FT, {"image-ref": "https://x/a.png", "caption": "abc"}, ["error media-uri image-ref"]),
    (CANVAS, FT, {"image-ref": "s3://bucket/a.gif", "caption": "abc"}, ["error image-format image-ref"]),
    (CANVAS, FT, {"image-ref": 1, "caption": 2}, ["error field-type image-ref", "error field-type caption"]),
    (CANVAS, FT, {}, ["error missing-field image-ref", "error missing-field caption"]),
]


@pytest.mark.parametrize(("model", "kind", "record", "expected"), PAIRS)
def test_pairs_and_manifests(
    tmp_path: Path, model: str, kind: str, record: object, expected: list[str]
) -> None:
    """The simple formats have their fields, and no others."""
    assert findings(tmp_path, model, kind, record) == expected


TOKENS = [
    (NOVA, "x", 114_285),  # 32,000 tokens of 0.28 for each letter
    (NOVA, "日", 35_955),  # and of 0.89 for each Chinese character
    (NOVA, "ж", 68_085),
    (NOVA, "7", 42_666),
    (LLAMA_31, "x", 57_142),
    (LLAMA_90B, "x", 35_714),
    (HAIKU, "x", 96_000),  # AWS's validator: 3 characters for each of 32,000 tokens, in every script
    (HAIKU, "日", 96_000),
    (TITAN, "x", 14_628),
]


@pytest.mark.parametrize(("model", "character", "most"), TOKENS)
def test_tokens_of_a_record_are_estimated(tmp_path: Path, model: str, character: str, most: int) -> None:
    """A record at the limit by the estimate is valid; one character more is a warning."""
    for more, expected in ((0, []), (1, ["warning tokens-per-record"])):
        text, last = character * (most - 1 + more), character
        if model == HAIKU:
            record: dict[str, Any] = chat(text, last)
        elif model in (NOVA, LLAMA_90B):
            record = turns(text, last)
        else:
            record = {"prompt": text, "completion": last}
        assert findings(tmp_path, model, FT, record) == expected


@pytest.mark.parametrize(
    ("record", "format_"),
    [
        (turns("a", "b"), "bedrock-conversation-2024+reasoning"),
        (chat("a", "b"), "anthropic-messages"),
        ({"prompt": "a", "completion": "b"}, "prompt-completion"),
        ({"image-ref": "s3://bucket/a.png", "caption": "abc"}, "image-caption"),
        ({"input": "a"}, "cpt-input"),
        (chat("a", reference_answer="b"), "rft-openai-chat"),
        ({"modelId": "m", "input": {}, "output": {}}, "invocation-logs"),
        ({"messages": [{"role": "system", "content": "s"}]}, "rft-openai-chat"),
    ],
)
def test_the_format_is_guessed_for_an_unknown_model(tmp_path: Path, record: object, format_: str) -> None:
    """Data for an unknown model is read by the format that it looks like, which a note names."""
    report = validate(write(tmp_path, [record]), model="amazon.nova-9-v1:0")
    assert report.format == format_
    assert ("note", "dataset-format") in [(one.severity, one.name) for one in report.findings]
