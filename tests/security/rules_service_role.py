"""Rules about what Bedrock may do for a job, and who may let it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.security.iam_evaluator import ACCOUNT, REGION, conditions, listed, resource_allows
from tests.security.scenario import served_by_bedrock
from tests.security.view import SWEEP_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.security.view import Resource, View

_S3 = ("s3:GetObject", "s3:PutObject", "s3:ListBucket")
_MANAGE = (
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
)


_OF_SWEEP = ("results.json", "definitions/*")


def trust_names_one_service(view: View) -> Iterator[str]:
    """A service role trusts only Bedrock, and a handler's role only Lambda."""
    wanted = dict.fromkeys(view.service_roles, "bedrock.amazonaws.com")
    wanted |= dict.fromkeys(view.handler_roles, "lambda.amazonaws.com")
    for role, service in wanted.items():
        for statement in _trust(view, role):
            if statement.get("Principal") != {"Service": service} or statement["Action"] != "sts:AssumeRole":
                yield f"{role}: trusts {statement.get('Principal')} with {statement['Action']}"


def trust_requires_the_account(view: View) -> Iterator[str]:
    """A service role is assumed only for jobs of this account."""
    for role in view.service_roles:
        for statement in _trust(view, role):
            if ("StringEquals", "aws:SourceAccount", ACCOUNT) not in conditions(statement):
                yield f"{role}: no aws:SourceAccount"


def trust_requires_a_customization_job(view: View) -> Iterator[str]:
    """A service role is assumed only for customization jobs of this account and Region."""
    jobs = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:model-customization-job/*"
    for role in view.service_roles:
        for statement in _trust(view, role):
            if ("ArnLike", "aws:SourceArn", jobs) not in conditions(statement):
                yield f"{role}: no aws:SourceArn"


def s3_statements_name_the_owner_account(view: View) -> Iterator[str]:
    """Every S3 statement names the account that owns the bucket."""
    for one in view.statements_of(view.service_roles):
        keys = {key for _, key, _ in conditions(one.statement)}
        if set(listed(one.statement["Action"])) & set(_S3) and "aws:ResourceAccount" not in keys:
            yield f"{one.where}: no aws:ResourceAccount"


def data_is_named_by_the_request(view: View) -> Iterator[str]:
    """A service role reads and writes what its job's request names, and nothing else."""
    for job in view.jobs:
        request = job.properties["Request"]
        role = view.id_of_arn(request.get("roleArn", ""))
        readable, writable = _readable(request), f"{_place(request['outputDataConfig']['s3Uri'])}/"
        for one in view.statements_of({role}):
            for action, place in _objects(one.statement):
                below_output = place.startswith(writable)
                if not below_output and (action == "s3:PutObject" or not _is_named(place, readable)):
                    yield f"{one.where}: {action} {place} is not in the request"


def lists_only_named_buckets(view: View) -> Iterator[str]:
    """A service role lists only the buckets that the request names."""
    for job in view.jobs:
        request = job.properties["Request"]
        places = (*_readable(request), _place(request["outputDataConfig"]["s3Uri"]))
        named = {f"arn:aws:s3:::{place.partition('/')[0]}" for place in places}
        for one in view.statements_of({view.id_of_arn(request.get("roleArn", ""))}):
            if "s3:ListBucket" in listed(one.statement["Action"]):
                for resource in set(listed(one.statement["Resource"])) - named:
                    yield f"{one.where}: lists {resource}"


def keys_are_used_through_a_service(view: View) -> Iterator[str]:
    """Every KMS statement of a role is limited to calls through S3 or Bedrock in this Region."""
    ways = {f"s3.{REGION}.amazonaws.com", f"bedrock.{REGION}.amazonaws.com"}
    for one in view.identities:
        found = {value for _, key, value in conditions(one.statement) if key == "kms:ViaService"}
        if any(action.startswith("kms:") for action in listed(one.statement["Action"])) and not (
            found and found <= ways
        ):
            yield f"{one.where}: uses a key directly"


def grants_go_through_bedrock(view: View) -> Iterator[str]:
    """`kms:CreateGrant` is allowed only through Bedrock, which makes its own grants."""
    limited = ("StringEquals", "kms:ViaService", f"bedrock.{REGION}.amazonaws.com")
    for one in view.identities:
        if "kms:CreateGrant" in listed(one.statement["Action"]) and limited not in conditions(one.statement):
            yield f"{one.where}: grants to anybody"


def bedrock_may_serve_under_the_key(view: View) -> Iterator[str]:
    """Bedrock may use a key that is created here for a custom model, as the page about Nova says."""
    used = {job.properties["Request"].get("customModelKmsKeyId") for job in view.jobs}
    for key in view.of_type("AWS::KMS::Key"):
        policy = listed(key.properties["KeyPolicy"]["Statement"])
        if view.get_att(key.id, "Arn") in used and is_made_here(key):
            for call in served_by_bedrock():
                if not resource_allows(policy, call):
                    yield f"{key.id}: denies {call.name}"


def network_interfaces_are_tagged_by_bedrock(view: View) -> Iterator[str]:
    """Network interfaces are created and used only with Bedrock's tags, in the job's subnets."""
    for one in view.statements_of(view.service_roles):
        actions = set(listed(one.statement["Action"]))
        keys = {key for _, key, _ in conditions(one.statement)}
        on_interface = any(":network-interface/" in str(arn) for arn in listed(one.statement["Resource"]))
        if "ec2:CreateNetworkInterface" in actions and on_interface:
            yield from _lacking(one.where, keys, "aws:RequestTag/")
        if actions & set(_MANAGE):
            yield from _lacking(one.where, keys, "ec2:ResourceTag/")
            if "ec2:Subnet" not in keys:
                yield f"{one.where}: interfaces of any subnet"
        if "ec2:CreateTags" in actions and not {"ec2:CreateAction", "aws:TagKeys"} <= keys:
            yield f"{one.where}: tags anything"


def handler_reads_no_data(view: View) -> Iterator[str]:
    """The function that starts jobs has access neither to their data nor to models; to results of sweeps."""
    sweeps = [one.properties["Results"] for one in view.of_type(SWEEP_TYPE)]
    own = {f"arn:aws:s3:::{one['Bucket']}/{one['Prefix']}{name}" for one in sweeps for name in _OF_SWEEP}
    for one in view.statements_of(view.handler_roles):
        if set(map(str, listed(one.statement["Resource"]))) <= own:
            continue
        found = [
            name
            for name in listed(one.statement["Action"])
            if name.startswith(("s3:", "ec2:", "lambda:")) and not name.startswith("ec2:Describe")
        ]
        if found or "bedrock:InvokeModel" in listed(one.statement["Action"]):
            yield f"{one.where}: {found or 'bedrock:InvokeModel'}"


def is_made_here(key: Resource) -> bool:
    """Return whether a key is created by this library, and not by the app, which writes its own policy."""
    return "Bedrock model customization" in str(key.properties.get("Description"))


def _trust(view: View, role: str) -> list[dict[str, Any]]:
    return listed(view.resources[role].properties["AssumeRolePolicyDocument"]["Statement"])


def _lacking(where: str, keys: set[str], prefix: str) -> Iterator[str]:
    for name in ("BedrockManaged", "BedrockModelCustomizationJobArn"):
        if f"{prefix}{name}" not in keys:
            yield f"{where}: no {prefix}{name}"


def _readable(request: Mapping[str, Any]) -> list[str]:
    training = request["trainingDataConfig"]
    logs = training.get("invocationLogsConfig", {}).get("invocationLogSource", {})
    validators = request.get("validationDataConfig", {}).get("validators", [])
    return [_place(one["s3Uri"]) for one in (training, logs, *validators) if "s3Uri" in one]


def _place(uri: str) -> str:
    return uri.removeprefix("s3://").rstrip("/")


def _objects(statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for action in listed(statement["Action"]):
        if action in ("s3:GetObject", "s3:PutObject"):
            for resource in listed(statement["Resource"]):
                yield action, resource.removeprefix("arn:aws:s3:::")


def _is_named(place: str, readable: list[str]) -> bool:
    return any(place in (one, f"{one}/*") for one in readable)


RULES = (
    trust_names_one_service,
    trust_requires_the_account,
    trust_requires_a_customization_job,
    s3_statements_name_the_owner_account,
    data_is_named_by_the_request,
    lists_only_named_buckets,
    keys_are_used_through_a_service,
    grants_go_through_bedrock,
    bedrock_may_serve_under_the_key,
    network_interfaces_are_tagged_by_bedrock,
    handler_reads_no_data,
)
