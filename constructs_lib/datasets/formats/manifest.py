"""Image manifests: one image and one caption on each line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import msgspec

from constructs_lib.contract import NOTHING
from constructs_lib.datasets.faults import Fault, Shown

from .base import Format, NotPerfectError
from .media import reference
from .record_checks import Seen, known_fields, needs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .record_checks import Record

_REF = "image-ref"
_LOOKS_RIGHT = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+\.(?:jpe?g|png)", re.DOTALL)
_OTHER_FORMATS = ("gif", "webp", "bmp", "tif", "tiff", "svg", "heic", "avif", "pdf")


class _Caption(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    ref: str = msgspec.field(name=_REF)
    caption: str = msgspec.field()


@dataclass(frozen=True)
class ImageCaption(Format):
    """The format `image-caption`."""

    record: ClassVar[type[msgspec.Struct]] = _Caption
    texts_tell_apart: ClassVar[bool] = False

    def _texts(self, records: list[_Caption]) -> list[tuple[str, ...]]:
        least, most = self._lengths()
        if not all(least <= len(one.caption) <= most and _LOOKS_RIGHT.fullmatch(one.ref) for one in records):
            raise NotPerfectError
        return [(one.caption,) for one in records]

    def _faults(self, record: Record, seen: Seen) -> Iterator[Fault]:
        if "image_ref" in record and _REF not in record:
            fix = f"rename image_ref to {_REF}: the format has a hyphen"
            yield Fault("missing-field", _REF, "must be a string", NOTHING, fix)
        else:
            yield from known_fields(record, {_REF, "caption"})
            yield from needs(record, _REF, str)
        if isinstance(record.get(_REF), str):
            yield from reference(record[_REF], "image", _REF, self.rules, Seen())  # each record is one image
            yield from self._extension(record[_REF])
        yield from needs(record, "caption", str)
        if isinstance(record.get("caption"), str):
            seen.texts.append(record["caption"])
            yield from self._caption(record["caption"])

    def _extension(self, uri: str) -> Iterator[Fault]:
        extension = uri.rpartition(".")[2].lower()
        if extension in _OTHER_FORMATS and extension not in self.rules.values("image-format"):
            what = f"must be one of {', '.join(self.rules.values('image-format'))}"
            yield Fault("image-format", _REF, what, extension, "convert the image")

    def _caption(self, caption: str) -> Iterator[Fault]:
        least, most = self._lengths()
        if not least <= len(caption) <= most:
            fix = "shorten it" if len(caption) > most else "describe the image"
            what = f"must have {least:,.0f} to {most:,.0f} characters"
            yield Fault("caption-characters", "caption", what, Shown(f"{len(caption):,} characters"), fix)

    def _lengths(self) -> tuple[float, float]:
        limits = self.rules.dataset.limits.get("caption-characters", ())
        least = max((limit.min for limit in limits if limit.min is not None), default=0)
        return least, min((limit.max for limit in limits if limit.max is not None), default=float("inf"))
