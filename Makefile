# make run     install, prepare the encoder, index the demo directory, serve it
# make test    install, check style and types, run the tests
# make notebooks    the analysts' notebooks on the demo directory, in Jupyter

PYTHON ?= python3
BIN := .venv/bin
DEMO := data/demo/members.jsonl
STORE ?= var/store
DATABASE ?= $(dir $(STORE))memory.sqlite
PORT ?= 8000
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run install index test lint notebooks execute openapi benchmarks quality train lock clean

run: $(STORE)/CURRENT
	$(BIN)/passerelle serve --store $(STORE) --database $(DATABASE) --port $(PORT)

install: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

# What tests, notebooks and benchmarks need besides.
.venv/tools: requirements-dev.lock .venv/installed
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.lock
	touch $@

index: $(STORE)/CURRENT

$(STORE)/CURRENT: $(DEMO) indexer/encoder/delta.safetensors indexer/encoder/needs.jsonl .venv/installed
	$(BIN)/passerelle index $(DEMO) --store $(STORE)

test: lint
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

lint: .venv/tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The analysts' notebooks, in the browser of this machine. Jupyter is kept from looking for news and extensions elsewhere.
notebooks: $(STORE)/CURRENT .venv/notebooks
	$(BIN)/jupyter lab --ip 127.0.0.1 --LabApp.news_url=None --LabApp.extension_manager=readonly \
		--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate notebooks

.venv/notebooks: .venv/tools
	$(BIN)/python -m pip install --quiet --no-build-isolation --requirement requirements-dev.lock --editable '.[notebooks]'
	touch $@

# Execute the notebooks in place on the demo store: they are committed with what they show.
execute: $(STORE)/CURRENT .venv/tools
	$(BIN)/python -m tests.notebooks

# The description of the HTTP API that a test compares with the one served.
openapi: .venv/installed
	$(BIN)/python -m service.describe > docs/openapi.json

# Figures of docs/performance.md, and how near to the best consortia are; takes a few minutes.
benchmarks: $(STORE)/CURRENT .venv/tools
	$(BIN)/python -m pip install --quiet --no-build-isolation --requirement requirements-dev.lock --editable '.[benchmarks]'
	$(BIN)/python -m tests.benchmarks.runtimes
	$(BIN)/python -m tests.benchmarks.shapes
	$(BIN)/python -m tests.benchmarks.end_to_end $(DEMO)
	$(BIN)/python -m tests.benchmarks.consortium $(STORE)

# The tables of docs/quality.md; some minutes on two cores.
quality: $(STORE)/CURRENT .venv/tools
	$(BIN)/python -m tests.benchmarks.ranking_steps
	$(BIN)/python -m tests.benchmarks.balance $(STORE)
	$(BIN)/python -m tests.benchmarks.fit_relevance $(STORE)
	$(BIN)/python -m tests.benchmarks.fit_needs
	$(BIN)/python -m tests.benchmarks.analyses $(STORE)

# Train the default encoder again and replace the difference that ships; expect three quarters of an hour on two cores.
train: .venv/installed
	$(BIN)/python -m indexer.training.train

# Exact versions from the ranges in pyproject.toml, of what runs and of what is needed besides; pip then takes whichever build of torch it
# is configured for.
FREEZE = .venv-lock/bin/pip freeze --exclude passerelle --all | grep -v '^pip==' | sed 's/+cpu$$//'
lock:
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet '.[matchday]'
	$(FREEZE) > requirements.lock
	.venv-lock/bin/pip install --quiet --requirement requirements.lock '.[dev]'
	echo '--requirement requirements.lock' > requirements-dev.lock
	$(FREEZE) | grep -v -x -F -f requirements.lock >> requirements-dev.lock
	rm -rf .venv-lock build *.egg-info

clean:
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
