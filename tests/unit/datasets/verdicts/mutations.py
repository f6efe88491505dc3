"""Data files that break rules, generated from valid records: each rule in every format that has it.

The same changes are made in every run. A mutation is a file, nearly always of one record, and its name says
what was changed: `plain messages.0.role: null`. `record.py` has AWS's own validators judge them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.unit.datasets.helpers import (
    CANVAS,
    COHERE,
    CPT,
    DISTILLATION,
    EMBED,
    HAIKU,
    LLAMA_31,
    LLAMA_32,
    LLAMA_VISION,
    MICRO,
    NOVA,
    NOVA_2,
    RFT,
    TITAN,
    VERSION,
    chat,
    media,
    said,
    turns,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Changed: TypeAlias = Iterator[tuple[str, Any]]
"""The name of a change, and the record (or bytes) with that change."""

FT = "FINE_TUNING"
GPT_OSS = "openai.gpt-oss-20b"
COUNT = "count:"
"""How the names of mutations start that are about the number of records, and nothing else."""
_OWNER = {"bucketOwner": "111122223333"}
_DROP = object()


@dataclass(frozen=True)
class Family:
    """The data of one model and customization type, and how its records are changed.

    Args:
        model: the base model.
        type: the customization type.
        records: valid records, by name; every field of each is changed.
        more: further changes, which need to know the format.
        counts: numbers of records, on both sides of each limit.
    """

    model: str
    type: str
    records: dict[str, Any]
    more: tuple[Callable[[], Changed], ...] = ()
    counts: tuple[int, ...] = ()


def mutations(family: str) -> dict[str, bytes]:
    """Return the files of a family by name; no two have the same content."""
    form = FAMILIES[family]
    found: dict[bytes, str] = {}
    for name, record in form.records.items():
        found.setdefault(_line(record), f"{name}: unchanged")
        for change, changed in _walked(record):
            found.setdefault(_line(changed), f"{name} {change}")
    valid = next(iter(form.records.values()))
    for changes in (*form.more, lambda: _as_text(valid), lambda: _counted(valid, form.counts)):
        for change, changed in changes():
            found.setdefault(changed if isinstance(changed, bytes) else _line(changed), change)
    return {name: content for content, name in found.items()}


def _line(record: object) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


# What can be done to any JSON value


def _walked(record: object) -> Changed:
    """Change every value of a record: drop it, empty it, give it another type, repeat or rename it."""
    for keys, value in _places(record):
        path = ".".join(map(str, keys)) or "record"
        for change, other in _replacements(value):
            yield f"{path}: {change}", _replaced(record, keys, other)
        if keys:
            yield f"{path}: dropped", _replaced(record, keys, _DROP)
        if isinstance(value, dict):
            yield f"{path}: another field", _replaced(record, keys, {**value, "comment": "x"})
            for name in value:
                for other in (name.capitalize(), f"{name}s"):
                    renamed = {other if key == name else key: item for key, item in value.items()}
                    yield f"{path}: {name} renamed {other}", _replaced(record, keys, renamed)


def _places(value: object, keys: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    yield keys, value
    inner: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, item in inner:
        yield from _places(item, (*keys, key))


def _replacements(value: object) -> Changed:
    yield "null", None
    if isinstance(value, str):
        yield from (("empty", ""), ("blank", " \t"), ("a number", 7), ("a list", [value]))
        yield "an object", {"text": value}
    elif isinstance(value, list):
        yield from (("empty", []), ("an object", {}), ("a string", "text"), ("repeated", [*value, *value]))
        yield from (("with null", [*value, None]), ("with a string", [*value, "text"]))
        if value:
            yield "unpacked", value[0]
        if len(value) > 1:
            yield "reversed", value[::-1]
    elif isinstance(value, dict):
        yield from (("empty", {}), ("a string", "text"), ("a number", 7), ("packed into a list", [value]))


def _replaced(value: Any, keys: tuple[str | int, ...], other: object) -> Any:  # noqa: ANN401 - JSON
    """Return a record in which one value is another, or is dropped."""
    if not keys:
        return other
    first, rest = keys[0], keys[1:]
    if isinstance(value, list):
        items = [_replaced(item, rest, other) if at == first else item for at, item in enumerate(value)]
        return [item for item in items if item is not _DROP]
    fields = {name: _replaced(item, rest, other) if name == first else item for name, item in value.items()}
    return {name: item for name, item in fields.items() if item is not _DROP}


def _as_text(record: object) -> Changed:
    """Break what a file must be, whatever its format: UTF-8, JSON Lines, one object on each line."""
    line = _line(record).removesuffix(b"\n")
    yield from (
        ("file: byte order mark", b"\xef\xbb\xbf" + line + b"\n"),
        ("file: no line end", line),
        ("file: CRLF", line + b"\r\n"),
        ("file: blank line at the end", line + b"\n\n"),
        ("file: blank line between records", line + b"\n\n" + line + b"\n"),
        ("file: two records on a line", line + b" " + line + b"\n"),
        ("file: a comma after the record", line + b",\n"),
        ("file: a list of records", b"[" + line + b"]\n"),
        ("file: a record on several lines", json.dumps(record, indent=1).encode() + b"\n"),
        ("file: a string", b'"text"\n'),
        ("file: a number", b"7\n"),
        ("file: null", b"null\n"),
        ("file: an empty object", b"{}\n"),
        ("file: not JSON", b"question,answer\n"),
        ("file: single quotes", line.replace(b'"', b"'") + b"\n"),
        ("file: a trailing comma", line[:-1] + b",}\n"),
        ("file: cut off", line[: len(line) // 2] + b"\n"),
        ("file: Latin-1", line.replace(b'"}', 'é"}'.encode("latin-1"), 1) + b"\n"),
        ("file: UTF-16", b"\xff\xfe" + (line.decode() + "\n").encode("utf-16-le")),
        ("file: other letters", line.replace(b'"}', 'é 漢字 😀"}'.encode(), 1) + b"\n"),
        ("file: spaces around the record", b"  " + line + b"  \n"),
    )


def _counted(record: object, counts: tuple[int, ...]) -> Changed:
    """Write as many records as are too few, enough, and too many; no two are the same."""
    line = _line(record)
    for count in counts:
        lines = [line.replace(b'"a"', f'"{number}"'.encode(), 1) for number in range(count)]
        yield f"{COUNT} {count:,} records", b"".join(lines)


# Messages: roles, their order, reserved words

_WORDS = (
    *("System:", "SYSTEM:", "system:", "User:", "USER:", "user:", "Bot:", "BOT:", "bot:"),
    *("Assistant:", "ASSISTANT:", "assistant:", "Thought:", "thought:", "[EOS]", "[eos]"),
    *("<image>", "<video>", "<unk>", "<IMAGE>", "\n\nHuman:", "\nHuman:", "Human:", "\nAssistant:"),
    *("User :", "User", "superuser: a", "<audio>"),
)
_ROLES = (
    *("User", "USER", "Assistant", "ASSISTANT", "system", "System", "tool", "developer", "human", "bot"),
    *("model", "function", "user ", "assistant\n"),
)


def _sequences(make: Callable[[tuple[str, ...]], object], longest: int = 4) -> Callable[[], Changed]:
    """Change the order of the roles: all with up to three messages, and those without a system message."""

    def changes() -> Changed:
        for roles in _orders(longest):
            yield f"roles {' '.join(roles) or 'none'}", make(roles)
        for role in _ROLES:
            yield f"role {role!r} first", make((role, "assistant"))
            yield f"role {role!r} last", make(("user", role))
            yield f"role {role!r} before the user", make((role, "user", "assistant"))

    return changes


def _orders(longest: int) -> Iterator[tuple[str, ...]]:
    for length in range(longest):
        yield from product(("user", "assistant", "system"), repeat=length)
    yield from product(("user", "assistant"), repeat=longest)


def _conversation_of(roles: tuple[str, ...]) -> object:
    messages = [said(role, f"text {at}") for at, role in enumerate(roles)]
    return {"schemaVersion": VERSION, "messages": messages}


def _chat_of(roles: tuple[str, ...]) -> object:
    return {"messages": [{"role": role, "content": f"text {at}"} for at, role in enumerate(roles)]}


def _words(*makers: tuple[str, Callable[[str], object]]) -> Callable[[], Changed]:
    """Put reserved words, and words that are like them, into a text."""

    def changes() -> Changed:
        for (place, make), word in product(makers, _WORDS):
            yield f"word {word!r} in {place}", make(f"before {word} after")

    return changes


_IN_CONVERSATIONS = (
    ("the question", lambda text: turns(text, "b", schemaVersion=VERSION)),
    ("the answer", lambda text: turns("a", text, schemaVersion=VERSION)),
    ("system", lambda text: turns("a", "b", schemaVersion=VERSION, system=[{"text": text}])),
)
_IN_CHATS = (
    ("the question", lambda text: chat(text, "b")),
    ("the answer", lambda text: chat("a", text)),
    ("system", lambda text: chat("a", "b", system=text)),
)


def _thought_of(text: str) -> object:
    return _answered({"reasoningContent": {"reasoningText": {"text": text}}}, {"text": "b"})


# The content of a message in the form of the Converse API


def _question(*blocks: object) -> dict[str, Any]:
    messages = [{"role": "user", "content": [*blocks]}, said("assistant", "b")]
    return {"schemaVersion": VERSION, "messages": messages}


def _answered(*blocks: object, **fields: object) -> dict[str, Any]:
    messages = [said("user", "a"), {"role": "assistant", "content": [*blocks]}]
    return {"schemaVersion": VERSION, "messages": messages, **fields}


def _image(uri: str = "s3://bucket/a.png", format: str = "png", kind: str = "image") -> dict[str, Any]:
    return {kind: {"format": format, "source": {"s3Location": {"uri": uri, **_OWNER}}}}


def _video(format: str = "mp4", uri: str = "s3://bucket/a.mp4") -> dict[str, Any]:
    return _image(uri, format, "video")


def _document(format: str = "pdf", **fields: object) -> dict[str, Any]:
    block = _image("s3://bucket/a.pdf", format, "document")
    return {"document": {**block["document"], **fields}}


_TEXT = {"text": "a"}
_THOUGHT = {"reasoningContent": {"reasoningText": {"text": "because"}}}
_IMAGE_FORMATS = (
    "png",
    "jpeg",
    "gif",
    "webp",
    "jpg",
    "bmp",
    "tiff",
    "svg",
    "PNG",
    "Jpeg",
    "JPG",
    "image/png",
)
_VIDEO_FORMATS = ("mp4", "mov", "mkv", "webm", "avi", "flv", "mpeg", "three_gp", "wmv", "MP4", "MOV")
_URIS = (
    *("s3://bucket/folder/a.png", "s3://bucket/a b.png", "s3://bucket/ä.png", "s3://bucket/a(1).png"),
    *("s3://bucket/a+b.png", "s3://bucket/a%20b.png", "s3://bucket/a@b.png", "s3://bucket/a=1/b.png"),
    *("S3://bucket/a.png", "https://bucket.s3.amazonaws.com/a.png", "file:///a.png", "a.png", "s3://"),
    *("s3://bucket", "s3://bucket/", "s3://My_Bucket/a.png", "s3:/bucket/a.png", " s3://bucket/a.png"),
    *("s3://bucket/a.png ", "s3://bucket/a.png\n", "s3://bucket/a,b.png", "s3://bucket/a.b/c_d-e.png"),
)


def _blocks() -> Changed:
    """Put every kind of block into the question and into the answer, alone and beside a text."""
    for name, blocks in _CONTENTS.items():
        yield f"{name}, the question", _question(*blocks)
        yield f"{name}, the answer", _answered(*blocks)
        yield f"{name} after a text, the question", _question(_TEXT, *blocks)
        yield f"{name} before a text, the answer", _answered(*blocks, _TEXT)


_CONTENTS: dict[str, list[Any]] = {
    "image": [_image()],
    "video": [_video()],
    "document": [_document()],
    "document with a name": [_document(name="a")],
    "image without an owner": [media()],
    "image as bytes": [{"image": {"format": "png", "source": {"bytes": "aGVsbG8="}}}],
    "image as a URL": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}],
    "reasoning": [_THOUGHT],
    "redacted reasoning": [{"reasoningContent": {"redactedContent": "aGVsbG8="}}],
    "tool call": [{"toolUse": {"toolUseId": "1", "name": "weather", "input": {"city": "Bern"}}}],
    "tool result": [{"toolResult": {"toolUseId": "1", "content": [{"text": "20"}]}}],
    "cache point": [{"cachePoint": {"type": "default"}}],
    "guard content": [{"guardContent": {"text": {"text": "a"}}}],
    "audio": [{"audio": {"format": "mp3", "source": {"s3Location": {"uri": "s3://bucket/a.mp3"}}}}],
    "typed text": [{"type": "text", "text": "a"}],
    "typed image": [{"type": "image", **_image()}],
    "two texts": [_TEXT, {"text": "b"}],
    "empty text": [{"text": ""}],
    "blank text": [{"text": " "}],
    "line end": [{"text": "\n"}],
    "two empty texts": [{"text": ""}, {"text": ""}],
    "text and empty text": [_TEXT, {"text": ""}],
    "text null": [{"text": None}],
    "text and image in one block": [{**_TEXT, **_image()}],
    "text and reasoning in one block": [{**_TEXT, **_THOUGHT}],
    "image and null": [{"text": None, **_image()}],
    "no block": [],
    "empty block": [{}],
    "string": ["a"],
    "null": [None],
}


def _media() -> Changed:
    """Change formats, names and numbers of images, videos and documents."""
    for written in _IMAGE_FORMATS:
        yield f"image format {written}", _question(_TEXT, _image(format=written))
    for written in _VIDEO_FORMATS:
        yield f"video format {written}", _question(_TEXT, _video(written))
    for written in ("pdf", "PDF", "docx", "txt", "csv", "html", "md"):
        yield f"document format {written}", _question(_TEXT, _document(written))
    for uri in _URIS:
        yield f"image uri {uri!r}", _question(_TEXT, _image(uri))
    for number in (1, 2, 9, 10, 11, 20):
        images = [_image(f"s3://bucket/{at}.png") for at in range(number)]
        yield f"{number} images", _question(_TEXT, *images)
        split = [*said("user", "a")["content"], *images[: number // 2]]
        again = {"role": "user", "content": [_TEXT, *images[number // 2 :]]}
        first = {"role": "user", "content": split}
        both = [first, said("assistant", "b"), again, said("assistant", "c")]
        yield f"{number} images in two messages", {"schemaVersion": VERSION, "messages": both}
    for number in (2, 3):
        yield (
            f"{number} videos",
            _question(_TEXT, *[_video(uri=f"s3://bucket/{at}.mp4") for at in range(number)]),
        )
        yield f"{number} documents", _question(_TEXT, *[_document() for _ in range(number)])
    yield from _mixed()


def _mixed() -> Changed:
    pairs = {"image and video": (_image(), _video()), "image and document": (_image(), _document())}
    pairs["video and document"] = (_video(), _document())
    pairs["two videos"] = (_video(), _video(uri="s3://bucket/b.mp4"))
    pairs["two buckets"] = (_image(), _image("s3://another-bucket/a.png"))
    for name, (one, other) in pairs.items():
        yield f"mixed: {name} in a message", _question(_TEXT, one, other)
        messages = [*_question(_TEXT, one)["messages"], *_question(_TEXT, other)["messages"]]
        yield f"mixed: {name} in two messages", {"schemaVersion": VERSION, "messages": messages}
    yield "image without a text", _question(_image())
    yield "image beside reasoning", _seen(_image())
    yield "video beside reasoning", _seen(_video())


def _seen(block: object) -> object:
    messages = [
        {"role": "user", "content": [_TEXT, block]},
        {"role": "assistant", "content": [_THOUGHT, _TEXT]},
    ]
    return {"schemaVersion": VERSION, "messages": messages}


def _headers() -> Changed:
    """Change the version and the system text."""
    for version in (
        "bedrock-conversation-2023",
        "bedrock-conversion-2024",
        VERSION.upper(),
        f"{VERSION} ",
        "1",
    ):
        yield f"schemaVersion {version!r}", turns("a", "b", schemaVersion=version)
    texts: dict[str, list[Any]] = {
        "no text": [],
        "two texts": [{"text": "a"}, {"text": "b"}],
        "an empty text": [{"text": ""}],
        "a blank text": [{"text": " "}],
        "text and empty text": [{"text": "a"}, {"text": ""}],
        "a typed text": [{"type": "text", "text": "a"}],
        "a cache point": [{"text": "a"}, {"cachePoint": {"type": "default"}}],
        "an image": [_image()],
        "a string": ["a"],
    }
    for name, system in texts.items():
        yield f"system with {name}", turns("a", "b", schemaVersion=VERSION, system=system)


def _reasoning() -> Changed:
    """Change the reasoning of an answer."""
    thoughts: dict[str, Any] = {
        "text": {"reasoningText": {"text": "because"}},
        "empty": {"reasoningText": {"text": ""}},
        "blank": {"reasoningText": {"text": " "}},
        "signed": {"reasoningText": {"text": "because", "signature": "c2ln"}},
        "redacted": {"redactedContent": "aGVsbG8="},
        "text and redacted": {"reasoningText": {"text": "because"}, "redactedContent": "aGVsbG8="},
        "an image": {"image": _image()["image"]},
        "text and image": {"reasoningText": {"text": "because"}, "image": _image()["image"]},
        "a string": "because",
        "a string inside": {"reasoningText": "because"},
        "a plain text": {"text": "because"},
    }
    for name, thought in thoughts.items():
        block = {"reasoningContent": thought}
        yield f"reasoning of {name}", _answered(block, {"text": "b"})
        yield f"reasoning of {name} after the answer", _answered({"text": "b"}, block)
        yield f"reasoning of {name} alone", _answered(block)
        yield f"reasoning of {name}, and an empty answer", _answered(block, {"text": ""})
        yield f"reasoning of {name} in the question", _question(block, _TEXT)
    yield (
        "reasoning in one turn of two",
        {
            "schemaVersion": VERSION,
            "messages": [*turns("a", "b")["messages"], *_answered(_THOUGHT, {"text": "b"})["messages"]],
        },
    )


def _call(id: str = "1", name: str = "weather", **fields: object) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": id, "name": name, "input": {"city": "Bern"}, **fields}}


def _result(id: str = "1", *content: object) -> dict[str, Any]:
    return {"toolResult": {"toolUseId": id, "content": [*content] if content else [{"text": "20 degrees"}]}}


def _tool(name: str = "weather", **fields: object) -> dict[str, Any]:
    schema = {"json": {"type": "object", "properties": {"city": {"type": "string"}}}}
    return {"toolSpec": {"name": name, "description": "the weather", "inputSchema": schema, **fields}}


def _with_tools(*messages: Any, tools: list[Any] | None = None) -> dict[str, Any]:  # noqa: ANN401 - JSON
    config = {"toolConfig": {"tools": [_tool()] if tools is None else tools}}
    return {"schemaVersion": VERSION, **config, "messages": [*messages]}


def _message(role: str, *blocks: object) -> dict[str, Any]:
    return {"role": role, "content": [*blocks]}


_ASKED, _CALLED = said("user", "a"), _message("assistant", _call())
_RETURNED, _DONE = _message("user", _result()), said("assistant", "20 degrees")
_USES_TOOLS = _with_tools(_ASKED, _CALLED, _RETURNED, _DONE)


def _tools() -> Changed:
    """Change calls of tools, their results, and how the tools are declared."""
    without = {name: value for name, value in _USES_TOOLS.items() if name != "toolConfig"}
    yield "tools without toolConfig", without
    yield "tools declared, none called", _with_tools(_ASKED, said("assistant", "b"))
    yield "the last message calls a tool", _with_tools(_ASKED, _CALLED)
    yield (
        "a tool that is not declared",
        _with_tools(_ASKED, _message("assistant", _call(name="time")), _RETURNED, _DONE),
    )
    yield "a result without a call", _with_tools(_ASKED, said("assistant", "b"), _RETURNED, _DONE)
    yield "a result of another call", _with_tools(_ASKED, _CALLED, _message("user", _result("2")), _DONE)
    yield "a result before its call", _with_tools(_message("user", _result()), _CALLED)
    yield (
        "two calls, one result",
        _with_tools(_ASKED, _message("assistant", _call(), _call("2")), _RETURNED, _DONE),
    )
    yield (
        "two calls, two results",
        _with_tools(
            _ASKED,
            _message("assistant", _call(), _call("2")),
            _message("user", _result(), _result("2")),
            _DONE,
        ),
    )
    yield (
        "two calls of one ID",
        _with_tools(_ASKED, _message("assistant", _call(), _call()), _RETURNED, _DONE),
    )
    yield "two results of one ID", _with_tools(_ASKED, _CALLED, _message("user", _result(), _result()), _DONE)
    yield "a call in the question", _with_tools(_message("user", _TEXT, _call()), _DONE)
    yield (
        "a result in the answer",
        _with_tools(_ASKED, _CALLED, _RETURNED, _message("assistant", _result("1"))),
    )
    both = {**_call(), **_result()}
    yield "call and result in one block", _with_tools(_ASKED, _message("assistant", both))
    yield "a call beside a text", _with_tools(_ASKED, _message("assistant", _TEXT, _call()), _RETURNED, _DONE)
    yield (
        "a call beside reasoning",
        _with_tools(_ASKED, _message("assistant", _THOUGHT, _call()), _RETURNED, _DONE),
    )
    for name, tools in {
        "none": [],
        "two of one name": [_tool(), _tool()],
        "two": [_tool(), _tool("time")],
        "a blank name": [_tool(" "), _tool()],
        "no type": [_tool(inputSchema={"json": {"properties": {}}})],
    }.items():
        yield f"toolConfig with {name}", _with_tools(_ASKED, _CALLED, _RETURNED, _DONE, tools=tools)
    choice = {**_USES_TOOLS, "toolConfig": {**_USES_TOOLS["toolConfig"], "toolChoice": {"auto": {}}}}
    yield "toolConfig with toolChoice", choice
    for name, content in {
        "text and JSON": [{"text": "20", "json": {"degrees": 20}}],
        "JSON": [{"json": {"degrees": 20}}],
        "JSON that is a list": [{"json": [20]}],
        "an image": [_image()],
        "an empty text": [{"text": ""}],
        "a reserved word": [{"text": "User: 20"}],
    }.items():
        yield (
            f"a tool result of {name}",
            _with_tools(_ASKED, _CALLED, _message("user", _result("1", *content)), _DONE),
        )
    yield (
        "a tool result with a status",
        _with_tools(
            _ASKED,
            _CALLED,
            _message("user", {"toolResult": {**_result()["toolResult"], "status": "error"}}),
            _DONE,
        ),
    )


# The other formats

_FUNCTION = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "the weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
_RFT = {"id": "1", **chat("a"), "tools": [_FUNCTION], "reference_answer": "42"}


def _grading() -> Changed:
    """Change what goes to the grader of a reinforcement fine-tuning, and the form of its messages."""
    answers: dict[str, Any] = {
        "empty": "",
        "blank": " ",
        "an empty object": {},
        "an object": {"answer": 42},
        "an empty list": [],
        "a list": ["42"],
        "a number": 42,
        "true": True,
        "null": None,
    }
    for name, answer in answers.items():
        yield f"reference answer {name}", {**_RFT, "reference_answer": answer}
    yield "fields for the grader", {**_RFT, "difficulty": "hard", "data_source": {"name": "x"}}
    parts: dict[str, Any] = {
        "a list of texts": [{"type": "text", "text": "a"}],
        "an empty list": [],
        "an image": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}],
        "an empty part": [{"type": "text", "text": ""}],
        "an untyped text": [{"text": "a"}],
        "null": None,
    }
    for name, content in parts.items():
        yield f"content of {name}", {**_RFT, "messages": [{"role": "user", "content": content}]}
    calls = [{"id": "1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]
    call, result = (
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "1", "content": "20"},
    )
    asked = chat("a")["messages"]
    yield "a call of a tool", {**_RFT, "messages": [*asked, call]}
    yield "a call of a tool and its result", {**_RFT, "messages": [*asked, call, result]}
    yield "two tools of one name", {**_RFT, "tools": [_FUNCTION, _FUNCTION]}


def _rft_of(roles: tuple[str, ...]) -> object:
    return {**_RFT, **_as_chat(_chat_of(roles))}


def _as_chat(record: object) -> dict[str, Any]:
    return record if isinstance(record, dict) else {}


_IN_RFT = (
    ("the question", lambda text: {**_RFT, **chat(text)}),
    ("the answer", lambda text: {**_RFT, **chat("a", text)}),
    (
        "system",
        lambda text: {**_RFT, "messages": [{"role": "system", "content": text}, *chat("a")["messages"]]},
    ),
)


def _log(messages: object, **fields: object) -> dict[str, Any]:
    body = {"inputContentType": "application/json", "inputBodyJson": {"messages": messages}}
    answer = {"output": {"message": said("assistant", "b")}}
    return {
        "schemaType": "ModelInvocationLog",
        "modelId": "amazon.nova-pro-v1:0",
        "operation": "Converse",
        "requestMetadata": {"project": "support"},
        "input": body,
        "output": {"outputBodyJson": answer},
        **fields,
    }


def _logs() -> Changed:
    """Change the messages of a log: turns, blocks, roles."""
    for name, messages in {
        "two turns": turns("a", "b", "c")["messages"],
        "a turn and its answer": turns("a", "b")["messages"],
        "two messages of the user": [said("user", "a"), said("user", "b")],
        "two texts": [said("user", "a", "b")],
        "an image": [_message("user", _image())],
        "a text and an image": [_message("user", _TEXT, _image())],
        "an empty text": [said("user", "")],
        "a string": [{"role": "user", "content": "a"}],
        "a typed text": [_message("user", {"type": "text", "text": "a"})],
        "no content": [{"role": "user", "content": []}],
        "no user": [said("assistant", "b")],
        "a system message": [said("system", "s"), said("user", "a")],
        "no message": [],
    }.items():
        yield f"log of {name}", _log(messages)
    other_bodies: dict[str, Any] = {
        "a prompt": {"prompt": "a", "max_gen_len": 64},
        "an input text": {"inputText": "a"},
        "nothing": {},
    }
    for name, body in other_bodies.items():
        yield f"log with {name}", _log([], input={"inputBodyJson": body})
    yield "log of a body in S3", _log([], input={"inputBodyS3Path": "s3://bucket/data/1.json.gz"})
    yield "log of another model", _log([said("user", "a")], modelId="anthropic.claude-3-haiku-20240307-v1:0")
    for number in (16, 17):
        pairs = {f"key {at}": "value" for at in range(number)}
        yield f"log with {number} pairs of metadata", _log([said("user", "a")], requestMetadata=pairs)
    for length in (256, 257):
        pairs = {"project": "a" * length}
        yield f"log with metadata of {length} characters", _log([said("user", "a")], requestMetadata=pairs)
    failed = {key: value for key, value in _log([said("user", "a")]).items() if key != "output"}
    yield "log of a failed call", {**failed, "errorCode": "ThrottlingException"}


def _captions() -> Changed:
    """Change the reference to an image, and the length of its caption."""
    for length in (0, 1, 2, 3, 1024, 1025, 2560, 2561):
        yield f"caption of {length} characters", {"image-ref": "s3://bucket/a.png", "caption": "a" * length}
    for uri in (*_URIS, "s3://bucket/a.jpg", "s3://bucket/a.jpeg", "s3://bucket/a.gif", "s3://bucket/a"):
        yield f"image uri {uri!r}", {"image-ref": uri, "caption": "a cat"}


def _pair_words(text: str) -> object:
    return {"prompt": text, "completion": "b"}


_PLAIN = turns("a", "b", schemaVersion=VERSION)
_WHOLE = turns("a", "b", "c", "d", schemaVersion=VERSION, system=[{"text": "s"}])
_CONVERSATIONS = (_sequences(_conversation_of), _headers, _blocks, _words(*_IN_CONVERSATIONS))
_PROMPTS = {"prompt": turns("a", schemaVersion=VERSION), "pair": turns("a", "b", schemaVersion=VERSION)}
_PROMPTS["with system"] = turns("a", schemaVersion=VERSION, system=[{"text": "s"}])
_CAPTION = {"image-ref": "s3://bucket/a.png", "caption": "a cat"}
_PAIR = {"prompt": "a", "completion": "b"}
_LOG = {"log": _log([said("user", "a")])}
_LLAMA_LOG = {"log": _log([said("user", "a")], modelId="meta.llama3-1-70b-instruct-v1:0")}

FAMILIES: dict[str, Family] = {
    "nova-lite": Family(
        NOVA,
        FT,
        {
            "whole": _WHOLE,
            "image": _question(_TEXT, _image()),
            "video": _question(_TEXT, _video()),
            "tools": _USES_TOOLS,
        },
        (*_CONVERSATIONS, _media, _reasoning, _tools),
        (7, 8, 20_000, 20_001),
    ),
    "nova-micro": Family(MICRO, FT, {"plain": _PLAIN}, (*_CONVERSATIONS, _tools), (7, 8)),
    "nova-2-lite": Family(
        NOVA_2,
        FT,
        {
            "whole": _WHOLE,
            "reasoning": _answered(_THOUGHT, {"text": "b"}),
            "image": _question(_TEXT, _image()),
            "tools": _USES_TOOLS,
        },
        (*_CONVERSATIONS, _media, _reasoning, _tools, _words(("reasoning", _thought_of))),
        (7, 8, 199, 200, 20_000, 20_001),
    ),
    "nova-2-lite-rft": Family(
        NOVA_2,
        RFT,
        {"whole": _RFT},
        (_sequences(_rft_of), _grading, _words(*_IN_RFT)),
        (99, 100, 20_000, 20_001),
    ),
    "nova-distillation": Family(NOVA, DISTILLATION, _PROMPTS, _CONVERSATIONS, (99, 100, 15_000, 15_001)),
    "llama-distillation": Family(
        LLAMA_31, DISTILLATION, _PROMPTS, (_sequences(_conversation_of), _headers, _blocks), (99, 100)
    ),
    "nova-logs": Family(NOVA, DISTILLATION, _LOG, (_logs,)),
    "llama-logs": Family(LLAMA_31, DISTILLATION, _LLAMA_LOG, (_logs,)),
    "llama-3.1": Family(
        LLAMA_31, FT, {"pair": _PAIR}, (_words(("the prompt", _pair_words)),), (99, 100, 10_000, 10_001)
    ),
    "llama-3.2": Family(LLAMA_32, FT, {"whole": _WHOLE}, _CONVERSATIONS, (99, 100, 10_000, 10_001)),
    "llama-3.2-vision": Family(
        LLAMA_VISION,
        FT,
        {"image": _question(_TEXT, _image())},
        (_sequences(_conversation_of), _headers, _blocks, _media),
    ),
    "claude-3-haiku": Family(
        HAIKU,
        FT,
        {"plain": chat("a", "b"), "whole": chat("a", "b", "c", "d", system="s")},
        (_sequences(_chat_of), _words(*_IN_CHATS)),
        (31, 32, 10_000, 10_001),
    ),
    "nova-2-lite-rft-logs": Family(NOVA_2, RFT, _LOG, (_logs,)),
    "open-weight-rft": Family(GPT_OSS, RFT, {"whole": _RFT}, (_sequences(_rft_of, 3), _grading)),
    "nova-canvas": Family(CANVAS, FT, {"caption": _CAPTION}, (_captions,)),
    "titan-embeddings": Family(EMBED, FT, {"caption": _CAPTION}, (_captions,)),
    "titan-continued-pre-training": Family(TITAN, CPT, {"text": {"input": "a"}}),
    "cohere-command": Family(COHERE, FT, {"pair": _PAIR}),
}
"""The models and customization types whose data is judged; the last six have no validator of AWS's."""


@cache
def all_mutations() -> dict[str, dict[str, bytes]]:
    """Return the files of every family, by family and name."""
    return {family: mutations(family) for family in FAMILIES}
