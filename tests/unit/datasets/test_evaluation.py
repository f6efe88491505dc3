"""The data of `PromoteIf.answers`: what the rule says, and that the console and the function say the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from constructs_lib.cli.main import app
from constructs_lib.contract.evaluation import LARGEST, MOST_RECORDS, read_evaluation
from constructs_lib.datasets import validate_evaluation

GOOD = {"prompt": "Where is my order?", "referenceResponse": "delivery"}
ROOT = Path(__file__).parents[3]


def run(*arguments: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["validate", "--format", "evaluation", *map(str, arguments)])


def problems(*records: object) -> list[str]:
    """Return what is wrong with records, in sentences."""
    lines = (one if isinstance(one, bytes) else json.dumps(one).encode() for one in records)
    return [one.sentence for one in read_evaluation(b"\n".join(lines))[1]]


def test_a_prompt_and_a_conversation_are_read() -> None:
    """With the names of Converse; a text stands for one block."""
    blocks = [{"text": "Hello"}, {"text": "again"}]
    conversation = {
        "system": "Be short.",
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [{"text": "Hello"}]},
            {"role": "user", "content": blocks},
        ],
        "referenceResponse": "Bye",
        "category": "chat",
    }
    content = b"\xef\xbb\xbf" + "\r\n".join(map(json.dumps, (GOOD, conversation))).encode() + b"\n\n"
    records, wrong = read_evaluation(content)
    assert wrong == []
    first, second = records
    assert (first.line, first.system, first.category, first.reference) == (1, [], "", "delivery")
    assert first.messages == [{"role": "user", "content": [{"text": "Where is my order?"}]}]
    assert (second.line, second.system, second.prompt) == (2, [{"text": "Be short."}], "Hello again")
    assert [one["role"] for one in second.messages] == ["user", "assistant", "user"]
    assert second.messages[2]["content"] == blocks


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"prompt": "a"}, "referenceResponse is required"),
        ({"referenceResponse": "a"}, "prompt must be there, or messages, and not both"),
        ({**GOOD, "messages": [{"role": "user", "content": "a"}]}, "and not both"),
        ({**GOOD, "prompt": " "}, "prompt must not be empty"),
        ({**GOOD, "prompt": 3}, "prompt must be a text"),
        ({**GOOD, "referenceResponse": {"a": 1}}, "referenceResponse must be a text"),
        ({**GOOD, "prompt": "\ud800"}, "prompt must not have half of a surrogate pair"),
        ({**GOOD, "category": ""}, "category must not be empty"),
        ({**GOOD, "category": "c" * 101}, "category must have at most 100 characters"),
        ({**GOOD, "system": []}, "system must not be empty"),
        ({**GOOD, "system": [{"image": 1}]}, 'system[0] must be {"text": "..."}'),
        ({**GOOD, "refrenceResponse": "a"}, "refrenceResponse is not a member of an evaluation record"),
        ({**GOOD, "\x1b[31m": "a"}, "a member is not a member of an evaluation record"),
        ({"messages": [], "referenceResponse": "a"}, "messages must be a list of messages"),
        ({"messages": "a", "referenceResponse": "a"}, "messages must be a list of messages"),
        ({"messages": ["a"], "referenceResponse": "a"}, "messages[0] must have role and content"),
        (
            {"messages": [{"role": "assistant", "content": "a"}], "referenceResponse": "a"},
            "messages[0].role must be user",
        ),
        (
            {
                "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
                "referenceResponse": "a",
            },
            "messages must end with a message of the user",
        ),
        ([GOOD], "the line must be a JSON object"),
        (b"{", "the line must be JSON"),
        (b'{"prompt": NaN, "referenceResponse": "a"}', "the line must be JSON"),
        (b'{"prompt": "a", "prompt": "b", "referenceResponse": "a"}', "must not have a member twice"),
        (b"[" * 100_000, "the line must be JSON"),
        (b'{"prompt": ' + b"9" * 5000 + b"}", "the line must be JSON"),
        (b"\xff", "the line must be UTF-8"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(record: Any, said: str) -> None:  # noqa: ANN401 - any JSON
    """And what to do about it; nothing of the record's texts."""
    [sentence] = problems(GOOD, record)
    assert sentence.startswith("line 2: ")
    assert said in sentence
    assert "; " in sentence
    assert sentence.isprintable()


def test_a_file_has_its_limits() -> None:
    """At least one record, at most 1,000, at most 5 MB."""
    assert problems() == ["the file must have a record; write one JSON object on each line"]
    assert problems(*[GOOD] * MOST_RECORDS) == []
    assert problems(*[GOOD] * (MOST_RECORDS + 1)) == [
        "the file must have at most 1,000 records, and has 1,001; choose some of them at random"
    ]
    assert problems(b" " * (LARGEST + 1)) == ["the file must have at most 5 MB; leave out records"]


def test_references_that_must_be_json() -> None:
    """For the scores that compare JSON."""
    content = b"\n".join(
        json.dumps({**GOOD, "referenceResponse": reference}).encode()
        for reference in ('{"team": "a"}', "3", "{'team': 1}", '{"a": 1, "a": 2}')
    )
    assert read_evaluation(content)[1] == []
    wrong = read_evaluation(content, references_are_json=True)[1]
    assert [(one.line, one.path) for one in wrong] == [(3, "referenceResponse"), (4, "referenceResponse")]


any_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
near_records = st.dictionaries(
    st.sampled_from(["prompt", "messages", "system", "referenceResponse", "category", "other"]), any_json
)


@given(st.one_of(st.binary(max_size=200), st.lists(near_records, max_size=3)))
@settings(max_examples=300, deadline=None)
def test_any_content_is_read(content: bytes | list[dict[str, Any]]) -> None:
    """Nothing is raised, and where nothing is wrong, each line is a record that Converse takes."""
    if not isinstance(content, bytes):
        content = b"\n".join(json.dumps(one).encode() for one in content)
    records, wrong = read_evaluation(content)
    assert wrong or records
    for record in records:
        assert all(block["text"].strip() for one in record.messages for block in one["content"])
        assert record.reference.strip()


def test_the_console_says_what_the_function_says(tmp_path: Path) -> None:
    """With file and line; exit code 1."""
    path = tmp_path / "evaluation.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n{json.dumps({**GOOD, 'category': 'a'})}\n{{}}\n")
    result = run(path)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        (
            f"{path}:3: error: prompt must be there, or messages, and not both; write one of them "
            "[evaluation-record]"
        ),
        f"{path}:3: error: referenceResponse is required; write the answer that is right [evaluation-record]",
        f"{path}: 2 records",
        "    a: 1 record",
        "2 errors, 0 warnings; read as evaluation",
    ]
    found = json.loads(run(path, "--output", "json", "--limit", 1).stdout)
    assert (found["ok"], found["errors"], found["records"], len(found["findings"])) == (False, 2, 2, 1)
    assert found["findings"][0]["line"] == 3
    path.write_text(json.dumps(GOOD))
    assert run(path).exit_code == 0
    assert run(path, "--score", "JsonEqual").exit_code == 1
    assert run(path, "--score", "jsonvalid").exit_code == 0


def test_records_of_the_training_data_are_a_warning(tmp_path: Path) -> None:
    """What a model was trained on shows nothing about it; any shape of training data is read."""
    path, training = tmp_path / "evaluation.jsonl", tmp_path / "train.jsonl"
    path.write_text("\n".join(json.dumps({**GOOD, "prompt": f"q {number}"}) for number in range(4)))
    content = [{"text": "q  2"}]
    training.write_text(
        "\n".join(
            [
                json.dumps({"prompt": "q", "completion": "a"}),
                "no JSON",
                json.dumps({"messages": [{"role": "user", "content": content}]}),
                json.dumps({"prompt": "q 0", "completion": "a"}),
            ]
        )
    )
    report = validate_evaluation(path, training=training)
    assert report.ok
    assert [(one.line, str(one.got)) for one in report.findings] == [
        (1, f"line 4 of {training}"),
        (3, f"line 3 of {training}"),
    ]
    result = run(path, "--training", training)
    assert result.exit_code == 0
    assert "warning: the prompt should not be in the training data too" in result.stdout
    assert run(path, "--training", tmp_path / "missing.jsonl").exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("missing.jsonl",),
        ("a.jsonl.gz",),
        (".",),
        ("\0",),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """It is a finding, and exit code 1."""
    (tmp_path / "a.jsonl.gz").write_bytes(b"\x1f\x8b")
    result = run(*(str(tmp_path / one) for one in arguments))
    assert result.exit_code == 1
    assert "1 error, 0 warnings; read as evaluation" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a", "b", "--format", "evaluation"], "must be one file"),
        (["a", "--format", "evaluation", "--keep", "b"], "does not go with --format evaluation"),
        (["a", "--format", "evaluation", "--validation", "b"], "does not go with --format evaluation"),
        (["a", "--model", "amazon.nova-lite-v1:0:300k", "--score", "TokenF1"], "need --format evaluation"),
        (["a"], "name the base model, or use --format evaluation"),
        (["-", "--format", "evaluation", "--training", "-"], "must be given only once"),
    ],
)
def test_wrong_usage(arguments: list[str], said: str) -> None:
    """It is said before anything is read."""
    result = CliRunner().invoke(app, ["validate", *arguments], env={"COLUMNS": "300"})
    assert result.exit_code == 2
    assert said in result.stderr
