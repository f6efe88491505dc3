"""Run MiniStack so that it accepts the events of the Bedrock double; it is run as a file, not imported.

EventBridge refuses events with the source of an AWS service, and so does MiniStack, except from itself.
"""

from functools import partial

from ministack.app import main
from ministack.services import eventbridge

if __name__ == "__main__":
    eventbridge._put_events = partial(eventbridge._put_events, allow_aws_source=True)  # noqa: SLF001 - no setting
    main()
