"""Conversations with images, videos or reasoning that are surely in order, recognized fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import UNSET, UnsetType

from .media import looks_right
from .record_checks import Seen

if TYPE_CHECKING:
    from collections.abc import Callable

    from .record_checks import Rules


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


class _Message(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["user", "assistant"]
    content: list[_Block]


class _Text(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    text: str


class _Conversation(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: list[_Message]
    system: list[_Text] | None = None
    schemaVersion: str | None = None  # noqa: N815 # the format's own name


class RichRecords:
    """Recognizes conversations in which media stand where the model takes them.

    Args:
        rules: The model's.
        reasoning: Whether the assistant's turns may hold reasoning.
    """

    def __init__(self, rules: Rules, *, reasoning: bool) -> None:
        self._decode: Callable[[bytes], _Conversation] = msgspec.json.Decoder(_Conversation).decode
        self._versions = (
            *rules.values("schema-version"),
            *(() if rules.required("schema-version") else (None,)),
        )
        self._any_version = "schema-version" not in rules
        self._one_system = "single-system-text" in rules
        self._reasoning = reasoning
        self._formats = {kind: frozenset(rules.values(f"{kind}-format")) for kind in ("image", "video")}
        self._names = "media-name" in rules
        self._most = {"image": rules.most("images-per-record"), "video": rules.most("videos-per-record")}
        self._fewest = min(self._most.values())
        self._media = "text-only" not in rules

    def seen(self, line: bytes) -> Seen | None:
        """Give the texts and media of a line in order; give None or raise a ValueError for any other."""
        record = self._decode(line)
        in_order = self._any_version or record.schemaVersion in self._versions
        system = record.system or ()
        if not in_order or (self._one_system and len(system) > 1) or not record.messages:
            return None
        seen = Seen([block.text for block in system])
        for at, message in enumerate(record.messages):
            if message.role != ("assistant" if at % 2 else "user") or not message.content:
                return None
            for index, block in enumerate(message.content):
                if not self._takes(block, message.role, f"messages[{at}].content[{index}]", seen):
                    return None
        if len(record.messages) % 2 or not self._few(seen):
            return None
        seen.rich = seen.rich or len(seen.texts) != len(record.messages) + len(system) or len(system) > 1
        return seen

    def _takes(self, block: _Block, role: str, path: str, seen: Seen) -> bool:
        text, image, video, reasoning = block.text, block.image, block.video, block.reasoning
        if (text is UNSET) + (image is UNSET) + (video is UNSET) + (reasoning is UNSET) != _OTHERS:
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
        fits = self._media and (not formats or found.format in formats)
        return fits and looks_right(uri, named=self._names)

    def _few(self, seen: Seen) -> bool:
        if len(seen.media) <= self._fewest:
            return True
        kinds = [kind for kind, _, _ in seen.media]
        return all(kinds.count(kind) <= most for kind, most in self._most.items())


_OTHERS = 3
