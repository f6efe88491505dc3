"""Chats with plain strings: Anthropic's messages, and OpenAI's for reinforcement fine-tuning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

import msgspec

from constructs_lib.datasets.faults import Fault, Shown

from .base import Format, NotPerfectError
from .record_checks import kind_of, known_fields, needs, text, typed
from .roles import order, role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .record_checks import Record, Seen

_ANSWER = "reference_answer"
_Filled: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]


class _Message(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["user", "assistant"]
    content: _Filled


class _Chat(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: Annotated[list[_Message], msgspec.Meta(min_length=1)]
    system: str | None = None


@dataclass(frozen=True)
class AnthropicMessages(Format):
    """The format `anthropic-messages`."""

    record: ClassVar[type[msgspec.Struct]] = _Chat

    def _texts(self, records: list[_Chat]) -> list[tuple[str, ...]]:
        """Give the system text ("" for none) and the content of every message."""
        roles = [message.role for one in records for message in one.messages]
        half = len(roles) // 2
        alternate = roles[::2].count("user") == half == roles[1::2].count("assistant")
        if not alternate or any(len(one.messages) % 2 for one in records):
            raise NotPerfectError
        return [(one.system or "", *[message.content for message in one.messages]) for one in records]

    def _faults(self, record: Record, seen: Seen) -> Iterator[Fault]:
        yield from known_fields(record, {"system", "messages"})
        system = record.get("system")
        if system is not None:
            yield from typed(record, "system", str)
        if isinstance(system, str):
            seen.texts.append(system)
            yield from self.words.faults(system, "system", prompt=True)
        yield from needs(record, "messages", list)
        if isinstance(record.get("messages"), list):
            yield from self._messages(record["messages"], seen)

    def _messages(self, messages: list[Any], seen: Seen) -> Iterator[Fault]:
        if not messages:
            yield Fault("missing-field", "messages", "must hold messages", [], "add them, or drop the record")
            return
        for index, message in enumerate(messages):
            yield from self._message(message, f"messages[{index}]", seen)
        roles = [message.get("role") if isinstance(message, dict) else None for message in messages]
        yield from order(roles, self.rules)

    def _message(self, message: object, path: str, seen: Seen) -> Iterator[Fault]:
        if not isinstance(message, dict):
            fix = f"write an object with role and content instead of {kind_of(message)}"
            yield Fault("field-type", path, "must be an object", message, fix)
            return
        yield from known_fields(message, {"role", "content"}, path)
        yield from role(message, path, ("user", "assistant"))
        yield from needs(message, "content", str, path)
        if isinstance(message.get("content"), str):
            place = f"{path}.content"
            yield from text(message["content"], place, self.rules, seen)
            yield from self.words.faults(message["content"], place, prompt=message.get("role") != "assistant")


class _Turn(msgspec.Struct, gc=False):
    role: Literal["system", "user", "assistant"]
    content: _Filled


class _Prompt(msgspec.Struct, gc=False):
    messages: list[_Turn]
    reference_answer: msgspec.Raw = msgspec.Raw()


@dataclass(frozen=True)
class ReinforcementChat(Format):
    """The format `rft-openai-chat`: fields beyond `messages` go to the grader."""

    record: ClassVar[type[msgspec.Struct]] = _Prompt
    texts_tell_apart: ClassVar[bool] = False

    def perfect(self, lines: bytes) -> list[tuple[str, ...]]:
        """Give the texts of every line, where all lines keep the rules; else raise a ValueError."""
        if not lines.isascii():
            lines.decode()  # fields that are passed over are not decoded, and must be UTF-8 too
        return super().perfect(lines)

    def _texts(self, records: list[_Prompt]) -> list[tuple[str, ...]]:
        """Give the content of every message."""
        if not all(map(_is_prompt, records)):
            raise NotPerfectError
        return [tuple([turn.content for turn in one.messages]) for one in records]

    def _faults(self, record: Record, seen: Seen) -> Iterator[Fault]:
        yield from needs(record, "messages", list)
        messages = record.get("messages")
        if isinstance(messages, list):
            for index, message in enumerate(messages):
                yield from self._message(message, index, seen)
            if not any(isinstance(message, dict) and message.get("role") == "user" for message in messages):
                what = "must hold at least one message of the user"
                yield Fault(
                    "missing-field", "messages", what, Shown(f"{len(messages)} others"), "add the prompt"
                )
        if "reference-answer" in self.rules and record.get(_ANSWER, 0) in ("", {}, []):
            fix = "write what the grader shall compare with, or leave the field out"
            yield Fault("reference-answer", _ANSWER, "should not be empty", record[_ANSWER], fix)

    def _message(self, message: object, index: int, seen: Seen) -> Iterator[Fault]:
        path = f"messages[{index}]"
        if not isinstance(message, dict):
            fix = f"write an object with role and content instead of {kind_of(message)}"
            yield Fault("field-type", path, "must be an object", message, fix)
            return
        yield from role(message, path, ("system", "user", "assistant"))
        if "system-first" in self.rules and index and message.get("role") == "system":
            fix = "move it to the start"
            yield Fault("system-first", f"{path}.role", "should be in the first message", "system", fix)
        if isinstance(message.get("content"), list):
            yield from self._parts(message["content"], f"{path}.content", seen)
        else:
            yield from needs(message, "content", str, path)
        if isinstance(message.get("content"), str):
            yield from text(message["content"], f"{path}.content", self.rules, seen)

    def _parts(self, parts: list[object], path: str, seen: Seen) -> Iterator[Fault]:
        for index, part in enumerate(parts):
            place = f"{path}[{index}]"
            if isinstance(part, dict) and part.get("type") == "text":
                yield from needs(part, "text", str, place)
                if isinstance(part.get("text"), str):
                    yield from text(part["text"], f"{place}.text", self.rules, seen)
            else:
                fix = 'write {"type": "text", "text": "..."}, or a plain string'
                yield Fault("content-block", place, "must be a part of text", part, fix)


def _is_prompt(record: _Prompt) -> bool:
    """Tell whether there is a user, no late system message, and no empty reference answer."""
    roles = [turn.role for turn in record.messages]
    return "user" in roles and "system" not in roles[1:] and bytes(record.reference_answer) not in _EMPTY


_EMPTY = (b'""', b"{}", b"[]")
