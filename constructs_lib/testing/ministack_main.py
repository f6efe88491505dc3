"""Run MiniStack closer to AWS than it is by itself; it is run as a file, not imported.

EventBridge refuses events with the source of an AWS service, and so does MiniStack, except from itself: here
it takes those of the Bedrock double. CloudFormation cleans up after an update, and then deletes what has left
the template or was replaced; MiniStack does that too, but does not say so in the stack's status.
"""

from collections.abc import Callable
from functools import partial

from ministack.app import main
from ministack.services import cloudformation, eventbridge
from ministack.services.cloudformation import stacks


def _delete(
    delete: Callable[..., object], kind: str, physical_id: str, properties: object, *names: str
) -> object:
    """Delete a resource; where an update does, the stack's status says first that it cleans up.

    Args:
        delete: deletes it.
        kind: its type.
        physical_id: its physical id.
        properties: its properties.
        *names: the name of its stack, and its logical id.
    """
    stack = cloudformation._stacks.get(names[0])  # noqa: SLF001 - MiniStack has no hook for it
    if stack and stack["StackStatus"] == "UPDATE_IN_PROGRESS":
        stack["StackStatus"] = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    return delete(kind, physical_id, properties, *names)


if __name__ == "__main__":
    eventbridge._put_events = partial(eventbridge._put_events, allow_aws_source=True)  # noqa: SLF001 - no setting
    stacks._delete_resource = partial(_delete, stacks._delete_resource)  # noqa: SLF001 - no setting
    main()
