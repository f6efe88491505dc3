"""Recognizes valid conversations in the form of the Converse API."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import msgspec
from msgspec import UNSET, UnsetType

from ..content_blocks import are_valid_references
from .base import Filled, Recognizer, RichRecords, UncertainError, decoded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..record_checks import Rules

_SINGLE_TURN = 2


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
    reasoning: bool = False
    answer_optional: bool = False

    def accept_rich(self, lines: bytes) -> RichRecords | None:
        """Return what valid records with media, reasoning or several texts hold."""
        return None if self.answer_optional else self._rich.accept(lines)

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
    def _rich(self) -> _Rich:
        return _Rich(self.rules, self._versions, reasoning=self.reasoning)


class _Location(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    uri: str


class _Source(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    location: _Location = msgspec.field(name="s3Location")


class _Media(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    format: str
    source: _Source


class _Thought(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    text: Filled


class _Reasoning(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    thought: _Thought = msgspec.field(name="reasoningText")


class _Block(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    text: Filled | UnsetType = UNSET
    image: _Media | UnsetType = UNSET
    video: _Media | UnsetType = UNSET
    reasoning: _Reasoning | UnsetType = msgspec.field(name="reasoningContent", default=UNSET)


class _RichMessage(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["user", "assistant"]
    content: Annotated[list[_Block], msgspec.Meta(min_length=1)]


class _RichConversation(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: Annotated[list[_RichMessage], msgspec.Meta(min_length=1)]
    system: list[_Text] | UnsetType | None = UNSET
    schemaVersion: str | UnsetType | None = UNSET  # noqa: N815 - the format's own name


class _Rich:
    """Recognizes valid conversations that hold more than plain text.

    `Conversation.check` states the same rules; a test proves that what is accepted here breaks none of them.

    Args:
        rules: the model's.
        versions: the versions that a record may have. None: any.
        reasoning: whether the assistant's turns may hold reasoning.
    """

    def __init__(
        self, rules: Rules, versions: frozenset[str | UnsetType | None] | None, *, reasoning: bool
    ) -> None:
        self._decode = msgspec.json.Decoder(list[_RichConversation]).decode
        self._versions = versions
        self._one_system = "single-system-text" in rules
        self._reasoning = reasoning
        doubtful = rules.values("format-contradicted")
        self._formats = {
            kind: frozenset(rules.values(f"{kind}-format")).difference(doubtful)
            for kind in ("image", "video")
        }
        self._named = "media-name" in rules
        self._most = {"image": rules.most("images-per-record"), "video": rules.most("videos-per-record")}
        self._fewest = min(self._most.values())
        self._kinds = {"image", "video"} if "text-only" not in rules else set()
        self._kinds -= {"video"} if "images-only" in rules else set()

    def accept(self, lines: bytes) -> RichRecords:
        """Return what valid lines hold; raise a ValueError where one is not certainly valid."""
        records = decoded(self._decode, lines)
        versions = self._versions
        if versions is not None and not versions.issuperset([one.schemaVersion for one in records]):
            raise UncertainError
        _require_turns(records)
        found = RichRecords()
        for number, record in enumerate(records):
            texts = [""] if record.system is UNSET else self._system(record.system)
            rich, media = len(texts) != 1, len(found.media)
            for at, message in enumerate(record.messages):
                block = message.content[0]
                if len(message.content) > 1 or not block.image is block.video is block.reasoning is UNSET:
                    rich = True
                    self._take(message.content, (number, at), texts, found.media)
                elif block.text is not UNSET:
                    texts.append(block.text)
                else:
                    raise UncertainError
            shown = len(found.media) - media
            if shown > self._fewest:
                self._require_few([one[1] for one in found.media[media:]])
            if not shown and found.plain is None:
                found.plain = number
            found.texts.append(tuple(texts))
            found.rich.append(rich)
        if not are_valid_references([one[4] for one in found.media], named=self._named):
            raise UncertainError
        return found

    def _system(self, system: list[_Text] | None) -> list[str]:
        """Return the system's texts; one that is empty where there is none."""
        texts = [block.text for block in system or ()]
        if self._one_system and len(texts) != 1:
            raise UncertainError
        return texts or [""]

    def _take(
        self,
        content: list[_Block],
        where: tuple[int, int],
        texts: list[str],
        media: list[tuple[int, str, int, int, str]],
    ) -> None:
        """Take the texts and media of a message, the number of its record and its own given as `where`."""
        is_only_reasoning = True
        for index, block in enumerate(content):
            text, reasoning = block.text, block.reasoning
            if reasoning is not UNSET:
                if not (text is block.image is block.video is UNSET and self._reasoning and where[1] % 2):
                    raise UncertainError
                texts.append(reasoning.thought.text)
                continue
            is_only_reasoning = False
            if text is UNSET:
                media.append((where[0], *self._reference(block, where[1], index)))
            elif block.image is block.video is UNSET:
                texts.append(text)
            else:
                raise UncertainError
        if is_only_reasoning:
            raise UncertainError

    def _reference(self, block: _Block, at: int, index: int) -> tuple[str, int, int, str]:
        """Return the kind, message, block and URI of an image or a video."""
        kind, shown = "image", block.image
        if shown is UNSET:
            kind, shown = "video", block.video
        elif block.video is not UNSET:
            raise UncertainError
        if shown is UNSET or at % 2 or kind not in self._kinds:
            raise UncertainError
        if self._formats[kind] and shown.format not in self._formats[kind]:
            raise UncertainError
        return kind, at, index, shown.source.location.uri

    def _require_few(self, kinds: list[str]) -> None:
        if any(kinds.count(kind) > most for kind, most in self._most.items()):
            raise UncertainError


def _require_turns(records: list[_RichConversation]) -> None:
    """Require that messages alternate in every record, and that it ends with an answer."""
    roles = [message.role for one in records for message in one.messages]
    half = len(roles) // 2
    if any([len(one.messages) % 2 for one in records]):  # noqa: C419 - a list is faster
        raise UncertainError
    if not roles[::2].count("user") == half == roles[1::2].count("assistant"):
        raise UncertainError
