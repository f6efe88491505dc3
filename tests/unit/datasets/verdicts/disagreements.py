"""Where this library judges data otherwise than AWS's own validators, and why."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tests.unit.datasets.verdicts.ours import Disagreement


@dataclass(frozen=True)
class Listed:
    """A kind of disagreement that is meant.

    Args:
        direction: whether this library is stricter or milder.
        reason: why.
        source: what says so: key of the catalogue's sources, or a page of AWS.
        families: patterns for the families.
        rules: this library's rules that the data breaks. Default: any.
        refused_for: why AWS's validators refuse the data, those that do. Default: any.
        mutations: patterns for the names of the mutations. Default: all.
    """

    direction: Literal["stricter", "milder"]
    reason: str
    source: str
    families: tuple[str, ...]
    rules: tuple[str, ...] = ()
    refused_for: tuple[str, ...] = ()
    mutations: tuple[str, ...] = ("*",)

    def explains(self, found: Disagreement) -> bool:
        """Return whether a disagreement is of this kind."""
        reasons = {*found.reasons} - {"accepted"}
        return (
            found.direction == self.direction
            and (not self.rules or (bool(found.rules) and found.rules <= {*self.rules}))
            and (not self.refused_for or reasons <= {*self.refused_for})
            and any(fnmatchcase(found.family, pattern) for pattern in self.families)
            and any(fnmatchcase(found.mutation, pattern) for pattern in self.mutations)
        )


_API = "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_"
_NOVA, _DISTILLATION = "amazon-nova-samples/nova-validator", "amazon-bedrock-samples/distillation-validator"
_NOVA_PAGE, _NOVA_2_PAGE = "nova/fine-tune-prepare-data-understanding", "nova/nova-data-prep-sft-2"
_LOGS_PAGE = "https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html"
_RFT_PAGE, _PAGE = "nova/nova-data-prep-rft-2", "bedrock/model-customization-prepare"
_CONVERSATIONS = ("nova-lite", "nova-micro", "nova-2-lite")

_STRICTER = (
    Listed(
        "stricter",
        "A content block has exactly one of the types that the Converse API lists. AWS's script for Llama "
        "accepts any object; the Nova script and the SDK accept several types in one block.",
        f"{_API}ContentBlock.html",
        ("nova-lite", "nova-2-lite", "llama-3.2*"),
        ("content-block", "text-only", "images-only"),
    ),
    Listed(
        "stricter",
        "The model accepts text only, or images but no videos; AWS's script does not look at the model.",
        _PAGE,
        ("llama-3.2*",),
        ("text-only", "images-only", "media-role"),
    ),
    Listed(
        "stricter",
        "The page states the order of the roles; AWS's script does not look at it.",
        _PAGE,
        ("llama-3.2*",),
        ("roles-alternate", "roles-start-and-end"),
    ),
    Listed(
        "stricter",
        "The page lists the formats of images; AWS's script accepts any string.",
        _PAGE,
        ("llama-3.2-vision",),
        ("image-format",),
    ),
    Listed(
        "stricter",
        "The page states at least 100 records; AWS's script has no minimum.",
        _PAGE,
        ("llama-3.*",),
        ("total-records",),
    ),
    Listed(
        "stricter",
        "The page states at most 15,000 records; AWS's script has no maximum.",
        "nova/custom-distill-prepare",
        ("nova-distillation",),
        ("training-records",),
    ),
    Listed(
        "stricter",
        "A system text has at least one character; AWS's validators accept an empty one.",
        "api/SystemContentBlock",
        ("*",),
        ("empty-system-text",),
    ),
    Listed(
        "stricter",
        "The owner of a bucket is an account ID of 12 digits; AWS's validators accept any string.",
        f"{_API}S3Location.html",
        ("*",),
        ("field-type",),
        mutations=("*bucketOwner: empty", "*bucketOwner: blank"),
    ),
    Listed(
        "stricter",
        "An image is an object in a bucket; AWS's validators accept a bucket alone, or a name that no "
        "bucket can have.",
        f"{_API}S3Location.html",
        ("*",),
        ("media-uri",),
    ),
    Listed(
        "stricter",
        "A line end is no character of a name; a pattern that ends with $ accepts it.",
        _NOVA_PAGE,
        ("nova-*",),
        ("media-name",),
        mutations=(r"image uri *\n'",),
    ),
    Listed(
        "stricter",
        "By the guides, media is in the bucket of the dataset; AWS's validators do not compare buckets.",
        _NOVA_PAGE,
        ("nova-*",),
        ("media-bucket",),
    ),
    Listed(
        "stricter",
        "The guides limit the images and videos of a record; AWS's validators count those of each message.",
        _NOVA_PAGE,
        ("nova-*",),
        ("images-per-record", "videos-per-record"),
    ),
    Listed(
        "stricter",
        "A dataset has one kind of media; AWS's validators look at one message at a time.",
        _NOVA_PAGE,
        ("nova-lite",),
        ("media-mixed",),
    ),
    Listed(
        "stricter",
        "All records of a dataset are of one kind; AWS's validators look at one message at a time.",
        "bedrock/nova-2-sft-data-prep",
        ("nova-2-lite",),
        ("modality-mixed",),
    ),
    Listed(
        "stricter",
        "The SDK does not count documents; the Nova script accepts one in a record.",
        _NOVA,
        ("nova-2-lite",),
        ("documents-per-record",),
    ),
    Listed(
        "stricter",
        "Reasoning is text; AWS's validators ignore what is beside it.",
        "bedrock/nova-2-sft-data-prep",
        ("nova-2-lite",),
        ("reasoning-text-only",),
    ),
    Listed(
        "stricter",
        "The SDK does not look at the text of reasoning; the Nova script refuses an empty one.",
        _NOVA,
        ("nova-2-lite",),
        ("empty-text",),
        ("empty",),
    ),
    Listed(
        "stricter",
        "A message without content has nothing to train; the Nova script refuses it, the SDK does not.",
        _NOVA,
        _CONVERSATIONS,
        ("missing-field",),
        ("tools",),
    ),
    Listed(
        "stricter",
        "The guide lists [EOS] as reserved, and the SDK refuses it; in the Nova script's list a comma is "
        "missing beside it, so that the script does not find it.",
        _NOVA_PAGE,
        _CONVERSATIONS,
        ("reserved-words",),
        ("word",),
    ),
    Listed(
        "stricter",
        "Each line is a record; AWS's validators for Nova skip blank lines, all others refuse them.",
        _NOVA_PAGE,
        ("nova-lite", "nova-micro", "nova-2-*"),
        ("blank-line",),
    ),
    Listed(
        "stricter",
        "JSON has no byte order mark: the Nova script refuses it, the SDK skips it.",
        _NOVA,
        ("nova-lite", "nova-micro", "nova-2-*"),
        ("byte-order-mark",),
    ),
    Listed(
        "stricter",
        "The guide requires the content of a message; AWS's validators accept a message without it.",
        _RFT_PAGE,
        ("nova-2-lite-rft",),
        ("missing-field", "field-type"),
    ),
    Listed(
        "stricter",
        "The content is a text or a list of texts; the Nova script refuses lists, the SDK accepts any list.",
        _RFT_PAGE,
        ("nova-2-lite-rft",),
        ("content-block", "empty-text"),
        ("type",),
    ),
    Listed(
        "stricter",
        "The Nova script refuses reserved words in every format; the SDK does not look for them in this one.",
        _NOVA,
        ("nova-2-lite-rft",),
        ("reserved-words-unlisted",),
        ("word",),
    ),
    Listed(
        "stricter",
        "A log has the fields that Bedrock writes; AWS's script looks at nothing but the name of modelId and "
        "the messages of the user.",
        _LOGS_PAGE,
        ("*-logs",),
        ("missing-field", "field-type", "text-only"),
    ),
    Listed(
        "stricter",
        "The metadata of a request has at most 16 pairs of strings, of at most 256 characters; AWS's script "
        "does not look at it.",
        "bedrock/distillation-data-prep-option-2",
        ("*-logs",),
        ("request-metadata",),
    ),
)
_MILDER = (
    Listed(
        "milder",
        "The maximum is a quota that AWS can raise for an account; AWS's script has a fixed one.",
        _PAGE,
        ("llama-3.*",),
        ("total-records", "training-records"),
        ("count",),
    ),
    Listed(
        "milder",
        "The Nova 2 guide states at least 8 records; AWS's validators require 200.",
        _NOVA_2_PAGE,
        ("nova-2-lite",),
        ("training-records",),
        ("count",),
    ),
    Listed(
        "milder",
        "The guide describes conversations of several turns for Nova; AWS's script accepts one turn.",
        "bedrock/distillation-data-prep-option-1",
        ("nova-distillation", "nova-logs"),
        ("single-turn",),
        ("count", "order"),
    ),
    Listed(
        "milder",
        "Bedrock logs requests as they were made, and some APIs have a string as the content of a message; "
        "AWS's script fails on it.",
        _LOGS_PAGE,
        ("*-logs",),
        ("log-body",),
        ("media", "type"),
    ),
    Listed(
        "milder",
        "AWS's script leaves out a blank line at the end, and accepts the other lines.",
        _DISTILLATION,
        ("*-distillation", "*-logs"),
        ("blank-line-at-end",),
    ),
    Listed(
        "milder",
        "The API does not require the owner of a bucket; the SDK does.",
        f"{_API}S3Location.html",
        ("nova-lite", "nova-2-lite"),
        refused_for=("missing", "type"),
        mutations=("*bucketOwner: dropped", "*bucketOwner: null", "image without an owner*"),
    ),
    Listed(
        "milder",
        "A field that is null is the same as one that is left out; AWS's script for Llama wants a string.",
        f"{_API}S3Location.html",
        ("llama-3.2-vision",),
        refused_for=("type",),
        mutations=("*bucketOwner: null", "image and null*"),
    ),
    Listed(
        "milder",
        "A field that is null is the same as one that is left out. AWS's script accepts it, and then fails "
        "where it counts the characters of the text.",
        _PAGE,
        ("claude-3-haiku",),
        refused_for=("type",),
        mutations=("*system: null",),
    ),
    Listed(
        "milder",
        "The guide allows any version and does not require one; the SDK does.",
        _NOVA_PAGE,
        ("nova-lite", "nova-micro"),
        refused_for=("missing", "type"),
        mutations=("*schemaVersion: dropped", "*schemaVersion: null"),
    ),
    Listed(
        "milder",
        "The guides have records without tools, and the SDK accepts them; the Nova script requires tools.",
        _RFT_PAGE,
        ("nova-2-lite-rft",),
        refused_for=("missing", "type"),
        mutations=("*tools: dropped", "*tools: null", "*tools renamed*"),
    ),
    Listed(
        "milder",
        "The guides allow any format that the grader can read; AWS's validators accept a text or an object.",
        "bedrock/rft-prepare-data",
        ("nova-2-lite-rft",),
        ("reference-answer-type",),
        ("type",),
    ),
    Listed(
        "milder",
        "The SDK reads the role developer as system, and refuses it only where it is not the first message.",
        _RFT_PAGE,
        ("nova-2-lite-rft",),
        ("role-unlisted",),
        ("role", "order"),
    ),
)

DISAGREEMENTS = (*_STRICTER, *_MILDER)
