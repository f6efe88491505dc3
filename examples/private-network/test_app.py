"""What the app asks of Bedrock: `pytest`."""

import aws_cdk as cdk
from app import define
from aws_cdk.assertions import Match, Template

from constructs_lib.testing import assert_request


def test_nothing_reaches_the_internet() -> None:
    """There is neither a NAT gateway nor an internet gateway, and the function is in the VPC."""
    stack = cdk.Stack(cdk.App(), "Test")
    define(stack)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::EC2::NatGateway", 0)
    template.resource_count_is("AWS::EC2::InternetGateway", 0)
    template.has_resource_properties("AWS::Lambda::Function", {"VpcConfig": Match.any_value()})
    assert_request(stack, {"vpcConfig": {"securityGroupIds": Match.any_value()}})
