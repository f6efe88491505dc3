"""Images and videos in a message: their format, their reference, how many there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from constructs_lib.datasets.faults import Fault

from .record_checks import known_fields, needs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.catalog.figures import Quantity

    from .record_checks import Record, Rules, Seen

S3_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>.+)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9_/.-]+")
_PER_RECORD: tuple[tuple[str, Quantity], ...] = (
    ("image", "images-per-record"),
    ("video", "videos-per-record"),
)
_ACCOUNT = re.compile(r"[0-9]{12}")


def media(block: Record, kind: str, path: str, rules: Rules, seen: Seen) -> Iterator[Fault]:
    """Judge an image or a video block.

    Args:
        block: The value under `image` or `video`.
        kind: `image` or `video`.
        path: Where it stands.
        rules: The model's.
        seen: Gets the reference.
    """
    yield from known_fields(block, {"format", "source"}, path)
    yield from needs(block, "format", str, path)
    yield from needs(block, "source", dict, path)
    formats = rules.values(f"{kind}-format")
    if formats and isinstance(block.get("format"), str) and block["format"] not in formats:
        what = f"must be one of {', '.join(formats)}"
        yield Fault(f"{kind}-format", f"{path}.format", what, block["format"], f"convert the {kind}")
    if isinstance(block.get("source"), dict):
        yield from _source(block["source"], kind, f"{path}.source", rules, seen)


def _source(source: Record, kind: str, path: str, rules: Rules, seen: Seen) -> Iterator[Fault]:
    yield from known_fields(source, {"s3Location"}, path)
    yield from needs(source, "s3Location", dict, path)
    location = source.get("s3Location")
    if not isinstance(location, dict):
        return
    place = f"{path}.s3Location"
    yield from known_fields(location, {"uri", "bucketOwner"}, place)
    yield from needs(location, "uri", str, place)
    owner = location.get("bucketOwner")
    if owner is not None and not (isinstance(owner, str) and _ACCOUNT.fullmatch(owner)):
        fix = "write the account id as a string"
        yield Fault("field-type", f"{place}.bucketOwner", "must be an account id of 12 digits", owner, fix)
    if isinstance(location.get("uri"), str):
        yield from reference(location["uri"], kind, f"{place}.uri", rules, seen)


def reference(uri: str, kind: str, path: str, rules: Rules, seen: Seen) -> Iterator[Fault]:
    """A media reference must be an S3 URI whose name has only the documented characters."""
    match = S3_URI.fullmatch(uri)
    if match is None:
        yield Fault(
            "media-uri", path, "must be an S3 URI", uri, f"upload the {kind}, and write s3://bucket/key"
        )
        return
    seen.media.append((kind, path, uri))
    if "media-name" in rules and not _NAME.fullmatch(match["key"]):
        what = "must have only letters, digits, underscores, hyphens, slashes and dots in its name"
        yield Fault("media-name", path, what, match["key"], "rename the object")


def looks_right(uri: str, *, named: bool) -> bool:
    """Tell whether a reference is surely in order."""
    match = S3_URI.fullmatch(uri)
    return match is not None and (not named or _NAME.fullmatch(match["key"]) is not None)


def counts(seen: Seen, rules: Rules) -> Iterator[Fault]:
    """A record must not hold more images or videos than the model takes."""
    for kind, quantity in _PER_RECORD:
        number, most = sum(found == kind for found, _, _ in seen.media), rules.most(quantity)
        if number > most:
            fix = "split the record, or take some out"
            yield Fault(quantity, "messages", f"must hold at most {most:g} {kind}s", number, fix)
