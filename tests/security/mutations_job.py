"""Weaknesses of networks and of the custom resource."""

from __future__ import annotations

from typing import Any

from tests.security.mutations import (
    ENDPOINT,
    GROUP,
    JOB,
    POLICY,
    Template,
    Weakness,
    add,
    first_job,
    forget,
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


WEAKNESSES = [
    Weakness(
        name="hosts reach the internet",
        seed=set_property(GROUP, "Properties.SecurityGroupEgress", to=[ALL_EGRESS]),
        rule="hosts_reach_s3_only",
    ),
    Weakness(
        name="hosts have no rule out",
        seed=set_property(GROUP, "Properties.SecurityGroupEgress", to=None),
        rule="hosts_reach_s3_only",
    ),
    Weakness(
        name="hosts let the internet in",
        seed=set_property(GROUP, "Properties.SecurityGroupIngress", to=[ALL_EGRESS]),
        rule="hosts_let_nobody_in",
    ),
    Weakness(
        name="endpoint leads anywhere",
        seed=set_property(ENDPOINT, "Properties.PolicyDocument", to=None),
        rule="endpoint_leads_to_the_data_only",
    ),
    Weakness(
        name="endpoint to any bucket",
        seed=set_property(ENDPOINT, "Properties.PolicyDocument.Statement.0.Resource", to="*"),
        rule="endpoint_leads_to_the_data_only",
    ),
    Weakness(
        name="endpoint for reading only",
        seed=lambda t: [
            one.update(Action="s3:GetObject")
            for one in resources(t, ENDPOINT)[0]["Properties"]["PolicyDocument"]["Statement"]
        ],
        rule="endpoint_lets_results_out",
    ),
    Weakness(
        name="subnet is public",
        seed=set_property("AWS::EC2::Subnet", "Properties.MapPublicIpOnLaunch", to=True),
        rule="subnets_are_not_public",
    ),
    Weakness(
        name="no timeout",
        seed=set_property(JOB, "Properties.ServiceTimeout", to=None),
        rule="job_has_a_possible_timeout",
    ),
    Weakness(
        name="impossible timeout",
        seed=set_property(JOB, "Properties.ServiceTimeout", to=3601),
        rule="job_has_a_possible_timeout",
    ),
    Weakness(
        name="timeout of nothing",
        seed=set_property(JOB, "Properties.ServiceTimeout", to=0),
        rule="job_has_a_possible_timeout",
    ),
    Weakness(
        name="handler of another stack",
        seed=lambda t: t["Outputs"].update(
            Leak={"Value": first_job(t)["Properties"]["ServiceToken"], "Export": {"Name": "leak"}}
        ),
        rule="job_is_served_here",
    ),
    Weakness(
        name="anybody invokes the handler",
        seed=add("Open", {"Type": "AWS::Lambda::Permission", "Properties": {}}),
        rule="nobody_else_invokes_the_handler",
    ),
    Weakness(
        name="handler has an address",
        seed=add("Url", {"Type": "AWS::Lambda::Url", "Properties": {}}),
        rule="nobody_else_invokes_the_handler",
    ),
    Weakness(
        name="job does not wait for its policy",
        seed=lambda t: forget(t, "AWS::IAM::Policy"),
        rule="job_waits_for_its_permissions",
    ),
    Weakness(
        name="job does not wait for TLS",
        seed=lambda t: forget(t, POLICY),
        rule="job_waits_for_its_permissions",
    ),
    Weakness(
        name="job does not wait for its endpoint",
        seed=lambda t: forget(t, ENDPOINT),
        rule="job_waits_for_its_permissions",
    ),
    Weakness(
        name="a job waits for another job",
        seed=lambda t: resources(t, JOB)[1].setdefault("DependsOn", []).append(_id_of(t, first_job(t))),
        rule="job_waits_for_no_other_job",
    ),
    Weakness(
        name="function serves any stack",
        seed=lambda t: [
            one["Properties"].pop("Environment") for one in resources(t, "AWS::Lambda::Function")
        ],
        rule="function_serves_its_own_stack",
    ),
    Weakness(
        name="secret in the function's environment",
        seed=lambda t: _variables(t).update(DB_PASSWORD="correct horse battery staple"),  # noqa: S106 - a seed
        rule="function_is_told_no_secret",
    ),
    Weakness(
        name="secret under a setting's name",
        seed=lambda t: _variables(t).update(LOG_LEVEL="{{resolve:secretsmanager:db:SecretString:password}}"),
        rule="function_is_told_no_secret",
    ),
    Weakness(
        name="secret as a property of the job",
        seed=set_property(JOB, "Properties.Password", to="correct horse battery staple"),
        rule="job_is_told_no_secret",
    ),
    Weakness(
        name="secret inside a property of the job",
        seed=set_property(JOB, "Properties.Revision", to="{{resolve:ssm-secure:/db/password}}"),
        rule="job_is_told_no_secret",
    ),
    Weakness(
        name="access key inside a property of the job",
        seed=set_property(JOB, "Properties.Revision", to="AKIAIOSFODNN7EXAMPLE"),
        rule="job_is_told_no_secret",
    ),
    Weakness(
        name="old runtime",
        seed=set_property("AWS::Lambda::Function", "Properties.Runtime", to="python3.9"),
        rule="function_runs_on_a_supported_runtime",
    ),
    Weakness(
        name="runtime of another language",
        seed=set_property("AWS::Lambda::Function", "Properties.Runtime", to="nodejs16.x"),
        rule="function_runs_on_a_supported_runtime",
    ),
    Weakness(
        name="logs stay forever",
        seed=set_property("AWS::Logs::LogGroup", "Properties.RetentionInDays", to=None),
        rule="logs_do_not_stay_forever",
    ),
    Weakness(
        name="too many resources",
        seed=lambda t: t["Resources"].update({f"R{n}": {"Type": "AWS::SNS::Topic"} for n in range(500)}),
        rule="stack_stays_within_limits",
    ),
]
