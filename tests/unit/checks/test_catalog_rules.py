"""What AWS documents of the models, compared with requests: both sides of every boundary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock

from constructs_lib.catalog import Catalog, DistillationPair
from constructs_lib.checks import RULES
from tests.unit.checks.subjects import MINIMAL, NOVA, TODAY, TOKEN, names
from tests.unit.checks.subjects import found as all_found

if TYPE_CHECKING:
    from constructs_lib.findings import Finding

PRO, MICRO = "amazon.nova-pro-v1:0:300k", "amazon.nova-micro-v1:0:128k"
NOVA_2 = "amazon.nova-2-lite-v1:0:256k"
HAIKU = "anthropic.claude-3-haiku-20240307-v1:0:200k"
LLAMA, LLAMA_70B = "meta.llama3-1-8b-instruct-v1:0:128k", "meta.llama3-1-70b-instruct-v1:0:128k"
LLAMA_33, LLAMA_32 = "meta.llama3-3-70b-instruct-v1:0:128k", "meta.llama3-2-1b-instruct-v1:0:128k"
EMBED, IMAGE = "amazon.titan-embed-image-v1:0", "amazon.titan-image-generator-v2:0"
CUSTOM = "arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.nova-lite-v1:0:300k/abcdef123456"
OWNER = "123456789012"
FOUNDATION = "arn:aws:bedrock:us-east-1::foundation-model/"
LATER = "{{resolve:ssm:/x}}"


def found(model: str, *, today: date = TODAY, region: str | None = None, **request: object) -> list[Finding]:
    """Check a request for a model by the rules that rest on the catalogue."""
    asked = MINIMAL | {"baseModelIdentifier": model} | request
    every = all_found(asked, today=today, region=region)
    return [one for one in every if RULES[one.name].is_documented or one.name == "unknown-model"]


def parameters(model: str, **values: str) -> list[tuple[str, str]]:
    """Check hyperparameters alone."""
    return [one for one in names(found(model, hyperParameters=values)) if one[1].startswith("hyper")]


def taught(student: str, teacher: str) -> list[Finding]:
    """Check a distillation."""
    config = {"distillationConfig": {"teacherModelConfig": {"teacherModelIdentifier": teacher}}}
    return found(student, customizationType="DISTILLATION", customizationConfig=config)


ERROR, WARNING = ("error", "hyper-parameter-range"), ("warning", "hyper-parameter-range")
TYPE_ERROR, TYPE_WARNING = ("error", "hyper-parameter-type"), ("warning", "hyper-parameter-type")
UNKNOWN = ("warning", "hyper-parameter-unknown")


@pytest.mark.parametrize(
    ("model", "name", "value", "expected"),
    [
        (NOVA, "epochCount", "0", [ERROR]),
        (NOVA, "epochCount", "1", []),
        (NOVA, "epochCount", "5", []),
        (NOVA, "epochCount", "6", [ERROR]),
        (NOVA, "epochCount", LATER, []),
        (NOVA, "epochCount", "2.5", [TYPE_ERROR]),
        (NOVA, "epochCount", "1_0", [TYPE_ERROR]),
        (NOVA, "epochCount", "Auto", [TYPE_ERROR]),
        (NOVA, "epochCount", "9" * 5000, [TYPE_ERROR]),
        (NOVA, "learningRate", "9.99e-7", [ERROR]),
        (NOVA, "learningRate", "0.000001", []),
        (NOVA, "learningRate", "1e-4", []),
        (NOVA, "learningRate", "1.01e-4", [ERROR]),
        (NOVA, "learningRate", "nan", [TYPE_ERROR]),
        (NOVA, "learningRate", "1e999", [TYPE_ERROR]),
        (NOVA, "learningRateWarmupSteps", "0", []),
        (NOVA, "learningRateWarmupSteps", "100", []),
        (NOVA, "learningRateWarmupSteps", "101", [ERROR]),
        (NOVA, "learningRateWarmupSteps", "-1", [ERROR]),
        (NOVA, "batchSize", "1", []),
        (NOVA, "batchSize", "2", [WARNING]),
        (MICRO, "batchSize", "64", [WARNING]),
        (NOVA_2, "batchSize", "2", [WARNING]),
        (NOVA_2, "batchSize", "1", []),
        (NOVA_2, "epochCount", "6", [WARNING]),
        (NOVA_2, "epochCount", "5", []),
        (NOVA, "epochs", "2", [UNKNOWN]),
        (NOVA, "epoch_count", "2", [UNKNOWN]),
        (NOVA, "EpochCount", "2", [UNKNOWN]),
        (NOVA, "stepCount", "2", [UNKNOWN]),
        (HAIKU, "learningRateMultiplier", "0.1", []),
        (HAIKU, "learningRateMultiplier", "0.09", [ERROR]),
        (HAIKU, "learningRateMultiplier", "2", []),
        (HAIKU, "learningRateMultiplier", "2.1", [ERROR]),
        (HAIKU, "earlyStoppingThreshold", "0.11", [ERROR]),
        (LLAMA, "epochCount", "10", []),
        (LLAMA, "epochCount", "11", [WARNING]),
        (LLAMA_32, "epochCount", "11", [ERROR]),
        (LLAMA_33, "epochCount", "11", [WARNING]),
        (LLAMA, "batchSize", "2", [ERROR]),
        (LLAMA, "epochCount", "x", [TYPE_WARNING]),
        (CUSTOM, "epochCount", "6", [WARNING]),
        ("amazon.nova-9-v1:0", "epochCount", "6", []),
        (LATER, "epochCount", "6", []),
    ],
)
def test_hyper_parameters(model: str, name: str, value: str, expected: list[tuple[str, str]]) -> None:
    """A hyperparameter is compared with the model's own documented range and type."""
    assert parameters(model, **{name: value}) == expected


def test_a_range_is_shown_with_its_page() -> None:
    """The error for six epochs of Nova says 1 to 5, and where that is documented."""
    [one] = found(NOVA, hyperParameters={"epochCount": "6"})
    assert "must be 1 to 5" in str(one)
    assert "custom-models-hp.html" in str(one)
    assert one.fix == "choose 1 to 5, or leave it out to use the default, 2"


@pytest.mark.parametrize(
    ("model", "given", "missing"),
    [
        (IMAGE, {}, ["hyperParameters.stepCount"]),
        (IMAGE, {"stepCount": "auto"}, []),
        (IMAGE, {"stepCount": "10"}, []),
        (EMBED, {"batchSize": "576"}, ["hyperParameters.epochCount"]),
        (EMBED, {"epochCount": "Auto"}, []),
        (NOVA, {}, []),
    ],
)
def test_required_hyper_parameters(model: str, given: dict[str, str], missing: list[str]) -> None:
    """What has no default must be given, and its special word is as good as a number."""
    findings = [one for one in found(model, hyperParameters=given) if one.name.startswith("hyper")]
    assert [one.path for one in findings] == missing
    assert all(one.severity == "error" for one in findings)


def test_a_special_word_is_spelled_exactly() -> None:
    """Titan Embeddings takes Auto, Titan Image takes auto."""
    assert parameters(EMBED, epochCount="auto") == [TYPE_ERROR]
    assert parameters(IMAGE, stepCount="Auto") == [TYPE_WARNING]


def test_no_hyper_parameters_for_a_distillation() -> None:
    """None are documented for a distillation, so one that is given is doubtful."""
    findings = found(NOVA, customizationType="DISTILLATION", hyperParameters={"epochCount": "2"})
    assert ("warning", "hyper-parameter-unknown") in names(findings)


def test_the_map_of_a_reinforcement_is_left_to_the_service_model() -> None:
    """Reinforcement fine-tuning has its numbers elsewhere, and the API's own model bounds them."""
    rft = "REINFORCEMENT_FINE_TUNING"
    assert found(NOVA_2, customizationType=rft, hyperParameters={"epochCount": "99"}) == []


@pytest.mark.parametrize(
    ("model", "kind", "expected"),
    [
        (NOVA, "FINE_TUNING", []),
        (NOVA, None, []),
        (NOVA, LATER, []),
        (NOVA, "REINFORCEMENT_FINE_TUNING", [("warning", "customization-type")]),
        (NOVA_2, "REINFORCEMENT_FINE_TUNING", []),
        (NOVA_2, "DISTILLATION", [("warning", "customization-type")]),
        (HAIKU, "DISTILLATION", [("error", "customization-type"), ("warning", "model-lifecycle")]),
        (EMBED, "DISTILLATION", [("warning", "customization-type")]),
        ("openai.gpt-oss-20b", "REINFORCEMENT_FINE_TUNING", [("error", "job-api")]),
        ("openai.gpt-oss-20b", None, [("error", "job-api")]),
        ("qwen.qwen3-32b", None, [("error", "job-api")]),
        ("amazon.titan-text-lite-v1:0:4k", "CONTINUED_PRE_TRAINING", [("warning", "model-not-listed")]),
        ("amazon.titan-text-lite-v1:0:4k", "FINE_TUNING", [("warning", "model-not-listed")]),
        (
            "amazon.titan-text-lite-v1:0:4k",
            "DISTILLATION",
            [("warning", "customization-type"), ("warning", "model-not-listed")],
        ),
        ("amazon.nova-reel-v1:0", None, [("error", "model-not-customizable")]),
        ("amazon.nova-premier-v1:0", None, [("error", "model-not-customizable")]),
        ("us.amazon.nova-premier-v1:0", None, [("error", "model-not-customizable")]),
        ("amazon.nova-premier-v1:0:1000k", None, [("error", "model-not-customizable")]),
        (FOUNDATION + "amazon.nova-premier-v1:0", None, [("error", "model-not-customizable")]),
        ("meta.llama3-1-405b-instruct-v1:0:128k", None, [("error", "model-not-customizable")]),
        ("amazon.nova-2-pro-v1:0:256k", None, [("warning", "model-not-customizable")]),
        ("amazon.nova-2-pro-preview-20251202-v1:0", None, [("warning", "model-not-customizable")]),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", None, [("warning", "model-not-customizable")]),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", None, [("warning", "model-not-customizable")]),
        ("meta.llama2-13b-v1:0:4k", None, [("warning", "model-not-customizable")]),
        ("meta.llama3-8b-instruct-v1:0", None, [("warning", "model-not-customizable")]),
        ("cohere.command-r-v1:0", None, [("warning", "model-not-customizable")]),
        ("openai.gpt-oss-120b-1:0", None, [("warning", "model-not-customizable")]),
        ("openai.gpt-5.4", None, [("warning", "model-not-customizable")]),
        ("mistral.mistral-large-2407-v1:0", None, [("warning", "model-not-customizable")]),
        ("amazon.nova-9-lite-v1:0:1m", None, [("note", "unknown-model")]),
        ("my-custom-model", None, [("note", "unknown-model")]),
        (FOUNDATION + NOVA, None, []),
        (CUSTOM, None, []),
        (LATER, None, [("note", "unknown-model")]),
        (TOKEN, None, [("note", "unknown-model")]),
        ("amazon.nova-pro-v1:0", None, [("warning", "model-id")]),
        ("us.amazon.nova-pro-v1:0", None, [("warning", "model-id")]),
        ("amazon.nova-pro-v1:0:128k", None, [("warning", "model-id")]),
        ("amazon.titan-embed-image-v1", None, [("warning", "model-id")]),
        (FOUNDATION + "amazon.titan-embed-image-v1", None, [("warning", "model-id")]),
        ("openai.gpt-oss-20b-1:0", None, [("error", "job-api")]),
        ("qwen.qwen3-32b-v1:0", "REINFORCEMENT_FINE_TUNING", [("error", "job-api")]),
        ("cohere.command-text-v14:7:4k", None, [("warning", "model-not-listed")]),
        ("cohere.command-text-v14", None, [("warning", "model-id"), ("warning", "model-not-listed")]),
    ],
)
def test_models_and_types(model: str, kind: str | None, expected: list[tuple[str, str]]) -> None:
    """An error only where AWS says that it does not work; what is in no table is a warning."""
    request = {} if kind is None else {"customizationType": kind}
    findings = [one for one in found(model, **request) if not one.name.startswith("hyper")]
    assert names(findings) == expected


NAME, NAME_WARNING = ("error", "data-file-name"), ("warning", "data-file-name")


@pytest.mark.parametrize(
    ("model", "name", "expected"),
    [
        (NOVA, "aZ09_-./train.jsonl", []),
        (NOVA, "train(1).jsonl", [NAME]),
        (NOVA, "team's/train.jsonl", [NAME]),
        (NOVA, "train!.jsonl", [NAME]),
        (MICRO, "train(1).jsonl", [NAME]),
        (CUSTOM, "train(1).jsonl", [NAME_WARNING]),
        (NOVA_2, "train(1).jsonl", [NAME_WARNING]),
        (NOVA_2, "train.jsonl", []),
        (LLAMA, "train(1).jsonl", []),
        (NOVA, f"{TOKEN}/train.jsonl", []),
        (NOVA, f"{TOKEN}/train(1).jsonl", [NAME]),
    ],
)
def test_characters_in_the_name_of_a_data_file(
    model: str, name: str, expected: list[tuple[str, str]]
) -> None:
    """Those that the API accepts and AWS's page on data for Nova does not allow are an error for Nova."""
    data = {"s3Uri": f"s3://my-bucket/{name}"}
    assert names(found(model, trainingDataConfig=data)) == expected
    validation = {"validators": [{"s3Uri": "s3://my-bucket/v.jsonl"}, data]}
    findings = [one for one in found(model, validationDataConfig=validation) if one.name == "data-file-name"]
    assert names(findings) == expected
    assert all(one.path == "validationDataConfig.validators[1].s3Uri" for one in findings)


def test_a_name_with_wrong_characters_says_which_and_how_to_overrule() -> None:
    """What is allowed, what to leave out, the page, and each problem once."""
    [one] = found(NOVA, trainingDataConfig={"s3Uri": "s3://my-bucket/a(b)!.jsonl"})
    assert one.rule == "must have only letters, digits and _ - / . in its name for Nova Lite"
    assert one.fix.startswith("copy the file to a name without ! ( )")
    assert one.source.endswith("/fine-tune-prepare-data-understanding.html")
    assert "'data-file-name': 'warn'" in str(one)
    asked = MINIMAL | {"trainingDataConfig": {"s3Uri": "s3://my-bucket/a*.jsonl"}}
    assert names(all_found(asked, today=TODAY)) == [("error", "wildcard")]


@pytest.mark.parametrize(
    ("kind", "name"), [("CONTINUED_PRE_TRAINING", "continued-pre-training"), ("IMPORTED", "imported")]
)
def test_a_type_that_no_job_should_have_is_one_warning(kind: str, name: str) -> None:
    """The rule about what the model is documented for does not repeat it."""
    request = MINIMAL | {"baseModelIdentifier": NOVA, "customizationType": kind}
    assert names(all_found(request, today=TODAY)) == [("warning", name)]


def test_the_id_with_its_suffix_is_suggested() -> None:
    """The warning about an id without its context suffix says what to write."""
    [one] = found("amazon.nova-pro-v1:0")
    assert one.fix == "write amazon.nova-pro-v1:0:300k"


@pytest.mark.parametrize(
    ("model", "rule", "fix"),
    [
        ("amazon.nova-pro-v1:0", "AWS documents for customization, with its context suffix", PRO),
        (
            "amazon.titan-text-lite-v1",
            "AWS documents for customization, not the one for",
            "amazon.titan-text-lite-v1:0:4k",
        ),
        (
            "cohere.command-text-v14",
            "customization jobs of Command had, not the one for",
            "cohere.command-text-v14:7:4k",
        ),
    ],
)
def test_another_id_of_a_model_says_which_to_write(model: str, rule: str, fix: str) -> None:
    """What the id is, whether AWS documents the other one, and the other one."""
    [one] = [one for one in found(model) if one.name == "model-id"]
    assert rule in one.rule
    assert one.fix == f"write {fix}"


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("meta.llama2-70b-chat-v1", "the base models 13B and 70B could be fine-tuned"),
        ("anthropic.claude-haiku-4-5-20251001", "Claude Haiku 4.5"),
        ("anthropic.claude-v2:1:200k", "names Claude 3 Haiku only"),
        ("amazon.nova-reel-v1:9", "Nova Reel does not support fine-tuning"),
    ],
)
def test_a_model_that_cannot_be_customized_is_known_as_what_it_is(model: str, reason: str) -> None:
    """The finding says which model it is and why; of two families that fit, the narrower one speaks."""
    [one] = found(model)
    assert reason in one.rule


def test_a_model_of_yours_is_no_longer_one_that_cannot_be_customized() -> None:
    """A model that a user has added to the catalogue is judged by that, and not by its family."""
    nova = Catalog.default().find(NOVA)
    assert nova is not None
    catalog = Catalog.default().with_model(replace(nova, id="amazon.nova-2-pro-v1:0:256k", name="Nova 2 Pro"))
    asked = MINIMAL | {"baseModelIdentifier": "amazon.nova-2-pro-v1:0:256k"}
    assert all_found(asked, today=TODAY, catalog=catalog) == []


def test_a_source_that_was_read_on_another_day_says_so() -> None:
    """A finding names the day on which its own source was read."""
    days = {one.source: one.as_of for one in found("cohere.command-r-v1:0") + found("amazon.nova-pro-v1:0")}
    assert set(days.values()) == {Catalog.default().as_of}
    later = Catalog.default().merged_with({"read": {"bedrock/custom-model-fine-tuning": "2027-01-02"}})
    asked = MINIMAL | {"baseModelIdentifier": "amazon.nova-pro-v1:0"}
    assert [one.as_of for one in all_found(asked, today=TODAY, catalog=later)] == ["2027-01-02"]


@pytest.mark.parametrize(
    ("model", "why"), [("openai.gpt-oss-20b", "gpt-oss-20B"), ("qwen.qwen3-32b", "Qwen3")]
)
def test_open_weight_models_are_refused_with_the_reason(model: str, why: str) -> None:
    """Models that only the OpenAI-compatible API customizes are refused, and the sentence says so."""
    [one] = found(model)
    assert why in one.rule
    assert "OpenAI-compatible" in one.rule


def test_a_switched_off_type_says_so() -> None:
    """Distillation is switched off for Anthropic's models, and the sentence says so."""
    [one] = [
        one for one in found(HAIKU, customizationType="DISTILLATION") if one.name == "customization-type"
    ]
    assert "switched off" in one.rule


@pytest.mark.parametrize(
    ("model", "today", "expected"),
    [
        (HAIKU, date(2026, 3, 9), []),
        (HAIKU, date(2026, 3, 10), ["Legacy since 2026-03-10"]),
        (HAIKU, date(2026, 9, 9), ["Legacy since 2026-03-10"]),
        (HAIKU, date(2026, 9, 10), ["reached end of life on 2026-09-10"]),
        (NOVA, date(2036, 1, 1), []),
    ],
)
def test_lifecycle_dates_warn(model: str, today: date, expected: list[str]) -> None:
    """The life of a model is judged by the day that is given, and only ever warns."""
    findings = [one for one in found(model, today=today) if one.name == "model-lifecycle"]
    assert [one.severity for one in findings] == ["warning"] * len(expected)
    assert all(text in one.rule for text, one in zip(expected, findings, strict=True))


@pytest.mark.parametrize("model", [one.id for one in Catalog.default().models])
def test_no_error_depends_on_the_day(model: str) -> None:
    """Whatever the day, the errors are the same: no synth fails because time passes."""
    parameters_ = {"epochCount": "7"}
    days = [date(2020, 1, 1), date(2026, 9, 10), date(2040, 1, 1)]
    errors = [
        [one for one in found(model, today=day, hyperParameters=parameters_) if one.severity == "error"]
        for day in days
    ]
    assert errors[0] == errors[1] == errors[2]


@pytest.mark.parametrize(
    ("model", "region", "expected"),
    [
        (NOVA, "us-east-1", []),
        (NOVA, "eu-west-1", [("warning", "region")]),
        (LLAMA, "us-west-2", []),
        (LLAMA, "us-east-1", [("warning", "region")]),
        (NOVA, None, []),
        (NOVA, LATER, []),
        ("amazon.titan-text-premier-v1:0", "eu-west-1", [("warning", "model-not-listed")]),
    ],
)
def test_regions_warn(model: str, region: str | None, expected: list[tuple[str, str]]) -> None:
    """A Region in which the model is not documented to be customizable is doubtful, no more."""
    assert names(found(model, region=region)) == expected


@pytest.mark.parametrize("pair", Catalog.default().distillation_pairs, ids=str)
def test_documented_pairs_are_accepted(pair: DistillationPair) -> None:
    """No documented pair of teacher and student is refused."""
    assert not [one for one in taught(pair.student, pair.teacher) if one.severity == "error"]


@pytest.mark.parametrize(
    ("student", "teacher", "expected"),
    [
        (NOVA, "amazon.nova-pro-v1:0", []),
        (NOVA, "us.amazon.nova-pro-v1:0", []),
        (NOVA, FOUNDATION + "amazon.nova-pro-v1:0", []),
        (NOVA, "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0", []),
        (NOVA, "amazon.nova-pro-v1:0:300k", [("warning", "distillation-teacher")]),
        (NOVA, "amazon.nova-premier-v1:0", [("warning", "distillation-teacher")]),
        (PRO, "amazon.nova-lite-v1:0", [("warning", "distillation-pair")]),
        (PRO, "amazon.nova-pro-v1:0", [("warning", "distillation-pair")]),
        (LLAMA, "amazon.nova-pro-v1:0", [("warning", "distillation-pair")]),
        (LLAMA_70B, "meta.llama3-3-70b-instruct-v1:0", [("warning", "distillation-pair")]),
        (NOVA, LATER, []),
    ],
)
def test_distillation_pairs(student: str, teacher: str, expected: list[tuple[str, str]]) -> None:
    """A teacher must be documented for the student, however it is named."""
    assert names(taught(student, teacher)) == expected


def test_a_wrong_pair_is_answered_with_the_right_ones() -> None:
    """The fix names the teachers that the student has."""
    [one] = taught(MICRO, "amazon.nova-lite-v1:0")
    assert one.fix == "use amazon.nova-premier-v1:0 or amazon.nova-pro-v1:0"


@pytest.mark.parametrize(
    ("model", "severity"), [(NOVA, None), (NOVA_2, "warning"), (EMBED, "error"), (HAIKU, None), (LATER, None)]
)
def test_validation_data(model: str, severity: str | None) -> None:
    """Validation data is refused where a model takes none, and doubted where it is not used."""
    config = {"validators": [{"s3Uri": "s3://bucket/v.jsonl"}]}
    given = [
        one.severity for one in found(model, validationDataConfig=config) if one.name == "validation-data"
    ]
    assert given == ([severity] if severity else [])
    assert not [one for one in found(model, validationDataConfig={"validators": []}) if "valid" in one.name]


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("s3://bucket/train.jsonl", []),
        ("s3://bucket/prefix/", []),
        ("s3://bucket/train.json", ["warning"]),
        ("s3://bucket/train.jsonl.gz", ["warning"]),
        (LATER, []),
    ],
)
def test_names_of_training_files(uri: str, expected: list[str]) -> None:
    """A training file should be a .jsonl file, by its name."""
    findings = found(NOVA, trainingDataConfig={"s3Uri": uri})
    assert [one.severity for one in findings if one.name == "data-uri"] == expected


def test_every_finding_names_a_rule_and_its_page() -> None:
    """What can be overruled says how, what it rests on, and of which day that is."""
    findings = found(
        "amazon.nova-pro-v1:0",
        region="eu-west-1",
        hyperParameters={"epochCount": "9", "x": "1"},
        trainingDataConfig={"s3Uri": "s3://bucket/x"},
    )
    assert [one.name for one in findings] == [
        "hyper-parameter-range",
        "data-uri",
        "hyper-parameter-unknown",
        "model-id",
        "region",
    ]
    assert all(one.source.startswith("https://") and one.as_of == Catalog.default().as_of for one in findings)
    assert [one.overrule for one in findings if one.overrule] == [
        "checks=Checks(overrides={'hyper-parameter-range': 'warn'})"
    ]


class _Model:
    """An `IModel` of an app, as far as a job uses it."""

    model_arn = f"arn:{cdk.Aws.PARTITION}:bedrock:{cdk.Aws.REGION}::foundation-model/{NOVA}"


@pytest.mark.parametrize(
    "identifier",
    [
        _Model.model_arn,
        f"arn:aws:bedrock:{TOKEN}::foundation-model/{NOVA}",
        f"arn:{TOKEN}:bedrock:us-east-1::foundation-model/{NOVA}",
        f"arn:aws:bedrock:us-east-1:{TOKEN}:custom-model/{NOVA}/abcdef123456",
    ],
)
def test_an_arn_with_tokens_around_the_model_id_is_checked(identifier: str) -> None:
    """Only the partition, the Region or the account wait for the deployment; the model is known."""
    [one] = found(identifier, hyperParameters={"epochCount": "6"})
    assert one.name == "hyper-parameter-range"
    assert one.severity == ("warning" if "custom-model" in identifier else "error")


def test_a_foundation_model_of_the_cdk_is_checked() -> None:
    """`FoundationModel.from_foundation_model_id` names the model in its ARN."""
    stack = cdk.Stack()
    model_id = bedrock.FoundationModelIdentifier(NOVA)
    model = bedrock.FoundationModel.from_foundation_model_id(stack, "Model", model_id)
    [one] = found(model.model_arn, hyperParameters={"epochCount": "6"})
    assert names([one]) == [ERROR]


@pytest.mark.parametrize(
    "identifier",
    [TOKEN, f"amazon.{TOKEN}", f"arn:aws:bedrock:us-east-1::foundation-model/{TOKEN}", LATER],
)
def test_a_model_that_only_deployment_knows_is_a_note(identifier: str) -> None:
    """Nobody takes silence for approval."""
    [one] = found(identifier, hyperParameters={"epochCount": "99"})
    assert names([one]) == [("note", "unknown-model")]
    assert "known only at deployment" in one.rule


def test_an_unknown_model_is_answered_with_the_nearest() -> None:
    """Also where it is written as an ARN."""
    [one] = found(f"{FOUNDATION}amazon.nova-lite-v1:0:300")
    assert one.name in ("unknown-model", "model-id")
    assert NOVA in one.fix


@pytest.mark.parametrize(("days", "is_old"), [(180, False), (181, True)])
def test_an_old_catalogue_is_a_note(days: int, *, is_old: bool) -> None:
    """AWS's pages change; after half a year a clean check may rest on figures that are no longer right."""
    today = date.fromisoformat(Catalog.default().as_of) + timedelta(days=days)
    notes = [one for one in all_found(MINIMAL, today=today) if one.name == "catalog-age"]
    assert bool(notes) == is_old
    assert all(one.severity == "note" and f"{days} days ago" in one.rule for one in notes)


def test_a_corrected_catalogue_counts() -> None:
    """A limit that AWS raised is corrected in a file, and the check uses it."""
    figures = {"epochCount": {"max": 10, "source": "https://example.com/page", "verified": True}}
    correction = {"models": [{"id": NOVA, "customizations": {"FINE_TUNING": {"hyper_parameters": figures}}}]}
    catalog = Catalog.default().merged_with(correction)
    asked = MINIMAL | {"hyperParameters": {"epochCount": "9"}}
    assert names(all_found(asked)) == [ERROR]
    assert all_found(asked, catalog=catalog) == []


@pytest.mark.parametrize(
    ("model", "place", "said"),
    [
        (FOUNDATION + NOVA, ("us-east-1", OWNER), None),
        (FOUNDATION + NOVA, (None, None), None),
        (FOUNDATION + NOVA, ("us-west-2", OWNER), "deploy to us-east-1, or write the model's id"),
        (CUSTOM, ("us-east-1", OWNER), None),
        (CUSTOM, ("us-east-1", None), None),
        (CUSTOM, ("us-west-2", OWNER), "copy the model to us-west-2 and write the ARN of the copy"),
        (CUSTOM, ("us-east-1", "444455556666"), "copy it to account 444455556666"),
        (CUSTOM.replace("us-east-1", TOKEN), ("us-west-2", OWNER), None),
    ],
)
def test_a_base_model_is_one_of_the_job(
    model: str, place: tuple[str | None, str | None], said: str | None
) -> None:
    """AWS: models are only available in the Region and account in which they were created."""
    every = all_found(
        MINIMAL | {"baseModelIdentifier": model}, today=TODAY, region=place[0], account=place[1]
    )
    fixes = [one.fix for one in every if one.name == "model-elsewhere"]
    assert [said in fix for fix in fixes if said] == ([True] if said else [])
    assert len(fixes) == bool(said)
