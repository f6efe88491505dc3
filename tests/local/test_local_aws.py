import json
import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import boto3
import pytest
from botocore.exceptions import ClientError

from constructs_lib import BaseModel, ModelCustomizationJob, TrainingData
from constructs_lib.testing import CdkError, LocalAws, LocalAwsError
from constructs_lib.testing.environment import outside_environment
from tests.local.deployment import Deployment, synthesized

HERE = Path(__file__).parent
CDK = HERE.parents[1] / "node_modules" / ".bin" / "cdk"

pytestmark = pytest.mark.local


def listens(url: str) -> bool:
    """Return whether a program listens on the port of a URL."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) == 0


def triage(stack: cdk.Stack) -> None:
    """Define a job of this library."""
    ModelCustomizationJob(
        stack,
        "Triage",
        base_model=BaseModel.NOVA_LITE,
        training_data=TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl"),
    )


def handler_role(aws: LocalAws, stack: str) -> str:
    """Return the ARN of the role of a stack's only function."""
    resources = aws.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    [name] = [
        one["PhysicalResourceId"] for one in resources if one["ResourceType"] == "AWS::Lambda::Function"
    ]
    return str(aws.client("lambda").get_function_configuration(FunctionName=name)["Role"])


def may_describe(aws: LocalAws, role_arn: str, stack: str) -> bool:
    """Return whether a role is allowed to read the status of a stack."""
    session = aws.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"]
    client = boto3.client(
        "cloudformation",
        endpoint_url=aws.url,
        region_name=aws.region,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    try:
        client.describe_stacks(StackName=stack)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied", error  # noqa: PT017 - either result is expected
        return False
    return True


def error_for_an_unknown_key(aws: LocalAws) -> str:
    """Return the error code of a call with an access key that does not exist."""
    client = boto3.client(
        "s3",
        endpoint_url=aws.url,
        region_name=aws.region,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="unknown",  # noqa: S106 - not a real key
    )
    with pytest.raises(ClientError) as refused:
        client.list_buckets()
    return str(refused.value.response["Error"]["Code"])


def test_a_failing_command_reports_the_reason(local_aws: LocalAws, tmp_path: Path) -> None:
    """`reason` is the app's own message; with `check=False` the whole output is returned."""
    wrong = shlex.join([sys.executable, "-c", "import sys; sys.exit('the sky is not blue')"])
    with pytest.raises(CdkError) as caught:
        local_aws.cdk("synth", app=wrong, cwd=tmp_path)
    assert caught.value.reason == "the sky is not blue"

    ended = local_aws.cdk("synth", app=wrong, cwd=tmp_path, check=False)
    assert ended.returncode == 1
    assert "the sky is not blue" in ended.stdout


def test_a_command_that_takes_too_long_is_stopped(local_aws: LocalAws, tmp_path: Path) -> None:
    """A timeout stops the command and the app that it was waiting for."""
    waiting = shlex.join([sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(CdkError, match="still running after 3 s"):
        local_aws.cdk("synth", app=waiting, cwd=tmp_path, timeout=3)


def test_clients_and_variables_use_the_local_aws(local_aws: LocalAws) -> None:
    """`client` and `env` reach the same account."""
    identity = local_aws.client("sts").get_caller_identity()
    code = "import boto3; print(boto3.client('bedrock').meta.endpoint_url, "
    code += "boto3.client('sts').get_caller_identity()['Account'])"
    outside = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={**outside, **local_aws.env()},
        capture_output=True,
        text=True,
        check=True,
    )

    assert identity["Account"] == local_aws.account
    assert shown.stdout.split() == [local_aws.bedrock_url, local_aws.account]


def test_the_address_range_of_a_vpc_is_an_attribute(local_aws: LocalAws) -> None:
    """The CDK's interface endpoints let in what has an address of their VPC."""
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.7.0.0/16"}}
    outputs = {"Range": {"Value": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}}}
    cloudformation = local_aws.client("cloudformation")
    cloudformation.create_stack(
        StackName="Range", TemplateBody=json.dumps({"Resources": {"Vpc": vpc}, "Outputs": outputs})
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName="Range", WaiterConfig={"Delay": 1})
    stack = cloudformation.describe_stacks(StackName="Range")["Stacks"][0]
    cloudformation.delete_stack(StackName="Range")
    assert stack["Outputs"][0]["OutputValue"] == "10.7.0.0/16"


def test_another_account_with_enforced_policies(tmp_path: Path) -> None:
    """With `auth=True` unknown keys are refused, and the roles of the CDK and of the stack are sufficient."""
    with LocalAws(account="123456789012", region="us-west-2", auth=True, cdk_cli=CDK) as aws:
        aws.bootstrap()
        assembly = synthesized("Guarded", triage)
        aws.cdk("deploy", "--require-approval", "never", app=assembly.directory, cwd=tmp_path)
        stack = Deployment(aws, "Guarded")
        stack.take_over()
        [job] = aws.bedrock.jobs()
        assert stack.job_arn == job.arn
        assert (job.status, job.arn.split(":")[3:5]) == ("InProgress", ["us-west-2", "123456789012"])
        assert may_describe(aws, handler_role(aws, "Guarded"), stack.stack_id)
        assert not may_describe(aws, handler_role(aws, "Guarded"), "CDKToolkit")
        assert error_for_an_unknown_key(aws) in ("InvalidAccessKeyId", "InvalidClientTokenId")

        stack.destroy()
        assert stack.jobs == [(job.name, "Stopped")]
        assert aws.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_the_context_manager_removes_everything() -> None:
    """Neither a process nor a folder is left, even if the block raises an exception."""
    aws = LocalAws()

    def block() -> None:
        with aws:
            seen.extend([aws.url, aws.bedrock_url])
            assert all(map(listens, seen))
            raise ZeroDivisionError

    seen: list[str] = []
    with pytest.raises(ZeroDivisionError):
        block()

    assert not any(map(listens, seen))
    assert not aws.state.exists()
    aws.stop()


def test_a_port_in_use_is_reported() -> None:
    """A port in use is reported before anything is started."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for ports in ({"port": port}, {"bedrock_port": port}):
            with pytest.raises(LocalAwsError, match=f"Port {port} of 127.0.0.1 is in use"):
                LocalAws(**ports).start()


def test_an_aws_that_was_not_started_raises() -> None:
    """It raises `LocalAwsError` instead of an attribute error."""
    with pytest.raises(LocalAwsError, match="has not been started"):
        LocalAws().env()


def test_a_reset_restores_the_behaviour_of_the_start(local_aws: LocalAws) -> None:
    """After a reset, jobs stop within a second again."""
    bedrock, double = local_aws.client("bedrock"), local_aws.bedrock
    double.configure(stopping_seconds=600)
    double.reset()
    arn = bedrock.create_model_customization_job(
        jobName="reset",
        customModelName="reset",
        roleArn="arn:aws:iam::000000000000:role/Bedrock",
        baseModelIdentifier="amazon.nova-lite-v1:0:300k",
        trainingDataConfig={"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
        outputDataConfig={"s3Uri": "s3://amzn-s3-demo-bucket/out/"},
    )["jobArn"]
    bedrock.stop_model_customization_job(jobIdentifier=arn)
    double.advance(1)
    assert [job.status for job in double.jobs()] == ["Stopped"]


def test_the_emulators_ignore_the_users_own_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulators get no profile, key or endpoint of the user."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.example")
    assert [name for name in outside_environment() if name.startswith("AWS_")] == []
    with LocalAws() as aws:
        assert aws.client("bedrock").list_model_customization_jobs()["modelCustomizationJobSummaries"] == []
        assert aws.client("s3").list_buckets()["Buckets"] == []
