"""The report of a run: Markdown for an issue, without anything that identifies the account or a person."""

from __future__ import annotations

import platform
import re
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from tools.smoke.questions import QUESTIONS, rows_of
from tools.smoke.run import Answer

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tools.smoke.cleanup import Leftover
    from tools.smoke.run import Run

_LONGEST = 700
_SHORTEST_SECRET = 12
_PRINCIPAL = re.compile(
    r"arn:[\w-]+:(?:iam|sts)::[^:\s]*:(?:user|assumed-role|federated-user|role|root)[^\s\"',)]*"
)
_HIDDEN = (
    (re.compile(r"https?://\S*(?:X-Amz-|Signature=|AWSAccessKeyId)\S*"), "<signed URL>"),
    (re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA|ANPA|AGPA|AIPA|ANVA|APKA)[A-Z0-9]{8,}\b"), "<id>"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "<e-mail>"),
    (re.compile(r"\d{12,}"), "<account>"),
)


class Redactor:
    """Takes out of a text what identifies the account or a person.

    Args:
        account: the account's 12 digits.
        caller: the ARN of the person.
        secrets: further texts that must not be shown.
        prefix: how the names of the run begin, which stay.
    """

    def __init__(self, *, account: str, caller: str, secrets: Collection[str], prefix: str) -> None:
        name = caller.rpartition("/")[2]
        told = {account, caller, *secrets} | ({name} if len(name) >= _SHORTEST_SECRET else set())
        self._told = sorted((one for one in told if len(one) >= _SHORTEST_SECRET), key=len, reverse=True)
        self._prefix = prefix

    def __call__(self, text: str) -> str:
        """Return a text without it."""
        text = _PRINCIPAL.sub(self._principal, text)
        for one in self._told:
            text = text.replace(one, "<hidden>" if not one.isdigit() else "<account>")
        for pattern, instead in _HIDDEN:
            text = pattern.sub(instead, text)
        return text

    def _principal(self, found: re.Match[str]) -> str:
        return f"<principal {self._prefix}…>" if self._prefix in found[0] else "<principal>"


def report(
    run: Run,
    parts: Sequence[str],
    left: Sequence[tuple[Leftover, str]],
    hide: Redactor,
    *,
    interrupted: bool,
) -> str:
    """Return the report of a run.

    Args:
        run: the run.
        parts: its parts.
        left: what could not be removed, and why.
        hide: takes out what must not be shown.
        interrupted: whether it did not come to its end.
    """
    asked = [one for one in QUESTIONS if one.part in parts]
    lines = [
        "# Smoke test of cdk-bedrock-customization",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {run.account.region}, parts {', '.join(parts)}; {_versions()}.",
        *(["", "The run was interrupted."] if interrupted else []),
        "",
        "| # | question | answer | settles |",
        "|---|---|---|---|",
        *(
            f"| {one.number} | {one.text} | {_cell(hide(said.conclusion))} | {rows_of(one)} |"
            for one in asked
            for said in [_answer(run, one.number)]
        ),
    ]
    for one in asked:
        answer = _answer(run, one.number)
        lines += ["", f"## {one.number}. {one.text}", "", hide(answer.conclusion), ""]
        lines += [f"* {_line(hide(text))}" for text in answer.observed] or ["* nothing was observed"]
        if answer.calls:
            lines += ["", f"Calls: {_counted(answer.calls)}."]
    lines += ["", "## What is left", ""]
    lines += [f"* {one.kind} {one.name}: {_line(hide(why))} `{one.command}`" for one, why in left] or [
        "Nothing of what this run created, but the records of its jobs."
    ]
    return "\n".join(lines) + "\n"


def _answer(run: Run, number: int) -> Answer:
    answer = run.answers.get(number, Answer())
    return (
        answer if answer.conclusion else Answer(answer.calls, answer.observed, "Not answered.", failed=True)
    )


def _versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for name in ("cdk-bedrock-customization", "boto3"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} of unknown version")
    return ", ".join(found)


def _counted(calls: Sequence[str]) -> str:
    """Return each call once, in the order of the first of each, and how often it was made."""
    counted = Counter(calls).items()
    return ", ".join(f"{name} ({count} times)" if count > 1 else name for name, count in counted)


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")
