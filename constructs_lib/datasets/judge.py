"""One file, line by line: the fast way for perfect records, the slow one for all others."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from .blanks import AT_END, INNER, Blanks
from .faults import Fault
from .formats.shape import Seen
from .json_faults import RecordError, half_a_character, record_of
from .lines import LONGEST_LINE, whole_lines
from .repeats import Hashes
from .survey import Survey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .findings import Collected
    from .formats.base import Format
    from .severities import Severities

_TOO_LONG = f"must be at most {LONGEST_LINE:,} bytes long, far above every documented record size"


@dataclass(slots=True)
class Counts:
    """What was counted in a file.

    Args:
        bytes: Its size.
        lines: Its lines, blank ones included.
        records: The lines that hold a JSON object or ought to.
        characters: Those of all texts that are trained on.
        images: Image references.
        videos: Video references.
    """

    bytes: int = 0
    lines: int = 0
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
    """

    file: str
    format: Format
    severities: Severities
    collected: Collected
    bucket: str | None = None
    counts: Counts = field(default_factory=Counts)
    hashes: Hashes = field(default_factory=Hashes)

    def judge(self, blocks: Iterable[bytes]) -> None:
        """Read a file to its end."""
        survey, blanks = Survey(self.format.rules, self.bucket), Blanks(self.collected.limit)
        for lines in whole_lines(self._counted(blocks)):
            self._judge_lines(lines.first, lines.lines, survey, blanks)
        self.say_each(INNER, blanks.inner.count, blanks.inner.numbers)
        self.say_each(AT_END, blanks.at_end.count, blanks.at_end.numbers)
        if not self.counts.records:
            self.say(Fault("empty", "", "must hold records", "none", "write one JSON object on each line"))

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

    def _judge_lines(self, first: int, lines: list[bytes | None], survey: Survey, blanks: Blanks) -> None:
        texts = self._accepted(lines)
        rest = [index for index, one in enumerate(texts) if one is None]
        self.hashes.add(_comparable(lines, rest))
        self.counts.lines += len(lines)
        self.counts.records += len(texts) - len(rest)
        self.counts.characters += sum(map(len, chain.from_iterable(filter(None, texts))))
        if len(rest) < len(texts):
            blanks.record(first + next(at for at in range(len(texts) - 1, -1, -1) if texts[at] is not None))
            text = first + next(at for at, one in enumerate(texts) if one is not None)
            for fault in survey.text(text):
                self.say(fault, text)
        for index in rest:
            self._look_closely(first + index, lines[index], survey, blanks)

    def _accepted(self, lines: list[bytes | None]) -> list[list[str] | None]:
        """Return the texts of the records that surely keep every rule, and None for every other line."""
        try:
            texts = list(map(self.format.perfect_texts, lines))  # type: ignore[arg-type] # None makes a TypeError
        except (TypeError, ValueError, RecursionError):
            texts = [self._perfect_texts(line) for line in lines]
        words, most = self.format.words, self.format.most_characters
        if max(map(len, filter(None, lines)), default=0) > most:  # no record has more characters than bytes
            texts = [one if one and sum(map(len, one)) <= most else None for one in texts]
        if words and words.occur_in("\0".join(chain.from_iterable(filter(None, texts)))):
            texts = [one if one and not any(map(words.occur_in, one)) else None for one in texts]
        return texts

    def _perfect_texts(self, line: bytes | None) -> list[str] | None:
        try:
            return self.format.perfect_texts(line) if line else None
        except (ValueError, RecursionError):  # msgspec's errors and those of UTF-8 are ValueErrors
            return None

    def _look_closely(self, number: int, line: bytes | None, survey: Survey, blanks: Blanks) -> None:
        if line is not None and not line.strip():
            blanks.add(number)
            return
        blanks.record(number)
        self.counts.records += 1
        if line is None:
            fix = "split the record; if the file is one JSON list, write each item on a line of its own"
            self.say(Fault("line-too-long", "", _TOO_LONG, "a longer line", fix), number)
            return
        try:
            record = record_of(line)
        except RecordError as error:
            self.say(error.fault, number)
            return
        seen = Seen()
        for fault in chain(self.format.faults(record, seen), self._of_record(record, seen, number, survey)):
            self.say(fault, number)

    def _of_record(
        self, record: dict[str, object], seen: Seen, number: int, survey: Survey
    ) -> Iterator[Fault]:
        half = half_a_character(record)
        if half:
            yield half
        size = sum(map(len, seen.texts))
        self.counts.characters += size
        self.counts.images += sum(kind == "image" for kind, _, _ in seen.media)
        self.counts.videos += sum(kind == "video" for kind, _, _ in seen.media)
        if size > self.format.most_characters:
            yield self.format.too_long(size)
        yield from survey.record(number, seen)


def _comparable(lines: list[bytes | None], rest: list[int]) -> list[bytes]:
    """Return the lines by which records are compared: of lines without a record, nothing."""
    compared = [*lines]
    for index in rest:
        compared[index] = (lines[index] or b"").strip()
    return compared  # type: ignore[return-value] # every None was among the rest
