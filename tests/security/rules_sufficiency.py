"""Rules that check whether every call that a job makes is allowed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from constructs_lib.contract.promotion import APPROVED_TAG
from constructs_lib.contract.resource import STACK_TAG
from tests.security.iam_evaluator import (
    ACCOUNT,
    OTHER_ACCOUNT,
    REGION,
    Call,
    conditions,
    identity_allows,
    knows,
    listed,
    resource_allows,
)
from tests.security.view import STACK_ID, STATE_MACHINE_TYPE, SWEEP_TYPE, deletes_models

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.security.view import Resource, View

_BEDROCK = f"arn:aws:bedrock:{REGION}:{ACCOUNT}"
_EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
_JOB = f"{_BEDROCK}:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghijkl"
_MODEL = f"{_BEDROCK}:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"
_DEPLOYMENT = f"{_BEDROCK}:custom-model-deployment/abcdefghijkl"
_THROUGHPUT = f"{_BEDROCK}:provisioned-model/abcdefghijkl"
_OF_STACK = {f"aws:ResourceTag/{STACK_TAG}": STACK_ID}
_FOR_STACK = {f"aws:RequestTag/{STACK_TAG}": STACK_ID}
_VIA = {"kms:ViaService": f"bedrock.{REGION}.amazonaws.com"}
_VIA_S3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
_TAGGED = ("BedrockManaged", "true"), ("BedrockModelCustomizationJobArn", _JOB)


def bedrock_may_assume_the_role(view: View) -> Iterator[str]:
    """A customization job of this account and Region can assume its role."""
    keys = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": _JOB}
    call = Call(
        name="assume", action="sts:AssumeRole", keys=keys, caller="x", service="bedrock.amazonaws.com"
    )
    for role in view.service_roles:
        if not resource_allows(
            listed(view.resources[role].properties["AssumeRolePolicyDocument"]["Statement"]), call
        ):
            yield f"{role}: Bedrock cannot assume it"


def service_role_is_sufficient(view: View) -> Iterator[str]:
    """A service role that is created here allows everything that its job's request needs."""
    for job in view.jobs:
        request = job.properties["Request"]
        role = view.id_of_arn(request.get("roleArn", ""))
        if role:
            yield from _denied(view, role, job_calls(view, request))


def handler_role_is_sufficient(view: View) -> Iterator[str]:
    """A handler's role allows all calls that its jobs need."""
    for job in view.jobs:
        function = view.resources[view.id_of_arn(job.properties["ServiceToken"])]
        yield from _denied(view, view.id_of_arn(function.properties["Role"]), calls_of_function(view, job))
    for one in view.of_type(*SERVING):
        function = view.resources[view.id_of_arn(one.properties["ServiceToken"])]
        yield from _denied(view, view.id_of_arn(function.properties["Role"]), serving_calls(one))


def state_machine_roles_are_sufficient(view: View) -> Iterator[str]:
    """Step Functions can assume the role of each state machine, which allows all of its calls."""
    keys = {"aws:SourceAccount": ACCOUNT}
    states = Call(
        name="assume", action="sts:AssumeRole", keys=keys, caller="x", service="states.amazonaws.com"
    )
    for machine in view.of_type(STATE_MACHINE_TYPE):
        role = view.id_of_arn(machine.properties["RoleArn"])
        if not role:
            continue
        trust = listed(view.resources[role].properties["AssumeRolePolicyDocument"]["Statement"])
        if not resource_allows(trust, states):
            yield f"{role}: Step Functions cannot assume it"
        others = [replace(states, keys={"aws:SourceAccount": OTHER_ACCOUNT}), replace(states, keys={})]
        if any(resource_allows(trust, one) for one in others):
            yield f"{role}: another account can have Step Functions assume it"
        yield from _denied(view, role, state_machine_calls(machine))


def _denied(view: View, role: str, calls: Iterator[Call]) -> Iterator[str]:
    statements = [one.statement for one in view.statements_of({role}) if is_understood(one.statement)]
    for call in calls:
        # The account of a foreign bucket stands in the statement itself, which another rule looks at.
        owners = {ACCOUNT, *_owners(statements)} if call.action.startswith("s3:") else {ACCOUNT}
        varied = (
            Call(name="", action=call.action, resource=call.resource, keys=call.keys, owner=one)
            for one in owners
        )
        if not any(identity_allows(statements, one) for one in varied):
            yield f"{role}: cannot {call.name}"


def is_understood(statement: Mapping[str, Any]) -> bool:
    """Return whether the evaluator knows every operator of a statement; another rule reports the others."""
    return all(knows(operator) for operator, _, _ in conditions(statement))


def _owners(statements: list[dict[str, Any]]) -> set[str]:
    found = (
        one.get("Condition", {}).get("StringEquals", {}).get("aws:ResourceAccount") for one in statements
    )
    return {one for one in found if one}


def job_calls(view: View, request: Mapping[str, Any]) -> Iterator[Call]:
    """Return the calls that Bedrock makes for a request."""
    training = request["trainingDataConfig"]
    logs = training.get("invocationLogsConfig", {}).get("invocationLogSource", {})
    validators = request.get("validationDataConfig", {}).get("validators", [])
    for one in (training, *validators):
        if "s3Uri" in one:
            yield from _object_calls("s3:GetObject", one["s3Uri"], "")
    if "s3Uri" in logs:
        yield from _object_calls("s3:GetObject", logs["s3Uri"], "AWSLogs/x.json.gz")
    for action in ("s3:PutObject", "s3:GetObject"):
        yield from _object_calls(action, request["outputDataConfig"]["s3Uri"], ".write_access_check_file.tmp")
    yield from _data_key_calls(view, request)
    yield from _key_calls(request)
    yield from _customization_calls(request.get("customizationConfig", {}))
    yield from _network_calls(request.get("vpcConfig", {}))


def _object_calls(action: str, uri: str, below: str) -> Iterator[Call]:
    bucket, _, path = uri.removeprefix("s3://").partition("/")
    key = f"{path.rstrip('/')}/{below}".lstrip("/") if below else path
    yield Call(name=f"{action} {bucket}/{key}", action=action, resource=f"arn:aws:s3:::{bucket}/{key}")
    folder = path.rpartition("/")[0]
    for prefix in {path, f"{folder}/" if folder else ""}:
        keys = {"s3:prefix": prefix}
        name = f"list {bucket} by {prefix!r}"
        yield Call(name=name, action="s3:ListBucket", resource=f"arn:aws:s3:::{bucket}", keys=keys)
    # HeadBucket, and a look at an object that is not there.
    yield Call(name=f"head {bucket}", action="s3:ListBucket", resource=f"arn:aws:s3:::{bucket}")


def _data_key_calls(view: View, request: Mapping[str, Any]) -> Iterator[Call]:
    named = json.dumps(request)
    written = request["outputDataConfig"]["s3Uri"]
    for bucket in view.of_type("AWS::S3::Bucket"):
        uri = f"s3://{view.ref(bucket.id)}"
        actions = ("Decrypt", "GenerateDataKey") if written.startswith(uri) else ("Decrypt",)
        for key in _keys_of(bucket) if uri in named else ():
            for action in actions:
                name = f"{action} with the key of {bucket.id}"
                yield Call(name=name, action=f"kms:{action}", resource=key, keys=_VIA_S3)


def _keys_of(bucket: Resource) -> list[str]:
    rules = bucket.properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
    keys = [rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID") for rule in rules]
    return [key for key in keys if key]


def _key_calls(request: Mapping[str, Any]) -> Iterator[Call]:
    key = request.get("customModelKmsKeyId")
    if key is None:
        return
    home = f"arn:aws:kms:{REGION}:{ACCOUNT}"
    arn = key if key.startswith("arn:") else f"{home}:{key if key.startswith('alias/') else f'key/{key}'}"
    place, _, alias = arn.partition(":alias/")
    resource = f"{place}:key/any" if alias else arn
    keys = _VIA | ({"kms:ResourceAliases": [f"alias/{alias}"]} if alias else {})
    for action in ("Decrypt", "GenerateDataKey", "DescribeKey", "CreateGrant"):
        yield Call(
            name=f"{action} with the model's key", action=f"kms:{action}", resource=resource, keys=keys
        )


def _customization_calls(config: Mapping[str, Any]) -> Iterator[Call]:
    teacher = (
        config.get("distillationConfig", {}).get("teacherModelConfig", {}).get("teacherModelIdentifier", "")
    )
    if ":inference-profile/" in teacher:
        yield Call(name="ask the profile", action="bedrock:InvokeModel", resource=teacher)
        model = f"arn:aws:bedrock:us-west-2::foundation-model/{teacher.rpartition('/us.')[2]}"
        keys = {"bedrock:InferenceProfileArn": teacher}
        yield Call(name="ask the teacher", action="bedrock:InvokeModel", resource=model, keys=keys)
    elif teacher:
        model = f"arn:aws:bedrock:{REGION}::foundation-model/{teacher}"
        yield Call(name="ask the teacher", action="bedrock:InvokeModel", resource=model)
    grader = config.get("rftConfig", {}).get("graderConfig", {}).get("lambdaGrader", {}).get("lambdaArn")
    if grader:
        yield Call(name="ask the grader", action="lambda:InvokeFunction", resource=grader)


def _network_calls(config: Mapping[str, Any]) -> Iterator[Call]:
    interface = f"{_EC2}:network-interface/eni-1"
    if not config:
        return
    for what in ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs"):
        yield Call(name=f"describe {what}", action=f"ec2:Describe{what}")
    places = [f"{_EC2}:subnet/{one}" for one in config["subnetIds"]]
    groups = [f"{_EC2}:security-group/{one}" for one in config["securityGroupIds"]]
    create = "ec2:CreateNetworkInterface"
    for one in (*places, *groups):
        yield Call(name=f"use {one}", action=create, resource=one)
    requested = {f"aws:RequestTag/{key}": value for key, value in _TAGGED}
    yield Call(name="make an interface", action=create, resource=interface, keys=requested)
    tagged = {f"ec2:ResourceTag/{key}": value for key, value in _TAGGED}
    for action in (
        "CreateNetworkInterfacePermission",
        "DeleteNetworkInterface",
        "DeleteNetworkInterfacePermission",
    ):
        for place in places:
            yield Call(
                name=action, action=f"ec2:{action}", resource=interface, keys=tagged | {"ec2:Subnet": place}
            )
    keys = {"ec2:CreateAction": "CreateNetworkInterface", "aws:TagKeys": [key for key, _ in _TAGGED]}
    yield Call(name="tag an interface", action="ec2:CreateTags", resource=interface, keys=keys)


def handler_calls(job: Resource, function: Resource) -> Iterator[Call]:
    """Return the calls that the function makes for a job."""
    request = job.properties["Request"]
    base = request["baseModelIdentifier"]
    model = base if base.startswith("arn:") else f"arn:aws:bedrock:{REGION}::foundation-model/{base}"
    for one in {model, model.rpartition(":")[0] if model.endswith("k") else model, _MODEL, _JOB}:
        yield Call(name=f"create: {one}", action="bedrock:CreateModelCustomizationJob", resource=one)
    passed = {"iam:PassedToService": "bedrock.amazonaws.com"}
    yield Call(name="pass the role", action="iam:PassRole", resource=request["roleArn"], keys=passed)
    for one in ("SecurityGroups", "Subnets", "Vpcs") if "vpcConfig" in request else ():
        yield Call(name=f"describe {one}", action=f"ec2:Describe{one}")
    if wait := job.properties.get("Wait"):
        yield Call(name="signal", action="cloudformation:SignalResource", resource=STACK_ID)
        yield Call(name="start", action="states:StartExecution", resource=wait["StateMachine"])
    yield from delete_calls(job, function)
    yield from _key_calls(request)
    for store in job.properties.get("PromotionStores", ()):
        yield from _record_calls(store, ["s3:GetObject"])


def calls_of_function(view: View, job: Resource) -> Iterator[Call]:
    """Return the calls that the function makes for a job or a sweep."""
    function = view.resources[view.id_of_arn(job.properties["ServiceToken"])]
    yield from handler_calls(job, function)
    if job.type == SWEEP_TYPE:
        yield from _sweep_calls(view, job)
    if "KeepNewest" in job.properties:
        yield Call(name="list models", action="bedrock:ListCustomModels")
    if "TrainingLimit" in job.properties:
        uri = job.properties["Request"]["trainingDataConfig"]["s3Uri"]
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        place = f"arn:aws:s3:::{bucket}"
        yield Call(name="size", action="s3:ListBucket", resource=place, keys={"s3:prefix": key})


def _sweep_calls(view: View, sweep: Resource) -> Iterator[Call]:
    machine, results = sweep.properties["StateMachine"], sweep.properties["Results"]
    yield Call(name="start", action="states:StartExecution", resource=machine)
    for name in ("results.json", "definitions/0a1b.json"):
        place = f"arn:aws:s3:::{results['Bucket']}/{results['Prefix']}{name}"
        for action in ("s3:GetObject", "s3:PutObject"):
            yield Call(name=f"{action} {name}", action=action, resource=place)
    for bucket in view.of_type("AWS::S3::Bucket"):
        for key in _keys_of(bucket) if view.ref(bucket.id) == results["Bucket"] else ():
            for action in ("kms:Decrypt", "kms:GenerateDataKey"):
                yield Call(name=f"{action} of the results", action=action, resource=key, keys=_VIA_S3)


def state_machine_calls(machine: Resource) -> Iterator[Call]:
    """Return the calls of a state machine: it calls one function, without a version."""
    function = machine.properties["DefinitionSubstitutions"]["Function"]
    yield Call(name="call the function", action="lambda:InvokeFunction", resource=function)
    if '"DISTRIBUTED"' in machine.properties["DefinitionString"]:
        own = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{machine.id}"
        yield Call(name="start a child", action="states:StartExecution", resource=own)
        for action in ("DescribeExecution", "StopExecution"):
            child = f"{own.replace(':stateMachine:', ':execution:')}:child"
            yield Call(name=f"{action} of a child", action=f"states:{action}", resource=child)


def delete_calls(job: Resource, function: Resource) -> Iterator[Call]:
    """Return the calls that the function makes to end a job and to report its state."""
    yield Call(name="list jobs", action="bedrock:ListModelCustomizationJobs")
    yield Call(name="get a job by name", action="bedrock:GetModelCustomizationJob")
    for action in ("GetModelCustomizationJob", "StopModelCustomizationJob"):
        yield Call(name=action, action=f"bedrock:{action}", resource=_JOB)
    for action in ("TagResource", "UntagResource", "ListTagsForResource"):
        for one in (_JOB, _MODEL):
            yield Call(name=f"{action} {one}", action=f"bedrock:{action}", resource=one)
    deletes = deletes_models(job)
    for action in ("GetCustomModel", *(["DeleteCustomModel"] if deletes else [])):
        yield Call(name=action, action=f"bedrock:{action}", resource=_MODEL)
    for action in ("ListCustomModelDeployments", "ListProvisionedModelThroughputs") if deletes else ():
        yield Call(name=action, action=f"bedrock:{action}")
    for action in ("DescribeStacks", "DescribeStackResource", "DescribeStackEvents", "ListStackResources"):
        yield Call(name=action, action=f"cloudformation:{action}", resource=STACK_ID)
    group = function.properties["LoggingConfig"]["LogGroup"]
    stream = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:x"
    for action in ("CreateLogStream", "PutLogEvents"):
        yield Call(name=action, action=f"logs:{action}", resource=stream)


SERVING = (
    "Custom::BedrockPublishedModel",
    "Custom::BedrockCustomModelDeployment",
    "Custom::BedrockProvisionedModelThroughput",
)
"""The types of parameters, deployments and throughputs."""


def serving_calls(resource: Resource) -> Iterator[Call]:
    """Return the calls that the function makes for a parameter, a deployment or a throughput."""
    follow = resource.properties.get("Follow", {})
    if name := resource.properties.get("ParameterName") or follow.get("Parameter"):
        yield from parameter_calls(f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}")
    if resource.type == SERVING[1]:
        yield from deployment_calls()
    if resource.type == SERVING[2]:
        yield from throughput_calls()
    if machine := resource.properties.get("StateMachine"):
        yield Call(name="start", action="states:StartExecution", resource=machine)
    if promotion := resource.properties.get("Promotion"):
        yield from promotion_calls(promotion)


def promotion_calls(promotion: Mapping[str, Any]) -> Iterator[Call]:
    """Return the calls that the function makes to decide about a model."""
    yield from _record_calls(promotion["Store"], ("s3:GetObject", "s3:PutObject"))
    bucket, prefix = promotion["Store"]["Bucket"], promotion["Store"]["Prefix"]
    policy = f"arn:aws:s3:::{bucket}/{prefix}policy.json"
    yield Call(name="delete the policy", action="s3:DeleteObject", resource=policy)
    if machine := promotion.get("StateMachine"):
        yield Call(name="start", action="states:StartExecution", resource=machine)
    for condition in promotion["Conditions"]:
        yield from _condition_calls(condition)
    bake = promotion.get("Bake", {"Alarms": [], "MinimumInvocations": "0"})
    for name in bake["Alarms"]:
        alarm = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"
        yield Call(name=f"read {name}", action="cloudwatch:DescribeAlarms", resource=alarm)
    if bake["MinimumInvocations"] != "0":
        yield Call(name="count", action="cloudwatch:GetMetricStatistics")


def _condition_calls(condition: Mapping[str, str]) -> Iterator[Call]:
    if condition["Type"] == "Function":
        yield Call(name="ask", action="lambda:InvokeFunction", resource=condition["FunctionArn"])
    if topic := condition.get("TopicArn"):
        yield Call(name="tell", action="sns:Publish", resource=topic)
    if condition["Type"] == "Answers":
        data = f"arn:aws:s3:::{condition['Data'].removeprefix('s3://')}"
        yield Call(name="read records", action="s3:GetObject", resource=data)
        yield Call(name="ask", action="bedrock:InvokeModel", resource=_DEPLOYMENT, keys=_OF_STACK)
        yield from deployment_calls()


def _record_calls(store: Mapping[str, str], actions: Sequence[str]) -> Iterator[Call]:
    """Return the calls about records, in a bucket that is made here: it has a key."""
    bucket, record = f"arn:aws:s3:::{store['Bucket']}", f"{store['Prefix']}abcdefghijkl.json"
    for action in actions:
        yield Call(name=f"{action} of a record", action=action, resource=f"{bucket}/{record}")
    yield Call(name="look for one", action="s3:ListBucket", resource=bucket, keys={"s3:prefix": record})


def parameter_calls(arn: str) -> Iterator[Call]:
    """Return the calls for a parameter, and for one that the template has named before."""
    for action in ("PutParameter", "GetParameter", "DeleteParameter"):
        yield Call(name=f"{action} {arn}", action=f"ssm:{action}", resource=arn)
    for action in ("AddTagsToResource", "RemoveTagsFromResource", "ListTagsForResource"):
        yield Call(name=f"{action} {arn}", action=f"ssm:{action}", resource=arn)
    for action in ("GetParameter", "DeleteParameter", "ListTagsForResource"):
        yield Call(name=f"{action} of before", action=f"ssm:{action}", resource=f"{arn}-2", keys=_OF_STACK)


def deployment_calls() -> Iterator[Call]:
    """Return the calls for a deployment of the stack."""
    yield from _calls_about("CustomModelDeployment", _DEPLOYMENT)


def throughput_calls() -> Iterator[Call]:
    """Return the calls for a throughput of the stack."""
    yield from _calls_about("ProvisionedModelThroughput", _THROUGHPUT)


def _calls_about(noun: str, arn: str) -> Iterator[Call]:
    for one in (_MODEL, arn):
        yield Call(name=f"create: {one}", action=f"bedrock:Create{noun}", resource=one, keys=_FOR_STACK)
    yield Call(name="tag what is created", action="bedrock:TagResource", resource=arn, keys=_FOR_STACK)
    yield Call(name="use a model", action=f"bedrock:Update{noun}", resource=_MODEL)
    for action in (f"Get{noun}", "ListTagsForResource"):
        yield Call(name=action, action=f"bedrock:{action}", resource=arn)
    for action in (f"Update{noun}", f"Delete{noun}", "TagResource", "UntagResource"):
        yield Call(name=action, action=f"bedrock:{action}", resource=arn, keys=_OF_STACK)


def neighbours(calls: list[Call]) -> Iterator[Call]:
    """Return calls that differ from needed ones in one key, or in the owner of the bucket."""
    for call in calls:
        if call.action in ("bedrock:TagResource", "bedrock:UntagResource") and call.resource == _MODEL:
            yield replace(call, name=f"{call.name}: approve", keys={"aws:TagKeys": [APPROVED_TAG]})
        for key in call.keys:
            rest = {name: value for name, value in call.keys.items() if name != key}
            yield replace(call, name=f"{call.name} without {key}", keys=rest)
            yield replace(call, name=f"{call.name} with another {key}", keys=rest | {key: "other"})
            if key in _FOR_STACK and call.action == "bedrock:TagResource":
                of_others = {f"aws:ResourceTag/{STACK_TAG}": "other"}
                yield replace(call, name=f"{call.name} of another stack", keys=call.keys | of_others)
        if call.action.startswith("s3:"):
            yield replace(call, name=f"{call.name} of another account", owner=OTHER_ACCOUNT)


RULES = (
    bedrock_may_assume_the_role,
    service_role_is_sufficient,
    handler_role_is_sufficient,
    state_machine_roles_are_sufficient,
)
