"""The rules that only synth can judge: what a template or an upload would make of a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from constructs_lib.contract import ValuePath, Violation, default_model, violations, walk

from .s3_data import FILE
from .tokens import is_known, literal

_CONTAINERS = ("structure", "map")
_UPLOADED = ("trainingDataConfig.s3Uri", "validationDataConfig.validators[")
_SECURE = "{{resolve:ssm-secure:"


def synth_rules(request: Mapping[str, object]) -> Iterator[Violation]:
    """Give everything in a request that a deployment would break, or that a token hides from the construct.

    Args:
        request: A job's request; parts of the wrong type are passed over, `violations` names them.
    """
    for at, shape, value in walk(request):
        kind = default_model().shape(shape)["type"]
        if kind in _CONTAINERS and not isinstance(value, Mapping) and not is_known(value):
            fix = "write its members, with tokens inside"
            yield at.refuse("must be known at synth: permissions are made from what it holds", value, fix)
        elif kind == "map" and isinstance(value, Mapping):
            yield from _intrinsics(at, value)
        elif isinstance(value, str):
            yield from _text(at, shape, value)


def _intrinsics(at: ValuePath, entries: Mapping[object, object]) -> Iterator[Violation]:
    for key in map(str, entries):
        if key in ("Ref", "Condition") or key.startswith("Fn::"):
            rule = "must not be a key: CloudFormation would read the map as an intrinsic function"
            fix = "choose another key; a value may hold a token of the CDK"
            yield at.entry_key(key).refuse(rule, key, fix)


def _text(at: ValuePath, shape: str, text: str) -> Iterator[Violation]:
    if _SECURE in text:
        rule = (
            "must not hold an ssm-secure reference: CloudFormation does not resolve it in a custom resource"
        )
        yield at.refuse(rule, text, "use {{resolve:ssm:...}} or {{resolve:secretsmanager:...}}")
    if shape == "S3Uri" and text.startswith(FILE):
        yield from _file(at, text)
    elif shape == "S3Uri" and text.startswith("s3://") and not is_known(text):
        yield from _literal_part(at, text)


def _file(at: ValuePath, text: str) -> Iterator[Violation]:
    if not at.path.startswith(_UPLOADED):
        rule = "must be a place in S3: only training and validation files are uploaded"
        yield at.refuse(rule, text, "upload it, and write s3://bucket/prefix")
    elif is_known(text) and not _exists(Path(text.removeprefix(FILE))):
        yield at.refuse("must name a file that exists", text, "correct the path")


def _exists(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:
        return False


def _literal_part(at: ValuePath, text: str) -> Iterator[Violation]:
    """Judge what is known of an URI with tokens: it is wrong if no value of them could make it right."""
    guesses = [[*violations(literal(text, stand_in), "S3Uri")] for stand_in in ("aaa", "")]
    if all(guesses):
        yield at.refuse(guesses[0][0].rule, text, guesses[0][0].fix)
