"""`validate`, which checks a dataset and returns a report."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from ..catalog import Catalog
from ..findings import Described
from .dataset_findings import Collected, finding
from .file_checker import Counts, FileChecker
from .formats import UNKNOWN, format_named, guess
from .json_record import RecordError, record_of
from .limits import Severities, measured, outside, severity_of
from .lines import refusal, remarks
from .record_judge import facts_of
from .repeats import Hashes, between, within
from .report import FileFacts, Report
from .sources import FileCopy, UnreadableError, bucket_of, content_hash, opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike
    from typing import TypeAlias

    from ..catalog import CustomizationFacts, Dataset
    from ..findings import Finding, Severity
    from .readable import Readable
    from .repeats import Repeats
    from .sources import Source

    Progress: TypeAlias = Callable[[str, int, int], object]

_FIRST_LINES = 10
_REPORTS: dict[tuple[object, ...], Report] = {}


def validate(
    path: Source,
    *,
    model: str,
    customization_type: str = "FINE_TUNING",
    validation: Source | None = None,
    validation_elsewhere: bool = False,
    limit: int = 20,
    catalog: Catalog | None = None,
    progress: Progress | None = None,
    readable: Readable | None = None,
) -> Report:
    """Check a dataset by what is documented of its model's data.

    Every problem of the files is reported, and none is raised. Memory stays under 100 MB for any file.
    The same files give the same report in every run.

    Args:
        path: the training data: a path, or an `s3://` URI, which is streamed with the user's credentials.
        model: the base model: an id, or an ARN.
        customization_type: the API's customization type.
        validation: the validation data. Default: none.
        validation_elsewhere: whether there is validation data that cannot be read here, so that the minimum
            of both files together cannot be checked.
        limit: how many findings the report shows; all are counted.
        catalog: what is documented. Default: the catalogue that comes with this library.
        progress: called with the file, the bytes read so far and its size. Default: nothing is called.
        readable: what the job's role may read, to compare the references to images and videos with. Default:
            not known.
    """
    run = Validation(
        catalog or Catalog.default(), model, customization_type, max(1, limit), progress, readable
    )
    return run.report(path, validation, elsewhere=validation_elsewhere)


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
        _REPORTS[key] = validate(
            path,
            model=model,
            customization_type=customization_type,
            validation=validation,
            validation_elsewhere=validation_elsewhere,
            limit=limit,
            catalog=catalog,
            readable=readable,
        )
    return _REPORTS[key]


def _identity(path: str | PathLike[str]) -> tuple[str, str]:
    """Return a file's name, which findings carry, and its hash; for one that cannot be read, the reason."""
    if isinstance(path, FileCopy):
        return str(path), path.sha256
    try:
        return str(path), content_hash(path)
    except OSError as error:
        return str(path), str(error)


@dataclass(slots=True)
class CheckedFile:
    """A file that was read, to its end or as far as it could be."""

    facts: FileFacts
    hashes: Hashes
    complete: bool


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
    """

    catalog: Catalog
    model: str
    customization_type: str
    limit: int
    progress: Progress | None
    readable: Readable | None = None
    format: str = field(init=False, default="")
    _collected: Collected = field(init=False)
    _facts: CustomizationFacts | None = field(init=False)
    _dataset: Dataset = field(init=False)

    def __post_init__(self) -> None:
        self._collected = Collected(self.limit, self.catalog.url)
        self._facts = facts_of(self.catalog, self.model, self.customization_type)
        self._dataset = self._facts.dataset if self._facts else UNKNOWN

    def report(self, path: Source, validation: Source | None, *, elsewhere: bool) -> Report:
        """Read everything, and report."""
        training = self._checked(path)
        other = self._checked(validation) if validation is not None else None
        if validation is not None:
            self._check_use(str(validation))
        if training.complete and (other is None or other.complete):
            self._check_limits(training.facts, other.facts if other else None, elsewhere=elsewhere)
        if other:
            self._check_overlap(training, other)
        return Report(
            model=self.model,
            customization_type=self.customization_type,
            format=self.format,
            training=training.facts,
            validation=other.facts if other else None,
            findings=self._collected.chosen(),
            kept=tuple(self._collected.kept),
            counted=self._collected.counted(),
            characters_per_token=self._dataset.characters_per_token,
        )

    def _checked(self, source: Source) -> CheckedFile:
        name, show = str(source), self.progress
        counts, hashes, complete = Counts(), Hashes(), False
        try:
            with opened(source, lambda read, size: show(name, read, size) if show else None) as blocks:
                first = next(blocks, b"")
                checker = self._checker(name, first)
                counts, hashes = checker.counts, checker.hashes
                refused = refusal(first)
                for found in [refused] if refused else remarks(first):
                    checker.add(found, 1)
                if refused is None:
                    checker.check(chain([first], blocks))
                    complete = True
        except UnreadableError as error:
            self._add(error.finding, name)
        repeats = self._check_repeats(name, hashes, counts.records)
        return CheckedFile(FileFacts(file=name, counts=counts, repeated=repeats.count), hashes, complete)

    def _checker(self, name: str, first: bytes) -> FileChecker:
        if not self.format:
            self._choose_format(name, first)
        chosen = format_named(self.format, self._dataset)
        return FileChecker(name, chosen, self._severities(), self._collected, bucket_of(name), self.readable)

    def _choose_format(self, name: str, first: bytes) -> None:
        self.format = guess(_first_record(first), self._dataset.formats)
        if self._facts is None:
            rule = f"is read as {self.format}, and only the format was checked: the catalogue does not have "
            rule += f"{self.customization_type} of this model"
            fix = "check the data against AWS's documentation"
            if self.catalog.resolve(self.model) is None and (near := self.catalog.nearest(self.model)):
                fix = f"{fix}; if the ID is misspelled, use {' or '.join(near)}"
            self._add(finding("format", "", rule, self.model, fix), name)

    def _check_repeats(self, name: str, hashes: Hashes, records: int) -> Repeats:
        """Report the records that repeat an earlier one of the same file."""
        repeats, fix = within(hashes, self._collected.most_kept), "remove one of them"
        for first, line in repeats.examples:
            got = Described(f"the record of line {first} again")
            self._add(
                finding("duplicate-record", "", "this record should occur only once", got, fix), name, line
            )
        self._add_more("duplicate-record", repeats)
        if not hashes.complete:
            rule = f"has more records than are searched for duplicates, {len(hashes.values):,}"
            got, fix = Described(f"{records:,} records"), "nothing needs to be done"
            self._add(finding("records-not-compared", "", rule, got, fix), name)
        return repeats

    def _check_overlap(self, training: CheckedFile, validation: CheckedFile) -> None:
        """Report the records of the validation data that are trained on too."""
        repeats = between(training.hashes, validation.hashes, self._collected.most_kept)
        for first, line in repeats.examples:
            rule = "this record should not be in the training data too"
            got = Described(f"the record of line {first} of the training data")
            found = finding("validation-record-trains", "", rule, got, "remove one of them")
            self._add(found, validation.facts.file, line)
        self._add_more("validation-record-trains", repeats)

    def _check_use(self, validation: str) -> None:
        """Report validation data that the model does not use."""
        known = self._facts.validation_data if self._facts else None
        if known is None or known.support not in ("ignored", "refused"):
            return
        level: Severity = "error" if known.verified and known.support == "refused" else "warning"
        does = "takes none" if known.support == "refused" else "does not train with it"
        rule = f"must be left out: it is validation data, and the model {does}"
        found = finding("validation-data", "", rule, validation, "leave it out")
        self._collected.add(found, level, validation, source=known.source)

    def _check_limits(self, training: FileFacts, validation: FileFacts | None, *, elsewhere: bool) -> None:
        counts = validation.counts if validation else None
        for quantity, value, incomplete in measured(training.counts, counts, elsewhere=elsewhere):
            file = validation.file if validation and quantity.startswith("validation") else training.file
            for found, limit in outside(self._dataset, quantity, value, incomplete=incomplete):
                self._collected.add(found, severity_of(limit), file, source=limit.source)

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
