"""What every shape is read into and every format is written from, and why a record cannot be converted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

Content: TypeAlias = str | list[dict[str, Any]]
"""One plain text, or content blocks as the Converse API has them."""

Turn: TypeAlias = tuple[str, Content]
"""The role, `user` or `assistant`, and what was said."""

TOOLS = "it uses tools, which cannot be carried over"
IMAGE_BY_URL = "it has an image or video that is not in S3: upload it, and refer to it as s3://bucket/key"
IMAGE_INSIDE = "it has an image or video inside the record: upload it, and refer to it as s3://bucket/key"
OTHER_PART = "it has a part that is neither text nor an image"
SEVERAL_CHOICES = "it has several answers to one prompt"
NO_TEXT = "it has a message without text"
NO_USER = "it has no message of the user"
NO_ANSWER = "it has no answer"
SEVERAL_TURNS = "it has more than one turn, and the format has one prompt and one answer"
TEXT_ONLY = "it has images or videos, and the model or the format takes text only"
UNLABELLED = "it is text without a prompt and an answer"
LABELLED = "it has a prompt and an answer, and continued pre-training takes text alone"

JOINED_TURNS = "messages of one role in a row were joined"
JOINED_TEXTS = "the texts of one message were joined"
SYSTEM_MOVED = "a system message inside the conversation was moved to its start"
SYSTEM_IN_PROMPT = "the system text was put before the prompt, because the format has no place for it"
SYSTEM_ADDED = "the given system text was added"
BEGINNING = "messages of the assistant before the first one of the user were left out"
END = "messages of the user after the last answer were left out"
REASONING = "reasoning was left out, because the format has no place for it"
REJECTED = "the rejected answer was left out, because Bedrock has no training with preferences"
WEIGHTS = "the weights of messages were left out, because Bedrock trains on every answer"
ANSWER_MOVED = "the last answer became the reference answer"
NAMES = "the names of speakers were left out"
NUMBERS = "a number was written as text"

_GAP = "\n\n"
_MOST_CHECKED_AT_ONCE = 64  # messages
ALTERNATING = [["user", "assistant"] * half for half in range(_MOST_CHECKED_AT_ONCE // 2)]
"""The roles of a conversation in order, by the number of its turns."""


class NotConvertibleError(Exception):
    """A record cannot be converted; the message is the reason, one of a small number."""

    @property
    def reason(self) -> str:
        """Why, as the end of a sentence about the record."""
        return str(self)


class Dialogue(msgspec.Struct, gc=False):
    """A record, whatever its shape was.

    Args:
        turns: who said what.
        system: the system text; "" for none.
        text: text without a prompt and an answer; "" for none.
        fields: the record itself, of which a grader of reinforcement fine-tuning may need more.
        used: the names of the fields that were read.
    """

    turns: list[Turn] = []
    system: str = ""
    text: str = ""
    fields: Mapping[str, Any] = {}
    used: Collection[str] = ()


def in_order(turns: list[Turn], changes: list[str], *, ends_with_answer: bool) -> list[Turn]:
    """Return turns that start with the user and alternate, as every format requires.

    Args:
        turns: the turns as they were read.
        changes: gets what is changed.
        ends_with_answer: whether the last turn has to be the assistant's.

    Raises:
        NotConvertibleError: nothing is left.
    """
    count = len(turns)
    if not count % 2 and count < _MOST_CHECKED_AT_ONCE:  # nearly every record
        roles = [role for role, _ in turns]
        if count and roles == ALTERNATING[count // 2]:
            return turns
    ordered = list(_joined(turns, changes))
    if ordered and ordered[0][0] != "user":
        del ordered[0]
        changes.append(BEGINNING)
    if not ordered:
        raise NotConvertibleError(NO_USER)
    if ends_with_answer and ordered[-1][0] == "user":
        if len(ordered) == 1:
            raise NotConvertibleError(NO_ANSWER)
        del ordered[-1]
        changes.append(END)
    return ordered


def _joined(turns: list[Turn], changes: list[str]) -> Iterator[Turn]:
    """Join turns of one role in a row, however many, in linear time."""
    parts: list[Content] = []
    role = ""
    for other, content in turns:
        if parts and other != role:
            yield role, _one(parts)
            parts = []
        elif parts and JOINED_TURNS not in changes:
            changes.append(JOINED_TURNS)
        role = other
        parts.append(content)
    if parts:
        yield role, _one(parts)


def _one(parts: list[Content]) -> Content:
    if len(parts) == 1:
        return parts[0]
    texts = [part for part in parts if isinstance(part, str)]
    if len(texts) == len(parts):
        return _GAP.join(texts)
    return [block for part in parts for block in ([{"text": part}] if isinstance(part, str) else part)]


def plain(content: Content, changes: list[str]) -> str:
    """Return content as one text; reasoning is left out.

    Raises:
        NotConvertibleError: there is something other than text in it.
    """
    if isinstance(content, str):
        return content
    texts = []
    for block in without_reasoning(content, changes):
        if "text" not in block:
            raise NotConvertibleError(TEXT_ONLY)
        texts.append(block["text"])
    if len(texts) > 1:
        changes.append(JOINED_TEXTS)
    return "\n".join(texts)


def without_reasoning(content: list[dict[str, Any]], changes: list[str]) -> list[dict[str, Any]]:
    """Return blocks without those that hold reasoning."""
    kept = [block for block in content if "reasoningContent" not in block]
    if len(kept) < len(content):
        changes.append(REASONING)
    if not kept:
        raise NotConvertibleError(NO_TEXT)
    return kept
