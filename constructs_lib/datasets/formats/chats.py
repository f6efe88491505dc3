"""Chats with plain strings: Anthropic's messages, and OpenAI's for reinforcement fine-tuning."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...findings import Described
from ..dataset_findings import finding
from .base import Format
from .recognizers.chats import Chats, Prompts
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

_ANSWER = "reference_answer"


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


@dataclass(frozen=True)
class ReinforcementChat(Format):
    """The format `rft-openai-chat`: fields beyond `messages` go to the grader."""

    @cached_property
    def recognizer(self) -> Prompts:
        """What accepts valid records without the full check."""
        return Prompts(self.rules)

    def check(self, record: Record, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a record."""
        yield from needs(record, "messages", list)
        messages = record.get("messages")
        if isinstance(messages, list):
            for index, message in enumerate(messages):
                yield from self._message(message, index, seen)
            if not any(isinstance(message, dict) and message.get("role") == "user" for message in messages):
                rule = "must contain at least one user message"
                yield finding(
                    "missing-field", "messages", rule, Described(f"{len(messages)} others"), "add the prompt"
                )
        if "reference-answer" in self.rules and record.get(_ANSWER, 0) in ("", {}, []):
            fix = "write what the grader compares with, or leave the field out"
            yield finding("reference-answer", _ANSWER, "must not be empty", record[_ANSWER], fix)

    def _message(self, message: object, index: int, seen: Seen) -> Iterator[Finding]:
        path = f"messages[{index}]"
        if not isinstance(message, dict):
            fix = f"write an object with role and content instead of {kind_of(message)}"
            yield finding("field-type", path, "must be an object", message, fix)
            return
        yield from role(message, path, ("system", "user", "assistant"))
        if "system-first" in self.rules and index and message.get("role") == "system":
            fix = "move it to the start"
            yield finding("system-first", f"{path}.role", "must be in the first message", "system", fix)
        if isinstance(message.get("content"), list):
            yield from self._parts(message["content"], f"{path}.content", seen)
        else:
            yield from needs(message, "content", str, path)
        if isinstance(message.get("content"), str):
            yield from text(message["content"], f"{path}.content", self.rules, seen)

    def _parts(self, parts: list[object], path: str, seen: Seen) -> Iterator[Finding]:
        for index, part in enumerate(parts):
            item = f"{path}[{index}]"
            if isinstance(part, dict) and part.get("type") == "text":
                yield from needs(part, "text", str, item)
                if isinstance(part.get("text"), str):
                    yield from text(part["text"], f"{item}.text", self.rules, seen)
            else:
                fix = 'write {"type": "text", "text": "..."}, or a plain string'
                yield finding("content-block", item, "must be a text part", part, fix)
