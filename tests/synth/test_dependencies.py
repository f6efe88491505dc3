"""A job depends on the resources that it needs itself, and on none of another job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    InvalidJob,
    JobNetwork,
    JobProvider,
    ModelCustomizationJob,
    OnDelete,
    OutputBucket,
    OutputData,
    ServiceRole,
    TrainingData,
)
from constructs_lib.job.handler_permissions import JobPermissions
from tests.synth.dependency_graph import dependencies, find_cycle, longest_chain, transitive_dependencies
from tests.synth.templates import OUTPUT, TRAIN, template

if TYPE_CHECKING:
    from collections.abc import Callable

JOB = "Custom::BedrockModelCustomizationJob"
LITERAL = {"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY}
BEDROCK = iam.ServicePrincipal("bedrock.amazonaws.com")


def add_job(scope: Construct, id: str, **overrides: Any) -> ModelCustomizationJob:  # noqa: ANN401 - the construct's own arguments
    """Define a valid job with the arguments that a test changes."""
    arguments = {"base_model": BaseModel.NOVA_LITE, "training_data": TRAIN} | overrides
    return ModelCustomizationJob(scope, id, **arguments)


def given_role(scope: Construct, **_: object) -> dict[str, Any]:
    """Return a role of the user's in the same construct."""
    return {"role": iam.Role(scope, "Given", assumed_by=BEDROCK)}


def bucket_and_key(scope: Construct, **_: object) -> dict[str, Any]:
    """Return the user's bucket, encrypted by the user's key, for data, results and model."""
    key = kms.Key(scope, "Key")
    bucket = s3.Bucket(scope, "Bucket", encryption=s3.BucketEncryption.KMS, encryption_key=key)
    return {
        "training_data": TrainingData.from_bucket(bucket, "train.jsonl"),
        "output_data": OutputData.from_bucket(bucket, "out/"),
        "custom_model_kms_key": key,
    }


def bounded_role(scope: Construct, **_: object) -> dict[str, Any]:
    """Return settings of a new role with a permissions boundary of the user's."""
    return {"role": ServiceRole(permissions_boundary=iam.ManagedPolicy(scope, "Boundary", statements=[
        iam.PolicyStatement(actions=["s3:GetObject"], resources=["*"])
    ]))}  # fmt: skip


def new_network(scope: Construct, **_: object) -> dict[str, Any]:
    """Return an isolated VPC with an S3 endpoint."""
    return {"network": JobNetwork.in_new_vpc(scope, "Net"), "output_data": OutputBucket()}


def token_model(scope: Construct, **_: object) -> dict[str, Any]:
    """Return a base model whose name is an attribute of another resource."""
    named = cdk.CfnResource(scope, "Named", type="AWS::SSM::Parameter")
    return {"base_model": named.get_att("Value").to_string()}


SHAPES: dict[str, Callable[..., dict[str, Any]]] = {
    "shared storage": lambda _: {},
    "literals": lambda _: LITERAL,
    "own bucket": lambda _: {"output_data": OutputBucket()},
    "given role": given_role,
    "bucket and key": bucket_and_key,
    "given role, bucket and key": lambda scope: given_role(scope) | bucket_and_key(scope),
    "bounded role": bounded_role,
    "network": new_network,
    "token model": token_model,
    "own provider": lambda scope: {"provider": JobProvider(scope, "Provider")} | bucket_and_key(scope),
    "deletes its model": lambda _: {"on_delete": OnDelete.DELETE_MODEL},
}
each_shape = pytest.mark.parametrize("shape", SHAPES)


@each_shape
@pytest.mark.parametrize("later_first", [False, True], ids=["in order", "defined the other way round"])
def test_a_job_may_depend_on_a_job(stack: cdk.Stack, shape: str, later_first: bool) -> None:  # noqa: FBT001 - a case
    """Only resources below the dependent job depend on the other job."""
    names = ("Later", "Earlier") if later_first else ("Earlier", "Later")
    jobs = {name: add_job(stack, name, **SHAPES[shape](Construct(stack, f"Of{name}"))) for name in names}
    jobs["Later"].node.add_dependency(jobs["Earlier"])
    found = template(stack)
    assert find_cycle(found) == []
    [later] = [name for name, one in found["Resources"].items() if _is_job(one, name, "Later")]
    assert any(name.startswith("Earlier") for name in transitive_dependencies(found, later))


@each_shape
@pytest.mark.parametrize("other", ["shared storage", "literals", "given role"])
@pytest.mark.parametrize(
    "later_first",
    [False, pytest.param(True, marks=pytest.mark.thorough)],  # the test above has both orders of each shape
    ids=["in order", "defined the other way round"],
)
def test_a_construct_with_a_job_may_depend_on_another(
    stack: cdk.Stack,
    shape: str,
    other: str,
    later_first: bool,  # noqa: FBT001 - a case
) -> None:
    """Bucket, key and role in the dependent construct wait for the other job without a cycle."""
    earlier, later = Construct(stack, "Earlier"), Construct(stack, "Later")

    def fill(scope: Construct, what: str) -> None:
        add_job(scope, "Job", **SHAPES[what](scope))

    for scope, what in (
        [(later, shape), (earlier, other)] if later_first else [(earlier, other), (later, shape)]
    ):
        fill(scope, what)
    later.node.add_dependency(earlier)
    assert find_cycle(template(stack)) == []


@pytest.mark.parametrize("in_a_chain", [2, 3])
def test_a_job_may_customize_the_model_of_another_job(stack: cdk.Stack, in_a_chain: int) -> None:
    """The template has no cycle; a warning says what to do before the model exists."""
    jobs = [add_job(stack, "Job0")]
    for number in range(1, in_a_chain):
        jobs.append(add_job(stack, f"Job{number}", base_model=jobs[-1].output_model_arn))
    assert find_cycle(template(stack)) == []
    said = [
        [
            entry
            for entry in job.node.metadata
            if "does not exist before that job has ended" in str(entry.data)
        ]
        for job in jobs
    ]
    assert [len(entries) for entries in said] == [0] + [1] * (in_a_chain - 1)


@pytest.mark.parametrize("attribute", ["CustomModelName", "OutputModelArn"])
def test_any_attribute_of_a_job_may_name_a_base_model(stack: cdk.Stack, attribute: str) -> None:
    """Only the job that uses the attribute depends on the other one."""
    resource = add_job(stack, "First").node.default_child
    assert isinstance(resource, cdk.CfnResource)
    add_job(stack, "Second", base_model=resource.get_att(attribute).to_string())
    assert find_cycle(template(stack)) == []


@pytest.mark.parametrize("whose", ["made", "given"])
def test_job_group_policy_and_role_are_deleted_in_this_order(stack: cdk.Stack, whose: str) -> None:
    """Bedrock deletes a job's network interfaces with its role, before the security group can go."""
    if whose == "made":
        network = JobNetwork.in_new_vpc(stack, "Net")
    else:
        network = JobNetwork.isolated(ec2.Vpc(stack, "Vpc", nat_gateways=0))
    first, second = (add_job(stack, name, network=network) for name in ("First", "Second"))
    second.node.add_dependency(first)
    found = template(stack)
    assert find_cycle(found) == []
    graph, resources = dependencies(found), found["Resources"]
    [group] = [name for name, one in resources.items() if one["Type"] == "AWS::EC2::SecurityGroup"]
    jobs = [name for name, one in resources.items() if one["Type"] == JOB]
    assert len(jobs) == 2
    for job in jobs:
        policy = f"{job}InterfacesPolicy"
        assert "ec2:DeleteNetworkInterface" in str(resources[policy]["Properties"]["PolicyDocument"])
        assert policy in graph[job] & graph[group]
        assert f"{job}Role" in graph[policy]


def test_isolated_jobs_of_one_vpc_may_depend_on_each_other(stack: cdk.Stack) -> None:
    """Their endpoint names the buckets of both, which are therefore not below the jobs."""
    network = JobNetwork.in_new_vpc(stack, "Net")
    first, second = (
        add_job(stack, name, network=network, output_data=OutputBucket()) for name in ("One", "Two")
    )
    second.node.add_dependency(first)
    assert find_cycle(template(stack)) == []


def test_the_warning_of_an_untrained_model_can_be_acknowledged(stack: cdk.Stack) -> None:
    """It is acknowledged by its id, as every warning."""
    made = add_job(stack, "Second", base_model=add_job(stack, "First").output_model_arn)
    cdk.Annotations.of(made).acknowledge_warning("bedrock-customization:model-not-trained-yet", "deployed")
    assert not any(
        "does not exist before that job has ended" in str(entry.data) for entry in made.node.metadata
    )


def test_a_given_role_and_key_of_a_dependent_construct_delay_only_its_own_job(stack: cdk.Stack) -> None:
    """Each has one policy, and only the job that uses it depends on it."""
    add_job(stack, "Alone", **LITERAL)
    scope = Construct(stack, "Later")
    for name in ("One", "Two"):
        add_job(scope, name, **(given_role(scope) | bucket_and_key(scope) if name == "One" else _same(scope)))
    found = template(stack)
    resources = found["Resources"]
    [alone] = [name for name, one in resources.items() if _is_job(one, name, "Alone")]
    assert not any(name.startswith("Later") for name in transitive_dependencies(found, alone))
    policies = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::IAM::Policy"]
    apart = [one["PolicyDocument"]["Statement"] for one in policies if "Function" not in str(one["Roles"])]
    assert sum("iam:PassRole" in str(one) for one in apart) == 1
    assert sum("kms:CreateGrant" in str(one) for one in apart) == 1


def _same(scope: Construct) -> dict[str, Any]:
    role, key = scope.node.find_child("Given"), scope.node.find_child("Key")
    return {"role": role, "custom_model_kms_key": key}


def test_a_role_arn_with_pseudo_parameters_needs_no_policy(stack: cdk.Stack) -> None:
    """Partition and account are no resources, so that nothing depends on them."""
    add_job(stack, "Job", role=f"arn:{cdk.Aws.PARTITION}:iam::{cdk.Aws.ACCOUNT_ID}:role/Given", **LITERAL)
    kinds = [one["Type"] for one in template(stack)["Resources"].values()]
    assert "AWS::IAM::Policy" not in kinds


@each_shape
def test_no_role_waits_for_a_bucket_or_a_key(stack: cdk.Stack, shape: str) -> None:
    """Service roles depend on nothing; the function's role depends on role names and the created key."""
    add_job(stack, "Job", **SHAPES[shape](Construct(stack, "Mine")))
    found = template(stack)
    graph = dependencies(found)
    kinds = {name: one["Type"] for name, one in found["Resources"].items()}
    for name, kind in kinds.items():
        waited = {one for one in graph[name] if kinds[one] in ("AWS::S3::Bucket", "AWS::KMS::Key")}
        if kind == "AWS::IAM::Role":
            assert all(one.startswith("BedrockModelCustomizationData") for one in waited)


@each_shape
def test_the_longest_chain_stays_short(stack: cdk.Stack, shape: str) -> None:
    """A job that creates what it needs is the fourth step; resources of the user may add some."""
    add_job(stack, "Job", **SHAPES[shape](Construct(stack, "Mine")))
    brought = {"bucket and key", "given role, bucket and key", "own provider", "network", "bounded role"}
    chain = longest_chain(template(stack))
    assert len(chain) <= (6 if shape in brought else 4), chain


@pytest.mark.parametrize("given", ["literal", pytest.param("construct", marks=pytest.mark.thorough)])
def test_two_hundred_jobs_with_one_role_fit(stack: cdk.Stack, given: str) -> None:
    """They stay within 500 resources, 10,240 characters inline and ten managed policies."""
    arn = "arn:aws:iam::111122223333:role/Given"
    role: Any = arn if given == "literal" else iam.Role(stack, "Given", assumed_by=BEDROCK)
    for number in range(200):
        add_job(stack, f"Job{number}", role=role)
    resources = template(stack)["Resources"]
    kinds = [one["Type"] for one in resources.values()]
    assert kinds.count(JOB) == 200
    assert len(kinds) - 200 == (7 if given == "literal" else 9)
    assert "AWS::IAM::ManagedPolicy" not in kinds


@pytest.mark.thorough
def test_two_hundred_jobs_with_a_role_each_fit(stack: cdk.Stack) -> None:
    """With created roles, each job has two resources, and all share three policies of the function."""
    for number in range(200):
        add_job(stack, f"CustomerSupport{number}", **LITERAL)
    found = template(stack)
    kinds = [one["Type"] for one in found["Resources"].values()]
    assert len(kinds) < 500
    assert kinds.count("AWS::IAM::ManagedPolicy") <= 4
    assert find_cycle(found) == []
    managed = {name for name, one in found["Resources"].items() if one["Type"] == "AWS::IAM::ManagedPolicy"}
    jobs = [name for name, one in found["Resources"].items() if one["Type"] == JOB]
    assert all(managed <= transitive_dependencies(found, name) for name in jobs)


def test_more_permissions_than_a_role_can_have_are_refused(stack: cdk.Stack) -> None:
    """One sentence at synthesis, instead of an error of IAM in the middle of a deployment."""
    provider, role = JobProvider(stack, "Own"), cdk.CfnParameter(stack, "Role").value_as_string

    def use(roles: int) -> None:
        for number in range(roles):
            provider.allow(JobPermissions(logical_id=f"Job{number}", role_arn=f"{role}{number}"))

    with pytest.raises(
        InvalidJob, match="Own cannot be defined:\n  - provider must not need more permissions"
    ):
        use(800)


def _is_job(resource: dict[str, Any], name: str, start: str) -> bool:
    return resource["Type"] == JOB and name.startswith(start)


@pytest.mark.parametrize("role", ["made", "given", "imported"])
@pytest.mark.parametrize("when", ["granted by a bucket", "stated", "stated before"])
def test_a_job_waits_for_all_permissions_of_its_role(stack: cdk.Stack, role: str, when: str) -> None:
    """Bedrock uses the role as soon as the job is created, so it also waits for later grants."""
    given: Any = {
        "made": lambda: None,
        "given": lambda: iam.Role(stack, "Given", assumed_by=BEDROCK),
        "imported": lambda: iam.Role.from_role_arn(stack, "Known", "arn:aws:iam::111122223333:role/Known"),
    }[role]()
    statement = iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::more/*"])
    if when == "stated before" and given is not None:
        given.add_to_principal_policy(statement)
    job = add_job(stack, "Triage", role=given, **LITERAL)
    if when == "granted by a bucket":
        s3.Bucket(stack, "More").grant_read(job)
    else:
        (job.role if role == "made" else given or job.role).add_to_principal_policy(statement)
    found = template(stack)
    policies = [
        name
        for name, one in found["Resources"].items()
        if one["Type"].startswith("AWS::IAM::") and "s3:GetObject" in str(one["Properties"])
    ]
    [name] = [name for name, one in found["Resources"].items() if one["Type"] == JOB]
    assert len(policies) >= 1
    assert set(policies) <= transitive_dependencies(found, name)
    assert find_cycle(found) == []


def test_a_job_may_use_the_role_of_another_job(stack: cdk.Stack) -> None:
    """It depends on that role's policies, and one statement permits passing the role."""
    first = add_job(stack, "First")
    add_job(stack, "Second", role=first.role)
    found = template(stack)
    policies = {name for name, one in found["Resources"].items() if one["Type"] == "AWS::IAM::Policy"}
    jobs = [name for name, one in found["Resources"].items() if one["Type"] == JOB]
    assert len(policies) == 1
    assert all(policies <= transitive_dependencies(found, name) for name in jobs)


def test_a_shared_role_belongs_to_the_job_that_created_it(stack: cdk.Stack) -> None:
    """Another job that uses it neither names nor retains what is added to it later."""
    first = add_job(stack, "First")
    add_job(stack, "Second", role=first.role, on_delete=OnDelete.RETAIN)
    s3.Bucket.from_bucket_name(stack, "More", "more").grant_read(first)
    resources = template(stack)["Resources"]
    [name] = [name for name, one in resources.items() if one["Type"] == JOB and name.startswith("First")]
    assert f"{name}Grants" in resources
    kept = [
        name
        for name, one in resources.items()
        if one["Type"].startswith("AWS::IAM") and "DeletionPolicy" in one
    ]
    assert kept == []


def test_policies_of_a_role_have_different_names() -> None:
    """If a job changes to given data, deleting the old policy must not delete the new one."""
    names = []
    for arguments in ({}, LITERAL):
        home = cdk.Stack(cdk.App(), "Home")
        add_job(home, "Job", **arguments)
        text = str(template(home)["Resources"])
        names.append({name for name in ("'JobData'", "'Job'") if f"'PolicyName': {name}" in text})
    assert names == [{"'JobData'"}, {"'Job'"}]


@pytest.mark.parametrize("role", ["made", "given"])
@pytest.mark.parametrize("grant", ["grant_read", "grant_stop", "grant_tag"])
def test_a_grant_to_the_jobs_own_role_is_refused(stack: cdk.Stack, role: str, grant: str) -> None:
    """The policy would depend on the job, and the job on the policy."""
    given = iam.Role(stack, "Given", assumed_by=BEDROCK) if role == "given" else None
    job = add_job(stack, "Triage", role=given, **LITERAL)
    for grantee in (job, job.role):
        with pytest.raises(InvalidJob, match="grantee must not be the job's own service role"):
            getattr(job, grant)(grantee)


def test_a_job_may_be_granted_to_another_job(stack: cdk.Stack) -> None:
    """The other job depends on it."""
    first, second = add_job(stack, "First"), add_job(stack, "Second")
    first.grant_read(second)
    assert find_cycle(template(stack)) == []
