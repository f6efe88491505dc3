"""Apps of every shape that people write, each with the same job, and what each changes in the template."""

from __future__ import annotations

import json
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_servicecatalog as servicecatalog
from aws_cdk import cloudformation_include, pipelines
from constructs import Construct

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    Checks,
    Customization,
    HyperParameters,
    JobNetwork,
    ModelCustomizationJob,
    TrainingData,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import IConstruct

    MakeApp = Callable[..., cdk.App]
    Template = dict[str, Any]

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / "examples" / "fine-tune-nova.jsonl"
ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
HOME = cdk.Environment(account=ACCOUNT, region="us-east-1")
JOB_TYPE = "Custom::BedrockModelCustomizationJob"


def triage(scope: Construct, id: str = "Triage", **more: Any) -> ModelCustomizationJob:  # noqa: ANN401 - keywords of the job
    """Define the job that every shape has: a file is uploaded, everything else is made by the library."""
    given = {"base_model": BaseModel.NOVA_LITE, "training_data": RECORDS} | more
    return ModelCustomizationJob(scope, id, **given)


# --- What may differ --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """One part of the template that a shape may change.

    Args:
        name: what differs.
        mask: makes the part equal in two templates, and changes nothing else.
    """

    name: str
    mask: Callable[[Template], Template]


def _replaced(pattern: str, by: str) -> Callable[[Template], Template]:
    found = re.compile(pattern)

    def mask(template: Template) -> Template:
        return dict(json.loads(found.sub(by, json.dumps(template))))

    return mask


def _without(*names: str) -> Callable[[Template], Template]:
    def mask(value: Any) -> Any:  # noqa: ANN401 - any part of a template
        if isinstance(value, dict):
            return {name: mask(one) for name, one in value.items() if name not in names}
        return [mask(one) for one in value] if isinstance(value, list) else value

    return mask


def _job_named(template: Template) -> Template:
    """Name the job, what belongs to it, and its outputs as if its id were the same everywhere."""
    [job] = (name for name, one in template["Resources"].items() if one["Type"] == JOB_TYPE)
    outputs = {f"Output{number}": one for number, one in enumerate(template["Outputs"].values())}
    return _replaced(job, "TheJob")(template | {"Outputs": outputs})


def _without_policies(template: Template) -> Template:
    """Leave out who may do what; which job waits for which policy follows from it."""
    kept = {
        name: {part: one[part] for part in one if part != "DependsOn"}
        for name, one in template["Resources"].items()
        if one["Type"] not in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
    }
    return _without("Policies")(template | {"Resources": kept})


def _without_passed_roles(template: Template) -> Template:
    """Leave out what the function is permitted for all jobs of its stack, which grows with every job."""
    [function] = (one for one in template["Resources"].values() if one["Type"] == "AWS::Lambda::Function")
    role = re.search(r"\$\{(\w+)\.Arn\}", function["Properties"]["Role"])
    assert role
    kept = template["Resources"] | {role[1]: _without("Policies")(template["Resources"][role[1]])}
    return template | {"Resources": kept}


_LITERALS = (
    rf"\b(?P<account>{ACCOUNT})\b|\b(?P<region>(?:us|eu|cn|us-gov|us-iso)-[a-z]+-\d)\b"
    r"|(?<=arn:)(?P<partition>aws[a-z-]*)(?=:)"
)


def _environment(template: Template) -> Template:
    def pseudo(found: re.Match[str]) -> str:
        return {
            "account": "${AWS::AccountId}",
            "region": "${AWS::Region}",
            "partition": "${AWS::Partition}",
        }[str(found.lastgroup)]

    return dict(json.loads(re.sub(_LITERALS, pseudo, json.dumps(template))))


def _without_location(template: Template) -> Template:
    """Name bucket and key of the uploaded file as if they were the same everywhere."""
    [job] = (one for one in template["Resources"].values() if one["Type"] == JOB_TYPE)
    uri = job["Properties"]["UploadedFiles"][0]["S3Uri"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return dict(json.loads(json.dumps(template).replace(key, "<key>").replace(bucket, "<bucket>")))


def _without_bootstrap(template: Template) -> Template:
    parameters = {
        name: one for name, one in template.get("Parameters", {}).items() if name != "BootstrapVersion"
    }
    rules = {name: one for name, one in template.get("Rules", {}).items() if name != "CheckBootstrapVersion"}
    return template | {"Parameters": parameters, "Rules": rules}


def _without_parameters(template: Template) -> Template:
    known = template.get("Parameters", {})
    return template | {"Parameters": {name: one for name, one in known.items() if name == "BootstrapVersion"}}


def _without_exports(template: Template) -> Template:
    outputs = {name: one for name, one in template["Outputs"].items() if not name.startswith("ExportsOutput")}
    return template | {"Outputs": outputs}


def _without_owner_statements(template: Template) -> Template:
    outputs = {name: one for name, one in template["Outputs"].items() if not name.endswith("Policy")}
    return template | {"Outputs": outputs}


def _with_values(template: Template) -> Template:
    """Put the values of parameters in the place of the parameters."""
    text = json.dumps(template)
    for name, one in template["Parameters"].items():
        if name.startswith("Given"):
            text = text.replace(f"${{{name}}}", one["Default"])
    return _without_parameters(json.loads(text))


def _without_root_stack(value: Any) -> Any:  # noqa: ANN401 - any part of a template
    """Leave out that the function reads the state of the outermost stack."""
    if isinstance(value, dict):
        return {name: _without_root_stack(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_root_stack(one) for one in value if not _is_root_statement(one)]
    return value


def _is_root_statement(value: object) -> bool:
    return isinstance(value, dict) and value.get("Action") == "cloudformation:DescribeStacks"


ENVIRONMENT = Difference("account, Region and partition are literals", _environment)
ASSETS = Difference("bucket and key of the uploaded file", _without_location)
ANY_KEY = Difference(
    "the role may read what is below the file's key too, because the key is known only at deployment",
    _replaced(r", \"arn:[^\"]*/<key>/\*\"", ""),
)
CODE = Difference("bucket and key of the function's code", _without("Code"))
BOOTSTRAP = Difference("the bootstrap version that is required", _without_bootstrap)
PARAMETERS = Difference("parameters of the stack", _without_parameters)
ROOT_STACK = Difference("the function reads the state of the outermost stack too", _without_root_stack)
JOB_ID = Difference("the job's logical id, and what is named after it", _job_named)
TAGS = Difference("tags", _without("Tags", "JobTags", "CustomModelTags"))
REMOVAL = Difference("removal policies, but the job's", _without("DeletionPolicy", "UpdateReplacePolicy"))
METADATA = Difference("metadata of the CDK", _without("Metadata", "Conditions", "CDKMetadata"))
DESCRIPTION = Difference("the description of the stack", _without("Description"))
BOUNDARY = Difference("the permissions boundary of roles", _without("PermissionsBoundary"))
POLICIES = Difference("which policy holds a permission on what a token names", _without_policies)
MORE_JOBS = Difference("the function's permissions name the roles of all jobs", _without_passed_roles)
EXPORTS = Difference("exports of the stack", _without_exports)
VALUES = Difference("values are parameters", _with_values)
OWNER = Difference("the output with what a key's owner adds to its policy", _without_owner_statements)
GIVEN = Difference(
    "how a resource of another stack is named",
    _replaced(r"\$\{(?:Imported|Given\w+|ExportsReader[^}]*)\}", "<given>"),
)


# --- The shapes -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One app, as it is written, and what may differ between its job and that of a plain app.

    Args:
        define: makes the app; it is called with a function that takes the arguments of `cdk.App`.
        may_differ: what the shape changes; everything else is as in the plain app, and each of these differs.
        like: the arguments of the plain app's job.
        jobs: how many jobs the app has.
        own: a pattern for the logical ids of what the app defines besides its jobs.
    """

    define: Callable[[MakeApp], cdk.App]
    may_differ: tuple[Difference, ...] = ()
    like: Callable[[cdk.Stack], object] = triage
    jobs: int = 1
    own: str = "(?!)"


SHAPES: dict[str, Shape] = {}


def shape(
    name: str,
    *may_differ: Difference,
    like: Callable[[cdk.Stack], object] = triage,
    jobs: int = 1,
    own: str = "(?!)",
) -> Callable[[Callable[[MakeApp], cdk.App]], Callable[[MakeApp], cdk.App]]:
    """Add an app to `SHAPES`; see `Shape`."""

    def add(define: Callable[[MakeApp], cdk.App]) -> Callable[[MakeApp], cdk.App]:
        SHAPES[name] = Shape(define=define, may_differ=may_differ, like=like, jobs=jobs, own=own)
        return define

    return add


def _in_stack(app: cdk.App, id: str = "Tickets", **more: Any) -> cdk.App:  # noqa: ANN401 - keywords of a stack
    triage(cdk.Stack(app, id, **more))
    return app


# Where a stack can be defined.


@shape("nested stack", BOOTSTRAP, PARAMETERS, ROOT_STACK)
def _nested(make_app: MakeApp) -> cdk.App:
    app = make_app()
    triage(cdk.NestedStack(cdk.Stack(app, "Tickets"), "Nested"))
    return app


@shape("nested stack in a nested stack", BOOTSTRAP, PARAMETERS, ROOT_STACK)
def _nested_twice(make_app: MakeApp) -> cdk.App:
    app = make_app()
    outer = cdk.NestedStack(cdk.Stack(app, "Tickets"), "Outer")
    triage(cdk.NestedStack(outer, "Inner"))
    return app


@shape("stage")
def _stage(make_app: MakeApp) -> cdk.App:
    app = make_app()
    triage(cdk.Stack(cdk.Stage(app, "Production"), "Tickets"))
    return app


class _Tickets(cdk.Stage):
    """A stage with two jobs."""

    def __init__(self, scope: Construct, id: str, **more: Any) -> None:  # noqa: ANN401 - keywords of a stage
        super().__init__(scope, id, **more)
        stack = cdk.Stack(self, "Tickets")
        triage(stack)
        triage(stack, "Routing")


@shape("two jobs in each of three stages", JOB_ID, MORE_JOBS, jobs=6)
def _three_stages(make_app: MakeApp) -> cdk.App:
    app = make_app()
    for name in ("Test", "Staging", "Production"):
        _Tickets(app, name)
    return app


@shape("CodePipeline with a stage", ENVIRONMENT, JOB_ID, MORE_JOBS, jobs=2)
def _pipeline(make_app: MakeApp) -> cdk.App:
    app = make_app()
    stack = cdk.Stack(app, "Delivery", env=HOME)
    sources = s3.Bucket.from_bucket_name(stack, "Sources", "amzn-s3-demo-sources")
    pipeline = pipelines.CodePipeline(
        stack,
        "Pipeline",
        synth=pipelines.ShellStep(
            "Synth",
            input=pipelines.CodePipelineSource.s3(sources, "sources.zip"),
            commands=["npx cdk synth"],
        ),
    )
    pipeline.add_stage(_Tickets(app, "Production", env=HOME))
    return app


@shape("Service Catalog product", ASSETS, BOOTSTRAP)
def _product(make_app: MakeApp) -> cdk.App:
    app = make_app()
    stack = cdk.Stack(app, "Catalog", env=HOME)
    files = s3.Bucket(stack, "Files", bucket_name="amzn-s3-demo-assets")
    product = servicecatalog.ProductStack(stack, "Tickets", asset_bucket=files)
    triage(product)
    servicecatalog.CloudFormationProduct(
        stack,
        "Product",
        product_name="Triage",
        owner="Platform team",
        product_versions=[
            servicecatalog.CloudFormationProductVersion(
                cloud_formation_template=servicecatalog.CloudFormationTemplate.from_product_stack(product)
            )
        ],
    )
    return app


@shape("two stacks of one app", jobs=2)
def _two_stacks(make_app: MakeApp) -> cdk.App:
    app = make_app()
    for name in ("Tickets", "Invoices"):
        triage(cdk.Stack(app, name))
    return app


@shape("two apps in one process", jobs=2)
def _two_apps(make_app: MakeApp) -> cdk.App:
    first, second = make_app(), make_app()
    for app in (first, second):
        triage(cdk.Stack(app, "Tickets"))
    second.synth()
    return first


# What a stack is given.


@shape("stack name with a prefix, protected, described, with tags", DESCRIPTION, TAGS)
def _stack_options(make_app: MakeApp) -> cdk.App:
    return _in_stack(
        make_app(),
        stack_name="acme-prod-Tickets",
        description="Triage of tickets",
        tags={"team": "tickets"},
        termination_protection=True,
    )


@shape("explicit account and Region", ENVIRONMENT)
def _explicit(make_app: MakeApp) -> cdk.App:
    return _in_stack(make_app(), env=HOME)


@shape("Region without an account", ENVIRONMENT)
def _region_only(make_app: MakeApp) -> cdk.App:
    return _in_stack(make_app(), env=cdk.Environment(region="us-east-1"))


def _in_partition(region: str) -> Callable[[MakeApp], cdk.App]:
    def define(make_app: MakeApp) -> cdk.App:
        context = {"@aws-cdk/core:enablePartitionLiterals": True}
        return _in_stack(make_app(context=context), env=cdk.Environment(account=ACCOUNT, region=region))

    return define


for _name, _region in {
    "GovCloud": "us-gov-west-1",
    "China": "cn-north-1",
    "isolated partition": "us-iso-east-1",
}.items():
    shape(_name, ENVIRONMENT)(_in_partition(_region))


# Synthesizers.


@shape("qualifier of the stack's synthesizer", ASSETS, BOOTSTRAP)
def _qualifier(make_app: MakeApp) -> cdk.App:
    return _in_stack(make_app(), synthesizer=cdk.DefaultStackSynthesizer(qualifier="acme"))


@shape("qualifier in the context", ASSETS, BOOTSTRAP)
def _qualifier_in_context(make_app: MakeApp) -> cdk.App:
    return _in_stack(make_app(context={"@aws-cdk/core:bootstrapQualifier": "acme"}))


@shape("bucket and prefix of the company's bootstrap", ASSETS, CODE)
def _assets_bucket(make_app: MakeApp) -> cdk.App:
    synthesizer = cdk.DefaultStackSynthesizer(
        file_assets_bucket_name="amzn-s3-demo-assets", bucket_prefix="acme/"
    )
    return _in_stack(make_app(default_stack_synthesizer=synthesizer))


@shape("no rule about the bootstrap version", BOOTSTRAP)
def _without_bootstrap_rule(make_app: MakeApp) -> cdk.App:
    synthesizer = cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False)
    return _in_stack(make_app(), synthesizer=synthesizer)


@shape("credentials of the CLI", BOOTSTRAP)
def _cli_credentials(make_app: MakeApp) -> cdk.App:
    return _in_stack(make_app(), synthesizer=cdk.CliCredentialsStackSynthesizer())


@shape("legacy synthesizer", ASSETS, ANY_KEY, CODE, BOOTSTRAP, PARAMETERS)
def _legacy(make_app: MakeApp) -> cdk.App:
    return _in_stack(make_app(), synthesizer=cdk.LegacyStackSynthesizer())


@shape("newStyleStackSynthesis off", ASSETS, ANY_KEY, CODE, BOOTSTRAP, PARAMETERS)
def _old_style(make_app: MakeApp) -> cdk.App:
    return _in_stack(make_app(context={"@aws-cdk/core:newStyleStackSynthesis": False}))


class _Qualified(cdk.DefaultStackSynthesizer):
    """A company's settings."""

    def __init__(self) -> None:
        super().__init__(qualifier="acme")


@shape("subclass of the default synthesizer, with a company's settings", ASSETS, BOOTSTRAP)
def _subclassed_synthesizer(make_app: MakeApp) -> cdk.App:
    return _in_stack(make_app(), synthesizer=_Qualified())


class _Uploads(cdk.StackSynthesizer):
    """A synthesizer that is written in Python, for files that are uploaded by other means."""

    def add_file_asset(self, asset: cdk.FileAssetSource) -> cdk.FileAssetLocation:
        """Return where a file is uploaded to."""
        bucket, key = "amzn-s3-demo-assets", f"{asset.source_hash}{Path(asset.file_name or '').suffix}"
        uri = f"s3://{bucket}/{key}"
        return cdk.FileAssetLocation(bucket_name=bucket, object_key=key, http_url=uri, s3_object_url=uri)

    def add_docker_image_asset(self, asset: cdk.DockerImageAssetSource) -> cdk.DockerImageAssetLocation:
        """Refuse images."""
        raise NotImplementedError(asset.source_hash)

    def synthesize(self, session: cdk.ISynthesisSession) -> None:
        """Write the template."""
        self._synthesize_template(session)
        self._emit_artifact(session)


@shape("synthesizer that is written in Python", ASSETS, BOOTSTRAP)
def _synthesizer_in_python(make_app: MakeApp) -> cdk.App:
    return _in_stack(make_app(), synthesizer=_Uploads())


# Context, feature flags, arguments of the app.


def _recommended_flags() -> dict[str, Any]:
    """Read what `cdk init` puts into a new app's context, from the aws-cdk-lib that is installed."""
    [archive] = (Path(cdk.__file__).parent / "_jsii").glob("aws-cdk-lib@*.tgz")
    with tarfile.open(archive) as files:
        found = files.extractfile("package/recommended-feature-flags.json")
        assert found
        return dict(json.load(found))


@shape("all recommended feature flags", ENVIRONMENT)
def _flags_on(make_app: MakeApp) -> cdk.App:
    return _in_stack(make_app(context=_recommended_flags()), env=HOME)


@shape("all feature flags off")
def _flags_off(make_app: MakeApp) -> cdk.App:
    off = {name: False for name, value in _recommended_flags().items() if isinstance(value, bool)}
    further = ("core:stackRelativeExports", "core:aspectStabilization", "core:automaticL1Traits")
    return _in_stack(make_app(context=off | {f"@aws-cdk/{name}": False for name in further}))


@shape("context after the CLI's, no indentation of templates, no version reporting")
def _arguments_of_the_app(make_app: MakeApp) -> cdk.App:
    app = make_app(
        post_cli_context={"team": "tickets"},
        context={"@aws-cdk/core:suppressTemplateIndentation": True},
        analytics_reporting=False,
    )
    return _in_stack(app, suppress_template_indentation=True)


@shape("what the CLI asks for: metadata of paths and of versions", METADATA)
def _cli_metadata(make_app: MakeApp) -> cdk.App:
    context = {
        "aws:cdk:enable-path-metadata": True,
        "aws:cdk:enable-asset-metadata": True,
        "aws:cdk:version-reporting": True,
    }
    return _in_stack(make_app(context=context))


@shape("permissions boundary in the context", BOUNDARY)
def _boundary(make_app: MakeApp) -> cdk.App:
    return _in_stack(make_app(context={"@aws-cdk/core:permissionsBoundary": {"name": "boundary"}}))


# Aspects.


@jsii.implements(cdk.IAspect)
class _SeesEverything:
    """Reads every node, as a linter of a platform team does."""

    def __init__(self) -> None:
        self.types: list[str] = []

    def visit(self, node: IConstruct) -> None:
        """Note what a resource is."""
        if isinstance(node, cdk.CfnResource):
            self.types.append(node.cfn_resource_type)


@shape("aspects: tags, removal policies, a visit to every node", TAGS, REMOVAL)
def _aspects(make_app: MakeApp) -> cdk.App:
    app = make_app()
    cdk.Tags.of(app).add("cost-center", "1234")
    cdk.RemovalPolicies.of(app).retain()
    seen = _SeesEverything()
    cdk.Aspects.of(app).add(seen)
    _in_stack(app)
    app.synth()
    assert JOB_TYPE in seen.types
    return app


# Constructs around the job.


class CompanyJob(ModelCustomizationJob):
    """A company's job: its defaults, and everything else as the caller says."""

    def __init__(self, scope: Construct, id: str, **given: Any) -> None:  # noqa: ANN401 - keywords of the job
        super().__init__(scope, id, **({"base_model": BaseModel.NOVA_LITE} | given))


@shape("subclass of the job with a company's defaults")
def _subclass(make_app: MakeApp) -> cdk.App:
    app = make_app()
    CompanyJob(cdk.Stack(app, "Tickets"), "Triage", training_data=RECORDS)
    return app


@shape("six constructs around the job", JOB_ID)
def _deep(make_app: MakeApp) -> cdk.App:
    app = make_app()
    scope: Construct = cdk.Stack(app, "Tickets")
    for name in ("Platform", "Team", "Product", "Models", "Tuned", "Nightly"):
        scope = Construct(scope, name)
    triage(scope)
    return app


@shape("ids that are not ASCII", JOB_ID)
def _unicode(make_app: MakeApp) -> cdk.App:
    app = make_app()
    triage(Construct(cdk.Stack(app, "Tickets"), "Größe-訓練"), "Anfragen-№1 ❤")
    return app


def _named(stack: cdk.Stack, id: str = "Triage") -> object:
    return triage(stack, id, job_name="j" * 63, custom_model_name="m" * 63)


@shape("names of maximum length", JOB_ID, like=_named)
def _long_names(make_app: MakeApp) -> cdk.App:
    app = make_app()
    _named(cdk.Stack(app, "S", stack_name="s" * 128), "T" * 255)
    return app


@shape("a template that is included in the same stack", own="Included")
def _included(make_app: MakeApp) -> cdk.App:
    app = make_app()
    stack = cdk.Stack(app, "Tickets")
    file = Path(app.outdir) / "included.json"
    file.write_text(json.dumps({"Resources": {"IncludedTopic": {"Type": "AWS::SNS::Topic"}}}))
    cloudformation_include.CfnInclude(stack, "Included", template_file=str(file))
    triage(stack)
    return app


def _trainer_given(stack: cdk.Stack) -> object:
    role = f"arn:aws:iam::{ACCOUNT}:role/Trainer"
    output = "s3://amzn-s3-demo-results/out/"
    return triage(stack, role=role, output_data=output, custom_model_kms_key=AWS_OWNED_KEY)


@shape("forty jobs", JOB_ID, like=_trainer_given, jobs=40)
def _forty(make_app: MakeApp) -> cdk.App:
    app = make_app()
    stack = cdk.Stack(app, "Tickets")
    role = f"arn:aws:iam::{ACCOUNT}:role/Trainer"
    for number in range(40):
        triage(
            stack,
            f"Job{number}",
            role=role,
            output_data="s3://amzn-s3-demo-results/out/",
            custom_model_kms_key=AWS_OWNED_KEY,
        )
    return app


# What comes from elsewhere: other stacks, other accounts and Regions, parameters, look-ups.

_ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/Trainer"
_KEY_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
_WEST = cdk.Environment(account=ACCOUNT, region="us-west-2")


def _parameter(stack: cdk.Stack, id: str, default: str | None = None) -> str:
    return cdk.CfnParameter(stack, f"Given{id}", default=default).value_as_string


def _role(stack: cdk.Stack, **more: Any) -> iam.Role:  # noqa: ANN401 - keywords of a role
    return iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("bedrock.amazonaws.com"), **more)


def _role_given(stack: cdk.Stack) -> object:
    return triage(stack, role=_parameter(stack, "Role"))


@shape("role in another stack", GIVEN, PARAMETERS, like=_role_given)
def _role_elsewhere(make_app: MakeApp) -> cdk.App:
    app = make_app()
    role = _role(cdk.Stack(app, "Roles"))
    triage(cdk.Stack(app, "Tickets"), role=role)
    return app


@shape("role in another stack, by a weak reference", GIVEN, PARAMETERS, ENVIRONMENT, like=_role_given)
def _role_by_weak_reference(make_app: MakeApp) -> cdk.App:
    app = make_app(context=_recommended_flags())
    role = _role(cdk.Stack(app, "Roles", env=HOME))
    triage(cdk.Stack(app, "Tickets", env=HOME), role=role)
    return app


@shape(
    "role in another Region's stack",
    *(GIVEN, PARAMETERS, ENVIRONMENT),
    like=_role_given,
    own="ExportsReader|CustomCrossRegion",
)
def _role_in_another_region(make_app: MakeApp) -> cdk.App:
    app = make_app()
    role = _role(cdk.Stack(app, "Roles", env=_WEST, cross_region_references=True))
    triage(cdk.Stack(app, "Tickets", env=HOME, cross_region_references=True), role=role)
    return app


@shape(
    "named role in another Region's stack",
    *(ENVIRONMENT, POLICIES),
    like=lambda stack: triage(stack, role=_ROLE_ARN),
)
def _named_role_in_another_region(make_app: MakeApp) -> cdk.App:
    app = make_app()
    role = _role(cdk.Stack(app, "Roles", env=_WEST), role_name="Trainer")
    triage(cdk.Stack(app, "Tickets", env=HOME), role=role)
    return app


@shape(
    "key in another stack",
    *(GIVEN, PARAMETERS, OWNER),
    like=lambda stack: triage(stack, custom_model_kms_key=_parameter(stack, "Key")),
)
def _key_elsewhere(make_app: MakeApp) -> cdk.App:
    app = make_app()
    key = kms.Key(cdk.Stack(app, "Keys"), "Key")
    triage(cdk.Stack(app, "Tickets"), custom_model_kms_key=key)
    return app


def _in_given_bucket(stack: cdk.Stack) -> object:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", _parameter(stack, "Bucket"))
    return triage(stack, training_data=TrainingData.from_bucket(bucket, "train.jsonl"))


@shape("data in a bucket of another stack", GIVEN, PARAMETERS, like=_in_given_bucket)
def _bucket_elsewhere(make_app: MakeApp) -> cdk.App:
    app = make_app()
    bucket = s3.Bucket(cdk.Stack(app, "Buckets"), "Bucket")
    triage(cdk.Stack(app, "Tickets"), training_data=TrainingData.from_bucket(bucket, "train.jsonl"))
    return app


def _their_data(bucket: str) -> TrainingData:
    return TrainingData.from_s3_uri(f"s3://{bucket}/train.jsonl", bucket_owner=OTHER_ACCOUNT)


@shape(
    "data in a bucket of another account's stack",
    ENVIRONMENT,
    like=lambda stack: triage(stack, training_data=_their_data("amzn-s3-demo-theirs")),
)
def _bucket_of_another_account(make_app: MakeApp) -> cdk.App:
    app = make_app()
    theirs = cdk.Stack(app, "Theirs", env=cdk.Environment(account=OTHER_ACCOUNT, region="us-east-1"))
    bucket = s3.Bucket(theirs, "Bucket", bucket_name="amzn-s3-demo-theirs")
    triage(cdk.Stack(app, "Tickets", env=HOME), training_data=_their_data(bucket.bucket_name))
    return app


def _in_given_network(stack: cdk.Stack) -> object:
    network = JobNetwork.from_ids(
        subnet_ids=[_parameter(stack, "Subnet1"), _parameter(stack, "Subnet2")],
        security_group_ids=[_parameter(stack, "Group")],
    )
    return triage(stack, network=network)


@shape("VPC in another stack", GIVEN, PARAMETERS, like=_in_given_network)
def _vpc_elsewhere(make_app: MakeApp) -> cdk.App:
    app = make_app()
    stack = cdk.Stack(app, "Network")
    vpc = ec2.Vpc(
        stack,
        "Vpc",
        availability_zones=["us-east-1a", "us-east-1b"],
        nat_gateways=0,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Inside", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        ],
    )
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc)
    triage(cdk.Stack(app, "Tickets"), network=JobNetwork.from_vpc(vpc, security_groups=[group]))
    return app


@shape("another stack that reads the job's ARN", EXPORTS)
def _arn_elsewhere(make_app: MakeApp) -> cdk.App:
    app = make_app()
    job = triage(cdk.Stack(app, "Tickets"))
    cdk.CfnOutput(cdk.Stack(app, "Watch"), "Job", value=job.job_arn)
    return app


# The placeholders of the CDK.
_SUBNETS, _GROUP = ["p-12345", "p-67890"], "sg-12345678"


def _looked_up(stack: cdk.Stack) -> object:
    network = JobNetwork.from_ids(subnet_ids=_SUBNETS, security_group_ids=[_GROUP])
    return triage(stack, custom_model_kms_key=_KEY_ARN, network=network)


@shape("look-ups, before the CLI has done them", ENVIRONMENT, like=_looked_up)
def _lookups(make_app: MakeApp) -> cdk.App:
    app = make_app()
    stack = cdk.Stack(app, "Tickets", env=HOME)
    group = ec2.SecurityGroup.from_lookup_by_id(stack, "Group", _GROUP)
    vpc = ec2.Vpc.from_lookup(stack, "Vpc", is_default=False)
    key = kms.Key.from_lookup(stack, "Key", alias_name="alias/models")
    network = JobNetwork.from_vpc(vpc, security_groups=[group])
    triage(stack, custom_model_kms_key=key, network=network)
    return app


_VALUES = {
    "Model": "amazon.nova-canvas-v1:0",
    "Data": "amzn-s3-demo-bucket",
    "Valid": "amzn-s3-demo-bucket",
    "Results": "amzn-s3-demo-results",
    "Role": _ROLE_ARN,
    "Key": _KEY_ARN,
    "Name": "tickets-triage",
    "ModelName": "tickets-triage-model",
    "Subnet1": "subnet-0123456789abcdef0",
    "Subnet2": "subnet-0123456789abcdef1",
    "Group": "sg-0123456789abcdef0",
    "Team": "tickets",
    "Epochs": "2",
}


def _of_values(stack: cdk.Stack, value: Callable[[str], str]) -> object:
    return triage(
        stack,
        base_model=value("Model"),
        training_data=f"s3://{value('Data')}/train.jsonl",
        validation_data=[f"s3://{value('Valid')}/valid.jsonl"],
        output_data=f"s3://{value('Results')}/out/",
        customization=Customization.fine_tuning(HyperParameters(epoch_count=value("Epochs"))),
        role=value("Role"),
        custom_model_kms_key=value("Key"),
        job_name=value("Name"),
        custom_model_name=value("ModelName"),
        job_tags={"team": value("Team")},
        network=JobNetwork.from_ids(
            subnet_ids=[value("Subnet1"), value("Subnet2")], security_group_ids=[value("Group")]
        ),
        checks=Checks.warn(),  # what AWS documents of this model is not the point here
    )


@shape("every value a parameter", VALUES, POLICIES, like=lambda stack: _of_values(stack, _VALUES.__getitem__))
def _parameters(make_app: MakeApp) -> cdk.App:
    app = make_app()
    stack = cdk.Stack(app, "Tickets")
    _of_values(stack, lambda name: _parameter(stack, name, _VALUES[name]))
    return app


# --- What is refused with a sentence ----------------------------------------------------------------------

REFUSED: dict[str, tuple[Callable[[MakeApp], cdk.App], str]] = {}


def refused(
    name: str, sentence: str
) -> Callable[[Callable[[MakeApp], cdk.App]], Callable[[MakeApp], cdk.App]]:
    """Add an app to `REFUSED`.

    Args:
        name: what the app is.
        sentence: a part of the error.
    """

    def add(define: Callable[[MakeApp], cdk.App]) -> Callable[[MakeApp], cdk.App]:
        REFUSED[name] = (define, sentence)
        return define

    return add


@refused("no bootstrap", "synthesizer must accept files")
def _bootstrapless(make_app: MakeApp) -> cdk.App:
    return _in_stack(make_app(), synthesizer=cdk.BootstraplessSynthesizer())


@refused("Service Catalog product without a bucket", "synthesizer must accept files.*asset_bucket")
def _product_without_bucket(make_app: MakeApp) -> cdk.App:
    app = make_app()
    triage(servicecatalog.ProductStack(cdk.Stack(app, "Catalog"), "Tickets"))
    return app


class _Overriding(cdk.DefaultStackSynthesizer):
    """jsii calls the method on the object that Python made, and not on the copy that the stack has bound."""

    def add_file_asset(self, asset: cdk.FileAssetSource) -> cdk.FileAssetLocation:
        """Do what the CDK does."""
        return super().add_file_asset(
            source_hash=asset.source_hash, file_name=asset.file_name, packaging=asset.packaging
        )


@refused("overridden method of the default synthesizer", "extend aws_cdk.StackSynthesizer")
def _overridden_synthesizer(make_app: MakeApp) -> cdk.App:
    return _in_stack(make_app(), synthesizer=_Overriding())


_THEIRS = cdk.Environment(account=OTHER_ACCOUNT, region="us-east-1")


@refused("bucket of another account without its owner", "training_data must state the owner")
def _bucket_without_owner(make_app: MakeApp) -> cdk.App:
    app = make_app()
    bucket = s3.Bucket(cdk.Stack(app, "Theirs", env=_THEIRS), "Bucket", bucket_name="amzn-s3-demo-theirs")
    data = TrainingData.from_bucket(bucket, "train.jsonl")
    triage(cdk.Stack(app, "Tickets", env=HOME), training_data=data)
    return app


@refused("role of another account", "role must")
def _role_of_another_account(make_app: MakeApp) -> cdk.App:
    app = make_app()
    role = _role(cdk.Stack(app, "Theirs", env=_THEIRS), role_name="Trainer")
    triage(cdk.Stack(app, "Tickets", env=HOME), role=role)
    return app


@refused("key of another Region", "custom_model_kms_key must")
def _key_of_another_region(make_app: MakeApp) -> cdk.App:
    app = make_app()
    key = kms.Key(cdk.Stack(app, "Keys", env=_WEST), "Key")
    triage(cdk.Stack(app, "Tickets", env=HOME), custom_model_kms_key=key)
    return app


@refused("reference to another Region that the CDK cannot make", "role must")
def _unnamed_role_in_another_region(make_app: MakeApp) -> cdk.App:
    app = make_app()
    role = _role(cdk.Stack(app, "Roles", env=_WEST))
    triage(cdk.Stack(app, "Tickets", env=HOME), role=role)
    return app
