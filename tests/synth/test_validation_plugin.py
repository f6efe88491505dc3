"""The validation plugin: the same rules for jobs in hand-written custom resources."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as s3_assets
from aws_cdk import custom_resources as cr
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib import (
    BaseModel,
    Checks,
    Customization,
    HyperParameters,
    InvalidJob,
    ModelCustomizationJob,
    ModelCustomizationValidation,
)
from constructs_lib.contract import REQUEST as REQUEST_SHAPE
from constructs_lib.contract import default_model
from tests.synth.templates import TRAIN

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.checks.severities import Override

ENV = cdk.Environment(account="111122223333", region="us-east-1")
EXAMPLES = Path(__file__).parents[2] / "examples"
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:train"
REQUEST: dict[str, Any] = {
    "jobName": "tickets",
    "customModelName": "tickets",
    "roleArn": "arn:aws:iam::111122223333:role/Bedrock",
    "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
    "trainingDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
    "outputDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/out/"},
}


def resource(scope: Construct, id: str = "Raw", kind: str = "Custom::Training", **properties: Any) -> None:  # noqa: ANN401 - any properties
    """Define a custom resource as an app without the construct does."""
    cdk.CustomResource(scope, id, service_token=FUNCTION, resource_type=kind, properties=properties)


def sdk_call(scope: Construct, id: str = "Raw", **parameters: Any) -> None:  # noqa: ANN401 - any parameters
    """Define a custom resource of the CDK that calls Bedrock itself."""
    call = cr.AwsSdkCall(
        service="bedrock",
        action="createModelCustomizationJob",
        parameters=parameters,
        physical_resource_id=cr.PhysicalResourceId.from_response("jobArn"),
    )
    nothing = cr.AwsCustomResourcePolicy.from_statements(
        [iam.PolicyStatement(actions=["bedrock:CreateModelCustomizationJob"], resources=["*"])]
    )
    cr.AwsCustomResource(scope, id, on_create=call, on_update=call, policy=nothing)


class App:
    """An app with one stack and the plugin."""

    def __init__(self, env: cdk.Environment | None = ENV, **plugin: Any) -> None:  # noqa: ANN401 - the plugin's own
        self.app = cdk.App()
        cdk.Validations.of(self.app).add_plugins(ModelCustomizationValidation(**plugin))
        self.stack = cdk.Stack(self.app, "Tickets", env=env)

    def violations(self) -> list[dict[str, Any]]:
        """Synthesize, and return what the report of the CDK says of the plugin."""
        try:
            self.app.synth()
        except RuntimeError as problem:
            assert "ValidationFailed" in str(problem)  # noqa: PT017 - the report says why
        report = json.loads(Path(self.app.outdir, "validation-report.json").read_text())
        reports = [one for one in report["pluginReports"] if one["pluginName"] == "cdk-bedrock-customization"]
        return [one for each in reports for one in each["violations"]]

    def errors(self) -> list[str]:
        """Return the rules of the errors."""
        found = self.violations()
        return [_rule(one) for one in found if one["severity"] in ("error", "fatal")]


def _rule(violation: dict[str, Any]) -> str:
    return str(violation["ruleName"]).removeprefix("bedrock-customization:")


def test_a_violation_says_where_what_and_how_to_fix_it() -> None:
    """It has the rule, the resource, the property, the sentence, the fix, the severity and the source."""
    made = App()
    resource(made.stack, Request=REQUEST | {"hyperParameters": {"epochCount": "9"}})
    [found] = [one for one in made.violations() if one["severity"] == "error"]
    assert found["ruleName"] == "bedrock-customization:hyper-parameter-range"
    assert found["description"] == "hyperParameters.epochCount must be 1 to 5 for Nova Lite, got '9'"
    assert found["suggestedFix"] == (
        "choose 1 to 5, or leave it out to use the default, 2. To overrule: "
        "ModelCustomizationValidation(checks=Checks(overrides={'hyper-parameter-range': 'warn'}))"
    )
    assert found["ruleMetadata"]["source"].startswith("https://docs.aws.amazon.com/")
    [construct] = found["violatingConstructs"]
    assert construct["constructPath"] == "Tickets/Raw/Default"
    assert construct["cloudFormationResource"] == {
        "templatePath": "Tickets.template.json",
        "logicalId": "Raw",
        "propertyPaths": ["Properties.Request.hyperParameters.epochCount"],
    }


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ("Request", "Properties.Request.jobName"),
        ("properties", "Properties.jobName"),
        ("AWS::CloudFormation::CustomResource", "Properties.Request.jobName"),
        ("AwsCustomResource", "Properties.Create"),
        ("the construct's type", "Properties.Request.jobName"),
        ("nested stack", "Properties.Request.jobName"),
        ("stage", "Properties.Request.jobName"),
    ],
)
def test_a_request_is_found_wherever_it_is(form: str, path: str) -> None:
    """In `Request`, at the top, in an SDK call, in nested stacks and in stages."""
    made = App()
    bad = REQUEST | {"jobName": "bad_name"}
    match form:
        case "properties":
            resource(made.stack, **bad, Greeting="hello")
        case "AWS::CloudFormation::CustomResource":
            cdk.CfnCustomResource(made.stack, "Raw", service_token=FUNCTION).add_property_override(
                "Request", bad
            )
        case "AwsCustomResource":
            sdk_call(made.stack, **bad)
        case "the construct's type":
            resource(made.stack, kind="Custom::BedrockModelCustomizationJob", Request=bad)
        case "nested stack":
            resource(cdk.NestedStack(cdk.NestedStack(made.stack, "Outer"), "Inner"), Request=bad)
        case "stage":
            resource(cdk.Stack(cdk.Stage(made.app, "Prod", env=ENV), "Tickets"), Request=bad)
        case _:
            resource(made.stack, Request=bad)
    [found] = [one for one in made.violations() if one["severity"] == "error"]
    assert _rule(found) == "request-pattern"
    [construct] = found["violatingConstructs"]
    assert construct["cloudFormationResource"]["propertyPaths"] == [path]
    assert Path(made.app.outdir, construct["cloudFormationResource"]["templatePath"]).is_file()


@pytest.mark.parametrize(
    "properties",
    [
        {"Request": {"jobName": "bad_name"}},
        {"Request": "bad_name", "jobName": "bad_name"},
        {"Request": {"BaseModelIdentifier": "x", "TrainingDataConfig": {}}},
        {"baseModelIdentifier": "x y"},
        {"trainingDataConfig": {"s3Uri": "not a uri"}},
        {"Create": "{"},
        {"Create": '{"service": "s3", "parameters": ["x"]}'},
        {"Request": ["baseModelIdentifier", "trainingDataConfig"]},
    ],
)
def test_other_custom_resources_are_left_alone(properties: dict[str, Any]) -> None:
    """A request has `baseModelIdentifier` and `trainingDataConfig`; nothing else is taken for one."""
    made = App()
    resource(made.stack, **properties)
    cdk.CfnResource(made.stack, "Topic", type="AWS::SNS::Topic", properties={"Request": REQUEST})
    made.app.synth()
    assert not any("cdk-bedrock" in one["pluginName"] for one in _reports(made))


def _reports(made: App) -> list[dict[str, Any]]:
    file = Path(made.app.outdir, "validation-report.json")
    return list(json.loads(file.read_text())["pluginReports"]) if file.exists() else []


def test_intrinsic_functions_pass_and_what_is_known_in_them_is_checked() -> None:
    """A reference is a value that only the deployment knows; a known Region in a `Fn::Join` is known."""
    made = App()
    name = cdk.CfnParameter(made.stack, "Name").value_as_string
    arn = f"arn:{cdk.Aws.PARTITION}:iam::{cdk.Aws.ACCOUNT_ID}:role/{name}"
    request = {
        **REQUEST,
        "jobName": name,
        "roleArn": arn,
        "trainingDataConfig": {"s3Uri": cdk.Fn.sub("s3://data-${AWS::AccountId}/${Name}")},
        "outputDataConfig": {"s3Uri": cdk.Fn.import_value("results")},
        "vpcConfig": {"subnetIds": cdk.Fn.split(",", name), "securityGroupIds": [cdk.Fn.ref("Name")]},
        "hyperParameters": cdk.Fn.condition_if("Yes", {"epochCount": "1"}, cdk.Aws.NO_VALUE),
        "customModelKmsKeyId": cdk.Fn.join(":", ["arn:aws:kms:eu-west-1", cdk.Aws.ACCOUNT_ID, f"key/{name}"]),
    }
    cdk.CfnCondition(made.stack, "Yes", expression=cdk.Fn.condition_equals(name, "yes"))
    resource(made.stack, Request=request)
    resource(
        made.stack, "NoValue", Request=REQUEST | {"jobName": cdk.Aws.NO_VALUE, "jobTags": cdk.Aws.NO_VALUE}
    )
    assert made.errors() == ["key-region"]


def test_scalars_may_be_strings() -> None:
    """CloudFormation sends every scalar as a string, so a template may contain it as one."""
    made = App()
    logs = {"usePromptResponse": "true", "invocationLogSource": {"s3Uri": "s3://amzn-s3-demo-bucket/logs/"}}
    teacher = {"teacherModelIdentifier": "amazon.nova-pro-v1:0", "maxResponseLengthForInference": "1000"}
    resource(
        made.stack,
        Request=REQUEST
        | {
            "customizationType": "DISTILLATION",
            "trainingDataConfig": {"invocationLogsConfig": logs},
            "customizationConfig": {"distillationConfig": {"teacherModelConfig": teacher}},
        },
    )
    assert made.errors() == []


def test_an_sdk_call_must_be_complete() -> None:
    """Nothing adds a role to it; a function of one's own may."""
    incomplete = {name: value for name, value in REQUEST.items() if name != "roleArn"}
    made = App()
    resource(made.stack, Request=incomplete)
    sdk_call(made.stack, "Call", **incomplete)
    assert made.errors() == ["request-required"]


def test_an_uploaded_file_is_read() -> None:
    """An asset of the app is checked as data, record by record."""
    made = App()
    asset = s3_assets.Asset(made.stack, "Data", path=str(EXAMPLES / "broken" / "nova-conversation.jsonl"))
    resource(made.stack, Request=REQUEST | {"trainingDataConfig": {"s3Uri": asset.s3_object_url}})
    errors = made.errors()
    assert "dataset-json" in errors
    assert all(one.startswith("dataset-") for one in errors)


def test_warnings_do_not_fail_the_synthesis() -> None:
    """They are in the report, with the severity that the CDK knows."""
    made = App()
    resource(made.stack, Request=REQUEST | {"hyperParameters": {"warp": "9"}})
    made.app.synth()
    assert {"warning"} <= {one["severity"] for one in made.violations()}


@pytest.mark.parametrize(
    ("override", "severities"), [("warn", ["warning"]), ("off", []), ("error", ["error"])]
)
def test_checks_change_severities(override: Override, severities: list[str]) -> None:
    """As for the construct."""
    made = App(checks=Checks(overrides={"hyper-parameter-range": override}))
    resource(made.stack, Request=REQUEST | {"hyperParameters": {"epochCount": "9"}})
    found = [one for one in made.violations() if _rule(one) == "hyper-parameter-range"]
    assert [one["severity"] for one in found] == severities


def test_an_error_is_acknowledged_as_the_report_says() -> None:
    """Like the findings of every plugin; a restriction cannot be."""
    made = App(allowed_regions=["eu-west-1"])
    resource(made.stack, Request=REQUEST | {"hyperParameters": {"epochCount": "9"}})
    for name in ("hyper-parameter-range", "region-not-allowed"):
        rule = f"cdk-bedrock-customization::bedrock-customization:{name}"
        cdk.Validations.of(made.stack).acknowledge(cdk.Acknowledgment(id=rule, reason="agreed with AWS"))
    assert made.errors() == ["region-not-allowed"]


RESTRICTED: dict[str, Any] = {
    "allowed_base_models": [BaseModel.NOVA_PRO],
    "allowed_regions": ["eu-west-1"],
    "required_tags": ["cost-center"],
    "max_training_tokens": 10,
}


@pytest.mark.parametrize("how", ["by hand", "construct"])
def test_restrictions_apply_to_jobs_by_hand_and_to_those_of_the_construct(how: str) -> None:
    """A platform team restricts everything that an app deploys in one place."""
    made = App(**RESTRICTED)
    if how == "by hand":
        resource(made.stack, Request=REQUEST)
    else:
        ModelCustomizationJob(
            made.stack,
            "Triage",
            base_model=BaseModel.NOVA_LITE,
            training_data=EXAMPLES / "fine-tune-nova.jsonl",
        )
    found = [one for one in made.violations() if one["severity"] == "fatal"]
    assert {_rule(one) for one in found} == {
        "base-model-not-allowed",
        "region-not-allowed",
        "required-tag",
        "training-budget",
    }
    assert all("of ModelCustomizationValidation" in one["description"] for one in found)


def test_a_job_of_the_construct_keeps_what_its_checks_accepted() -> None:
    """Its findings are reported once, and overruled once."""
    made = App()
    ModelCustomizationJob(
        made.stack,
        "Triage",
        base_model=BaseModel.NOVA_LITE,
        training_data=TRAIN,
        customization=Customization.fine_tuning(HyperParameters(epoch_count=9)),
        checks=Checks(overrides={"hyper-parameter-range": "warn"}),
    )
    assert made.violations() == []


def test_what_an_escape_hatch_changes_is_checked() -> None:
    """The construct has checked the arguments, the plugin checks the template."""
    made = App()
    job = ModelCustomizationJob(made.stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN)
    custom = job.node.default_child
    assert isinstance(custom, cdk.CfnResource)
    custom.add_property_override("Request.jobName", "bad_name")
    assert made.errors() == ["request-pattern"]


def test_an_app_that_cannot_be_resolved_does_not_hide_what_is_wrong_with_another() -> None:
    """The tests of a company define many apps in one process: the plugin asks only the stacks of its own."""
    other = cdk.Stack(cdk.App(), "Other")
    job = ModelCustomizationJob(other, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN)
    custom = job.node.default_child
    assert isinstance(custom, cdk.CfnResource)
    custom.override_logical_id(cdk.Lazy.string(_Unresolvable()))
    with pytest.raises(RuntimeError, match="not known yet"):
        other.resolve(custom.ref)

    made = App()
    resource(made.stack, kind="Custom::BedrockModelCustomizationJob", Request=REQUEST | {"jobName": "a_b"})
    assert made.errors() == ["request-pattern"]


@jsii.implements(cdk.IStableStringProducer)
class _Unresolvable:
    def produce(self) -> str:
        raise ValueError("not known yet")


def test_jobs_of_the_construct_pass() -> None:
    """Every example, in one app with the plugin: nothing is reported a second time."""
    made = App(cdk.Environment(account="000000000000", region="us-east-1"))  # that of the example's grader
    for file in sorted(EXAMPLES.glob("*.yaml")):
        ModelCustomizationJob.from_request(made.stack, file.stem, file)
    assert made.violations() == []


@pytest.mark.parametrize(("region", "errors"), [(None, []), ("eu-west-1", ["region"])])
def test_the_region_of_stacks_without_one_can_be_given(region: str | None, errors: list[str]) -> None:
    """A stack that states its Region has its own."""
    made = App(None, region=region, checks=Checks(overrides={"region": "error"}))
    resource(made.stack, Request=REQUEST)
    resource(cdk.Stack(made.app, "Stated", env=ENV), Request=REQUEST)
    assert made.errors() == errors


def test_a_plugin_of_a_stage_checks_its_stacks_only() -> None:
    """As for every plugin of the CDK."""
    app = cdk.App()
    stages = [cdk.Stage(app, name, env=ENV) for name in ("Dev", "Prod")]
    for stage in stages:
        resource(cdk.Stack(stage, "Tickets"), Request=REQUEST | {"jobName": "bad_name"})
    cdk.Validations.of(stages[1]).add_plugins(ModelCustomizationValidation())
    with pytest.raises(RuntimeError) as caught:
        app.synth()
    assert "Prod/Tickets/Raw" in str(caught.value)
    assert "Dev/Tickets/Raw" not in str(caught.value)


def test_wrong_arguments_are_findings() -> None:
    """With the names of the plugin's own arguments."""
    with pytest.raises(InvalidJob, match="ModelCustomizationValidation cannot be defined") as caught:
        ModelCustomizationValidation(checks=1, allowed_regions=[])  # type: ignore[arg-type]  # the point
    assert [one.path for one in caught.value.findings] == ["checks", "allowed_regions"]


_NAMES = st.sampled_from(
    [*default_model().shape(REQUEST_SHAPE)["members"], "s3Uri", "key", "value", "Ref", "Fn::Join", "Fn::Sub"]
)
_SCALARS = st.sampled_from([None, True, 1, 1.5, "", "*", "s3://bucket/key", "${X}", "${!X}", "AWS::Region"])
_PARTS = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(request=st.dictionaries(_NAMES, _PARTS, max_size=10), base=_PARTS, data=_PARTS, tags=_PARTS)
@settings(max_examples=100, deadline=None)
def test_no_template_makes_the_plugin_fail(
    request: dict[str, Any], base: object, data: object, tags: object
) -> None:
    """Others write templates: whatever is in them is reported, and never an error of the plugin itself."""
    whole = {**request, "baseModelIdentifier": base, "trainingDataConfig": data}
    job = {"Type": "Custom::BedrockModelCustomizationJob", "Properties": {"Request": whole, "JobTags": tags}}
    call = {"Type": "Custom::AWS", "Properties": {"Create": json.dumps({"parameters": whole})}}
    resources = {"Job": job, "Raw": {"Type": "Custom::Raw", "Properties": whole}, "Call": call, "Not": tags}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "Tickets.template.json")
        file.write_text(json.dumps({"Resources": resources}))
        plugin: Any = ModelCustomizationValidation(**RESTRICTED)
        report = plugin.validate(_Context([str(file)]))
    assert {one.violating_resources[0].resource_logical_id for one in report.violations} == {
        "Job",
        "Raw",
        "Call",
    }
    assert not report.success


class _Context:
    def __init__(self, template_paths: list[str]) -> None:
        self.template_paths = template_paths
