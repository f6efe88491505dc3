"""Chats with plain strings in the form of Anthropic's messages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..dataset_findings import finding
from .base import Format
from .recognizers.chats import Chats
from .record_checks import (
    kind_of,
    known_fields,
    needs,
    order,
    role,
    text,
    typed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...findings import Finding
    from .record_checks import Record, Seen


@dataclass(frozen=True)
class AnthropicMessages(Format):
    """The format `anthropic-messages`."""

    @cached_property
    def recognizer(self) -> Chats:
        """What accepts valid records without the full check."""
        return Chats(self.rules)

    def check(self, record: Record, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a record."""
        yield from known_fields(record, {"system", "messages"})
        system = record.get("system")
        if system is not None:
            yield from typed(record, "system", str)
        if isinstance(system, str):
            seen.texts.append(system)
            yield from self.words.check(system, "system", prompt=True)
        yield from needs(record, "messages", list)
        if isinstance(record.get("messages"), list):
            yield from self._messages(record["messages"], seen)

    def _messages(self, messages: list[Any], seen: Seen) -> Iterator[Finding]:
        if not messages:
            yield finding(
                "missing-field", "messages", "must contain messages", [], "add them, or remove the record"
            )
            return
        for index, message in enumerate(messages):
            yield from self._message(message, f"messages[{index}]", seen)
        roles = [message.get("role") if isinstance(message, dict) else None for message in messages]
        yield from order(roles, self.rules)

    def _message(self, message: object, path: str, seen: Seen) -> Iterator[Finding]:
        if not isinstance(message, dict):
            fix = f"write an object with role and content instead of {kind_of(message)}"
            yield finding("field-type", path, "must be an object", message, fix)
            return
        yield from known_fields(message, {"role", "content"}, path)
        yield from role(message, path, ("user", "assistant"))
        yield from needs(message, "content", str, path)
        if isinstance(message.get("content"), str):
            content, path = message["content"], f"{path}.content"
            yield from text(content, path, self.rules, seen)
            yield from self.words.check(content, path, prompt=message.get("role") != "assistant")
