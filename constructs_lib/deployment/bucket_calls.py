"""Why a call to a bucket of S3 failed, in one sentence that says what to permit or to correct."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from .aws_calls import AwsCallError, aws_calls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .aws_calls import Client

LIST_BUCKET, GET_OBJECT = "s3:ListBucket", "s3:GetObject"

_DENIED = ("AccessDenied", "AllAccessDisabled", "403")
_OF_OTHER_REGIONS = (
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
)


@contextmanager
def bucket_calls(
    s3: Client, bucket: str, key: str = "", *, action: str, failed: str, role: str = ""
) -> Iterator[None]:
    """Raise what boto3 raises in the block, with what has to be permitted or corrected.

    Args:
        s3: a boto3 client of S3.
        bucket: the bucket's name.
        key: the object's key. Default: the call is about the bucket.
        action: the IAM action of the calls, such as `s3:GetObject`.
        failed: what then cannot be done, as a sentence without its end.
        role: what the bucket is for, such as `to which the job writes`. Default: nothing is said of it.

    Raises:
        AwsCallError: a call failed.
    """
    with aws_calls():
        try:
            yield
        except s3.exceptions.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            message = str(error.response.get("Error", {}).get("Message", ""))
            if code in _DENIED:
                arn = f"arn:{s3.meta.partition}:s3:::{bucket}{'/' * bool(key)}{key}"
                needed = f"{action} on {arn}"
                if "kms:" in message:
                    needed = f"kms:Decrypt on the key of the bucket {bucket}"
                raise AwsCallError(
                    f"{failed}: {needed} is not permitted; ask whoever manages the permissions of these "
                    f"credentials. AWS: {message}",
                    is_denied=True,
                    code=code,
                ) from None
            if code == "NoSuchBucket":
                meant = f", {role}," if role else ""
                sentence = f"The bucket {bucket}{meant} does not exist."
                raise AwsCallError(sentence, code=code) from None
            if code in _OF_OTHER_REGIONS:
                raise AwsCallError(
                    f"The bucket {bucket} is not in {s3.meta.region_name}, and S3 does not say where it is; "
                    f"AWS: {message}",
                    code=code,
                ) from None
            raise
