"""What to do about a value that the service model refuses, where the value shows what is meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ..contract import REQUEST, default_model, violations
from ..findings import printable
from ..request.data import FILE
from .subject import KEY, OUTPUT, TRAINING

if TYPE_CHECKING:
    from ..findings import Finding

_S3 = "s3://"
_OTHER_FORMS = (
    re.compile(r"https?://(?P<bucket>[^/]+?)\.s3[.-][^/]*amazonaws\.com(?:\.cn)?/(?P<key>[^?#]+)"),
    re.compile(r"https?://s3[.-][^/]*amazonaws\.com(?:\.cn)?/(?P<bucket>[^/]+)/(?P<key>[^?#]+)"),
    re.compile(r"arn:aws[a-z-]*:s3:::(?P<bucket>[^/]+)/?(?P<key>.*)"),
    re.compile(r"[sS]3:/+(?P<bucket>[^/]+)/?(?P<key>.*)"),
)
"""How else an object in S3 is written: the URLs that the console shows, an ARN, and misspelled URIs."""

_PLACEHOLDER = re.compile(r"<[^<>]*>|\$?(?<!\{)\{+[^{}]*\}+|\$\w+")
_IN_BUCKET, _IN_KEY = re.compile(r"[^a-z0-9.-]"), re.compile(r"[^A-Za-z0-9!_.'()/*-]")
_UPLOADED = ("trainingDataConfig.s3Uri", "validationDataConfig.validators[")
_TAGS = ("jobTags", "customModelTags")
_DATA = {path.partition(".")[0] for path in (TRAINING, OUTPUT)}
_OF_AN_ANSWER = (
    "jobArn",
    "status",
    "statusDetails",
    "baseModelArn",
    "outputModelArn",
    "outputModelName",
    "outputModelKmsKeyArn",
    "failureMessage",
    "creationTime",
    "lastModifiedTime",
    "endTime",
    "trainingMetrics",
    "validationMetrics",
)
"""What `GetModelCustomizationJob` returns besides what it was sent."""
_NOT_IN_A_REQUEST = {
    **dict.fromkeys(
        ("region", "account"), "name it where you deploy the job: --region, or env= of the stack"
    ),
    "profile": "name it where you deploy the job: --profile",
    "revision": "name it where you deploy the job: --revision, or revision= in an app",
    **dict.fromkeys(
        _OF_AN_ANSWER,
        "remove it: Bedrock returns it, and no request has it; `bedrock-customize from-job` makes a job file "
        "of what Bedrock returns",
    ),
}


def with_fix(finding: Finding) -> Finding:
    """Return a finding of the service model with what to do about its value, where that is known.

    Args:
        finding: one of the rules `request-...`, whose path has the API's names.
    """
    fix = _BY_RULE.get(finding.name, _no_fix)(finding.path, finding.got)
    return replace(finding, fix=fix) if fix else finding


def _no_fix(_path: str, _got: object) -> str:
    return ""


def _for_text(path: str, got: object) -> str:
    """Return what to write instead of a text that does not match; "": the value does not show it."""
    if path.endswith("s3Uri") and isinstance(got, str) and got:
        return _for_uri(got, is_uploaded=path.startswith(_UPLOADED))
    if path == KEY and got == "AWS_OWNED_KEY":
        return "leave it out: the model is then encrypted with a key that AWS owns"
    return ""


def _for_type(path: str, got: object) -> str:
    """Return what to write instead of a value of another type; "": the value does not show it."""
    if path in _TAGS and isinstance(got, Mapping):
        return "write a list with a key and a value for each tag: [{key: ..., value: ...}]"
    if path in _DATA and isinstance(got, str):
        return f"write s3Uri: {printable(got)} below it, indented"
    if path in _mappings() and got is None:
        return "indent its members below it, or leave it out"
    if path in _mappings() and isinstance(got, list):
        return "write its members without dashes (-) and brackets: it is no list"
    return ""


def _for_missing(path: str, _got: object) -> str:
    """Return what to add; "": the model's own words are enough."""
    if path != "trainingDataConfig":
        return ""
    return (
        f"add trainingDataConfig with s3Uri: s3://bucket/train.jsonl, or {FILE}train.jsonl for a local file"
    )


def _for_member(path: str, got: object) -> str:
    """Return what to do about a member that a request does not have; "": it is one of the model's."""
    if path == "s3Uri":
        return "indent it below trainingDataConfig or outputDataConfig"
    if isinstance(got, Mapping) and set(got) & set(default_model().shape(REQUEST)["members"]):
        return f"write its members without {path} around them" if "." not in path else ""
    return _NOT_IN_A_REQUEST.get(path, "")


_BY_RULE: Mapping[str, Callable[[str, object], str]] = {
    "request-pattern": _for_text,
    "request-length": _for_text,
    "request-type": _for_type,
    "request-required": _for_missing,
    "request-member": _for_member,
}


def _mappings() -> set[str]:
    """Return the paths of all structures and maps of a request that are in no list."""
    model = default_model()
    return {part.path for part in model.parts() if model.shape(part.shape)["type"] in ("structure", "map")}


def _for_uri(uri: str, *, is_uploaded: bool) -> str:
    """Return what to write instead of a text that is no S3 URI.

    Args:
        uri: the text.
        is_uploaded: whether a local file may be named, which is uploaded.
    """
    if found := _PLACEHOLDER.search(uri):
        return f"write the value in the place of {printable(found.group())}"
    if not uri.startswith(_S3):
        local = f", or {FILE}train.jsonl for a local file, which is uploaded" if is_uploaded else ""
        return _as_uri(uri) or f"write {_S3}bucket/key for an object in S3{local}"
    bucket, _, key = uri.removeprefix(_S3).partition("/")
    in_bucket, in_key = _signs(_IN_BUCKET, bucket), _signs(_IN_KEY, key)
    if in_bucket or not bucket:
        return f"correct the name of the bucket{in_bucket and f', which cannot have {in_bucket}'}"
    in_key = in_key or ("//" if "//" in f"/{key}" else "")
    return f"copy the data to a key without {in_key}" if in_key else ""


def _as_uri(text: str) -> str:
    """Return what to write instead of a URL, an ARN or a URI in quotes; "": it is none of them."""
    found = next(filter(None, (form.fullmatch(text) for form in _OTHER_FORMS)), None)
    written = f"{_S3}{found['bucket']}/{found['key']}".rstrip("/") if found else text.strip("'\"` ")
    return "" if any(violations(written, "S3Uri")) else f"write {written}"


def _signs(allowed: re.Pattern[str], text: str) -> str:
    """Return the characters of a text that are not allowed, for people."""
    found = dict.fromkeys(allowed.findall(text))
    return " ".join("a space" if one == " " else printable(one) for one in found)
