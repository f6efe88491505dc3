"""Run MiniStack closer to AWS than it is by itself; it is run as a file, not imported.

EventBridge refuses events with the source of an AWS service, and so does MiniStack, except from itself: here
it takes those of the Bedrock double. CloudFormation cleans up after an update, and then deletes what has left
the template or was replaced; MiniStack does that too, but does not say so in the stack's status. It does not
say either that a resource is just being created or updated, but in the stack's events. It knows a rule of a
security group only as a part of the group; in templates of the CDK it may be a resource. It does not know the
CIDR block of a VPC as an attribute, which the CDK's interface endpoints ask for.
"""

from collections.abc import Callable, Mapping
from functools import partial
from uuid import uuid4

from ministack.app import main
from ministack.services import cloudformation, ec2, eventbridge
from ministack.services.cloudformation import handlers, provisioners, stacks

_DESCRIBE = "DescribeStackResource"
_IN_PROGRESS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")


def _delete(
    delete: Callable[..., object], kind: str, physical_id: str, properties: object, *names: str
) -> object:
    """Delete a resource; where an update does, the stack's status says first that it cleans up.

    Args:
        delete: deletes it.
        kind: its type.
        physical_id: its physical id.
        properties: its properties.
        *names: the name of its stack, and its logical id.
    """
    stack = cloudformation._stacks.get(names[0])  # noqa: SLF001 - MiniStack has no hook for it
    if stack and stack["StackStatus"] == "UPDATE_IN_PROGRESS":
        stack["StackStatus"] = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    return delete(kind, physical_id, properties, *names)


def _describe(describe: Callable[..., object], params: Mapping[str, object]) -> object:
    """Describe a resource; while it is created or updated, as its last event says.

    Args:
        describe: describes it.
        params: the parameters of the request.
    """
    stack = handlers._resolve_stack(handlers._p(params, "StackName"))  # noqa: SLF001 - MiniStack has no hook for it
    name = handlers._p(params, "LogicalResourceId")  # noqa: SLF001 - as above
    events = cloudformation._stack_events.get(stack["StackId"], ()) if stack else ()  # noqa: SLF001 - as above
    last = next((one for one in reversed(events) if one["LogicalResourceId"] == name), None)
    if last is None or last["ResourceStatus"] not in _IN_PROGRESS:
        return describe(params)
    known = stack.get("_resources", {})
    said = {member: last[member] for member in ("ResourceType", "ResourceStatus", "Timestamp")}
    if name not in known:  # an update that creates it says `UPDATE_IN_PROGRESS` here
        said["ResourceStatus"] = "CREATE_IN_PROGRESS"
    try:
        stack["_resources"] = {**known, name: {**known.get(name, {}), **said}}
        return describe(params)
    finally:
        stack["_resources"] = known


def _add_rule(member: str, _name: str, properties: Mapping[str, object], _stack: str) -> tuple[str, object]:
    """Add a rule to its security group, and return its physical id and attributes.

    Args:
        member: the member of the group that has such rules.
        properties: the properties of the resource.
    """
    rules = ec2._security_groups[properties["GroupId"]].setdefault(member, [])  # noqa: SLF001 - no hook
    rules += provisioners._ec2_sg_permissions([properties])  # noqa: SLF001 - as above
    rule_id = f"sgr-{uuid4().hex[:17]}"
    return rule_id, {"Id": rule_id}


def _remove_rule(member: str, _physical_id: str, properties: Mapping[str, object]) -> None:
    """Remove a rule from its security group, if that exists.

    Args:
        member: the member of the group that has such rules.
        properties: the properties of the resource.
    """
    group = ec2._security_groups.get(properties["GroupId"])  # noqa: SLF001 - no hook
    if group:
        rules = provisioners._ec2_sg_permissions([properties])  # noqa: SLF001 - as above
        provisioners._ec2_sg_reconcile(group[member], rules, [])  # noqa: SLF001 - as above


def _create_vpc(
    create: Callable[..., tuple[str, dict[str, object]]],
    name: str,
    properties: Mapping[str, object],
    stack: str,
) -> tuple[str, dict[str, object]]:
    """Create a VPC, and return its physical id and its attributes, with its CIDR block.

    Args:
        create: creates it.
        name: its logical id.
        properties: its properties.
        stack: the name of its stack.
    """
    vpc_id, attributes = create(name, properties, stack)
    return vpc_id, {"CidrBlock": ec2._vpcs[vpc_id]["CidrBlock"], **attributes}  # noqa: SLF001 - no hook


if __name__ == "__main__":
    for kind, member in (("Ingress", "IpPermissions"), ("Egress", "IpPermissionsEgress")):
        own = {"create": partial(_add_rule, member), "delete": partial(_remove_rule, member)}
        provisioners._RESOURCE_HANDLERS.setdefault(f"AWS::EC2::SecurityGroup{kind}", own)  # noqa: SLF001 - no setting
    vpc = provisioners._RESOURCE_HANDLERS["AWS::EC2::VPC"]  # noqa: SLF001 - no setting
    vpc["create"] = partial(_create_vpc, vpc["create"])
    actions = handlers._ACTION_HANDLERS  # noqa: SLF001 - no setting
    actions[_DESCRIBE] = partial(_describe, actions[_DESCRIBE])
    eventbridge._put_events = partial(eventbridge._put_events, allow_aws_source=True)  # noqa: SLF001 - no setting
    stacks._delete_resource = partial(_delete, stacks._delete_resource)  # noqa: SLF001 - no setting
    main()
