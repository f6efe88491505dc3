"""`split`, which makes training data and validation data of one file."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...catalog import Catalog
from ...findings import Described, error
from ..checking.file_checker import Counts
from ..checking.limits import measured, outside, severity_of, unused_validation_data
from ..checking.record_checker import facts_of
from ..checking.validation import Validation
from ..dataset_findings import Collected, finding, rule_of
from ..formats import UNKNOWN
from ..reading.sources import STANDARD_INPUT, Inputs, UnreadableError
from .filtering import Filter, WrittenFile
from .output_files import RULE, OutputError, output_files, refused_by_system
from .split_passes import MOST_RECORDS, FirstPass
from .split_plan import LEFT_OUT, TRAINING, VALIDATION, ContentHash, Share, Wanted, plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from os import PathLike

    from ...catalog import CustomizationFacts, Dataset, Limit, Quantity
    from ...findings import Finding
    from ..checking.report import Report
    from ..checking.validation import Progress
    from ..reading.sources import Source
    from ..tokens.token_counter import CountTokens
    from .output_files import OutputFile
    from .split_plan import Plan

TRAINING_FILE, VALIDATION_FILE = "train.jsonl", "validation.jsonl"
"""The names of the files that `split` writes."""

_MENDED = {
    "blank-line",
    "blank-line-at-end",
    "byte-order-mark",
    "training-records",
    "training-bytes",
    "total-records",
}
"""Errors that the files do not have any more: they are written without blank lines, and counted again."""

_BETWEEN_RECORDS = {"media-bucket", "media-mixed", "modality-mixed"}
_LIMIT = 20
_WHOSE: dict[Quantity, str] = {
    "training-records": "the training data",
    "validation-records": "the validation data",
    "total-records": "training and validation data together",
}


class SplitError(ValueError):
    """A dataset cannot be split, and nothing was written.

    Args:
        findings: why: at least one error.
        report: what `validate` says about the dataset, where its content is the reason.
    """

    def __init__(self, findings: Sequence[Finding], report: Report | None = None) -> None:
        self.findings = tuple(findings)
        self.report = report
        super().__init__("\n".join(map(str, self.findings)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """What was written of a dataset.

    Args:
        training: the training file.
        validation: the validation file. None: no record was asked for.
        dropped: the file of the records with errors. None: there is none.
        repeated: valid records that are left out because they repeat an earlier one.
        left_out: valid records that are left out by a limit.
        findings: what to know about the files, by the limits of the model.
        report: what `validate` says about the dataset.
    """

    training: WrittenFile
    validation: WrittenFile | None
    dropped: WrittenFile | None
    repeated: int
    left_out: int
    findings: tuple[Finding, ...]
    report: Report

    @property
    def ok(self) -> bool:
        """Whether the files keep the documented limits of the model."""
        return all(one.severity != "error" for one in self.findings)


def split(
    path: Source,
    *,
    model: str,
    validation: str | float,
    out: str | PathLike[str],
    customization_type: str = "FINE_TUNING",
    max_records: int | None = None,
    max_tokens: int | None = None,
    dedupe: bool = False,
    seed: int = 0,
    drop_invalid: str | PathLike[str] | None = None,
    force: bool = False,
    catalog: Catalog | None = None,
    progress: Progress | None = None,
    count_tokens: CountTokens | None = None,
) -> Split:
    """Write the training data and the validation data of one file.

    The hash of a record's content decides where it goes: the same file, in whatever order its lines are,
    gives the same two sets of records on every machine, and records with the same content are never in both.
    Records stay in their order, byte for byte. The documented maximums of the model are kept. All files
    appear at the end, or none.

    Args:
        path: the dataset: a path, or an `s3://` URI; it is read twice.
        model: the base model: an id, or an ARN.
        validation: records for validation: a number, or a part such as `"10%"` or 0.1. 0: no validation file.
        out: the folder for `train.jsonl` and `validation.jsonl`; it is made if it does not exist.
        customization_type: the API's customization type.
        max_records: the most records of both files together. Default: all.
        max_tokens: the most tokens of the texts of both files together, by the upper bound of the estimate.
            Default: all.
        dedupe: whether to leave out records that repeat an earlier one. Default: they are kept.
        seed: another number chooses other records.
        drop_invalid: gets the records with errors, like `reject` of `filter_records`. Default: an error is
            raised.
        force: whether to replace files that exist. Default: they are refused.
        catalog: what is documented. Default: the catalogue that comes with this library.
        progress: called with the file, the bytes read so far and its size. Default: nothing is called.
        count_tokens: counts the tokens of a text. Default: they are estimated.

    Raises:
        SplitError: the dataset has errors, or cannot be split like this; `report` has all of them.
        OutputError: a file exists, is the dataset itself, or cannot be written.
        ShareError: `validation` is neither a number nor a part.
    """
    share = Share.read(validation)
    if str(path) == STANDARD_INPUT:
        rule, fix = "must be a file: a dataset that is split is read twice", "write it to a file first"
        raise SplitError([finding("unreadable", "", rule, Described("standard input"), fix)])
    known = catalog or Catalog.default()
    wanted = Wanted(validation=share, records=max_records, tokens=max_tokens, dedupe=dedupe)
    job = _Splitting(known, facts_of(known, model, customization_type), wanted)
    job.require_use_of_validation_data(str(validation))
    names = [TRAINING_FILE, VALIDATION_FILE][: 1 if share.number == 0 else 2]
    with _folder(Path(out)) as folder:
        paths = [*(folder / name for name in names), *([drop_invalid] if drop_invalid is not None else [])]
        with output_files(paths, inputs=[path], force=force) as files:
            reject = files[-1] if drop_invalid is not None else None
            records = FirstPass(
                ContentHash(seed),
                counts_tokens=max_tokens is not None,
                rejected=Filter(reject=reject),
            )
            run = Validation(
                known,
                model,
                customization_type,
                _LIMIT,
                progress,
                count_tokens=count_tokens,
                consumer=records,
            )
            report = run.report(Inputs(name=str(path), files=(path,)), None, elsewhere=True)
            job.require_records(report, records)
            return job.split(path, report, records, files[: len(names)], progress)


@dataclass(slots=True)
class _Splitting:
    """One split.

    Args:
        catalog: what is documented.
        facts: what is documented about the model. None: it is not in the catalogue.
        wanted: what the user wants.
    """

    catalog: Catalog
    facts: CustomizationFacts | None
    wanted: Wanted
    _collected: Collected = field(init=False)
    _dataset: Dataset = field(init=False)

    def __post_init__(self) -> None:
        self._collected = Collected(_LIMIT, self.catalog.url)
        self._dataset = self.facts.dataset if self.facts else UNKNOWN

    def require_use_of_validation_data(self, got: str) -> None:
        """Refuse validation data that the model refuses; remember a warning about other that it does not use.

        Raises:
            SplitError: the model refuses it.
        """
        unused = unused_validation_data(self.facts, got) if self.wanted.validation.number != 0 else None
        if unused:
            found, level, source = unused
            found = replace(found, fix="write the training file alone, with 0 records for validation")
            self._collected.add(found, level, "", source=source)
            if level == "error":
                raise SplitError(self._collected.chosen())

    def require_records(self, report: Report, records: FirstPass) -> None:
        """Refuse a dataset with errors.

        Raises:
            SplitError: there are errors in it, or too many records.
        """
        errors = [one for one in report.by_rule() if one.severity == "error" and rule_of(one) not in _MENDED]
        if records.rejected.reject is not None and records.is_complete and records.contents.hashes:
            errors = [one for one in errors if rule_of(one) in _BETWEEN_RECORDS]
        if errors:
            raise SplitError(errors, report)
        if records.are_too_many:
            rule = f"must have at most {MOST_RECORDS:,} records to be split"
            got = Described(f"{report.training.counts.records:,}")
            found = finding("training-records", "", rule, got, "split a part of it")
            raise SplitError([found.at(report.training.file)])

    def split(
        self,
        path: Source,
        report: Report,
        records: FirstPass,
        files: Sequence[OutputFile],
        progress: Progress | None,
    ) -> Split:
        """Read the dataset for the second time, and write every record where it belongs.

        Raises:
            SplitError: there are too few different records, or the dataset has changed meanwhile.
        """
        caps = self._caps()
        made = plan(records.contents, self.wanted, {quantity: most for quantity, (most, _) in caps.items()})
        self._require_both_sides(made, report)
        sides = dict(zip((TRAINING, VALIDATION), files, strict=False))
        try:
            records.copy(path, made.sides, sides, progress)
        except UnreadableError as error:
            raise SplitError([error.finding.at(report.training.file)]) from None
        written = [
            WrittenFile(file=str(file.path), records=made.count(side), bytes=file.size)
            for side, file in sides.items()
        ]
        self._add_cuts(made, caps, written)
        self._add_limits(*written)
        return Split(
            training=written[0],
            validation=written[1] if len(written) > 1 else None,
            dropped=records.rejected.rejected,
            repeated=made.repeated,
            left_out=made.count(LEFT_OUT) - made.repeated,
            findings=self._collected.chosen(),
            report=report,
        )

    def _caps(self) -> dict[Quantity, tuple[int, Limit]]:
        """Return the documented maximums; a number that the user gave overrules those that only warn."""
        found: dict[Quantity, tuple[int, Limit]] = {}
        for quantity in _WHOSE:
            given = self.wanted.validation.number if quantity == "validation-records" else self.wanted.records
            for limit in self._dataset.limits.get(quantity, ()):
                if limit.max is None or limit.advice or (given is not None and severity_of(limit) != "error"):
                    continue
                if quantity not in found or limit.max < found[quantity][0]:
                    found[quantity] = int(limit.max), limit
        return found

    def _require_both_sides(self, made: Plan, report: Report) -> None:
        training, validation = made.count(TRAINING), made.count(VALIDATION)
        if training and (validation or not made.wanted):
            return
        if not training + validation:
            rule, got = "must have records within the limits", Described("none")
            fix = "raise the limit of records or tokens"
        elif not training:
            rule, got = "must leave records to train with", Described(f"all {validation:,} for validation")
            fix = "choose fewer for validation"
        else:
            rule = "must have records that can be set apart: repeats of a record stay together"
            got = Described(f"at least {training:,} repeats")
            fix = "leave the repeats out (dedupe), or choose more for validation"
        found = finding("validation-records", "", rule, got, fix)
        raise SplitError([found.at(report.training.file)])

    def _add_cuts(
        self, made: Plan, caps: Mapping[Quantity, tuple[int, Limit]], written: Sequence[WrittenFile]
    ) -> None:
        """Say where the limits of the model made a file smaller, and where repeats did."""
        for quantity, (records, most) in made.cuts.items():
            limit = caps[quantity][1]
            note = f"; {limit.note}" if limit.note else ""
            rule = f"{_WHOSE[quantity]} should have at most {most:,} records{note}"
            fix = "the part for validation was lowered"
            option = "validation"
            if quantity != "validation-records":
                fix, option = "the others were left out", "max_records"
            if severity_of(limit) != "error":
                fix = f"{fix}; if your quota is higher, give a number of records ({option})"
            file = written[-1] if quantity == "validation-records" else written[0]
            got = Described(f"{records:,}")
            self._collected.add(
                finding(quantity, "", rule, got, fix), "warning", file.file, source=limit.source
            )
        if len(written) > 1 and written[1].records < made.wanted:
            rule = f"should have {made.wanted:,} records, but repeats of a record stay together"
            got, fix = Described(f"{written[1].records:,}"), "leave the repeats out (dedupe), or nothing"
            found = finding("validation-records", "", rule, got, fix)
            self._collected.add(found, "warning", written[1].file)

    def _add_limits(self, training: WrittenFile, validation: WrittenFile | None = None) -> None:
        """Say which limits of the model the files do not keep."""
        trained, other = _counts(training), _counts(validation) if validation else None
        for quantity, value, incomplete, _ in measured(trained, other, elsewhere=False):
            file = validation if validation and quantity.startswith("validation") else training
            for found, limit in outside(self._dataset, quantity, value, incomplete=incomplete):
                self._collected.add(found, severity_of(limit), file.file, source=limit.source)


def _counts(file: WrittenFile) -> Counts:
    return Counts(bytes=file.bytes, records=file.records)


@contextmanager
def _folder(path: Path) -> Iterator[Path]:
    """Make a folder if it does not exist; remove it where nothing is written to it."""
    made = False
    try:
        path.mkdir()
        made = True
    except FileExistsError:
        if not path.is_dir():
            raise OutputError(
                error(RULE, "the output folder", "must be a folder", str(path), "choose another name")
            ) from None
    except (OSError, ValueError) as problem:
        raise refused_by_system(problem, path) from None
    try:
        yield path
    except BaseException:
        if made:
            with suppress(OSError):
                path.rmdir()
        raise
