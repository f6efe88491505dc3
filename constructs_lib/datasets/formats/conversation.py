"""Conversations in the shape of the Converse API: fine-tuning, reasoning, prompts of a distillation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import msgspec

from constructs_lib.datasets.faults import Fault, Shown

from .base import Format, NotPerfectError
from .content_blocks import Blocks
from .media import counts
from .record_checks import kind_of, known_fields, needs, typed
from .rich import RichRecords
from .roles import order, role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .record_checks import Record, Seen

_SINGLE_TURN = 2


class _Text(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(min_length=1)]


class _Message(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["user", "assistant"]
    content: tuple[_Text]


class _Conversation(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: Annotated[list[_Message], msgspec.Meta(min_length=1)]
    system: tuple[_Text] | None = None
    schemaVersion: str | None = None  # noqa: N815 # the format's own name


@dataclass(frozen=True)
class Conversation(Format):
    """The format `bedrock-conversation-2024` and those that build on it.

    Args:
        rules: The model's.
        reasoning: Whether the assistant's turns may hold reasoning.
        answer_optional: Whether a record may end with the user, as in a distillation.
    """

    record: ClassVar[type[msgspec.Struct]] = _Conversation
    rich_marks: ClassVar[tuple[bytes, ...]] = (b'"image"', b'"video"', b'"reasoningContent"')
    reasoning: bool = False
    answer_optional: bool = False

    def rich(self, line: bytes) -> Seen | None:
        """Give what a record in order with media, reasoning or several texts holds; None for any other."""
        return None if self.answer_optional else self._rich.seen(line)

    def _texts(self, records: list[_Conversation]) -> list[tuple[str, ...]]:
        """Give the system text ("" for none) and the text of every message."""
        versions = self._versions
        if versions is not None and not versions.issuperset([one.schemaVersion for one in records]):
            raise NotPerfectError
        roles = [message.role for one in records for message in one.messages]
        whole = self._in_order(records, roles)
        if whole and len(roles) == _SINGLE_TURN * len(records):
            return [
                (
                    one.system[0].text if one.system else "",
                    one.messages[0].content[0].text,
                    one.messages[1].content[0].text,
                )
                for one in records
            ]
        return [
            (one.system[0].text if one.system else "", *[message.content[0].text for message in one.messages])
            for one in records
        ]

    def _in_order(self, records: list[_Conversation], roles: Sequence[str]) -> bool:
        """Tell whether every record ends with the assistant; raise where one is not surely in order."""
        if "single-turn" in self.rules and any(len(one.messages) > _SINGLE_TURN for one in records):
            raise NotPerfectError
        whole = not any(len(one.messages) % 2 for one in records)
        if whole:  # then all alternate where the roles of all together do
            half = len(roles) // 2
            fits = roles[::2].count("user") == half == roles[1::2].count("assistant")
        else:
            fits = self.answer_optional and all(one.messages[0].role == "user" for one in records)
            fits = fits and len(roles) == 2 * len(records) - sum(len(one.messages) == 1 for one in records)
        if not fits:
            raise NotPerfectError
        return whole

    @cached_property
    def _versions(self) -> frozenset[str | None] | None:
        """Return the versions that a record may have, None among them where it need not have one."""
        if "schema-version" not in self.rules:
            return None
        none = () if self.rules.required("schema-version") else (None,)
        return frozenset([*self.rules.values("schema-version"), *none])

    @cached_property
    def _rich(self) -> RichRecords:
        return RichRecords(self.rules, reasoning=self.reasoning)

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
            yield Fault(
                "single-turn", "messages", "should be a single turn", Shown(f"{len(roles)} messages"), fix
            )

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
