"""The template of a job: what snapshots and other tools rely on."""

import json
from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match

from constructs_lib import (
    AWS_OWNED_KEY,
    BaseModel,
    Customization,
    HyperParameters,
    InvalidJob,
    InvocationLogs,
    JobProvider,
    ModelCustomizationJob,
    OnDelete,
    OutputBucket,
    OutputData,
    ServiceRole,
    TrainingData,
    ValidationData,
)
from tests.synth.templates import KEY, OUTPUT, TRAIN, of_type, template, the_job

Make = Callable[..., ModelCustomizationJob]


def test_the_output_is_the_ref_of_the_custom_resource(stack: cdk.Stack, job: Make) -> None:
    """`Ref` is the job's ARN; the output has the construct's name and is not exported."""
    job()
    found = template(stack)
    [(name, output)] = found["Outputs"].items()
    assert name == "TriageJobArn"
    assert found["Resources"][output["Value"]["Ref"]]["Type"] == "Custom::BedrockModelCustomizationJob"
    assert "Export" not in output


def test_the_export_name_is_opt_in(stack: cdk.Stack, job: Make) -> None:
    """The ARN is exported only under a name that the user gives."""
    job(job_arn_export_name="tickets-job")
    assert template(stack)["Outputs"]["TriageJobArn"]["Export"] == {"Name": "tickets-job"}


def test_the_request_is_in_the_form_of_the_api(stack: cdk.Stack, job: Make) -> None:
    """The API's casing, no token, no tags, no generated name, exact decimals."""
    job(
        output_data=OUTPUT,
        custom_model_kms_key=AWS_OWNED_KEY,
        role="arn:aws:iam::111122223333:role/passed",
        customization=Customization.fine_tuning(HyperParameters(epoch_count=2, learning_rate=1e-5)),
        validation_data=[ValidationData.from_s3_uri("s3://amzn-s3-demo-bucket/valid.jsonl")],
        job_tags={"team": "tickets"},
    )
    properties = the_job(stack)["Properties"]
    assert properties["Request"] == {
        "roleArn": "arn:aws:iam::111122223333:role/passed",
        "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
        "customizationType": "FINE_TUNING",
        "trainingDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
        "validationDataConfig": {"validators": [{"s3Uri": "s3://amzn-s3-demo-bucket/valid.jsonl"}]},
        "outputDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/out/"},
        "hyperParameters": {"epochCount": "2", "learningRate": "0.00001"},
    }
    assert (properties["ServiceTimeout"], properties["OnDelete"]) == (2700, "StopJob")
    assert "NamePrefix" not in properties
    assert "Revision" not in properties
    assert "RetrainOnInfrastructureChange" not in properties


def test_exact_names_are_used_verbatim(stack: cdk.Stack, job: Make) -> None:
    """Given names of job and model are in the request."""
    job(job_name="tickets-1", custom_model_name="tickets_1")
    request = the_job(stack)["Properties"]["Request"]
    assert (request["jobName"], request["customModelName"]) == ("tickets-1", "tickets_1")


@pytest.mark.parametrize(
    ("arguments", "properties"),
    [
        ({"on_delete": OnDelete.DELETE_MODEL}, {"OnDelete": "DeleteModel"}),
        ({"on_delete": OnDelete.RETAIN}, {"OnDelete": "Retain"}),
        ({"revision": "2026-11"}, {"Revision": "2026-11"}),
        ({"retrain_on_infrastructure_change": True}, {"RetrainOnInfrastructureChange": True}),
    ],
)
def test_options_of_the_handler_are_properties(
    stack: cdk.Stack, job: Make, arguments: dict[str, object], properties: dict[str, object]
) -> None:
    """Options that are not part of the request are separate properties."""
    job(**arguments)
    found = the_job(stack)["Properties"]
    assert {name: found[name] for name in properties} == properties


def test_a_job_with_given_data_and_key_has_six_resources(stack: cdk.Stack, job: Make) -> None:
    """A stack has one function; each job has one service role and one custom resource."""
    shared = {"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY}
    job("First", **shared)
    first = sorted(one["Type"] for one in template(stack)["Resources"].values())
    assert first == [
        "AWS::IAM::Role",
        "AWS::IAM::Role",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "Custom::BedrockModelCustomizationJob",
    ]


def test_each_further_job_adds_a_role_and_a_custom_resource(stack: cdk.Stack, job: Make) -> None:
    """No other resource is added by default."""
    for number in range(3):
        job(f"Job{number}", output_data=OUTPUT, custom_model_kms_key=AWS_OWNED_KEY)
    assert len(template(stack)["Resources"]) == 6 + 2 * 2


def test_a_job_without_storage_creates_bucket_key_and_policy(stack: cdk.Stack, job: Make) -> None:
    """If none is given: a bucket with its policy, a key, and a policy that depends on no role."""
    job()
    kinds = [one["Type"] for one in template(stack)["Resources"].values()]
    assert {"AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::KMS::Key", "AWS::IAM::Policy"} <= set(kinds)
    assert len(kinds) == 10


def _height(resources: dict[str, dict[str, object]], name: str) -> int:
    text = json.dumps(resources[name])
    before = [
        other
        for other in resources
        if other != name and (f'"Ref": "{other}"' in text or f'"{other}"' in text)
    ]
    return 1 + max((_height(resources, other) for other in before), default=0)


@pytest.mark.parametrize("shared", [True, False])
def test_the_critical_path_has_four_steps(stack: cdk.Stack, job: Make, shared: bool) -> None:  # noqa: FBT001 - a case
    """Role, handler role, function, job; bucket and key are created in parallel."""
    job(**({"output_data": OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY} if shared else {}))
    resources = template(stack)["Resources"]
    assert max(_height(resources, name) for name in resources) == 4


def test_the_job_waits_for_permissions_bucket_and_bucket_policy(stack: cdk.Stack, job: Make) -> None:
    """Bedrock uses the role as soon as the job is created."""
    job()
    resources = template(stack)["Resources"]
    waits_for = {resources[name]["Type"] for name in the_job(stack)["DependsOn"]}
    assert waits_for == {"AWS::S3::BucketPolicy", "AWS::IAM::Policy"}
    request = json.dumps(the_job(stack)["Properties"]["Request"])
    named = {one["Type"] for name, one in resources.items() if f'"{name}"' in request}
    assert named == {"AWS::S3::Bucket", "AWS::KMS::Key", "AWS::IAM::Role"}


def test_timeouts_are_consistent(stack: cdk.Stack, job: Make) -> None:
    """CloudFormation waits for the function and its two retries, and no event is older than that."""
    job()
    [function] = of_type(stack, "AWS::Lambda::Function")
    [events] = of_type(stack, "AWS::Lambda::EventInvokeConfig")
    service_timeout = the_job(stack)["Properties"]["ServiceTimeout"]
    assert service_timeout == 3 * function["Properties"]["Timeout"] + 180
    assert service_timeout <= 3600
    assert events["Properties"]["MaximumEventAgeInSeconds"] == service_timeout
    assert events["Properties"]["MaximumRetryAttempts"] == 2


def test_the_log_group_has_a_retention(stack: cdk.Stack, job: Make) -> None:
    """Logs are kept for ninety days unless a provider sets another period."""
    job()
    [group] = of_type(stack, "AWS::Logs::LogGroup")
    [function] = of_type(stack, "AWS::Lambda::Function")
    assert group["Properties"] == {"RetentionInDays": 90}
    assert "LogGroup" in function["Properties"]["LoggingConfig"]


def test_the_uri_of_a_local_file_has_its_hash(
    stack: cdk.Stack, job: Make, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Changed data has another URI, and so starts another job; the same data does not."""
    folder = tmp_path_factory.mktemp("data")
    for number, text in enumerate(["one", "one", "two"]):
        path = folder / f"{number}.jsonl"
        path.write_text("".join(json.dumps({
            "schemaVersion": "bedrock-conversation-2024",
            "messages": [
                {"role": "user", "content": [{"text": f"{text} {row}"}]},
                {"role": "assistant", "content": [{"text": "yes"}]},
            ],
        }) + "\n" for row in range(8)))  # fmt: skip
        job(f"Job{number}", training_data=TrainingData.from_file(path))
    jobs = of_type(stack, "Custom::BedrockModelCustomizationJob")
    uris = [json.dumps(one["Properties"]["Request"]["trainingDataConfig"]) for one in jobs]
    assert uris[0] == uris[1] != uris[2]
    assert ".jsonl" in uris[0]


def test_tags_are_outside_of_the_request(stack: cdk.Stack, job: Make) -> None:
    """A change of tags is shown as one, and not as a change of the request."""
    job(job_tags={"team": "tickets"}, custom_model_tags={"of": "model"})
    properties = the_job(stack)["Properties"]
    assert properties["JobTags"] == [{"key": "team", "value": "tickets"}]
    assert properties["CustomModelTags"] == [{"key": "of", "value": "model"}]
    assert {"jobTags", "customModelTags"}.isdisjoint(properties["Request"])


@pytest.mark.parametrize("tags", [None, {}])
def test_no_tags_are_no_property(stack: cdk.Stack, job: Make, tags: dict[str, str] | None) -> None:
    """The property is absent if tags are empty or not given."""
    job(job_tags=tags, custom_model_tags=tags)
    assert {"JobTags", "CustomModelTags"}.isdisjoint(the_job(stack)["Properties"])


def test_tags_of_a_scope_reach_job_and_model(stack: cdk.Stack, job: Make) -> None:
    """Inherited tags come after the job's own, which win."""
    job(job_tags={"team": "tickets"})
    cdk.Tags.of(stack).add("team", "everybody")
    cdk.Tags.of(stack).add("cost", "42")
    properties = the_job(stack)["Properties"]
    assert properties["JobTags"] == [{"key": "team", "value": "tickets"}, {"key": "cost", "value": "42"}]
    assert sorted(tag["key"] for tag in properties["CustomModelTags"]) == ["cost", "team"]


def test_a_given_role_is_passed_and_never_changed(stack: cdk.Stack, job: Make) -> None:
    """An output has the statements that its owner must add."""
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("bedrock.amazonaws.com"))
    made = job(role=role, output_data=OUTPUT, custom_model_kms_key=AWS_OWNED_KEY)
    [given] = [
        one
        for one in template(stack)["Resources"].values()
        if one["Type"] == "AWS::IAM::Role" and "lambda" not in json.dumps(one)
    ]
    assert "Policies" not in given["Properties"]
    assert not any(
        "Mine" in json.dumps(one["Properties"]["Roles"]) for one in of_type(stack, "AWS::IAM::Policy")
    )
    assert {"s3:GetObject", "s3:PutObject"} <= {
        action
        for statement in made.required_service_role_statements
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }


def test_role_settings(stack: cdk.Stack, job: Make) -> None:
    """Name, path and permissions boundary can be set."""
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "bounded")
    job(role=ServiceRole(role_name="tickets-bedrock", path="/bedrock/", permissions_boundary=boundary))
    [role] = [one for one in of_type(stack, "AWS::IAM::Role") if one["Properties"].get("RoleName")]
    assert role["Properties"]["RoleName"] == "tickets-bedrock"
    assert role["Properties"]["Path"] == "/bedrock/"
    assert "PermissionsBoundary" in role["Properties"]


def test_a_permissions_boundary_of_the_stack_is_on_every_role(stack: cdk.Stack, job: Make) -> None:
    """`PermissionsBoundary.of` reaches the service role and the handler's role."""
    job()
    iam.PermissionsBoundary.of(stack).apply(
        iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "bounded")
    )
    assert all("PermissionsBoundary" in one["Properties"] for one in of_type(stack, "AWS::IAM::Role"))


def test_output_bucket_settings(stack: cdk.Stack, job: Make) -> None:
    """Access logs and expiry can be set."""
    logs = s3.Bucket.from_bucket_name(stack, "Logs", "access-logs")
    job(output_data=OutputBucket(access_logs=logs, expire_after_days=30))
    [bucket] = of_type(stack, "AWS::S3::Bucket")
    assert bucket["Properties"]["LoggingConfiguration"]["DestinationBucketName"] == "access-logs"
    assert "LifecycleConfiguration" in bucket["Properties"]
    assert bucket["DeletionPolicy"].startswith("Retain")


def test_buckets_and_keys_of_the_app_are_not_changed(stack: cdk.Stack, job: Make) -> None:
    """The role may use their objects and their keys."""
    key = kms.Key(stack, "DataKey")
    bucket = s3.Bucket(stack, "Data", encryption=s3.BucketEncryption.KMS, encryption_key=key)
    made = job(
        training_data=TrainingData.from_bucket(bucket, "train.jsonl"),
        output_data=OutputData.from_bucket(bucket, "out/"),
        custom_model_kms_key=key,
    )
    text = json.dumps(stack.resolve(made.required_service_role_statements))
    assert "kms:GenerateDataKey" in text
    assert len(of_type(stack, "AWS::S3::Bucket")) == 1
    assert len(of_type(stack, "AWS::KMS::Key")) == 1


def test_an_imported_key_is_a_warning_with_the_statements(stack: cdk.Stack, job: Make) -> None:
    """The statements for its owner are an output, and a warning that can be acknowledged."""
    job(custom_model_kms_key=KEY)
    output = template(stack)["Outputs"]["TriageKeyPolicy"]["Value"]
    assert "kms:CreateGrant" in json.dumps(output)
    Annotations.from_stack(stack).has_warning(
        "/Tickets/Triage", Match.string_like_regexp("ask its owner to add")
    )


def test_a_foundation_model_of_the_cdk_is_a_base_model(stack: cdk.Stack, job: Make) -> None:
    """The ARN of an `aws_bedrock.IModel` is used."""
    model = bedrock.FoundationModel.from_foundation_model_id(
        stack, "Model", bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
    )
    job(base_model=model)
    assert "foundation-model/amazon.nova-lite" in json.dumps(the_job(stack)["Properties"]["Request"])


def test_several_jobs_of_a_stack_share_the_function(stack: cdk.Stack, job: Make) -> None:
    """The function's role may pass exactly the roles of these jobs."""
    made = [job("One"), job("Two")]
    assert made[0].provider is made[1].provider
    assert len(of_type(stack, "AWS::Lambda::Function")) == 1


def test_a_provider_has_settings(stack: cdk.Stack, job: Make) -> None:
    """Endpoint, timeouts and debug are the CLI's global options, as settings of the function."""
    provider = JobProvider(
        stack,
        "Mine",
        endpoint_url="https://vpce.example.com",
        connect_timeout=3,
        read_timeout=20,
        debug=True,
        log_retention_days=7,
    )
    job(provider=provider)
    [function] = of_type(stack, "AWS::Lambda::Function")
    assert function["Properties"]["Environment"] == {
        "Variables": {
            "STACK_ID": {"Ref": "AWS::StackId"},
            "AWS_ENDPOINT_URL_BEDROCK": "https://vpce.example.com",
            "BEDROCK_CONNECT_TIMEOUT": "3",
            "BEDROCK_READ_TIMEOUT": "20",
            "LOG_LEVEL": "DEBUG",
        }
    }
    [group] = of_type(stack, "AWS::Logs::LogGroup")
    assert group["Properties"] == {"RetentionInDays": 7}


def test_the_environment_of_the_function_is_its_stack_only(stack: cdk.Stack, job: Make) -> None:
    """The function serves no other stack, whatever an event contains."""
    job()
    [function] = of_type(stack, "AWS::Lambda::Function")
    assert function["Properties"]["Environment"] == {"Variables": {"STACK_ID": {"Ref": "AWS::StackId"}}}


def test_grants_are_for_the_arn_of_the_job(stack: cdk.Stack, job: Make) -> None:
    """Read, stop and tag are granted on this ARN only."""
    made = job()
    reader = iam.Role(stack, "Reader", assumed_by=iam.AccountRootPrincipal())
    for given in (made.grant_read(reader), made.grant_stop(reader), made.grant_tag(reader)):
        given.assert_success()
    [policy] = [one for one in of_type(stack, "AWS::IAM::Policy") if "Reader" in json.dumps(one)]
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    resources = {json.dumps(statement["Resource"]) for statement in statements}
    assert resources == {json.dumps(template(stack)["Outputs"]["TriageJobArn"]["Value"])}


def test_an_invoker_may_use_the_key_through_bedrock(stack: cdk.Stack, job: Make) -> None:
    """It may invoke what serves the model, and use the model's key through Bedrock."""
    made = job(custom_model_kms_key=kms.Key(stack, "ModelKey"))
    caller = iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal())
    made.grant_invoke(
        caller,
        target_arn="arn:aws:bedrock:us-east-1:111122223333:custom-model-deployment/abcdefghijkl",
    )
    [policy] = [one for one in of_type(stack, "AWS::IAM::Policy") if "Caller" in json.dumps(one)]
    text = json.dumps(policy)
    assert "bedrock:InvokeModel" in text
    assert "kms:Decrypt" in text
    assert "kms:GenerateDataKey" in text
    assert "kms:CreateGrant" not in text


def test_buckets_can_grant_to_the_job(stack: cdk.Stack, job: Make) -> None:
    """`bucket.grant_read(job)` grants to the service role."""
    bucket = s3.Bucket(stack, "More")
    bucket.grant_read(job())
    assert any("More" in json.dumps(one) for one in of_type(stack, "AWS::IAM::Policy"))


def test_a_job_is_imported_by_its_arn(stack: cdk.Stack) -> None:
    """Its name is kept with the slash; its account and Region are those of the ARN."""
    home = "arn:aws:bedrock:us-west-2:444455556666"
    arn = f"{home}:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghijkl"
    known = ModelCustomizationJob.from_job_arn(stack, "Known", arn)
    reader = iam.Role(stack, "Reader", assumed_by=iam.AccountRootPrincipal())
    known.grant_read(reader).assert_success()
    assert known.job_arn == arn
    assert arn in json.dumps(template(stack))


def test_arns_have_no_fixed_partition_region_or_account(job: Make) -> None:
    """The template is right in any Region and partition."""
    del job
    app = cdk.App()
    for region, partition in (("us-gov-west-1", "aws-us-gov"), ("eu-central-1", "aws")):
        del partition
        home = cdk.Stack(app, f"In{region}", env=cdk.Environment(account="111122223333", region=region))
        ModelCustomizationJob(home, "Triage", base_model=BaseModel.NOVA_LITE, training_data=TRAIN)
    for artifact in app.synth().stacks:
        text = json.dumps(artifact.template["Resources"])
        assert "arn:aws:" not in text
        assert "us-east-1" not in text


def test_all_errors_are_reported_at_once(stack: cdk.Stack, job: Make) -> None:
    """Each error has path, rule, what it got and what to do."""
    with pytest.raises(InvalidJob) as caught:
        job(
            job_name="bad_name",
            custom_model_name="two--hyphens",
            training_data=TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/*.jsonl"),
            custom_model_kms_key="alias/mine*",
            role="arn:aws:iam::111122223333:user/nobody",
        )
    said = str(caught.value)
    assert said.startswith("Tickets/Triage cannot be defined:\n  - ")
    for name in ("job_name", "custom_model_name", "training_data", "custom_model_kms_key", "role"):
        assert f"\n  - {name} " in said, said
    assert [one.node.path for one in stack.node.find_all() if one.node.default_child] == []


def test_a_role_of_the_app_that_does_not_trust_bedrock_is_refused(stack: cdk.Stack, job: Make) -> None:
    """Otherwise Bedrock refuses it only after the deployment has begun."""
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    with pytest.raises(InvalidJob, match="trusts Amazon Bedrock"):
        job(role=role)


def test_a_bucket_in_another_region_is_refused(stack: cdk.Stack) -> None:
    """Bedrock reads and writes only in the job's Region."""
    del stack
    app = cdk.App()
    home = cdk.Stack(app, "Home", env=cdk.Environment(account="111122223333", region="us-east-1"))
    bucket = s3.Bucket.from_bucket_attributes(home, "Far", bucket_name="far-bucket", region="eu-west-1")
    with pytest.raises(InvalidJob, match="job's Region"):
        ModelCustomizationJob(
            home,
            "Triage",
            base_model=BaseModel.NOVA_LITE,
            training_data=TrainingData.from_bucket(bucket, "train.jsonl"),
        )


@pytest.mark.parametrize(("jobs", "warns"), [(10, False), (11, True)])
def test_more_jobs_than_the_quota_are_a_warning(
    stack: cdk.Stack,
    job: Make,
    jobs: int,
    warns: bool,  # noqa: FBT001 - a case
) -> None:
    """CloudFormation starts all jobs at once; Bedrock accepts ten scheduled jobs."""
    for number in range(jobs):
        job(f"Job{number}", output_data=OUTPUT, custom_model_kms_key=AWS_OWNED_KEY)
    template(stack)
    said = [entry for entry in stack.node.metadata if "scheduled" in str(entry.data)]
    assert bool(said) is warns


def test_jobs_without_storage_share_one_key_and_one_bucket(stack: cdk.Stack, job: Make) -> None:
    """A key has a monthly price: a stack has one, and each job has its own prefix."""
    for name in ("One", "Two", "Three"):
        job(name)
    assert len(of_type(stack, "AWS::KMS::Key")) == 1
    assert len(of_type(stack, "AWS::S3::Bucket")) == 1
    jobs = of_type(stack, "Custom::BedrockModelCustomizationJob")
    prefixes = [one["Properties"]["Request"]["outputDataConfig"]["s3Uri"]["Fn::Join"][1][-1] for one in jobs]
    resources = template(stack)["Resources"]
    names = [name for name in resources if resources[name]["Type"] == "Custom::BedrockModelCustomizationJob"]
    assert prefixes == [f"/{name}/" for name in names]
    assert len(template(stack)["Resources"]) == 10 + 2 * 3


def test_a_bucket_of_another_account_needs_statements(stack: cdk.Stack, job: Make) -> None:
    """With the owner's account given, its statements are an output and a warning."""
    far = TrainingData.from_s3_uri("s3://amzn-s3-demo-bucket/train.jsonl", bucket_owner="444455556666")
    made = job(training_data=far)
    assert "444455556666" in json.dumps(stack.resolve(made.required_service_role_statements))
    assert "s3:GetObject" in json.dumps(template(stack)["Outputs"]["TriageBucketPolicy"]["Value"])
    assert any("another account" in str(entry.data) for entry in made.node.metadata)


def test_a_bucket_of_another_account_is_refused_without_its_owner(job: Make) -> None:
    """The library does not guess an account id."""
    home = cdk.Stack(cdk.App(), "Home", env=cdk.Environment(account="111122223333", region="us-east-1"))
    bucket = s3.Bucket.from_bucket_attributes(home, "Far", bucket_name="far-bucket", account="444455556666")
    del job
    with pytest.raises(InvalidJob, match="bucket_owner='444455556666'"):
        ModelCustomizationJob(
            home,
            "Triage",
            base_model=BaseModel.NOVA_LITE,
            training_data=TrainingData.from_bucket(bucket, "train.jsonl"),
        )


def test_the_l2_constructs_of_the_provider_are_created_once(job: Make) -> None:
    """Alarms and metrics start from the function."""
    provider = job().provider
    assert provider.function is provider.function
    assert provider.role is provider.role


def test_a_job_that_is_not_valid_can_be_corrected(stack: cdk.Stack, job: Callable[..., object]) -> None:
    """It leaves no construct behind, so the same id can be used again, as in the cell of a notebook."""
    with pytest.raises(InvalidJob):
        job(job_name="a_b")
    assert [one.node.id for one in stack.node.children] == []
    job(job_name="a-b")


def test_policies_name_the_data_in_a_fixed_order(job: Make) -> None:
    """Training file, logs, validation files, media: another order would be a change of every template."""
    logs = InvocationLogs.from_s3_uri("s3://my-logs/b/")
    made = job(
        training_data=TrainingData.from_s3_uri("s3://my-data/a.jsonl").with_invocation_logs(logs),
        validation_data=["s3://my-data/c.jsonl"],
        media_data=["s3://my-data/d/"],
        customization="DISTILLATION",
    )
    [read] = [one for one in made.required_service_role_statements if one["Action"] == "s3:GetObject"]
    names = [str(arn).rpartition(":")[2] for arn in read["Resource"]]
    assert names[:4] == ["my-data/a.jsonl", "my-logs/b/*", "my-data/c.jsonl", "my-data/d/*"]
