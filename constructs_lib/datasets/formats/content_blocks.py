"""The content blocks of a message: text, images, videos and documents, reasoning, tools."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...findings import Described
from ..dataset_findings import finding
from .record_checks import join, kind_of, known_fields, needs, text, typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...catalog import Quantity
    from ...findings import Finding
    from .record_checks import Record, Rules, Seen
    from .reserved_words import ReservedWords
    from .tools import Tools

_TOOLS = ("toolUse", "toolResult")
_REASONING = "reasoningContent"
_OTHERS = ("audio", "guardContent", "cachePoint", "citationsContent", "searchResult")
_S3_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>.+)", re.DOTALL)
_ASCII_NAME = re.compile(r"[A-Za-z0-9_/.-]+")
_NAMED_URIS = re.compile(r"(?:s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[A-Za-z0-9_/.-]+\n)*+")
_NAME = re.compile(r"[\w/.-]+")
_MEDIA: dict[str, Quantity] = {
    "image": "images-per-record",
    "video": "videos-per-record",
    "document": "documents-per-record",
}
_UNION = ("text", *_MEDIA, _REASONING, *_TOOLS, *_OTHERS)
"""The members of a content block of the Converse API, which holds exactly one of them."""
_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Blocks:
    """What the messages of one conversation may hold.

    Args:
        rules: the model's.
        words: the words that texts must not contain.
        tools: the tools of the conversation.
        reasoning: whether the assistant's turns may hold reasoning.
    """

    rules: Rules
    words: ReservedWords
    tools: Tools
    reasoning: bool

    def check(self, content: Sequence[object], role: object, path: str, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a message's content."""
        if not content:
            yield finding(
                "missing-field", path, "must contain content", [], "add a text, or remove the message"
            )
        alone = not any(map(_says_something, content))
        for index, block in enumerate(content):
            yield from self._block(block, role, f"{path}[{index}]", seen, alone=alone)
        texts = sum(isinstance(block, dict) and "text" in block for block in content)
        if "single-text-block" in self.rules and texts > 1:
            rule = "must contain one text: AWS's validator accepts no more"
            yield finding("single-text-block", path, rule, Described(f"{texts} texts"), "join them")
        reasons = sum(isinstance(block, dict) and _REASONING in block for block in content)
        if "reasoning-only" in self.rules and role == "assistant" and 0 < reasons == len(content):
            rule, fix = "must contain an answer beside the reasoning", "add the answer as a text"
            yield finding("reasoning-only", path, rule, Described("reasoning alone"), fix)

    def _block(self, block: object, role: object, path: str, seen: Seen, *, alone: bool) -> Iterator[Finding]:
        if not isinstance(block, dict):
            fix = f'write an object such as {{"text": "..."}} instead of {kind_of(block)}'
            yield finding("field-type", path, "must be an object", block, fix)
            return
        members = [name for name in block if name in _UNION]
        given = [name for name in members if block[name] is not None] or members
        if len(given) != 1 or given[0] not in self._names():
            rule = f"must contain exactly one of {', '.join(self._names())}"
            got = Described(", ".join(join("", name) for name in block) or "nothing")
            yield finding("content-block", path, rule, got, "make one block of each")
        else:
            yield from self._additions(block, given[0], path)
        for name in given:
            if name in self._names():
                yield from self._part(name, block[name], role, f"{path}.{name}", seen, alone=alone)

    @staticmethod
    def _additions(block: Record, member: str, path: str) -> Iterator[Finding]:
        """Report what a block has beside its one member."""
        if "type" in block:
            yield from typed(block, "type", str, path)
            rule = "must not be there: the Converse API tells a block's type by the name of its one field"
            yield finding("block-type", f"{path}.type", rule, block["type"], "leave it out")
        yield from known_fields(block, {member, "type"}, path)

    def _names(self) -> tuple[str, ...]:
        tools = _TOOLS if "tool-use" in self.rules else ()
        takes_documents = "document" in self.rules or ("text-only" in self.rules and tools)
        kinds = [kind for kind in _MEDIA if kind != "document" or takes_documents]
        return ("text", *kinds, *((_REASONING,) if self.reasoning else ()), *tools)

    def _part(
        self, name: str, value: object, role: object, path: str, seen: Seen, *, alone: bool
    ) -> Iterator[Finding]:
        if name == "text":
            yield from text(value, path, self.rules, seen, alone=alone)
            if isinstance(value, str):
                yield from self.words.check(value, path, prompt=role != "assistant")
        elif name in _MEDIA:
            yield from self._media(name, value, role, path, seen)
        elif name == _REASONING:
            yield from self._reasoning(value, role, path, seen)
        elif name == "toolUse":
            yield from self.tools.call(value, role, path)
        else:
            yield from self.tools.result(value, role, path, seen=seen, words=self.words)

    def _media(self, kind: str, value: object, role: object, path: str, seen: Seen) -> Iterator[Finding]:
        yield from self._unsupported(kind, path)
        if "media-role" in self.rules and role == "assistant":
            rule = "must not be in the assistant's answer"
            yield finding("media-role", path, rule, kind, "move it to the user's message")
        if isinstance(value, dict):
            yield from media(value, kind, path, self.rules, seen)
        else:
            fix = f"write an object with format and source instead of {kind_of(value)}"
            yield finding("field-type", path, "must be an object", value, fix)

    def _unsupported(self, kind: str, path: str) -> Iterator[Finding]:
        name = "images-only" if kind == "video" and "images-only" in self.rules else "text-only"
        if name in self.rules:
            takes = "text and images" if name == "images-only" else "text"
            rule = f"must not be there: the model accepts {takes} only{self._note(name)}"
            yield finding(name, path, rule, kind, "remove the record, or choose another model")
        elif kind == "document":
            rule = f"must not be there: not every AWS source supports documents{self._note('document')}"
            fix = "write the document's text into the prompt, or try a small job first"
            yield finding("document", path, rule, kind, fix)

    def _note(self, name: str) -> str:
        known = self.rules.get(name)
        return f" ({known.note})" if known and known.note else ""

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
            yield from self.words.check(inner["text"], f"{path}.text")


def media(block: Record, kind: str, path: str, rules: Rules, seen: Seen) -> Iterator[Finding]:
    """Check an image, a video or a document block.

    Args:
        block: the value of `image`, `video` or `document`.
        kind: `image`, `video` or `document`.
        path: where it is in the record.
        rules: the model's.
        seen: gets the reference.
    """
    names = {"format", "source", "name"} if kind == "document" else {"format", "source"}
    yield from known_fields(block, names, path)
    yield from needs(block, "format", str, path)
    yield from needs(block, "source", dict, path)
    if isinstance(block.get("format"), str):
        yield from _format(block["format"], kind, f"{path}.format", rules)
    if isinstance(block.get("source"), dict):
        yield from _source(block["source"], kind, f"{path}.source", rules, seen)


def _format(found: str, kind: str, path: str, rules: Rules) -> Iterator[Finding]:
    name, formats = f"{kind}-format", rules.values(f"{kind}-format")
    if not formats:
        return
    written = found.lower() if "format-case" in rules else found
    if written not in formats:
        rule = f"must be one of {', '.join(formats)}"
        fix = 'write "jpeg"' if found.lower() == "jpg" else f"convert the {kind}"
        yield finding(name, path, rule, found, fix)
        return
    if written != found:
        yield finding("format-case", path, "must be in lower case", found, f'write "{written}"')
    contradicted = rules.get("format-contradicted")
    if contradicted and written in contradicted.values:
        safe = ", ".join(one for one in formats if one not in contradicted.values)
        rule = f"must be one of {safe}; {contradicted.note}"
        yield finding("format-contradicted", path, rule, found, f"convert the {kind}")


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
    if "media-name" in rules and not _ASCII_NAME.fullmatch(match["key"]):
        allowed = "letters, digits, underscores, hyphens, slashes and dots"
        if "media-name-letters" in rules and _NAME.fullmatch(match["key"]):
            rule = f"must have only {allowed} in its name, and no letters beyond A to Z"
            yield finding("media-name-letters", path, rule, match["key"], "rename the object")
        else:
            rule = f"must have only {allowed} in its name"
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


def _says_something(block: object) -> bool:
    """Return whether a block is more than an empty text or a part of tool use."""
    return isinstance(block, dict) and (
        bool(block.get("text")) or any(block.get(name) is not None for name in (*_MEDIA, _REASONING))
    )


def check_counts(seen: Seen, rules: Rules) -> Iterator[Finding]:
    """Check that a record has no more images, videos or documents than the model accepts."""
    for kind, quantity in _MEDIA.items():
        number, most = sum(found == kind for found, _, _ in seen.media), rules.most(quantity)
        if number > most:
            fix = "split the record, or remove some"
            yield finding(quantity, "messages", f"must contain at most {most:g} {kind}s", number, fix)
