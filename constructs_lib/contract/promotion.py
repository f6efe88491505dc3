"""What decides whether a new model is promoted: the policy in the template, and the records in S3.

The records are facts that are written once. Each is an object below the prefix of the policy's store, and its
name begins with the id of the model, which is the last part of the model's ARN.
"""

from __future__ import annotations

from enum import Enum

PROMOTION_PROPERTY = "Promotion"
"""The policy of a published model or of a deployment: an object with the members below."""

CONDITIONS_MEMBER = "Conditions"
"""The conditions in the order in which they are asked: objects with `Type` and the members of their type."""

WHEN_UNSURE_MEMBER = "WhenUnsure"
"""What an unsure answer means: `KEEP`, `ASK` or `PROMOTE`."""

STORE_MEMBER = "Store"
"""Where the records are: `Bucket` and `Prefix`, which belongs to the one resource and ends with a slash."""

STATE_MACHINE_MEMBER = "StateMachine"
"""The state machine that asks again; left out where a look of the stack's rule can do everything."""

BAKE_MEMBER = "Bake"
"""Which alarms take a new model back, and how long: `Alarms`, `Seconds`, `MinimumInvocations`."""

EVENTS_MEMBER = "Events"
"""`true` where a rule of the stack waits for the events below; left out where none does."""

BUCKET_MEMBER, PREFIX_MEMBER, TYPE_MEMBER = "Bucket", "Prefix", "Type"
ALARMS_MEMBER, SECONDS_MEMBER, MINIMUM_INVOCATIONS_MEMBER = "Alarms", "Seconds", "MinimumInvocations"

VALIDATION_LOSS, TRAINING_LOSS = "ValidationLoss", "TrainingLoss"
"""Types with `Margin` and, where a loss has an absolute limit, `AtMost`."""

ANSWERS = "Answers"
"""The type with `Data` (an S3 URI), `Score`, `Margin`, `Confidence`, `MaxTokens` and, where the score has an
absolute limit, `AtLeast`."""

FUNCTION = "Function"
"""The type with `FunctionArn`."""

APPROVED = "Approved"
"""The type with `Seconds`, after which nobody can approve any more, and perhaps `TopicArn`."""

MARGIN_MEMBER, AT_MOST_MEMBER, AT_LEAST_MEMBER = "Margin", "AtMost", "AtLeast"
DATA_MEMBER, SCORE_MEMBER, CONFIDENCE_MEMBER, MAX_TOKENS_MEMBER = "Data", "Score", "Confidence", "MaxTokens"
FUNCTION_ARN_MEMBER, TOPIC_ARN_MEMBER = "FunctionArn", "TopicArn"


class WhenUnsure(Enum):
    """What happens to a model if a condition of its promotion cannot be answered with yes or no.

    Losses may not be comparable, records may be too few, or a function may have failed. The record of the
    decision has the reason.
    """

    KEEP = "Keep"
    """What serves keeps serving; the model is not promoted. The default."""

    ASK = "Ask"
    """A person decides, as with `PromoteIf.approved`; nobody does within 14 days: it is not promoted."""

    PROMOTE = "Promote"
    """The model is promoted, unless another condition says no."""


KEEP, ASK, PROMOTE = (one.value for one in WhenUnsure)


class Score(Enum):
    """How one answer of a model is compared with the answer of the record; each gives 0 to 1."""

    EXACT_MATCH = "ExactMatch"
    """1 if both are the same text. The default; for labels and short answers."""

    TOKEN_F1 = "TokenF1"  # noqa: S105 - no password
    """The harmonic mean of precision and recall of their words; for extracted passages."""

    JSON_EQUAL = "JsonEqual"
    """1 if both are the same JSON value, in whatever order its members are; for extracted fields."""

    JSON_VALID = "JsonValid"
    """1 if the answer is JSON at all; the answer of the record is not looked at."""


EXACT_MATCH, TOKEN_F1, JSON_EQUAL, JSON_VALID = (one.value for one in Score)
"""How one answer is scored, from 0 to 1."""

APPROVED_TAG = "cdk-bedrock-customization:approved"
"""The tag of a custom model by which a person approves or rejects it; the function must not set it."""

APPROVED_VALUE, REJECTED_VALUE = "approved", "rejected"

APPROVAL_NOTE_TAG = "cdk-bedrock-customization:approval-note"
"""The tag of a custom model with what the person has written about it; nothing is decided by it."""

CANDIDATE_TAG = "cdk-bedrock-customization:candidate"
"""The tag of a deployment that exists only to be asked; its value is the model's ARN's last part."""

POLICY_NAME = "policy.json"
"""The object with the policy, as the resource's last event had it."""

VERDICT_END, WITHDRAWN_END, BAKED_END, PROGRESS_END = (
    ".json",
    ".withdrawn.json",
    ".baked.json",
    ".progress.json",
)
"""What follows the id of the model in the names of its records."""

PROMOTED, REJECTED = "promoted", "rejected"
"""The two verdicts."""

PROMOTION_STORES_PROPERTY = "PromotionStores"
"""A property of a job's resource: the stores of all that promotes models of the job, as objects with `Bucket`
and `Prefix`. A model that one of them still needs is not deleted while the stack exists. Adding, changing or
removing the property starts no job."""

RESOURCE_DIMENSION = "Resource"
"""The dimension, beside `Stack`, with the logical id of the resource of what serves."""

PROMOTED_METRIC, REJECTED_METRIC, WITHDRAWN_METRIC = "Promoted", "Rejected", "Withdrawn"
"""Metrics in the namespace of those of jobs: 1 when it happens. Events have them as their status."""

UNDECIDED_STATUS = "Undecided"
"""The status of the event that a person must decide about a model."""

EVENT_SOURCE, EVENT_DETAIL_TYPE = "cdk-bedrock-customization", "Model Promotion State Change"
"""Events of the default bus, whose detail has `stackId`, `resource`, `status`, `modelArn`, `otherModelArn`
and `reason`."""


def model_id(model_arn: str) -> str:
    """Return the id of a custom model: the last part of its ARN.

    Args:
        model_arn: the model's ARN.
    """
    return model_arn.rpartition("/")[2]
