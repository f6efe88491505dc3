"""Weaknesses of what the handler may do."""

from __future__ import annotations

from tests.security.mutations import Weakness, first_job, handler_may, in_statement, set_property

WEAKNESSES = [
    Weakness(
        name="passes to any service",
        seed=in_statement("iam:PassRole", Condition=None),
        rule="roles_are_passed_to_bedrock_only",
    ),
    Weakness(
        name="passes to another service",
        seed=in_statement(
            "iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
        ),
        rule="handler_may_do_its_work",
    ),
    Weakness(
        name="passes any role", seed=in_statement("iam:PassRole", Resource="*"), rule="star_only_where_forced"
    ),
    Weakness(
        name="passes roles by prefix",
        seed=in_statement("iam:PassRole", Resource="arn:aws:iam::111122223333:role/Stack*"),
        rule="wildcards_only_where_forced",
    ),
    Weakness(
        name="passes a stranger's role",
        seed=in_statement("iam:PassRole", Resource=["arn:aws:iam::111122223333:role/Admin"]),
        rule="handler_passes_exactly_its_jobs_roles",
    ),
    Weakness(
        name="handler writes role policies",
        seed=handler_may(Action="iam:PutRolePolicy", Resource="arn:aws:iam::111122223333:role/x"),
        rule="nobody_changes_permissions",
    ),
    Weakness(
        name="handler may do everything",
        seed=handler_may(Action="*", Resource="*"),
        rule="every_action_exists",
    ),
    Weakness(
        name="handler may do all of Bedrock",
        seed=handler_may(Action="bedrock:*", Resource="*"),
        rule="every_action_exists",
    ),
    Weakness(
        name="action is misspelt",
        seed=in_statement(
            "bedrock:StopModelCustomizationJob",
            Action=["bedrock:GetModelCustomizationJob", "bedrock:StopCustomizationJob"],
        ),
        rule="every_action_exists",
    ),
    Weakness(
        name="action is missing",
        seed=in_statement("bedrock:StopModelCustomizationJob", Action="bedrock:GetModelCustomizationJob"),
        rule="handler_may_do_its_work",
    ),
    Weakness(
        name="handler stops any job anywhere",
        seed=in_statement("bedrock:StopModelCustomizationJob", Resource="*"),
        rule="star_only_where_forced",
    ),
    Weakness(
        name="handler works in any account",
        seed=in_statement(
            "bedrock:GetModelCustomizationJob",
            Resource="arn:aws:bedrock:us-east-1:*:model-customization-job/*",
        ),
        rule="wildcards_only_where_forced",
    ),
    Weakness(
        name="handler customizes any model",
        seed=in_statement(
            "bedrock:CreateModelCustomizationJob",
            Resource=["arn:aws:bedrock:us-east-1::foundation-model/*"],
        ),
        rule="wildcards_only_where_forced",
    ),
    Weakness(
        name="handler allows by exclusion",
        seed=handler_may(
            NotAction="iam:CreateUser",
            Action="bedrock:GetCustomModel",
            Resource="arn:aws:bedrock:us-east-1:111122223333:custom-model/*",
        ),
        rule="allow_names_what_it_allows",
    ),
    Weakness(
        name="handler deletes models unasked",
        seed=handler_may(
            Action="bedrock:DeleteCustomModel",
            Resource="arn:aws:bedrock:us-east-1:111122223333:custom-model/*",
        ),
        rule="models_are_deleted_only_on_request",
    ),
    Weakness(
        name="handler looks at what serves models unasked",
        seed=handler_may(Action="bedrock:ListCustomModelDeployments", Resource="*"),
        rule="models_are_deleted_only_on_request",
    ),
    Weakness(
        name="permission to delete goes before the job",
        seed=lambda template: (
            first_job(template)["Properties"].update(OnDelete="DeleteModel"),
            handler_may(
                Action="bedrock:DeleteCustomModel",
                Resource="arn:aws:bedrock:us-east-1:111122223333:custom-model/*",
            )(template),
        ),
        rule="a_job_is_deleted_before_its_permission",
    ),
    Weakness(
        name="handler reads data",
        seed=handler_may(Action="s3:GetObject", Resource="arn:aws:s3:::data/train.jsonl"),
        rule="handler_reads_no_data",
    ),
    Weakness(
        name="handler logs anywhere",
        seed=in_statement(
            "logs:PutLogEvents", Resource="arn:aws:logs:us-east-1:111122223333:log-group:*:log-stream:*"
        ),
        rule="wildcards_only_where_forced",
    ),
    Weakness(
        name="handler logs to another group",
        seed=in_statement(
            "logs:PutLogEvents",
            Resource="arn:aws:logs:us-east-1:111122223333:log-group:other:log-stream:*",
        ),
        rule="handler_logs_to_its_own_group",
    ),
    Weakness(
        name="AWS's policy is attached",
        seed=set_property(
            "AWS::IAM::Role",
            "Properties.ManagedPolicyArns",
            to=["arn:aws:iam::aws:policy/AdministratorAccess"],
        ),
        rule="no_policies_of_aws",
    ),
    Weakness(
        name="resource does not fit",
        seed=in_statement("bedrock:GetCustomModel", Resource="arn:aws:s3:::data"),
        rule="every_resource_fits",
    ),
    Weakness(
        name="condition that no call carries",
        seed=in_statement("bedrock:GetCustomModel", Condition={"StringEquals": {"kms:ViaService": "x"}}),
        rule="every_condition_holds",
    ),
    Weakness(
        name="operator that nobody knows",
        seed=in_statement("bedrock:GetCustomModel", Condition={"StringIs": {"aws:ResourceAccount": "x"}}),
        rule="every_condition_holds",
    ),
    Weakness(
        name="policy too long",
        seed=handler_may(
            Action="bedrock:GetCustomModel",
            Resource=[f"arn:aws:bedrock:us-east-1:111122223333:custom-model/m/{n:060}" for n in range(100)],
        ),
        rule="policies_stay_within_limits",
    ),
]
