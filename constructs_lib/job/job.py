"""The construct: checks a job, makes the resources that it needs, and defines its custom resource."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Self

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam

from ..checks.rules.dataset import limit_at_deployment
from ..checks.rules.waiting import not_waited_for
from ..checks.subject import TRAINING
from ..contract.follow import JOB_KIND, MODELS_KIND
from ..contract.promotion import WhenUnsure
from ..contract.resource import (
    KEEP_NEWEST_PROPERTY,
    ON_DELETE_PROPERTY,
    OUTPUT_MODEL_ARN_ATTRIBUTE,
    RESOURCE_TYPE,
    RETRAIN_PROPERTY,
    REVISION_PROPERTY,
    TRAINING_LIMIT_PROPERTY,
    TRAINING_LOSS_ATTRIBUTE,
    VALIDATION_LOSS_ATTRIBUTE,
    ResourceOnDelete,
)
from ..findings import InvalidJob
from ..permissions import (
    SERVED_MODEL,
    exact_problems,
    invoke_statement,
    model_key_user_statements,
    service_role_statements,
)
from ..request import (
    BaseModel,
    Customization,
    OnDelete,
    OutputData,
    to_request,
)
from .arguments import read
from .asset import copy_data
from .awaited_job import AwaitedJob
from .custom_resource import define_resource, generated_prefix
from .defaults import defaults_of
from .follow_rule import Followed
from .inherited_tags import JobTags
from .interface import ImportedJob, JobBase, grant
from .job_checks import (
    check_document,
    check_job,
    document_of,
    subject_of,
    with_names_of_author,
)
from .keep import Keep
from .metrics import FAILED, TRAINING_LOSS, VALIDATION_LOSS, failure_alarm, job_metric, send_alarm
from .new_data import new_data_rule
from .outputs import Outputs, owner_statements
from .parts import make_parts
from .provider import JobProvider
from .request_arguments import arguments_of, with_request_defaults
from .stack_env import StackEnv
from .stack_jobs import NAME_FIELDS, DefinedJob, StackJobs, report
from .storage import bucket_of, imported_key, job_prefix
from .wait import Wait

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike
    from typing import Unpack

    from aws_cdk import aws_bedrock as bedrock
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_events as events
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_sns as sns
    from constructs import Construct

    from ..catalog import Catalog
    from ..checks import Checks
    from ..permissions import Statement
    from ..promotion.bake import Bake
    from ..promotion.promote_if import PromoteIf
    from ..request import InvocationLogs, MediaData, TrainingData, ValidationData
    from ..request.reading import Source
    from ..serving.published_model import PublishedModel
    from .events import RuleOptions
    from .interface import IModelCustomizationJob
    from .metrics import AlarmOptions, MetricOptions
    from .network import JobNetwork
    from .roles import ServiceRole
    from .storage import OutputBucket


@jsii.implements(iam.IGrantable, cdk.ITaggableV2)
class ModelCustomizationJob(JobBase):
    """A Bedrock job that trains a custom model from a base model, started by the deployment.

    See https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelCustomizationJob.html.

    Args:
        scope: the construct to define it in.
        id: its id there. A job that is renamed or moved is another job to CloudFormation.
        base_model: the model to customize: a constant, an id, an ARN, or an `aws_bedrock.IModel`.
        training_data: what the model is trained on: data, invocation logs, an S3 URI, or the path of a local
            file, which the deployment uploads.
        customization: how it is trained, or only the API's customization type. Default: fine-tuning with the
            model's own hyperparameters.
        validation_data: up to ten files that the model is evaluated on, S3 URIs or paths too. Default: none.
        output_data: where metrics, reports and copies of the data go, an S3 URI too, or settings of a new
            bucket. Default: a prefix in a bucket that the jobs of the stack share.
        media_data: images and videos that the data refers to. Default: the role reads only the data itself.
        job_name: used as it is; Bedrock never lets a job name be used again. Default: the handler generates a
            unique one.
        custom_model_name: used as it is. Default: the handler generates a unique one.
        custom_model_kms_key: a key, its ARN, id or alias, or `AWS_OWNED_KEY`. Default: a key that the jobs
            of the stack share.
        role: the role that Bedrock assumes, or settings of a new one; a given role is passed and never
            changed. Default: a role with exactly the permissions that this job needs.
        job_tags: tags of the job, besides those of `Tags.of(scope)` and of the stack. Default: only those.
        custom_model_tags: tags of the model, besides the same ones. Default: only those.
        network: the VPC that the job accesses its data from. Default: none.
        on_delete: what happens to job and model when the resource is deleted; no removal policy changes it.
            Default: a running job is stopped, a finished model stays.
        revision: any text; another text starts another job, as after a failed training. Default: only a
            change of the request does.
        retrain_on_infrastructure_change: start another job when role, network or output of a finished job
            change. Default: the finished model stays.
        provider: the function that calls Bedrock. Default: the stack's own.
        checks: how serious each rule is. Default: as docs/checks.md lists it.
        catalog: what is documented of models. Default: the catalogue of this library.
        max_training_tokens: the most tokens to train with, in all epochs. A local file is compared at
            synthesis, by the upper bound of the estimate; the size of data in S3 before the job starts, with
            a token for each 4 bytes. Default: no limit.
        job_arn_export_name: name under which other stacks import the ARN; read `job_arn` first. Default: it
            is not exported.
        keep: how many models stay when newer ones have taken their place: `Keep.newest(3)` with
            `OnDelete.DELETE_MODEL` deletes the others once nothing needs them. Default: `Keep.ALL`.
        wait: whether the deployment waits until the job is validated or complete. Default: `Wait.NONE`, it is
            complete as soon as the job has started.

    An argument that is None takes the value of `CustomizationDefaults`, where a scope around the job has it.

    Raises:
        InvalidJob: the job is not valid; the error lists every problem.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        base_model: BaseModel | bedrock.IModel | str,
        training_data: TrainingData | InvocationLogs | PathLike[str] | str,
        customization: Customization | str | None = None,
        validation_data: Sequence[ValidationData | PathLike[str] | str] | None = None,
        output_data: OutputData | OutputBucket | str | None = None,
        media_data: Sequence[MediaData | str] = (),
        job_name: str | None = None,
        custom_model_name: str | None = None,
        custom_model_kms_key: kms.IKey | kms.Key | str | None = None,
        role: iam.IRole | iam.Role | ServiceRole | str | None = None,
        job_tags: Mapping[str, str] | None = None,
        custom_model_tags: Mapping[str, str] | None = None,
        network: JobNetwork | None = None,
        on_delete: OnDelete | None = None,
        revision: str | None = None,
        retrain_on_infrastructure_change: bool = False,
        provider: JobProvider | None = None,
        checks: Checks | None = None,
        catalog: Catalog | None = None,
        max_training_tokens: int | None = None,
        job_arn_export_name: str | None = None,
        wait: Wait = Wait.NONE,
        keep: Keep = Keep.ALL,
    ) -> None:
        # First: older versions of the CDK raise an error of their own outside a stack.
        env = StackEnv.of(scope)
        super().__init__(scope, id)
        self._inherited_tags = cdk.TagManager(cdk.TagType.STANDARD, RESOURCE_TYPE, None)
        self._env, self._path = env, (path := env.path_of(self, scope, id))
        given = read(
            self,
            defaults_of(scope),
            lambda: job_prefix(self, env),
            base_model=base_model,
            training_data=training_data,
            customization=customization,
            validation_data=validation_data,
            output_data=output_data,
            media_data=media_data,
            job_name=job_name,
            custom_model_name=custom_model_name,
            custom_model_kms_key=custom_model_kms_key,
            role=role,
            job_tags=job_tags,
            custom_model_tags=custom_model_tags,
            network=network,
            on_delete=on_delete,
            provider=provider,
            checks=checks,
            catalog=catalog,
            max_training_tokens=max_training_tokens,
            revision=revision,
            retrain_on_infrastructure_change=retrain_on_infrastructure_change,
            job_arn_export_name=job_arn_export_name,
            wait=wait,
            keep=keep,
        )
        copies = copy_data(env, given.spec)
        subject = subject_of(self, env, given, copies)
        found = check_job(self, path, subject, given)

        parts = make_parts(self, path, env, given, copies)
        self._job_name, self._needs, self._role = job_name, parts.needs, parts.role.role
        self._output, self._key = parts.output.data, parts.key.key
        self._awaited_role_arn = parts.role.arn if parts.role.is_awaited else None

        self._provider = given.provider or JobProvider.of(env.stack)
        limit = limit_at_deployment([subject])
        handler_properties = {
            ON_DELETE_PROPERTY: given.on_delete.value,
            REVISION_PROPERTY: given.revision,
            RETRAIN_PROPERTY: given.retrains_on_infrastructure_change or None,
            KEEP_NEWEST_PROPERTY: None if given.keep.number is None else str(given.keep.number),
            TRAINING_LIMIT_PROPERTY: limit,
        }
        request = to_request(parts.spec)
        tags = JobTags(self, env, request, self._inherited_tags, given.checks)
        awaited = AwaitedJob(self, given.wait, self._provider) if given.wait.until else None
        defined = define_resource(
            self,
            request,
            handler_properties,
            self._provider,
            files=parts.data.files,
            tags=tags,
            awaited=awaited,
        )
        self._resource, self._result, self._wait = defined.resource, defined.result, given.wait
        state_machine_arn = awaited.state_machine_arn if awaited else None
        parts.connect(
            self._resource,
            self._provider,
            env,
            state_machine_arn=state_machine_arn,
            lists_models=given.keep.is_newest,
            listed=[subject.data[TRAINING]] if limit else (),
        )

        self._job_arn = self._resource.ref
        outputs = Outputs(self, path, env)
        job_outputs = [outputs.job_arn(self._job_arn, given.job_arn_export_name)]
        if self._wait.is_for_completion and self._result is not None:
            description = "ARN of the custom model; empty if the deployment was complete before the job"
            value = self._result.get_att(OUTPUT_MODEL_ARN_ATTRIBUTE).to_string()
            job_outputs.append(outputs.add("CustomModelArn", value=value, description=description))
        owners = owner_statements(
            parts.spec,
            env,
            parts.data.read,
            self._provider.role_arn,
            lacks_bedrock=subject.has_key_without_bedrock,
        )
        job_outputs += map(outputs.statements, owners)
        remarks = [*parts.findings, *given.wait.remarks(env)]
        errors = report(self, [*found, *given.checks.apply(remarks)])
        stores: list[Mapping[str, str]] = []  # grows with what promotes models of the job
        self._defined = StackJobs.of(env).add(
            DefinedJob(
                job=self,
                path=path,
                scope=scope,
                resource=self._resource,
                ref=self._job_arn,
                outputs=job_outputs,
                names={name: request[name] for name in NAME_FIELDS if name in request},
                named=partial(with_names_of_author, document=given.document, request=request),
                tags=tags,
                checks=given.checks,
                catalog=given.catalog,
                restrictions=given.restrictions,
                errors=errors,
                model=subject.model,
                names_in_events=lambda: self._in_events["jobName"],
                on_delete=given.on_delete,
                model_key=parts.key,
                provider=self._provider,
                wait=given.wait,
                awaited=defined.awaited,
                request=request,
                parts=parts,
                given_output=given.output,
                promotion_stores=stores,
            )
        )
        if given.keep.number is not None:
            self._follow(MODELS_KIND, keep=given.keep.number, stores=stores)

    @classmethod
    def from_request(
        cls,
        scope: Construct,
        id: str,
        request: Source,
        **overrides: Any,  # noqa: ANN401 - the constructor's own keyword arguments
    ) -> Self:
        """Define a job with the input of `aws bedrock create-model-customization-job --cli-input-json`.

        The template's `Request` is then that request without its client token; its tags become properties
        beside `Request`. Names, role and output may be left out; `file://` as a training or validation URI
        uploads a file of the job file's folder. What the request leaves out is not passed to the constructor:
        the defaults of a subclass apply, or else those of the API.

        Args:
            scope: the construct to define the job in.
            id: its id there.
            request: a mapping in the API's casing, or the path of a `.json`, `.yaml` or `.yml` file.
            **overrides: keyword arguments of the constructor; they override the request.

        Raises:
            InvalidJob: the request is not valid; the error lists every problem.
        """
        document = document_of(request)
        check_document(scope, f"{scope.node.path}/{id}", document, overrides)
        with with_request_defaults(cls, overrides, document):
            return cls(scope, id, **(arguments_of(document.request) | overrides))

    @staticmethod
    def from_job_arn(scope: Construct, id: str, job_arn: str) -> IModelCustomizationJob:
        """Import a job that exists.

        Args:
            scope: the construct to import it into.
            id: its id there.
            job_arn: the job's ARN.
        """
        return ImportedJob(scope, id, job_arn)

    @property
    def role(self) -> iam.IRole:
        """The role that Bedrock assumes."""
        return self._role

    @property
    def provider(self) -> JobProvider:
        """The function that calls Bedrock for this job."""
        return self._provider

    @property
    def job_arn(self) -> str:
        """The job's ARN; a retraining changes it, so it should not be exported.

        CloudFormation does not change an export that another stack uses: the deployment of a retraining
        fails after the new job has started. Use a parameter of this stack, which others read:

            ssm.StringParameter(stack, "JobArn", parameter_name="/jobs/triage", string_value=job.job_arn)
            ssm.StringParameter.value_for_string_parameter(other, "/jobs/triage")
        """
        return self._job_arn

    @property
    def job_name(self) -> str:
        """The job's name, known as soon as the job has started; a retraining changes it, as `job_arn`."""
        return self._resource.get_att("JobName").to_string()

    @property
    def job_name_prefix(self) -> str:
        """The prefix of the job's name, for event patterns: `{"jobName": [{"prefix": job.job_name_prefix}]}`.

        It depends only on the stack and the logical id: it is known before the job exists, a retraining does
        not change it, and no other stack has it. Where `job_name` was given, it is that name.
        """
        return self._job_name or self._generated_prefix

    @property
    def custom_model_name(self) -> str:
        """The model's name, known as soon as the job has started; a retraining changes it, as `job_arn`.

        `bedrock:GetCustomModel` accepts it in place of the ARN, once the job has finished.
        """
        return self._model_token("CustomModelName")

    @property
    def output_model_arn(self) -> str:
        """The model's ARN at the time of the deployment: empty while the job runs.

        Do not use it where an empty value is refused: the first deployment would fail after the job has
        started, at a Systems Manager parameter or a policy; exporting it is an error at synthesis. Use
        `custom_model_name` instead, also in a parameter.
        """
        return self._model_token("OutputModelArn")

    @property
    def job_status(self) -> str:
        """The job's status at the time of the deployment: `InProgress` for a job that has just started.

        A deployment does not wait until the job has ended; `bedrock:GetModelCustomizationJob`, which
        `grant_read` permits, returns its status now.
        """
        return self._resource.get_att("JobStatus").to_string()

    @property
    def custom_model_arn(self) -> str:
        """The ARN of the model of a job that the deployment waits for with `Wait.for_completion`.

        It is empty if the job was still in progress when the time was over, unless `fail_on_timeout` is set,
        or if it has failed and `fail_on_failure` is not set. Resources of this library accept that.

        Raises:
            InvalidJob: the deployment does not wait for the completion of the job.
        """
        token = self._outcome("custom_model_arn", OUTPUT_MODEL_ARN_ATTRIBUTE)
        jobs = StackJobs.of(self._env)
        jobs.model_tokens.add(token)
        jobs.awaited_models[token] = self
        return token

    @property
    def training_loss(self) -> str:
        """The training loss of the job, see `custom_model_arn`; empty where Bedrock returns none.

        Raises:
            InvalidJob: the deployment does not wait for the completion of the job.
        """
        return self._outcome("training_loss", TRAINING_LOSS_ATTRIBUTE)

    @property
    def validation_loss(self) -> str:
        """The validation losses of the job, see `custom_model_arn`, those of several files with commas.

        Raises:
            InvalidJob: the deployment does not wait for the completion of the job.
        """
        return self._outcome("validation_loss", VALIDATION_LOSS_ATTRIBUTE)

    @cached_property
    def output_bucket(self) -> s3.IBucket:
        """The bucket of the metrics, reports and copies of the data; for an S3 URI, an imported one.

        `job.output_bucket.grant_read(user)` permits the whole bucket. In the bucket that the jobs of a stack
        share, that is the output of all of them: give the job an `OutputBucket()` to have one of its own. A
        grant on an imported bucket changes no bucket policy.
        """
        return bucket_of(self._output, self, self._env)

    @property
    def output_s3_uri(self) -> str:
        """The S3 URI below which Bedrock writes; each job has a folder of its own there."""
        return self._output.uri

    @cached_property
    def custom_model_kms_key(self) -> kms.IKey | None:
        """The key that encrypts the custom model; None for one that AWS owns.

        For an ARN, an id or an alias it is an imported key: a grant on it does not change its key policy.

        Raises:
            InvalidJob: it was given by an alias of another account or Region, which the CDK cannot import.
        """
        return imported_key(self._key, self, "CustomModelKmsKey", self._env, "custom_model_kms_key")

    @property
    def custom_model_kms_key_arn(self) -> str | None:
        """The ARN of that key, or of its alias; None for a key that AWS owns."""
        return self._needs.model_key_arn

    @property
    def required_service_role_statements(self) -> list[Statement]:
        """What the role must be permitted; if you passed the role, attach them yourself."""
        return service_role_statements(self._needs)

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The service role, which `bucket.grant_read(job)` grants to."""
        return self._role.grant_principal

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """The tags that job and model inherit: those of `Tags.of(scope)` and, at synthesis, of the stack."""
        return self._inherited_tags

    def grant_invoke(self, grantee: iam.IGrantable, *, target_arn: str) -> iam.Grant:
        """Let `grantee` run inference with the model, and use the model's key for it.

        Args:
            grantee: who is granted it.
            target_arn: a custom model deployment or a provisioned throughput, not the model itself.

        Raises:
            InvalidJob: the ARN does not name exactly one of them.
        """
        if problems := list(exact_problems("target_arn", target_arn, SERVED_MODEL)):
            raise InvalidJob(f"{self._path}.grant_invoke", problems)
        key = self.custom_model_kms_key_arn
        keys = model_key_user_statements([key] if key else [], region=self._env.region)
        return grant(grantee, [invoke_statement(target_arn), *keys])

    def publish_model_arn(
        self,
        parameter_name: str,
        *,
        initial_value: str | None = None,
        on_delete: ResourceOnDelete = ResourceOnDelete.DELETE,
        promote_if: PromoteIf | None = None,
        when_unsure: WhenUnsure = WhenUnsure.KEEP,
        bake: Bake | None = None,
        id: str = "PublishedModel",
    ) -> PublishedModel:
        """Keep the ARN of the newest model in a Systems Manager parameter, across retrainings.

        See `PublishedModel`.

        Args:
            parameter_name: the name of the parameter, such as `/tickets/model`.
            initial_value: its value until the first model is complete. Default: it does not exist until then.
            on_delete: what happens to the parameter when its resource is deleted. Default: it is deleted.
            promote_if: what must be so that a new model takes the place of the old one. Default: that its job
                is complete.
            when_unsure: what happens if a condition of `promote_if` has no answer. Default: the old model
                stays.
            bake: alarms that take the new model back. Default: nothing does.
            id: the id below the job, for further parameters of one job. Default: `PublishedModel`.

        Raises:
            InvalidJob: the name, the value or the promotion is not valid.
        """
        from ..serving.published_model import PublishedModel

        return PublishedModel(
            self,
            id,
            job=self,
            parameter_name=parameter_name,
            initial_value=initial_value,
            on_delete=on_delete,
            promote_if=promote_if,
            when_unsure=when_unsure,
            bake=bake,
        )

    def on_new_data(
        self, id: str, *, marker: str | None = None, **options: Unpack[RuleOptions]
    ) -> events.Rule:
        """Define an EventBridge rule for new objects where the job's data is in S3.

        Its target should run what deploys the app again with the fingerprint of the data as `revision`: S3
        sends an event for each object, perhaps twice, and also if the content is the same. Buckets that the
        app defines are given `enable_event_bridge_notification()`; other buckets must send their events
        already. See docs/retraining.md.

        Args:
            id: the id of the rule, in the scope of the job.
            marker: the key of an object, in the bucket of the data, that is uploaded last: it alone counts.
                Default: every object that the job reads counts, but no local file and no invocation logs.
            **options: see `RuleOptions`: target, description, event_pattern, rule_name, cross_stack_scope.

        Raises:
            InvalidJob: the job reads no data from S3 that a rule can know, or writes its output there.
        """
        return new_data_rule(self._defined, self._env, id, marker, **options)

    def metric_failed(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the metric that is 1 while the resource's current job has failed, else 0.

        The function writes it when a job has ended and once an hour. CloudWatch bills a custom metric by the
        month; none is written unless this method or another metric or alarm of the job is used.

        Args:
            **options: see `MetricOptions`. Default: the maximum of an hour.
        """
        return self._metric(FAILED, **options)

    def metric_training_loss(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the metric of the current job's training loss, once it is complete; see `metric_failed`.

        Args:
            **options: see `MetricOptions`. Default: the maximum of an hour.
        """
        return self._metric(TRAINING_LOSS, **options)

    def metric_validation_loss(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the metric of the current job's validation losses, once it is complete; see `metric_failed`.

        Args:
            **options: see `MetricOptions`. Default: the maximum of an hour and of all validation files.
        """
        return self._metric(VALIDATION_LOSS, **options)

    def alarm_on_failure(
        self, topic: sns.ITopic | sns.Topic | None = None, **options: Unpack[AlarmOptions]
    ) -> cloudwatch.Alarm:
        """Define an alarm that is raised while the resource's current job has failed.

        It is based on the state of the job, not on an event, which EventBridge may lose: it is raised about
        an hour after the failure at the latest, and ends when another job has replaced the failed one.
        CloudWatch bills an alarm and its metric by the month. Several topics share one alarm.

        Args:
            topic: what is sent a message when the alarm is raised. Default: nothing, until
                `alarm.add_alarm_action` is called.
            **options: see `AlarmOptions`; only the first call takes them.
        """
        found: Any = None if options else self.node.try_find_child("AlarmOnFailure")
        alarm: cloudwatch.Alarm = found or failure_alarm(
            self, "AlarmOnFailure", self.metric_failed(), **options
        )
        if topic is not None:
            send_alarm(alarm, topic)
        return alarm

    def _metric(self, name: str, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        self._follow(JOB_KIND)
        return job_metric(self._resource, self._env.stack, name, **options)

    def _follow(self, kind: str, **more: Any) -> None:  # noqa: ANN401 - the members of `Followed`
        names = self._in_events["jobName"]
        self._provider.follow(Followed(kind=kind, job=self._resource, names=names, **more))

    @property
    def _in_events(self) -> Mapping[str, Sequence[Any]]:
        return {"jobName": [self._job_name or {"prefix": self._generated_prefix}]}

    @cached_property
    def _generated_prefix(self) -> str:
        return generated_prefix(self._resource, self._env.stack)

    def _outcome(self, name: str, attribute: str) -> str:
        if self._result is None or not self._wait.is_for_completion:
            raise InvalidJob(self._path, [not_waited_for(name)])
        return self._result.get_att(attribute).to_string()

    def _model_token(self, attribute: str) -> str:
        token = self._resource.get_att(attribute).to_string()
        StackJobs.of(self._env).model_tokens.add(token)
        return token
