"""Public scanners find nothing without a suppression, and every suppression has its finding."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import cloudformation_include

from constructs_lib import (
    Billing,
    Checks,
    CustomizationSweep,
    CustomModelDeployment,
    JobNetwork,
    JobProvider,
    ModelCustomizationJob,
    Objective,
    OnDelete,
    OutputData,
    PromoteIf,
    ProvisionedModelThroughput,
    Release,
    TrainingData,
    Wait,
)
from tests.security.iam_evaluator import ACCOUNT, REGION
from tests.security.stacks import (
    JOB_FILES,
    KIND,
    NETWORK,
    add_job,
    full_stack,
    job_file_stack,
    new_stack,
    promotion_stack,
    serving_stack,
    stack_of,
    sweep_stack,
    template_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs import IConstruct
    from syrupy.assertion import SnapshotAssertion

LINT = Path(sys.executable).with_name("cfn-lint")
PACKS = (
    cdk_nag.AwsSolutionsChecks,
    cdk_nag.HIPAASecurityChecks,
    cdk_nag.NIST80053R4Checks,
    cdk_nag.NIST80053R5Checks,
    cdk_nag.PCIDSS321Checks,
    cdk_nag.ServerlessChecks,
)


def _with_settings() -> cdk.Stack:
    """Return a stack whose function has every setting that a scanner looks at; the rest is imported."""
    stack = new_stack()
    key = kms.Key.from_key_arn(
        stack, "Key", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0a1b2c3d-0000-1111-2222-333344445555"
    )
    zones, subnets = ["us-east-1a", "us-east-1b"], ["subnet-0a1b2c3d", "subnet-1a2b3c4d"]
    JobProvider.configure(
        stack,
        vpc=ec2.Vpc.from_vpc_attributes(
            stack, "Vpc", vpc_id="vpc-0a1b2c3d", availability_zones=zones, private_subnet_ids=subnets
        ),
        dead_letter_queue=sqs.Queue.from_queue_arn(stack, "Q", f"arn:aws:sqs:{REGION}:{ACCOUNT}:Q"),
        tracing=lambda_.Tracing.ACTIVE,
        log_encryption_key=key,
        environment_encryption=key,
        reserved_concurrent_executions=2,
        role_path="/platform/",
        permissions_boundary=f"arn:aws:iam::{ACCOUNT}:policy/Bounded",
    )
    add_job(stack)
    return stack


def _with_role() -> cdk.Stack:
    """Return a stack whose function has a role that the app only refers to."""
    stack = new_stack()
    JobProvider.configure(stack, role=f"arn:aws:iam::{ACCOUNT}:role/Platform")
    add_job(stack)
    return stack


def _one_of_each() -> cdk.Stack:
    """Return a stack with so many features that the function's standing statements are not all inline."""
    stack = new_stack()
    network = JobNetwork.in_new_vpc(stack, "Vpc", availability_zones=[f"{REGION}a", f"{REGION}b"])
    job = add_job(stack, network=network, on_delete=OnDelete.DELETE_MODEL, wait=Wait.for_completion())
    job.publish_model_arn("/tickets/model", promote_if=PromoteIf.approved())
    CustomModelDeployment(
        stack, "Serve", model=job, release=Release.ON_COMPLETION, promote_if=PromoteIf.training_loss()
    )
    ProvisionedModelThroughput(
        stack, "Bought", model=job, model_units=1, billing=Billing.hours(8), purchase="1"
    )
    CustomizationSweep(
        stack,
        "Search",
        base_model="amazon.nova-lite-v1:0:300k",
        training_data="s3://data/train.jsonl",
        grid={"epoch_count": [1, 2]},
        objective=Objective.TRAINING_LOSS,
    )
    return stack


STACKS = {
    "one of each": _one_of_each,
    "all kinds": full_stack,
    **{f"kind: {one}": lambda one=one: stack_of({"kind": one}) for one in KIND},
    **{f"network: {one}": lambda one=one: stack_of({"network": one}) for one in NETWORK},
    "published and deployed": serving_stack,
    "promoted": promotion_stack,
    "sweeps": sweep_stack,
    "keys by alias": lambda: stack_of({"key": "alias", "data": "data key by alias"}),
    "imported alias": lambda: stack_of({"key": "imported alias"}, with_env=False),
    "settings of the function": _with_settings,
    "a role of the platform": _with_role,
    "deletes, own key": lambda: stack_of({"steering": "deletes the model", "key": "own"}),
}
each_stack = pytest.mark.parametrize("name", STACKS)


@each_stack
def test_cdk_nag_finds_nothing_unsuppressed(name: str) -> None:
    """No pack of cdk-nag finds anything that the library does not suppress."""
    assert _findings(STACKS[name]()) == set()


def test_answers_are_known(snapshot: SnapshotAssertion) -> None:
    """The list of suppressed findings is a snapshot, so that additions are reviewed."""
    assert sorted(_answered(full_stack())) == snapshot


@pytest.mark.parametrize("key", ["out(1)/", "odd)/", "(odd/"])
def test_brackets_in_a_key_do_not_break_a_suppression(key: str) -> None:
    """S3 keys may have brackets; the CDK refuses a rule's name in which they do not match."""
    output = OutputData.from_s3_uri(f"s3://amzn-s3-demo-bucket/{key}")
    train = TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl")
    stack = cdk.Stack(cdk.App(), "S")
    ModelCustomizationJob(
        stack,
        "J",
        base_model="amazon.nova-lite-v1:0:300k",
        training_data=train,
        output_data=output,
    )
    assert f'"s3Uri": "{output.uri}"' in json.dumps(template_of(stack))


def _uris(stack: cdk.Stack) -> dict[str, str]:
    """Return URIs with tokens, in all forms that CloudFormation has."""

    def later(id: str) -> str:
        return cdk.CfnParameter(stack, id, default="x").value_as_string

    topic = cdk.CfnResource(stack, "Topic", type="AWS::SNS::Topic").get_att("TopicName").to_string()
    mapping = cdk.CfnMapping(stack, "Map", mapping={"us-east-1": {"folder": "x"}})
    return {
        "Key": f"s3://data/{later('K')}",
        "Bucket": f"s3://{later('B')}/x/",
        "Whole": later("U"),
        "Dynamic": "s3://data/{{resolve:ssm:/a/b}}/x/",
        "Imported": f"s3://data/{cdk.Fn.import_value('Folder')}/",
        "Selected": f"s3://data/{cdk.Fn.select(0, cdk.Fn.split('(', later('S')))}/",
        "Substituted": f"s3://data/{cdk.Fn.sub('${AWS::Region}-a')}/",
        "Attribute": f"s3://data/{topic}/",
        "Mapped": f"s3://data/{mapping.find_in_map('us-east-1', 'folder')}/",
        "Odd": "s3://data/a)b(c/",
    }


def test_cdk_nag_finds_nothing_unsuppressed_in_a_uri_with_tokens() -> None:
    """The name of the finding has the tokens, and brackets of any kind."""
    stack = cdk.Stack(cdk.App(), "Stack")
    out = OutputData.from_s3_uri("s3://results/x/")
    for name, uri in _uris(stack).items():
        for way, data, place in (("In", uri, out), ("Out", "s3://abc/x/", OutputData.from_s3_uri(uri))):
            ModelCustomizationJob(
                stack,
                f"{name}{way}",
                base_model="amazon.nova-lite-v1:0:300k",
                training_data=TrainingData.from_s3_uri(data),
                output_data=place,
                checks=Checks.warn(),  # Nova's data must not have such names
            )
    assert _findings(stack) == set()


class _Nag2:
    """The part of cdk-nag 2 that the library uses; it cannot be installed beside cdk-nag 3."""

    class NagPackSuppression:
        """One suppression, as cdk-nag 2 takes it."""

        def __init__(self, *, id: str, reason: str, applies_to: list[str] | None = None) -> None:
            self.answer = (id, *(applies_to or ()))
            self.reason = reason

    class NagSuppressions:
        """Where cdk-nag 2 takes suppressions."""

        given: ClassVar[list[tuple[str, ...]]] = []

        @classmethod
        def add_resource_suppressions(
            cls,
            construct: IConstruct,
            suppressions: list[_Nag2.NagPackSuppression],
            apply_to_children: bool,  # noqa: FBT001 - its own form
        ) -> None:
            """Take suppressions for a construct and all below it."""
            assert construct.node.find_all()
            assert apply_to_children
            assert all(len(one.reason) >= 10 for one in suppressions)
            cls.given += [one.answer for one in suppressions]


def test_cdk_nag_2_is_suppressed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Suppressions for cdk-nag 2 use `applies_to` for wildcards and do not use the CDK's own record."""
    third = sorted(rule for rule, _ in _answered(full_stack()))
    monkeypatch.setitem(sys.modules, "cdk_nag", _Nag2)
    stack = full_stack()
    assert list(_answered(stack)) == []
    given = [one if len(one) > 1 else (*one, "") for one in _Nag2.NagSuppressions.given]
    assert sorted(f"{rule}[{name}]" if name else rule for rule, name in given) == third


@each_stack
def test_every_suppression_has_a_finding(name: str, tmp_path: Path) -> None:
    """With each resource as cdk-nag's own type, it finds exactly what is suppressed."""
    stack = STACKS[name]()
    answered = {rule for rule, _ in _answered(stack)}
    asked = {rule for rule, _ in _findings(_included(template_of(stack), tmp_path))}
    assert asked == answered


def test_cfn_lint_finds_nothing(tmp_path: Path) -> None:
    """cfn-lint has no error, no warning, and no action on a resource that it cannot have."""
    stacks = [*(make() for make in STACKS.values()), *map(job_file_stack, JOB_FILES)]
    templates = [template_of(one, validates=False) for one in stacks]
    for number, template in enumerate(templates):
        (tmp_path / f"{number}.json").write_text(json.dumps(template))
    # W3010: the zones of these stacks are named by the tests.
    command = [LINT, "-c", "I3510", "-i", "W3010", "--format", "parseable", *tmp_path.iterdir()]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.stdout, found.returncode) == ("", 0)


def test_the_cdks_own_rules_are_active() -> None:
    """The CDK validates the templates of these tests: an invalid property stops the synthesis."""
    stack = full_stack()
    cdk.CfnResource(stack, "Wrong", type="AWS::S3::Bucket", properties={"Colour": "blue"})
    with pytest.raises(RuntimeError, match="Colour"):
        template_of(stack)


def _findings(stack: cdk.Stack) -> set[tuple[str, str]]:
    return {
        (violation.rule_name, place.construct_path)
        for pack in PACKS
        for violation in pack(stack.node.root).validate_scope(stack).violations
        for place in violation.violating_resources
    }


def _answered(stack: cdk.Stack) -> Iterator[tuple[str, str]]:
    key = cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY
    for construct in stack.node.find_all():
        for entry in construct.node.metadata:
            if entry.type == key:
                for rule, reason in entry.data.items():
                    kind, _, name = rule.partition("::")
                    if kind.lower() == "annotation":
                        yield name, reason


def _included(template: dict[str, Any], folder: Path) -> cdk.Stack:
    """Return the template with typed resources, because cdk-nag does not check generic ones."""
    kept = {name: part for name, part in template.items() if name not in ("Rules", "Parameters")}
    path = folder / "template.json"
    path.write_text(json.dumps(kept))
    stack = cdk.Stack(cdk.App(), "Included", env=cdk.Environment(account=ACCOUNT, region=REGION))
    cloudformation_include.CfnInclude(stack, "Template", template_file=str(path))
    return stack
