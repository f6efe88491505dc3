#!/usr/bin/env bash
# The first five minutes of a person who has Python, make and git: each step is what they type, in an empty folder
# with an empty home, and is followed by what they must be able to read. It runs on what is committed.
# `make newcomer` runs it; KEEP_FILES=1 keeps the folder, and AT_END=1 prints everything at the end. Without git, or
# in the sources of a release, which are no repository, the files are copied instead of cloned.
set -euo pipefail

if [ -z "${NEWCOMER_CHECKOUT:-}" ]; then
  checkout=$(cd "$(dirname "$0")/../.." && pwd)
  folder=$(mktemp -d)
  mkdir "$folder/home" "$folder/first five minutes"
  # With the settings of this person, who may have to tell git that the checkout is theirs.
  if git clone --quiet --bare "$checkout" "$folder/library.git" 2>/dev/null; then
    get=(git clone --quiet "$folder/library.git" library)
  else
    made=(.venv node_modules .matrix .local-aws .git dist cdk.out .mypy_cache .ruff_cache .pytest_cache)
    tar -C "$checkout" "${made[@]/#/--exclude=./}" -cf "$folder/library.tar" .
    get=(bash -c 'mkdir library && tar -C library -xf "$0"' "$folder/library.tar")
  fi
  # The package index, the proxy and the certificates of a company stay; nothing else of this person's settings does.
  network=()
  while IFS= read -r variable; do network+=("$variable"); done < <(
    env | grep -iE '^(pip|npm_config|ssl_cert|requests_ca|node_extra_ca)_[a-z_]*=|^(https?|no)_proxy=' || true
  )
  # Without the tools of the checkout that `make` puts on the PATH: it is set up at the same time.
  path=$(printf '%s' "$PATH" | tr ':' '\n' | grep -vF "$checkout" | paste -sd: -)
  as_a_newcomer() {
    cd "$folder/first five minutes"
    # PIP_COMPILE: Python compiles what is imported; to compile everything takes a minute more.
    env -i HOME="$folder/home" PATH="$path" PIP_COMPILE=no NEWCOMER_CHECKOUT="$checkout" ${network[@]+"${network[@]}"} \
      bash "$checkout/tests/newcomer/first_five_minutes.sh" "${get[@]}"
  }
  status=0
  if [ -n "${AT_END:-}" ]; then
    said=$(as_a_newcomer 2>&1) || status=$?
    printf '\n%s\n' "$said"
  else
    (as_a_newcomer) || status=$?
  fi
  if [ -n "${KEEP_FILES:-}" ]; then echo "the files are in $folder"; else rm -rf "$folder"; fi
  exit "$status"
fi

started=$SECONDS
here=$PWD
library="$here/library"
said="$here/said"
trap '[ ! -e "$library/Makefile" ] || make -C "$library" stop-local >/dev/null 2>&1 || true' EXIT

step() { # TEXT COMMAND... runs a command; its output is kept, and shown where it fails
  printf '%-66s' "$1" && shift
  local begin=$SECONDS
  if ! "$@" >"$said" 2>&1; then
    printf 'failed after %d s:\n' $((SECONDS - begin)) && cat "$said" && exit 1
  fi
  printf '%4d s\n' $((SECONDS - begin))
}

refused() { # TEXT COMMAND... runs a command that must end with exit status 1
  printf '%-66s' "$1" && shift
  local status=0
  "$@" >"$said" 2>&1 || status=$?
  [ "$status" = 1 ] || { printf 'ended with %d:\n' "$status" && cat "$said" && exit 1; }
  printf '   ok\n'
}

reads() { # PATTERN... the output of the last step has a line that matches each pattern
  local pattern
  for pattern in "$@"; do
    grep -qE -- "$pattern" "$said" || { printf 'no line matches: %s\nthe output was:\n' "$pattern" && cat "$said" && exit 1; }
  done
}

once() { # PATTERN the output of the last step has exactly one line that matches
  [ "$(grep -cE -- "$1" "$said")" = 1 ] || { printf 'not exactly one line matches: %s\nthe output was:\n' "$1" && cat "$said" && exit 1; }
}

lacks() { # PATTERN... no line of the output of the last step matches
  local pattern
  for pattern in "$@"; do
    if grep -qE -- "$pattern" "$said"; then printf 'a line matches: %s\nthe output was:\n' "$pattern" && cat "$said" && exit 1; fi
  done
}

arn='arn:aws:bedrock:us-east-1:000000000000:model-customization-job/[a-z0-9.:-]+/[a-z0-9]{12}'

# The first environment: a checkout.
step "get the library ($1)" "$@"
cd library
step 'make deploy-local, and what it sets up' make deploy-local
reads "CustomizationJobArn = $arn" 'InProgress' 'training data should have at least 100 records' \
  'a deploy would start a job, because it is new' '"epochCount": "2"' 'total \.+ [0-9.]+ s'
once "$arn"
lacks '[Tt]raceback' '[Dd]eprecat' 'npm warn'
size=$(($(du -sk .venv node_modules | awk '{ sum += $1 } END { print sum }') / 1024))
printf '%-66s%4d MB\n' 'what it has set up' "$size"
[ "$size" -le 600 ] || { echo 'more than 600 MB' && exit 1; }

# The CDK's own rules take three seconds of each synthesis; the first of each environment has them.
export CDK_VALIDATION=false
step 'make deploy-local KEEP=1' make deploy-local KEEP=1
reads "$arn" '\. \.local-aws/env' 'local status'
sed -i.bak 's/epochCount: .*/epochCount: "3"/' examples/fine-tune-nova.yaml && rm examples/fine-tune-nova.yaml.bak
step 'make deploy-local KEEP=1, with another epoch count' make deploy-local KEEP=1
reads 'epochCount changes from "2" to "3"' 'is stopped' '"epochCount": "3"'
lacks 'start the local AWS' 'bootstrap'
step 'boto3 in a shell after . .local-aws/env' bash -c '. .local-aws/env && .venv/bin/python -c "
import boto3
for job in boto3.client(\"bedrock\").list_model_customization_jobs()[\"modelCustomizationJobSummaries\"]:
    print(job[\"status\"])"'
reads 'InProgress' 'Stopped'
step 'bedrock-customize local complete, local status' bash -c '.venv/bin/bedrock-customize local complete && .venv/bin/bedrock-customize local status'
reads 'Completed' 'BedrockFineTuneNova'
step 'make stop-local' make stop-local
step 'make wheel' make wheel
wheel=$(echo "$library"/dist/*.whl)

# The second environment: pip and npm alone, and a command from the AWS CLI's documentation.
unset CDK_VALIDATION
mkdir "$here/job" && cd "$here/job"
step 'python -m venv; pip install WHEEL[local]' bash -c \
  '"$0" -m venv .venv && .venv/bin/pip install --quiet "$1[local]"' "$library/.venv/bin/python" "$wheel"
lacks 'ERROR' '[Ww]arning'
PATH="$PWD/.venv/bin:$PATH"
cp "$library/examples/fine-tune-nova.jsonl" train.jsonl
cat >command.txt <<'COMMAND'
aws bedrock create-model-customization-job \
  --region us-east-1 --profile training \
  --job-name tickets-1 \
  --custom-model-name tickets \
  --role-arn arn:aws:iam::000000000000:role/Training \
  --base-model-identifier amazon.nova-lite-v1:0:300k \
  --hyper-parameters epochCount=2,learningRate=0.00001 \
  --training-data-config s3Uri=s3://amzn-s3-demo-bucket/tickets/train.jsonl \
  --output-data-config s3Uri=s3://amzn-s3-demo-output/tickets/
COMMAND
step 'bedrock-customize from-cli' bedrock-customize from-cli command.txt --out job.yaml
reads '--region' '--profile'
step 'bedrock-customize check' bedrock-customize check job.yaml
refused 'bedrock-customize deploy, without a CDK CLI' bedrock-customize deploy job.yaml --local
reads 'npm install -g aws-cdk@2'
step 'npm install -g aws-cdk@2' npm install --silent -g aws-cdk@2
step 'bedrock-customize deploy --local' bedrock-customize deploy job.yaml --local
reads "$arn" 'jobName +tickets-1' 'InProgress' 's3://amzn-s3-demo-bucket/tickets/train.jsonl'
refused 'bedrock-customize deploy, without credentials' bedrock-customize deploy job.yaml --region us-east-1
reads 'aws configure sso'
lacks '[Tt]raceback'

# The same environment, with a project: docs/testing.md, which names the variable. That [testing] needs no more than [local] is a test of its own.
mkdir "$here/project" && cd "$here/project"
export CDK_VALIDATION=false
step 'pip install WHEEL[testing] pytest syrupy' pip install --quiet "$wheel[testing]" pytest syrupy
lacks 'ERROR' '[Ww]arning'
step 'npm install aws-cdk@2' npm install --silent aws-cdk@2
python - "$library/docs/testing.md" <<'FILES'
import re, sys
for name, code in re.findall(r"`(\w+\.py)`:\n\n```python\n(.*?)```\n", open(sys.argv[1]).read(), re.DOTALL):
    open(name, "w").write(code)
FILES
step 'pytest --snapshot-update, then pytest' bash -c 'pytest -q -W error --snapshot-update && pytest -q -k template'
reads '1 snapshot generated' '1 snapshot passed' '[0-9]+ passed'
lacks 'failed' '[Ww]arning'

printf 'the first five minutes, %d s\n' $((SECONDS - started))
