"""What must hold for all records of a dataset together: one kind of media, one bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .formats.record_checks import Rules


class Survey:
    """Remembers where each kind of record was met first.

    Args:
        rules: The model's.
        bucket: The bucket that the dataset is in, where that is known; else the first reference decides.
    """

    def __init__(self, rules: Rules, bucket: str | None) -> None:
        self._rules = rules
        self._bucket = bucket
        self._first: dict[str, int] = {}

    def record(self, line: int, media: Sequence[tuple[str, str, str]]) -> Iterator[Fault]:
        """Judge a record beside those before it.

        Args:
            line: Where it stands.
            media: Kind, path and URI of its references; none for a record of plain text.
        """
        for kind in [one for one, _, _ in media] or ("text",):
            if kind not in self._first:
                self._first[kind] = line
                yield from self._mixed(kind)
        if "media-bucket" in self._rules:
            for kind, path, uri in media:
                yield from self._elsewhere(kind, path, uri)

    def _mixed(self, kind: str) -> Iterator[Fault]:
        others = {other: line for other, line in self._first.items() if other != kind}
        if "modality-mixed" in self._rules and others:
            other, line = next(iter(others.items()))
            what = f"should be of one kind with the others; line {line} is the first with {other}"
            yield Fault("modality-mixed", "messages", what, kind, "make one dataset of each kind")
        elif "media-mixed" in self._rules and {kind, *others} >= {"image", "video"}:
            other = "video" if kind == "image" else "image"
            what = f"must not mix images and videos; line {self._first[other]} is the first with {other}s"
            yield Fault("media-mixed", "messages", what, f"{kind}s", "make one dataset of each kind")

    def _elsewhere(self, kind: str, path: str, uri: str) -> Iterator[Fault]:
        bucket = uri.split("/", 3)[2]  # only references that look right come here
        self._bucket = self._bucket or bucket
        if bucket != self._bucket:
            what = f"must be in the dataset's own bucket; the {kind}s before it are in {self._bucket}"
            yield Fault("media-bucket", path, what, bucket, "copy the object there")
