"""`bedrock-customize check`: every finding with its position, before anything is deployed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from constructs_lib.cli.main import app

EIGHT = Path(__file__).parent / "eight-mistakes.yaml"
GOOD = "baseModelIdentifier: amazon.nova-lite-v1:0:300k\ntrainingDataConfig: {s3Uri: s3://my-bucket/train.jsonl}\n"
NOWHERE = {
    "AWS_REGION": None,
    "AWS_DEFAULT_REGION": None,
    "CDK_DEFAULT_REGION": None,
    "CDK_DEFAULT_ACCOUNT": None,
}
HERE = ("--region", "us-east-1", "--account", "123456789012")
LEFT = (
    "not checked: what only AWS knows: names in use, quotas, access to the model, and permissions of a "
    "given role"
)
OWNERS = "not checked: whether role, keys and functions belong to the account, which is not known (--account)"
CONTENT = "not checked: the content of s3://my-bucket/train.jsonl (bedrock-customize validate reads it)"


def _check(*arguments: object, **env: str | None) -> Result:
    return CliRunner(env=NOWHERE | env).invoke(app, ["check", *map(str, arguments)])


def _job_file(folder: Path, text: str, name: str = "job.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def _starts(result: Result) -> list[str]:
    """Return position, severity and path of each finding."""
    found = [line.split(": ") for line in result.stdout.splitlines() if line.endswith("]")]
    return [f"{position.rpartition('/')[2]} {kind} {rest.split()[0]}" for position, kind, rest, *_ in found]


def test_eight_mistakes_are_eight_errors() -> None:
    """One line each: position, severity, path, rule, what was found, what to do, the rule's name."""
    result = _check(EIGHT, *HERE)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    positions = ("2:1", "6:1", "8:3", "10:3", "12:3", "17:3", "18:3", "20:5")
    assert [line.split(": error: ")[0] for line in lines[:8]] == [f"{EIGHT}:{at}" for at in positions]
    assert lines[0] == (
        f"{EIGHT}:2:1: error: jobName must be letters, digits, '+', '-' and '.', starting with a letter or "
        "digit (no underscore), got 'my_first_job'; write it like tickets-2026-11 [request-pattern]"
    )
    assert lines[8] == f"{EIGHT}: 8 errors"
    assert lines[-1] == f"{EIGHT}: {LEFT}"


def test_a_machine_reads_json() -> None:
    """The same findings, as members."""
    result = _check(EIGHT, *HERE, "--output", "json")
    assert result.exit_code == 1
    [file] = json.loads(result.stdout)["files"]
    assert file["file"] == str(EIGHT)
    assert file["findings"][0] == {
        "severity": "error",
        "id": "bedrock-customization:request-pattern",
        "file": str(EIGHT),
        "line": 2,
        "column": 1,
        "path": "jobName",
        "rule": "must be letters, digits, '+', '-' and '.', starting with a letter or digit (no underscore)",
        "got": "my_first_job",
        "fix": "write it like tickets-2026-11",
        "source": None,
        "as_of": None,
        "overrule": None,
    }
    assert len(file["findings"]) == 8
    assert file["not_checked"][-1] == LEFT.removeprefix("not checked: ")


def test_what_is_missing_or_no_json_value_is_shown_to_machines_too(tmp_path: Path) -> None:
    """Nothing is null; a number that JSON lacks is text."""
    file = _job_file(tmp_path, "hyperParameters: {a: .nan}\ntrainingDataConfig: {}")
    [report] = json.loads(_check(file, "--output", "json").stdout)["files"]
    errors = [one for one in report["findings"] if one["severity"] == "error"]
    assert {one["path"]: (one["got"], one["line"]) for one in errors} == {
        "baseModelIdentifier": (None, 1),
        "hyperParameters.a": ("nan", 1),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("jobName: ~", "jobName must be a string, got null"),
        ("jobName: [no, Null]", "jobName must be a string, got ['no', null]"),
        ("hyperParameters: TRUE", "hyperParameters must be a mapping, got true"),
        ("jobTags: {a: [false]}", "jobTags must be a list, got {'a': [false]}"),
    ],
)
def test_a_value_is_named_as_files_have_it(tmp_path: Path, text: str, said: str) -> None:
    """Nobody who writes YAML looks for `None` in it."""
    path = _job_file(tmp_path, text)
    assert said in _check(path).stdout
    shown = json.loads(_check("--output", "json", path).stdout)["files"][0]["findings"]
    assert not any("None" in str(one["got"]) for one in shown if one["got"] is not None)


def test_a_file_without_findings_is_not_promised_to_work(tmp_path: Path) -> None:
    """The exit code is 0, and what could not be looked at is named."""
    file = _job_file(tmp_path, GOOD)
    result = _check(file)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{file}: nothing found",
        f"{file}: not checked: what depends on the Region, which is not known (--region)",
        f"{file}: {OWNERS}",
        f"{file}: {CONTENT}",
        f"{file}: {LEFT}",
    ]
    assert _check(file, *HERE).stdout.splitlines() == [
        f"{file}: nothing found",
        f"{file}: {CONTENT}",
        f"{file}: {LEFT}",
    ]


@pytest.mark.parametrize(
    ("model", "state"),
    [("a-model-of-mine", "not in the catalogue"), ("{{resolve:ssm:/model}}", "not known")],
)
def test_what_is_not_known_of_the_model_is_not_checked(tmp_path: Path, model: str, state: str) -> None:
    """A note at the line, and why figures were not compared."""
    file = _job_file(tmp_path, GOOD.replace("amazon.nova-lite-v1:0:300k", f'"{model}"'))
    result = _check(file, *HERE)
    assert _starts(result) == ["job.yaml:1:1 note baseModelIdentifier"]
    assert f"not checked: what AWS documents for the base model, which is {state}\n" in result.stdout


def test_a_model_that_cannot_be_customized_is_known(tmp_path: Path) -> None:
    """The finding says what it is, so that nothing calls it a model that is not in the catalogue."""
    model = "us.anthropic.claude-3-5-sonnet-20241022-v2:0"
    result = _check(_job_file(tmp_path, GOOD.replace("amazon.nova-lite-v1:0:300k", model)), *HERE)
    assert _starts(result) == ["job.yaml:1:1 warning baseModelIdentifier"]
    assert "names Claude 3 Haiku only" in result.stdout
    assert "not in the catalogue" not in result.stdout


def test_warnings_do_not_fail(tmp_path: Path) -> None:
    """They have a position and an id as well."""
    file = _job_file(tmp_path, f"{GOOD}clientRequestToken: a\n")
    result = _check(file)
    assert result.exit_code == 0
    first, second, *_ = result.stdout.splitlines()
    assert first.startswith(f"{file}:3:1: warning: clientRequestToken is not sent")
    assert first.endswith("[client-request-token]")
    assert second == f"{file}: 1 warning"


def test_one_bad_file_among_good_ones_fails(tmp_path: Path) -> None:
    """Every file is checked, whatever the others are."""
    good = _job_file(tmp_path, GOOD)
    result = _check(tmp_path / "no.yaml", good, *HERE)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{tmp_path}/no.yaml: error: the job file must exist, got no such file; correct the path [job-file]",
        f"{tmp_path}/no.yaml: 1 error",
        f"{good}: nothing found",
        f"{good}: {CONTENT}",
        f"{good}: {LEFT}",
    ]


def test_a_file_that_cannot_be_read_has_one_finding(tmp_path: Path) -> None:
    """In JSON too, with the line where reading stopped."""
    file = _job_file(tmp_path, "jobName: [a\nb: c")
    [report] = json.loads(_check(file, "--output", "json").stdout)["files"]
    [one] = report["findings"]
    assert (one["id"], one["file"]) == ("bedrock-customization:job-file", str(file))
    assert one["line"]
    assert report["not_checked"] == []


def test_a_key_twice_is_one_error_more(tmp_path: Path) -> None:
    """What can be read is checked all the same."""
    text = '{"jobName": "a",\n"jobName": "b",\n"trainingDataConfig": {}}'
    assert _starts(_check(_job_file(tmp_path, text, "job.json"))) == [
        "job.json:1:1 error baseModelIdentifier",
        "job.json:2:1 error jobName",
        "job.json:3:1 warning trainingDataConfig.s3Uri",
    ]


def test_everything_is_reported_at_once(tmp_path: Path) -> None:
    """What the service model refuses does not hide what AWS documents, nor what a policy would do."""
    text = (
        "baseModelIdentifier: amazon.nova-lite-v1:0:300k\n"
        "trainingDataConfig: {s3Uri: s3://my-bucket/tickets/train.jsonl}\n"
        "outputDataConfig: {s3Uri: s3://my-bucket/tickets/}\n"
        "jobName: bad_name\n"
        'hyperParameters: {epochCount: "9", unheardOf: 1}\n'
    )
    result = _check(_job_file(tmp_path, text), *HERE)
    assert result.exit_code == 1
    assert _starts(result) == [
        "job.yaml:3:20 error outputDataConfig.s3Uri",
        "job.yaml:4:1 error jobName",
        "job.yaml:5:19 error hyperParameters.epochCount",
        "job.yaml:5:36 warning hyperParameters.unheardOf",
    ]
    assert f"{tmp_path}/job.yaml: 3 errors, 1 warning\n" in result.stdout


EPOCHS = f"{GOOD}hyperParameters: {{epochCount: 99, unheardOf: 1}}\n"


def test_an_error_that_rests_on_documents_says_how_to_overrule_it(tmp_path: Path) -> None:
    """The page, its day and the option stand in the sentence."""
    file = _job_file(tmp_path, EPOCHS)
    [error, warning, *_] = _check(file).stdout.splitlines()
    assert error.startswith(f"{file}:3:19: error: hyperParameters.epochCount must be 1 to 5 for Nova Lite")
    assert error.endswith(
        ". See https://docs.aws.amazon.com/bedrock/latest/userguide/custom-models-hp.html (as of 2026-11-23)"
        ". To overrule: --rule hyper-parameter-range=warn [hyper-parameter-range]"
    )
    assert "To overrule" not in warning


@pytest.mark.parametrize(
    ("rules", "code", "kinds"),
    [
        ([], 1, ["error", "warning"]),
        (["hyper-parameter-range=warn"], 0, ["warning", "warning"]),
        (["hyper-parameter-range=off"], 0, ["warning"]),
        (["hyper-parameter-range=off", "hyper-parameter-unknown=error"], 1, ["error"]),
        (["hyper-parameter-range=off", "hyper-parameter-unknown=off"], 0, []),
    ],
)
def test_a_rule_is_overruled_by_its_name(
    tmp_path: Path, rules: list[str], code: int, kinds: list[str]
) -> None:
    """Documents may be behind the service."""
    options = [word for one in rules for word in ("--rule", one)]
    result = _check(_job_file(tmp_path, EPOCHS), *options)
    assert [one.split()[1] for one in _starts(result)] == kinds
    assert result.exit_code == code


def _usage_error(*arguments: object) -> str:
    result = _check(*arguments)
    assert result.exit_code == 2
    return " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("regio=warn", "--rule must name a rule, got 'regio'; write region"),
        ("region", "--rule must be NAME=error, NAME=warn or NAME=off, got 'region'; add one"),
        ("region=loud", "--rule region must be error, warn or off, got 'loud'; choose one"),
        (
            "request-pattern=off",
            "--rule request-pattern must be error, got 'off'; this rule cannot be overruled",
        ),
        ("output-overlaps-input=warn", "--rule output-overlaps-input must be error, got 'warn'"),
    ],
)
def test_a_wrong_override_is_wrong_usage(rule: str, said: str) -> None:
    """A misspelt rule would change nothing, and some rules cannot be weakened."""
    assert said in _usage_error(EIGHT, "--rule", rule)


@pytest.mark.parametrize("arguments", [[], ["--output", "xml", "job.yaml"], ["--nonsense"]])
def test_wrong_usage_is_two(arguments: list[str]) -> None:
    """Not the code of a file that is wrong."""
    assert _check(*arguments).exit_code == 2


def test_corrections_of_the_catalogue_count(tmp_path: Path) -> None:
    """A limit that AWS raised is corrected in a file."""
    figures = {"epochCount": {"max": 100, "source": "https://example.com/page", "verified": True}}
    correction = {
        "models": [
            {
                "id": "amazon.nova-lite-v1:0:300k",
                "customizations": {"FINE_TUNING": {"hyper_parameters": figures}},
            }
        ]
    }
    corrections = _job_file(tmp_path, json.dumps(correction), "corrections.json")
    result = _check(_job_file(tmp_path, EPOCHS), "--catalog", corrections)
    assert _starts(result) == ["job.yaml:3:35 warning hyperParameters.unheardOf"]


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION", "CDK_DEFAULT_REGION"])
def test_the_region_is_taken_from_the_environment(tmp_path: Path, name: str) -> None:
    """As the AWS CLI and the CDK take it; an option comes before it."""
    file = _job_file(tmp_path, GOOD)
    assert _starts(_check(file, **{name: "eu-west-1"})) == ["job.yaml warning Region"]
    assert _starts(_check(file, "--region", "us-east-1", **{name: "eu-west-1"})) == []


def test_the_account_is_taken_from_the_environment(tmp_path: Path) -> None:
    """A role of another account is refused as soon as the job's account is known."""
    file = _job_file(tmp_path, f"{GOOD}roleArn: arn:aws:iam::444455556666:role/Service\n")
    assert _starts(_check(file)) == []
    for result in (_check(file, CDK_DEFAULT_ACCOUNT="123456789012"), _check(file, *HERE)):
        assert _starts(result) == ["job.yaml:3:1 error roleArn"]
        assert "[role-account]" in result.stdout


def test_data_that_is_not_named_yet_is_no_data_to_read(tmp_path: Path) -> None:
    """The skeleton of the AWS CLI has empty strings: "the content of " names nothing."""
    file = _job_file(tmp_path, GOOD.replace("s3://my-bucket/train.jsonl", '""'))
    assert "the content of" not in _check(file).stdout


def test_markup_in_a_file_is_only_text(tmp_path: Path) -> None:
    """Square brackets are no styles, and control characters do not reach the terminal."""
    file = _job_file(tmp_path, f'{GOOD}"[red]\\e[31m": 1\njobName: "[bold]\\e[0m"\n')
    result = _check(file)
    assert "[red]" in result.stdout
    assert "[bold]" in result.stdout
    assert "\x1b" not in result.stdout


def test_a_local_file_is_read(tmp_path: Path) -> None:
    """Its findings have its own name and line, after those of the job file."""
    (tmp_path / "train.jsonl").write_text('{"messages": []}\nno json\n', encoding="utf-8")
    text = GOOD.replace("s3://my-bucket/train.jsonl", "file://train.jsonl")
    file = _job_file(tmp_path, f"{text}jobName: bad_name\n")
    [report] = json.loads(_check(file, "--output", "json").stdout)["files"]
    errors = [one for one in report["findings"] if one["severity"] == "error"]
    assert errors[0]["path"] == "jobName"
    assert {one["file"] for one in errors[1:]} == {str(tmp_path / "train.jsonl")}
    assert "bedrock-customization:dataset-json" in [one["id"] for one in errors if one["line"] == 2]
    assert not any("train.jsonl" in one for one in report["not_checked"])


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--region", "N. Virginia", "must be the code of a Region, such as us-east-1, got 'N. Virginia'"),
        ("--region", "us-east-1a", "got 'us-east-1a'"),
        ("--account", "1111-2222-3333", "must be an account id of 12 digits, without dashes"),
        ("--account", "1111", "got '1111'"),
    ],
)
def test_a_place_that_is_none_is_wrong_usage(tmp_path: Path, option: str, value: str, said: str) -> None:
    """Otherwise the findings would be about the job, which is right."""
    result = _check(_job_file(tmp_path, GOOD), option, value, COLUMNS="300")
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-northwest-1", "us-isob-east-1", "eusc-de-east-1"])
def test_a_region_of_every_partition_is_taken(tmp_path: Path, region: str) -> None:
    """Their codes have more parts."""
    assert _check(_job_file(tmp_path, GOOD), "--region", region).exit_code == 0
