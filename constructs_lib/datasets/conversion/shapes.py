"""The shapes that data comes in: how a record is recognized, and what reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .chats import read_chat, read_gemini, read_sharegpt
from .named_fields import NamedFields, find_columns, plain_name
from .recorded_calls import read_batch, read_log

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .chats import Record
    from .dialogue import Dialogue

    Reader = Callable[[Record, list[str]], Dialogue]

OWN = "own"
"""What a record is said to be that has the format of the model already."""

TITLES: dict[str, str] = {
    "openai": "OpenAI's chat format",
    "sharegpt": "the ShareGPT format",
    "alpaca": "the Alpaca format",
    "pairs": "prompts and completions",
    "preferences": "preferences, with a chosen and a rejected answer",
    "anthropic": "Anthropic's messages format",
    "gemini": "Gemini's format",
    "converse": "conversations of the Converse API",
    "logs": "Bedrock's invocation logs",
    "batch": "records of Bedrock's batch inference",
    "text": "text without prompts and answers",
}
"""Every shape by its name, as `--from` takes it, and what a sentence calls it."""

CHATS = frozenset(("openai", "anthropic", "converse"))
"""The shapes that are read alike, so that one file may have several of them."""

FORMATS_AS_SHAPES = {
    "bedrock-conversation-2024": "converse",
    "bedrock-conversation-2024+reasoning": "converse",
    "distillation-prompts": "converse",
    "prompt-completion": "pairs",
    "anthropic-messages": "anthropic",
    "rft-openai-chat": "openai",
    "cpt-input": "text",
}
"""The shape by which the records of a format are read."""

_MEDIA = ("image", "video", "reasoningContent", "toolUse", "toolResult", "document")
_OPENAI_ROLES = ("system", "developer", "tool", "function")
_ANTHROPIC_PARTS = ("image", "tool_use", "tool_result", "thinking", "document")


def readers(columns: Mapping[str, str] | None = None) -> dict[str, Reader]:
    """Return what reads each shape.

    Args:
        columns: which field holds what, as the user said. Default: the usual names.
    """
    named = NamedFields(dict(columns or {}))
    return {
        "openai": read_chat,
        "sharegpt": read_sharegpt,
        "alpaca": named.read_alpaca,
        "pairs": named.read_pair,
        "preferences": named.read_preference,
        "anthropic": read_chat,
        "gemini": read_gemini,
        "converse": read_chat,
        "logs": read_log,
        "batch": read_batch,
        "text": named.read_text,
    }


def shape_of(record: object) -> str | None:
    """Return the shape of a record, by the names of its fields; None for one that is not known."""
    if not isinstance(record, dict):
        return None
    if isinstance(record.get("messages"), list):
        return _kind_of_chat(record)
    found = next((name for fields, name in _BY_FIELDS if record.keys() >= fields), None)
    if found is None and {"prompt", "completion"} <= find_columns(map(str, record)).keys():
        found = "pairs"
    return "text" if found is None and record.keys() == {"text"} else found


_BY_FIELDS: tuple[tuple[set[str], str], ...] = (
    ({"recordId", "modelInput"}, "batch"),
    ({"modelId", "input"}, "logs"),
    ({"conversations"}, "sharegpt"),
    ({"chosen", "rejected"}, "preferences"),
    ({"preferred_output", "non_preferred_output"}, "preferences"),
    ({"contents"}, "gemini"),
    ({"instruction", "output"}, "alpaca"),
    ({"instruction", "response"}, "alpaca"),
)


def _kind_of_chat(record: Record) -> str | None:
    """Tell the shapes apart that have `messages` with `role` and `content`."""
    messages = [one for one in record["messages"] if isinstance(one, dict)]
    if not messages or not any("content" in one for one in messages):
        return None
    parts = [part for one in messages for part in _parts(one.get("content"))]
    if any("type" not in part and (isinstance(part.get("text"), str) or _has_media(part)) for part in parts):
        return "converse"
    kinds = {part["type"] for part in parts if isinstance(part.get("type"), str)}
    if isinstance(record.get("system"), str) or "anthropic_version" in record or kinds & {*_ANTHROPIC_PARTS}:
        return "anthropic"
    if _parts(record.get("system")) or "schemaVersion" in record:
        return "converse"
    return "openai"


def _has_media(part: Mapping[str, Any]) -> bool:
    return any(name in part for name in _MEDIA)


def _parts(content: object) -> list[dict[str, Any]]:
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []


def is_own(record: object, format: str) -> bool:
    """Return whether a record is meant in a format of training data, even if something in it is wrong.

    Args:
        record: the record, decoded.
        format: the format, by the name that the catalogue uses.
    """
    if not isinstance(record, dict):
        return False
    return _IS_OWN.get(format, _is_converse)(record, shape_of(record))


def _is_converse(_record: Record, shape: str | None) -> bool:
    return shape == "converse"


_IS_OWN: dict[str, Callable[[Record, str | None], bool]] = {
    "prompt-completion": lambda record, _: (
        {"prompt", "completion"} <= {plain_name(str(name)) for name in record}
    ),
    "anthropic-messages": lambda record, shape: (
        shape in CHATS and _has_strings(record) and not _is_openai_only(record)
    ),
    "rft-openai-chat": lambda _, shape: shape == "openai",
    "invocation-logs": lambda _, shape: shape == "logs",
    "image-caption": lambda record, _: not record.keys().isdisjoint(("image-ref", "image_ref", "caption")),
    "cpt-input": lambda record, shape: "input" in record and shape is None,
}


def _has_strings(record: Record) -> bool:
    return any(isinstance(one.get("content"), str) for one in record["messages"] if isinstance(one, dict))


def _is_openai_only(record: Record) -> bool:
    """Return whether a chat has what OpenAI has and Anthropic has not."""
    if record.get("tools") or record.get("functions"):
        return True
    roles = [one.get("role") for one in record["messages"] if isinstance(one, dict)]
    return any(role in _OPENAI_ROLES for role in roles if isinstance(role, str))


@dataclass(frozen=True, slots=True)
class Sample:
    """The shapes of the first records of a file.

    Args:
        own: how many of them have the format of the model.
        shapes: how many have each other shape.
        unknown: how many have none.
    """

    own: int
    shapes: Mapping[str, int]
    unknown: int


def sample(records: list[object], formats: tuple[str, ...]) -> Sample:
    """Return the shapes of the first records of a file.

    Args:
        records: the records, decoded.
        formats: the formats that the model accepts.
    """
    own = unknown = 0
    shapes: dict[str, int] = {}
    for record in records:
        if any(is_own(record, name) for name in formats):
            own += 1
            continue
        shape = shape_of(record)
        if shape is None:
            unknown += 1
        else:
            shapes[shape] = shapes.get(shape, 0) + 1
    return Sample(own, shapes, unknown)
