"""What CloudFormation makes of a template's properties on their way to the Lambda."""

from typing import Any

from customization_job.frame.event import read_event
from customization_job.jobs.desired_state import Change

UUID = "1b2c3d4e-0000-1111-2222-333344445555"
RESOLVED = "arn:aws:iam::111122223333:role/resolved"


def as_cloudformation_sends(value: Any) -> Any:  # noqa: ANN401 - a template holds anything that JSON holds
    """Turn scalars into strings and references into a value that they may have."""
    if isinstance(value, list):
        return [as_cloudformation_sends(item) for item in value]
    if isinstance(value, dict):
        if any(name == "Ref" or name.startswith("Fn::") for name in value):
            return _resolved(value)
        return {name: as_cloudformation_sends(item) for name, item in value.items()}
    return str(value).lower() if isinstance(value, bool) else str(value)


def _resolved(intrinsic: dict[str, Any]) -> str:
    if "Fn::Join" in intrinsic:
        separator, parts = intrinsic["Fn::Join"]
        return str(separator).join(part if isinstance(part, str) else "amzn-s3-demo-bucket" for part in parts)
    if "Fn::GetAtt" in intrinsic and "Key" in intrinsic["Fn::GetAtt"][0]:
        return "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    if "Fn::GetAtt" in intrinsic and "Grader" in intrinsic["Fn::GetAtt"][0]:
        return "arn:aws:lambda:us-east-1:111122223333:function:grader"
    return RESOLVED


def event(properties: dict[str, Any], kind: str = "Create") -> dict[str, Any]:
    """Write the event with which CloudFormation asks for a resource."""
    return {
        "RequestType": kind,
        "ResponseURL": "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/x",
        "StackId": f"arn:aws:cloudformation:us-east-1:111122223333:stack/Tickets/{UUID}",
        "RequestId": UUID,
        "LogicalResourceId": "Triage",
        "ResourceType": "Custom::BedrockModelCustomizationJob",
        "ResourceProperties": as_cloudformation_sends(properties),
    }


def decode(event: dict[str, Any]) -> Change:
    """Read an event as the handler does."""
    return Change.of(read_event(event))
