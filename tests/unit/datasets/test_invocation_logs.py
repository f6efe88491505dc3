"""Model invocation logs as Bedrock writes them: prompts and answers in every form, gzip, metadata."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.catalog import Catalog
from constructs_lib.datasets import validate
from constructs_lib.datasets.checking.fast_path import FastPath, recognize
from constructs_lib.datasets.formats import format_named
from constructs_lib.datasets.formats.record_checks import Seen
from constructs_lib.datasets.reading.lines import BLOCK, LONGEST_LINE
from constructs_lib.datasets.reading.sources import UnreadableError
from constructs_lib.datasets.reading.unpacking import unpacked
from tests.unit.datasets.helpers import DISTILLATION, LLAMA_31, NOVA, NOVA_2, RFT, lines, of_the_file, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.datasets import Report
    from constructs_lib.datasets.formats.base import Format

TEACHER = "amazon.nova-pro-v1:0"
PROMPT = {"messages": [{"role": "user", "content": [{"text": "a question"}]}]}
ANSWER = {"output": {"message": {"role": "assistant", "content": [{"text": "an answer"}]}}}


def log(prompt: object = PROMPT, answer: object = ANSWER, **fields: object) -> dict[str, Any]:
    """Return a record as Bedrock writes it."""
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": "2026-11-23T17:16:18Z",
        "accountId": "111122223333",
        "identity": {"arn": "arn:aws:sts::111122223333:assumed-role/app/session"},
        "region": "us-east-1",
        "requestId": "7ee514f3-9eff-467c-af75-8fd564ce58e5",
        "operation": "InvokeModel",
        "modelId": TEACHER,
        "input": {"inputContentType": "application/json", "inputBodyJson": prompt, "inputTokenCount": 13},
        "output": {"outputContentType": "application/json", "outputBodyJson": answer, "outputTokenCount": 30},
        "requestMetadata": {"project": "support"},
        **fields,
    }


def said(content: object, role: str = "user", **body: object) -> dict[str, Any]:
    """Return a body with one message."""
    return {"messages": [{"role": role, "content": content}], **body}


def checked(folder: Path, *records: Any, model: str = NOVA, kind: str = DISTILLATION) -> Report:  # noqa: ANN401
    """Check records; each is written as one line."""
    return validate(write(folder, [*records]), model=model, customization_type=kind, limit=50)


def of_lines(report: Report) -> list[str]:
    """Return severity, rule and path of the findings about lines."""
    return [
        f"{one.severity} {one.name.removeprefix('dataset-')} {one.path}"
        for one in report.findings
        if one.line is not None
    ]


PROMPTS: list[tuple[object, int]] = [
    ({"prompt": "0123456789", "max_gen_len": 5}, 10),  # Llama, Mistral, Claude's text completions
    ({"inputText": "0123456789", "textGenerationConfig": {"topP": 1}}, 10),  # Titan
    (said([{"text": "0123456789"}], inferenceConfig={"maxTokens": 5}), 10),  # Converse, Nova
    (said([{"type": "text", "text": "0123456789"}], anthropic_version="bedrock-2023-05-31"), 10),  # Claude
    (said([{"text": "0123456789"}], system=[{"text": "01234"}]), 15),
    (said([{"text": "0123456789"}], system="01234"), 15),
    (said([{"text": "0123456789"}], system=[{"text": "01234"}, {"cachePoint": {"type": "default"}}]), 15),
    (
        {
            "messages": [
                *said([{"text": "01234"}])["messages"],
                *said([{"text": "{"}], "assistant")["messages"],
            ]
        },
        6,
    ),
]
ANSWERS: list[tuple[object, int]] = [
    ({"output": {"message": {"role": "assistant", "content": [{"text": "01234"}]}}, "stopReason": "x"}, 5),
    ({"output": {"message": {"content": [{"reasoningContent": {}}, {"text": "01"}, {"text": "234"}]}}}, 5),
    ({"type": "message", "content": [{"type": "text", "text": "01234"}], "stop_reason": "end_turn"}, 5),
    ({"generation": "01234", "prompt_token_count": 1}, 5),
    ({"type": "completion", "completion": "01234", "stop": None}, 5),
    ({"inputTextTokenCount": 1, "results": [{"outputText": "01234", "tokenCount": 3}]}, 5),
    ({"outputs": [{"text": "01234", "stop_reason": "stop"}]}, 5),
    ({"choices": [{"index": 0, "message": {"role": "assistant", "content": "01234"}}]}, 5),
    (
        [
            {"messageStart": {"role": "assistant"}},
            {"contentBlockDelta": {"delta": {"text": "012"}, "contentBlockIndex": 0}},
            {"contentBlockDelta": {"delta": {"text": "34"}, "contentBlockIndex": 0}},
            {"contentBlockStop": {"contentBlockIndex": 0}},
            {"metadata": {"usage": {}}},
        ],
        5,
    ),
    (
        [
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "01234"}},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        ],
        5,
    ),
    ([{"generation": "012"}, {"generation": "34", "stop_reason": None}], 5),
    ([{"completion": "012", "stop": None}, {"completion": "34"}, {"completion": ""}], 5),
    ([{"outputText": "01234", "index": 0}], 5),
    ([{"choices": [{"delta": {"content": "01"}}]}, {"choices": [{"delta": {"content": "234"}}]}], 5),
]


@pytest.mark.parametrize(("prompt", "characters"), PROMPTS)
def test_the_prompt_of_every_api_is_counted(tmp_path: Path, prompt: object, characters: int) -> None:
    """Prompts of InvokeModel and of Converse are read, with the system text."""
    report = checked(tmp_path, log(prompt))
    assert of_lines(report) == []
    assert report.training.counts.characters == characters + len("an answer")


@pytest.mark.parametrize(("answer", "characters"), ANSWERS)
def test_the_answer_of_every_api_is_counted(tmp_path: Path, answer: object, characters: int) -> None:
    """Answers are read in the forms of all providers, those of streams too; a student is trained on them."""
    report = checked(tmp_path, log(answer=answer))
    assert of_lines(report) == []
    assert report.training.counts.characters == len("a question") + characters


def test_answers_are_not_counted_for_reinforcement(tmp_path: Path) -> None:
    """A reinforced model is trained on its own answers: only the prompts are counted."""
    report = checked(tmp_path, log(answer=None), log(), model=NOVA_2, kind=RFT)
    assert of_lines(report) == ["warning duplicate-record "]
    assert report.training.counts.characters == 2 * len("a question")


IN_S3 = {"inputBodyS3Path": "s3://logs/data/1_input.json.gz", "inputTokenCount": 50_000}
WRONG: list[tuple[dict[str, Any], list[str]]] = [
    (log(said("a string")), ["warning log-body input.inputBodyJson.messages[0].content"]),
    (log({"taskType": "TEXT_IMAGE"}), ["warning log-body input.inputBodyJson"]),
    (log({}), ["warning log-body input.inputBodyJson"]),
    (log({"messages": []}), ["warning log-body input.inputBodyJson.messages"]),
    (log(input=IN_S3), ["warning log-body input.inputBodyS3Path"]),
    (log(output={"outputBodyS3Path": "s3://logs/a"}), ["warning log-body output.outputBodyS3Path"]),
    (log(output={}), ["warning log-body output.outputBodyJson"]),
    (log(answer={"embedding": [0.1]}), ["warning log-body output.outputBodyJson"]),
    (
        log(answer={"output": {"message": {"content": [{"toolUse": {}}]}}}),
        ["warning log-body output.outputBodyJson"],
    ),
    (log(answer="text"), ["warning log-body output.outputBodyJson"]),
    (log(said([{"text": "a"}, {"image": {}}])), ["error text-only input.inputBodyJson.messages[0].content"]),
    (log(said([{"image": {}}])), ["error text-only input.inputBodyJson.messages[0].content"]),
    (log(said(["a"])), ["error text-only input.inputBodyJson.messages[0].content"]),
    (log(schemaType="Other"), ["warning log-schema schemaType"]),
    (log(schemaVersion="2.0"), ["warning log-schema schemaVersion"]),
    (log(operation=["Converse"]), ["warning log-schema operation"]),
    (log(operation="ConverseStream"), []),
    (log(requestMetadata={f"k{at}": "v" for at in range(16)}), []),
    (log(requestMetadata={f"k{at}": "v" for at in range(17)}), ["error request-metadata requestMetadata"]),
    (log(requestMetadata={"k" * 256: "v" * 256}), []),
    (log(requestMetadata={"k": "v" * 257}), ["error request-metadata requestMetadata.k"]),
    (log(requestMetadata={"k" * 257: ""}), ["error request-metadata requestMetadata." + "k" * 60 + "..."]),
    (log(requestMetadata={"k": 1}), ["error request-metadata requestMetadata.k"]),
    (log(modelId="us.amazon.nova-premier-v1:0"), []),
    (log(modelId="arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-pro-v1:0"), []),
    (log(modelId="arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"), []),
    (log(modelId="arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123"), []),
    (log(modelId="amazon.nova-lite-v1:0"), ["warning log-teacher modelId"]),
    (log(modelId="xamazon.nova-pro-v1:0"), ["warning log-teacher modelId"]),
    (
        log(modelId="arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4"),
        ["warning log-teacher modelId"],
    ),
]


@pytest.mark.parametrize(("record", "expected"), WRONG)
def test_what_is_wrong_with_a_log(tmp_path: Path, record: dict[str, Any], expected: list[str]) -> None:
    """What Bedrock cannot use is named with its path: images, missing bodies, metadata, other models."""
    assert of_lines(checked(tmp_path, record)) == expected


@pytest.mark.parametrize(
    ("record", "rule", "path"),
    [
        ({**log(), "modelId": 1}, "field-type", "modelId"),
        (log(input=None), "field-type", "input"),
        (log([]), "field-type", "input.inputBodyJson"),
        (log(input={}), "missing-field", "input.inputBodyJson"),
        (log({"prompt": None}), "field-type", "input.inputBodyJson.prompt"),
        (log({"messages": "x"}), "field-type", "input.inputBodyJson.messages"),
        (log({"messages": ["x"]}), "field-type", "input.inputBodyJson.messages[0]"),
        (log(said(1)), "field-type", "input.inputBodyJson.messages[0].content"),
        (log({"prompt": ""}), "empty-text", "input.inputBodyJson.prompt"),
        (log(said([{"text": ""}])), "text-only", "input.inputBodyJson.messages[0].content[0].text"),
        (log(said([])), "log-body", "input.inputBodyJson.messages[0].content"),
        (
            log(said([{"text": "a"}, {"text": "b"}])),
            "single-text-block",
            "input.inputBodyJson.messages[0].content",
        ),
        (
            log({"messages": [*PROMPT["messages"], *PROMPT["messages"]]}),
            "single-turn",
            "input.inputBodyJson.messages",
        ),
        (log(requestMetadata=None), "field-type", "requestMetadata"),
    ],
)
def test_wrong_fields_are_named(tmp_path: Path, record: dict[str, Any], rule: str, path: str) -> None:
    """A missing field, a wrong type and a conversation are found where they are."""
    assert [one.split()[1:] for one in of_lines(checked(tmp_path, record))] == [[rule, path]]


@pytest.mark.parametrize(
    ("model", "kind", "page"),
    [
        (NOVA, DISTILLATION, "distillation-data-prep-option-2"),
        (LLAMA_31, DISTILLATION, "distillation-data-prep-option-2"),
        (NOVA_2, RFT, "rft-option-2"),
    ],
)
def test_the_page_about_metadata_is_named(tmp_path: Path, model: str, kind: str, page: str) -> None:
    """A finding about request metadata has the page of the customization type."""
    report = checked(tmp_path, log(requestMetadata={"k": 1}), model=model, kind=kind)
    [one] = [one for one in report.findings if one.name == "dataset-request-metadata"]
    assert page in one.source
    assert one.severity == "error"


def test_a_failed_call_says_so(tmp_path: Path) -> None:
    """The log of a call that failed has no output, and its error code is shown."""
    record = log(errorCode="ThrottlingException")
    del record["output"]
    [one] = [one for one in checked(tmp_path, record).findings if one.line]
    assert (one.path, one.got) == ("output", "ThrottlingException")
    assert "the call failed" in one.rule


def test_another_model_is_named_once(tmp_path: Path) -> None:
    """Logs of other models are one finding for each model, with the teachers; prompts of them can be used."""
    records = [log({"prompt": f"p{at}"}, modelId=f"other.model-{at % 2}") for at in range(100)]
    report = checked(tmp_path, *records)
    found = [one for one in report.findings if one.name == "dataset-log-teacher"]
    assert [(one.line, one.got) for one in found] == [(1, "other.model-0"), (2, "other.model-1")]
    assert all(TEACHER in one.rule and "should be a teacher" in one.rule for one in found)
    assert report.counted["warning", "log-teacher"] == 2
    assert checked(tmp_path, *records, model="amazon.nova-9-v1:0").counted.keys() == {("note", "format")}


def test_the_same_call_twice_is_a_repeat(tmp_path: Path) -> None:
    """Prompt and answer tell records apart, not time and request id, which always differ."""
    report = checked(tmp_path, log(), log(requestId="other"), log(answer={"generation": "other"}))
    assert of_lines(report) == ["warning duplicate-record "]
    assert report.training.repeated == 1


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (99, [("error", "training-records")]),
        (100, []),
        (15_000, []),
        (15_001, [("warning", "training-records")]),
    ],
)
def test_the_limits_of_logs(tmp_path: Path, number: int, expected: list[tuple[str, str]]) -> None:
    """Too few logs are an error; of too many, the job's filters may choose fewer."""
    assert of_the_file(checked(tmp_path, *(log({"prompt": f"p{at}"}) for at in range(number)))) == expected


def test_no_limit_of_bytes_is_applied_to_logs(tmp_path: Path) -> None:
    """The limit of bytes is one of prompts; AWS's validator does not apply it to logs."""
    known = Catalog.default().find(NOVA)
    assert known is not None
    facts = known.customizations[DISTILLATION]
    [limit] = facts.dataset.limits["training-bytes"]
    limits = {**facts.dataset.limits, "training-bytes": (replace(limit, max=10),)}
    facts = replace(facts, dataset=replace(facts.dataset, limits=limits))
    catalog = Catalog.default().with_model(
        replace(known, customizations={**known.customizations, DISTILLATION: facts})
    )
    prompts = lines([{"schemaVersion": "bedrock-conversation-2024", **PROMPT}])
    found = [
        {
            rule
            for _, rule in of_the_file(
                validate(
                    write(tmp_path, content), model=NOVA, customization_type=DISTILLATION, catalog=catalog
                )
            )
        }
        for content in (lines([log()]), prompts)
    ]
    assert found == [{"training-records"}, {"training-records", "training-bytes"}]


# gzip


def logs(number: int = 100) -> bytes:
    """Return a file of different logs."""
    return lines([log({"prompt": f"p{at}"}) for at in range(number)])


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(logs()),
        gzip.compress(logs()[:5000]) + gzip.compress(logs()[5000:]),
        gzip.compress(logs()) + b"\0" * 600,
    ],
    ids=["one member", "joined files", "padding"],
)
@pytest.mark.parametrize("name", ["20261123T1716Z_ab.json.gz", "logs.jsonl"])
def test_gzip_is_read_for_logs(tmp_path: Path, packed: bytes, name: str) -> None:
    """Logs are read as Bedrock writes them, whatever their name."""
    report = validate(write(tmp_path, packed, name), model=NOVA, customization_type=DISTILLATION)
    assert report.ok
    assert report.format == "invocation-logs"
    assert (report.training.counts.records, report.training.counts.bytes) == (100, len(logs()))


def test_gzip_is_refused_for_other_data(tmp_path: Path) -> None:
    """Compressed prompts are refused: Bedrock reads them as plain JSON Lines."""
    prompts = lines([{"schemaVersion": "bedrock-conversation-2024", **PROMPT}] * 100)
    path = write(tmp_path, gzip.compress(prompts), "prompts.jsonl.gz")
    for model, kind in ((NOVA, DISTILLATION), (NOVA, "FINE_TUNING"), ("amazon.nova-9-v1:0", DISTILLATION)):
        report = validate(path, model=model, customization_type=kind)
        assert ("error", "compressed") in report.counted
        assert report.training.counts.records == 0
        assert "Bedrock reads training data as plain JSON Lines" in str(report.by_rule()[0])


@pytest.mark.parametrize("end", [1, 5, 9, 50, -1, -9])
def test_gzip_that_was_cut_off(tmp_path: Path, end: int) -> None:
    """Half a file is one error, and what could be read of it is checked."""
    path = write(tmp_path, gzip.compress(logs())[:end] if end > 1 or end < 0 else b"\x1f\x8b", "a.json.gz")
    report = validate(path, model=NOVA, customization_type=DISTILLATION)
    [one] = [one for one in report.findings if one.severity == "error"]
    assert one.rule == "must be whole gzip data"
    assert "cut off" in str(one)


def test_damaged_gzip(tmp_path: Path) -> None:
    """Bytes that are no gzip after its signature are one error."""
    packed = bytearray(gzip.compress(logs()))
    packed[200] ^= 0xFF
    for content in (bytes(packed), b"\x1f\x8b" + b"x" * 100):
        report = validate(write(tmp_path, content, "a.gz"), model=NOVA, customization_type=DISTILLATION)
        assert [one.got for one in report.findings if one.severity == "error"] == ["damaged gzip data"]


def bomb(size: int) -> bytes:
    """Return gzip data that unpacks to so many equal bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(b"x" * (1 << 20)) for _ in range(size >> 20)]
    return b"".join([*parts, packer.flush()])


BOMB = """
import sys
from constructs_lib.datasets import validate
report = validate(sys.argv[1], model="amazon.nova-lite-v1:0:300k", customization_type="DISTILLATION")
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(report.findings[0].rule.startswith("must unpack to at most"), int(peak.split()[1]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
def test_a_decompression_bomb_is_a_sentence(tmp_path: Path) -> None:
    """A small file that unpacks to very much is refused early, in bounded memory."""
    first = gzip.compress(lines([log()]))
    path = write(tmp_path, first + bomb(200 << 20), "a.json.gz")
    done = subprocess.run([sys.executable, "-c", BOMB, str(path)], capture_output=True, text=True, check=True)
    is_refused, megabytes = done.stdout.split()
    assert is_refused == "True"
    assert int(megabytes) < 100


@pytest.mark.parametrize(("size", "is_read"), [(1000, True), (1001, False)])
def test_the_most_that_is_unpacked(size: int, *, is_read: bool) -> None:
    """Up to the limit data is unpacked, and not one byte more."""
    packed = gzip.compress(random.Random(1).randbytes(size))  # noqa: S311 - bytes, not secrets
    if is_read:
        assert len(b"".join(unpacked([packed], most_bytes=1000))) == size
        return
    with pytest.raises(UnreadableError):
        [*unpacked([packed], most_bytes=1000)]


@given(st.binary(max_size=2000), st.integers(1, 100), st.integers(0, 6))
@settings(deadline=None)
def test_what_is_packed_is_unpacked(content: bytes, size: int, power: int) -> None:
    """Whatever the blocks that gzip data arrives in, what went in comes out, in blocks of bounded size."""
    content *= 10**power if len(content) * 10**power < 3_000_000 else 1
    packed = gzip.compress(content)
    blocks = [packed[at : at + size] for at in range(0, len(packed), size)]
    found = [*unpacked(blocks, most_ratio=2000)]
    assert b"".join(found) == content
    assert max(map(len, found), default=0) <= BLOCK


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_after_the_signature(content: bytes) -> None:
    """Random bytes unpack to something or are one sentence."""
    try:
        [*unpacked([b"\x1f\x8b", content])]
    except UnreadableError as error:
        assert error.finding.rule.startswith("must")  # noqa: PT017 - either outcome is right


# Long bodies

BODY = "s3://amzn-s3-demo-logs/AWSLogs/1/BedrockModelInvocationLogs/r/2026/11/23/17/data/7ee5_input.json.gz"
LONG = log(input={"inputBodyS3Path": BODY}, output={"outputBodyS3Path": BODY.replace("_in", "_out")})


@pytest.mark.parametrize("pack", [gzip.compress, bytes], ids=["gzip", "plain"])
def test_long_bodies_beside_the_logs_are_read(tmp_path: Path, pack: Any) -> None:  # noqa: ANN401 - a function
    """A prompt and an answer in the folder `data`, where Bedrock writes them, are counted and checked."""
    (tmp_path / "data").mkdir()
    write(tmp_path / "data", pack(json.dumps(PROMPT).encode()), "7ee5_input.json.gz")
    write(
        tmp_path / "data", pack(json.dumps([{"generation": "x" * 200_000}]).encode()), "7ee5_output.json.gz"
    )
    report = checked(tmp_path, LONG)
    assert of_lines(report) == []
    assert report.training.counts.characters == len("a question") + 200_000
    write(tmp_path / "data", pack(json.dumps(said([{"image": {}}])).encode()), "7ee5_input.json.gz")
    assert of_lines(checked(tmp_path, LONG)) == ["error text-only input.inputBodyJson.messages[0].content"]


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"{",
        gzip.compress(json.dumps(PROMPT).encode())[:-4],
        gzip.compress(b'{"prompt": "' + b"x" * LONGEST_LINE + b'"}'),
        b"[" * 100_000,
        b'{"prompt": "\\ud800"}',
        b'{"prompt": "\xff"}',
    ],
    ids=["none", "empty", "half JSON", "half gzip", "very long", "deep", "surrogate", "not UTF-8"],
)
def test_long_bodies_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    """A body that is missing, damaged or very long is not counted, which a warning says."""
    (tmp_path / "data").mkdir()
    if content is not None:
        write(tmp_path / "data", content, "7ee5_input.json.gz")
    assert of_lines(checked(tmp_path, LONG)) == [
        "warning log-body input.inputBodyS3Path",
        "warning log-body output.outputBodyS3Path",
    ]


@pytest.mark.parametrize("uri", ["s3://b/data/..", "s3://b/", "x", "../secret.json", "s3://b/a\0b"])
def test_only_what_is_beside_the_logs_is_read(tmp_path: Path, uri: str) -> None:
    """A log cannot make the check read other files."""
    (tmp_path / "logs").mkdir()
    write(tmp_path, json.dumps(PROMPT).encode(), "secret.json")
    report = checked(tmp_path / "logs", log(input={"inputBodyS3Path": uri}))
    assert of_lines(report) == ["warning log-body input.inputBodyS3Path"]


# The fast path


def forms() -> Iterator[Format]:
    """Yield the format with the rules of each kind of model that reads logs."""
    for model, kind in ((NOVA, DISTILLATION), (LLAMA_31, DISTILLATION), (NOVA_2, RFT)):
        known = Catalog.default().find(model)
        assert known is not None
        yield format_named("invocation-logs", known.customizations[kind].dataset)


FORMS = [*forms()]
RIGHT = [*(log(prompt) for prompt, _ in PROMPTS), *(log(answer=answer) for answer, _ in ANSWERS)]
VALUES = st.recursive(
    st.sampled_from([None, True, 1, "", " ", "a", "user", "text", "1.0", "Converse", {}, []]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "role", "content", "messages", "prompt", "system", "message", "type"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@st.composite
def nearly_right(draw: st.DrawFn) -> Any:  # noqa: ANN401 - any JSON value
    """Return a valid log in which one value was replaced, taken out or given another name."""
    record = json.loads(json.dumps(draw(st.sampled_from([*RIGHT, *(record for record, _ in WRONG)]))))
    place: Any = record
    while True:
        names = sorted(place) if isinstance(place, dict) else range(len(place))
        name = draw(st.sampled_from(list(names)))
        if not isinstance(place[name], (dict, list)) or not place[name] or draw(st.integers(0, 3)) == 0:
            break
        place = place[name]
    match draw(st.integers(0, 3)):
        case 0:
            del place[name]
        case 1 if isinstance(place, dict):
            place[draw(st.sampled_from(["text", "prompt", "inputText", "generation", "x"]))] = place.pop(name)
        case _:
            place[name] = draw(VALUES)
    return record


@given(record=nearly_right(), more=st.sampled_from([b"", b"\xff", b"\\ud800", b"\0", b"\xed\xa0\x80"]))
@settings(max_examples=500, deadline=None)
def test_the_fast_path_of_logs_accepts_only_what_the_rules_accept(
    record: dict[str, Any], more: bytes
) -> None:
    """A log that the fast path accepts breaks no rule, and both ways see the same texts."""
    line = json.dumps(record).encode().replace(b"111122223333", b"11112222" + more, 1)
    for form in FORMS:
        found = recognize(form, line)
        if not found.records:
            continue
        assert more == b"" or b"111122223333" in json.dumps(record).encode()
        assert not more or more not in line
        seen = Seen()
        assert [*form.check(json.loads(line), seen)] == []
        assert sum(map(len, seen.texts)) == found.characters


@given(
    records=st.lists(nearly_right(), min_size=1, max_size=4),
    at=st.integers(0, 900),
    byte=st.binary(max_size=2),
    is_packed=st.booleans(),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_logs_that_are_nearly_right(
    tmp_path: Path, records: list[Any], at: int, byte: bytes, *, is_packed: bool
) -> None:
    """Logs that are nearly right, with bytes put in anywhere, make findings and never an exception."""
    content = lines(records)
    content = content[:at] + byte + content[at:]
    path = write(tmp_path, gzip.compress(content) if is_packed else content)
    for model, kind in ((NOVA, DISTILLATION), (NOVA_2, RFT), ("unknown.model-v1:0", DISTILLATION)):
        report = validate([path, path.parent], model=model, customization_type=kind, validation=path)
        assert sum(report.counted.values()) >= len(report.findings) >= 1


@pytest.mark.parametrize("record", RIGHT)
def test_valid_logs_take_the_fast_path(record: dict[str, Any]) -> None:
    """Valid logs need no full check, which is why it is fast."""
    line = json.dumps(record).encode()
    for content, number in ((line, 1), (line + b"\n" + line, 2), (line + b"\n{", 1)):
        assert sum(found.records for found in FastPath(FORMS[0]).recognize(content)) == number


@pytest.mark.parametrize(
    "content",
    [
        lambda n: lines([log({"messages": PROMPT["messages"] * n})]),
        lambda n: lines([log(said([{"text": "a"}] * n))]),
        lambda n: lines([log(answer=[{"contentBlockDelta": {"delta": {"text": "a"}}}] * n)]),
        lambda n: lines([log(requestMetadata={f"k{at}": "v" * 300 for at in range(n)})]),
        lambda n: lines([log(modelId=f"m{at}") for at in range(n)]),
        lambda n: lines([log({"prompt": "\\u00e9" * n * 20})]),
        lambda n: gzip.compress(lines([log()])) * n,
    ],
    ids=["turns", "blocks", "events", "metadata", "models", "escapes", "members"],
)
def test_the_time_for_logs_is_linear(tmp_path: Path, content: Any) -> None:  # noqa: ANN401 - a function
    """Eight times the logs take about eight times as long, whatever they hold."""

    def seconds(number: int) -> float:
        path = write(tmp_path, content(number))
        times = []
        for _ in range(3):
            start = process_time()
            validate(path, model=NOVA, customization_type=DISTILLATION)
            times.append(process_time() - start)
        return min(times)

    few, many = seconds(500), seconds(4_000)
    assert many < 8 * 3 * few + 0.05
