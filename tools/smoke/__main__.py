"""Ask AWS what no test without AWS can show: `python -m tools.smoke --profile NAME --region REGION`."""

from __future__ import annotations

import argparse
import json
import secrets
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import boto3

from tools.smoke import cleanup, free, plan, serving, training
from tools.smoke.account import AWS_ERRORS, PREFIX, Account
from tools.smoke.policy import policy
from tools.smoke.questions import PARTS, table
from tools.smoke.report import Redactor, report
from tools.smoke.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

_STEPS = {**free.STEPS, **training.STEPS, **serving.STEPS}
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the smoke test and return its exit status.

    Args:
        arguments: those of the command line. Default: those of this process.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.questions:
        print(table(), end="")
        return 0
    try:
        parts = plan.chosen(_listed(given.only), _listed(given.skip))
    except ValueError as error:
        parser.error(str(error))
    if given.policy:
        if not (given.account and given.region):
            parser.error("--policy needs --account and --region")
        print(json.dumps(policy(parts, account=given.account, region=given.region), indent=2))
        return 0
    if not (given.profile and given.region):
        parser.error("name the account with --profile and the Region with --region; nothing has a default")
    account = _account(given)
    signal.signal(signal.SIGTERM, _interrupt)
    if given.clean:
        return _clean(account, given.run or "")
    return _run(account, parts, given.hours)


def _run(account: Account, parts: tuple[str, ...], hours: float) -> int:
    _say(
        plan.described(
            parts, prefix=account.prefix, run_id=account.run_id, region=account.region, hours=hours
        )
    )
    if not _agreed(f"Run it in account {account.id} as {account.caller}?"):
        return 2
    run = Run(account=account, hours=hours, external_id=secrets.token_urlsafe(24))
    interrupted = False
    try:
        for part in parts:
            run.carry_out(part, _STEPS[part])
    except KeyboardInterrupt:
        interrupted = True
        run.say("interrupted; removing what was created")
    left = _removed(account, run)
    if left is None:
        return _INTERRUPTED
    print(report(run, parts, left, _redactor(account, run), interrupted=interrupted), end="")
    if interrupted:
        return _INTERRUPTED
    return 1 if left or run.open_questions(parts) else 0


def _removed(account: Account, run: Run) -> list[tuple[cleanup.Leftover, str]] | None:
    """Remove what the run has created; return what is left, None if that was interrupted too."""
    try:
        left = cleanup.clean(account, account.run_id, run.say, run.names)
    except KeyboardInterrupt:
        _say(
            f"Interrupted again: what is left is in {account.region}, and its names begin with "
            f"{account.prefix}. Remove it with\n"
            f"  python -m tools.smoke --profile {account.session.profile_name} --region {account.region} "
            f"--clean --run {account.run_id}"
        )
        return None
    for one, why in left:
        _say(f"Not removed: {one.kind} {one.name}: {why}\n  {one.command} --region {account.region}")
    return left


def _clean(account: Account, run_id: str) -> int:
    found, unread = cleanup.leftovers(account, run_id)
    for why in unread:
        _say(f"A list could not be read: {why}")
    if not found:
        _say(f"Nothing in {account.region} is left of {f'the run {run_id}' if run_id else 'a smoke test'}.")
        return 1 if unread else 0
    for one in found:
        _say(f"{one.kind} {one.name}")
    if not _agreed("Remove all of them?"):
        return 2
    left = cleanup.clean(account, run_id, _say)
    for one, why in left:
        _say(f"Not removed: {one.kind} {one.name}: {why}\n  {one.command} --region {account.region}")
    return 1 if left else 0


def _agreed(question: str) -> bool:
    print(f"{question} Type yes: ", end="", file=sys.stderr, flush=True)
    agreed = sys.stdin.readline().strip() == "yes"
    if not agreed:
        _say("Nothing was created or removed.")
    return agreed


def _account(given: argparse.Namespace) -> Account:
    try:
        session = boto3.Session(profile_name=given.profile, region_name=given.region)
        account = Account(
            session=session, region=given.region, run_id=secrets.token_hex(4), poll=given.poll_seconds
        )
        account.id  # noqa: B018 - asks AWS, so that a wrong profile is said at once
    except AWS_ERRORS as error:
        _say(f"The profile {given.profile} cannot be used: {error}")
        raise SystemExit(2) from None
    return account


def _redactor(account: Account, run: Run) -> Redactor:
    keys = account.session.get_credentials().get_frozen_credentials()
    hidden = [run.external_id, *(one for one in keys if one), account.session.profile_name]
    return Redactor(account=account.id, caller=account.caller, secrets=hidden, prefix=account.prefix)


def _listed(given: Sequence[str]) -> list[str]:
    return [name for one in given for name in one.split(",") if name]


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    names = ", ".join(PARTS)
    parser = argparse.ArgumentParser(
        prog="python -m tools.smoke",
        description="Ask AWS the questions of docs/smoke-test.md. It creates resources and costs money: "
        "it says what, and asks before it begins. The report goes to standard output, the rest to stderr.",
    )
    parser.add_argument("--profile", help="the profile of the account")
    parser.add_argument("--region", help="the Region, such as us-east-1")
    parser.add_argument("--only", action="append", default=[], help=f"parts, separated by commas: {names}")
    parser.add_argument("--skip", action="append", default=[], help="parts that are left out")
    parser.add_argument("--hours", type=float, default=4.0, help="how long a training is waited for (4)")
    parser.add_argument("--clean", action="store_true", help="remove what earlier runs have left")
    parser.add_argument("--run", help=f"with --clean: only of this run, the 8 characters after {PREFIX}")
    parser.add_argument("--policy", action="store_true", help="print the least policy that a run needs")
    parser.add_argument("--account", help="with --policy: the account, 12 digits")
    parser.add_argument("--questions", action="store_true", help="print the table of the questions")
    parser.add_argument("--poll-seconds", type=float, default=15.0, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
