"""A file whose records are not in the format of its model: what they are instead, and how to convert them."""

from __future__ import annotations

import shlex
from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from ...findings import Described
from ..dataset_findings import finding
from ..formats.record_checks import Rules
from ..lines import refusal
from .containers import ContainerError
from .dialogue import NotConvertibleError
from .named_fields import find_columns
from .opening import container_of, records_of
from .shapes import CHATS, TITLES, readers, sample, shape_of
from .targets import writer

if TYPE_CHECKING:
    from ...catalog import Dataset
    from ...findings import Finding
    from .opening import Container

RULE = "foreign-shape"
"""The rule's name."""

_FIRST_RECORDS = 20
_LINES = "json-lines"
_WITHOUT_LIBRARY = ("parquet", "arrow", "xlsx")
_TABLES = ("csv", "tsv")
_LONGEST_NAME = 40


def foreign_shape(
    name: str, head: bytes, dataset: Dataset, *, model: str, customization_type: str
) -> Finding | None:
    """Return what a file is, if it is not in a format of the model; None if its lines are to be checked.

    A file in the model's own format with mistakes in it is not foreign: only a file is of which no record that
    can be read is in that format, and all that have a shape have one that is known.

    Args:
        name: the file, as it was named.
        head: its first bytes.
        dataset: what is documented of the model's data.
        model: the base model, as it was named.
        customization_type: the API's customization type.
    """
    container = container_of(name, head)
    if container is None or (container.name == _LINES and not head.lstrip().startswith((b"{", b"\xef\xbb\xbf"))):
        return None
    if container.name in _WITHOUT_LIBRARY:
        return _finding(name, container, [], "", dataset, (model, customization_type))
    if refusal(head.lstrip(b"[ \t\r\n")):
        return None
    records = _first_records(container, head)
    found = sample(records, dataset.formats)
    if container.name == _LINES:
        if found.own or not found.shapes:
            return None
        if len(found.shapes) > 1 and not found.shapes.keys() <= CHATS:
            listed = " and ".join(TITLES[one] for one in found.shapes)
            rule = f"must have records in the format {dataset.formats[0]}, all of one shape"
            fix = "make one file of each shape, and convert both with one `bedrock-customize convert`"
            return finding(RULE, "", rule, Described(listed), fix)
    shape = next(iter(found.shapes), "")
    return _finding(name, container, records, shape, dataset, (model, customization_type))


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


def _finding(
    name: str, container: Container, records: list[Any], shape: str, dataset: Dataset, job: tuple[str, str]
) -> Finding:
    """Return the finding: what the file is, and the command that converts it or why there is none."""
    inside = f" of {TITLES[shape]}" if shape else ""
    if container.name == _LINES:
        got = TITLES[shape]
    else:
        got = f"{container.title}{inside}" if container.name not in _TABLES else container.title
    rule = f"must be JSON Lines in the format {' or '.join(dataset.formats[:2])}"
    reason = _why_not(records, shape, dataset)
    if reason:
        return finding(RULE, "", rule, Described(got), f"it cannot be converted: {reason}")
    return finding(RULE, "", rule, Described(got), f"convert it: {_command(name, records, shape, job)}")


def _why_not(records: list[Any], shape: str, dataset: Dataset) -> str:
    """Return why none of the first records can be converted; "" if some can."""
    written = [found for one in dataset.formats if (found := writer(one, Rules(dataset)))]
    if not written:
        return f"other shapes cannot become {dataset.formats[0]}"
    reason = ""
    for record in records if shape else ():
        try:
            written[0](readers()[shape](record, []), [])
        except NotConvertibleError as error:
            reason = reason or error.reason
        else:
            return ""
    return reason


def _command(name: str, records: list[Any], shape: str, job: tuple[str, str]) -> str:
    """Return the command that converts a file."""
    model, customization_type = job
    path = PurePath(name.rpartition("/")[2] if name.startswith("s3://") else name)
    out = path.with_suffix(".jsonl")
    if str(out) == str(path):
        out = path.with_name(f"{path.stem}-converted.jsonl")
    words = ["bedrock-customize", "convert", name, "--model", model]
    if customization_type != "FINE_TUNING":
        words += ["--type", customization_type]
    if records and not shape and not all(shape_of(record) for record in records):
        words += ["--columns", _columns(records)]
    return f"`{shlex.join([*words, '-o', str(out)])}`"


def _columns(records: list[Any]) -> str:
    """Return what to write after `--columns`, with the names of the table's columns as far as they are clear."""
    names = [str(name) for name in records[0]]
    found = find_columns(names)
    prompt, completion = found.get("prompt"), found.get("completion")
    others = [name for name in names if name not in found.values()] or names
    prompt = prompt or others[0]
    completion = completion or next((name for name in others if name != prompt), names[-1])
    return f"prompt={prompt[:_LONGEST_NAME]},completion={completion[:_LONGEST_NAME]}"


