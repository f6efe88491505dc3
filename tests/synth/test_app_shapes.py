"""In an app of any shape the job is the same, but for what the shape is documented to change."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest

from constructs_lib import InvalidJob
from tests.security.baseline import findings
from tests.security.iam_evaluator import ACCOUNT, REGION
from tests.security.view import STACK_ID
from tests.synth.app_shapes import JOB_TYPE, REFUSED, SHAPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from cfnlint.runner import Runner

    from tests.synth.app_shapes import Difference, Template

# Ids of what the jobs of a stack share; what belongs to one job begins with that job's own id.
SHARED = re.compile("BedrockModelCustomization|JobNetwork")
_OTHER_REGIONS = re.compile(r"\b(?:us-gov|cn|us-iso)-[a-z]+-\d\b")
_REGION_NAME = r"\b(?:us|us-gov|us-iso|eu|ap|cn)-[a-z]+-\d\b"
# The legacy synthesizer declares parameters that nothing refers to, and cfn-lint's pattern for the principals
# of resource policies lacks a partition.
_NOT_OURS = re.compile(r"W2001.*Parameter AssetParameters\w+ArtifactHash")
_PARTITION = re.compile(r"arn:aws-iso:iam")
# What other stacks' resources are called when a template is deployed.
_GIVEN = {
    "StackId": STACK_ID,
    "VersionKey": "folder/||file.zip",  # of the legacy synthesizer
    "Role": f"arn:aws:iam::{ACCOUNT}:role/Trainer",
    "Key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "Bucket": "amzn-s3-demo-bucket",
    "Subnet": "subnet-0123456789abcdef0",
    "Group": "sg-0123456789abcdef0",
}


@pytest.fixture
def make_app(tmp_path: Path) -> Callable[..., cdk.App]:
    """Return `cdk.App` with a folder of its own for each app."""
    folders = count(1)

    def make(**given: Any) -> cdk.App:  # noqa: ANN401 - arguments of the app
        folder = tmp_path / str(next(folders))
        folder.mkdir()
        return cdk.App(outdir=str(folder), **given)

    return make


@pytest.mark.parametrize("name", SHAPES)
def test_the_job_is_the_same_in_an_app_of_any_shape(
    name: str, make_app: Callable[..., cdk.App], tmp_path: Path
) -> None:
    """Its resources are those of a plain app, and the template is valid and as secure as any."""
    shape = SHAPES[name]
    shape.define(make_app).synth()
    templates = list(_templates(tmp_path))
    jobs = [one for template in templates for one in _jobs(template, shape.own)]
    assert len(jobs) == shape.jobs
    plain = _plain(shape.like)
    for one in jobs:
        assert _changes(plain, one, shape.may_differ) == []
        assert [found for found in _environments(one) if len(found) > 1] == []
    for difference in shape.may_differ:
        others = [one for one in shape.may_differ if one is not difference]
        assert any(_changes(plain, one, others) for one in jobs), f"does not differ: {difference.name}"
    for template in templates:
        assert _lint(json.dumps(template), shape.own) == []
        assert _findings(template, shape.own) == []


@pytest.mark.parametrize("name", SHAPES)
def test_no_shape_may_change_more(name: str) -> None:
    """What a shape may change hides no change of the job, of its request or of the function."""
    plain = _plain(SHAPES[name].like)
    job, function = "TriageF8A5E379", "BedrockModelCustomizationFunction794D618D"
    for path, value in {
        (job, "Properties", "OnDelete"): "Retain",
        (job, "Properties", "Request", "customizationType"): "DISTILLATION",
        (function, "Properties", "Timeout"): 3,
        ("Another",): {"Type": "AWS::SNS::Topic"},
    }.items():
        changed = deepcopy(plain)
        part = changed["Resources"]
        for one in path[:-1]:
            part = part[one]
        part[path[-1]] = value
        assert _changes(plain, changed, SHAPES[name].may_differ), path


@pytest.mark.parametrize("name", REFUSED)
def test_an_app_that_cannot_deploy_is_refused_with_a_sentence(
    name: str, make_app: Callable[..., cdk.App]
) -> None:
    """It is an error of the job, with what to do, and not one of jsii."""
    define, rule = REFUSED[name]
    with pytest.raises(InvalidJob, match=rule):
        define(make_app).synth()


@cache
def _plain(define: Callable[[cdk.Stack], object]) -> Template:
    stack = cdk.Stack(cdk.App(), "Tickets")
    define(stack)
    [job] = _jobs(stack.node.root.synth().get_stack_by_name("Tickets").template, "(?!)")
    return job


def _templates(folder: Path) -> Iterator[Template]:
    """Return every template that has a job: of stacks, nested stacks and products, in stages too."""
    for path in sorted(folder.rglob("*.template.json")):
        template = json.loads(path.read_text())
        if any(one["Type"] == JOB_TYPE for one in template.get("Resources", {}).values()):
            yield template


def _jobs(template: Template, own: str) -> Iterator[Template]:
    """Return the template once for each job, without the other jobs and what the app itself defines."""
    ids = [name for name, one in template["Resources"].items() if one["Type"] == JOB_TYPE]
    for job_id in ids:
        others = tuple(one for one in ids if one != job_id)
        outputs = {
            name: one
            for name, one in template.get("Outputs", {}).items()
            if one["Value"] not in [{"Ref": other} for other in others]
        }
        resources = {
            name: one
            for name, one in template["Resources"].items()
            if not name.startswith(others) and not re.match(own, name)
        }
        job = {**template, "Resources": resources, "Outputs": outputs}
        yield json.loads(json.dumps(_rendered(job)))


def _changes(plain: Template, other: Template, but: Iterable[Difference]) -> list[str]:
    """Return where two templates differ, but for some differences."""
    for one in but:
        plain, other = one.mask(plain), one.mask(other)
    before, after = dict(_leaves(plain)), dict(_leaves(other))
    paths = sorted({*before, *after})
    return [
        f"{one}: {before.get(one)} -> {after.get(one)}" for one in paths if before.get(one) != after.get(one)
    ]


def _environments(template: Template) -> tuple[set[str], set[str]]:
    """Return the partitions and the Regions that resources name: a job is in one of each."""
    text = json.dumps(template["Resources"])
    return set(re.findall(r"\barn:(aws[a-z-]*):", text)), set(re.findall(_REGION_NAME, text))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any part of a template
    """Return every value of a template by its path; an empty mapping or list is a value."""
    if not value or not isinstance(value, (dict, list)):
        yield path, value
    else:
        for name, one in value.items() if isinstance(value, dict) else _elements(value, path):
            yield from _leaves(one, f"{path}/{name}")


def _elements(values: list[Any], path: str) -> Iterator[tuple[str, Any]]:
    """Number the elements of a list; statements, whose order has no meaning, are named by their content."""
    for number, one in enumerate(values):
        yield (json.dumps(one), "") if path.endswith("/Statement") else (str(number), one)


def _rendered(value: Any) -> Any:  # noqa: ANN401 - any part of a template
    """Write every intrinsic function as text, so that a literal and a joined text are compared."""
    if isinstance(value, list):
        return [_rendered(one) for one in value]
    if not isinstance(value, dict):
        return value
    names = [name for name in value if name == "Ref" or name.startswith("Fn::")]
    return _text(value, *names) if names else {name: _rendered(one) for name, one in value.items()}


def _text(function: dict[str, Any], name: str) -> str:
    argument = _rendered(function[name])
    match function:
        case {"Fn::Join": [between, list()]}:
            text: str = between.join(argument[1])
        case {"Fn::Sub": str(text)}:
            pass
        case {"Fn::GetAtt": [_, _]}:
            text = f"${{{'.'.join(argument)}}}"
        case {"Fn::ImportValue": _} | {"Fn::GetStackOutput": _}:
            text = "${Imported}"
        case {"Ref": _}:
            text = f"${{{argument}}}"
        case _:
            text = f"${{{name}:{json.dumps(argument)}}}".replace('"', "'")
    return text


@cache
def _linter(*skipped: str) -> Runner:
    """Return cfn-lint with its rules, which take longer to load than a template takes to be checked."""
    from cfnlint.config import ConfigMixIn, ManualArgs
    from cfnlint.runner import Runner

    return Runner(ConfigMixIn(**ManualArgs(ignore_checks=[*skipped], include_checks=["I3510"])))


@cache
def _lint(text: str, own: str) -> list[str]:
    from cfnlint.decode.decode import decode_str

    linter = _linter("E3512") if _PARTITION.search(text) else _linter()
    template, problems = decode_str(text)
    assert problems == []
    found = linter.validate_template(template)
    ours = [one for one in found if not re.match(own, str([*(one.path or ()), "", ""][1]))]
    return [str(one) for one in ours if not _NOT_OURS.search(str(one))]


def _findings(template: Template, own: str) -> list[str]:
    """Check a template as if it were deployed to the account and Region that the rules know."""
    text = re.sub(r"(?<=arn:)aws-[a-z-]+(?=:)", "aws", json.dumps(_imported(template)))
    deployed = json.loads(_OTHER_REGIONS.sub(REGION, text))
    for name, parameter in deployed.get("Parameters", {}).items():
        parameter.setdefault("Default", _value(name))
    return [one for one in findings(deployed) if not re.match(own, one.partition(": ")[2])]


def _imported(value: Any) -> Any:  # noqa: ANN401 - any part of a template
    """Put values into the place of references to other stacks."""
    match value:
        case (
            {"Fn::ImportValue": _} | {"Fn::GetStackOutput": _} | {"Fn::GetAtt": ["ExportsReader8B249524", _]}
        ):
            return _value(json.dumps(value))
        case dict():
            return {name: _imported(one) for name, one in value.items()}
        case list():
            return [_imported(one) for one in value]
    return value


def _value(name: str) -> str:
    return next((value for part, value in _GIVEN.items() if part in name), f"parameter-{name}")
