"""The content blocks of a message: text, images and videos, reasoning, tools."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...findings import Described
from ..dataset_findings import finding
from .record_checks import kind_of, known_fields, needs, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...catalog import Quantity
    from ...findings import Finding
    from .record_checks import Record, Rules, Seen
    from .reserved_words import ReservedWords

_TOOLS = ("toolUse", "toolResult")
_REASONING = "reasoningContent"
_S3_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>.+)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9_/.-]+")
_NAMED_URIS = re.compile(r"(?:s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[A-Za-z0-9_/.-]+\n)*+")
MEDIA: dict[str, Quantity] = {"image": "images-per-record", "video": "videos-per-record"}
_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Blocks:
    """What a message's content may hold.

    Args:
        rules: the model's.
        words: the words that prompts must not contain.
        reasoning: whether the assistant's turns may hold reasoning.
    """

    rules: Rules
    words: ReservedWords
    reasoning: bool

    def check(self, content: Sequence[object], role: object, path: str, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a message's content."""
        if not content:
            yield finding(
                "missing-field", path, "must contain content", [], "add a text, or remove the message"
            )
        for index, block in enumerate(content):
            yield from self._block(block, role, f"{path}[{index}]", seen)
        texts = sum(isinstance(block, dict) and "text" in block for block in content)
        if "single-text-block" in self.rules and texts > 1:
            rule = "must contain one text: AWS's validator accepts no more"
            yield finding("single-text-block", path, rule, Described(f"{texts} texts"), "join them")

    def _block(self, block: object, role: object, path: str, seen: Seen) -> Iterator[Finding]:
        if not isinstance(block, dict):
            fix = f'write an object such as {{"text": "..."}} instead of {kind_of(block)}'
            yield finding("field-type", path, "must be an object", block, fix)
            return
        names = [name for name in block if name in self._names()]
        if len(names) != 1 or len(block) != 1:
            rule = f"must contain exactly one of {', '.join(self._names())}"
            yield finding(
                "content-block",
                path,
                rule,
                Described(", ".join(block) or "nothing"),
                "make one block of each",
            )
        for name in names:
            yield from self._part(name, block[name], role, f"{path}.{name}", seen)

    def _names(self) -> tuple[str, ...]:
        tools = _TOOLS if "tool-use" in self.rules else ()
        return ("text", *MEDIA, *((_REASONING,) if self.reasoning else ()), *tools)

    def _part(self, name: str, value: object, role: object, path: str, seen: Seen) -> Iterator[Finding]:
        if name == "text":
            yield from text(value, path, self.rules, seen)
            if isinstance(value, str):
                yield from self.words.check(value, path, prompt=role != "assistant")
        elif name in MEDIA:
            yield from self._media(name, value, role, path, seen)
        elif name == _REASONING:
            yield from self._reasoning(value, role, path, seen)
        else:
            fix = "leave tools out; the job may reject the record"
            yield finding(
                "tool-use", path, "should not be there: tools are not documented for this model", name, fix
            )

    def _media(self, kind: str, value: object, role: object, path: str, seen: Seen) -> Iterator[Finding]:
        if "text-only" in self.rules:
            known = self.rules.get("text-only")
            note = f" ({known.note})" if known and known.note else ""
            rule = f"must not be there: the model accepts text only{note}"
            yield finding("text-only", path, rule, kind, "remove the record, or choose another model")
        if "media-role" in self.rules and role == "assistant":
            rule = "must not be in the assistant's answer"
            yield finding("media-role", path, rule, kind, "move it to the user's message")
        if isinstance(value, dict):
            yield from media(value, kind, path, self.rules, seen)
        else:
            fix = f"write an object with format and source instead of {kind_of(value)}"
            yield finding("field-type", path, "must be an object", value, fix)

    def _reasoning(self, value: object, role: object, path: str, seen: Seen) -> Iterator[Finding]:
        if role != "assistant":
            fix = "move it to the assistant's message"
            yield finding("content-block", path, "must be in the assistant's answer", role, fix)
        inner = value.get("reasoningText") if isinstance(value, dict) else None
        if not isinstance(value, dict) or list(value) != ["reasoningText"] or not isinstance(inner, dict):
            got = Described(", ".join(value) or "nothing") if isinstance(value, dict) else value
            fix = 'write {"reasoningText": {"text": "..."}}'
            yield finding(
                "reasoning-text-only", path, "must contain reasoningText, and nothing else", got, fix
            )
            return
        path = f"{path}.reasoningText"
        yield from known_fields(inner, {"text", "signature"}, path)
        yield from needs(inner, "text", str, path)
        if isinstance(inner.get("text"), str):
            yield from text(inner["text"], f"{path}.text", self.rules, seen)


def media(block: Record, kind: str, path: str, rules: Rules, seen: Seen) -> Iterator[Finding]:
    """Check an image or a video block.

    Args:
        block: the value of `image` or `video`.
        kind: `image` or `video`.
        path: where it is in the record.
        rules: the model's.
        seen: gets the reference.
    """
    yield from known_fields(block, {"format", "source"}, path)
    yield from needs(block, "format", str, path)
    yield from needs(block, "source", dict, path)
    formats = rules.values(f"{kind}-format")
    if formats and isinstance(block.get("format"), str) and block["format"] not in formats:
        rule = f"must be one of {', '.join(formats)}"
        yield finding(f"{kind}-format", f"{path}.format", rule, block["format"], f"convert the {kind}")
    if isinstance(block.get("source"), dict):
        yield from _source(block["source"], kind, f"{path}.source", rules, seen)


def _source(source: Record, kind: str, path: str, rules: Rules, seen: Seen) -> Iterator[Finding]:
    yield from known_fields(source, {"s3Location"}, path)
    yield from needs(source, "s3Location", dict, path)
    location = source.get("s3Location")
    if not isinstance(location, dict):
        return
    path = f"{path}.s3Location"
    yield from known_fields(location, {"uri", "bucketOwner"}, path)
    yield from needs(location, "uri", str, path)
    owner = location.get("bucketOwner")
    if owner is not None and not (isinstance(owner, str) and _ACCOUNT.fullmatch(owner)):
        fix = "write the account id as a string"
        yield finding("field-type", f"{path}.bucketOwner", "must be an account id of 12 digits", owner, fix)
    if isinstance(location.get("uri"), str):
        yield from reference(location["uri"], kind, f"{path}.uri", rules, seen)


def reference(uri: str, kind: str, path: str, rules: Rules, seen: Seen) -> Iterator[Finding]:
    """Check that a media reference is an S3 URI whose name has only the documented characters."""
    match = _S3_URI.fullmatch(uri)
    if match is None:
        yield finding(
            "media-uri", path, "must be an S3 URI", uri, f"upload the {kind}, and write s3://bucket/key"
        )
        return
    seen.media.append((kind, path, uri))
    if "media-name" in rules and not _NAME.fullmatch(match["key"]):
        rule = "must have only letters, digits, underscores, hyphens, slashes and dots in its name"
        yield finding("media-name", path, rule, match["key"], "rename the object")


def are_valid_references(uris: Sequence[str], *, named: bool) -> bool:
    """Return whether all references are certainly valid.

    Args:
        uris: the references.
        named: whether their names must have only the documented characters.
    """
    if named:  # one search through all is far faster than one through each
        joined = "\n".join([*uris, ""])
        return _NAMED_URIS.fullmatch(joined) is not None and joined.count("\n") == len(uris)
    return all(map(_S3_URI.fullmatch, uris))


def check_counts(seen: Seen, rules: Rules) -> Iterator[Finding]:
    """Check that a record has no more images or videos than the model accepts."""
    for kind, quantity in MEDIA.items():
        number, most = sum(found == kind for found, _, _ in seen.media), rules.most(quantity)
        if number > most:
            fix = "split the record, or remove some"
            yield finding(quantity, "messages", f"must contain at most {most:g} {kind}s", number, fix)
