"""One file, line by line: the fast path for valid records, the full check for all others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING

from ...findings import Described
from ..dataset_findings import finding, rule_of
from ..formats.record_checks import Seen
from ..reading.json_record import RecordError
from ..reading.lines import BlankLines, pieces
from ..tokens.token_counter import TokenCounter
from .fast_path import FastPath
from .known_shapes import KnownShapes
from .readable import Readable, Unreadable
from .record_checker import FirstFindings, problems
from .repeats import Hashes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ...findings import Finding, Severity
    from ..dataset_findings import Collected
    from ..formats.base import Format
    from .fast_path import Recognized
    from .known_shapes import Shape
    from .limits import Severities
    from .record_consumer import RecordConsumer

    Media = Sequence[tuple[str, str, str]]

_EMPTY = finding("empty", "", "must contain records", Described("none"), "write one JSON object on each line")


@dataclass(slots=True)
class Counts:
    """What was counted in a file.

    Args:
        bytes: its size.
        records: the lines that hold a JSON object, or should.
        invalid: the records that break a rule: those with at least one error.
        characters: those of all texts that are trained on.
        images: image references.
        videos: video references.
    """

    bytes: int = 0
    records: int = 0
    invalid: int = 0
    characters: int = 0
    images: int = 0
    videos: int = 0

    @property
    def valid(self) -> int:
        """The records without an error, which are those that count towards a minimum."""
        return self.records - self.invalid


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
    _shapes: KnownShapes = field(init=False)
    _blanks: BlankLines = field(init=False)
    _unreadable: Unreadable = field(init=False)
    _first_of_kind: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        syntax = self.severities.of_rule("json")[0]
        self._shapes = KnownShapes(self.format, syntax, self.collected.has_enough)
        self._blanks = BlankLines(self.collected.most_kept)
        self._unreadable = Unreadable(self.readable)
        self.tokens = TokenCounter(self.format.tokenizer)

    def check(self, blocks: Iterable[bytes]) -> None:
        """Read a file to its end."""
        # the consumer gets the findings of every record, so each gets the full check
        fast_path = FastPath(self.format, None if self.consumer else self._shapes)
        first = 1
        for piece in pieces(self._counted(blocks)):
            start, not_valid = first, set[int]()
            for recognized in fast_path.recognize(piece):
                not_valid.update([first - start + at for at in self._check_lines(first, recognized)])
                first += recognized.lines
            if self.consumer is not None:
                self.consumer.piece(self.format, piece, not_valid)
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

    def add(self, found: Finding, line: int | None = None) -> Severity:
        """Add a finding; return its severity."""
        severity, source = self.severities.of(found)
        self.collected.add(found, severity, self.file, line, source)
        return severity

    def _counted(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self.counts.bytes += len(block)
            yield block

    def _check_lines(self, first: int, found: Recognized) -> list[int]:
        """Count lines, and check what is left of them; return which are no valid records, counted from 0."""
        self.hashes.add(found.hashes)
        self.counts.records += found.records
        self.counts.characters += found.characters
        self.tokens.add(found.texts, found.characters)
        if found.last is not None:
            self._blanks.record(first + found.last)
        self._count_known(found.known)
        not_valid = []
        left = [*self._to_compare(found).items(), *found.rest]
        for at, item in sorted(left, key=itemgetter(0)):
            if isinstance(item, list):
                self._check_among_others(first + at, item)
            elif not self._check_fully(first + at, item):
                not_valid.append(at)
        return not_valid

    def _count_known(self, known: Sequence[tuple[Shape, list[str]]]) -> None:
        """Count records that have the faults of an earlier one."""
        shapes: dict[int, list[Shape]] = {}
        for shape, texts in known:
            shapes.setdefault(id(shape), []).append(shape)
            trained = [texts[at] for at in shape.counted]
            characters = sum(map(len, trained))
            self.counts.characters += characters
            self.tokens.add(trained, characters)
        for same in shapes.values():
            self.counts.records += len(same)
            self.counts.invalid += len(same) if same[0].is_invalid else 0
            for (severity, rule), count in same[0].broken.items():
                self.collected.add_more(severity, rule, count * len(same))

    def _to_compare(self, found: Recognized) -> dict[int, list[tuple[str, str, str]]]:
        """Return the media of valid records that may not go with those before; most are only counted."""
        is_new = found.plain is not None and "text" not in self._first_of_kind
        if not found.media and not is_new:
            return {}
        kinds, prefix = Counter(map(itemgetter(1), found.media)), f"s3://{self.bucket}/"
        is_new = is_new or not kinds.keys() <= self._first_of_kind.keys()
        elsewhere = "media-bucket" in self.format.rules and not all(
            [one[4].startswith(prefix) for one in found.media]  # noqa: C419 - a list is faster
        )
        if self.readable or is_new or elsewhere:
            return found.references()
        self.counts.images += kinds["image"]
        self.counts.videos += kinds["video"]
        return {}

    def _check_fully(self, number: int, line: bytes | None) -> bool:
        """Check a line rule by rule; return whether it is a valid record."""
        if line is not None and not line.strip():
            self._blanks.add(number)
            return False
        self._blanks.record(number)
        seen, broken = Seen(), Counter[tuple["Severity", str]]()
        kept = FirstFindings(self.severities, self.collected.url) if self.consumer else None
        for found in self._problems(number, line, seen):
            broken[self.add(found, number), rule_of(found)] += 1
            if kept is not None:
                kept.add(found)
        is_invalid = "error" in [severity for severity, _ in broken]
        self.counts.records += 1
        self.counts.invalid += is_invalid
        if self.consumer is None and line is not None:
            self._shapes.learn(line, seen, broken)
        elif self.consumer is not None and kept is not None and is_invalid:
            self.consumer.broken(self.file, number, line, kept.kept)
        return not is_invalid

    def _problems(self, number: int, line: bytes | None, seen: Seen) -> Iterator[Finding]:
        """Yield what is wrong with one record, then compare it with those before."""
        try:
            yield from problems(self.format, line, seen)
        except RecordError as error:
            yield error.finding
            return
        characters = sum(map(len, seen.texts))
        self.counts.characters += characters
        self.tokens.add(seen.texts, characters)
        self._check_among_others(number, seen.media)

    def _check_among_others(self, line: int, media: Media) -> None:
        for found in self._among_others(line, media):
            self.add(found, line)

    def _among_others(self, line: int, media: Media) -> Iterator[Finding]:
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
                yield from self._mixed(kind)
        if "media-bucket" in self.format.rules:
            for kind, path, uri in media:
                bucket = uri.split("/", 3)[2]  # only valid references are in `media`
                self.bucket = self.bucket or bucket
                if bucket != self.bucket:
                    rule = f"must be in the dataset's own bucket; the {kind}s before it are in {self.bucket}"
                    yield finding("media-bucket", path, rule, bucket, "copy the object there")

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
