"""Conversations in the form of the Converse API: fine-tuning, reasoning, prompts of a distillation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...findings import Described
from ..dataset_findings import finding
from .base import Format
from .content_blocks import Blocks, check_counts
from .recognizers.conversations import Conversations
from .record_checks import (
    kind_of,
    known_fields,
    needs,
    order,
    role,
    typed,
)
from .tools import Tools

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...findings import Finding
    from .record_checks import Record, Seen

_SINGLE_TURN = 2


@dataclass(frozen=True)
class Conversation(Format):
    """The format `bedrock-conversation-2024` and those that build on it.

    Args:
        rules: the model's.
        reasoning: whether the assistant's turns may hold reasoning.
        answer_optional: whether a record may end with the user, as in a distillation.
    """

    reasoning: bool = False
    answer_optional: bool = False

    @cached_property
    def recognizer(self) -> Conversations:
        """What accepts valid records without the full check."""
        return Conversations(self.rules, reasoning=self.reasoning, answer_optional=self.answer_optional)

    def check(self, record: Record, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a record."""
        config = ("toolConfig",) if "tool-use" in self.rules else ()
        yield from known_fields(record, {"schemaVersion", "system", "messages", *config})
        yield from self._version(record)
        yield from self._system(record, seen)
        yield from needs(record, "messages", list)
        tools = Tools(self.rules)
        yield from tools.definitions(record)
        if isinstance(record.get("messages"), list):
            yield from self._messages(record["messages"], tools, seen)
        yield from check_counts(seen, self.rules)

    def _version(self, record: Record) -> Iterator[Finding]:
        known, version = self.rules.get("schema-version"), record.get("schemaVersion")
        null_is_wrong = known is not None and known.certain and not known.required
        if isinstance(version, str) or (version is None and not null_is_wrong):
            yield from self._documented_version(version)
        else:
            yield from typed(record, "schemaVersion", str)

    def _documented_version(self, version: str | None) -> Iterator[Finding]:
        known = self.rules.get("schema-version")
        if known is None or version in known.values or (version is None and not known.required):
            return
        note = f"; {known.note}" if known.note else ""
        rule = f"must be {known.values[0]!r}{note}"
        yield finding("schema-version", "schemaVersion", rule, version, f'write "{known.values[0]}"')

    def _system(self, record: Record, seen: Seen) -> Iterator[Finding]:
        system = record.get("system")
        single = "single-system-text" in self.rules
        if system is None and not single:
            return
        yield from typed(record, "system", list)
        for index, item in enumerate(system if isinstance(system, list) else ()):
            yield from self._system_text(item, f"system[{index}]", seen)
        if single and isinstance(system, list) and len(system) != 1:
            rule = "must contain one text: AWS's validator accepts neither none nor more"
            fix = "join them" if system else "leave the field out"
            yield finding("single-system-text", "system", rule, Described(f"{len(system)} texts"), fix)

    def _system_text(self, item: object, path: str, seen: Seen) -> Iterator[Finding]:
        if not isinstance(item, dict):
            fix = 'write {"text": "..."}'
            yield finding("field-type", path, "must be an object with a text", item, fix)
            return
        yield from known_fields(item, {"text"}, path)
        yield from needs(item, "text", str, path)
        if isinstance(item.get("text"), str):
            yield from self._words_of_system(item["text"], f"{path}.text", seen)

    def _words_of_system(self, text: str, path: str, seen: Seen) -> Iterator[Finding]:
        seen.texts.append(text)
        fix = "write the system prompt, or leave system out"
        if not text:
            yield finding("empty-system-text", path, "must contain text", text, fix)
        elif not text.strip() and "blank-text" in self.rules:
            yield finding("blank-text", path, "must contain text", text, fix)
        yield from self.words.check(text, path, prompt=True)

    def _messages(self, messages: list[Any], tools: Tools, seen: Seen) -> Iterator[Finding]:
        if not messages:
            yield finding(
                "missing-field", "messages", "must contain messages", [], "add them, or remove the record"
            )
            return
        roles = []
        blocks = Blocks(self.rules, self.words, tools, reasoning=self.reasoning)
        for index, message in enumerate(messages):
            yield from self._message(message, f"messages[{index}]", blocks, seen)
            roles.append(message.get("role") if isinstance(message, dict) else None)
        yield from order(roles, self.rules)
        users = sum(role == "user" for role in roles)
        if "single-turn" in self.rules and (users > 1 or len(roles) > _SINGLE_TURN):
            fix = "keep one turn for each record"
            yield finding(
                "single-turn", "messages", "must be a single turn", Described(f"{len(roles)} messages"), fix
            )

    @staticmethod
    def _message(message: object, path: str, blocks: Blocks, seen: Seen) -> Iterator[Finding]:
        if not isinstance(message, dict):
            fix = f"write an object with role and content instead of {kind_of(message)}"
            yield finding("field-type", path, "must be an object", message, fix)
            return
        yield from known_fields(message, {"role", "content"}, path)
        yield from role(message, path, ("user", "assistant"))
        content = message.get("content")
        if isinstance(content, str):
            fix = 'write [{"text": "..."}]'
            yield finding("field-type", f"{path}.content", "must be a list of content blocks", content, fix)
            return
        yield from needs(message, "content", list, path)
        if isinstance(content, list):
            yield from blocks.check(content, message.get("role"), f"{path}.content", seen)
