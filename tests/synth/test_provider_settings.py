"""The settings of the function behind jobs: networks, roles, keys, logs and dead letters of a platform."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import (
    BaseModel,
    Checks,
    InvalidJob,
    JobProvider,
    ModelCustomizationJob,
    ProviderSettings,
    ServiceRole,
)
from tests.synth.templates import KEY, TRAIN, template

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT = "111122223333"
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/Bounded"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/platform/Handler"
JOB_ARN = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:model-customization-job/amazon.nova-lite-v1:0/abcdefghijkl"
ENV = cdk.Environment(account=ACCOUNT, region="us-east-1")


def deployed(stack: cdk.Stack, settings: ProviderSettings, *jobs: str) -> dict[str, Any]:
    """Synthesize jobs whose function has these settings."""
    JobProvider.configure(stack, **settings)
    for name in jobs or ("Triage",):
        ModelCustomizationJob(stack, name, base_model=BaseModel.NOVA_LITE, training_data=TRAIN)
    return template(stack)


def _vpc(stack: cdk.Stack | None = None) -> ec2.IVpc:
    scope = stack or cdk.Stack(cdk.App(), "Network")
    zones, subnets = ["a", "b"], ["subnet-1", "subnet-2"]
    return ec2.Vpc.from_vpc_attributes(
        scope, "Vpc", vpc_id="vpc-1", availability_zones=zones, private_subnet_ids=subnets
    )


def properties(found: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return the properties of the only resource of a type that belongs to the function."""
    [one] = [
        one["Properties"]
        for name, one in found["Resources"].items()
        if one["Type"] == kind and name.startswith("BedrockModelCustomization")
    ]
    return dict(one)


def statements(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the inline statements of the function's role."""
    [policy] = properties(found, "AWS::IAM::Role")["Policies"]
    return list(policy["PolicyDocument"]["Statement"])


def about(found: Mapping[str, Any], service: str) -> list[dict[str, Any]]:
    """Return those of them about one service."""
    return [one for one in statements(found) if service in json.dumps(one["Action"])]


@jsii.implements(cdk.IStableNumberProducer)
class _Seconds:
    def produce(self) -> int:
        return 7


def test_a_timeout_is_a_text_also_where_it_is_known_later(stack: cdk.Stack) -> None:
    """A variable of a function is a text; a Lazy of the CDK becomes a number."""
    later = cdk.CfnParameter(stack, "Seconds", type="Number").value_as_number
    found = deployed(stack, ProviderSettings(connect_timeout=cdk.Lazy.number(_Seconds()), read_timeout=later))
    variables = properties(found, "AWS::Lambda::Function")["Environment"]["Variables"]
    assert variables["BEDROCK_CONNECT_TIMEOUT"] == "7"
    assert variables["BEDROCK_READ_TIMEOUT"] == {"Ref": "Seconds"}


def problems(stack: cdk.Stack, settings: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with settings."""
    with pytest.raises(InvalidJob) as caught:
        JobProvider.configure(stack, **settings)
    return str(caught.value).splitlines()[1:]


def test_a_setting_keeps_the_service_token(stack: cdk.Stack) -> None:
    """CloudFormation refuses a changed function: no setting but its name replaces it."""
    plain = deployed(cdk.Stack(cdk.App(), "Tickets"), {})
    key = kms.Key.from_key_arn(stack, "Key", KEY)
    settings = ProviderSettings(
        vpc=_vpc(stack),
        dead_letter_topic=sns.Topic.from_topic_arn(stack, "T", f"arn:aws:sns:us-east-1:{ACCOUNT}:T"),
        tracing=lambda_.Tracing.ACTIVE,
        environment_encryption=key,
        log_encryption_key=KEY,
        reserved_concurrent_executions=2,
        role_name="Handler",
        role_path="/platform/",
        permissions_boundary=POLICY,
        https_proxy="http://proxy.example.com:3128",
    )
    configured = deployed(stack, settings)
    assert plain["Resources"].keys() <= configured["Resources"].keys()
    [job] = [name for name, one in plain["Resources"].items() if one["Type"].startswith("Custom::")]
    assert plain["Resources"][job] == configured["Resources"][job]


def test_a_function_in_a_vpc(stack: cdk.Stack) -> None:
    """It has the private subnets, a group that lets HTTPS out, and its role before it is created."""
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=1)
    found = deployed(stack, {"vpc": vpc})
    config = properties(found, "AWS::Lambda::Function")["VpcConfig"]
    assert [list(one.values()) for one in config["SubnetIds"]] == [
        [stack.get_logical_id(one.node.default_child)]  # type: ignore[arg-type]
        for one in vpc.private_subnets
    ]
    group = properties(found, "AWS::EC2::SecurityGroup")
    assert [(one["FromPort"], one["ToPort"], one["IpProtocol"]) for one in group["SecurityGroupEgress"]] == [
        (443, 443, "tcp")
    ]
    assert "SecurityGroupIngress" not in group
    allowed, denied = about(found, "ec2:")
    assert (allowed["Effect"], allowed["Resource"]) == ("Allow", "*")
    assert denied["Effect"] == "Deny"
    assert allowed["Action"] == denied["Action"]
    assert "lambda:SourceFunctionArn" in denied["Condition"]["ArnLike"]


def test_a_function_in_a_vpc_waits_for_its_routes(stack: cdk.Stack) -> None:
    """Without its routes and endpoints the function would reach neither Bedrock nor CloudFormation."""
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=1)
    JobProvider.configure(stack, vpc=vpc)
    vpc.add_interface_endpoint("Bedrock", service=ec2.InterfaceVpcEndpointAwsService("bedrock"))
    resources = template(stack)["Resources"]
    [function] = [one for one in resources.values() if one["Type"] == "AWS::Lambda::Function"]
    kinds = {resources[name]["Type"] for name in function["DependsOn"]}
    assert {"AWS::EC2::Route", "AWS::EC2::NatGateway", "AWS::EC2::VPCEndpoint"} <= kinds


def test_a_vpc_and_its_groups_are_not_changed(stack: cdk.Stack) -> None:
    """They serve others too; a given group replaces the one that would be made."""

    def network(scope: cdk.Stack) -> tuple[ec2.Vpc, ec2.SecurityGroup]:
        vpc = ec2.Vpc(scope, "Vpc", nat_gateways=0)
        return vpc, ec2.SecurityGroup(scope, "Group", vpc=vpc, allow_all_outbound=False)

    alone = cdk.Stack(cdk.App(), "Tickets")
    network(alone)
    vpc, group = network(stack)
    isolated = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    found = deployed(stack, {"vpc": vpc, "vpc_subnets": isolated, "security_groups": [group]})
    kept = {name: one for name, one in found["Resources"].items() if name.startswith(("Vpc", "Group"))}
    assert kept == template(alone)["Resources"]
    config = properties(found, "AWS::Lambda::Function")["VpcConfig"]
    assert config["SecurityGroupIds"] == [{"Fn::GetAtt": [stack.get_logical_id(_l1(group)), "GroupId"]}]


def _l1(construct: Any) -> cdk.CfnElement:  # noqa: ANN401 - any L2
    child = construct.node.default_child
    assert isinstance(child, cdk.CfnElement)
    return child


def test_a_vpc_that_is_looked_up_passes_the_first_synthesis() -> None:
    """The CDK returns a placeholder until its CLI has looked the VPC up."""
    stack = cdk.Stack(cdk.App(), "Tickets", env=ENV)
    found = deployed(stack, {"vpc": ec2.Vpc.from_lookup(stack, "Vpc", is_default=False)})
    assert properties(found, "AWS::Lambda::Function")["VpcConfig"]["SubnetIds"]


def test_a_vpc_of_the_parent_of_a_nested_stack(stack: cdk.Stack) -> None:
    """The nested stack waits for it as a whole."""
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=1)
    nested = cdk.NestedStack(stack, "Nested")
    JobProvider.configure(nested, vpc=vpc)
    resources = template(stack)["Resources"]
    [waiting] = [one for one in resources.values() if one["Type"] == "AWS::CloudFormation::Stack"]
    assert {"AWS::EC2::Route", "AWS::EC2::NatGateway"} <= {
        resources[one]["Type"] for one in waiting["DependsOn"]
    }


def test_a_vpc_without_private_subnets_is_a_finding(stack: cdk.Stack) -> None:
    """The error says which subnets are used by default."""
    public = ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC)
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=[public])
    [found] = problems(stack, {"vpc": vpc})
    assert "vpc must have a private or an isolated subnet" in found
    assert "select public subnets with vpc_subnets" in found


def test_a_public_subnet_is_a_warning(stack: cdk.Stack) -> None:
    """Lambda gives the function no public address; endpoints may be enough."""
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
    public = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
    provider = JobProvider.configure(stack, vpc=vpc, vpc_subnets=public)
    assert "function-public-subnet" in json.dumps([one.data for one in provider.node.metadata], default=str)


def test_the_port_of_a_proxy_is_open(stack: cdk.Stack) -> None:
    """Nothing else is; the function has the proxy in its environment."""
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
    proxy = "http://proxy.example.com:3128"
    found = deployed(stack, {"vpc": vpc, "https_proxy": proxy, "no_proxy": [".internal", "10.0.0.1"]})
    egress = properties(found, "AWS::EC2::SecurityGroup")["SecurityGroupEgress"]
    assert [one["FromPort"] for one in egress] == [443, 3128]
    variables = properties(found, "AWS::Lambda::Function")["Environment"]["Variables"]
    assert (variables["HTTPS_PROXY"], variables["NO_PROXY"]) == (proxy, ".internal,10.0.0.1")


@pytest.mark.parametrize("kind", ["queue", "topic"])
def test_dead_letters(stack: cdk.Stack, kind: str) -> None:
    """The function may send to exactly this queue or topic."""
    settings, action = (
        (ProviderSettings(dead_letter_queue=sqs.Queue(stack, "Dead")), "sqs:SendMessage")
        if kind == "queue"
        else (ProviderSettings(dead_letter_topic=sns.Topic(stack, "Dead")), "sns:Publish")
    )
    found = deployed(stack, settings)
    target = properties(found, "AWS::Lambda::Function")["DeadLetterConfig"]["TargetArn"]
    assert about(found, action) == [{"Effect": "Allow", "Action": action, "Resource": target}]
    assert about(found, "kms:GenerateDataKey")[0]["Condition"] != {}


def test_dead_letters_of_an_encrypted_queue(stack: cdk.Stack) -> None:
    """The function may use the queue's key, through SQS only."""
    key = kms.Key(stack, "Key")
    found = deployed(stack, {"dead_letter_queue": sqs.Queue(stack, "Dead", encryption_master_key=key)})
    [of_queue] = [one for one in about(found, "kms:") if "sqs." in json.dumps(one)]
    assert of_queue["Action"] == ["kms:GenerateDataKey", "kms:Decrypt"]
    assert of_queue["Resource"] == {"Fn::GetAtt": [stack.get_logical_id(_l1(key)), "Arn"]}


@pytest.mark.parametrize(
    ("tracing", "mode"),
    [(lambda_.Tracing.ACTIVE, "Active"), (lambda_.Tracing.PASS_THROUGH, "PassThrough")],
)
def test_tracing(stack: cdk.Stack, tracing: lambda_.Tracing, mode: str) -> None:
    """The function may send traces, which IAM limits to no resource."""
    found = deployed(stack, {"tracing": tracing})
    assert properties(found, "AWS::Lambda::Function")["TracingConfig"] == {"Mode": mode}
    actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    assert about(found, "xray:") == [{"Effect": "Allow", "Action": actions, "Resource": "*"}]


def test_disabled_tracing_changes_nothing(stack: cdk.Stack) -> None:
    """It is Lambda's default."""
    plain = deployed(cdk.Stack(cdk.App(), "Tickets"), {})
    assert deployed(stack, {"tracing": lambda_.Tracing.DISABLED}) == plain


def test_the_environment_is_encrypted(stack: cdk.Stack) -> None:
    """Lambda decrypts it as the function's role."""
    found = deployed(stack, {"environment_encryption": KEY})
    assert properties(found, "AWS::Lambda::Function")["KmsKeyArn"] == KEY
    [statement] = [one for one in about(found, "kms:Decrypt") if one["Resource"] == KEY]
    assert statement == {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY}


def test_names_path_policies_and_concurrency(stack: cdk.Stack) -> None:
    """What a platform prescribes for functions and roles."""
    managed = iam.ManagedPolicy.from_aws_managed_policy_name("CloudWatchLambdaInsightsExecutionRolePolicy")
    settings = ProviderSettings(
        function_name="jobs",
        reserved_concurrent_executions=1,
        role_name="Jobs",
        role_path="/platform/",
        permissions_boundary=iam.ManagedPolicy.from_managed_policy_arn(stack, "Boundary", POLICY),
        managed_policies=[managed, POLICY],
    )
    found = deployed(stack, settings)
    function, role = (properties(found, kind) for kind in ("AWS::Lambda::Function", "AWS::IAM::Role"))
    assert (function["FunctionName"], function["ReservedConcurrentExecutions"]) == ("jobs", 1)
    assert (role["RoleName"], role["Path"], role["PermissionsBoundary"]) == ("Jobs", "/platform/", POLICY)
    assert role["ManagedPolicyArns"] == [stack.resolve(managed.managed_policy_arn), POLICY]


def test_a_given_role_is_not_changed(stack: cdk.Stack) -> None:
    """No role and no policy is made; an output says what the role must be permitted for all jobs."""
    found = deployed(stack, {"role": ROLE}, "First", "Second")
    assert properties(found, "AWS::Lambda::Function")["Role"] == ROLE
    own = {name for name, one in found["Resources"].items() if one["Type"].startswith("AWS::IAM")}
    assert all(re.fullmatch(r"(First|Second)[0-9A-F]{8}(Role|Policy)", name) for name in own)
    said = json.dumps(found["Outputs"]["BedrockModelCustomizationFunctionPolicy"]["Value"])
    for part in ("StopModelCustomizationJob", "iam:PassRole"):
        assert part in said
    assert {name for name in own if name.endswith("Role")} == {name for name in own if f'"{name}"' in said}
    assert said.count("iam:PassRole") == 1


def test_the_owner_of_a_role_attaches_what_it_needs(stack: cdk.Stack) -> None:
    """Jobs and function wait for the policies of a role of their stack."""
    role = iam.Role(stack, "Handler", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    provider = JobProvider.configure(stack, role=role, tracing=lambda_.Tracing.ACTIVE)
    ModelCustomizationJob(stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN)
    for statement in provider.required_statements:
        role.add_to_policy(iam.PolicyStatement.from_json(statement))
    resources = template(stack)["Resources"]
    [policy] = [name for name in resources if name.startswith("HandlerDefaultPolicy")]
    attached = resources[policy]["Properties"]["PolicyDocument"]["Statement"]
    assert len(attached) == len(provider.required_statements)
    waiting = {one["Type"] for one in resources.values() if policy in one.get("DependsOn", ())}
    assert waiting == {"AWS::Lambda::Function", "Custom::BedrockModelCustomizationJob"}
    assert provider.role is role


def test_a_role_that_is_made_needs_exactly_the_required_statements(stack: cdk.Stack) -> None:
    """`required_statements` is what the role would have been given."""
    provider = JobProvider.configure(stack, tracing=lambda_.Tracing.ACTIVE)
    ModelCustomizationJob(stack, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN)
    found = template(stack)

    def parts(policy: list[dict[str, Any]]) -> set[tuple[str, str]]:
        return {
            (action, json.dumps(resource))
            for one in policy
            for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
            for resource in ([one["Resource"]] if not isinstance(one["Resource"], list) else one["Resource"])
        }

    assert parts(stack.resolve(provider.required_statements)) == parts(statements(found))


def test_a_log_group_is_used_as_it_is(stack: cdk.Stack) -> None:
    """Its retention is the owner's; none is made."""
    group = logs.LogGroup(stack, "Platform", retention=logs.RetentionDays.ONE_YEAR)
    found = deployed(stack, {"log_group": group})
    kinds = [one for one in found["Resources"].values() if one["Type"] == "AWS::Logs::LogGroup"]
    assert [one["Properties"] for one in kinds] == [{"RetentionInDays": 365}]
    name = {"Ref": stack.get_logical_id(_l1(group))}
    assert properties(found, "AWS::Lambda::Function")["LoggingConfig"] == {"LogGroup": name}
    [statement] = about(found, "logs:")
    assert name in statement["Resource"]["Fn::Join"][1]


def test_the_key_of_the_logs_is_not_changed(stack: cdk.Stack) -> None:
    """A warning and an output say what its policy needs; with it, neither is there."""
    alone = cdk.Stack(cdk.App(), "Tickets")
    kms.Key(alone, "Key")
    key = kms.Key(stack, "Key")
    provider = JobProvider.configure(stack, log_encryption_key=key)
    found = template(stack)
    arn = {"Fn::GetAtt": [stack.get_logical_id(_l1(key)), "Arn"]}
    assert properties(found, "AWS::Logs::LogGroup")["KmsKeyId"] == arn
    of_key = {name: one for name, one in found["Resources"].items() if one["Type"] == "AWS::KMS::Key"}
    assert of_key == template(alone)["Resources"]
    assert "log-key-policy" in json.dumps([one.data for one in provider.node.metadata], default=str)
    assert "logs." in json.dumps(found["Outputs"]["BedrockModelCustomizationLogKeyPolicy"])

    other = cdk.Stack(cdk.App(), "Tickets")
    ready = kms.Key(other, "Key")
    statement = iam.PolicyStatement.from_json(JobProvider.log_key_policy_statement(other))
    ready.add_to_resource_policy(statement)
    provider = JobProvider.configure(other, log_encryption_key=ready)
    assert "log-key-policy" not in json.dumps([one.data for one in provider.node.metadata], default=str)
    assert "Outputs" not in template(other)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate; its private key is beside it."""
    folder = tmp_path_factory.mktemp("certificates")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=proxy", "-days", "2"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "ca.pem")]
    subprocess.run([*command, *files], check=True, capture_output=True)
    return folder / "ca.pem"


def test_certificates_are_in_the_zip_of_the_function(stack: cdk.Stack, certificate: Path) -> None:
    """The function finds them where its environment says; another file is another zip."""
    found = deployed(stack, {"ca_bundle": certificate})
    function = properties(found, "AWS::Lambda::Function")
    assert function["Environment"]["Variables"]["AWS_CA_BUNDLE"] == "/var/task/ca-bundle.pem"
    app = stack.node.root
    assert isinstance(app, cdk.App)
    [zipped] = Path(app.synth().directory).glob("asset.*.zip")
    with zipfile.ZipFile(zipped) as archive:
        assert archive.read("ca-bundle.pem") == certificate.read_bytes()
    plain = deployed(cdk.Stack(cdk.App(), "Tickets"), {})
    assert function["Code"]["S3Key"] != properties(plain, "AWS::Lambda::Function")["Code"]["S3Key"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{certificate}{key}", "must not contain a private key"),
        ("{key}", "must not contain a private key"),
        ("", "must be a PEM file of certificates"),
        ("-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----\n", "must be a PEM file"),
        ("certificates:\n- none\n", "must be a PEM file"),
        ("sécurité", "must be a PEM file"),
    ],
)
def test_a_file_of_no_certificates_is_a_finding(
    stack: cdk.Stack, certificate: Path, tmp_path: Path, content: str, said: str
) -> None:
    """A private key would be uploaded with the code; the error never shows the file's content."""
    key = certificate.with_name("key.pem").read_text()
    file = tmp_path / "bundle.pem"
    file.write_text(content.format(certificate=certificate.read_text(), key=key))
    [found] = problems(stack, {"ca_bundle": str(file)})
    assert said in found
    assert "BEGIN PRIVATE" not in found


@pytest.mark.parametrize("path", ["missing.pem", ".", "/dev/zero", "a\0b"])
def test_a_path_of_no_file_is_a_finding(stack: cdk.Stack, path: str) -> None:
    """Nothing is read that is not a regular file."""
    [found] = problems(stack, {"ca_bundle": path})
    assert "ca_bundle must be a file that can be read" in found


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"log_retention": 7}, "log_retention must be the name of a setting; write log_retention_days"),
        ({"permissions_boundary_arn": POLICY}, "write permissions_boundary"),
        ({"colour": "blue"}, "colour must be the name of a setting; the settings are endpoint_url, "),
        ({"debug": "yes"}, "debug must be True or False, got 'yes'; write debug=True"),
        ({"connect_timeout": "3"}, "connect_timeout must be a whole number of seconds, got '3'"),
        ({"read_timeout": 601}, "read_timeout must be 1 to 600 whole seconds"),
        ({"vpc": "vpc-1"}, "vpc must be an aws_ec2.IVpc, got 'vpc-1'"),
        ({"role": 7}, "role must be an aws_iam.IRole, or a role's ARN, got 7"),
        ({"role": "arn:aws:iam::111122223333:role/*"}, "role must be the ARN of a role, without '*'"),
        ({"role": ROLE, "role_name": "x"}, "role_name must not be given together with role"),
        ({"role": ROLE, "permissions_boundary": POLICY}, "permissions_boundary must not be given together"),
        ({"role_name": "a/b"}, "role_name must be at most 64 letters"),
        ({"role_path": "platform"}, "role_path must be a path that starts and ends with '/'"),
        ({"managed_policies": ["ReadOnlyAccess"]}, "managed_policies must be the ARN of a managed policy"),
        ({"function_name": "a.b"}, "function_name must be at most 64 letters"),
        ({"vpc_subnets": ec2.SubnetSelection()}, "vpc_subnets must be given together with vpc"),
        (
            {"vpc": _vpc(), "security_groups": ["sg-1"]},
            "security_groups must be a sequence of aws_ec2.ISecurityGroup",
        ),
        ({"reserved_concurrent_executions": 0}, "reserved_concurrent_executions must be at least 1"),
        ({"dead_letter_queue": "queue"}, "dead_letter_queue must be an aws_sqs.IQueue"),
        ({"tracing": "Active"}, "tracing must be an aws_lambda.Tracing, got 'Active'"),
        ({"environment_encryption": "alias/x"}, "environment_encryption must be the ARN of a key"),
        ({"log_encryption_key": "1234"}, "log_encryption_key must be the ARN of a key"),
        ({"https_proxy": "proxy:3128"}, "https_proxy must be the http URL of a host and its port"),
        ({"https_proxy": "http://proxy:99999"}, "https_proxy must be the http URL"),
        ({"no_proxy": ["a"]}, "no_proxy must be given together with https_proxy"),
        ({"https_proxy": "https://proxy:3128"}, "https_proxy must be the http URL"),
        *(
            ({"https_proxy": "http://proxy:1", "no_proxy": [host]}, "no_proxy must be hosts or domains")
            for host in ("a b", "*.amazonaws.com", "host:443", "10.0.0.0/8", "http://host")
        ),
        ({"checks": "warn"}, "checks must be a Checks, got 'warn'"),
    ],
)
def test_what_is_not_possible_is_one_finding(stack: cdk.Stack, settings: dict[str, Any], said: str) -> None:
    """It says what to write, and nothing is left behind."""
    [found] = problems(stack, settings)
    assert said in found
    JobProvider.configure(stack)


def test_all_findings_come_together(stack: cdk.Stack) -> None:
    """Names, types, values and conflicts."""
    group = logs.LogGroup(stack, "Logs")
    settings = {"debugging": True, "role_name": "a/b", "log_group": group, "log_retention_days": 7, "vpc": 1}
    assert len(problems(stack, settings)) == 4


@pytest.mark.parametrize("name", ["https_proxy", "endpoint_url", "runtime_endpoint_url"])
def test_credentials_in_a_url_are_refused_and_not_shown(stack: cdk.Stack, name: str) -> None:
    """The template would show them, and so would an error."""
    [found] = problems(stack, {name: "https://user:hunter2@proxy.example.com"})
    assert "hunter2" not in found


def test_a_role_of_another_account_is_refused() -> None:
    """Lambda takes none, however the role is given."""
    stack = cdk.Stack(cdk.App(), "Tickets", env=ENV)
    arn = ROLE.replace(ACCOUNT, "444455556666")
    for role in (arn, iam.Role.from_role_arn(stack, "Other", arn)):
        [found] = problems(stack, {"role": role})
        assert "role must be a role of the account of the function, got '444455556666'" in found


def test_a_role_that_lambda_cannot_assume_is_refused(stack: cdk.Stack) -> None:
    """As far as the app knows its trust policy."""
    role = iam.Role(stack, "Handler", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    [found] = problems(stack, {"role": role})
    assert "role must be a role that trusts AWS Lambda" in found


@pytest.mark.parametrize("kind", ["retention", "fifo"])
def test_documented_findings_can_be_overruled(stack: cdk.Stack, kind: str) -> None:
    """AWS's documents may be behind the service."""
    if kind == "retention":
        settings, rule = ProviderSettings(log_retention_days=42), "log-retention"
    else:
        settings = ProviderSettings(dead_letter_queue=sqs.Queue(stack, "Dead", fifo=True))
        rule = "dead-letter-fifo"
    assert len(problems(stack, settings)) == 1
    provider = JobProvider.configure(stack, **settings, checks=Checks(overrides={rule: "warn"}))
    assert rule in json.dumps([one.data for one in provider.node.metadata], default=str)


def test_a_boundary_of_a_service_role_may_be_an_arn(stack: cdk.Stack) -> None:
    """As that of the function's role."""
    role = ServiceRole(permissions_boundary=POLICY)
    ModelCustomizationJob(stack, "J", base_model=BaseModel.NOVA_LITE, training_data=TRAIN, role=role)
    resources = template(stack)["Resources"]
    [made] = [one for name, one in resources.items() if re.fullmatch(r"J[0-9A-F]{8}Role", name)]
    assert made["Properties"]["PermissionsBoundary"] == POLICY


def test_a_vpc_selection_without_subnets_names_the_selection(stack: cdk.Stack) -> None:
    """It is the selection that fits no subnet, and not the VPC."""
    subnets = ec2.SubnetSelection(subnet_group_name="none")
    [found] = problems(stack, {"vpc": ec2.Vpc(stack, "Vpc"), "vpc_subnets": subnets})
    assert "vpc_subnets must select a subnet of the VPC, got Tickets/Vpc" in found


def test_a_missing_bundle_is_about_its_path(stack: cdk.Stack) -> None:
    """Its content is not the mistake."""
    [found] = problems(stack, {"ca_bundle": "none.pem"})
    assert f"relative to the current folder, {Path.cwd()}" in found


def test_a_queue_and_a_topic_exclude_each_other(stack: cdk.Stack) -> None:
    """The error says why."""
    dead: ProviderSettings = {
        "dead_letter_queue": sqs.Queue(stack, "Queue"),
        "dead_letter_topic": sns.Topic(stack, "Topic"),
    }
    [found] = problems(stack, dead)
    assert "must not be given together with dead_letter_queue: a function has one of them" in found


@pytest.mark.parametrize("scope", [None, "Tickets", cdk.App])
def test_a_scope_that_is_no_construct_is_a_finding(scope: Any) -> None:  # noqa: ANN401 - each is a mistake
    """Instead of an AttributeError, or of jsii's words about what it cannot send to Node."""
    rule = "scope must be a construct, got .*; pass a stack, or a construct in one"
    for make in (
        lambda: JobProvider(scope, "Provider"),
        lambda: JobProvider.of(scope),
        lambda: ModelCustomizationJob(scope, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN),
        lambda: ModelCustomizationJob.from_job_arn(scope, "Imported", JOB_ARN),
    ):
        with pytest.raises(InvalidJob, match=rule):
            make()


@pytest.mark.parametrize("scope", [cdk.App(), cdk.Stage(cdk.App(), "Prod")])
def test_a_function_or_a_job_outside_a_stack_is_a_finding(scope: cdk.App | cdk.Stage) -> None:
    """Instead of an error of the CDK about a construct that the app did not define."""
    with pytest.raises(InvalidJob, match="scope must be in a stack"):
        JobProvider.configure(scope, debug=True)
    with pytest.raises(InvalidJob, match="scope must be in a stack"):
        ModelCustomizationJob(scope, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN)


@pytest.mark.parametrize("is_given", [False, True])
def test_an_endpoint_lets_the_function_in(stack: cdk.Stack, is_given: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Also one that is not open to the VPC, and before the function starts the first job."""
    vpc = ec2.Vpc(stack, "Vpc", max_azs=1)
    settings = ProviderSettings(vpc=vpc)
    if is_given:
        settings["security_groups"] = [ec2.SecurityGroup(stack, "Given", vpc=vpc)]
    provider = JobProvider.configure(stack, **settings)
    service = ec2.InterfaceVpcEndpointAwsService.BEDROCK
    endpoint = vpc.add_interface_endpoint("Bedrock", service=service, open=False)
    endpoint.connections.allow_default_port_from(provider)
    found = template(stack)
    [(rule, permitted)] = [
        (name, one["Properties"])
        for name, one in found["Resources"].items()
        if one["Type"] == "AWS::EC2::SecurityGroupIngress"
    ]
    config = properties(found, "AWS::Lambda::Function")["VpcConfig"]
    assert config["SecurityGroupIds"] == [permitted["SourceSecurityGroupId"]]
    [function] = [one for one in found["Resources"].values() if one["Type"] == "AWS::Lambda::Function"]
    assert rule in function["DependsOn"]


def test_a_function_without_a_vpc_has_no_connections(stack: cdk.Stack) -> None:
    """The error says what to set."""
    with pytest.raises(InvalidJob, match=r"connections needs a function in a VPC.*give vpc in its settings"):
        _ = JobProvider.of(stack).connections
