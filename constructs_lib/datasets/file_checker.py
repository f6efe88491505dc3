"""One file, line by line: the fast way for perfect records, the slow one for all others."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from .blanks import AT_END, INNER, Blanks
from .fast_path import recognize
from .faults import Fault, Shown
from .formats.record_checks import Seen
from .json_record import RecordError, record_of
from .lines import LONGEST_LINE, pieces
from .readable import Readable, Unreadable
from .repeats import Hashes
from .survey import Survey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .dataset_findings import Collected
    from .formats.base import Format
    from .severities import Severities

_TOO_LONG = f"must be at most {LONGEST_LINE:,} bytes long, far above every documented record size"


@dataclass(slots=True)
class Counts:
    """What was counted in a file.

    Args:
        bytes: Its size.
        records: The lines that hold a JSON object or ought to.
        characters: Those of all texts that are trained on.
        images: Image references.
        videos: Video references.
    """

    bytes: int = 0
    records: int = 0
    characters: int = 0
    images: int = 0
    videos: int = 0


@dataclass(slots=True)
class FileJudge:
    """Judges one file.

    Args:
        file: Its name, for the findings.
        format: Its format, with the model's rules.
        severities: What broken rules count as.
        collected: Gets the findings.
        bucket: The bucket that the file is in, where that is known.
        readable: What the job's role may read. Default: that is not known.
    """

    file: str
    format: Format
    severities: Severities
    collected: Collected
    bucket: str | None = None
    readable: Readable | None = None
    counts: Counts = field(default_factory=Counts)
    hashes: Hashes = field(default_factory=Hashes)
    _unreadable: Unreadable = field(default_factory=Unreadable)

    def judge(self, blocks: Iterable[bytes]) -> None:
        """Read a file to its end."""
        survey, blanks = Survey(self.format.rules, self.bucket), Blanks(self.collected.limit)
        self._unreadable = Unreadable(self.readable)
        first = 1
        for piece in pieces(self._counted(blocks)):
            first += self._judge_piece(first, piece, survey, blanks)
        self._say_unreadable()
        self.say_each(INNER, blanks.inner.count, blanks.inner.numbers)
        self.say_each(AT_END, blanks.at_end.count, blanks.at_end.numbers)
        if not self.counts.records:
            self.say(
                Fault("empty", "", "must hold records", Shown("none"), "write one JSON object on each line")
            )

    def say(self, fault: Fault, line: int | None = None) -> None:
        """Add a finding."""
        severity, source = self.severities.of(fault.rule)
        self.collected.add(fault, severity, self.file, line, source)

    def say_each(self, fault: Fault, count: int, lines: Sequence[int]) -> None:
        """Add a finding for each of `count` lines, of which the first are known."""
        for line in lines:
            self.say(fault, line)
        self.collected.add_more(self.severities.of(fault.rule)[0], fault.rule, count - len(lines))

    def _counted(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self.counts.bytes += len(block)
            yield block

    def _judge_piece(self, first: int, piece: bytes | None, survey: Survey, blanks: Blanks) -> int:
        """Judge some lines; return how many they were."""
        found = recognize(self.format, piece)
        self.hashes.add(found.hashes)
        self.counts.records += found.records
        self.counts.characters += found.characters
        if found.last is not None:
            blanks.record(first + found.last)
        if found.plain is not None:
            self._survey(first + found.plain, [], survey)
        for at, seen in found.rich:
            self._survey(first + at, seen.media, survey)
        for at, line in found.rest:
            self._look_closely(first + at, line, survey, blanks)
        return found.lines

    def _survey(self, line: int, media: list[tuple[str, str, str]], survey: Survey) -> None:
        self._count_media(media)
        self._unreadable.look(line, media)
        for fault in survey.record(line, media):
            self.say(fault, line)

    def _say_unreadable(self) -> None:
        if self.readable is not None:
            for line, fault in self._unreadable.faults():
                self.collected.add(fault, self.readable.severity, self.file, line)

    def _count_media(self, media: list[tuple[str, str, str]]) -> None:
        for kind, _, _ in media:
            if kind == "image":
                self.counts.images += 1
            else:
                self.counts.videos += 1

    def _look_closely(self, number: int, line: bytes | None, survey: Survey, blanks: Blanks) -> None:
        if line is not None and not line.strip():
            blanks.add(number)
            return
        blanks.record(number)
        self.counts.records += 1
        if line is None:
            fix = "split the record; if the file is one JSON list, write each item on a line of its own"
            self.say(Fault("line-too-long", "", _TOO_LONG, Shown("a longer line"), fix), number)
            return
        try:
            record = record_of(line)
        except RecordError as error:
            self.say(error.fault, number)
            return
        seen = Seen()
        for fault in chain(self.format.faults(record, seen), self._of_record(seen, number, survey)):
            self.say(fault, number)

    def _of_record(self, seen: Seen, number: int, survey: Survey) -> Iterator[Fault]:
        size = sum(map(len, seen.texts))
        self.counts.characters += size
        if size > self.format.most_characters:
            yield self.format.too_long(size)
        self._survey(number, seen.media, survey)
