"""Recognizes valid conversations in the form of the Converse API."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import msgspec
from msgspec import UNSET, UnsetType

from ..content_blocks import is_valid_reference
from ..record_checks import Seen
from .base import Filled, Recognizer, UncertainError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..record_checks import Rules

_SINGLE_TURN = 2
_OTHER_KINDS = 3


class _Text(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    text: Filled


class _Message(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["user", "assistant"]
    content: tuple[_Text]


class _Conversation(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: Annotated[list[_Message], msgspec.Meta(min_length=1)]
    system: tuple[_Text] | UnsetType | None = UNSET
    schemaVersion: str | UnsetType | None = UNSET  # noqa: N815 - the format's own name


@dataclass(frozen=True)
class Conversations(Recognizer):
    """Recognizes conversations.

    Args:
        rules: the model's.
        reasoning: whether the assistant's turns may hold reasoning.
        answer_optional: whether a record may end with the user, as in a distillation.
    """

    record: ClassVar[type[msgspec.Struct]] = _Conversation
    rich_marks: ClassVar[tuple[bytes, ...]] = (b'"image"', b'"video"', b'"reasoningContent"')
    reasoning: bool = False
    answer_optional: bool = False

    def accept_rich(self, line: bytes) -> Seen | None:
        """Return what a valid record with media, reasoning or several texts holds; None for any other."""
        return None if self.answer_optional else self._rich.accept(line)

    def _accept(self, records: list[_Conversation]) -> list[tuple[str, ...]]:
        """Return the system text ("" for none) and the text of every message."""
        versions = self._versions
        if versions is not None and not versions.issuperset([one.schemaVersion for one in records]):
            raise UncertainError
        if "single-system-text" in self.rules and any(one.system is None for one in records):
            raise UncertainError
        roles = [message.role for one in records for message in one.messages]
        whole = self._end_with_answers(records, roles)
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

    def _end_with_answers(self, records: list[_Conversation], roles: Sequence[str]) -> bool:
        """Return whether every record ends with the assistant; raise where one is not certainly valid."""
        if "single-turn" in self.rules and any(len(one.messages) > _SINGLE_TURN for one in records):
            raise UncertainError
        whole = not any(len(one.messages) % 2 for one in records)
        if whole:  # then all alternate where the roles of all together do
            half = len(roles) // 2
            fits = roles[::2].count("user") == half == roles[1::2].count("assistant")
        else:
            fits = self.answer_optional and all(one.messages[0].role == "user" for one in records)
            fits = fits and len(roles) == 2 * len(records) - sum(len(one.messages) == 1 for one in records)
        if not fits:
            raise UncertainError
        return whole

    @cached_property
    def _versions(self) -> frozenset[str | UnsetType | None] | None:
        """Return the versions that a record may have: UNSET where it may have none. None: any."""
        known = self.rules.get("schema-version")
        if known is None:
            return None
        none = () if known.required else (UNSET,) if known.certain else (UNSET, None)
        return frozenset([*known.values, *none])

    @cached_property
    def _rich(self) -> _RichRecords:
        return _RichRecords(self.rules, self._versions, reasoning=self.reasoning)


class _Location(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    uri: str


class _Source(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    location: _Location = msgspec.field(name="s3Location")


class _Media(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    format: str
    source: _Source


class _Thought(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    text: str


class _Reasoning(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    thought: _Thought = msgspec.field(name="reasoningText")


class _Block(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    text: str | UnsetType = UNSET
    image: _Media | UnsetType = UNSET
    video: _Media | UnsetType = UNSET
    reasoning: _Reasoning | UnsetType = msgspec.field(name="reasoningContent", default=UNSET)


class _RichMessage(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["user", "assistant"]
    content: list[_Block]


class _RichConversation(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: list[_RichMessage]
    system: list[_Text] | UnsetType | None = UNSET
    schemaVersion: str | UnsetType | None = UNSET  # noqa: N815 - the format's own name


class _RichRecords:
    """Recognizes valid conversations that hold more than plain text.

    `Conversation.check` states the same rules. It could accept these records too, but takes 20 microseconds
    for one; this takes 7. A test proves that what is accepted here breaks no rule there.

    Args:
        rules: the model's.
        versions: the versions that a record may have. None: any.
        reasoning: whether the assistant's turns may hold reasoning.
    """

    def __init__(
        self, rules: Rules, versions: frozenset[str | UnsetType | None] | None, *, reasoning: bool
    ) -> None:
        self._decode: Callable[[bytes], _RichConversation] = msgspec.json.Decoder(_RichConversation).decode
        self._versions = versions
        self._one_system = "single-system-text" in rules
        self._reasoning = reasoning
        doubtful = rules.values("format-contradicted")
        self._formats = {
            kind: frozenset(rules.values(f"{kind}-format")).difference(doubtful)
            for kind in ("image", "video")
        }
        self._names = "media-name" in rules
        self._most = {"image": rules.most("images-per-record"), "video": rules.most("videos-per-record")}
        self._fewest = min(self._most.values())
        self._kinds = {"image", "video"} if "text-only" not in rules else set()
        self._kinds -= {"video"} if "images-only" in rules else set()

    def accept(self, line: bytes) -> Seen | None:
        """Return the texts and media of a valid line; return None or raise a ValueError for any other."""
        record = self._decode(line)
        valid = self._versions is None or record.schemaVersion in self._versions
        system = record.system or ()
        single = not self._one_system or record.system is UNSET or len(system) == 1
        if not valid or not single or not record.messages:
            return None
        seen = Seen([block.text for block in system])
        for at, message in enumerate(record.messages):
            if message.role != ("assistant" if at % 2 else "user") or not message.content:
                return None
            if self._reasoning and all(block.reasoning is not UNSET for block in message.content):
                return None
            for index, block in enumerate(message.content):
                if not self._accepts(block, message.role, f"messages[{at}].content[{index}]", seen):
                    return None
        if len(record.messages) % 2 or not self._has_few(seen):
            return None
        seen.rich = seen.rich or len(seen.texts) != len(record.messages) + len(system) or len(system) > 1
        return seen

    def _accepts(self, block: _Block, role: str, path: str, seen: Seen) -> bool:
        text, image, video, reasoning = block.text, block.image, block.video, block.reasoning
        if (text is UNSET) + (image is UNSET) + (video is UNSET) + (reasoning is UNSET) != _OTHER_KINDS:
            return False
        if not isinstance(reasoning, UnsetType):
            seen.rich = True
            text = reasoning.thought.text if self._reasoning and role == "assistant" else ""
        if isinstance(text, str):
            seen.texts.append(text)
            return bool(text)
        kind, found = ("video", video) if isinstance(image, UnsetType) else ("image", image)
        return isinstance(found, _Media) and role == "user" and self._fits(kind, found, path, seen)

    def _fits(self, kind: str, found: _Media, path: str, seen: Seen) -> bool:
        uri, formats = found.source.location.uri, self._formats[kind]
        seen.rich = True
        seen.media.append((kind, f"{path}.{kind}.source.s3Location.uri", uri))
        fits = kind in self._kinds and (not formats or found.format in formats)
        return fits and is_valid_reference(uri, named=self._names)

    def _has_few(self, seen: Seen) -> bool:
        if len(seen.media) <= self._fewest:
            return True
        kinds = [kind for kind, _, _ in seen.media]
        return all(kinds.count(kind) <= most for kind, most in self._most.items())
