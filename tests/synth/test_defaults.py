"""What a platform team sets once for an app: defaults that a job may override, and restrictions."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

import constructs_lib
from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    Checks,
    Customization,
    CustomizationDefaults,
    HyperParameters,
    InvalidJob,
    InvocationLogs,
    JobNetwork,
    JobProvider,
    ModelCustomizationJob,
    OnDelete,
    OutputBucket,
    OutputData,
    ProviderSettings,
    ServiceRole,
    TrainingData,
    ValidationData,
)
from constructs_lib.catalog import Catalog
from tests.synth.templates import KEY, TRAIN, of_type, template, the_job

if TYPE_CHECKING:
    from collections.abc import Callable

ENV = cdk.Environment(account="111122223333", region="us-east-1")
EXAMPLES = Path(__file__).parents[2] / "examples"
BOUNDARY = "arn:aws:iam::111122223333:policy/Boundary"
CUSTOM = "arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"


class App:
    """An app with a stage and a stack in it, and what a test needs in another stack."""

    def __init__(self) -> None:
        self.app = cdk.App()
        self.stage = cdk.Stage(self.app, "Prod", env=ENV)
        self.shared = cdk.Stack(self.stage, "Shared")
        self.stack = cdk.Stack(self.stage, "Tickets")
        self.bucket = s3.Bucket(self.shared, "Results", bucket_name="company-results")
        self.key = kms.Key(self.shared, "Key")
        self.vpc = ec2.Vpc(self.shared, "Vpc", nat_gateways=0)
        self.group = ec2.SecurityGroup(self.shared, "Group", vpc=self.vpc)
        self.boundary = iam.ManagedPolicy(
            self.shared,
            "Boundary",
            managed_policy_name="Boundary",
            statements=[iam.PolicyStatement(actions=["s3:*"], resources=["*"])],
        )

    def job(self, id: str = "Triage", **arguments: Any) -> ModelCustomizationJob:  # noqa: ANN401 - the construct's own
        """Define a valid job with the arguments that a test changes."""
        given = {"base_model": BaseModel.NOVA_LITE, "training_data": TRAIN} | arguments
        return ModelCustomizationJob(self.stack, id, **given)

    def templates(self) -> dict[str, Any]:
        """Return the templates by the names of their stacks."""
        assembly = self.app.synth().get_nested_assembly("assembly-Prod")
        return {one.stack_name: one.template for one in assembly.stacks}


VALUES: dict[str, Callable[[App], dict[str, Any]]] = {
    "a key": lambda made: {"custom_model_kms_key": made.key},
    "a key's alias": lambda _: {"custom_model_kms_key": "alias/models"},
    "no key": lambda _: {"custom_model_kms_key": AWS_OWNED_KEY},
    "an isolated network": lambda made: {
        "network": JobNetwork.isolated(made.vpc, s3_prefix_list_id="pl-63a5400a")
    },
    "a network": lambda made: {"network": JobNetwork.from_vpc(made.vpc, security_groups=[made.group])},
    "a bucket of its own": lambda _: {"output_data": OutputBucket(expire_after_days=90)},
    "tags": lambda _: {"job_tags": {"team": "a"}, "custom_model_tags": {"team": "b", "x": "y"}},
    "on_delete": lambda _: {"on_delete": OnDelete.DELETE_MODEL},
    "checks": lambda _: {"checks": Checks(overrides={"region": "error"})},
    "a catalogue": lambda _: {"catalog": Catalog.default()},
}


@pytest.mark.parametrize("scope", ["app", "stage", "stack"])
@pytest.mark.parametrize("value", VALUES)
def test_a_default_gives_the_template_of_the_argument(value: str, scope: str) -> None:
    """Whether the platform or the job says it makes no difference to CloudFormation."""
    by_default = App()
    CustomizationDefaults(**VALUES[value](by_default)).apply_to(getattr(by_default, scope))
    by_default.job()
    assert json.dumps(by_default.templates()) == by_argument(value)


@cache
def by_argument(value: str) -> str:
    """Return the templates of an app whose job has a value as its argument, once for all scopes."""
    app = App()
    app.job(**VALUES[value](app))
    return json.dumps(app.templates())


def test_a_default_gives_the_template_of_a_role_with_boundary_and_path() -> None:
    """Settings of the role that is made are completed, and its name stays the job's own."""
    by_argument, by_default = App(), App()
    role = ServiceRole(role_name="Trainer", path="/bedrock/", permissions_boundary=by_argument.boundary)
    by_argument.job(role=role)
    defaults = CustomizationDefaults(role_path="/bedrock/", permissions_boundary=by_default.boundary)
    defaults.apply_to(by_default.app)
    by_default.job(role=ServiceRole(role_name="Trainer"))
    roles = [
        next(one for one in app.templates()["Prod-Tickets"]["Resources"].values() if _is_service_role(one))
        for app in (by_argument, by_default)
    ]
    assert roles[0] == roles[1]
    assert roles[0]["Properties"]["Path"] == "/bedrock/"


BOUNDED = {"PermissionsBoundary": BOUNDARY, "Path": "/bedrock/"}


def _roles(stack: cdk.Stack) -> list[dict[str, Any]]:
    """Return boundary and path of each role."""
    roles = (one["Properties"] for one in of_type(stack, "AWS::IAM::Role"))
    return [{name: one[name] for name in BOUNDED if name in one} for one in roles]


def _plain(stack: cdk.Stack, **arguments: Any) -> ModelCustomizationJob:  # noqa: ANN401 - the construct's own
    given = {"base_model": BaseModel.NOVA_LITE, "training_data": TRAIN} | arguments
    return ModelCustomizationJob(stack, "Triage", **given)


@pytest.mark.parametrize("first", ["job", "configure", "own provider"])
def test_a_boundary_and_a_path_reach_every_role_that_is_made(stack: cdk.Stack, first: str) -> None:
    """The role of the job and that of the function, whichever way the function is made."""
    CustomizationDefaults(permissions_boundary=BOUNDARY, role_path="/bedrock/").apply_to(stack)
    provider = None
    if first == "configure":
        JobProvider.configure(stack, debug=True)
    elif first == "own provider":
        provider = JobProvider(stack, "Provider")
    _plain(stack, provider=provider)
    assert _roles(stack) == [BOUNDED, BOUNDED]


def test_an_own_boundary_overrides_the_default(stack: cdk.Stack) -> None:
    """That of `ServiceRole` for the job, that of `ProviderSettings` for the function."""
    own = BOUNDARY.replace("Boundary", "Own")
    CustomizationDefaults(permissions_boundary=BOUNDARY).apply_to(stack)
    JobProvider.configure(stack, permissions_boundary=own)
    _plain(stack, role=ServiceRole(permissions_boundary=own))
    assert _roles(stack) == [{"PermissionsBoundary": own}] * 2


@pytest.mark.parametrize("how", ["aspect", "stack"])
def test_a_boundary_of_the_cdk_overrides_the_default(how: str) -> None:
    """An aspect runs after everything is defined, and `Stack(permissions_boundary=...)` is one."""
    of_stack = cdk.PermissionsBoundary.from_arn(BOUNDARY) if how == "stack" else None
    stack = cdk.Stack(cdk.App(), "Tickets", env=ENV, permissions_boundary=of_stack)
    CustomizationDefaults(permissions_boundary=BOUNDARY.replace("Boundary", "Default")).apply_to(stack)
    if how == "aspect":
        policy = iam.ManagedPolicy.from_managed_policy_arn(stack, "Policy", BOUNDARY)
        iam.PermissionsBoundary.of(stack).apply(policy)
    _plain(stack)
    assert _roles(stack) == [{"PermissionsBoundary": BOUNDARY}] * 2


def test_settings_of_the_provider_are_merged_by_name(stack: cdk.Stack) -> None:
    """Those of `configure` win, then those of the nearest scope."""
    CustomizationDefaults(
        provider=ProviderSettings(debug=True, log_retention_days=30, read_timeout=20)
    ).apply_to(stack.node.root)
    CustomizationDefaults(provider=ProviderSettings(log_retention_days=60, read_timeout=30)).apply_to(stack)
    JobProvider.configure(stack, read_timeout=40)
    _plain(stack)
    [function] = of_type(stack, "AWS::Lambda::Function")
    variables = function["Properties"]["Environment"]["Variables"]
    assert (variables["LOG_LEVEL"], variables["BEDROCK_READ_TIMEOUT"]) == ("DEBUG", "40")
    [group] = of_type(stack, "AWS::Logs::LogGroup")
    assert group["Properties"]["RetentionInDays"] == 60


def test_the_stacks_own_provider_gets_the_defaults(stack: cdk.Stack) -> None:
    """The template is that of `JobProvider.configure` with the same settings."""
    configured = cdk.Stack(cdk.App(), "Tickets")
    settings = ProviderSettings(debug=True, function_name="bedrock-jobs", role_path="/bedrock/")
    JobProvider.configure(configured, **settings)
    CustomizationDefaults(provider=settings).apply_to(stack)
    _plain(configured)
    _plain(stack)
    assert template(stack) == template(configured)


def test_a_given_role_of_a_provider_replaces_the_settings_of_a_role(stack: cdk.Stack) -> None:
    """A boundary, a path or policies of the defaults belong to a role that is made."""
    CustomizationDefaults(
        permissions_boundary=BOUNDARY,
        role_path="/bedrock/",
        provider=ProviderSettings(managed_policies=[BOUNDARY]),
    ).apply_to(stack)
    JobProvider.configure(stack, role="arn:aws:iam::111122223333:role/Function")
    _plain(stack)
    assert _roles(stack) == [BOUNDED]


def test_wrong_settings_of_a_provider_are_reported_at_once(stack: cdk.Stack) -> None:
    """Where they are written, and not at the first job."""
    with pytest.raises(
        InvalidJob, match=r"provider\.read_timeot must be the name of a setting; write read_timeout"
    ):
        CustomizationDefaults(provider={"read_timeot": 3})  # type: ignore[typeddict-unknown-key]  # the point
    inner = Construct(stack, "Inner")
    with pytest.raises(InvalidJob, match="must be applied to a stack or to a scope around it"):
        CustomizationDefaults(provider=ProviderSettings(debug=True)).apply_to(inner)


def test_property_injectors_reach_what_is_made_for_jobs(stack: cdk.Stack) -> None:
    """A company's injectors of the CDK apply to key, output bucket and service role as everywhere else."""
    changes: dict[str, dict[str, Any]] = {
        kms.Key.PROPERTY_INJECTION_ID: {"pendingWindow": cdk.Duration.days(7)},
        s3.Bucket.PROPERTY_INJECTION_ID: {"transferAcceleration": True},
        iam.Role.PROPERTY_INJECTION_ID: {"path": "/injected/"},
    }
    for made, change in changes.items():
        cdk.PropertyInjectors.of(stack.node.root).add(_Injector(made, change))  # type: ignore[arg-type]  # by jsii
    _plain(stack)
    found = {one["Type"]: one["Properties"] for one in template(stack)["Resources"].values()}
    assert found["AWS::KMS::Key"]["PendingWindowInDays"] == 7
    assert found["AWS::S3::Bucket"]["AccelerateConfiguration"] == {"AccelerationStatus": "Enabled"}
    assert {} in _roles(stack)
    assert {"Path": "/injected/"} in _roles(stack)


@jsii.implements(cdk.IPropertyInjector)
class _Injector:
    def __init__(self, made: str, change: dict[str, Any]) -> None:
        self._made = made
        self._change = change

    @property
    def construct_unique_id(self) -> str:
        return self._made

    def inject(self, original_props: Any, *, id: str, scope: Construct) -> dict[str, Any]:  # noqa: ANN401, ARG002 - as the CDK calls it
        return {**original_props, **self._change}


@jsii.implements(cdk.IPropertyInjector)
class _InjectorOfNothing:
    """The name of its one property is misspelled."""

    construct_uniq_id = iam.Role.PROPERTY_INJECTION_ID


def test_an_injector_without_its_id_is_ignored_as_by_the_cdk(stack: cdk.Stack) -> None:
    """Jsii cannot list the ids of all injectors then; only whether there is one for roles is of interest."""
    cdk.PropertyInjectors.of(stack.node.root).add(_InjectorOfNothing())  # type: ignore[arg-type]  # by jsii
    _plain(stack)
    assert {} in _roles(stack)


def _is_service_role(resource: dict[str, Any]) -> bool:
    return resource["Type"] == "AWS::IAM::Role" and "Bedrock" in resource["Properties"].get("Description", "")


def test_what_a_job_says_overrides_every_default() -> None:
    """The template is that of an app without defaults."""
    own: dict[str, Any] = {
        "custom_model_kms_key": AWS_OWNED_KEY,
        "network": JobNetwork.without_vpc(),
        "output_data": "s3://amzn-s3-demo-bucket/out/",
        "on_delete": OnDelete.STOP_JOB,
        "checks": Checks.strict(),
        "catalog": Catalog.default(),
    }
    alone, below = App(), App()
    alone.job(**own)
    CustomizationDefaults(
        custom_model_kms_key=KEY,
        network=JobNetwork.isolated(below.vpc, s3_prefix_list_id="pl-63a5400a"),
        output_data=OutputBucket(),
        on_delete=OnDelete.RETAIN,
        checks=Checks.warn(),
        catalog=Catalog.default(),
    ).apply_to(below.app)
    below.job(**own)
    assert json.dumps(below.templates()) == json.dumps(alone.templates())


def test_a_given_role_is_not_changed(stack: cdk.Stack) -> None:
    """A boundary and a path are settings of roles that are made."""
    CustomizationDefaults(permissions_boundary=BOUNDARY, role_path="/bedrock/").apply_to(stack)
    role = "arn:aws:iam::111122223333:role/Mine"
    ModelCustomizationJob(stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN, role=role)
    assert the_job(stack)["Properties"]["Request"]["roleArn"] == role


def test_the_nearest_scope_is_used_and_tags_are_merged() -> None:
    """A stage overrides its app, key by key for tags; the job overrides both."""
    made = App()
    CustomizationDefaults(
        on_delete=OnDelete.RETAIN, job_tags={"team": "platform", "stage": "none", "cost": "1"}
    ).apply_to(made.app)
    CustomizationDefaults(on_delete=OnDelete.DELETE_MODEL, job_tags={"stage": "prod"}).apply_to(made.stage)
    made.job(job_tags={"cost": "2", "own": "3"}, custom_model_kms_key=AWS_OWNED_KEY)
    properties = _job_properties(made)
    assert properties["OnDelete"] == "DeleteModel"
    tags = {one["key"]: one["value"] for one in properties["JobTags"]}
    assert tags == {"team": "platform", "stage": "prod", "cost": "2", "own": "3"}


def _job_properties(made: App) -> dict[str, Any]:
    resources = made.templates()["Prod-Tickets"]["Resources"].values()
    [found] = [one["Properties"] for one in resources if one["Type"].startswith("Custom::BedrockModel")]
    return dict(found)


@pytest.mark.parametrize("location", ["bucket", "uri", "whole bucket"])
def test_jobs_share_a_default_location_without_meeting(location: str) -> None:
    """Each has a prefix of its own: stacks and jobs with equal names below it do not collide."""
    made = App()
    where = {
        "bucket": OutputData.from_bucket(made.bucket, "results"),
        "uri": OutputData.from_s3_uri("s3://company-results/results/"),
        "whole bucket": OutputData.from_s3_uri("s3://company-results"),
    }[location]
    CustomizationDefaults(output_data=where, custom_model_kms_key=AWS_OWNED_KEY).apply_to(made.app)
    data = TrainingData.from_s3_uri("s3://company-results/data/train.jsonl")
    made.job("One", training_data=data)
    made.job("Two", training_data=data)
    nested = cdk.NestedStack(made.stack, "Nested")
    ModelCustomizationJob(nested, "One", base_model=BaseModel.NOVA_LITE, training_data=data)
    start = "s3://company-results/" + ("" if location == "whole bucket" else "results/") + "Prod-Tickets/"
    resources = [*made.templates()["Prod-Tickets"]["Resources"].values()]
    [nested_file] = Path(made.app.outdir, "assembly-Prod").glob("*.nested.template.json")
    resources += json.loads(nested_file.read_text())["Resources"].values()
    found = [
        one["Properties"]["Request"]["outputDataConfig"]["s3Uri"]
        for one in resources
        if one["Type"].startswith("Custom::BedrockModel")
    ]
    if location == "bucket":
        found = [f"s3://company-results{one['Fn::Join'][1][2]}" for one in found]
    prefixes = [one.removeprefix(start) for one in found]
    ids = ["ProdTicketsOne", "ProdTicketsTwo", "ProdTicketsNestedOne"]
    assert [re.sub("[0-9A-F]{8}/$", "", one) for one in prefixes] == ids
    if location != "bucket":
        roles = [str(one) for one in resources if _is_service_role(one)]
        assert [[prefix in role for prefix in prefixes] for role in roles] == [
            [True, False, False],
            [False, True, False],
            [False, False, True],
        ]


def test_a_default_location_is_that_argument_with_the_prefix() -> None:
    """A job keeps its template if it says itself what the default came to."""
    by_argument, by_default = App(), App()
    CustomizationDefaults(
        output_data="s3://company-results/out/", custom_model_kms_key=AWS_OWNED_KEY
    ).apply_to(by_default.app)
    by_default.job()
    uri = _job_properties(by_default)["Request"]["outputDataConfig"]["s3Uri"]
    by_argument.job(output_data=uri, custom_model_kms_key=AWS_OWNED_KEY)
    assert json.dumps(by_argument.templates()) == json.dumps(by_default.templates())


def test_a_job_file_gets_the_defaults_that_it_leaves_out(stack: cdk.Stack) -> None:
    """The company's key is used before the API's default, the file's own fields before both."""
    CustomizationDefaults(custom_model_kms_key=KEY, job_tags={"cost": "1", "project": "x"}).apply_to(stack)
    request = {
        "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
        "trainingDataConfig": {"s3Uri": TRAIN.s3_uri},
        "jobTags": [{"key": "project", "value": "tickets"}],
    }
    ModelCustomizationJob.from_request(stack, "Triage", request)
    properties = the_job(stack)["Properties"]
    assert properties["Request"]["customModelKmsKeyId"] == KEY
    assert "customizationType" not in properties["Request"]
    assert properties["JobTags"] == [
        {"key": "cost", "value": "1"},
        {"key": "project", "value": "tickets"},
    ]


def test_arguments_of_a_subclass_override_the_defaults(stack: cdk.Stack) -> None:
    """A company's own construct is the job that says it."""

    class Companys(ModelCustomizationJob):
        def __init__(self, scope: cdk.Stack, id: str, **arguments: Any) -> None:  # noqa: ANN401 - the construct's own
            super().__init__(scope, id, **({"on_delete": OnDelete.DELETE_MODEL} | arguments))

    CustomizationDefaults(on_delete=OnDelete.RETAIN).apply_to(stack)
    Companys.from_request(stack, "Triage", EXAMPLES / "fine-tune-nova.yaml")
    assert the_job(stack)["Properties"]["OnDelete"] == "DeleteModel"


@pytest.mark.parametrize("form", ["arguments", "job file"])
def test_uploaded_files_may_be_decrypted_with_the_bootstrap_key(stack: cdk.Stack, form: str) -> None:
    """The same statement as for `from_file(encryption_key=...)`; a file with a key of its own keeps it."""
    CustomizationDefaults(bootstrap_kms_key="alias/bootstrap").apply_to(stack)
    if form == "job file":
        ModelCustomizationJob.from_request(stack, "Triage", EXAMPLES / "fine-tune-nova.yaml")
    else:
        file = EXAMPLES / "fine-tune-nova.jsonl"
        ModelCustomizationJob(
            stack,
            "Triage",
            base_model=BaseModel.NOVA_LITE,
            training_data=file,
            validation_data=[ValidationData.from_file(file, encryption_key=KEY)],
        )
    text = str([one for one in of_type(stack, "AWS::IAM::Policy") if "JobData" in str(one)])
    assert "'kms:ResourceAliases': 'alias/bootstrap'" in text
    assert (KEY in text) == (form == "arguments")


def test_data_in_s3_does_not_get_the_bootstrap_key(stack: cdk.Stack) -> None:
    """Only uploaded files are in the bootstrap bucket."""
    CustomizationDefaults(bootstrap_kms_key="alias/bootstrap").apply_to(stack)
    ModelCustomizationJob(stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN)
    assert "alias/bootstrap" not in str(template(stack))


RESTRICTED = "allowed_base_models of the CustomizationDefaults of "


@pytest.mark.parametrize(
    ("allowed", "model", "is_allowed"),
    [
        (BaseModel.NOVA_LITE, BaseModel.NOVA_LITE, True),
        ("amazon.nova-lite-v1:0", BaseModel.NOVA_LITE, True),
        (BaseModel.NOVA_LITE, "amazon.nova-lite-v1:0", True),
        ("us.amazon.nova-lite-v1:0", BaseModel.NOVA_LITE, True),
        (BaseModel.NOVA_LITE, "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k", True),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0", BaseModel.NOVA_LITE, True),
        (
            BaseModel.NOVA_LITE,
            f"arn:aws:bedrock:{cdk.Aws.REGION}::foundation-model/amazon.nova-lite-v1:0",
            True,
        ),
        (BaseModel.NOVA_LITE, BaseModel.NOVA_PRO, False),
        (BaseModel.NOVA_LITE, "amazon.nova-lite-v2:0", False),
        (BaseModel.NOVA_LITE, CUSTOM, False),
        ("custom-model/*", CUSTOM, True),
        (CUSTOM, CUSTOM, True),
        (CUSTOM, CUSTOM.replace("abc", "xyz"), False),
        (CUSTOM, BaseModel.NOVA_LITE, False),
        ("custom-model/*", BaseModel.NOVA_LITE, False),
        ("our-model", "our-model", True),
        (BaseModel.NOVA_LITE, "our-model", False),
        (BaseModel.NOVA_LITE, "{{resolve:ssm:/base-model}}", False),
        ("{{resolve:ssm:/base-model}}", "{{resolve:ssm:/base-model}}", True),
    ],
)
def test_only_allowed_base_models_are_customized(
    stack: cdk.Stack,
    allowed: BaseModel | str,
    model: BaseModel | str,
    is_allowed: bool,  # noqa: FBT001 - a case
) -> None:
    """A model is recognized in every form of its id; a custom model and a token must be listed."""
    CustomizationDefaults(allowed_base_models=[allowed]).apply_to(stack.node.root)
    found = _refused(stack, base_model=model)
    assert [one for one in found if one.startswith("base-model")] == (
        [] if is_allowed else ["base-model-not-allowed"]
    )


def _refused(stack: cdk.Stack, **arguments: Any) -> list[str]:  # noqa: ANN401 - the construct's own
    """Define a job, and return the rules that refuse it."""
    given = {"base_model": BaseModel.NOVA_LITE, "training_data": TRAIN} | arguments
    try:
        ModelCustomizationJob(stack, "Triage", **given)
    except InvalidJob as problem:
        return [one.name for one in problem.findings]
    return []


def test_the_model_of_another_job_of_the_app_is_a_custom_model() -> None:
    """Its ARN is a token, and it is still known what it is."""
    for index, (allowed, expected) in enumerate(
        [("custom-model/*", []), (BaseModel.NOVA_PRO, ["base-model-not-allowed"])]
    ):
        app = cdk.Stack(cdk.App(), f"Chain{index}")
        first = ModelCustomizationJob(app, "First", base_model=BaseModel.NOVA_LITE, training_data=TRAIN)
        below = cdk.Stack(app.node.root, "Second")  # type: ignore[arg-type]  # the root is an app
        CustomizationDefaults(allowed_base_models=[allowed]).apply_to(below)
        assert _refused(below, base_model=first.output_model_arn) == expected


@pytest.mark.parametrize(
    ("allowed", "env", "is_allowed"),
    [
        ("us-east-1", ENV, True),
        (["us-east-1", "eu-west-1"], ENV, True),
        ("eu-west-1", ENV, False),
        ("us-east-1", None, False),
        (["us-east-1", cdk.Aws.REGION], None, True),
        ([cdk.Aws.REGION], ENV, False),
    ],
)
def test_jobs_run_only_in_allowed_regions(
    allowed: str | list[str],
    env: cdk.Environment | None,
    is_allowed: bool,  # noqa: FBT001 - a case
) -> None:
    """A stack whose Region only the deployment knows is refused, unless that is allowed."""
    stack = cdk.Stack(cdk.App(), "Tickets", env=env)
    CustomizationDefaults(allowed_regions=allowed).apply_to(stack)
    assert _refused(stack) == ([] if is_allowed else ["region-not-allowed"])


def test_restrictions_of_all_scopes_apply_and_name_their_scope() -> None:
    """No default or argument further down permits what a scope above forbids."""
    made = App()
    CustomizationDefaults(allowed_base_models=["amazon.nova-lite-v1:0"]).apply_to(made.app)
    CustomizationDefaults(
        allowed_base_models=[BaseModel.NOVA_PRO, BaseModel.NOVA_LITE], allowed_regions=["eu-west-1"]
    ).apply_to(made.stack)
    with pytest.raises(InvalidJob) as caught:
        made.job(base_model=BaseModel.NOVA_PRO, checks=Checks.warn())
    assert str(caught.value).splitlines()[:3] == [
        "Prod/Tickets/Triage cannot be defined:",
        (
            "  - base_model must be in allowed_base_models of the CustomizationDefaults of the app: "
            "amazon.nova-lite-v1:0, got 'amazon.nova-pro-v1:0:300k'; choose one of them, or have the model "
            "added there"
        ),
        (
            "  - Region must be in allowed_regions of the CustomizationDefaults of Prod/Tickets: eu-west-1, "
            "got 'us-east-1'; deploy to one of them, or have the Region added there"
        ),
    ]


@pytest.mark.parametrize("rule", ["base-model-not-allowed", "region-not-allowed", "required-tag"])
def test_a_restriction_cannot_be_overruled(rule: str) -> None:
    """`Checks` refuse it like every fixed rule."""
    with pytest.raises(ValueError, match="this rule cannot be overruled"):
        Checks(overrides={rule: "warn"})  # type: ignore[dict-item]  # a rule's name as a variable


def test_a_job_file_that_is_not_valid_is_restricted_too(stack: cdk.Stack) -> None:
    """Everything is reported in one run, the restrictions and the request's mistakes."""
    CustomizationDefaults(allowed_base_models=["amazon.nova-pro-v1:0"]).apply_to(stack)
    request = {"baseModelIdentifier": "amazon.nova-lite-v1:0:300k", "trainingDataConfig": {"s3Uri": "x"}}
    with pytest.raises(InvalidJob) as caught:
        ModelCustomizationJob.from_request(stack, "Triage", request)
    assert {one.name for one in caught.value.findings} == {"base-model-not-allowed", "request-pattern"}


TOO_MANY = {
    "training_data": EXAMPLES / "fine-tune-nova.jsonl",
    "customization": Customization.fine_tuning(HyperParameters(epoch_count=5)),
}


def test_the_lowest_limit_of_tokens_applies(stack: cdk.Stack) -> None:
    """The finding names the scope that set it; a job may only lower it."""
    CustomizationDefaults(max_training_tokens=10).apply_to(stack.node.root)
    CustomizationDefaults(max_training_tokens=100).apply_to(stack)
    given = {"base_model": BaseModel.NOVA_LITE} | TOO_MANY
    with pytest.raises(InvalidJob, match=r"max_training_tokens of the CustomizationDefaults of the app"):
        ModelCustomizationJob(stack, "Triage", **given, max_training_tokens=1_000_000)
    with pytest.raises(
        InvalidJob,
        match=r"upper bound of the estimate: the limit is 5, got at most .*raise the limit",
    ):
        ModelCustomizationJob(stack, "Triage", **given, max_training_tokens=5)


def test_a_limit_cannot_be_avoided_with_data_in_s3(stack: cdk.Stack) -> None:
    """The function compares it with the size of the data; invocation logs, which it cannot, are refused."""
    CustomizationDefaults(max_training_tokens=10).apply_to(stack)
    given = {"base_model": BaseModel.NOVA_LITE, "training_data": TRAIN}
    ModelCustomizationJob(stack, "Triage", **given, max_training_tokens=1_000_000)
    [resource] = of_type(stack, "Custom::BedrockModelCustomizationJob")
    assert resource["Properties"]["TrainingLimit"]["Tokens"] == "10"
    logs = InvocationLogs.from_s3_uri("s3://amzn-s3-demo-bucket/logs/")
    with pytest.raises(
        InvalidJob, match=r"of the CustomizationDefaults of Tickets\).*have the limit removed there"
    ):
        ModelCustomizationJob(
            stack,
            "Distill",
            base_model=BaseModel.NOVA_LITE,
            training_data=logs,
            customization=Customization.distillation(BaseModel.NOVA_PRO),
        )


REQUIRED = {"cost-center": None, "stage": ["dev", "prod"]}


@pytest.mark.parametrize(
    ("inherited", "own", "problems"),
    [
        ({}, {}, ["'cost-center'", "'stage' with one of the values dev, prod"]),
        ({"cost-center": "1"}, {"stage": "dev"}, []),
        ({"cost-center": "1", "stage": "test"}, {}, ["'stage' with one of the values dev, prod"]),
        ({"stage": "test"}, {"cost-center": "", "stage": "prod"}, []),
        ({"stage": "dev"}, {"cost-center": cdk.Aws.STACK_NAME}, []),
        ({"cost-center": "1"}, {"stage": cdk.Aws.STACK_NAME}, ["'stage' with one of the values dev, prod"]),
    ],
)
def test_jobs_have_the_required_tags(
    stack: cdk.Stack, inherited: dict[str, str], own: dict[str, str], problems: list[str]
) -> None:
    """Tags of `Tags.of` count, also those that are added after the job; the check runs last."""
    CustomizationDefaults(required_tags=REQUIRED).apply_to(stack.node.root)
    given: dict[str, Any] = {"base_model": BaseModel.NOVA_LITE, "training_data": TRAIN}
    ModelCustomizationJob(stack, "Triage", job_tags=own or None, custom_model_tags=own or None, **given)
    for key, value in inherited.items():
        cdk.Tags.of(stack).add(key, value)
    if not problems:
        template(stack)
        return
    with pytest.raises(RuntimeError) as caught:
        template(stack)
    text = str(caught.value)
    found = [one for one in problems if f"job_tags of Tickets/Triage must have the tag {one}" in text]
    assert found == problems
    assert "required_tags of the CustomizationDefaults of the app" in text


def test_a_model_without_a_required_tag_is_a_warning(stack: cdk.Stack) -> None:
    """The job has it; the model, which is billed by the month, should."""
    CustomizationDefaults(required_tags=["cost-center"]).apply_to(stack)
    given: dict[str, Any] = {"base_model": BaseModel.NOVA_LITE, "training_data": TRAIN}
    job = ModelCustomizationJob(stack, "Triage", job_tags={"cost-center": "1"}, **given)
    template(stack)
    warnings = [one.data for one in job.node.metadata if "warning" in one.type]
    assert any("custom_model_tags of Tickets/Triage should have the tag" in str(one) for one in warnings)


def test_defaults_are_applied_once_to_a_scope(stack: cdk.Stack) -> None:
    """Two teams that do not know of each other learn of it."""
    CustomizationDefaults(role_path="/a/").apply_to(stack)
    with pytest.raises(InvalidJob, match=r"CustomizationDefaults of Tickets .*\n.*must be called once"):
        CustomizationDefaults(role_path="/b/").apply_to(stack)


def test_defaults_come_before_jobs(stack: cdk.Stack) -> None:
    """A job that was defined before would be without them; one elsewhere, or one that failed, is fine."""
    other = cdk.Stack(stack.node.root, "Other")  # type: ignore[arg-type]  # the root is an app
    assert _refused(stack, base_model="a b") != []
    CustomizationDefaults(role_path="/a/").apply_to(stack)
    assert _refused(stack) == []
    CustomizationDefaults(role_path="/a/").apply_to(other)
    with pytest.raises(InvalidJob, match=r"must be called before Tickets/Triage is defined"):
        CustomizationDefaults(role_path="/b/").apply_to(stack.node.root)


def test_defaults_of_functions_come_before_functions(stack: cdk.Stack) -> None:
    """A function that exists would be without them; defaults of jobs alone may follow."""
    JobProvider.configure(stack, debug=True)
    for name, value in {"permissions_boundary": BOUNDARY, "provider": ProviderSettings(debug=True)}.items():
        with pytest.raises(InvalidJob, match="must be called before Tickets/BedrockModelCustomization is"):
            CustomizationDefaults(**{name: value}).apply_to(stack)  # type: ignore[arg-type]  # one of two
    CustomizationDefaults(on_delete=OnDelete.RETAIN).apply_to(stack)
    _plain(stack)
    assert the_job(stack)["Properties"]["OnDelete"] == "Retain"


def test_apps_of_one_process_do_not_share_defaults() -> None:
    """Equal paths in another app mean nothing."""
    first, second = App(), App()
    CustomizationDefaults(on_delete=OnDelete.RETAIN).apply_to(first.app)
    second.job()
    CustomizationDefaults(on_delete=OnDelete.RETAIN).apply_to(first.stack)
    assert _job_properties(second)["OnDelete"] == "StopJob"


def test_wrong_values_are_reported_together() -> None:
    """Each with its name, what is expected, and what to write."""
    wrong: dict[str, Any] = {
        "custom_model_kms_key": 1,
        "network": 2,
        "output_data": 3,
        "job_tags": 4,
        "permissions_boundary": "arn:aws:iam::111122223333:policy/*",
        "role_path": "x",
        "on_delete": "retain",
        "checks": 5,
        "catalog": 6,
        "provider": 7,
        "bootstrap_kms_key": "alias/*",
        "allowed_base_models": [8],
        "allowed_regions": ["europe"],
        "required_tags": [],
        "max_training_tokens": 0,
    }
    with pytest.raises(InvalidJob) as caught:
        CustomizationDefaults(**wrong)
    assert {one.path.partition("[")[0] for one in caught.value.findings} == set(wrong)
    assert len(caught.value.findings) == len(wrong)
    assert all(one.fix for one in caught.value.findings)


@pytest.mark.parametrize(
    ("given", "path", "rule"),
    [
        ({"job_tags": {"cost": 1}}, "job_tags['cost']", "must be a string"),
        ({"custom_model_tags": {"a?": "b"}}, "the key of custom_model_tags['a?']", "must be letters"),
        ({"job_tags": {"aws:team": "b"}}, "the key of job_tags['aws:team']", "must not start with aws:"),
        ({"output_data": "results"}, "output_data", "must be s3://bucket"),
        ({"output_data": OutputData.from_s3_uri("s3://B")}, "output_data", "must be s3://bucket"),
        ({"role_path": "bank"}, "role_path", "must be a path"),
        ({"allowed_regions": []}, "allowed_regions", "must not be empty"),
    ],
)
def test_a_value_that_every_job_would_be_refused_for_is_found_where_it_is_written(
    given: dict[str, Any], path: str, rule: str
) -> None:
    """Its author is the platform team, and not whoever defines the first job."""
    with pytest.raises(InvalidJob) as caught:
        CustomizationDefaults(**given)
    [found] = caught.value.findings
    assert caught.value.where == "CustomizationDefaults"
    assert (found.path, found.rule.startswith(rule)) == (path, True)


def test_a_nearer_scope_completes_the_settings_of_an_outer_one(stack: cdk.Stack) -> None:
    """A setting that needs another one may be alone: the other one comes from the app."""
    vpc = ec2.Vpc(stack, "Vpc")
    around = ProviderSettings(vpc=vpc, https_proxy="http://proxy.internal:3128")
    CustomizationDefaults(provider=around).apply_to(stack.node.root)
    public = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
    own = ProviderSettings(no_proxy=[".internal"], vpc_subnets=public)
    CustomizationDefaults(provider=own).apply_to(stack)
    _plain(stack)
    [function] = of_type(stack, "AWS::Lambda::Function")
    assert function["Properties"]["Environment"]["Variables"]["NO_PROXY"] == ".internal"
    assert "PublicSubnet" in json.dumps(function["Properties"]["VpcConfig"])


def test_a_setting_that_no_scope_completes_is_refused_at_the_function(stack: cdk.Stack) -> None:
    """It cannot be known before."""
    CustomizationDefaults(provider=ProviderSettings(no_proxy=[".internal"])).apply_to(stack)
    with pytest.raises(InvalidJob, match="no_proxy must be given together with https_proxy"):
        _plain(stack)


@pytest.mark.parametrize("scope", [None, "Tickets", 3])
def test_a_scope_is_a_construct(scope: object) -> None:
    """Anything else is an error that says so."""
    with pytest.raises(InvalidJob, match="scope must be a construct"):
        CustomizationDefaults().apply_to(scope)  # type: ignore[arg-type]  # the point of the test


def test_the_examples_of_the_page_work() -> None:
    """A job with what the restrictions ask for synthesizes below the defaults of docs/platform.md."""
    page = (EXAMPLES.parent / "docs" / "platform.md").read_text()
    sections = page.partition("## Company defaults")[2]
    blocks = re.findall(r"^```python\n(.*?)^```", sections, re.DOTALL | re.MULTILINE)
    blocks = [one for one in blocks if "CustomizationDefaults(" in one or "Validations.of" in one]
    blocks = [one for one in blocks if "cdk_nag" not in one]  # examples/platform shows it
    app = cdk.App()
    stack = cdk.Stack(app, "Tickets", env=ENV)
    names = {"app": app, "stack": stack, "cdk": cdk, "vpc": ec2.Vpc(stack, "Vpc")}
    names |= {name: getattr(constructs_lib, name) for name in constructs_lib.__all__}
    for block in blocks:
        exec(block, names)  # noqa: S102 - the page's own code
    assert len(blocks) == 3
    _plain(stack, training_data=EXAMPLES / "fine-tune-nova.jsonl", job_tags={"stage": "dev"})
    assert "alias/bootstrap" in json.dumps(template(stack))
