# Two commands for a newcomer: `make deploy-local` and `make test`. Both set up everything they need.

# The first that starts and is new enough; only asked for while .venv is made.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3.14 python3 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
BIN := $(CURDIR)/.venv/bin
# The tools of the checkout come first: jsii starts the `node` that it finds.
export PATH := $(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1

READY := .venv/ready node_modules/ready

.PHONY: help deploy-local stop-local test test-all lint types imports unit local bench soak apps matrix release-check wheel lock clean

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deploy-local: $(READY) ## Deploy a job file (JOB=path) to a local AWS; KEEP=1 leaves it running, DESTROY=1 goes on to destroy
	@$(BIN)/python -m constructs_lib.testing.deploy_local \
		$(if $(JOB),--job "$(JOB)") $(if $(filter 1,$(KEEP)),--keep) $(if $(filter 1,$(DESTROY)),--destroy)

stop-local: $(READY) ## Stop what KEEP=1 left running
	@$(BIN)/python -m constructs_lib.testing.deploy_local --stop

test: $(READY) lint types imports unit ## Everything that must pass

test-all: test soak apps matrix ## What must pass, 20,000 random histories of a stack, and every Python of this machine

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy
	MYPYPATH=lambda:constructs_lib $(BIN)/mypy -p customization_job
	cd examples/platform && $(BIN)/mypy
	node_modules/.bin/pyright --project tests/typing
	node_modules/.bin/pyright --project examples/platform

imports: $(READY)
	PYTHONPATH=lambda $(BIN)/lint-imports

unit: $(READY)
	$(BIN)/pytest -n auto --dist worksteal

bench: $(READY) ## Measure the figures that the README quotes
	$(BIN)/python bench/run.py

soak: $(READY) ## Drive the lifecycle through SEQUENCES random sequences of events (default 20000)
	LIFECYCLE_SEQUENCES=$(or $(SEQUENCES),20000) $(BIN)/pytest tests/lambda_/test_lifecycle_machine.py -q

matrix: $(READY) ## Run the tests on every Python of this machine, and with the lowest versions (TESTS=arguments of pytest)
	$(BIN)/python -m tools.matrix $(TESTS)

apps: $(READY) ## Synthesize the apps that `make bench` measures
	@for app in bench/apps/*.py; do echo $$app; \
		CDK_OUTDIR=.matrix/cdk.out $(BIN)/python $$app || exit 1; done

release-check: $(READY) ## Build what a release publishes into dist/, twice, and check it; publishes nothing
	$(BIN)/python -m tools.release

wheel: $(READY) ## Build the wheel into dist/
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

lock: ## Renew the lock files from pyproject.toml and package.json
	uv pip compile pyproject.toml --extra testing --group dev --universal --python-version 3.11 --generate-hashes --no-header --upgrade -o requirements.lock
	uv pip compile pyproject.toml --extra testing --resolution lowest-direct --universal --python-version 3.11 --generate-hashes --no-header --upgrade -o requirements-lowest.lock
	npm install --package-lock-only

clean: ## Remove everything that git does not hold
	git clean -xdf

.venv/tools: requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found; install it (Debian, Ubuntu: apt install python3 python3-venv), or name one with PYTHON=path." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "$(PYTHON) is not Python 3.11 or newer; install one, or name one with PYTHON=path." >&2; exit 1; }
	@rm -rf .venv
	@echo "setting up .venv (Python, Node and tools, about a minute the first time)"
	@$(PYTHON) -m venv .venv || { echo "$(PYTHON) has no venv; install it (Debian, Ubuntu: apt install python3-venv)." >&2; rm -rf .venv; exit 1; }
	@$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements.lock \
		|| { echo "pip could not install requirements.lock; check that the Python package index can be reached, then run make again." >&2; exit 1; }
	@touch $@

.venv/ready: .venv/tools pyproject.toml
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

node_modules/ready: package-lock.json package.json .venv/tools
	@echo "setting up node_modules (the CDK CLI)"
	@$(BIN)/npm ci --silent --no-fund --no-audit \
		|| { echo "npm could not install package-lock.json; check that the npm registry can be reached, then run make again." >&2; exit 1; }
	@touch $@
