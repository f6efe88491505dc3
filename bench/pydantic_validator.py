"""The kind of dataset validator that vendors publish: a pydantic model for each line, with its rules.

It checks what AWS's own sample for Nova checks (reserved words, order of roles, formats and number of media);
it counts no characters, finds no repeats and explains nothing.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

if TYPE_CHECKING:
    from pathlib import Path

WORDS = (
    *("System:", "SYSTEM:", "User:", "USER:", "Bot:", "BOT:", "Assistant:", "ASSISTANT:", "Thought:"),
    *("[EOS]", "<image>", "<video>"),
)
NAME = re.compile(r"^[\w\-/\.]+$")


def _free(text: str) -> str:
    if [word for word in WORDS if word in text]:
        raise ValueError("reserved words")
    return text


class Location(BaseModel):
    """Where an image or video is."""

    uri: str

    @field_validator("uri")
    @classmethod
    def s3(cls, uri: str) -> str:
        """Refuse anything but S3, and names with other characters."""
        if not uri.startswith("s3://") or not NAME.match(uri.replace("s3://", "")):
            raise ValueError("not in S3")
        return uri


class Source(BaseModel):
    """The source of an image or video."""

    s3Location: Location  # noqa: N815 - the format's own name


class Image(BaseModel):
    """An image."""

    format: str
    source: Source

    @field_validator("format")
    @classmethod
    def known(cls, name: str) -> str:
        """Refuse other formats."""
        if name.lower() not in ("jpeg", "png", "gif", "webp"):
            raise ValueError("unknown format")
        return name


class Video(BaseModel):
    """A video."""

    format: str
    source: Source

    @field_validator("format")
    @classmethod
    def known(cls, name: str) -> str:
        """Refuse other formats."""
        if name.lower() not in ("mov", "mkv", "mp4", "webm"):
            raise ValueError("unknown format")
        return name


class Thought(BaseModel):
    """The text of a reasoning."""

    text: str


class Reasoning(BaseModel):
    """What the model thought."""

    reasoningText: Thought  # noqa: N815 - the format's own name


class Block(BaseModel):
    """A content block."""

    text: str | None = None
    image: Image | None = None
    video: Video | None = None
    reasoningContent: Reasoning | None = None  # noqa: N815 - the format's own name

    @field_validator("text")
    @classmethod
    def no_reserved_words(cls, text: str | None) -> str | None:
        """Refuse reserved words."""
        return _free(text) if text else text

    @model_validator(mode="after")
    def something(self) -> Block:
        """Refuse an empty block."""
        if self.text is None and self.image is None and self.video is None and self.reasoningContent is None:
            raise ValueError("empty block")
        return self


class Message(BaseModel):
    """One turn."""

    role: str
    content: list[Block]

    @field_validator("role")
    @classmethod
    def known(cls, role: str) -> str:
        """Refuse other roles."""
        if role.lower() not in ("user", "assistant"):
            raise ValueError("unknown role")
        return role

    @field_validator("content")
    @classmethod
    def few_media(cls, content: list[Block]) -> list[Block]:
        """Refuse blank messages, two videos, eleven images, images beside videos."""
        images = sum(1 for block in content if block.image is not None)
        videos = sum(1 for block in content if block.video is not None)
        if (
            not images
            and not videos
            and not sum(len(block.text) for block in content if block.text is not None)
        ):
            raise ValueError("no text")
        if videos > 1 or images > 10 or (images and videos):  # noqa: PLR2004 - the documented limit
            raise ValueError("too many media")
        return content

    @model_validator(mode="after")
    def no_media_in_answers(self) -> Message:
        """Refuse media in the assistant's turn."""
        media = any(block.image is not None or block.video is not None for block in self.content)
        if media and self.role == "assistant":
            raise ValueError("media in an answer")
        return self


class System(BaseModel):
    """A system prompt."""

    text: str

    @field_validator("text")
    @classmethod
    def no_reserved_words(cls, text: str) -> str:
        """Refuse reserved words."""
        return _free(text)


class Conversation(BaseModel):
    """One record."""

    schemaVersion: str | None = None  # noqa: N815 - the format's own name
    system: list[System] | None = None
    messages: list[Message]

    @field_validator("messages")
    @classmethod
    def alternate(cls, messages: list[Message]) -> list[Message]:
        """Refuse any order but user, assistant, and so on."""
        if any(one.role != ("assistant" if at % 2 else "user") for at, one in enumerate(messages)):
            raise ValueError("roles must alternate")
        if len(messages) < 2 or messages[-1].role != "assistant":  # noqa: PLR2004 - a question and an answer
            raise ValueError("the last message must be the assistant's")
        return messages


class Prompt(BaseModel):
    """A prompt of a distillation."""

    schemaVersion: str  # noqa: N815 - the format's own name
    system: list[System] | None = None
    messages: list[Message]

    @field_validator("messages")
    @classmethod
    def single(cls, messages: list[Message]) -> list[Message]:
        """Refuse more than one turn."""
        if [one.role for one in messages] not in (["user"], ["user", "assistant"]):
            raise ValueError("not a single turn")
        return messages


class Turn(BaseModel):
    """A message that is a plain string."""

    role: str
    content: str

    @field_validator("role")
    @classmethod
    def known(cls, role: str) -> str:
        """Refuse other roles."""
        if role not in ("system", "user", "assistant"):
            raise ValueError("unknown role")
        return role


class Chat(BaseModel):
    """A chat with Claude."""

    system: str | None = None
    messages: list[Turn]

    @field_validator("messages")
    @classmethod
    def alternate(cls, messages: list[Turn]) -> list[Turn]:
        """Refuse any order but user, assistant, and so on."""
        if any(one.role != ("assistant" if at % 2 else "user") for at, one in enumerate(messages)):
            raise ValueError("roles must alternate")
        return messages


class Task(BaseModel):
    """A prompt of a reinforcement fine-tuning."""

    messages: list[Turn]
    reference_answer: str | dict[str, Any] | None = None


class Caption(BaseModel):
    """An image and its caption."""

    ref: str = Field(alias="image-ref", pattern="^s3://")
    caption: str = Field(min_length=3, max_length=1024)


class Passage(BaseModel):
    """A text without a label."""

    input: str


class LogInput(BaseModel):
    """What a model was asked."""

    inputBodyJson: dict[str, Any]  # noqa: N815 - the format's own name


class LogOutput(BaseModel):
    """What a model answered."""

    outputBodyJson: dict[str, Any] | list[Any]  # noqa: N815 - the format's own name


class Log(BaseModel):
    """An invocation log."""

    modelId: str  # noqa: N815 - the format's own name
    input: LogInput
    output: LogOutput


class Pair(BaseModel):
    """A prompt and its completion."""

    prompt: str
    completion: str


def count_wrong(path: Path, model: type[BaseModel]) -> int:
    """Return how many lines of a file are wrong."""
    wrong = 0
    with path.open("rb") as stream:
        for line in stream:
            try:
                model.model_validate(json.loads(line))
            except (ValidationError, ValueError):
                wrong += 1
    return wrong
