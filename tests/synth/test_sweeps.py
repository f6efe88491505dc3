"""Sweeps as the template has them, and what is wrong with one before anything is deployed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    Checks,
    Customization,
    CustomizationDefaults,
    CustomizationSweep,
    HyperParameters,
    InvalidJob,
    JobProvider,
    Keep,
    ModelCustomizationValidation,
    Objective,
    OnDelete,
    OutputBucket,
    OutputData,
    RftHyperParameters,
    TrainingData,
    Trial,
)
from constructs_lib.contract.sweeps import trial_request
from tests.synth.templates import KEY, OUTPUT, TRAIN, of_type, template

if TYPE_CHECKING:
    from collections.abc import Mapping

ENV = cdk.Environment(account="111122223333", region="us-east-1")
TWICE = {"epochCount": "2"}
GRID: Any = {"epoch_count": [1, 2, 3], "learning_rate": [1e-5, 5e-5]}
SWEEP = "Custom::BedrockCustomizationSweep"
GRADER = "arn:aws:lambda:us-east-1:111122223333:function:grader"


@pytest.fixture
def stack() -> cdk.Stack:
    """Return an empty stack."""
    return cdk.Stack(cdk.App(), "Tickets", env=ENV)


def search(stack: cdk.Stack, id: str = "Search", **more: object) -> CustomizationSweep:
    """Define a sweep with nothing of its own."""
    given: dict[str, Any] = {"base_model": BaseModel.NOVA_LITE, "training_data": TRAIN}
    given |= {"objective": Objective.TRAINING_LOSS, "custom_model_kms_key": AWS_OWNED_KEY}
    if "trials" not in more:
        given["grid"] = GRID
    return CustomizationSweep(stack, id, **(given | more))


def properties(stack: cdk.Stack) -> dict[str, Any]:
    """Return the properties of the only sweep."""
    [found] = of_type(stack, SWEEP)
    return dict(found["Properties"])


def requests(stack: cdk.Stack) -> list[Any]:
    """Return the requests of the trials."""
    found = properties(stack)
    return [trial_request(found["Request"], one) for one in found["Trials"]]


def problems(stack: cdk.Stack, **more: object) -> list[str]:
    """Return what is wrong with a sweep."""
    with pytest.raises(InvalidJob) as raised:
        search(stack, **more)
    return [one.sentence for one in raised.value.findings]


def notes(stack: cdk.Stack) -> list[str]:
    """Synthesize the app, and return the warnings and notes of a stack."""
    template(stack)
    found = (entry for one in stack.node.find_all() for entry in one.node.metadata)
    return [str(one.data) for one in found if one.type in ("aws:cdk:warning", "aws:cdk:info")]


def test_the_resource_has_one_request_and_what_each_trial_changes(stack: cdk.Stack) -> None:
    """The grid is multiplied in its order, numbers are exact, and nothing has a name."""
    sweep = search(stack, output_data=OUTPUT, keep=Keep.best(2), max_concurrency=3, revision="7")
    found = properties(stack)
    assert found["Trials"] == [
        {"hyperParameters": {"epochCount": epochs, "learningRate": rate}}
        for epochs in ("1", "2", "3")
        for rate in ("0.00001", "0.00005")
    ]
    assert not {"jobName", "customModelName", "hyperParameters"} & found["Request"].keys()
    assert {
        name: found[name] for name in ("MaxConcurrency", "Objective", "Keep", "OnDelete", "Revision")
    } == {
        "MaxConcurrency": "3",
        "Objective": "TrainingLoss",
        "Keep": "2",
        "OnDelete": "StopJob",
        "Revision": "7",
    }
    assert found["StateMachine"] == {"Ref": "Search14E54FC3StateMachine"}
    assert stack.resolve(sweep.state_machine_arn) == found["StateMachine"]


def test_the_results_are_below_the_output_and_apart_from_those_of_other_stacks(stack: cdk.Stack) -> None:
    """In a given bucket, which another stack may use too, the prefix names the stack."""
    made, given = search(stack, "Made"), search(stack, "Given", output_data=OUTPUT)
    own = search(stack, "Own", output_data=OutputBucket())
    outputs = template(stack)["Outputs"]
    assert outputs["MadeResultsUri"]["Value"] == stack.resolve(made.results_uri)
    assert json.dumps(stack.resolve(made.results_uri)).count('/sweep/results.json"') == 1
    assert "stack_id" not in json.dumps(outputs["MadeResultsUri"])
    assert stack.resolve(own.results_uri)["Fn::Join"][1][-1] == "/sweep/results.json"
    text = json.dumps(stack.resolve(given.results_uri))
    assert '"s3://amzn-s3-demo-bucket/out/Given' in text
    assert "AWS::StackId" in text
    prefixes = [one["Properties"]["Results"]["Prefix"] for one in of_type(stack, SWEEP)]
    assert all(json.dumps(one).rstrip(']}"').endswith("sweep/") for one in prefixes)


def test_the_state_machine_runs_each_trial_in_an_execution_of_its_own(stack: cdk.Stack) -> None:
    """As many as max_concurrency at a time, a failed one is tolerated, and the names of states are unique."""
    search(stack, max_concurrency=4)
    [machine] = of_type(stack, "AWS::StepFunctions::StateMachine")
    definition = json.loads(machine["Properties"]["DefinitionString"])
    trials = definition["States"]["Trials"]
    assert definition["StartAt"] == "Trials"
    assert trials["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert (trials["MaxConcurrency"], trials["ToleratedFailurePercentage"], trials["Next"]) == (
        4,
        100,
        "Report",
    )
    assert trials["ResultPath"] is None
    names = [*definition["States"], *trials["ItemProcessor"]["States"]]
    assert len(names) == len(set(names))
    assert trials["ItemProcessor"]["StartAt"] in trials["ItemProcessor"]["States"]


def test_the_machine_may_call_the_function_and_run_its_own_map(stack: cdk.Stack) -> None:
    """Nothing else; and the sweep waits for it."""
    search(stack)
    resources = template(stack)["Resources"]
    role = resources["Search14E54FC3StateMachineRole"]["Properties"]
    [policy] = role["Policies"]
    [invoke] = policy["PolicyDocument"]["Statement"]
    assert invoke["Action"] == "lambda:InvokeFunction"
    own = resources["Search14E54FC3StateMachinePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert [one["Action"] for one in own] == [
        "states:StartExecution",
        ["states:DescribeExecution", "states:StopExecution"],
    ]
    assert own[0]["Resource"] == {"Ref": "Search14E54FC3StateMachine"}
    assert json.dumps(own[1]["Resource"]).endswith('":*"]]}')
    assert "Search14E54FC3StateMachinePolicy" in resources["Search14E54FC3"]["DependsOn"]


def test_a_given_role_of_state_machines_is_not_changed(stack: cdk.Stack) -> None:
    """What it must be permitted is an output of the stack."""
    assumed = iam.ServicePrincipal("states.amazonaws.com")
    JobProvider.configure(stack, state_machine_role=iam.Role(stack, "Machines", assumed_by=assumed))
    search(stack)
    found = template(stack)
    assert not [name for name in found["Resources"] if "StateMachinePolicy" in name]
    [output] = [one for name, one in found["Outputs"].items() if name.endswith("Policy")]
    assert "states:StartExecution" in json.dumps(output["Value"])
    assert "lambda:InvokeFunction" in json.dumps(output["Value"])


def test_the_function_may_write_the_results_and_start_the_machine(stack: cdk.Stack) -> None:
    """In a policy of its own, that a cleanup still has; on exactly these objects and this machine."""
    bucket = s3.Bucket(stack, "Results")
    search(stack, output_data=OutputData.from_bucket(bucket, "runs/", encryption_key=KEY))
    policy = template(stack)["Resources"]["Search14E54FC3Sweep"]["Properties"]["PolicyDocument"]["Statement"]
    assert [one["Action"] for one in policy] == [
        "states:StartExecution",
        ["s3:GetObject", "s3:PutObject"],
        ["kms:Decrypt", "kms:GenerateDataKey"],
    ]
    ends = [json.dumps(one).rpartition("sweep/")[2] for one in policy[1]["Resource"]]
    assert [one.partition('"')[0] for one in ends] == ["results.json", "definitions/*"]
    assert policy[2]["Resource"] == KEY


def test_models_are_deleted_only_where_something_asks_for_it(stack: cdk.Stack) -> None:
    """Keep.best and OnDelete.DELETE_MODEL permit it, and nothing else does."""
    search(stack)
    assert "bedrock:DeleteCustomModel" not in json.dumps(template(stack))
    for more in ({"keep": Keep.best()}, {"on_delete": OnDelete.DELETE_MODEL}):
        other = cdk.Stack(cdk.App(), "Tickets", env=ENV)
        search(other, **more)
        assert "bedrock:DeleteCustomModel" in json.dumps(template(other))


def test_trials_have_data_of_their_own(stack: cdk.Stack) -> None:
    """The role reads what some trial is trained on, and the sweep's own data only if a trial uses it."""
    small, large = (
        TrainingData.from_s3_uri(f"s3://amzn-s3-demo-bucket/{one}.jsonl") for one in ("small", "large")
    )
    search(stack, training_data=None, trials=[Trial(training_data=small), Trial(training_data=large)])
    assert [one["trainingDataConfig"]["s3Uri"] for one in requests(stack)] == [small.s3_uri, large.s3_uri]
    policies = json.dumps([*of_type(stack, "AWS::IAM::Policy"), *of_type(stack, "AWS::IAM::Role")])
    assert all(f"/{one}.jsonl" in policies for one in ("small", "large"))
    other = cdk.Stack(cdk.App(), "Tickets", env=ENV)
    search(other, trials=[Trial(training_data=small), Trial(training_data=large)])
    assert "train.jsonl" not in json.dumps(template(other))


def test_hyperparameters_of_the_sweep_are_those_of_every_trial(stack: cdk.Stack) -> None:
    """A trial replaces single ones; it can name them as the API does."""
    shared = Customization.fine_tuning(HyperParameters(epoch_count=2, learning_rate_warmup_steps=5))
    trials = [
        Trial(hyper_parameters={"epoch_count": 3}),
        Trial(hyper_parameters={"learningRate": 5e-5}),
        Trial(hyper_parameters=HyperParameters(learning_rate=2e-5)),
        Trial(),
    ]
    search(stack, customization=shared, trials=trials)
    base = {"epochCount": "2", "learningRateWarmupSteps": "5"}
    assert [one["hyperParameters"] for one in requests(stack)] == [
        {**base, "epochCount": "3"},
        {**base, "learningRate": "0.00005"},
        {**base, "learningRate": "0.00002"},
        base,
    ]


def test_reinforcement_fine_tuning_has_its_hyperparameters_in_another_place(stack: cdk.Stack) -> None:
    """They are numbers there, and a trial keeps the grader."""
    customization = Customization.reinforcement_fine_tuning(GRADER, RftHyperParameters(batch_size=32))
    search(
        stack,
        base_model=BaseModel.NOVA_2_LITE,
        customization=customization,
        grid={"epoch_count": [1, 2], "learning_rate": [1e-5]},
    )
    config = [one["customizationConfig"]["rftConfig"] for one in requests(stack)]
    assert [one["hyperParameters"] for one in config] == [
        {"epochCount": epochs, "batchSize": 32, "learningRate": 1e-5} for epochs in (1, 2)
    ]
    assert {one["graderConfig"]["lambdaGrader"]["lambdaArn"] for one in config} == {GRADER}


def test_two_hundred_trials_fit_into_a_template(stack: cdk.Stack) -> None:
    """And into what one role may be permitted; the jobs in a template may be 51,200 bytes in all."""
    rates = [f"0.0000{number}" for number in range(10, 50)]
    search(stack, grid={"learning_rate": rates, "epoch_count": [1, 2, 3, 4, 5]})
    assert len(properties(stack)["Trials"]) == 200
    assert len(json.dumps(template(stack))) < 100_000


def test_what_is_wrong_with_every_trial_is_one_problem(stack: cdk.Stack) -> None:
    """What is wrong with some of them names the first, and how many others there are."""
    found = problems(
        stack, grid={"epoch_count": [1, 6], "learning_rate": [1e-5, 2e-5]}, job_tags={"aws:a": "b"}
    )
    assert len(found) == 2
    assert found[0].startswith("job_tags[0].key must not start with aws:")
    assert (
        "epoch_count of trial 2 (epoch_count=6, learning_rate=0.00001) and 1 other must be 1 to 5" in found[1]
    )


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"grid": None}, "grid or trials must be given, one of them"),
        ({"trials": [], "grid": GRID}, "grid or trials must be given, and not both"),
        ({"grid": {}}, "grid must come to 2 to 200 trials, got 0"),
        (
            {"grid": {"epoch_count": [1]}},
            "grid must come to 2 to 200 trials, got 1; use ModelCustomizationJob",
        ),
        ({"grid": {"epoch_count": [*range(10**6)]}}, "got 1,000,000"),
        ({"grid": {"epoch_count": 2}}, "grid['epoch_count'] must be a list of values"),
        ({"grid": {"epoch_count": "12"}}, "grid['epoch_count'] must be a list of values"),
        ({"grid": {"epoch_count": [1, None]}}, "none of them None"),
        ({"grid": {"epoch_count": []}}, "at least one"),
        ({"grid": [1]}, "grid must be a mapping"),
        ({"grid": {5: [1]}}, "grid must be a mapping"),
        ({"grid": {"epoch_count": [1, 1]}}, "trial 1 (epoch_count=1) must not be repeated"),
        ({"grid": {"learning_rate": [1e-5, "0.00001"]}}, "must not be repeated"),
        ({"grid": {"learning_rate": ["1e-5", "0.000010"]}}, "must not be repeated"),
        ({"trials": 3}, "trials must be a list of Trial"),
        ({"trials": [Trial(), {}]}, "trials[1] must be a Trial, got a dict"),
        ({"trials": [Trial(), Trial(hyper_parameters=3)]}, "trials[1].hyper_parameters must be"),  # type: ignore[arg-type]
        ({"trials": [Trial(), Trial(training_data=3)]}, "of trial 1 (its own training_data) must be a Train"),  # type: ignore[arg-type]
        ({"trials": [Trial(), Trial(hyper_parameters={"epoch_count": None})]}, "must be HyperParameters"),  # type: ignore[dict-item]
        ({"trials": [Trial(), Trial(hyper_parameters=RftHyperParameters(epoch_count=1))]}, "must be HyperP"),
        (
            {"trials": [Trial(), Trial(hyper_parameters={"epoch_count": 1, "epochCount": 2})]},
            "hyper_parameters of a trial must not have both epoch_count and epochCount; keep one of the two",
        ),
        (
            {"trials": [Trial(), Trial(hyper_parameters=HyperParameters(epoch_count=1, other=TWICE))]},
            "must not have both epoch_count and epochCount",
        ),
        ({"grid": {"epoch_count": [1], "epochCount": [2, 3]}}, "must not have both epoch_count and epochC"),
        ({"max_concurrency": 11}, "max_concurrency must be 1 to 10"),
        ({"max_concurrency": 0}, "max_concurrency must be 1 to 10"),
        ({"max_concurrency": True}, "max_concurrency must be a whole number"),
        ({"objective": "loss"}, "objective must be an Objective"),
        ({"keep": 1}, "keep must be a Keep"),
        ({"keep": Keep.best(7)}, "keep must keep 1 to 6 models"),
        ({"keep": Keep.best(0)}, "keep must keep 1 to 6 models"),
        ({"keep": Keep.best(), "objective": Objective.VALIDATION_LOSS}, "must not delete models by a loss"),
        ({"output_data": OutputBucket(only_from_vpc_id="vpc-1")}, "must not be limited to a VPC"),
        (
            {"output_data": OutputData.from_s3_uri("s3://there/", bucket_owner="444455556666")},
            "stack's account",
        ),
        ({"output_data": "s3://amzn-s3-demo-bucket/a b/"}, "must have a prefix of letters"),
        ({"training_data": None}, "training_data must be a TrainingData"),
        ({"grid": {"\x1b[2J": ["[red]", "\x1b[2J"]}, "base_model": ""}, "base_model must be"),
    ],
)
def test_a_mistake_is_a_sentence(stack: cdk.Stack, more: Mapping[str, object], sentence: str) -> None:
    """It says what and where, and nothing is left in the stack."""
    found = problems(stack, **more)
    assert any(sentence in one for one in found), found
    assert all(one.isprintable() for one in found)
    assert stack.node.try_find_child("Search") is None


def test_the_limit_of_tokens_is_for_all_trials_together(stack: cdk.Stack) -> None:
    """Each trial alone is below it; without a limit a note says how much is trained."""
    file = TrainingData.from_file("examples/fine-tune-nova.jsonl")
    grid = {"epoch_count": [1, 2]}
    [found] = problems(stack, training_data=file, grid=grid, max_training_tokens=10_000)
    assert "max_training_tokens must not be exceeded" in found
    assert "at most 13,818 tokens" in found
    search(stack, training_data=file, grid=grid, max_training_tokens=13_818)
    assert any("trains 2 jobs; about 8,526 tokens in all, 13,818 at most" in one for one in notes(stack))


def test_the_limit_for_data_in_s3_is_checked_by_the_deployment(stack: cdk.Stack) -> None:
    """That of all trials together, and that of a company for each; the function may list each key once."""
    CustomizationDefaults(max_training_tokens=500_000).apply_to(stack)
    trials = [Trial(training_data=f"s3://amzn-s3-demo-bucket/{one}.jsonl") for one in "aba"]
    trials[2] = replace(trials[2], hyper_parameters={"epoch_count": 3})
    search(stack, trials=trials, training_data=None, max_training_tokens=1_000_000)
    assert properties(stack)["TrainingLimit"] == {
        "Tokens": "1000000",
        "TokensOfEach": "500000",
        "DefaultEpochs": "2",
    }
    policies = json.dumps([one["Properties"].get("Policies") for one in of_type(stack, "AWS::IAM::Role")])
    assert [policies.count(f'"s3:prefix": "{one}.jsonl"') for one in "ab"] == [1, 1]


def test_without_validation_data_there_is_nothing_to_compare(stack: cdk.Stack) -> None:
    """It is a warning while all models are kept, and it can be switched off."""
    search(stack, objective=Objective.VALIDATION_LOSS)
    assert any("objective needs validation_data" in one for one in notes(stack))
    other = cdk.Stack(cdk.App(), "Tickets", env=ENV)
    search(other, objective=Objective.VALIDATION_LOSS, checks=Checks(overrides={"sweep-objective": "off"}))
    assert not any("objective" in one for one in notes(other))


def test_the_end_of_a_sweep_is_an_event(stack: cdk.Stack) -> None:
    """Of its own state machine, and not of the executions of single trials."""
    queue = sqs.Queue(stack, "Ended")
    search(stack).on_finished("Finished", target=targets.SqsQueue(queue))
    [rule] = of_type(stack, "AWS::Events::Rule")
    assert rule["Properties"]["EventPattern"] == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "stateMachineArn": [{"Ref": "Search14E54FC3StateMachine"}],
            "status": ["SUCCEEDED", "FAILED", "TIMED_OUT"],
        },
    }


def test_the_defaults_of_a_platform_are_those_of_sweeps_too(stack: cdk.Stack) -> None:
    """Tags are required of the sweep, and its models must be allowed ones; they come before it."""
    defaults = CustomizationDefaults(required_tags=["team"], allowed_base_models=[BaseModel.NOVA_MICRO])
    defaults.apply_to(stack)
    assert any("base_model" in one for one in problems(stack))
    other = cdk.Stack(cdk.App(), "Tickets", env=ENV)
    CustomizationDefaults(required_tags=["team"], job_tags={"cost": "7"}).apply_to(other)
    search(other)
    with pytest.raises(RuntimeError, match="team"):
        template(other)
    late = cdk.Stack(cdk.App(), "Tickets", env=ENV)
    search(late)
    with pytest.raises(InvalidJob, match="must be called before Tickets/Search is defined"):
        CustomizationDefaults(job_tags={"cost": "7"}).apply_to(late)


def test_tags_of_the_stack_are_those_of_jobs_and_models(stack: cdk.Stack) -> None:
    """As for a job."""
    cdk.Tags.of(stack).add("cost-centre", "7")
    search(stack)
    expected = [{"key": "cost-centre", "value": "7"}]
    assert (properties(stack)["JobTags"], properties(stack)["CustomModelTags"]) == (expected, expected)


def test_the_validation_plugin_judges_every_trial() -> None:
    """What an escape hatch has changed is found where it is; what all trials share is found once."""
    app = cdk.App()
    stack = cdk.Stack(app, "Tickets", env=ENV)
    cdk.Validations.of(app).add_plugins(ModelCustomizationValidation())
    resource: Any = search(stack).node.default_child
    resource.add_property_override("Trials.3.hyperParameters.epochCount", "9")
    resource.add_property_override("Request.baseModelIdentifier", "amazon.nova-lite-v1:0:300k")
    with pytest.raises(RuntimeError) as raised:
        app.synth()
    assert str(raised.value).count("must be 1 to 5") == 1


# -- the parameter with the best model ----------------------------------------------------------------------


def test_the_best_model_has_a_parameter_of_the_sweep(stack: cdk.Stack) -> None:
    """It is a published model that names the sweep and goes before it; the sweep names the parameter."""
    sweep = search(stack, best_model_arn_parameter="/search/model")
    found = template(stack)["Resources"]
    [published] = of_type(stack, "Custom::BedrockPublishedModel")
    assert {
        name: published["Properties"][name] for name in ("Job", "JobArn", "ParameterName", "OnDelete")
    } == {
        "Job": "Search14E54FC3",
        "JobArn": {"Ref": "Search14E54FC3"},
        "ParameterName": "/search/model",
        "OnDelete": "Delete",
    }
    assert found["Search14E54FC3"]["Properties"]["ParameterName"] == "/search/model"
    assert "BestModel" in str(stack.resolve(sweep.best_model_arn_parameter))
    assert "parameter/search/model" in json.dumps(found)


def test_a_parameter_is_retained_with_everything_else(stack: cdk.Stack) -> None:
    """`OnDelete.RETAIN` leaves jobs, models and the parameter."""
    search(stack, best_model_arn_parameter="/search/model", on_delete=OnDelete.RETAIN)
    [published] = of_type(stack, "Custom::BedrockPublishedModel")
    assert published["Properties"]["OnDelete"] == "Retain"


def test_without_a_parameter_nothing_of_it_is_in_the_template(stack: cdk.Stack) -> None:
    """Neither a property nor a permission."""
    assert search(stack).best_model_arn_parameter is None
    text = json.dumps(template(stack))
    assert "ParameterName" not in text
    assert "ssm:" not in text


@pytest.mark.parametrize("name", ["/a//b", "a b", "", 3, "aws-model", cdk.Aws.STACK_NAME])
def test_a_name_that_no_parameter_can_have_is_an_error(stack: cdk.Stack, name: object) -> None:
    """The argument is named."""
    with pytest.raises(InvalidJob, match="best_model_arn_parameter"):
        search(stack, best_model_arn_parameter=name)


def test_two_sweeps_have_no_parameter_in_common(stack: cdk.Stack) -> None:
    """Each would overwrite what the other has written."""
    search(stack, best_model_arn_parameter="/search/model")
    with pytest.raises(InvalidJob, match="must not be a parameter that Tickets/Search/BestModel writes too"):
        search(stack, "Other", best_model_arn_parameter="/search/model")
