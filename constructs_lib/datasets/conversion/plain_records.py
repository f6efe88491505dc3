"""A fast way for plain text: many lines are converted at once, where nothing has to be changed or dropped.

Texts are neither decoded nor encoded: a JSON string is copied as it is written, after msgspec has checked it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import itemgetter
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from .dialogue import ALTERNATING
from .targets import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Plain: TypeAlias = tuple[bytes, Sequence[bytes]]
    """The system text, b"" for none, and the texts of the user and the assistant in turns: JSON strings."""

_Unread: TypeAlias = msgspec.Raw | UnsetType
_TURN = 2
_MOST_FIELDS = 200
_EMPTY = b'""'
_QUOTE = b'"'
_NOT_IN_STRUCTS = re.compile(r'[\x00-\x1f"\\\ud800-\udfff]')  # msgspec has no fields of such names


class UncertainError(ValueError):
    """At least one line needs the way that can change and drop records."""


class _ChatMessage(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["system", "user", "assistant"]
    content: msgspec.Raw


class _Chat(msgspec.Struct, gc=False):
    """A chat; what changes or drops it has to be null, if it is there."""

    messages: list[_ChatMessage]
    system: None = None
    tools: None = None
    functions: None = None
    toolConfig: None = None  # noqa: N815 - the name in the Converse API


class _Said(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["system", "human", "gpt"] = msgspec.field(name="from")
    content: msgspec.Raw = msgspec.field(name="value")


class _ShareGpt(msgspec.Struct, gc=False):
    messages: list[_Said] = msgspec.field(name="conversations")
    system: None = None
    system_prompt: None = None
    tools: None = None
    functions: None = None
    toolConfig: None = None  # noqa: N815 - as above


class _Alpaca(msgspec.Struct, gc=False):
    instruction: msgspec.Raw
    output: msgspec.Raw
    input: msgspec.Raw = msgspec.Raw(_EMPTY)
    context: None = None
    system: None = None
    history: None = None


def _of_openai(record: _Chat) -> Plain:
    return _of_chat(record, _OPENAI)


def _of_sharegpt(record: _ShareGpt) -> Plain:
    return _of_chat(record, _SHAREGPT)


def _of_chat(record: _Chat | _ShareGpt, orders: list[list[str]]) -> Plain:
    messages = record.messages
    system = b""
    if messages and messages[0].role == "system":
        system, messages = bytes(messages[0].content), messages[1:]
    half = len(messages) // _TURN
    if not half or half >= len(orders) or [one.role for one in messages] != orders[half]:
        raise UncertainError
    return system, [bytes(one.content) for one in messages]


_OPENAI = ALTERNATING
_SHAREGPT = [["human", "gpt"] * half for half in range(len(ALTERNATING))]


def _of_alpaca(record: _Alpaca) -> Plain:
    prompt, given = bytes(record.instruction), bytes(record.input)
    if given != _EMPTY:
        if not given.startswith(_QUOTE) or len(prompt) <= _TURN:
            raise UncertainError
        prompt = b"%b\\n\\n%b" % (prompt[:-1], given[1:])
    return b"", (prompt, bytes(record.output))


def _of_pair(record: Any) -> Plain:  # noqa: ANN401 - a struct that is made for the columns
    return b"", (bytes(record.prompt), bytes(record.completion))


def _of_pair_with_system(record: Any) -> Plain:  # noqa: ANN401 - as above
    return bytes(record.system), (bytes(record.prompt), bytes(record.completion))


_READERS: dict[str, tuple[type[msgspec.Struct], Callable[[Any], Plain]]] = {
    "openai": (_Chat, _of_openai),
    "sharegpt": (_ShareGpt, _of_sharegpt),
    "alpaca": (_Alpaca, _of_alpaca),
}

_SYSTEM = b'{"schemaVersion":"%b","system":[{"text":%%b}],"messages":[' % VERSION.encode()
_NO_SYSTEM = b'{"schemaVersion":"%b","messages":[' % VERSION.encode()
_BOTH = b'{"role":"user","content":[{"text":%b}]},{"role":"assistant","content":[{"text":%b}]}'
_BOTH_PLAIN = b'{"role":"user","content":%b},{"role":"assistant","content":%b}'


def _conversation(found: Plain) -> bytes:
    system, texts = found
    start = _SYSTEM % system if system else _NO_SYSTEM
    turns = b",".join([_BOTH] * (len(texts) // _TURN)) if len(texts) > _TURN else _BOTH
    return start + turns % tuple(texts) + b"]}"


def _single_conversation(found: Plain) -> bytes:
    if len(found[1]) > _TURN:
        raise UncertainError
    return _conversation(found)


def _messages(found: Plain) -> bytes:
    system, texts = found
    start = b'{"system":%b,"messages":[' % system if system else b'{"messages":['
    return start + b",".join([_BOTH_PLAIN] * (len(texts) // _TURN)) % tuple(texts) + b"]}"


def _pair(found: Plain) -> bytes:
    system, texts = found
    if system or len(texts) > _TURN:
        raise UncertainError
    return b'{"prompt":%b,"completion":%b}' % tuple(texts)


_WRITERS: dict[str, Callable[[Plain], bytes]] = {
    "bedrock-conversation-2024": _conversation,
    "bedrock-conversation-2024+reasoning": _conversation,
    "distillation-prompts": _single_conversation,
    "anthropic-messages": _messages,
    "prompt-completion": _pair,
}


@dataclass(frozen=True, slots=True)
class PlainRecords:
    """Converts lines of one shape into one format, where all of them are plain text and in order."""

    _decode: Callable[[bytes], list[Any]]
    _read: Callable[[Any], Plain]
    _write: Callable[[Plain], bytes]

    @classmethod
    def of(
        cls, shape: str, format: str, names: Sequence[str], columns: Mapping[str, str]
    ) -> PlainRecords | None:
        """Return what converts a shape into a format; None where there is no fast way.

        Args:
            shape: the shape of the records.
            format: the format to write.
            names: the fields of the first records.
            columns: which of them holds what, for pairs.
        """
        write = _WRITERS.get(format)
        if write is None:
            return None
        if shape in _READERS:
            record, read = _READERS[shape]
            return cls(_decoder(record), read, write)
        known = {"prompt", "completion"} <= columns.keys() <= {"prompt", "completion", "system"}
        if shape != "pairs" or not known or len(names) > _MOST_FIELDS:
            return None
        if any(map(_NOT_IN_STRUCTS.search, names)):
            return None
        of_pair = _of_pair_with_system if "system" in columns else _of_pair
        return cls(_decoder(_pair_type(names, columns)), of_pair, write)

    def convert(self, lines: bytes) -> tuple[bytes, int]:
        """Return what lines become, and how many they are.

        Args:
            lines: whole lines, without the end of the last.

        Raises:
            ValueError: at least one line needs the way that can change and drop records.
            RecursionError: a line is nested too deep.
        """
        listed = lines.replace(b"\n", b"\n,")
        records = self._decode(b"[%b]" % listed)
        if len(records) != len(listed) - len(lines) + 1:
            raise UncertainError
        if not lines.isascii():
            lines.decode()  # what is copied or not read is not decoded, and must be UTF-8 too
        found = [*map(self._read, records)]
        texts = [text for _, some in found for text in some]
        texts += [system for system, _ in found if system]
        if bytes(map(_FIRST_BYTE, texts)).strip(_QUOTE) or _EMPTY in texts:
            raise UncertainError  # a text is no string, or is empty
        written = b"\n".join(map(self._write, found))
        return written + b"\n", len(records)


_FIRST_BYTE = itemgetter(0)


def _decoder(record: type[msgspec.Struct]) -> Callable[[bytes], list[Any]]:
    decoder: msgspec.json.Decoder[list[Any]] = msgspec.json.Decoder(GenericAlias(list, record))
    return decoder.decode


def _pair_type(names: Sequence[str], columns: Mapping[str, str]) -> type[msgspec.Struct]:
    """Return the type of a record with these fields and no other, because another could be the prompt."""
    by_name = {name: role for role, name in columns.items()}
    needed: list[Any] = []
    others: list[Any] = []
    for at, name in enumerate(names):
        role = by_name.get(name)
        if role is not None:
            needed.append((role, msgspec.Raw, msgspec.field(name=name)))
        else:
            others.append((f"field{at}", _Unread, msgspec.field(name=name, default=UNSET)))
    return msgspec.defstruct("_Fields", [*needed, *others], gc=False, forbid_unknown_fields=True)
