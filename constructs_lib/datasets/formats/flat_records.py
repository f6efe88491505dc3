"""The formats without conversations: prompt and completion, unlabelled text, images with captions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ...findings import NOTHING, Described
from ..dataset_findings import finding
from .base import Format
from .content_blocks import reference
from .recognizers.flat_records import Captions, Inputs, Pairs
from .record_checks import Seen, known_fields, needs, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...findings import Finding
    from .record_checks import Record

_REF = "image-ref"
_OTHER_FORMATS = ("gif", "webp", "bmp", "tif", "tiff", "svg", "heic", "avif", "pdf")


@dataclass(frozen=True)
class PromptCompletion(Format):
    """The format `prompt-completion`."""

    @cached_property
    def recognizer(self) -> Pairs:
        """What accepts valid records without the full check."""
        return Pairs(self.rules, self._most("prompt"), self._most("completion"), self.tokenizer)

    def check(self, record: Record, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a record."""
        yield from known_fields(record, {"prompt", "completion"})
        for name in ("prompt", "completion"):
            yield from needs(record, name, str)
            if isinstance(record.get(name), str):
                yield from text(record[name], name, self.rules, seen)
                yield from self.words.check(record[name], name, prompt=name == "prompt")
                yield from self._length(name, record[name])

    @property
    def _fewest_tokens(self) -> float:
        """The lowest of the limits of tokens, those of prompts and completions among them."""
        return min(self.most_tokens, self._most("prompt"), self._most("completion"))

    def _length(self, name: str, found: str) -> Iterator[Finding]:
        most = self._most(name)
        if self.tokenizer.exceeds(most, [found]):
            yield self.too_many_tokens(f"{name}-tokens-per-record", name, most, [found])

    def _most(self, name: str) -> float:
        """Return the most tokens that a text should have."""
        return self.rules.most(
            "prompt-tokens-per-record" if name == "prompt" else "completion-tokens-per-record"
        )


@dataclass(frozen=True)
class UnlabelledText(Format):
    """The format `cpt-input`."""

    @cached_property
    def recognizer(self) -> Inputs:
        """What accepts valid records without the full check."""
        return Inputs(self.rules)

    def check(self, record: Record, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a record."""
        yield from known_fields(record, {"input"})
        yield from needs(record, "input", str)
        if isinstance(record.get("input"), str):
            yield from text(record["input"], "input", self.rules, seen)


@dataclass(frozen=True)
class ImageCaption(Format):
    """The format `image-caption`."""

    @cached_property
    def recognizer(self) -> Captions:
        """What accepts valid records without the full check."""
        return Captions(self.rules, *self._lengths())

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
