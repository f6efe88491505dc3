"""Calls that the service roles of the four kinds of jobs must allow, and calls that they must not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from constructs_lib import permissions
from constructs_lib.permissions import S3Location, ServiceRoleNeeds
from tests.security.iam_evaluator import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, Call, listed
from tests.security.scenario import (
    BASE,
    BEDROCK,
    EC2,
    JOB,
    KMS,
    MODEL,
    PLACE,
    VIA_BEDROCK,
    VIA_S3,
    Scenario,
    key_call,
    lists,
    read,
    renamed,
    write,
)
from tests.security.scenario_calls import MODEL_KEY_ACTIONS, alias_calls, data_calls, model_key_calls

if TYPE_CHECKING:
    from collections.abc import Mapping

INPUTS = (
    S3Location(uri="s3://data/train/set.jsonl", key_arn=f"{KMS}/data"),
    S3Location(uri="s3://data/valid", key_arn=f"{KMS}/data"),
)
OUTPUT = S3Location(uri="s3://out/metrics/", key_arn=f"{KMS}/out")


def fine_tuning() -> Scenario:
    """Return the role of a fine-tuning job on encrypted data, with a key for the model."""
    needs = ServiceRoleNeeds(**PLACE, inputs=INPUTS, output=OUTPUT, model_key_arn=f"{KMS}/model")
    data, model = data_calls(), model_key_calls()
    return Scenario(
        name="service role of a fine-tuning",
        statements=permissions.service_role_statements(needs),
        needed=[*data[0], *model[0]],
        forbidden=[
            *data[1],
            *model[1],
            Call(name="invoke a model", action="bedrock:InvokeModel", resource=BASE),
            Call(name="pass itself on", action="iam:PassRole", resource=f"arn:aws:iam::{ACCOUNT}:role/Role"),
        ],
    )


def keys_by_alias() -> Scenario:
    """Return the role of a job whose model key and whose buckets' keys are given by alias."""
    alias = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias"
    needs = ServiceRoleNeeds(
        **PLACE,
        inputs=[S3Location(uri="s3://data/train/set.jsonl", key_arn=f"{alias}/data")],
        output=S3Location(uri="s3://out/metrics/", key_arn=f"{alias}/team/out"),
        model_key_arn=f"{alias}/models",
    )
    calls = [
        alias_calls(("Decrypt",), "alias/data", VIA_S3),
        alias_calls(("Decrypt", "GenerateDataKey"), "alias/team/out", VIA_S3),
        alias_calls(MODEL_KEY_ACTIONS, "alias/models", VIA_BEDROCK),
    ]
    return Scenario(
        name="service role with keys named by alias",
        statements=[
            one
            for one in permissions.service_role_statements(needs)
            if any(action.startswith("kms:") for action in listed(one["Action"]))
        ],
        needed=[call for needed, _ in calls for call in needed],
        forbidden=[
            *(call for _, forbidden in calls for call in forbidden),
            key_call("GenerateDataKey", "data", VIA_S3 | {"kms:ResourceAliases": ["alias/data"]}),
            key_call("ScheduleKeyDeletion", "any", VIA_BEDROCK | {"kms:ResourceAliases": ["alias/models"]}),
            key_call("ReEncryptFrom", "any", VIA_S3 | {"kms:ResourceAliases": ["alias/team/out"]}),
            Call(
                name="move the alias",
                action="kms:UpdateAlias",
                resource=f"{alias}/models",
                keys=VIA_BEDROCK,
            ),
        ],
    )


def foreign_data() -> Scenario:
    """Return the role of a job whose data is in a bucket of another account."""
    inputs = [S3Location(uri="s3://theirs/train.jsonl", owner=OTHER_ACCOUNT)]
    needs = ServiceRoleNeeds(**PLACE, inputs=inputs, output=S3Location(uri="s3://out"))
    return Scenario(
        name="service role on foreign data",
        statements=permissions.service_role_statements(needs),
        needed=[
            read("theirs", "train.jsonl", owner=OTHER_ACCOUNT),
            *lists("theirs", ["train.jsonl", ""], owner=OTHER_ACCOUNT),
            read("out", "x"),
            write("out", "x"),
            *lists("out", [""]),
        ],
        forbidden=[
            renamed(read("theirs", "train.jsonl"), "of a bucket that was registered again"),
            *lists("theirs", ["train.jsonl", ""]),
            renamed(write("out", "x"), "of another account", owner=OTHER_ACCOUNT),
            *lists("out", [""], owner=OTHER_ACCOUNT),
        ],
    )


def distillation() -> Scenario:
    """Return the role of a distillation from invocation logs, with a cross-Region profile as teacher."""
    model = "amazon.nova-premier-v1:0"
    profile = f"{BEDROCK}:inference-profile/us.{model}"
    inputs = [S3Location(uri="s3://logs/invocations/")]
    needs = ServiceRoleNeeds(**PLACE, inputs=inputs, output=S3Location(uri="s3://out/d"), teacher=profile)
    through = {"bedrock:InferenceProfileArn": profile}

    def invoke(name: str, resource: str, keys: Mapping[str, Any]) -> Call:
        return Call(name=name, action="bedrock:InvokeModel", resource=resource, keys=keys)

    here = f"arn:aws:bedrock:{REGION}::foundation-model/{model}"
    there = f"arn:aws:bedrock:{OTHER_REGION}::foundation-model/{model}"
    return Scenario(
        name="service role of a distillation",
        statements=permissions.service_role_statements(needs),
        needed=[
            read("logs", "invocations/AWSLogs/x.json.gz"),
            *lists("logs", ["invocations/AWSLogs/", "invocations/", ""]),
            read("out", "d/x"),
            write("out", "d/x"),
            *lists("out", ["d", "d/x"]),
            invoke("the profile", profile, {}),
            invoke("the teacher here", here, through),
            invoke("the teacher in another Region", there, through),
        ],
        forbidden=[
            renamed(read("logs", "invocations/x"), "of another account", owner=OTHER_ACCOUNT),
            renamed(write("out", "d/x"), "of another account", owner=OTHER_ACCOUNT),
            *lists("logs", ["invocations/"], owner=OTHER_ACCOUNT),
            *lists("out", ["d/"], owner=OTHER_ACCOUNT),
            *lists("other", ["invocations/"]),
            write("logs", "invocations/x"),
            invoke("the teacher directly", here, {}),
            invoke(
                "the teacher through another profile", there, {"bedrock:InferenceProfileArn": f"{profile}2"}
            ),
            invoke("another model through the profile", BASE, through),
            invoke("another profile", f"{BEDROCK}:inference-profile/us.other", {}),
        ],
    )


def distillation_by_a_model() -> Scenario:
    """Return the role of a distillation whose teacher is a model of the same Region."""
    teacher = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-pro-v1:0"
    needs = ServiceRoleNeeds(**PLACE, teacher="amazon.nova-pro-v1:0")

    def invoke(resource: str) -> Call:
        return Call(name=f"invoke {resource}", action="bedrock:InvokeModel", resource=resource)

    return Scenario(
        name="service role of a distillation by a plain model",
        statements=permissions.service_role_statements(needs),
        needed=[invoke(teacher)],
        forbidden=[
            invoke(BASE),
            invoke(f"{teacher}2"),
            invoke(teacher.replace(REGION, OTHER_REGION)),
            invoke(f"{BEDROCK}:inference-profile/us.amazon.nova-pro-v1:0"),
        ],
    )


def reinforcement() -> Scenario:
    """Return the role of a reinforcement fine-tuning job with one alias of a reward function."""
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:reward"
    needs = ServiceRoleNeeds(**PLACE, grader_arn=f"{function}:live")

    def invoke(resource: str) -> Call:
        return Call(name=f"invoke {resource}", action="lambda:InvokeFunction", resource=resource)

    return Scenario(
        name="service role of a reinforcement fine-tuning",
        statements=permissions.service_role_statements(needs),
        needed=[invoke(f"{function}:live")],
        forbidden=[
            invoke(function),
            invoke(f"{function}:draft"),
            invoke(f"{function}2:live"),
            Call(name="change it", action="lambda:UpdateFunctionCode", resource=function),
        ],
    )


def in_a_vpc() -> Scenario:
    """Return the role of a job that uses two subnets."""
    needs = ServiceRoleNeeds(**PLACE, subnet_ids=["subnet-1", "subnet-2"], security_group_ids=["sg-1"])
    interface = f"{EC2}:network-interface/eni-1"
    requested = {
        "aws:RequestTag/BedrockManaged": "true",
        "aws:RequestTag/BedrockModelCustomizationJobArn": JOB,
    }
    tagged = {
        "ec2:ResourceTag/BedrockManaged": "true",
        "ec2:ResourceTag/BedrockModelCustomizationJobArn": JOB,
    }
    tags = {
        "ec2:CreateAction": "CreateNetworkInterface",
        "aws:TagKeys": ["BedrockManaged", "BedrockModelCustomizationJobArn"],
    }
    describe = ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs")
    manage = (
        "CreateNetworkInterfacePermission",
        "DeleteNetworkInterface",
        "DeleteNetworkInterfacePermission",
    )

    def create(resource: str, keys: Mapping[str, Any] | None = None) -> Call:
        name = f"create an interface: {resource}"
        return Call(name=name, action="ec2:CreateNetworkInterface", resource=resource, keys=keys or {})

    def on_interface(action: str, keys: Mapping[str, Any], resource: str = interface) -> Call:
        return Call(name=f"{action} with {keys}", action=f"ec2:{action}", resource=resource, keys=keys)

    def in_subnet(name: str) -> dict[str, str]:
        return tagged | {"ec2:Subnet": f"{EC2}:subnet/{name}"}

    return Scenario(
        name="service role in a VPC",
        statements=permissions.service_role_statements(needs),
        needed=[
            *(Call(name=f"describe {one}", action=f"ec2:Describe{one}") for one in describe),
            create(interface, requested),
            create(f"{EC2}:subnet/subnet-1"),
            create(f"{EC2}:subnet/subnet-2"),
            create(f"{EC2}:security-group/sg-1"),
            *(on_interface(one, in_subnet(two)) for one in manage for two in ("subnet-1", "subnet-2")),
            on_interface("CreateTags", tags),
        ],
        forbidden=[
            create(interface),
            create(interface, requested | {"aws:RequestTag/BedrockManaged": "false"}),
            create(interface, requested | {"aws:RequestTag/BedrockModelCustomizationJobArn": MODEL}),
            create(interface.replace(ACCOUNT, OTHER_ACCOUNT), requested),
            *(on_interface(one, tagged) for one in manage),
            create(f"{EC2}:subnet/subnet-3"),
            create(f"{EC2}:security-group/sg-2"),
            *(on_interface(one, in_subnet("subnet-3")) for one in manage),
            *(
                on_interface(one, in_subnet("subnet-1") | {"ec2:ResourceTag/BedrockManaged": "no"})
                for one in manage
            ),
            *(
                on_interface(
                    one, in_subnet("subnet-1") | {"ec2:ResourceTag/BedrockModelCustomizationJobArn": "x"}
                )
                for one in manage
            ),
            on_interface("CreateTags", tags | {"ec2:CreateAction": "RunInstances"}),
            on_interface("CreateTags", tags | {"aws:TagKeys": ["Owner"]}),
            on_interface("CreateTags", tags, f"{EC2}:subnet/subnet-1"),
            on_interface("AttachNetworkInterface", in_subnet("subnet-1")),
        ],
    )


SCENARIOS = (
    fine_tuning(),
    keys_by_alias(),
    foreign_data(),
    distillation(),
    distillation_by_a_model(),
    reinforcement(),
    in_a_vpc(),
)
