"""Chats in OpenAI's form for reinforcement fine-tuning: a prompt, and what the grader needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...findings import NOTHING, Described
from ..dataset_findings import finding
from .base import Format
from .recognizers.chats import Prompts
from .record_checks import kind_of, known_fields, needs, role, text, typed
from .tools import functions, uses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...findings import Finding
    from .record_checks import Record, Seen

_ANSWER = "reference_answer"
_ROLES = ("system", "user", "assistant")
_CALLS = ("tool_calls", "tool_call_id")


@dataclass(frozen=True)
class ReinforcementChat(Format):
    """The format `rft-openai-chat`: fields beyond `messages` go to the grader."""

    @cached_property
    def recognizer(self) -> Prompts:
        """What accepts valid records without the full check."""
        return Prompts(self.rules)

    @cached_property
    def _has_validators(self) -> bool:
        """Whether the records are ones that AWS's validators read: those of Nova."""
        return "reference-answer" in self.rules

    def check(self, record: Record, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a record."""
        yield from needs(record, "messages", list)
        messages = record.get("messages")
        if isinstance(messages, list):
            yield from self._messages(messages, seen)
        if self._has_validators:
            yield from typed(record, "id", str) if record.get("id") is not None else ()
            if isinstance(record.get("id"), str) and not record["id"].strip():
                yield finding("missing-field", "id", "must not be blank", record["id"], "leave it out")
            yield from functions(record["tools"]) if record.get("tools") is not None else ()
            yield from self._answer(record)

    def _messages(self, messages: list[Any], seen: Seen) -> Iterator[Finding]:
        for index, message in enumerate(messages):
            yield from self._message(message, f"messages[{index}]", seen)
        roles = [message.get("role") if isinstance(message, dict) else None for message in messages]
        written = [one.lower() if isinstance(one, str) else None for one in roles]
        if "user" not in written:
            got = Described(f"{len(messages)} others")
            rule = "must contain at least one user message"
            yield finding("missing-field", "messages", rule, got, "add the prompt")
        if "system-first" in self.rules and "system" in written[1:] and written[0] != "system":
            path, fix = f"messages[{written.index('system')}].role", "move it to the start"
            yield finding("system-first", path, "must be in the first message", "system", fix)
        calls = (f"messages[{at}].{name}" for at, one in enumerate(messages) for name in _calls_in(one))
        if "tool-use" in self.rules and (path := next(calls, "")):
            yield uses(path, self.rules)

    def _message(self, message: object, path: str, seen: Seen) -> Iterator[Finding]:
        if not isinstance(message, dict):
            fix = f"write an object with role and content instead of {kind_of(message)}"
            yield finding("field-type", path, "must be an object", message, fix)
            return
        if self._has_validators:
            yield from known_fields(message, {"role", "content", *_CALLS}, path)
        yield from self._role(message, path)
        content, path = message.get("content"), f"{path}.content"
        if isinstance(content, str):
            yield from self._text(content, path, seen)
        elif isinstance(content, list):
            yield from self._parts(content, path, seen)
        elif content is not None or not _calls_in(message):  # a message that calls tools needs no content
            yield from needs(message, "content", str, path.removesuffix(".content"))

    def _role(self, message: Record, path: str) -> Iterator[Finding]:
        known, found = self.rules.get("role-unlisted"), message.get("role")
        if known is None or found in _ROLES or not isinstance(found, str):
            yield from role(message, path, _ROLES)
        elif found.lower() in (*_ROLES, *known.values):
            rule = f"must be {' or '.join(_ROLES)}; {known.note}"
            yield finding("role-unlisted", f"{path}.role", rule, found, f"write {' or '.join(_ROLES)}")
        else:
            yield from role(message, path, _ROLES)

    def _text(self, content: str, path: str, seen: Seen) -> Iterator[Finding]:
        yield from text(content, path, self.rules, seen)
        yield from self.words.check(content, path)

    def _parts(self, parts: list[object], path: str, seen: Seen) -> Iterator[Finding]:
        if not parts:
            yield finding("missing-field", path, "must contain content", [], "add a text")
        elif known := self.rules.get("content-parts"):
            rule, got = f"must be a string; {known.note}", Described(f"a list of {len(parts)}")
            yield finding("content-parts", path, rule, got, "write the text as a string")
        for index, part in enumerate(parts):
            item = f"{path}[{index}]"
            if isinstance(part, dict) and part.get("type") == "text":
                yield from needs(part, "text", str, item)
                if isinstance(part.get("text"), str):
                    yield from self._text(part["text"], f"{item}.text", seen)
            else:
                fix = 'write {"type": "text", "text": "..."}, or a plain string'
                yield finding("content-block", item, "must be a text part", part, fix)

    def _answer(self, record: Record) -> Iterator[Finding]:
        value = record.get(_ANSWER)
        if value is None:
            rule = "must be there: graders compare the model's answer with it"
            fix = "add it, unless the grader needs none"
            yield finding("reference-answer-missing", _ANSWER, rule, record.get(_ANSWER, NOTHING), fix)
        elif value in ({}, []) or (isinstance(value, str) and not value.strip()):
            fix = "write what the grader compares with, or leave the field out"
            yield finding("reference-answer", _ANSWER, "must not be empty", value, fix)
        elif not isinstance(value, str | dict):
            rule, fix = "must be a string or an object", f"write a string instead of {kind_of(value)}"
            yield finding("reference-answer-type", _ANSWER, rule, value, fix)


def _calls_in(message: object) -> list[str]:
    """Return the fields of a message that are about calls of tools."""
    return [name for name in _CALLS if message.get(name) is not None] if isinstance(message, dict) else []
