"""Job files: read as the AWS CLI reads them, and never a traceback."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from constructs_lib.findings import InvalidJob, error
from constructs_lib.request import read_request
from constructs_lib.request.reading import Document, read_file

if TYPE_CHECKING:
    from pathlib import Path


def _read(tmp_path: Path, text: str | bytes, name: str = "job.yaml") -> Document:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_file(file)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("Off", "Off"),
        ("true", "true"),
        ("2026-01-01", "2026-01-01"),
        ("12:30:45", "12:30:45"),
        ("010", "010"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1.10", "1.10"),
        ("12e4567", "12e4567"),
        ("=", "="),
        ("'no'", "no"),
        ('"1e-5"', "1e-5"),
        ("!!str 5", "5"),
        ("|-\n      two\n      lines", "two\nlines"),
        ("null", None),
        ("~", None),
        ("", None),
        ('"null"', "null"),
    ],
)
def test_a_string_field_takes_the_text_as_it_stands(tmp_path: Path, written: str, meant: str | None) -> None:
    """No false, no date, no sexagesimal, no lost zero; only null is nothing."""
    document = _read(tmp_path, f"jobTags:\n  - key: k\n    value: {written}\n")
    assert document.request == {"jobTags": [{"key": "k", "value": meant}]}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2", "2"),
        ("1e-5", "0.00001"),
        ("1.5E-3", "0.0015"),
        ("1E+2", "100"),
        ("0.10", "0.10"),
        (".5", ".5"),
        ("auto", "auto"),
        ("e", "e"),
        ('"1e-5"', "1e-5"),
    ],
)
def test_a_hyper_parameter_is_written_out_as_the_typed_form_does(
    tmp_path: Path, written: str, meant: str
) -> None:
    """`learningRate: 1e-5` is sent as 0.00001; in quotes it is sent as it is."""
    assert _read(tmp_path, f"hyperParameters:\n  x: {written}\n").request == {"hyperParameters": {"x": meant}}


@pytest.mark.parametrize(
    ("member", "written", "meant"),
    [
        ("learningRate", "1e-5", 1e-05),
        ("learningRate", "1", 1),
        ("learningRate", "'1'", "1"),
        ("epochCount", "3", 3),
        ("epochCount", "+3", 3),
        ("epochCount", "010", 10),
        ("epochCount", "0o10", 8),
        ("epochCount", "0x10", 16),
        ("epochCount", "1_0", "1_0"),
        ("epochCount", "1:30", "1:30"),
        ("epochCount", "true", True),
        ("learningRate", ".inf", float("inf")),
        ("learningRate", "-.inf", float("-inf")),
        ("unknown", "1e-5", 1e-05),
        ("unknown", "no", "no"),
        ("unknown", "2026-01-01", "2026-01-01"),
    ],
)
def test_a_number_is_read_by_yaml_1_2(tmp_path: Path, member: str, written: str, meant: object) -> None:
    """As ruamel does in the AWS CLI, and as PyYAML alone does not."""
    text = f"customizationConfig: {{rftConfig: {{hyperParameters: {{{member}: {written}}}}}}}"
    found = _read(tmp_path, text).request["customizationConfig"]["rftConfig"]["hyperParameters"][member]
    assert (found, type(found)) == (meant, type(meant))


@pytest.mark.parametrize(
    ("written", "meant"), [("true", True), ("False", False), ("yes", "yes"), ("on", "on")]
)
def test_true_and_false_are_the_only_booleans(tmp_path: Path, written: str, meant: object) -> None:
    """`yes` where a boolean is wanted stays a string, and the rules say so."""
    text = f"trainingDataConfig:\n  invocationLogsConfig:\n    usePromptResponse: {written}\n"
    logs = _read(tmp_path, text).request["trainingDataConfig"]["invocationLogsConfig"]
    assert logs == {"usePromptResponse": meant}


def test_anchors_and_merges_are_written_out(tmp_path: Path) -> None:
    """As the AWS CLI does; a mapping's own key wins over a merged one, an earlier source over a later."""
    text = """
defaults: &defaults {learningRate: 1e-5, epochCount: 2}
more: &more {epochCount: 3, batchSize: 1}
hyperParameters:
  <<: [*defaults, *more]
  learningRate: 2e-5
jobTags: &tags [{key: k, value: no}]
customModelTags: *tags
"""
    request = _read(tmp_path, text).request
    assert request["hyperParameters"] == {"learningRate": "0.00002", "epochCount": "2", "batchSize": "1"}
    assert request["customModelTags"] == request["jobTags"] == [{"key": "k", "value": "no"}]


YAML = """jobName: x
jobTags:
  - key: a
    value: b
  - {key: c,
     value: d}
vpcConfig:
  subnetIds: [a,
    b]
"""
JSON = """{"jobName": "x",
 "jobTags": [
  {"key": "a", "value": "}{"},
  {"key": "c",
   "value": "d"}],
 "vpcConfig": {
  "subnetIds": ["a",
    "b"]}}
"""


@pytest.mark.parametrize(
    ("name", "text", "positions"),
    [
        ("job.yaml", YAML, {"jobName": (1, 1), "jobTags[0]": (3, 5), "jobTags[1].value": (6, 6)}),
        ("job.yaml", YAML, {"vpcConfig.subnetIds": (8, 3), "vpcConfig.subnetIds[1]": (9, 5)}),
        ("job.yml", YAML, {"vpcConfig.securityGroupIds": (7, 1), "jobTags[5].key": (2, 1), "x": (1, 1)}),
        ("job.yaml", "é😀: [ü, {k: v}]", {"é😀": (1, 1), "é😀[1]": (1, 9), "é😀[1].k": (1, 10)}),
        ("job.json", JSON, {"jobName": (1, 2), "jobTags[0]": (3, 3), "jobTags[1].value": (5, 4)}),
        ("job.json", JSON, {"vpcConfig.subnetIds": (7, 3), "vpcConfig.subnetIds[1]": (8, 5)}),
        ("job.JSON", JSON, {"vpcConfig.securityGroupIds": (6, 2), "jobTags[5].key": (2, 2), "x": (1, 1)}),
        ("job.json", '\r\n{"é😀": ["ü", {"k": 1}]}', {"é😀": (2, 2), "é😀[1]": (2, 14), "é😀[1].k": (2, 15)}),
    ],
)
def test_every_part_has_a_position(
    tmp_path: Path, name: str, text: str, positions: dict[str, tuple[int, int]]
) -> None:
    """A member has that of its key, in characters; what is missing has that of what it is missing from."""
    document = _read(tmp_path, text, name)
    assert not document.findings
    assert {path: document.position(path) for path in positions} == positions


def test_a_finding_gets_file_line_and_column(tmp_path: Path) -> None:
    """Unless it is in another file already, such as a data set, or not about the request."""
    document = _read(tmp_path, YAML)
    finding = error("x", "jobTags[1].value", "is wrong", "d", "correct it")
    assert document.located(finding).position == f"{tmp_path}/job.yaml:6:6"
    assert document.located(finding.at("train.jsonl", 7)).position == "train.jsonl:7"
    other = error("x", "max_training_tokens", "is wrong", 1, "correct it")
    assert document.located(other).position == f"{tmp_path}/job.yaml"


def test_json_numbers_are_exact(tmp_path: Path) -> None:
    """The digits of the file, not those of a float."""
    text = '{"hyperParameters": {"a": 1e-5, "b": 0.10, "c": 2, "d": "x"}, "other": [1.5, {"x": 2}]}'
    request = _read(tmp_path, text, "job.json").request
    assert request["hyperParameters"] == {"a": "0.00001", "b": "0.10", "c": "2", "d": "x"}
    assert json.dumps(request["other"]) == '[1.5, {"x": 2}]'


@pytest.mark.parametrize(
    ("name", "text", "path", "at"),
    [
        ("job.yaml", "jobName: a\njobName: b\n", "jobName", "2:1"),
        ("job.yaml", "vpcConfig: {subnetIds: [], subnetIds: []}", "vpcConfig.subnetIds", "1:28"),
        ("job.json", '{"a": {"b": 1,\n"b": 2}}', "a.b", "2:1"),
        ("job.json", '{"a": {"b": 1,\n"b": 2, "b": 3}}', "a.b", "2:9"),
        ("job.json", '{"a": [{"b": 1}, {"b": 2}], "c": {"b": 1}}', "", ""),
    ],
)
def test_a_key_twice_is_an_error(tmp_path: Path, name: str, text: str, path: str, at: str) -> None:
    """Most readers silently use one of the two; the finding is at the later one."""
    found = [str(one) for one in _read(tmp_path, text, name).findings]
    sentence = f"{path} must be written only once; keep this one or the one in line 1"
    assert found[-1:] == ([f"{tmp_path / name}:{at}: {sentence}"] if path else [])


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "job.yaml",
            "a: b: c",
            ":1:5: the job file must be YAML (a text with ': ' in it has no quotes); put it in quotes",
        ),
        ("job.yaml", "a: [b", ":1:4: the job file must be YAML (the [ that is opened here is not closed)"),
        (
            "job.yaml",
            "é: \x07",
            ":1:4: the job file must be YAML, which has no control characters, got '\\x07'",
        ),
        ("job.yaml", "", "must contain a mapping, got nothing"),
        ("job.yaml", "# nothing", "must contain a mapping, got nothing"),
        ("job.yaml", "- a", "must contain a mapping, got a list"),
        ("job.yaml", "text", "must contain a mapping, got text"),
        ("job.yaml", "a: 1\n---\nb: 2", ":2:1: the job file must contain one document"),
        ("job.yaml", "a: !!python/object/apply:os.system [x]", "must not use other tags"),
        (
            "job.yaml",
            "a: !Ref x",
            ":1:4: the job file must not use other tags than those of plain YAML, got !Ref",
        ),
        ("job.yaml", "a: !!binary aGk=", "must not use other tags"),
        ("job.yaml", "a: !!timestamp 2026-01-01", "must not use other tags"),
        ("job.yaml", "? [a]\n: b", "every key of the job file must be a text"),
        ("job.yaml", "a: &a [*a]", "must not use an anchor before it is complete"),
        ("job.yaml", "a: {<<: x}", "a merge (<<) must name mappings"),
        ("job.yaml", "a: {<<: [x]}", "a merge (<<) must name mappings"),
        ("job.yaml", "[" * 100_000, "must have at most 32 levels"),
        (
            "job.json",
            '{"a":' + "[" * 600 + "]" * 600 + "}",
            ":1:38: the job file must have at most 32 levels",
        ),
        ("job.yaml", "a: " * 40_000, "must be YAML"),
        ("job.yaml", "x" * 262_145, "must have at most 262144 bytes"),
        (
            "job.yaml",
            "a: b\né: ".encode() + b"\xff",
            ":2:4: the job file must be UTF-8, got the byte 0xff; save it as UTF-8",
        ),
        ("job.json", '{"a": 1,}', ":1:8: the job file must be JSON ("),
        ("job.json", '{\n"a" 1}', ":2:5: the job file must be JSON ("),
        ("job.json", "", "must be JSON"),
        ("job.json", "[1]", "must contain an object"),
        (
            "job.json",
            '{"a": NaN}',
            ":1:7: the job file must be JSON with finite numbers, got NaN; write a number",
        ),
        (
            "job.json",
            '{"a": -Infinity}',
            ":1:7: the job file must be JSON with finite numbers, got -Infinity; write a number",
        ),
        ("job.json", "1" * 5000, "must be JSON with finite numbers"),
        ("job.json", "[" * 200_000, "must be JSON"),
        ("job.txt", "a: b", "must end in .json, .yaml or .yml, got .txt"),
        ("job", "a: b", "must end in .json, .yaml or .yml"),
        ("train.jsonl", "{}", "bedrock-customize validate checks training data"),
        ("app.py", "import x", "cdk synth checks an app"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, name: str, text: str | bytes, said: str) -> None:
    """Broken, hostile or plainly something else."""
    [one] = _read(tmp_path, text, name).findings
    assert said in str(one)
    assert one.file == str(tmp_path / name)
    assert one.name == "job-file"
    assert one.fix


def test_a_bomb_of_aliases_does_not_go_off(tmp_path: Path) -> None:
    """Six short lines that would be half a million values."""
    names = ["x", "*a", "*b", "*c", "*d", "*e"]
    lines = [f"{key}: &{key} [{', '.join([name] * 9)}]" for key, name in zip("abcdef", names, strict=True)]
    [one] = _read(tmp_path, "\n".join(lines)).findings
    assert "must have at most 20000 parts, aliases written out" in one.rule


def test_a_bomb_of_merges_does_not_go_off(tmp_path: Path) -> None:
    """Each level merges the one before it twice."""
    lines = ["a0: &a0 {x: 1}", *(f"a{n + 1}: &a{n + 1} {{<<: [*a{n}, *a{n}]}}" for n in range(60))]
    assert _read(tmp_path, "\n".join(lines)).request["a60"] == {"x": 1}


def test_a_chain_of_aliases_does_not_run_out_of_stack(tmp_path: Path) -> None:
    """Each line nests the one before it."""
    lines = ["a0: &a0 [x]", *(f"a{n + 1}: &a{n + 1} [*a{n}]" for n in range(3000))]
    [one] = _read(tmp_path, "\n".join(lines)).findings
    assert "must have at most 32 levels" in one.rule


def test_what_is_no_file_is_one_sentence(tmp_path: Path) -> None:
    """A directory, nothing at all, a name that no system takes."""
    said = [
        str(one) for path in (tmp_path, tmp_path / "no.yaml", "\0.yaml") for one in read_file(path).findings
    ]
    assert [one.split(": ")[1].split(",")[0] for one in said] == [
        "the job file must be a file (it is a directory",
        "the job file must exist",
        "the job file must be readable",
    ]


def test_a_byte_order_mark_and_crlf_are_fine(tmp_path: Path) -> None:
    """Editors on Windows write both."""
    assert _read(tmp_path, b"\xef\xbb\xbfjobName: x\r\njobTags: []\r\n").request == {
        "jobName": "x",
        "jobTags": [],
    }
    assert _read(tmp_path, b'\xef\xbb\xbf{"jobName": "x"}\r\n', "job.json").request == {"jobName": "x"}


def test_a_local_file_lies_beside_the_job_file(tmp_path: Path) -> None:
    """Wherever the command or the app runs; an absolute path stays what it is."""
    text = f"""
trainingDataConfig: {{s3Uri: file://data/train.jsonl}}
validationDataConfig: {{validators: [{{s3Uri: "file://{tmp_path}/valid.jsonl"}}, {{s3Uri: s3://b/k}}, 3]}}
outputDataConfig: {{s3Uri: file://out}}
"""
    assert _read(tmp_path, text).request == {
        "trainingDataConfig": {"s3Uri": f"file://{tmp_path}/data/train.jsonl"},
        "validationDataConfig": {
            "validators": [{"s3Uri": f"file://{tmp_path}/valid.jsonl"}, {"s3Uri": "s3://b/k"}, 3]
        },
        "outputDataConfig": {"s3Uri": "file://out"},
    }


@pytest.mark.parametrize(
    ("uri", "is_inside"),
    [
        ("file://train.jsonl", True),
        ("file://data/../train.jsonl", True),
        ("file://{folder}/train.jsonl", True),
        ("file://../secret.jsonl", False),
        ("file:///etc/passwd", False),
        ("file://link.jsonl", False),
        ("file://{folder}2/train.jsonl", False),
    ],
)
def test_a_job_file_reads_nothing_outside_its_folder(tmp_path: Path, uri: str, *, is_inside: bool) -> None:
    """Who writes a job file does not get to see, in what is said of it, files of whoever checks it."""
    folder = tmp_path / "job"
    folder.mkdir()
    (tmp_path / "secret.jsonl").write_text("secret")
    (folder / "link.jsonl").symlink_to(tmp_path / "secret.jsonl")
    written = uri.format(folder=folder)
    text = (
        f'trainingDataConfig: {{s3Uri: "{written}"}}\n'
        f'validationDataConfig: {{validators: [{{s3Uri: s3://b/k}}, {{s3Uri: "{written}"}}]}}'
    )
    found = [(one.path, one.rule, one.fix) for one in _read(folder, text).findings]
    assert ([path for path, _, _ in found] == []) == is_inside
    if not is_inside:
        places = ["trainingDataConfig.s3Uri", "validationDataConfig.validators[1].s3Uri"]
        assert [path for path, _, _ in found] == places
        assert all("move or copy the file there" in fix for _, _, fix in found)


def test_a_mapping_is_taken_as_it_is(tmp_path: Path) -> None:
    """And a file that cannot be read is an InvalidJob, which names it."""
    assert read_request({"jobName": "x"}) == {"jobName": "x"}
    (tmp_path / "job.yaml").write_text("jobName: x", encoding="utf-8")
    assert read_request(str(tmp_path / "job.yaml")) == {"jobName": "x"}
    assert read_request(f"file://{tmp_path}/job.yaml") == {"jobName": "x"}
    with pytest.raises(
        InvalidJob, match=r"no.yaml cannot be defined:\n  - .*no.yaml: the job file must exist"
    ):
        read_request(tmp_path / "no.yaml")
