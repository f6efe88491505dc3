"""One validation: both files, the sums of both, and what repeats."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from constructs_lib.catalog import Catalog, Dataset

from .dataset_findings import Collected
from .faults import Fault, Shown
from .file_checker import Counts, FileJudge
from .formats import FORMATS, format_named, guess
from .json_record import RecordError, record_of
from .limits import broken, measured, severity
from .lines import marks, refusal
from .repeats import Hashes, between, within
from .report import FileFacts, Report
from .severities import Severities
from .sources import UnreadableError, bucket_of, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike
    from typing import TypeAlias

    from constructs_lib.catalog import CustomizationFacts, Severity

    from .readable import Readable
    from .repeats import Repeats

    Source: TypeAlias = str | PathLike[str]
    Progress: TypeAlias = Callable[[str, int, int], object]

_UNKNOWN = Dataset(formats=tuple(FORMATS))
_REPEATED = ("this record should be there once", "the record of line {} again")
_TRAINS = ("this record should not train too", "the record of line {} of the training data")


@dataclass(slots=True)
class Judged:
    """A file that was read, or could not be."""

    facts: FileFacts
    hashes: Hashes
    complete: bool


@dataclass(slots=True)
class Run:
    """What one validation works with.

    Args:
        catalog: What is documented.
        model: The base model, as it was named.
        customization_type: The API's customization type.
        limit: How many findings are kept.
        progress: Called with file, bytes read and size.
        readable: What the job's role may read. Default: that is not known.
    """

    catalog: Catalog
    model: str
    customization_type: str
    limit: int
    progress: Progress | None
    readable: Readable | None = None
    collected: Collected = field(init=False)
    format: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self.collected = Collected(self.limit)

    @property
    def facts(self) -> CustomizationFacts | None:
        """What is documented of this customization type of this model."""
        found = self.catalog.resolve(self.model)
        return found.customizations.get(self.customization_type) if found else None

    @property
    def dataset(self) -> Dataset:
        """What is documented of the data; for an unknown model, nothing but the formats."""
        return self.facts.dataset if self.facts else _UNKNOWN

    def report(self, path: Source, validation: Source | None, *, elsewhere: bool) -> Report:
        """Read everything, and report."""
        training = self._judged(path)
        other = self._judged(validation) if validation is not None else None
        self._validation_data(validation)
        if training.complete and (other is None or other.complete):
            self._limits(training.facts, other.facts if other else None, elsewhere=elsewhere)
        if other:
            shared = between(training.hashes, other.hashes, self.limit)
            self._repeats(shared, "validation-record-trains", _TRAINS, other.facts.file)
        return Report(
            model=self.model,
            customization_type=self.customization_type,
            format=self.format,
            training=training.facts,
            validation=other.facts if other else None,
            findings=self.collected.chosen(),
            counted=dict(self.collected.counts),
            characters_per_token=self.dataset.characters_per_token,
        )

    def _judged(self, place: Source) -> Judged:
        name = str(place)
        show = self.progress
        counts, hashes, complete = Counts(), Hashes(), False
        try:
            with opened(place, lambda read, size: show(name, read, size) if show else None) as blocks:
                first = next(blocks, b"")
                judge = self._judge(name, first)
                refused = refusal(first)
                for fault in [refused] if refused else marks(first):
                    judge.say(fault, 1)
                counts, hashes = judge.counts, judge.hashes
                if refused is None:
                    judge.judge(chain([first], blocks))
                    complete = True
        except UnreadableError as error:
            self._say(error.fault, name)
        return self._compared(name, counts, hashes, complete=complete)

    def _judge(self, name: str, first: bytes) -> FileJudge:
        if not self.format:
            self._choose_format(name, first)
        chosen = format_named(self.format, self.dataset)
        return FileJudge(name, chosen, self._severities(), self.collected, bucket_of(name), self.readable)

    def _choose_format(self, name: str, first: bytes) -> None:
        self.format = guess(_first_record(first), self.dataset.formats)
        if self.facts is None:
            who = f"{self.customization_type} of {self.model}"
            what = f"is read as {self.format}: {who} is not in the catalogue, so only the format was checked"
            self._say(Fault("format", "", what, self.model, "compare the data with AWS's pages"), name)

    def _compared(self, name: str, counts: Counts, hashes: Hashes, *, complete: bool) -> Judged:
        repeats = within(hashes, self.limit)
        self._repeats(repeats, "duplicate-record", _REPEATED, name)
        if not hashes.complete:
            what = f"has more records than are compared with each other, {len(hashes.values):,}"
            got, fix = Shown(f"{counts.records:,} records"), "nothing needs to be done"
            self._say(Fault("records-not-compared", "", what, got, fix), name)
        return Judged(FileFacts(file=name, counts=counts, repeated=repeats.count), hashes, complete)

    def _repeats(self, repeats: Repeats, rule: str, said: tuple[str, str], file: str) -> None:
        for home, line in repeats.examples:
            what, got = said[0], Shown(said[1].format(home))
            fault = Fault(rule, "", what, got, "take one of them out")
            self._say(fault, file, line)
        self.collected.add_more("warning", rule, repeats.count - len(repeats.examples))

    def _validation_data(self, validation: Source | None) -> None:
        known = self.facts.validation_data if self.facts else None
        if validation is None or known is None or known.support not in ("ignored", "refused"):
            return
        level: Severity = "error" if known.verified and known.support == "refused" else "warning"
        said = "takes none" if known.support == "refused" else "does not train with it"
        what = f"should be left out: it is validation data, and the model {said}"
        fault = Fault("validation-data", "", what, str(validation), "leave it out")
        self.collected.add(fault, level, str(validation), source=known.source)

    def _limits(self, training: FileFacts, validation: FileFacts | None, *, elsewhere: bool) -> None:
        counts = validation.counts if validation else None
        for quantity, value, grows in measured(training.counts, counts, elsewhere=elsewhere):
            file = validation.file if validation and quantity.startswith("validation") else training.file
            for fault, limit in broken(self.dataset, quantity, value, grows=grows):
                self.collected.add(fault, severity(limit), file, source=limit.source)

    def _severities(self) -> Severities:
        return Severities(self.dataset, self.catalog.formats[self.format or self.dataset.formats[0]])

    def _say(self, fault: Fault, file: str, line: int | None = None) -> None:
        level, source = self._severities().of(fault.rule)
        self.collected.add(fault, level, file, line, source)


def _first_record(block: bytes) -> object:
    """Return the first line that is a record, among the first lines."""
    for line in _first_lines(block):
        try:
            return record_of(line)
        except RecordError:
            continue
    return None


def _first_lines(block: bytes, most: int = 10) -> Iterator[bytes]:
    for line in block.removeprefix(b"\xef\xbb\xbf").split(b"\n", most)[:most]:
        if line.strip():
            yield line
