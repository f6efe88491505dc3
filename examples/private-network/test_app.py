"""What the app asks of Bedrock: `pytest`."""

import aws_cdk as cdk
from aws_cdk.assertions import Match, Template

from app import define
from constructs_lib.testing import find_jobs


def test_nothing_reaches_the_internet() -> None:
    """There is neither a NAT gateway nor an internet gateway, and the function is in the VPC."""
    stack = cdk.Stack(cdk.App(), "Test")
    define(stack)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::EC2::NatGateway", 0)
    template.resource_count_is("AWS::EC2::InternetGateway", 0)
    template.has_resource_properties("AWS::Lambda::Function", {"VpcConfig": Match.any_value()})
    [job] = find_jobs(stack)
    assert len(job.request["vpcConfig"]["subnetIds"]) == 2
