"""The content blocks of a message: text, image, video, reasoning, tools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.datasets.faults import Fault, Shown

from .media import media
from .record_checks import kind_of, known_fields, needs, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .record_checks import Record, Rules, Seen
    from .reserved_words import ReservedWords

_MEDIA = ("image", "video")
_TOOLS = ("toolUse", "toolResult")
_REASONING = "reasoningContent"


@dataclass(frozen=True, slots=True)
class Blocks:
    """What may stand in a message's content.

    Args:
        rules: The model's.
        words: The words that prompts must not hold.
        reasoning: Whether the assistant's turns may hold reasoning.
    """

    rules: Rules
    words: ReservedWords
    reasoning: bool

    def faults(self, content: Sequence[object], role: object, path: str, seen: Seen) -> Iterator[Fault]:
        """Say everything that is wrong with a message's content."""
        if not content:
            yield Fault("missing-field", path, "must hold content", [], "add a text, or drop the message")
        for index, block in enumerate(content):
            yield from self._block(block, role, f"{path}[{index}]", seen)
        texts = sum(isinstance(block, dict) and "text" in block for block in content)
        if "single-text-block" in self.rules and texts > 1:
            what = "should hold one text: AWS's validator takes no more"
            yield Fault("single-text-block", path, what, Shown(f"{texts} texts"), "join them")

    def _block(self, block: object, role: object, path: str, seen: Seen) -> Iterator[Fault]:
        if not isinstance(block, dict):
            fix = f'write an object such as {{"text": "..."}} instead of {kind_of(block)}'
            yield Fault("field-type", path, "must be an object", block, fix)
            return
        names = [name for name in block if name in self._names()]
        if len(names) != 1 or len(block) != 1:
            what = f"must hold exactly one of {', '.join(self._names())}"
            yield Fault(
                "content-block", path, what, Shown(", ".join(block) or "nothing"), "make one block of each"
            )
        for name in names:
            yield from self._part(name, block[name], role, f"{path}.{name}", seen)

    def _names(self) -> tuple[str, ...]:
        tools = _TOOLS if "tool-use" in self.rules else ()
        return ("text", *_MEDIA, *((_REASONING,) if self.reasoning else ()), *tools)

    def _part(self, name: str, value: object, role: object, path: str, seen: Seen) -> Iterator[Fault]:
        if name == "text":
            yield from text(value, path, self.rules, seen)
            if isinstance(value, str):
                yield from self.words.faults(value, path, prompt=role != "assistant")
        elif name in _MEDIA:
            yield from self._media(name, value, role, path, seen)
        elif name == _REASONING:
            yield from self._reasoning(value, role, path, seen)
        else:
            fix = "leave tools out, or expect the job to refuse the record"
            yield Fault("tool-use", path, "should not be there: tools are not documented here", name, fix)

    def _media(self, kind: str, value: object, role: object, path: str, seen: Seen) -> Iterator[Fault]:
        if "text-only" in self.rules:
            what = f"should not be there: the model takes text only{_note(self.rules, 'text-only')}"
            yield Fault("text-only", path, what, kind, "take the record out, or choose another model")
        if "media-role" in self.rules and role == "assistant":
            what = "must not stand in the assistant's answer"
            yield Fault("media-role", path, what, kind, "put it into the user's message")
        if isinstance(value, dict):
            yield from media(value, kind, path, self.rules, seen)
        else:
            fix = f"write an object with format and source instead of {kind_of(value)}"
            yield Fault("field-type", path, "must be an object", value, fix)

    def _reasoning(self, value: object, role: object, path: str, seen: Seen) -> Iterator[Fault]:
        if role != "assistant":
            fix = "put it into the assistant's message"
            yield Fault("content-block", path, "must stand in the assistant's answer", role, fix)
        inner = value.get("reasoningText") if isinstance(value, dict) else None
        if not isinstance(value, dict) or list(value) != ["reasoningText"] or not isinstance(inner, dict):
            got = value if not isinstance(value, dict) else ", ".join(value) or "nothing"
            fix = 'write {"reasoningText": {"text": "..."}}'
            yield Fault("reasoning-text-only", path, "must hold reasoningText, and nothing else", got, fix)
            return
        yield from self._reasoning_text(inner, f"{path}.reasoningText", seen)

    def _reasoning_text(self, inner: Record, path: str, seen: Seen) -> Iterator[Fault]:
        yield from known_fields(inner, {"text", "signature"}, path)
        yield from needs(inner, "text", str, path)
        if isinstance(inner.get("text"), str):
            yield from text(inner["text"], f"{path}.text", self.rules, seen)


def _note(rules: Rules, name: str) -> str:
    rule = rules.get(name)
    return f" ({rule.note})" if rule and rule.note else ""
