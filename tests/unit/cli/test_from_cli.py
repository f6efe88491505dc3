"""`bedrock-customize from-cli`: a job file from a command of the AWS CLI."""

from __future__ import annotations

import json
import os
import re
import time
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from constructs_lib.cli.main import app
from constructs_lib.request.reading import read_file
from constructs_lib.request.reading.command_line import read_command_line

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = "aws bedrock create-model-customization-job"
GOOD = f"""\
$ {COMMAND} \\
  --base-model-identifier amazon.nova-lite-v1:0:300k \\
  --job-name tickets-1 --custom-model-name=tickets-1 \\
  --role-arn arn:aws:iam::111122223333:role/Customization \\
  --training-data-config s3Uri=s3://amzn-s3-demo-bucket/train.jsonl \\
  --output-data-config '{{"s3Uri": "s3://amzn-s3-demo-bucket/out/"}}' \\
  --hyper-parameters epochCount=2,learningRate=0.00001 \\
  --job-tags key=team,value=triage key=build,value=17
"""
REQUEST = {
    "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
    "jobName": "tickets-1",
    "customModelName": "tickets-1",
    "roleArn": "arn:aws:iam::111122223333:role/Customization",
    "trainingDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
    "outputDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/out/"},
    "hyperParameters": {"epochCount": "2", "learningRate": "0.00001"},
    "jobTags": [{"key": "team", "value": "triage"}, {"key": "build", "value": "17"}],
}
START = f"{COMMAND} --base-model-identifier amazon.nova-lite-v1:0:300k"
SMALL = f"{START} --training-data-config s3Uri=s3://amzn-s3-demo-bucket/t.jsonl"


def _run(*arguments: str, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(app, ["from-cli", *arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def _errors(command: str) -> list[str]:
    """Return line, column and sentence of each error, and assert that no job file is written for them."""
    result = _run(command)
    assert (result.exit_code, result.stdout) == (1, ""), result.stdout
    assert "no job file is written" in result.stderr
    lines = [line for line in result.stderr.splitlines() if ": error: " in line]
    return [line.removeprefix("command:") for line in lines]


def test_a_command_becomes_a_job_file(tmp_path: Path) -> None:
    """From an argument, a file, stdin, and behind `from-cli` without quotes; PyYAML reads the same values."""
    (tmp_path / "a command.sh").write_text(f"#!/bin/sh\n# trains\n{GOOD}", newline="\r\n")
    words = yaml.safe_load(
        _run(*COMMAND.split(), "--job-name", "a b", "--job-tags", "key=$A,value='b c'").stdout
    )
    assert words == {"jobName": "a b", "jobTags": [{"key": "$A", "value": "b c"}]}
    for arguments, stdin in (
        ([GOOD], None),
        ([str(tmp_path / "a command.sh")], None),
        ([], GOOD),
        (["-"], GOOD),
    ):
        result = _run(*arguments, stdin=stdin)
        assert result.exit_code == 0, result.output
        assert yaml.safe_load(result.stdout) == REQUEST
        assert "jobName: tickets-1  # cannot be used again once the command has run" in result.stdout


def test_the_file_is_what_check_and_the_construct_read(tmp_path: Path) -> None:
    """YAML and JSON, by the end of the file's name; a file that exists is replaced only with --force."""
    for name in ("job.yaml", "job.json"):
        file = tmp_path / name
        assert _run(GOOD, "--out", str(file)).exit_code == 0
        assert read_file(file).request == REQUEST
        file.write_text("mine")
        again = _run(GOOD, "--out", str(file))
        assert again.exit_code == 2
        assert "--force" in again.stderr
        assert file.read_text() == "mine"
        assert _run(GOOD, "--out", str(file), "--force").exit_code == 0
        assert read_file(file).request == REQUEST
    assert json.loads(_run(GOOD, "--format", "json").stdout) == REQUEST
    for wrong in (
        ["--out", "job.txt"],
        ["--out", "job.json", "--format", "yaml"],
        ["--out", "no/such/job.yaml"],
    ):
        assert _run(GOOD, *wrong).exit_code == 2


def test_what_is_no_part_of_a_request_is_a_note() -> None:
    """On stderr and in the file: what to do instead; the value of a variable or of a URL is never shown."""
    command = (
        f"AWS_PROFILE=dev AWS_SECRET_ACCESS_KEY=hush {SMALL} --region us-east-1 --profile dev --debug "
        "--endpoint-url https://me:hush@proxy --cli-read-timeout 5 --no-verify-ssl --no-sign-request "
        "--query jobArn --output text --no-cli-pager --no-paginate --color=off --ca-bundle ~/ca.pem"
    )
    result = _run(command)
    assert result.exit_code == 0, result.output
    assert "hush" not in result.output
    notes = [
        line.split(": ", 2) for line in result.stderr.splitlines() if "is not part of a job file" in line
    ]
    assert all(re.fullmatch(r"command:1:\d+", position) and kind == "note" for position, kind, _ in notes)
    assert len(notes) == 15
    for part in (
        "--region is not part of a job file; deploy with --region us-east-1",
        "--profile is not part of a job file; deploy with --profile dev",
        "--endpoint-url is not part of a job file; set it in an app with JobProvider.configure(",
        "--no-verify-ssl is not part of a job file; it is refused",
        "AWS_SECRET_ACCESS_KEY is not part of a job file; set it for the command that deploys",
    ):
        assert part in result.stderr
        assert f"# {part}" in result.stdout
    assert yaml.safe_load(result.stdout).keys() == {"baseModelIdentifier", "trainingDataConfig"}


def test_the_region_of_the_command_is_checked() -> None:
    """Nova cannot be customized everywhere; the job file is written, to be corrected there."""
    for command, at in ((f"{SMALL} --region eu-west-1", "1:157"), (f"AWS_REGION=eu-west-1 {SMALL}", "1:1")):
        result = _run(command)
        assert f"command:{at}: warning: Region is not listed" in result.stderr
        assert "us-east-1" in result.stderr
        assert "trainingDataConfig" in result.stdout


def test_findings_about_values_have_their_place_in_the_command() -> None:
    """In an option, in shorthand, and in JSON; and in the input file."""
    command = (
        f"{SMALL} \\\n  --job-name bad_name \\\n  --hyper-parameters epochCount=9,learningRate=0.00001 \\\n"
        """  --validation-data-config '{"validators":\n [{"s3Uri": "x"}]}'"""
    )
    result = _run(command)
    assert result.exit_code == 1
    positions = [line.split(": ")[0] for line in result.stderr.splitlines() if ": error: " in line]
    assert positions == ["command:2:3", "command:3:22", "command:5:4"]
    assert "jobName: bad_name" in result.stdout


def test_findings_in_the_input_file_have_their_place_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a file, in JSON and YAML, or literally; options win over it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.json").write_text('{"jobName": "bad_name",\n "roleArn": 3, "vpcConfig": {}}')
    (tmp_path / "in.yaml").write_text("jobName: bad_name\nroleArn: x\nhyperParameters: {epochCount: 2}\n")
    result = _run(f"{SMALL} --cli-input-json file://in.json --role-arn arn:aws:iam::111122223333:role/R")
    assert "in.json:1:2: error: jobName must be" in result.stderr
    assert "in.json:2:16: error: vpcConfig.subnetIds is required" in result.stderr
    assert "roleArn must" not in result.stderr
    result = _run(f"{SMALL} --cli-input-yaml file://in.yaml")
    assert "in.yaml:2:1: error: roleArn must be" in result.stderr
    assert 'epochCount: "2"' in result.stdout
    result = _run(f"""{SMALL} --cli-input-json '{{"a": 1, "a": 2}}'""")
    assert "command:1:184: error: a must be written only once" in result.stderr


MISTAKES = {
    "unknown option": ("--frob 1 2 --x=3", ["--frob", "--x"]),
    "misspelt option": ("--job-nam x", ["must have the whole name of each option"]),
    "ambiguous abbreviation": ("--cust x", ["write --custom-model-name or"]),
    "two hyphens missing": ("-job-name x", ["has only options", "write --job-name"][1:]),
    "given twice": ("--job-name a --job-name b", ["'--job-name' only once".replace("'", "")]),
    "a global option given twice": ("--region a --region b", ["--region only once"]),
    "without a value": ("--job-name --role-arn", ["a value for the option --job-name", "option --role-arn"]),
    "a global option without a value": ("--region --job-name x", ["a value for the option --region"]),
    "a value for a flag": ("--debug=1", ["must have no value for --debug"]),
    "a word too many": (
        "--hyper-parameters epochCount=2 batchSize=1",
        ["no option's value, got 'batchSize'"],
    ),
    "unclosed quote": ("--job-name 'a b", ["must close the ' that is opened here"]),
    "unclosed double quote": ('--job-name "a b', ['must close the " that is opened here']),
    "a dash": ("\u2013job-name", ["write options with two hyphens"]),
    "typographic quotes": ("--job-name \u201ca\u201d", ["must have straight quotation marks"]),
    "variable": ("--job-name $NAME", ["jobName must be written out", "got $NAME"][:1]),
    "variable in quotes": ('--job-name "a${NAME}b"', ["got ${...}"]),
    "three variables": ('--job-name $A --job-tags key=$B,value="$C"', ["$A", "jobTags", "$C"]),
    "command in a value": ("--job-name $(cat x) --role-arn `id`", ["got $(...)", "got `...`"]),
    "glob": ("--job-name x*", ["got *"]),
    "braces": ("--job-name {a,b}", ["got {...}"]),
    "a word that is a variable": ("$OPTIONS", ["got $OPTIONS"]),
    "pipe": ("| jq .jobArn", ["must be one command without others, because nothing is run here, got '|'"]),
    "redirection": ("> out.json 2>&1", ["got '>'", "got '>&'"]),
    "another command": ("&& echo 'done'", ["got '&&'"]),
    "another line": ("\nrm -rf x", ["got 'rm'"]),
    "a line that is not continued": (
        "\n  --job-name x",
        ["must have a backslash at the end of the line above"],
    ),
    "space after the backslash": ("\\ \n  --job-name x", ["must have a backslash as the last character"]),
    "cmd.exe": ("^\n  --job-name x", ["continued with ^, as in cmd.exe"]),
    "PowerShell": ("`\n  --job-name x", ["continued with `, as in PowerShell"]),
    "no equals sign": (
        "--hyper-parameters epochCount:2",
        ["hyperParameters must be in the AWS CLI's shorthand"],
    ),
    "open bracket": ("--vpc-config 'subnetIds=[a'", ["and close the [ that is opened here"]),
    "a key twice": ("--hyper-parameters a=1,a=2", ["hyperParameters.a must be in", "once"][:1]),
    "deep": ("--vpc-config a=" + "[" * 5000, ["at most 32 levels"]),
    "commas between items": (
        "--job-tags key=a,value=b,key=c,value=d",
        ["of a list have spaces between them"],
    ),
    "JSON for cmd.exe": ("--vpc-config '{\\\"a\\\": 1}'", ["remove the backslashes"]),
    "broken JSON": ("--vpc-config '{\"a\": }'", ["vpcConfig must be JSON (a value is missing here)"]),
    "deep JSON": ("--vpc-config '" + '{"a":' * 600 + "1" + "}" * 600 + "'", ["at most 32 levels"]),
    "JSON of another kind": ("--vpc-config '[1]'", ["vpcConfig must be a JSON object"]),
    "a missing file": ("--vpc-config file://no/such", ["vpcConfig must be readable: the file must exist"]),
    "a device": ("--vpc-config file:///dev/zero", ["the file must be a file (it is a device"]),
    "a folder": ("--cli-input-json file:///", ["the file must be a file (it is a directory"]),
    "a variable in the name of a file": ("--vpc-config 'file://$HOME/x'", ["vpcConfig must be written out"]),
    "a missing file in shorthand": ("--hyper-parameters a@=file://no", ["the file must exist"]),
    "a binary file": ("--vpc-config fileb://x", ["fileb:// names a binary file"]),
    "a URL": ("--vpc-config https://example.com/x", ["nothing is fetched from a URL here"]),
    "a broken input": ("--cli-input-json '{'", ["the value of --cli-input-json must be JSON"]),
    "two inputs": ("--cli-input-json '{}' --cli-input-yaml '{}'", ["only one of --cli-input-json and"]),
    "a form": ("--generate-cli-skeleton input", ["with --generate-cli-skeleton it prints a form"]),
}


@pytest.mark.parametrize(("part", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_finding_with_its_position(part: str, expected: list[str]) -> None:
    """Each of them, and nothing that follows from it."""
    found = _errors(f"{SMALL} {part}")
    assert len(found) == len(expected), found
    for line, words in zip(found, expected, strict=True):
        assert words in line
        assert re.match(r"\d+:\d+: error: ", line)


def test_a_field_that_cannot_be_read_is_not_missing_too() -> None:
    """A required one, in each of its forms."""
    for value in (
        "s3Uri:x",
        "s3Uri=x,",
        "'{\"s3Uri\": }'",
        "$DATA",
        "file://no",
        "s3Uri=a --training-data-config b",
    ):
        [line] = _errors(f"{START} --training-data-config {value}")
        assert "required" not in line


def test_a_name_may_be_that_of_a_scheme() -> None:
    """Only `file://` names a file."""
    result = _run(f"{SMALL} --job-name file --custom-model-name https --role-arn http:x")
    assert yaml.safe_load(result.stdout)["customModelName"] == "https"


def test_all_mistakes_are_reported_at_once() -> None:
    """Those of the shell, of the options, of the values, and of the rules for jobs."""
    found = _errors(f"{SMALL} --frob \\\n --job-name bad_name \\\n --role-arn $ROLE --vpc-config x | cat")
    assert [line.split(": ")[0] for line in found] == ["1:157", "2:2", "3:13", "3:32", "3:34"]


ELSE = {
    "nothing": ("", "got no command"),
    "another program": ("echo hello", "got 'echo'"),
    "another service": ("aws s3 ls s3://x", f"must be {COMMAND}, got aws s3 ls"),
    "another operation": (
        "aws bedrock list-foundation-models --by-provider x",
        "got aws bedrock list-foundation",
    ),
    "of a job that exists": ("aws bedrock get-model-customization-job --job-identifier x", "from-job"),
    "the program alone": ("aws", f"must be {COMMAND}"),
    "a job file": ('{"jobName": "x"}', "it is a job file already"),
    "sudo": (f"sudo {COMMAND}", "got 'sudo'"),
    "a variable": ("aws $SERVICE $OPERATION", "got aws $SERVICE $OPERATION"),
}


@pytest.mark.parametrize(("command", "expected"), ELSE.values(), ids=ELSE.keys())
def test_another_command_is_one_finding(command: str, expected: str) -> None:
    """It says which command is read here."""
    result = _run(stdin=command)
    assert (result.exit_code, result.stdout) == (1, "")
    [line] = [line for line in result.stderr.splitlines() if ": error: " in line]
    assert expected in line


@pytest.mark.parametrize(
    "command",
    [
        f"[ec2-user@ip-10-0-0-1 ~]$ {SMALL}",
        f"user@host:~% {SMALL}",
        f"/usr/local/bin/{SMALL}",
        SMALL.replace("aws ", "aws.exe ", 1),
        SMALL.replace("aws ", "awslocal ", 1),
        f"JOB=$({SMALL.replace('aws ', 'awslocal ', 1)})",
        f"\ufeff\n\n  # a comment\n{SMALL} # another\n# more\n",
        f"{SMALL};\n",
        f"!{SMALL}",
        f'JOB="$({SMALL} --query jobArn)"\n',
        SMALL.replace(" --training", " \\\n> --training"),
        SMALL.replace(" --training", " \\\r\n --training"),
    ],
)
def test_what_is_copied_with_a_command_is_skipped(command: str) -> None:
    """Prompts, the program's folder or other name, comments, and the ends of lines of Windows."""
    result = _run(command)
    assert result.exit_code == 0, result.stderr
    assert yaml.safe_load(result.stdout).keys() == {"baseModelIdentifier", "trainingDataConfig"}


def test_a_file_is_read_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by the AWS CLI; `~` is the home folder, also where HOME is another one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "vpc.json").write_text('{"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}')
    for named in ("file://vpc.json", "file://~/vpc.json", f"file://{tmp_path}/vpc.json"):
        found = yaml.safe_load(_run(f"{SMALL} --vpc-config {named}").stdout)
        assert found["vpcConfig"] == {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}


def test_only_regular_files_and_so_much_of_them_is_read(tmp_path: Path) -> None:
    """A pipe without a writer does not block the command, nor does a file without an end."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "big").write_text("x" * 300_000)
    for name in ("pipe", "big"):
        assert _run(str(tmp_path / name)).exit_code == 2
        [line] = _errors(f"{SMALL} --vpc-config file://{tmp_path}/{name}")
        assert "must be a file (it is a named pipe" in line or "must have at most 262144 bytes" in line
    assert _run(str(tmp_path)).exit_code == 2
    assert _run(stdin="x" * 300_000).exit_code == 2


PIECES = [
    *"'\"\\$`(){}[]<>|&;=,@#*?^~! \t\n-",
    "aws",
    COMMAND,
    "--job-tags",
    "--region",
    "--job-name",
    "key=",
    "file://",
]
PIECES += [
    "${",
    "$(",
    "$'",
    "--cli-input-json",
    "--vpc-config",
    "[{",
    "\x00",
    "\x1b[2J",
    "\u202e",
    "\ud800",
    "\U0001f600",
]


@settings(max_examples=300, deadline=None)
@example("''")
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_no_command_is_a_traceback(text: str) -> None:
    """Whatever is pasted."""
    for command in (text, f"{SMALL} {text}"):
        line = read_command_line(command)
        for one in (*line.document.findings, *line.elsewhere):
            assert one.line, one
            assert str(one).isprintable()


REPEATED = (
    "a=b,",
    "'\\'",
    "[",
    "{a=",
    '\\"',
    "$(",
    "\\\n",
    "> x ",
    "--region x ",
    "--x ",
    "`",
    "a b ",
    "{a,",
    "\n",
)


@pytest.mark.parametrize("part", REPEATED)
def test_a_long_command_takes_linear_time(part: str) -> None:
    """None of its parts is read again and again, which would take minutes."""
    start = time.process_time()
    read_command_line(f"{SMALL} --hyper-parameters {part * (60_000 // len(part))}")
    assert time.process_time() - start < 5
