"""Conversations in the shape of the Converse API: fine-tuning, reasoning, prompts of a distillation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec

from constructs_lib.datasets.faults import Fault

from .base import Format
from .blocks import Blocks
from .media import counts
from .rich import RichRecords
from .roles import order, role
from .shape import kind_of, known_fields, needs, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .base import Decode, PerfectTexts
    from .shape import Record, Seen, Texts

_SINGLE_TURN = 2


class _Text(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    text: str


class _Message(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["user", "assistant"]
    content: list[_Text]


class _Conversation(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: list[_Message]
    system: list[_Text] | None = None
    schemaVersion: str | None = None  # noqa: N815 # the format's own name


@dataclass(frozen=True)
class Conversation(Format):
    """The format `bedrock-conversation-2024` and those that build on it.

    Args:
        rules: The model's.
        reasoning: Whether the assistant's turns may hold reasoning.
        answer_optional: Whether a record may end with the user, as in a distillation.
    """

    perfect: ClassVar[type[msgspec.Struct]] = _Conversation
    reasoning: bool = False
    answer_optional: bool = False

    def _perfect_texts(self, decode: Decode) -> PerfectTexts:
        versions = {*self.rules.values("schema-version")} or None
        no_version = not self.rules.required("schema-version")
        most_turns = _SINGLE_TURN if "single-turn" in self.rules else None
        one_text = "single-text-block" in self.rules
        one_system = "single-system-text" in self.rules
        last_roles = ("user", "assistant") if self.answer_optional else ("assistant",)

        def texts_of(line: bytes) -> list[str] | None:
            record = decode(line)
            version, system, messages = record.schemaVersion, record.system, record.messages
            if not (no_version if version is None else versions is None or version in versions):
                return None
            if not messages or (most_turns and len(messages) > most_turns):
                return None
            texts = [block.text for block in system] if system else []
            if one_system and len(texts) > 1:
                return None
            expected = "user"
            for message in messages:
                content = message.content
                if message.role != expected or not content or (one_text and len(content) > 1):
                    return None
                for block in content:
                    if not block.text or block.text.isspace():
                        return None
                    texts.append(block.text)
                last, expected = expected, "assistant" if expected == "user" else "user"
            return texts if last in last_roles else None

        return texts_of

    @cached_property
    def _rich(self) -> RichRecords:
        return RichRecords(self.rules, reasoning=self.reasoning)

    def rich_texts(self, line: bytes) -> Texts | None:
        """Give the texts and media of a line in order; give None or raise a ValueError for any other."""
        return None if self.answer_optional else self._rich.texts_of(line)

    def _faults(self, record: Record, seen: Seen) -> Iterator[Fault]:
        yield from known_fields(record, {"schemaVersion", "system", "messages", *self._tools()})
        yield from self._version(record)
        yield from self._system(record, seen)
        yield from needs(record, "messages", list)
        if isinstance(record.get("messages"), list):
            yield from self._messages(record["messages"], seen)
        yield from counts(seen, self.rules)

    def _tools(self) -> tuple[str, ...]:
        return ("toolConfig",) if "tool-use" in self.rules else ()

    def _version(self, record: Record) -> Iterator[Fault]:
        if record.get("schemaVersion") is not None:
            yield from typed(record, "schemaVersion", str)
        rule, version = self.rules.get("schema-version"), record.get("schemaVersion")
        if rule is None or version in rule.values or (version is None and not rule.required):
            return
        if version is None or isinstance(version, str):
            must = "must" if rule.verified else "should"
            note = f"; {rule.note}" if rule.note else ""
            what = f"{must} be {rule.values[0]!r}{note}"
            yield Fault("schema-version", "schemaVersion", what, version, f'write "{rule.values[0]}"')

    def _system(self, record: Record, seen: Seen) -> Iterator[Fault]:
        system = record.get("system")
        if system is None:
            return
        yield from typed(record, "system", list)
        for index, item in enumerate(system if isinstance(system, list) else ()):
            yield from self._system_text(item, f"system[{index}]", seen)
        if "single-system-text" in self.rules and isinstance(system, list) and len(system) > 1:
            what = "should hold one text: AWS's validators take no more"
            yield Fault("single-system-text", "system", what, len(system), "join them")

    def _system_text(self, item: object, path: str, seen: Seen) -> Iterator[Fault]:
        if not isinstance(item, dict):
            fix = 'write {"text": "..."}'
            yield Fault("field-type", path, "must be an object with a text", item, fix)
            return
        yield from known_fields(item, {"text"}, path)
        yield from needs(item, "text", str, path)
        if isinstance(item.get("text"), str):
            seen.texts.append(item["text"])
            yield from self.words.faults(item["text"], f"{path}.text", prompt=True)

    def _messages(self, messages: list[Any], seen: Seen) -> Iterator[Fault]:
        if not messages:
            yield Fault("missing-field", "messages", "must hold messages", [], "add them, or drop the record")
            return
        roles = []
        for index, message in enumerate(messages):
            yield from self._message(message, f"messages[{index}]", seen)
            roles.append(message.get("role") if isinstance(message, dict) else None)
        yield from order(roles, self.rules)
        users = sum(role == "user" for role in roles)
        if "single-turn" in self.rules and (users > 1 or len(roles) > _SINGLE_TURN):
            fix = "keep one turn for each record"
            yield Fault("single-turn", "messages", "should be a single turn", f"{len(roles)} messages", fix)

    def _message(self, message: object, path: str, seen: Seen) -> Iterator[Fault]:
        if not isinstance(message, dict):
            fix = f"write an object with role and content instead of {kind_of(message)}"
            yield Fault("field-type", path, "must be an object", message, fix)
            return
        yield from known_fields(message, {"role", "content"}, path)
        yield from role(message, path, ("user", "assistant"))
        content = message.get("content")
        if isinstance(content, str):
            fix = 'write [{"text": "..."}]'
            yield Fault("field-type", f"{path}.content", "must be a list of content blocks", content, fix)
            return
        yield from needs(message, "content", list, path)
        if isinstance(content, list):
            blocks = Blocks(self.rules, self.words, reasoning=self.reasoning)
            yield from blocks.faults(content, message.get("role"), f"{path}.content", seen)
