"""Every shape becomes every format that it fits; what is changed, dropped or left out is counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.datasets import Conversion, ConversionError, convert, validate
from tests.unit.datasets.helpers import (
    CANVAS,
    COHERE,
    CPT,
    DISTILLATION,
    HAIKU,
    LLAMA_31,
    LLAMA_32,
    MICRO,
    NOVA,
    NOVA_2,
    RFT,
    TITAN,
    VERSION,
    lines,
    said,
    turns,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from constructs_lib.datasets.conversion import Tally

FT = "FINE_TUNING"
QUESTION, ANSWER = "Where is my order?", 'On its way: "tomorrow" (ä, 日本).'
S3_IMAGE = {"image": {"format": "png", "source": {"s3Location": {"uri": "s3://bucket/a.png"}}}}


def chat_of(*contents: object, **fields: object) -> dict[str, Any]:
    """Return a chat with plain strings, the user first."""
    roles = ("user", "assistant")
    return {
        "messages": [{"role": roles[at % 2], "content": one} for at, one in enumerate(contents)],
        **fields,
    }


# One question and one answer, in every shape.
SHAPES: dict[str, dict[str, Any]] = {
    "openai": chat_of(QUESTION, ANSWER),
    "sharegpt": {"conversations": [{"from": "human", "value": QUESTION}, {"from": "gpt", "value": ANSWER}]},
    "alpaca": {"instruction": QUESTION, "input": "", "output": ANSWER},
    "pairs": {"question": QUESTION, "answer": ANSWER},
    "preferences": {"prompt": QUESTION, "chosen": ANSWER, "rejected": "No."},
    "anthropic": {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
            {"role": "assistant", "content": [{"type": "text", "text": ANSWER}]},
        ],
        "system": "",
    },
    "gemini": {
        "contents": [
            {"role": "user", "parts": [{"text": QUESTION}]},
            {"role": "model", "parts": [{"text": ANSWER}]},
        ]
    },
    "converse": {"messages": [said("user", QUESTION), said("assistant", ANSWER)]},
    "logs": {
        "modelId": "m",
        "input": {"inputBodyJson": {"messages": [said("user", QUESTION)]}},
        "output": {"outputBodyJson": {"output": {"message": said("assistant", ANSWER)}}},
    },
    "batch": {
        "recordId": "1",
        "modelInput": {"prompt": QUESTION},
        "modelOutput": {"generation": ANSWER},
    },
}
CONVERSATION = turns(QUESTION, ANSWER, schemaVersion=VERSION)
TARGETS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "Converse": (NOVA, FT, CONVERSATION),
    "Converse, Llama": (LLAMA_32, FT, CONVERSATION),
    "Converse with reasoning": (NOVA_2, FT, CONVERSATION),
    "prompt and completion": (LLAMA_31, FT, {"prompt": QUESTION, "completion": ANSWER}),
    "Anthropic": (HAIKU, FT, chat_of(QUESTION, ANSWER)),
    "distillation": (NOVA, DISTILLATION, CONVERSATION),
    "reinforcement": (NOVA_2, RFT, {"messages": chat_of(QUESTION)["messages"], "reference_answer": ANSWER}),
}


def converted(
    folder: Path,
    records: list[Any] | bytes,
    model: str = NOVA,
    kind: str = FT,
    **more: Any,  # noqa: ANN401 - arguments of `convert`
) -> tuple[Conversion, list[Any]]:
    """Convert records; return what was done and what was written."""
    path, out = write(folder, records, "in.jsonl"), folder / "out.jsonl"
    done = convert(path, out, model=model, customization_type=kind, force=True, **more)
    return done, [json.loads(line) for line in out.read_bytes().splitlines()]


def counted(tallies: tuple[Tally, ...]) -> dict[str, int]:
    """Return tallies by the start of their reason."""
    return {one.reason: one.count for one in tallies}


@pytest.mark.parametrize("forced", [False, True], ids=["detected", "forced"])
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_becomes_every_format(tmp_path: Path, shape: str, target: str, forced: bool) -> None:  # noqa: FBT001 - pytest gives it by name
    """One question and its answer, whatever they are written in; a record that is converted has no errors."""
    model, kind, expected = TARGETS[target]
    record = SHAPES[shape]
    done, written = converted(tmp_path, [record], model, kind, **({"shape": shape} if forced else {}))
    others = {name: value for name, value in written[0].items() if name in expected}
    assert others == expected
    assert written[0].keys() - expected.keys() <= (record.keys() if target == "reinforcement" else set())
    assert (done.read, done.written, done.dropped) == (1, 1, ())
    assert done.files[0].shape in {shape, "own", "openai"}
    lines_with_errors = [one for one in done.report.findings if one.severity == "error" and one.line]
    assert lines_with_errors == []


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_written_is_what_validate_accepts(tmp_path: Path, target: str) -> None:
    """The report of a conversion is that of `validate` on its output."""
    model, kind, _ = TARGETS[target]
    done, _ = converted(tmp_path, [SHAPES["openai"], chat_of("User: a", " "), chat_of("a", "b")], model, kind)
    report = validate(tmp_path / "out.jsonl", model=model, customization_type=kind)
    assert (done.report.findings, done.report.counted) == (report.findings, report.counted)
    assert done.report.training.counts == report.training.counts


def test_the_reverse(tmp_path: Path) -> None:
    """A conversation becomes a prompt and a completion for a model that has those."""
    system = turns(QUESTION, ANSWER, schemaVersion=VERSION, system=[{"text": "Be kind."}])
    done, written = converted(tmp_path, [system, turns("a", "b", "c", "d")], TITAN)
    assert written == [{"prompt": f"Be kind.\n\n{QUESTION}", "completion": ANSWER}]
    assert counted(done.changed) == {
        "the system text was put before the prompt, because the format has no place for it": 1
    }
    assert counted(done.dropped) == {
        "it has more than one turn, and the format has one prompt and one answer": 1
    }
    assert done.dropped[0].first == [(str(tmp_path / "in.jsonl"), 2)]


def test_text_alone(tmp_path: Path) -> None:
    """Continued pre-training takes text, and nothing else takes text alone."""
    _, written = converted(tmp_path, [{"text": "Once upon a time."}], TITAN, CPT)
    assert written == [{"input": "Once upon a time."}]
    _, written = converted(tmp_path, [{"a": "x", "b": "y"}], TITAN, CPT, columns={"text": "b"})
    assert written == [{"input": "y"}]
    with pytest.raises(ConversionError, match=r"text without a prompt and an answer \(1\)"):
        converted(tmp_path, [{"text": "Once upon a time."}])
    with pytest.raises(ConversionError, match="continued pre-training takes text alone"):
        converted(tmp_path, [SHAPES["openai"]], TITAN, CPT)


CHANGED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (
        {"messages": [*chat_of("a")["messages"] * 2, {"role": "assistant", "content": "b"}]},
        turns("a\n\na", "b"),
        "messages of one role in a row were joined",
    ),
    (
        {"messages": [*chat_of("a", "b")["messages"], {"role": "system", "content": "s"}]},
        turns("a", "b", system=[{"text": "s"}]),
        "a system message inside the conversation was moved to its start",
    ),
    (
        {"messages": [{"role": "assistant", "content": "Hi!"}, *chat_of("a", "b")["messages"]]},
        turns("a", "b"),
        "messages of the assistant before the first one of the user were left out",
    ),
    (chat_of("a", "b", "c"), turns("a", "b"), "messages of the user after the last answer were left out"),
    (
        {
            "messages": [
                {"role": "user", "content": "a", "name": "Ann"},
                {"role": "assistant", "content": "b"},
            ]
        },
        turns("a", "b"),
        "the names of speakers were left out",
    ),
    (
        {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 0}]},
        turns("a", "b"),
        "the weights of messages were left out, because Bedrock trains on every answer",
    ),
    (
        {
            "messages": [
                {"role": "user", "content": "a"},
                {"role": "assistant", "content": "b", "reasoning_content": "c"},
            ]
        },
        {"messages": [said("user", "a"), said("assistant", "b")]},
        "reasoning was left out, because the format has no place for it",
    ),
    (
        {
            "conversations": [
                {"from": "System", "value": "s"},
                *SHAPES["sharegpt"]["conversations"],
                {"from": "Human", "value": "c"},
            ]
        },
        turns(QUESTION, ANSWER, system=[{"text": "s"}]),
        "messages of the user after the last answer were left out",
    ),
    ({"prompt": 1, "response": 2.5}, turns("1", "2.5"), "a number was written as text"),
    (
        SHAPES["preferences"],
        turns(QUESTION, ANSWER),
        "the rejected answer was left out, because Bedrock has no training with preferences",
    ),
]


@pytest.mark.parametrize(("record", "expected", "reason"), CHANGED)
def test_what_is_changed_is_counted(
    tmp_path: Path, record: dict[str, Any], expected: dict[str, Any], reason: str
) -> None:
    """Each change has a reason, a number of records and the first lines."""
    done, written = converted(tmp_path, [record])
    assert written == [{"schemaVersion": VERSION, **expected}]
    assert [(one.reason, one.count, [line for _, line in one.first]) for one in done.changed] == [
        (reason, 1, [1])
    ]


DROPPED: list[tuple[object, str]] = [
    ({**chat_of("a", "b"), "tools": [{"type": "function"}]}, "it uses tools"),
    ({"messages": [*chat_of("a")["messages"], {"role": "tool", "content": "b"}]}, "it uses tools"),
    (
        {"messages": [*chat_of("a")["messages"], {"role": "assistant", "content": None, "tool_calls": [1]}]},
        "it uses tools",
    ),
    (
        chat_of([{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}], "b"),
        "it has an image or video that is not in S3",
    ),
    (
        chat_of([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}], "b"),
        "it has an image or video inside the record",
    ),
    (chat_of([{"type": "input_audio", "input_audio": {}}], "b"), "it has a part that is neither text nor"),
    (chat_of("a"), "it has no answer"),
    (chat_of("", "b"), "it has a message without text"),
    ({"messages": [{"role": "assistant", "content": "b"}]}, "it has no message of the user"),
    ({"messages": []}, "it has no message of the user"),
    ({"messages": [1]}, "it has a message without a role"),
    ({"messages": [{"role": "narrator", "content": "b"}]}, "it has a message with another role"),
    ("{", "it is not JSON"),
    ("3", "it is not a JSON object"),
]


@pytest.mark.parametrize(("record", "reason"), DROPPED)
def test_what_cannot_be_carried_over_is_dropped_and_counted(
    tmp_path: Path, record: object, reason: str
) -> None:
    """It is dropped by its reason, with its line, and the other records are written."""
    done, written = converted(tmp_path, [chat_of("x", "y"), record, chat_of("z", "y")])
    assert [one["messages"][0]["content"][0]["text"] for one in written] == ["x", "z"]
    [dropped] = done.dropped
    assert dropped.reason.startswith(reason)
    assert [line for _, line in dropped.first] == [2]
    assert (done.read, done.written) == (3, 2)


def test_a_later_record_of_another_shape_is_dropped(tmp_path: Path) -> None:
    """The first records decide; the reason says what the other record is."""
    done, written = converted(tmp_path, [*[chat_of("x", "y")] * 20, SHAPES["alpaca"]])
    assert len(written) == 20
    assert counted(done.dropped) == {"it has another shape than the first records: the Alpaca format": 1}


LOG = SHAPES["logs"]
ANSWERS: list[tuple[dict[str, Any], Any]] = [
    ({"content": [{"type": "text", "text": "b"}], "stop_reason": "end_turn"}, "b"),
    ({"generation": "b", "stop_reason": "stop"}, "b"),
    ({"results": [{"outputText": "b"}]}, "b"),
    ({"outputs": [{"text": "b"}]}, "b"),
    ({"generations": [{"text": "b"}]}, "b"),
    ({"completion": "b"}, "b"),
    ({"choices": [{"message": {"role": "assistant", "content": "b"}}]}, "b"),
    ([{"contentBlockDelta": {"delta": {"text": "b"}}}, {"messageStop": {}}], "b"),
    ([{"type": "content_block_delta", "delta": {"type": "text_delta", "text": "b"}}], "b"),
    ({"choices": [{"message": {"content": "b"}}, {"message": {"content": "c"}}]}, "it has several answers"),
    ({"results": [{"outputText": "b"}, {"outputText": "c"}]}, "it has several answers"),
    ({"content": [{"type": "tool_use", "id": "1", "name": "n", "input": {}}]}, "it uses tools"),
    ({}, "it has no answer"),
]


@pytest.mark.parametrize(("body", "expected"), ANSWERS)
def test_the_answers_of_every_provider_are_read(tmp_path: Path, body: object, expected: str) -> None:
    """An invocation log has the answer in the form of its model."""
    record = {**LOG, "output": {"outputBodyJson": body}}
    done, written = converted(tmp_path, [LOG, record])
    texts = [one["messages"][1]["content"][0]["text"] for one in written]
    assert texts == ([ANSWER, "b"] if expected == "b" else [ANSWER])
    assert [one.reason[: len(expected)] for one in done.dropped] == ([] if expected == "b" else [expected])


PROMPTS: list[tuple[dict[str, Any], str]] = [
    ({"inputBodyJson": {"prompt": "a", "max_gen_len": 5}}, "a"),
    ({"inputBodyJson": {"inputText": "a"}}, "a"),
    ({"inputBodyJson": {"prompt": "\n\nHuman: a\n\nAssistant:"}}, "a"),
    ({"inputBodyJson": {"messages": [{"role": "user", "content": "a"}], "system": "s"}}, "a"),
    ({"inputBodyJson": {"prompt": "<|start_header_id|>user<|end_header_id|>"}}, "its prompt is written in"),
    ({"inputBodyS3Path": "s3://b/k"}, "the body of the call is in another object"),
    ({}, "it has no message of the user"),
]


@pytest.mark.parametrize(("given", "expected"), PROMPTS)
def test_the_prompts_of_every_provider_are_read(tmp_path: Path, given: dict[str, Any], expected: str) -> None:
    """And the prompt."""
    done, written = converted(tmp_path, [LOG, {**LOG, "input": given}, {**LOG, "errorCode": "Throttling"}])
    texts = [one["messages"][0]["content"][0]["text"] for one in written]
    assert texts == ([QUESTION, "a"] if expected == "a" else [QUESTION])
    reasons = [one.reason for one in done.dropped]
    assert "it is a call that failed" in reasons
    assert expected == "a" or any(one.startswith(expected) for one in reasons)


def test_images_in_s3_are_carried_over(tmp_path: Path) -> None:
    """To a model that takes them; for one that takes text only the record is dropped."""
    part = {"type": "image_url", "image_url": {"url": "s3://bucket/a.png"}}
    record = chat_of([part, {"type": "text", "text": "What is it?"}], "A cat.")
    _, written = converted(tmp_path, [record])
    assert written[0]["messages"][0]["content"] == [S3_IMAGE, {"text": "What is it?"}]
    for model in (MICRO, COHERE, HAIKU):
        with pytest.raises(ConversionError, match="takes text only"):
            converted(tmp_path, [record], model)


def test_reasoning_is_carried_over(tmp_path: Path) -> None:
    """To a model whose format has it."""
    thinking = {"type": "thinking", "thinking": "Hm.", "signature": "x"}
    record = chat_of("a", [thinking, {"type": "text", "text": "b"}])
    done, written = converted(tmp_path, [record], NOVA_2)
    reasoning = {"reasoningContent": {"reasoningText": {"text": "Hm."}}}
    assert written[0]["messages"][1]["content"] == [reasoning, {"text": "b"}]
    assert done.changed == ()


def test_conversational_preferences(tmp_path: Path) -> None:
    """The prompt and the answers may be messages, one text with both, or OpenAI's own form."""
    chosen = chat_of("a", "b")["messages"]
    records = [
        {"chosen": chosen, "rejected": chat_of("a", "c")["messages"]},
        {"prompt": chosen[:1], "chosen": chosen[1:], "rejected": []},
        {"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "\n\nHuman: a\n\nAssistant: c"},
        {"input": {"messages": chosen[:1]}, "preferred_output": chosen[1:], "non_preferred_output": []},
    ]
    for record in records:
        _, written = converted(tmp_path, [record])
        assert written == [turns("a", "b", schemaVersion=VERSION)]


def test_alpaca_with_input_history_and_system(tmp_path: Path) -> None:
    """The input follows the instruction; earlier turns come first."""
    record = {"instruction": "Add", "input": "1 + 1", "output": "2", "system": "s", "history": [["a", "b"]]}
    _, written = converted(tmp_path, [record])
    assert written == [turns("a", "b", "Add\n\n1 + 1", "2", schemaVersion=VERSION, system=[{"text": "s"}])]


def test_fields_for_graders_stay(tmp_path: Path) -> None:
    """Reinforcement fine-tuning takes any other field; elsewhere they are left out, which is said."""
    record = chat_of("a", "b", id="7", difficulty=3)
    done, written = converted(tmp_path, [record], NOVA_2, RFT, shape="openai")
    assert written == [{**chat_of("a"), "id": "7", "difficulty": 3, "reference_answer": "b"}]
    assert done.files[0].left_out == ()
    done, _ = converted(tmp_path, [record])
    assert done.files[0].left_out == ("id", "difficulty")


def test_a_given_system_text(tmp_path: Path) -> None:
    """It is added where there is none, and counted."""
    own = {"messages": [{"role": "system", "content": "own"}, *chat_of("a", "b")["messages"]]}
    done, written = converted(tmp_path, [own, chat_of("c", "d")], system="given")
    assert [one["system"] for one in written] == [[{"text": "own"}], [{"text": "given"}]]
    assert counted(done.changed) == {"the given system text was added": 1}


def test_columns(tmp_path: Path) -> None:
    """The fields can have any name."""
    records = [{"frage": "a", "antwort": "b", "rolle": "s"}]
    columns = {"prompt": "frage", "completion": "antwort", "system": "rolle"}
    _, written = converted(tmp_path, records, columns=columns)
    assert written == [turns("a", "b", schemaVersion=VERSION, system=[{"text": "s"}])]


REFUSED: list[tuple[list[Any], dict[str, Any], str]] = [
    ([{"frage": "a"}], {"columns": {"prompt": "fragen"}}, "got 'fragen'; write prompt=frage"),
    ([{"frage": "a"}], {"columns": {"prompt": "x"}}, "name the field with the prompt"),
    ([{"frage": "a"}], {"columns": {"question": "x"}}, "must be for prompt, completion, system, text"),
    ([{"frage": "a", "antwort": "b"}], {}, "got the fields frage, antwort; name the fields with --columns"),
    ([chat_of("a", "b")], {"shape": "alpaca"}, "got OpenAI's chat format; write --from openai"),
    ([{"x": 1}], {"shape": "alpaca"}, "got records of another shape; leave it out"),
    ([chat_of("a", "b")], {"shape": "xml"}, "must be one of auto, openai, "),
    ([chat_of("a", "b"), SHAPES["alpaca"]], {}, "got OpenAI's chat format and the Alpaca format"),
    ([], {}, "must contain records, got none"),
    (["", ""], {}, "must contain records, got none"),
    ([chat_of("a", "b")], {"model": "nova-lite"}, "use amazon.nova-lite-v1:0:300k"),
    (
        [chat_of("a", "b")],
        {"model": MICRO, "kind": CPT},
        "must be in the catalogue with CONTINUED_PRE_TRAINING",
    ),
    ([chat_of("a", "b")], {"model": CANVAS}, "its format is image-caption"),
    ([chat_of("a")], {}, r"must contain a record that can be converted to .*: it has no answer \(1\)"),
]


@pytest.mark.parametrize(("records", "given", "message"), REFUSED)
def test_what_is_refused_is_a_sentence(
    tmp_path: Path, records: list[Any], given: dict[str, Any], message: str
) -> None:
    """Nothing is written, and the sentence says what to do."""
    with pytest.raises(ConversionError, match=message):
        converted(tmp_path, records, **given)
    assert not (tmp_path / "out.jsonl").exists()


def test_invalid_records_are_written_and_reported(tmp_path: Path) -> None:
    """By default nothing is withheld: the report says what is wrong in which line of the output."""
    records = [chat_of(f"q{at}", "a") for at in range(100)] + [chat_of("Bot: x", "a")]
    done, written = converted(tmp_path, records)
    assert len(written) == 101
    assert not done.ok
    assert [(one.line, one.name) for one in done.report.findings] == [(101, "dataset-reserved-words")]


def test_invalid_records_can_be_kept_apart(tmp_path: Path) -> None:
    """They go to a file with the reasons, and the output has no errors."""
    records = [chat_of(f"q{at}", "a") for at in range(100)] + [chat_of("Bot: x", "a"), chat_of("b"), "{"]
    bad = tmp_path / "bad.jsonl"
    done, written = converted(tmp_path, records, drop_invalid=bad)
    assert done.ok
    assert (len(written), done.read, done.written) == (100, 103, 100)
    assert counted(done.dropped) == {
        "it breaks a rule of the model's data": 1,
        "it has no answer": 1,
        "it is not JSON": 1,
    }
    kept = {one["line"]: one for one in map(json.loads, bad.read_text().splitlines())}
    assert sorted(kept) == [101, 102, 103]
    assert json.loads(kept[101]["record"]) == records[100]
    assert "must not contain" in kept[101]["findings"][0]
    assert kept[102]["findings"] == ["it has no answer"]
    assert kept[103]["record"] == "{"


def test_several_files_of_different_shapes(tmp_path: Path) -> None:
    """Each has its own shape; the places of what is dropped name the file."""
    one = write(tmp_path, [chat_of("a", "b"), chat_of("a")], "one.jsonl")
    two = write(tmp_path, [SHAPES["alpaca"], SHAPES["alpaca"]], "two.jsonl")
    done = convert([one, two], tmp_path / "out.jsonl", model=NOVA)
    assert [file.shape for file in done.files] == ["openai", "alpaca"]
    assert (done.read, done.written) == (4, 3)
    assert done.dropped[0].first == [(str(one), 2)]


def test_records_that_have_the_format_already(tmp_path: Path) -> None:
    """They are put in order where that is possible, and written as they are where it is not."""
    tools = {"messages": [said("user", "a"), {"role": "assistant", "content": [{"toolUse": {"name": "n"}}]}]}
    done, written = converted(tmp_path, [turns("a", "b"), tools])
    assert done.files[0].shape == "own"
    assert written == [turns("a", "b", schemaVersion=VERSION), tools]
    assert done.dropped == ()


def test_lines_keep_their_numbers(tmp_path: Path) -> None:
    """Blank lines are no records, but they are lines."""
    content = b"\n" + lines([chat_of("a", "b")]) + b"\n\n" + lines([chat_of("a")])
    done, _ = converted(tmp_path, content)
    assert (done.read, done.dropped[0].first[0][1]) == (2, 5)
