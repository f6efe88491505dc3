"""The construct for a sweep: one definition, many trainings, and a file that says which was the best."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam

from ..contract.resource import (
    ON_DELETE_PROPERTY,
    PARAMETER_NAME_PROPERTY,
    REVISION_PROPERTY,
    STATE_MACHINE_PROPERTY,
    TRAINING_LIMIT_PROPERTY,
)
from ..contract.sweeps import (
    KEEP_PROPERTY,
    MAX_CONCURRENCY_PROPERTY,
    OBJECTIVE_PROPERTY,
    RESULTS_PROPERTY,
    SWEEP_TYPE,
    TRAINING_DATA,
    TRIALS_PROPERTY,
    Objective,
)
from ..job.arguments import read
from ..job.custom_resource import define_resource
from ..job.defaults import defaults_of
from ..job.inherited_tags import JobTags
from ..job.job_checks import raise_errors
from ..job.keep import Keep
from ..job.outputs import Outputs, owner_statements
from ..job.parts import make_parts
from ..job.provider import JobProvider
from ..job.stack_env import StackEnv
from ..job.stack_jobs import DefinedSweep, StackJobs, report
from ..job.storage import bucket_of, job_prefix
from ..permissions import service_role_statements, start_execution_statements
from ..request import OutputData, to_request
from .best_model import BestModel
from .sweep_arguments import base_training_data, read_sweep
from .sweep_checks import own_members
from .sweep_machine import finished_rule, sweep_definition
from .sweep_plan import plan_of
from .sweep_results import SweepResults

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike
    from typing import Unpack

    from aws_cdk import aws_bedrock as bedrock
    from aws_cdk import aws_events as events
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3
    from constructs import Construct

    from ..catalog import Catalog
    from ..checks import Checks
    from ..job.arguments import Arguments
    from ..job.events import RuleOptions
    from ..job.network import JobNetwork
    from ..job.roles import ServiceRole
    from ..job.state_machine import StateMachine
    from ..job.storage import OutputBucket
    from ..permissions import Statement
    from ..request import (
        BaseModel,
        Customization,
        InvocationLogs,
        MediaData,
        OnDelete,
        TrainingData,
        ValidationData,
    )
    from ..request.hyper_parameters import Number
    from .trial import Trial


@jsii.implements(iam.IGrantable, cdk.ITaggableV2)
class CustomizationSweep(cdk.Resource):
    """Trains a model several times with other hyperparameters or data, and compares the results.

    The deployment starts a state machine of Step Functions, which trains a few trials at a time until all
    have ended; nothing is trained before the stack is deployed. A trial that fails is a result like any
    other. A trial that a changed sweep still has is not trained again. The results are one JSON object in
    S3, `results_uri`. Deleting the stack stops what still trains.

    See https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html.

    Args:
        scope: the construct to define it in.
        id: its id there. A sweep that is renamed or moved is another one, and trains everything again.
        base_model: the model to customize, as for `ModelCustomizationJob`.
        training_data: what the model is trained on. It may be left out if each trial has its own.
        grid: a list of values for each hyperparameter; each combination is a trial. The names are those of
            `HyperParameters`, or those of the API. Default: `trials` has the trials.
        trials: the trials one by one, 2 to 200. Default: those of `grid`.
        max_concurrency: how many trials train at the same time, 1 to 10. Default: 2.
        objective: what the trials are compared by. Default: the validation loss, which needs validation data.
        keep: which models are kept when all trials have ended. Default: all of them.
        best_model_arn_parameter: the name of a Systems Manager parameter, such as `/search/model`, that gets
            the ARN of the best model when all trials have ended. A changed sweep keeps the value until then;
            with `OnDelete.RETAIN` the parameter stays. Default: there is none.
        customization: how the trials are trained, apart from what each of them has of its own. Default:
            fine-tuning with the model's own hyperparameters.
        validation_data: up to ten files that every trial is evaluated on. Default: none.
        output_data: where metrics, reports and copies of the data go, and the results of the sweep. Default:
            a prefix in a bucket that the jobs of the stack share.
        media_data: images and videos that the data refers to. Default: none.
        custom_model_kms_key: as for `ModelCustomizationJob`.
        role: the role that Bedrock assumes for all trials, or settings of a new one. Default: a role with
            exactly the permissions that the trials need.
        job_tags: tags of the jobs. Default: only those of `Tags.of(scope)` and of the stack.
        custom_model_tags: tags of the models. Default: only the same ones.
        network: the VPC that the jobs access their data from. Default: none.
        on_delete: what happens to running trials and to models when the resource is deleted. Default: running
            trials are stopped, models stay.
        revision: any text; another text trains every trial again. Default: only what has changed is trained.
        provider: the function that calls Bedrock. Default: the stack's own.
        checks: how serious each rule is. Default: as docs/checks.md lists it.
        catalog: what is documented of models. Default: the catalogue of this library.
        max_training_tokens: the most tokens that all trials train with together, in all epochs; compared as
            that of `ModelCustomizationJob`. Default: no limit.

    An argument that is None takes the value of `CustomizationDefaults`, where a scope around it has one.

    Raises:
        InvalidJob: the sweep or one of its trials is not valid; the error lists every problem once.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        base_model: BaseModel | bedrock.IModel | str,
        training_data: TrainingData | InvocationLogs | PathLike[str] | str | None = None,
        grid: Mapping[str, Sequence[Number]] | None = None,
        trials: Sequence[Trial] | None = None,
        max_concurrency: int = 2,
        objective: Objective = Objective.VALIDATION_LOSS,
        keep: Keep = Keep.ALL,
        best_model_arn_parameter: str | None = None,
        customization: Customization | str | None = None,
        validation_data: Sequence[ValidationData | PathLike[str] | str] | None = None,
        output_data: OutputData | OutputBucket | str | None = None,
        media_data: Sequence[MediaData | str] = (),
        custom_model_kms_key: kms.IKey | kms.Key | str | None = None,
        role: iam.IRole | iam.Role | ServiceRole | str | None = None,
        job_tags: Mapping[str, str] | None = None,
        custom_model_tags: Mapping[str, str] | None = None,
        network: JobNetwork | None = None,
        on_delete: OnDelete | None = None,
        revision: str | None = None,
        provider: JobProvider | None = None,
        checks: Checks | None = None,
        catalog: Catalog | None = None,
        max_training_tokens: int | None = None,
    ) -> None:
        env = StackEnv.of(scope)
        super().__init__(scope, id)
        path, defaults = self.node.path, defaults_of(scope)
        self._env, self._path = env, path
        self._inherited_tags = cdk.TagManager(cdk.TagType.STANDARD, SWEEP_TYPE, None)
        own = read_sweep(
            env,
            grid=grid,
            trials=trials,
            max_concurrency=max_concurrency,
            objective=objective,
            keep=keep,
            parameter=best_model_arn_parameter,
        )
        given = read(
            self,
            defaults,
            lambda: job_prefix(self, env),
            base_model=base_model,
            training_data=base_training_data(training_data, own.trials),
            customization=customization,
            validation_data=validation_data,
            output_data=output_data,
            media_data=media_data,
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
        )
        plan = plan_of(self, env, given, own, defaults)
        raise_errors(self, path, plan.found)
        self._provider = given.provider or JobProvider.of(self)
        self._parts = parts = make_parts(self, path, env, plan.given, plan.copies, further=plan.further_data)
        self._results = SweepResults.of(parts, env, is_made=not isinstance(given.output, OutputData))
        self._machine = self._make_machine(own.max_concurrency)
        request = to_request(parts.spec)
        requests = [to_request(one) for one in plan.completed(parts)]
        tags = JobTags(self, env, request, self._inherited_tags, given.checks, resource_type=SWEEP_TYPE)
        self._resource = define_resource(
            self,
            request,
            {
                TRIALS_PROPERTY: [own_members(one, request) for one in requests],
                MAX_CONCURRENCY_PROPERTY: str(own.max_concurrency),
                OBJECTIVE_PROPERTY: own.objective.value,
                KEEP_PROPERTY: None if own.keep.number is None else str(own.keep.number),
                RESULTS_PROPERTY: self._results.property,
                PARAMETER_NAME_PROPERTY: own.parameter,
                STATE_MACHINE_PROPERTY: self._machine.arn,
                ON_DELETE_PROPERTY: given.on_delete.value,
                REVISION_PROPERTY: given.revision,
                TRAINING_LIMIT_PROPERTY: plan.training_limit,
            },
            self._provider,
            files=parts.data.files,
            tags=tags,
            resource_type=SWEEP_TYPE,
        ).resource
        uris = dict.fromkeys(str(one[TRAINING_DATA]["s3Uri"]) for one in requests if plan.training_limit)
        self._connect(deletes_models=own.keep.number is not None, listed=[*uris])
        self._best_model = self._publish(own.parameter, given)
        outputs = self._define_outputs(lacks_bedrock=plan.lacks_bedrock)
        errors = report(self, [*plan.found, *given.checks.apply(parts.findings)])
        StackJobs.of(env).add_sweep(
            DefinedSweep(
                sweep=self,
                path=path,
                resource=self._resource,
                ref=self._resource.ref,
                tags=tags,
                checks=given.checks,
                catalog=given.catalog,
                restrictions=given.restrictions,
                errors=errors,
                model_key=parts.key,
                on_delete=given.on_delete,
                parts_of_resource=[*outputs, *([self._best_model.resource] if self._best_model else [])],
            )
        )

    @property
    def role(self) -> iam.IRole:
        """The role that Bedrock assumes for all trials."""
        return self._parts.role.role

    @property
    def provider(self) -> JobProvider:
        """The function that calls Bedrock."""
        return self._provider

    @property
    def results_uri(self) -> str:
        """The S3 URI of the JSON object with the results, which exists when the first trial has ended."""
        return self._results.uri

    @property
    def best_model_arn_parameter(self) -> str | None:
        """The name of the parameter with the ARN of the best model; None where there is none.

        What uses it is deployed after it. The parameter exists when all trials have ended for the first time.
        """
        return self._best_model.resource.ref if self._best_model else None

    @property
    def state_machine_arn(self) -> str:
        """The ARN of the state machine, whose executions show how far the trials are."""
        return self._machine.arn

    @cached_property
    def output_bucket(self) -> s3.IBucket:
        """The bucket of the results, and of the metrics and copies of the data of all trials.

        `sweep.output_bucket.grant_read(user)` permits the whole bucket; see `ModelCustomizationJob`.
        """
        return bucket_of(self._parts.output.data, self, self._env)

    @property
    def required_service_role_statements(self) -> list[Statement]:
        """What the role must be permitted; if you passed the role, attach them yourself."""
        return service_role_statements(self._parts.needs)

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The service role, which `bucket.grant_read(sweep)` grants to."""
        return self.role.grant_principal

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """The tags that jobs and models inherit: those of `Tags.of(scope)` and of the stack."""
        return self._inherited_tags

    def on_finished(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define an EventBridge rule for the end of the sweep: all trials have ended, or it cannot go on.

        Each deployment that changes the sweep starts an execution, and the rule is for all of them. The
        results say what came of each trial.

        Args:
            id: the id of the rule, in the scope of the sweep.
            **options: see `RuleOptions`: target, description, event_pattern, rule_name, cross_stack_scope.
        """
        return finished_rule(self, id, self.state_machine_arn, **options)

    def _make_machine(self, concurrency: int) -> StateMachine:
        machine = self._provider.make_state_machine(
            f"Sweep{cdk.Names.node_unique_id(self.node)}", sweep_definition(concurrency), runs_map=True
        )
        machine.belongs_to(self._parts.beside)
        return machine

    def _publish(self, parameter: str | None, given: Arguments) -> BestModel | None:
        if parameter is None:
            return None
        return BestModel(
            self,
            self._env,
            resource=self._resource,
            parameter_name=parameter,
            on_delete=given.on_delete,
            provider=self._provider,
            checks=given.checks,
        )

    def _connect(self, *, deletes_models: bool, listed: Sequence[str]) -> None:
        """Permit the function, and let the sweep wait for everything that its trials need."""
        self._parts.connect(
            self._resource, self._provider, self._env, deletes_models=deletes_models, listed=listed
        )
        self._machine.acknowledge_wildcards()
        # Whoever permits a given role does that before the state machine exists.
        machine = self._machine.arn if self._provider.makes_role else self._machine.arns
        statements = [
            *start_execution_statements([machine]),
            *self._results.statements(self._env),
        ]
        apart = self._provider.allow_apart(f"{self._resource.logical_id}Sweep", statements)
        self._resource.node.add_dependency(*apart, *self._machine.dependencies)

    def _define_outputs(self, *, lacks_bedrock: bool) -> list[cdk.CfnOutput]:
        outputs, parts = Outputs(self, self._path, self._env), self._parts
        description = "S3 URI of the results of the sweep"
        made = [outputs.add("ResultsUri", value=self.results_uri, description=description)]
        role_arn = self._provider.role_arn
        owners = owner_statements(
            parts.spec, self._env, parts.data.read, role_arn, lacks_bedrock=lacks_bedrock
        )
        return [*made, *map(outputs.statements, owners)]
