"""Recognizes valid chats with plain strings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import msgspec

from .base import Filled, Recognizer, UncertainError

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Message(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["user", "assistant"]
    content: Filled


class _Chat(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: Annotated[list[_Message], msgspec.Meta(min_length=1)]
    system: str | None = None


@dataclass(frozen=True)
class Chats(Recognizer):
    """Recognizes records of the format `anthropic-messages`."""

    record: ClassVar[type[msgspec.Struct]] = _Chat

    def _accept(self, records: list[_Chat]) -> list[tuple[str, ...]]:
        """Return the system text ("" for none) and the content of every message."""
        roles = [message.role for one in records for message in one.messages]
        half = len(roles) // 2
        alternate = roles[::2].count("user") == half == roles[1::2].count("assistant")
        if not alternate or any(len(one.messages) % 2 for one in records):
            raise UncertainError
        return [(one.system or "", *[message.content for message in one.messages]) for one in records]


class _Turn(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["system", "user", "assistant"]
    content: Filled


class _Parameters(msgspec.Struct, gc=False):
    type: Literal["object"]
    properties: dict[str, msgspec.Raw]
    required: list[str] | None = None


class _Function(msgspec.Struct, gc=False):
    name: Filled
    description: Filled
    parameters: _Parameters


class _Tool(msgspec.Struct, gc=False):
    type: Literal["function"]
    function: _Function


class _Prompt(msgspec.Struct, gc=False):
    messages: list[_Turn]
    reference_answer: Filled | Annotated[dict[str, msgspec.Raw], msgspec.Meta(min_length=1)]
    id: Filled | None = None
    tools: Annotated[list[_Tool], msgspec.Meta(min_length=1)] | None = None


@dataclass(frozen=True)
class Prompts(Recognizer):
    """Recognizes records of the format `rft-openai-chat`."""

    record: ClassVar[type[msgspec.Struct]] = _Prompt
    texts_identify_record: ClassVar[bool] = False

    def accept_plain(self, lines: bytes) -> list[tuple[str, ...]]:
        """Return the texts of every line, where all lines keep the rules; else raise a ValueError."""
        if not lines.isascii():
            lines.decode()  # the fields that are not read are not decoded, and must be UTF-8 too
        return super().accept_plain(lines)

    def _accept(self, records: list[_Prompt]) -> list[tuple[str, ...]]:
        """Return the content of every message."""
        if not all(map(_is_prompt, records)):
            raise UncertainError
        return [tuple([turn.content for turn in one.messages]) for one in records]


def _is_prompt(record: _Prompt) -> bool:
    """Return whether there is a user, no late system message, and nothing that is blank."""
    roles = [turn.role for turn in record.messages]
    if "user" not in roles or "system" in roles[1:]:
        return False
    answer, name, tools = record.reference_answer, record.id, record.tools
    blank = (isinstance(answer, str) and answer.isspace()) or (name is not None and name.isspace())
    return not blank and (tools is None or _are_tools(tools))


def _are_tools(tools: Sequence[_Tool]) -> bool:
    names = [tool.function.name for tool in tools]
    texts = [*names, *[tool.function.description for tool in tools]]
    return len({*names}) == len(names) and not any(map(str.isspace, texts))
