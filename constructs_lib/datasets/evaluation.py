"""Checking of the records with which the answers of models are compared, by the rule of the function."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from ..contract.evaluation import LARGEST, EvaluationRecord, read_evaluation
from ..contract.promotion import JSON_EQUAL
from ..findings import NOT_SHOWN, Described, error, warning
from .reading.json_record import RecordError, record_of
from .reading.lines import pieces
from .reading.sources import UnreadableError, inputs_of, opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..findings import Finding
    from .reading.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationReport:
    """What is known of evaluation data after it was read.

    Args:
        file: the file, as it was named.
        records: how many records it has.
        categories: how many records each category has.
        findings: what is wrong, in the order of the lines.
    """

    file: str
    records: int
    categories: Mapping[str, int]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many errors were found."""
        return sum(one.severity == "error" for one in self.findings)

    @property
    def warnings(self) -> int:
        """How many warnings were found."""
        return len(self.findings) - self.errors

    @property
    def ok(self) -> bool:
        """Whether there are no errors."""
        return not self.errors


def validate_evaluation(path: Source, *, score: str = "", training: Source | None = None) -> EvaluationReport:
    """Check the data of `PromoteIf.answers`; the function that compares models accepts exactly what passes.

    Every problem is reported, and none is raised.

    Args:
        path: the file, an `s3://` URI, which is read with the user's credentials, or `-` for standard input.
        score: the score, such as `JsonEqual`, whose references must be JSON. Default: any.
        training: the training data, in the same forms; what a model was trained on shows nothing about it.
            Default: it is not compared.
    """
    inputs = inputs_of(path)
    found = [one.at(file) for file, one in inputs.findings]
    content = b""
    if not found and len(inputs.files) != 1:
        got = Described(f"{len(inputs.files):,} files")
        found.append(error("evaluation-record", "", "must be one file", got, "name one file").at(inputs.name))
    try:
        content = b"" if found else _read(inputs.files[0])
    except UnreadableError as unreadable:
        found.append(unreadable.finding.at(inputs.name))
    if found:
        return EvaluationReport(file=inputs.name, records=0, categories={}, findings=tuple(found))
    name = str(inputs.files[0])
    records, problems = read_evaluation(content, references_are_json=score == JSON_EQUAL)
    found = [
        error("evaluation-record", one.path, one.rule, NOT_SHOWN, one.fix).at(name, one.line or None)
        for one in problems
    ]
    if training is not None:
        found += _trained(records, name, training)
    return EvaluationReport(
        file=name,
        records=len(records),
        categories=Counter(one.category for one in records if one.category),
        findings=tuple(sorted(found, key=lambda one: one.line or 0)),
    )


def _read(source: Source) -> bytes:
    """Return a file; of one that is too large, a little more than it may have."""
    content = bytearray()
    with opened(source) as blocks:
        for block in blocks:
            content += block
            if len(content) > LARGEST:
                break
    return bytes(content)


def _trained(records: Iterable[EvaluationRecord], name: str, training: Source) -> Iterator[Finding]:
    """Yield a warning for each record whose prompt is a text of the training data."""
    lines = {_plain(one.prompt): one.line for one in records}
    found: dict[int, str] = {}
    for source in inputs_of(training).files:
        try:
            with opened(source) as blocks:
                for number, line in enumerate(chain.from_iterable(map(_lines, pieces(blocks))), 1):
                    for text in _texts(_decoded(line)):
                        if (at := lines.get(_plain(text))) is not None:
                            found.setdefault(at, f"line {number} of {source}")
        except UnreadableError as unreadable:
            yield unreadable.finding.at(str(source))
    for at, where in found.items():
        rule, fix = (
            "should not be in the training data too",
            "choose records that the model was not trained on",
        )
        yield warning("evaluation-record-trains", "", f"the prompt {rule}", Described(where), fix).at(
            name, at
        )


def _lines(piece: bytes | None) -> list[bytes]:
    return [] if piece is None else piece.split(b"\n")


def _decoded(line: bytes) -> object:
    try:
        return record_of(line) if line.strip() else None
    except RecordError:
        return None


def _texts(value: object) -> Iterator[str]:
    """Yield every text of a value, however deep."""
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            rest += one.values()
        elif isinstance(one, list):
            rest += one


def _plain(text: str) -> str:
    return " ".join(text.split())
