"""Run a double as its own process: `python -m constructs_lib.testing.bedrock --port 0` prints its URL."""

import argparse
import json
import signal
import sys
import threading
from typing import Any, NoReturn

from .behaviour import Behaviour, checked_changes
from .double import ACCOUNT, BedrockDouble
from .job_events import EventBridgeBus
from .metrics_writer import S3MetricsStore
from .server import LOOPBACK, BedrockServer

_SECONDS = ("training_seconds", "stopping_seconds")


def main() -> int:
    """Serve until SIGINT or SIGTERM; return the exit status."""
    options = _options()
    given = {name: getattr(options, name) for name in _SECONDS if getattr(options, name) is not None}
    behaviour = Behaviour(**{**options.behaviour, **given})
    done = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: done.set())
    try:
        store = S3MetricsStore(options.s3_url) if options.s3_url else None
        bus = EventBridgeBus(options.events_url) if options.events_url else None
        double = BedrockDouble(behaviour=behaviour, account=options.account, store=store, bus=bus)
        server = BedrockServer(double, port=options.port, host=options.host)
    except OSError as error:
        reason = (
            f"it cannot listen on port {options.port} of {options.host} ({error.strerror}); choose another "
            "--port or --host"
        )
        sys.stderr.write(f"The Bedrock double cannot start: {reason}.\n")
        return 1
    with server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        done.wait()
    return 0


def _behaviour(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
        return checked_changes(document) if isinstance(document, dict) else _refuse(text)
    except json.JSONDecodeError:
        _refuse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _refuse(text: str) -> NoReturn:
    raise argparse.ArgumentTypeError(
        f"must be a JSON object with fields of Behaviour, got {text!r}"
    ) from None


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m constructs_lib.testing.bedrock", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port to listen on; default: any free port")
    parser.add_argument(
        "--host",
        default=LOOPBACK,
        help="the address to listen on; 0.0.0.0 lets containers call the double; default: only this machine",
    )
    parser.add_argument(
        "--account", default=ACCOUNT, help="12 digits, for callers whose access key is not an account"
    )
    parser.add_argument(
        "--s3-url",
        help="the endpoint of an emulator of S3, to which metrics files are written; default: they are not",
    )
    parser.add_argument(
        "--events-url",
        help="the endpoint of an emulator of EventBridge that accepts the source aws.bedrock, to which the "
        "events of jobs are sent; default: they are not",
    )
    parser.add_argument("--behaviour", type=_behaviour, default={}, help="fields of Behaviour as JSON")
    for name in _SECONDS:
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, help=f"see Behaviour.{name}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
