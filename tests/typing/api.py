"""The documented usage, type-checked as a user's editor checks it."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import assertions
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import IConstruct

from constructs_lib import (
    AWS_OWNED_KEY,
    Bake,
    BaseModel,
    Billing,
    Checks,
    Customization,
    CustomizationDefaults,
    CustomizationSweep,
    CustomModelDeployment,
    EvaluationData,
    HyperParameters,
    ICustomModelDeployment,
    IModelCustomizationJob,
    InvocationLogs,
    IProvisionedModelThroughput,
    JobNetwork,
    JobProvider,
    Keep,
    MetadataFilter,
    ModelCustomizationJob,
    ModelCustomizationValidation,
    Objective,
    OnDelete,
    OutputBucket,
    OutputData,
    PromoteIf,
    ProviderSettings,
    ProvisionedModelThroughput,
    PublishedModel,
    Release,
    ResourceOnDelete,
    RftHyperParameters,
    Score,
    ServiceRole,
    TrainingData,
    Trial,
    ValidationData,
    Wait,
    WhenUnsure,
)
from constructs_lib.testing import (
    BedrockServer,
    Deployed,
    Deployments,
    DoubleControl,
    FoundJob,
    LocalAws,
    assert_request,
    find_jobs,
    template_snapshot,
)


def everything(
    stack: cdk.Stack, bucket: s3.Bucket, key: kms.Key, role: iam.Role, grader: lambda_.Function
) -> None:
    """Use each public name once."""
    job = ModelCustomizationJob(
        stack,
        "FineTuned",
        base_model=BaseModel.NOVA_LITE,
        customization=Customization.fine_tuning(HyperParameters(epoch_count=2, learning_rate=1e-5)),
        training_data=TrainingData.from_bucket(bucket, "train.jsonl"),
        validation_data=[ValidationData.from_s3_uri("s3://amzn-s3-demo-bucket/valid.jsonl")],
        output_data=OutputData.from_bucket(bucket, "out/"),
        custom_model_kms_key=key,
        role=role,
        job_tags={"team": "tickets"},
        network=JobNetwork.from_ids(subnet_ids=["subnet-1"], security_group_ids=["sg-1"]),
        on_delete=OnDelete.DELETE_MODEL,
        provider=JobProvider(stack, "Provider", **ProviderSettings(debug=True, read_timeout=30)),
    )
    ModelCustomizationJob(
        stack,
        "Distilled",
        base_model="amazon.nova-micro-v1:0:128k",
        customization=Customization.distillation("amazon.nova-pro-v1:0", max_response_length=500),
        training_data=TrainingData.from_invocation_logs(
            InvocationLogs.from_bucket(bucket).filtered_by(MetadataFilter.equals("project", "triage"))
        ),
        output_data=OutputBucket(expire_after_days=90),
        custom_model_kms_key=AWS_OWNED_KEY,
        role=ServiceRole(path="/bedrock/"),
    )
    ModelCustomizationJob(
        stack,
        "Reinforced",
        base_model=BaseModel.NOVA_2_LITE,
        customization=Customization.reinforcement_fine_tuning(grader, RftHyperParameters(epoch_count=1)),
        training_data=TrainingData.from_file("train.jsonl"),
    )
    for text in (job.job_arn, job.job_name, job.custom_model_name, job.output_model_arn, job.job_name_prefix):
        text.lower()
    asked: ModelCustomizationJob = ModelCustomizationJob.from_request(stack, "Asked", "job.yaml")
    known: IModelCustomizationJob = ModelCustomizationJob.from_job_arn(stack, "Known", "arn:...")
    shared: list[IModelCustomizationJob] = [job, asked, known]
    for one in shared:
        one.grant_read(grader).assert_success()
        watch(one, grader)
    watch(job, grader)
    watch(known, grader)
    bucket.grant_read(job)
    job.output_bucket.grant_read(grader, f"{job.output_s3_uri}*").assert_success()
    if job.custom_model_kms_key is not None:
        job.custom_model_kms_key.grant_decrypt(grader).assert_success()
    job.job_status.lower()
    job.notify_on_failure(sns.Topic(stack, "Topic")).rule_arn.lower()
    OutputData.from_bucket(bucket, "out/", bucket_owner="111122223333", encryption_key=key)


def watch(job: IModelCustomizationJob, grader: lambda_.Function) -> None:
    """Use a job that is defined or imported, as a resource of the CDK."""
    job.grant_read(grader).assert_success()
    job.grant_stop(grader).assert_success()
    job.grant_tag(grader).assert_success()
    rule: events.Rule = job.on_completed("Done", description="Done", rule_name="done")
    rule.rule_arn.lower()
    home: cdk.Stack = job.stack
    cdk.CfnOutput(home, f"Of{job.node.id}", value=f"{job.job_arn} {job.env.account} {job.env.region}")
    cdk.Tags.of(job).add("watched", "yes")
    cdk.Annotations.of(job).acknowledge_warning("bedrock-customization:foreign-key")
    grader.node.add_dependency(job)


def wait(stack: cdk.Stack) -> None:
    """Let a deployment wait for a job, and keep its newest models."""
    ModelCustomizationJob(
        stack,
        "Kept",
        base_model="amazon.nova-lite-v1:0:300k",
        training_data="train.jsonl",
        on_delete=OnDelete.DELETE_MODEL,
        keep=Keep.newest(3),
    )
    waits: list[Wait] = [
        Wait.NONE,
        Wait.for_validation(up_to=cdk.Duration.minutes(5)),
        Wait.for_completion(cdk.Duration.hours(6), fail_on_timeout=True, fail_on_failure=False),
    ]
    for one in waits:
        job = ModelCustomizationJob(
            stack, "Awaited", base_model="amazon.nova-lite-v1:0:300k", training_data="train.jsonl", wait=one
        )
        CustomModelDeployment(stack, "Deployed", model=job)
        for text in (job.custom_model_arn, job.training_loss, job.validation_loss):
            text.lower()


def connect(provider: JobProvider, vpc: ec2.Vpc) -> None:
    """Let the function call an endpoint that is not open to the VPC."""
    service = ec2.InterfaceVpcEndpointAwsService.BEDROCK
    endpoint = vpc.add_interface_endpoint("Bedrock", service=service, open=False)
    endpoint.connections.allow_default_port_from(provider)
    callers: ec2.IConnectable = provider
    callers.connections.allow_to_any_ipv4(ec2.Port.tcp(8443))


def serve(job: ModelCustomizationJob, asking: lambda_.Function, topic: sns.Topic) -> None:
    """Use what comes after training."""
    job.alarm_on_failure(topic, alarm_name="failed").alarm_arn.lower()
    job.metric_validation_loss(label="Loss").create_alarm(job, "Loss", threshold=2, evaluation_periods=1)
    published: PublishedModel = job.publish_model_arn("/tickets/model", on_delete=ResourceOnDelete.RETAIN)
    published.grant_read(asking).assert_success()
    deployment = CustomModelDeployment(
        job.stack, "Serve", model=job, release=Release.ON_COMPLETION, deployment_tags={"team": "tickets"}
    )
    known = CustomModelDeployment.from_deployment_arn(job.stack, "Known", "arn:...")
    key = kms.Key(job.stack, "Key")
    other = CustomModelDeployment.from_deployment_attributes(
        job.stack, "Other", deployment_arn="arn:...", custom_model_kms_key=key
    )
    served: list[ICustomModelDeployment] = [deployment, known, other]
    for one in served:
        one.grant_invoke(asking).assert_success()
        one.grant_read(asking).assert_success()
    bought = ProvisionedModelThroughput(
        job.stack, "Bought", model=job, model_units=1, billing=Billing.hours(8), purchase="1"
    )
    given = ProvisionedModelThroughput.from_throughput_arn(job.stack, "Given", "arn:...")
    throughputs: list[IProvisionedModelThroughput] = [bought, given]
    for each in throughputs:
        each.grant_invoke(asking).assert_success()
        f"{each.throughput_arn} {each.metric_invocations().metric_name}".lower()
    Billing.six_months(i_accept_that_it_cannot_be_cancelled=True)
    f"{bought.commitment_expires} {bought.throughput_status} {bought.custom_model_arn}".lower()
    model: bedrock.IModel = known
    known.metric_invocations(statistic="Sum").metric_name.lower()
    known.alarm_on_server_errors(threshold=5, alarm_name="errors").alarm_arn.lower()
    bought.alarm_on_latency(threshold=cdk.Duration.seconds(8), statistic="p99", id="Slow").alarm_arn.lower()
    f"{model.model_arn} {deployment.arn_parameter_name} {published.parameter_name}".lower()


def promote(job: ModelCustomizationJob, judge: lambda_.Function, topic: sns.Topic) -> None:
    """Let a new model serve only if it is not worse."""
    records = EvaluationData.from_file(Path("evaluation.jsonl"))
    conditions = PromoteIf.all_of(
        PromoteIf.validation_loss(margin=0.02, at_most=0.9),
        PromoteIf.training_loss(),
        PromoteIf.answers(records, score=Score.JSON_EQUAL, margin=None, at_least=0.8, confidence=0.9),
        PromoteIf.function(judge),
        PromoteIf.function(lambda_.Function.from_function_arn(job, "Other", "arn:...")),
        PromoteIf.approved(topic=topic, expires_after=cdk.Duration.days(3)),
    )
    published = job.publish_model_arn("/m", promote_if=conditions, when_unsure=WhenUnsure.ASK)
    deployment = CustomModelDeployment(
        job.stack,
        "Promoted",
        model=job,
        release=Release.ON_COMPLETION,
        promote_if=conditions,
        bake=Bake(
            alarms=[
                judge.metric_errors().create_alarm(job, "Errors", threshold=1, evaluation_periods=1),
                cloudwatch.Alarm.from_alarm_arn(job, "Given", "arn:..."),
            ],
            duration=cdk.Duration.hours(2),
            minimum_invocations=20,
        ),
    )
    for metric in (deployment.metric_promoted(), published.metric_rejected(statistic="Maximum")):
        metric.create_alarm(job, metric.metric_name, threshold=1, evaluation_periods=1)
    deployment.metric_withdrawn(period=cdk.Duration.minutes(5)).metric_name.lower()
    for rule in (
        deployment.notify_promotion(topic),
        deployment.on_promotion_change("Changed", description="tells the team"),
        published.on_promoted("Promoted"),
        published.on_rejected("Rejected"),
        published.on_withdrawn("Withdrawn"),
        published.on_undecided("Undecided"),
        job.on_new_data("Landed", marker="tickets/_SUCCESS", description="trains again"),
    ):
        rule.rule_arn.lower()


def search(stack: cdk.Stack, reports: iam.Role) -> None:
    """Train several times."""
    epochs = {"epoch_count": [1, 2]}
    sweep = CustomizationSweep(
        stack,
        "Search",
        base_model=BaseModel.NOVA_LITE,
        training_data="train.jsonl",
        grid=epochs,
        keep=Keep.best(1),
    )
    CustomizationSweep(
        stack,
        "Listed",
        base_model=BaseModel.NOVA_LITE,
        trials=[
            Trial(
                hyper_parameters={"epoch_count": 2, "learning_rate": 1e-5},
                training_data="s3://bucket/one.jsonl",
            ),
            Trial(hyper_parameters=HyperParameters(epoch_count=3), training_data=Path("two.jsonl")),
        ],
        objective=Objective.TRAINING_LOSS,
    )
    sweep.on_finished("Finished", description="tells the team").rule_arn.lower()
    sweep.output_bucket.grant_read(reports).assert_success()
    f"{sweep.results_uri} {sweep.state_machine_arn} {sweep.role.role_arn}".lower()


def count(constructs: list[IConstruct]) -> int:
    """Find the jobs among other constructs."""
    return len([one.job_arn for one in constructs if isinstance(one, IModelCustomizationJob)])


def company(app: cdk.App, stage: cdk.Stage, key: kms.Key, boundary: iam.ManagedPolicy, vpc: ec2.Vpc) -> None:
    """Set defaults and restrictions, and check everything else."""
    CustomizationDefaults(
        custom_model_kms_key=key,
        network=JobNetwork.isolated(vpc),
        output_data=OutputBucket(expire_after_days=90),
        job_tags={"team": "platform"},
        permissions_boundary=boundary,
        on_delete=OnDelete.RETAIN,
        checks=Checks.warn(),
        provider=ProviderSettings(debug=True, log_retention_days=365),
        bootstrap_kms_key="alias/bootstrap",
        allowed_base_models=[BaseModel.NOVA_LITE, "custom-model/*"],
        allowed_regions=["us-east-1"],
        required_tags={"cost-center": None, "stage": ["dev", "prod"], "team": "platform"},
        max_training_tokens=1_000_000,
    ).apply_to(app)
    CustomizationDefaults(required_tags=["cost-center"], network=JobNetwork.without_vpc()).apply_to(stage)
    cdk.Validations.of(app).add_plugins(
        ModelCustomizationValidation(checks=Checks.strict(), allowed_regions=["us-east-1"])
    )


def test_the_testing_kit(
    app: cdk.App, stack: cdk.Stack, deploy: Deployments, bedrock: DoubleControl, local_aws: LocalAws
) -> None:
    """Annotate the fixtures of the pytest plugin, and use what tests use."""
    snapshots: list[dict[str, object]] = [template_snapshot(app), template_snapshot(stack)]
    template = assertions.Template.from_stack(stack)
    jobs: list[FoundJob] = [*find_jobs(app), *find_jobs(template), *find_jobs(snapshots[1])]
    assert_request(stack, {"vpcConfig": None}, job=jobs[0].path)
    assert_request(Path("Tickets.template.json"), jobs[0].request, exact=True)
    deployed: Deployed = deploy(stack, "--no-rollback")
    bedrock.complete(deployed.job["jobArn"])
    bedrock.client(region=local_aws.region).list_custom_models()
    with BedrockServer(host="127.0.0.1") as server:
        assert server.url != deployed.outputs["Tickets"]["Url"]
    assert jobs[0].on_delete is OnDelete.RETAIN
