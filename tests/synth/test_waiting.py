"""What a deployment that waits for its job has in its template, and what a wait must not be."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    CustomModelDeployment,
    InvalidJob,
    JobProvider,
    ModelCustomizationJob,
    OnDelete,
    OutputData,
    Wait,
)
from tests.synth.dependency_graph import find_cycle
from tests.synth.templates import KEY, OUTPUT, TRAIN, of_type, template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[2]
ENV = cdk.Environment(account="111122223333", region="us-east-1")
HOURS = Wait.for_completion(cdk.Duration.hours(6))
OR_FAIL = Wait.for_completion(cdk.Duration.hours(6), fail_on_timeout=True)
RESULT = "Custom::BedrockModelCustomizationResult"
CONDITION = "AWS::CloudFormation::WaitCondition"
ROLE = "arn:aws:iam::111122223333:role/States"


@pytest.fixture
def stack() -> cdk.Stack:
    """Return an empty stack."""
    return cdk.Stack(cdk.App(), "Tickets", env=ENV)


def triage(scope: cdk.Stack, id: str = "Triage", **more: object) -> ModelCustomizationJob:
    """Define a job that needs nothing of its own."""
    given: dict[str, Any] = {"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY, "wait": HOURS}
    given = {"base_model": BaseModel.NOVA_LITE, "training_data": TRAIN} | given | more
    return ModelCustomizationJob(scope, id, **given)


def condition_id(**more: object) -> str:
    """Return the logical id of the wait condition of a job."""
    scope = cdk.Stack(cdk.App(), "Tickets", env=ENV)
    condition: Any = triage(scope, **more).node.find_child("WaitCondition")
    return str(scope.resolve(condition.logical_id))


def messages(stack: cdk.Stack) -> dict[str, str]:
    """Return the warnings and notes of an app, by the names of their rules."""
    template(stack)
    metadata = [one for scope in stack.node.find_all() for one in scope.node.metadata]
    found = [str(one.data) for one in metadata if one.type in ("aws:cdk:warning", "aws:cdk:info")]
    named = [(re.search(r"\[ack: bedrock-customization:([a-z-]+)\]", one), one) for one in found]
    return {match[1]: text for match, text in named if match}


@cache
def kinds_of(jobs: int, wait: Wait) -> Counter[str]:
    """Return how many resources of each type a stack with some jobs has."""
    scope = cdk.Stack(cdk.App(), "Tickets", env=ENV)
    for number in range(jobs):
        triage(scope, f"Job{number}", wait=wait)
    return Counter(one["Type"] for one in template(scope)["Resources"].values())


OF_FUNCTION = ["AWS::IAM::Policy", "AWS::IAM::Role", "AWS::StepFunctions::StateMachine"]
OF_JOB = [CONDITION, RESULT]


@pytest.mark.parametrize(
    ("jobs", "wait", "kinds"),
    [
        (1, Wait.for_validation(), [RESULT]),
        (1, HOURS, [*OF_FUNCTION, *OF_JOB]),
        (2, HOURS, [*OF_FUNCTION, *OF_JOB, *OF_JOB]),
    ],
    ids=["validation", "completion", "completion of two jobs"],
)
def test_a_wait_adds_what_the_documentation_says(jobs: int, wait: Wait, kinds: list[str]) -> None:
    """One state machine is enough for all jobs of a stack; docs/waiting.md has the numbers."""
    assert kinds_of(jobs, wait) - kinds_of(jobs, Wait.NONE) == Counter(kinds)


def test_the_documentation_has_these_numbers() -> None:
    """The table is about what a deployment pays for."""
    page = (ROOT / "docs" / "waiting.md").read_text(encoding="utf-8")
    for name, of_function, of_job in (
        ("no wait", 0, 0),
        ("`Wait.for_validation()`", 0, 1),
        ("`Wait.for_completion()`", len(OF_FUNCTION), len(OF_JOB)),
    ):
        assert re.search(rf"\| {re.escape(name)} \| {of_function}\b[^|]*\| {of_job}\b[^|]*\|", page), name


def test_the_template_of_a_job_that_is_waited_for(stack: cdk.Stack) -> None:
    """The job says how it is waited for, the wait condition comes after it, and its result after that."""
    triage(stack, wait=OR_FAIL)
    resources = template(stack)["Resources"]
    ids = {one["Type"]: name for name, one in resources.items()}
    job, result = (resources[ids[kind]] for kind in ("Custom::BedrockModelCustomizationJob", RESULT))
    machine = {"Ref": ids["AWS::StepFunctions::StateMachine"]}
    assert job["Properties"]["Wait"] == {
        "WaitCondition": ids[CONDITION],
        "StateMachine": machine,
        "Seconds": "21600",
    }
    [permission] = [
        name
        for name, one in resources.items()
        if one["Type"] == "AWS::IAM::Policy" and machine in _resources_of(one)
    ]
    assert permission in job["DependsOn"]
    assert re.fullmatch(r"TriageF8A5E379WaitCondition[0-9a-f]{8}", ids[CONDITION])
    assert resources[ids[CONDITION]] == {
        "Type": CONDITION,
        "DependsOn": ["TriageF8A5E379"],
        "CreationPolicy": {"ResourceSignal": {"Count": 4, "Timeout": "PT6H"}},
    }
    assert result["DependsOn"] == [ids[CONDITION]]
    assert {name: value for name, value in result["Properties"].items() if "Service" not in name} == {
        "Job": "TriageF8A5E379",
        "JobArn": {"Ref": "TriageF8A5E379"},
        "Until": "Completion",
        "Seconds": "21600",
        "FailOnFailure": "true",
        "FailOnTimeout": "true",
    }
    assert template(stack)["Outputs"]["TriageCustomModelArn"]["Value"] == {
        "Fn::GetAtt": [ids[RESULT], "OutputModelArn"]
    }


def _resources_of(policy: Mapping[str, Any]) -> list[Any]:
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    return [one["Resource"] for one in statements]


def test_the_definition_of_the_state_machine_names_no_stack(stack: cdk.Stack) -> None:
    """It is the same text everywhere; the function is substituted."""
    triage(stack)
    [machine] = of_type(stack, "AWS::StepFunctions::StateMachine")
    definition = json.loads(machine["Properties"]["DefinitionString"])
    look = definition["States"]["Look"]
    assert look["Parameters"] == {"FunctionName": "${Function}", "Payload": {"task.$": "$.task"}}
    gone, others = look["Retry"]
    assert (gone["ErrorEquals"], gone["MaxAttempts"]) == (["Lambda.ResourceNotFoundException"], 0)
    assert others["ErrorEquals"] == ["States.ALL"]
    longest = others["MaxAttempts"] * others["MaxDelaySeconds"]
    assert longest > 12 * 3600, "the function may be throttled for as long as a deployment waits"


def test_only_what_starts_another_job_is_waited_for_again() -> None:
    """A changed timeout is, too: a job that still runs is then waited for longer."""
    same = condition_id()
    for unchanged in (
        {"job_tags": {"team": "a"}},
        {"custom_model_tags": {"team": "a"}},
        {"on_delete": OnDelete.RETAIN},
        {"wait": OR_FAIL},
        {"base_model": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k"},
        {"validation_data": []},
    ):
        assert condition_id(**unchanged) == same, unchanged
    others = [
        condition_id(**changed)
        for changed in (
            {"revision": "2"},
            {"base_model": BaseModel.NOVA_MICRO},
            {"job_name": "tickets"},
            {"custom_model_kms_key": KEY},
            {"output_data": OutputData.from_s3_uri("s3://amzn-s3-demo-bucket/elsewhere/")},
            {"retrain_on_infrastructure_change": True},
            {"wait": Wait.for_completion(cdk.Duration.hours(7))},
        )
    ]
    assert len({same, *others}) == 1 + len(others)


def test_a_nested_stack_a_condition_and_another_logical_id(stack: cdk.Stack) -> None:
    """All of it is in the job's own stack, under its condition, and named after its resource."""
    nested = cdk.NestedStack(stack, "Nested")
    job = triage(nested)
    resource: Any = job.node.find_child("Resource")
    resource.override_logical_id("Mine")
    resource.cfn_options.condition = cdk.CfnCondition(
        nested, "IfWanted", expression=cdk.Fn.condition_equals(cdk.Aws.REGION, "us-east-1")
    )
    app = stack.node.root
    assert isinstance(app, cdk.App)
    [file] = Path(app.synth().directory).glob("*.nested.template.json")
    made = json.loads(file.read_text(encoding="utf-8"))
    [condition] = [name for name, one in made["Resources"].items() if one["Type"] == CONDITION]
    assert condition.startswith("MineWaitCondition")
    assert made["Resources"]["Mine"]["Properties"]["Wait"]["WaitCondition"] == condition
    waiting = [one for one in made["Resources"].values() if one["Type"] in (CONDITION, RESULT)]
    outputs = [one for name, one in made["Outputs"].items() if name.startswith("Nested")]
    assert {one.get("Condition") for one in [*waiting, *outputs]} == {"IfWanted"}


@pytest.mark.parametrize(
    ("wait", "problem"),
    [
        (Wait.for_completion(cdk.Duration.hours(13)), "must be at most 12 hours"),
        (Wait.for_completion(cdk.Duration.minutes(29)), "must be at least 30 minutes"),
        (Wait.for_completion(6), "must be an aws_cdk.Duration"),  # type: ignore[arg-type]
        (Wait.for_completion(cdk.Duration.seconds(cdk.Token.as_number("x"))), "must be known at synthesis"),
        (Wait.for_completion(fail_on_failure="no"), "must be True or False"),  # type: ignore[arg-type]
        (Wait.for_validation(up_to=cdk.Duration.minutes(13)), "must be 1 to 12 minutes"),
        (Wait.for_validation(up_to=cdk.Duration.seconds(30)), "must be 1 to 12 minutes"),
        (Wait.for_validation(up_to="10"), "must be an aws_cdk.Duration"),  # type: ignore[arg-type]
        ("completion", "must be a Wait"),
        (Wait, "must be a Wait"),
    ],
)
def test_a_wait_that_is_not_possible_is_refused_with_all_other_problems(
    stack: cdk.Stack, wait: object, problem: str
) -> None:
    """The author corrects everything at once."""
    with pytest.raises(InvalidJob) as raised:
        triage(stack, wait=wait, job_name="bad_name")
    assert [one.path.partition(".")[0] for one in raised.value.findings] == ["wait", "job_name"]
    assert problem in raised.value.findings[0].rule


@pytest.mark.parametrize("name", ["custom_model_arn", "training_loss", "validation_loss"])
@pytest.mark.parametrize("wait", [Wait.NONE, Wait.for_validation()], ids=["none", "validation"])
def test_what_nobody_waits_for_is_not_known(stack: cdk.Stack, name: str, wait: Wait) -> None:
    """The error says how to get it."""
    with pytest.raises(InvalidJob, match=r"give the job wait=Wait\.for_completion\(\)"):
        getattr(triage(stack, wait=wait), name)


def test_authors_are_told_what_a_wait_means(stack: cdk.Stack) -> None:
    """The stack is locked, and another value of a parameter is not waited for."""
    key = cdk.CfnParameter(stack, "Day", default="monday").value_as_string
    triage(stack, training_data=f"s3://amzn-s3-demo-bucket/{key}.jsonl")
    found = messages(stack)
    assert "up to 6 hours" in found["wait-lock"]
    assert "the parameter Day" in found["wait-parameter"]
    assert "wait-session" not in found


def test_credentials_of_the_author_may_expire() -> None:
    """Only where CloudFormation has no role of its own, and the wait is longer than a session."""
    for wait, is_warned in ((HOURS, True), (Wait.for_completion(cdk.Duration.hours(1)), False)):
        synthesizer = cdk.CliCredentialsStackSynthesizer()
        scope = cdk.Stack(cdk.App(), "Tickets", env=ENV, synthesizer=synthesizer)
        triage(scope, wait=wait)
        assert ("wait-session" in messages(scope)) is is_warned


def test_a_model_is_deployed_and_published_in_the_deployment(stack: cdk.Stack) -> None:
    """The job itself and its token are the same; where there may be no model, IAM goes by tags."""
    job = triage(stack)
    user = iam.User(stack, "User")
    for number, model in enumerate((job, job.custom_model_arn)):
        CustomModelDeployment(stack, f"Serve{number}", model=model).grant_invoke(user)
    triage(stack, "Next", base_model=job.custom_model_arn, wait=Wait.NONE)
    job.publish_model_arn("/tickets/model")
    resources = template(stack)["Resources"]
    assert find_cycle(template(stack)) == []
    [result] = [name for name, one in resources.items() if one["Type"] == RESULT]
    arn = {"Fn::GetAtt": [result, "OutputModelArn"]}
    deployments = of_type(stack, "Custom::BedrockCustomModelDeployment")
    assert [one["Properties"]["ModelArn"] for one in deployments] == [arn, arn]
    [parameter] = of_type(stack, "Custom::BedrockPublishedModel")
    assert result in parameter["DependsOn"]
    bases = [
        one["Properties"]["Request"]["baseModelIdentifier"]
        for one in of_type(stack, "Custom::BedrockModelCustomizationJob")
    ]
    assert arn in bases
    [policy] = [one for name, one in resources.items() if name.startswith("UserDefaultPolicy")]
    assert "DeploymentArn" not in json.dumps(policy), "IAM takes no empty resource"


def test_the_arn_of_a_deployment_is_known_where_a_deployment_without_a_model_fails(stack: cdk.Stack) -> None:
    """Then a parameter can hold it, and a policy name it."""
    job = triage(stack, wait=OR_FAIL)
    deployment = CustomModelDeployment(stack, "Serve", model=job, arn_parameter_name="/tickets/served")
    deployment.grant_invoke(iam.User(stack, "User"))
    assert "DeploymentArn" in json.dumps(of_type(stack, "AWS::IAM::Policy"))
    with pytest.raises(InvalidJob, match="fail_on_timeout=True"):
        CustomModelDeployment(
            stack, "Other", model=triage(stack, "Maybe"), arn_parameter_name="/tickets/other"
        )
    with pytest.raises(InvalidJob, match=r"wait=Wait\.for_completion\(\)"):
        CustomModelDeployment(stack, "Never", model=triage(stack, "Alone", wait=Wait.for_validation()))


def test_what_may_be_empty_is_not_exported() -> None:
    """CloudFormation refuses it, after hours of training."""
    for wait, is_error in ((HOURS, True), (OR_FAIL, False)):
        scope = cdk.Stack(cdk.App(), "Tickets", env=ENV)
        job = triage(scope, wait=wait)
        cdk.CfnOutput(scope, "Model", value=job.custom_model_arn, export_name="model")
        if is_error:
            with pytest.raises(RuntimeError, match="custom_model_arn of Tickets/Triage must not be exported"):
                template(scope)
        else:
            assert "custom_model_arn of Tickets/Triage is exported" in messages(scope)["exported-job-arn"]


GIVEN: dict[str, Callable[[cdk.Stack], iam.IRole | str]] = {
    "by its ARN": lambda _: ROLE,
    "as a construct": lambda stack: iam.Role(
        stack, "States", assumed_by=iam.ServicePrincipal("states.amazonaws.com"), role_name="States"
    ),
}


@pytest.mark.parametrize("way", GIVEN)
def test_a_platform_can_give_the_role_of_the_state_machine(stack: cdk.Stack, way: str) -> None:
    """It is used and never changed; an output says what it must be permitted."""
    JobProvider.configure(stack, state_machine_role=GIVEN[way](stack))
    triage(stack)
    [machine] = of_type(stack, "AWS::StepFunctions::StateMachine")
    role = machine["Properties"]["RoleArn"]
    assert role in (ROLE, {"Fn::GetAtt": ["States0B8B2DB9", "Arn"]}) or "States" in json.dumps(role)
    permitted = [
        one for one in of_type(stack, "AWS::IAM::Policy") if "lambda:InvokeFunction" in json.dumps(one)
    ]
    assert permitted == []
    [output] = [name for name in template(stack)["Outputs"] if name.endswith("TasksPolicy")]
    assert "lambda:InvokeFunction" in json.dumps(template(stack)["Outputs"][output])


def test_the_role_of_the_state_machine_has_what_the_platform_prescribes(stack: cdk.Stack) -> None:
    """Path and permissions boundary are those of the function's role."""
    boundary = "arn:aws:iam::111122223333:policy/Bounded"
    JobProvider.configure(stack, role_path="/platform/", permissions_boundary=boundary)
    triage(stack)
    roles = [
        (one["Properties"]["Path"], one["Properties"]["PermissionsBoundary"])
        for name, one in template(stack)["Resources"].items()
        if one["Type"] == "AWS::IAM::Role" and name.startswith("BedrockModelCustomization")
    ]
    assert roles == [("/platform/", boundary)] * 2


def test_a_role_that_step_functions_cannot_assume_is_refused(stack: cdk.Stack) -> None:
    """The state machine would never start."""
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    with pytest.raises(InvalidJob, match=r"state_machine_role must be a role that trusts AWS Step Functions"):
        JobProvider.configure(stack, state_machine_role=role)


def test_a_function_with_a_given_role_lists_what_a_wait_needs(stack: cdk.Stack) -> None:
    """The platform permits it to start the state machine and to signal."""
    role = iam.Role(stack, "Jobs", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    provider = JobProvider.configure(stack, role=role, tracing=lambda_.Tracing.ACTIVE)
    triage(stack)
    needed = {action: one["Resource"] for one in provider.required_statements for action in _actions(one)}
    assert "cloudformation:SignalResource" in needed
    started = stack.resolve(needed["states:StartExecution"])["Fn::Join"][1]
    assert started[-1].endswith(":stateMachine:BedrockModelCustomizationTasks027D2235*")
    for one in provider.required_statements:
        role.add_to_policy(iam.PolicyStatement.from_json(one))
    assert find_cycle(template(stack)) == []


def _actions(statement: Mapping[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else actions


def test_roles_that_the_platform_has_made_before() -> None:
    """`customize_roles` replaces the role of the state machine too."""
    app = cdk.App()
    stack = cdk.Stack(app, "Tickets", env=ENV)
    names = {
        "Tickets/BedrockModelCustomization/Role": "Function",
        "Tickets/BedrockModelCustomization/Tasks/Role": "States",
        "Tickets/BedrockModelCustomizationJobs/Triage/Role": "Job",
    }
    iam.Role.customize_roles(stack, use_precreated_roles=names)
    triage(stack)
    assert of_type(stack, "AWS::IAM::Role") == []
    [machine] = of_type(stack, "AWS::StepFunctions::StateMachine")
    assert json.dumps(machine["Properties"]["RoleArn"]).endswith(':role/States"]]}')
