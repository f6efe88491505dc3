"""A dataset is split by the contents of its records: always alike, without repeats on both sides."""

from __future__ import annotations

import hashlib
import json
import re
import resource
import signal
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.datasets import OutputError, ShareError, Split, SplitError, split, validate
from constructs_lib.datasets.writing.split_plan import ContentHash
from tests.unit.datasets.helpers import (
    CANVAS,
    COHERE,
    HAIKU,
    LLAMA_31,
    NOVA,
    NOVA_2,
    RFT,
    VERSION,
    chat,
    lines,
    media,
    reasoned,
    shown,
    turns,
    write,
)
from tests.unit.datasets.test_fuzz import ALL, nearly_right

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def pairs(number: int, start: int = 0) -> list[dict[str, str]]:
    """Return different records of a model whose data has no limits in the catalogue."""
    return [{"prompt": f"q{at}", "completion": "a"} for at in range(start, start + number)]


def sides(folder: Path) -> tuple[list[bytes], list[bytes]]:
    """Return the lines of both files."""
    return tuple((folder / name).read_bytes().splitlines() for name in ("train.jsonl", "validation.jsonl"))


def done(tmp_path: Path, records: Sequence[Any] | bytes, validation: Any = "10%", **options: Any) -> Split:  # noqa: ANN401 - as `split`
    """Split records into the folder `data`."""
    path = write(tmp_path, records if isinstance(records, bytes) else [*records], "in.jsonl")
    options = {"model": LLAMA_31, "out": tmp_path / "data", "force": True} | options
    return split(path, validation=validation, **options)


def refusal(tmp_path: Path, records: Sequence[Any] | bytes, validation: Any = "10%", **options: Any) -> str:  # noqa: ANN401 - as `split`
    """Return why records are not split; nothing is written."""
    with pytest.raises(SplitError) as caught:
        done(tmp_path, records, validation, **options)
    assert [one.name for one in tmp_path.iterdir()] == ["in.jsonl"]
    assert all(one.severity == "error" for one in caught.value.findings)
    return str(caught.value)


def rules(found: Split) -> list[tuple[str, str]]:
    """Return severity and rule of what is said about the files."""
    return [(one.severity, one.name.removeprefix("dataset-")) for one in found.findings]


def test_a_part(tmp_path: Path) -> None:
    """Every record is in one of the files, in the order and with the bytes of the input."""
    content = lines(pairs(200))
    found = done(tmp_path, content, "10%")
    training, validation = sides(tmp_path / "data")
    assert (len(training), len(validation)) == (180, 20)
    assert (found.training.records, found.training.bytes) == (
        180,
        (tmp_path / "data/train.jsonl").stat().st_size,
    )
    assert found.validation is not None
    assert (found.validation.records, found.repeated, found.left_out, found.dropped) == (20, 0, 0, None)
    order = {line: at for at, line in enumerate(content.splitlines())}
    for side in (training, validation):
        assert [order[line] for line in side] == sorted(order[line] for line in side)
    assert sorted(training + validation) == sorted(order)
    assert found.ok


@pytest.mark.parametrize(
    ("value", "number"),
    [("1", 1), (1, 1), (7, 7), ("99", 99), ("1%", 1), ("50%", 50), ("0.4%", 1), ("12.5 %", 13), (0.25, 25)],
)
def test_every_way_to_write_a_part(tmp_path: Path, value: str | float, number: int) -> None:
    """A number is exact; a part is rounded, and at least one record."""
    done(tmp_path, pairs(100), value)
    assert [len(side) for side in sides(tmp_path / "data")] == [100 - number, number]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "-1",
        "0%",
        "100%",
        "1e3",
        "10 percent",
        "1.5",
        "%",
        "٣%",
        1.0,
        0.0,
        -0.1,
        float("nan"),
        True,
        None,
    ],
)
def test_what_is_no_part(tmp_path: Path, value: object) -> None:
    """It is refused with what can be written, before anything is read."""
    with pytest.raises(ShareError, match="must be a percentage such as 10%, or a number of records, got "):
        done(tmp_path, pairs(10), value)
    assert not (tmp_path / "data").exists()


def test_no_validation_file(tmp_path: Path) -> None:
    """0 writes the training file alone, as for models that take no validation data."""
    found = done(tmp_path, pairs(10), 0)
    assert found.validation is None
    assert [one.name for one in (tmp_path / "data").iterdir()] == ["train.jsonl"]
    assert found.training.records == 10


@pytest.mark.parametrize(
    ("records", "validation", "options", "sentence"),
    [
        (pairs(5), 5, {}, "must leave records to train with, got all 5 for validation; choose fewer"),
        (pairs(5), 6, {}, "must leave records to train with, got all 5 for validation; choose fewer"),
        (pairs(1), "10%", {}, "must leave records to train with, got all 1 for validation"),
        (pairs(1) * 5, 2, {}, "must have records that can be set apart: repeats of a record stay together"),
        (pairs(5), 1, {"max_tokens": 0}, "must have records within the limits, got none; raise the limit"),
        (b"", 1, {}, "must contain records"),
        (b"\n\n", 1, {}, "must contain records"),
        (b"\x1f\x8b\x08", 1, {}, "must be UTF-8 text, one JSON object per line, got gzip data"),
        (b"[1]\n", 1, {}, "must be JSON Lines in the format"),
        (b"{\n", 1, {"drop_invalid": "DROPPED"}, "must be JSON"),
    ],
)
def test_what_cannot_be_split(
    tmp_path: Path,
    records: list[Any] | bytes,
    validation: int | str,
    options: dict[str, Any],
    sentence: str,
) -> None:
    """Each is a sentence, and no file and no folder is left."""
    options = {name: tmp_path / "dropped" if value == "DROPPED" else value for name, value in options.items()}
    assert sentence in refusal(tmp_path, records, validation, **options)


def test_the_fewest_records(tmp_path: Path) -> None:
    """Two records are one of each."""
    found = done(tmp_path, pairs(2), "1%")
    assert found.training.records == 1


def test_standard_input_is_refused(tmp_path: Path) -> None:
    """It cannot be read twice."""
    with pytest.raises(SplitError, match="is read twice, got standard input; write it to a file first"):
        split("-", model=NOVA, validation=1, out=tmp_path / "data")


@pytest.mark.parametrize("name", ["missing.jsonl", "folder"])
def test_an_input_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    """It is the sentence of `validate`, and nothing is written."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(SplitError, match="must be a file that can be read"):
        split(tmp_path / name, model=NOVA, validation=1, out=tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_a_record_with_errors_stops_it(tmp_path: Path) -> None:
    """The report of `validate` comes with the exception."""
    path = write(tmp_path, [*pairs(5), {"prompt": ""}, "{"], "in.jsonl")
    with pytest.raises(SplitError) as caught:
        split(path, model=LLAMA_31, validation=1, out=tmp_path / "data")
    report = caught.value.report
    assert report is not None
    assert {one.line for one in report.findings if one.severity == "error"} == {6, 7}
    assert not (tmp_path / "data").exists()


def test_records_with_errors_can_be_dropped(tmp_path: Path) -> None:
    """They are in a file of their own, with line and findings; the others are split."""
    found = done(
        tmp_path, [*pairs(5), {"prompt": 1}, *pairs(5, 5), "{"], 2, drop_invalid=tmp_path / "dropped"
    )
    training, validation = sides(tmp_path / "data")
    assert sorted(training + validation) == sorted(lines(pairs(10)).splitlines())
    assert found.dropped is not None
    assert found.dropped.records == 2
    dropped = [json.loads(line) for line in (tmp_path / "dropped").read_text().splitlines()]
    assert [(one["line"], one["record"]) for one in dropped] == [(6, '{"prompt": 1}'), (12, "{")]


def test_mixed_media_stop_it_even_so(tmp_path: Path) -> None:
    """What is wrong between valid records is not mended by leaving broken ones out."""
    records = [shown(media()), shown(media("video", "s3://bucket/a.mp4", "mp4")), *[turns("a", "b")] * 8, "{"]
    text = refusal(tmp_path, records, 1, model=NOVA, drop_invalid=tmp_path / "dropped")
    assert "must not mix" in text or "must be of the same kind" in text


def test_blank_lines_and_a_byte_order_mark_are_left_out(tmp_path: Path) -> None:
    """They are no records; CRLF stays as it is."""
    content = lines(pairs(4)).replace(b"\n", b"\r\n\n")
    done(tmp_path, b"\xef\xbb\xbf" + content, 1)
    names = ("train.jsonl", "validation.jsonl")
    written = b"".join((tmp_path / "data" / name).read_bytes() for name in names)
    assert sorted(written.splitlines(keepends=True)) == sorted(
        content.replace(b"\n\n", b"\n").splitlines(keepends=True)
    )


def test_repeats_stay_together(tmp_path: Path) -> None:
    """Whatever the number, a record is on one side; `validate` finds no validation record that trains."""
    records = [{"prompt": f"q{at % 30}", "completion": "a"} for at in range(100)]
    for number in (3, 4, 5, 10, 33, 50, 96):
        found = done(tmp_path, records, number)
        training, validation = sides(tmp_path / "data")
        assert not set(training) & set(validation)
        assert len(training) + len(validation) == 100
        report = validate(
            tmp_path / "data/train.jsonl", model=LLAMA_31, validation=tmp_path / "data/validation.jsonl"
        )
        assert not any(rule == "validation-record-trains" for _, rule in report.counted)
        if len(validation) != number:
            assert ("warning", "validation-records") in rules(found)


def test_the_same_content_written_differently_stays_together(tmp_path: Path) -> None:
    """Spaces, escapes, the order of fields, `schemaVersion` and an empty `system` make no other record."""
    same = [
        turns("ä", "b"),
        turns("ä", "b", schemaVersion=VERSION),
        turns("ä", "b", system=[]),
        dict(reversed(turns("ä", "b", schemaVersion=VERSION).items())),
    ]
    texts = [json.dumps(one, ensure_ascii=escaped) for one in same for escaped in (False, True)]
    texts += [json.dumps(same[0], indent=1).replace("\n", " ")]
    found = done(tmp_path, [*texts, *[turns(f"q{at}", "a") for at in range(9)]], 9, model=NOVA, dedupe=True)
    assert (found.repeated, found.training.records) == (8, 1)


def test_dedupe_keeps_the_first(tmp_path: Path) -> None:
    """Repeats are left out, and the number is exact."""
    records = [*pairs(10), *pairs(5), *pairs(5, 10)]
    found = done(tmp_path, records, 5, dedupe=True)
    training, validation = sides(tmp_path / "data")
    assert sorted(training + validation) == sorted(lines(pairs(15)).splitlines())
    assert (len(validation), found.repeated) == (5, 5)


def test_order_and_line_ends_do_not_matter(tmp_path: Path) -> None:
    """The same records, shuffled, with CRLF and without the last line end, give the same two sets."""
    content = lines(pairs(300))
    done(tmp_path, content, 33)
    expected = [sorted(side) for side in sides(tmp_path / "data")]
    shuffled = content.splitlines()
    shuffled.sort(key=lambda line: hashlib.sha256(line).digest())
    done(tmp_path, b"\r\n".join(shuffled), 33)
    assert [sorted(side) for side in sides(tmp_path / "data")] == expected


def test_the_seed_chooses_other_records(tmp_path: Path) -> None:
    """One seed always gives the same."""
    chosen = set()
    for seed in (0, 1, 2, 0):
        done(tmp_path, pairs(300), 30, seed=seed)
        chosen.add(frozenset(sides(tmp_path / "data")[1]))
    assert len(chosen) == 3


def test_other_processes_and_releases_choose_the_same(tmp_path: Path) -> None:
    """A hash of Python's own would change with every process; this one may never change."""
    done(tmp_path, pairs(300), 30)
    digest = hashlib.sha256((tmp_path / "data/validation.jsonl").read_bytes()).hexdigest()
    assert digest == "0ef153e45b87bad54d2c4fe9bdc740223b68427f2f727452ce02bf507a40b5e1"
    assert ContentHash(0).of(b'{"prompt": "a", "completion": "b"}') == 8857599452867735844


def test_more_records_move_few(tmp_path: Path) -> None:
    """Who adds records to a dataset validates mostly with the same ones."""
    done(tmp_path, pairs(1000), "10%")
    before = set(sides(tmp_path / "data")[1])
    done(tmp_path, pairs(1100), "10%")
    assert len(before & set(sides(tmp_path / "data")[1])) >= 90


def test_the_most_records(tmp_path: Path) -> None:
    """A sample of both files together; its validation records are among those of the whole."""
    found = done(tmp_path, pairs(300), "10%", max_records=100)
    assert [len(side) for side in sides(tmp_path / "data")] == [90, 10]
    assert found.left_out == 200
    sample = set(sides(tmp_path / "data")[1])
    done(tmp_path, pairs(300), "10%")
    assert sample < set(sides(tmp_path / "data")[1])


@pytest.mark.parametrize(("most", "records"), [(299, 299), (300, 300), (301, 300), (1_000_000, 300)])
def test_both_sides_of_the_most_records(tmp_path: Path, most: int, records: int) -> None:
    """No record more, and none fewer."""
    done(tmp_path, pairs(300), 10, max_records=most)
    assert sum(map(len, sides(tmp_path / "data"))) == records


@pytest.mark.parametrize(("most", "number"), [(419, 9), (420, 10), (421, 10)])
def test_the_most_tokens(tmp_path: Path, most: int, number: int) -> None:
    """As much as fits, and no token more: here 30 of each record, and 6 for each of its two texts."""
    records = [{"prompt": f"{at:03}" * 9, "completion": "abc"} for at in range(100)]
    found = done(tmp_path, records, 1, max_tokens=most, count_tokens=len)
    assert [len(side) for side in sides(tmp_path / "data")] == [number - 1, 1]
    assert found.left_out == 100 - number


def test_a_budget_of_tokens_holds(tmp_path: Path) -> None:
    """Tokens are estimated by their upper bound, in any script."""
    records = [
        {"prompt": f"{at} {text}", "completion": "a"}
        for at in range(50)
        for text in ("一二三" * 9, "words " * 9)
    ]
    done(tmp_path, records, "10%", max_tokens=1_000)
    report = validate(
        tmp_path / "data/train.jsonl", model=LLAMA_31, validation=tmp_path / "data/validation.jsonl"
    )
    assert report.validation is not None
    assert 900 < report.training.tokens.most + report.validation.tokens.most <= 1_000


@pytest.mark.parametrize(("records", "expected"), [(10_000, (9_000, 1_000)), (10_010, (9_010, 1_000))])
def test_a_documented_maximum_of_validation_records(
    tmp_path: Path, records: int, expected: tuple[int, int]
) -> None:
    """The part is lowered, and a sentence says so."""
    found = done(tmp_path, pairs(records), "10%", model=COHERE)
    assert tuple(map(len, sides(tmp_path / "data"))) == expected
    said = [str(one) for one in found.findings if "the part for validation was lowered" in one.fix]
    assert len(said) == (records > 10_000)
    assert found.ok


def test_a_documented_maximum_of_training_records(tmp_path: Path) -> None:
    """The others are left out; the part for validation is that of the records that are written."""
    found = done(tmp_path, pairs(12_000), "5%", model=COHERE)
    assert tuple(map(len, sides(tmp_path / "data"))) == (10_000, 526)
    assert found.left_out == 12_000 - 10_526
    assert any("the others were left out" in one.fix for one in found.findings)


def test_a_number_of_records_overrules_what_is_only_a_warning(tmp_path: Path) -> None:
    """A quota may have been raised; a sentence remains. What is documented cannot be overruled."""
    records = [turns(f"q{at}", "a") for at in range(1100)]
    done(tmp_path, records, "99.9%", model=NOVA)
    assert len(sides(tmp_path / "data")[1]) == 1000
    found = done(tmp_path, records, 1050, model=NOVA)
    assert len(sides(tmp_path / "data")[1]) == 1050
    assert ("warning", "validation-records") in rules(found)
    found = done(tmp_path, [chat(f"q{at}", "a") for at in range(1200)], 1050, model=HAIKU)
    assert len(sides(tmp_path / "data")[1]) == 1000


def test_too_few_records_are_said(tmp_path: Path) -> None:
    """The files are written, and an error says what is missing; one record more is none."""
    found = done(tmp_path, [turns(f"q{at}", "a") for at in range(8)], 1, model=NOVA)
    assert not found.ok
    assert ("error", "training-records") in rules(found)
    found = done(tmp_path, [turns(f"q{at}", "a") for at in range(9)], 1, model=NOVA)
    assert found.ok


def test_a_model_that_takes_no_validation_data(tmp_path: Path) -> None:
    """It is a sentence with what to do; a model that ignores them gets a warning."""
    captions = [{"image-ref": f"s3://bucket/{at}.png", "caption": "a cat"} for at in range(10)]
    text = refusal(tmp_path, captions, 2, model=CANVAS)
    assert text == (
        "must be left out: it is validation data, and the model takes none, got '2'; "
        "write the training file alone, with 0 records for validation. "
        "See https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-prepare.html"
    )
    assert done(tmp_path, captions, 0, model=CANVAS).ok
    found = done(tmp_path, [reasoned(f"q{at}", "a") for at in range(10)], 2, model=NOVA_2)
    assert ("warning", "validation-data") in rules(found)


def test_a_model_that_is_not_in_the_catalogue(tmp_path: Path) -> None:
    """The format is guessed, and there are no maximums."""
    assert done(tmp_path, pairs(20), 5, model="unknown.model-v1:0").ok


def test_every_kind_of_record_can_be_split(tmp_path: Path) -> None:
    """Images, reasoning, grader fields with huge numbers."""
    for model, kind, record in (
        (NOVA, "FINE_TUNING", lambda at: shown(media(uri=f"s3://bucket/{at}.png"), {"text": "a"})),
        (NOVA_2, "FINE_TUNING", lambda at: reasoned(f"q{at}", "a")),
        (NOVA_2, RFT, lambda at: chat(f"q{at}", reference_answer={"x": 10**400 + at, "y": 1e308})),
    ):
        done(tmp_path, [record(at) for at in range(20)] * 2, 10, model=model, customization_type=kind)
        training, validation = sides(tmp_path / "data")
        assert (len(training), len(validation)) == (30, 10)
        assert not set(training) & set(validation)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Without force an existing file stays, and the other one is not written either."""
    path = write(tmp_path, pairs(10), "in.jsonl")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/validation.jsonl").write_text("mine")
    with pytest.raises(OutputError, match=r"must not exist, got '.*validation\.jsonl'; .*--force"):
        split(path, model=LLAMA_31, validation=1, out=tmp_path / "data")
    assert [one.name for one in (tmp_path / "data").iterdir()] == ["validation.jsonl"]
    assert (tmp_path / "data/validation.jsonl").read_text() == "mine"


def test_the_input_is_never_an_output(tmp_path: Path) -> None:
    """`split train.jsonl -o .` would destroy the data, also with force."""
    path = write(tmp_path, pairs(10))
    with pytest.raises(OutputError, match="must not be a file that is read"):
        split(path, model=LLAMA_31, validation=1, out=tmp_path, force=True)
    assert path.read_bytes() == lines(pairs(10))


@pytest.mark.parametrize("name", ["file", "missing/data", "a\0b"])
def test_a_folder_that_cannot_be_made(tmp_path: Path, name: str) -> None:
    """It is a sentence."""
    path = write(tmp_path, pairs(10), "file")
    with pytest.raises(OutputError, match="must be"):
        split(path, model=LLAMA_31, validation=1, out=f"{tmp_path}/{name}")


@pytest.mark.parametrize("problem", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("interrupted_call", [1, 2])
def test_an_interruption_leaves_nothing(
    tmp_path: Path, problem: type[BaseException], interrupted_call: int
) -> None:
    """Ctrl-C in either pass."""
    calls = count(1)

    def stop(*_: object) -> None:
        if next(calls) == interrupted_call:
            raise problem

    with pytest.raises(problem):
        done(tmp_path, pairs(10), 1, progress=stop, drop_invalid=tmp_path / "dropped")
    assert [one.name for one in tmp_path.iterdir()] == ["in.jsonl"]


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """It is a sentence, and both files are missing."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    path = write(tmp_path, pairs(1000), "in.jsonl")
    with ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGXFSZ, handler)
        stack.callback(resource.setrlimit, resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        with pytest.raises(OutputError, match="free some space"):
            split(path, model=LLAMA_31, validation=1, out=tmp_path / "data")
    assert [one.name for one in tmp_path.iterdir()] == ["in.jsonl"]


@pytest.mark.parametrize("content", [pairs(11), pairs(10, 1), pairs(9), []])
def test_a_file_that_changes_meanwhile(tmp_path: Path, content: list[Any]) -> None:
    """What was checked is what is written, or nothing is."""
    path, other = write(tmp_path, pairs(10), "in.jsonl"), write(tmp_path, content, "other")

    def replace(*_: object) -> None:
        if other.exists():
            other.replace(path)

    with pytest.raises(SplitError, match="must stay the same while it is split"):
        split(path, model=LLAMA_31, validation=1, out=tmp_path / "data", progress=replace)
    assert not (tmp_path / "data").exists()


def test_the_example_for_notebooks_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The code of docs/datasets.md runs as it is."""
    page = (Path(__file__).parents[3] / "docs/datasets.md").read_text(encoding="utf-8")
    [example] = re.findall(
        r"```python\n(from constructs_lib.datasets import OutputError.*?)```", page, re.DOTALL
    )
    write(tmp_path, [turns(f"q{at}", "a") for at in range(20)], "tickets.jsonl")
    monkeypatch.chdir(tmp_path)
    exec(example, {})  # noqa: S102 - it is our own page
    assert (tmp_path / "data/validation.jsonl").read_bytes().count(b"\n") == 2


@given(
    prompts=st.lists(st.text(max_size=3), min_size=2, max_size=40),
    number=st.integers(1, 40),
    seed=st.integers(0, 3),
    dedupe=st.booleans(),
)
@QUICK
def test_every_split_keeps_its_promises(
    tmp_path: Path, prompts: list[str], number: int, seed: int, *, dedupe: bool
) -> None:
    """The union is the input, no content is on both sides, and the number is exact or the most that fits."""
    records = [{"prompt": f"q{prompt}", "completion": "a"} for prompt in prompts]
    try:
        found = done(tmp_path, records, number, seed=seed, dedupe=dedupe)
    except SplitError:
        assert len(set(prompts)) == 1 or number >= min(len(prompts), *Counter(prompts).values())
        return
    training, validation = (
        [json.loads(line)["prompt"] for line in side] for side in sides(tmp_path / "data")
    )
    written, expected = Counter(training + validation), Counter(record["prompt"] for record in records)
    assert written == (Counter(set(expected)) if dedupe else expected)
    assert not set(training) & set(validation)
    assert found.repeated == len(records) - written.total()
    assert len(validation) <= number
    if dedupe or max(expected.values()) == 1:
        assert len(validation) == number
    spare = number - len(validation)
    assert not any(count <= spare for text, count in written.items() if text in training)


@pytest.mark.parametrize(("model", "kind"), ALL)
@given(
    records=st.lists(nearly_right(), min_size=1, max_size=4),
    broken=st.integers(0, 300),
    byte=st.binary(max_size=2),
    validation=st.sampled_from(["10%", 1, 0]),
)
@QUICK
def test_any_file_is_split_or_refused(  # noqa: PLR0917 - hypothesis and the table give them by name
    tmp_path: Path, model: str, kind: str, records: list[Any], broken: int, byte: bytes, validation: str | int
) -> None:
    """Files that are nearly right end in a split without errors of records, or in a sentence."""
    content = lines(records)
    content = content[:broken] + byte + content[broken:]
    options = {"model": model, "customization_type": kind, "drop_invalid": tmp_path / "dropped"}
    try:
        found = done(tmp_path, content, validation, **options)
    except SplitError:
        assert not [*tmp_path.glob("**/.*")]
        return
    assert found.dropped is not None
    total = found.training.records + (found.validation.records if found.validation else 0)
    assert total + found.left_out + found.dropped.records == found.report.training.counts.records


MANY: dict[str, Callable[[int], bytes]] = {
    "different records": lambda n: lines(pairs(n)),
    "one record again and again": lambda n: lines(pairs(1) * n + pairs(2, 1)),
    "pairs of records that do not fit": lambda n: lines(pairs(n) * 2 + pairs(1, n)),
    "bad lines": lambda n: lines(pairs(2)) + b"{\n" * n,
    "blank lines": lambda n: lines(pairs(2)) + b"\n" * n * 20,
    "a long record": lambda n: lines([*pairs(2), {"prompt": "a", "completion": "b" * n * 100}]),
    "a nested line": lambda n: lines(pairs(2)) + b"[" * n * 20,
}


@pytest.mark.parametrize("content", MANY.values(), ids=MANY.keys())
def test_time_is_linear(tmp_path: Path, content: Callable[[int], bytes]) -> None:
    """Eight times the input takes about eight times as long, whatever it holds."""

    def seconds(number: int) -> float:
        written, times = content(number), []
        for _ in range(3):
            start = process_time()
            done(tmp_path, written, 1, model="unknown.model-v1:0", drop_invalid=tmp_path / "dropped")
            times.append(process_time() - start)
        return min(times)

    few, many = seconds(500), seconds(4_000)
    assert many < 8 * 3 * few + 0.05


HEAVY = """
import sys
from pathlib import Path
from constructs_lib.datasets import SplitError, split
try:
    split(sys.argv[1], model="cohere.command-text-v14", validation="10%", out=sys.argv[2],
          max_records=10**9, max_tokens=10**9)
except SplitError: pass
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
@pytest.mark.parametrize(
    "content",
    [
        b"".join(b'{"prompt":"%d","completion":"%s"}\n' % (at, b"b" * 8_000) for at in range(5_000)),
        b'{"prompt":"a","completion":"%s"}\n' % (b"b" * 8_000) * 5_000,
        b"{\n" * 30_000,
    ],
    ids=["many records", "one record again and again", "many bad lines"],
)
def test_memory_is_bounded(tmp_path: Path, content: bytes) -> None:
    """The records themselves, here 40 MB, are never in memory, whatever they are."""
    path = write(tmp_path, content)
    command = [sys.executable, "-c", HEAVY, str(path), str(tmp_path / "data")]
    peak = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert int(peak) < 60  # half of it is Python's and the library's
