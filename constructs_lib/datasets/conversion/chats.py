"""Conversations: OpenAI, Anthropic, ShareGPT, Gemini, and the Converse API's own form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from .content_parts import content_of, reasoning
from .dialogue import NAMES, NO_USER, SYSTEM_MOVED, TOOLS, WEIGHTS, Dialogue, NotConvertibleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .dialogue import Content, Turn

Record: TypeAlias = "dict[str, Any]"

NOT_A_MESSAGE = "it has a message without a role, or one that is no object"
OTHER_ROLE = "it has a message with another role than system, user and assistant"

_SYSTEM, _TOOL = "system", "tool"
_ROLES = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "system": _SYSTEM,
    "developer": _SYSTEM,
    "tool": _TOOL,
    "function": _TOOL,
    "function_call": _TOOL,
    "observation": _TOOL,
    "tool_call": _TOOL,
    "tool_response": _TOOL,
}
_PLAIN = 2  # the fields of a message that has a role and a text and nothing else
_GAP = "\n\n"
_CALLS = ("tool_calls", "function_call")
CHAT_FIELDS = frozenset(("messages", "system", "schemaVersion", "anthropic_version"))
_SHAREGPT_FIELDS = frozenset(("conversations", "conversation", "system", "system_prompt"))
_GEMINI_FIELDS = frozenset(("contents", "systemInstruction", "system_instruction"))
_TOOLS = ("tools", "functions", "toolConfig")


def read_chat(record: Record, changes: list[str]) -> Dialogue:
    """Read messages with `role` and `content`: OpenAI, Anthropic, Converse.

    Args:
        record: the record, decoded.
        changes: gets what is changed.

    Raises:
        NotConvertibleError: it cannot be carried over.
    """
    _refuse_tools(record)
    turns, system = read_messages(record.get("messages"), record.get("system"), changes)
    return Dialogue(turns, system, fields=record, used=CHAT_FIELDS)


def read_sharegpt(record: Record, changes: list[str]) -> Dialogue:
    """Read ShareGPT's `conversations`, whose messages have `from` and `value`, or `role` and `content`."""
    _refuse_tools(record)
    messages = record.get("conversations", record.get("conversation"))
    system = record.get("system", record.get("system_prompt"))
    first = messages[0] if isinstance(messages, list) and messages else None
    named = "value" in first if isinstance(first, dict) else True
    keys = ("from", "value") if named else ("role", "content")
    turns, text = read_messages(messages, system, changes, keys)
    return Dialogue(turns, text, fields=record, used=_SHAREGPT_FIELDS)


def read_gemini(record: Record, changes: list[str]) -> Dialogue:
    """Read Gemini's `contents`, whose messages have `role` and `parts`."""
    _refuse_tools(record)
    system = record.get("systemInstruction", record.get("system_instruction"))
    if isinstance(system, dict):
        system = system.get("parts")
    turns, text = read_messages(record.get("contents"), system, changes, ("role", "parts"))
    return Dialogue(turns, text, fields=record, used=_GEMINI_FIELDS)


def read_messages(
    messages: object, system: object, changes: list[str], keys: tuple[str, str] = ("role", "content")
) -> tuple[list[Turn], str]:
    """Return the turns and the system text of a list of messages.

    Args:
        messages: the list.
        system: a system text that is not in a message, or its parts. None for none.
        changes: gets what is changed.
        keys: the names of a message's role and content.

    Raises:
        NotConvertibleError: a message cannot be carried over.
    """
    if not isinstance(messages, list) or not messages:
        raise NotConvertibleError(NO_USER)
    role_key, content_key = keys
    turns: list[Turn] = []
    texts = [_text(system)] if system else []
    for message in messages:
        try:
            role = _ROLES[message[role_key]]
        except (KeyError, TypeError):
            role = _unusual_role(message, role_key)
        content: Any = message.get(content_key)
        if len(message) > _PLAIN:
            content = _with_other_fields(message, content, changes)
        if type(content) is not str or not content:
            content = content_of(content)
        if role is _SYSTEM:
            if turns and SYSTEM_MOVED not in changes:
                changes.append(SYSTEM_MOVED)
            texts.append(_text(content))
        elif role is _TOOL:
            raise NotConvertibleError(TOOLS)
        else:
            turns.append((role, content))
    return turns, _GAP.join(texts)


def _unusual_role(message: object, key: str) -> str:
    """Return the role of a message that is written with capitals."""
    found = message.get(key) if isinstance(message, dict) else None
    if not isinstance(found, str):
        raise NotConvertibleError(NOT_A_MESSAGE)
    role = _ROLES.get(found.strip().lower())
    if role is None:
        raise NotConvertibleError(OTHER_ROLE)
    return role


def _text(system: object) -> str:
    """Return a system text, which has neither images nor reasoning."""
    content = content_of(system)
    if isinstance(content, str):
        return content
    return "\n".join(text for block in content if isinstance(text := block.get("text"), str))


def _with_other_fields(message: Mapping[str, Any], content: object, changes: list[str]) -> object:
    """Return the content of a message that has more fields than a role and a content."""
    if any(message.get(name) for name in _CALLS):
        raise NotConvertibleError(TOOLS)
    if message.get("weight") is not None and WEIGHTS not in changes:
        changes.append(WEIGHTS)
    if message.get("name") and NAMES not in changes:
        changes.append(NAMES)
    thought = reasoning(message.get("reasoning_content"))
    if thought is None:
        return content
    said: Content = content_of(content)
    return [thought, *([{"text": said}] if isinstance(said, str) else said)]


def _refuse_tools(record: Record) -> None:
    for name in _TOOLS:
        if record.get(name):
            raise NotConvertibleError(TOOLS)
