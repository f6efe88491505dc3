"""A model customization job: judged, given what it lacks, defined, permitted, shown to others."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam

from constructs_lib.contract.replacement import TAG_PROPERTIES
from constructs_lib.job.arguments import absent_as_in_request, meant_by_absence, read
from constructs_lib.job.asset import copy_data
from constructs_lib.job.cross_account import (
    foreign_bucket_doubt,
    foreign_bucket_statements,
    foreign_key_doubt,
    foreign_key_statements,
    serving_doubt,
    serving_statements,
)
from constructs_lib.job.generated import generated_prefix
from constructs_lib.job.interface import ImportedJob, JobBase, grant
from constructs_lib.job.judgement import judge, warn
from constructs_lib.job.options import AWS_OWNED_KEY, OutputBucket, ServiceRole
from constructs_lib.job.outputs import Outputs
from constructs_lib.job.parts import Parts
from constructs_lib.job.provider import SERVICE_TIMEOUT, JobProvider
from constructs_lib.job.quota import count_job
from constructs_lib.job.removal import always_delete
from constructs_lib.job.stack_env import StackEnv
from constructs_lib.job.synthesis import Defined, look_again
from constructs_lib.job.tags import RESOURCE_TYPE, tag_manager, with_inherited_tags
from constructs_lib.job.trained import base_model_doubts, told
from constructs_lib.permissions import (
    SERVED_MODEL,
    exact_problems,
    invoke_statement,
    model_key_user_statements,
    permission_doubts,
    service_role_statements,
)
from constructs_lib.request import (
    BaseModel,
    Customization,
    InvalidJob,
    JobSpec,
    OnDelete,
    OutputData,
    doubts,
    to_request,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aws_cdk import aws_bedrock as bedrock
    from aws_cdk import aws_kms as kms
    from constructs import Construct

    from constructs_lib.catalog import Catalog, Checks
    from constructs_lib.job.interface import IModelCustomizationJob
    from constructs_lib.job.network import JobNetwork
    from constructs_lib.permissions import Statement
    from constructs_lib.request import Doubt, MediaData, TrainingData, ValidationData
    from constructs_lib.request.reading.files import Source


@jsii.implements(iam.IGrantable, cdk.ITaggableV2)
class ModelCustomizationJob(JobBase):
    """A Bedrock job that turns a base model and training data into a custom model, started by the deployment.

    Rests on https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelCustomizationJob.html.

    Args:
        scope: Where the job lives.
        id: Its name there. A job that is renamed or moved is another job to CloudFormation.
        base_model: The model to customize: a constant, an id, an ARN, or an `aws_bedrock.IModel`.
        training_data: What it learns from; a local file is uploaded by the deployment.
        customization: How it learns. Default: fine-tuning with the model's own hyperparameters.
        validation_data: Up to ten files that it is measured by. Default: none.
        output_data: Where metrics, reports and copies of the data go, or how a bucket is made. Default: a
            prefix in a bucket that the jobs of the stack share.
        media_data: Images and videos that the data refers to. Default: the role reads only the data itself.
        job_name: Used as it is; Bedrock never frees it. Default: the handler makes a unique one.
        custom_model_name: Used as it is. Default: the handler makes a unique one.
        custom_model_kms_key: A key, its ARN or id, an alias or its ARN, or `AWS_OWNED_KEY`. Default: a key
            that the jobs of the stack share.
        role: The role that Bedrock assumes, or how it is made; a given role is passed and never changed.
            Default: a role with exactly what this job needs.
        job_tags: Tags of the job. Default: what `Tags.of(scope)` says.
        custom_model_tags: Tags of the model. Default: what `Tags.of(scope)` says.
        network: The VPC that the job reaches its data from. Default: none.
        on_delete: What happens to job and model when the resource goes; no removal policy changes it.
            Default: a running job is stopped, a finished model stays.
        revision: Any text; another one starts another job, as after a training that failed. Default: only a
            change of the request does.
        retrain_on_infrastructure_change: Start another job when role, network or output of a finished one
            change. Default: the finished model stays.
        provider: The function that speaks to Bedrock. Default: the stack's own.
        checks: How serious the findings of the catalogue and of the data check are. Default: documented and
            verified rules stop the synthesis, everything else warns.
        catalog: What is documented of models. Default: the catalogue that comes with this library.
        max_training_tokens: Most tokens to train with, tokens of a local file times epochs, by estimate.
            Default: no limit.
        job_arn_export_name: Name under which other stacks import the ARN; read `job_arn` first. Default: it
            is not exported.

    Raises:
        InvalidJob: With everything that is wrong, before anything is made.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        base_model: BaseModel | bedrock.IModel | str,
        training_data: TrainingData,
        customization: Customization | None = None,
        validation_data: Sequence[ValidationData] | None = None,
        output_data: OutputData | OutputBucket | None = None,
        media_data: Sequence[MediaData] = (),
        job_name: str | None = None,
        custom_model_name: str | None = None,
        custom_model_kms_key: kms.IKey | kms.Key | str | None = None,
        role: iam.IRole | iam.Role | ServiceRole | str | None = None,
        job_tags: Mapping[str, str] | None = None,
        custom_model_tags: Mapping[str, str] | None = None,
        network: JobNetwork | None = None,
        on_delete: OnDelete = OnDelete.STOP_JOB,
        revision: str | None = None,
        retrain_on_infrastructure_change: bool = False,
        provider: JobProvider | None = None,
        checks: Checks | None = None,
        catalog: Catalog | None = None,
        max_training_tokens: int | None = None,
        job_arn_export_name: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._inherited_tags = tag_manager()
        self._stack_env, self._path = StackEnv.of(self), self.node.path
        absent = meant_by_absence(self)
        if custom_model_kms_key is None:
            custom_model_kms_key = absent.get("custom_model_kms_key")
        spec = JobSpec(
            base_model=BaseModel.of(base_model),
            training_data=training_data,
            customization=customization or absent.get("customization", Customization.fine_tuning()),
            validation_data=validation_data,
            output_data=output_data if isinstance(output_data, OutputData) else None,
            job_name=job_name,
            custom_model_name=custom_model_name,
            custom_model_kms_key=None if custom_model_kms_key == AWS_OWNED_KEY else custom_model_kms_key,
            job_tags=job_tags,
            custom_model_tags=custom_model_tags,
        )
        copies = copy_data(self._stack_env.stack, spec)
        remarks = judge(
            self,
            self._path,
            self._stack_env,
            spec,
            copies=copies,
            media=media_data,
            role=role,
            output=output_data,
            network=network,
            checks=checks,
            catalog=catalog,
            max_training_tokens=max_training_tokens,
            provider=provider,
        )

        self._parts = Parts(self, self._path, self._stack_env, spec, media=media_data, copies=copies)
        if custom_model_kms_key is None:
            self._parts.make_key()
        if not isinstance(output_data, OutputData):
            self._parts.make_output(output_data)
        if network:
            self._parts.enter(network)
        self._role = self._parts.make_or_take(role)
        if on_delete is OnDelete.RETAIN:
            self._parts.retain()

        self._provider = provider or JobProvider.of(self)
        steering = {
            "OnDelete": on_delete.value,
            "Revision": revision,
            "RetrainOnInfrastructureChange": retrain_on_infrastructure_change or None,
        }
        resource = self._define({name: value for name, value in steering.items() if value is not None})

        permissions = self._parts.belong_to(resource, deletes_model=on_delete is OnDelete.DELETE_MODEL)
        resource.node.add_dependency(*self._provider.allow(permissions), *self._parts.waits_for)
        self._awaited_role_arn = permissions.role_arn if self._parts.awaits_role else None

        self._job_arn = resource.ref
        self._outputs = Outputs(self, self._path, self._stack_env)
        output = self._outputs.job_arn(self._job_arn, job_arn_export_name)
        defined = Defined(
            job=self, path=self._path, scope=scope, resource=resource, ref=self._job_arn, output=output
        )
        look_again(self._stack_env.stack, defined)
        warn(self, [*self._doubts(), *remarks])
        count_job(self._stack_env)

    @classmethod
    def from_request(
        cls,
        scope: Construct,
        id: str,
        request: Source,
        **overrides: Any,  # noqa: ANN401 - the constructor's own keyword arguments
    ) -> Self:
        """Define a job by what `aws bedrock create-model-customization-job --cli-input-json` takes.

        The template's `Request` is then that request, less its client token; its tags are properties beside
        `Request`. Names, role and output may be left out; `file://` as a training or validation URI uploads a
        file that lies beside the job file. What the request leaves out is not passed to the constructor: the
        defaults of a subclass hold, and without one an absent key means what it means to AWS.

        Args:
            scope: Where the job lives.
            id: Its name there.
            request: A mapping in the API's casing, or the path of a `.json`, `.yaml` or `.yml` file.
            **overrides: Keyword arguments of the constructor; they win over the request.

        Raises:
            InvalidJob: With everything that is wrong.
        """
        arguments, unsaid = read(request, f"{scope.node.path}/{id}")
        with absent_as_in_request(cls, overrides):
            job = cls(scope, id, **(arguments | overrides))
        warn(job, unsaid)
        return job

    @staticmethod
    def from_job_arn(scope: Construct, id: str, job_arn: str) -> IModelCustomizationJob:
        """Refer to a job that exists.

        Args:
            scope: Where the reference lives.
            id: Its name there.
            job_arn: The job's ARN.
        """
        return ImportedJob(scope, id, job_arn)

    @property
    def role(self) -> iam.IRole:
        """The role that Bedrock assumes."""
        return self._role

    @property
    def provider(self) -> JobProvider:
        """The function that speaks to Bedrock for this job."""
        return self._provider

    @property
    def job_arn(self) -> str:
        """The job's ARN; a retraining changes it, and so it should not be exported.

        CloudFormation changes no export that another stack uses: the deployment of a retraining fails, after
        the new job has started. What works is a parameter of this stack, which others read:

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
        """How the job's name starts, for an event pattern: `{"jobName": [{"prefix": job.job_name_prefix}]}`.

        It follows from the stack and the logical id alone: it is known before the job is, a retraining does
        not change it, and no other stack has it. Where `job_name` was given, it is that name.
        """
        return self._parts.spec.job_name or self._generated_prefix

    @property
    def custom_model_name(self) -> str:
        """The model's name, known as soon as the job has started; a retraining changes it, as `job_arn`.

        `bedrock:GetCustomModel` takes it in the place of the ARN, once the job has finished.
        """
        return told(self._resource.get_att("CustomModelName").to_string())

    @property
    def output_model_arn(self) -> str:
        """The model's ARN as of the deployment: empty as long as the job runs.

        Nothing that must not be empty takes it on the first deployment: a parameter of Systems Manager and a
        policy refuse it after the job has started, and an export of it is refused at synthesis. What works is
        `custom_model_name`, in a parameter too.
        """
        return told(self._resource.get_att("OutputModelArn").to_string())

    @property
    def required_service_role_statements(self) -> list[Statement]:
        """What the role must be permitted: attached where it was made here, else its owner's to do."""
        return service_role_statements(self._parts.needs)

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The service role, so that `bucket.grant_read(job)` means it."""
        return self._role.grant_principal

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """What `Tags.of(scope)` adds to the tags of job and model."""
        return self._inherited_tags

    def grant_invoke(self, grantee: iam.IGrantable, *, target_arn: str) -> iam.Grant:
        """Let `grantee` run inference on what serves the model, and use the model's key for it.

        Args:
            grantee: Who may.
            target_arn: A custom model deployment or a provisioned throughput, not the model itself.

        Raises:
            InvalidJob: The ARN names more than one thing, or none.
        """
        if problems := list(exact_problems("target_arn", target_arn, SERVED_MODEL)):
            raise InvalidJob(f"{self._path}.grant_invoke", problems)
        key = self._parts.model_key_arn
        keys = model_key_user_statements([key] if key else [], region=self._stack_env.region)
        return grant(grantee, [invoke_statement(target_arn), *keys])

    @cached_property
    def _generated_prefix(self) -> str:
        return generated_prefix(self._resource, self._stack_env.stack)

    def _define(self, steering: Mapping[str, object]) -> cdk.CfnResource:
        request = to_request(self._parts.spec)
        tags = {name: request.pop(field, None) for name, field in TAG_PROPERTIES.items()}
        uploads = [{"S3Uri": one.s3_uri, "Sha256": one.sha256} for one in self._parts.uploaded_files]
        self._resource = cdk.CfnResource(
            self,
            "Resource",
            type=RESOURCE_TYPE,
            properties={
                "ServiceToken": self._provider.service_token,
                "ServiceTimeout": SERVICE_TIMEOUT,
                "Request": request,
                **{name: with_inherited_tags(own, self._inherited_tags) for name, own in tags.items()},
                **({"UploadedFiles": uploads} if uploads else {}),
                **steering,
            },
        )
        always_delete(self._resource)
        return self._resource

    def _doubts(self) -> Iterator[Doubt]:
        yield from doubts(to_request(self._parts.spec))
        yield from base_model_doubts(self._parts.spec.base_model.model_id)
        yield from permission_doubts(self._parts.needs)
        yield from self._parts.doubts
        if statements := foreign_key_statements(self._parts, self._provider.role_arn):
            yield foreign_key_doubt(self._outputs.key_policy(statements))
        if statements := serving_statements(self._parts):
            yield serving_doubt(self._outputs.serving_policy(statements))
        if statements := foreign_bucket_statements(self._parts):
            yield foreign_bucket_doubt(self._outputs.bucket_policy(statements))
