"""Mutations of networks and of the custom resource."""

from __future__ import annotations

from typing import Any

from tests.security.mutations import (
    ENDPOINT,
    GROUP,
    JOB,
    POLICY,
    Mutation,
    Template,
    add,
    first_job,
    remove_dependencies,
    resources,
    set_property,
)

ALL_EGRESS = {"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"}


def _id_of(template: Template, resource: dict[str, Any]) -> str:
    return next(name for name, one in template["Resources"].items() if one is resource)


def _variables(template: Template) -> dict[str, Any]:
    variables: dict[str, Any] = resources(template, "AWS::Lambda::Function")[0]["Properties"]["Environment"][
        "Variables"
    ]
    return variables


MUTATIONS = [
    Mutation(
        name="hosts reach the internet",
        apply=set_property(GROUP, "Properties.SecurityGroupEgress", to=[ALL_EGRESS]),
        rule="outbound_traffic_only_to_s3",
    ),
    Mutation(
        name="hosts have no rule out",
        apply=set_property(GROUP, "Properties.SecurityGroupEgress", to=None),
        rule="outbound_traffic_only_to_s3",
    ),
    Mutation(
        name="hosts let the internet in",
        apply=set_property(GROUP, "Properties.SecurityGroupIngress", to=[ALL_EGRESS]),
        rule="inbound_traffic_only_from_own_group",
    ),
    Mutation(
        name="endpoint leads anywhere",
        apply=set_property(ENDPOINT, "Properties.PolicyDocument", to=None),
        rule="endpoint_policy_names_the_data_only",
    ),
    Mutation(
        name="endpoint to any bucket",
        apply=set_property(ENDPOINT, "Properties.PolicyDocument.Statement.0.Resource", to="*"),
        rule="endpoint_policy_names_the_data_only",
    ),
    Mutation(
        name="endpoint for reading only",
        apply=lambda t: [
            one.update(Action="s3:GetObject")
            for one in resources(t, ENDPOINT)[0]["Properties"]["PolicyDocument"]["Statement"]
        ],
        rule="endpoint_policy_allows_results",
    ),
    Mutation(
        name="subnet is public",
        apply=set_property("AWS::EC2::Subnet", "Properties.MapPublicIpOnLaunch", to=True),
        rule="subnets_are_not_public",
    ),
    Mutation(
        name="no timeout",
        apply=set_property(JOB, "Properties.ServiceTimeout", to=None),
        rule="service_timeout_is_valid",
    ),
    Mutation(
        name="impossible timeout",
        apply=set_property(JOB, "Properties.ServiceTimeout", to=3601),
        rule="service_timeout_is_valid",
    ),
    Mutation(
        name="timeout of nothing",
        apply=set_property(JOB, "Properties.ServiceTimeout", to=0),
        rule="service_timeout_is_valid",
    ),
    Mutation(
        name="handler of another stack",
        apply=lambda t: t["Outputs"].update(
            Leak={"Value": first_job(t)["Properties"]["ServiceToken"], "Export": {"Name": "leak"}}
        ),
        rule="handler_is_in_the_stack_of_its_job",
    ),
    Mutation(
        name="anybody invokes the handler",
        apply=add("Open", {"Type": "AWS::Lambda::Permission", "Properties": {}}),
        rule="handler_has_no_resource_policy_or_url",
    ),
    Mutation(
        name="handler has an address",
        apply=add("Url", {"Type": "AWS::Lambda::Url", "Properties": {}}),
        rule="handler_has_no_resource_policy_or_url",
    ),
    Mutation(
        name="job does not wait for its policy",
        apply=lambda t: remove_dependencies(t, "AWS::IAM::Policy"),
        rule="job_waits_for_its_permissions",
    ),
    Mutation(
        name="job does not wait for TLS",
        apply=lambda t: remove_dependencies(t, POLICY),
        rule="job_waits_for_its_permissions",
    ),
    Mutation(
        name="job does not wait for its endpoint",
        apply=lambda t: remove_dependencies(t, ENDPOINT),
        rule="job_waits_for_its_permissions",
    ),
    Mutation(
        name="a job waits for another job",
        apply=lambda t: resources(t, JOB)[1].setdefault("DependsOn", []).append(_id_of(t, first_job(t))),
        rule="job_waits_for_no_other_job",
    ),
    Mutation(
        name="function serves any stack",
        apply=lambda t: [
            one["Properties"].pop("Environment") for one in resources(t, "AWS::Lambda::Function")
        ],
        rule="function_serves_its_own_stack",
    ),
    Mutation(
        name="secret in the function's environment",
        apply=lambda t: _variables(t).update(DB_PASSWORD="correct horse battery staple"),  # noqa: S106 - a mutation
        rule="function_environment_has_no_secret",
    ),
    Mutation(
        name="secret under a setting's name",
        apply=lambda t: _variables(t).update(LOG_LEVEL="{{resolve:secretsmanager:db:SecretString:password}}"),
        rule="function_environment_has_no_secret",
    ),
    Mutation(
        name="secret as a property of the job",
        apply=set_property(JOB, "Properties.Password", to="correct horse battery staple"),
        rule="job_properties_have_no_secret",
    ),
    Mutation(
        name="secret inside a property of the job",
        apply=set_property(JOB, "Properties.Revision", to="{{resolve:ssm-secure:/db/password}}"),
        rule="job_properties_have_no_secret",
    ),
    Mutation(
        name="access key inside a property of the job",
        apply=set_property(JOB, "Properties.Revision", to="AKIAIOSFODNN7EXAMPLE"),
        rule="job_properties_have_no_secret",
    ),
    Mutation(
        name="old runtime",
        apply=set_property("AWS::Lambda::Function", "Properties.Runtime", to="python3.9"),
        rule="function_runs_on_a_supported_runtime",
    ),
    Mutation(
        name="runtime of another language",
        apply=set_property("AWS::Lambda::Function", "Properties.Runtime", to="nodejs16.x"),
        rule="function_runs_on_a_supported_runtime",
    ),
    Mutation(
        name="logs stay forever",
        apply=set_property("AWS::Logs::LogGroup", "Properties.RetentionInDays", to=None),
        rule="log_groups_have_a_retention",
    ),
    Mutation(
        name="too many resources",
        apply=lambda t: t["Resources"].update({f"R{n}": {"Type": "AWS::SNS::Topic"} for n in range(500)}),
        rule="stack_stays_within_limits",
    ),
]
