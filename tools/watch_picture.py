"""Draw docs/images/watch.svg: what `bedrock-customize watch` shows in a terminal while a job is trained."""

from __future__ import annotations

import io
import os
import re
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from constructs_lib.cli.watch_view import Picture
from constructs_lib.monitoring.aws_access import AwsAccess
from constructs_lib.monitoring.job_targets import JobTarget
from constructs_lib.monitoring.metrics import Metrics, parse_metrics
from constructs_lib.monitoring.watching import MetricsReader, WatchedJob, watch
from constructs_lib.testing.bedrock import BedrockDouble, Clock

if TYPE_CHECKING:
    from constructs_lib.testing.bedrock import BedrockClient, MetricsFile

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "watch.svg"
WIDTH = 88
LOOKED = 2 * 3600 + 12 * 60  # seconds after the job was created
BEGAN = 1_767_261_720.0  # 2026-01-01T10:02:00Z
_WEB_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


@dataclass(frozen=True)
class StillClock:
    """The clock of the double as the console's clock."""

    clock: Clock

    def now(self) -> datetime:
        """Return the time of day."""
        return datetime.fromtimestamp(self.clock.now(), UTC)

    def monotonic(self) -> float:
        """Return the seconds since 1970."""
        return self.clock.now()

    def sleep(self, seconds: float) -> None:
        """Advance the clock."""
        self.clock.advance(seconds)


@dataclass(frozen=True)
class DoubleSession:
    """A boto3 session whose Bedrock is the double."""

    double: BedrockDouble

    def client(self, _service: str, **_: object) -> BedrockClient:
        """Return a client of the double."""
        return self.double.client()


@dataclass(frozen=True)
class Files:
    """The metrics files that the double has written."""

    written: dict[str, bytes] = field(default_factory=dict)

    def put(self, file: MetricsFile) -> None:
        """Keep a file."""
        self.written[file.key] = file.body


def picture() -> str:
    """Look once at a job that is trained, and return the picture of the terminal."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    files = Files()
    double = BedrockDouble(clock=Clock.still(BEGAN), store=files)
    double.configure(training_seconds=3 * 3600, metrics_files="during")
    created = double.call(
        "CreateModelCustomizationJob",
        {
            "jobName": "Tickets-Triage-60d62fdce33e",
            "customModelName": "Tickets-Triage-60d62fdce33e",
            "customizationType": "FINE_TUNING",
            "roleArn": "arn:aws:iam::000000000000:role/Triage",
            "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
            "trainingDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/train.jsonl"},
            "outputDataConfig": {"s3Uri": "s3://amzn-s3-demo-bucket/output/"},
            "hyperParameters": {"epochCount": "4"},
        },
    )
    double.clock.advance(LOOKED)
    target = JobTarget(
        identifier=created["jobArn"],
        region="us-east-1",
        stack="Tickets",
        stack_status="CREATE_COMPLETE",
        resource="TriageF8A5E379",
    )
    clock = StillClock(double.clock)
    watched = WatchedJob(AwsAccess(session=DoubleSession(double), region="us-east-1"), lambda _: target)
    reader = MetricsReader(watched.client)
    observation = next(watch(watched.look, clock, every=60))
    reader.metrics = Metrics.of({key: parse_metrics(body, key) for key, body in files.written.items()})
    double.clock.advance(3)
    console = Console(
        record=True,
        width=WIDTH,
        height=40,
        file=io.TextIOWrapper(io.BytesIO(), encoding="utf-8"),
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
    )
    view = Picture(clock, console, reader)
    view.show(observation)
    console.print(Text.assemble(("$ ", "dim"), "bedrock-customize watch --stack Tickets"))
    console.print(view.render())
    drawn = console.export_svg(title="bedrock-customize watch", unique_id="watch")
    return _WEB_FONTS.sub("", drawn)  # the picture loads nothing; the reader's own monospace font will do


def main() -> None:
    """Write the picture; with --check, only check whether it is up to date."""
    drawn = picture()
    if "--check" in sys.argv:
        sys.exit(
            0 if PICTURE.read_text() == drawn else f"{PICTURE} is out of date; run tools/watch_picture.py"
        )
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawn)
    print(f"wrote {PICTURE}")


if __name__ == "__main__":
    main()
