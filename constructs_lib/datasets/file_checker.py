"""One file, line by line: the fast path for valid records, the full check for all others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..findings import Described
from .dataset_findings import finding, rule_of
from .fast_path import recognize
from .formats.record_checks import Seen
from .json_record import RecordError
from .lines import BlankLines, pieces
from .readable import Readable, Unreadable
from .record_judge import FirstFindings, problems
from .repeats import Hashes
from .tokens import TokenCounter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..findings import Finding
    from .dataset_findings import Collected
    from .filtering import RecordConsumer
    from .formats.base import Format
    from .limits import Severities

    Media = Sequence[tuple[str, str, str]]

_EMPTY = finding("empty", "", "must contain records", Described("none"), "write one JSON object on each line")


@dataclass(slots=True)
class Counts:
    """What was counted in a file.

    Args:
        bytes: its size.
        records: the lines that hold a JSON object, or should.
        characters: those of all texts that are trained on.
        images: image references.
        videos: video references.
    """

    bytes: int = 0
    records: int = 0
    characters: int = 0
    images: int = 0
    videos: int = 0


@dataclass(slots=True)
class FileChecker:
    """Checks one file.

    Args:
        file: its name, for the findings.
        format: its format, with the model's rules.
        severities: those of the rules.
        collected: gets the findings.
        bucket: the bucket that the file is in. Default: not known, and the first media reference decides.
        readable: what the job's role may read. Default: not known.
        consumer: gets the valid records and the others. Default: none.
    """

    file: str
    format: Format
    severities: Severities
    collected: Collected
    bucket: str | None = None
    readable: Readable | None = None
    consumer: RecordConsumer | None = None
    counts: Counts = field(default_factory=Counts)
    hashes: Hashes = field(default_factory=Hashes)
    tokens: TokenCounter = field(init=False)
    _blanks: BlankLines = field(init=False)
    _unreadable: Unreadable = field(init=False)
    _first_of_kind: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._blanks = BlankLines(self.collected.most_kept)
        self._unreadable = Unreadable(self.readable)
        self.tokens = TokenCounter(self.format.tokenizer)

    def check(self, blocks: Iterable[bytes]) -> None:
        """Read a file to its end."""
        first = 1
        for piece in pieces(self._counted(blocks)):
            first += self._check_piece(first, piece)
        if self.readable is not None:
            for line, found in self._unreadable.findings():
                self.collected.add(found, self.readable.severity, self.file, line)
        for lines, found in (
            (self._blanks.inner, BlankLines.INNER),
            (self._blanks.at_end, BlankLines.AT_END),
        ):
            for line in lines.numbers:
                self.add(found, line)
            severity, rule = self.severities.of(found)[0], rule_of(found)
            self.collected.add_more(severity, rule, lines.count - len(lines.numbers))
        if not self.counts.records:
            self.add(_EMPTY)

    def add(self, found: Finding, line: int | None = None) -> None:
        """Add a finding."""
        severity, source = self.severities.of(found)
        self.collected.add(found, severity, self.file, line, source)

    def _counted(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self.counts.bytes += len(block)
            yield block

    def _check_piece(self, first: int, piece: bytes | None) -> int:
        """Check some lines; return how many they were."""
        found = recognize(self.format, piece)
        self.hashes.add(found.hashes)
        self.counts.records += found.records
        self.counts.characters += found.characters
        self.tokens.add(found.texts, found.characters)
        if found.last is not None:
            self._blanks.record(first + found.last)
        not_valid = set[int]()
        for at, item in found.rest:
            if isinstance(item, Seen):
                self._check_media(first + at, item.media)
            elif not self._check_fully(first + at, item):
                not_valid.add(at)
        if self.consumer is not None:
            self.consumer.piece(self.format, piece, not_valid)
        return found.lines

    def _check_fully(self, number: int, line: bytes | None) -> bool:
        """Check a line rule by rule; return False for one that the consumer must not take for a record."""
        if line is not None and not line.strip():
            self._blanks.add(number)
            return False
        self._blanks.record(number)
        self.counts.records += 1
        seen, errors = Seen(), None
        if self.consumer is not None:
            errors = FirstFindings(self.severities, self.collected.url)
        try:
            for found in problems(self.format, line, seen):
                self._add_of_record(found, number, errors)
        except RecordError as error:
            self._add_of_record(error.finding, number, errors)
        else:
            characters = sum(map(len, seen.texts))
            self.counts.characters += characters
            self.tokens.add(seen.texts, characters)
            self._check_media(number, seen.media)
        if errors is not None and errors.has_errors and self.consumer is not None:
            self.consumer.broken(self.file, number, line, errors.kept)
            return False
        return True

    def _add_of_record(self, found: Finding, line: int, kept: FirstFindings | None) -> None:
        self.add(found, line)
        if kept is not None:
            kept.add(found)

    def _check_media(self, line: int, media: Media) -> None:
        """Check a record against those before it: one kind of media in a dataset, one bucket.

        Args:
            line: its number.
            media: kind, path and URI of its references; none for a record of plain text.
        """
        self._unreadable.add(line, media)
        for kind, _, _ in media:
            if kind == "image":
                self.counts.images += 1
            elif kind == "video":
                self.counts.videos += 1
        for kind in [one for one, _, _ in media] or ("text",):
            if kind not in self._first_of_kind:
                self._first_of_kind[kind] = line
                for found in self._mixed(kind):
                    self.add(found, line)
        if "media-bucket" in self.format.rules:
            for kind, path, uri in media:
                bucket = uri.split("/", 3)[2]  # only valid references are in `media`
                self.bucket = self.bucket or bucket
                if bucket != self.bucket:
                    rule = f"must be in the dataset's own bucket; the {kind}s before it are in {self.bucket}"
                    self.add(finding("media-bucket", path, rule, bucket, "copy the object there"), line)

    def _mixed(self, kind: str) -> Iterator[Finding]:
        fix = "make one dataset of each kind"
        others = {other: line for other, line in self._first_of_kind.items() if other != kind}
        if "modality-mixed" in self.format.rules and others:
            other, line = next(iter(others.items()))
            rule = f"must be of the same kind as the other records; line {line} is the first with {other}"
            yield finding("modality-mixed", "messages", rule, kind, fix)
        elif "media-mixed" in self.format.rules and kind != "text" and others.keys() - {"text"}:
            other = next(one for one in others if one != "text")
            rule = f"must not mix {kind}s with {other}s; line {others[other]} is the first with {other}s"
            yield finding("media-mixed", "messages", rule, f"{kind}s", fix)
