"""Calls of a model that were recorded: Bedrock's invocation logs and the records of its batch inference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .chats import read_messages
from .content_parts import content_of
from .dialogue import (
    NO_ANSWER,
    NO_USER,
    SEVERAL_CHOICES,
    TOOLS,
    Dialogue,
    NotConvertibleError,
)

if TYPE_CHECKING:
    from .chats import Record
    from .dialogue import Content

FAILED = "it is a call that failed"
IN_S3 = "the body of the call is in another object in S3"
TEMPLATE = "its prompt is written in a model's own template, with special tokens"

_TOKENS = ("<|start_header_id|>", "<|im_start|>", "<|user|>", "[INST]")
_HUMAN, _ASSISTANT = "\n\nHuman:", "\n\nAssistant:"
_PROMPTS = ("prompt", "inputText", "message", "input")


def read_log(record: Record, changes: list[str]) -> Dialogue:
    """Read one invocation log.

    Raises:
        NotConvertibleError: the call failed, or its bodies are elsewhere or of an unknown form.
    """
    if record.get("errorCode"):
        raise NotConvertibleError(FAILED)
    return _read(_body(record, "input"), _body(record, "output"), record, changes)


def _body(record: Record, side: str) -> object:
    found = record.get(side)
    if not isinstance(found, dict):
        return None
    if f"{side}BodyS3Path" in found and f"{side}BodyJson" not in found:
        raise NotConvertibleError(IN_S3)
    return found.get(f"{side}BodyJson")


def read_batch(record: Record, changes: list[str]) -> Dialogue:
    """Read one record of a batch inference, the input or the output with it."""
    if record.get("error"):
        raise NotConvertibleError(FAILED)
    return _read(record.get("modelInput"), record.get("modelOutput"), record, changes)


def _read(given: object, answered: object, record: Record, changes: list[str]) -> Dialogue:
    if not isinstance(given, dict):
        raise NotConvertibleError(NO_USER)
    if given.get("tools") or given.get("toolConfig"):
        raise NotConvertibleError(TOOLS)
    answer = _answer(answered)
    if "messages" in given:
        turns, system = read_messages(given["messages"], given.get("system"), changes)
    else:
        turns, system = [("user", _prompt(given))], ""
    if answer is not None:
        turns.append(("assistant", answer))
    return Dialogue(turns, system, fields=record, used=record.keys())


def _prompt(body: Record) -> str:
    """Return a prompt that is one text."""
    text = next((body[name] for name in _PROMPTS if isinstance(body.get(name), str)), "")
    if not text:
        raise NotConvertibleError(NO_USER)
    if any(token in text for token in _TOKENS) or body.get("chat_history"):
        raise NotConvertibleError(TEMPLATE)
    if text.startswith(_HUMAN) and text.count(_HUMAN) == 1:  # Claude's text completions
        text = text.removeprefix(_HUMAN).rpartition(_ASSISTANT)[0].strip()
    return text


def _answer(body: object) -> Content | None:
    """Return the answer of a call; None where none was recorded."""
    if body is None:
        return None
    if isinstance(body, list):
        return content_of("".join(map(_streamed, body)))
    if not isinstance(body, dict):
        raise NotConvertibleError(NO_ANSWER)
    found = _choices(body)
    if found is None:
        found = _single(body)
    if isinstance(found, dict):
        if found.get("tool_calls"):
            raise NotConvertibleError(TOOLS)
        found = found.get("content")
    if not found:
        raise NotConvertibleError(NO_ANSWER)
    return content_of(found)


def _choices(body: Record) -> Any:  # noqa: ANN401 - a text, a message or parts
    """Return the answer of a model that lists its answers: OpenAI, Titan, Mistral, Cohere."""
    for name, inner in (
        ("choices", "message"),
        ("results", "outputText"),
        ("outputs", "text"),
        ("generations", "text"),
    ):
        listed = body.get(name)
        if isinstance(listed, list) and listed:
            if len(listed) > 1:
                raise NotConvertibleError(SEVERAL_CHOICES)
            return listed[0].get(inner) if isinstance(listed[0], dict) else listed[0]
    return None


def _single(body: Record) -> Any:  # noqa: ANN401 - a text, a message or parts
    """Return the answer of a model that gives one: Converse and Nova, Claude, Llama, Cohere."""
    output = body.get("output")
    if isinstance(output, dict):
        return output.get("message")
    for name in ("content", "generation", "completion", "text", "outputText"):
        if body.get(name):
            return body[name]
    return output


def _streamed(event: object) -> str:
    """Return the text that one event of a streamed answer adds."""
    inner = event.get("contentBlockDelta", event) if isinstance(event, dict) else None
    inner = inner if isinstance(inner, dict) else {}
    delta = inner.get("delta")
    text = delta.get("text") if isinstance(delta, dict) else None
    if isinstance(text, str):
        return text
    pieces = [inner.get(name) for name in ("outputText", "generation", "completion")]
    return next((one for one in pieces if isinstance(one, str)), "")
