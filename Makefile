# Two commands for a newcomer: `make deploy-local` and `make test`. Each sets up what it needs: the first what deploys,
# the second adds to the same folders what tests.
# Written for GNU make 3.81, which macOS has, and for a folder with any name: recipes use relative paths.

# The first that starts and is new enough; only asked for while .venv is made.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3.14 python3 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
BIN := .venv/bin
# Not that of a folder that was moved or copied, or whose Python is gone: its programs name their old place.
VENV_WORKS := $(shell grep -qsF "$$(pwd -P)/.venv/bin/" .venv/bin/pip && .venv/bin/python -I -S -c '' 2>/dev/null && echo works)
# Tools of an older lock: .venv is made again, because what the lock no longer names would stay in it.
OLD_TOOLS := $(shell test -e .venv/ready && test requirements.lock -nt .venv/ready && echo old)
# The tools of the checkout come first: jsii starts the `node` that it finds.
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1
# Also where a shell or an image says otherwise: what Python compiles is kept for the thousand times that it is started.
export PYTHONDONTWRITEBYTECODE :=

# What deploys; with what tests.
DEPLOYS := .venv/library node_modules/cdk
READY := .venv/ready node_modules/ready
# The notice of mkdocs-material is about another tool.
DOCS := NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs
TO_AWS = $(if $(PROFILE),--profile "$(PROFILE)") $(if $(REGION),--region "$(REGION)") $(if $(filter 1,$(YES)),--yes)

.PHONY: help deploy-local stop-local deploy destroy test test-all lint types platform-types imports unit thorough newcomer \
	docs docs-serve bench soak matrix apps release-check wheel lock clean FORCE

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

deploy-local: $(DEPLOYS) ## Deploy a job file (JOB=path) to a local AWS; KEEP=1 leaves it running, DESTROY=1 goes on to destroy
	@$(BIN)/bedrock-customize deploy "$(or $(JOB),examples/fine-tune-nova.yaml)" --local \
		$(if $(filter 1,$(KEEP)),--keep) $(if $(filter 1,$(DESTROY)),--destroy)

stop-local: $(DEPLOYS) ## Stop what KEEP=1 left running
	@$(BIN)/bedrock-customize local stop

deploy: $(DEPLOYS) ## Deploy a job file (JOB=path) to AWS; also PROFILE, REGION, STACK, REVISION, and YES=1 to confirm
	@$(BIN)/bedrock-customize deploy "$(or $(JOB),$(error name a job file with JOB=path))" $(TO_AWS) \
		$(if $(STACK),--stack "$(STACK)") $(if $(REVISION),--revision "$(REVISION)")

destroy: $(DEPLOYS) ## Destroy the stack of a job file (JOB=path, or STACK=name) in AWS; also PROFILE, REGION, YES=1
	@$(BIN)/bedrock-customize destroy $(if $(STACK),--stack "$(STACK)",$(if $(JOB),"$(JOB)")) $(TO_AWS)

# Two at once: a newcomer waits for downloads and deployments while the rest is set up and the other tests run, and says
# everything at its end. What a checkout cannot have at all is said before.
test: .venv/local ## Everything that must pass
	@AT_END=1 $(MAKE) --no-print-directory -j 2 lint types imports unit newcomer

test-all: test thorough platform-types soak apps matrix ## What must pass, 20,000 random histories of a stack, and every Python of this machine

lint: $(READY) ## Check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## Check types, with mypy and pyright
	$(BIN)/mypy
	MYPYPATH=lambda:constructs_lib $(BIN)/mypy -p customization_job
	$(BIN)/mypy -p tools.smoke
	cd examples/platform && ../../$(BIN)/mypy --config-file ../../pyproject.toml --cache-dir ../../.mypy_cache \
		--explicit-package-bases acme_training app.py tests
	node_modules/.bin/pyright --project tests/typing

# With the settings of `types`, which are as strict, mypy and pyright do not read the whole CDK again.
platform-types: $(READY) ## Check types in examples/platform as its developers do, with its own settings
	cd examples/platform && ../../$(BIN)/mypy
	node_modules/.bin/pyright --project examples/platform

imports: $(READY) ## Check which folder imports which
	PYTHONPATH=lambda $(BIN)/lint-imports

unit: $(READY) .venv/compiled ## Run the tests, except those of `make thorough`
	$(BIN)/pytest -n auto --dist worksteal -m "not thorough"

thorough: $(READY) ## Test with old versions of what others install, and that the tests find mistakes
	$(BIN)/pytest -n auto --dist worksteal -m thorough

newcomer: ## Do what a new user does, on what is committed, in an empty folder with an empty home
	@bash tests/newcomer/first_five_minutes.sh

docs: $(READY) ## Build the documentation as a site into site/
	$(DOCS) build --strict

docs-serve: $(READY) ## Show the documentation as a site, and what is changed in it; only warns of broken links
	$(DOCS) serve --no-strict

bench: $(READY) ## Measure the figures of docs/speed.md
	$(BIN)/python bench/run.py

soak: $(READY) ## Drive the lifecycle through SEQUENCES random sequences of events (default 20000), and a sweep of 51 trials
	LIFECYCLE_SEQUENCES=$(or $(SEQUENCES),20000) $(BIN)/pytest tests/lambda_/test_lifecycle_machine.py -q
	SERVING_SEQUENCES=$(or $(SEQUENCES),10000) $(BIN)/pytest tests/lambda_/test_serving_machine.py -q
	WAITING_SEQUENCES=$(or $(SEQUENCES),10000) $(BIN)/pytest tests/lambda_/test_waiting_machine.py -q
	THROUGHPUT_SEQUENCES=$(or $(SEQUENCES),10000) $(BIN)/pytest tests/lambda_/test_throughput_machine.py -q
	PROMOTION_SEQUENCES=$(or $(SEQUENCES),20000) $(BIN)/pytest tests/lambda_/test_promotion_machine.py -q
	SWEEP_TRIALS=51 $(BIN)/pytest tests/local/test_sweep.py -q
	SWEEP_HISTORIES=$(or $(HISTORIES),200) $(BIN)/pytest tests/lambda_/test_sweep_simulation.py -q
	OTHER_EXAMPLES=1 $(BIN)/pytest tests/unit tests/contract tests/lambda_ -q -m hypothesis

matrix: $(READY) ## Run the tests on every Python of this machine, and with the lowest versions (TESTS=arguments of pytest)
	$(BIN)/python -m tools.matrix $(TESTS)

apps: $(READY) ## Synthesize the apps that `make bench` measures
	CDK_OUTDIR=.matrix/cdk.out $(BIN)/python bench/apps/ours.py 1
	CDK_OUTDIR=.matrix/cdk.out $(BIN)/python bench/apps/floor.py .matrix/cdk.out/Ours.template.json
	CDK_OUTDIR=.matrix/cdk.out $(BIN)/python bench/apps/step_functions.py 1

release-check: $(READY) ## Build what a release publishes into dist/, twice, and check it; publishes nothing
	$(BIN)/python -m tools.release

wheel: .venv/library ## Build the wheel into dist/
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

# The second has the versions of the first: what deploys in a checkout is what the tests deploy with.
lock: ## Renew the lock files from pyproject.toml and package.json
	uv pip compile pyproject.toml --extra testing --extra tables --extra tokenizers --extra plot --group dev --universal --python-version 3.11 --generate-hashes --no-header --upgrade -o requirements.lock
	uv pip compile pyproject.toml --extra local --group build --constraints requirements.lock --universal --python-version 3.11 --generate-hashes --no-header -o requirements-local.lock
	uv pip compile pyproject.toml --extra testing --extra tables --extra tokenizers --extra plot --resolution lowest-direct --universal --python-version 3.11 --generate-hashes --no-header --upgrade -o requirements-lowest.lock
	npm install --package-lock-only

clean: ## Remove what make has made; other files stay
	@sh tools/set_up.sh clean

.venv/local: requirements-local.lock $(if $(VENV_WORKS),,FORCE) $(if $(OLD_TOOLS),FORCE)
	@sh tools/set_up.sh make_venv "$(PYTHON)"
	@touch $@

.venv/library: .venv/local pyproject.toml
	@sh tools/set_up.sh install_library
	@touch $@

.venv/ready: .venv/library requirements.lock
	@sh tools/set_up.sh add_tools
	@touch $@

# Otherwise each worker of the first run would compile what tests import, and the tests.
.venv/compiled: .venv/ready
	@$(BIN)/pytest --collect-only -qq >/dev/null 2>&1 && touch $@ || true

# npm is in .venv; what it installs does not change with it.
node_modules/cdk: package-lock.json package.json | .venv/local
	@sh tools/set_up.sh make_node_modules "the CDK CLI" --omit=dev
	@touch $@

# Has what node_modules/cdk stands for, too: a checkout that only tests installs once.
node_modules/ready: package-lock.json package.json | .venv/local
	@sh tools/set_up.sh make_node_modules "the CDK CLI and pyright"
	@touch node_modules/cdk $@

FORCE:
