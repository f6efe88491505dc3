"""Tags that a job and its model inherit: from `Tags.of(scope)`, and from the stacks around the job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest

from constructs_lib import AWS_OWNED_KEY, BaseModel, Checks, ModelCustomizationJob
from tests.synth.templates import OUTPUT, TRAIN, of_type, template, the_job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

RULE = "bedrock-customization:inherited-tag"
JOB_TYPE = "Custom::BedrockModelCustomizationJob"
FLAG = "@aws-cdk/core:explicitStackTags"
LEAVE_OUT = Checks(overrides={"inherited-tag": "warn"})

both_flags = pytest.mark.parametrize("flag", [False, True], ids=["implicit", "explicit"])


def _stack(tags: Mapping[str, str] | None = None, *, flag: bool = False) -> cdk.Stack:
    return cdk.Stack(cdk.App(context={FLAG: flag}), "Tickets", tags=tags)


def _job(scope: Construct, id: str = "Triage", **more: object) -> ModelCustomizationJob:
    given: dict[str, Any] = {"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY} | more
    return ModelCustomizationJob(scope, id, base_model=BaseModel.NOVA_LITE, training_data=TRAIN, **given)


def _tags(stack: cdk.Stack, name: str = "JobTags") -> dict[str, Any]:
    return {tag["key"]: tag["value"] for tag in the_job(stack)["Properties"].get(name, ())}


def _nested_templates(stack: cdk.Stack) -> str:
    app = stack.node.root
    assert isinstance(app, cdk.App)
    folder = Path(app.synth().directory)
    return "".join(one.read_text() for one in folder.glob("*.nested.template.json"))


def _refusal(stack: cdk.Stack) -> list[str]:
    """Return the errors of the synthesis, each without the CDK's own words."""
    with pytest.raises(RuntimeError) as caught:
        template(stack)
    lines = str(caught.value).splitlines()
    return [line.partition("] ")[2] for line in lines if line.startswith("  [")]


def _warnings(job: ModelCustomizationJob) -> list[str]:
    return [str(one.data) for one in job.node.metadata if RULE in str(one.data)]


@both_flags
def test_the_tags_of_the_stack_reach_job_and_model(*, flag: bool) -> None:
    """CloudFormation adds them to every resource with tags, but to no custom resource."""
    stack = _stack({"cost-centre": "42", "team": "platform"}, flag=flag)
    _job(stack, job_tags={"team": "tickets"})
    assert _tags(stack) == {"team": "tickets", "cost-centre": "42"}
    assert _tags(stack, "CustomModelTags") == {"cost-centre": "42", "team": "platform"}


@both_flags
def test_tags_of_a_scope_win_over_those_of_the_stack(*, flag: bool) -> None:
    """By key; each tag is there once, in alphabetical order after the job's own."""
    stack = _stack({"b": "stack", "c": "stack"}, flag=flag)
    cdk.Tags.of(stack).add("a", "scope")
    cdk.Tags.of(_job(stack, job_tags={"z": "own"})).add("c", "scope")
    assert list(_tags(stack).items()) == [("z", "own"), ("a", "scope"), ("b", "stack"), ("c", "scope")]


def test_a_tag_that_is_set_on_the_stack_later_is_inherited_too() -> None:
    """Stack tags are read when the template is written."""
    stack = _stack()
    _job(stack)
    stack.tags.set_tag("cost-centre", "42")
    assert _tags(stack) == {"cost-centre": "42"}


def test_a_second_synthesis_reads_the_tags_again() -> None:
    """A notebook synthesizes the same app many times."""
    stack = _stack({"gone": "1", "changed": "1"})
    _job(stack)
    first = _tags(stack)
    stack.tags.remove_tag("gone", 100)
    stack.tags.set_tag("changed", "2", 100)
    app = stack.node.root
    assert isinstance(app, cdk.App)
    resources = app.synth(force=True).get_stack_by_name("Tickets").template["Resources"]
    [again] = [one["Properties"]["JobTags"] for one in resources.values() if one["Type"] == JOB_TYPE]
    assert first == {"gone": "1", "changed": "1"}
    assert again == [{"key": "changed", "value": "2"}]


@both_flags
def test_a_nested_stack_inherits_from_the_stack_around_it(*, flag: bool) -> None:
    """The nearest stack wins, as in CloudFormation."""
    stack = _stack({"cost-centre": "42", "team": "platform"}, flag=flag)
    nested = cdk.NestedStack(stack, "Nested")
    nested.tags.set_tag("team", "tickets")
    _job(nested)
    text = _nested_templates(stack)
    [found] = [one for one in json.loads(text)["Resources"].values() if one["Type"] == JOB_TYPE]
    expected = [{"key": "cost-centre", "value": "42"}, {"key": "team", "value": "tickets"}]
    assert found["Properties"]["JobTags"] == expected


@both_flags
def test_a_value_known_only_at_deployment_is_left_out_as_the_cdk_does(*, flag: bool) -> None:
    """The CDK tags no stack with it, and warns; a tag of `Tags.of` may have such a value."""
    stack = _stack({"account": cdk.Aws.ACCOUNT_ID, "team": "tickets"}, flag=flag)
    cdk.Tags.of(_job(stack)).add("region", cdk.Aws.REGION)
    assert _tags(stack) == {"team": "tickets", "region": {"Ref": "AWS::Region"}}


@both_flags
def test_an_app_without_tags_has_no_property(*, flag: bool) -> None:
    """The template is what it was."""
    stack = _stack(flag=flag)
    _job(stack)
    assert {"JobTags", "CustomModelTags"}.isdisjoint(the_job(stack)["Properties"])


@both_flags
def test_a_removed_tag_is_not_inherited_from_the_stack(*, flag: bool) -> None:
    """`Tags.of(job).remove` keeps a tag from the job, whoever adds it."""
    stack = _stack({"Kostenträger": "42", "team": "tickets"}, flag=flag)
    cdk.Tags.of(stack).add("ort", "Köln")
    job = _job(stack)
    cdk.Tags.of(job).remove("Kostenträger")
    cdk.Tags.of(job).remove("ort")
    assert _tags(stack) == {"team": "tickets"}


@both_flags
def test_a_tag_that_excludes_jobs_is_not_inherited_from_the_stack(*, flag: bool) -> None:
    """Without the feature flag, the same line tags the stack, too."""
    stack = _stack({"team": "tickets"}, flag=flag)
    _job(stack)
    cdk.Tags.of(stack.node.root).add("ort", "Köln", exclude_resource_types=[JOB_TYPE])
    assert _tags(stack) == {"team": "tickets"}


def test_a_tag_for_stacks_alone_is_inherited() -> None:
    """With the feature flag, this line is how to tag stacks."""
    stack = _stack(flag=True)
    _job(stack)
    cdk.Tags.of(stack.node.root).add("team", "tickets", include_resource_types=["aws:cdk:stack"])
    assert _tags(stack) == {"team": "tickets"}


WORDS = "must be letters, digits, spaces and any of . _ : / = + @ -"
REFUSED = {
    "an umlaut in the key": ("Kostenträger", "1", f"the key of a tag that {{}} {WORDS}, got 'Kostenträger'"),
    "an umlaut": ("city", "Köln", f"the value of the tag 'city' that {{}} {WORDS}, got 'Köln'"),
    "a comma": ("unit", "a,b", f"the value of the tag 'unit' that {{}} {WORDS}, got 'a,b'"),
    "an ampersand": ("R&D", "1", f"the key of a tag that {{}} {WORDS}, got 'R&D'"),
    "a reserved key": (
        "aws:cloudformation:stack-name",
        "1",
        "the key of a tag that {} must not start with aws:, which is reserved for AWS, got 'aws:cloudf",
    ),
    "a long key": ("k" * 129, "1", "the key of a tag that {} must be 1 to 128 characters long, got 'kkk"),
    "a long value": ("k", "v" * 257, "the value of the tag 'k' that {} must be at most 256 characters long"),
}
each_refused = pytest.mark.parametrize(("key", "value", "said"), REFUSED.values(), ids=REFUSED.keys())


@each_refused
def test_a_tag_of_the_stack_that_bedrock_refuses_is_an_error(key: str, value: str, said: str) -> None:
    """The error names the tag, the job, the stack, the rule and the way out."""
    stack = _stack({key: value})
    _job(stack)
    [error] = _refusal(stack)
    assert error.startswith(said.format("Tickets/Triage inherits from the stack Tickets"))
    assert "Tags.of(job).remove(key)" in error
    assert error.endswith("To overrule: checks=Checks(overrides={'inherited-tag': 'warn'})")


@each_refused
def test_a_tag_of_a_scope_that_bedrock_refuses_is_an_error(key: str, value: str, said: str) -> None:
    """An aspect adds it after the job was defined."""
    stack = _stack()
    _job(stack)
    cdk.Tags.of(stack).add(key, value)
    [error] = _refusal(stack)
    assert error.startswith(said.format("Tickets/Triage inherits from Tags.of(...)"))


@each_refused
def test_an_overruled_tag_is_left_out(key: str, value: str, said: str) -> None:
    """Bedrock would refuse the job otherwise; one warning names the tag."""
    stack = _stack({key: value, "team": "tickets"})
    job = _job(stack, checks=LEAVE_OUT)
    assert _tags(stack) == _tags(stack, "CustomModelTags") == {"team": "tickets"}
    [warning] = _warnings(job)
    assert warning.startswith(said.format("Tickets/Triage inherits from the stack Tickets").split(", got")[0])
    assert "so the tag is left out" in warning


def test_a_tag_that_is_off_is_left_out_without_a_warning() -> None:
    """`off` leaves the finding out, and Bedrock must still accept the job."""
    stack = _stack({"R&D": "1"})
    job = _job(stack, checks=Checks(overrides={"inherited-tag": "off"}))
    assert _tags(stack) == {}
    assert _warnings(job) == []


@pytest.mark.parametrize("value", ["", "a b", "a:/=+@-_.9", "v" * 256])
def test_a_tag_that_bedrock_accepts_is_no_finding(value: str) -> None:
    """An empty value is one of them."""
    stack = _stack({"k" * 128: value})
    job = _job(stack)
    assert _tags(stack) == {"k" * 128: value}
    assert _warnings(job) == []


def test_a_wrong_key_and_a_wrong_value_are_reported_together() -> None:
    """So are the wrong tags of several jobs; nothing is found at the next attempt."""
    stack = _stack({"R&D": "Köln"})
    _job(stack)
    cdk.Tags.of(_job(stack, "Other")).add("a,b", "1")
    assert [error.partition(" must")[0] for error in _refusal(stack)] == [
        "the key of a tag that Tickets/Triage inherits from the stack Tickets",
        "the value of the tag 'R&D' that Tickets/Triage inherits from the stack Tickets",
        "the key of a tag that Tickets/Other inherits from Tags.of(...)",
        "the key of a tag that Tickets/Other inherits from the stack Tickets",
        "the value of the tag 'R&D' that Tickets/Other inherits from the stack Tickets",
    ]


def test_the_jobs_own_tag_hides_an_inherited_one() -> None:
    """What the job does not get is not judged."""
    stack = _stack({"city": "Köln"})
    _job(stack, job_tags={"city": "Koeln"}, custom_model_tags={"city": "Koeln"})
    assert _tags(stack) == {"city": "Koeln"}


def test_tags_with_tokens_pass() -> None:
    """The function checks them when they have a value."""
    stack = _stack()
    secret = cdk.CfnParameter(stack, "City").value_as_string
    cdk.Tags.of(_job(stack)).add("city", secret)
    assert _tags(stack) == {"city": {"Ref": "City"}}


MANY = {f"k{number:02}": "" for number in range(40)}


def test_fifty_tags_are_accepted() -> None:
    """The job's own, those of scopes and those of the stack together."""
    stack = _stack(MANY)
    cdk.Tags.of(_job(stack, job_tags={f"own{number}": "" for number in range(9)})).add("a", "")
    assert len(_tags(stack)) == 50


def test_the_fifty_first_tag_is_an_error() -> None:
    """One for the job, although job and model have the same inherited tags."""
    stack = _stack(MANY)
    cdk.Tags.of(_job(stack, job_tags={f"own{number}": "" for number in range(10)})).add("a", "")
    [error] = _refusal(stack)
    assert error.startswith("Tickets/Triage, with the tags that it inherits, must contain at most 50 tags")
    assert "got 51; remove 1" in error


def test_overruled_tags_above_the_limit_are_left_out() -> None:
    """The job's own stay, then those of `Tags.of`, then those of the nearest stack."""
    stack = _stack(MANY)
    nested = cdk.NestedStack(stack, "Nested")
    nested.tags.set_tag("z", "")
    job = _job(nested, job_tags={f"own{number}": "" for number in range(9)}, checks=LEAVE_OUT)
    cdk.Tags.of(job).add("zz", "")
    resources = json.loads(_nested_templates(stack))["Resources"].values()
    [sent] = [one["Properties"]["JobTags"] for one in resources if one["Type"] == JOB_TYPE]
    keys = {tag["key"] for tag in sent}
    assert len(keys) == len(sent) == 50
    assert {"own0", "zz", "z", "k38"} <= keys
    [warning] = _warnings(job)
    assert "so these are left out: 'k39'" in warning


def test_refused_tags_do_not_count_when_they_are_left_out() -> None:
    """Fifty tags are sent, and only the refused one is reported."""
    stack = _stack({f"k{number}": "" for number in range(49)} | {"R&D": ""})
    cdk.Tags.of(job := _job(stack, checks=LEAVE_OUT)).add("a", "")
    assert len(_tags(stack)) == 50
    assert len(_warnings(job)) == 1


def test_a_changed_tag_changes_only_the_tags(tmp_path: Path) -> None:
    """The request, from which the function derives the job, is the same: nothing is trained again."""
    properties = []
    for cost in ("42", "43"):
        stack = cdk.Stack(cdk.App(outdir=str(tmp_path / cost)), "Tickets", tags={"cost-centre": cost})
        _job(stack)
        properties.append(the_job(stack)["Properties"])
    before, after = properties
    assert {name for name in before if before[name] != after[name]} == {"JobTags", "CustomModelTags"}


def test_tags_of_the_job_are_not_those_of_its_role() -> None:
    """`Tags.of(job).remove` takes nothing from the role, which can be tagged itself."""
    stack = _stack()
    cdk.Tags.of(stack).add("Kostenträger", "42")
    job = _job(stack)
    cdk.Tags.of(job).remove("Kostenträger")
    cdk.Tags.of(job.role).add("team", "tickets")
    roles = of_type(stack, "AWS::IAM::Role")
    [tags] = [one["Properties"]["Tags"] for one in roles if "one model customization job" in str(one)]
    assert tags == [{"Key": "Kostenträger", "Value": "42"}, {"Key": "team", "Value": "tickets"}]
    assert _tags(stack) == {}
