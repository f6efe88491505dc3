"""What is permitted for parameters and deployments: to the function, and to those who use the model."""

from __future__ import annotations

from constructs_lib import permissions
from constructs_lib.contract.resource import RESOURCE_TAG, STACK_TAG
from tests.security.iam_evaluator import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, Call
from tests.security.rules_sufficiency import (
    deployment_calls,
    neighbours,
    parameter_calls,
    throughput_calls,
)
from tests.security.scenario import BEDROCK, MODEL, PLACE, Scenario
from tests.security.view import STACK_ID

DEPLOYMENT = f"{BEDROCK}:custom-model-deployment/abcdefghijkl"
THROUGHPUT = f"{BEDROCK}:provisioned-model/abcdefghijkl"
THROUGHPUTS = f"{BEDROCK}:provisioned-model/*"
DEPLOYMENTS = f"{BEDROCK}:custom-model-deployment/*"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/tickets/model"
OWN = {f"aws:ResourceTag/{STACK_TAG}": STACK_ID, f"aws:ResourceTag/{RESOURCE_TAG}": "Serve"}


def function_of_parameters() -> Scenario:
    """Return what the function needs for a parameter."""
    needed = list(parameter_calls(PARAMETER))
    return Scenario(
        name="function that publishes a model",
        statements=[
            *permissions.parameter_statements([permissions.parameter_arn("/tickets/model", **PLACE)]),
            *permissions.old_parameter_statements(STACK_ID, **PLACE),
        ],
        needed=needed,
        forbidden=[
            *neighbours([one for one in needed if one.keys]),
            *(
                Call(name=f"{action} of others", action=f"ssm:{action}", resource=f"{PARAMETER}2")
                for action in ("PutParameter", "GetParameter", "DeleteParameter", "ListTagsForResource")
            ),
            *(
                Call(name=f"{action} of before", action=f"ssm:{action}", resource=f"{PARAMETER}2", keys=OWN)
                for action in ("PutParameter", "AddTagsToResource", "RemoveTagsFromResource")
            ),
            Call(name="list parameters", action="ssm:DescribeParameters", resource="*"),
            Call(name="read by path", action="ssm:GetParametersByPath", resource=PARAMETER),
            Call(
                name="write elsewhere",
                action="ssm:PutParameter",
                resource=PARAMETER.replace(REGION, OTHER_REGION),
            ),
            Call(
                name="write for others",
                action="ssm:PutParameter",
                resource=PARAMETER.replace(ACCOUNT, OTHER_ACCOUNT),
            ),
        ],
    )


def function_of_deployments() -> Scenario:
    """Return what the function needs for deployments."""
    needed = list(deployment_calls())
    return Scenario(
        name="function that deploys a model",
        statements=permissions.deployment_statements(STACK_ID, **PLACE),
        needed=needed,
        forbidden=[
            *neighbours([one for one in needed if one.keys]),
            Call(
                name="claim the deployment of another stack",
                action="bedrock:TagResource",
                resource=DEPLOYMENT,
                keys={
                    f"aws:RequestTag/{STACK_TAG}": STACK_ID,
                    f"aws:ResourceTag/{STACK_TAG}": f"{STACK_ID}2",
                },
            ),
            Call(name="invoke", action="bedrock:InvokeModel", resource=DEPLOYMENT, keys=OWN),
            Call(name="buy throughput", action="bedrock:CreateProvisionedModelThroughput", resource=MODEL),
            Call(name="delete a model", action="bedrock:DeleteCustomModel", resource=MODEL),
            Call(name="list", action="bedrock:ListCustomModelDeployments", resource="*"),
            Call(name="tag a model", action="bedrock:TagResource", resource=MODEL, keys=OWN),
            Call(
                name="delete elsewhere",
                action="bedrock:DeleteCustomModelDeployment",
                resource=DEPLOYMENT.replace(REGION, OTHER_REGION),
                keys=OWN,
            ),
        ],
    )


def function_of_throughputs() -> Scenario:
    """Return what the function needs for throughputs."""
    needed = list(throughput_calls())
    of_others = {f"aws:RequestTag/{STACK_TAG}": STACK_ID, f"aws:ResourceTag/{STACK_TAG}": f"{STACK_ID}2"}
    base = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-lite-v1:0"
    buy = "bedrock:CreateProvisionedModelThroughput"
    delete = "bedrock:DeleteProvisionedModelThroughput"
    for_stack = {f"aws:RequestTag/{STACK_TAG}": STACK_ID}
    return Scenario(
        name="function that buys throughput",
        statements=permissions.throughput_statements(STACK_ID, **PLACE),
        needed=needed,
        forbidden=[
            *neighbours([one for one in needed if one.keys]),
            Call(
                name="claim that of another stack",
                action="bedrock:TagResource",
                resource=THROUGHPUT,
                keys=of_others,
            ),
            Call(name="buy without the tag", action=buy, resource=MODEL),
            Call(name="buy for a foundation model", action=buy, resource=base, keys=for_stack),
            Call(name="invoke", action="bedrock:InvokeModel", resource=THROUGHPUT, keys=OWN),
            Call(name="list", action="bedrock:ListProvisionedModelThroughputs", resource="*"),
            Call(name="deploy", action="bedrock:CreateCustomModelDeployment", resource=MODEL, keys=for_stack),
            Call(
                name="delete elsewhere",
                action=delete,
                resource=THROUGHPUT.replace(REGION, OTHER_REGION),
                keys=OWN,
            ),
        ],
    )


def users() -> list[Scenario]:
    """Return what `grant_invoke` and `grant_read` permit."""
    actions = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
    get = "bedrock:GetCustomModelDeployment"
    invoke = [Call(name=one, action=one, resource=DEPLOYMENT, keys=OWN) for one in actions]
    read = [Call(name=get, action=get, resource=DEPLOYMENT, keys=OWN)]
    get = "bedrock:GetProvisionedModelThroughput"
    read_throughput = [Call(name=get, action=get, resource=THROUGHPUT, keys=OWN)]
    read_value = [
        Call(name=one, action=one, resource=PARAMETER) for one in ("ssm:GetParameter", "ssm:GetParameters")
    ]
    others = [
        Call(name=f"{one} of the model itself", action=one, resource=MODEL, keys=OWN) for one in actions
    ]
    return [
        Scenario(
            name="invokes a deployment by its tags",
            statements=[permissions.invoke_tagged_statement(STACK_ID, "Serve", every=DEPLOYMENTS)],
            needed=invoke,
            forbidden=[*neighbours(invoke), *others, *read],
        ),
        Scenario(
            name="invokes a deployment by its ARN",
            statements=[permissions.invoke_statement(DEPLOYMENT)],
            needed=invoke,
            forbidden=[
                *(Call(name=f"{one} of another", action=one, resource=f"{DEPLOYMENT}2") for one in actions),
                *others,
                *read,
            ],
        ),
        Scenario(
            name="reads a deployment by its tags",
            statements=[permissions.read_tagged_statement(STACK_ID, "Serve", every=DEPLOYMENTS)],
            needed=read,
            forbidden=[*neighbours(read), *invoke],
        ),
        Scenario(
            name="reads a deployment by its ARN",
            statements=[permissions.read_deployment_statement(DEPLOYMENT)],
            needed=read,
            forbidden=[Call(name="another", action=read[0].action, resource=f"{DEPLOYMENT}2"), *invoke],
        ),
        Scenario(
            name="reads a throughput by its tags",
            statements=[permissions.read_tagged_statement(STACK_ID, "Serve", every=THROUGHPUTS)],
            needed=read_throughput,
            forbidden=[*neighbours(read_throughput), *read],
        ),
        Scenario(
            name="reads a throughput by its ARN",
            statements=[permissions.read_throughput_statement(THROUGHPUT)],
            needed=read_throughput,
            forbidden=[
                Call(name="another", action=read_throughput[0].action, resource=f"{THROUGHPUT}2"),
                *read,
            ],
        ),
        Scenario(
            name="reads a parameter",
            statements=[permissions.read_parameter_statement(PARAMETER)],
            needed=read_value,
            forbidden=[
                Call(name="write", action="ssm:PutParameter", resource=PARAMETER),
                *(
                    Call(name=f"{one.name} of another", action=one.action, resource=f"{PARAMETER}2")
                    for one in read_value
                ),
            ],
        ),
    ]


SCENARIOS = (
    function_of_parameters(),
    function_of_deployments(),
    function_of_throughputs(),
    *users(),
)
