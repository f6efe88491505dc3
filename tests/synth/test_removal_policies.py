"""What stays after destroy: no running job by accident, and everything that a retained job needs."""

from collections.abc import Callable

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    CustomizationSweep,
    JobNetwork,
    MediaData,
    ModelCustomizationJob,
    Objective,
    OnDelete,
    OutputBucket,
)
from tests.synth.templates import KEY, OUTPUT, TRAIN, of_type, template, the_job

Make = Callable[..., ModelCustomizationJob]

IGNORED = "bedrock-customization:removal-policy-ignored"
RETAIN, DESTROY = cdk.RemovalPolicy.RETAIN, cdk.RemovalPolicy.DESTROY


@jsii.implements(cdk.IAspect)
class _RetainsAll:
    """An aspect that retains every resource."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, cdk.CfnResource):
            node.apply_removal_policy(RETAIN)


def _notes(stack: cdk.Stack) -> list[str]:
    """Return the notes about ignored removal policies in the synthesized stack."""
    return [str(one.data) for one in stack.node.metadata if IGNORED in str(one.data)]


@pytest.mark.parametrize(
    "asked",
    [
        lambda stack, _: cdk.RemovalPolicies.of(stack.node.root).retain(),
        lambda stack, _: cdk.RemovalPolicies.of(stack.node.root).retain(priority=900),
        lambda stack, _: cdk.RemovalPolicies.of(stack).retain(),
        lambda stack, _: cdk.RemovalPolicies.of(stack).retain_on_update_or_delete(priority=1),
        lambda _, job: cdk.RemovalPolicies.of(job).retain(),
        lambda stack, _: cdk.Aspects.of(stack.node.root).add(_RetainsAll(), priority=1000),
        lambda _, job: job.apply_removal_policy(RETAIN),
        lambda _, job: job.node.default_child.apply_removal_policy(RETAIN),
        lambda _, job: job.node.default_child.apply_removal_policy(
            RETAIN, apply_to_update_replace_policy=False
        ),
        lambda _, job: setattr(
            job.node.default_child.cfn_options, "update_replace_policy", cdk.CfnDeletionPolicy.RETAIN
        ),
    ],
    ids=[
        "app",
        "app-late",
        "stack",
        "stack-early",
        "job",
        "aspect-of-ones-own",
        "call",
        "call-of-the-resource",
        "deletion-only",
        "replacement-only",
    ],
)
def test_a_jobs_resource_is_always_deleted(
    stack: cdk.Stack, job: Make, asked: Callable[[cdk.Stack, ModelCustomizationJob], None]
) -> None:
    """The handler gets a Delete whatever an aspect or a call sets, and a note says so."""
    asked(stack, job())
    found = the_job(stack)
    assert (found["DeletionPolicy"], found["UpdateReplacePolicy"]) == ("Delete", "Delete")
    [note] = _notes(stack)
    assert "Tickets/Triage" in note
    assert "OnDelete.RETAIN" in note


def test_a_stack_has_only_one_note(stack: cdk.Stack, job: Make) -> None:
    """The number of jobs does not matter."""
    for number in range(3):
        job(f"Job{number}", output_data=OUTPUT, custom_model_kms_key=AWS_OWNED_KEY)
    cdk.RemovalPolicies.of(stack.node.root).retain()
    jobs = [one for one in template(stack)["Resources"].values() if one["Type"].startswith("Custom::")]
    assert [one["DeletionPolicy"] for one in jobs] == ["Delete"] * 3
    assert len(_notes(stack)) == 1


@pytest.mark.parametrize("asked", [None, cdk.RemovalPolicy.DESTROY])
def test_no_note_without_another_removal_policy(
    stack: cdk.Stack, job: Make, asked: cdk.RemovalPolicy | None
) -> None:
    """A job with the default policy or with DESTROY has no note."""
    made = job()
    if asked:
        made.apply_removal_policy(asked)
    assert the_job(stack)["DeletionPolicy"] == "Delete"
    assert _notes(stack) == []


def _of_keys(stack: cdk.Stack) -> list[str]:
    template(stack)
    return [str(one.data) for one in stack.node.metadata if "key-destroyed" in str(one.data)]


def _own_key(stack: cdk.Stack, policy: cdk.RemovalPolicy) -> kms.Key:
    return kms.Key(stack, "Own", removal_policy=policy)


@pytest.mark.parametrize(
    ("key", "arguments", "is_destroyed"),
    [
        (lambda stack: cdk.RemovalPolicies.of(stack).destroy(), {}, True),
        (lambda stack: cdk.RemovalPolicies.of(stack).retain(), {}, False),
        (lambda _: None, {}, False),
        (lambda stack: _own_key(stack, DESTROY), {}, True),
        (lambda stack: _own_key(stack, DESTROY).add_alias("tickets"), {}, True),
        (lambda stack: _own_key(stack, RETAIN), {}, False),
        (lambda stack: _own_key(cdk.Stack(stack.node.root, "Keys"), DESTROY), {}, True),
        (lambda stack: kms.Key.from_key_arn(stack, "Own", KEY), {}, False),
        (lambda stack: _own_key(stack, DESTROY), {"on_delete": OnDelete.DELETE_MODEL}, False),
    ],
    ids=["aspect", "kept", "default", "own", "alias", "own-kept", "elsewhere", "imported", "no-model"],
)
@pytest.mark.parametrize("kind", ["job", "sweep"])
def test_a_key_that_is_deleted_while_its_models_stay_is_a_warning(
    stack: cdk.Stack,
    kind: str,
    key: Callable[[cdk.Stack], kms.IKey | None],
    arguments: dict[str, OnDelete],
    is_destroyed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Nobody can use what somebody trained without its key. It is reported once."""
    given = {"base_model": BaseModel.NOVA_LITE, "training_data": TRAIN, "custom_model_kms_key": key(stack)}
    for name in ("First", "Second"):
        if kind == "job":
            ModelCustomizationJob(stack, name, **given, **arguments)  # type: ignore[arg-type]
        else:
            grid, objective = {"epoch_count": [1, 2]}, Objective.TRAINING_LOSS
            CustomizationSweep(stack, name, grid=grid, objective=objective, **given, **arguments)  # type: ignore[arg-type]
    found = _of_keys(stack)
    assert len(found) == is_destroyed
    assert all("Tickets/First is " in one and "RemovalPolicy.RETAIN" in one for one in found)


def test_the_resource_of_a_retained_job_is_deleted_too(stack: cdk.Stack, job: Make) -> None:
    """A job is retained by `on_delete`: the handler gets the Delete and does not stop the job."""
    job(on_delete=OnDelete.RETAIN)
    cdk.RemovalPolicies.of(stack).retain()
    found = the_job(stack)
    assert (found["Properties"]["OnDelete"], found["DeletionPolicy"]) == ("Retain", "Delete")


def _policies(stack: cdk.Stack, *kinds: str) -> dict[str, tuple[str | None, str | None]]:
    """Return the deletion and replacement policies of resources of some types."""
    return {
        name: (one.get("DeletionPolicy"), one.get("UpdateReplacePolicy"))
        for name, one in template(stack)["Resources"].items()
        if one["Type"] in kinds and not name.startswith("BedrockModelCustomization")
    }


KEPT = ("RetainExceptOnCreate", "Retain")
IDENTITY = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
HOSTS = (
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::VPCEndpoint",
)


@pytest.mark.parametrize("on_delete", list(OnDelete))
def test_a_retained_job_keeps_its_role_and_policies(stack: cdk.Stack, job: Make, on_delete: OnDelete) -> None:
    """Later grants are kept too; without RETAIN or after a failed creation nothing is kept."""
    made = job(on_delete=on_delete)
    s3.Bucket.from_bucket_name(stack, "More", "more").grant_read(made)
    found = _policies(stack, *IDENTITY)
    assert len(found) == 3
    assert set(found.values()) == ({KEPT} if on_delete is OnDelete.RETAIN else {(None, None)})


def test_further_managed_policies_are_kept_too(stack: cdk.Stack, job: Make) -> None:
    """Statements that do not fit into the inline policy are retained too."""
    media = [
        MediaData.from_s3_uri(f"s3://amzn-s3-demo-bucket-{number:03}/{'x' * 180}/") for number in range(40)
    ]
    job(on_delete=OnDelete.RETAIN, media_data=media, output_data=OUTPUT, custom_model_kms_key=AWS_OWNED_KEY)
    assert _policies(stack, "AWS::IAM::ManagedPolicy")
    assert set(_policies(stack, *IDENTITY).values()) == {KEPT}


def test_a_given_role_is_not_changed(stack: cdk.Stack, job: Make) -> None:
    """A given role is passed and never changed."""
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("bedrock.amazonaws.com"))
    job(on_delete=OnDelete.RETAIN, role=role, output_data=OUTPUT, custom_model_kms_key=AWS_OWNED_KEY)
    assert set(_policies(stack, "AWS::IAM::Role").values()) == {(None, None)}


@pytest.mark.parametrize(
    ("choices", "kept"),
    [
        ([OnDelete.RETAIN, OnDelete.STOP_JOB], True),
        ([OnDelete.STOP_JOB, OnDelete.RETAIN], True),
        ([OnDelete.STOP_JOB, OnDelete.DELETE_MODEL], False),
    ],
)
def test_the_shared_bucket_policy_is_kept_for_a_retained_job(
    stack: cdk.Stack,
    job: Make,
    choices: list[OnDelete],
    kept: bool,  # noqa: FBT001 - a case
) -> None:
    """The bucket and its key are retained in any case."""
    for number, on_delete in enumerate(choices):
        job(f"Job{number}", on_delete=on_delete)
    [policy] = of_type(stack, "AWS::S3::BucketPolicy")
    assert (policy.get("DeletionPolicy"), policy.get("UpdateReplacePolicy")) == (
        KEPT if kept else (None, None)
    )
    assert [one["DeletionPolicy"] for one in of_type(stack, "AWS::S3::Bucket")] == ["Retain"]
    assert [one["DeletionPolicy"] for one in of_type(stack, "AWS::KMS::Key")] == ["RetainExceptOnCreate"]


def test_the_log_group_is_kept(stack: cdk.Stack, job: Make) -> None:
    """It stays after the stack and after a failed creation, for its retention period."""
    job()
    [group] = of_type(stack, "AWS::Logs::LogGroup")
    assert (group["DeletionPolicy"], group["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert group["Properties"]["RetentionInDays"] == 90


def test_a_failed_creation_keeps_no_key_and_leaves_the_bucket(stack: cdk.Stack, job: Make) -> None:
    """A key is billed; a bucket with Bedrock's object cannot be deleted, and costs nothing."""
    job()
    [key], [bucket] = of_type(stack, "AWS::KMS::Key"), of_type(stack, "AWS::S3::Bucket")
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == KEPT
    assert "PendingWindowInDays" not in key["Properties"]  # CloudFormation's own are 30 days, the most
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_the_bucket_policy_of_a_retained_job_is_kept(stack: cdk.Stack, job: Make) -> None:
    """Bucket policies of other jobs are not retained."""
    job("One", on_delete=OnDelete.RETAIN, output_data=OutputBucket())
    job("Two", output_data=OutputBucket())
    policies = of_type(stack, "AWS::S3::BucketPolicy")
    assert [one.get("DeletionPolicy") for one in policies] == ["RetainExceptOnCreate", None]


@pytest.mark.parametrize("on_delete", [OnDelete.RETAIN, OnDelete.STOP_JOB])
def test_network_resources_of_a_retained_job_are_kept(
    stack: cdk.Stack, job: Make, on_delete: OnDelete
) -> None:
    """Security group, rules and endpoint are retained; an imported VPC has no warning."""
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Net",
        vpc_id="vpc-1",
        availability_zones=["us-east-1a", "us-east-1b"],
        isolated_subnet_ids=["subnet-1", "subnet-2"],
        isolated_subnet_route_table_ids=["rtb-1", "rtb-2"],
    )
    network = JobNetwork.isolated(vpc, s3_prefix_list_id="pl-1")
    made = job(on_delete=on_delete, network=network)
    found = _policies(stack, *HOSTS)
    assert len(found) == 4
    assert set(found.values()) == ({KEPT} if on_delete is OnDelete.RETAIN else {(None, None)})
    assert _warnings(made) == []


def _warnings(made: ModelCustomizationJob) -> list[str]:
    """Return the warnings about a network that cannot be retained."""
    name = "bedrock-customization:retained-job-in-vpc"
    return [str(one.data) for one in made.node.metadata if name in str(one.data)]


def _created(stack: cdk.Stack) -> JobNetwork:
    return JobNetwork.in_new_vpc(stack, "Net", s3_prefix_list_id="pl-1")


def _in_a_vpc_of_the_app(stack: cdk.Stack) -> JobNetwork:
    vpc = ec2.Vpc(stack, "Net", max_azs=2)
    return JobNetwork.from_vpc(vpc, security_groups=[ec2.SecurityGroup(stack, "Mine", vpc=vpc)])


def _with_a_group_of_the_app(stack: cdk.Stack) -> JobNetwork:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Far",
        vpc_id="vpc-1",
        availability_zones=["a", "b"],
        private_subnet_ids=["subnet-1", "subnet-2"],
    )
    return JobNetwork.from_vpc(vpc, security_groups=[ec2.SecurityGroup(stack, "Net", vpc=vpc)])


@pytest.mark.parametrize("network", [_created, _in_a_vpc_of_the_app, _with_a_group_of_the_app])
@pytest.mark.parametrize("on_delete", [OnDelete.RETAIN, OnDelete.STOP_JOB])
def test_a_network_of_the_app_is_a_warning(
    stack: cdk.Stack, job: Make, network: Callable[[cdk.Stack], JobNetwork], on_delete: OnDelete
) -> None:
    """The app's VPC, subnets or group would be deleted while a retained job uses them."""
    made = job(on_delete=on_delete, network=network(stack))
    warnings = _warnings(made)
    assert len(warnings) == (1 if on_delete is OnDelete.RETAIN else 0)
    assert all("Tickets/Net" in one for one in warnings)


def test_a_network_by_ids_has_no_warning(job: Make) -> None:
    """It is unknown who manages a network that is given by ids."""
    network = JobNetwork.from_ids(subnet_ids=["subnet-1"], security_group_ids=["sg-1"])
    assert _warnings(job(on_delete=OnDelete.RETAIN, network=network)) == []


def test_an_aspect_does_not_delete_what_a_retained_job_needs(stack: cdk.Stack, job: Make) -> None:
    """`RemovalPolicies.of(app).destroy()` does not change these resources."""
    job(on_delete=OnDelete.RETAIN)
    cdk.RemovalPolicies.of(stack.node.root).destroy()
    assert set(_policies(stack, *IDENTITY).values()) == {KEPT}
