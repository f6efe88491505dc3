"""`validate`, which checks a dataset and returns a report."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

from ...catalog import Catalog
from ...findings import Described, printable
from ..dataset_findings import Collected, finding, rule_of
from ..formats import UNKNOWN, format_named, guess
from ..formats.invocation_logs import InvocationLogs
from ..reading.json_record import RecordError, record_of
from ..reading.lines import GZIP, LONGEST_LINE, head_of, refusal, remarks
from ..reading.log_bodies import LogBodies
from ..reading.sources import FileCopy, Inputs, UnreadableError, bucket_of, content_hash, inputs_of, opened
from ..reading.unpacking import refused as refused_gzip
from ..reading.unpacking import unpacked
from ..tokens.token_rates import Tokens, sum_of
from .file_checker import Counts, FileChecker
from .limits import Severities, measured, outside, severity_of, unused_validation_data
from .record_checker import facts_of, teachers_of
from .repeats import Hashes, between, within
from .report import FileFacts, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from os import PathLike
    from typing import TypeAlias

    from ...catalog import CustomizationFacts, Dataset
    from ...findings import Finding
    from ..formats.base import Format
    from ..reading.sources import Source
    from ..tokens.token_counter import CountTokens
    from .readable import Readable
    from .record_consumer import RecordConsumer
    from .repeats import Repeats

    Progress: TypeAlias = Callable[[str, int, int], object]

_LOGS = "invocation-logs"
_FIRST_LINES = 10
_LONGEST_NAME = 40
_REPORTS: dict[tuple[object, ...], Report] = {}


def validate(
    path: Source | Sequence[Source],
    *,
    model: str,
    customization_type: str = "FINE_TUNING",
    validation: Source | Sequence[Source] | None = None,
    validation_elsewhere: bool = False,
    limit: int = 20,
    catalog: Catalog | None = None,
    progress: Progress | None = None,
    readable: Readable | None = None,
    count_tokens: CountTokens | None = None,
) -> Report:
    """Check a dataset by what is documented of its model's data.

    Every problem of the files is reported, and none is raised. Memory stays under 100 MB for any file.
    The same files give the same report in every run.

    Args:
        path: the training data: a file or folder, an `s3://` URI, which is read with the user's credentials
            and is a prefix if it ends in a slash, `-` for standard input, or several of them.
        model: the base model: an id, or an ARN.
        customization_type: the API's customization type.
        validation: the validation data, in the same forms. Default: none.
        validation_elsewhere: whether there is validation data that cannot be read here, so that the minimum
            of both files together cannot be checked.
        limit: how many findings the report shows; all are counted.
        catalog: what is documented. Default: the catalogue that comes with this library.
        progress: called with the file, the bytes read so far and its size. Default: nothing is called.
        readable: what the job's role may read, to compare the references to images and videos with. Default:
            not known.
        count_tokens: counts the tokens of a text, as the model's own tokenizer does; it is called with every
            text. Default: tokens are estimated from a sample of the texts.
    """
    run = Validation(
        catalog or Catalog.default(),
        model,
        customization_type,
        max(1, limit),
        progress,
        readable,
        count_tokens,
    )
    other = inputs_of(validation) if validation is not None else None
    return run.report(inputs_of(path), other, elsewhere=validation_elsewhere)


def validate_file_cached(
    path: str | PathLike[str],
    *,
    model: str,
    customization_type: str = "FINE_TUNING",
    validation: str | PathLike[str] | None = None,
    validation_elsewhere: bool = False,
    limit: int = 20,
    catalog: Catalog | None = None,
    readable: Readable | None = None,
) -> Report:
    """Return the report on local files; files with the same content are checked once in a process.

    Args:
        path: the training file, or a copy of it.
        model: as for `validate`.
        customization_type: as for `validate`.
        validation: the validation file. Default: none.
        validation_elsewhere: as for `validate`.
        limit: as for `validate`.
        catalog: as for `validate`.
        readable: as for `validate`.
    """
    catalog = catalog or Catalog.default()
    files = (_identity(path), _identity(validation) if validation is not None else None)
    key = (*files, model, customization_type, validation_elsewhere, limit, catalog, readable)
    if key not in _REPORTS:
        run = Validation(catalog, model, customization_type, max(1, limit), None, readable)
        other = _one_file(validation) if validation is not None else None
        _REPORTS[key] = run.report(_one_file(path), other, elsewhere=validation_elsewhere)
    return _REPORTS[key]


def _one_file(path: str | PathLike[str]) -> Inputs:
    """Return a local file as it is: where a file is uploaded, a folder is a mistake."""
    return Inputs(name=str(path), files=(path,))


def _identity(path: str | PathLike[str]) -> tuple[str, str]:
    """Return a file's name, which findings carry, and its hash; for one that cannot be read, the reason."""
    if isinstance(path, FileCopy):
        return str(path), path.sha256
    try:
        return str(path), content_hash(path)
    except OSError as error:
        return str(path), str(error)


@dataclass(slots=True)
class CheckedFiles:
    """The files of the training or validation data that were read, to their ends or as far as they could be.

    Args:
        name: what all of them are called together.
        facts: of each file.
        hashes: of all their lines, one file after the other.
        starts: where in `hashes` each file starts.
        complete: whether every file was read to its end.
    """

    name: str
    facts: list[FileFacts] = field(default_factory=list)
    hashes: Hashes = field(default_factory=Hashes)
    starts: list[int] = field(default_factory=list)
    complete: bool = True

    @property
    def counts(self) -> Counts:
        """What was counted in all files together."""
        counts = Counts()
        for one in fields(Counts):
            setattr(counts, one.name, sum(getattr(facts.counts, one.name) for facts in self.facts))
        return counts

    def position(self, line: int) -> tuple[str, int]:
        """Return file and line of a line of all files together, both counted from 1."""
        at = bisect_right(self.starts, line - 1) - 1
        return self.facts[at].file, line - self.starts[at]

    def named(self, line: int, file: str) -> str:
        """Return how a finding in a file names another line."""
        other, number = self.position(line)
        if other == file:
            return f"line {number}"
        name = other
        if len(other) > _LONGEST_NAME:
            name = f".../{other.rpartition('/')[2][-_LONGEST_NAME:]}"
        return f"line {number} of {printable(name)}"

    def total(self, repeated: int) -> FileFacts:
        """Return the facts of one file, or of all together."""
        if len(self.facts) == 1 and self.facts[0].file == self.name:
            return replace(self.facts[0], repeated=repeated)
        each = tuple(self._with_repeats(at) for at in range(len(self.facts)))
        tokens = sum_of(one.tokens for one in each)
        return FileFacts(file=self.name, counts=self.counts, repeated=repeated, tokens=tokens, files=each)

    def _with_repeats(self, at: int) -> FileFacts:
        """Return the facts of a file, with the records that repeat an earlier one of the same file."""
        end = self.starts[at + 1] if at + 1 < len(self.starts) else len(self.hashes.values)
        own = Hashes()
        own.add(self.hashes.values[self.starts[at] : end])
        return replace(self.facts[at], repeated=within(own, 0).count)


@dataclass(slots=True)
class _Shown:
    """The progress that is shown: of each file, or of a whole folder or prefix."""

    inputs: Inputs
    progress: Progress | None
    _before: int = 0
    _now: int = 0

    def of(self, name: str) -> Callable[[int, int], object] | None:
        """Return what is called for the next file."""
        show = self.progress
        if show is None:
            return None
        if len(self.inputs.files) == 1 or not self.inputs.size:
            return lambda read, size: show(name, read, size)
        self._before += self._now
        return self._of_all

    def _of_all(self, read: int, _: int) -> None:
        self._now = read
        if self.progress is not None:
            self.progress(self.inputs.name, min(self._before + read, self.inputs.size), self.inputs.size)


@dataclass(slots=True)
class Validation:
    """One validation: both files, the sums of both, and the records that repeat.

    Args:
        catalog: what is documented.
        model: the base model, as it was named.
        customization_type: the API's customization type.
        limit: how many findings are shown.
        progress: called with file, bytes read and size.
        readable: what the job's role may read. Default: not known.
        count_tokens: counts the tokens of a text. Default: they are estimated.
        consumer: gets the valid records of the training data, and the others. Default: none.
    """

    catalog: Catalog
    model: str
    customization_type: str
    limit: int
    progress: Progress | None
    readable: Readable | None = None
    count_tokens: CountTokens | None = None
    consumer: RecordConsumer | None = None
    format: str = field(init=False, default="")
    _first_read: str = field(init=False, default="")
    _formats: dict[str, Format] = field(init=False, default_factory=dict)
    _bodies: LogBodies = field(init=False, default_factory=LogBodies)
    _teachers: tuple[str, ...] = field(init=False)
    _collected: Collected = field(init=False)
    _facts: CustomizationFacts | None = field(init=False)
    _dataset: Dataset = field(init=False)

    def __post_init__(self) -> None:
        self._collected = Collected(self.limit, self.catalog.url)
        self._facts = facts_of(self.catalog, self.model, self.customization_type)
        self._dataset = self._facts.dataset if self._facts else UNKNOWN
        self._teachers = teachers_of(self.catalog, self.model, self.customization_type)

    def report(self, inputs: Inputs, validation: Inputs | None, *, elsewhere: bool) -> Report:
        """Read everything, and report."""
        training = self._checked(inputs, self.consumer)
        if self.consumer is not None:
            self.consumer.is_complete = training.complete
        other = self._checked(validation) if validation is not None else None
        if validation is not None:
            self._check_use(validation.name)
        if not self.format and self._first_read:
            self._choose_format(self._first_read, None)
        self._check_number(inputs)
        totals = [self._total(one) for one in (training, other) if one]
        if training.complete and (other is None or other.complete):
            self._check_limits(totals[0], totals[1] if other else None, elsewhere=elsewhere)
        if other:
            self._check_overlap(training, other)
        return self._report(totals[0], totals[1] if other else None)

    def report_of_blocks(self, name: str, blocks: Iterable[bytes], format: str) -> Report:
        """Read a training file while it is written, and report.

        Args:
            name: the file.
            blocks: what is written, in whole lines.
            format: the format in which it is written.
        """
        self.format = format
        checked = CheckedFiles(name, starts=[0])
        checker = self._checker(name, b"", checked.hashes)
        checker.check(blocks)
        tokens = checker.tokens.total()
        checked.facts.append(FileFacts(file=name, counts=checker.counts, repeated=0, tokens=tokens))
        total = self._total(checked)
        self._check_limits(total, None, elsewhere=False)
        return self._report(total, None)

    def _report(self, training: FileFacts, validation: FileFacts | None) -> Report:
        return Report(
            model=self.model,
            customization_type=self.customization_type,
            format=self.format,
            training=training,
            validation=validation,
            findings=self._collected.chosen(),
            kept=tuple(self._collected.kept),
            counted=self._collected.counted(),
            dataset=self._dataset,
            tokens_are_counted=self.count_tokens is not None,
        )

    def _checked(self, inputs: Inputs, consumer: RecordConsumer | None = None) -> CheckedFiles:
        checked, shown = CheckedFiles(inputs.name), _Shown(inputs, self.progress)
        for name, found in inputs.findings:
            self._add(found, name)
            checked.complete = checked.complete and rule_of(found) != "unreadable"
        for source in inputs.files:
            checked.starts.append(len(checked.hashes.values))
            facts, is_complete = self._check_file(source, checked.hashes, shown.of(str(source)), consumer)
            checked.facts.append(facts)
            checked.complete = checked.complete and is_complete
        return checked

    def _check_file(
        self,
        source: Source,
        hashes: Hashes,
        progress: Callable[[int, int], object] | None,
        consumer: RecordConsumer | None,
    ) -> tuple[FileFacts, bool]:
        """Check one file; return what was counted, and whether it was read to its end."""
        name, checker, is_complete = str(source), None, False
        self._bodies.file = source
        reads_logs = _LOGS in self._dataset.formats
        try:
            with opened(source, progress, compressed=reads_logs) as blocks:
                head, rest = head_of(blocks, LONGEST_LINE)
                is_packed = reads_logs and head.startswith(GZIP)
                if is_packed:
                    head, rest = head_of(unpacked(rest), LONGEST_LINE)
                checker = self._checker(name, head, hashes)
                checker.consumer = consumer
                refused = self._refusal(name, head, is_packed=is_packed)
                for found in [refused] if refused else remarks(head):
                    checker.add(found, 1)
                if refused is None:
                    checker.check(rest)
                    is_complete = True
        except UnreadableError as error:
            self._add(error.finding, name)
        counts = checker.counts if checker else Counts()
        tokens = checker.tokens.total() if checker else Tokens(0, 0, 0)
        return FileFacts(file=name, counts=counts, repeated=0, tokens=tokens), is_complete

    def _refusal(self, name: str, head: bytes, *, is_packed: bool) -> Finding | None:
        """Return why a file is not read; None where it is."""
        from ..conversion.foreign import foreign_shape  # here, because conversions validate what they write

        kind = self.customization_type
        if is_packed and self.format != _LOGS:
            return refused_gzip()
        found = foreign_shape(name, head, self._dataset, model=self.model, customization_type=kind)
        return found or refusal(head)

    def _checker(self, name: str, head: bytes, hashes: Hashes) -> FileChecker:
        self._first_read = self._first_read or name
        record = _first_record(head) if not self.format else None
        if record is not None:
            self._choose_format(name, record)
        return FileChecker(
            name,
            self._format(),
            self._severities(),
            self._collected,
            bucket_of(name),
            self.readable,
            hashes=hashes,
        )

    def _format(self) -> Format:
        """Return the format by which files are read; all files share it, for what it reports only once."""
        name = self.format or self._dataset.formats[0]
        if name not in self._formats:
            form = format_named(name, self._dataset, self._teachers, self.count_tokens)
            if isinstance(form, InvocationLogs):
                form = replace(form, read_body=self._bodies.read)
            self._formats[name] = form
        return self._formats[name]

    def _choose_format(self, name: str, record: object) -> None:
        self.format = guess(record, self._dataset.formats)
        if self._facts is None:
            rule = f"is read as {self.format}, and only the format was checked: the catalogue does not have "
            rule += f"{self.customization_type} of this model"
            fix = "check the data against AWS's documentation"
            if known := self.catalog.find_not_customizable(self.model):
                fix = f"choose another model: {known.reason}"
            elif self.catalog.resolve(self.model) is None and (near := self.catalog.nearest(self.model)):
                fix = f"{fix}; if the ID is misspelled, use {' or '.join(near)}"
            self._add(finding("format", "", rule, self.model, fix), name)

    def _check_number(self, inputs: Inputs) -> None:
        """Report several files of a format of which a job reads one object."""
        if len(inputs.files) > 1 and self.format != _LOGS:
            rule = "must be one file: a job reads its training data from one object in S3"
            got, fix = (
                Described(f"{len(inputs.files):,} files"),
                "upload them as one file, one after the other",
            )
            self._add(finding("several-files", "", rule, got, fix), inputs.name)

    def _total(self, files: CheckedFiles) -> FileFacts:
        """Report the records that repeat an earlier one, and return the facts of all files."""
        repeats, fix = within(files.hashes, self._collected.most_kept), "remove one of them"
        for first, again in repeats.examples:
            file, line = files.position(again)
            got = Described(f"the record of {files.named(first, file)} again")
            self._add(
                finding("duplicate-record", "", "this record should occur only once", got, fix), file, line
            )
        self._add_more("duplicate-record", repeats)
        total = files.total(repeats.count)
        if not files.hashes.complete:
            rule = f"has more records than are searched for duplicates, {len(files.hashes.values):,}"
            got, fix = Described(f"{total.counts.records:,} records"), "nothing needs to be done"
            self._add(finding("records-not-compared", "", rule, got, fix), files.name)
        return total

    def _check_overlap(self, training: CheckedFiles, validation: CheckedFiles) -> None:
        """Report the records of the validation data that are trained on too."""
        repeats = between(training.hashes, validation.hashes, self._collected.most_kept)
        for first, again in repeats.examples:
            rule = "this record should not be in the training data too"
            _, line = training.position(first)
            which = f"line {line} of the training data"
            if len(training.facts) > 1:
                which = training.named(first, "")
            file, line = validation.position(again)
            found = finding(
                "validation-record-trains",
                "",
                rule,
                Described(f"the record of {which}"),
                "remove one of them",
            )
            self._add(found, file, line)
        self._add_more("validation-record-trains", repeats)

    def _check_use(self, validation: str) -> None:
        """Report validation data that the model does not use."""
        if unused := unused_validation_data(self._facts, validation):
            found, level, source = unused
            self._collected.add(found, level, validation, source=source)

    def _check_limits(self, training: FileFacts, validation: FileFacts | None, *, elsewhere: bool) -> None:
        counts = validation.counts if validation else None
        for quantity, value, incomplete, invalid in measured(training.counts, counts, elsewhere=elsewhere):
            if self.format == _LOGS and quantity.endswith("-bytes"):
                continue  # no limit on the bytes of logs is known
            if not value:
                continue  # that a file is empty is reported already, and says what to do
            file = validation.file if validation and quantity.startswith("validation") else training.file
            for found, limit in outside(
                self._dataset, quantity, value, incomplete=incomplete, invalid=invalid
            ):
                level = severity_of(limit)
                if self.format == _LOGS and limit.max is not None and value > limit.max and level == "error":
                    level = "warning"  # the job's filters of the request metadata may choose fewer
                self._collected.add(found, level, file, source=limit.source)

    def _severities(self) -> Severities:
        return Severities(self._dataset, self.catalog.formats[self.format or self._dataset.formats[0]])

    def _add(self, found: Finding, file: str, line: int | None = None) -> None:
        level, source = self._severities().of(found)
        self._collected.add(found, level, file, line, source)

    def _add_more(self, rule: str, repeats: Repeats) -> None:
        level, _ = self._severities().of_rule(rule)
        self._collected.add_more(level, rule, repeats.count - len(repeats.examples))


def _first_record(block: bytes) -> object:
    """Return the first line that is a record, among the first lines."""
    lines = block.removeprefix(b"\xef\xbb\xbf").split(b"\n", _FIRST_LINES)[:_FIRST_LINES]
    for line in lines:
        with suppress(RecordError):
            return record_of(line)
    return None
