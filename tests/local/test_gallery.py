"""Every app that `bedrock-customize init` writes synthesizes, has no findings, and is deployed."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from constructs_lib.cli.init import examples
from constructs_lib.contract import violations
from tests.contract.cfn_event import decode, event
from tests.local.gallery import CONTEXT, DATA, NEVER_IN_THE_GALLERY, Report, run_all, stacks
from tests.security.baseline import findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs_lib.testing import LocalAws

LINT = Path(sys.executable).with_name("cfn-lint")
CREATE = "CreateModelCustomizationJob"
JOB = "Custom::BedrockModelCustomizationJob"
# Resources that an app creates to show how a job is used; the library does not change or check them.
THE_APPS_OWN = {
    "private-network": r"Vpc|Output|Key|Function",
    "promote": r"Ask|Errors",
    "reinforce": r"Grader",
    "serve": r"Ask|Failures",
    "throughput": r"Caller",
}

PLAIN = ("ContinuedPreTraining", "Distill", "DistillLogs", "FineTune", "Reinforce")
"""The stacks that have nothing but a job, for which the rules of tests/security/baseline.py are written."""

pytestmark = pytest.mark.local


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty folder for the cloud assemblies."""
    return tmp_path_factory.mktemp("gallery")


@pytest.fixture(scope="module")
def reports(folder: Path) -> Mapping[str, Report]:
    """Return what was found in each app; `folder` has the cloud assemblies then."""
    return run_all(folder)


def test_the_gallery_is_complete(reports: Mapping[str, Report]) -> None:
    """Ten apps with a test each, and one that only shows how to write it."""
    assert len(examples()) == 10
    assert set(reports) == {*examples(), NEVER_IN_THE_GALLERY}
    assert [name for name, one in reports.items() if not one.tests] == []


def test_plain_jobs_meet_the_baseline(reports: Mapping[str, Report], folder: Path) -> None:
    """The rules of this library's own stacks find nothing but in the apps' own resources."""
    assert reports
    own = THE_APPS_OWN["reinforce"]
    found = [
        (name, one.partition(": ")[2])
        for name, _, template in stacks(folder)
        if name in PLAIN
        for one in findings(template)
    ]
    assert [(name, one) for name, one in found if not re.match(own, one)] == []


def test_cdk_nag_finds_nothing_but_in_the_apps_own_resources(reports: Mapping[str, Report]) -> None:
    """Whatever the library makes has no finding, with its own suppressions."""
    left = [
        one
        for name, report in reports.items()
        for one in report.violations
        if not re.match(rf"\w+/(?:{THE_APPS_OWN.get(name, 'nothing')})\b", one)
    ]
    assert left == []


def test_cfn_lint_finds_nothing(reports: Mapping[str, Report], folder: Path) -> None:
    """Also with the rule that compares the actions of a statement with its resources."""
    assert reports
    # W3005: the function waits for all that is below its Vpc, also for what it refers to.
    command = [LINT, "-c", "I3510", "-i", "W3005", "--format", "parseable", *folder.glob("*/*.template.json")]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.stdout, found.returncode) == ("", 0)


def test_every_job_can_succeed(reports: Mapping[str, Report], folder: Path) -> None:
    """Bedrock's model permits the request; no data is in an empty new bucket; Nova is in us-east-1."""
    assert reports
    found = [(name, home, job) for name, home, template in stacks(folder) for job in _jobs(template)]
    assert len(found) == 10
    shape = botocore.session.get_session().get_service_model("bedrock").operation_model(CREATE).input_shape
    for name, home, properties in found:
        request = dict(decode(event(properties)).request(0, "v1-token"))
        request.pop("vpcConfig", None)  # the ids of the test's event are longer than those of EC2
        assert list(violations(request)) == [], name
        assert ParamValidator().validate(request, shape).generate_report() == "", name
        assert "DataOutput" not in json.dumps(properties["Request"]["trainingDataConfig"])
        if "nova" in request["baseModelIdentifier"] and name != "Retrain":
            assert home.endswith("/us-east-1"), name


def test_logs_are_read_only_from_a_given_bucket(reports: Mapping[str, Report], folder: Path) -> None:
    """A second stack of the app trains from them."""
    assert reports
    [template] = [one for name, _, one in stacks(folder) if name == "DistillLogs"]
    [job] = _jobs(template)
    source = job["Request"]["trainingDataConfig"]["invocationLogsConfig"]["invocationLogSource"]
    assert source == {"s3Uri": f"s3://{CONTEXT['logs']}/bedrock/"}


@pytest.mark.parametrize(
    ("name", "said"), [("retrain", "Deploy with retrain.sh"), ("throughput", "-c model=<ARN of the model>")]
)
def test_an_app_defines_nothing_without_the_context_that_it_needs(name: str, said: str) -> None:
    """Without a revision a job would start whatever the data is, and nothing is bought for no model."""
    with pytest.raises(SystemExit, match=said):
        runpy.run_path(str(examples()[name] / "app.py"), run_name="__main__")


def _jobs(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == JOB]


def test_every_app_is_deployed_and_destroyed(
    reports: Mapping[str, Report], folder: Path, tmp_path: Path, local_aws: LocalAws
) -> None:
    """`cdk deploy` and `cdk destroy` of all; the one whose model has to exist is run in its folder."""
    assert reports
    bedrock, s3 = local_aws.bedrock, local_aws.client("s3")
    bedrock.reset()
    at_once = dict.fromkeys(("queue_seconds", "deploying_seconds", "provisioning_seconds"), 0)
    bedrock.configure(training_seconds=0.5, model_units=1, **at_once)
    s3.create_bucket(Bucket=DATA.split("/")[2])
    s3.put_object(Bucket=DATA.split("/")[2], Key="tickets/train.jsonl", Body=b"{}\n")
    wanted = _combine(folder, tmp_path / "cdk.out", without=("throughput", NEVER_IN_THE_GALLERY))
    app = str(tmp_path / "cdk.out")
    local_aws.cdk("deploy", "**", "--concurrency", "4", "--require-approval", "never", app=app)
    assert _stacks(local_aws) >= {(name, "CREATE_COMPLETE") for name in wanted}

    shutil.copytree(examples()["throughput"], tmp_path / "throughput")
    model = bedrock.models()[0].arn
    synthesized = str(tmp_path / "throughput" / "cdk.out")
    given = ("--context", f"model={model}", "--output", synthesized)
    local_aws.cdk("deploy", "--require-approval", "never", *given, cwd=tmp_path / "throughput")
    assert ("Throughput", "CREATE_COMPLETE") in _stacks(local_aws)

    local_aws.cdk("destroy", "--all", "--force", app=synthesized)
    local_aws.cdk("destroy", "**", "--concurrency", "4", "--force", app=app)
    assert {name for name, _ in _stacks(local_aws)}.isdisjoint({*wanted, "Throughput"})
    assert [one.name for one in bedrock.jobs() if one.status == "InProgress"] == []


def _combine(folder: Path, combined: Path, *, without: tuple[str, ...]) -> set[str]:
    """Put cloud assemblies into one, for one command of the CDK CLI; return the names of its stacks."""
    artifacts, names = {}, set()
    for manifest in sorted(folder.glob("*/manifest.json")):
        name = manifest.parent.name
        if name in without:
            continue
        shutil.copytree(manifest.parent, combined / name)
        content = json.loads(manifest.read_text(encoding="utf-8"))
        version = content["version"]
        properties = {"directoryName": name, "displayName": name}
        artifacts[f"assembly-{name}"] = {"type": "cdk:cloud-assembly", "properties": properties}
        kinds = content["artifacts"].items()
        names |= {one for one, artifact in kinds if artifact["type"] == "aws:cloudformation:stack"}
    (combined / "manifest.json").write_text(json.dumps({"version": version, "artifacts": artifacts}))
    return names


def _stacks(aws: LocalAws) -> set[tuple[str, str]]:
    pages = aws.client("cloudformation").get_paginator("describe_stacks").paginate()
    return {(one["StackName"], one["StackStatus"]) for page in pages for one in page["Stacks"]}
