"""The formats without conversations: prompt and completion, unlabelled text, images with captions, logs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias

import msgspec

from ...findings import NOTHING, Described
from ..dataset_findings import finding
from .base import Format, UncertainError
from .content_blocks import reference
from .record_checks import Seen, known_fields, needs, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...findings import Finding
    from .record_checks import Record

_Filled: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
_REF = "image-ref"
_VALID_REF = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+\.(?:jpe?g|png)", re.DOTALL)
_OTHER_FORMATS = ("gif", "webp", "bmp", "tif", "tiff", "svg", "heic", "avif", "pdf")


class _Pair(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    prompt: _Filled
    completion: _Filled


class _Input(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    input: _Filled


@dataclass(frozen=True)
class PromptCompletion(Format):
    """The format `prompt-completion`."""

    record: ClassVar[type[msgspec.Struct]] = _Pair

    def _accept(self, records: list[_Pair]) -> list[tuple[str, ...]]:
        sure_prompt, sure_completion = map(
            self.tokenizer.sure_characters, map(self._most, ("prompt", "completion"))
        )
        if min(sure_prompt, sure_completion) < float("inf") and any(
            (len(one.prompt) > sure_prompt and self._is_long("prompt", one.prompt))
            or (len(one.completion) > sure_completion and self._is_long("completion", one.completion))
            for one in records
        ):
            raise UncertainError
        return [(one.prompt, one.completion) for one in records]

    def check(self, record: Record, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a record."""
        yield from known_fields(record, {"prompt", "completion"})
        for name in ("prompt", "completion"):
            yield from needs(record, name, str)
            if isinstance(record.get(name), str):
                yield from text(record[name], name, self.rules, seen)
                yield from self.words.check(record[name], name, prompt=name == "prompt")
                yield from self._length(name, record[name])

    def _length(self, name: str, found: str) -> Iterator[Finding]:
        if self._is_long(name, found):
            yield self.too_many_tokens(f"{name}-tokens-per-record", name, self._most(name), [found])

    def _is_long(self, name: str, text: str) -> bool:
        return self.tokenizer.exceeds(self._most(name), [text])

    def _most(self, name: str) -> float:
        """Return the most tokens that a text should have."""
        return self.rules.most(
            "prompt-tokens-per-record" if name == "prompt" else "completion-tokens-per-record"
        )


@dataclass(frozen=True)
class UnlabelledText(Format):
    """The format `cpt-input`."""

    record: ClassVar[type[msgspec.Struct]] = _Input

    def _accept(self, records: list[_Input]) -> list[tuple[str, ...]]:
        return [(one.input,) for one in records]

    def check(self, record: Record, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a record."""
        yield from known_fields(record, {"input"})
        yield from needs(record, "input", str)
        if isinstance(record.get("input"), str):
            yield from text(record["input"], "input", self.rules, seen)


class _Caption(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    ref: str = msgspec.field(name=_REF)
    caption: str = msgspec.field()


@dataclass(frozen=True)
class ImageCaption(Format):
    """The format `image-caption`."""

    record: ClassVar[type[msgspec.Struct]] = _Caption
    texts_identify_record: ClassVar[bool] = False

    def _accept(self, records: list[_Caption]) -> list[tuple[str, ...]]:
        least, most = self._lengths()
        if not all(least <= len(one.caption) <= most and _VALID_REF.fullmatch(one.ref) for one in records):
            raise UncertainError
        return [(one.caption,) for one in records]

    def check(self, record: Record, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a record."""
        if "image_ref" in record and _REF not in record:
            fix = f"rename image_ref to {_REF}, with a hyphen"
            yield finding("missing-field", _REF, "must be a string", NOTHING, fix)
        else:
            yield from known_fields(record, {_REF, "caption"})
            yield from needs(record, _REF, str)
        if isinstance(record.get(_REF), str):
            yield from reference(record[_REF], "image", _REF, self.rules, Seen())  # each record is one image
            extension = record[_REF].rpartition(".")[2].lower()
            documented = self.rules.values("image-format")
            if extension in _OTHER_FORMATS and extension not in documented:
                rule = f"must be one of {', '.join(documented)}"
                yield finding("image-format", _REF, rule, extension, "convert the image")
        yield from needs(record, "caption", str)
        if isinstance(record.get("caption"), str):
            seen.texts.append(record["caption"])
            yield from self._caption(record["caption"])

    def _caption(self, caption: str) -> Iterator[Finding]:
        least, most = self._lengths()
        if not least <= len(caption) <= most:
            fix = "shorten it" if len(caption) > most else "describe the image"
            rule = f"must have {least:,.0f} to {most:,.0f} characters"
            yield finding(
                "caption-characters", "caption", rule, Described(f"{len(caption):,} characters"), fix
            )

    def _lengths(self) -> tuple[float, float]:
        limits = self.rules.dataset.limits.get("caption-characters", ())
        least = max((limit.min for limit in limits if limit.min is not None), default=0)
        return least, min((limit.max for limit in limits if limit.max is not None), default=float("inf"))


class _Log(msgspec.Struct, gc=False):
    """Logs always get the full check: the fast path accepts none."""


@dataclass(frozen=True)
class InvocationLogs(Format):
    """The format `invocation-logs`."""

    record: ClassVar[type[msgspec.Struct]] = _Log

    def _accept(self, records: list[Any]) -> list[tuple[str, ...]]:
        del records
        raise UncertainError  # the shape of the body differs by model

    def check(self, record: Record, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a record."""
        yield from needs(record, "modelId", str)
        for name in ("input", "output"):
            yield from needs(record, name, dict)
        messages = _messages(record.get("input"))
        users = [one for one in messages if isinstance(one, dict) and one.get("role") == "user"]
        if len(users) > 1:
            fix = "choose logs of single turns, by their request metadata"
            got = Described(f"{len(users)} messages of the user")
            yield finding("single-turn", "input.inputBodyJson.messages", "must be a single turn", got, fix)
        for one in users:
            yield from _text_only(one.get("content"), seen)


def _messages(body: object) -> list[Any]:
    inner = body.get("inputBodyJson") if isinstance(body, dict) else None
    messages = inner.get("messages") if isinstance(inner, dict) else None
    return messages if isinstance(messages, list) else []


def _text_only(content: object, seen: Seen) -> Iterator[Finding]:
    blocks = content if isinstance(content, list) else [{"text": content}]
    texts = [block.get("text") for block in blocks if isinstance(block, dict)]
    seen.texts.extend(one for one in texts if isinstance(one, str))
    if len(blocks) != 1 or not all(isinstance(one, str) and one for one in texts):
        path, fix = "input.inputBodyJson.messages", "choose logs of text prompts"
        yield finding("text-only", path, "must contain one text", Described(f"{len(blocks)} blocks"), fix)
