"""References to images and videos are compared with what the job's role may read."""

from pathlib import Path

import pytest

from constructs_lib.datasets import Readable, validate
from tests.unit.datasets.helpers import LLAMA_VISION, NOVA, VERSION, media, shown, write

RULE = "bedrock-customization:dataset-media-not-readable"


def _found(path: Path, readable: Readable | None, model: str = NOVA) -> list[tuple[str, int | None, str]]:
    report = validate(path, model=model, readable=readable)
    return [(one.severity, one.line, str(one)) for one in report.findings if one.id == RULE]


def _records(tmp_path: Path, *uris: str) -> Path:
    records = [
        {"schemaVersion": VERSION, **shown(media(uri=uri), {"text": str(at)})} for at, uri in enumerate(uris)
    ]
    return write(tmp_path, records)


def test_there_is_one_finding_for_each_bucket(tmp_path: Path) -> None:
    """It has the number of references and their first lines."""
    path = _records(tmp_path, "s3://mine/a.png", *["s3://theirs/b.png"] * 7, "s3://other/c.png")
    found = _found(path, Readable(names=("mine/*",)))
    assert [(severity, line) for severity, line, _ in found] == [("error", 2), ("error", 9)]
    assert "7 references to the bucket theirs, first in lines 2, 3, 4, 5, 6" in found[0][2]
    assert "1 reference to the bucket other, first in line 9, got 's3://other/c.png'" in found[1][2]
    assert "media_data=" in found[0][2]


@pytest.mark.parametrize(
    ("names", "is_read"),
    [
        (("mine/images/*",), True),
        (("mine/images/a.png",), True),
        (("mine/*",), True),
        (("mine/videos/*", "mine/images/*"), True),
        (("mine/image",), False),
        (("mine/images/a",), False),
        (("min/*",), False),
        ((), False),
    ],
)
def test_references_are_compared_with_prefixes(
    tmp_path: Path, names: tuple[str, ...], *, is_read: bool
) -> None:
    """References are compared as the role's policy would compare them."""
    path = _records(tmp_path, *["s3://mine/images/a.png"] * 2)
    assert (_found(path, Readable(names=names)) == []) == is_read


def test_a_given_role_makes_only_a_warning(tmp_path: Path) -> None:
    """What it may read is not known here."""
    path = _records(tmp_path, "s3://theirs/b.png")
    [(severity, _, _)] = _found(path, Readable(names=(), severity="warning"))
    assert severity == "warning"


def test_nothing_is_reported_where_no_role_is_known(tmp_path: Path) -> None:
    """On the command line there is no role."""
    assert _found(_records(tmp_path, "s3://theirs/b.png"), None) == []


def test_every_format_with_media_is_compared(tmp_path: Path) -> None:
    """The references of Llama's vision models are compared too."""
    path = _records(tmp_path, "s3://theirs/b.png")
    assert _found(path, Readable(names=("mine/*",)), LLAMA_VISION) != []


def test_names_without_end_are_counted_together(tmp_path: Path) -> None:
    """Memory is bounded whatever a file holds."""
    path = _records(tmp_path, *[f"s3://bucket-{number:04}/b.png" for number in range(150)])
    report = validate(path, model=NOVA, readable=Readable(names=()), limit=1000)
    found = [one for one in report.findings if one.id == RULE]
    assert len(found) == 101
    assert "50 references to the bucket (others)" in str(found[-1])
