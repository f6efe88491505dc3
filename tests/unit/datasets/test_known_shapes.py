"""Records with the faults of an earlier one are counted as the full check counts them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from constructs_lib.datasets import validate
from tests.unit.datasets.helpers import LLAMA_31, NOVA, VERSION, lines, media, shown, turns, write
from tests.unit.datasets.test_fuzz import ALL, nearly_right

if TYPE_CHECKING:
    from pathlib import Path

NEVER = 10**6
"""A limit that is never reached, so that every broken record gets the full check."""

TEXT_FIELDS = ("text", "content", "prompt", "completion", "input")
TEXTS = st.sampled_from(["a", "b c", " ", "\u3000", "User: x", "[EOS]", "Ä" * 40, "x" * 5_000, "1\u0001"])


@st.composite
def said_otherwise(draw: st.DrawFn, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The same record with other texts."""
    if isinstance(value, list):
        return [draw(said_otherwise(item)) for item in value]
    if isinstance(value, dict):
        return {
            name: draw(TEXTS)
            if name in TEXT_FIELDS and isinstance(item, str) and item
            else draw(said_otherwise(item))
            for name, item in value.items()
        }
    return value


@st.composite
def alike(draw: st.DrawFn) -> list[Any]:
    """Many records of few shapes."""
    records = draw(st.lists(nearly_right(), min_size=1, max_size=3))
    number = draw(st.integers(2, 12))
    return [draw(said_otherwise(records[at % len(records)])) for at in range(number * len(records))]


def counted(path: Path, model: str, kind: str, limit: int) -> object:
    """Check a file, and return everything that is counted."""
    report = validate(path, model=model, customization_type=kind, limit=limit)
    return report.training.counts, report.training.repeated, dict(report.counted)


@pytest.mark.parametrize(("model", "kind"), ALL)
@given(records=alike(), cut=st.integers(0, 3))
@example(records=[shown(media(uri=f"s3://b{at}b/a.png"), {"text": "a"}) for at in range(12)], cut=0)
@example(records=[turns("a", "b", schemaVersion=at % 2) for at in range(20)], cut=0)
@settings(
    max_examples=8,  # for each of 13 models, which differ in their formats and not in what is counted
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_limit_changes_no_count(
    tmp_path: Path, model: str, kind: str, records: list[Any], cut: int
) -> None:
    """Where few findings are kept most records are only counted, and the counts are the same."""
    texts = [json.dumps(record, ensure_ascii=at % 2 == 0) for at, record in enumerate(records)]
    texts += [text[:-1] for text in texts if cut] * cut
    path = write(tmp_path, "\n".join(texts).encode("utf-8", "surrogatepass"))
    assert counted(path, model, kind, 1) == counted(path, model, kind, NEVER)


@pytest.mark.parametrize(
    ("model", "record"),
    [
        (NOVA, {"messages": [{"role": "human", "content": [{"text": "q {}"}]}], "schemaVersion": VERSION}),
        (NOVA, {"messages": [{"role": "user", "content": [{"text": "q {}"}, 1]}]}),
        (NOVA, {"Messages": []}),
        (NOVA, turns("q {}")),
        (LLAMA_31, {"prompt": "q {}", "completion": 1}),
        (LLAMA_31, {"prompt": "q {}", "completion": None}),
        (LLAMA_31, "{{"),
        (LLAMA_31, "1{}"),
        (LLAMA_31, '{{"prompt": "\\ud800 {}"}}'),
    ],
)
def test_every_record_is_counted(tmp_path: Path, model: str, record: object) -> None:
    """A thousand records with one fault are a thousand invalid records, and each finding is counted."""
    text = record.replace("{{", "{").replace("}}", "}") if isinstance(record, str) else json.dumps(record)
    path = write(tmp_path, [text.replace("{}", str(at)) for at in range(1000)])
    report = validate(path, model=model)
    one = validate(write(tmp_path, [text.replace("{}", "0")], "one.jsonl"), model=model)
    rules = {key: count for key, count in one.counted.items() if not key[1].endswith("-records")}
    assert (report.training.counts.records, report.training.counts.invalid) == (1000, 1000)
    assert {key: report.counted[key] for key in rules} == {key: 1000 * count for key, count in rules.items()}


@pytest.mark.parametrize("text", [" ", "User: b", "[EOS]"])
def test_what_texts_hold_is_not_taken_for_granted(tmp_path: Path, text: str) -> None:
    """Among records of one shape, the one with a reserved word or a blank text is found."""
    records = [turns(f"a {at}", "b", x=1) for at in range(50)]
    records[40] = turns(text, "b", x=1)
    plain = validate(write(tmp_path, records[:40]), model=NOVA, limit=1)
    report = validate(write(tmp_path, records), model=NOVA, limit=1)
    assert report.counted["warning", "unknown-field"] == 50
    [more] = report.counted.keys() - plain.counted.keys()
    assert more[1] in {"blank-text", "empty-text", "reserved-words", "reserved-words-unlisted"}
    assert [one.line for one in report.kept if one.name == f"dataset-{more[1]}"] == [41]


def test_a_line_between_keeps_its_number(tmp_path: Path) -> None:
    """Lines are counted on where records are only counted."""
    broken = [turns(f"a {at}", "b", x=1) for at in range(60)]
    content = lines([*broken, "", *broken[:1], "{"])
    report = validate(write(tmp_path, content), model=NOVA, limit=2)
    assert [one.line for one in report.kept if one.name == "dataset-blank-line"] == [61]
    assert [one.line for one in report.kept if one.name == "dataset-json"] == [63]
    assert [one.line for one in report.kept if one.name == "dataset-duplicate-record"] == [62]
