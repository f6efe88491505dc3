#!/bin/sh
# Deploy the app with the fingerprint of the data: a job starts only where the data has changed.
#
#   sh retrain.sh s3://amzn-s3-demo-bucket/tickets/ [options of `bedrock-customize fingerprint`]
#
# The fingerprint is made first, and not within the second command: there the shell would ignore that it failed.
set -eu

data=${1:?name the S3 URI of the data, with a slash at its end}
shift

revision=$(bedrock-customize fingerprint "$data" "$@") || {
    status=$?
    [ "$status" -ne 3 ] || exit 0  # too few new records
    exit "$status"
}
cdk deploy --app "python $(dirname "$0")/app.py" --require-approval never \
    --context "data=$data" --context "revision=$revision"
