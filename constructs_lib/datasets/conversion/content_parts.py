"""What one message says: the parts of OpenAI, Anthropic, Gemini and Converse, as content blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .dialogue import (
    IMAGE_BY_URL,
    IMAGE_INSIDE,
    NO_TEXT,
    OTHER_PART,
    TOOLS,
    NotConvertibleError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .dialogue import Content

_S3 = "s3://"
_FORMATS = {"jpg": "jpeg"}
_VIDEOS = ("mov", "mkv", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp")
_TOOL_FIELDS = ("toolUse", "toolResult", "functionCall", "functionResponse", "function_call")


def content_of(value: object) -> Content:
    """Return what a message says, from a text or from parts of any of the shapes.

    Args:
        value: a string, or a list of parts.

    Raises:
        NotConvertibleError: a part cannot be carried over, or there is no text.
    """
    if isinstance(value, str):
        if not value:
            raise NotConvertibleError(NO_TEXT)
        return value
    if not isinstance(value, list) or not value:
        raise NotConvertibleError(NO_TEXT)
    blocks = [block for part in value if (block := _block(part)) is not None]
    if len(blocks) == 1 and "text" in blocks[0]:
        return content_of(blocks[0]["text"])
    if not blocks:
        raise NotConvertibleError(NO_TEXT)
    return blocks


def _block(part: object) -> dict[str, Any] | None:
    """Return a part as a content block; None for one that says nothing, such as an empty text."""
    if isinstance(part, str):
        return {"text": part} if part else None
    if not isinstance(part, dict):
        raise NotConvertibleError(OTHER_PART)
    kind = part.get("type")
    if kind is not None:
        read = _BY_TYPE.get(kind) if isinstance(kind, str) else None
        if read is None:
            raise NotConvertibleError(OTHER_PART)
        return read(part)
    if any(name in part for name in _TOOL_FIELDS):
        raise NotConvertibleError(TOOLS)
    if part.get("thought") is True:  # Gemini's summaries of its reasoning
        return reasoning(part.get("text"))
    if "text" in part:
        return _text(part)
    return _media_of_converse_or_gemini(part)


def _text(part: dict[str, Any]) -> dict[str, Any] | None:
    text = part.get("text")
    if not isinstance(text, str):
        raise NotConvertibleError(NO_TEXT)
    return {"text": text} if text else None


def reasoning(text: object) -> dict[str, Any] | None:
    """Return a block with reasoning; None where there is none."""
    return {"reasoningContent": {"reasoningText": {"text": text}}} if isinstance(text, str) and text else None


def _thinking(part: dict[str, Any]) -> dict[str, Any] | None:
    return reasoning(part.get("thinking"))


def _image_url(part: dict[str, Any]) -> dict[str, Any]:
    found = part.get("image_url")
    return _media(found.get("url") if isinstance(found, dict) else found)


def _image(part: dict[str, Any]) -> dict[str, Any]:
    source = part.get("source")
    if isinstance(source, dict) and "data" in source:
        raise NotConvertibleError(IMAGE_INSIDE)
    return _media(source.get("url") if isinstance(source, dict) else part.get("image"))


def _tool(_part: dict[str, Any]) -> dict[str, Any]:
    raise NotConvertibleError(TOOLS)


_BY_TYPE: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {
    "text": _text,
    "input_text": _text,
    "output_text": _text,
    "image_url": _image_url,
    "input_image": _image_url,
    "image": _image,
    "thinking": _thinking,
    "tool_use": _tool,
    "tool_result": _tool,
    "tool_call": _tool,
    "function_call": _tool,
}


def _media_of_converse_or_gemini(part: dict[str, Any]) -> dict[str, Any]:
    if "reasoningContent" in part:
        return part
    for kind in ("image", "video"):
        source = part[kind].get("source") if isinstance(part.get(kind), dict) else None
        if isinstance(source, dict):
            if "s3Location" not in source:
                raise NotConvertibleError(IMAGE_INSIDE)
            return part
    if "inlineData" in part or "inline_data" in part:
        raise NotConvertibleError(IMAGE_INSIDE)
    file = part.get("fileData", part.get("file_data"))
    if isinstance(file, dict):
        return _media(file.get("fileUri", file.get("file_uri")))
    raise NotConvertibleError(OTHER_PART)


def _media(uri: object) -> dict[str, Any]:
    """Return a block for an image or video in S3, which is the only place that Bedrock reads them from."""
    if not isinstance(uri, str):
        raise NotConvertibleError(OTHER_PART)
    if uri.startswith("data:"):
        raise NotConvertibleError(IMAGE_INSIDE)
    if not uri.startswith(_S3):
        raise NotConvertibleError(IMAGE_BY_URL)
    extension = uri.rpartition(".")[2].lower()
    kind = "video" if extension in _VIDEOS else "image"
    return {kind: {"format": _FORMATS.get(extension, extension), "source": {"s3Location": {"uri": uri}}}}
