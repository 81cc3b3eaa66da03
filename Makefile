# Each file is made from those it is listed behind; an edit makes anew what depends on it, and nothing else.
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help setup data train evaluate run check-model coverage bombs fuzz ablation peers flags retraining soak docs test test-wheel test-spark bench bench-spark lint format clean anew
.PHONY: test-pages screenshots bench-report walk mutation

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

KNOWLEDGE := $(shell find data/knowledge -name '*.toml')
FLAGS := data/challenge/red_flags.jsonl
CHALLENGE := $(sort $(wildcard data/challenge/*.jsonl) $(FLAGS))
TEXT := $(wildcard pipeline/legcause/text/*.py)
SYNTHESIS := $(wildcard pipeline/legcause/synthesis/*.py) $(wildcard pipeline/legcause/knowledge/*.py)
TRAINING := $(wildcard pipeline/legcause/training/*.py pipeline/legcause/training/*.css pipeline/legcause/training/*.md) $(wildcard pipeline/legcause/inference/*.py)
DATASET := data/synthetic/complaints.parquet
METRICS := models/metrics.json

help:  ## Show these targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: $(READY)  ## Make the environment in .venv and install legcause into it.

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

data: $(DATASET)  ## Write the synthetic data set from the knowledge base.

$(DATASET): $(KNOWLEDGE) $(TEXT) $(SYNTHESIS) | $(READY)
	$(BIN)/legcause generate -o $@

train: $(METRICS)  ## Train the model anew where something has changed. LABELLED=FILE: on it too. FORCE=1: take a worse one.

# A labelled file may be older than the model, and a refused model is not there yet: both are trained whenever they are asked for.
$(METRICS): $(DATASET) $(CHALLENGE) $(TEXT) $(TRAINING) $(if $(LABELLED)$(FORCE),anew) | $(READY)
	$(BIN)/legcause train --data $(DATASET) -o models $(addprefix --labelled ,$(LABELLED)) $(if $(FORCE),--force)

anew:

# The gate of training loses no red flag: it reads every case that there is.
$(FLAGS): tests/cases/red_flags_blind.jsonl
	cat $^ > $@

ifdef LABELLED
evaluate: $(DATASET) | $(READY)
	$(BIN)/legcause evaluate $(LABELLED) --cross-validate
else
evaluate: | $(READY)  ## Score the model on the challenge set and write its page. LABELLED=FILE: score that, by cross-validation.
	$(BIN)/legcause evaluate $(CHALLENGE) --page models
endif

run: | $(READY)  ## Classify the examples with the model in models/ and write results/.
	@mkdir -p results
	@for kind in txt csv jsonl parquet; do \
	  echo "== examples/complaints.$$kind"; \
	  $(BIN)/legcause classify examples/complaints.$$kind -o results/complaints_$$kind.jsonl --force || exit 1; \
	done
	@echo "== examples/letters/"; $(BIN)/legcause classify examples/letters -o results/letters.csv --force

check-model: | $(READY)  ## Train from a clean start and compare with the model in models/.
	$(BIN)/python -m pytest -m retrain tests

ablation: $(DATASET)  ## What each part brings, and the learning curve (10 minutes).
	$(BIN)/python benchmarks/ablation.py $(LABELLED)

peers: $(DATASET)  ## Compare with scikit-learn's own pipeline and with sentence embeddings (installs the extra compare).
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,compare]'
	$(BIN)/python benchmarks/peers.py $(LABELLED)

bench: $(DATASET)  ## Whole commands against fastText, scikit-learn and wc (15 minutes; installs the extra bench).
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	$(BIN)/python benchmarks/speed.py

flags: | $(READY)  ## How the red flags do on the cases of two authors that nothing was fitted on.
	$(BIN)/python benchmarks/red_flags.py

retraining: $(DATASET)  ## Do the walk-through of docs/retraining.md (15 minutes).
	$(BIN)/python benchmarks/retraining.py

bombs: | $(READY)  ## How the time of one complaint grows with its length, up to 10 MB of nasty text (1 hour).
	$(BIN)/python benchmarks/bombs.py

fuzz: | $(READY)  ## Feed readers, scorer, matcher, knowledge base and model file what Atheris makes up (SECONDS=60 each; installs the extra fuzz).
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,fuzz]'
	$(BIN)/python -m tests.fuzz $(or $(SECONDS),60)

walk: | $(READY)  ## Do the walk of docs/walk.md in a new clone and time it (5 minutes). TEST=1: time `make test` there, too.
	$(BIN)/python benchmarks/walk.py $(if $(TEST),--test)

soak: | $(READY)  ## Kill a batch 200 times and compare the end (10 minutes).
	$(BIN)/python benchmarks/soak.py

docs: | $(READY)  ## Fill in the figures and sessions of README.md and docs/.
	$(BIN)/python docs/update.py

mutation: | $(READY)  ## Change the code that decides, a line at a time, and count which changes a test notices (40 minutes; installs mutmut). AGAIN=1: those that survived.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,mutation]'
	$(BIN)/python benchmarks/mutation.py $(if $(AGAIN),--again)

test: | $(READY)  ## Run the tests.
	$(BIN)/python -m pytest

# Left out are tests that forbid what the measuring itself does (sockets, files that grow) or hang it (a signal while it holds its lock).
MEASURED := COVERAGE_FILE=$(CURDIR)/build/coverage/data $(BIN)/coverage

coverage: | $(READY)  ## Lines and branches of the package that the tests run, Spark's too (20 minutes; installs pyspark and, as root, Java).
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,spark]'
	@command -v java > /dev/null || { apt-get update --quiet && apt-get install --quiet --yes openjdk-17-jre-headless; }
	rm -rf build/coverage && mkdir -p build/coverage
	$(MEASURED) run -m pytest -m "not (retrain or browser or wheel)" -k "not may_not_grow and not sockets_are_forbidden and not a_signal_ends"
	$(MEASURED) combine --quiet
	$(MEASURED) report

# A real browser, and axe-core, which knows what hinders people who use a screen reader or a keyboard.
AXE := build/browser/node_modules/axe-core/axe.min.js
CHROMIUM := /usr/bin/chromium
BROWSER := $(VENV)/.browser
ROOT_DO := $(if $(filter 0,$(shell id -u)),,sudo)

$(CHROMIUM):
	$(ROOT_DO) apt-get update -q
	$(ROOT_DO) apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core

$(BROWSER): pyproject.toml | $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,browser]'
	touch $@

$(AXE):
	npm install --silent --no-audit --no-fund --prefix build/browser axe-core@4

test-pages: $(BROWSER) $(AXE) | $(CHROMIUM)  ## Test the report in a real browser (installs chromium by apt-get and axe-core by npm).
	$(BIN)/python -m pytest -m browser tests/test_pages.py

screenshots: $(BROWSER) $(DATASET) | $(CHROMIUM)  ## Make the pictures of the report in docs/.
	$(BIN)/python -m tests.screenshots

bench-report: | $(READY)  ## Time and memory of the report over the number of results (1 minute).
	$(BIN)/python benchmarks/report.py

test-wheel: | $(READY)  ## Build the package; use it on the lowest and the highest versions of what it needs.
	$(BIN)/python -m pytest -m wheel tests/test_wheel.py

test-spark: | $(READY)  ## Run the tests of Spark, killed workers and a cluster included (installs pyspark and, as root, Java).
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,spark]'
	@command -v java > /dev/null || { apt-get update --quiet && apt-get install --quiet --yes openjdk-17-jre-headless; }
	$(BIN)/python -m pytest -m spark tests/test_spark.py tests/test_spark_command.py

bench-spark: | $(READY)  ## Spark against the local batch on the same rows and cores: the same answers, and the rates (ROWS=100000).
	$(BIN)/python benchmarks/spark.py $(ROWS)

lint: | $(READY)  ## Check style and types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: | $(READY)  ## Put the code in its form.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## Take away what the other targets made, but not the model.
	rm -rf $(VENV) build data/synthetic results models/legcause.joblib .pytest_cache .mypy_cache .ruff_cache .hypothesis
