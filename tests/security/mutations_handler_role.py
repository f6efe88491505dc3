"""Mutations of the handler's permissions."""

from __future__ import annotations

from tests.security.mutations import (
    Mutation,
    first_job,
    handler_may,
    in_statement,
    set_property,
    states_trust,
)

MUTATIONS = [
    Mutation(
        name="signals nothing",
        apply=in_statement("cloudformation:SignalResource", Action="cloudformation:DescribeStacks"),
        rule="handler_role_is_sufficient",
    ),
    Mutation(
        name="starts another state machine",
        apply=in_statement(
            "states:StartExecution", Resource="arn:aws:states:us-east-1:111122223333:stateMachine:Other"
        ),
        rule="handler_role_is_sufficient",
    ),
    Mutation(
        name="starts any state machine",
        apply=in_statement("states:StartExecution", Resource="*"),
        rule="star_only_where_required",
    ),
    Mutation(
        name="state machine calls another function",
        apply=in_statement(
            "lambda:InvokeFunction", Resource="arn:aws:lambda:us-east-1:111122223333:function:Other"
        ),
        rule="state_machine_roles_are_sufficient",
    ),
    Mutation(
        name="Step Functions of other accounts assume the role of the state machine",
        apply=lambda template: states_trust(template).pop("Condition"),
        rule="state_machine_roles_are_sufficient",
    ),
    Mutation(
        name="passes to any service",
        apply=in_statement("iam:PassRole", Condition=None),
        rule="roles_are_passed_to_bedrock_only",
    ),
    Mutation(
        name="passes to another service",
        apply=in_statement(
            "iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
        ),
        rule="handler_role_is_sufficient",
    ),
    Mutation(
        name="passes any role",
        apply=in_statement("iam:PassRole", Resource="*"),
        rule="star_only_where_required",
    ),
    Mutation(
        name="passes roles by prefix",
        apply=in_statement("iam:PassRole", Resource="arn:aws:iam::111122223333:role/Stack*"),
        rule="wildcards_only_where_required",
    ),
    Mutation(
        name="passes a stranger's role",
        apply=in_statement("iam:PassRole", Resource=["arn:aws:iam::111122223333:role/Admin"]),
        rule="handler_passes_exactly_its_jobs_roles",
    ),
    Mutation(
        name="handler writes role policies",
        apply=handler_may(Action="iam:PutRolePolicy", Resource="arn:aws:iam::111122223333:role/x"),
        rule="no_role_changes_permissions",
    ),
    Mutation(
        name="handler may do everything",
        apply=handler_may(Action="*", Resource="*"),
        rule="every_action_exists",
    ),
    Mutation(
        name="handler may do all of Bedrock",
        apply=handler_may(Action="bedrock:*", Resource="*"),
        rule="every_action_exists",
    ),
    Mutation(
        name="action is misspelt",
        apply=in_statement(
            "bedrock:StopModelCustomizationJob",
            Action=["bedrock:GetModelCustomizationJob", "bedrock:StopCustomizationJob"],
        ),
        rule="every_action_exists",
    ),
    Mutation(
        name="action is missing",
        apply=in_statement("bedrock:StopModelCustomizationJob", Action="bedrock:GetModelCustomizationJob"),
        rule="handler_role_is_sufficient",
    ),
    Mutation(
        name="handler stops any job anywhere",
        apply=in_statement("bedrock:StopModelCustomizationJob", Resource="*"),
        rule="star_only_where_required",
    ),
    Mutation(
        name="handler works in any account",
        apply=in_statement(
            "bedrock:GetModelCustomizationJob",
            Resource="arn:aws:bedrock:us-east-1:*:model-customization-job/*",
        ),
        rule="wildcards_only_where_required",
    ),
    Mutation(
        name="handler customizes any model",
        apply=in_statement(
            "bedrock:CreateModelCustomizationJob",
            Resource=["arn:aws:bedrock:us-east-1::foundation-model/*"],
        ),
        rule="wildcards_only_where_required",
    ),
    Mutation(
        name="handler allows by exclusion",
        apply=handler_may(
            NotAction="iam:CreateUser",
            Action="bedrock:GetCustomModel",
            Resource="arn:aws:bedrock:us-east-1:111122223333:custom-model/*",
        ),
        rule="no_allow_with_not_elements",
    ),
    Mutation(
        name="handler deletes models unasked",
        apply=handler_may(
            Action="bedrock:DeleteCustomModel",
            Resource="arn:aws:bedrock:us-east-1:111122223333:custom-model/*",
        ),
        rule="models_are_deleted_only_on_request",
    ),
    Mutation(
        name="handler looks at what serves models unasked",
        apply=handler_may(Action="bedrock:ListCustomModelDeployments", Resource="*"),
        rule="models_are_deleted_only_on_request",
    ),
    Mutation(
        name="permission to delete goes before the job",
        apply=lambda template: (
            first_job(template)["Properties"].update(OnDelete="DeleteModel"),
            handler_may(
                Action="bedrock:DeleteCustomModel",
                Resource="arn:aws:bedrock:us-east-1:111122223333:custom-model/*",
            )(template),
        ),
        rule="jobs_are_deleted_before_the_delete_permission",
    ),
    Mutation(
        name="handler reads data",
        apply=handler_may(Action="s3:GetObject", Resource="arn:aws:s3:::data/train.jsonl"),
        rule="handler_reads_no_data",
    ),
    Mutation(
        name="handler logs anywhere",
        apply=in_statement(
            "logs:PutLogEvents", Resource="arn:aws:logs:us-east-1:111122223333:log-group:*:log-stream:*"
        ),
        rule="wildcards_only_where_required",
    ),
    Mutation(
        name="handler logs to another group",
        apply=in_statement(
            "logs:PutLogEvents",
            Resource="arn:aws:logs:us-east-1:111122223333:log-group:other:log-stream:*",
        ),
        rule="handler_logs_to_its_own_group",
    ),
    Mutation(
        name="AWS's policy is attached",
        apply=set_property(
            "AWS::IAM::Role",
            "Properties.ManagedPolicyArns",
            to=["arn:aws:iam::aws:policy/AdministratorAccess"],
        ),
        rule="no_aws_managed_policies",
    ),
    Mutation(
        name="resource does not fit",
        apply=in_statement("bedrock:GetCustomModel", Resource="arn:aws:s3:::data"),
        rule="every_resource_fits",
    ),
    Mutation(
        name="condition that no call carries",
        apply=in_statement("bedrock:GetCustomModel", Condition={"StringEquals": {"kms:ViaService": "x"}}),
        rule="every_condition_is_effective",
    ),
    Mutation(
        name="operator that nobody knows",
        apply=in_statement("bedrock:GetCustomModel", Condition={"StringIs": {"aws:ResourceAccount": "x"}}),
        rule="every_condition_is_effective",
    ),
    Mutation(
        name="policy too long",
        apply=handler_may(
            Action="bedrock:GetCustomModel",
            Resource=[f"arn:aws:bedrock:us-east-1:111122223333:custom-model/m/{n:060}" for n in range(100)],
        ),
        rule="policies_stay_within_limits",
    ),
]
