"""Calls that the role of the custom resource's function must allow, and calls that it must not."""

from __future__ import annotations

from constructs_lib import permissions
from constructs_lib.permissions import HandlerNeeds
from tests.security.iam_evaluator import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, Call, resource_allows
from tests.security.scenario import (
    BASE,
    BEDROCK,
    JOB,
    KMS,
    MODEL,
    PLACE,
    VIA_BEDROCK,
    Scenario,
    read,
)
from tests.security.scenario_calls import MODEL_KEY_ACTIONS, alias_calls, model_key_calls


def handler(
    *, deletes_models: bool = False, nested: bool = False, in_vpc: bool = False, by_alias: bool = False
) -> Scenario:
    """Return the function's role for two jobs, one of them on an earlier custom model."""
    roles = [f"arn:aws:iam::{ACCOUNT}:role/One", f"arn:aws:iam::{ACCOUNT}:role/path/Two"]
    cloudformation = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack"
    stack, root = f"{cloudformation}/Mine/1a2b", f"{cloudformation}/Root/3c4d"
    logs = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:mine:log-stream:2026/11/23"
    needs = HandlerNeeds(
        **PLACE,
        stack_name="Mine",
        root_stack_name="Root" if nested else None,
        log_group_name="mine",
        base_models=["amazon.nova-lite-v1:0:300k", MODEL, "my-earlier-model"],
        role_arns=roles,
        model_key_arns=[f"{KMS}/model", *([f"{KMS.removesuffix('key')}alias/models"] if by_alias else [])],
        in_vpc=in_vpc,
        deletes_models=deletes_models,
    )
    create = "bedrock:CreateModelCustomizationJob"
    to_bedrock = {"iam:PassedToService": "bedrock.amazonaws.com"}
    model_key = model_key_calls()
    alias = alias_calls(MODEL_KEY_ACTIONS, "alias/models", VIA_BEDROCK)
    tagging = ("ListTagsForResource", "TagResource", "UntagResource")
    deletion = [
        Call(name="delete a model", action="bedrock:DeleteCustomModel", resource=MODEL),
        Call(name="list deployments", action="bedrock:ListCustomModelDeployments"),
        Call(name="list throughputs", action="bedrock:ListProvisionedModelThroughputs"),
    ]
    look = [
        Call(name=f"describe {one}", action=f"ec2:Describe{one}")
        for one in ("SecurityGroups", "Subnets", "Vpcs")
    ]
    without_context = BASE.removesuffix(":300k")
    get = "bedrock:GetModelCustomizationJob"
    ask_root = Call(name="ask about the root", action="cloudformation:DescribeStacks", resource=root)
    own_stack = ("DescribeStacks", "DescribeStackResource", "DescribeStackEvents", "ListStackResources")
    kinds = {
        " that deletes models": deletes_models,
        " in a nested stack": nested,
        " for a VPC": in_vpc,
        " with another job's key named by alias": by_alias,
    }
    kind = "".join(name for name, applies in kinds.items() if applies)
    return Scenario(
        name=f"handler role{kind}",
        statements=permissions.handler_statements(needs),
        needed=[
            *(Call(name=f"create: {one}", action=create, resource=one) for one in (BASE, MODEL, JOB)),
            Call(name="create: the model without its context", action=create, resource=without_context),
            Call(name="create: any job", action=create, resource=f"{BEDROCK}:model-customization-job/*"),
            Call(name="get a job", action=get, resource=JOB),
            Call(name="get a job by name", action=get, resource=f"{BEDROCK}:model-customization-job/my-job"),
            Call(name="get a job that is not there", action=get),
            Call(name="stop a job", action="bedrock:StopModelCustomizationJob", resource=JOB),
            Call(name="list jobs", action="bedrock:ListModelCustomizationJobs"),
            Call(name="get a model", action="bedrock:GetCustomModel", resource=MODEL),
            *(
                Call(name=f"{one} {two}", action=f"bedrock:{one}", resource=two)
                for one in tagging
                for two in (JOB, MODEL)
            ),
            *(
                Call(name=f"pass {one}", action="iam:PassRole", resource=one, keys=to_bedrock)
                for one in roles
            ),
            *(
                Call(name=f"{one} of its stack", action=f"cloudformation:{one}", resource=stack)
                for one in own_stack
            ),
            *(
                Call(
                    name=f"{one} by the stack's name",
                    action=f"cloudformation:{one}",
                    resource=f"{cloudformation}/Mine/*",
                )
                for one in own_stack
            ),
            *([ask_root] if nested else []),
            Call(name="open a log stream", action="logs:CreateLogStream", resource=logs),
            Call(name="log", action="logs:PutLogEvents", resource=logs),
            *model_key[0],
            *(alias[0] if by_alias else []),
            *(deletion if deletes_models else []),
            *(look if in_vpc else []),
        ],
        forbidden=[
            *([] if in_vpc else look),
            Call(name="create on the other context", action=create, resource=f"{without_context}:128k"),
            Call(name="make an interface", action="ec2:CreateNetworkInterface"),
            Call(name="stop by a name", action="bedrock:StopModelCustomizationJob"),
            *([] if deletes_models else deletion),
            *([] if nested else [ask_root]),
            Call(
                name="look into the root",
                action="cloudformation:DescribeStackResource",
                resource=root,
            ),
            *model_key[1],
            *alias[1],
            *([] if by_alias else alias[0]),
            Call(name="create on another model", action=create, resource=BASE.replace("lite", "pro")),
            Call(name="create elsewhere", action=create, resource=JOB.replace(REGION, OTHER_REGION)),
            Call(name="create for others", action=create, resource=JOB.replace(ACCOUNT, OTHER_ACCOUNT)),
            Call(
                name="stop elsewhere",
                action="bedrock:StopModelCustomizationJob",
                resource=JOB.replace(REGION, OTHER_REGION),
            ),
            Call(
                name="stop another kind of job",
                action="bedrock:StopModelInvocationJob",
                resource=f"{BEDROCK}:model-invocation-job/x",
            ),
            Call(name="list all models", action="bedrock:ListCustomModels"),
            Call(
                name="delete a served model",
                action="bedrock:DeleteProvisionedModelThroughput",
                resource=f"{BEDROCK}:provisioned-model/x",
            ),
            Call(name="tag another kind", action="bedrock:TagResource", resource=f"{BEDROCK}:guardrail/x"),
            Call(name="invoke", action="bedrock:InvokeModel", resource=BASE),
            *(
                Call(
                    name=f"pass {one} to Lambda",
                    action="iam:PassRole",
                    resource=one,
                    keys={"iam:PassedToService": "lambda.amazonaws.com"},
                )
                for one in roles
            ),
            *(Call(name=f"pass {one} to anybody", action="iam:PassRole", resource=one) for one in roles),
            Call(
                name="pass a stranger's role", action="iam:PassRole", resource=f"{roles[0]}2", keys=to_bedrock
            ),
            Call(name="give itself more", action="iam:PutRolePolicy", resource=roles[0]),
            Call(
                name="ask about another stack",
                action="cloudformation:DescribeStacks",
                resource=stack.replace("Mine", "Theirs"),
            ),
            Call(
                name="ask about a stack whose name starts alike",
                action="cloudformation:DescribeStacks",
                resource=stack.replace("Mine", "Mine2"),
            ),
            Call(name="change its stack", action="cloudformation:UpdateStack", resource=stack),
            Call(name="log elsewhere", action="logs:PutLogEvents", resource=logs.replace("mine", "mine2")),
            Call(name="make a log group", action="logs:CreateLogGroup", resource=logs),
            read("data", "train/set.jsonl"),
        ],
    )


def trust_of_the_handler() -> Scenario:
    """Return the trust policy of the function's role."""
    assume = "sts:AssumeRole"
    return Scenario(
        name="trust of the handler role",
        statements=permissions.handler_trust()["Statement"],
        needed=[Call(name="Lambda", action=assume, caller="lambda", service="lambda.amazonaws.com")],
        forbidden=[
            Call(name="Bedrock", action=assume, caller="bedrock", service="bedrock.amazonaws.com"),
            Call(name="a person", action=assume),
        ],
        decide=resource_allows,
    )


SCENARIOS = (
    handler(),
    handler(deletes_models=True),
    handler(nested=True),
    handler(in_vpc=True),
    handler(by_alias=True),
    trust_of_the_handler(),
)
