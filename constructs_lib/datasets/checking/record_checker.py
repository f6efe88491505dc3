"""One record checked by itself, whatever the rest of its file holds."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...catalog import Catalog
from ...findings import Described
from ..dataset_findings import as_shown, finding
from ..formats import FORMATS, UNKNOWN, format_named, guess
from ..formats.record_checks import Seen
from ..reading.json_record import RecordError, record_of
from ..reading.lines import LONGEST_LINE, BlankLines
from .fast_path import recognize
from .limits import Severities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ...catalog import CustomizationFacts, Dataset
    from ...findings import Finding
    from ..formats.base import Format

MOST_FINDINGS = 20
"""How many findings of one record are returned at most."""

_TOO_LONG = finding(
    "line-too-long",
    "",
    f"must be at most {LONGEST_LINE:,} bytes long, far above every documented record size",
    Described("a longer line"),
    "split the record; if the file is one JSON list, write each item on a line of its own",
)


def problems(form: Format, line: bytes | None, seen: Seen) -> Iterator[Finding]:
    """Yield what is wrong with one record.

    Args:
        form: its format, with the model's rules.
        line: the record, without a line end; None for a line that is too long to be read.
        seen: gets the texts and media of the record.

    Raises:
        RecordError: the line holds no record.
    """
    if line is None or len(line) > LONGEST_LINE:
        raise RecordError(_TOO_LONG)
    yield from form.check(record_of(line), seen)
    if form.is_too_long(seen.texts):
        yield form.too_long(seen.texts)


def texts_of(form: Format, line: bytes) -> Sequence[str]:
    """Return the texts of a record that are trained on; none where the line holds no record.

    Args:
        form: its format, with the model's rules.
        line: the record, without a line end.
    """
    if form.recognizer is not None:
        with suppress(ValueError, RecursionError):
            return form.recognizer.accept_plain(line)[0]
    seen = Seen()
    with suppress(RecordError):
        for _ in problems(form, line, seen):
            pass
    return seen.texts


@dataclass(slots=True)
class FirstFindings:
    """The first findings of a record, with their severities; if one of all is an error, one of these is.

    Args:
        severities: those of the rules.
        url: returns the page of a source.
    """

    severities: Severities
    url: Callable[[str], str] = str
    kept: list[Finding] = field(default_factory=list)
    has_errors: bool = False

    def add(self, found: Finding) -> None:
        """Add a finding; more than `MOST_FINDINGS` are not kept."""
        is_full = len(self.kept) >= MOST_FINDINGS
        if is_full and self.has_errors:
            return
        severity, source = self.severities.of(found)
        if is_full and severity == "error":
            self.kept.pop()
        if len(self.kept) < MOST_FINDINGS:
            self.kept.append(as_shown(found, severity, self.url(source)))
        self.has_errors = self.has_errors or severity == "error"


class RecordChecker:
    """Checks single records by what is documented of a model's data.

    What several records have to do with each other is not checked: repeats, counts, one kind of media.

    Args:
        model: the base model: an id, or an ARN.
        customization_type: the API's customization type.
        catalog: what is documented. Default: the catalogue that comes with this library.
        format: one of `FORMATS`. Default: that of the model; where there are several, the first record
            decides.

    Raises:
        ValueError: there is no format of that name.
    """

    def __init__(
        self,
        *,
        model: str,
        customization_type: str = "FINE_TUNING",
        catalog: Catalog | None = None,
        format: str | None = None,
    ) -> None:
        if format is not None and format not in FORMATS:
            raise ValueError(f"format must be one of {', '.join(FORMATS)}, got {format!r}")
        self.catalog = catalog or Catalog.default()
        facts = facts_of(self.catalog, model, customization_type)
        self._dataset: Dataset = facts.dataset if facts else UNKNOWN
        self._teachers = teachers_of(self.catalog, model, customization_type)
        self._form: Format | None = None
        self.format = format or ""
        """The format by which records are checked; "" as long as no record has decided."""
        if format is None and len(self._dataset.formats) == 1:
            self.format = self._dataset.formats[0]

    def findings(self, line: bytes) -> tuple[Finding, ...]:
        """Return what is wrong with a record, at most `MOST_FINDINGS` findings; () for a valid one.

        Args:
            line: the record as one line of JSON.
        """
        line = line.rstrip(b"\r\n")
        form = self._form or self._format_of(line)
        found = FirstFindings(self._severities, self.catalog.url)
        if not self._is_recognized(form, line):
            for one in self._problems(form, line):
                found.add(one)
        return tuple(found.kept)

    def is_valid(self, line: bytes) -> bool:
        """Return whether a record has no errors; it may have warnings.

        Args:
            line: the record as one line of JSON.
        """
        line = line.rstrip(b"\r\n")
        form = self._form or self._format_of(line)
        if self._is_recognized(form, line):
            return True
        return all(self._severities.of(one)[0] != "error" for one in self._problems(form, line))

    def _format_of(self, line: bytes) -> Format:
        """Choose the format by the first record, and return it."""
        decided = bool(self.format)
        if not decided:
            try:
                self.format, decided = guess(record_of(line), self._dataset.formats), True
            except RecordError:
                self.format = self._dataset.formats[0]
        form = format_named(self.format, self._dataset, self._teachers)
        self._severities = Severities(self._dataset, self.catalog.formats[self.format])
        if decided:
            self._form = form
        else:
            self.format = ""
        return form

    @staticmethod
    def _is_recognized(form: Format, line: bytes) -> bool:
        return len(line) <= LONGEST_LINE and recognize(form, line).records == 1

    @staticmethod
    def _problems(form: Format, line: bytes) -> Iterator[Finding]:
        if not line.strip():
            yield BlankLines.INNER
            return
        try:
            yield from problems(form, line, Seen())
        except RecordError as error:
            yield error.finding


def facts_of(catalog: Catalog, model: str, customization_type: str) -> CustomizationFacts | None:
    """Return what is documented about a customization type of a model; None where nothing is.

    Args:
        catalog: what is documented.
        model: the base model: an id, or an ARN.
        customization_type: the API's customization type.
    """
    found = catalog.resolve(model)
    return found.customizations.get(customization_type) if found else None


def teachers_of(catalog: Catalog, model: str, customization_type: str) -> tuple[str, ...]:
    """Return the models that a model can be distilled from; () for another customization type.

    Args:
        catalog: what is documented.
        model: the base model: an id, or an ARN.
        customization_type: the API's customization type.
    """
    found = catalog.resolve(model)
    if found is None or customization_type != "DISTILLATION":
        return ()
    pairs = (one for one in catalog.distillation_pairs if one.student == found.id)
    return tuple(dict.fromkeys(one.teacher for one in pairs))
