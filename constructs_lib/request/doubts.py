"""What Bedrock's model allows and is probably not meant: warnings with ids to acknowledge them by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from constructs_lib.contract import walk

from .problems import Doubt
from .tokens import is_known

Request: TypeAlias = Mapping[str, Any]

_CONFIG_OF = {"DISTILLATION": "distillationConfig", "REINFORCEMENT_FINE_TUNING": "rftConfig"}


def doubts(request: Request) -> list[Doubt]:
    """Give what is doubtful about a valid request; what the model accepts is accepted.

    Args:
        request: A job's request in which `check` finds nothing wrong.
    """
    return [doubt for rule in _RULES for doubt in rule(request)]


def _doubt(name: str, path: str, sentence: str) -> Doubt:
    return Doubt(f"bedrock-customization:{name}", path, sentence)


def _type(request: Request) -> str | None:
    """Give the type that Bedrock will take, or None where it is not known yet."""
    found = request.get("customizationType", "FINE_TUNING")
    return found if is_known(found) else None


def _withdrawn(request: Request) -> Iterator[Doubt]:
    kind = _type(request)
    if kind == "CONTINUED_PRE_TRAINING":
        sentence = "AWS no longer documents continued pre-training as a method; use FINE_TUNING"
        yield _doubt("continued-pre-training", "customizationType", sentence)
    if kind == "IMPORTED":
        sentence = "IMPORTED is what Bedrock reports of imported models; no job of that type is documented"
        yield _doubt("imported", "customizationType", sentence)


def _config(request: Request) -> Iterator[Doubt]:
    kind, config = _type(request), request.get("customizationConfig", {})
    if kind is None:
        return
    wanted = _CONFIG_OF.get(kind)
    for name in config:
        if name != wanted:
            fits = next(one for one, member in _CONFIG_OF.items() if member == name)
            sentence = (
                f"{name} is for {fits}, but the job's type is {kind}; set customizationType or take it out"
            )
            yield _doubt("config-does-not-fit-type", f"customizationConfig.{name}", sentence)
    if wanted and wanted not in config:
        sentence = f"AWS documents {wanted} as required for {kind}; add it"
        yield _doubt("config-missing", "customizationConfig", sentence)


def _grader(request: Request) -> Iterator[Doubt]:
    config = request.get("customizationConfig", {}).get("rftConfig")
    if config is not None and "graderConfig" not in config:
        sentence = "reinforcement fine-tuning learns from a grader, and there is none; name a Lambda function"
        yield _doubt("no-grader", "customizationConfig.rftConfig", sentence)
    if _type(request) == "REINFORCEMENT_FINE_TUNING" and request.get("hyperParameters"):
        sentence = (
            "reinforcement fine-tuning takes customizationConfig.rftConfig.hyperParameters; move them there"
        )
        yield _doubt("hyper-parameters-of-rft", "hyperParameters", sentence)


def _training(request: Request) -> Iterator[Doubt]:
    config = request["trainingDataConfig"]
    if not config:
        yield _doubt(
            "no-training-data", "trainingDataConfig", "the job has nothing to learn from; name a file or logs"
        )
    uri = str(config.get("s3Uri", ""))
    if uri.endswith("/") and _type(request) != "DISTILLATION":
        sentence = f"{uri} is a prefix; fine-tuning reads one file, so name the object"
        yield _doubt("training-data-is-a-prefix", "trainingDataConfig.s3Uri", sentence)
    if "invocationLogsConfig" in config and _type(request) not in (*_CONFIG_OF, None):
        sentence = f"invocation logs are documented for {' and '.join(_CONFIG_OF)} only"
        yield _doubt("logs-do-not-fit-type", "trainingDataConfig.invocationLogsConfig", sentence)


def _filters(request: Request) -> Iterator[Doubt]:
    for at, shape, value in walk(request):
        if shape == "RequestMetadataBaseFilters" and not value:
            yield _doubt(
                "empty-filter", at.path, "the filter chooses by nothing; give it equals or notEquals"
            )


def _left_over(request: Request) -> Iterator[Doubt]:
    if request.get("validationDataConfig", {}).get("validators") == []:
        sentence = "there is no validation file in it; name one, or leave validationDataConfig out"
        yield _doubt("no-validation-data", "validationDataConfig", sentence)
    if "clientRequestToken" in request:
        sentence = "it is not sent: the handler makes its own, so that a repeated event starts no second job"
        yield _doubt("client-request-token", "clientRequestToken", sentence)


def _network(request: Request) -> Iterator[Doubt]:
    for member, prefix in (("subnetIds", "subnet-"), ("securityGroupIds", "sg-")):
        ids = request.get("vpcConfig", {}).get(member, ())
        for index, one in enumerate(ids):
            if isinstance(one, str) and is_known(one) and is_known(ids) and not one.startswith(prefix):
                sentence = f"{one!r} does not look like an id: those start with {prefix}"
                yield _doubt("not-an-id", f"vpcConfig.{member}[{index}]", sentence)


_RULES: tuple[Callable[[Request], Iterator[Doubt]], ...] = (
    _withdrawn,
    _config,
    _grader,
    _training,
    _filters,
    _left_over,
    _network,
)
