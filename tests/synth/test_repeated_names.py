"""Two jobs with one name are found at synthesis: Bedrock would refuse the second one, and the first runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    Checks,
    CustomizationDefaults,
    InvalidJob,
    JobProvider,
    ModelCustomizationJob,
    ProviderSettings,
)
from tests.synth.templates import OUTPUT, TRAIN

if TYPE_CHECKING:
    from constructs import Construct

EXAMPLES = Path(__file__).parents[2] / "examples"
RULE = "bedrock-customization:name-repeated"
HERE = cdk.Environment(account="111122223333", region="us-east-1")
ELSEWHERE = cdk.Environment(account="111122223333", region="us-west-2")
ANOTHER = cdk.Environment(account="444455556666", region="us-east-1")
UNKNOWN = None
each_name = pytest.mark.parametrize("name", ["job_name", "custom_model_name"])


def _job(scope: Construct, id: str = "Triage", **more: object) -> ModelCustomizationJob:
    given: dict[str, Any] = {"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY} | more
    return ModelCustomizationJob(scope, id, base_model=BaseModel.NOVA_LITE, training_data=TRAIN, **given)


def _warnings(job: ModelCustomizationJob) -> list[str]:
    job.node.root.synth()  # type: ignore[attr-defined] # the root is an app
    return [str(one.data) for one in job.node.metadata if RULE in str(one.data)]


def _refusals(scope: Construct) -> list[str]:
    with pytest.raises(RuntimeError) as caught:
        scope.node.root.synth()  # type: ignore[attr-defined] # the root is an app
    return [line.partition("] ")[2] for line in str(caught.value).splitlines() if line.startswith("  [")]


def _condition(stack: cdk.Stack) -> cdk.CfnCondition:
    return cdk.CfnCondition(stack, "Never", expression=cdk.Fn.condition_equals("a", "b"))


@each_name
@pytest.mark.parametrize("env", [HERE, UNKNOWN])
def test_one_name_twice_in_a_stack_is_an_error(name: str, env: cdk.Environment | None) -> None:
    """The error names both jobs, and how to overrule it."""
    stack = cdk.Stack(cdk.App(), "Tickets", env=env)
    for one in ("First", "Second"):
        _job(stack, one, **{name: "tickets-1"})
    [error] = _refusals(stack)
    assert error.startswith(f"{name} of Tickets/Second must not be that of Tickets/First too")
    assert "got 'tickets-1'; write another name for one of them, or leave it out" in error
    assert error.endswith("To overrule: checks=Checks(overrides={'name-repeated': 'warn'})")


def test_a_name_in_a_job_file_has_its_line(tmp_path: Path) -> None:
    """The error has the name of the field and the position that the author knows."""
    file = tmp_path / "tickets.yaml"
    example = (EXAMPLES / "fine-tune-nova.yaml").read_text().replace("file://", "s3://amzn-s3-demo-bucket/")
    file.write_text(f"jobName: tickets-1\n{example}")
    stack = cdk.Stack(cdk.App(), "Tickets", env=HERE)
    _job(stack, "First", job_name="tickets-1")
    ModelCustomizationJob.from_request(stack, "Second", str(file))
    [error] = _refusals(stack)
    assert error.startswith(f"{file}:1:1: jobName of Tickets/Second must not be that of Tickets/First too")


def test_each_later_job_is_reported_once() -> None:
    """With the first job that has the name, for both names together."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    for one in ("First", "Second", "Third"):
        _job(stack, one, job_name="tickets-1", custom_model_name="tickets-1")
    assert [error.partition(" too")[0] for error in _refusals(stack)] == [
        "job_name of Tickets/Second must not be that of Tickets/First",
        "custom_model_name of Tickets/Second must not be that of Tickets/First",
        "job_name of Tickets/Third must not be that of Tickets/First",
        "custom_model_name of Tickets/Third must not be that of Tickets/First",
    ]


@pytest.mark.parametrize(("override", "warnings"), [("warn", 1), ("off", 0)])
def test_the_error_can_be_overruled(override: str, warnings: int) -> None:
    """By the checks of the job that it is about."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    _job(stack, "First", job_name="tickets-1")
    checks = Checks(overrides={"name-repeated": override})  # type: ignore[dict-item] # a case
    assert len(_warnings(_job(stack, "Second", job_name="tickets-1", checks=checks))) == warnings


def test_other_names_are_no_finding() -> None:
    """Generated names, tokens, and the names of a job and of a model that are the same."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    parameter = cdk.CfnParameter(stack, "Name").value_as_string
    _job(stack, "First", job_name="tickets-1", custom_model_name="tickets-2")
    _job(stack, "Second", job_name="tickets-2", custom_model_name="tickets-1")
    _job(stack, "Third", job_name=f"{parameter}-1")
    assert _warnings(_job(stack, "Fourth")) == []


@pytest.mark.parametrize("id", ["First", "Second"])
def test_a_condition_makes_it_a_warning(id: str) -> None:
    """Whichever job has it: they may never be deployed together."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    jobs = {name: _job(stack, name, job_name="tickets-1") for name in ("First", "Second")}
    resource = jobs[id].node.default_child
    assert isinstance(resource, cdk.CfnResource)
    resource.cfn_options.condition = _condition(stack)
    [warning] = _warnings(jobs["Second"])
    assert warning.startswith("job_name of Tickets/Second is that of Tickets/First too")
    assert "acknowledge this if only one is ever deployed" in warning


def test_a_nested_stack_is_deployed_with_the_stack_around_it() -> None:
    """Also where account and Region are not known; a condition of the nested stack is one of its jobs."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    nested = cdk.NestedStack(stack, "Nested")
    _job(stack, job_name="tickets-1")
    _job(nested, job_name="tickets-1")
    assert len(_refusals(stack)) == 1


def test_a_condition_of_the_nested_stack_counts() -> None:
    """It is the condition of everything in it."""
    stack = cdk.Stack(cdk.App(), "Tickets")
    nested = cdk.NestedStack(stack, "Nested")
    assert nested.nested_stack_resource is not None
    nested.nested_stack_resource.cfn_options.condition = _condition(stack)
    _job(stack, job_name="tickets-1")
    assert len(_warnings(_job(nested, job_name="tickets-1"))) == 1


@each_name
@pytest.mark.parametrize(
    ("one", "other", "warnings"),
    [(HERE, HERE, 1), (HERE, ELSEWHERE, 0), (HERE, ANOTHER, 0), (HERE, UNKNOWN, 0), (UNKNOWN, UNKNOWN, 0)],
    ids=["same", "Region", "account", "one unknown", "both unknown"],
)
@pytest.mark.parametrize("staged", [False, True], ids=["app", "stages"])
def test_two_stacks_of_one_account_and_region_are_a_warning(
    name: str,
    one: cdk.Environment | None,
    other: cdk.Environment | None,
    warnings: int,
    *,
    staged: bool,
) -> None:
    """They may never be deployed together, and what is not known may be different."""
    app = cdk.App()
    homes = [cdk.Stage(app, "One"), cdk.Stage(app, "Other")] if staged else [app, app]
    _job(cdk.Stack(homes[0], "First", env=one), **{name: "tickets-1"})
    second = _job(cdk.Stack(homes[1], "Second", env=other), **{name: "tickets-1"})
    assert len(_warnings(second)) == warnings


def test_another_app_of_the_process_is_not_this_one() -> None:
    """A notebook, or a test suite, defines many apps."""
    _job(cdk.Stack(cdk.App(), "Tickets", env=HERE), job_name="tickets-1")
    assert _warnings(_job(cdk.Stack(cdk.App(), "Tickets", env=HERE), job_name="tickets-1")) == []


each_setting = pytest.mark.parametrize("setting", ["role_name", "function_name"])


def _named(app: cdk.App, setting: str) -> None:
    settings: Any = {setting: "bank-jobs"}
    CustomizationDefaults(provider=ProviderSettings(**settings)).apply_to(app)


@each_setting
@pytest.mark.parametrize("env", [HERE, UNKNOWN])
def test_one_name_for_the_functions_of_nested_stacks_is_an_error(
    setting: str, env: cdk.Environment | None
) -> None:
    """A default of the app names the function of every stack, and the deployment would fail."""
    _named(app := cdk.App(), setting)
    stack = cdk.Stack(app, "Tickets", env=env)
    _job(stack)
    with pytest.raises(InvalidJob) as caught:
        _job(cdk.NestedStack(stack, "Nested"))
    [found] = caught.value.findings
    assert (found.name, found.path) == ("name-repeated", setting)
    first, second = "Tickets/BedrockModelCustomization", "Tickets/Nested/BedrockModelCustomization"
    assert found.rule.startswith(f"of {second} must not be that of {first} too: ")
    assert found.fix == "write another name for one of them, or leave it out to have a unique one generated"
    assert "To overrule: checks=Checks(overrides={'name-repeated': 'warn'})" in str(caught.value)


@each_setting
@pytest.mark.parametrize(
    ("env", "of"), [(HERE, {"role_name", "function_name"}), (ELSEWHERE, {"role_name"}), (ANOTHER, set())]
)
def test_one_name_for_the_functions_of_two_stages_is_a_warning(
    setting: str, env: cdk.Environment, of: set[str]
) -> None:
    """A role has its name once in an account, a function once in an account and a Region."""
    _named(app := cdk.App(), setting)
    for stage, place in (("Dev", HERE), ("Test", env)):
        _job(cdk.Stack(cdk.Stage(app, stage, env=place), "Tickets"))
    provider = JobProvider.of(app.node.find_child("Test").node.find_child("Tickets"))  # type: ignore[arg-type]
    found = [str(one.data) for one in provider.node.metadata if RULE in str(one.data)]
    assert len(found) == (setting in of)
    first, second = (f"{stage}/Tickets/BedrockModelCustomization" for stage in ("Dev", "Test"))
    assert all(f"{setting} of {second} is that of {first} too: " in one for one in found)


def test_precreated_roles_have_other_names() -> None:
    """The name of a default is that of no role then."""
    app = cdk.App()
    roles = {f"Tickets/{one}BedrockModelCustomization/Role": f"role{one[:-1]}" for one in ("", "Nested/")}
    jobs = {f"Tickets/{one}BedrockModelCustomizationJobs/Triage/Role": "job" for one in ("", "Nested/")}
    iam.Role.customize_roles(app, use_precreated_roles=roles | jobs)
    _named(app, "role_name")
    stack = cdk.Stack(app, "Tickets", env=HERE)
    _job(stack)
    _job(cdk.NestedStack(stack, "Nested"))
    found = [one.data for node in stack.node.find_all() for one in node.node.metadata]
    assert [one for one in found if RULE in str(one)] == []
