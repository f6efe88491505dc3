"""A file whose records are not in the format of its model: what they are instead, and how to convert them."""

from __future__ import annotations

import shlex
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from ...findings import Described
from ..dataset_findings import finding
from ..formats import UNKNOWN
from ..formats.record_checks import Rules
from ..reading.lines import BYTE_ORDER_MARK, refusal
from .choice import TABLES
from .containers import ContainerError
from .dialogue import NotConvertibleError
from .named_fields import find_columns
from .opening import container_of, records_of
from .shapes import CHATS, TITLES, readers, sample, shape_of
from .targets import writer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...catalog import Dataset
    from ...findings import Finding
    from .opening import Container

RULE = "foreign-shape"
"""The rule's name."""

_FIRST_RECORDS = 20
_OF_A_JOB = {"baseModelIdentifier", "trainingDataConfig", "outputDataConfig", "customizationType"}
_LINES, _VALUES = "json-lines", "json"
_WITHOUT_LIBRARY = ("parquet", "arrow", "xlsx")
_LONGEST_NAME = 40


def foreign_shape(
    name: str, head: bytes, dataset: Dataset, *, model: str, customization_type: str
) -> Finding | None:
    """Return what a file is, if it is not in a format of the model; None if its lines are to be checked.

    A file in the model's own format with mistakes in it is not foreign: JSON Lines are if none of the first
    records is in that format, and at least one has another shape that is known.

    Args:
        name: the file, as it was named.
        head: its first bytes.
        dataset: what is documented of the model's data.
        model: the base model, as it was named.
        customization_type: the API's customization type.
    """
    container, start = container_of(name, head), head.removeprefix(BYTE_ORDER_MARK).lstrip()
    job = _Job(name, model, customization_type, dataset)
    if container and container.name in _WITHOUT_LIBRARY:
        return job.finding(container.title, [], "")
    is_json = start.startswith(b"{")
    # UTF-16, for one, is refused.
    if container is None or (container.name == _LINES and not is_json) or refusal(head.lstrip(b"[ \t\r\n")):
        return None
    records = _first_records(container, head)
    if records and isinstance(records[0], dict) and _OF_A_JOB & records[0].keys():
        return job.not_data()
    found = sample(records, dataset.formats)
    shape = next(iter(found.shapes), "")
    if container.name == _LINES:
        return None if found.own or not shape else job.mixed(found.shapes) or job.finding("", records, shape)
    if container.name == _VALUES and not start.startswith(b"[") and not (shape or found.own):
        return None  # a record with a mistake, and a line end in it
    title = "a JSON list" if start.startswith(b"[") else container.title
    if container.name in TABLES and shape not in {"alpaca", "pairs"}:
        shape = ""
    return job.finding(title, records, shape)


def _first_records(container: Container, head: bytes) -> list[Any]:
    """Return the first records that are complete."""
    if container.name == _LINES and b"\n" in head:
        head = head[: head.rindex(b"\n")]
    records: list[Any] = []
    with suppress(ContainerError):
        for some in records_of(container, [head]):
            records += some.batch().records
            if len(records) >= _FIRST_RECORDS:
                break
    return records[:_FIRST_RECORDS]


def _columns(records: list[Any]) -> str:
    """Return what to write after `--columns`, with the columns of the table as far as they are clear."""
    names = [str(name) for name in records[0]]
    found = find_columns(names)
    prompt, completion = found.get("prompt"), found.get("completion")
    others = [name for name in names if name not in found.values()]
    prompt = prompt or next(iter(others), "NAME")
    completion = completion or next((name for name in others if name != prompt), "NAME")
    return f"prompt={prompt[:_LONGEST_NAME]},completion={completion[:_LONGEST_NAME]}"


@dataclass(frozen=True, slots=True)
class _Job:
    """A file, and what it is meant for."""

    file: str
    model: str
    customization_type: str
    dataset: Dataset

    def not_data(self) -> Finding:
        """Return the finding that the file is a job file."""
        fix = f"name the data; `{shlex.join(['bedrock-customize', 'check', self.file])}` checks a job file"
        return finding(RULE, "", "must be training data", Described("a job file"), fix)

    def mixed(self, shapes: Mapping[str, int]) -> Finding | None:
        """Return the finding about records of several shapes; None where they can be read alike."""
        if len(shapes) == 1 or shapes.keys() <= CHATS:
            return None
        got = Described(" and ".join(TITLES[one] for one in shapes))
        fix = "make a file of each shape, and convert them: `bedrock-customize convert` takes several"
        return finding(RULE, "", f"{self._rule}, and its records of one shape", got, fix)

    def finding(self, title: str, records: list[Any], shape: str) -> Finding:
        """Return the finding: what the file is, and the command that converts it or why there is none.

        Args:
            title: what holds its records; "" for JSON Lines.
            records: the first of them.
            shape: their shape; "" where it is not known.
        """
        got = Described(" with ".join(one for one in (title, TITLES.get(shape, "")) if one))
        if self.dataset is UNKNOWN:
            fix = "convert it with `bedrock-customize convert`, for a model that the catalogue has"
        elif reason := self._why_not(records, shape):
            fix = f"it cannot be converted: {reason}"
        else:
            fix = f"convert it: {self._command(records, shape)}"
        return finding(RULE, "", self._rule, got, fix)

    @property
    def _rule(self) -> str:
        if self.dataset is UNKNOWN:
            return "must be JSON Lines in a format of Bedrock's training data"
        return f"must be JSON Lines in the format {' or '.join(self.dataset.formats)}"

    def _why_not(self, records: list[Any], shape: str) -> str:
        """Return why none of the first records can be converted; "" if some can."""
        rules = Rules(self.dataset)
        write = next(filter(None, (writer(one, rules) for one in self.dataset.formats)), None)
        if write is None:
            return f"other shapes cannot become {self.dataset.formats[0]}"
        reason = ""
        for record in records if shape else ():
            try:
                write(readers()[shape](record, []), [])
            except NotConvertibleError as error:
                reason = reason or error.reason
            else:
                return ""
        return reason

    def _command(self, records: list[Any], shape: str) -> str:
        """Return the command that converts the file."""
        name = self.file.removesuffix(".gz")
        path = PurePath(name.rpartition("/")[2] if name.startswith("s3://") else name)
        out = path.with_suffix(".jsonl") if path.name else PurePath("train.jsonl")
        if out == path:
            out = path.with_name(f"{path.stem}-converted.jsonl")
        words = ["bedrock-customize", "convert", self.file, "--model", self.model]
        if self.customization_type != "FINE_TUNING":
            words += ["--type", self.customization_type]
        if records and not shape and shape_of(records[0]) is None:
            words += ["--columns", _columns(records)]
        return f"`{shlex.join([*words, '-o', str(out)])}`"
